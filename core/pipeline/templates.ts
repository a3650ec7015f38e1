/** A connection's templates, read from its provider: on a timer that is a job like any other, and sooner when somebody asks. */
import type { Step } from '../db/commit.ts';
import { List, type Sql, type Value } from '../db/sql.ts';
import type { ConnectionEntry } from '../directory.ts';
import { uuid } from '../ids.ts';
import { scrubberOf } from '../plugin/context.ts';
import type { TemplateRecord } from '../plugin/contract/template.ts';
import { backoffMs, enqueue, finish, laneOf, makeReady, postpone, release, stillHeld, type HeldLane } from '../queue/queue.ts';
import type { Runtime } from '../runtime.ts';
import { storableText } from './characters.ts';

/** More pages than any account has: a provider whose list never ends must not keep us for ever. */
const mostPages = 500;
/** Longest that the reading of all pages may take. */
const syncMs = 120_000;

/**
 * Has the templates of these connections read, at the latest at `at`. Each has one job, which is its timer; it is made where
 * there is none and brought forward where it would come later.
 */
export async function syncTemplatesBy(sql: Sql, connections: readonly { id: string; tenantId: string }[], at: number, now: number): Promise<void> {
  if (connections.length === 0) return;
  const ids = new List(connections.map(({ id }) => id));
  const timers = await sql.all<{ ref: string; lane: string }>(`select ref, lane from job where ${sql.in('ref')} and kind = 'templates' and buried_at is null`, [ids]);
  // A reading that is under way may have passed what this is about: it sees by the payload that it was asked for again.
  await sql.run(`update job set ready_at = case when ready_at > ? then ? else ready_at end, payload = ? where ${sql.in('ref')} and kind = 'templates' and buried_at is null`, [at, at, JSON.stringify(now), ids]);
  await makeReady(sql, new Map(timers.map(({ lane }) => [lane, at])));
  const timed = new Set(timers.map(({ ref }) => ref));
  const fresh = connections.filter(({ id }) => !timed.has(id));
  await enqueue(sql, fresh.map(({ id, tenantId }) => ({ tenantId, lane: laneOf.templates(id), kind: 'templates' as const, ref: id, readyAt: at })), now);
}

/** A timer for every running connection whose channel lists templates and that has none yet. */
export async function keepTemplateTimers(runtime: Runtime): Promise<void> {
  const due = runtime.directory.connections().filter(({ channel, state }) => channel?.templates !== undefined && state === 'running');
  const now = runtime.clock.now();
  const made = await runtime.db.write(async (sql) => {
    const timers = await sql.all<{ ref: string }>("select ref from job where kind = 'templates' and buried_at is null");
    const timed = new Set(timers.map(({ ref }) => ref));
    const fresh = due.filter(({ id }) => !timed.has(id));
    await syncTemplatesBy(sql, fresh, now, now);
    return fresh.length;
  });
  if (made > 0) runtime.wake();
}

// ── the job ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Runs a connection's timer and sets it anew. A provider that does not answer is asked again, with growing pauses. */
export async function runTemplates(runtime: Runtime, lane: HeldLane): Promise<void> {
  const [job] = lane.jobs;
  const connection = job && runtime.directory.connection(job.ref);
  const now = runtime.clock.now();
  if (!job || !connection?.channel?.templates) return end(runtime, lane, { over: true });
  if (job.ready_at > now) return end(runtime, lane, { at: job.ready_at, attempts: job.attempts });
  if (connection.state !== 'running') return end(runtime, lane, { at: now, attempts: 0, waitingFor: `connection:${connection.id}` });
  try {
    const read = await syncTemplates(runtime, connection);
    runtime.log.info({ connection: connection.id, ...read }, 'the templates were read');
    await end(runtime, lane, { at: runtime.clock.now() + spread(runtime.options.templatesEveryMs), attempts: 0, began: now });
  } catch (error) {
    const said = scrubberOf(connection.channel, connection.settings).text(error instanceof Error ? error.message : String(error)).slice(0, 500);
    const attempts = job.attempts + 1;
    if (attempts === 1) runtime.log.warn({ connection: connection.id, said }, 'the templates could not be read');
    const wait = Math.min(backoffMs(attempts) * 60, runtime.options.templatesEveryMs);
    await end(runtime, lane, { at: runtime.clock.now() + wait, attempts, error: said });
  }
}

/** Connections that were started together must not ask together for ever. */
const spread = (ms: number) => Math.round(ms * (0.9 + Math.random() / 5));

/** `began`: whoever asked since then is answered by another reading at once. */
type End = { over: true } | { at: number; attempts: number; began?: number; error?: string; waitingFor?: string };

