/** Brings a database to this version's schema, after a backup, and refuses one that is newer than this program. */
import { readdirSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '../plugin/contract/context.ts';
import { SwitchboardError } from '../errors.ts';
import type { CrashPoint } from '../runtime.ts';
import type { Database } from './open.ts';
import { isTableMissing, nativeSqlite } from './open.ts';
import { keepPrivate } from './private.ts';

export interface MigrateOptions {
  log: Log;
  /** Where the copy of a SQLite file goes before it is changed; absent: no copy is made. */
  backups?: string;
  /** See `Runtime.at`. */
  at?(point: CrashPoint): void;
}

/**
 * Opens the entities only when there is something to change: most starts find nothing.
 * @throws SwitchboardError DATABASE_NEWER when the database knows a migration that this program does not
 */
export async function migrate(db: Database, { log, backups, at }: MigrateOptions): Promise<void> {
  await underLock(db, async () => {
    const executed = await executedMigrations(db);
    const known = ownMigrations(db);
    const foreign = executed.filter((name) => !known.includes(name));
    if (foreign.length > 0) {
      throw new SwitchboardError(
        'DATABASE_NEWER',
        `The database was written by a newer version of Switchboard (it knows ${foreign.join(', ')}). Start that version, or restore a backup made before the upgrade.`,
      );
    }
    const pending = known.filter((name) => !executed.includes(name));
    if (pending.length === 0) return;
    await db.openEntities();
    if (executed.length > 0 && backups && db.file) {
      const copy = await backUp(db, backups, at);
      log.info({ copy }, 'database copied before the upgrade');
    }
    const { migrator } = db.orm;
    // Told before the commit: all migrations are one transaction.
    migrator.on('migrated', async () => at?.('in-migration'));
    await migrator.up();
    log.info({ migrations: pending }, 'database brought up to date');
  });
}

async function executedMigrations(db: Database): Promise<string[]> {
  try {
    return (await db.read((sql) => sql.all<{ name: string }>('select name from mikro_orm_migrations'))).map(({ name }) => name);
  } catch (error) {
    if (isTableMissing(error)) return [];
    throw error;
  }
}

function ownMigrations(db: Database): string[] {
  const folder = join(import.meta.dirname, db.kind === 'sqlite' ? 'migrations-sqlite' : 'migrations-pg');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => basename(file, '.ts'));
}

/** Copied in one go between two turns of the event loop: half a megabyte. */
const pagesAtOnce = 100;

/** A consistent copy of a SQLite database while it is in use. */
export async function backUp(db: Database, folder: string, at?: (point: CrashPoint) => void): Promise<string> {
  const copy = join(folder, `switchboard-${new Date().toISOString().replace(/[:.]/g, '-')}.db`);
  // Only what is whole has the name of a backup: a process that ends meanwhile must not leave half of one to be restored.
  keepPrivate(`${copy}.part`);
  const progress = () => {
    at?.('in-backup');
    return pagesAtOnce;
  };
  await nativeSqlite(db).backup(`${copy}.part`, { progress });
  renameSync(`${copy}.part`, copy);
  return copy;
}

/** Replicas that start together migrate once: on PostgreSQL under an advisory lock; a SQLite file has one process anyway. */
async function underLock(db: Database, work: () => Promise<void>): Promise<void> {
  if (db.kind === 'sqlite') return work();
  const key = 7_427_001;
  await db.read(async (sql) => {
    // Asked again and again: a migration may take longer than an answer may.
    while (!(await sql.all<{ got: boolean }>('select pg_try_advisory_lock(?::bigint) as got', [key]))[0]?.got) await pause(200);
    try {
      await work();
    } finally {
      await sql.all('select pg_advisory_unlock(?::bigint)', [key]);
    }
  });
}
