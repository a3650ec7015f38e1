import fc from 'fast-check';
import t from 'tap';
import type { Event } from '#plugin';
import { evidence, settings } from './evidence.ts';
import { formType, receivedAt, webhook } from './fixtures.ts';
import channel from './index.ts';

const sid = `SM${'9'.repeat(32)}`;
const usual = { MessageSid: sid, SmsStatus: 'received', From: 'whatsapp:+628120000002', To: 'whatsapp:+14155550100', WaId: '628120000002', NumMedia: '0', Body: 'Halo' };
const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
const read = (fields: Record<string, string>, how: Parameters<typeof webhook>[1] = {}) => channel.parse(webhook(form(fields), how), settings);
const first = (fields: Record<string, string>) => read({ ...usual, ...fields })[0];
const contentOf = (event: Event | undefined) => (event?.kind === 'message' ? event.content : event?.kind);

t.test('a message has the time at which it came, as Twilio names none', async (t) => {
  t.match(first({}), { kind: 'message', at: receivedAt, id: sid });
});

t.test('a webhook that is a GET says the same as one that is a form', async (t) => {
  const url = `https://bot.example.test/webhooks/key?${form(usual)}`;
  t.same(channel.parse(webhook('', { method: 'GET', type: '', url }), settings), read(usual));
});

t.test('names that a parser could nest stay names, and the first of two is read', async (t) => {
  const events = channel.parse(webhook(`${form(usual)}&Body%5B0%5D=x&Body=second&__proto__=y&constructor=z`), settings);
  t.match(events, [{ content: { kind: 'text', text: 'Halo' } }]);
  t.notOk('polluted' in {});
});

t.test('fields of WhatsApp that stand only in the metadata are read from there', async (t) => {
  const ChannelMetadata = JSON.stringify({ type: 'whatsapp', data: { context: { ButtonText: 'Ya', ButtonPayload: 'yes', ProfileName: 'Ana', __proto__: { x: 1 } } } });
  t.match(first({ ChannelMetadata }), { name: 'Ana', content: { kind: 'choice', id: 'yes', text: 'Ya' } });
  t.match(first({ ChannelMetadata, ProfileName: 'Budi' }), { name: 'Budi' }, 'the parameter goes first');
  for (const odd of ['', 'null', '[]', '"x"', '{"data":{"context":null}}', '{"data":1}', '{', '{"data":{"context":{"Body":{"a":1}}}}']) t.match(first({ ChannelMetadata: odd }), { content: { kind: 'text', text: 'Halo' } }, odd);
});

t.test('kinds of media are told by their type, and by the hint where it says more', async (t) => {
  const kinds: [mime: string, type: string, kind: string][] = [
    ['image/jpeg', '', 'image'], ['image/png', 'image', 'image'], ['image/webp', '', 'sticker'], ['image/webp', 'image', 'image'], ['image/webp', 'sticker', 'sticker'],
    ['audio/ogg', '', 'voice'], ['audio/ogg; codecs=opus', 'audio', 'voice'], ['audio/mpeg', 'audio', 'audio'], ['audio/amr', 'voice', 'voice'], ['video/mp4', '', 'video'], ['video/3gpp', 'video', 'video'],
    ['application/pdf', '', 'document'], ['image/jpeg', 'document', 'document'], ['text/x-vcard', '', 'document'], ['', '', 'document'],
  ];
  for (const [mime, type, kind] of kinds) t.match(contentOf(first({ NumMedia: '1', MediaUrl0: 'https://api.twilio.com/x', MediaContentType0: mime, MessageType: type })), { kind }, `${mime} ${type}`);
});

t.test('a medium without an address leaves the words, and without words its name', async (t) => {
  t.match(contentOf(first({ NumMedia: '1', MessageType: 'image' })), { kind: 'text', text: 'Halo' });
  t.match(contentOf(first({ NumMedia: '1', MessageType: 'image', Body: '' })), { kind: 'unsupported', what: 'image' });
  t.match(contentOf(first({ NumMedia: 'many', MediaUrl0: 'https://api.twilio.com/x' })), { kind: 'text' });
});

