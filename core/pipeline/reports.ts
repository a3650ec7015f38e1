/** Statuses that the provider reports: appended once each, then the message moves forward, or waits to be known. */
import { List, type Sql, type Value } from '../db/sql.ts';
import type { ConnectionEntry } from '../directory.ts';
import { uuid } from '../ids.ts';
import type { Notice } from '../live.ts';
import type { Event, ReportedStatus } from '../plugin/contract/event.ts';
import { makeReady } from '../queue/queue.ts';
import type { Runtime } from '../runtime.ts';
import { raiseAlerts, type Happened } from './alerts.ts';
import { failureWords } from './failure-words.ts';
import type { RoutedEvent } from './parse.ts';
import { fromJson, lockConversations } from './rows.ts';
import { settle, type MessageStatus } from './status.ts';

type Report = Event & { kind: 'status' };

export interface SettledMessage {
  id: string;
  conversation_id: string;
  status: MessageStatus;
  provider_ref: string | null;
}

/**
 * A report by an id that nobody knows waits for the send that will know it, and a send that learns its ids looks for what waits: were
 * both to look before the other is written, neither would find anything, and the report waited for ever. So they exclude each other.
 * What gives our own ref back needs none of that.
 */
export const holdForReports = (sql: Sql, reports: ReadonlyMap<ConnectionEntry, readonly RoutedEvent[]>): Promise<void> =>
  sql.hold([...reports].flatMap(([{ id }, routed]) => (routed.every(({ event }) => event.kind === 'status' && event.ref) ? [] : [namedFor(id)])), 'alone');

export const holdForRefs = (sql: Sql, refs: readonly Ref[]): Promise<void> => sql.hold([...new Set(refs.map(({ connectionId }) => namedFor(connectionId)))], 'together');

const namedFor = (connectionId: string) => `refs of ${connectionId}`;

export async function settleReports(sql: Sql, runtime: Runtime, connection: ConnectionEntry, routed: readonly RoutedEvent[]): Promise<Notice[]> {
  const reports = await onlyNew(sql, connection.id, routed);
  if (reports.length === 0) return [];
  const messages = await messagesOf(sql, connection.id, reports.map((r) => r.event));
  const now = runtime.clock.now();
  const changed = new Map<string, Moved>();
  const move = (message: SettledMessage, report: ReportedStatus, error: string | null) => {
    const status = settle(message.status, report);
    if (status === message.status) return;
    changed.set(message.id, { message, was: changed.get(message.id)?.was ?? message.status, error });
    message.status = status;
  };
  const receipts: Value[][] = [];
  const learned: Ref[] = [];
  for (const { event, deliveryId } of reports) {
    const message = (event.ref && messages.get(event.ref)) || event.refs.map((ref) => messages.get(ref)).find((m) => m !== undefined);
    const error = event.error ? JSON.stringify(event.error) : null;
    const receipt = (eventId: string, ref: string): Value[] => [
      uuid(), connection.tenantId, connection.id, deliveryId, message?.id ?? null, eventId, ref.slice(0, 512), event.status, event.at, error, event.price ? JSON.stringify(event.price) : null,
    ];
    receipts.push(receipt(event.id, event.refs[0] ?? event.ref ?? ''));
    // Nobody knows yet under which of its ids it will be known: it waits under each.
    if (!message) receipts.push(...event.refs.slice(1, mostRefs).map((ref, n) => receipt(`${event.id}${further}${n + 1}`, ref)));
    if (!message) continue;
    message.provider_ref ??= event.refs[0] ?? null;
    for (const ref of event.refs.slice(0, mostRefs)) {
      if (ref === message.provider_ref || messages.has(ref)) continue;
      messages.set(ref, message);
      learned.push({ connectionId: connection.id, tenantId: connection.tenantId, ref, messageId: message.id });
    }
    move(message, event.status, error);
  }
  await sql.insert('receipt', ['id', 'tenant_id', 'connection_id', 'delivery_id', 'message_id', 'event_id', 'ref', 'status', 'at', 'error', 'price'], receipts, {
    conflict: 'on conflict (connection_id, event_id) do nothing',
  });
  await learnRefs(sql, learned);
  for (const { message, status, error } of await useParked(sql, learned, messages)) move(message, status, error);
  await applyStatuses(sql, [...changed.values()].map(({ message, error }) => ({ ...message, error })), now);
  await goOn(sql, [...changed.values()].filter(({ was }) => was === 'unknown').map(({ message }) => message.id), now);
  const failures: Happened[] = [...changed.values()]
    .filter(({ message }) => message.status === 'failed')
    .map(({ message, error }) => ({ kind: 'failure', at: now, conversation: message.conversation_id, connection: connection.id, heldBy: 'people', words: error === null ? { code: 'not-delivered' } : failureWords(connection.channel, fromJson(error), runtime.log) }));
  const notices = [...changed.values()].map(({ message }): Notice => ({ tenantId: connection.tenantId, conversation: message.conversation_id }));
  return [...notices, ...(await raiseAlerts(sql, runtime, connection.tenantId, failures))];
}

interface Moved {
  message: SettledMessage;
  was: MessageStatus;
  error: string | null;
}

