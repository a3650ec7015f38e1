/** Every request of the Qontak channel is one that our description of its API accepts. Qontak publishes none: see README.md. */
import t from 'tap';
import type { OutContent, Outgoing, TemplateDraft } from '#plugin';
import { settings } from '../../plugins/qontak/evidence.ts';
import channel from '../../plugins/qontak/index.ts';
import { outgoing, sampleMedia, sampleOf } from '../kit/samples.ts';
import { qontak as exceptions } from './exceptions.ts';
import { openWire, sendBy } from './wire.ts';

type Settings = Parameters<NonNullable<typeof channel.check>>[0]['settings'];

const [account = ''] = settings.channelIntegrationIds;
const room = 'e658411a-0000-4000-8000-000000000004';
const template = 'd9a9d0f2-0000-4000-8000-000000000005';
const file = 'qontak_v1.json';
const asUser: Settings = { ...settings, sendAs: 'user' };
/** The newer generation: another host, another proof. */
const { accessToken: _, ...rest } = settings;
const hmac: Settings = { ...rest, auth: 'hmac', clientId: 'client-of-the-evidence', clientSecret: 'client-secret-of-the-evidence', apiBaseUrl: 'https://api.mekari.com/qontak/chat/v1' };

const wire = await openWire(t, {
  files: [file],
  exceptions,
  route({ href }) {
    const [, path] = /^https:\/\/(?:service-chat\.qontak\.com\/api\/open\/v1|api\.mekari\.com\/qontak\/chat\/v1)(\/[^?#]*)/.exec(href) ?? [];
    return path === undefined ? undefined : { file, path };
  },
});

const isAccepted = (result: object) => 'accepted' in result;
const to: Outgoing['to'] = { identities: [{ kind: 'phone', value: '628120000002' }], thread: room };
const send = (content: OutContent, given: Settings = settings) => sendBy(channel, { ...outgoing(account, content), to }, wire.to(given).ctx);
const templated = (variables: Record<string, string>, media: object = {}): OutContent => ({ kind: 'template', template, name: 'welcome', language: 'id', variables, ...media });

for (const [name, given] of [['with a token', settings], ['as a user', asUser], ['with an HMAC', hmac]] as const) {
  t.test(`every kind of message that it sends, ${name}`, async (t) => {
    for (const kind of channel.can.sends) t.ok(isAccepted(await send(kind === 'template' ? templated({ 1: 'Ana' }) : sampleOf(kind), given)), kind);
  });
}

t.test('everything that a message can hold besides', async (t) => {
  t.ok(isAccepted(await send({ kind: 'image', media: sampleMedia, mime: 'image/jpeg', bytes: 3, caption: 'Look' })), 'an image with a caption');
  t.ok(isAccepted(await send({ kind: 'buttons', header: 'Shop', text: 'Which?', footer: 'Until Friday', buttons: [{ id: 'a', title: 'A' }, { id: 'b', title: 'B' }] })), 'buttons with header and footer');
  t.ok(isAccepted(await send({ kind: 'list', text: 'Which?', button: 'Open', sections: [{ rows: [{ id: 'a', title: 'A' }] }, { title: 'Two', rows: [{ id: 'b', title: 'B', description: 'the second' }] }] })), 'a list of two sections');
  t.ok(isAccepted(await send(templated({}))), 'a template without variables');
  t.ok(isAccepted(await send(templated({ first_name: 'Ana', 'button.0': 'a7' }))), 'a template with names and a link');
  t.ok(isAccepted(await send(templated({ code: '123456' }))), 'a one-time code');
  t.ok(isAccepted(await send(templated({ 1: 'Ana' }, { media: { kind: 'document', id: sampleMedia, mime: 'application/pdf', bytes: 3, name: 'offer.pdf' } }))), 'a template with a document');
});

t.test('a message that is refused asks for its room', async (t) => {
  const refused = { 'POST /messages/whatsapp/bot': { answer: { status: 'error', error: { code: 422, messages: ['refused'] } } } };
  const result = await sendBy(channel, { ...outgoing(account, { kind: 'text', text: 'Hello' }), to }, wire.to(settings, refused).ctx);
  t.ok('rejected' in result);
});

t.test('a message that is looked for', async (t) => {
  t.equal(await channel.find?.({ ...outgoing(account, { kind: 'text', text: 'Nobody sent this' }), to }, wire.to(settings).ctx), undefined);
});

t.test('a medium that came in', async (t) => {
  const found = await channel.media?.({ ref: 'https://cdn.qontak.example.test/files/1.jpg' }, wire.to(settings).ctx);
  t.ok(found !== undefined && found !== 'gone');
});

for (const [name, given] of [['with a token', settings], ['with an HMAC', hmac]] as const) {
  t.test(`its numbers, what the doctor asks, and its subscription, ${name}`, async (t) => {
    t.ok(((await channel.numbers?.(wire.to(given).ctx)) ?? []).length > 0);
    t.ok(((await channel.check?.(wire.to(given).ctx)) ?? []).length > 0);
    t.ok(await channel.subscribe?.read(wire.to(given).ctx));
    await channel.subscribe?.set(wire.to(given).ctx);
    const here = { enabled: true, webhooks: [{ url: 'https://bot.example.test/webhooks/key' }] };
    await channel.subscribe?.clear?.(wire.to(given, { 'GET /message_interactions': { answer: { status: 'success', data: { receive_message_from_customer: here } } } }).ctx);
  });
}

const draft: TemplateDraft = {
  name: 'welcome', language: 'id', category: 'UTILITY', examples: { 1: 'Ana', 'button.1': 'a7' },
  preview: {
    header: { kind: 'text', text: 'News' }, body: 'Hello {{1}}, welcome.', footer: 'Reply STOP to end',
    buttons: [{ kind: 'reply', title: 'Fine' }, { kind: 'url', title: 'See it', target: 'https://shop.example.test/{{1}}' }, { kind: 'phone', title: 'Call', target: '+628110000001' }],
  },
};

t.test('templates: listed page by page, made', async (t) => {
  const { templates = [] } = (await channel.templates?.list(wire.to(settings).ctx)) ?? {};
  t.ok(templates.length > 0);
  for (const cursor of ['page:2', 'cursor:abc']) t.ok(await channel.templates?.list(wire.to(settings).ctx, cursor), cursor);
  for (const one of [draft, { ...draft, preview: { body: 'Hello there.' } }]) t.ok(await channel.templates?.create?.(one, wire.to(settings).ctx));
});

t.test('a request that is wrong would be noticed', async (t) => {
  const headers = { authorization: 'Bearer x', 'content-type': 'application/json' };
  const faultOf = (path: string, body: object, more: Record<string, string> = headers) => wire.faultOf({ url: `${settings.apiBaseUrl}/${path}`, init: { method: 'POST', headers: more, body: JSON.stringify(body) } });
  const message = { room_id: room, type: 'text', text: 'Hello' };
  t.equal(await faultOf('messages/whatsapp/bot', message), undefined, 'the right one');
  t.ok(await faultOf('messages/whatsapp/bot', { ...message, room_id: undefined }), 'a message in no room');
  t.ok(await faultOf('messages/whatsapp/bot', { ...message, type: 'hologram' }), 'another kind');
  t.ok(await faultOf('messages/whatsapp/bot', message, { 'content-type': 'application/json' }), 'no token');
  t.ok(await faultOf('broadcasts/whatsapp/direct', { to_number: '628120000002' }), 'a broadcast of nothing');
  t.ok(await faultOf('messages/line', message), 'a path that is not there');
});

t.test('all of it was held against the description', async (t) => 
  wire.held(t, [
    'GET /integrations',
    'GET /message_interactions',
    'GET /rooms/{id}',
    'GET /templates/whatsapp',
    'POST /broadcasts/whatsapp/direct',
    'POST /file_uploader',
    'POST /messages/whatsapp',
    'POST /messages/whatsapp/bot',
    'POST /messages/whatsapp/interactive_message/bot',
    'POST /templates/whatsapp',
    'PUT /message_interactions',
    'PUT /room_interactions',
  ]));
