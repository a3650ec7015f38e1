/**
 * Core's own lines of the doctor: is this installation reached, where do events go, what came last, what was refused, what
 * waits. Their sentences are keys of core's texts (`says:…`), so that every surface says them in its reader's language.
 */
import { Job, Num, Rejection, type IConnection } from '../db/entities/index.ts';
import type { Em } from '../db/open.ts';
import { NotSent, Silence, SwitchboardError } from '../errors.ts';
import { inEnglish, kept } from '../kept-words.ts';
import { scrubberOf } from '../plugin/context.ts';
import type { Channel } from '../plugin/contract/channel.ts';
import type { CheckLine, Json } from '../plugin/contract/plugin.ts';
import { isRecord } from '../plugin/settings.ts';
import type { Runtime } from '../runtime.ts';
import { examine, type Subject } from './checks.ts';
import { passingContext } from './contexts.ts';
import { world, type WorkspaceParts } from './parts.ts';
import type { Settings } from './settings.ts';
import { waitingFor } from './waiting.ts';

/** Longest that one question of core's own may take. */
const askMs = 5_000;
/** What was refused longer ago says little about now. */
const latelyMs = 24 * 3_600_000;

// ── what somebody must be asked for ──────────────────────────────────────────────────────────────────────────────────

/** The channel's own lines, then core's; the channel may say where its events go in more detail than core can. */
export async function examineSaved(parts: WorkspaceParts, channel: Channel, settings: Settings, subject: Subject): Promise<CheckLine[]> {
  const [told, publicUrl] = await Promise.all([examine(world(parts), channel, settings, subject), publicUrlLines(parts, channel)]);
  // Before it is there, nothing can be sent to it.
  const exists = parts.runtime().directory.connection(subject.id) !== undefined;
  const subscription = exists && channel.subscribe && !told.some(({ what }) => what === 'subscription') ? [await subscriptionLine(parts, channel, settings, subject)] : [];
  return [...told, ...publicUrl, ...subscription];
}

/** The address that providers are given leads here, as far as can be seen from here; said where the channel needs it. */
export async function publicUrlLines(parts: WorkspaceParts, channel: Channel): Promise<CheckLine[]> {
  return channel.requires?.includes('publicUrl') ? [await publicUrlLine(parts)] : [];
}

async function publicUrlLine({ server, outbound }: WorkspaceParts): Promise<CheckLine> {
  const { publicUrl } = server();
  const what = 'public-url';
  if (publicUrl === undefined) return { what, state: 'broken', said: 'says:doctor.publicUrl.missing', mend: 'says:doctor.publicUrl.set' };
  const url = publicUrl.replace(/\/+$/, '');
  const params = { url };
  try {
    const answer = await outbound.call(`${url}/health/live`, { timeoutMs: askMs, maxBytes: 10_000 }, { origins: new Set(), secrets: [] });
    if (answer.status !== 200 || !answer.text().includes('"live"')) {
      return { what, state: 'broken', said: 'says:doctor.publicUrl.other', mend: 'says:doctor.publicUrl.proxy', params: { ...params, status: String(answer.status) } };
    }
    if (!url.startsWith('https:')) return { what, state: 'doubtful', said: 'says:doctor.publicUrl.plain', mend: 'says:doctor.publicUrl.https', params };
    return { what, state: 'ok', said: 'says:doctor.publicUrl.ok', params };
  } catch (error) {
    if (!(error instanceof NotSent) && !(error instanceof Silence)) throw error;
    const refused = error.cause instanceof SwitchboardError && error.cause.code === 'ADDRESS_REFUSED';
    // Many networks cannot reach themselves by their public name, so this alone proves nothing.
    return { what, state: 'doubtful', said: refused ? 'says:doctor.publicUrl.private' : 'says:doctor.publicUrl.silent', mend: 'says:doctor.publicUrl.proxy', params, ...(!refused && { answered: error.message }) };
  }
}

