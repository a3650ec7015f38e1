/** The rack of numbers. */
import { inEnglish, kept, reasonIn, type Words } from '../kept-words.ts';
import type { Environment, RunState } from '../db/entities/index.ts';
import type { Sql } from '../db/sql.ts';
import type { Runtime } from '../runtime.ts';
import { idOf, notFound, type WorkspaceParts } from './parts.ts';
import { countToday } from './today.ts';

/** A number as it is named beside something else. */
export interface NumberName {
  id: string;
  name: string;
  /** 1–6: the colour of its cord. */
  line: number;
  account: string;
  active: boolean;
}

export interface NumberRow extends NumberName {
  connection: { id: string; name: string; state: RunState; reason?: string };
  plugin: string;
  channel: string;
  simulator: boolean;
  phone?: string;
  /** The state of its connection; stopped while it is not active. */
  lamp: RunState;
  /** In English. */
  reason?: string;
  /** The same for pages, in whatever language. */
  reasonWords?: Words[];
  /** Who takes its inbound traffic. */
  agent?: { id: string; name: string; environment: Environment; state: RunState };
  /** Active, and nobody is plugged in: people answer. */
  peopleOnly: boolean;
  today: { in: number; out: number };
  /** Messages and turns that wait because it, its connection or its agent is stopped or in error. */
  waiting: number;
  openConversations: number;
  declared: boolean;
  version: number;
}

interface Row {
  id: string;
  plugin: string;
  account: string;
  display_name: string;
  phone: string | null;
  active: boolean | number;
  line: number;
  declared: boolean | number;
  version: number;
  connection_id: string;
  connection_name: string;
  connection_state: RunState;
  connection_reason: string | null;
  agent_id: string | null;
  agent_name: string | null;
  agent_state: RunState | null;
  agent_reason: string | null;
  environment: Environment | null;
  open_conversations: number;
}

export async function numberRows(parts: WorkspaceParts, tenantId: string, since: number): Promise<NumberRow[]> {
  const runtime = parts.runtime();
  const { rows, waiting } = await runtime.db.read(async (sql) => ({ rows: await select(sql, tenantId), waiting: await waitingByNumber(sql, tenantId) }));
  const today = await countToday(runtime, tenantId, since);
  return rows.map((row) => rowOf(runtime, row, waiting.get(row.id) ?? 0, today.get(row.id) ?? { in: 0, out: 0 }));
}

function select(sql: Sql, tenantId: string): Promise<Row[]> {
  return sql.all<Row>(
    'select n.id, n.plugin, n.account, n.display_name, n.phone, n.active, n.line, n.declared, n.version, c.id as connection_id, c.name as connection_name, ' +
      'c.state as connection_state, c.state_reason as connection_reason, a.id as agent_id, a.name as agent_name, a.state as agent_state, a.state_reason as agent_reason, b.environment, ' +
      "(select count(*) from conversation v where v.number_id = n.id and v.state = 'open') as open_conversations " +
      'from number n join connection c on c.id = n.connection_id left join binding b on b.number_id = n.id and b.inbound left join agent a on a.id = b.agent_id ' +
      'where n.tenant_id = ? and n.deleted_at is null order by n.id',
    [tenantId],
  );
}

function rowOf({ plugins }: Runtime, row: Row, waiting: number, today: NumberRow['today']): NumberRow {
  const channel = plugins.channel(row.plugin);
  const active = Boolean(row.active);
  const agent = row.agent_id === null ? undefined : { id: row.agent_id, name: row.agent_name ?? '', environment: row.environment ?? 'published', state: row.agent_state ?? 'stopped' };
  const lamp: RunState = active ? row.connection_state : 'stopped';
  const reason = !active ? null : lamp === 'error' ? row.connection_reason : agent?.state === 'error' ? row.agent_reason : null;
  return {
    id: row.id,
    name: row.display_name,
    line: row.line,
    account: row.account,
    active,
    connection: { id: row.connection_id, name: row.connection_name, state: row.connection_state, ...(row.connection_reason !== null && { reason: inEnglish(kept(row.connection_reason)) }) },
    plugin: row.plugin,
    channel: channel?.title ?? row.plugin,
    simulator: channel?.simulate !== undefined,
    ...(row.phone !== null && { phone: row.phone }),
    lamp,
    ...reasonIn(reason),
    ...(agent && { agent }),
    peopleOnly: active && agent === undefined,
    today,
    waiting,
    openConversations: row.open_conversations,
    declared: Boolean(row.declared),
    version: row.version,
  };
}

/** Sends and turns behind one that waits, wait too. */
async function waitingByNumber(sql: Sql, tenantId: string): Promise<Map<string, number>> {
  const first = 'not exists (select 1 from job e where e.lane = h.lane and e.waiting_for is not null and e.id < h.id)';
  const rows = await sql.all<{ number_id: string; n: number }>(
    'select m.number_id, count(*) as n from job h join job j on j.lane = h.lane and j.buried_at is null and j.id >= h.id join message m on m.id = j.ref ' +
      `where h.waiting_for is not null and h.tenant_id = ? and h.kind = 'send' and ${first} group by m.number_id ` +
      'union all select v.number_id, count(*) as n from job h join conversation v on v.id = h.ref ' +
      "where h.waiting_for is not null and h.tenant_id = ? and h.kind = 'turn' group by v.number_id",
    [tenantId, tenantId],
  );
  const waiting = new Map<string, number>();
  for (const { number_id, n } of rows) waiting.set(number_id, (waiting.get(number_id) ?? 0) + n);
  return waiting;
}

export async function numberConversations(parts: WorkspaceParts, tenantId: string, id: string): Promise<number> {
  const [row] = await parts.runtime().db.read((sql) => sql.all<{ n: number }>('select count(*) as n from conversation where number_id = ? and tenant_id = ?', [idOf(id), tenantId]));
  return row?.n ?? 0;
}

export async function numberBindings(parts: WorkspaceParts, tenantId: string, id: string): Promise<{ agentId: string; name: string; environment: Environment; inbound: boolean }[]> {
  return parts.runtime().db.read(async (sql) => {
    const [number] = await sql.all('select 1 from number where id = ? and tenant_id = ? and deleted_at is null', [idOf(id), tenantId]);
    if (!number) throw notFound();
    const rows = await sql.all<{ agentId: string; name: string; environment: Environment; inbound: boolean | number }>(
      'select b.agent_id as "agentId", a.name, b.environment, b.inbound from binding b join agent a on a.id = b.agent_id where b.number_id = ? and b.tenant_id = ? order by b.created_at, b.id',
      [id, tenantId],
    );
    return rows.map((row) => ({ ...row, inbound: Boolean(row.inbound) }));
  });
}
