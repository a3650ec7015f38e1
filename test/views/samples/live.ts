/** Fragments: what keeps a page up to date. */
import { rows } from './inbox.ts';
import { numbers } from './numbers.ts';
import { NOW, type Sample } from './shop.ts';
import { phone } from './simulator.ts';
import { items, thread } from './thread.ts';

export const liveSamples: Sample[] = [
  { page: 'parts/live', name: 'inbox', data: { rows: rows.slice(0, 2), rowsAre: 'inbox', counts: { open: 3, unread: 1 }, filter: { view: 'open' }, alerts: 3, thread: { ...thread(), tail: items.slice(-2), before: items.at(-3) ?? { id: 'e', seq: 1, at: NOW, what: 'closed' }, changed: items.slice(9, 11).filter((item) => 'author' in item) } } },
  { page: 'parts/live', name: 'whatsapp', data: { rows: rows.slice(0, 2), rowsAre: 'recent', numbers: numbers.slice(0, 2), alerts: 0 } },
  { page: 'parts/live', name: 'phone', data: { phone } },
  { page: 'parts/older', name: 'more', data: { id: 'k1', items: items.slice(0, 3), more: true, name: 'Rosa Delgado' } },
  { page: 'parts/older', name: 'last', data: { id: 'k1', items: items.slice(0, 1), more: false, name: 'Rosa Delgado' } },
];
