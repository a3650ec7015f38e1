/** What a delivery says beside messages and statuses: kept for people and replays, and taken to heart where it concerns something here. */
import { List, type Sql } from '../db/sql.ts';
import type { ConnectionEntry } from '../directory.ts';
import { uuid } from '../ids.ts';
import type { Notice } from '../live.ts';
import type { Event } from '../plugin/contract/event.ts';
import type { Runtime } from '../runtime.ts';
import { raiseAlerts, type Happened } from './alerts.ts';
import { noteConsents } from './consent.ts';
import type { RoutedEvent } from './parse.ts';
import { changeIdentities } from './people.ts';
import { lockConversations, saveConversations } from './rows.ts';
import { stopConnections } from './settle.ts';
import { syncTemplatesBy } from './templates.ts';

/** `stopped`: the connection is in ERROR now, and the directory must be read again. */
export async function storeEvents(sql: Sql, runtime: Runtime, connection: ConnectionEntry, events: readonly RoutedEvent[]): Promise<{ notices: Notice[]; stopped: boolean }> {
  if (events.length === 0) return { notices: [], stopped: false };
  const written = await sql.insert<{ event_id: string }>(
    'provider_event',
    ['id', 'tenant_id', 'connection_id', 'delivery_id', 'event_id', 'kind', 'account', 'at', 'payload'],
    events.map(({ event, deliveryId }) => {
      const { id, kind, account, at, ...payload } = event;
      return [uuid(), connection.tenantId, connection.id, deliveryId, id, kind, account?.slice(0, 255) ?? null, at, JSON.stringify(payload)];
    }),
    { conflict: 'on conflict (connection_id, event_id) do nothing', returning: 'event_id' },
  );
  // Each takes effect once: what was replayed may have been overtaken since.
  const ids = new Set(written.map((row) => row.event_id));
  const fresh = events.map(({ event }) => event).filter((event) => ids.delete(event.id));
  const of = <K extends Event['kind']>(kind: K) => fresh.filter((event): event is Event & { kind: K } => event.kind === kind);
  const now = runtime.clock.now();
  await changeIdentities(sql, connection, of('identity'), now);
  await noteConsents(sql, connection, of('consent'), now);
  await noteTemplates(sql, connection, of('template'), now);
  const notices = await handOver(sql, runtime, connection, of('holder'));
  const stops = of('account').filter((event) => event.severity === 'stop').slice(-1);
  await stopConnections(sql, stops.map(({ said }) => ({ id: connection.id, tenantId: connection.tenantId, reason: { said } })), now);
  const failures = of('account').filter((event) => event.severity !== 'info');
  const occurrences = failures.map(({ at, said }): Happened => ({ kind: 'failure', at, connection: connection.id, heldBy: 'people', words: { said } }));
  const stopped = stops.length > 0;
  const lines: Notice[] = stopped ? [{ tenantId: connection.tenantId, numbers: true }] : [];
  return { notices: [...notices, ...lines, ...(await raiseAlerts(sql, runtime, connection.tenantId, occurrences))], stopped };
}

/** What is said of a template holds at once; of one that is not known here the provider is asked. */
async function noteTemplates(sql: Sql, connection: ConnectionEntry, events: readonly (Event & { kind: 'template' })[], now: number): Promise<void> {
  let unknown = false;
  for (const { template, status, quality, category, reason } of events) {
    const said = Object.entries({ status, quality, category, reason: reason ?? (status === undefined ? undefined : null) }).filter(([, value]) => value !== undefined);
    const set = [...said, ['updated_at', now]] as [string, string | number | null][];
    const known = await sql.run(`update template set ${set.map(([column]) => `${column} = ?`).join(', ')} where connection_id = ? and provider_id = ?`, [...set.map(([, value]) => value), connection.id, template]);
    unknown ||= known === 0;
  }
  if (unknown && connection.channel?.templates) await syncTemplatesBy(sql, [connection], now, now);
}

/** Whoever holds a thread at the provider holds it here: the agent keeps out while it is a person, and has it back afterwards. */
async function handOver(sql: Sql, runtime: Runtime, connection: ConnectionEntry, events: readonly (Event & { kind: 'holder' })[]): Promise<Notice[]> {
  const last = new Map(events.map((event) => [event.thread, event.holder]));
  if (last.size === 0) return [];
  const numbers = runtime.directory.numbersOf(connection.id).map((number) => number.id);
  // By number, so that the index of open conversations serves.
  const open = await sql.all<{ id: string }>(`select id from conversation where ${sql.in('number_id')} and state = 'open' and ${sql.in('thread', 'text')}`, [new List(numbers), new List([...last.keys()])]);
  const changed = [...(await lockConversations(sql, open.map((row) => row.id))).values()].filter((c) => Boolean(c.ai) !== (last.get(c.thread ?? '') === 'bot'));
  for (const conversation of changed) {
    // What came in while people had it was theirs to answer.
    if (conversation.ai) conversation.ai = false;
    else Object.assign(conversation, { ai: true, turn_seq: conversation.last_seq, assignee_id: null, escalated_at: null, escalation: null });
  }
  await saveConversations(sql, changed);
  const taken = changed.filter((c) => !c.ai).map((c) => c.id);
  if (taken.length > 0) await sql.run(`update session set ended_at = ?, outcome = 'people' where ${sql.in('conversation_id')} and ended_at is null`, [runtime.clock.now(), new List(taken)]);
  return changed.map((c): Notice => ({ tenantId: c.tenant_id, conversation: c.id }));
}
