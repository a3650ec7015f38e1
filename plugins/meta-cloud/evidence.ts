/**
 * What Meta sends, byte for byte as its documentation shows it (ids, names and numbers invented), and what each means to us. Written by
 * hand from the documents that `source` names, never from our parser; the contract kit signs and reads every one of them.
 */
import { createHash } from 'node:crypto';

export const settings = {
  accessToken: 'EAAevidenceevidenceevidence0001',
  appSecret: 'app-secret-for-docs',
  verifyToken: 'verify-token-for-docs',
  businessAccountId: '102000000000001',
  phoneNumberIds: ['108100000000001'],
  apiVersion: 'v23.0',
  apiBaseUrl: 'https://graph.facebook.com',
  messagesPerSecond: 80,
};

/** HMAC-SHA256 by its definition (RFC 2104), so that a slip in the plugin's own use of one shows. */
export function sign(body: Buffer, { appSecret }: { appSecret: string }): Record<string, string> {
  const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
  const block = Buffer.alloc(64);
  const secret = Buffer.from(appSecret, 'utf8');
  (secret.length > 64 ? sha256(secret) : secret).copy(block);
  const inner = sha256(block.map((byte) => byte ^ 0x36), body);
  return { 'x-hub-signature-256': `sha256=${sha256(block.map((byte) => byte ^ 0x5c), inner).toString('hex')}` };
}

/** Two signatures computed with other tools (OpenSSL), to hold both implementations to. */
export const signed = [
  { body: '{"object":"whatsapp_business_account","entry":[]}', signature: 'sha256=ec2e2aac72d2c6a801d729de1b29f3476c74c39e0f44f01b5fc63263075dc10f' },
  { body: '{"t":"caf\\u00e9"}', signature: 'sha256=a6d78bc221069c00c4d1ca645b5a3f1dd39a782229d8fe174ffd8d9d03b9efd2' },
];

const pages = 'developers.facebook.com/documentation/business-messaging/whatsapp';
const inbound = `${pages}/webhooks/reference/messages`;
const account = '108100000000001';
const seconds = 1767225600;
const at = seconds * 1000;

const phone = { kind: 'phone', value: '628120000002' };
const user = { kind: 'user', value: 'ID.13491208655302741918' };
const ana = '{"profile":{"name":"Ana"},"wa_id":"628120000002"}';
const metadata = `"messaging_product":"whatsapp","metadata":{"display_phone_number":"628110000001","phone_number_id":"${account}"}`;

interface Evidence {
  name: string;
  source: string;
  body: string;
  expect: unknown[];
}

const entry = (...changes: string[]) => `{"id":"102000000000001","changes":[${changes.join(',')}]}`;
const post = (...entries: string[]) => `{"object":"whatsapp_business_account","entry":[${entries.join(',')}]}`;
const change = (value: string, field = 'messages') => `{"field":"${field}","value":{${value}}}`;
const field = (name: string, value: string) => `{"object":"whatsapp_business_account","entry":[{"id":"102000000000001","time":${seconds},"changes":[{"field":"${name}","value":${value}}]}]}`;
const messages = (list: string, contacts = ana) => post(entry(change(`${metadata},"contacts":[${contacts}],"messages":[${list}]`)));
const element = (id: string, rest: string) => `{"from":"628120000002","id":"${id}","timestamp":"${seconds}",${rest}}`;

/** One message of Ana's, whose body is `rest`, and the content it is. */
function message(name: string, page: string, id: string, rest: string, content: object, more: object = {}): Evidence {
  return {
    name,
    source: `${inbound}/${page}`,
    body: messages(element(id, rest)),
    expect: [{ kind: 'message', id, account, at, from: [phone], name: 'Ana', content, ...more }],
  };
}

function status(name: string, rest: string, expected: object): Evidence {
  return {
    name,
    source: `${inbound}/status`,
    body: post(entry(change(`${metadata},"statuses":[{"id":"wamid.OURS","timestamp":"1767225601",${rest}}]`))),
    expect: [{ kind: 'status', account, at: 1767225601000, refs: ['wamid.OURS'], ...expected }],
  };
}

const unsupportedError = '{"code":131051,"title":"Message type unknown","message":"Message type unknown","error_data":{"details":"Message type is currently not supported."}}';
const notSupported = { code: '131051', said: 'Message type is currently not supported.' };

