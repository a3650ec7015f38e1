/** Rich, typed data for every page: the template tests and the screenshots render it. */
import type { Views } from '../../core/admin/views.ts';
import type { AgentPage, AgentRow } from '../../core/admin/views/agents.ts';
import type { ConnectionDetail, ConnectionRow } from '../../core/admin/views/connections.ts';
import type { DeliveryRow } from '../../core/admin/views/deliveries.ts';
import type { Chrome, NumberName } from '../../core/admin/views/every-page.ts';
import type { Row } from '../../core/admin/views/inbox.ts';
import type { ConnectPage, NumberCard } from '../../core/admin/views/numbers.ts';
import type { AboutPage } from '../../core/admin/views/settings.ts';
import type { Phone } from '../../core/admin/views/simulator.ts';
import type { Medium, Message, MessageStatus, Thread, ThreadItem } from '../../core/admin/views/thread.ts';
import type { Locale } from '../../core/plugin/contract/plugin.ts';
import type { Field } from '../../core/plugin/fields.ts';

export const NOW = Date.UTC(2026, 2, 12, 7, 8, 30);
const MIN = 60_000;
const HOUR = 60 * MIN;
const DAY = 24 * HOUR;
const at = (hour: number, minute: number, days = 0): number => Date.UTC(2026, 2, 12 - days, hour - 7, minute); // Asia/Jakarta is UTC+7

export const chrome = (over: Partial<Chrome> = {}): Chrome => ({
  csrf: 'c5rf-t0ken',
  locale: 'en',
  timeZone: 'Asia/Jakarta',
  theme: 'auto',
  path: '/app/lestari/whatsapp',
  now: NOW,
  tenant: { slug: 'lestari', name: 'Lestari Coffee' },
  person: { name: 'Ana Wijaya', email: 'ana@lestari.example', role: 'owner' },
  alerts: 2,
  may: { configure: true, deleteConversations: true, members: true },
  ...over,
});

const sales: NumberName = { id: 'n1', name: 'Sales', line: 1 };
const support: NumberName = { id: 'n2', name: 'Support', line: 4 };
const wholesale: NumberName = { id: 'n3', name: 'Wholesale', line: 5 };
const bandung: NumberName = { id: 'n4', name: 'Bandung shop', line: 2 };
const test: NumberName = { id: 'n5', name: 'Test phone', line: 6 };

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

const row = (id: string, name: string, number: NumberName, over: Partial<Row>): Row => ({
  id, contact: { name }, number, unread: 0, holder: { kind: 'agent', name: 'Barista' }, window: { state: 'open', until: NOW + 20 * HOUR }, state: 'open', ...over,
});

export const rows: Row[] = [
  row('k1', 'Rosa Delgado', sales, { unread: 2, holder: { kind: 'person', name: 'Ana', you: true }, window: { state: 'open', until: NOW + 24 * HOUR - MIN }, sentiment: 'pleased', last: { kind: 'text', text: 'Perfect, then I’ll take two bags', author: 'contact', at: at(14, 6) } }),
  row('k2', 'Ingrid Halvorsen', support, { unread: 1, holder: { kind: 'escalated', reason: 'asked for a person' }, window: { state: 'open', until: NOW + 22 * HOUR }, sentiment: 'upset', last: { kind: 'text', text: 'The parcel arrived wet and the box was open', author: 'contact', at: at(13, 58) } }),
  row('k3', 'Budi Santoso', sales, { last: { kind: 'text', text: 'Baik, pesanan Anda dikirim besok pagi', author: 'agent', status: 'read', at: at(13, 41) }, sentiment: 'neutral' }),
  row('k4', 'Hotel Tugu, purchasing', wholesale, { holder: { kind: 'person', name: 'Dimas' }, window: { state: 'open', until: NOW + 15 * HOUR }, sentiment: 'neutral', last: { kind: 'document', text: 'Quote for 40 kg attached', author: 'person', status: 'delivered', at: at(12, 15) } }),
  row('k5', 'Tom Okafor', support, { holder: { kind: 'person', name: 'Ana', you: true }, window: { state: 'closed' }, sentiment: 'neutral', last: { kind: 'text', text: 'Not delivered: outside the 24-hour window', author: 'person', status: 'failed', at: at(11, 30) } }),
  row('k6', 'User ID·7f3a', bandung, { contact: { name: 'User ID·7f3a', nameless: true }, holder: { kind: 'nobody' }, window: { state: 'open', until: NOW + 11 * HOUR }, last: { kind: 'voice', text: '', author: 'contact', at: at(10, 52) } }),
  row('k7', 'Mei Lin Tan', sales, { holder: { kind: 'person', name: 'Ana' }, window: { state: 'waiting' }, last: { kind: 'template', text: 'Template: order_followup', author: 'api', status: 'sent', at: at(9, 2, 6) } }),
  row('k8', 'Ana (test)', test, { window: { state: 'open', until: NOW + 5 * HOUR - MIN }, last: { kind: 'text', text: 'Done. It waits for you until Saturday.', author: 'agent', status: 'unknown', at: at(19, 2, 1) } }),
  row('k9', 'Kedai Pagi', wholesale, { state: 'closed', holder: { kind: 'person', name: 'Dimas' }, window: { state: 'closed' }, last: { kind: 'text', text: 'Thank you! See you next month', author: 'contact', at: at(16, 20, 5) } }),
  row('k10', 'Fatimah Nur', sales, { window: { state: 'open', until: NOW + 2 * HOUR }, last: { kind: 'text', text: 'Apakah masih buka sampai jam 9?', author: 'contact', at: at(8, 11) } }),
];

let seq = 0;
/** A medium in each way in which a thread draws one. */
const media: Omit<Medium, 'id'>[] = [
  { as: 'picture', state: 'stored', name: 'photo.jpg', mime: 'image/jpeg', bytes: 240_000, width: 320, height: 200, mp4: false, retry: false },
  { as: 'film', state: 'stored', name: 'film.mp4', mime: 'video/mp4', bytes: 4_000_000, width: 320, height: 180, durationMs: 9_000, mp4: false, retry: false },
  { as: 'sound', state: 'stored', name: 'voice.ogg', mime: 'audio/ogg', bytes: 12_000, durationMs: 4_200, mp4: true, retry: false },
  { as: 'file', state: 'stored', name: 'A name of a document that is rather long and <b>bold</b>.pdf', mime: 'application/pdf', bytes: 1_400_000, mp4: false, retry: false },
  { as: 'file', state: 'missing', name: 'photo.jpg', mime: 'image/jpeg', mp4: false, retry: false },
  { as: 'file', state: 'missing', name: 'photo.jpg', mime: 'image/jpeg', why: 'The provider answered 500.', mp4: false, retry: true },
  { as: 'file', state: 'gone', name: 'old.pdf', mime: 'application/pdf', why: 'The provider no longer has it.', mp4: false, retry: true },
];

