/**
 * What Qontak sends and answers, as the vendor's own files and public clients show it (ids, names and numbers invented), and what each
 * means to us. Written by hand from what `source` names, never from our parser. Where only other people's code shows a shape, the
 * README calls it uncertain.
 */

const organization = '5c8521e5-0000-4000-8000-000000000006';
const account = 'b3a2ee0b-0000-4000-8000-000000000001';
const room = 'e658411a-0000-4000-8000-000000000004';
const uuid = '4198c4b2-0000-4000-8000-000000000003';
const wamid = 'wamid.HBgLNjI4MTIwMDAwMDAyFQIAEhgUM0E=';
const at = Date.UTC(2026, 10, 20, 10);

export const settings = {
  auth: 'bearer' as const,
  accessToken: 'tok_evidence_of_the_bot_0001',
  apiBaseUrl: 'https://service-chat.qontak.com/api/open/v1',
  organizationId: organization,
  channelIntegrationIds: [account],
  quietWhenAssigned: true,
  sendAs: 'bot' as const,
  requestsPerMinute: 100,
};

/** Qontak proves nothing beside the address it calls. */
export function sign(): Record<string, string> {
  return {};
}

const vendor = 'qontak-dev/chat, docs/Webhook-API (vendor, 2021)';
const gateway = 'mohammedazez/qontak_integration, app/models/qontak.go (a customer’s gateway, 2024)';
const bot = 'novastellaa/qontak-integration, middleware (a customer’s bot, 2025)';
const meta = 'developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages, as raw_message';

const phone = { kind: 'phone', value: '628120000002' };

const roomOf = (status = 'unassigned', unique = '628120000002') =>
  `"room":{"id":"${room}","name":"Ana","status":"${status}","type":"Models::CustomerServiceRoom","tags":[],"channel":"wa_cloud","channel_account":"Toko Contoh","organization_id":"${organization}","account_uniq_id":"${unique}","channel_integration_id":"${account}","session":"open","session_at":"2026-11-20T10:00:00.000Z","unread_count":1,"is_blocked":false,"is_unresponded":true,"last_message_at":"2026-11-20T10:00:00.000Z","resolved_at":null,"division_id":null}`;
const from = (participant: 'customer' | 'agent' | 'bot') => {
  const sender = { customer: 'Models::Contact', agent: 'Models::User', bot: 'Models::SystemAccount' }[participant];
  return `"sender_id":"9c68aa00-0000-4000-8000-000000000010","sender_type":"${sender}","sender":{"name":"${participant === 'customer' ? 'Ana' : 'Budi'}","avatar":null},"participant_id":"64c4aa00-0000-4000-8000-000000000011","participant_type":"${participant}","organization_id":"${organization}"`;
};
const integration = `"channel_integration":{"id":"${account}","target_channel":"wa_cloud"}`;
const raw = (message: string) =>
  `"raw_message":{"messaging_product":"whatsapp","metadata":{"phone_number_id":"108100000000001"},"contacts":[{"profile":{"name":"Ana"},"wa_id":"628120000002"}],"messages":[{"from":"628120000002","id":"${wamid}","timestamp":"1795168800",${message}}]}`;

interface Parts {
  participant?: 'customer' | 'agent' | 'bot';
  status?: string;
  type?: string;
  roomStatus?: string;
  unique?: string;
  external?: string;
  /** Beginning with a comma. */
  more?: string;
  event?: string | undefined;
}

function body(said: string, { participant = 'customer', status = 'created', type = 'text', roomStatus, unique, external = `"${wamid}"`, more = '', event = 'receive_message_from_customer' }: Parts = {}): string {
  const told = event === '' ? '' : `,"webhook_event":"message_interaction","data_event":"${event}"`;
  return `{"id":"${uuid}","type":"${type}","room_id":"${room}","is_campaign":false,${from(participant)},"text":${said},"status":"${status}","external_id":${external},"local_id":null,"created_at":"2026-11-20T10:00:00.000Z","buttons":[],"reply":null,${roomOf(roomStatus, unique)},${integration}${more}${told}}`;
}

const message = (content: object, more: object = {}) => ({ kind: 'message', id: uuid, account, at, thread: room, from: [phone], name: 'Ana', content, ...more });

