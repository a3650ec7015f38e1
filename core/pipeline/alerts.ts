/** What happened becomes alerts, as the notifier plugins decide; told again while unread, it raises the count. */
import type { Sql, Value } from '../db/sql.ts';
import { uuid } from '../ids.ts';
import { keep, sayWords, type Words } from '../kept-words.ts';
import type { AlertDraft, Occurrence } from '../plugin/contract/notifier.ts';
import type { Locale } from '../plugin/contract/plugin.ts';
import type { Plugins } from '../plugin/load.ts';
import type { Notice } from '../live.ts';
import type { Runtime } from '../runtime.ts';

/** What went wrong, and why people are asked, is given as words that everybody can be told in their language; what a contact said, as it was said. */
export type Happened = Omit<Occurrence, 'text'> & ({ kind: 'failure' | 'hand-off'; words: Words } | { kind: 'new-message'; text: string });

/** As long as a notifier keeps a text whole. */
const longest = 500;

/** For what befell several tenants: their rows, too, are locked in one order. */
export async function raiseAlertsOfAll(sql: Sql, runtime: Runtime, told: readonly { tenantId: string; occurrence: Happened }[]): Promise<Notice[]> {
  const notices: Notice[] = [];
  const of = Map.groupBy(told, ({ tenantId }) => tenantId);
  for (const [tenantId, those] of [...of].sort(([a], [b]) => (a < b ? -1 : 1))) notices.push(...(await raiseAlerts(sql, runtime, tenantId, those.map(({ occurrence }) => occurrence))));
  return notices;
}

/** Notifiers read the tenant's language: what they keep as it is, or tell outside, nobody translates any more. */
export async function raiseAlerts(sql: Sql, runtime: Runtime, tenantId: string, happened: readonly Happened[]): Promise<Notice[]> {
  const drafts = new Map<string, { draft: AlertDraft; occurrence: Occurrence; count: number; words: Words | undefined }>();
  const locale = runtime.directory.tenant(tenantId)?.locale ?? 'en';
  for (const one of happened) {
    const { occurrence, words } = told(one, locale, runtime.plugins.all);
    for (const { notifier, settings } of runtime.notifiers) {
      for (const draft of notifier.alerts?.(occurrence, settings) ?? []) {
        drafts.set(draft.key, { draft, occurrence, words: draft.kind === 'new-message' ? undefined : draft.text === occurrence.text && words ? words : { said: draft.text }, count: (drafts.get(draft.key)?.count ?? 0) + 1 });
      }
    }
  }
  if (drafts.size === 0) return [];
  await sql.insert(
    'alert',
    ['id', 'tenant_id', 'kind', 'key', 'conversation_id', 'text', 'count', 'at'],
    // In one order: the same rows are raised by many.
    [...drafts.values()].sort((a, b) => (a.draft.key < b.draft.key ? -1 : 1)).map(({ draft, occurrence, words, count }): Value[] => [
      uuid(), tenantId, draft.kind, draft.key.slice(0, 255), occurrence.conversation ?? null, words ? keep(words) : draft.text, count, occurrence.at,
    ]),
    { conflict: 'on conflict (tenant_id, key) where read_at is null do update set count = alert.count + excluded.count, at = excluded.at, text = excluded.text' },
  );
  return [{ tenantId, alerts: true }];
}

function told(happened: Happened, locale: Locale, plugins: Plugins['all']): { occurrence: Occurrence; words?: Words } {
  if (!('words' in happened)) return { occurrence: happened };
  const { words, ...rest } = happened;
  return { words, occurrence: { ...rest, text: sayWords([words], locale, plugins).slice(0, longest).toWellFormed() } };
}
