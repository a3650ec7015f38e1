/** Reading: odd shapes, several at once, and bytes that are nothing; no delivery that was believed is lost. */
import fc from 'fast-check';
import t from 'tap';
import type { Event } from '#plugin';
import { readsAnyBody } from '../../test/any-body.ts';
import { evidence, settings } from './evidence.ts';
import channel from './index.ts';
import type { Settings } from './settings.ts';
import { webhook } from '../qontak/fixtures.ts';

const parse = (body: unknown, given: Settings = settings): Event[] => channel.parse(webhook(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)), given);
const message = (id: string, more: object = {}) => ({ from: '628120000002', id, timestamp: '1767225600', type: 'text', text: { body: id }, ...more });
const metadata = { display_phone_number: '628110000001', phone_number_id: '108100000000001' };
const value = (...ids: string[]) => ({ metadata, contacts: null, messages: ids.map((id) => message(id)), statuses: null, errors: null });
const entry = (...values: object[]) => ({ id: '102000000000001', changes: values.map((one) => ({ field: 'messages', value: one })) });
const ids = (events: Event[]) => events.map(({ id }) => id);

t.test('a batch of three by three by three, and one of a thousand, is read whole and in order', async (t) => {
  const names = Array.from({ length: 27 }, (_, at) => `m${at}`);
  const three = (from: number) => value(...names.slice(from, from + 3));
  const body = { object: 'whatsapp_business_account', entry: [0, 9, 18].map((at) => entry(three(at), three(at + 3), three(at + 6))) };
  t.same(ids(parse(body)), names);
  t.same(ids(parse({ id: 'evt', data: body })), names, 'also inside the wrapping of bot');
  const thousand = Array.from({ length: 1000 }, (_, at) => `k${at}`);
  t.same(ids(parse(entry(value(...thousand)))), thousand);
  t.same(ids(parse([{ data: value('a') }, { data: value('b') }, { data: value('a') }])), ['a', 'b'], 'what comes twice is one');
});

t.test('nothing inside, null everywhere, and shapes of neither kind are kept as what they are', async (t) => {
  for (const body of [{}, { data: null }, { data: {} }, { entry: null }, { entry: [] }, { entry: [null, 7] }, { entry: [{ changes: null }] }, { entry: [{ changes: [{}] }] }, { messages: null }, { messages: [] }, { statuses: [null] }, { data: { entry: 'x' } }]) {
    t.match(parse(body), [{ kind: 'ignored' }], JSON.stringify(body));
  }
  t.match(parse({ errors: [{ code: 131031, title: 'Account has been locked' }] }), [{ kind: 'account', severity: 'stop' }]);
});

t.test('news of another field of Meta’s is read as Meta’s', async (t) => {
  const update = { object: 'whatsapp_business_account', entry: [{ id: '102', time: 1767225600, changes: [{ field: 'message_template_status_update', value: { event: 'REJECTED', message_template_id: 7, message_template_name: 'otp', message_template_language: 'id', reason: 'INVALID_FORMAT' } }] }] };
  t.match(parse(update), [{ kind: 'template', template: '7' }]);
  t.match(parse({ entry: [{ changes: [{ field: 'something_new', value: {} }] }] }), [{ kind: 'ignored' }]);
});

t.test('our reference is given to the one status beside it', async (t) => {
  const status = (id: string) => ({ id, status: 'sent', timestamp: '1767225601', recipient_id: '628120000002' });
  t.match(parse({ xid: 'ours', statuses: [status('a')] }), [{ kind: 'status', ref: 'ours' }]);
  t.match(parse({ xid: 1000000001, statuses: [status('a')] }), [{ kind: 'status', ref: '1000000001' }]);
  t.notOk('ref' in (parse({ xid: 'x'.repeat(65), statuses: [status('a')] })[0] ?? {}));
  t.ok(parse({ xid: 'ours', statuses: [status('a'), status('b')] }).every((event) => !('ref' in event)));
});

t.test('a number is known by any name that the webhook has for it', async (t) => {
  const account = (body: unknown, phoneNumbers: string[]) => parse(body, { ...settings, phoneNumbers })[0]?.account;
  t.equal(account(value('a'), ['628110000001', '628119999999']), '628110000001');
  t.equal(account(value('a'), ['108100000000001']), '108100000000001', 'also by Meta’s id of it');
  t.equal(account({ account: { account: '628119999999' }, data: { messages: [message('a')] } }, ['628119999999', '628110000001']), '628119999999');
  t.equal(account({ messages: [message('a')] }, ['628110000001']), '628110000001', 'the only one there is, where none is named');
  t.equal(account({ messages: [message('a')] }, ['628110000001', '628119999999']), undefined, 'and never a guess');
});

t.test('every body is read into something, or refused with a sentence: nothing is lost, and nothing else is thrown', async () => {
  const part = fc.oneof(fc.jsonValue(), fc.constant([message('a')]), fc.constant(metadata), fc.constant([entry(value('a'))]));
  const odd = fc.record({ data: fc.oneof(part, fc.record({ entry: part, changes: part, messages: part, metadata: part }, { requiredKeys: [] })), entry: part, changes: part, messages: part, statuses: part, contacts: part, errors: part, metadata: part, xid: part, account: part }, { requiredKeys: [] });
  readsAnyBody(parse, odd);
});

t.test('the evidence in any of the three wrappings says the same', async (t) => {
  const same = evidence.filter(({ name }) => /with (Meta’s whole object|a single entry|the bare value) inside/.test(name)).map(({ body }) => parse(body));
  t.equal(same.length, 3);
  t.same(same[1], same[0]);
  t.same(same[2], same[0]);
});