t.test('a place that is none on earth is no place', async (t) => {
  for (const [Latitude, Longitude] of [['91', '0'], ['0', '181'], ['x', '0'], ['', '0'], ['NaN', '1'], ['Infinity', '1']] as const) t.match(contentOf(first({ Latitude, Longitude, Body: '', MessageType: 'location' })), { kind: 'unsupported', what: 'location' }, `${Latitude},${Longitude}`);
  t.match(contentOf(first({ Latitude: '0', Longitude: '-0.5', Body: '' })), { kind: 'location', latitude: 0, longitude: -0.5 });
});

t.test('a form that is nested beyond reason keeps its raw words', async (t) => {
  const deep = `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`;
  t.match(contentOf(first({ FlowData: deep })), { kind: 'form', answers: deep });
  t.match(contentOf(first({ FlowData: '{"__proto__":{"polluted":true},"age":"30"}' })), { kind: 'form', answers: { age: '30' } });
});

t.test('what came over another channel, or says too little, is left with the reason', async (t) => {
  t.match(read({ ...usual, From: 'messenger:123', To: 'messenger:456' }), [{ kind: 'ignored', why: /WhatsApp/ }]);
  t.match(read({ ...usual, MessageSid: '' }), [{ kind: 'ignored' }]);
  t.match(read({}), [{ kind: 'ignored' }]);
  t.match(channel.parse(webhook('{"a":1}', { type: 'application/json' }), settings), [{ kind: 'ignored' }]);
  t.match(read({ ...usual, From: 'whatsapp:nobody', WaId: '' }), [{ kind: 'ignored', id: sid }]);
});

t.test('our own reference comes back with every status', async (t) => {
  const status = { MessageSid: sid, MessageStatus: 'delivered', From: 'whatsapp:+14155550100', To: 'whatsapp:+628120000002' };
  const url = 'https://bot.example.test/webhooks/key?ref=019b0000-0000-7000-8000-000000000001';
  t.match(read(status, { url }), [{ kind: 'status', ref: '019b0000-0000-7000-8000-000000000001' }]);
  t.match(read(status, { url: `${url}&x=1#rc=5` }), [{ ref: '019b0000-0000-7000-8000-000000000001' }]);
  t.notOk('ref' in (read(status)[0] ?? {}));
  t.match(read({ ...status, MessageStatus: 'failed', ErrorCode: '63018' }, { url }), [{ status: 'failed', error: { code: '63018', said: /no reason/ } }]);
});

t.test('the older name of the status is read as well', async (t) => {
  t.match(read({ SmsSid: sid, SmsStatus: 'read', From: 'whatsapp:+14155550100', To: 'whatsapp:+628120000002' }), [{ kind: 'status', id: `${sid}:read`, status: 'read' }]);
});

t.test('of any bytes, types and addresses none makes it throw, and all leave a trace', async (t) => {
  const names = [...new Set(evidence.flatMap(({ body }) => [...new URLSearchParams(body).keys()]))];
  const said = fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: 'binary', maxLength: 10 }), fc.constantFrom('1', '3', 'whatsapp:+628120000002', 'whatsapp:ID.1', 'received', 'delivered', '{"a":1}', '', '\u0000'));
  const fields = fc.array(fc.tuple(fc.constantFrom(...names, 'FlowData', 'ListId', '__proto__'), said), { maxLength: 12 }).map((pairs) => Buffer.from(new URLSearchParams(pairs).toString()));
  const body = fc.oneof(fields, fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)));
  fc.assert(
    fc.property(body, fc.constantFrom(formType, 'application/json', ''), fc.constantFrom('POST', 'GET'), fc.string({ maxLength: 30 }), (bytes, type, method, query) => {
      const request = { method, url: `https://bot.example.test/webhooks/key?${query}`, headers: { 'content-type': [type] }, body: bytes, receivedAt };
      const events = channel.parse(request, settings);
      const again = channel.parse({ ...request, receivedAt: receivedAt + 1000 }, settings);
      return events.length > 0 && events.every(({ id }, nth) => id !== '' && id === again[nth]?.id) && new Set(events.map(({ id }) => id)).size === events.length;
    }),
    { numRuns: 5000, seed: 20_261_121 },
  );
  t.pass('5,000 requests');
});
