/**
 * What Coster sends and answers, as far as customers' public code shows it (ids, names and numbers invented). Nothing of this is the
 * vendor's own word: green against it proves that we read what others read, not that Coster still sends it.
 */
import { createHash } from 'node:crypto';

const account = '628110000001';

export const settings = {
  face: 'm2m' as const,
  accessToken: 'coster-token-of-the-evidence',
  accountCode: '0123456789abcdef0123456789abcdef',
  phoneNumbers: [account],
  callbackProof: 'header' as const,
  webhookSecret: 'coster-webhook-secret-of-the-evidence',
  signatureKey: 'coster-signature-key-of-the-evidence',
  proofHeader: 'x-webhook-secret',
  authStyle: 'usual' as const,
  authHeader: 'x-access-token',
  channelId: 'whatsapp-cloud',
  helpdesk: false,
  m2mUrl: 'https://m2m.coster.id/v1/{account_code}/messages',
  botUrl: 'https://api.coster.id/bot/webhook',
  mediaUrl: 'https://api.coster.id/bot/media/{media_id}',
  messagesPerSecond: 10,
};

/** The header that an operator agrees on with Coster; HMAC by its definition (RFC 2104) where Meta's signature is passed on. */
export function sign(body: Buffer, { webhookSecret, signatureKey, callbackProof }: { webhookSecret?: string; signatureKey?: string; callbackProof: string }): Record<string, string> {
  if (callbackProof !== 'meta') return { 'X-Webhook-Secret': webhookSecret ?? '' };
  const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
  const secret = Buffer.from(signatureKey ?? '', 'utf8');
  const block = Buffer.alloc(64);
  (secret.length > 64 ? sha256(secret) : secret).copy(block);
  const inner = sha256(block.map((byte) => byte ^ 0x36), body);
  return { 'X-Hub-Signature-256': `sha256=${sha256(block.map((byte) => byte ^ 0x5c), inner).toString('hex')}` };
}

const ambpi = 'cyclex/ambpi-core, api/chatbotCoster.go (a customer’s bot, 2025)';
const planetban = 'cyclex/planetban-core, api/webhookCoster.go (a customer’s bot, 2024)';
const simulator = 'almasagam-cloud/danamon-simulator, src/pages/api/sim/coster.ts (a customer’s tester, 2026)';
const onPremise = 'WhatsApp Business on-premise API, as quoted in planetban-core';

const phone = { kind: 'phone', value: '628120000002' };
const metadata = '"messaging_product":"whatsapp","metadata":{"display_phone_number":"628110000001","phone_number_id":"108100000000001"}';
const ana = '"contacts":[{"profile":{"name":"Ana"},"wa_id":"628120000002"}]';
const halo = '{"from":"628120000002","id":"wamid.HBgLIN=","timestamp":"1767225600","type":"text","text":{"body":"Halo"}}';
const value = (messages = halo) => `{${metadata},${ana},"messages":[${messages}]}`;
const entry = (inner = value()) => `{"id":"102000000000001","changes":[{"field":"messages","value":${inner}}]}`;
const bot = (data: string) => `{"id":"evt-1","mid":"wamid.HBgLIN=","client_id":"client-1","channel_id":"whatsapp-cloud","account":{"id":"1","account":"628110000001","account_title":"Toko Contoh"},"data":${data}}`;
const envelope = (inner?: string) => `{"object":"whatsapp_business_account","entry":[${entry(inner)}]}`;
const text = { kind: 'message', id: 'wamid.HBgLIN=', account, at: 1767225600000, from: [phone], name: 'Ana', content: { kind: 'text', text: 'Halo' } };

const message = (name: string, id: string, rest: string, content: object) => ({
  name,
  source: `${planetban}, with the inner object as Meta documents it`,
  body: bot(envelope(value(`{"from":"628120000002","id":"${id}","timestamp":"1767225600",${rest}}`))),
  expect: [{ kind: 'message', id, account, from: [phone], content }],
});