function passedOn(name: string, type: string, said: string, rawMessage: string, content: object, more: object = {}) {
  return { name, source: meta, body: body(said, { type, more: `,${raw(rawMessage)}` }), expect: [message(content, more)] };
}

const file = '"file":{"url":"https://cdn.qontak.com/uploads/nota.jpg","filename":"nota.jpg","size":12345,"large":{"url":"https://cdn.qontak.com/uploads/large_nota.jpg"},"medium":{"url":null},"small":{"url":null}},"file_uniq_id":"f1"';
const stored = { ref: 'https://cdn.qontak.com/uploads/nota.jpg', name: 'nota.jpg', bytes: 12345 };

const broadcast = '6d38b2cf-0000-4000-8000-000000000005';
const logLine = (status: string, error: string, response: string) =>
  `{"id":"e24e4549-0000-4000-8000-00000000000a","messages_broadcast_id":"${broadcast}","contact_phone_number":"628120000002","contact_full_name":"Ana","status":"${status}","whatsapp_message_id":"${wamid}","whatsapp_error_message":"${error}","is_pacing":false,"channel_integration_id":"${account}","organization_id":"${organization}","messages":{"body":{"type":"body","template":"Halo {{1}}","parameters":{"1":"Ana"}},"header":{"parameters":[]},"buttons":{"template":[]}},"messages_response":{"messaging_product":"whatsapp","contacts":[{"input":"628120000002","wa_id":"628120000002"}],"messages":[{"id":"${wamid}","message_status":"accepted"}]${response}},"created_at":"2026-11-20T10:00:00.000Z","webhook_event":"message_interaction","data_event":"broadcast_log_status"}`;

