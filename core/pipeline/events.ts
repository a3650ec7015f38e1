/** What a delivery says beside messages and statuses is kept for people, for replays and for what learns to use it. */
import type { Sql } from '../db/sql.ts';
import type { ConnectionEntry } from '../directory.ts';
import { uuid } from '../ids.ts';
import type { Notice } from '../live.ts';
import type { Occurrence } from '../plugin/contract.ts';
import type { Runtime } from '../runtime.ts';
import { raiseAlerts } from './alerts.ts';
import type { RoutedEvent } from './parse.ts';

export async function storeEvents(sql: Sql, runtime: Runtime, connection: ConnectionEntry, events: readonly RoutedEvent[]): Promise<Notice[]> {
  if (events.length === 0) return [];
  const written = await sql.insert<{ event_id: string }>(
    'provider_event',
    ['id', 'tenant_id', 'connection_id', 'delivery_id', 'event_id', 'kind', 'account', 'at', 'payload'],
    events.map(({ event, deliveryId }) => {
      const { id, kind, account, at, ...payload } = event;
      return [uuid(), connection.tenantId, connection.id, deliveryId, id, kind, account?.slice(0, 255) ?? null, at, JSON.stringify(payload)];
    }),
    { conflict: 'on conflict (connection_id, event_id) do nothing', returning: 'event_id' },
  );
  const fresh = new Set(written.map((row) => row.event_id));
  const occurrences: Occurrence[] = [];
  for (const { event } of events) {
    if (event.kind !== 'account' || event.severity === 'info' || !fresh.has(event.id)) continue;
    occurrences.push({ kind: 'failure', at: event.at, connection: connection.id, heldBy: 'people', text: event.said });
  }
  return raiseAlerts(sql, runtime, connection.tenantId, occurrences);
}
