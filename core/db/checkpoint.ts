/**
 * Moves what the write-ahead log holds into the database file from another thread, so that nobody waits for its fsyncs.
 * A passive checkpoint never blocks a writer, and so may never reach the end of a log that is always being written: the
 * connection itself still checkpoints when the log grows past `longest`, and finds most of the work done.
 */
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

export const longestPages = 12_000;

const everyMs = 250;
const worthBytes = 2_000_000;

const program = (module: string) => `
  import Database from '${module}';
  import { parentPort, workerData } from 'node:worker_threads';
  const db = new Database(workerData, { timeout: 0 });
  db.pragma('synchronous = FULL');
  parentPort.on('message', (what) => {
    if (what === 'close') { db.close(); parentPort.close(); return; }
    try { db.pragma('wal_checkpoint(PASSIVE)'); } catch { /* busy: the next one finds it */ }
    parentPort.postMessage('done');
  });
`;

/** Returns what ends it. The thread costs memory, so there is none before there is something to move. */
export function startCheckpoints(file: string): () => Promise<void> {
  let thread: Worker | undefined;
  let working = false;
  const timer = setInterval(() => {
    if (working || size(`${file}-wal`) < worthBytes) return;
    working = true;
    thread ??= startThread();
    thread.postMessage('checkpoint');
  }, everyMs);
  timer.unref();

  function startThread(): Worker {
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program(import.meta.resolve('better-sqlite3')))}`), { workerData: file });
    worker.unref();
    worker.on('message', () => (working = false));
    // Without the thread the connection's own checkpoints remain.
    worker.on('error', () => clearInterval(timer));
    // A thread that failed is not waited for at the end.
    worker.on('exit', () => (thread = undefined));
    return worker;
  }

  return async () => {
    clearInterval(timer);
    if (!thread) return;
    thread.ref();
    const gone = once(thread, 'exit');
    thread.postMessage('close');
    await gone;
  };
}

function size(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
