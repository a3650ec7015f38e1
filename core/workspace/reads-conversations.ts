/** The list of conversations, and one of them with what surrounds it. One query a list. */
import type { Author, ConversationState } from '../db/entities/index.ts';
import { List, type Sql, type Value } from '../db/sql.ts';
import { keptIn, type Words } from '../kept-words.ts';
import { eligible, type Eligibility } from '../pipeline/eligibility.ts';
import type { Runtime } from '../runtime.ts';
import { idOf, isId, notFound, type WorkspaceParts } from './parts.ts';
import { readPage, type MessageRow } from './reads-thread.ts';
import type { NumberName } from './reads-numbers.ts';

type ConversationView = 'open' | 'unread' | 'escalated' | 'closed';

export interface ConversationFilter {
  /** All but archived unless told; `closed` holds the archived ones too. */
  view?: ConversationView;
  numberId?: string;
  /** Part of a contact's name, phone or user id. */
  search?: string;
  /** As `next` gave it. */
  after?: string;
  limit?: number;
}

type ListFilter = Pick<ConversationFilter, 'numberId' | 'search'>;

interface ContactName {
  id: string;
  /** Name, else phone, else user id, else ''. */
  name: string;
  /** Known by a user id only. */
  nameless: boolean;
}

export interface ConversationRow {
  id: string;
  contact: ContactName;
  number: NumberName & { deleted: boolean };
  state: ConversationState;
  ai: boolean;
  /** Absent: nothing was said yet. */
  last?: { kind: string; text: string; author: Author; status: string; at: number };
  lastSeq: number;
  lastMessageAt: number;
  unread: number;
  /** The person who has it. */
  assignee?: { id: string; name: string };
  /** `why`: as the agent said it. */
  escalated?: { at: number; why: Words[] };
  /** The agent that answers this number. */
  agent?: { id: string; name: string };
  /** May a text be sent now? The one decision. */
  eligibility: Eligibility;
  sentiment?: string;
}

export interface ConversationDetail extends ConversationRow {
  contact: ContactName & { phone?: string; userId?: string; locale?: string; blocked: boolean; since: number };
  number: NumberName & { deleted: boolean; channel: string; plugin: string; simulator: boolean; phone?: string };
  connectionId: string;
  why?: Why;
  summary?: string;
  /** Longest text of one message on this channel. */
  maxText: number;
  /** Other conversations of the contact, newest first, at most 10. */
  others: { id: string; number: NumberName; text: string; kind: string; at: number; state: ConversationState }[];
  items: MessageRow[];
  /** There are older ones. */
  more: boolean;
}

/** Why the agent answered or is silent. `said` is the agent's sentence or one of the pipeline's codes (see `whyCodes`). */
export interface Why {
  at: number;
  said: string;
  agent?: string;
  version?: number;
  joined?: number;
  steps: { name: string; said?: string; ms?: number }[];
}

export const whyCodes = [
  'nothing-new', 'taken-back', 'conversation-closed', 'people-have-it', 'number-gone', 'no-agent', 'number-stopped', 'connection-stopped', 'agent-not-loaded', 'agent-stopped',
  'agent-has-no-version', 'people-took-over',
] as const;

interface Row {
  id: string;
  connection_id: string;
  number_id: string;
  contact_id: string;
  state: ConversationState;
  ai: boolean | number;
  assignee_id: string | null;
  assignee: string | null;
  escalated_at: number | null;
  escalation: string | null;
  last_seq: number;
  unread: number;
  last_inbound_at: number | null;
  last_message_at: number;
  last_text: string;
  last_kind: string;
  last_author: Author;
  last_status: string;
  template_at: number | null;
  why: string | null;
  sentiment: string | null;
  summary: string | null;
  contact_name: string | null;
  phone: string | null;
  locale: string | null;
  blocked_at: number | null;
  contact_since: number;
  user_id: string | null;
  display_name: string;
  line: number;
  account: string;
  number_phone: string | null;
  plugin: string;
  active: boolean | number;
  deleted_at: number | null;
}

