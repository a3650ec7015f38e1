/** Files that only their owner reads, however loose the system's own habits are. */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/** Before SQLite opens it: what it makes beside a file (the log of what was just written) gets the file's own mode. */
export function keepPrivate(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // Never opened when it is there already: closing it would take SQLite's locks on it away from this process.
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
  for (const part of ['', '-wal', '-shm', '-journal']) if (existsSync(file + part)) chmodSync(file + part, 0o600);
}
