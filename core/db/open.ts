/** Opens either database: plain SQL for the path of a message, and MikroORM for entities over the same. */
import BetterSqlite from 'better-sqlite3';
import { setTimeout as pause } from 'node:timers/promises';
import type Pg from 'pg';
import { StorageUnavailable, SwitchboardError } from '../errors.ts';
import { longestPages, startCheckpoints } from './checkpoint.ts';
import { onDemand } from '../on-demand.ts';
import { oneAtATime } from './one-at-a-time.ts';
import type { Em, Orm } from './orm.ts';
import { keepPrivate } from './private.ts';
import { postgresSql, sqliteSql, type Sql, type Types } from './sql.ts';

export type { Em } from './orm.ts';

export interface Database {
  kind: 'sqlite' | 'postgres';
  /** SQLite only. */
  file?: string;
  /** SQLite only: the connection itself, for what only it can do (backup, integrity check). */
  sqlite?: BetterSqlite.Database;
  /** Resolves when `orm`, `em` and `emOfAll` may be used; until then each of them throws. */
  openEntities(): Promise<void>;
  readonly orm: Orm;
  /** An entity manager for one request or job; every query is bound to the tenant. */
  em(tenantId: string): Em;
  /** An entity manager that sees all tenants: for sign-in, start and the process itself, never for a tenant's page. */
  emOfAll(): Em;
  /** One transaction. Never await the network or a timer in it: on SQLite everybody waits. */
  write<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** Plain reads outside a transaction. */
  read<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** Reads that agree with one another, whatever is written meanwhile. */
  snapshot<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** The latest write or read that the database refused for now: for want of room, or because somebody else holds it. */
  refused?: { code: SwitchboardError['code']; at: number };
  /** Called with what made the database unusable for good (damage): the process must stop, in words. */
  onFatal?: (error: SwitchboardError) => void;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** False: plain SQL at once, entities when `openEntities` is called. */
  entities?: boolean;
  /** PostgreSQL only: how long either end waits for the other in a transaction. */
  answerMs?: number;
}

/** A machine that is gone says nothing: whoever waits for it would wait for hours, and the rows that it locked would stay locked. */
const usualAnswerMs = 60_000;

/** How long a write may wait for another process's lock before it is given up. The event loop is never held for longer than the busy timeout. */
const busyTimeoutMs = 10;
const busyPatienceMs = 100;
/** The longest write-ahead log where the disk was full once. */
const scarcePages = 1_000;