export const evidence: Evidence[] = [
  // ── what people write ──
  message('a text', 'text', 'wamid.TEXT=', '"type":"text","text":{"body":"Halo \\ud83d\\udc4b"}', { kind: 'text', text: 'Halo 👋' }),
  message('an answer to a message of ours', 'text', 'wamid.REPLY=', '"context":{"from":"628110000001","id":"wamid.OURS"},"type":"text","text":{"body":"ya"}', { kind: 'text', text: 'ya' }, { replyTo: 'wamid.OURS' }),
  message('a forwarded text', 'text', 'wamid.FWD=', '"context":{"forwarded":true},"type":"text","text":{"body":"baca"}', { kind: 'text', text: 'baca' }, { forwarded: true }),
  message('a text forwarded many times', 'text', 'wamid.FWD2=', '"context":{"frequently_forwarded":true},"type":"text","text":{"body":"baca"}', { kind: 'text', text: 'baca' }, { forwarded: true }),
  message(
    'a text from an advertisement',
    'text',
    'wamid.AD=',
    '"referral":{"source_url":"https:\\/\\/fb.me\\/abc","source_id":"1200000001","source_type":"ad","headline":"Promo","body":"Diskon 20%","media_type":"image","image_url":"https:\\/\\/cdn.example.test\\/ad.jpg","ctwa_clid":"AbC123"},"type":"text","text":{"body":"Halo"}',
    { kind: 'text', text: 'Halo' },
    { referral: { source: 'ad', url: 'https://fb.me/abc', headline: 'Promo', text: 'Diskon 20%', clickId: 'AbC123' } },
  ),
  message(
    'a question from a product page',
    'text',
    'wamid.PRODUCT=',
    '"context":{"from":"628110000001","id":"wamid.CATALOG","referred_product":{"catalog_id":"194000000000001","product_retailer_id":"sku-9"}},"type":"text","text":{"body":"ada?"}',
    { kind: 'text', text: 'ada?' },
    { referral: { source: 'product', text: 'sku-9' }, replyTo: 'wamid.CATALOG' },
  ),
  message('a tapped button', 'interactive', 'wamid.BTN=', '"context":{"from":"628110000001","id":"wamid.OURS"},"type":"interactive","interactive":{"type":"button_reply","button_reply":{"id":"yes-1","title":"Ya"}}', { kind: 'choice', of: 'button', id: 'yes-1', text: 'Ya' }, { replyTo: 'wamid.OURS' }),
  message('a tapped list row', 'interactive', 'wamid.ROW=', '"type":"interactive","interactive":{"type":"list_reply","list_reply":{"id":"row-2","title":"Kopi","description":"250 g"}}', { kind: 'choice', of: 'list', id: 'row-2', text: 'Kopi', description: '250 g' }),
  message('a filled form', 'interactive', 'wamid.FORM=', '"type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"name":"flow","body":"Sent","response_json":"{\\"flow_token\\":\\"t1\\",\\"age\\":\\"30\\"}"}}', { kind: 'form', name: 'flow', text: 'Sent', answers: { flow_token: 't1', age: '30' } }),
  message('a form whose answers are not JSON', 'interactive', 'wamid.FORM2=', '"type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"name":"address_message","body":"Jl. Satu","response_json":"not json"}}', { kind: 'form', name: 'address_message', text: 'Jl. Satu', answers: 'not json' }),
  message('a permission to call', 'interactive', 'wamid.CALL=', '"type":"interactive","interactive":{"type":"call_permission_reply","call_permission_reply":{"response":"accept","is_permanent":false,"expiration_timestamp":"1767830400","response_source":"user_action"}}', { kind: 'system', what: 'call_permission_reply', text: 'accept' }),
  message('an interactive with nothing inside', 'interactive', 'wamid.HOLLOW=', `"type":"interactive","errors":[${unsupportedError}]`, { kind: 'unsupported', what: 'interactive', errors: [notSupported] }, { errors: [notSupported] }),
  message('a tapped quick reply of a template', 'button', 'wamid.QR=', '"context":{"from":"628110000001","id":"wamid.TPL"},"type":"button","button":{"text":"Pesan lagi","payload":"REORDER"}', { kind: 'choice', of: 'template', id: 'REORDER', text: 'Pesan lagi' }, { replyTo: 'wamid.TPL' }),
  message(
    'an image with a caption',
    'image',
    'wamid.IMG=',
    '"type":"image","image":{"caption":"nota","mime_type":"image\\/jpeg","sha256":"q1c2=","id":"900001","url":"https:\\/\\/lookaside.fbsbx.com\\/x"}',
    { kind: 'image', caption: 'nota', media: { ref: '900001', mime: 'image/jpeg', sha256: 'q1c2=' } },
  ),
  message('a video', 'video', 'wamid.VID=', '"type":"video","video":{"caption":"demo","mime_type":"video\\/mp4","sha256":"q2c2=","id":"900002"}', { kind: 'video', caption: 'demo', media: { ref: '900002', mime: 'video/mp4' } }),
  message('a voice note', 'audio', 'wamid.VOICE=', '"type":"audio","audio":{"mime_type":"audio\\/ogg; codecs=opus","sha256":"q3c2=","id":"900003","voice":true}', { kind: 'voice', media: { ref: '900003', mime: 'audio/ogg; codecs=opus' } }),
  message('an audio file', 'audio', 'wamid.AUDIO=', '"type":"audio","audio":{"mime_type":"audio\\/mpeg","sha256":"q4c2=","id":"900006","voice":false}', { kind: 'audio', media: { ref: '900006', mime: 'audio/mpeg' } }),
  message('a document', 'document', 'wamid.DOC=', '"type":"document","document":{"caption":"invoice","filename":"inv-7.pdf","mime_type":"application\\/pdf","sha256":"q5c2=","id":"900004"}', { kind: 'document', caption: 'invoice', media: { ref: '900004', name: 'inv-7.pdf', mime: 'application/pdf' } }),
  message('a sticker', 'sticker', 'wamid.STICKER=', '"type":"sticker","sticker":{"mime_type":"image\\/webp","sha256":"q6c2=","id":"900005","animated":false}', { kind: 'sticker', media: { ref: '900005', mime: 'image/webp' } }),
  message('an image that Meta could not fetch', 'errors', 'wamid.LOST=', `"type":"image","image":{"caption":"nota"},"errors":[{"code":131052,"title":"Media download error"}]`, { kind: 'text', text: 'nota' }, { errors: [{ code: '131052', said: 'Media download error' }] }),
  message('a place', 'location', 'wamid.LOC=', '"type":"location","location":{"latitude":-6.2088,"longitude":106.8456,"name":"Monas","address":"Jakarta","url":"https:\\/\\/example.test"}', { kind: 'location', latitude: -6.2088, longitude: 106.8456, name: 'Monas', address: 'Jakarta', url: 'https://example.test' }),
  message(
    'a contact card',
    'contacts',
    'wamid.CARD=',
    '"type":"contacts","contacts":[{"name":{"formatted_name":"Budi S","first_name":"Budi"},"phones":[{"phone":"+62 813-0000-003","wa_id":"628130000003","type":"CELL"}],"emails":[{"email":"b@example.test","type":"WORK"}],"org":{"company":"CV Satu"}}]',
    { kind: 'contacts', contacts: [{ name: 'Budi S', phones: ['+62 813-0000-003'], emails: ['b@example.test'] }] },
  ),
  message(
    'an order',
    'order',
    'wamid.ORDER=',
    '"type":"order","order":{"catalog_id":"194000000000001","text":"tanpa gula","product_items":[{"product_retailer_id":"sku-9","quantity":2,"item_price":15000,"currency":"IDR"}]}',
    { kind: 'order', catalog: '194000000000001', text: 'tanpa gula', items: [{ product: 'sku-9', quantity: 2, price: 15000, currency: 'IDR' }] },
  ),
  message('the first look at the chat', 'unsupported', 'wamid.WELCOME=', '"type":"request_welcome"', { kind: 'system', what: 'request_welcome' }),
  message('an identity that changed', 'system', 'wamid.IDENT=', '"type":"system","system":{"type":"customer_identity_changed","identity":"DF2lS5v2W6x=","customer":"628120000002","body":"Ana changed"}', { kind: 'system', what: 'customer_identity_changed', text: 'Ana changed' }),
  message('a kind that Meta does not pass on', 'unsupported', 'wamid.POLL=', `"type":"unsupported","errors":[${unsupportedError}],"unsupported":{"type":"poll_creation"}`, { kind: 'unsupported', what: 'poll_creation', errors: [notSupported] }),
  message('the older name of the same', 'unsupported', 'wamid.UNKNOWN=', `"type":"unknown","errors":[${unsupportedError}]`, { kind: 'unsupported', what: 'unknown', errors: [notSupported] }),
  message('a kind of the future', 'messages', 'wamid.FUTURE=', '"type":"hologram","hologram":{"id":"1"}', { kind: 'unsupported', what: 'hologram' }),

  // ── what they do to a message ──
  {
    name: 'a reaction, and its removal in both forms',
    source: `${inbound}/reaction`,
    body: messages(
      [
        element('wamid.REACT1=', '"type":"reaction","reaction":{"message_id":"wamid.TARGET","emoji":"\\ud83d\\udc4d"}'),
        element('wamid.REACT2=', '"type":"reaction","reaction":{"message_id":"wamid.TARGET","emoji":""}'),
        element('wamid.REACT3=', '"type":"reaction","reaction":{"message_id":"wamid.TARGET"}'),
      ].join(','),
    ),
    expect: [
      { kind: 'change', id: 'wamid.REACT1=', change: 'reaction', of: 'wamid.TARGET', emoji: '👍', from: [phone] },
      { kind: 'change', id: 'wamid.REACT2=', change: 'reaction', of: 'wamid.TARGET' },
      { kind: 'change', id: 'wamid.REACT3=', change: 'reaction', of: 'wamid.TARGET' },
    ],
  },
  {
    name: 'an edit',
    source: `${pages}/embedded-signup/onboarding-business-app-users`,
    body: messages(element('wamid.EDIT=', '"type":"edit","edit":{"original_message_id":"wamid.OLD","message":{"type":"text","text":{"body":"fixed"},"context":{"id":"wamid.M0"}}}')),
    expect: [{ kind: 'change', id: 'wamid.EDIT=', account, at, from: [phone], change: 'edit', of: 'wamid.OLD', content: { kind: 'text', text: 'fixed' } }],
  },
  {
    name: 'a withdrawal',
    source: `${pages}/embedded-signup/onboarding-business-app-users`,
    body: messages(element('wamid.REVOKE=', '"type":"revoke","revoke":{"original_message_id":"wamid.OLD"}')),
    expect: [{ kind: 'change', id: 'wamid.REVOKE=', account, at, from: [phone], change: 'revoke', of: 'wamid.OLD' }],
  },

  // ── who they are ──
  {
    name: 'a person with a phone number and a user id',
    source: `${pages}/business-scoped-user-ids`,
    body: messages(
      '{"from":"628120000002","from_user_id":"ID.13491208655302741918","id":"wamid.BOTH=","timestamp":"1767225600","type":"text","text":{"body":"Halo"}}',
      '{"profile":{"name":"Ana","username":"@ana.toko"},"wa_id":"628120000002","user_id":"ID.13491208655302741918"}',
    ),
    expect: [{ kind: 'message', id: 'wamid.BOTH=', from: [phone, user, { kind: 'username', value: 'ana.toko' }], name: 'Ana' }],
  },
  {
    name: 'a person without a phone number',
    source: `${pages}/business-scoped-user-ids`,
    body: messages(
      '{"from_user_id":"ID.13491208655302741918","from_parent_user_id":"ID.ENT.11815799212886844830","id":"wamid.BSUID=","timestamp":"1767225600","type":"text","text":{"body":"Halo"}}',
      '{"profile":{"username":"ana.toko"},"user_id":"ID.13491208655302741918","parent_user_id":"ID.ENT.11815799212886844830"}',
    ),
    expect: [{ kind: 'message', id: 'wamid.BSUID=', from: [user, { kind: 'parent-user', value: 'ID.ENT.11815799212886844830' }, { kind: 'username', value: 'ana.toko' }] }],
  },
  {
    name: 'a new phone number',
    source: `${inbound}/system`,
    body: post(entry(change(`${metadata},"messages":[${element('wamid.MOVED=', '"type":"system","system":{"body":"Ana changed from 628120000002 to 628140000004","wa_id":"628140000004","type":"user_changed_number"}')}]`))),
    expect: [{ kind: 'identity', id: 'wamid.MOVED=', account, at, was: [phone], is: [{ kind: 'phone', value: '628140000004' }] }],
  },
  {
    name: 'a new phone number in the older form',
    source: `${pages}/webhooks/components`,
    body: messages(element('wamid.MOVED0=', '"type":"system","system":{"body":"Ana changed","new_wa_id":"628140000004","customer":"628120000002","type":"customer_changed_number"}')),
    expect: [{ kind: 'identity', id: 'wamid.MOVED0=', was: [phone], is: [{ kind: 'phone', value: '628140000004' }] }],
  },
  {
    name: 'a new phone number, and with it a new user id',
    source: `${pages}/changelog (11 August 2026)`,
    body: post(
      entry(
        change(
          `${metadata},"messages":[${element('wamid.MOVED2=', '"type":"system","system":{"body":"Ana changed","wa_id":"628140000004","user_id":"ID.555","previous_user_id":"ID.13491208655302741918","type":"user_changed_number"}')}]`,
        ),
      ),
    ),
    expect: [{ kind: 'identity', id: 'wamid.MOVED2=', was: [phone, user], is: [{ kind: 'phone', value: '628140000004' }, { kind: 'user', value: 'ID.555' }] }],
  },
  {
    name: 'a new user id of a person without a phone number',
    source: `${pages}/changelog (11 August 2026)`,
    body: post(
      entry(
        change(
          `${metadata},"messages":[{"from_user_id":"ID.13491208655302741918","id":"wamid.ROTATED=","timestamp":"1767225600","type":"system","system":{"type":"user_changed_user_id","previous_user_id":"ID.13491208655302741918","user_id":"ID.555","body":"x"}}]`,
        ),
      ),
    ),
    expect: [{ kind: 'identity', id: 'wamid.ROTATED=', was: [user], is: [{ kind: 'user', value: 'ID.555' }] }],
  },
  {
    name: 'a new user id in the field that was withdrawn',
    source: `${pages}/business-scoped-user-ids (31 March 2026)`,
    body: field('user_id_update', `{${metadata},"user_id_update":[{"wa_id":"628120000002","user_id":{"previous":"ID.13491208655302741918","current":"ID.555"},"timestamp":${seconds}}]}`),
    expect: [{ kind: 'identity', account, at, was: [phone, user], is: [{ kind: 'user', value: 'ID.555' }] }],
  },
  {
    name: 'marketing stopped and resumed',
    source: `${pages}/webhooks/reference/user_preferences`,
    body: field(
      'user_preferences',
      `{${metadata},"contacts":[${ana}],"user_preferences":[{"wa_id":"628120000002","detail":"User requested to stop marketing messages","category":"marketing_messages","value":"stop","timestamp":${seconds}},{"wa_id":"628120000002","detail":"User requested to resume marketing messages","category":"marketing_messages","value":"resume","timestamp":${seconds + 5}}]}`,
    ),
    expect: [
      { kind: 'consent', account, at, who: [phone], category: 'marketing_messages', value: 'stop' },
      { kind: 'consent', account, at: at + 5000, who: [phone], category: 'marketing_messages', value: 'resume' },
    ],
  },

  // ── what became of ours ──
  status(
    'sent',
    '"status":"sent","recipient_id":"628120000002","recipient_user_id":"ID.13491208655302741918","biz_opaque_callback_data":"conv-77","conversation":{"id":"c0ffee","expiration_timestamp":"1767312000","origin":{"type":"utility"}},"pricing":{"billable":true,"pricing_model":"PMP","category":"utility","type":"regular"}',
    { id: 'wamid.OURS:sent:628120000002', status: 'sent', ref: 'conv-77', to: [phone, user], price: { billable: true, model: 'PMP', category: 'utility' } },
  ),
  status('delivered', '"status":"delivered","recipient_id":"628120000002","biz_opaque_callback_data":"conv-77"', { id: 'wamid.OURS:delivered:628120000002', status: 'delivered', ref: 'conv-77', to: [phone] }),
  status('read', '"status":"read","recipient_id":"628120000002"', { id: 'wamid.OURS:read:628120000002', status: 'read' }),
  status('a voice note that was played', '"status":"played","recipient_id":"628120000002"', { id: 'wamid.OURS:played:628120000002', status: 'read' }),
  status(
    'failed',
    '"status":"failed","recipient_id":"628120000002","errors":[{"code":131047,"title":"Re-engagement message","message":"Re-engagement message","error_data":{"details":"Message failed to send because more than 24 hours have passed since the customer last replied to this number."},"href":"https:\\/\\/developers.facebook.com\\/docs\\/whatsapp\\/cloud-api\\/support\\/error-codes\\/"}]',
    { id: 'wamid.OURS:failed:628120000002', status: 'failed', error: { code: '131047', said: 'Message failed to send because more than 24 hours have passed since the customer last replied to this number.' } },
  ),
  status('read by a person without a phone number', '"status":"read","recipient_user_id":"ID.13491208655302741918","parent_recipient_user_id":"ID.ENT.9"', {
    id: 'wamid.OURS:read:ID.13491208655302741918',
    status: 'read',
    to: [user, { kind: 'parent-user', value: 'ID.ENT.9' }],
  }),
  {
    name: 'a status of the future',
    source: `${inbound}/status`,
    body: post(entry(change(`${metadata},"statuses":[{"id":"wamid.OURS","timestamp":"1767225601","status":"framed","recipient_id":"628120000002"}]`))),
    expect: [{ kind: 'ignored', account, at: 1767225601000 }],
  },

  // ── typed on the business's own phone ──
  {
    name: 'a message typed on the phone of the business',
    source: `${pages}/webhooks/reference/smb_message_echoes`,
    body: field('smb_message_echoes', `{${metadata},"message_echoes":[{"from":"628110000001","to":"628120000002","id":"wamid.ECHO=","timestamp":"1767225600","type":"text","text":{"body":"Siap"}}]}`),
    expect: [{ kind: 'echo', id: 'wamid.ECHO=', account, at, to: [phone], by: 'phone', content: { kind: 'text', text: 'Siap' } }],
  },

  // ── templates and the account ──
  {
    name: 'a rejected template, its id beyond 2^53',
    source: `${pages}/webhooks/reference/message_template_status_update`,
    body: field('message_template_status_update', '{"event":"REJECTED","message_template_id":12345678901234567890,"message_template_name":"order_ready","message_template_language":"id","reason":"INVALID_FORMAT","message_template_category":"UTILITY"}'),
    expect: [{ kind: 'template', at, template: '12345678901234567890', status: 'rejected', category: 'UTILITY', reason: 'INVALID_FORMAT' }],
  },
  {
    name: 'a paused template',
    source: `${pages}/webhooks/reference/message_template_status_update`,
    body: field('message_template_status_update', '{"event":"PAUSED","message_template_id":55001,"message_template_name":"order_ready","message_template_language":"id","reason":"NONE","other_info":{"title":"FIRST_PAUSE","description":"Your WhatsApp message template has been paused for 3 hours."}}'),
    expect: [{ kind: 'template', template: '55001', status: 'paused', reason: 'FIRST_PAUSE. Your WhatsApp message template has been paused for 3 hours.' }],
  },
  {
    name: 'a template of lower quality',
    source: `${pages}/webhooks/reference/message_template_quality_update`,
    body: field('message_template_quality_update', '{"previous_quality_score":"GREEN","new_quality_score":"YELLOW","message_template_id":55001,"message_template_name":"order_ready","message_template_language":"id"}'),
    expect: [{ kind: 'template', template: '55001', quality: 'YELLOW' }],
  },
  {
    name: 'a template in another category',
    source: `${pages}/webhooks/reference/template_category_update`,
    body: field('template_category_update', '{"message_template_id":55001,"message_template_name":"order_ready","message_template_language":"id","previous_category":"UTILITY","new_category":"MARKETING"}'),
    expect: [{ kind: 'template', template: '55001', category: 'MARKETING' }],
  },
  {
    name: 'a template whose text changed',
    source: `${pages}/webhooks/reference/message_template_components_update`,
    body: field('message_template_components_update', '{"message_template_id":55001,"message_template_name":"order_ready","message_template_language":"id","message_template_element":"Halo {{1}}","message_template_footer":"Toko Contoh"}'),
    expect: [{ kind: 'template', template: '55001' }],
  },
  {
    name: 'an account that was taken away',
    source: `${pages}/webhooks/reference/account_update`,
    body: field('account_update', '{"event":"PARTNER_REMOVED","waba_info":{"waba_id":"102000000000001","owner_business_id":"272000000000001"}}'),
    expect: [{ kind: 'account', at, what: 'account_update:PARTNER_REMOVED', severity: 'stop' }],
  },
  {
    name: 'an account that was banned, and one that was released',
    source: `${pages}/webhooks/reference/account_update`,
    body: post(
      entry(
        change('"event":"DISABLED_UPDATE","ban_info":{"waba_ban_state":"DISABLE","waba_ban_date":"November 21, 2026"}', 'account_update'),
        change('"event":"DISABLED_UPDATE","ban_info":{"waba_ban_state":"REINSTATE","waba_ban_date":"November 22, 2026"}', 'account_update'),
      ),
    ),
    expect: [
      { kind: 'account', what: 'account_update:DISABLED_UPDATE', severity: 'stop' },
      { kind: 'account', what: 'account_update:DISABLED_UPDATE', severity: 'info' },
    ],
  },
  {
    name: 'an account that was restricted',
    source: `${pages}/webhooks/reference/account_update`,
    body: field('account_update', '{"event":"ACCOUNT_RESTRICTION","restriction_info":[{"restriction_type":"RESTRICTED_BIZ_INITIATED_MESSAGING","expiration":"2026-12-01"}],"violation_info":{"violation_type":"SPAM"}}'),
    expect: [{ kind: 'account', what: 'account_update:ACCOUNT_RESTRICTION', severity: 'warning', said: 'ACCOUNT_RESTRICTION · account 102000000000001 · SPAM · RESTRICTED_BIZ_INITIATED_MESSAGING until 2026-12-01' }],
  },
  {
    name: 'an alert about a number',
    source: `${pages}/webhooks/reference/account_alerts`,
    body: field('account_alerts', `{"entity_type":"PHONE_NUMBER","entity_id":"${account}","alert_info":{"alert_severity":"CRITICAL","alert_status":"ACTIVE","alert_type":"PROFILE_PICTURE_LOST","alert_description":"The profile picture is gone."}}`),
    expect: [{ kind: 'account', account, what: 'account_alerts:PROFILE_PICTURE_LOST', severity: 'warning' }],
  },
  {
    name: 'a number with another limit',
    source: `${pages}/webhooks/reference/phone_number_quality_update`,
    body: field('phone_number_quality_update', '{"display_phone_number":"628110000001","event":"UPGRADE","current_limit":"TIER_10K"}'),
    expect: [{ kind: 'account', what: 'phone_number_quality_update:UPGRADE', severity: 'info', said: 'UPGRADE · account 102000000000001 · 628110000001 · TIER_10K' }],
  },
  {
    name: 'a fault of the whole account',
    source: `${inbound}/errors`,
    body: post(entry(change(`${metadata},"errors":[{"code":130429,"title":"Rate limit hit","message":"Rate limit hit","error_data":{"details":"Message failed to send because there were too many messages sent from this phone number in a short period of time."}}]`))),
    expect: [{ kind: 'account', account, what: 'error:130429', severity: 'warning' }],
  },
  {
    name: 'a field of the future',
    source: `${pages}/webhooks/overview`,
    body: field('teleports', '{"arrived":true}'),
    expect: [{ kind: 'ignored', at }],
  },
  {
    name: 'the chats of a phone that was linked',
    source: `${pages}/webhooks/reference/history`,
    body: field('history', `{${metadata},"history":[{"metadata":{"phase":0,"chunk_order":1,"progress":55},"threads":[]}]}`),
    expect: [{ kind: 'ignored', account, why: 'Older messages of a linked phone are not imported.' }],
  },

  // ── several at once ──
  {
    name: 'two entries, three changes, messages and statuses',
    source: `${pages}/webhooks/overview`,
    body: post(
      entry(
        change(`${metadata},"contacts":[${ana}],"messages":[${element('wamid.B1=', '"type":"text","text":{"body":"satu"}')},${element('wamid.B2=', '"type":"text","text":{"body":"dua"}')}]`),
        change(`${metadata},"statuses":[{"id":"wamid.S1","status":"sent","timestamp":"${seconds}","recipient_id":"628120000002"},{"id":"wamid.S1","status":"delivered","timestamp":"${seconds}","recipient_id":"628120000002"}]`),
      ),
      `{"id":"102000000000002","changes":[${change(`"messaging_product":"whatsapp","metadata":{"display_phone_number":"628110000009","phone_number_id":"108100000000009"},"contacts":[${ana}],"messages":[${element('wamid.B3=', '"type":"text","text":{"body":"tiga"}')}]`)}]}`,
    ),
    expect: [
      { kind: 'message', id: 'wamid.B1=', account, content: { kind: 'text', text: 'satu' } },
      { kind: 'message', id: 'wamid.B2=', account, content: { kind: 'text', text: 'dua' } },
      { kind: 'status', id: 'wamid.S1:sent:628120000002', status: 'sent' },
      { kind: 'status', id: 'wamid.S1:delivered:628120000002', status: 'delivered' },
      { kind: 'message', id: 'wamid.B3=', account: '108100000000009', content: { kind: 'text', text: 'tiga' } },
    ],
  },
  {
    name: 'a message in a group',
    source: `${pages}/groups`,
    body: messages(element('wamid.GROUP=', '"group_id":"Y2FwaV9ncm91cDox","type":"text","text":{"body":"semua"}')),
    expect: [{ kind: 'ignored', account, at }],
  },
  { name: 'an empty body of the right form', source: 'Webhooks › Validating payloads', body: '{"object":"whatsapp_business_account","entry":[]}', expect: [{ kind: 'ignored' }] },
];