const message = (over: Partial<Message> & Pick<Message, 'author' | 'text' | 'at'>): Message => ({ id: `m${++seq}`, seq, kind: 'text', ...over });
const receipts = (from: number, ...statuses: MessageStatus[]) => statuses.map((status, i) => ({ status, at: from + i * 1_400 }));

export const items: ThreadItem[] = [
  message({ author: 'contact', text: 'Hola, ¿tienen el Gayo en grano?', at: at(17, 40, 1) }),
  message({ author: 'agent', by: 'Barista', text: 'Sí, Gayo 250 g en grano y molido. ¿Cuál prefieres?', kind: 'buttons', choices: [{ id: 'whole', title: 'En grano' }, { id: 'ground', title: 'Molido' }, { id: 'more', title: 'Ver otros cafés' }], at: at(17, 40, 1) + 3_000, status: 'read', receipts: receipts(at(17, 40, 1), 'queued', 'sent', 'delivered', 'read'), ref: 'wamid.HBgNNTI1NTU1NTA0NDcxFQIAERgSN0Y' }),
  message({ author: 'contact', text: 'Molido', kind: 'choice', quote: { id: 'm2', by: 'Barista', text: 'Sí, Gayo 250 g en grano y molido. ¿Cuál prefieres?' }, at: at(17, 42, 1) }),
  message({ author: 'contact', text: 'Those two, right?', kind: 'image', note: 'photo.jpg', at: at(13, 57) }),
  message({ author: 'contact', text: '', kind: 'voice', note: '0:24', at: at(13, 59) }),
  message({ author: 'agent', by: 'Barista', text: 'Yes: Gayo 250 g, ground for moka, and Kintamani 250 g as beans. That is Rp 186,000 with delivery. More at https://lestari.example/coffee.', at: at(13, 59) + 9_000, status: 'read', receipts: receipts(at(13, 59), 'queued', 'sent', 'delivered', 'read'), ref: 'wamid.HBgNNTI1NTU1NTA0NDcxFQIAERgSQjA' }),
  { id: 'e1', seq: ++seq, at: at(14, 1), what: 'hand-off', who: 'Barista', text: 'asked for a discount' },
  { id: 'e2', seq: ++seq, at: at(14, 2), what: 'taken', who: 'Ana' },
  message({ author: 'person', by: 'Ana', text: 'Moka grind, noted. And 10 % off since it is your third order.', quote: { id: 'm5', by: 'Rosa', text: 'can the ground one be for a moka pot' }, at: at(14, 4), status: 'delivered', receipts: receipts(at(14, 4), 'queued', 'sent', 'delivered'), ref: 'wamid.HBgNNTI1NTU1NTA0NDcxFQIAERgSQzE', key: 'key-1' }),
  message({ author: 'person', by: 'Ana', text: 'The invoice is attached.', at: at(14, 4) + 20_000, status: 'failed', receipts: [...receipts(at(14, 4), 'queued'), { status: 'failed', at: at(14, 4) + 22_000, note: 'Message undeliverable' }], problem: { sentence: 'Not delivered: this number is not on WhatsApp. Check the contact’s number.', whose: 'customer', code: '131026', deeds: ['again'] } }),
  message({ author: 'person', by: 'Ana', text: 'Did it arrive now?', at: at(14, 5), status: 'unknown', receipts: receipts(at(14, 5), 'queued', 'sending', 'unknown'), problem: { sentence: 'Not confirmed: the provider did not answer. Sending again may deliver it twice.', deeds: ['again'] } }),
  message({ author: 'contact', text: 'Great, thank you!', at: at(14, 5) + 30_000 }),
  message({ author: 'contact', text: 'Perfect, then I’ll take two bags', at: at(14, 6) }),
];

export const thread = (over: Partial<Thread> = {}): Thread => ({
  id: 'k1',
  contact: { name: 'Rosa Delgado', phone: '+52 55 5550 4471', language: 'Spanish', localTime: '01:08', consent: { value: 'in', at: at(9, 0), source: 'by message' }, since: at(9, 0, 90) },
  number: { ...sales, account: '+62 811 5550 221', channel: 'Meta', simulator: false },
  state: 'open',
  ai: false,
  holder: { kind: 'person', name: 'Ana', you: true },
  window: { state: 'open', until: NOW + 24 * HOUR - MIN },
  items,
  more: true,
  newFrom: 'm12',
  newCount: 2,
  unread: 2,
  composer: { state: { kind: 'free', until: NOW + 24 * HOUR - 2 * MIN }, key: 'k-0192', maxLength: 4096 },
  why: {
    agent: 'Barista', line: 1, answered: true, at: at(13, 59),
    steps: [
      { text: 'Sales, Inbound on, published v12', done: true, at: at(13, 59) },
      { text: '2 messages joined into one turn', done: true, ms: 1_400 },
      { text: 'Rule “price” matched: gayo, kintamani', done: true, ms: 4 },
      { text: 'Answered with one message', done: true, ms: 190 },
      { text: 'Silent since 14:01: Ana has it', done: false },
    ],
  },
  others: [{ id: 'k77', number: support, text: 'Grinder question', at: at(10, 0, 160), state: 'closed' }],
  ...over,
});

