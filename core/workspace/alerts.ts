/** In-app notices for operators: read one by one, or all at once. */
import type { Value } from '../db/sql.ts';
import type { Runtime } from '../runtime.ts';
import { tell } from './change.ts';
import { idOf, isId, notFound, type WorkspaceParts } from './parts.ts';
import type { NumberName } from './reads-numbers.ts';

export interface Alerts {
  /** Newest first. */
  list(tenantId: string, filter: { unreadOnly?: boolean; after?: string; limit?: number }): Promise<{ rows: AlertRow[]; next?: string }>;
  unreadCount(tenantId: string): Promise<number>;
  markRead(tenantId: string, id: string): Promise<void>;
  markAllRead(tenantId: string): Promise<void>;
}

export interface AlertRow {
  id: string;
  kind: string;
  /** What stands before its first colon names the notifier's sentence; see the notifications plugin. */
  key: string;
  text: string;
  count: number;
  at: number;
  readAt?: number;
  conversationId?: string;
  connectionId?: string;
  contact?: string;
  number?: NumberName;
}

interface Row {
  id: string;
  kind: string;
  key: string;
  text: string;
  count: number;
  at: number;
  read_at: number | null;
  conversation_id: string | null;
  contact_name: string | null;
  phone: string | null;
  number_id: string | null;
  display_name: string | null;
  line: number | null;
  account: string | null;
  active: boolean | number | null;
}

export function alertsOf(parts: WorkspaceParts): Alerts {
  return {
    list: (tenantId, filter) => list(parts.runtime(), tenantId, filter),
    unreadCount: (tenantId) => unreadCount(parts.runtime(), tenantId),
    markRead: (tenantId, id) => markRead(parts.runtime(), tenantId, idOf(id)),
    markAllRead: (tenantId) => markAllRead(parts.runtime(), tenantId),
  };
}

async function list({ db }: Runtime, tenantId: string, filter: { unreadOnly?: boolean; after?: string; limit?: number }): Promise<{ rows: AlertRow[]; next?: string }> {
  const limit = Math.min(Math.max(filter.limit ?? 30, 1), 100);
  const values: Value[] = [tenantId];
  let where = 'l.tenant_id = ?';
  if (filter.unreadOnly) where += ' and l.read_at is null';
  const [at = '', id = ''] = filter.after?.split('.') ?? [];
  if (/^\d{1,15}$/.test(at) && isId(id)) {
    where += ' and (l.at < ? or (l.at = ? and l.id < ?))';
    values.push(Number(at), Number(at), id);
  }
  const rows = await db.read((sql) =>
    sql.all<Row>(
      'select l.id, l.kind, l.key, l.text, l.count, l.at, l.read_at, l.conversation_id, c.name as contact_name, c.phone, n.id as number_id, n.display_name, n.line, n.account, n.active ' +
        'from alert l left join conversation v on v.id = l.conversation_id left join contact c on c.id = v.contact_id left join number n on n.id = v.number_id ' +
        `where ${where} order by l.at desc, l.id desc limit ${limit + 1}`,
      values,
    ),
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page.map(rowOf), ...(rows.length > limit && last && { next: `${last.at}.${last.id}` }) };
}

function rowOf(row: Row): AlertRow {
  const contact = row.contact_name ?? row.phone;
  const connectionId = /:connection:([0-9a-f-]{36})$/.exec(row.key)?.[1];
  return {
    id: row.id,
    kind: row.kind,
    key: row.key,
    text: row.text,
    count: row.count,
    at: row.at,
    ...(row.read_at !== null && { readAt: row.read_at }),
    ...(row.conversation_id !== null && { conversationId: row.conversation_id }),
    ...(connectionId !== undefined && { connectionId }),
    ...(contact !== null && { contact }),
    ...(row.number_id !== null && { number: { id: row.number_id, name: row.display_name ?? '', line: row.line ?? 1, account: row.account ?? '', active: Boolean(row.active) } }),
  };
}

async function unreadCount({ db }: Runtime, tenantId: string): Promise<number> {
  const [row] = await db.read((sql) => sql.all<{ n: number }>('select count(*) as n from alert where tenant_id = ? and read_at is null', [tenantId]));
  return row?.n ?? 0;
}

async function markRead(runtime: Runtime, tenantId: string, id: string): Promise<void> {
  const changed = await runtime.db.write(async (sql) => {
    const changed = await sql.run('update alert set read_at = ? where id = ? and tenant_id = ? and read_at is null', [runtime.clock.now(), id, tenantId]);
    if (changed === 0 && (await sql.all('select 1 from alert where id = ? and tenant_id = ?', [id, tenantId])).length === 0) throw notFound();
    return changed;
  });
  if (changed > 0) tell(runtime, { tenantId, alerts: true });
}

async function markAllRead(runtime: Runtime, tenantId: string): Promise<void> {
  const changed = await runtime.db.write((sql) => sql.run('update alert set read_at = ? where tenant_id = ? and read_at is null', [runtime.clock.now(), tenantId]));
  if (changed > 0) tell(runtime, { tenantId, alerts: true });
}
