/** The log of a connection: people's deeds are written with their audit row, and all of it is read here. */
import { logColumns, logLevels, type LogLevel } from '../connection-log.ts';
import { ConnectionLog } from '../db/entities/index.ts';
import type { Em } from '../db/open.ts';
import { List, type Sql, type Value } from '../db/sql.ts';
import { uuid } from '../ids.ts';
import { safeMembers, safeText } from '../log.ts';
import { storableText } from '../pipeline/characters.ts';
import { fromJson } from '../pipeline/rows.ts';
import type { Json } from '../plugin/contract/plugin.ts';
import { fill } from '../plugin/words.ts';
import type { Runtime } from '../runtime.ts';
import { isId } from './parts.ts';

export interface LogFilter {
  /** This one and what is worse. */
  level?: LogLevel;
  /** Part of a message, or of what stands beside it. */
  text?: string;
  /** As `next` gave it. */
  before?: string;
  limit?: number;
}

export interface LogRow {
  id: string;
  at: number;
  level: LogLevel;
  /** Of plugins and the pipeline as they wrote it; of a deed its English sentence. */
  message: string;
  /** The deed, as the audit log names it; pages have a sentence for it in each language. */
  event?: string;
  /** Who did it. */
  by?: string;
  detail: Record<string, Json>;
}

// ── what people and core did ─────────────────────────────────────────────────────────────────────────────────────────

/** By the action of the audit row; pages have the same sentences in every language under `says:log`. */
const sentences: Record<string, string> = {
  'connection.create': 'It was made.',
  'connection.save': 'Its settings were saved.',
  'connection.start': 'It was started.',
  'connection.stop': 'It was stopped.',
  'connection.restart': 'It was restarted.',
  'connection.release': 'The configuration file declares it no longer, so it was stopped.',
  'connection.error': 'It went into error: {{said}}',
  'connection.running': 'It runs.',
  'connection.subscribe': 'The provider was told to send its events here.',
  'connection.unsubscribe': 'The provider was told to send its events here no longer.',
  'connection.register': 'The number {{account}} was registered: {{said}}',
  'connection.rotate': 'The webhook secrets were made anew.',
  'connection.share': 'A link to its hand-off was made; days that it works: {{days}}.',
  'connection.templates': 'The templates were read: {{seen}} found, {{gone}} gone.',
};

/** The line that goes with an audit row of a connection. */
export function lineOf(action: string, detail: Record<string, unknown>, userId: string | null): { level: LogLevel; message: string; detail: Record<string, Json> } {
  const params = Object.fromEntries(Object.entries(detail).map(([name, value]) => [name, typeof value === 'string' || typeof value === 'number' ? String(value) : '']));
  const plain: Record<string, Json> = JSON.parse(JSON.stringify(storableText(safeMembers(detail))));
  return {
    level: action === 'connection.error' ? 'error' : 'info',
    message: storableText(safeText(fill(sentences[action] ?? action, params)).slice(0, 2_000)),
    detail: { ...plain, event: action, ...(userId !== null && { by: userId }) },
  };
}

export function writeLine(em: Em, { tenantId, connectionId, at }: { tenantId: string; connectionId: string; at: number }, line: ReturnType<typeof lineOf>): void {
  em.persist(em.create(ConnectionLog, { tenantId, connectionId, at, ...line }));
}

export async function writeLineSql(sql: Sql, { tenantId, connectionId, at }: { tenantId: string; connectionId: string; at: number }, { level, message, detail }: ReturnType<typeof lineOf>): Promise<void> {
  await sql.insert('connection_log', logColumns, [[uuid(), tenantId, connectionId, at, level, message, JSON.stringify(detail)]]);
}

// ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export async function readLog({ db }: Runtime, tenantId: string, connectionId: string, { level = 'info', text, before, limit = 100 }: LogFilter): Promise<{ rows: LogRow[]; next?: string }> {
  const atOnce = Math.min(Math.max(limit, 1), 500);
  const levels = logLevels.slice(logLevels.indexOf(level));
  let where = `tenant_id = ? and connection_id = ? and level in (${levels.map((one) => `'${one}'`).join(', ')})`;
  const values: Value[] = [tenantId, connectionId];
  const words = text?.trim().toLowerCase().slice(0, 100);
  if (words) {
    const like = `%${words.replace(/[\\%_]/g, '\\$&')}%`;
    where += " and (lower(message) like ? escape '\\' or lower(cast(detail as text)) like ? escape '\\')";
    values.push(like, like);
  }
  if (before !== undefined && isId(before)) {
    where += ' and id < ?';
    values.push(before);
  }
  const found = await db.read((sql) =>
    sql.all<{ id: string; at: number; level: LogLevel; message: string; detail: string }>(`select id, at, level, message, detail from connection_log where ${where} order by id desc limit ${atOnce + 1}`, values),
  );
  const page = found.slice(0, atOnce).map((row) => ({ ...row, detail: fromJson<Record<string, Json>>(row.detail) }));
  const names = await namesOf(db, page.flatMap(({ detail }) => (typeof detail['by'] === 'string' ? [detail['by']] : [])));
  const last = page.at(-1);
  return {
    rows: page.map(({ detail: { event, by, ...detail }, ...row }) => {
      const name = typeof by === 'string' ? names.get(by) : undefined;
      return { ...row, detail, ...(typeof event === 'string' && { event }), ...(name !== undefined && { by: name }) };
    }),
    ...(found.length > atOnce && last && { next: last.id }),
  };
}

async function namesOf(db: Runtime['db'], ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const list = new List([...new Set(ids)]);
  const rows = await db.read((sql) => sql.all<{ id: string; name: string }>(`select id, name from "user" where ${sql.in('id')} union all select id, name from api_key where ${sql.in('id')}`, [list, list]));
  return new Map(rows.map(({ id, name }) => [id, name]));
}
