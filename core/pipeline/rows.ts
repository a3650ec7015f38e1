/** Rows of the hot path as they come from plain SQL, and how conversations are locked and written back. */
import { List, type Sql, type Value } from '../db/sql.ts';
import type { Author, ConversationState } from '../db/entities/conversations.ts';
import type { Identity } from '../plugin/contract/event.ts';
import type { Json } from '../plugin/contract/plugin.ts';

export interface ConversationRow {
  id: string;
  tenant_id: string;
  connection_id: string;
  number_id: string;
  contact_id: string;
  thread: string | null;
  state: ConversationState;
  ai: boolean | number;
  assignee_id: string | null;
  escalated_at: number | null;
  escalation: string | null;
  last_seq: number;
  turn_seq: number;
  unread: number;
  last_inbound_at: number | null;
  last_message_at: number;
  last_text: string;
  last_kind: string;
  last_message_id: string | null;
  last_author: Author;
  last_status: string;
  template_at: number | null;
  agent_state: string | null;
  why: string | null;
  closed_at: number | null;
}

const changing = [
  'thread', 'state', 'ai', 'assignee_id', 'escalated_at', 'escalation', 'last_seq', 'turn_seq', 'unread', 'last_inbound_at', 'last_message_at', 'last_text',
  'last_kind', 'last_message_id', 'last_author', 'last_status', 'template_at', 'agent_state', 'why', 'closed_at',
] as const;
export const conversationColumns = ['id', 'tenant_id', 'connection_id', 'number_id', 'contact_id', ...changing].join(', ');

/** Reads conversations for a change. Sorted, so that two transactions lock in one order. */
export async function lockConversations(sql: Sql, ids: readonly string[]): Promise<Map<string, ConversationRow>> {
  const rows = await sql.all<ConversationRow>(
    `select ${conversationColumns} from conversation where ${sql.in('id')} order by id${sql.forUpdate}`,
    [new List([...new Set(ids)])],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

export async function saveConversations(sql: Sql, rows: Iterable<ConversationRow>): Promise<void> {
  const values: Value[][] = [];
  for (const row of rows) values.push([row.id, ...changing.map((column) => (column === 'ai' ? Boolean(row.ai) : row[column]))]);
  await sql.update('conversation', ['id'], changing, values);
}

export async function identitiesOf(sql: Sql, contactIds: readonly string[]): Promise<Map<string, Identity[]>> {
  const rows = await sql.all<{ contact_id: string } & Identity>(
    `select contact_id, kind, value from identity where ${sql.in('contact_id')} order by id`,
    [new List([...new Set(contactIds)])],
  );
  const of = new Map<string, Identity[]>();
  for (const { contact_id, kind, value } of rows) of.set(contact_id, [...(of.get(contact_id) ?? []), { kind, value }]);
  return of;
}

/** JSON columns are text on both databases here. */
export function fromJson<T extends Json | object>(text: string): T {
  return JSON.parse(text) as T;
}