async function end(runtime: Runtime, lane: HeldLane, what: End): Promise<void> {
  await runtime.commit.add(ended, { lane, what });
}

const ended: Step<{ lane: HeldLane; what: End }, void> = {
  name: 'templates-ended',
  patienceMs: Infinity,
  async write(sql, items) {
    const held = await stillHeld(sql, items.map(({ lane }) => lane));
    const ours = items.filter(({ lane }) => held.has(lane.lane));
    for (const { lane, what } of ours) {
      const [timer] = lane.jobs;
      if ('over' in what || !timer) {
        await finish(sql, lane.jobs.map(({ id }) => id));
        continue;
      }
      const readyAt = what.began !== undefined && (await askedSince(sql, lane.lane, what.began)) ? what.began : what.at;
      // Two replicas that start together may each make one: the connection needs one timer.
      await sql.run('delete from job where lane = ? and id <> ? and tenant_id = ? and buried_at is null', [lane.lane, timer.id, timer.tenant_id]);
      await postpone(sql, [{ id: timer.id, readyAt, attempts: what.attempts, error: what.error ?? null, ...(what.waitingFor !== undefined && { waitingFor: what.waitingFor }) }]);
    }
    await release(sql, ours.map(({ lane }) => lane.lane));
    return items.map(() => undefined);
  },
};

async function askedSince(sql: Sql, lane: string, began: number): Promise<boolean> {
  const rows = await sql.all<{ payload: string | null }>('select payload from job where lane = ? and buried_at is null', [lane]);
  return rows.some(({ payload }) => payload !== null && Number(payload) > began);
}

// ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Reads all templates and makes the rows agree: what is new appears, what changed is changed, what is gone is marked.
 * @throws whatever the channel throws; then nothing was changed
 */
export async function syncTemplates(runtime: Runtime, connection: ConnectionEntry): Promise<{ seen: number; gone: number }> {
  const began = runtime.clock.now();
  const records = await listAll(connection);
  return runtime.db.write(async (sql) => {
    await writeTemplates(sql, connection, records, runtime.clock.now());
    const kept = new List(records.map(({ id }) => id));
    // What was made here while the provider was asked is not in its answer yet.
    const gone = await sql.run(
      `update template set deleted_at = ? where connection_id = ? and tenant_id = ? and deleted_at is null and updated_at < ? and not (${sql.in('provider_id', 'text')})`,
      [runtime.clock.now(), connection.id, connection.tenantId, began, kept],
    );
    await sql.run('update connection set templates_at = ? where id = ? and tenant_id = ?', [runtime.clock.now(), connection.id, connection.tenantId]);
    return { seen: records.length, gone };
  });
}

async function listAll({ channel, context }: ConnectionEntry): Promise<TemplateRecord[]> {
  const time = AbortSignal.timeout(syncMs);
  const ctx = { ...context, signal: AbortSignal.any([context.signal, time]) };
  const records = new Map<string, TemplateRecord>();
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    time.throwIfAborted();
    const answer = await channel?.templates?.list(ctx, cursor);
    for (const record of answer?.templates ?? []) records.set(record.id, storableText(record));
    if (answer?.next === undefined || answer.next === cursor) return [...records.values()];
    cursor = answer.next;
  }
  throw new Error(`The list of templates did not end within ${mostPages} pages.`);
}

const columns = ['id', 'tenant_id', 'connection_id', 'provider_id', 'name', 'language', 'status', 'category', 'quality', 'reason', 'components', 'preview', 'variables', 'updated_at'] as const;

/** One row for each id that the provider gives; what was gone and is back is back. */
export async function writeTemplates(sql: Sql, { id, tenantId }: Pick<ConnectionEntry, 'id' | 'tenantId'>, records: readonly TemplateRecord[], now: number): Promise<string[]> {
  const changed = columns.filter((column) => !['id', 'tenant_id', 'connection_id', 'provider_id'].includes(column));
  const rows = await sql.insert<{ id: string }>('template', columns, records.map((record) => rowOf(record, id, tenantId, now)), {
    conflict: `on conflict (connection_id, provider_id) do update set ${changed.map((column) => `${column} = excluded.${column}`).join(', ')}, deleted_at = null`,
    returning: 'id',
  });
  return rows.map((row) => row.id);
}

function rowOf({ id, name, language, status, category, quality, reason, components, preview, variables }: TemplateRecord, connectionId: string, tenantId: string, now: number): Value[] {
  return [
    uuid(), tenantId, connectionId, id.slice(0, 255), name.slice(0, 255), language.slice(0, 64), status, category?.slice(0, 64) ?? null, quality?.slice(0, 64) ?? null, reason ?? null,
    JSON.stringify(components), JSON.stringify(preview), JSON.stringify(variables), now,
  ];
}
