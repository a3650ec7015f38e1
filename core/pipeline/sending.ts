/** Marks a message as sending, or finds out why it may not go yet or at all: one commit over the heads of many lanes. */
import type { Step } from '../db/commit.ts';
import type { Author } from '../db/entities/conversations.ts';
import { List, type Sql } from '../db/sql.ts';
import type { ConnectionEntry, NumberEntry } from '../directory.ts';
import { uuid } from '../ids.ts';
import type { Outgoing } from '../plugin/contract/channel.ts';
import type { OutContent } from '../plugin/contract/content.ts';
import type { Json } from '../plugin/contract/plugin.ts';
import { finish, postpone, release, stillHeld, type HeldLane, type JobRow } from '../queue/queue.ts';
import type { Runtime } from '../runtime.ts';
import { raiseAlertsOfAll, type Happened } from './alerts.ts';
import { addressed } from './compose.ts';
import { addressKey, optedOut } from './consent.ts';
import { eligible, type Purpose, type Refused } from './eligibility.ts';
import { heldBy } from './held.ts';
import { keeperOf, movedOn, numberPaces, openAt, paceOf, type NumberPaces } from './pace.ts';
import { fromJson, identitiesOf } from './rows.ts';

/** Travels with the job, so that the worker can hold back a connection without asking the database. */
interface SendPayload {
  connection: string;
  /** When its number has a place for it; see the pace of sending. */
  place?: number;
}

/** What a lane's next send must pass; see the turnstile. */
export const gateOf = ({ jobs: [first] }: HeldLane): string => (first ? payloadOf(first).connection : '');

export const payloadOf = (job: JobRow): SendPayload => (job.payload === null ? { connection: '' } : fromJson<SendPayload>(job.payload));

export interface SentMessage {
  id: string;
  tenantId: string;
  conversationId: string;
  connectionId: string;
  numberId: string;
  contactId: string;
  to: Outgoing['to'];
  createdAt: number;
}

export interface Sending {
  kind: 'send' | 'prepare' | 'find';
  message: SentMessage;
  connection: ConnectionEntry;
  out: Outgoing;
  prepared: Json | undefined;
  /** When it was looked at, and marked where it is to be sent now. */
  at: number;
}

/** done: the job is over; held: it waits, and so does what is behind it; lost: the lane is another's. */
type Start = Sending | { kind: 'done' | 'held' | 'lost' };

export interface Item {
  runtime: Runtime;
  lane: HeldLane;
  job: JobRow;
  last: boolean;
  prepared?: Json;
  /** The provider was asked about an unknown message, and does not know it either. */
  asked?: true;
}

interface MessageRow {
  id: string;
  tenant_id: string;
  conversation_id: string;
  connection_id: string;
  number_id: string;
  contact_id: string;
  author: Author;
  status: string;
  status_at: number;
  kind: string;
  content: string;
  reply_to: string | null;
  purpose: Purpose | null;
  prepared: string | null;
  attempts: number;
  created_at: number;
  last_message_id: string | null;
  last_status: string;
  paced_until: number;
  number_paced_until: number | null;
  last_inbound_at: number | null;
  template_at: number | null;
  thread: string | null;
  blocked_at: number | null;
}

export const sending: Step<Item, Start> = {
  name: 'sending',
  patienceMs: Infinity,
  async write(sql, items) {
    const [first] = items;
    if (!first) return [];
    const rows = await sql.all<MessageRow>(
      'select m.id, m.tenant_id, m.conversation_id, m.connection_id, m.number_id, m.contact_id, m.author, m.status, m.status_at, m.kind, m.content, m.reply_to, m.purpose, m.prepared, ' +
        'm.attempts, m.created_at, v.last_message_id, v.last_status, v.paced_until, v.last_inbound_at, v.template_at, v.thread, c.blocked_at, n.paced_until as number_paced_until ' +
        `from message m join conversation v on v.id = m.conversation_id join contact c on c.id = m.contact_id left join number n on n.id = m.number_id where ${sql.in('m.id')} order by v.id${sql.forUpdate && ' for update of v, m'}`,
      [new List(items.map((item) => item.job.ref))],
    );
    const messages = new Map(rows.map((row) => [row.id, row]));
    const ours = await stillHeld(sql, items.map((item) => item.lane));
    const identities = await identitiesOf(sql, rows.map((row) => row.contact_id));
    const unread = await unreadSince(sql, rows.flatMap((row) => (row.status === 'unknown' ? [row.connection_id] : [])));
    const paces = await numberPaces(sql, new Map(rows.map((row) => [row.number_id, row.number_paced_until ?? 0])), keepersOf(first.runtime, rows));
    const silences = await silencesOf(sql, rows.flatMap((row) => (row.status === 'unknown' ? [row.id] : [])));
    const unwanted = await optedOut(sql, rows.flatMap((row) => (row.kind === 'template' ? addressed(row, fromJson<OutContent>(row.content)) : [])));
    const change = new Change(paces);
    const starts = items.map((item): Start => {
      const message = messages.get(item.job.ref);
      if (!ours.has(item.lane.lane)) return { kind: 'lost' };
      if (!message) return change.drop(item);
      const known = { identities: identities.get(message.contact_id) ?? [], unreadSince: unread.get(message.connection_id), silences: silences.get(message.id) ?? 0, unwanted };
      return begin(item, message, known, change);
    });
    await change.write(sql);
    await raiseAlertsOfAll(sql, first.runtime, change.occurrences);
    return starts;
  },
};

