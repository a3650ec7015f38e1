/** Opens either database: MikroORM for entities, and the same connection as plain SQL for the path of a message. */
import type { MikroORM as SqlOrm, SqlEntityManager } from '@mikro-orm/sqlite';
import type { MikroORM as PostgresOrm } from '@mikro-orm/postgresql';
import { MikroORM as SqliteOrm } from '@mikro-orm/sqlite';
import { Migrator } from '@mikro-orm/migrations';
import type BetterSqlite from 'better-sqlite3';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type Pg from 'pg';
import { StorageUnavailable, SwitchboardError } from '../errors.ts';
import { longestPages, startCheckpoints } from './checkpoint.ts';
import { entities } from './entities/index.ts';
import { keepPrivate } from './private.ts';
import { postgresSql, sqliteSql, type Sql } from './sql.ts';

export type Orm = SqlOrm | PostgresOrm;
export type Em = SqlEntityManager;

export interface Database {
  kind: 'sqlite' | 'postgres';
  orm: Orm;
  /** SQLite only. */
  file?: string;
  /** An entity manager for one request or job; every query is bound to the tenant. */
  em(tenantId: string): Em;
  /** An entity manager that sees all tenants: for sign-in, start and the process itself, never for a tenant's page. */
  emOfAll(): Em;
  /** One transaction. Never await the network or a timer in it: on SQLite everybody waits. */
  write<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** Plain reads outside a transaction. */
  read<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** The latest write or read that the database refused for now: for want of room, or because somebody else holds it. */
  refused?: { code: SwitchboardError['code']; at: number };
  /** Called with what made the database unusable for good (damage): the process must stop, in words. */
  onFatal?: (error: SwitchboardError) => void;
  close(): Promise<void>;
}

const common = {
  entities,
  extensions: [Migrator],
  forceUtcTimezone: true,
  discovery: { warnWhenNoEntities: true },
};
const migrations = (kind: 'sqlite' | 'pg') => ({
  path: join(import.meta.dirname, `migrations-${kind}`),
  snapshotName: '.snapshot',
  emit: 'ts' as const,
  silent: true,
});

/** How long a write may wait for another process's lock before it is given up. The event loop is never held for longer than the busy timeout. */
const busyTimeoutMs = 10;
const busyPatienceMs = 100;
/** The longest write-ahead log where the disk was full once. */
const scarcePages = 1_000;

export async function openSqlite(file: string): Promise<Database> {
  if (file !== ':memory:') keepPrivate(file);
  const orm = await SqliteOrm.init({ ...common, dbName: file, migrations: migrations('sqlite') });
  const connection = orm.em.getConnection();
  const native = await nativeClient(connection);
  native.pragma('journal_mode = WAL');
  native.pragma('synchronous = FULL');
  native.pragma(`busy_timeout = ${busyTimeoutMs}`);
  native.pragma(`wal_autocheckpoint = ${longestPages}`);
  native.pragma('temp_store = MEMORY');
  native.pragma('cache_size = -32000');
  const sql = sqliteSql(native);
  let full = false;
  const endCheckpoints = file === ':memory:' ? async () => {} : startCheckpoints(file);
  const database: Database = {
    kind: 'sqlite',
    orm,
    ...(file === ':memory:' ? {} : { file }),
    em: (tenantId) => tenantEm(orm.em, tenantId),
    emOfAll: () => allEm(orm.em),
    // Kysely's own lock: a transaction of the entity manager and one of ours never meet on the single connection.
    read: (work) => connection.getClient().connection().execute(() => translated(database, () => work(sql))),
    write: (work) =>
      connection.getClient().connection().execute(() =>
        translated(database, async () => {
          if (full) makeRoom(native);
          await beginPatiently(native);
          try {
            const result = await work(sql);
            native.exec('commit');
            full = false;
            return result;
          } catch (error) {
            full = storageError(error)?.code === 'STORAGE_FULL';
            if (native.inTransaction) native.exec('rollback');
            throw error;
          }
        }),
      ),
    close: async () => {
      await endCheckpoints();
      await orm.close(true);
    },
  };
  return database;
}

/**
 * After a full disk: what the write-ahead log holds goes into the file before anything is written again, and from now on the
 * log is kept short. Else it would take the room that was freed, and the file would have none to grow.
 */
function makeRoom(native: BetterSqlite.Database): void {
  native.pragma(`wal_autocheckpoint = ${scarcePages}`);
  native.pragma('wal_checkpoint(PASSIVE)');
}

/** The SQLite handle itself, for what only it can do (backup, integrity check). */
export function nativeSqlite(db: Database): Promise<BetterSqlite.Database> {
  return nativeClient(db.orm.em.getConnection());
}

async function nativeClient(connection: object): Promise<BetterSqlite.Database> {
  if (!hasNativeClient(connection)) throw new Error('this database driver does not hand out its connection');
  return connection.getNativeClient();
}