export const evidence = [
  // ── what customers write ──
  {
    name: 'a text',
    source: `${vendor}; ${gateway}`,
    body: body('"Halo"', { more: `,${raw('"type":"text","text":{"body":"Halo"}')}` }),
    expect: [message({ kind: 'text', text: 'Halo' })],
  },
  { name: 'a text without what Meta said', source: vendor, body: body('"Halo 👋"', { more: ',"raw_message":null' }), expect: [message({ kind: 'text', text: 'Halo 👋' })] },
  { name: 'a text of 2021, which does not say which event it is', source: vendor, body: body('"Halo"', { event: '' }), expect: [message({ kind: 'text', text: 'Halo' })] },
  {
    name: 'an image with a caption',
    source: gateway,
    body: body('"nota"', { type: 'image', more: `,${file}` }),
    expect: [message({ kind: 'image', caption: 'nota', media: stored })],
  },
  passedOn('an image of which Meta says more', 'image', '"nota"', `"type":"image","image":{"id":"900001","mime_type":"image/jpeg","sha256":"q1c2=","caption":"nota"}},{"from":"628120000002","id":"wamid.OTHER","timestamp":"1795168800","type":"text","text":{"body":"x"}`, {
    kind: 'image',
    caption: 'nota',
    media: { ref: '900001', mime: 'image/jpeg', sha256: 'q1c2=' },
  }),
  {
    name: 'a voice note, known as one by what Meta said, fetched from Qontak',
    source: `${gateway}; ${meta}`,
    body: body('null', { type: 'audio', more: `,"file":{"url":"https://cdn.qontak.com/uploads/a.ogg"},${raw('"type":"audio","audio":{"id":"900003","mime_type":"audio/ogg; codecs=opus","voice":true}')}` }),
    expect: [message({ kind: 'voice', media: { ref: 'https://cdn.qontak.com/uploads/a.ogg', mime: 'audio/ogg; codecs=opus' } })],
  },
  ...(['video', 'audio', 'document', 'sticker'] as const).map((kind) => ({
    name: `a file of type ${kind}`,
    source: gateway,
    body: body('null', { type: kind, more: ',"file":{"url":"https://cdn.qontak.com/uploads/x","filename":"x"}' }),
    expect: [message({ kind, media: { ref: 'https://cdn.qontak.com/uploads/x', name: 'x' } })],
  })),
  {
    name: 'a document, which some accounts call a file',
    source: bot,
    body: body('"penawaran"', { type: 'file', more: ',"file":{"url":"https://cdn.qontak.com/uploads/offer.pdf","filename":"../of\\u202efer.pdf","size":null}' }),
    expect: [message({ kind: 'document', caption: 'penawaran', media: { ref: 'https://cdn.qontak.com/uploads/offer.pdf', name: '.._of_fer.pdf' } })],
  },
  passedOn('a tapped button, whose id only Meta says', 'text', '"Ya"', '"type":"interactive","interactive":{"type":"button_reply","button_reply":{"id":"yes","title":"Ya"}},"context":{"from":"628110000001","id":"wamid.OURS"}', { kind: 'choice', of: 'button', id: 'yes', text: 'Ya' }, { replyTo: 'wamid.OURS' }),
  passedOn('a tapped list row', 'text', '"Gayo"', '"type":"interactive","interactive":{"type":"list_reply","list_reply":{"id":"r1","title":"Gayo","description":"250 g"}}', { kind: 'choice', of: 'list', id: 'r1', text: 'Gayo', description: '250 g' }),
  passedOn('a tapped quick reply of a template', 'text', '"Pesan lagi"', '"type":"button","button":{"text":"Pesan lagi","payload":"REORDER"}', { kind: 'choice', of: 'template', id: 'REORDER', text: 'Pesan lagi' }),
  passedOn('a location', 'location', 'null', '"type":"location","location":{"latitude":-6.2,"longitude":106.8,"name":"Toko","address":"Jl. Satu"}', { kind: 'location', latitude: -6.2, longitude: 106.8, name: 'Toko', address: 'Jl. Satu' }),
  passedOn('a contact card', 'contacts', 'null', '"type":"contacts","contacts":[{"name":{"formatted_name":"Budi"},"phones":[{"phone":"+62 811"}]}]', { kind: 'contacts', contacts: [{ name: 'Budi', phones: ['+62 811'], emails: [] }] }),
  passedOn('an order', 'order', 'null', '"type":"order","order":{"catalog_id":"c1","product_items":[{"product_retailer_id":"sku-9","quantity":"2","item_price":"10","currency":"IDR"}]}', { kind: 'order', catalog: 'c1', items: [{ product: 'sku-9', quantity: 2, price: 10, currency: 'IDR' }] }),
  passedOn('a filled form', 'text', '"Sent"', '"type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"name":"flow","body":"Sent","response_json":"{\\"age\\":\\"30\\"}"}}', { kind: 'form', name: 'flow', text: 'Sent', answers: { age: '30' } }),
  passedOn('a text from an advertisement', 'text', '"Halo"', '"referral":{"source_url":"https://fb.me/abc","source_type":"ad","headline":"Promo","ctwa_clid":"AbC"},"type":"text","text":{"body":"Halo"}', { kind: 'text', text: 'Halo' }, { referral: { source: 'ad', url: 'https://fb.me/abc', headline: 'Promo', clickId: 'AbC' } }),
  passedOn('a forwarded text', 'text', '"baca"', '"context":{"forwarded":true},"type":"text","text":{"body":"baca"}', { kind: 'text', text: 'baca' }, { forwarded: true }),
  {
    name: 'a reaction',
    source: meta,
    body: body('"👍"', { type: 'reaction', more: `,${raw('"type":"reaction","reaction":{"message_id":"wamid.OURS","emoji":"👍"}')}` }),
    expect: [{ kind: 'change', id: uuid, account, from: [phone], of: 'wamid.OURS', change: 'reaction', emoji: '👍' }],
  },
  {
    name: 'an edited message',
    source: meta,
    body: body('"baru"', { more: `,${raw('"type":"edit","edit":{"original_message_id":"wamid.OLD","message":{"type":"text","text":{"body":"baru"}}}')}` }),
    expect: [{ kind: 'change', id: uuid, of: 'wamid.OLD', change: 'edit', content: { kind: 'text', text: 'baru' } }],
  },
  {
    name: 'a message that was taken back',
    source: meta,
    body: body('null', { more: `,${raw('"type":"revoke","revoke":{"original_message_id":"wamid.OLD"}')}` }),
    expect: [{ kind: 'change', id: uuid, of: 'wamid.OLD', change: 'revoke' }],
  },
  {
    name: 'a customer with a new number',
    source: meta,
    body: body('null', { type: 'system', more: `,${raw('"type":"system","system":{"type":"user_changed_number","body":"Ana changed","wa_id":"628120000099"}')}` }),
    expect: [{ kind: 'identity', id: uuid, was: [phone], is: [{ kind: 'phone', value: '628120000099' }] }],
  },
  {
    name: 'a customer without a phone number',
    source: `${meta}; the member account_uniq_id as ${vendor} has it`,
    body: body('"Halo"', { unique: 'ID.13491208655302741918', more: ',"raw_message":{"contacts":[{"profile":{"name":"Ana"},"user_id":"ID.13491208655302741918"}],"messages":[{"from_user_id":"ID.13491208655302741918","id":"wamid.B=","timestamp":"1795168800","type":"text","text":{"body":"Halo"}}]}' }),
    expect: [{ kind: 'message', thread: room, from: [{ kind: 'user', value: 'ID.13491208655302741918' }], content: { kind: 'text', text: 'Halo' } }],
  },
  {
    name: 'phone and user id together',
    source: meta,
    body: body('"Halo"', { more: ',"raw_message":{"contacts":[{"profile":{"name":"Ana"},"wa_id":"628120000002","user_id":"ID.1349"}],"messages":[{"from":"628120000002","from_user_id":"ID.1349","id":"wamid.B=","timestamp":"1795168800","type":"text","text":{"body":"Halo"}}]}' }),
    expect: [{ kind: 'message', from: [phone, { kind: 'user', value: 'ID.1349' }] }],
  },
  { name: 'a kind of message that nobody knows', source: `${vendor}, with a type made up`, body: body('null', { type: 'hologram' }), expect: [message({ kind: 'unsupported', what: 'hologram' })] },
  {
    name: 'a message that WhatsApp did not pass on',
    source: meta,
    body: body('null', { type: 'unsupported', more: `,${raw('"type":"unsupported","errors":[{"code":131051,"title":"Message type unknown"}]')}` }),
    expect: [message({ kind: 'unsupported', what: 'unsupported', errors: [{ code: '131051', said: 'Message type unknown' }] }, { errors: [{ code: '131051', said: 'Message type unknown' }] })],
  },
  {
    name: 'an answer to a message of ours, which Qontak quotes',
    source: `${vendor}; the form of reply is not documented`,
    body: body('"ya"').replace('"reply":null', '"reply":{"id":"11111111-0000-4000-8000-000000000001","text":"?"}'),
    expect: [message({ kind: 'text', text: 'ya' }, { replyTo: '11111111-0000-4000-8000-000000000001' })],
  },

  // ── who has the room ──
  {
    name: 'a text in a room that a person in Qontak has',
    source: gateway,
    body: body('"Halo"', { roomStatus: 'assigned' }),
    expect: [{ kind: 'holder', thread: room, holder: 'person', account }, message({ kind: 'text', text: 'Halo' })],
  },
  {
    name: 'a resolved room',
    source: `${vendor}, room_interactions; the form of the event is not documented`,
    body: `{"room_id":"${room}",${roomOf('resolved')},"webhook_event":"room_interaction","data_event":"room_resolved"}`,
    expect: [{ kind: 'holder', thread: room, holder: 'bot', account }],
  },
  {
    name: 'a person in Qontak answers',
    source: `${vendor}; ${bot}`,
    body: body('"Saya bantu ya"', { participant: 'agent', roomStatus: 'assigned', event: 'receive_message_from_agent' }),
    expect: [{ kind: 'holder', thread: room, holder: 'person' }, { kind: 'echo', id: uuid, by: 'person', thread: room, to: [phone], content: { kind: 'text', text: 'Saya bantu ya' } }],
  },
  { name: 'a bot answers', source: bot, body: body('"Baik"', { participant: 'bot', event: 'receive_message_from_agent', external: 'null' }), expect: [{ kind: 'ignored', why: 'A bot wrote it: this one, or another of the organization.' }] },
  { name: 'a bot of 2021 answers', source: vendor, body: body('"Baik"', { participant: 'bot', event: '', external: 'null' }), expect: [{ kind: 'ignored' }] },

  // ── what became of messages of ours ──
  ...(['sent', 'delivered', 'read'] as const).map((status) => ({
    name: `a message of ours was ${status}`,
    source: vendor,
    body: body('"Baik"', { participant: 'bot', status, event: 'status_message' }),
    expect: [{ kind: 'status', id: `${uuid}:${status}`, account, refs: [uuid, wamid], status, to: [phone] }],
  })),
  { name: 'a message of ours failed, and nobody says why', source: vendor, body: body('"Baik"', { participant: 'bot', status: 'failed', event: 'status_message', external: 'null' }), expect: [{ kind: 'status', refs: [uuid], status: 'failed', error: { code: 'failed' } }] },
  { name: 'a status of 2021', source: vendor, body: body('"Baik"', { participant: 'bot', status: 'read', event: '' }), expect: [{ kind: 'status', refs: [uuid, wamid], status: 'read' }] },
  { name: 'a status word that says nothing', source: `${vendor}, with a status made up`, body: body('"Baik"', { participant: 'bot', status: 'created', event: 'status_message' }), expect: [{ kind: 'ignored' }] },
  {
    name: 'the log of a broadcast: delivered',
    source: gateway,
    body: logLine('delivered', 'n/a', `,"sent":{"statuses":[{"id":"${wamid}","status":"sent","timestamp":"1795168801"}]},"delivered":{"statuses":[{"id":"${wamid}","status":"delivered","timestamp":"1795168803","pricing":{"billable":true,"category":"utility","pricing_model":"PMP"}}]}`),
    expect: [{ kind: 'status', account, at: 1795168803000, refs: [broadcast, wamid], status: 'delivered', to: [phone], price: { category: 'utility', model: 'PMP', billable: true } }],
  },
  { name: 'the log of a broadcast: sent, without what Meta said', source: gateway, body: logLine('sent', 'n/a', ''), expect: [{ kind: 'status', refs: [broadcast, wamid], status: 'sent' }] },
  {
    name: 'the log of a broadcast: failed, with Meta’s code',
    source: gateway,
    body: logLine('failed', 'Message undeliverable', `,"failed":{"statuses":[{"id":"${wamid}","status":"failed","timestamp":"1795168803","errors":[{"code":131026,"title":"Message undeliverable"}]}]}`),
    expect: [{ kind: 'status', refs: [broadcast, wamid], status: 'failed', error: { code: '131026', said: 'Message undeliverable' } }],
  },
  { name: 'the log of a broadcast: failed, with words alone', source: gateway, body: logLine('failed', '(#131049) This message was not delivered', ''), expect: [{ kind: 'status', status: 'failed', error: { code: '131049', said: '(#131049) This message was not delivered' } }] },
  { name: 'the log of a broadcast: pending', source: gateway, body: logLine('pending', 'n/a', ''), expect: [{ kind: 'ignored' }] },

  // ── the rest ──
  { name: 'an event that we do not know', source: 'Mekari developer webhooks, named without a shape', body: `{"data_event":"tag_added","webhook_event":"qontak.chat.room.updated","organization_id":"${organization}","room_id":"${room}"}`, expect: [{ kind: 'ignored' }] },
];

