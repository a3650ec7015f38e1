/** One conversation with something of everything. */
import type { Medium, Message, MessageStatus, Thread, ThreadItem } from '../../../core/admin/views/thread.ts';
import { HOUR, MIN, NOW, at, sales, support } from './shop.ts';

let seq = 0;

/** A medium in each way in which a thread draws one. */
export const media: Omit<Medium, 'id'>[] = [
  { as: 'picture', state: 'stored', name: 'photo.jpg', mime: 'image/jpeg', bytes: 240_000, width: 320, height: 200, mp4: false, retry: false },
  { as: 'film', state: 'stored', name: 'film.mp4', mime: 'video/mp4', bytes: 4_000_000, width: 320, height: 180, durationMs: 9_000, mp4: false, retry: false },
  { as: 'sound', state: 'stored', name: 'voice.ogg', mime: 'audio/ogg', bytes: 12_000, durationMs: 4_200, mp4: true, retry: false },
  { as: 'file', state: 'stored', name: 'A name of a document that is rather long and <b>bold</b>.pdf', mime: 'application/pdf', bytes: 1_400_000, mp4: false, retry: false },
  { as: 'file', state: 'missing', name: 'photo.jpg', mime: 'image/jpeg', mp4: false, retry: false },
  { as: 'file', state: 'missing', name: 'photo.jpg', mime: 'image/jpeg', why: 'The provider answered 500.', mp4: false, retry: true },
  { as: 'file', state: 'gone', name: 'old.pdf', mime: 'application/pdf', why: 'The provider no longer has it.', mp4: false, retry: true },
];

export const message = (over: Partial<Message> & Pick<Message, 'author' | 'text' | 'at'>): Message => ({ id: `m${++seq}`, seq, kind: 'text', ...over });
export const receipts = (from: number, ...statuses: MessageStatus[]) => statuses.map((status, i) => ({ status, at: from + i * 1_400 }));

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
