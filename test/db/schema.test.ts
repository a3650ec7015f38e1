/** Entities, migrations, snapshots and both databases say the same; upgrades are careful. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Contact } from '../../core/db/entities/index.ts';
import { backUp, migrate } from '../../core/db/migrate.ts';
import { nativeSqlite, openPostgres, openSqlite, type Database } from '../../core/db/open.ts';
import { uuid } from '../../core/ids.ts';
import { freshDatabase } from '../postgres.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };

for (const kind of ['sqlite', 'postgres'] as const) {
  void t.test(`on ${kind}`, async (t) => {
    const db: Database = kind === 'sqlite' ? await openSqlite(':memory:') : await openPostgres(await freshDatabase(t));
    t.teardown(() => db.close());

    await t.test('a migrated database is what the entities ask for, and the snapshot knows it', async (t) => {
      await migrate(db, { log });
      t.equal((await db.orm.schema.getUpdateSchemaSQL()).trim(), '');
      t.equal(await db.orm.migrator.checkSchema(), false, 'nobody changed an entity without `npm run migration`');
    });

    await t.test('migrating again changes nothing', async (t) => {
      await t.resolves(migrate(db, { log }));
    });

    await t.test('a query that was not told its tenant throws; one that was sees only its own', async (t) => {
      const [own, foreign] = [uuid(), uuid()];
      for (const tenantId of [own, foreign]) {
        const em = db.em(tenantId);
        em.create(Contact, { tenantId, attributes: {}, createdAt: 1 });
        await em.flush();
      }
      await t.rejects(db.orm.em.fork().find(Contact, {}), /filter 'tenant'/);
      t.match(await db.em(own).find(Contact, {}), [{ tenantId: own }]);
      t.equal(await db.em(own).count(Contact, { tenantId: foreign }), 0);
      t.equal(await db.emOfAll().count(Contact, {}), 2);
    });

    await t.test('a database of a newer version is refused in words', async (t) => {
      await db.write((sql) => sql.run("insert into mikro_orm_migrations (name, executed_at) values ('Migration29991231235959_later', ?)", [kind === 'sqlite' ? 0 : new Date(0).toISOString()]));
      await t.rejects(migrate(db, { log }), { code: 'DATABASE_NEWER', message: /newer version.*Migration29991231235959_later/ });
    });
  });
}

void t.test('a backup made while the database is written to is whole and opens by itself', async (t) => {
  const folder = t.testdir();
  const db = await openSqlite(join(folder, 'switchboard.db'));
  t.teardown(() => db.close());
  await migrate(db, { log, backups: join(folder, 'backups') });
  t.notOk(existsSync(join(folder, 'backups')), 'a new file needs no copy');
  const tenantId = uuid();
  const add = async () => {
    const em = db.em(tenantId);
    em.create(Contact, { tenantId, attributes: {}, createdAt: 1 });
    await em.flush();
  };
  for (let n = 0; n < 50; n++) await add();
  const [copy] = await Promise.all([backUp(db, join(folder, 'backups')), ...Array.from({ length: 20 }, add)]);
  const restored = await openSqlite(copy);
  t.teardown(() => restored.close());
  await migrate(restored, { log });
  t.ok((await restored.em(tenantId).count(Contact, {})) >= 50);
  t.same(nativeSqlite(restored).pragma('integrity_check'), [{ integrity_check: 'ok' }]);
});
