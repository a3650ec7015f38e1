/** Every request of the Meta channel is one that Meta's own description of the Cloud API accepts. */
import t from 'tap';
import type { OutContent, Outgoing, TemplateDraft } from '#plugin';
import { settings as evidence } from '../../plugins/meta-cloud/evidence.ts';
import channel from '../../plugins/meta-cloud/index.ts';
import { outgoing, sampleMedia, sampleOf } from '../kit/samples.ts';
import { meta as exceptions } from './exceptions.ts';
import { openWire, sendBy } from './wire.ts';

const app = '100200300400500';
const settings = { ...evidence, appId: app };
const [phone] = evidence.phoneNumberIds;
const account = phone ?? '';
const waba = evidence.businessAccountId;
const template = '1026573095658757';
const medium = '4490709327384033';

/** The ids say what a path is about, as they do at Meta. */
const files: Record<string, string> = { [account]: 'meta_phone_number.json', [waba]: 'meta_waba.json', [template]: 'meta_template.json', [medium]: 'meta_media.json' };

const wire = await openWire(t, {
  files: Object.values(files),
  exceptions,
  route({ host, pathname: path }) {
    const file = host === 'graph.facebook.com' ? files[path.split('/')[2] ?? ''] : undefined;
    return file === undefined ? undefined : { file, path };
  },
});

const isAccepted = (result: object) => 'accepted' in result;
const send = (content: OutContent, more: Partial<Outgoing> = {}) => sendBy(channel, { ...outgoing(account, content), ...more }, wire.to(settings).ctx);
const variants: [string, OutContent, Partial<Outgoing>?][] = [
  ['a text with a link in it', { kind: 'text', text: 'See https://shop.example.test/' }],
  ['an answer to a message', { kind: 'text', text: 'Yes' }, { replyTo: 'wamid.HBgLIN' }],
  ['a text to a person without a phone number', { kind: 'text', text: 'Yes' }, { to: { identities: [{ kind: 'user', value: 'US.13491208655302741918' }] } }],
  ['buttons with header and footer', { kind: 'buttons', header: 'Shop', text: 'Which?', footer: 'Until Friday', buttons: [{ id: 'a', title: 'A' }, { id: 'b', title: 'B' }, { id: 'c', title: 'C' }] }],
  ['a list of two sections', { kind: 'list', header: 'Shop', text: 'Which?', footer: 'Until Friday', button: 'Open', sections: [{ rows: [{ id: 'a', title: 'A' }] }, { title: 'More', rows: [{ id: 'b', title: 'B', description: 'the second' }] }] }],
  ['a link with as many words as core leaves together', { kind: 'link', text: 'x'.repeat(1_024), title: 'Open the shop of Ana', url: 'https://shop.example.test/' }],
  ['a wish for a place with as many words', { kind: 'location-request', text: 'x'.repeat(1_024) }],
  ['a place without a name', { kind: 'location', latitude: -6.2, longitude: 106.8 }],
  ['a contact with an e-mail address', { kind: 'contacts', contacts: [{ name: 'Budi', phones: ['628110000001'], emails: ['budi@example.test'] }] }],
  ['a reaction that is taken back', { kind: 'reaction', emoji: '', to: 'wamid.HBgLIN' }],
  ['an image with a caption', { kind: 'image', media: sampleMedia, mime: 'image/jpeg', bytes: 3, caption: 'Look' }],
  ['a template without variables', { kind: 'template', template, name: 'welcome', language: 'en', variables: {} }],
  ['a template with named variables', { kind: 'template', template, name: 'welcome', language: 'en_US', variables: { first_name: 'Ana', 'header.shop': 'Toko' } }],
  ['a template with every kind of button', { kind: 'template', template, name: 'welcome', language: 'id', variables: { 1: 'Ana', 2: '9', 'header.1': 'Toko', 'button.0': 'a7', 'button.1.payload': 'stop', 'button.2.code': 'SAVE9' } }],
  ['a template with an image', { kind: 'template', template, name: 'welcome', language: 'id', variables: { 1: 'Ana' }, media: { kind: 'image', id: sampleMedia, mime: 'image/jpeg', bytes: 3 } }],
  ['a template with a video', { kind: 'template', template, name: 'welcome', language: 'id', variables: {}, media: { kind: 'video', id: sampleMedia, mime: 'video/mp4', bytes: 3 } }],
  ['a template with a document', { kind: 'template', template, name: 'welcome', language: 'id', variables: {}, media: { kind: 'document', id: sampleMedia, mime: 'application/pdf', bytes: 3, name: 'offer.pdf' } }],
  ['a template with a place', { kind: 'template', template, name: 'welcome', language: 'id', variables: { 'header.latitude': '-6.2', 'header.longitude': '106.8', 'header.name': 'Shop', 'header.address': 'Jakarta' } }],
  ['a one-time code', { kind: 'template', template, name: 'code', language: 'id', variables: { 'otp.0': '123456' } }],
];