async function subscriptionLine(parts: WorkspaceParts, channel: Channel, settings: Settings, subject: Subject): Promise<CheckLine> {
  const what = 'subscription';
  try {
    const found = await channel.subscribe?.read(passingContext(world(parts), channel, settings, { ...subject, signal: AbortSignal.timeout(2 * askMs) }));
    if (found?.state === 'ours') return { what, state: 'ok', said: 'says:doctor.subscription.ours' };
    if (found?.state === 'other') return { what, state: 'broken', said: 'says:doctor.subscription.other', mend: 'says:doctor.subscription.take', params: { url: found.url ?? '–' } };
    return { what, state: 'broken', said: 'says:doctor.subscription.none', mend: 'says:doctor.subscription.set' };
  } catch (error) {
    return { what, state: 'doubtful', said: 'says:doctor.subscription.unread', answered: scrubberOf(channel, settings).text(error instanceof Error ? error.message : String(error)) };
  }
}

// ── what is kept of it ───────────────────────────────────────────────────────────────────────────────────────────────

/**
 * What a check found before the provider refused the connection: that something of the provider's was fine is not known any
 * more, and its answer stands there instead until somebody asks again.
 */
export function linesSince(row: IConnection, found: readonly CheckLine[]): CheckLine[] {
  const lines = found.filter((line) => !isRefusal(line));
  if (row.state !== 'error' || row.stateAt <= (row.checkedAt ?? 0)) return lines;
  const params = { at: String(row.stateAt) };
  const refused: CheckLine = { what: 'refused', state: 'broken', said: 'says:doctor.refused.since', mend: 'says:doctor.refused.mend', params, ...(row.stateReason && { answered: inEnglish(kept(row.stateReason)) }) };
  return [found.find(isRefusal) ?? refused, ...lines.filter(({ state, said }) => state !== 'ok' || said.startsWith('says:'))];
}

const isRefusal = ({ what }: CheckLine) => what === 'refused';

/** What is found now, and until the next start why the provider refused the connection: pages say it in the reader's language. */
export function linesToKeep({ state, checks }: IConnection, found: readonly CheckLine[]): CheckLine[] {
  return [...(state === 'error' ? linesOf(checks ?? null).filter(isRefusal) : []), ...found].map((line) => ({ ...line }));
}

export function linesOf(checks: Json): CheckLine[] {
  if (!Array.isArray(checks)) return [];
  return checks.flatMap((line): CheckLine[] => {
    if (!isRecord(line)) return [];
    const { what, state, said, mend, field, answered, params } = line;
    if (typeof what !== 'string' || typeof said !== 'string' || (state !== 'ok' && state !== 'doubtful' && state !== 'broken' && state !== 'not-yet')) return [];
    return [{ what, state, said, ...(typeof mend === 'string' && mend !== '' && { mend }), ...(typeof field === 'string' && { field }), ...(typeof answered === 'string' && { answered }), ...(isRecord(params) && { params: textsIn(params) }) }];
  });
}

function textsIn(params: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(params).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as const] : [])));
}

// ── what the database knows ──────────────────────────────────────────────────────────────────────────────────────────

/** As it is now: these are never kept. */
export async function knownLines(runtime: Runtime, em: Em, row: IConnection): Promise<CheckLine[]> {
  const now = runtime.clock.now();
  return [
    await lastEventLine(runtime, row),
    ...(await rejectedLines(em, row, now)),
    ...(await numberLines(runtime, em, row)),
    ...(await templateLines(runtime, em, row, now)),
    await waitingLine(runtime, row),
    ...(row.previous && (row.previousUntil ?? 0) > now ? [{ what: 'grace', state: 'ok' as const, said: 'says:doctor.grace', params: { until: String(row.previousUntil) } }] : []),
  ];
}

async function lastEventLine({ db }: Runtime, { id, tenantId }: IConnection): Promise<CheckLine> {
  const what = 'last-event';
  const [last] = await db.read((sql) => sql.all<{ received_at: number }>('select received_at from delivery where connection_id = ? and tenant_id = ? order by id desc limit 1', [id, tenantId]));
  return last ? { what, state: 'ok', said: 'says:doctor.lastEvent.at', params: { at: String(last.received_at) } } : { what, state: 'not-yet', said: 'says:doctor.lastEvent.none', mend: 'says:doctor.lastEvent.write' };
}

