/** The product put together in this process as its own start does it, over a real database; only the clock is ours. */
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Test } from 'tap';
import { createViews } from '../core/admin/view.ts';
import { buildApp } from '../core/app.ts';
import { composeRuntime } from '../core/compose-runtime.ts';
import { createConnectionLog } from '../core/connection-log.ts';
import type { AppContext, ServerSettings } from '../core/context.ts';
import { migrate } from '../core/db/migrate.ts';
import { openPostgres, openSqlite, type Database } from '../core/db/open.ts';
import { folderStore } from '../core/media/folder.ts';
import { mediaParts } from '../core/media/stored.ts';
import { usualOptions } from '../core/pipeline/options.ts';
import type { AnyPlugin } from '../core/plugin/contract/plugin.ts';
import { pluginsOf } from '../core/plugin/load.ts';
import { createOutbound } from '../core/plugin/outbound.ts';
import { createSealer, type Sealer } from '../core/plugin/secrets.ts';
import type { Runtime } from '../core/runtime.ts';
import { baseUrl } from '../core/workspace/address.ts';
import { directoryParts } from '../core/workspace/directory-parts.ts';
import { createWorkspace, type Workspace } from '../core/workspace/index.ts';
import metaCloud from '../plugins/meta-cloud/index.ts';
import notifications from '../plugins/notifications/index.ts';
import rules from '../plugins/rules/index.ts';
import simulator from '../plugins/simulator/index.ts';

export interface Parts {
  /** A PostgreSQL URL; else SQLite in memory. */
  database?: string;
  plugins?: readonly AnyPlugin[];
  /** Origins that plugins may call although they are on this machine. */
  allowedOrigins?: readonly string[];
  server?: Partial<ServerSettings>;
  /** What the operator gave for signing in at providers. */
  signIn?: Readonly<Record<string, string | undefined>>;
}

export interface Assembled {
  db: Database;
  runtime: Runtime;
  workspace: Workspace;
  sealer: Sealer;
  server: ServerSettings;
  now(): number;
  /** Moves the clock; what becomes due is begun, not waited for. */
  pass(ms: number): void;
  /** Resolves when nothing is due and nothing runs. */
  quiet(): Promise<void>;
  all<Row>(sql: string, values?: (string | number)[]): Promise<Row[]>;
}

const log = { debug() {}, info() {}, warn() {}, error() {} };

/** Works from the first moment, and ends with the test. */
export async function assemble(t: Test, { database, plugins: given = [simulator, metaCloud, rules, notifications], allowedOrigins = [], server: settings = {}, signIn = {} }: Parts = {}): Promise<Assembled> {
  const db = database === undefined ? await openSqlite(':memory:') : await openPostgres(database);
  await migrate(db, { log });
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
  const server: ServerSettings = { port: 3000, host: '127.0.0.1', trustedProxies: [], production: false, version: '0', limits: { webhookMaxBytes: 3_145_728 }, ...settings };
  const sealer = createSealer([randomBytes(32)]);
  const outbound = createOutbound({ allowedOrigins });
  const plugins = pluginsOf(given);
  const connectionLog = createConnectionLog({ db, clock, log });
  const told = connectionLog.tap(log);
  const media = mediaParts(folderStore(t.testdir()), sealer, () => baseUrl(server), clock, log);
  const shared = { sealer, outbound, media, server: () => server };
  const { runtime, worker } = await composeRuntime({
    db, plugins, clock, media, sealer, log: told, lanes: 500, options: usualOptions, steady: () => performance.now() + clock.ahead, directory: directoryParts({ ...shared, db, plugins, log: told, clock }),
  });
  const workspace = createWorkspace({ ...shared, connectionLog, signIn, runtime: () => runtime });
  worker.start();
  t.teardown(async () => {
    await worker.stop(5_000);
    await runtime.commit.idle();
    await connectionLog.close();
    media.inspector.close();
    await outbound.close();
    await db.close();
  });
  return {
    db, runtime, workspace, sealer, server,
    now: clock.now,
    pass(ms) {
      clock.ahead += ms;
      worker.wake();
    },
    async quiet() {
      for (;;) {
        await runtime.commit.idle();
        const [due] = await db.read((sql) => sql.all<{ n: number }>('select count(*) as n from lane where ready_at <= ?', [clock.now()]));
        if (worker.running === 0 && Number(due?.n) === 0 && runtime.commit.waiting === 0) return;
        worker.wake();
        await pause(2);
      }
    },
    all: (sql, values) => db.read((s) => s.all(sql, values)),
  };
}

const views = createViews({ root: `${import.meta.dirname}/..`, production: false });

/** Its web side, which tests inject into; `routes` adds more. */
export async function serve(t: Test, { runtime, server, sealer, workspace }: Assembled, routes: (app: FastifyInstance) => void = () => {}): Promise<{ app: FastifyInstance; ctx: AppContext }> {
  const ctx: AppContext = { runtime, server, sealer, workspace, views };
  const app = await buildApp(ctx);
  routes(app);
  await app.ready();
  t.teardown(() => app.close());
  return { app, ctx };
}
