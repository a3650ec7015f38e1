/** Statuses that the provider reports: appended once each, then the message moves forward, or waits to be known. */
import { List, type Sql, type Value } from '../db/sql.ts';
import type { ConnectionEntry } from '../directory.ts';
import { uuid } from '../ids.ts';
import type { Notice } from '../live.ts';
import type { Event, Occurrence } from '../plugin/contract.ts';
import { makeReady } from '../queue/queue.ts';
import type { Runtime } from '../runtime.ts';
import { raiseAlerts } from './alerts.ts';
import type { RoutedEvent } from './parse.ts';
import { lockConversations } from './rows.ts';
import { settle, type MessageStatus } from './status.ts';

type Report = Event & { kind: 'status' };

export interface SettledMessage {
  id: string;
  conversation_id: string;
  status: MessageStatus;
  provider_ref: string | null;
}

export async function settleReports(sql: Sql, runtime: Runtime, connection: ConnectionEntry, routed: readonly RoutedEvent[]): Promise<Notice[]> {
  const reports = await onlyNew(sql, connection.id, routed);
  if (reports.length === 0) return [];
  const messages = await messagesOf(sql, connection.id, reports.map((r) => r.event));
  const now = runtime.clock.now();
  const changed = new Map<string, { message: SettledMessage; was: MessageStatus; report: Report }>();
  const receipts: Value[][] = [];
  for (const { event, deliveryId } of reports) {
    const message = (event.ref && messages.get(event.ref)) || event.refs.map((ref) => messages.get(ref)).find((m) => m !== undefined);
    receipts.push([
      uuid(), connection.tenantId, connection.id, deliveryId, message?.id ?? null, event.id, (event.refs[0] ?? event.ref ?? '').slice(0, 512), event.status, event.at,
      event.error ? JSON.stringify(event.error) : null, event.price ? JSON.stringify(event.price) : null,
    ]);
    if (!message) continue;
    const was = changed.get(message.id)?.was ?? message.status;
    const status = settle(message.status, event.status);
    message.provider_ref ??= event.refs[0] ?? null;
    if (status === message.status) continue;
    message.status = status;
    changed.set(message.id, { message, was, report: event });
  }
  await sql.insert('receipt', ['id', 'tenant_id', 'connection_id', 'delivery_id', 'message_id', 'event_id', 'ref', 'status', 'at', 'error', 'price'], receipts, {
    conflict: 'on conflict (connection_id, event_id) do nothing',
  });
  await applyStatuses(sql, [...changed.values()].map(({ message, report }) => ({ ...message, error: report.error ? JSON.stringify(report.error) : null })), now);
  await goOn(sql, [...changed.values()].filter(({ was }) => was === 'unknown').map(({ message }) => message.id), now);
  const failures: Occurrence[] = [...changed.values()]
    .filter(({ message }) => message.status === 'failed')
    .map(({ message, report }) => ({ kind: 'failure', at: now, conversation: message.conversation_id, connection: connection.id, heldBy: 'people', text: report.error?.said ?? '' }));
  const notices = [...changed.values()].map(({ message }): Notice => ({ tenantId: connection.tenantId, conversation: message.conversation_id }));
  return [...notices, ...(await raiseAlerts(sql, runtime, connection.tenantId, failures))];
}

async function onlyNew(sql: Sql, connectionId: string, routed: readonly RoutedEvent[]): Promise<{ event: Report; deliveryId: string }[]> {
  const once = new Map<string, { event: Report; deliveryId: string }>();
  for (const { event, deliveryId } of routed) if (event.kind === 'status' && !once.has(event.id)) once.set(event.id, { event, deliveryId });
  if (once.size === 0) return [];
  const known = await sql.all<{ event_id: string }>(`select event_id from receipt where connection_id = ? and ${sql.in('event_id', 'text')}`, [connectionId, new List([...once.keys()])]);
  for (const row of known) once.delete(row.event_id);
  return [...once.values()];
}

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** By our ref where the provider gives it back, else by any of its own ids. Conversations are locked before messages, as everywhere. */
async function messagesOf(sql: Sql, connectionId: string, reports: readonly Report[]): Promise<Map<string, SettledMessage>> {
  const ours = reports.flatMap((r) => (r.ref && uuidForm.test(r.ref) ? [r.ref] : []));
  const ids = new Set<string>();
  const byRef = new Map<string, string>();
  if (ours.length > 0) {
    const rows = await sql.all<{ id: string }>(`select id from message where connection_id = ? and ${sql.in('id')} and event_id is null`, [connectionId, new List(ours)]);
    for (const row of rows) ids.add(row.id);
  }
  const theirs = reports.filter((r) => !r.ref || !ids.has(r.ref)).flatMap((r) => r.refs);
  if (theirs.length > 0) {
    const list = new List([...new Set(theirs)]);
    const rows = await sql.all<{ id: string; ref: string }>(
      `select id, provider_ref as ref from message where connection_id = ? and ${sql.in('provider_ref', 'text')} and provider_ref is not null and event_id is null`,
      [connectionId, list],
    );
    const more = rows.length === theirs.length ? [] : await sql.all<{ id: string; ref: string }>(`select message_id as id, ref from message_ref where connection_id = ? and ${sql.in('ref', 'text')}`, [connectionId, list]);
    for (const row of [...rows, ...more]) {
      ids.add(row.id);
      byRef.set(row.ref, row.id);
    }
  }
  const found = await lockMessages(sql, [...ids]);
  for (const [ref, id] of byRef) {
    const message = found.get(id);
    if (message) found.set(ref, message);
  }
  return found;
}

/** Locks messages for a change of status, after their conversations. */
export async function lockMessages(sql: Sql, ids: readonly string[]): Promise<Map<string, SettledMessage>> {
  if (ids.length === 0) return new Map();
  const list = new List(ids);
  if (sql.forUpdate) {
    const of = await sql.all<{ conversation_id: string }>(`select distinct conversation_id from message where ${sql.in('id')}`, [list]);
    await lockConversations(sql, of.map((row) => row.conversation_id));
  }
  const rows = await sql.all<SettledMessage>(`select id, conversation_id, status, provider_ref from message where ${sql.in('id')} order by id${sql.forUpdate}`, [list]);
  return new Map(rows.map((row) => [row.id, row]));
}

/** Writes the new statuses of messages, and shows them where the message is its conversation's last. */
export async function applyStatuses(sql: Sql, messages: readonly (SettledMessage & { error: string | null })[], now: number): Promise<void> {
  await sql.update('message', ['id'], ['status', 'status_at', 'provider_ref', 'error'], messages.map((m) => [m.id, m.status, now, m.provider_ref?.slice(0, 512) ?? null, m.error]));
  await sql.update('conversation', ['id', 'last_message_id'], ['last_status'], messages.map((m) => [m.conversation_id, m.id, m.status]));
}

/** A send that waited to be known need wait no longer. */
async function goOn(sql: Sql, messageIds: readonly string[], now: number): Promise<void> {
  if (messageIds.length === 0) return;
  const rows = await sql.all<{ lane: string }>(`update job set ready_at = ? where kind = 'send' and ${sql.in('ref')} returning lane`, [now, new List(messageIds)]);
  await makeReady(sql, new Map(rows.map((row) => [row.lane, now])));
}
