/**
 * A database remembers which key its secrets are sealed with, so that a wrong key is noticed before anything is written. With
 * "new,old" everything is sealed anew under the new key at start, and the old one may go.
 */
import { SwitchboardError } from '../errors.ts';
import type { Log } from '../plugin/contract/context.ts';
import { keyOf, version, type Sealer } from '../plugin/secrets.ts';
import type { Database } from './open.ts';
import type { Sql } from './sql.ts';

/** @throws SwitchboardError DATABASE_KEY */
export async function checkSeal(db: Database, sealer: Sealer, log: Log): Promise<void> {
  const sealedAnew = await db.write(async (sql) => {
    const newest = sealer.fingerprint();
    await sql.run("insert into installation (key, value, updated_at) values ('seal', ?, ?) on conflict (key) do nothing", [newest, Date.now()]);
    const [row] = await sql.all<{ value: string }>(`select value from installation where key = 'seal'${sql.forUpdate}`);
    const key = row?.value ?? newest;
    if (!sealer.fingerprints().includes(key)) {
      throw new SwitchboardError('DATABASE_KEY', `The secrets in this database are sealed under another key (${key}). Start with the SECRET_KEY, or the secret.key file in the data folder, that belongs to it; a backup needs the key of its day.`);
    }
    if (key === newest) return undefined;
    const count = await sealAnew(sql, sealer);
    await sql.run("update installation set value = ?, updated_at = ? where key = 'seal'", [newest, Date.now()]);
    return { count, newest, before: key };
  });
  if (sealedAnew) log.info(sealedAnew, 'The stored secrets were sealed anew under the new key; the old one is needed no longer.');
}

/** Every column that holds sealed values, and the place that each value is bound to. */
const kept = [
  { table: 'connection', keys: ['id'], column: 'settings', json: true, place: ([id = '']: string[]) => `connection:${id}` },
  { table: 'connection', keys: ['id'], column: 'previous', json: true, place: ([id = '']: string[]) => `connection:${id}` },
  { table: 'agent', keys: ['id'], column: 'secrets', json: true, place: ([id = '']: string[]) => `agent:${id}` },
  { table: 'webhook_key', keys: ['id', 'connection_id'], column: 'sealed', json: false, place: ([, connection = '']: string[]) => `webhook-key:${connection}` },
  { table: 'plugin_store', keys: ['connection_id', 'key'], column: 'value', json: false, place: ([connection = '', key = '']: string[]) => `store:${connection}.${key}` },
] as const;

async function sealAnew(sql: Sql, sealer: Sealer): Promise<number> {
  let count = 0;
  const anew = (value: unknown, place: string): unknown => {
    if (typeof value === 'string') return keyOf(value) === undefined ? value : resealed(sealer, value, place, () => count++);
    if (Array.isArray(value) || typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, anew(member, `${place}.${name}`)]));
  };
  // What is accepted beside a connection's settings is a list of such settings.
  const recordsAnew = (value: unknown, place: string): unknown =>
    Array.isArray(value) ? value.map((one: { settings: unknown }) => ({ ...one, settings: anew(one.settings, place) })) : anew(value, place);
  for (const { table, keys, column, json, place } of kept) {
    const rows = await sql.all<Record<string, string>>(`select ${keys.join(', ')}, ${column} from ${table} where ${column} is not null`);
    for (const row of rows) {
      const ids = keys.map((key) => row[key] ?? '');
      const was = row[column] ?? '';
      const is = json ? JSON.stringify(recordsAnew(JSON.parse(was), place(ids))) : String(anew(was, place(ids)));
      if (is !== was) await sql.update(table, keys, [column], [[...ids, is]]);
    }
  }
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    // There may be any number of them, few with something sealed.
    const rows = await sql.all<{ id: string; headers: string }>(`select id, headers from delivery where id > ? and cast(headers as text) like '%"${version}.%' order by id limit 500`, [after]);
    for (const { id, headers } of rows) {
      const is = JSON.stringify(anew(JSON.parse(headers), `delivery:${id}`));
      if (is !== headers) await sql.update('delivery', ['id'], ['headers'], [[id, is]]);
    }
    const last = rows.at(-1);
    if (!last) return count;
    after = last.id;
  }
}

/** What cannot be opened stays as it is: its page says so, and it is typed again. */
function resealed(sealer: Sealer, sealed: string, place: string, count: () => void): string {
  try {
    const next = sealer.reseal(sealed, place);
    if (next === undefined) return sealed;
    count();
    return next;
  } catch (error) {
    if (!(error instanceof SwitchboardError) || error.code !== 'UNSEALING_FAILED') throw error;
    return sealed;
  }
}