const phone: Phone = {
  number: test,
  business: 'Lestari Coffee',
  persona: { id: 'ana', name: 'Ana (test)', given: 'Ana (test)', known: '12025550147' },
  personas: [{ id: 'ana', name: 'Ana (test)', href: '?persona=ana' }, { id: 'budi', name: 'Budi (test)', href: '?persona=budi' }],
  messages: [
    message({ author: 'contact', text: 'Hi, is the Gayo available?', at: at(14, 8), status: 'read' }),
    message({ author: 'agent', by: 'Barista', text: 'Yes, 250 g is Rp 98,000. Shall I keep a bag for you?', kind: 'buttons', choices: [{ id: 'keep', title: 'Yes, keep one' }, { id: 'others', title: 'Show others' }], at: at(14, 8) + 900 }),
    message({ author: 'contact', text: 'Yes, keep one', kind: 'choice', at: at(14, 9), status: 'delivered' }),
  ],
  typing: true,
  conversation: 'k8',
  faults: [
    { key: 'window', armed: false, available: true }, { key: 'fails', armed: true, available: true }, { key: 'twice', armed: false, available: true },
    { key: 'bounces', armed: false, available: true }, { key: 'slow', armed: false, available: true }, { key: 'silent', armed: false, available: true }, { key: 'late', armed: true, available: true },
    { key: 'order', armed: false, available: true }, { key: 'stop', armed: false, available: true }, { key: 'nameless', armed: false, available: false },
  ],
};

const agentRow = (id: string, name: string, over: Partial<AgentRow>): AgentRow => ({ id, name, plugin: 'Rules', lamp: 'running', published: 12, numbers: [sales, test], ...over });
const agents: AgentRow[] = [
  agentRow('a1', 'Barista', { draft: 13 }),
  agentRow('a2', 'Help desk', { lamp: 'error', reason: 'Rule 4 has no answer', published: 3, numbers: [support] }),
  agentRow('a3', 'Night shift', { lamp: 'stopped', numbers: [] }),
];

const rules = `greeting:
  when: { words: [hi, hello, hola, halo] }
  say: "Hello {{name}}. What can I do for you?"
  buttons: [Opening hours, Order coffee, Talk to a person]
hours:
  when: { choice: Opening hours }
  say: We are open from 8 to 18, Monday to Saturday.
person:
  when: { choice: Talk to a person }
  handOff: asked for a person
`;

