/** The shop that all samples are of: its day, its numbers, and the frame of its pages. */
import type { Views } from '../../../core/admin/views.ts';
import type { Chrome, NumberName } from '../../../core/admin/views/every-page.ts';

export const NOW = Date.UTC(2026, 2, 12, 7, 8, 30);
export const MIN = 60_000;
export const HOUR = 60 * MIN;
export const DAY = 24 * HOUR;
export const at = (hour: number, minute: number, days = 0): number => Date.UTC(2026, 2, 12 - days, hour - 7, minute); // Asia/Jakarta is UTC+7

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

export const sales: NumberName = { id: 'n1', name: 'Sales', line: 1 };
export const support: NumberName = { id: 'n2', name: 'Support', line: 4 };
export const wholesale: NumberName = { id: 'n3', name: 'Wholesale', line: 5 };
export const bandung: NumberName = { id: 'n4', name: 'Bandung shop', line: 2 };
export const test: NumberName = { id: 'n5', name: 'Test phone', line: 6 };

/** One or more states of every page and fragment: [page, name of the state, data, what the chrome differs in]. */
export type Sample = { [K in keyof Views]: { page: K; name: string; data: Views[K]; chrome?: Partial<Chrome>; without?: ('tenant' | 'person' | 'may')[] } }[keyof Views];

export const signedOut = { without: ['tenant', 'person', 'may'] as ('tenant' | 'person' | 'may')[] };
export const roleAgent = { chrome: { may: { configure: false, deleteConversations: false, members: false }, person: { name: 'Dimas', email: 'dimas@lestari.example', role: 'agent' as const } } };
