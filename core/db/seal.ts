/** A database remembers which key its secrets are sealed with, so that a wrong key is noticed before anything is written. */
import { SwitchboardError } from '../errors.ts';
import type { Sealer } from '../plugin/secrets.ts';
import type { Database } from './open.ts';

/** @throws SwitchboardError DATABASE_KEY */
export async function checkSeal(db: Database, sealer: Sealer): Promise<void> {
  const [row] = await db.write(async (sql) => {
    await sql.run("insert into installation (key, value, updated_at) values ('seal', ?, ?) on conflict (key) do nothing", [sealer.fingerprint(), Date.now()]);
    return sql.all<{ value: string }>("select value from installation where key = 'seal'");
  });
  if (row && sealer.fingerprints().includes(row.value)) return;
  throw new SwitchboardError('DATABASE_KEY', `The secrets in this database are sealed under another key (${row?.value ?? 'unknown'}). Start with the SECRET_KEY, or the secret.key file in the data folder, that belongs to it; a backup needs the key of its day.`);
}
