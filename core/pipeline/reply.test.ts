import t from 'tap';
import type { OutContent } from '../plugin/contract/content.ts';
import { soundReply } from './reply.ts';

/** One of every kind: a kind that the contract gains fails the type check here, one that the schema lacks fails the test. */
const one: { [K in OutContent['kind']]: OutContent & { kind: K } } = {
  text: { kind: 'text', text: 'a' },
  buttons: { kind: 'buttons', text: 'a', header: 'h', footer: 'f', buttons: [{ id: '1', title: 'x', description: 'd' }] },
  list: { kind: 'list', text: 'a', button: 'b', sections: [{ title: 's', rows: [{ id: '1', title: 'x' }] }] },
  link: { kind: 'link', text: 'a', title: 'b', url: 'https://x.test' },
  'location-request': { kind: 'location-request', text: 'a' },
  image: { kind: 'image', media: 'm', mime: 'image/png', bytes: 1, caption: 'c', name: 'n' },
  video: { kind: 'video', media: 'm', mime: 'video/mp4', bytes: 1 },
  audio: { kind: 'audio', media: 'm', mime: 'audio/ogg', bytes: 1 },
  voice: { kind: 'voice', media: 'm', mime: 'audio/ogg', bytes: 1 },
  document: { kind: 'document', media: 'm', mime: 'application/pdf', bytes: 1 },
  sticker: { kind: 'sticker', media: 'm', mime: 'image/webp', bytes: 1 },
  location: { kind: 'location', latitude: 1, longitude: 2, name: 'n', address: 'a' },
  contacts: { kind: 'contacts', contacts: [{ name: 'n', phones: ['1'], emails: [] }] },
  reaction: { kind: 'reaction', emoji: '👍', to: 'x' },
  template: { kind: 'template', template: 't', name: 'n', language: 'en', variables: { 1: 'a' }, text: 'a', media: { kind: 'image', id: 'm', mime: 'image/png', bytes: 1, name: 'n' } },
};

void t.test('every kind of content that the contract knows is taken as it is', async (t) => {
  for (const [kind, content] of Object.entries(one)) {
    const whole = { messages: [content], state: { a: [1] }, handOff: { reason: 'r', key: 'k', params: { count: '2' } }, why: 'w', steps: [{ name: 's', said: 'x', ms: 1 }] };
    t.same(soundReply(whole), { reply: whole }, kind);
  }
});

void t.test('anything else is a failed turn, with a code that has its sentence', async (t) => {
  const loop: { self?: unknown } = {};
  loop.self = loop;
  const empty = { messages: [], why: '' };
  for (const odd of [undefined, null, 7, 'hi', [], {}, { messages: 'hi', why: '' }, { ...empty, why: 7 }, { ...empty, state: 10n }, { ...empty, state: loop }, { messages: [{ kind: 'nope' }], why: '' }, { messages: [{ kind: 'text', text: '' }], why: '' }, { messages: [{ ...one.buttons, buttons: [] }], why: '' }, { messages: [{ ...one.buttons, buttons: [{ id: '1', title: '' }] }], why: '' }, { messages: [{ ...one.list, sections: [{ rows: [] }] }], why: '' }, { messages: [{ ...one.list, sections: [] }], why: '' }]) {
    t.match(soundReply(odd), { failed: { code: /^agent-/ } });
  }
});
