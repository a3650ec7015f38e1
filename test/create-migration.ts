/**
 * `npm run migration -- name`: writes what the entities ask for beyond the last snapshot as a migration for each database,
 * with a PostgreSQL of the moment.
 */
import { openPostgres, openSqlite } from '../core/db/open.ts';
import { freshDatabase } from './postgres.ts';

const name = process.argv[2];
const ends: (() => Promise<void>)[] = [];
const url = await freshDatabase({ teardown: (end) => ends.push(end) });
for (const db of [await openSqlite(':memory:'), await openPostgres(url)]) {
  const first = (await db.orm.migrator.getPending()).length === 0;
  const { fileName } = await db.orm.migrator.create(undefined, false, first, name);
  process.stdout.write(`${db.kind}: ${fileName || 'nothing to change'}\n`);
  await db.close();
}
for (const end of ends) await end();
process.exit();