async function onlyNew(sql: Sql, connectionId: string, routed: readonly RoutedEvent[]): Promise<{ event: Report; deliveryId: string }[]> {
  const once = new Map<string, { event: Report; deliveryId: string }>();
  for (const { event, deliveryId } of routed) if (event.kind === 'status' && !once.has(event.id)) once.set(event.id, { event, deliveryId });
  if (once.size === 0) return [];
  const known = await sql.all<{ event_id: string }>(`select event_id from receipt where connection_id = ? and ${sql.in('event_id', 'text')}`, [connectionId, new List([...once.keys()])]);
  for (const row of known) once.delete(row.event_id);
  return [...once.values()];
}

/** Ids that one report may bring along for one message. */
const mostRefs = 4;
/** Marks the further rows of a report that waits under several ids. */
const further = ' also ';
const firstOf = (eventId: string) => eventId.replace(/ also \d$/, '');

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Whose conversations these reports will lock, where locks are taken row by row. */
export async function conversationsOfReports(sql: Sql, reports: ReadonlyMap<ConnectionEntry, readonly RoutedEvent[]>): Promise<string[]> {
  if (!sql.forUpdate) return [];
  const ids: string[] = [];
  for (const [{ id }, routed] of reports) ids.push(...(await idsOf(sql, id, routed.flatMap(({ event }) => (event.kind === 'status' ? [event] : [])))).ids);
  if (ids.length === 0) return [];
  const rows = await sql.all<{ conversation_id: string }>(`select distinct conversation_id from message where ${sql.in('id')}`, [new List(ids)]);
  return rows.map((row) => row.conversation_id);
}

/** By our ref where the provider gives it back, else by any of its own ids. Conversations are locked before messages, as everywhere. */
async function messagesOf(sql: Sql, connectionId: string, reports: readonly Report[]): Promise<Map<string, SettledMessage>> {
  const { ids, byRef } = await idsOf(sql, connectionId, reports);
  const found = await lockMessages(sql, [...ids]);
  for (const [ref, id] of byRef) {
    const message = found.get(id);
    if (message) found.set(ref, message);
  }
  return found;
}

async function idsOf(sql: Sql, connectionId: string, reports: readonly Report[]): Promise<{ ids: Set<string>; byRef: Map<string, string> }> {
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
  return { ids, byRef };
}

/** One more id by which the provider knows a message. */
export interface Ref {
  connectionId: string;
  tenantId: string;
  ref: string;
  messageId: string;
}

/** So that a report with any of them settles the message. */
export async function learnRefs(sql: Sql, refs: readonly Ref[]): Promise<void> {
  await sql.insert('message_ref', ['connection_id', 'ref', 'tenant_id', 'message_id'], refs.map(({ connectionId, ref, tenantId, messageId }) => [connectionId, ref.slice(0, 512), tenantId, messageId]), { conflict: 'on conflict do nothing' });
}

interface ParkedRow {
  id: string;
  connection_id: string;
  event_id: string;
  ref: string;
  status: ReportedStatus;
  error: string | null;
}

/** What reports said that came before anybody knew whose these ids are. They belong to their messages now. */
export async function useParked(sql: Sql, refs: readonly Ref[], messages: ReadonlyMap<string, SettledMessage>): Promise<{ message: SettledMessage; status: ReportedStatus; error: string | null }[]> {
  if (refs.length === 0) return [];
  const connections = new List([...new Set(refs.map((r) => r.connectionId))]);
  const found = await sql.all<ParkedRow>(
    `select id, connection_id, event_id, ref, status, error from receipt where ${sql.in('connection_id')} and ${sql.in('ref', 'text')} and message_id is null order by id`,
    [connections, new List(refs.map((r) => r.ref.slice(0, 512)))],
  );
  const of = new Map(refs.map((r) => [`${r.connectionId} ${r.ref.slice(0, 512)}`, r]));
  const used = found.flatMap((row) => {
    const ref = of.get(`${row.connection_id} ${row.ref}`);
    const message = ref && messages.get(ref.messageId);
    return ref && message ? [{ row, ref, message, first: firstOf(row.event_id) }] : [];
  });
  await sql.update('receipt', ['connection_id', 'event_id'], ['message_id'], used.map(({ row, ref, first }) => [row.connection_id, first, ref.messageId]));
  await forgetFurther(sql, used);
  return used.map(({ row, message }) => ({ message, status: row.status, error: row.error }));
}

/** A report that waited under several ids is one report; its other ids are the message's, too. */
async function forgetFurther(sql: Sql, used: readonly { row: ParkedRow; ref: Ref; first: string }[]): Promise<void> {
  const ids = used.flatMap(({ first }) => [first, ...Array.from({ length: mostRefs - 1 }, (_, n) => `${first}${further}${n + 1}`)]);
  if (ids.length === 0) return;
  const rows = await sql.all<{ id: string; event_id: string; ref: string; connection_id: string }>(
    `select id, event_id, ref, connection_id from receipt where ${sql.in('connection_id')} and ${sql.in('event_id', 'text')}`,
    [new List([...new Set(used.map(({ row }) => row.connection_id))]), new List([...new Set(ids)])],
  );
  const refs = rows.flatMap((row) => {
    const by = used.find(({ row: { connection_id }, first }) => connection_id === row.connection_id && first === firstOf(row.event_id));
    return by && row.ref !== by.ref.ref ? [{ ...by.ref, ref: row.ref }] : [];
  });
  await learnRefs(sql, refs);
  const others = rows.filter((row) => row.event_id !== firstOf(row.event_id));
  if (others.length > 0) await sql.run(`delete from receipt where ${sql.in('id')}`, [new List(others.map((row) => row.id))]);
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