const created = `{"status":"success","data":{"id":"${uuid}","type":"text","room_id":"${room}","is_campaign":false,"participant_type":"bot","text":"Baik","status":"created","external_id":null}}`;

/** Of POST /messages/whatsapp/bot and /broadcasts/whatsapp/direct (chat-service-open.json; qontak-api-js, src/). */
export const answers = [
  { name: 'taken', status: 201, body: created, expect: { accepted: { refs: [uuid] } } },
  { name: 'taken, and WhatsApp’s id is known already', status: 201, body: created.replace('"external_id":null', `"external_id":"${wamid}"`), expect: { accepted: { refs: [uuid, wamid] } } },
  { name: 'a value that does not fit', status: 422, body: '{"status":"error","error":{"code":422,"messages":["Template not found"]}}', expect: { rejected: { code: 'http-422', said: 'Template not found', scope: 'message' } } },
  { name: 'a refusal dressed as success', status: 200, body: '{"status":"error","error":{"code":422,"messages":["Room not found"]}}', expect: { rejected: { code: 'http-422' } } },
  { name: 'credentials that are refused', status: 401, body: '{"message":"Unauthorized"}', expect: { rejected: { code: 'http-401', scope: 'connection' } } },
  { name: 'a scope that is missing', status: 403, body: '{"status":"error","error":{"code":403,"messages":["Forbidden"]}}', expect: { rejected: { code: 'http-403', scope: 'connection' } } },
  { name: 'a room that is not known', status: 404, body: '{"status":"error","error":{"code":404,"messages":["Not found"]}}', expect: { rejected: { code: 'http-404', scope: 'message' } } },
  { name: 'too fast', status: 429, headers: { 'x-ratelimit-reset': '17' }, body: '{"status":"error","error":{"code":429,"messages":["Too many requests"]}}', expect: { retry: { code: 'http-429', scope: 'connection' } } },
  { name: 'an address where nothing of Qontak’s is', status: 404, body: '<html>', expect: { rejected: { code: 'base-url', scope: 'connection' } } },
  { name: 'a fault of Qontak’s, in its own words', status: 500, body: '{"status":"error","error":{"code":500,"messages":["Internal server error"]}}', expect: 'silence' },
  { name: 'a fault on the way', status: 502, body: '<html>', expect: 'silence' },
];

