/** The rack of numbers, and plugging one in. */
import type { NumberName } from '../../../core/admin/views/every-page.ts';
import type { ConnectPage, NumberCard } from '../../../core/admin/views/numbers.ts';
import type { Field } from '../../../core/plugin/fields.ts';
import { rows } from './inbox.ts';
import { bandung, roleAgent, sales, support, test, wholesale, type Sample } from './shop.ts';

const card = (name: NumberName, over: Partial<NumberCard>): NumberCard => ({
  ...name, account: '+62 811 5550 221', channel: 'Meta', simulator: false, active: true, lamp: 'running', today: { in: 214, out: 230 }, waiting: 0, agent: { id: 'a1', name: 'Barista' }, ...over,
});

export const numbers: NumberCard[] = [
  card(sales, {}),
  card(support, { account: '+1 415 555 0132', lamp: 'error', reason: 'Access token expired 12 min ago', waiting: 18, agent: { id: 'a2', name: 'Help desk' } }),
  card(wholesale, { account: '+62 21 5550 9087', lamp: 'starting', reason: 'Asking the provider', peopleOnly: true }),
  card(bandung, { account: '+62 22 5550 118', active: false, lamp: 'stopped', waiting: 6 }),
  card(test, { account: 'sim:ana', channel: 'Simulator', simulator: true }),
];
delete numbers[2]?.agent;
delete numbers[3]?.agent;

export const metaFields: Field[] = [
  { name: 'businessAccountId', label: 'Business Account ID', hint: 'Needed for templates and the doctor’s subscription check.', required: false, input: { kind: 'text', value: '102000000000001' } },
  { name: 'accessToken', label: 'Access Token', hint: 'A permanent token of a system user with whatsapp_business_messaging.', required: true, input: { kind: 'secret' } },
  { name: 'appSecret', label: 'App Secret', hint: 'App dashboard, Settings, Basic. It proves that a webhook is Meta’s.', required: true, input: { kind: 'secret' } },
  { name: 'apiBaseUrl', label: 'API base URL', required: false, advanced: true, input: { kind: 'text', value: 'https://graph.facebook.com' } },
  { name: 'sendAgain', label: 'When a send stays unconfirmed', required: false, advanced: true, input: { kind: 'choice', value: 'ask', options: [{ value: 'ask', label: 'Ask a person' }, { value: 'again', label: 'Send again' }] } },
];

const choices: ConnectPage['agents'] = [
  { id: 'a1', name: 'Barista', lamp: 'running', whatsapp: true },
  { id: 'a2', name: 'Help desk', lamp: 'error', whatsapp: true },
  { id: 'a4', name: 'Web chat', lamp: 'running', whatsapp: false },
];

export const ways: ConnectPage['ways'] = [
  { value: 'connection:c1', title: 'Lestari WABA', note: 'Meta, 2 numbers' },
  { value: 'plugin:meta-cloud', title: 'Meta', note: 'New connection' },
  { value: 'plugin:simulator', title: 'Simulator', note: 'No account needed' },
  { value: 'plugin:twilio', title: 'Twilio', note: '', mark: 'recommended', disabled: 'Recommended, not installed yet' },
];

const first = numbers[0] ?? card(sales, {});

