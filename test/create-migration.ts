/**
 * `npm run migration -- name`: writes what the entities ask for beyond the last snapshot as a migration for each database.
 * PostgreSQL is named by SWITCHBOARD_TEST_POSTGRES or started for the moment.
 */
import { freshDatabase } from './postgres.ts';
import { openPostgres, openSqlite, type Database } from '../core/db/open.ts';

const name = process.argv[2];
for (const open of [() => openSqlite(':memory:'), async () => openPostgres(await freshDatabase())]) {
  const db: Database = await open();
  if (process.argv.includes('--all')) await db.orm.migrator.up();
  const { fileName } = await db.orm.migrator.create(undefined, false, false, name);
  process.stdout.write(`${db.kind}: ${fileName || 'nothing to change'}\n`);
  await db.close();
}
process.exit();
