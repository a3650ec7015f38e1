/** What a simulated phone sends, byte for byte, written by hand from the wire form in acts.ts; the contract kit reads it. */
import { createHash } from 'node:crypto';

const source = 'the simulator’s own wire form, version 1';
const at = 1_790_000_000_000;
const ana = '[{"kind":"phone","value":"34600111222"}]';
const nobody = '[{"kind":"user","value":"US.13491208655302741918"}]';
const phone = [{ kind: 'phone', value: '34600111222' }];
const user = [{ kind: 'user', value: 'US.13491208655302741918' }];

export const settings = { secret: 'simulated-secret-of-the-evidence' };

/** HMAC by its definition (RFC 2104), so that a slip in the plugin's own signing shows. */
export function sign(body: Buffer, { secret }: { secret: string }): Record<string, string> {
  const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
  const key = Buffer.alloc(64);
  (Buffer.byteLength(secret) > 64 ? sha256(Buffer.from(secret)) : Buffer.from(secret)).copy(key);
  const inner = sha256(key.map((byte) => byte ^ 0x36), body);
  return { 'x-simulator-signature': `sha256=${sha256(key.map((byte) => byte ^ 0x5c), inner).toString('hex')}` };
}

function message(name: string, id: string, content: string, expected: object, rest = '') {
  return {
    name,
    source,
    body: `{"acts":[{"id":"${id}","account":"sim:ana","from":${ana},"at":${at},"kind":"message","content":${content}${rest}}]}`,
    expect: [{ kind: 'message', id, account: 'sim:ana', at, from: phone, content: expected }],
  };
}