export async function openSqlite(file: string, { entities = true }: OpenOptions = {}): Promise<Database> {
  if (file !== ':memory:') keepPrivate(file);
  const native = new BetterSqlite(file);
  native.pragma('journal_mode = WAL');
  native.pragma('synchronous = FULL');
  native.pragma(`busy_timeout = ${busyTimeoutMs}`);
  native.pragma(`wal_autocheckpoint = ${longestPages}`);
  native.pragma('temp_store = MEMORY');
  native.pragma('cache_size = -16000');
  // Its own knows only the letters of English: a search for "ñandú" would not find "Ñandú".
  native.function('lower', { deterministic: true }, (value: unknown) => (typeof value === 'string' ? value.toLowerCase() : value));
  const sql = sqliteSql(native);
  const turns = oneAtATime();
  const begin = native.prepare('begin immediate');
  const commit = native.prepare('commit');
  let full = false;
  const endCheckpoints = file === ':memory:' ? async () => {} : startCheckpoints(file);
  const layer = entityLayer(async () => (await import('./orm.ts')).sqliteOrm(native, turns));
  const database: Database = {
    kind: 'sqlite',
    ...(file === ':memory:' ? {} : { file }),
    sqlite: native,
    ...layer.entities,
    get orm() {
      return layer.orm();
    },
    read: (work) => turns.run(() => translated(database, () => work(sql))),
    snapshot: (work) =>
      turns.run(() =>
        translated(database, async () => {
          native.exec('begin');
          try {
            return await work(sql);
          } finally {
            // Whoever rolled it back has said why, and that is what is told.
            if (native.inTransaction) native.exec('commit');
          }
        }),
      ),
    write: (work) =>
      turns.run(() =>
        translated(database, async () => {
          if (full) makeRoom(native);
          await beginPatiently(begin);
          try {
            const result = await work(sql);
            commit.run();
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
      await layer.close();
      await turns.run(async () => void native.close());
    },
  };
  if (entities) await database.openEntities();
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

/** @throws Error when the database is not SQLite */
export function nativeSqlite({ sqlite }: Database): BetterSqlite.Database {
  if (!sqlite) throw new Error('only a SQLite database has this');
  return sqlite;
}

/** Opened only if somebody asks. */
function entityLayer(open: () => Promise<Orm>) {
  let opened: Orm | undefined;
  const openOnce = onDemand(async () => (opened = await open()));
  const orm = () => {
    if (!opened) throw new Error('entities are used before openEntities() has resolved');
    return opened;
  };
  return {
    orm,
    entities: {
      async openEntities() {
        await openOnce();
      },
      em: (tenantId: string) => forkOf(orm(), { tenant: tenantId }),
      emOfAll: () => forkOf(orm(), { everyTenant: true }),
    },
    close: async () => opened?.close(true),
  };
}

function forkOf({ em }: Orm, tenant: { tenant: string } | { everyTenant: true }): Em {
  const fork = em.fork();
  fork.setFilterParams('tenant', tenant);
  return fork;
}

/** better-sqlite3 waits inside the call, so the wait is cut into slices with the event loop free between them. */
async function beginPatiently(begin: BetterSqlite.Statement): Promise<void> {
  const until = performance.now() + busyPatienceMs;
  for (;;) {
    try {
      begin.run();
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > until) throw error;
    }
    await pause(40);
  }
}

export async function openPostgres(url: string, { entities = true, answerMs = usualAnswerMs }: OpenOptions = {}): Promise<Database> {
  // Loaded for those who use it: with SQLite it is not worth its memory.
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({ connectionString: url, max: 6, types: plainTypes(pg), application_name: 'switchboard', query_timeout: answerMs, connectionTimeoutMillis: answerMs });
  // The server gives a statement up before we give up the server: what waits for a lock must not pile up there.
  const bounds = `; set local statement_timeout = ${Math.round(answerMs * 0.8)}; set local idle_in_transaction_session_timeout = ${answerMs}`;
  // An idle connection that the server closes must not end the process; the next query opens another.
  pool.on('error', () => {});
  let types: Types | undefined;
  const layer = entityLayer(async () => (await import('./orm.ts')).postgresOrm(url, answerMs));
  const database: Database = {
    kind: 'postgres',
    ...layer.entities,
    get orm() {
      return layer.orm();
    },
    read: (work) => withClient(work),
    snapshot: (work) => withTransaction('begin isolation level repeatable read read only', work),
    write: (work) => withTransaction('begin', work),
    close: async () => {
      await pool.end();
      await layer.close();
    },
  };
  function withTransaction<T>(begin: string, work: (sql: Sql) => Promise<T>): Promise<T> {
    return withClient(async (sql, client) => {
      await client.query(begin + bounds);
      try {
        const result = await work(sql);
        await client.query('commit');
        return result;
      } catch (error) {
        if (!isConnectionLoss(error)) await client.query('rollback').catch(() => {});
        throw error;
      }
    });
  }
  async function withClient<T>(work: (sql: Sql, client: Pg.PoolClient) => Promise<T>): Promise<T> {
    return translated(database, async () => {
      const client = await pool.connect();
      let lost: Error | undefined;
      // The pool listens while nobody has it; a connection that is cut between two queries must not end the process.
      const cut = (error: Error) => void (lost ??= error);
      client.on('error', cut);
      try {
        return await work(postgresSql(client, async () => (types ??= await columnTypes(client))), client);
      } catch (error) {
        if (isConnectionLoss(error) && error instanceof Error) lost ??= error;
        // What is asked of a connection that is gone fails without a code.
        throw lost && !(error instanceof SwitchboardError) ? unreachable(error) : error;
      } finally {
        client.off('error', cut);
        client.release(lost);
      }
    });
  }
  if (entities) await database.openEntities();
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

/** The type of every column, by table. */
async function columnTypes(client: Pg.PoolClient): Promise<Types> {
  const { rows } = await client.query<{ table: string; column: string; type: string }>(
    'select table_name as "table", column_name as "column", data_type as "type" from information_schema.columns where table_schema = current_schema()',
  );
  const tables = new Map<string, Map<string, string>>();
  for (const { table, column, type } of rows) tables.set(table, (tables.get(table) ?? new Map<string, string>()).set(column, type));
  return tables;
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
  if (error instanceof StorageUnavailable) return error;
  // 57014: a statement that waited too long for a lock.
  if (isConnectionLoss(error) || code === '53300' || code === '57014') return unreachable(error);
  return undefined;
}

const unreachable = (cause: unknown) => new StorageUnavailable('STORAGE_BUSY', 'The database cannot be reached.', { cause });

export function isBusy(error: unknown): boolean {
  const code = codeOf(error);
  return code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED');
}

/** Nobody has brought this database to any version yet. */
export function isTableMissing(error: unknown): boolean {
  return codeOf(error) === '42P01' || (error instanceof Error && error.message.startsWith('no such table'));
}

function isConnectionLoss(error: unknown): boolean {
  // 08P01 is a message that PostgreSQL could not read: ours, and no reason to give up the connection. 25006: it leads to one that only reads now.
  return (error instanceof Error && /^(Query read timeout|timeout expired|timeout exceeded when trying to connect|Connection terminated)/.test(error.message)) || /^(08(?!P01)|57P0|25006|25P03|ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_AGAIN)/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
