/** Every request of the Twilio channel is one that Twilio's own description of its APIs accepts. */
import t from 'tap';
import type { Json, OutContent, Outgoing, TemplateDraft } from '#plugin';
import { settings } from '../../plugins/twilio/evidence.ts';
import channel from '../../plugins/twilio/index.ts';
import { outgoing, sampleMedia, sampleOf } from '../kit/samples.ts';
import { twilio as exceptions } from './exceptions.ts';
import { openWire, sendBy } from './wire.ts';

const account = 'whatsapp:+14155550100';
const service = { ...settings, messagingServiceSid: `MG${'a'.repeat(32)}` };
const withKey = { ...service, keySid: `SK${'1'.repeat(32)}`, keySecret: 'a-secret-of-the-key-1' };
const content = `HX${'3'.repeat(32)}`;

const files: [host: string, path: RegExp, file: string][] = [
  ['api.twilio.com', /^\/2010-04-01\//, 'twilio_api_v2010.json'],
  ['content.twilio.com', /^\/v1\//, 'twilio_content_v1.json'],
  ['messaging.twilio.com', /^\/v1\//, 'twilio_messaging_v1.json'],
  ['messaging.twilio.com', /^\/v2\//, 'twilio_messaging_v2.json'],
];

const wire = await openWire(t, {
  files: files.map(([, , file]) => file),
  exceptions,
  route({ host, pathname: path }) {
    const [, , file] = files.find(([of, paths]) => of === host && paths.test(path)) ?? [];
    return file === undefined ? undefined : { file, path };
  },
});

const isAccepted = (result: object) => 'accepted' in result;
/** A Content resource whose picture is its second variable: the description's own example has none. */
const pictured: Record<string, { answer: Json }> = { 'GET /v1/Content/{Sid}': { answer: { sid: content, friendly_name: 'pictured', language: 'en', variables: { 1: 'Ana' }, types: { 'twilio/media': { body: 'Hello {{1}}', media: ['{{2}}'] } } } } };
const send = (sent: OutContent, more: Partial<Outgoing> = {}, given: typeof settings = settings) => sendBy(channel, { ...outgoing(account, sent), ...more }, wire.to(given, pictured).ctx);
const template = (variables: Record<string, string>, media: object = {}): OutContent => ({ kind: 'template', template: content, name: 'welcome', language: 'en', variables, ...media });

t.test('every kind of message that it sends', async (t) => {
  for (const kind of channel.can.sends) t.ok(isAccepted(await send(kind === 'template' ? template({ 1: 'Ana' }) : sampleOf(kind))), kind);
});

t.test('everything that a message can hold besides', async (t) => {
  t.ok(isAccepted(await send({ kind: 'text', text: 'Yes' }, { to: { identities: [{ kind: 'user', value: 'ID.4500000000000001' }] } })), 'a text to a person without a phone number');
  t.ok(isAccepted(await send({ kind: 'text', text: 'Yes' }, {}, service)), 'a text through a Messaging Service');
  t.ok(isAccepted(await send({ kind: 'image', media: sampleMedia, mime: 'image/jpeg', bytes: 3, caption: 'Look' })), 'an image with a caption');
  t.ok(isAccepted(await send({ kind: 'location', latitude: -6.2, longitude: 106.8 })), 'a place without a name');
  t.ok(isAccepted(await send({ kind: 'buttons', header: 'Shop', text: 'Which?\n\nSay it', footer: 'Until Friday', buttons: [{ id: 'a', title: 'A' }, { id: 'b', title: 'B' }, { id: 'c', title: 'C' }] })), 'buttons with header and footer');
  t.ok(isAccepted(await send({ kind: 'list', text: 'Which?', button: 'Open', sections: [{ title: 'One', rows: [{ id: 'a', title: 'A' }] }, { title: 'Two', rows: [{ id: 'b', title: 'B', description: 'the second' }] }] })), 'a list of two sections');
  t.ok(isAccepted(await send(template({}))), 'a template without variables');
  t.ok(isAccepted(await send(template({ 1: 'Ana' }, { media: { kind: 'image', id: sampleMedia, mime: 'image/jpeg', bytes: 3 } }))), 'a template with an image');
});

t.test('a message that is looked for', async (t) => {
  t.equal(await channel.find?.(outgoing(account, { kind: 'text', text: 'Nobody sent this' }), wire.to(settings).ctx), undefined);
});

t.test('typing, and a message that is marked as read', async () => {
  const heard = { account, from: [], ref: `SM${'7'.repeat(32)}` };
  await channel.typing?.(heard, wire.to(settings).ctx);
  await channel.markRead?.(heard, wire.to(settings).ctx);
});

t.test('a medium that came in', async (t) => {
  const found = await channel.media?.({ ref: `https://api.twilio.com/2010-04-01/Accounts/${settings.accountSid}/Messages/MM${'1'.repeat(32)}/Media/ME${'1'.repeat(32)}` }, wire.to(settings).ctx);
  t.ok(found !== undefined && found !== 'gone');
});

t.test('its numbers, of which some are senders, or none is', async (t) => {
  t.ok(((await channel.numbers?.(wire.to(settings).ctx)) ?? []).length > 1);
  t.ok(((await channel.numbers?.(wire.to(settings, { 'GET /v2/Channels/Senders': 'readEmpty' }).ctx)) ?? []).some(({ uncertain }) => uncertain));
});

t.test('what the doctor asks, with a service and a key and without', async (t) => {
  for (const given of [settings, service, withKey]) t.ok(((await channel.check?.(wire.to(given).ctx)) ?? []).length > 0);
});

t.test('its subscription, of senders and of a service: read, set, taken away', async (t) => {
  const ours = 'https://bot.example.test/webhooks/key';
  const mine = {
    'GET /v1/Services/{Sid}': { answer: { sid: service.messagingServiceSid, inbound_request_url: ours, use_inbound_webhook_on_number: false } },
    'GET /v2/Channels/Senders': { answer: { senders: [{ sid: `XE${'0'.repeat(31)}1`, status: 'ONLINE', sender_id: account, webhook: { callback_url: ours, callback_method: 'POST', status_callback_url: 'https://bot.example.test/status', status_callback_method: 'POST' } }] } },
  };
  for (const given of [settings, service]) {
    t.equal((await channel.subscribe?.read(wire.to(given, mine).ctx))?.state, 'ours');
    await channel.subscribe?.set(wire.to(given, mine).ctx);
    await channel.subscribe?.clear?.(wire.to(given, mine).ctx);
  }
});

const plain: TemplateDraft = { name: 'welcome', language: 'en', category: 'UTILITY', examples: { 1: 'Ana' }, preview: { body: 'Hello {{1}}, welcome.' } };
const drafts: [string, TemplateDraft][] = [
  ['a text', plain],
  ['with replies', { ...plain, preview: { ...plain.preview, buttons: [{ kind: 'reply', title: 'Yes' }, { kind: 'reply', title: 'No' }] } }],
  ['with a link and a phone number', { ...plain, preview: { ...plain.preview, buttons: [{ kind: 'url', title: 'See it', target: 'https://shop.example.test/' }, { kind: 'phone', title: 'Call', target: '+628110000001' }] } }],
  ['with a picture', { ...plain, examples: { 1: 'Ana', header: 'https://shop.example.test/a.jpg' }, preview: { ...plain.preview, header: { kind: 'image' } } }],
  ['with everything', { ...plain, preview: { ...plain.preview, header: { kind: 'text', text: 'News' }, footer: 'Reply STOP to end', buttons: [{ kind: 'url', title: 'See it', target: 'https://shop.example.test/' }, { kind: 'reply', title: 'Fine' }] } }],
  ['for one-time codes', { ...plain, category: 'AUTHENTICATION', examples: { 1: '123456' }, preview: { body: 'Your code is {{1}}.', buttons: [{ kind: 'code', title: 'Copy code' }] } }],
];

t.test('templates: listed page by page, made and handed in, deleted', async (t) => {
  const { templates = [] } = (await channel.templates?.list(wire.to(settings).ctx)) ?? {};
  t.ok(templates.length > 0);
  t.ok(await channel.templates?.list(wire.to(settings).ctx, 'https://content.twilio.com/v1/ContentAndApprovals?PageSize=100&Page=1&PageToken=DNHX'));
  for (const [name, draft] of drafts) t.ok(await channel.templates?.create?.(draft, wire.to(settings).ctx), name);
  await channel.templates?.delete?.(content, wire.to(settings).ctx);
});

t.test('a request that is wrong would be noticed', async (t) => {
  const headers = { authorization: `Basic ${Buffer.from('a:b').toString('base64')}`, 'content-type': 'application/x-www-form-urlencoded' };
  const faultOf = (url: string, body: string, more: Record<string, string> = headers) => wire.faultOf({ url, init: { method: 'POST', headers: more, body } });
  const messages = `https://api.twilio.com/2010-04-01/Accounts/${settings.accountSid}/Messages.json`;
  t.equal(await faultOf(messages, 'To=whatsapp%3A%2B628120000002&From=whatsapp%3A%2B14155550100&Body=Hello'), undefined, 'the right one');
  t.ok(await faultOf(messages, 'From=whatsapp%3A%2B14155550100&Body=Hello'), 'a message to nobody');
  t.ok(await faultOf(messages, 'To=a&Body=b&MessagingServiceSid=nonsense'), 'a service that is none');
  t.ok(await faultOf(messages, 'To=a&Body=b', { 'content-type': 'application/x-www-form-urlencoded' }), 'no credentials');
  t.ok(await faultOf('https://messaging.twilio.com/v2/Indicators/Typing.json', 'channel=whatsapp&messageId=1'), 'typing without a message');
  t.ok(await faultOf('https://content.twilio.com/v1/Content', '{}', { ...headers, 'content-type': 'application/json' }), 'content without a language');
  t.ok(await faultOf('https://content.twilio.com/v9/Content', ''), 'a path that is not there');
});

t.test('all of it was held against the descriptions', async (t) => 
  wire.held(t, [
    'DELETE /v1/Content/{Sid}',
    'GET /2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers.json',
    'GET /2010-04-01/Accounts/{AccountSid}/Messages.json',
    'GET /2010-04-01/Accounts/{Sid}.json',
    'GET /v1/Content/{Sid}',
    'GET /v1/ContentAndApprovals',
    'GET /v1/Services/{MessagingServiceSid}/ChannelSenders',
    'GET /v1/Services/{Sid}',
    'GET /v2/Channels/Senders',
    'POST /2010-04-01/Accounts/{AccountSid}/Messages.json',
    'POST /v1/Content',
    'POST /v1/Content/{ContentSid}/ApprovalRequests/whatsapp',
    'POST /v1/Services/{Sid}',
    'POST /v2/Channels/Senders/{Sid}',
    'POST /v2/Indicators/Typing.json',
  ]));