const report = (statuses: string, more = '') =>
  `{"object":"whatsapp_business_account","xid":"1000000001","entry":[{"id":"102000000000001","time":1767225601000,"changes":[{"field":"messages","value":{${metadata},"statuses":[${statuses}]${more}}}]}]}`;
const status = (word: string, rest = '') => `{"id":"wamid.OURS","recipient_id":"628120000002","status":"${word}","timestamp":"1767225601"${rest}}`;
const conversation = ',"conversation":{"id":"c0ffee","expiration_timestamp":"1767312001","origin":{"type":"authentication"}},"pricing":{"billable":true,"category":"authentication","pricing_model":"PMP","type":"regular"}';
const nulls = ',"messages":null,"contacts":null,"errors":null,"ban_info":null,"current_limit":null,"decision":null,"disable_info":null,"event":null,"message_template_id":0,"phone_number":null';

export const evidence = [
  // ── inbound, over bot ──
  { name: 'a text, with Meta’s whole object inside', source: planetban, body: bot(envelope()), expect: [text] },
  { name: 'a text, with a single entry inside', source: ambpi, body: bot(entry()), expect: [text] },
  { name: 'a text, with the bare value inside', source: ambpi, body: bot(value()), expect: [text] },
  { name: 'a text of the on-premise API', source: onPremise, body: `{${ana},"messages":[${halo}]}`, expect: [text] },
  { name: 'a text with nothing but Meta’s object', source: simulator, body: envelope(), expect: [text] },
  message('an image', 'wamid.IMG', '"type":"image","image":{"id":"900001","mime_type":"image/jpeg","caption":"nota"}', { kind: 'image', media: { ref: '900001', mime: 'image/jpeg' }, caption: 'nota' }),
  message('a voice note', 'wamid.VOICE', '"type":"audio","audio":{"id":"900003","mime_type":"audio/ogg; codecs=opus","voice":true}', { kind: 'voice', media: { ref: '900003' } }),
  message('an audio file', 'wamid.AUDIO', '"type":"audio","audio":{"id":"900006","mime_type":"audio/mpeg"}', { kind: 'audio', media: { ref: '900006' } }),
  message('a video', 'wamid.VID', '"type":"video","video":{"id":"900002","mime_type":"video/mp4"}', { kind: 'video', media: { ref: '900002' } }),
  message('a document', 'wamid.DOC', '"type":"document","document":{"id":"900004","mime_type":"application/pdf","filename":"inv-7.pdf"}', { kind: 'document', media: { ref: '900004', name: 'inv-7.pdf' } }),
  message('a sticker', 'wamid.STK', '"type":"sticker","sticker":{"id":"900005","mime_type":"image/webp"}', { kind: 'sticker', media: { ref: '900005' } }),
  message('a location', 'wamid.LOC', '"type":"location","location":{"latitude":-6.2,"longitude":106.8}', { kind: 'location', latitude: -6.2, longitude: 106.8 }),
  message('a contact card', 'wamid.CARD', '"type":"contacts","contacts":[{"name":{"formatted_name":"Budi"},"phones":null}]', { kind: 'contacts', contacts: [{ name: 'Budi', phones: [], emails: [] }] }),
  message('a tapped button', 'wamid.BTN', '"type":"interactive","interactive":{"type":"button_reply","button_reply":{"id":"yes","title":"Ya"}}', { kind: 'choice', of: 'button', id: 'yes' }),
  message('a tapped list row', 'wamid.ROW', '"type":"interactive","interactive":{"type":"list_reply","list_reply":{"id":"r1","title":"Gayo"}}', { kind: 'choice', of: 'list', id: 'r1' }),
  message('a tapped quick reply of a template', 'wamid.QR', '"type":"button","button":{"text":"Pesan lagi","payload":"REORDER"}', { kind: 'choice', of: 'template', id: 'REORDER' }),
  message('a kind of message that nobody knows', 'wamid.HOLO', '"type":"hologram","hologram":{}', { kind: 'unsupported', what: 'hologram' }),
  {
    name: 'a reaction',
    source: `${planetban}, with the inner object as Meta documents it`,
    body: bot(envelope(value('{"from":"628120000002","id":"wamid.RE","timestamp":"1767225600","type":"reaction","reaction":{"message_id":"wamid.OURS","emoji":"👍"}}'))),
    expect: [{ kind: 'change', id: 'wamid.RE', account, of: 'wamid.OURS', change: 'reaction', emoji: '👍' }],
  },
  {
    name: 'two messages and a status in one delivery',
    source: `${planetban}, with the inner object as Meta documents it`,
    body: bot(`{"object":"whatsapp_business_account","entry":[${entry()},${entry(`{${metadata},"statuses":[${status('sent')}]}`)},${entry(value(halo.replace('wamid.HBgLIN=', 'wamid.SECOND')))}]}`),
    expect: [text, { kind: 'status', refs: ['wamid.OURS'], status: 'sent' }, { kind: 'message', id: 'wamid.SECOND' }],
  },
  {
    name: 'a text from a number whose name is not ours',
    source: `${planetban}, with another number`,
    body: bot(envelope(value().replace('"display_phone_number":"628110000001"', '"display_phone_number":"+62 811-9999-999"').replace('108100000000001', '108100000000009'))).replace('"account":"628110000001"', '"account":null'),
    expect: [{ kind: 'message', account: '628119999999' }],
  },

  // ── delivery reports, over m2m ──
  ...(['sent', 'delivered', 'read'] as const).map((word) => ({
    name: `a message of ours was ${word}`,
    source: simulator,
    body: report(status(word, conversation)),
    expect: [{ kind: 'status', account, at: 1767225601000, refs: ['wamid.OURS'], ref: '1000000001', status: word, to: [phone], price: { category: 'authentication', model: 'PMP', billable: true } }],
  })),
  {
    name: 'a message of ours failed, among many members that are null',
    source: simulator,
    body: report(status('failed', ',"conversation":null,"pricing":null,"errors":[{"code":131026,"title":"Message undeliverable","message":null,"error_data":null}]'), nulls).replace(
      /}$/,
      ',"outbound":{"type":"template","recipient":"628120000002","data":{"to":"628120000002","type":"template","messaging_product":"whatsapp","template":{"name":"otp","language":{"code":"id","policy":"deterministic"},"namespace":null,"components":[]}}}}',
    ),
    expect: [{ kind: 'status', refs: ['wamid.OURS'], ref: '1000000001', status: 'failed', error: { code: '131026', said: 'Message undeliverable' } }],
  },
  {
    name: 'a report that names our reference by a UUID',
    source: ambpi,
    body: report(status('read')).replace('1000000001', '019b0000-0000-7000-8000-000000000001'),
    expect: [{ kind: 'status', ref: '019b0000-0000-7000-8000-000000000001', status: 'read' }],
  },
  { name: 'a status of the on-premise API', source: onPremise, body: `{"statuses":[${status('delivered')}]}`, expect: [{ kind: 'status', account, refs: ['wamid.OURS'], status: 'delivered' }] },
  { name: 'two statuses beside one reference, which can be meant for neither', source: `${simulator}, with a second status`, body: report(`${status('sent')},${status('sent').replace('wamid.OURS', 'wamid.ALSO')}`), expect: [{ kind: 'status', refs: ['wamid.OURS'] }, { kind: 'status', refs: ['wamid.ALSO'] }] },
  { name: 'a status word that nobody knows', source: `${onPremise}, where a message may be deleted`, body: `{"statuses":[${status('deleted')}]}`, expect: [{ kind: 'ignored' }] },
  { name: 'a value in which every list is null', source: simulator, body: report('').replace('"statuses":[]', `"statuses":null${nulls}`), expect: [{ kind: 'ignored' }] },
  { name: 'an event that nobody knows', source: 'made up', body: bot('{"typing":true}'), expect: [{ kind: 'ignored' }] },
];