/** One line for each cause of the last day, with what most likely lies behind it. */
async function rejectedLines(em: Em, { id }: IConnection, now: number): Promise<CheckLine[]> {
  const rows = await em.find(Rejection, { connectionId: id, lastAt: { $gt: now - latelyMs } }, { orderBy: { lastAt: 'desc' } });
  if (rows.length === 0) return [{ what: 'rejected', state: 'ok', said: 'says:doctor.rejected.none' }];
  return [...Map.groupBy(rows, ({ cause }) => cause)].map(([cause, of]): CheckLine => ({
    what: 'rejected',
    state: 'doubtful',
    said: 'says:doctor.rejected.some',
    mend: `admin:rejected.${knownCauses.has(cause) ? cause : 'unsigned'}.likely`,
    params: { count: String(of.reduce((sum, { count }) => sum + count, 0)), at: String(of[0]?.lastAt ?? now), from: of[0]?.source ?? '' },
  }));
}

const knownCauses = new Set(['unsigned', 'wrong-secret', 'other-url', 'rewritten-body', 'not-configured', 'unknown-key']);

async function numberLines({ directory }: Runtime, em: Em, { id }: IConnection): Promise<CheckLine[]> {
  const numbers = await em.find(Num, { connectionId: id, deletedAt: null }, { orderBy: { id: 'asc' }, limit: 200 });
  if (numbers.length === 0) return [{ what: 'numbers-here', state: 'not-yet', said: 'says:doctor.number.none', mend: 'says:doctor.number.connect' }];
  return numbers.map(({ id: numberId, displayName, active }): CheckLine => {
    const inbound = directory.number(numberId)?.inbound;
    const agent = inbound && directory.agent(inbound.agentId);
    const params = { name: displayName, agent: agent?.name ?? '' };
    const what = `line ${displayName}`;
    if (!active) return { what, state: 'not-yet', said: 'says:doctor.number.inactive', params };
    if (!agent) return { what, state: 'doubtful', said: 'says:doctor.number.people', mend: 'says:doctor.number.plug', params };
    if (agent.state !== 'running') return { what, state: 'doubtful', said: 'says:doctor.number.agentStopped', mend: 'says:doctor.number.startAgent', params };
    return { what, state: 'ok', said: inbound.environment === 'draft' ? 'says:doctor.number.draft' : 'says:doctor.number.answers', params };
  });
}

async function templateLines({ plugins, db, options }: Runtime, em: Em, row: IConnection, now: number): Promise<CheckLine[]> {
  if (!plugins.channel(row.plugin)?.templates) return [];
  const what = 'templates';
  const timer = await em.findOne(Job, { ref: row.id, kind: 'templates', buriedAt: null });
  const { templatesAt } = row;
  if (typeof templatesAt !== 'number') {
    return [{ what, state: timer?.error ? 'doubtful' : 'not-yet', said: 'says:doctor.templates.never', mend: 'says:doctor.templates.sync', ...(timer?.error && { answered: timer.error }) }];
  }
  const [counted] = await db.read((sql) =>
    sql.all<{ n: number; approved: number }>("select count(*) as n, count(case when status = 'approved' then 1 end) as approved from template where connection_id = ? and tenant_id = ? and deleted_at is null", [row.id, row.tenantId]),
  );
  const params = { at: String(templatesAt), count: String(counted?.n ?? 0), approved: String(counted?.approved ?? 0) };
  const old = templatesAt < now - 2 * options.templatesEveryMs;
  if (old || timer?.error) return [{ what, state: 'doubtful', said: 'says:doctor.templates.old', mend: 'says:doctor.templates.sync', params, ...(timer?.error && { answered: timer.error }) }];
  return [{ what, state: 'ok', said: 'says:doctor.templates.ok', params }];
}

async function waitingLine({ db }: Runtime, { id, tenantId, state }: IConnection): Promise<CheckLine> {
  const what = 'waiting';
  const count = await db.read((sql) => waitingFor(sql, tenantId, `connection:${id}`));
  const [buried] = await db.read((sql) =>
    sql.all<{ n: number }>('select count(*) as n from job j join message m on m.id = j.ref where j.tenant_id = ? and j.buried_at is not null and m.connection_id = ?', [tenantId, id]),
  );
  if (count > 0) return { what, state: state === 'running' ? 'ok' : 'doubtful', said: 'says:doctor.waiting.some', mend: 'says:doctor.waiting.start', params: { count: String(count) } };
  if (buried && buried.n > 0) return { what, state: 'doubtful', said: 'says:doctor.waiting.buried', mend: 'says:doctor.waiting.look', params: { count: String(buried.n) } };
  return { what, state: 'ok', said: 'says:doctor.waiting.none' };
}
