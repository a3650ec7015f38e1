/**
 * What Twilio sends, as its documentation and published requests show it (SIDs, names and numbers invented), and what each means to us.
 * Written by hand from what `source` names, never from our parser; the contract kit signs and reads every one of them.
 */
import { createHash } from 'node:crypto';

const accountSid = `AC${'a'.repeat(32)}`;

export const settings = {
  accountSid,
  authToken: '0123456789abcdef0123456789abcdef',
  senders: ['whatsapp:+14155550100'],
  messagesPerSecond: 80,
  connectionOverrides: 'rc=5&rp=all',
  apiBaseUrl: '',
};

/** HMAC-SHA1 by its definition (RFC 2104) over the URL and the sorted parameters, so that a slip in the plugin's own way shows. */
export function sign(body: Buffer, { authToken }: { authToken: string }, url: string): Record<string, string> {
  const sha1 = (...parts: Uint8Array[]) => createHash('sha1').update(Buffer.concat(parts)).digest();
  const block = Buffer.alloc(64);
  const secret = Buffer.from(authToken, 'utf8');
  (secret.length > 64 ? sha1(secret) : secret).copy(block);
  const isForm = !/^\s*[[{"]/.test(body.toString());
  const fields = isForm ? body.toString().split('&').filter(Boolean).map((field) => [...field.split('='), ''].slice(0, 2).map(plain)) : [];
  const lines = fields.map(([name = '', value = '']) => ({ name, value }));
  lines.sort((one, other) => (one.name === other.name ? order(one.value, other.value) : order(one.name, other.name)));
  const signed = url + lines.map(({ name, value }) => name + value).join('');
  const inner = sha1(block.map((byte) => byte ^ 0x36), Buffer.from(signed));
  return { 'X-Twilio-Signature': sha1(block.map((byte) => byte ^ 0x5c), inner).toString('base64') };
}

function order(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** What a form field says: blanks are written as a plus, bytes beyond ASCII as %XX. */
function plain(written: string): string {
  const bytes: number[] = [];
  const raw = Buffer.from(written.replaceAll('+', ' '));
  for (let at = 0; at < raw.length; at += 1) {
    const hex = raw[at] === 0x25 ? raw.subarray(at + 1, at + 3).toString('latin1') : '';
    if (/^[0-9a-f]{2}$/i.test(hex)) bytes.push(Number.parseInt(hex, 16));
    else bytes.push(raw[at] ?? 0);
    if (/^[0-9a-f]{2}$/i.test(hex)) at += 2;
  }
  return Buffer.from(bytes).toString('utf8');
}

/** Signatures that were computed with another tool (Python's hmac), under the auth token above, to hold both implementations to. */
const vector = `AccountSid=${accountSid}&Body=Halo+%C3%A9+%F0%9F%91%8D&From=whatsapp%3A%2B628110000001&MessageSid=SM${'1'.repeat(32)}&NumMedia=0&ProfileName=Ana&To=whatsapp%3A%2B14155550100`;
const hook = 'https://bot.example.test/hooks/twilio';
const hello = '93a23971a914e5eacbf0a8d25154cda309c3c1c72fbb9914d47c60f3cb681588';
export const signed = [
  { name: 'a form', method: 'POST', url: hook, type: 'application/x-www-form-urlencoded', body: vector, signature: '1IPXY2jkiFKYHEXeRLbdq8mS6+E=' },
  { name: 'a form with a query', method: 'POST', url: `${hook}?tenant=7&x=a%20b`, type: 'application/x-www-form-urlencoded', body: vector, signature: 'P2/27n1SghEK5xGP2xACfeXYCxg=' },
  { name: 'a GET', method: 'GET', url: `${hook}?tenant=7&x=a%20b`, type: undefined, body: '', signature: '/+j0G2zZcU4DCY/03Us4hiTijg4=' },
  { name: 'a JSON body', method: 'POST', url: `${hook}?bodySHA256=${hello}`, type: 'application/json', body: '{"hello":"world"}', signature: '7LVE70YiRvqdZOjB44J4hW7D+1o=' },
];

const docs = 'twilio.com/docs';
const webhook = `${docs}/messaging/guides/webhook-request`;
const captured = 'a request published by its receiver; see “What is uncertain” in README.md';
const account = 'whatsapp:+14155550100';
const phone = { kind: 'phone', value: '628120000002' };
const user = { kind: 'user', value: 'ID.4500000000000001' };

interface Evidence {
  name: string;
  source: string;
  body: string;
  query?: string;
  expect: unknown[];
}

/** A form as Java writes it, which is what Twilio is written in. */
function form(fields: Record<string, string>): string {
  const written = (text: string) => encodeURIComponent(text).replaceAll('%20', '+').replace(/[!'()~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  return Object.entries(fields).map(([name, value]) => `${name}=${written(value)}`).join('&');
}

const sidOf = (number: number, prefix = 'SM') => `${prefix}${String(number).padStart(32, '0')}`;

/** What stands in every message. */
function inbound(sid: string, fields: Record<string, string>): string {
  return form({
    SmsMessageSid: sid, NumMedia: '0', ProfileName: 'Ana', WaId: '628120000002', SmsStatus: 'received', Body: '', To: account, NumSegments: '1', ReferralNumMedia: '0',
    MessageSid: sid, SmsSid: sid, AccountSid: accountSid, From: 'whatsapp:+628120000002', ApiVersion: '2010-04-01', ...fields,
  });
}

let count = 100;

/** One message of Ana's with these fields, and the content it is. */
function message(name: string, fields: Record<string, string>, content: object, more: { source?: string } & Record<string, unknown> = {}): Evidence {
  count += 1;
  const { source = webhook, ...expected } = more;
  const id = sidOf(count, fields.NumMedia === undefined ? 'SM' : 'MM');
  return { name, source, body: inbound(id, fields), expect: [{ kind: 'message', id, account, from: [phone], name: 'Ana', content, ...expected }] };
}

const mediaUrl = (number: number) => `https://api.twilio.com/2010-04-01/Accounts/${accountSid}/Messages/${sidOf(number, 'MM')}/Media/${sidOf(number, 'ME')}`;

/** One medium of Ana's. */
function medium(name: string, mime: string, fields: Record<string, string>, content: object): Evidence {
  const ref = mediaUrl(count + 1);
  return message(name, { NumMedia: '1', MediaUrl0: ref, MediaContentType0: mime, ...fields }, { ...content, media: { ref, mime } });
}

const ours = sidOf(77);
const reply = { OriginalRepliedMessageSid: ours, OriginalRepliedMessageSender: account };
const ref = '019b0000-0000-7000-8000-000000000001';

/** What became of the message `ours`. */
function status(name: string, word: string, fields: Record<string, string>, expected: object, query = `?ref=${ref}`): Evidence {
  const body = form({
    ChannelPrefix: 'whatsapp', ApiVersion: '2010-04-01', MessageStatus: word, SmsSid: ours, SmsStatus: word, ChannelInstallSid: sidOf(1, 'XE'), To: 'whatsapp:+628120000002', From: account,
    MessageSid: ours, AccountSid: accountSid, ChannelToAddress: '+62812000XXXX', ...fields,
  });
  return { name, source: `${docs}/messaging/guides/outbound-message-status-in-status-callbacks`, body, query, expect: [{ account, ...expected }] };
}

const reported = (word: string, more: object = {}) => ({ kind: 'status', id: `${ours}:${word}`, refs: [ours], status: word, ref, to: [phone], ...more });

export const evidence: Evidence[] = [
  // ── what people write ──
  message('a text', { Body: 'Halo 👋' }, { kind: 'text', text: 'Halo 👋' }),
  message('a text of several lines', { Body: 'satu\ndua', MessageType: 'text' }, { kind: 'text', text: 'satu\ndua' }),
  message('a text with NUL in it', { Body: 'a\u0000b' }, { kind: 'text', text: 'ab' }, { source: 'chatwoot/chatwoot, app/services/twilio/incoming_message_service.rb' }),
  message('an answer to a message of ours', { Body: 'ya', ...reply }, { kind: 'text', text: 'ya' }, { replyTo: ours }),
  message('a forwarded text', { Body: 'baca', Forwarded: 'true', FrequentlyForwarded: 'false' }, { kind: 'text', text: 'baca' }, { forwarded: true }),
  message('a text forwarded many times', { Body: 'baca', Forwarded: 'false', FrequentlyForwarded: 'true' }, { kind: 'text', text: 'baca' }, { forwarded: true }),
  message(
    'a text from an advertisement',
    {
      Body: 'Halo', ReferralBody: 'Diskon 20%', ReferralHeadline: 'Promo', ReferralSourceId: '1200000001', ReferralSourceType: 'ad', ReferralSourceUrl: 'https://fb.me/abc',
      ReferralCtwaClid: 'AbC123', ReferralNumMedia: '1', ReferralMediaContentType: 'image/jpeg', ReferralMediaUrl: 'https://cdn.example.test/ad.jpg',
    },
    { kind: 'text', text: 'Halo' },
    { referral: { source: 'ad', url: 'https://fb.me/abc', headline: 'Promo', text: 'Diskon 20%', clickId: 'AbC123' } },
  ),
  message(
    'a tapped quick reply',
    {
      Body: 'Ya', ButtonText: 'Ya', ButtonPayload: 'yes', MessageType: 'interactive', ...reply, Forwarded: 'false', FrequentlyForwarded: 'false',
      ChannelMetadata: '{"type":"whatsapp","data":{"context":{"ButtonText":"Ya","ProfileName":"Ana","WaId":"628120000002"}}}',
    },
    { kind: 'choice', of: 'button', id: 'yes', text: 'Ya' },
    { replyTo: ours },
  ),
  message('a tapped button of a template', { Body: 'Pesan lagi', ButtonText: 'Pesan lagi', ButtonPayload: 'REORDER', MessageType: 'button', ...reply }, { kind: 'choice', of: 'template', id: 'REORDER', text: 'Pesan lagi' }, { replyTo: ours }),
  message('a tapped list row', { Body: 'Kopi', ListId: 'row-2', ListTitle: 'Kopi', ListDescription: '250 g', MessageType: 'interactive' }, { kind: 'choice', of: 'list', id: 'row-2', text: 'Kopi', description: '250 g' }, { source: captured }),
  message('a tapped list row of which only the title came', { Body: 'Kopi', MessageType: 'interactive', ...reply }, { kind: 'text', text: 'Kopi' }, { source: captured, replyTo: ours }),
  message('a filled form', { Body: 'Sent', MessageType: 'interactive', InteractiveData: '{"name":"flow","age":"30"}' }, { kind: 'form', name: 'flow', text: 'Sent', answers: { name: 'flow', age: '30' } }, { source: captured }),
  message('a filled form whose answers are no JSON', { FlowData: 'not json' }, { kind: 'form', answers: 'not json' }, { source: captured }),
  message('a permission to call', { Body: 'VOICE_CALL_REQUEST', ButtonPayload: 'ACCEPTED' }, { kind: 'system', what: 'call_permission_reply', text: 'ACCEPTED' }),
  medium('an image with a caption', 'image/jpeg', { Body: 'nota', MessageType: 'image' }, { kind: 'image', caption: 'nota' }),
  medium('a video', 'video/mp4', { MessageType: 'video' }, { kind: 'video' }),
  medium('a voice note', 'audio/ogg', { MessageType: 'audio' }, { kind: 'voice' }),
  medium('an audio file', 'audio/mpeg', { MessageType: 'audio' }, { kind: 'audio' }),
  medium('a document', 'application/pdf', { MessageType: 'document' }, { kind: 'document' }),
  medium('a sticker', 'image/webp', { MessageType: 'sticker' }, { kind: 'sticker' }),
  medium('a medium without the word for its kind', 'image/webp', {}, { kind: 'sticker' }),
  message('a contact card', { NumMedia: '1', MediaUrl0: mediaUrl(5), MediaContentType0: 'text/vcard', MessageType: 'contacts' }, { kind: 'document', media: { ref: mediaUrl(5), mime: 'text/vcard', name: 'contact.vcf' } }),
  {
    name: 'two media at once',
    source: `${webhook} (MediaUrl{N}; WhatsApp sends one)`,
    body: inbound(sidOf(90, 'MM'), { NumMedia: '2', Body: 'dua', MediaUrl0: mediaUrl(6), MediaContentType0: 'image/png', MediaUrl1: mediaUrl(7), MediaContentType1: 'application/pdf' }),
    expect: [
      { kind: 'message', id: sidOf(90, 'MM'), content: { kind: 'image' as const, caption: 'dua', media: { ref: mediaUrl(6) } } },
      { kind: 'message', id: `${sidOf(90, 'MM')}:1`, content: { kind: 'document', media: { ref: mediaUrl(7) } } },
    ],
  },
  message('a place', { Latitude: '-6.2088', Longitude: '106.8456', Label: 'Monas', Address: 'Jakarta', MessageType: 'location' }, { kind: 'location', latitude: -6.2088, longitude: 106.8456, name: 'Monas', address: 'Jakarta' }),
  message('an order, of which only the words come', { Body: 'tanpa gula', MessageType: 'order' }, { kind: 'order', text: 'tanpa gula', items: [] }, { source: captured }),
  message('a kind that is not passed on', { MessageType: 'unsupported' }, { kind: 'unsupported', what: 'unsupported' }, { source: captured }),
  message('a kind of the future', { MessageType: 'hologram' }, { kind: 'unsupported', what: 'hologram' }),
  message('a message with nothing in it', {}, { kind: 'unsupported', what: 'empty' }, { source: captured }),
  {
    name: 'a reaction, should one come',
    source: captured,
    body: inbound(sidOf(91), { Body: '👍', MessageType: 'reaction', ...reply }),
    expect: [{ kind: 'change', id: sidOf(91), change: 'reaction', of: ours, emoji: '👍', from: [phone] }],
  },
  {
    name: 'a reaction that is taken back',
    source: captured,
    body: inbound(sidOf(92), { MessageType: 'reaction', ...reply }),
    expect: [{ kind: 'change', id: sidOf(92), change: 'reaction', of: ours, from: [phone] }],
  },

  // ── who they are ──
  message('a person with a phone number and a user id', { Body: 'Halo', ExternalUserId: 'whatsapp:ID.4500000000000001', ProfileUsername: '@ana.toko' }, { kind: 'text', text: 'Halo' }, { source: `${docs}/whatsapp/key-concepts`, from: [phone, user, { kind: 'username', value: 'ana.toko' }] }),
  message('the user id without its prefix, and the parent’s', { Body: 'Halo', ExternalUserId: 'ID.4500000000000001', ParentExternalUserId: 'ID.ENT.99' }, { kind: 'text', text: 'Halo' }, { source: 'chatwoot/chatwoot, app/services/twilio', from: [phone, user, { kind: 'parent-user', value: 'ID.ENT.99' }] }),
  message('a person without a phone number', { Body: 'Halo', From: 'whatsapp:ID.4500000000000001', WaId: '', ExternalUserId: 'ID.4500000000000001', Username: 'ana.toko' }, { kind: 'text', text: 'Halo' }, { source: `${docs}/whatsapp/key-concepts`, from: [user, { kind: 'username', value: 'ana.toko' }] }),
  message('a phone number that WhatsApp writes in another way', { Body: 'Oi', From: 'whatsapp:+5511987654321', WaId: '551187654321' }, { kind: 'text', text: 'Oi' }, { from: [{ kind: 'phone', value: '5511987654321' }, { kind: 'phone', value: '551187654321' }] }),

  // ── what became of ours ──
  status('sent', 'sent', {}, reported('sent')),
  status('delivered', 'delivered', { EventType: 'DELIVERED' }, reported('delivered')),
  status('read', 'read', { EventType: 'READ' }, reported('read')),
  status('failed, outside the window', 'failed', { ErrorCode: '63016', ErrorMessage: 'Failed to send freeform message because you are outside the allowed window.' }, reported('failed', { error: { code: '63016', said: 'Failed to send freeform message because you are outside the allowed window.' } })),
  status('undelivered, with what WhatsApp says', 'undelivered', { EventType: 'UNDELIVERED', ErrorCode: '63024', ChannelStatusMessage: 'Message Undeliverable.' }, { ...reported('undelivered'), status: 'failed', error: { code: '63024', said: 'Message Undeliverable.' } }),
  status('canceled', 'canceled', {}, { ...reported('canceled'), status: 'failed', error: { code: 'unknown' } }),
  status('read by a person without a phone number', 'read', { To: 'whatsapp:ID.4500000000000001' }, reported('read', { to: [user] })),
  status('a status of a message that was sent elsewhere', 'delivered', {}, { kind: 'status', refs: [ours], status: 'delivered' }, ''),
  status('on its way', 'sending', {}, { kind: 'ignored', id: `${ours}:sending` }),
  status('a status of the future', 'framed', {}, { kind: 'ignored', id: `${ours}:framed` }),

  // ── what is none of ours ──
  { name: 'an SMS', source: webhook, body: inbound(sidOf(93), { From: '+628120000002', To: '+14155550100', Body: 'Halo', FromCountry: 'ID' }), expect: [{ kind: 'ignored' }] },
  { name: 'a message from nobody', source: webhook, body: inbound(sidOf(94), { From: 'whatsapp:', WaId: '', Body: 'x' }), expect: [{ kind: 'ignored', id: sidOf(94), account }] },
  { name: 'a form that names no message', source: `${docs}/usage/webhooks/voice-webhooks`, body: form({ CallSid: sidOf(1, 'CA'), CallStatus: 'ringing' }), expect: [{ kind: 'ignored' }] },
  { name: 'an event in JSON', source: `${docs}/usage/webhooks/webhooks-security`, body: '{"hello":"world"}', query: `?bodySHA256=${hello}`, expect: [{ kind: 'ignored' }] },
];

const json = { 'content-type': 'application/json' };
const yes = (more = '') =>
  `{"sid":"${ours}","account_sid":"${accountSid}","messaging_service_sid":null,"from":"${account}","to":"whatsapp:+628120000002","body":"Halo Ana","status":"queued","direction":"outbound-api","num_media":"0","num_segments":"1","error_code":null,"error_message":null,"date_created":"Fri, 20 Nov 2026 10:00:00 +0000","date_sent":null${more}}`;
const no = (code: number, message: string, http: number) => ({ status: http, headers: json, body: `{"code":${code},"message":"${message}","more_info":"https://www.twilio.com/docs/errors/${code}","status":${http}}` });

/** What the Messages resource answers, from its OpenAPI description (twilio/twilio-oai, twilio_api_v2010) and the pages of the error codes. */
export const answers = [
  { name: 'yes', status: 201, headers: json, body: yes(), expect: { accepted: { refs: [ours] } } },
  { name: 'yes, by a Messaging Service', status: 201, headers: json, body: yes().replace('"queued"', '"accepted"').replace(ours, sidOf(78, 'MM')), expect: { accepted: { refs: [sidOf(78, 'MM')] } } },
  { name: 'taken and failed at once', status: 201, headers: json, body: yes().replace('"queued"', '"failed"').replace('"error_code":null', '"error_code":63024'), expect: { rejected: { code: '63024', scope: 'contact' } } },
  { name: 'wrong credentials', ...no(20003, 'Authenticate', 401), expect: { rejected: { code: '20003', scope: 'connection' } } },
  { name: 'test credentials', ...no(20008, 'Resource not accessible with Test Account Credentials', 403), expect: { rejected: { code: '20008', scope: 'connection' } } },
  { name: 'an account that does not exist', ...no(20404, 'The requested resource was not found', 404), expect: { rejected: { code: '20404', scope: 'connection' } } },
  { name: 'too many calls', ...no(20429, 'Too Many Requests', 429), headers: { ...json, 'retry-after': '7' }, expect: { retry: { code: '20429', scope: 'connection', afterMs: 7000 } } },
  { name: 'trouble at Twilio', ...no(20500, 'Internal Server Error', 500), expect: 'silence' },
  { name: 'Twilio is not available', ...no(20503, 'Service Unavailable', 503), expect: 'silence' },
  { name: 'a recipient that is none', ...no(21211, 'Invalid To Phone Number', 400), expect: { rejected: { code: '21211', scope: 'contact' } } },
  { name: 'a finer code of that family', ...no(21265, 'To number is not valid', 400), expect: { rejected: { code: '21265', scope: 'contact' } } },
  { name: 'a sender that is not ours', ...no(21212, 'Invalid From Number', 400), expect: { rejected: { code: '21212', scope: 'number' } } },
  { name: 'a region that is not allowed', ...no(21408, 'Permission to send to this region has not been enabled', 400), expect: { rejected: { code: '21408', scope: 'contact' } } },
  { name: 'somebody who wrote STOP', ...no(21610, 'Attempt to send to unsubscribed recipient', 400), expect: { rejected: { code: '21610', scope: 'contact' } } },
  { name: 'a full queue', ...no(21611, 'This From number has exceeded the maximum number of queued messages', 400), expect: { retry: { code: '21611', scope: 'number' } } },
  { name: 'a text too long', ...no(21617, 'The concatenated message body exceeds the 1600 character limit', 400), expect: { rejected: { code: '21617', scope: 'message' } } },
  { name: 'an address for statuses that is none', ...no(21609, 'The StatusCallback URL is not a valid URL', 400), expect: { rejected: { code: '21609', scope: 'connection' } } },
  { name: 'a template that is gone', ...no(21655, 'The ContentSid is invalid', 400), expect: { rejected: { code: '21655', scope: 'template' } } },
  { name: 'values that do not fit', ...no(21656, 'The ContentVariables Parameter is invalid', 400), expect: { rejected: { code: '21656', scope: 'template' } } },
  { name: 'a number without WhatsApp', ...no(63007, 'Twilio could not find a Channel with the specified From address', 400), expect: { rejected: { code: '63007', scope: 'number' } } },
  { name: 'too fast for the channel', ...no(63018, 'Rate limit exceeded for Channel', 429), expect: { retry: { code: '63018', scope: 'number' } } },
  { name: 'a code that nobody has seen', ...no(99999, 'New', 400), expect: { rejected: { code: '99999', scope: 'message' } } },
  { name: 'a proxy that says no', status: 404, headers: { 'content-type': 'text/html' }, body: '<html>', expect: { rejected: { code: 'base-url', scope: 'connection' } } },
  { name: 'a gateway that fell silent', status: 502, headers: { 'content-type': 'text/html' }, body: '<html>', expect: 'silence' },
  { name: 'half a yes', status: 201, headers: json, body: yes().slice(0, 40), expect: 'silence' },
];

export const accounts = [
  { typed: 'whatsapp:+14155550100', account },
  { typed: ' +1 (415) 555-0100 ', account },
  { typed: '14155550100', account },
  { typed: 'WhatsApp: +1 415 555 0100', account },
  { typed: '0014155550100', account },
  { typed: '0811 0000 001', account: 'refused' },
  { typed: 'whatsapp:ID.4500000000000001', account: 'refused' },
  { typed: sidOf(1, 'MG'), account: 'refused' },
  { typed: accountSid, account: 'refused' },
];

/** What `prepare` returns for choices. */
export const prepared = { content: sidOf(3, 'HX'), key: 'content:evidence' };

export const unexplained = ['unknown', '99999'];

export const lacks = {
  contacts: 'Twilio passes a contact card on as a file of type text/vcard.',
  edit: 'Twilio passes on no edits.',
  revoke: 'Twilio passes on no withdrawals.',
  'person who changed': 'Twilio has no webhook for changed numbers or user ids.',
};

export const media = [
  {
    name: 'an image', source: `${docs}/messaging/api/media-resource`, ref: { ref: mediaUrl(1), mime: 'image/jpeg' },
    answers: [{ status: 200, headers: { 'content-type': 'image/jpeg' }, body: 'the bytes of the image' }], expect: { bytes: 'the bytes of the image', mime: 'image/jpeg' },
  },
  { name: 'a medium that lags behind its webhook', source: captured, ref: { ref: mediaUrl(1) }, answers: [no(20404, 'The requested resource was not found', 404)], expect: 'later' as const },
  { name: 'a medium that was deleted', source: `${docs}/messaging/api/media-resource`, ref: { ref: mediaUrl(1) }, answers: [{ status: 410, body: '' }], expect: 'gone' as const },
  { name: 'an address that is none of Twilio’s', source: captured, ref: { ref: 'https://elsewhere.example.test/file.jpg' }, answers: [{ status: 200, body: 'a trap' }], expect: 'later' as const },
];

const contentMade = '{"sid":"HXaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","account_sid":"ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","friendly_name":"choices","language":"en","variables":{"1":"text"},"types":{"twilio/quick-reply":{"body":"{{1}}","actions":[{"type":"QUICK_REPLY","title":"A","id":"a"}]}}}';

export const uploads = [
  { name: 'buttons', source: `${docs}/content/content-api-resources#create-templates`, content: { kind: 'buttons' as const, text: 'Which?', buttons: [{ id: 'a', title: 'A' }] }, answers: [{ status: 201, headers: json, body: contentMade }] },
];

const approval = (status: string, more = '') => `"approval_requests":{"name":"x","category":"UTILITY","content_type":"twilio/text","status":"${status}","rejection_reason":"${more}","allow_category_change":true}`;

/** The shape of the examples in twilio_content_v1 of twilio/twilio-oai. */
export const templates = {
  source: `${docs}/content/content-api-resources#fetch-content-and-approval-status`,
  pages: [
    {
      status: 200, headers: json,
      body: `{"contents":[{"sid":"${sidOf(1, 'HX')}","friendly_name":"order_ready","language":"id","variables":{"1":"Ana","2":"a.jpg"},"types":{"twilio/media":{"body":"Halo {{1}}","media":["https://shop.example.test/{{2}}"]}},${approval('approved')}}],"meta":{"page":0,"page_size":1,"next_page_url":"https://content.twilio.com/v1/ContentAndApprovals?PageSize=1&Page=1&PageToken=DNHX","key":"contents"}}`,
    },
    {
      status: 200, headers: json,
      body: `{"contents":[{"sid":"${sidOf(2, 'HX')}","friendly_name":"greeting","language":"en","variables":{"name":"Ana"},"types":{"twilio/quick-reply":{"body":"Hello {{name}}, welcome.","actions":[{"title":"Yes","id":"yes"}]}},${approval('rejected', 'INVALID_FORMAT')}}],"meta":{"page":1,"page_size":1,"next_page_url":null,"key":"contents"}}`,
    },
  ],
  expect: [
    { id: sidOf(1, 'HX'), name: 'order_ready', language: 'id', status: 'approved', category: 'UTILITY', preview: { header: { kind: 'image' }, body: 'Halo {{1}}' } },
    { id: sidOf(2, 'HX'), name: 'greeting', language: 'en', status: 'rejected', reason: 'INVALID_FORMAT', variables: [{ key: 'name', example: 'Ana' }], preview: { buttons: [{ kind: 'reply', title: 'Yes' }] } },
  ],
  draft: { name: 'order_ready', language: 'id', category: 'UTILITY', examples: { 1: 'Ana' }, preview: { body: 'Halo {{1}}, pesanan siap.' } },
};
