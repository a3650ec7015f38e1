/** One open conversation per contact and number: found, reopened or begun. */
import { List, type Sql } from '../db/sql.ts';
import { uuid } from '../ids.ts';
import type { NumberEntry } from '../directory.ts';
import { conversationColumns, type ConversationRow } from './rows.ts';

export interface Line {
  number: NumberEntry;
  contactId: string;
  thread?: string | undefined;
}

export const lineKey = (numberId: string, contactId: string) => `${numberId} ${contactId}`;

/** Locks what it returns, and `others`. A conversation closed for less than `reopenMs` is opened again by what arrives. */
export async function openConversations(sql: Sql, lines: readonly Line[], now: number, reopenMs: number, others: readonly string[] = []): Promise<Map<string, ConversationRow>> {
  const wanted = new Map(lines.map((line) => [lineKey(line.number.id, line.contactId), line]));
  const open = await selectOpen(sql, wanted, others);
  const missing = [...wanted].filter(([key]) => !open.has(key));
  if (missing.length === 0) return open;
  // In one order, for two replicas may begin the same ones.
  await reopenOrBegin(sql, missing.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => line), now, reopenMs);
  return selectOpen(sql, wanted);
}

async function selectOpen(sql: Sql, wanted: ReadonlyMap<string, Line>, others: readonly string[] = []): Promise<Map<string, ConversationRow>> {
  const lines = [...wanted.values()];
  const open = `${sql.in('number_id')} and ${sql.in('contact_id')} and state = 'open'`;
  const rows = await sql.all<ConversationRow>(
    `select ${conversationColumns} from conversation where ${others.length > 0 ? `(${open}) or ${sql.in('id')}` : open} order by id${sql.forUpdate}`,
    [new List([...new Set(lines.map((l) => l.number.id))]), new List([...new Set(lines.map((l) => l.contactId))]), ...(others.length > 0 ? [new List([...new Set(others)])] : [])],
  );
  return new Map(rows.filter((row) => row.state === 'open').map((row) => [lineKey(row.number_id, row.contact_id), row] as const).filter(([key]) => wanted.has(key)));
}

async function reopenOrBegin(sql: Sql, lines: Line[], now: number, reopenMs: number): Promise<void> {
  const closed = await sql.all<{ id: string; number_id: string; contact_id: string }>(
    `select id, number_id, contact_id from conversation where ${sql.in('contact_id')} and state <> 'open' and last_message_at > ? order by last_message_at desc`,
    [new List([...new Set(lines.map((l) => l.contactId))]), now - reopenMs],
  );
  const reopened: string[] = [];
  const begun: Line[] = [];
  for (const line of lines) {
    const latest = closed.find((row) => row.number_id === line.number.id && row.contact_id === line.contactId);
    if (latest) reopened.push(latest.id);
    else begun.push(line);
  }
  if (reopened.length > 0) await sql.run(`update conversation set state = 'open', closed_at = null where ${sql.in('id')}`, [new List(reopened)]);
  await sql.insert(
    'conversation',
    [
      'id', 'tenant_id', 'connection_id', 'number_id', 'contact_id', 'thread', 'state', 'ai', 'last_seq', 'turn_seq', 'unread', 'last_message_at', 'last_text',
      'last_kind', 'last_author', 'last_status', 'created_at',
    ],
    begun.map(({ number, contactId, thread }) => [
      uuid(), number.tenantId, number.connectionId, number.id, contactId, thread ?? null, 'open', true, 0, 0, 0, now, '', 'text', 'contact', 'received', now,
    ]),
    { conflict: "on conflict (number_id, contact_id) where state = 'open' do nothing" },
  );
}