/** The rows that keep the paces of these messages, of channels that have one. */
function keepersOf({ directory }: Runtime, rows: readonly MessageRow[]): Set<string> {
  return new Set(rows.flatMap(({ number_id }) => {
    const number = directory.number(number_id);
    const connection = number && directory.connection(number.connectionId);
    return number && connection?.channel?.limits ? [keeperOf(directory, connection, number)] : [];
  }));
}

/** When the oldest delivery came that nobody has read yet: it may hold the receipt that a connection's unknown sends wait for. */
async function unreadSince(sql: Sql, connectionIds: readonly string[]): Promise<Map<string, number>> {
  const oldest = new Map<string, number>();
  for (const id of new Set(connectionIds)) {
    const [row] = await sql.all<{ received_at: number }>("select received_at from delivery where connection_id = ? and state = 'received' order by id limit 1", [id]);
    if (row) oldest.set(id, row.received_at);
  }
  return oldest;
}

/** How often nobody could tell what became of a message. */
async function silencesOf(sql: Sql, messageIds: readonly string[]): Promise<Map<string, number>> {
  if (messageIds.length === 0) return new Map();
  const rows = await sql.all<{ message_id: string; n: number }>(`select message_id, count(*) as n from attempt where ${sql.in('message_id')} and outcome = 'unknown' group by message_id`, [new List(messageIds)]);
  return new Map(rows.map((row) => [row.message_id, row.n]));
}

/** What one commit changes, collected over its items. */
class Change {
  readonly finished: string[] = [];
  readonly released: string[] = [];
  readonly statuses: [id: string, status: string, statusAt: number, attempts: number, error: string | null, prepared: string | null][] = [];
  readonly conversations: [id: string, lastStatus: string, pacedUntil: number][] = [];
  readonly places: [jobId: string, payload: string][] = [];
  readonly postponed: Parameters<typeof postpone>[1][number][] = [];
  readonly attempts: [tenantId: string, messageId: string, outcome: string, code: string | null, said: string, at: number][] = [];

  readonly occurrences: { tenantId: string; occurrence: Happened }[] = [];
  readonly paces: NumberPaces;

  constructor(paces: NumberPaces) {
    this.paces = paces;
  }

  /** Operators should know. */
  tell(message: MessageRow, code: Refused | 'unconfirmed', at: number): void {
    this.occurrences.push({ tenantId: message.tenant_id, occurrence: { kind: 'failure', at, conversation: message.conversation_id, connection: message.connection_id, heldBy: 'people', words: { code } } });
  }

  drop({ job, lane, last }: Item): Start {
    this.finished.push(job.id);
    if (last) this.released.push(lane.lane);
    return { kind: 'done' };
  }

  hold({ job, lane }: Item, readyAt: number, waitingFor?: string): Start {
    this.postponed.push({ id: job.id, readyAt, attempts: job.attempts, error: null, ...(waitingFor && { waitingFor }) });
    this.released.push(lane.lane);
    return { kind: 'held' };
  }

  status(message: MessageRow, status: string, at: number, more: { attempts?: number; error?: string; prepared?: string; pacedUntil?: number } = {}): void {
    this.statuses.push([message.id, status, at, more.attempts ?? message.attempts, more.error ?? null, more.prepared ?? message.prepared]);
    const last = message.last_message_id === message.id;
    if (last || more.pacedUntil !== undefined) this.conversations.push([message.conversation_id, last ? status : message.last_status, more.pacedUntil ?? message.paced_until]);
  }

  /** It comes too early: it keeps what was prepared for it, and its place where it has one. */
  tooEarly(item: Item, message: MessageRow, at: number, place: number | undefined): Start {
    if (item.prepared !== undefined) this.status(message, message.status, message.status_at, { prepared: JSON.stringify(item.prepared) });
    if (place !== undefined) this.places.push([item.job.id, JSON.stringify({ connection: message.connection_id, place } satisfies SendPayload)]);
    return this.hold(item, at);
  }

  async write(sql: Sql): Promise<void> {
    await sql.update('message', ['id'], ['status', 'status_at', 'attempts', 'error', 'prepared'], this.statuses);
    await sql.update('conversation', ['id'], ['last_status', 'paced_until'], this.conversations);
    await this.paces.write(sql);
    await sql.insert('attempt', ['id', 'tenant_id', 'message_id', 'outcome', 'code', 'said', 'at'], this.attempts.map((a) => [uuid(), ...a]));
    await postpone(sql, this.postponed);
    await sql.update('job', ['id'], ['payload'], this.places);
    await finish(sql, this.finished);
    if (this.released.length > 0) await release(sql, this.released);
  }
}

