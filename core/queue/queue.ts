/**
 * Lanes and jobs. Jobs of a lane run one at a time, in the order of their ids. A worker claims lanes, not jobs; whoever
 * holds a lane holds its fence, and a write under an old fence is refused.
 */
import { uuid } from '../ids.ts';
import type { Json } from '../plugin/contract/plugin.ts';
import { List, type Sql } from '../db/sql.ts';
import type { JobKind } from '../db/entities/queue.ts';

export interface JobRow {
  id: string;
  tenant_id: string;
  lane: string;
  kind: JobKind;
  ref: string;
  payload: string | null;
  ready_at: number;
  attempts: number;
  waiting_for: string | null;
}

export interface NewJob {
  tenantId: string;
  lane: string;
  kind: JobKind;
  ref: string;
  payload?: Json;
  readyAt: number;
}

/** How long a lane stays with a worker that falls silent. Renewed while it works. */
export const leaseMs = 30_000;

export const laneOf = {
  deliveries: (connectionId: string) => `connection:${connectionId}`,
  turns: (conversationId: string) => `turn:${conversationId}`,
  sends: (conversationId: string) => `conversation:${conversationId}`,
  merges: (contactId: string) => `merge:${contactId}`,
  templates: (connectionId: string) => `templates:${connectionId}`,
  own: () => `job:${uuid()}`,
};

/** A lane that this process may work on, and the jobs it knows of. */
export interface HeldLane {
  lane: string;
  fence: string;
  jobs: JobRow[];
}

/**
 * Writes jobs and makes their lanes ready. With a fence, lanes that had nothing to do are taken at once and come back held:
 * the work goes on after the commit without being looked for.
 */
export async function enqueue(sql: Sql, jobs: readonly NewJob[], now: number, fence?: string): Promise<Enqueued> {
  if (jobs.length === 0) return nothingEnqueued;
  const rows: JobRow[] = jobs.map((job) => ({
    id: uuid(),
    tenant_id: job.tenantId,
    lane: job.lane,
    kind: job.kind,
    ref: job.ref,
    payload: job.payload === undefined ? null : JSON.stringify(job.payload),
    ready_at: job.readyAt,
    attempts: 0,
    waiting_for: null,
  }));
  await sql.insert(
    'job',
    ['id', 'tenant_id', 'lane', 'kind', 'ref', 'payload', 'ready_at', 'attempts', 'created_at'],
    rows.map((job) => [job.id, job.tenant_id, job.lane, job.kind, job.ref, job.payload, job.ready_at, 0, now]),
  );
  const lanes = new Map<string, JobRow[]>();
  for (const row of rows) {
    const lane = lanes.get(row.lane);
    if (lane) lane.push(row);
    else lanes.set(row.lane, [row]);
  }
  const ready = new Map([...lanes].map(([lane, list]) => [lane, Math.min(...list.map((job) => job.ready_at))]));
  const { held, left } = await readyOrHeld(sql, ready, [...ready.values()].some((at) => at > now) ? undefined : fence);
  return { held: held.map((lane) => ({ ...lane, jobs: lanes.get(lane.lane) ?? [] })), left };
}

/** What was written, for after the commit: see `Runtime.goOn`. */
export interface Enqueued {
  held: HeldLane[];
  /** Lanes that somebody must look for. */
  left: number;
}

export const nothingEnqueued: Enqueued = { held: [], left: 0 };

/** Makes lanes ready; with a fence, those that had nothing to do come back held, their jobs for the caller to fill in. */
export async function readyOrHeld(sql: Sql, lanes: ReadonlyMap<string, number>, fence: string | undefined): Promise<Enqueued> {
  if (fence) {
    // A lane that is not held now is somebody's at this moment, who will find what was added before giving it back.
    return { held: (await makeReadyAndHold(sql, lanes, fence)).map((lane) => ({ lane, fence, jobs: [] })), left: 0 };
  }
  await makeReady(sql, lanes);
  return { held: [], left: lanes.size };
}

/** Says that lanes have something to do, at the given times. */
export async function makeReady(sql: Sql, lanes: ReadonlyMap<string, number>): Promise<void> {
  if (lanes.size === 0) return;
  await sql.insert('lane', ['key', 'ready_at', 'locked_until'], sorted(lanes).map(([key, at]) => [key, at, 0]), {
    conflict: `on conflict (key) do update set ${earlier}`,
  });
}

async function makeReadyAndHold(sql: Sql, lanes: ReadonlyMap<string, number>, fence: string): Promise<string[]> {
  const idle = `lane.ready_at is null and lane.locked_until <= ${sql.now}`;
  const rows = await sql.insert<{ key: string; fence: string | null }>(
    'lane',
    ['key', 'ready_at', 'fence'],
    sorted(lanes).map(([key, at]) => [key, at, fence]),
    {
      computed: { locked_until: `${sql.now} + ${leaseMs}` },
      conflict:
        `on conflict (key) do update set ${earlier}, fence = case when ${idle} then excluded.fence else lane.fence end, ` +
        `locked_until = case when ${idle} then ${sql.now} + ${leaseMs} else lane.locked_until end`,
      returning: 'key, fence',
    },
  );
  return rows.filter((row) => row.fence === fence).map((row) => row.key);
}

