/** What is done at the provider on somebody's word: its events sent here, or a number made ready. Each is one try. */
import type { Sql } from '../db/sql.ts';
import type { ConnectionEntry } from '../directory.ts';
import { SwitchboardError } from '../errors.ts';
import { scrubberOf } from '../plugin/context.ts';
import type { Channel } from '../plugin/contract/channel.ts';
import type { Context } from '../plugin/contract/context.ts';
import type { CheckLine, Json } from '../plugin/contract/plugin.ts';
import { isRecord } from '../plugin/settings.ts';
import { englishLine } from '../plugin/words.ts';
import { auditSql, tell, type By } from './change.ts';
import { connectionRow, notFound, numberRow, type WorkspaceParts } from './parts.ts';
import { Refused } from './refused.ts';

/** Longest that it may take: the provider may shake hands with us meanwhile. */
const actMs = 30_000;

type World = Context<Record<string, Json>>;

interface Acting {
  channel: Channel;
  entry: ConnectionEntry;
  ctx: World;
}

async function actingOn(parts: WorkspaceParts, tenantId: string, connectionId: string): Promise<Acting> {
  const runtime = parts.runtime();
  const { id } = await connectionRow(runtime.db.em(tenantId), connectionId);
  const entry = runtime.directory.connection(id);
  if (!entry?.channel) throw notFound();
  return { channel: entry.channel, entry, ctx: { ...entry.context, signal: AbortSignal.timeout(actMs) } };
}

/** In the provider's words, without our secrets. */
function wordsFrom({ channel, entry }: Acting, error: unknown): string {
  return scrubberOf(channel, entry.settings).text(error instanceof Error ? error.message : String(error)).slice(0, 1_000);
}

// ── where events go ──────────────────────────────────────────────────────────────────────────────────────────────────

const what = 'subscription';

/** `unseen`: also where the provider does not say what other address it would be taken from. */
export async function subscribe(parts: WorkspaceParts, tenantId: string, id: string, { overwrite = false }: { overwrite?: boolean | 'unseen' }, by: By): Promise<CheckLine> {
  const acting = await actingOn(parts, tenantId, id);
  const { channel, ctx } = acting;
  if (!channel.subscribe) throw notFound();
  const { read, set } = channel.subscribe;
  try {
    const found = await read(ctx);
    if (found.state === 'other' && overwrite !== true && (found.url !== undefined || !overwrite)) throw new SwitchboardError('CONFLICT', `Events go to ${found.url ?? 'another address'} now, which then receives nothing. Say that it may be overwritten.`);
    await set(ctx);
  } catch (error) {
    if (error instanceof SwitchboardError && error.code === 'CONFLICT') throw error;
    return failed(parts, acting, { what, state: 'broken', said: 'says:doctor.subscription.refused', answered: wordsFrom(acting, error) });
  }
  return done(parts, tenantId, acting, by, 'connection.subscribe', { what, state: 'ok', said: 'says:doctor.subscription.ours' });
}

export async function unsubscribe(parts: WorkspaceParts, tenantId: string, id: string, by: By): Promise<CheckLine> {
  const acting = await actingOn(parts, tenantId, id);
  const { channel, ctx } = acting;
  if (!channel.subscribe?.clear) throw notFound();
  try {
    await channel.subscribe.clear(ctx);
  } catch (error) {
    return failed(parts, acting, { what, state: 'broken', said: 'says:doctor.subscription.kept', answered: wordsFrom(acting, error) });
  }
  return done(parts, tenantId, acting, by, 'connection.unsubscribe', { what, state: 'broken', said: 'says:doctor.subscription.none', mend: 'says:doctor.subscription.set' });
}

// ── a number ready to send ───────────────────────────────────────────────────────────────────────────────────────────

export async function register(parts: WorkspaceParts, tenantId: string, id: string, given: { pin: string }, by: By): Promise<CheckLine> {
  const pin = given.pin.trim();
  if (!/^\d{6}$/.test(pin)) throw new Refused({ pin: { code: 'wrongForm', params: { form: '000000 – 999999', example: '' } } });
  const number = await numberRow(parts.runtime().db.em(tenantId), id);
  const acting = await actingOn(parts, tenantId, number.connectionId);
  const { channel, ctx } = acting;
  if (!channel.register) throw notFound();
  try {
    const line = await channel.register(number.account, pin, ctx);
    const said = englishLine(channel, line).replaceAll(pin, '••••••');
    if (line.state === 'broken') return await failed(parts, acting, line);
    return await done(parts, tenantId, acting, by, 'connection.register', line, { account: number.account, said });
  } catch (error) {
    return failed(parts, acting, { what: `number ${number.account}`, state: 'broken', said: 'says:doctor.register.failed', params: { name: number.displayName }, answered: wordsFrom(acting, error).replaceAll(pin, '••••••') });
  }
}

// ── what became of it ────────────────────────────────────────────────────────────────────────────────────────────────

async function done(parts: WorkspaceParts, tenantId: string, { entry }: Acting, by: By, action: string, line: CheckLine, detail: Record<string, unknown> = {}): Promise<CheckLine> {
  const runtime = parts.runtime();
  await runtime.db.write(async (sql) => {
    await auditSql(sql, runtime, tenantId, by, { action, subject: 'connection', subjectId: entry.id, detail });
    await keepLine(sql, entry, line);
  });
  tell(runtime, { tenantId, numbers: true });
  return line;
}

async function failed(parts: WorkspaceParts, { channel, entry }: Acting, line: CheckLine): Promise<CheckLine> {
  const runtime = parts.runtime();
  runtime.log.warn({ connection: entry.id, what: line.what, answered: line.answered ?? englishLine(channel, line) }, 'the provider did not do it');
  await runtime.db.write((sql) => keepLine(sql, entry, line));
  return line;
}

/** In the place of what the doctor said of the same before, so that pages show what became of it. No change: an open form may still be saved. */
async function keepLine(sql: Sql, { id, tenantId }: ConnectionEntry, line: CheckLine): Promise<void> {
  const [row] = await sql.all<{ checks: string | null }>(`select checks from connection where id = ? and tenant_id = ?${sql.forUpdate}`, [id, tenantId]);
  const kept: unknown = row?.checks ? JSON.parse(row.checks) : [];
  const rest = Array.isArray(kept) ? kept.filter((one: unknown) => !isRecord(one) || one['what'] !== line.what) : [];
  await sql.update('connection', ['id', 'tenant_id'], ['checks'], [[id, tenantId, JSON.stringify([line, ...rest])]]);
}
