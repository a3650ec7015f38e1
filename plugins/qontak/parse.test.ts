/** Reading: odd shapes, several at once, and bytes that are nothing; no delivery that was believed is lost. */
import fc from 'fast-check';
import t from 'tap';
import type { Event } from '#plugin';
import { readsAnyBody } from '../../test/any-body.ts';
import { evidence, settings } from './evidence.ts';
import { webhook } from './fixtures.ts';
import channel from './index.ts';
import type { Settings } from './settings.ts';

const receivedAt = Date.UTC(2026, 10, 21, 12);
const parse = (body: string | Buffer, given: Settings = settings): Event[] => channel.parse(webhook(body), given);
const bodyOf = (name: string): string => evidence.find((one) => one.name === name)?.body ?? '';
const text = bodyOf('a text');
const change = (body: string, more: object): string => JSON.stringify({ ...JSON.parse(body), ...more });

t.test('several in one delivery are all read, once each and in order', async (t) => {
  const second = change(text, { id: '22222222-0000-4000-8000-000000000002', text: 'dua' });
  const third = change(text, { id: '33333333-0000-4000-8000-000000000003', raw_message: null });
  const events = parse(`[${text},${second},${text},7,null,${third}]`);
  t.match(events, [{ kind: 'message' }, { kind: 'message', id: '22222222-0000-4000-8000-000000000002' }, { kind: 'message', id: '33333333-0000-4000-8000-000000000003', content: { kind: 'text', text: 'Halo' } }]);
  t.equal(events.length, 3);
  t.equal(parse(`[${Array.from({ length: 1000 }, (_, at) => change(text, { id: `m-${at}` })).join()}]`).length, 1000);
});

t.test('members that are null, missing or of another kind cost nothing but themselves', async (t) => {
  for (const member of ['sender', 'room', 'raw_message', 'channel_integration', 'created_at', 'external_id', 'reply', 'buttons', 'status', 'sender_id']) {
    for (const value of [null, undefined, 7, 'x', [], {}]) {
      const events = parse(change(text, { [member]: value }));
      t.match(events.at(-1)?.kind, /message|ignored/, `${member}: ${JSON.stringify(value)}`);
    }
  }
  t.match(parse(change(text, { room: null, raw_message: null })), [{ kind: 'message', from: [{ kind: 'user', value: '9c68aa00-0000-4000-8000-000000000010' }] }], 'Qontak’s own contact id is the last resort');
});

t.test('a time that cannot be one is when it came in', async (t) => {
  for (const created of ['2031-01-01T00:00:00.000Z', '1999-01-01T00:00:00.000Z', 'yesterday', '7', 7]) t.equal(parse(change(text, { created_at: created }))[0]?.at, receivedAt, String(created));
});

t.test('who sends as a user must say which, or people’s messages stay unread as such', async (t) => {
  const agent = bodyOf('a person in Qontak answers');
  t.match(parse(agent, { ...settings, sendAs: 'user' }), [{ kind: 'ignored', why: /own sender ID/ }]);
  t.match(parse(agent, { ...settings, sendAs: 'user', ownSenderId: '9C68AA00-0000-4000-8000-000000000010' }), [{ kind: 'ignored', why: 'It is a message of ours.' }]);
  t.match(parse(agent, { ...settings, sendAs: 'user', ownSenderId: '00000000-0000-4000-8000-000000000000' }), [{ kind: 'holder' }, { kind: 'echo', by: 'person' }]);
});

t.test('who has a room in Qontak makes no difference where that is switched off', async (t) => {
  const free = { ...settings, quietWhenAssigned: false };
  t.match(parse(bodyOf('a text in a room that a person in Qontak has'), free), [{ kind: 'message' }]);
  t.match(parse(bodyOf('a resolved room'), free), [{ kind: 'ignored' }]);
});

t.test('a customer’s message that is told as an agent’s, or the other way, is taken for what its author says', async (t) => {
  t.match(parse(change(text, { data_event: 'receive_message_from_agent' })), [{ kind: 'message' }]);
  t.match(parse(change(text, { participant_type: 'bot' })), [{ kind: 'ignored' }], 'else the bot would answer itself');
  t.match(parse(change(text, { data_event: 'status_message', status: 'read' })), [{ kind: 'ignored' }]);
  t.match(parse(change(text, { data_event: undefined, status: 'read' })), [{ kind: 'ignored' }]);
});

t.test('the same status of another message, or another status of the same, is another event', async (t) => {
  const read = bodyOf('a message of ours was read');
  const ids = [read, change(read, { status: 'sent' }), change(read, { id: 'another' })].flatMap((body) => parse(body).map(({ id }) => id));
  t.equal(new Set(ids).size, 3);
  t.same(parse(read).map(({ id }) => id), parse(change(read, { unread_count: 9 })).map(({ id }) => id), 'and the same one told again is the same');
});

t.test('every body is read into something, or refused with a sentence: nothing is lost, and nothing else is thrown', async () => {
  const members = Object.keys(JSON.parse(text) as object);
  const odd = fc.record(Object.fromEntries(members.map((name) => [name, fc.oneof(fc.jsonValue(), fc.constantFrom('customer', 'agent', 'bot', 'read', 'assigned', 'status_message', 'broadcast_log_status', 'room_resolved', 'image'))])), { requiredKeys: [] });
  readsAnyBody(parse, odd);
});

t.test('nesting without end is a failed row, and nothing worse', async (t) => {
  const deep = `{"id":"x","participant_type":"customer","raw_message":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`;
  try {
    t.ok(parse(deep).length > 0);
  } catch (error) {
    t.ok(error instanceof Error);
  }
});
