/**
 * MikroORM over a database that is open already: entities where people click. It is some 500 modules, so it is loaded only
 * by `openEntities`; nothing on the path of a message may import it.
 */
import { Migrator } from '@mikro-orm/migrations';
import type { MikroORM as PostgresOrm } from '@mikro-orm/postgresql';
import { MikroORM as SqliteOrm, type SqlEntityManager } from '@mikro-orm/sqlite';
import type BetterSqlite from 'better-sqlite3';
import { CompiledQuery, SqliteDialect, type DatabaseConnection, type Dialect } from 'kysely';
import { join } from 'node:path';
import { entities } from './entities/index.ts';
import type { OneAtATime } from './one-at-a-time.ts';

export type Orm = SqliteOrm | PostgresOrm;
export type Em = SqlEntityManager;

const common = {
  entities,
  extensions: [Migrator],
  forceUtcTimezone: true,
  discovery: { warnWhenNoEntities: true },
};
const migrations = (kind: 'sqlite' | 'pg') => ({
  path: join(import.meta.dirname, `migrations-${kind}`),
  snapshotName: '.snapshot',
  // The product's own start must not write into the program's folder.
  snapshotOnMigrate: false,
  emit: 'ts' as const,
  silent: true,
});

/** `connection` stays its opener's to close. */
export async function sqliteOrm(connection: BetterSqlite.Database, turns: OneAtATime): Promise<Orm> {
  const orm = await SqliteOrm.init({ ...common, dbName: connection.name, driverOptions: sharing(connection, turns), migrations: migrations('sqlite') });
  return orm;
}

/** With a pool of its own beside that of the plain SQL. @param answerMs the server ends a transaction of which it hears nothing for so long */
export async function postgresOrm(url: string, answerMs: number): Promise<Orm> {
  const { MikroORM } = await import('@mikro-orm/postgresql');
  const onCreateConnection = async (connection: unknown) => {
    if (isConnection(connection)) await connection.executeQuery(CompiledQuery.raw(`set idle_in_transaction_session_timeout = ${answerMs}`));
  };
  const orm = await MikroORM.init({ ...common, clientUrl: url, pool: { min: 0, max: 8 }, migrations: migrations('pg'), onCreateConnection });
  return orm;
}

const isConnection = (one: unknown): one is Pick<DatabaseConnection, 'executeQuery'> => typeof one === 'object' && one !== null && 'executeQuery' in one;

/** A transaction of the entity manager and one of the path of a message must never meet on the single connection. */
function sharing(connection: BetterSqlite.Database, turns: OneAtATime): Dialect {
  const dialect = new SqliteDialect({ database: connection });
  return {
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createDriver() {
      const driver = dialect.createDriver();
      const acquire = driver.acquireConnection.bind(driver);
      let leave = () => {};
      driver.acquireConnection = async (options) => {
        leave = await turns.enter();
        try {
          return await acquire(options);
        } catch (error) {
          leave();
          throw error;
        }
      };
      driver.releaseConnection = async () => leave();
      driver.destroy = async () => {};
      return driver;
    },
  };
}
