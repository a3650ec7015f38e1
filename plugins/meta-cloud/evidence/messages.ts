/** What people write, and what they do to a message: section "messages" of Meta's webhook reference. */
import { type Evidence, account, at, element, inbound, message, messages, pages, phone } from './words.ts';

const unsupportedError = '{"code":131051,"title":"Message type unknown","message":"Message type unknown","error_data":{"details":"Message type is currently not supported."}}';
const notSupported = { code: '131051', said: 'Message type is currently not supported.' };

export const messagesOfPeople: Evidence[] = [
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

  message('a contact card that answers our request for the number', 'contacts', 'wamid.CARD2=', '"type":"contacts","contacts":[{"origin":"contact_request","name":{"formatted_name":"Ana"},"phones":[{"phone":"+62 812-0000-002","wa_id":"628120000002"}]}]', { kind: 'contacts', contacts: [{ name: 'Ana', phones: ['+62 812-0000-002'], emails: [] }] }),
  message('a place without a name', 'location', 'wamid.LOC2=', '"type":"location","location":{"latitude":-6.2088,"longitude":106.8456}', { kind: 'location', latitude: -6.2088, longitude: 106.8456 }),
  message('a form without answers', 'interactive', 'wamid.FORM3=', '"type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"name":"flow","body":"Sent"}}', { kind: 'form', name: 'flow', answers: {} }),
  message('a quick reply that carries nothing but its words', 'button', 'wamid.QR2=', '"type":"button","button":{"text":"Ya"}', { kind: 'choice', of: 'template', id: 'Ya', text: 'Ya' }),
  message('a list row without a description', 'interactive', 'wamid.ROW2=', '"type":"interactive","interactive":{"type":"list_reply","list_reply":{"id":"row-3","title":"Teh"}}', { kind: 'choice', of: 'list', id: 'row-3', text: 'Teh' }),
  message('an audio file that does not say whether it was recorded', 'audio', 'wamid.AUDIO2=', '"type":"audio","audio":{"mime_type":"audio\\/aac","sha256":"q7c2=","id":"900007"}', { kind: 'audio', media: { ref: '900007', mime: 'audio/aac' } }),
  message(
    'a text from a post with a film',
    'text',
    'wamid.POST=',
    '"referral":{"source_url":"https:\\/\\/fb.me\\/def","source_id":"1200000002","source_type":"post","headline":"Buka","media_type":"video","video_url":"https:\\/\\/cdn.example.test\\/p.mp4"},"type":"text","text":{"body":"Halo"}',
    { kind: 'text', text: 'Halo' },
    { referral: { source: 'post', url: 'https://fb.me/def', headline: 'Buka' } },
  ),
  message(
    'a message that is not available now',
    'unsupported',
    'wamid.LATER=',
    '"type":"unsupported","errors":[{"code":131060,"title":"Message unavailable","message":"Message unavailable","error_data":{"details":"This message is currently unavailable."}}]',
    { kind: 'unsupported', what: 'unsupported', errors: [{ code: '131060', said: 'This message is currently unavailable.' }] },
    { errors: [{ code: '131060' }] },
  ),
  message('a note of the system that is not known yet', 'system', 'wamid.SYS=', '"type":"system","system":{"type":"user_changed_planet","body":"Ana moved"}', { kind: 'system', what: 'user_changed_planet', text: 'Ana moved' }),

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
];
