/** Messages that came in, once each, in their conversations; then the turns that they ask for. */
import { List, type Sql, type Value } from '../db/sql.ts';
import type { ConnectionEntry, NumberEntry } from '../directory.ts';
import { uuid } from '../ids.ts';
import type { Notice } from '../live.ts';
import type { Content } from '../plugin/contract/content.ts';
import type { Event, Identity } from '../plugin/contract/event.ts';
import type { Json } from '../plugin/contract/plugin.ts';
import { enqueue, laneOf, nothingEnqueued, type Enqueued, type NewJob } from '../queue/queue.ts';
import type { Runtime } from '../runtime.ts';
import { raiseAlerts, type Happened } from './alerts.ts';
import { preview, textOf } from './content.ts';
import { lineKey, openConversations } from './conversations.ts';
import { mediaIn, wantMedia, type WantedMedia } from './media.ts';
import type { RoutedEvent } from './parse.ts';
import { contactsOf, identifying } from './people.ts';
import { saveConversations, type ConversationRow } from './rows.ts';

type Inbound = Event & { kind: 'message' | 'echo' | 'change' };
interface Arrival {
  event: Inbound;
  deliveryId: string;
  number: NumberEntry;
}

/** `others` are conversations that this transaction locks afterwards: all are locked together, in the one order. */
export async function storeMessages(sql: Sql, runtime: Runtime, connection: ConnectionEntry, routed: readonly RoutedEvent[], others: readonly string[] = []): Promise<{ notices: Notice[]; enqueued: Enqueued }> {
  const { arrivals, understood } = await sorted(sql, routed.flatMap(asArrival));
  if (arrivals.length === 0 && understood.length === 0) return { notices: [], enqueued: nothingEnqueued };
  const now = runtime.clock.now();
  const better = await understand(sql, understood);
  const people = arrivals.map(({ event }) => ({ identities: whoIs(event), ...('name' in event && { name: event.name }) }));
  const contacts = await contactsOf(sql, connection.tenantId, connection.pluginName, people, now);
  const lines = arrivals.map(({ event, number }, n) => ({ number, contactId: contacts[n] ?? '', thread: 'thread' in event ? event.thread : undefined }));
  const conversations = await openConversations(sql, lines, now, runtime.options.reopenMs, others);

  const rows: Value[][] = [];
  const turns = new Map<string, NewJob>();
  const wanted: WantedMedia[] = understood.flatMap((arrival) => mediumOf(arrival, arrival.id));
  const occurrences: Happened[] = [];
  arrivals.forEach((arrival, n) => {
    const conversation = conversations.get(lineKey(arrival.number.id, contacts[n] ?? ''));
    if (!conversation) throw new Error('a conversation that was just opened is not there');
    const message = toMessage(arrival, conversation, now);
    rows.push(message.row);
    note(conversation, arrival.event, message, now);
    wanted.push(...mediumOf(arrival, message.id));
    if (!asksForTurn(arrival.event)) return;
    const agent = arrival.number.inbound && runtime.directory.agent(arrival.number.inbound.agentId);
    if (agent && conversation.ai) {
      turns.set(conversation.id, { tenantId: connection.tenantId, lane: laneOf.turns(conversation.id), kind: 'turn', ref: conversation.id, readyAt: now + agent.joinMs });
    }
    occurrences.push({
      kind: 'new-message', at: now, conversation: conversation.id, contact: conversation.contact_id, number: arrival.number.id,
      heldBy: agent && conversation.ai ? 'agent' : 'people', text: preview(message.text),
    });
  });

  await sql.insert('message', messageColumns, rows, { conflict: 'on conflict (connection_id, event_id) where event_id is not null do nothing' });
  await saveConversations(sql, conversations.values());
  const { held, left } = await enqueue(sql, [...turns.values()], now, runtime.fence());
  // Never held here: what is to be fetched waits for whoever has room for it.
  const media = await enqueue(sql, await wantMedia(sql, wanted, now), now);
  const notices: Notice[] = [...better, ...[...conversations.values()].map((c) => ({ tenantId: c.tenant_id, conversation: c.id, seq: c.last_seq }))];
  notices.push(...(await raiseAlerts(sql, runtime, connection.tenantId, occurrences)));
  return { notices, enqueued: { held, left: left + media.left } };
}

function mediumOf({ event, number }: Arrival, messageId: string): WantedMedia[] {
  const medium = event.kind === 'change' ? undefined : mediaIn(event.content);
  return medium ? [{ tenantId: number.tenantId, connectionId: number.connectionId, messageId, ...medium }] : [];
}

function asArrival({ event, deliveryId, number }: RoutedEvent): Arrival[] {
  return number && (event.kind === 'message' || event.kind === 'echo' || event.kind === 'change') ? [{ event, deliveryId, number }] : [];
}

function whoIs(event: Inbound): Identity[] {
  return identifying(event.kind === 'echo' ? event.to : event.from);
}

interface Sorted {
  arrivals: Arrival[];
  /** Messages that are here as unsupported, and that the plugin can read by now. */
  understood: (Arrival & { id: string })[];
}