const accepted = '{"meta":{"author":"example","meta":"0.0.1"},"contacts":[{"input":"628120000002","wa_id":"628120000002"}],"messages":[{"id":"wamid.HBgLOUT","xid":"1000000001"}]}';
const error = (code: number, title: string, details: string) => `{"meta":{"author":"example","meta":"0.0.1"},"errors":[{"code":${code},"title":"${title}","details":"${details}"}]}`;

/** Of POST /v1/{account_code}/messages, as the tester's simulator gives them. */
export const answers = [
  { name: 'taken', status: 200, body: accepted, expect: { accepted: { refs: ['wamid.HBgLOUT'] } } },
  { name: 'a wrong parameter, with 500', status: 500, body: error(1008, 'Parameter missing or invalid', 'Unknown contact'), expect: { rejected: { code: '1008', said: 'Parameter missing or invalid: Unknown contact', scope: 'message' } } },
  { name: 'an unknown contact, with 500', status: 500, body: error(1006, 'Not found', 'Unknown contact'), expect: { rejected: { code: '1006', scope: 'contact' } } },
  { name: 'a token that is refused', status: 401, body: error(1005, 'Access denied', 'Invalid credentials'), expect: { rejected: { code: '1005', scope: 'connection' } } },
  { name: 'a token that is refused in other words', status: 401, body: '{"code":401,"message":"unauthorized","servertime":1767225600,"data":null}', expect: { rejected: { code: '401', scope: 'connection' } } },
  { name: 'outside the window of 24 hours', status: 400, body: error(470, 'Message failed to send because more than 24 hours have passed', ''), expect: { rejected: { code: '470', scope: 'message' } } },
  { name: 'too many', status: 429, body: error(1015, 'Too many requests', ''), expect: { retry: { code: '1015', scope: 'number' } } },
  { name: 'overloaded, with 200', status: 200, body: error(1016, 'Service overloaded', ''), expect: { retry: { code: '1016', scope: 'number' } } },
  { name: 'a code of Meta’s', status: 400, body: error(131026, 'Message undeliverable', ''), expect: { rejected: { code: '131026', scope: 'contact' } } },
  { name: 'a code that nobody knows, with 500', status: 500, body: error(777, 'Something', 'else'), expect: 'silence' },
  { name: 'a fault without words', status: 502, body: '<html>', expect: 'silence' },
  { name: 'an address where nothing of Coster’s is', status: 404, body: '<html>', expect: { rejected: { code: 'base-url', scope: 'connection' } } },
];