t.test('every kind of message that it sends', async (t) => {
  for (const kind of channel.can.sends) t.ok(isAccepted(await send(sampleOf(kind))), kind);
});

t.test('everything that a message can hold besides', async (t) => {
  for (const [name, content, more] of variants) t.ok(isAccepted(await send(content, more)), name);
});

t.test('typing, and a message that is marked as read', async () => {
  const heard = { account, from: [], ref: 'wamid.HBgLIN' };
  const examples = { 'POST /{Version}/{Phone-Number-ID}/messages': 'Send typing indicator and read receipt' };
  await channel.typing?.(heard, wire.to(settings, examples).ctx);
  await channel.markRead?.(heard, wire.to(settings, examples).ctx);
});

t.test('a medium that came in', async (t) => {
  // The description's own example has a placeholder for the address.
  const answer = { messaging_product: 'whatsapp', url: `https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=${medium}`, mime_type: 'image/jpeg', sha256: 'b'.repeat(64), file_size: '3', id: medium };
  const found = await channel.media?.({ ref: medium }, wire.to(settings, { 'GET /{Version}/{Media-ID}': { answer } }).ctx);
  t.ok(found !== undefined && found !== 'gone');
});

t.test('its numbers, with a business account and without', async (t) => {
  const { businessAccountId: _, ...alone } = settings;
  t.ok(((await channel.numbers?.(wire.to(settings).ctx)) ?? []).length > 0);
  t.ok(((await channel.numbers?.(wire.to(alone).ctx)) ?? []).length > 0);
});

t.test('what the doctor asks, with an app and without, and of a token alone', async (t) => {
  const { businessAccountId: _, phoneNumberIds: __, ...alone } = settings;
  for (const given of [settings, evidence, alone]) {
    const lines = (await channel.check?.(wire.to(given).ctx)) ?? [];
    t.ok(lines.length > 0);
  }
});

t.test('its subscription: read, set, taken away', async (t) => {
  t.ok(await channel.subscribe?.read(wire.to(settings).ctx));
  await channel.subscribe?.set(wire.to(settings).ctx);
  const ours = { whatsapp_business_api_data: { id: app, name: 'Shop', link: 'https://www.facebook.com/games/?app_id=1' } };
  for (const override of [{}, { override_callback_uri: 'https://bot.example.test/webhooks/key' }]) {
    await channel.subscribe?.clear?.(wire.to(settings, { 'GET /{Version}/{WABA-ID}/subscribed_apps': { answer: { data: [{ ...ours, ...override }] } } }).ctx);
  }
});

t.test('a number that is registered', async (t) => {
  t.equal((await channel.register?.(account, '123456', wire.to(settings).ctx))?.state, 'ok');
});