const readAgainMs = 250;

/** A provider that swallows an agent's reply so often swallows the next one too; people decide then. */
const mostUnconfirmed = 3;

interface Known {
  identities: Outgoing['to']['identities'];
  /** Since when a delivery waits to be read. */
  unreadSince: number | undefined;
  silences: number;
  /** Templates that their contacts do not want. */
  unwanted: ReadonlySet<string>;
}

function begin(item: Item, message: MessageRow, { identities, unreadSince, silences, unwanted }: Known, change: Change): Start {
  const { runtime } = item;
  const now = runtime.clock.now();
  const connection = runtime.directory.connection(message.connection_id);
  const number = runtime.directory.number(message.number_id);
  const content = fromJson<OutContent>(message.content);
  if (message.status === 'sending') {
    // Whoever was sending it fell silent: it may have arrived.
    change.status(message, 'unknown', now);
    change.attempts.push([message.tenant_id, message.id, 'unknown', null, 'The process stopped while this message was being sent.', now]);
    return change.hold(item, now + runtime.options.unknownWaitMs);
  }
  if (message.status === 'unknown') {
    // A receipt could not come while nobody listened, and one that came but is not read yet must be read first.
    const known = Math.max(message.status_at, runtime.listening.since()) + runtime.options.unknownWaitMs;
    if (known > now) return change.hold(item, known);
    if (unreadSince !== undefined && unreadSince <= known) return change.hold(item, now + readAgainMs);
    if (connection?.channel?.find && number && !item.asked) return { kind: 'find', ...outgoing(message, identities, connection, number, content, undefined, now) };
    if (message.author !== 'agent' || runtime.options.unknownAgentReply === 'ask' || silences >= mostUnconfirmed) {
      // Nobody knows, and a second one may be worse than none: a person decides.
      change.tell(message, 'unconfirmed', now);
      return change.drop(item);
    }
  } else if (message.status !== 'queued') {
    return change.drop(item);
  }
  const held = heldBy(connection?.channel && connection, number);
  if (held) return change.hold(item, now, held === 'number-stopped' ? `number:${message.number_id}` : `connection:${message.connection_id}`);
  const verdict = eligible({
    now, purpose: message.purpose ?? 'conversation', kind: content.kind, number, connection, channel: connection?.channel?.can,
    // The template itself is what made the contact owe an answer; it must not stop its own sending.
    lastInboundAt: message.last_inbound_at, templateAt: content.kind === 'template' ? null : message.template_at, blocked: message.blocked_at !== null,
    optedOut: addressed(message, content).some((one) => unwanted.has(addressKey(one))),
  });
  if (!verdict.allowed || !connection?.channel || !number) return refuse(item, message, verdict.allowed ? 'number-gone' : verdict.why, now, change);
  const { channel } = connection;
  const prepared = item.prepared !== undefined ? item.prepared : message.prepared === null ? undefined : fromJson<Json[]>(message.prepared);
  const common = outgoing(message, identities, connection, number, content, prepared, now);
  if (channel.prepare && prepared === undefined && channel.prepares?.(content) !== false) return { kind: 'prepare', ...common };
  const pace = paceOf(channel, connection.settings, number.account);
  const free = openAt(message.paced_until, pace.pair, now);
  if (free > now) return change.tooEarly(item, message, free, undefined);
  const later = change.paces.take(keeperOf(runtime.directory, connection, number), pace.number, now, payloadOf(item.job).place);
  if (later) return change.tooEarly(item, message, later.at, later.place);
  const pacedUntil = pace.pair.everyMs > 0 ? { pacedUntil: Math.ceil(movedOn(message.paced_until, pace.pair, now)) } : {};
  change.status(message, 'sending', now, { attempts: message.attempts + 1, ...pacedUntil, ...(item.prepared !== undefined && { prepared: JSON.stringify(item.prepared) }) });
  return { kind: 'send', ...common };
}

function outgoing(message: MessageRow, identities: Outgoing['to']['identities'], connection: ConnectionEntry, number: NumberEntry, content: OutContent, prepared: Json | undefined, now: number): Omit<Sending, 'kind'> {
  const to = { identities, ...(message.thread !== null && { thread: message.thread }) };
  return {
    message: { id: message.id, tenantId: message.tenant_id, conversationId: message.conversation_id, connectionId: connection.id, numberId: number.id, contactId: message.contact_id, to, createdAt: message.created_at },
    connection,
    out: {
      ref: message.id,
      account: number.account,
      to,
      content,
      ...(message.reply_to !== null && { replyTo: message.reply_to }),
    },
    prepared,
    at: now,
  };
}

function refuse(item: Item, message: MessageRow, why: Refused, now: number, change: Change): Start {
  change.status(message, 'failed', now, { error: JSON.stringify({ code: why, said: '' }) });
  change.attempts.push([message.tenant_id, message.id, 'cancelled', why, '', now]);
  change.tell(message, why, now);
  return change.drop(item);
}