export const accounts = [
  { typed: '+62 811-0000-001', account },
  { typed: ' 628110000001 ', account },
  { typed: 'Toko Contoh', account: 'refused' },
];

const unseen = 'In no public code of a customer’s; it is read as Meta sends it.';
export const lacks = {
  order: unseen, form: unseen, edit: unseen, revoke: unseen, forwarded: unseen, referral: unseen, reply: unseen, 'reaction taken back': unseen, 'person who changed': unseen,
  'person without a phone number': 'Coster sends to phone numbers, and no webhook without one was seen.',
};

export const media = [
  { name: 'an image', source: ambpi, ref: { ref: '900001', mime: 'image/jpeg' }, answers: [{ status: 200, headers: { 'content-type': 'image/jpeg' }, body: 'the bytes of the image' }], expect: { bytes: 'the bytes of the image', mime: 'image/jpeg' } },
  { name: 'a medium that is not there', source: `${ambpi}, as any HTTP server says it`, ref: { ref: '900001' }, answers: [{ status: 404, body: '' }], expect: 'gone' as const },
];

const draft = { name: 'order_ready', language: 'id', category: 'UTILITY', examples: { 1: 'Ana' }, preview: { body: 'Halo {{1}}, pesanan siap.' } };

/** Entered by hand and kept here: Coster has no list of them that anybody has seen. */
export const templates = {
  source: `${planetban}, which sends one`, pages: [], store: { templates: [draft] },
  expect: [{ name: 'order_ready', language: 'id', status: 'approved', variables: [{ key: '1', example: 'Ana' }] }], draft,
};