const draft: TemplateDraft = {
  name: 'welcome_back', language: 'en_US', category: 'UTILITY', examples: { 1: 'Ana', 2: 'A-7', 'header.1': 'Toko', 'button.0': 'a7', 'button.2.code': 'SAVE9' },
  preview: {
    header: { kind: 'text', text: 'News from {{1}}' }, body: 'Hello {{1}}, your order {{2}} is on its way.', footer: 'Reply STOP to end',
    buttons: [{ kind: 'url', title: 'See it', target: 'https://shop.example.test/{{1}}' }, { kind: 'phone', title: 'Call', target: '+628110000001' }, { kind: 'code', title: 'Copy' }, { kind: 'reply', title: 'Fine' }],
  },
};
const drafts: [string, TemplateDraft][] = [
  ['with everything', draft],
  ['with names', { ...draft, name: 'named', examples: { first_name: 'Ana', 'header.shop': 'Toko' }, preview: { header: { kind: 'text', text: 'News from {{shop}}' }, body: 'Hello {{first_name}}, welcome back to us.' } }],
  ['with an image', { ...draft, name: 'pictured', examples: { header: sampleMedia }, preview: { header: { kind: 'image' }, body: 'Hello there.' } }],
  ['for one-time codes', { ...draft, name: 'code', category: 'AUTHENTICATION', examples: {}, preview: { body: '', buttons: [{ kind: 'code', title: 'Copy code' }] } }],
];

t.test('templates: listed page by page, made, deleted', async (t) => {
  const { templates = [], next } = (await channel.templates?.list(wire.to(settings).ctx)) ?? {};
  t.ok(templates.length > 0);
  t.ok(await channel.templates?.list(wire.to(settings).ctx, next ?? 'QVFIU'));
  for (const [name, one] of drafts) t.ok(await channel.templates?.create?.(one, wire.to(settings).ctx), name);
  await channel.templates?.delete?.(template, wire.to(settings).ctx);
});

t.test('signing in with Meta', async (t) => {
  const server = { META_APP_ID: app, META_APP_SECRET: 'app-secret-for-docs', META_CONFIG_ID: '77' };
  const session = { type: 'WA_EMBEDDED_SIGNUP', event: 'FINISH', data: { waba_id: waba } };
  const subscribed = { data: [{ whatsapp_business_api_data: { id: app, name: 'Shop', link: 'https://www.facebook.com/games/?app_id=1' } }] };
  const done = await channel.signIn?.finish({ code: 'a-code-of-meta', session, pin: '123456' }, server, wire.to(settings, { 'GET /{Version}/{WABA-ID}/subscribed_apps': { answer: subscribed } }).ctx);
  t.equal(done?.settings.businessAccountId, waba);
});

t.test('a request that is wrong would be noticed', async (t) => {
  const headers = { authorization: 'Bearer x', 'content-type': 'application/json' };
  const wrong = (path: string, body: unknown, more: Record<string, string> = headers) => wire.faultOf({ url: `https://graph.facebook.com/v23.0/${path}`, init: { method: 'POST', headers: more, body: JSON.stringify(body) } });
  const text = { messaging_product: 'whatsapp', to: '628120000002', type: 'text', text: { body: 'Hello' } };
  t.equal(await wrong(`${account}/messages`, text), undefined, 'the right one');
  t.ok(await wrong(`${account}/messages`, { ...text, text: {} }), 'a text without words');
  t.ok(await wrong(`${account}/messages`, { ...text, messaging_product: 'sms' }), 'another product');
  t.ok(await wrong(`${account}/messages`, { ...text, type: 'hologram' }), 'another kind');
  t.ok(await wrong(`${account}/messages`, text, { 'content-type': 'application/json' }), 'no token');
  t.ok(await wrong(`${account}/register`, { messaging_product: 'whatsapp' }), 'no PIN');
  t.ok(await wrong(`${account}/calls`, {}), 'a path that is not there');
});

t.test('all of it was held against the descriptions', async (t) => 
  wire.held(t, [
    'DELETE /{Version}/{WABA-ID}/message_templates',
    'DELETE /{Version}/{WABA-ID}/subscribed_apps',
    'GET /{Version}/{Media-ID}',
    'GET /{Version}/{Phone-Number-ID}',
    'GET /{Version}/{TEMPLATE_ID}',
    'GET /{Version}/{WABA-ID}/message_templates',
    'GET /{Version}/{WABA-ID}/phone_numbers',
    'GET /{Version}/{WABA-ID}/subscribed_apps',
    'POST /{Version}/{Phone-Number-ID}/media',
    'POST /{Version}/{Phone-Number-ID}/messages',
    'POST /{Version}/{Phone-Number-ID}/register',
    'POST /{Version}/{WABA-ID}/message_templates',
    'POST /{Version}/{WABA-ID}/subscribed_apps',
  ]));
