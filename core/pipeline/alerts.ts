/** What happened becomes alerts, as the notifier plugins decide; told again while unread, it raises the count. */
import type { Sql, Value } from '../db/sql.ts';
import { uuid } from '../ids.ts';
import type { AlertDraft, Occurrence } from '../plugin/contract/notifier.ts';
import type { Notice } from '../live.ts';
import type { Runtime } from '../runtime.ts';

export async function raiseAlerts(sql: Sql, runtime: Runtime, tenantId: string, occurrences: readonly Occurrence[]): Promise<Notice[]> {
  const drafts = new Map<string, { draft: AlertDraft; occurrence: Occurrence; count: number }>();
  for (const occurrence of occurrences) {
    for (const { notifier, settings } of runtime.notifiers) {
      for (const draft of notifier.alerts?.(occurrence, settings) ?? []) {
        drafts.set(draft.key, { draft, occurrence, count: (drafts.get(draft.key)?.count ?? 0) + 1 });
      }
    }
  }
  if (drafts.size === 0) return [];
  await sql.insert(
    'alert',
    ['id', 'tenant_id', 'kind', 'key', 'conversation_id', 'text', 'count', 'at'],
    [...drafts.values()].map(({ draft, occurrence, count }): Value[] => [
      uuid(), tenantId, draft.kind, draft.key.slice(0, 255), occurrence.conversation ?? null, draft.text, count, occurrence.at,
    ]),
    { conflict: 'on conflict (tenant_id, key) where read_at is null do update set count = alert.count + excluded.count, at = excluded.at, text = excluded.text' },
  );
  return [{ tenantId, alerts: true }];
}
