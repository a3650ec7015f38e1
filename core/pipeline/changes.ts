/** What happens to a message afterwards: somebody reacts, edits, takes it back. It is kept with the message that it is about. */
import type { MessageChanges } from '../db/entities/conversations.ts';
import { List, type Sql, type Value } from '../db/sql.ts';
import type { ConnectionEntry } from '../directory.ts';
import { uuid } from '../ids.ts';
import type { Notice } from '../live.ts';
import type { Event } from '../plugin/contract/event.ts';
import type { Json } from '../plugin/contract/plugin.ts';
import { preview, textOf } from './content.ts';
import { ignore, nobody, type RoutedEvent } from './parse.ts';
import { identifying } from './people.ts';
import { fromJson, lockConversations } from './rows.ts';

type Change = Event & { kind: 'change' };

interface Applied {
  notices: Notice[];
  /** Of messages that are not here, or not theirs to change: shown as what they are, in rows of their own. */
  strangers: RoutedEvent[];
  /** The same, by nobody who could have a conversation to show them in: ignored events, with the reason. */
  nameless: RoutedEvent[];
}

export async function applyChanges(sql: Sql, connection: ConnectionEntry, routed: readonly RoutedEvent[]): Promise<Applied> {
  const nameless = await namelessIn(sql, routed);
  const fresh = await onlyNew(sql, connection, routed.filter((one) => !nameless.includes(one)));
  const ignored = nameless.map((one) => ignore(one, nobody));
  if (fresh.length === 0) return { notices: [], strangers: [], nameless: ignored };
  const targets = await targetsOf(sql, fresh);
  const changed = new Map<string, Target>();
  const strangers: RoutedEvent[] = [];
  for (const { routedEvent, event } of fresh) {
    const target = targets.get(event.of);
    if (!target || !mayChange(event, target)) strangers.push(routedEvent);
    else if (change(target, event)) changed.set(target.id, target);
  }
  const rows = [...changed.values()];
  await sql.update('message', ['id'], ['content', 'text', 'changes'], rows.map((m) => [m.id, JSON.stringify(m.content), m.text, JSON.stringify(m.changes)]));
  await sql.update('conversation', ['id', 'last_message_id'], ['last_text'], rows.map((m) => [m.conversation_id, m.id, preview(m.text)]));
  const notices = [...new Set(rows.map((m) => m.conversation_id))].map((conversation): Notice => ({ tenantId: connection.tenantId, conversation }));
  return { notices, strangers, nameless: ignored };
}

/** Whoever wrote them cannot be recognised, and there is nothing here that they change. */
async function namelessIn(sql: Sql, routed: readonly RoutedEvent[]): Promise<RoutedEvent[]> {
  const unknown = routed.flatMap((routedEvent) => (routedEvent.event.kind === 'change' && identifying(routedEvent.event.from).length === 0 ? [{ routedEvent, event: routedEvent.event }] : []));
  if (unknown.length === 0) return [];
  const targets = await targetsOf(sql, unknown);
  return unknown.flatMap(({ routedEvent, event }) => {
    const target = targets.get(event.of);
    return target && mayChange(event, target) ? [] : [routedEvent];
  });
}

interface Fresh {
  routedEvent: RoutedEvent;
  event: Change;
}

/** Each counts once for ever: a replay must not bring back a reaction that was taken away since. The new text is not kept here, only with the message. */
async function onlyNew(sql: Sql, connection: ConnectionEntry, routed: readonly RoutedEvent[]): Promise<Fresh[]> {
  const once = new Map<string, Fresh>();
  for (const routedEvent of routed) if (routedEvent.event.kind === 'change') once.set(routedEvent.event.id, { routedEvent, event: routedEvent.event });
  if (once.size === 0) return [];
  const rows = [...once.values()].map(({ routedEvent: { deliveryId }, event: { id, account, at, of, change } }): Value[] => [
    uuid(), connection.tenantId, connection.id, deliveryId, id, 'change', account?.slice(0, 255) ?? null, at, JSON.stringify({ of, change }),
  ]);
  const written = await sql.insert<{ event_id: string }>('provider_event', ['id', 'tenant_id', 'connection_id', 'delivery_id', 'event_id', 'kind', 'account', 'at', 'payload'], rows, {
    conflict: 'on conflict (connection_id, event_id) do nothing', returning: 'event_id',
  });
  return written.flatMap((row) => once.get(row.event_id) ?? []);
}

interface TargetRow {
  id: string;
  conversation_id: string;
  author: string;
  kind: string;
  content: string;
  text: string;
  changes: string | null;
}

interface Target extends Omit<TargetRow, 'content' | 'changes'> {
  content: Record<string, Json>;
  changes: MessageChanges;
}

/** By the provider's id, whoever wrote the message. Locked after its conversation, as everywhere. */
async function targetsOf(sql: Sql, changes: readonly Fresh[]): Promise<Map<string, Target>> {
  const connections = new List([...new Set(changes.flatMap(({ routedEvent }) => routedEvent.number?.connectionId ?? []))]);
  const refs = new List([...new Set(changes.map(({ event }) => event.of))]);
  const at = await sql.all<{ id: string; ref: string; conversation_id: string }>(
    `select id, event_id as ref, conversation_id from message where ${sql.in('connection_id')} and ${sql.in('event_id', 'text')} and event_id is not null union all ` +
      `select id, provider_ref as ref, conversation_id from message where ${sql.in('connection_id')} and ${sql.in('provider_ref', 'text')} and provider_ref is not null and event_id is null union all ` +
      `select m.id, r.ref, m.conversation_id from message_ref r join message m on m.id = r.message_id where ${sql.in('r.connection_id')} and ${sql.in('r.ref', 'text')}`,
    [connections, refs, connections, refs, connections, refs],
  );
  if (at.length === 0) return new Map();
  if (sql.forUpdate) await lockConversations(sql, at.map((row) => row.conversation_id));
  const rows = await sql.all<TargetRow>(
    `select id, conversation_id, author, kind, content, text, changes from message where ${sql.in('id')} order by id${sql.forUpdate}`,
    [new List([...new Set(at.map((row) => row.id))])],
  );
  const messages = new Map(rows.map((row): [string, Target] => [row.id, { ...row, content: fromJson(row.content), changes: row.changes === null ? {} : fromJson(row.changes) }]));
  return new Map(at.flatMap(({ ref, id }): [string, Target][] => {
    const message = messages.get(id);
    return message ? [[ref, message]] : [];
  }));
}

/** Anything may be reacted to; only what was written out there can be edited or taken back out there. */
function mayChange(event: Change, target: Target): boolean {
  return event.change === 'reaction' || target.author === 'contact' || target.author === 'phone';
}

/** False when something newer happened already. */
function change(target: Target, event: Change): boolean {
  const { changes } = target;
  if (event.change === 'reaction') {
    if ((changes.reactions?.contact?.at ?? 0) > event.at) return false;
    const { contact: _, ...others } = changes.reactions ?? {};
    changes.reactions = event.emoji ? { ...others, contact: { emoji: event.emoji, at: event.at } } : others;
    return true;
  }
  if (event.change === 'revoke') {
    changes.revoked ??= { at: event.at };
    return true;
  }
  if ((changes.edited?.at ?? 0) > event.at || !event.content) return false;
  const text = textOf(event.content);
  changes.edited = { at: event.at, was: changes.edited?.was ?? target.text };
  target.text = text;
  target.content = { ...target.content, ...(target.kind === 'text' ? { text } : { caption: text }) };
  return true;
}