const metaFields: Field[] = [
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

const ways: ConnectPage['ways'] = [
  { value: 'connection:c1', title: 'Lestari WABA', note: 'Meta, 2 numbers' },
  { value: 'plugin:meta-cloud', title: 'Meta', note: 'New connection' },
  { value: 'plugin:simulator', title: 'Simulator', note: 'No account needed' },
  { value: 'plugin:twilio', title: 'Twilio', note: '', mark: 'recommended', disabled: 'Recommended, not installed yet' },
];

const connections: ConnectionRow[] = [
  { id: 'c1', name: 'Lestari WABA', channel: 'WhatsApp, Meta Cloud', lamp: 'running', numbers: [sales, wholesale], lastEventAt: NOW - 4_000 },
  { id: 'c2', name: 'Roastery events', channel: 'WhatsApp, Meta Cloud', lamp: 'stopped', numbers: [bandung] },
  { id: 'c3', name: 'Main account', channel: 'WhatsApp, Meta Cloud', lamp: 'error', numbers: [support], reason: 'Error validating access token: Session has expired on Tuesday, 03-Mar-26 04:00:00 PST.', lastEventAt: NOW - 12 * MIN },
  { id: 'c4', name: 'Test phones', channel: 'Simulator', lamp: 'running', numbers: [test], lastEventAt: NOW - 40 * MIN },
];

const templateFields: Field[] = [
  { name: 'name', label: 'Name', hint: 'Lower-case letters, digits and underscores.', required: true, input: { kind: 'text', value: '' } },
  { name: 'category', label: 'Category', required: true, input: { kind: 'choice', value: 'UTILITY', options: [{ value: 'UTILITY', label: 'Utility' }, { value: 'MARKETING', label: 'Marketing' }] } },
  { name: 'body', label: 'Text', required: true, input: { kind: 'long', value: 'Hello {{1}}', rows: 4 } },
  { name: 'button0Title', label: 'Title of button 1', required: false, advanced: true, input: { kind: 'text', value: '' } },
];

const connection = (tab: ConnectionDetail['tab']): ConnectionDetail => ({
  id: 'c3', name: 'Main account', channel: 'Meta Cloud', lamp: 'error', numbers: [support], tab, waiting: 18, version: 3, lastEventAt: NOW - 12 * MIN,
  deeds: { start: { possible: false, why: 'It is in error; restart it' }, stop: { possible: true }, restart: { possible: true } },
  failure: { said: 'Meta refused the access token: “Error validating access token: Session has expired”', at: at(13, 54), mend: 'Paste a new token and save.', field: 'accessToken' },
  doctor: {
    checkedAt: NOW - 20_000,
    lines: [
      { id: 'public-url', what: 'Public URL', state: 'ok', said: 'answers from outside in 84 ms.' },
      { id: 'token', what: 'Access token', state: 'broken', said: 'is not accepted. Meta: “Error validating access token” (190).', mend: 'Paste a new one.', field: 'accessToken' },
      { id: 'last-event', what: 'Last event', state: 'doubtful', said: 'came 12 min ago. Usually every 40 s.' },
      { id: 'number 1', what: 'Number', state: 'ok', said: '+1 415 555 0132 is registered.' },
      { id: 'templates', what: 'Templates', state: 'not-yet', said: 'can be compared once the token works.' },
      { id: 'subscription', what: 'Webhook subscription', state: 'broken', said: 'Events go to https://old.lestari.example/hook.', answered: 'override_callback_uri', mend: 'Subscribe here if they should come to this installation.' },
    ],
    subscribe: { label: 'Subscribe', clear: true },
    register: [{ ...support }],
  },
  fields: metaFields.map((field) => (field.input.kind === 'secret' ? { ...field, input: { ...field.input, stored: 'x9Qd' } } : field)),
  errors: {},
  handOff: [
    { label: 'Callback URL', value: 'https://chat.lestari.example/webhooks/q7v2m3n8p4x6' },
    { label: 'Verify token', value: 'vt_5b1f0c7d2e' },
    { label: 'Phone number ID', value: '108100000000001' },
  ],
  rejected: [
    { id: 'r1', at: NOW - 3 * MIN, cause: 'wrong-secret', from: '203.0.113.9', count: 14 },
    { id: 'r2', at: NOW - 3 * HOUR, cause: 'unsigned', from: '198.51.100.7', count: 1 },
  ],
  rejectedCount: 15,
  ...(tab === 'logs' && {
    logs: {
      filter: { level: 'info' as const },
      nextHref: '/app/lestari/settings/channels/c3?tab=logs&before=l5',
      rows: [
        { id: 'l1', at: NOW - 2_000, level: 'info' as const, text: 'It was restarted.', by: 'Ana', details: [] },
        { id: 'l2', at: NOW - 4_000, level: 'warn' as const, text: 'a message was not taken by the provider', details: [{ name: 'outcome', value: 'retry' }, { name: 'message', value: '0192f0c2-7b1e-7c3a-9d55-2c1f2a7b1e01' }] },
        { id: 'l3', at: NOW - 5_000, level: 'error' as const, text: 'It went into error: Meta refused the access token.', details: [] },
        { id: 'l4', at: NOW - 26 * HOUR, level: 'debug' as const, text: 'the templates were read', details: [{ name: 'seen', value: '14' }] },
      ],
    },
  }),
  ...(tab === 'templates' && {
    templates: {
      filter: {}, sync: true, create: true, delete: true, nextHref: '/app/lestari/settings/channels/c3?tab=templates&after=x',
      rows: (['approved', 'pending', 'rejected', 'paused', 'disabled', 'draft'] as const).map((status, n) => ({
        id: `t${n}`, name: `order_ready_${n}`, language: 'es_MX', status, category: 'UTILITY', text: 'Hola {{1}}, tu pedido {{2}} está listo.', updatedAt: NOW - n * HOUR,
        ...(status === 'rejected' && { reason: 'TAG_CONTENT_MISMATCH' }), ...(status === 'paused' && { quality: 'RED' }),
      })),
    },
  }),
  hasTemplates: true,
  proof: 'signed',
  rotate: { graceUntil: NOW + 3 * HOUR },
});

const delivery = (id: string, over: Partial<DeliveryRow>): DeliveryRow => ({
  id, at: NOW - 4_000, connection: { id: 'c1', name: 'Lestari WABA' }, state: 'processed', contents: { message: 1 }, bytes: 812, ...over,
});
const deliveries: DeliveryRow[] = [
  delivery('d1', { state: 'received', contents: {} }),
  delivery('d2', { at: NOW - 9_000, contents: { message: 2, status: 3 } }),
  delivery('d3', { at: NOW - 61_000, state: 'failed', contents: { message: 1 }, reason: 'The body is signed but is not JSON: Unexpected end of JSON input' }),
  delivery('d4', { at: NOW - 5 * MIN, contents: { status: 1 } }),
  delivery('d5', { at: NOW - 3 * DAY, contents: { echo: 1, ignored: 1 }, connection: { id: 'c4', name: 'Test phones' } }),
];

const body = JSON.stringify(
  { object: 'whatsapp_business_account', entry: [{ id: '102000000000001', changes: [{ field: 'messages', value: { messaging_product: 'whatsapp', metadata: { display_phone_number: '628115550221', phone_number_id: '108100000000001' }, contacts: [{ profile: { name: 'Rosa Delgado' }, wa_id: '525555504471' }], messages: [{ from: '525555504471', id: 'wamid.HBgN', timestamp: '1773299160', type: 'text', text: { body: 'Perfect, then I’ll take two bags' } }] } }] }] },
  null, 2,
);

const about: AboutPage = {
  version: '0.1.0', node: '24.21.0', database: 'SQLite 3.51, WAL', dataFolder: '/data', startedAt: NOW - 3 * DAY,
  plugins: [
    { name: 'meta-cloud', title: 'Meta Cloud', kind: 'channel', state: 'loaded' }, { name: 'simulator', title: 'Simulator', kind: 'channel', state: 'loaded' },
    { name: 'rules', title: 'Rules', kind: 'agent', state: 'loaded' }, { name: 'notifications', title: 'Notifications', kind: 'notifier', state: 'loaded' },
    { name: 'my-channel', title: 'my-channel', kind: 'channel', state: 'broken', problem: 'Written for contract 2; this version has contract 1.' },
  ],
};

const agentPage = (tab: AgentPage['tab']): AgentPage => ({
  agent: agents[0] ?? agentRow('a1', 'Barista', {}),
  tab,
  version: 4,
  fields: [
    { name: 'rules', label: 'Rules', hint: 'YAML, read from the top; the first rule that fits answers.', required: true, input: { kind: 'long', value: rules, rows: 12, code: true } },
    { name: 'fallback', label: 'When nothing fits', required: false, input: { kind: 'text', value: 'I did not understand. Shall I ask a person?' } },
    { name: 'handOffAfter', label: 'Hand over after this many misses', required: false, input: { kind: 'number', value: '2', min: 1, max: 10 } },
    { name: 'stopWords', label: 'Words that call a person', required: false, input: { kind: 'list', values: ['person', 'persona', 'orang'] } },
  ],
  errors: {},
  bindings: [
    { number: { ...sales, account: '+62 811 5550 221', channel: 'Meta', lamp: 'running' }, inbound: true, conversations: 1204 },
    { number: { ...support, account: '+1 415 555 0132', channel: 'Meta', lamp: 'error' }, inbound: false, takenBy: { id: 'a2', name: 'Help desk' }, conversations: 0 },
    { number: { ...bandung, account: '+62 22 5550 118', channel: 'Meta', lamp: 'stopped' }, inbound: false, conversations: 3 },
    { number: { ...test, account: 'sim:ana', channel: 'Simulator', lamp: 'running' }, conversations: 0 },
  ],
});

const inbox = (over: Partial<Views['inbox']> = {}): Views['inbox'] => ({ view: 'open', counts: { open: 1284, unread: 12, escalated: 3 }, rows, nextHref: '/app/lestari/inbox?after=k10', ...over });

/** One or more states of every page and fragment: [page, name of the state, data, what the chrome differs in]. */
export type Sample = { [K in keyof Views]: { page: K; name: string; data: Views[K]; chrome?: Partial<Chrome>; without?: ('tenant' | 'person' | 'may')[] } }[keyof Views];

const signedOut = { without: ['tenant', 'person', 'may'] as ('tenant' | 'person' | 'may')[] };
const roleAgent = { chrome: { may: { configure: false, deleteConversations: false, members: false }, person: { name: 'Dimas', email: 'dimas@lestari.example', role: 'agent' as const } } };
const timeZones = ['America/Mexico_City', 'Asia/Jakarta', 'Europe/Madrid', 'UTC'];
const setupValues = { workspace: 'Lestari Coffee', name: 'Ana Wijaya', email: 'ana@lestari.example', locale: 'en' as Locale, timeZone: 'Asia/Jakarta' };
const first = numbers[0] ?? card(sales, {});

export const samples: Sample[] = [
  { page: 'setup', name: 'fresh', data: { action: '/setup', values: setupValues, timeZones, errors: {} }, ...signedOut },
  { page: 'setup', name: 'errors', data: { action: '/setup', values: { ...setupValues, email: 'ana' }, timeZones, errors: { email: 'An address has an @, for example ana@lestari.example.', password: '12 characters or more.', form: 'Somebody created the organisation a moment ago.' } }, ...signedOut },
  { page: 'login', name: 'fresh', data: { email: '', state: 'fresh', next: '/app/lestari/whatsapp' }, ...signedOut },
  { page: 'login', name: 'wrong', data: { email: 'ana@lestari.example', state: 'wrong', triesLeft: 1 }, ...signedOut },
  { page: 'login', name: 'paused', data: { email: 'ana@lestari.example', state: 'paused', pausedUntil: NOW + MIN }, ...signedOut },
  { page: 'login', name: 'closed', data: { email: '', state: 'closed' }, ...signedOut },
  { page: 'problem', name: 'not-found', data: { kind: 'not-found', requestId: 'req-7f3a' } },
  { page: 'problem', name: 'no-permission', data: { kind: 'no-permission', requestId: 'req-7f3b', who: ['Ana Wijaya', 'Dimas'], page: 'Settings' }, ...roleAgent },
  { page: 'problem', name: 'failed', data: { kind: 'failed', requestId: 'req-7f3c' } },
  { page: 'problem', name: 'busy', data: { kind: 'busy', requestId: 'req-7f3e' } },
  { page: 'problem', name: 'setup-closed', data: { kind: 'setup-closed', requestId: 'req-7f3d' }, ...signedOut },
  { page: 'whatsapp', name: 'full', data: { numbers, recent: rows, open: 1284, inboxHref: '/app/lestari/inbox', checklist: [{ key: 'talk', done: true }, { key: 'connect', done: false, href: '/app/lestari/whatsapp/connect' }, { key: 'agent', done: true }, { key: 'invite', done: false, href: '/app/lestari/settings/members' }, { key: 'url', done: false, href: '/app/lestari/settings/about' }] }, chrome: { notice: { text: 'Jakarta pickup is connected.' } } },
  { page: 'whatsapp', name: 'first', data: { numbers: numbers.slice(4), recent: [], open: 0, inboxHref: '/app/lestari/inbox' } },
  { page: 'whatsapp', name: 'empty', data: { numbers: [], recent: [], open: 0, inboxHref: '/app/lestari/inbox' } },
  { page: 'whatsapp', name: 'role-agent', data: { numbers: [{ ...first, refused: 'An active number needs an agent.' }], recent: rows.slice(0, 3), open: 3, inboxHref: '/app/lestari/inbox' }, ...roleAgent },
  { page: 'whatsapp', name: 'role-agent-empty', data: { numbers: [], recent: [], open: 0, inboxHref: '/app/lestari/inbox' }, ...roleAgent },
  { page: 'connect', name: 'choose', data: { ways, fields: [], displayName: '', agents: choices, agent: '', active: true, errors: {}, line: 3 } },
  { page: 'connect', name: 'meta', data: { ways, way: 'plugin:meta-cloud', fields: metaFields, account: { label: 'Phone Number ID', value: '', hint: 'Digits, from WhatsApp → API Setup.' }, displayName: 'Jakarta pickup', agents: choices, agent: 'a1', active: true, handOff: { callbackUrl: 'https://chat.lestari.example/webhooks/q7v2m3n8p4x6', verifyToken: 'vt_5b1f0c7d2e' }, errors: {}, line: 3 } },
  { page: 'connect', name: 'refused', data: { ways, way: 'plugin:meta-cloud', fields: metaFields, account: { label: 'Phone Number ID', value: '1081', hint: 'Digits, from WhatsApp → API Setup.' }, displayName: 'Jakarta pickup', agents: choices, agent: '', active: true, errors: { account: 'A Phone Number ID has 15 or more digits, for example 108100000000001.', accessToken: 'Paste a token that has not expired.', agent: 'An active number needs an agent.', displayName: 'Type a name.', form: 'Nothing was saved.', way: 'This connection is stopped.' }, refusal: { who: 'Meta', said: 'Error validating access token: Session has expired on Tuesday' }, secrets: 'pasted', line: 3 } },
  { page: 'connect', name: 'offers', data: { ways, way: 'connection:c1', fields: [], account: { label: 'Phone Number ID', value: '108100000000003', offers: [{ value: '108100000000003', name: 'Jakarta pickup' }, { value: '108100000000004', name: 'Unnamed' }, { value: '108100000000001', name: 'Sales', taken: 'Sales' }] }, displayName: 'Jakarta pickup', agents: choices, agent: 'a1', active: true, errors: {}, secrets: 'kept', line: 3 } },
  { page: 'connect', name: 'no-agents', data: { ways, way: 'connection:c1', fields: [], account: { label: 'Number', value: '', offers: [] }, displayName: '', agents: [], agent: '', active: false, errors: {}, line: 3 } },
  { page: 'edit-number', name: 'full', data: { number: first, displayName: 'Sales', agents: choices, agent: 'a1', active: true, errors: {}, version: 2 } },
  { page: 'edit-number', name: 'errors', data: { number: first, displayName: '', agents: choices, agent: '', active: true, version: 2, errors: { displayName: 'Type a name.', agent: 'An active number needs an agent.', form: 'Somebody else changed this number.' } } },
  { page: 'delete-number', name: 'full', data: { number: first, conversations: 1204 } },
  { page: 'delete-number', name: 'one', data: { number: first, conversations: 1 } },
  { page: 'inbox', name: 'thread', data: inbox({ thread: thread() }) },
  { page: 'inbox', name: 'bot', data: inbox({ thread: thread({ ai: true, holder: { kind: 'agent', name: 'Barista' }, composer: { state: { kind: 'free', until: NOW + 2 * HOUR }, key: 'k2', text: 'Half written', error: 'The text is longer than 4,096 characters.', maxLength: 4096 } }) }) },
  { page: 'inbox', name: 'nobody', data: inbox({ thread: thread({ more: false, holder: { kind: 'nobody' }, composer: { state: { kind: 'free' }, key: 'k2', maxLength: 4096 }, others: [] }) }) },
  { page: 'inbox', name: 'details', data: inbox({ thread: thread({ holder: { kind: 'escalated', reason: 'asked for a person' } }), details: true }) },
  { page: 'inbox', name: 'list', data: inbox() },
  { page: 'inbox', name: 'empty', data: inbox({ rows: [], view: 'escalated' }), ...roleAgent },
  { page: 'inbox', name: 'search', data: inbox({ rows: [], search: 'zzz', number: sales }) },
  ...(['closed', 'waiting', 'opted-out', 'rate-capped', 'number-stopped', 'number-deleted', 'conversation-closed', 'conversation-archived'] as const).map(
    (kind): Sample => ({
      page: 'inbox', name: kind,
      data: inbox({
        thread: thread({
          ...(kind === 'conversation-closed' && { state: 'closed' as const }), ...(kind === 'conversation-archived' && { state: 'archived' as const }),
          window: { state: kind === 'waiting' ? 'waiting' : 'closed' }, composer: { state: { kind }, key: 'k3', maxLength: 4096 },
          items: [...items.slice(0, 3), { id: 'e9', seq: 90, at: at(18, 2, 1), what: 'window-closed' }],
          why: { agent: 'Barista', line: 1, answered: false, at: at(18, 2, 1), steps: [{ text: 'Sales, Inbound on, published v12', done: true, at: at(18, 2, 1) }, { text: 'Window closed: only templates can be sent', done: false }] },
        }),
      }),
    }),
  ),
  {
    page: 'inbox', name: 'kinds',
    data: inbox({
      thread: thread({
        contact: { name: 'User ID·7f3a', nameless: true, userId: 'US.13491208655302741918', since: at(9, 0, 3), consent: { value: 'out', at: at(9, 0, 3), source: 'STOP' } },
        items: [
          ...(['image', 'video', 'audio', 'voice', 'document', 'sticker', 'location', 'contacts', 'order', 'form', 'reaction', 'system', 'unsupported'] as const).map((kind, i) => message({ author: 'contact', kind, text: i === 0 ? 'With a caption' : '', note: kind === 'unsupported' ? 'poll' : 'something', at: at(13, i) })),
          message({ author: 'agent', by: 'Barista', kind: 'list', header: 'Coffee', footer: 'Prices with tax', text: 'Which one?', button: 'Choose', choices: [{ id: '1', title: 'Gayo', description: '250 g, Rp 98,000' }, { id: '2', title: 'Kintamani', description: '250 g, Rp 88,000' }], at: at(13, 20), status: 'sent', receipts: receipts(at(13, 20), 'queued', 'sent') }),
          message({ author: 'api', by: 'Shop', kind: 'template', text: 'Your order is on its way.', at: at(13, 21), status: 'queued', receipts: [] }),
          ...media.map((medium, i) => message({ author: i % 2 ? 'agent' : 'contact', kind: 'image', text: i === 1 ? 'With a caption' : '', media: { ...medium, id: `medium-${i}` }, at: at(13, 15), ...(i % 2 && { status: 'read' }) })),
          message({ author: 'contact', kind: 'location', text: 'Warehouse\nJl. Sudirman 1', place: { latitude: -6.2, longitude: 106.8 }, at: at(13, 16) }),
          message({ author: 'contact', text: 'As it reads now', marks: { reactions: ['👍', '🙏'], edited: { at: at(13, 18), was: 'As it was <b>before</b>' }, revokedAt: at(13, 19) }, at: at(13, 17) }),
          message({ author: 'api', kind: 'location-request', text: 'Where are you?', at: at(13, 21), status: 'cancelled' }),
          message({ author: 'phone', kind: 'link', text: 'https://lestari.example', at: at(13, 22), status: 'sending' }),
          ...(['taken', 'ai-on', 'ai-off', 'closed', 'archived', 'reopened', 'opted-out', 'opted-in'] as const).flatMap((what, i): ThreadItem[] => [{ id: `x${i}`, seq: 100 + i, at: at(13, 30), what }, { id: `y${i}`, seq: 120 + i, at: at(13, 30), what, who: 'Ana' }]),
          { id: 'z1', seq: 140, at: at(13, 31), what: 'fault', text: 'fails' }, { id: 'z2', seq: 141, at: at(13, 31), what: 'fault', who: 'Ana', text: 'twice' }, { id: 'z3', seq: 142, at: at(13, 32), what: 'hand-off' },
        ],
      }),
    }),
  },
  { page: 'send-template', name: 'list', data: { conversation: 'k1', name: 'Ana', key: 'key-of-page', fields: [], errors: {}, nextHref: '/app/lestari/whatsapp/k1/template?after=x', rows: [{ id: 't1', name: 'order_ready', language: 'en', text: 'Hello {{1}}, your order is ready.', needsFile: false }, { id: 't2', name: 'catalogue', language: 'id', text: 'Lihat', needsFile: true }] } },
  { page: 'send-template', name: 'empty', data: { conversation: 'k1', name: 'Ana', key: 'key-of-page', fields: [], errors: {}, rows: [] } },
  { page: 'send-template', name: 'filled', data: { conversation: 'k1', name: 'Ana', key: 'key-of-page', rows: [], chosen: { id: 't1', name: 'order_ready', language: 'en', text: 'Hello Ana, your order is ready.', filled: true }, errors: {}, fields: [{ name: 'variables.1', label: '1', required: true, input: { kind: 'text', value: 'Ana', maxLength: 1000 } }] } },
  { page: 'send-template', name: 'errors', data: { conversation: 'k1', name: 'Ana', key: 'key-of-page', rows: [], chosen: { id: 't1', name: 'order_ready', language: 'en', text: 'Hello {{1}}', filled: false }, errors: { form: 'Nothing was sent.', 'variables.1': 'Fill this in.' }, fields: [{ name: 'variables.1', label: '1', required: true, input: { kind: 'text', value: '', maxLength: 1000 } }] } },
  { page: 'delete-conversation', name: 'full', data: { thread: thread(), messages: 48 } },
  { page: 'delete-conversation', name: 'one', data: { thread: thread(), messages: 1 } },
  { page: 'simulator', name: 'full', data: { ...inbox({ thread: thread({ id: 'k8', contact: { name: 'Ana (test)', phone: '+1 555 0100', since: at(9, 0) }, number: { ...test, account: 'sim:ana', channel: 'Simulator', simulator: true }, ai: true, holder: { kind: 'agent', name: 'Barista' } }) }), phone } },
  { page: 'simulator', name: 'empty', data: { ...inbox({ rows: [] }), phone: { ...phone, messages: [], typing: false } } },
  { page: 'alerts', name: 'full', data: { show: 'all', unread: 2, nextHref: '/app/lestari/whatsapp/notifications?after=x', alerts: [
    { id: 'a1', kind: 'hand-off', text: 'Ingrid Halvorsen asked for a person', count: 1, at: at(13, 58), read: false, href: '/app/lestari/whatsapp/k2', contact: 'Ingrid Halvorsen', number: support },
    { id: 'a2', kind: 'failure', text: 'Meta refused the access token of Main account', count: 3, at: at(13, 54), read: false, href: '/app/lestari/settings/channels/c3' },
    { id: 'a3', kind: 'new-message', text: 'Hotel Tugu, purchasing wrote', count: 2, at: at(9, 12, 1), read: true, href: '/app/lestari/whatsapp/k4', contact: 'Hotel Tugu, purchasing', number: wholesale },
    { id: 'a4', kind: 'failure', text: 'A delivery could not be read', count: 1, at: at(9, 12, 40), read: true },
  ] } },
  { page: 'alerts', name: 'read', data: { show: 'unread', unread: 0, alerts: [] } },
  { page: 'alerts', name: 'none', data: { show: 'all', unread: 0, alerts: [] } },
  { page: 'agents', name: 'full', data: { agents } },
  { page: 'agents', name: 'empty', data: { agents: [] } },
  { page: 'agent', name: 'behaviour', data: agentPage('behaviour') },
  { page: 'agent', name: 'errors', data: { ...agentPage('behaviour'), agent: agents[1] ?? agentRow('a2', 'Help desk', {}), errors: { rules: 'Line 7: “sey” is not a word of a rule. Did you mean “say”?', form: 'Nothing was saved.' } } },
  { page: 'agent', name: 'channels', data: agentPage('channels') },
  { page: 'agent', name: 'stopped', data: { ...agentPage('channels'), agent: agents[2] ?? agentRow('a3', 'Night shift', {}), bindings: [] } },
  { page: 'agent', name: 'no-settings', data: { ...agentPage('behaviour'), fields: [] } },
  { page: 'channels', name: 'doctor', data: { connections, connection: connection('doctor') } },
  { page: 'channels', name: 'doctor-asks', data: { connections, connection: { ...connection('doctor'), doctor: { ...connection('doctor').doctor, lines: [{ id: 'subscription', what: 'Webhook subscription', state: 'ok', said: 'Events come here.' }], subscribe: { label: 'Subscribe', clear: true, overwrite: true }, register: [{ ...support, error: 'This does not have the right form: 000000 – 999999.' }] } } } },
  { page: 'channels', name: 'logs', data: { connections, connection: connection('logs') } },
  { page: 'channels', name: 'logs-none', data: { connections, connection: { ...connection('logs'), logs: { filter: { level: 'error', text: 'token' }, rows: [] } } } },
  { page: 'channels', name: 'logs-quiet', data: { connections, connection: { ...connection('logs'), logs: { filter: {}, rows: [] } } } },
  { page: 'channels', name: 'templates', data: { connections, connection: connection('templates') } },
  { page: 'channels', name: 'templates-none', data: { connections, connection: { ...connection('templates'), templates: { filter: {}, rows: [], sync: true, create: true, delete: false, error: 'Application request limit reached' } } } },
  { page: 'channels', name: 'templates-no-match', data: { connections, connection: { ...connection('templates'), templates: { filter: { status: 'paused', search: 'x' }, rows: [], sync: false, create: false, delete: false } } } },
  { page: 'channels', name: 'no-templates', data: { connections, connection: { ...connection('settings'), tab: 'templates', hasTemplates: false } } },
  { page: 'template', name: 'fresh', data: { connection: { id: 'c3', name: 'Main account' }, byHand: false, errors: {}, fields: templateFields } },
  { page: 'template', name: 'by-hand', data: { connection: { id: 'c3', name: 'Main account' }, byHand: true, errors: { name: 'Names are lower-case.', form: 'It was refused.' }, fields: templateFields } },
  { page: 'sign-in', name: 'ready', data: { plugin: 'meta-cloud', channel: 'Meta Cloud', attempt: { nonce: 'n', data: { appId: '1', configId: '2', version: 'v25.0', sdkUrl: 'https://connect.facebook.net/en_US/sdk.js', messageOrigins: 'https://www.facebook.com' } } } },
  { page: 'sign-in', name: 'refused', data: { plugin: 'meta-cloud', channel: 'Meta Cloud', error: 'Meta’s code was used already.', attempt: { nonce: 'n', data: { appId: '1', configId: '2', version: 'v25.0', sdkUrl: 'https://connect.facebook.net/en_US/sdk.js', messageOrigins: 'https://www.facebook.com' } } } },
  { page: 'sign-in', name: 'missing', data: { plugin: 'meta-cloud', channel: 'Meta Cloud', missing: 'Meta App ID and App Secret are not configured on the server' } },
  { page: 'channels', name: 'settings', data: { connections, connection: connection('settings') } },
  { page: 'channels', name: 'settings-errors', data: { connections, connection: { ...connection('settings'), errors: { accessToken: 'Paste a token that has not expired.', apiBaseUrl: 'A base URL begins with https://.', form: 'Nothing was saved.' } } } },
  { page: 'channels', name: 'hand-off', data: { connections, connection: connection('hand-off') } },
  { page: 'channels', name: 'rejected', data: { connections, connection: connection('rejected') } },
  { page: 'channels', name: 'all-causes', data: { connections, connection: { ...connection('rejected'), rejected: (['unsigned', 'wrong-secret', 'other-url', 'rewritten-body', 'not-configured', 'unknown-key'] as const).map((cause, i) => ({ id: `r${i}`, at: NOW, cause, count: 1 })) } } },
  { page: 'channels', name: 'quiet', data: { connections, connection: { id: 'c2', name: 'Roastery events', channel: 'Meta Cloud', lamp: 'stopped', numbers: [], tab: 'doctor', waiting: 2, version: 1, deeds: { start: { possible: true }, stop: { possible: false }, restart: { possible: false } }, fields: [], errors: {}, handOff: [], rejected: [], rejectedCount: 0 } } },
  { page: 'channels', name: 'quiet-hand-off', data: { connections, connection: { id: 'c4', name: 'Test phones', channel: 'Simulator', lamp: 'running', numbers: [test], tab: 'hand-off', waiting: 0, version: 1, deeds: { start: { possible: false }, stop: { possible: true }, restart: { possible: true } }, fields: [], errors: {}, handOff: [], rejected: [], rejectedCount: 0 } } },
  { page: 'channels', name: 'quiet-rejected', data: { connections, connection: { id: 'c4', name: 'Test phones', channel: 'Simulator', lamp: 'running', numbers: [test], tab: 'rejected', waiting: 0, version: 1, deeds: { start: { possible: false }, stop: { possible: true }, restart: { possible: true } }, fields: [], errors: {}, handOff: [], rejected: [], rejectedCount: 0 } } },
  { page: 'channels', name: 'list', data: { connections } },
  { page: 'channels', name: 'empty', data: { connections: [] } },
  { page: 'deliveries', name: 'full', data: { deliveries, counts: { received: 1, processed: 48_210, failed: 2 }, filter: {}, connections: [{ id: 'c1', name: 'Lestari WABA' }, { id: 'c4', name: 'Test phones' }], nextHref: '/app/lestari/settings/deliveries?after=d5' } },
  { page: 'deliveries', name: 'filtered', data: { deliveries: [], counts: { received: 0, processed: 3, failed: 0 }, filter: { state: 'failed', connection: 'c1' }, connections: [{ id: 'c1', name: 'Lestari WABA' }] } },
  { page: 'deliveries', name: 'empty', data: { deliveries: [], counts: { received: 0, processed: 0, failed: 0 }, filter: {}, connections: [] } },
  { page: 'delivery', name: 'failed', data: { delivery: deliveries[2] ?? delivery('d3', {}), method: 'POST', headers: [{ name: 'content-type', value: 'application/json' }, { name: 'x-hub-signature-256', value: 'sha256=…' }], body, cut: true, conversations: [{ id: 'k1', contact: 'Rosa Delgado' }], processedAt: NOW - 60_000 } },
  { page: 'delivery', name: 'received', data: { delivery: deliveries[0] ?? delivery('d1', {}), method: 'POST', headers: [], body: 'not json', conversations: [] } },
  { page: 'members', name: 'full', data: { members: [
    { id: 'u1', name: 'Ana Wijaya', email: 'ana@lestari.example', role: 'owner', lastSeenAt: NOW - 20_000, you: true }, { id: 'u2', name: 'Dimas', email: 'dimas@lestari.example', role: 'admin', lastSeenAt: NOW - 3 * HOUR },
    { id: 'u3', name: 'Sari', email: 'sari@lestari.example', role: 'contributor', lastSeenAt: NOW - 3 * DAY }, { id: 'u4', name: 'Tom', email: 'tom@lestari.example', role: 'agent' },
  ] } },
  { page: 'about', name: 'full', data: { ...about } },
  { page: 'about', name: 'public', data: { ...about, publicUrl: 'https://chat.lestari.example' } },
  { page: 'profile', name: 'full', data: { person: { name: 'Ana Wijaya', email: 'ana@lestari.example', role: 'owner' }, locales: ['en', 'es', 'id'], errors: {}, logins: [
    { id: 'l1', browser: 'Firefox · Linux', address: '192.0.2.7', createdAt: NOW - 3 * HOUR, lastSeenAt: NOW - MIN, current: true },
    { id: 'l2', browser: 'Safari · iOS', address: '2001:db8::7', createdAt: NOW - 2 * DAY, lastSeenAt: NOW - 5 * HOUR, current: false },
    { id: 'l3', browser: '', address: '192.0.2.9', createdAt: NOW - 3 * DAY, lastSeenAt: NOW - 11 * HOUR, current: false },
  ] } },
  { page: 'profile', name: 'refused', data: { person: { name: 'Ana Wijaya', email: 'ana@lestari.example', role: 'agent' }, locales: ['en', 'es', 'id'], errors: { current: 'This is not your password.', password: 'Use at least 12 characters.' }, logins: [] } },
  { page: 'styleguide', name: 'full', data: {} },
  { page: 'parts/live', name: 'inbox', data: { rows: rows.slice(0, 2), rowsAre: 'inbox', counts: { open: 3, unread: 1 }, filter: { view: 'open' }, alerts: 3, thread: { ...thread(), tail: items.slice(-2), before: items.at(-3) ?? { id: 'e', seq: 1, at: NOW, what: 'closed' }, changed: items.slice(9, 11).filter((item) => 'author' in item) } } },
  { page: 'parts/live', name: 'whatsapp', data: { rows: rows.slice(0, 2), rowsAre: 'recent', numbers: numbers.slice(0, 2), alerts: 0 } },
  { page: 'parts/live', name: 'phone', data: { phone } },
  { page: 'parts/older', name: 'more', data: { id: 'k1', items: items.slice(0, 3), more: true, name: 'Rosa Delgado' } },
  { page: 'parts/older', name: 'last', data: { id: 'k1', items: items.slice(0, 1), more: false, name: 'Rosa Delgado' } },
];

/** The chrome of a sample in a language. */
export function chromeOf(sample: Sample, over: Partial<Chrome> = {}): Chrome {
  const made = chrome({ ...sample.chrome, ...over });
  for (const key of sample.without ?? []) delete made[key];
  if (sample.without) delete made.alerts;
  return made;
}