export const accounts = [
  { typed: ' B3A2EE0B-0000-4000-8000-000000000001 ', account },
  { typed: '+62 811-0000-0001', account: 'refused' },
  { typed: 'Toko Contoh', account: 'refused' },
];

export const prepared = { url: 'https://cdn.qontak.com/uploads/a.jpg', name: 'a.jpg' };

export const lacks = {
  'reaction taken back': 'No public code shows how Qontak passes one on; Meta’s own form, beside the message, is read all the same.',
};

export const media = [
  { name: 'an image', source: gateway, ref: { ref: 'https://cdn.qontak.example.test/uploads/nota.jpg', mime: 'image/jpeg' }, answers: [{ status: 200, headers: { 'content-type': 'image/jpeg' }, body: 'the bytes of the image' }], expect: { bytes: 'the bytes of the image', mime: 'image/jpeg' } },
  { name: 'a link that has run out', source: 'as other stores of files answer', ref: { ref: 'https://cdn.qontak.example.test/uploads/nota.jpg' }, answers: [{ status: 403, body: '' }], expect: 'gone' as const },
  { name: 'Meta’s id without a link', source: gateway, ref: { ref: '900001' }, answers: [], expect: 'gone' as const },
];

export const uploads = [
  {
    name: 'the picture of a template', source: `${gateway}; Mekari’s API guide, “File uploader”`,
    content: { kind: 'template' as const, template: 'cf7a16bd-0000-4000-8000-000000000002', name: 'order_ready', language: 'id', variables: {}, media: { kind: 'image' as const, id: '019b0000-0000-7000-8000-000000000002', mime: 'image/jpeg', bytes: 3 } },
    answers: [{ status: 201, headers: { 'content-type': 'application/json' }, body: '{"status":"success","data":{"filename":"a.jpg","url":"https://cdn.example.test/a.jpg"}}' }],
  },
];

