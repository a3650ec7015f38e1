/** Looks through a SQLite file for damage while the product already works: in a process of its own, whose memory is given back when it ends. */
import { execFile } from 'node:child_process';
import { SwitchboardError } from '../errors.ts';

const program = `
  import Database from ${JSON.stringify(import.meta.resolve('better-sqlite3'))};
  try {
    const db = new Database(process.argv[1], { readonly: true });
    const [row] = db.pragma('quick_check(1)');
    if (row.quick_check !== 'ok') process.stdout.write(String(row.quick_check));
  } catch (error) {
    if (String(error.code).startsWith('SQLITE_CORRUPT') || error.code === 'SQLITE_NOTADB') process.stdout.write(error.message);
  }
`;

/** Resolves with what is wrong, or undefined. Never rejects: a check that could not run, or was cut off, says nothing. */
export function findDamage(file: string, cut: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ['--input-type=module', '--eval', program, file], { signal: cut, killSignal: 'SIGKILL', windowsHide: true }, (error, said) => resolve(error || said === '' ? undefined : said));
    child.unref();
  });
}

/** What to tell whoever starts on a damaged file. */
export function damaged(file: string, backups: string, said: string): SwitchboardError {
  return new SwitchboardError('DATABASE_CORRUPT', `The database ${file} is damaged (${said}). Switchboard stops so that it does not get worse. Restore the newest backup in ${backups}, or try: sqlite3 ${file} ".recover"`);
}
