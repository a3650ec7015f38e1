/** What the Graph API answers about files and templates, as its reference shows it (ids and addresses invented). */
const json = { 'content-type': 'application/json' };
const medium = '{"messaging_product":"whatsapp","url":"https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=900001&ext=1795168800&hash=ATs","mime_type":"image/jpeg","sha256":"b2e8","file_size":"303833","id":"900001"}';

export const media = [
  {
    name: 'an image', source: 'Cloud API › Media › Retrieve media URL; Download media', ref: { ref: '900001', mime: 'image/jpeg' },
    answers: [{ status: 200, headers: json, body: medium }, { status: 200, headers: { 'content-type': 'image/jpeg' }, body: 'the bytes of the image' }], expect: { bytes: 'the bytes of the image', mime: 'image/jpeg' },
  },
  {
    name: 'a medium that Meta keeps no longer', source: 'Graph API › Handling errors, code 100 with subcode 33', ref: { ref: '900001' },
    answers: [{ status: 400, headers: json, body: '{"error":{"message":"Unsupported get request. Object with ID \'900001\' does not exist","type":"GraphMethodException","code":100,"error_subcode":33,"fbtrace_id":"AbC"}}' }], expect: 'gone',
  },
  { name: 'an address that has run out', source: 'Cloud API › Media › Download media (404)', ref: { ref: '900001' }, answers: [{ status: 200, headers: json, body: medium }, { status: 404, body: '' }], expect: 'gone' as const },
  { name: 'a store that is away', source: 'Cloud API › Media › Download media', ref: { ref: '900001' }, answers: [{ status: 200, headers: json, body: medium }, { status: 503, body: '' }], expect: 'later' as const },
];

export const uploads = [
  {
    name: 'an image', source: 'Cloud API › Media › Upload media', content: { kind: 'image' as const, media: '019b0000-0000-7000-8000-000000000002', mime: 'image/jpeg', bytes: 3 },
    answers: [{ status: 200, headers: json, body: '{"id":"900100"}' }],
  },
];

const orderReady =
  '{"id":"55001","name":"order_ready","language":"id","status":"APPROVED","category":"UTILITY","parameter_format":"POSITIONAL","components":[{"type":"HEADER","format":"IMAGE","example":{"header_handle":["https://scontent.example.test/h.jpg"]}},' +
  '{"type":"BODY","text":"Halo {{1}}, pesanan {{2}} siap.","example":{"body_text":[["Ana","INV-7"]]}},{"type":"FOOTER","text":"Toko Contoh"},' +
  '{"type":"BUTTONS","buttons":[{"type":"URL","text":"Lacak","url":"https://shop.example.test/{{1}}","example":["https://shop.example.test/INV-7"]},{"type":"QUICK_REPLY","text":"Pesan lagi"}]}]}';
const named = '{"id":"55002","name":"greeting","language":"en_US","status":"REJECTED","category":"MARKETING","rejected_reason":"TAG_CONTENT_MISMATCH","parameter_format":"NAMED","components":[{"type":"HEADER","format":"TEXT","text":"News from {{shop}}"},{"type":"BODY","text":"Hello {{first_name}}, welcome.","example":{"body_text_named_params":[{"param_name":"first_name","example":"Ana"}]}}]}';

export const templates = {
  source: 'Business Management API › WhatsApp Business Account › Message templates',
  pages: [
    { status: 200, headers: json, body: `{"data":[${orderReady}],"paging":{"cursors":{"before":"MA==","after":"MjQ="},"next":"https://graph.facebook.com/v23.0/102000000000001/message_templates?after=MjQ%3D"}}` },
    { status: 200, headers: json, body: `{"data":[${named}],"paging":{"cursors":{"before":"MjQ=","after":"NDg="}}}` },
  ],
  expect: [
    { id: '55001', name: 'order_ready', language: 'id', status: 'approved', category: 'UTILITY', preview: { header: { kind: 'image' }, footer: 'Toko Contoh', buttons: [{ kind: 'url', title: 'Lacak' }, { kind: 'reply', title: 'Pesan lagi' }] } },
    { id: '55002', name: 'greeting', status: 'rejected', reason: 'TAG_CONTENT_MISMATCH' },
  ],
  draft: { name: 'order_ready', language: 'id', category: 'UTILITY', examples: { 1: 'Ana', 2: 'INV-7' }, preview: { body: 'Halo {{1}}, pesanan {{2}} siap.', footer: 'Toko Contoh' } },
};