const template = (id: number, more: string) => `{"id":"cf7a16bd-0000-4000-8000-00000000000${id}","organization_id":"${organization}","name":"order_ready","language":"id","footer":null,"quality_rating":null,"type":"campaign",${more}}`;

export const templates = {
  source: 'Mekari’s API guide, “WhatsApp templates”; qontak-dev/chat (vendor)',
  pages: [
    {
      status: 200, headers: { 'content-type': 'application/json' },
      body: `{"status":"success","data":[${template(2, '"header":null,"body":"Halo {{1}}, pesanan {{2}} siap.","buttons":[{"type":"URL","text":"Lacak","url":"https://shop.example.test/{{1}}","example":"[\\"https://shop.example.test/INV-7\\"]"}],"status":"APPROVED","category":"UTILITY"')}],"meta":{"pagination":{"cursor":{"next":"abc","prev":null},"limit":1,"total":2}}}`,
    },
    {
      status: 200, headers: { 'content-type': 'application/json' },
      body: `{"status":"success","data":[${template(3, '"header":{"format":"text","text":"Toko Contoh"},"body":"Halo.","buttons":[],"status":"REJECTED","category":"MARKETING"')}],"meta":{"pagination":{"cursor":{"next":null,"prev":"abc"},"limit":1,"total":2}}}`,
    },
  ],
  expect: [
    { id: 'cf7a16bd-0000-4000-8000-000000000002', name: 'order_ready', language: 'id', status: 'approved', variables: [{ key: '1' }, { key: '2' }, { key: 'button.0', example: 'INV-7' }] },
    { id: 'cf7a16bd-0000-4000-8000-000000000003', status: 'rejected', preview: { header: { kind: 'text', text: 'Toko Contoh' } } },
  ],
  draft: { name: 'order_ready', language: 'id', category: 'UTILITY', examples: { 1: 'Ana' }, preview: { body: 'Halo {{1}}, pesanan siap.' } },
};