function hasNativeClient(connection: object): connection is { getNativeClient(): Promise<BetterSqlite.Database> } {
  return 'getNativeClient' in connection;
}

/** better-sqlite3 waits inside the call, so the wait is cut into slices with the event loop free between them. */
async function beginPatiently(native: BetterSqlite.Database): Promise<void> {
  const until = performance.now() + busyPatienceMs;
  for (;;) {
    try {
      native.exec('begin immediate');
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > until) throw error;
    }
    await pause(40);
  }
}

export async function openPostgres(url: string): Promise<Database> {
  // Loaded for those who use it: with SQLite neither is worth its memory.
  const [{ MikroORM }, { default: pg }] = await Promise.all([import('@mikro-orm/postgresql'), import('pg')]);
  const orm = await MikroORM.init({ ...common, clientUrl: url, pool: { min: 0, max: 8 }, migrations: migrations('pg') });
  const pool = new pg.Pool({ connectionString: url, max: 6, types: plainTypes(pg), application_name: 'switchboard' });
  // An idle connection that the server closes must not end the process; the next query opens another.
  pool.on('error', () => {});
  const types = columnTypes(orm);
  const database: Database = {
    kind: 'postgres',
    orm,
    em: (tenantId) => tenantEm(orm.em, tenantId),
    emOfAll: () => allEm(orm.em),
    read: (work) => withClient(work),
    write: (work) =>
      withClient(async (sql, client) => {
        await client.query('begin');
        try {
          const result = await work(sql);
          await client.query('commit');
          return result;
        } catch (error) {
          await client.query('rollback').catch(() => {});
          throw error;
        }
      }),
    close: async () => {
      await pool.end();
      await orm.close(true);
    },
  };
  async function withClient<T>(work: (sql: Sql, client: Pg.PoolClient) => Promise<T>): Promise<T> {
    return translated(database, async () => {
      const client = await pool.connect();
      let broken: unknown;
      try {
        return await work(postgresSql(client, types), client);
      } catch (error) {
        broken = isConnectionLoss(error) ? error : undefined;
        throw error;
      } finally {
        client.release(broken instanceof Error ? broken : undefined);
      }
    });
  }
  return database;
}

/** Numbers as numbers and JSON as text, so that both databases give the same rows. */
function plainTypes({ types }: typeof Pg) {
  return {
    getTypeParser: (oid: number, format?: 'text' | 'binary') => {
      if (oid === 20) return Number;
      if (oid === 114 || oid === 3802) return (text: string) => text;
      return format === 'binary' ? types.getTypeParser(oid, 'binary') : types.getTypeParser(oid, 'text');
    },
  };
}

function columnTypes(orm: Orm): Map<string, Map<string, string>> {
  const tables = new Map<string, Map<string, string>>();
  for (const meta of orm.getMetadata().getAll().values()) {
    const columns = new Map<string, string>();
    for (const property of meta.props) {
      property.fieldNames?.forEach((name, n) => columns.set(name, (property.columnTypes?.[n] ?? 'text').replace(/\(.*\)/, '')));
    }
    tables.set(meta.tableName, columns);
  }
  return tables;
}

function tenantEm(em: SqlEntityManager, tenantId: string): Em {
  const fork = em.fork();
  fork.setFilterParams('tenant', { tenant: tenantId });
  return fork;
}

function allEm(em: SqlEntityManager): Em {
  const fork = em.fork();
  fork.setFilterParams('tenant', { everyTenant: true });
  return fork;
}

/** A database that says no in its own words says it in ours: callers answer 503, and damage stops the process. */
async function translated<T>(database: Database, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const storage = storageError(error);
    if (storage?.code === 'DATABASE_CORRUPT') database.onFatal?.(storage);
    if (storage instanceof StorageUnavailable) database.refused = { code: storage.code, at: performance.now() };
    throw storage ?? error;
  }
}

export function storageError(error: unknown): SwitchboardError | undefined {
  const code = codeOf(error);
  const cause = { cause: error };
  if (isBusy(error)) return new StorageUnavailable('STORAGE_BUSY', undefined, cause);
  if (code === 'SQLITE_FULL' || code.startsWith('SQLITE_IOERR') || code === '53100') return new StorageUnavailable('STORAGE_FULL', undefined, cause);
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') return new SwitchboardError('DATABASE_CORRUPT', undefined, cause);
  if (isConnectionLoss(error) || code === '53300') return new StorageUnavailable('STORAGE_BUSY', 'The database cannot be reached.', cause);
  return undefined;
}

export function isBusy(error: unknown): boolean {
  const code = codeOf(error);
  return code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED');
}

function isConnectionLoss(error: unknown): boolean {
  // 08P01 is a message that PostgreSQL could not read: ours, and no reason to give up the connection.
  return /^(08(?!P01)|57P0|ECONN|EPIPE)/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
