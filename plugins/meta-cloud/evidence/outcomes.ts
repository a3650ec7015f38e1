/** What became of our messages, and what was typed on the business's own phone. */
import { type Evidence, account, at, change, entry, field, inbound, metadata, pages, phone, post, user } from './words.ts';

function status(name: string, rest: string, expected: object): Evidence {
  return {
    name,
    source: `${inbound}/status`,
    body: post(entry(change(`${metadata},"statuses":[{"id":"wamid.OURS","timestamp":"1767225601",${rest}}]`))),
    expect: [{ kind: 'status', account, at: 1767225601000, refs: ['wamid.OURS'], ...expected }],
  };
}

export const outcomes: Evidence[] = [
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
  status('sent, as versions from v24.0 on word it', '"status":"sent","recipient_id":"628120000002","pricing":{"billable":false,"pricing_model":"PMP","category":"service","type":"free_customer_service"}', {
    id: 'wamid.OURS:sent:628120000002',
    status: 'sent',
    price: { billable: false, model: 'PMP', category: 'service' },
  }),
  status('delivered to one person of a group', '"status":"delivered","recipient_type":"group","recipient_id":"Y2FwaV9ncm91cDox","recipient_participant_id":"628120000002"', {
    id: 'wamid.OURS:delivered:628120000002',
    status: 'delivered',
    to: [phone],
  }),
  status('failed, because of an experiment', '"status":"failed","recipient_id":"628120000002","errors":[{"code":130472,"title":"User\'s number is part of an experiment"}]', {
    status: 'failed',
    error: { code: '130472', said: "User's number is part of an experiment" },
  }),
  status('failed without a reason', '"status":"failed","recipient_id":"628120000002"', { status: 'failed', error: { code: 'unknown' } }),

  // ── typed on the business's own phone ──
  {
    name: 'a message typed on the phone of the business',
    source: `${pages}/webhooks/reference/smb_message_echoes`,
    body: field('smb_message_echoes', `{${metadata},"message_echoes":[{"from":"628110000001","to":"628120000002","id":"wamid.ECHO=","timestamp":"1767225600","type":"text","text":{"body":"Siap"}}]}`),
    expect: [{ kind: 'echo', id: 'wamid.ECHO=', account, at, to: [phone], by: 'phone', content: { kind: 'text', text: 'Siap' } }],
  },
];