/** The conversations are chosen before anything is joined to them: a list touches as many rows of other tables as it shows. */
const select = (chosen: string) =>
  'select v.id, v.connection_id, v.number_id, v.contact_id, v.state, v.ai, v.assignee_id, u.name as assignee, v.escalated_at, v.escalation, v.last_seq, v.unread, v.last_inbound_at, ' +
  'v.last_message_at, v.last_text, v.last_kind, v.last_author, v.last_status, v.template_at, v.why, v.sentiment, v.summary, ' +
  'c.name as contact_name, c.phone, c.locale, c.blocked_at, c.created_at as contact_since, ' +
  "(select i.value from identity i where i.contact_id = c.id and i.kind <> 'phone' order by i.id limit 1) as user_id, " +
  'n.display_name, n.line, n.account, n.phone as number_phone, n.plugin, n.active, n.deleted_at ' +
  `from (select * from conversation v where ${chosen}) v left join contact c on c.id = v.contact_id left join number n on n.id = v.number_id left join "user" u on u.id = v.assignee_id ` +
  'order by v.last_message_at desc, v.id desc';

/** As a text, or SQLite would look for a few ids among all conversations of the tenant. */
const tenantOfIds = 'cast(v.tenant_id as text) = ?';

/** What each view shows: for its rows, its count, and whether something that changed belongs there. */
const views = {
  open: "v.state = 'open'",
  unread: "v.state = 'open' and v.unread > 0",
  escalated: "v.state = 'open' and v.escalated_at is not null",
  closed: "v.state <> 'open'",
  all: "v.state <> 'archived'",
};

/** Contacts that a search looks at, the latest first. */
const mostFound = 1_000;

export async function conversationRows(parts: WorkspaceParts, tenantId: string, filter: ConversationFilter): Promise<{ rows: ConversationRow[]; next?: string }> {
  const runtime = parts.runtime();
  const limit = Math.min(Math.max(filter.limit ?? 30, 1), 100);
  const { text, values } = conditionOf(tenantId, filter);
  const rows = await runtime.db.read((sql) =>
    sql.all<Row>(select(`v.tenant_id = ? and ${views[filter.view ?? 'all']}${text} order by v.last_message_at desc, v.id desc limit ${limit + 1}`), [tenantId, ...values]),
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page.map((row) => rowOf(runtime, row)), ...(rows.length > limit && last && { next: `${last.last_message_at}.${last.id}` }) };
}

function conditionOf(tenantId: string, { numberId, search, after }: ConversationFilter): { text: string; values: Value[] } {
  let text = '';
  const values: Value[] = [];
  if (numberId !== undefined) {
    text += ' and v.number_id = ?';
    values.push(idOf(numberId));
  }
  const words = search?.trim().toLowerCase().slice(0, 100);
  if (words) {
    const like = `%${words.replace(/[\\%_]/g, '\\$&')}%`;
    const digits = words.replace(/[\s+().-]/g, '');
    text +=
      ` and v.contact_id in (select id from (select id from contact where tenant_id = ? and (lower(name) like ? escape '\\' or phone like ? escape '\\') order by id desc limit ${mostFound}) as named ` +
      `union select contact_id from (select contact_id from identity where tenant_id = ? and lower(value) like ? escape '\\' order by id desc limit ${mostFound}) as known)`;
    values.push(tenantId, like, /^\d+$/.test(digits) ? `%${digits}%` : like, tenantId, like);
  }
  const [at = '', id = ''] = after?.split('.') ?? [];
  if (/^\d{1,15}$/.test(at) && isId(id)) {
    text += ' and (v.last_message_at < ? or (v.last_message_at = ? and v.id < ?))';
    values.push(Number(at), Number(at), id);
  }
  return { text, values };
}

export async function conversationRow(parts: WorkspaceParts, tenantId: string, id: string): Promise<ConversationRow> {
  const runtime = parts.runtime();
  return rowOf(runtime, await runtime.db.read((sql) => one(sql, tenantId, idOf(id))));
}

export async function conversationRowsOf(parts: WorkspaceParts, tenantId: string, ids: readonly string[]): Promise<ConversationRow[]> {
  const runtime = parts.runtime();
  const rows = await runtime.db.read((sql) => sql.all<Row>(select(`${tenantOfIds} and ${sql.in('v.id')} limit 50`), [tenantId, new List(ids.filter(isId).slice(0, 50))]));
  return rows.map((row) => rowOf(runtime, row));
}

async function one(sql: Sql, tenantId: string, id: string): Promise<Row> {
  const [row] = await sql.all<Row>(select(`${tenantOfIds} and v.id = ?`), [tenantId, id]);
  if (!row) throw notFound();
  return row;
}

