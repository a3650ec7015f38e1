/** The list of conversations, and each state of an open one. */
import type { Views } from '../../../core/admin/views.ts';
import type { NumberName } from '../../../core/admin/views/every-page.ts';
import type { Row } from '../../../core/admin/views/inbox.ts';
import type { ThreadItem } from '../../../core/admin/views/thread.ts';
import { HOUR, MIN, NOW, at, bandung, roleAgent, sales, support, test, wholesale, type Sample } from './shop.ts';
import { items, media, message, receipts, thread } from './thread.ts';

const row = (id: string, name: string, number: NumberName, over: Partial<Row>): Row => ({
  id, contact: { name }, number, lastMessageAt: over.last?.at ?? NOW, unread: 0, holder: { kind: 'agent', name: 'Barista' }, window: { state: 'open', until: NOW + 20 * HOUR }, state: 'open', ...over,
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

export const inbox = (over: Partial<Views['inbox']> = {}): Views['inbox'] => ({ view: 'open', counts: { open: 1284, unread: 12, escalated: 3 }, rows, nextHref: '/app/lestari/inbox?after=k10', ...over });

export const inboxSamples: Sample[] = [
  { page: 'inbox', name: 'thread', data: inbox({ thread: thread() }) },
  { page: 'inbox', name: 'bot', data: inbox({ thread: thread({ ai: true, holder: { kind: 'agent', name: 'Barista' }, composer: { state: { kind: 'free', until: NOW + 2 * HOUR }, key: 'k2', text: 'Half written', error: 'Nothing was sent: a file cannot go like this.', files: [{ id: 'u2', kind: 'image', name: 'menu.jpg', bytes: 240_000, picture: true }, { kind: 'video', name: 'tour.mov', bytes: 90_000_000, problem: 'It has 90 MB; the channel takes at most 16.8 MB for this kind of file.' }, { kind: 'document', name: 'offer.pdf', bytes: 1_200_000 }], maxLength: 4096 } }) }) },
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
  { page: 'delete-conversation', name: 'full', data: { thread: thread(), messages: 48 } },
  { page: 'delete-conversation', name: 'one', data: { thread: thread(), messages: 1 } },
];