/** Deliveries repeat: what is here already, or twice in this batch, is done. */
async function sorted(sql: Sql, all: readonly Arrival[]): Promise<Sorted> {
  const once = new Map<string, Arrival>();
  for (const arrival of all) if (!once.has(arrival.event.id)) once.set(arrival.event.id, arrival);
  if (once.size === 0) return { arrivals: [], understood: [] };
  const known = await sql.all<{ id: string; event_id: string; kind: string }>(
    `select id, event_id, kind from message where ${sql.in('connection_id')} and ${sql.in('event_id', 'text')} and event_id is not null`,
    [new List([...new Set(all.map(({ number }) => number.connectionId))]), new List([...once.keys()])],
  );
  const understood: Sorted['understood'] = [];
  for (const row of known) {
    const arrival = once.get(row.event_id);
    if (arrival && row.kind === 'unsupported' && arrival.event.kind !== 'change' && arrival.event.content.kind !== 'unsupported') understood.push({ ...arrival, id: row.id });
    once.delete(row.event_id);
  }
  return { arrivals: [...once.values()], understood };
}

/** The plugin has learned since: the message stays where it is and says what it said. It is no longer answered by itself. */
async function understand(sql: Sql, understood: Sorted['understood']): Promise<Notice[]> {
  if (understood.length === 0) return [];
  const rows = understood.map(({ id, event }): Value[] => [id, event.kind === 'change' ? event.change : event.content.kind, JSON.stringify(contentOf(event)), textOfStored(event)]);
  await sql.update('message', ['id'], ['kind', 'content', 'text'], rows);
  const at = await sql.all<{ id: string; conversation_id: string; tenant_id: string }>(`select id, conversation_id, tenant_id from message where ${sql.in('id')}`, [new List(understood.map(({ id }) => id))]);
  const kinds = new Map(rows.map(([id, kind, , text]) => [id, [kind ?? '', preview(String(text))] as const]));
  await sql.update('conversation', ['id', 'last_message_id'], ['last_kind', 'last_text'], at.map((row) => [row.conversation_id, row.id, ...(kinds.get(row.id) ?? ['', ''])]));
  return at.map((row): Notice => ({ tenantId: row.tenant_id, conversation: row.conversation_id }));
}

const messageColumns = [
  'id', 'tenant_id', 'conversation_id', 'connection_id', 'number_id', 'contact_id', 'seq', 'author', 'kind', 'content', 'text', 'status', 'status_at',
  'provider_ref', 'event_id', 'reply_to', 'attempts', 'delivery_id', 'at', 'created_at',
] as const;

interface NewMessage {
  id: string;
  row: Value[];
  text: string;
  kind: string;
  author: 'contact' | 'phone' | 'person' | 'agent';
}

function toMessage({ event, deliveryId, number }: Arrival, conversation: ConversationRow, now: number): NewMessage {
  const id = uuid();
  const seq = ++conversation.last_seq;
  const content = contentOf(event);
  const author = event.kind === 'echo' ? (event.by === 'bot' ? 'agent' : event.by) : 'contact';
  const text = textOfStored(event);
  const kind = event.kind === 'change' ? event.change : event.content.kind;
  const status = event.kind === 'echo' ? 'sent' : 'received';
  const replyTo = event.kind === 'message' ? (event.replyTo ?? null) : null;
  const row = [
    id, conversation.tenant_id, conversation.id, number.connectionId, number.id, conversation.contact_id, seq, author, kind, JSON.stringify(content), text, status,
    now, event.id, event.id, replyTo?.slice(0, 512) ?? null, 0, deliveryId, event.at, now,
  ];
  return { id, row, text, kind, author };
}

function contentOf(event: Inbound): Json | Content {
  if (event.kind === 'change') return { kind: event.change, of: event.of, ...(event.emoji !== undefined && { emoji: event.emoji }), ...(event.content && { text: textOf(event.content) }) };
  if (event.kind === 'echo') return event.content;
  const { forwarded, referral, errors } = event;
  return { ...event.content, ...(forwarded && { forwarded }), ...(referral && { referral }), ...(errors && { errors }) };
}

function textOfStored(event: Inbound): string {
  if (event.kind !== 'change') return textOf(event.content);
  return event.emoji ?? (event.content ? textOf(event.content) : '');
}

/** The conversation as lists show it, after this message. */
function note(conversation: ConversationRow, event: Inbound, message: NewMessage, now: number): void {
  conversation.last_message_at = now;
  conversation.last_message_id = message.id;
  conversation.last_text = preview(message.text);
  conversation.last_kind = message.kind;
  conversation.last_author = message.author;
  conversation.last_status = event.kind === 'echo' ? 'sent' : 'received';
  if (event.kind !== 'change' && event.thread !== undefined) conversation.thread = event.thread.slice(0, 255);
  if (event.kind === 'echo') {
    // Somebody wrote from the phone: that is a person's reply, and the agent keeps out of it.
    if (event.by !== 'bot') conversation.ai = false;
    return;
  }
  conversation.unread++;
  if (event.kind !== 'message') return;
  conversation.last_inbound_at = Math.max(conversation.last_inbound_at ?? 0, event.at);
  conversation.template_at = null;
}

/** A reaction, an edit or a change of number is not something to answer. */
function asksForTurn(event: Inbound): boolean {
  return event.kind === 'message' && event.content.kind !== 'reaction' && event.content.kind !== 'system';
}