export const evidence = [
  message('a text', 'a1', '{"kind":"text","text":"¿Hola? 👋"}', { kind: 'text', text: '¿Hola? 👋' }),
  message('an answer to an earlier message', 'a2', '{"kind":"text","text":"yes"}', { kind: 'text', text: 'yes' }, ',"replyTo":"sim-7"'),
  message('a tapped button', 'a3', '{"kind":"choice","id":"hours","text":"Hours","of":"button"}', { kind: 'choice', id: 'hours', of: 'button' }),
  message('a tapped list row', 'a4', '{"kind":"choice","id":"r2","text":"Row 2","description":"second","of":"list"}', { kind: 'choice', id: 'r2', of: 'list' }),
  message('an image with a caption', 'a5', '{"kind":"image","media":{"ref":"m1","mime":"image/jpeg","bytes":12},"caption":"look"}', {
    kind: 'image',
    media: { ref: 'm1', mime: 'image/jpeg', bytes: 12 },
    caption: 'look',
  }),
  message('a voice note', 'a6', '{"kind":"voice","media":{"ref":"m2","mime":"audio/ogg"}}', { kind: 'voice', media: { ref: 'm2' } }),
  message('a video', 'a7', '{"kind":"video","media":{"ref":"m3"}}', { kind: 'video' }),
  message('an audio file', 'a8', '{"kind":"audio","media":{"ref":"m4"}}', { kind: 'audio' }),
  message('a document', 'a9', '{"kind":"document","media":{"ref":"m5","name":"offer.pdf"}}', { kind: 'document', media: { name: 'offer.pdf' } }),
  message('a sticker', 'a10', '{"kind":"sticker","media":{"ref":"m6"}}', { kind: 'sticker' }),
  message('a location', 'a11', '{"kind":"location","latitude":-6.2,"longitude":106.8,"name":"Office"}', { kind: 'location', latitude: -6.2, longitude: 106.8 }),
  message('a contact card', 'a12', '{"kind":"contacts","contacts":[{"name":"Budi","phones":["628110000001"],"emails":[]}]}', {
    kind: 'contacts',
    contacts: [{ name: 'Budi', phones: ['628110000001'] }],
  }),
  message('an order', 'a13', '{"kind":"order","items":[{"product":"p1","quantity":2,"price":9.5,"currency":"EUR"}]}', {
    kind: 'order',
    items: [{ product: 'p1', quantity: 2, price: 9.5, currency: 'EUR' }],
  }),
  message('a filled form', 'a14', '{"kind":"form","name":"booking","answers":{"day":"2026-12-01","people":[1,null]}}', {
    kind: 'form',
    answers: { day: '2026-12-01', people: [1, null] },
  }),
  message('a system notice', 'a15', '{"kind":"system","what":"number-changed","text":"Ana changed her number"}', { kind: 'system', what: 'number-changed' }),
  message('a kind of message that nobody knows yet', 'a16', '{"kind":"hologram","size":3}', { kind: 'unsupported', what: 'hologram' }),
  message('a text without a text', 'a17', '{"kind":"text"}', { kind: 'unsupported', what: 'text' }),
  {
    name: 'somebody without a phone number, known by a user id and a name',
    source,
    body: `{"acts":[{"id":"b1","account":"sim:ana","from":${nobody},"name":"Ana","at":${at},"kind":"message","content":{"kind":"text","text":"hi"}}]}`,
    expect: [{ kind: 'message', id: 'b1', from: user, name: 'Ana' }],
  },
  {
    name: 'a reaction to a message and its withdrawal',
    source,
    body:
      `{"acts":[{"id":"c1","account":"sim:ana","from":${ana},"at":${at},"kind":"message","content":{"kind":"reaction","emoji":"👍"},"replyTo":"sim-7"},` +
      `{"id":"c2","account":"sim:ana","from":${ana},"at":${at},"kind":"message","content":{"kind":"reaction"},"replyTo":"sim-7"}]}`,
    expect: [
      { kind: 'change', id: 'c1', change: 'reaction', of: 'sim-7', emoji: '👍' },
      { kind: 'change', id: 'c2', change: 'reaction', of: 'sim-7' },
    ],
  },
  {
    name: 'every status, in the wrong order',
    source,
    body: `{"acts":[${['read', 'delivered', 'sent', 'failed'].map(status).join(',')}]}`,
    expect: [
      { kind: 'status', id: 's-read', refs: ['sim-7'], ref: '7', status: 'read', to: phone },
      { kind: 'status', id: 's-delivered', status: 'delivered' },
      { kind: 'status', id: 's-sent', status: 'sent' },
      { kind: 'status', id: 's-failed', status: 'failed', error: { code: 'simulated-failure', said: 'switched on' } },
    ],
  },
  {
    name: 'an act that nobody knows yet, between two texts',
    source,
    body:
      `{"acts":[{"id":"d1","account":"sim:ana","from":${ana},"at":${at},"kind":"message","content":{"kind":"text","text":"one"}},` +
      `{"id":"d2","kind":"dance"},` +
      `{"id":"d3","account":"sim:ana","from":${ana},"at":${at},"kind":"message","content":{"kind":"text","text":"two"}}]}`,
    expect: [{ kind: 'message', id: 'd1' }, { kind: 'ignored' }, { kind: 'message', id: 'd3' }],
  },
  { name: 'a body without acts', source, body: '{"something":"new"}', expect: [{ kind: 'ignored' }] },
];

function status(word: string): string {
  const error = word === 'failed' ? ',"error":{"code":"simulated-failure","said":"switched on"}' : '';
  return `{"id":"s-${word}","account":"sim:ana","from":${ana},"at":${at},"kind":"status","refs":["sim-7"],"ref":"7","status":"${word}"${error}}`;
}

export const lacks = {
  'template button': 'A simulated phone answers what it was sent; it has no templates with buttons.',
  forwarded: 'A simulated phone forwards nothing.', referral: 'No advertisement leads to a simulated phone.',
  edit: 'A simulated phone changes nothing that it said.', revoke: 'A simulated phone takes nothing back.', 'person who changed': 'Simulated people stay who they are.',
};

/** Files of the workspace's own store: no provider is asked. */
export const media = [
  { name: 'a file', source, ref: { ref: '019b0000-0000-7000-8000-000000000002' }, answers: [], expect: { bytes: 'abc' } },
  { name: 'a file that was removed', source, ref: { ref: '019b0000-0000-7000-8000-00000000dead' }, answers: [], expect: 'gone' as const },
];