const earlier = 'ready_at = case when lane.ready_at is null or excluded.ready_at < lane.ready_at then excluded.ready_at else lane.ready_at end';

/** So that two transactions that meet in several lanes meet in one order. */
function sorted(lanes: ReadonlyMap<string, number>): [string, number][] {
  return [...lanes].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Takes lanes that are due and that nobody holds. */
export async function claim(sql: Sql, limit: number, now: number): Promise<{ fence: string; lanes: string[] }> {
  const fence = uuid();
  const rows = await sql.all<{ key: string }>(
    `update lane set locked_until = ${sql.now} + ${leaseMs}, fence = ? where key in (select key from lane where ready_at <= ? and locked_until <= ${sql.now} order by ready_at limit ?${sql.forUpdateSkipLocked}) returning key`,
    [fence, now, limit],
  );
  return { fence, lanes: rows.map((row) => row.key) };
}

/** The jobs of lanes in the order they must run. A lane's first job that is not ready holds back those behind it. */
export function jobsOf(sql: Sql, lanes: readonly string[]): Promise<JobRow[]> {
  return sql.all<JobRow>(
    `select id, tenant_id, lane, kind, ref, payload, ready_at, attempts, waiting_for from job where ${sql.in('lane', 'text')} and buried_at is null order by lane, id`,
    [new List(lanes)],
  );
}

/** Which of these lanes are still ours. Locks their rows, so that what follows in the transaction is safe. */
export async function stillHeld(sql: Sql, held: readonly { lane: string; fence: string }[]): Promise<Set<string>> {
  const rows = await sql.all<{ key: string; fence: string | null }>(
    `select key, fence from lane where ${sql.in('key', 'text')} order by key${sql.forUpdate}`,
    [new List(held.map((h) => h.lane))],
  );
  const fences = new Map(rows.map((row) => [row.key, row.fence]));
  return new Set(held.filter((h) => fences.get(h.lane) === h.fence).map((h) => h.lane));
}

/** Gives lanes back: each is due when its first job is, or has nothing to do. Must follow `stillHeld` in the transaction. */
export async function release(sql: Sql, lanes: readonly string[]): Promise<void> {
  await sql.run(
    `update lane set locked_until = 0, fence = null, ready_at = (select case when waiting_for is null then ready_at end from job where job.lane = lane.key and buried_at is null order by id limit 1) where ${sql.in('key', 'text')}`,
    [new List(lanes)],
  );
}

export async function renew(sql: Sql, fences: readonly string[]): Promise<void> {
  // Rows that a commit of ours is releasing just now are passed over: waiting for them could end in a deadlock.
  await sql.run(`update lane set locked_until = ${sql.now} + ${leaseMs} where key in (select key from lane where ${sql.in('fence', 'text')}${sql.forUpdateSkipLocked})`, [new List(fences)]);
}

export async function finish(sql: Sql, jobIds: readonly string[]): Promise<void> {
  if (jobIds.length > 0) await sql.run(`delete from job where ${sql.in('id')}`, [new List(jobIds)]);
}

export interface Postponed {
  id: string;
  readyAt: number;
  attempts: number;
  error: string | null;
  /** Only once this is started; see `startWaiting`. */
  waitingFor?: string;
}

export async function postpone(sql: Sql, jobs: readonly Postponed[]): Promise<void> {
  await sql.update(
    'job',
    ['id'],
    ['ready_at', 'attempts', 'error', 'waiting_for'],
    jobs.map((job) => [job.id, job.readyAt, job.attempts, job.error, job.waitingFor ?? null]),
  );
}

/** Out of the way, but never out of sight: the job is shown to people, who may run it again. */
export async function bury(sql: Sql, jobs: readonly { id: string; attempts: number; error: string }[], now: number): Promise<void> {
  await sql.update('job', ['id'], ['attempts', 'error', 'buried_at'], jobs.map((job) => [job.id, job.attempts, job.error, now]));
}

/** What waited for a connection, number or agent goes on. */
export async function startWaiting(sql: Sql, waitingFor: string, now: number): Promise<void> {
  const rows = await sql.all<{ lane: string }>('update job set waiting_for = null, ready_at = ? where waiting_for = ? returning lane', [now, waitingFor]);
  await makeReady(sql, new Map(rows.map((row) => [row.lane, now])));
}

/** When the next lane is due, for a worker that wants to sleep; null when nothing waits. */
export async function nextDue(sql: Sql): Promise<number | null> {
  const [row] = await sql.all<{ at: number | null }>(`select min(ready_at) as at from lane where ready_at is not null and locked_until <= ${sql.now}`);
  return row?.at ?? null;
}

/** Jittered exponential backoff: 1 s, 2 s, 4 s … at most 10 minutes, each shortened by up to a half. */
export function backoffMs(attempts: number, random: number = Math.random()): number {
  return Math.round(Math.min(1_000 * 2 ** (attempts - 1), 600_000) * (0.5 + random / 2));
}