/** What an upload came to (Media › Upload media answers `{"id":"…"}`). */
export const prepared = { id: '900100' };

const yes = '{"messaging_product":"whatsapp","contacts":[{"input":"628120000002","wa_id":"628120000002"}],"messages":[{"id":"wamid.HBgLNjI4"}]}';
const graphError = (code: number, message: string, more = '') =>
  `{"error":{"message":"(#${code}) ${message}","type":"OAuthException","code":${code},${more}"fbtrace_id":"AbC"}}`;
const details = (text: string) => `"error_data":{"messaging_product":"whatsapp","details":"${text}"},`;
const json = { 'content-type': 'application/json' };
const html = { 'content-type': 'text/html' };
const page = '<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>';

/** What the Graph API answers to a message, from its reference of POST /{phone number id}/messages and of the error codes. */
export const answers = [
  { name: 'yes', status: 200, headers: json, body: yes, expect: { accepted: { refs: ['wamid.HBgLNjI4'] } } },
  {
    name: 'yes, to a number that is written in another way',
    status: 200,
    headers: json,
    body: '{"messaging_product":"whatsapp","contacts":[{"input":"5511987654321","wa_id":"551187654321","user_id":"BR.1"}],"messages":[{"id":"wamid.BR"}]}',
    expect: { accepted: { refs: ['wamid.BR'], learned: [{ kind: 'phone', value: '551187654321' }, { kind: 'user', value: 'BR.1' }] } },
  },
  { name: 'yes, a template held for its quality', status: 200, headers: json, body: '{"messaging_product":"whatsapp","contacts":[{"input":"628120000002","wa_id":"628120000002"}],"messages":[{"id":"wamid.HELD","message_status":"held_for_quality_assessment"}]}', expect: { accepted: { refs: ['wamid.HELD'] } } },
  { name: 'a dead token', status: 401, headers: json, body: graphError(190, 'Error validating access token', '"error_subcode":463,'), expect: { rejected: { code: '190', scope: 'connection' } } },
  { name: 'a user that cannot be authenticated', status: 401, headers: json, body: graphError(0, 'AuthException'), expect: { rejected: { code: '0', scope: 'connection' } } },
  { name: 'a permission that is missing', status: 403, headers: json, body: graphError(200, 'No permission'), expect: { rejected: { code: '200', scope: 'connection' } } },
  { name: 'another permission that is missing', status: 400, headers: json, body: graphError(299, 'No permission'), expect: { rejected: { code: '299', scope: 'connection' } } },
  { name: 'an account that is locked', status: 403, headers: json, body: graphError(131031, 'Account has been locked'), expect: { rejected: { code: '131031', scope: 'connection' } } },
  { name: 'a phone number id that does not exist', status: 400, headers: json, body: graphError(100, 'Unsupported post request', '"error_subcode":33,'), expect: { rejected: { code: '100', scope: 'number' } } },
  { name: 'a number that is not registered', status: 400, headers: json, body: graphError(133010, 'Phone number not registered'), expect: { rejected: { code: '133010', scope: 'number' } } },
  { name: 'a parameter that is wrong', status: 400, headers: json, body: graphError(131009, 'Parameter value is not valid', details('Button title length invalid.')), expect: { rejected: { code: '131009', said: 'Button title length invalid.', scope: 'message' } } },
  { name: 'a person who cannot be reached', status: 400, headers: json, body: graphError(131026, 'Message undeliverable'), expect: { rejected: { code: '131026', scope: 'contact' } } },
  { name: 'a person who stopped marketing', status: 400, headers: json, body: graphError(131050, 'User has stopped marketing messages'), expect: { rejected: { code: '131050', scope: 'contact' } } },
  { name: 'the window is closed', status: 400, headers: json, body: graphError(131047, 'Re-engagement message'), expect: { rejected: { code: '131047', scope: 'message' } } },
  { name: 'a template that does not exist', status: 404, headers: json, body: graphError(132001, 'Template name does not exist in the translation'), expect: { rejected: { code: '132001', scope: 'template' } } },
  { name: 'a code of the future', status: 400, headers: json, body: graphError(199999, 'Never heard of'), expect: { rejected: { code: '199999', scope: 'message' } } },
  { name: 'a code of the future that will pass', status: 400, headers: json, body: graphError(199998, 'Never heard of', '"is_transient":true,'), expect: { retry: { code: '199998', scope: 'pair' } } },
  { name: 'too much to one person', status: 400, headers: json, body: graphError(131056, 'Pair rate limit hit'), expect: { retry: { code: '131056', scope: 'pair', afterMs: 6000 } } },
  { name: 'too much from one number', status: 400, headers: { ...json, 'retry-after': '7' }, body: graphError(130429, 'Rate limit hit'), expect: { retry: { code: '130429', scope: 'number', afterMs: 7000 } } },
  { name: 'too much of the app', status: 400, headers: json, body: graphError(4, 'Application request limit reached'), expect: { retry: { code: '4', scope: 'connection' } } },
  { name: 'too much of the account', status: 400, headers: json, body: graphError(80007, 'Rate limit issues'), expect: { retry: { code: '80007', scope: 'connection' } } },
  { name: 'too much, without a word', status: 429, headers: { 'retry-after': '3' }, body: '', expect: { retry: { code: 'http-429', scope: 'number', afterMs: 3000 } } },
  { name: 'a fault of its own', status: 500, headers: json, body: graphError(131000, 'Something went wrong'), expect: { retry: { code: '131000', scope: 'pair' } } },
  { name: 'a service that is away', status: 503, headers: json, body: graphError(2, 'Service temporarily unavailable', '"is_transient":true,'), expect: { retry: { code: '2', scope: 'number' } } },
  { name: 'a fault of its own without a code', status: 500, headers: json, body: '{"error":{"message":"Something"}}', expect: { retry: { code: 'http-500' } } },
  { name: 'a page of a proxy', status: 502, headers: html, body: page, expect: 'silence' },
  { name: 'a fault without a body', status: 500, body: '', expect: 'silence' },
  { name: 'yes in no language', status: 200, headers: json, body: '{"messaging_product":"whatsapp","mess', expect: 'silence' },
  { name: 'yes without a word', status: 200, headers: json, body: '', expect: 'silence' },
  { name: 'yes without an id', status: 200, headers: json, body: '{"messaging_product":"whatsapp","messages":[]}', expect: 'silence' },
  { name: 'yes with an error in it', status: 200, headers: json, body: graphError(131026, 'Message undeliverable'), expect: { rejected: { code: '131026' } } },
  { name: 'a way to another place', status: 302, headers: { location: 'https://login.example.test/' }, body: '', expect: { rejected: { code: 'base-url', scope: 'connection' } } },
  { name: 'a page that is not there', status: 404, headers: html, body: page, expect: { rejected: { code: 'base-url', scope: 'connection' } } },
  { name: 'a door that is shut', status: 401, headers: html, body: page, expect: { rejected: { code: 'http-401', scope: 'connection' } } },
];

export const accounts = [
  { typed: ' 108100000000001 ', account: '108100000000001' },
  { typed: '+62 811-0000-001', account: 'refused' },
  { typed: '108 100', account: 'refused' },
  { typed: 'whatsapp:+14155550100', account: 'refused' },
  { typed: '123', account: 'refused' },
];
