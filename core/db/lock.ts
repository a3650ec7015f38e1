/**
 * One process per SQLite file, kept by a lock that the operating system takes back the moment its holder is gone, however it
 * went: no stale heartbeat to wait for after a kill. Commands read and write beside it, one statement at a time.
 */
import Database from 'better-sqlite3';
import { isBusy } from './open.ts';
import { keepPrivate } from './private.ts';
import { SwitchboardError } from '../errors.ts';

/** Returns what gives the lock back. @throws SwitchboardError DATABASE_IN_USE */
export function lockFile(databaseFile: string): () => void {
  // First thing of a fresh installation that touches the data folder.
  keepPrivate(`${databaseFile}.lock`);
  const lock = new Database(`${databaseFile}.lock`, { timeout: 0 });
  try {
    lock.exec('begin exclusive');
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw error;
    throw new SwitchboardError('DATABASE_IN_USE', `Another Switchboard is running on ${databaseFile}. Stop it first, give this one another DATA_DIR, or use PostgreSQL (DATABASE_URL) for several processes.`, { cause: error });
  }
  return () => lock.close();
}
