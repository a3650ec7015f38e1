/** What pages and the API see of connections. */
import { Audit, Num, Rejection, User } from '../db/entities/index.ts';
import type { Sql } from '../db/sql.ts';
import type { CheckLine, Json } from '../plugin/contract.ts';
import { isRecord } from '../plugin/settings.ts';
import type { Runtime } from '../runtime.ts';
import type { ConnectionDetail, ConnectionKind, ConnectionRow, NumberName, RejectionRow, WorkspaceParts } from './index.ts';
import { connectionRow } from './parts.ts';
import { maskSettings, openConnectionSettings, withoutSecrets } from './settings.ts';
import type { RunState } from '../db/entities/index.ts';

interface Row {
  id: string;
  plugin: string;
  name: string;
  description: string;
  state: RunState;
  state_reason: string | null;
  state_at: number;
  declared: boolean | number;
  version: number;
  last_event_at: number | null;
}

const select =
  'select c.id, c.plugin, c.name, c.description, c.state, c.state_reason, c.state_at, c.declared, c.version, ' +
  '(select d.received_at from delivery d where d.connection_id = c.id and d.tenant_id = c.tenant_id order by d.id desc limit 1) as last_event_at ' +
  'from connection c where c.tenant_id = ? and c.deleted_at is null';

export async function connectionRows(parts: WorkspaceParts, tenantId: string): Promise<ConnectionRow[]> {
  const runtime = parts.runtime();
  const rows = await runtime.db.read((sql) => sql.all<Row>(`${select} order by c.name, c.id`, [tenantId]));
  const numbers = await numberNames(runtime, tenantId);
  return rows.map((row) => rowOf(runtime, row, numbers));
}

async function numberNames(runtime: Runtime, tenantId: string): Promise<(NumberName & { connectionId: string })[]> {
  const rows = await runtime.db.em(tenantId).find(Num, { deletedAt: null }, { orderBy: { id: 'asc' } });
  return rows.map(({ id, displayName, line, account, active, connectionId }) => ({ id, name: displayName, line, account, active, connectionId }));
}

function rowOf({ plugins }: Runtime, row: Row, numbers: readonly (NumberName & { connectionId: string })[]): ConnectionRow {
  const channel = plugins.channel(row.plugin);
  return {
    id: row.id,
    plugin: row.plugin,
    channel: channel?.title ?? row.plugin,
    loaded: channel !== undefined,
    name: row.name,
    description: row.description,
    state: row.state,
    ...(row.state_reason !== null && row.state_reason !== '' && { reason: row.state_reason }),
    stateAt: row.state_at,
    declared: Boolean(row.declared),
    numbers: numbers.flatMap(({ connectionId, ...number }) => (connectionId === row.id ? [number] : [])),
    ...(row.last_event_at !== null && { lastEventAt: row.last_event_at }),
    version: row.version,
  };
}

export async function connectionDetail(parts: WorkspaceParts, tenantId: string, id: string): Promise<ConnectionDetail> {
  const runtime = parts.runtime();
  const em = runtime.db.em(tenantId);
  const entity = await connectionRow(em, id);
  const { rows, waiting } = await runtime.db.read(async (sql) => ({ rows: await sql.all<Row>(`${select} and c.id = ?`, [tenantId, id]), waiting: await waitingFor(sql, tenantId, `connection:${id}`) }));
  const rejections = await em.find(Rejection, { connectionId: id }, { orderBy: { lastAt: 'desc' }, limit: 100 });
  const channel = runtime.plugins.channel(entity.plugin);
  const [row] = rows;
  return {
    ...rowOf(runtime, row ?? rowFrom(entity), await numberNames(runtime, tenantId)),
    settings: channel ? maskSettings(channel.settings, openable(parts, channel.settings, entity)) : {},
    checks: linesOf(entity.checks ?? null),
    ...(typeof entity.checkedAt === 'number' && { checkedAt: entity.checkedAt }),
    waiting,
    rejections: rejections.map(rejectionOf),
    log: await logOf(runtime, tenantId, id),
    createdAt: entity.createdAt,
  };
}

type Entity = Awaited<ReturnType<typeof connectionRow>>;

/** It was removed between two reads: what is known of it is shown once more. */
function rowFrom(entity: Entity): Row {
  const { id, plugin, name, description, state, stateReason, stateAt, declared, version } = entity;
  return { id, plugin, name, description, state, state_reason: stateReason ?? null, state_at: stateAt, declared, version, last_event_at: null };
}

function openable(parts: WorkspaceParts, schema: Parameters<typeof maskSettings>[0], entity: Entity) {
  try {
    return openConnectionSettings(parts.sealer, schema, entity);
  } catch {
    return withoutSecrets(schema, entity.settings);
  }
}

/** The row without what is not for pages. */
function rejectionOf({ id, cause, source, count, firstAt, lastAt }: RejectionRow): RejectionRow {
  return { id, cause, source, count, firstAt, lastAt };
}

function linesOf(checks: Json): CheckLine[] {
  if (!Array.isArray(checks)) return [];
  return checks.flatMap((line): CheckLine[] => {
    if (!isRecord(line)) return [];
    const { what, state, said, mend, field } = line;
    if (typeof what !== 'string' || typeof said !== 'string' || (state !== 'ok' && state !== 'doubtful' && state !== 'broken' && state !== 'not-yet')) return [];
    return [{ what, state, said, ...(typeof mend === 'string' && mend !== '' && { mend }), ...(typeof field === 'string' && { field }) }];
  });
}

async function logOf({ db }: Runtime, tenantId: string, id: string): Promise<ConnectionDetail['log']> {
  const em = db.em(tenantId);
  const rows = await em.find(Audit, { subject: 'connection', subjectId: id }, { orderBy: { id: 'desc' }, limit: 50 });
  const users = new Map((await db.emOfAll().find(User, { id: { $in: rows.flatMap(({ userId }) => userId ?? []) } })).map((user) => [user.id, user.name]));
  return rows.map(({ at, action, userId, detail }) => {
    const by = users.get(userId ?? '');
    const said = detail['said'];
    return { at, action, ...(by !== undefined && { by }), ...(typeof said === 'string' && { said }) };
  });
}

/** Jobs behind one that waits, wait too: a lane keeps its order. */
export async function waitingFor(sql: Sql, tenantId: string, what: string): Promise<number> {
  const [row] = await sql.all<{ n: number }>(
    'select count(*) as n from job h join job j on j.lane = h.lane and j.buried_at is null where h.waiting_for = ? and h.tenant_id = ? and j.id >= h.id and ' +
      'not exists (select 1 from job e where e.lane = h.lane and e.waiting_for = h.waiting_for and e.id < h.id)',
    [what, tenantId],
  );
  return row?.n ?? 0;
}

export function connectionKinds(parts: WorkspaceParts): ConnectionKind[] {
  const reachable = parts.server().publicUrl !== undefined;
  return parts.runtime().plugins.all.flatMap((plugin) => {
    if (plugin.kind !== 'channel') return [];
    return [{
      plugin: plugin.name,
      title: plugin.title,
      accountTitle: plugin.account.title,
      needsPublicUrl: plugin.requires?.includes('publicUrl') === true && !reachable,
      simulator: plugin.simulate !== undefined,
      offers: plugin.numbers !== undefined,
    }];
  });
}