export const numberSamples: Sample[] = [
  { page: 'whatsapp', name: 'full', data: { numbers, recent: rows, open: 1284, inboxHref: '/app/lestari/inbox', checklist: [{ key: 'talk', done: true }, { key: 'connect', done: false, href: '/app/lestari/whatsapp/connect' }, { key: 'agent', done: true }, { key: 'invite', done: false, href: '/app/lestari/settings/members' }, { key: 'url', done: false, href: '/app/lestari/settings/about' }] }, chrome: { notice: { text: 'Jakarta pickup is connected.' } } },
  { page: 'whatsapp', name: 'first', data: { numbers: numbers.slice(4), recent: [], open: 0, inboxHref: '/app/lestari/inbox' } },
  { page: 'whatsapp', name: 'empty', data: { numbers: [], recent: [], open: 0, inboxHref: '/app/lestari/inbox' } },
  { page: 'whatsapp', name: 'role-agent', data: { numbers: [{ ...first, refused: 'An active number needs an agent.' }], recent: rows.slice(0, 3), open: 3, inboxHref: '/app/lestari/inbox' }, ...roleAgent },
  { page: 'whatsapp', name: 'role-agent-empty', data: { numbers: [], recent: [], open: 0, inboxHref: '/app/lestari/inbox' }, ...roleAgent },
  { page: 'connect', name: 'choose', data: { ways, fields: [], displayName: '', agents: choices, agent: '', active: true, errors: {}, line: 3 } },
  { page: 'connect', name: 'meta', data: { ways, way: 'plugin:meta-cloud', fields: metaFields, account: { label: 'Phone Number ID', value: '', hint: 'Digits, from WhatsApp → API Setup.' }, displayName: 'Jakarta pickup', agents: choices, agent: 'a1', active: true, handOff: { callbackUrl: 'https://chat.lestari.example/webhooks/q7v2m3n8p4x6', verifyToken: 'vt_5b1f0c7d2e' }, errors: {}, line: 3 } },
  { page: 'connect', name: 'guided', data: { ways, way: 'plugin:meta-cloud', guide: 'meta-cloud', fields: metaFields, account: { label: 'Phone Number ID', value: '', listable: true }, displayName: '', agents: choices, agent: '', active: true, errors: {}, line: 3 } },
  { page: 'connect', name: 'listed', data: { ways, way: 'plugin:meta-cloud', guide: 'meta-cloud', fields: metaFields, account: { label: 'Phone Number ID', value: '', listable: true, offers: [{ value: '108100000000003', name: 'Jakarta pickup' }, { value: '108100000000004', name: 'Other', taken: '' }] }, secrets: 'kept', displayName: '', agents: choices, agent: '', active: true, errors: {}, line: 3 } },
  { page: 'connect', name: 'refused', data: { ways, way: 'plugin:meta-cloud', fields: metaFields, account: { label: 'Phone Number ID', value: '1081', hint: 'Digits, from WhatsApp → API Setup.' }, displayName: 'Jakarta pickup', agents: choices, agent: '', active: true, errors: { account: 'A Phone Number ID has 15 or more digits, for example 108100000000001.', accessToken: 'Paste a token that has not expired.', agent: 'An active number needs an agent.', displayName: 'Type a name.', form: 'Nothing was saved.', way: 'This connection is stopped.' }, refusal: { who: 'Meta', said: 'Error validating access token: Session has expired on Tuesday' }, secrets: 'pasted', line: 3 } },
  { page: 'connect', name: 'offers', data: { ways, way: 'connection:c1', fields: [], account: { label: 'Phone Number ID', value: '108100000000003', offers: [{ value: '108100000000003', name: 'Jakarta pickup' }, { value: '108100000000004', name: 'Unnamed' }, { value: '108100000000001', name: 'Sales', taken: 'Sales' }] }, displayName: 'Jakarta pickup', agents: choices, agent: 'a1', active: true, errors: {}, secrets: 'kept', line: 3 } },
  { page: 'connect', name: 'not-chosen', data: { ways, way: 'connection:c1', fields: [], account: { label: 'Phone Number ID', value: '', offers: [{ value: '108100000000003', name: 'Jakarta pickup' }, { value: '108100000000004', name: 'Unnamed' }, { value: '108100000000001', name: 'Sales', taken: 'Sales' }] }, displayName: 'Jakarta pickup', agents: choices, agent: 'a1', active: true, errors: { account: 'Choose a number.' }, secrets: 'kept', line: 3 } },
  { page: 'connect', name: 'no-agents', data: { ways, way: 'connection:c1', fields: [], account: { label: 'Number', value: '', offers: [] }, displayName: '', agents: [], agent: '', active: false, errors: {}, line: 3 } },
  { page: 'edit-number', name: 'full', data: { number: first, displayName: 'Sales', agents: choices, agent: 'a1', active: true, errors: {}, version: 2 } },
  { page: 'edit-number', name: 'errors', data: { number: first, displayName: '', agents: choices, agent: '', active: true, version: 2, errors: { displayName: 'Type a name.', agent: 'An active number needs an agent.', form: 'Somebody else changed this number.' } } },
  { page: 'delete-number', name: 'full', data: { number: first, conversations: 1204 } },
  { page: 'delete-number', name: 'one', data: { number: first, conversations: 1 } },
];
