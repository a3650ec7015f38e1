/** Looks through a SQLite file for damage on another thread while the product already works. */
import { Worker } from 'node:worker_threads';
import { SwitchboardError } from '../errors.ts';

const program = `
  import Database from 'better-sqlite3';
  import { parentPort, workerData } from 'node:worker_threads';
  try {
    const db = new Database(workerData, { readonly: true });
    const [row] = db.pragma('quick_check(1)');
    parentPort.postMessage(row.quick_check === 'ok' ? null : String(row.quick_check));
    db.close();
  } catch (error) {
    parentPort.postMessage(String(error.code).startsWith('SQLITE_CORRUPT') || error.code === 'SQLITE_NOTADB' ? error.message : null);
  }
`;

/** Resolves with what is wrong, or undefined. Never rejects: a check that could not run says nothing. */
export function findDamage(file: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program.replace("'better-sqlite3'", `'${import.meta.resolve('better-sqlite3')}'`))}`), { workerData: file });
    worker.unref();
    worker.once('message', (said: string | null) => resolve(said ?? undefined));
    worker.once('error', () => resolve(undefined));
    worker.once('exit', () => resolve(undefined));
  });
}

/** What to tell whoever starts on a damaged file. */
export function damaged(file: string, backups: string, said: string): SwitchboardError {
  return new SwitchboardError('DATABASE_CORRUPT', `The database ${file} is damaged (${said}). Switchboard stops so that it does not get worse. Restore the newest backup in ${backups}, or try: sqlite3 ${file} ".recover"`);
}
