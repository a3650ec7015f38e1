/** News about templates and the account, and deliveries of several things at once. */
import { type Evidence, account, ana, at, change, element, entry, field, inbound, messages, metadata, pages, phone, post, seconds } from './words.ts';

export const news: Evidence[] = [
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
  {
    name: 'an approved template',
    source: `${pages}/webhooks/reference/message_template_status_update`,
    body: field('message_template_status_update', '{"event":"APPROVED","message_template_id":55001,"message_template_name":"order_ready","message_template_language":"id","reason":null,"message_template_category":"UTILITY"}'),
    expect: [{ kind: 'template', template: '55001', name: 'order_ready', language: 'id', status: 'approved' }],
  },
  {
    name: 'a template that may be disabled soon, which it is not yet',
    source: `${pages}/webhooks/reference/message_template_status_update`,
    body: field('message_template_status_update', '{"event":"FLAGGED","message_template_id":55001,"message_template_name":"order_ready","message_template_language":"id","reason":"NONE","disable_info":{"disable_date":"1767312000"}}'),
    expect: [{ kind: 'template', template: '55001', reason: 'FLAGGED' }],
  },
  {
    name: 'a disabled template',
    source: `${pages}/webhooks/reference/message_template_status_update`,
    body: field('message_template_status_update', '{"event":"DISABLED","message_template_id":55001,"message_template_name":"order_ready","message_template_language":"id","reason":"SCAM","rejection_info":{"reason":"It asks for money","recommendation":"Say what for"}}'),
    expect: [{ kind: 'template', template: '55001', status: 'disabled', reason: 'SCAM. It asks for money. Say what for' }],
  },
  {
    name: 'a template that is in another category tomorrow',
    source: `${pages}/webhooks/reference/template_category_update`,
    body: field('template_category_update', '{"message_template_id":55001,"message_template_name":"order_ready","message_template_language":"id","new_category":"UTILITY","correct_category":"MARKETING"}'),
    expect: [{ kind: 'template', template: '55001', category: 'UTILITY' }],
  },
  {
    name: 'an account that was shared',
    source: `${pages}/webhooks/reference/account_update`,
    body: field('account_update', '{"event":"PARTNER_ADDED","waba_info":{"waba_id":"102000000000001","owner_business_id":"272000000000001"}}'),
    expect: [{ kind: 'account', what: 'account_update:PARTNER_ADDED', severity: 'info' }],
  },
  {
    name: 'a PIN that was changed',
    source: `${pages}/webhooks/reference/security`,
    body: field('security', '{"display_phone_number":"628110000001","event":"PIN_CHANGED","requester":"122000000000001"}'),
    expect: [{ kind: 'account', what: 'security:PIN_CHANGED', severity: 'warning' }],
  },

  // ── several at once ──
  {
    name: 'members that are null',
    source: `${pages}/webhooks/overview`,
    body: post(entry(change(`${metadata},"contacts":null,"statuses":null,"errors":null,"messages":[{"from":"628120000002","id":"wamid.NULLS=","timestamp":"1767225600","type":"text","text":{"body":"Halo"},"context":null,"referral":null,"errors":null}]`))),
    expect: [{ kind: 'message', id: 'wamid.NULLS=', account, from: [phone], content: { kind: 'text', text: 'Halo' } }],
  },
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
