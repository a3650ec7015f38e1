/** Who people are, by which ids, and what they decided about themselves. */
import { type Evidence, account, ana, at, change, element, entry, field, inbound, messages, metadata, pages, phone, post, seconds, user } from './words.ts';

export const people: Evidence[] = [
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
  {
    name: 'marketing asked for',
    source: `${pages}/webhooks/reference/user_preferences`,
    body: field('user_preferences', `{${metadata},"user_preferences":[{"user_id":"ID.13491208655302741918","category":"marketing_messages","value":"signup","timestamp":${seconds}}]}`),
    expect: [{ kind: 'consent', account, at, who: [user], category: 'marketing_messages', value: 'resume' }],
  },
];