function rowOf(runtime: Runtime, row: Row): ConversationRow {
  const { directory } = runtime;
  const number = directory.number(row.number_id);
  const agent = number?.inbound && directory.agent(number.inbound.agentId);
  return {
    id: row.id,
    contact: { id: row.contact_id, name: row.contact_name || row.phone || row.user_id || '', nameless: !row.contact_name && !row.phone },
    number: { id: row.number_id, name: row.display_name, line: row.line, account: row.account, active: Boolean(row.active), deleted: row.deleted_at !== null },
    state: row.state,
    ai: Boolean(row.ai),
    ...(row.last_seq > 0 && { last: { kind: row.last_kind, text: row.last_text, author: row.last_author, status: row.last_status, at: row.last_message_at } }),
    lastSeq: row.last_seq,
    lastMessageAt: row.last_message_at,
    unread: row.unread,
    ...(row.assignee_id !== null && { assignee: { id: row.assignee_id, name: row.assignee ?? '' } }),
    ...(row.escalated_at !== null && { escalated: { at: row.escalated_at, why: keptIn(row.escalation) } }),
    ...(agent && { agent: { id: agent.id, name: agent.name } }),
    eligibility: eligible({
      now: runtime.clock.now(), purpose: 'conversation', kind: 'text', number, connection: directory.connection(row.connection_id), channel: directory.connection(row.connection_id)?.channel?.can,
      lastInboundAt: row.last_inbound_at, templateAt: row.template_at, blocked: row.blocked_at !== null,
    }),
    ...(row.sentiment !== null && { sentiment: row.sentiment }),
  };
}

export async function conversationDetail(parts: WorkspaceParts, tenantId: string, id: string): Promise<ConversationDetail> {
  const runtime = parts.runtime();
  const { row, others } = await runtime.db.read(async (sql) => {
    const row = await one(sql, tenantId, idOf(id));
    return { row, others: await sql.all<Row>(select(`${tenantOfIds} and v.id in (select id from conversation where contact_id = ? and id <> ? order by last_message_at desc, id desc limit 10) limit 10`), [tenantId, row.contact_id, row.id]) };
  });
  const list = rowOf(runtime, row);
  const channel = runtime.plugins.channel(row.plugin);
  const { items, more } = await readPage(runtime, tenantId, row.id, {});
  const why: Why | undefined = row.why === null ? undefined : JSON.parse(row.why);
  return {
    ...list,
    contact: {
      ...list.contact, blocked: row.blocked_at !== null, since: row.contact_since,
      ...(row.phone !== null && { phone: row.phone }), ...(row.user_id !== null && { userId: row.user_id }), ...(row.locale !== null && { locale: row.locale }),
    },
    number: { ...list.number, channel: channel?.title ?? row.plugin, plugin: row.plugin, simulator: channel?.simulate !== undefined, ...(row.number_phone !== null && { phone: row.number_phone }) },
    connectionId: row.connection_id,
    ...(why && { why }),
    ...(row.summary !== null && { summary: row.summary }),
    maxText: channel?.can.maxText ?? 4_096,
    others: others.map((other) => ({
      id: other.id,
      number: { id: other.number_id, name: other.display_name, line: other.line, account: other.account, active: Boolean(other.active) },
      text: other.last_text, kind: other.last_kind, at: other.last_message_at, state: other.state,
    })),
    items,
    more,
  };
}

/** Of what the views show under this filter. */
export async function conversationCounts(parts: WorkspaceParts, tenantId: string, filter: ListFilter): Promise<Record<'open' | 'unread' | 'escalated', number>> {
  const { text, values } = conditionOf(tenantId, filter);
  const [row] = await parts.runtime().db.read((sql) =>
    sql.all<{ open: number; unread: number; escalated: number }>(
      `select count(*) as open, count(case when ${views.unread} then 1 end) as unread, count(case when ${views.escalated} then 1 end) as escalated ` +
        // By number, for that is what the index of open conversations is by.
        `from conversation v where v.number_id in (select id from number where tenant_id = ?) and ${views.open}${text}`,
      [tenantId, ...values],
    ),
  );
  return row ?? { open: 0, unread: 0, escalated: 0 };
}

/** Which of these a view shows, each with the time that says where it stands there. */
export async function conversationsListed(parts: WorkspaceParts, tenantId: string, { view, ...filter }: ListFilter & Pick<ConversationFilter, 'view'>, ids: readonly string[]): Promise<Map<string, number>> {
  const { text, values } = conditionOf(tenantId, filter);
  const rows = await parts.runtime().db.read((sql) =>
    sql.all<{ id: string; at: number }>(`select v.id, v.last_message_at as at from conversation v where ${tenantOfIds} and ${sql.in('v.id')} and ${views[view ?? 'all']}${text}`, [tenantId, new List(ids.filter(isId).slice(0, 50)), ...values]),
  );
  return new Map(rows.map(({ id, at }) => [id, at]));
}
