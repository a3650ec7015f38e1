/** The composition root: configuration → database → plugins → pipeline → door and worker → pages when somebody asks, and the same way back at the end. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig, type Config } from '../config/index.ts';
import { composeRuntime } from './compose-runtime.ts';
import { createConnectionLog } from './connection-log.ts';
import { anybodySignedIn } from './admin/session.ts';
import { offerSetupLink } from './admin/setup-link.ts';
import type { ServerSettings } from './context.ts';
import { damaged, findDamage } from './db/damage.ts';
import { lockFile } from './db/lock.ts';
import { migrate } from './db/migrate.ts';
import { openPostgres, openSqlite, storageError, type Database } from './db/open.ts';
import { SwitchboardError } from './errors.ts';
import { buildDoor } from './door.ts';
import { createLog, type Logger } from './log.ts';
import { openStore } from './media/open.ts';
import { mediaParts } from './media/stored.ts';
import { createMetrics } from './metrics.ts';
import { onDemand } from './on-demand.ts';
import { loadPages, loadWorkspace } from './pages.ts';
import { purge } from './pipeline/retention.ts';
import { usualOptions } from './pipeline/options.ts';
import { keepTemplateTimers } from './pipeline/templates.ts';
import { loadPlugins, pluginInStack } from './plugin/load.ts';
import { createOutbound } from './plugin/outbound.ts';
import { createSealer, readKeys } from './plugin/secrets.ts';
import type { CrashPoint } from './runtime.ts';
import { startSentence } from './start-error.ts';
import { checkSeal } from './db/seal.ts';
import { baseUrl } from './workspace/address.ts';
import { dueAtStart, noteApplied } from './workspace/applied.ts';
import { directoryParts } from './workspace/directory-parts.ts';

export interface Switchboard {
  /** Where it listens, for people. */
  url: string;
  /** Good for one use within a day; absent once there is anybody. */
  setupLink?: string;
  /** Finishes the request and the job in hand and keeps the rest. */
  stop(): Promise<void>;
}

export interface StartHooks {
  /** Tests end the process at a named point of the path. Nothing in the configuration can. */
  at?(point: CrashPoint): void;
  /** The database is damaged: the process cannot go on. */
  onFatal?(error: SwitchboardError): void;
}

const notShared = 'Another replica on this database keeps its media in another folder, where this one could not read them. Give all replicas one folder (MEDIA_DIR; MEDIA_SHARED=true if it is the same and only looks different) or one bucket (MEDIA_BUCKET).';
const root = join(import.meta.dirname, '..');
const purgeEveryMs = 600_000;
/** How long requests in hand may take once it was told to stop. */
const lastRequestsMs = 2_000;

export async function start(config: Config, log: Logger, hooks: StartHooks = {}): Promise<Switchboard> {
  const ends: End[] = [];
  try {
    const path = await openPath(config, log, ends, hooks);
    const { db, runtime, worker, plugins, sealer, server } = path;
    const { door, workspace } = await openFront(config, ends, path);
    const declared = { db, sealer, plugins, tenants: config.tenants, version: server.version };
    const apply = async () => {
      await (await workspace()).atStart(config.tenants);
      await noteApplied(declared);
    };
    const due = await dueAtStart(declared);
    if (due === 'first') await apply();
    server.port = await door.open({ port: config.port, host: config.host });
    worker.start();
    if (due === 'later') await apply();
    await keepTemplateTimers(runtime);
    const setupLink = await offerSetupLink({ runtime, server });
    // Nobody who is about to look waits for pages: the first person of an installation that is made by hand, and those who were at work before a restart.
    // Where they cannot be loaded the log says so, and customers are answered all the same.
    if ((setupLink !== undefined && config.tenants.length === 0) || (await anybodySignedIn(runtime))) await door.loadApp().catch(() => {});
    keepInOrder(config, log, ends, path);
    const url = baseUrl(server);
    log.info({ url, database: db.kind, plugins: plugins.all.map((p) => p.name) }, 'Switchboard is running');
    return { url, ...(setupLink !== undefined && { setupLink }), stop: () => endAll(ends, log) };
  } catch (error) {
    await endAll(ends, log);
    throw error;
  }
}

type Path = Awaited<ReturnType<typeof openPath>>;

/** The path of a message with all that it needs, from the database up. Nothing runs on it yet. */
async function openPath(config: Config, log: Logger, ends: End[], hooks: StartHooks) {
  const sealer = createSealer(readKeys({ dataDir: config.dataDir, log, ...(config.secretKey !== undefined && { secretKey: config.secretKey }), ...(config.databaseUrl !== undefined && { databaseUrl: config.databaseUrl }) }));
  const db = await openDatabase(config, log, ends, hooks);
  await checkSeal(db, sealer, log);
  const connectionLog = createConnectionLog({ db, clock: { now: Date.now }, log });
  ends.push(() => connectionLog.close());
  // What is said of a connection is kept for its people too.
  const told = connectionLog.tap(log);
  const plugins = await loadPlugins(config.plugins, { root, pluginsDir: config.pluginsDir, log });
  const outbound = createOutbound({ allowedOrigins: config.allowedOrigins });
  ends.push(() => outbound.close());
  const server: ServerSettings = {
    port: config.port, host: config.host, trustedProxies: config.trustedProxies, production: process.execArgv.every((arg) => !arg.startsWith('--watch')), version: versionOf(),
    limits: { webhookMaxBytes: config.limits.webhookMaxBytes },
    ...(config.publicUrl !== undefined && { publicUrl: config.publicUrl }),
  };
  const { store, relay } = await openShared(config, log, ends);
  const media = mediaParts(store, sealer, () => baseUrl(server), { now: Date.now }, log);
  ends.push(() => media.inspector.close());
  const shared = { sealer, outbound, media, server: () => server };
  const { runtime, worker, hear } = await composeRuntime({
    db, plugins, media, sealer,
    log: told,
    clock: { now: Date.now },
    options: { ...usualOptions, unknownWaitMs: config.limits.unknownWaitMs, turnMs: config.limits.agentCallMs, sendsAtOnce: config.limits.sendConcurrency, webhookMaxBytes: config.limits.webhookMaxBytes, templatesEveryMs: config.limits.templateSyncHours * 3_600_000 },
    lanes: config.limits.turnConcurrency + config.limits.sendConcurrency,
    directory: directoryParts({ ...shared, plugins, db, log: told }),
    metrics: (write) => createMetrics(db, write),
    ...(relay && { relay }),
    ...(hooks.at && { at: hooks.at }),
  });
  relay?.listen({ notice: hear.notice, wake: hear.wake, reload: () => void hear.reload().catch((error: unknown) => log.error({ err: error }, 'the directory could not be read again')) });
  ends.push(async () => {
    await worker.stop(config.limits.shutdownMs);
    await runtime.commit.idle();
  });
  return { db, plugins, sealer, server, shared, connectionLog, runtime, worker };
}

/** What replicas have in common beside the database: the place of media, and the line on which they tell each other. */
async function openShared(config: Config, log: Logger, ends: End[]) {
  const opened = await openStore({ dataDir: config.dataDir, ...config.media });
  ends.push(() => opened.close());
  const relay = config.databaseUrl ? await (await import('./db/relay.ts')).createRelay(config.databaseUrl, log, opened.place) : undefined;
  if (relay) ends.push(() => relay.close());
  if (await relay?.mediaElsewhere()) throw new SwitchboardError('MEDIA_NOT_SHARED', notShared);
  return { store: opened.store, relay };
}

/** The door, and the pages behind it, which are made when somebody asks. */
async function openFront(config: Config, ends: End[], { db, shared, connectionLog, runtime, sealer, server }: Path) {
  const workspace = onDemand(async () => {
    const { createWorkspace } = await loadWorkspace(db);
    return createWorkspace({
      ...shared, connectionLog, runtime: () => runtime,
      signIn: { META_APP_ID: config.metaAppId, META_APP_SECRET: config.metaAppSecret, META_CONFIG_ID: config.metaConfigId },
    });
  });
  const door = await buildDoor({ runtime, server }, async (door) => {
    const ctx = { runtime, server, sealer, workspace: await workspace() };
    const { createViews, buildApp } = await loadPages();
    const app = await buildApp({ ...ctx, views: createViews({ root, production: server.production }) }, door);
    collectSoon();
    return app;
  });
  // Ends first: nothing is taken any more while the work in hand is finished.
  ends.push(async () => {
    // A sender that drips must not hold up the stop.
    const cut = setTimeout(() => door.cut(), lastRequestsMs);
    await door.close().finally(() => clearTimeout(cut));
  });
  return { door, workspace };
}

/** Looks for damage, once, and removes what is old, for as long as the process runs. */
function keepInOrder(config: Config, log: Logger, ends: End[], { db, runtime }: Path): void {
  // Reading the whole file takes the disk and a core for seconds: not while people wait for the start.
  const ending = new AbortController();
  ends.push(() => ending.abort());
  if (db.file !== undefined) void findDamage(db.file, ending.signal).then((said) => said && db.onFatal?.(new SwitchboardError('DATABASE_CORRUPT', undefined, { cause: new Error(said) })));
  const purging = setInterval(() => void purge(runtime, config.limits.deliveryRetentionDays).catch((error: unknown) => log.warn({ err: error }, 'old deliveries could not be removed')), purgeEveryMs);
  ends.push(() => clearInterval(purging));
}

/** Opened, alone on its file, and of this version's shape. */
async function openDatabase(config: Config, log: Logger, ends: End[], { at, onFatal = () => {} }: StartHooks): Promise<Database> {
  const backups = join(config.dataDir, 'backups');
  if (config.databaseUrl) {
    const db = await openPostgres(config.databaseUrl, { entities: false });
    ends.push(() => db.close());
    await migrate(db, { log });
    return db;
  }
  const file = join(config.dataDir, 'switchboard.db');
  ends.push(lockFile(file));
  try {
    const db = await openSqlite(file, { entities: false });
    ends.push(() => db.close());
    db.onFatal = (error) => onFatal(damaged(file, backups, reasonOf(error)));
    await migrate(db, { log, ...(config.backupBeforeMigration && { backups }), ...(at && { at }) });
    // Nobody else can be at work on this file: what a killed process held is free.
    await db.write((sql) => sql.run('update lane set locked_until = 0, fence = null where locked_until > 0'));
    return db;
  } catch (error) {
    const storage = storageError(error);
    throw storage?.code === 'DATABASE_CORRUPT' ? damaged(file, backups, reasonOf(storage)) : error;
  }
}

function reasonOf({ cause, message }: SwitchboardError): string {
  return cause instanceof Error ? cause.message : message;
}

type End = () => void | Promise<void>;

/** Last in, first out; each gets its turn whatever became of the one before. */
async function endAll(ends: End[], log: Logger): Promise<void> {
  for (const end of ends.splice(0).toReversed()) {
    try {
      await end();
    } catch (error) {
      log.warn({ err: error }, 'something could not be ended well');
    }
  }
}

/** Loading leaves 15 MB and more behind that nothing would collect while little happens. `npm start` and the image allow to ask for it. */
function collectSoon(): void {
  setTimeout(() => void globalThis.gc?.({ type: 'major', execution: 'async', flavor: 'last-resort' }), 1_000).unref();
}

function versionOf(): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return version;
}

async function main(): Promise<void> {
  const config = readConfig();
  const log = createLog({ level: config.logLevel, pretty: config.logPretty || process.stdout.isTTY });
  let starting: Promise<Switchboard> | undefined;
  let stopping = false;
  const stop = async (code: number): Promise<void> => {
    if (stopping) return;
    stopping = true;
    // Whatever hangs, the process ends; what was not finished is kept and goes on at the next start.
    setTimeout(() => process.exit(code || 1), config.limits.shutdownMs + 5_000).unref();
    // It may be told to stop while pages are still loading: messages are already under way then.
    // A start that failed has said so, and ended what it had begun.
    await (await starting?.catch(() => undefined))?.stop();
    process.exit(code);
  };
  const fatal = (error: SwitchboardError): void => {
    log.fatal({ code: error.code }, error.message);
    void stop(1);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(0));
  // A plugin's stray promise is its own fault and nobody else's; what is thrown outside any promise leaves an unknown state.
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'a promise failed with nobody waiting for it'));
  process.on('uncaughtException', (error) => {
    const plugin = pluginInStack(error instanceof Error ? (error.stack ?? '') : '');
    log.fatal({ err: error, ...(plugin !== undefined && { plugin }) }, plugin === undefined ? 'stopped by an error that nobody caught' : `stopped by an error that nobody caught, thrown by the plugin in ${plugin}; correct it or take it out of plugins`);
    void stop(1);
  });
  try {
    starting = start(config, log, { onFatal: fatal });
    const { setupLink } = await starting;
    collectSoon();
    // On the console and nowhere else: the log is kept, and read by others.
    if (setupLink !== undefined) process.stdout.write(`\nThere is nobody yet. Create the owner at\n\n  ${setupLink}\n\nThe link works once, within 24 hours; a restart makes a new one.\n\n`);
  } catch (error) {
    refuse(error, log, config);
  }
}

function readConfig(): Config {
  try {
    return loadConfig();
  } catch (error) {
    return refuse(error, createLog({ level: 'info', pretty: process.stdout.isTTY }), undefined);
  }
}

/** A start that fails says why in one sentence; a stack would hide it. */
function refuse(error: unknown, log: Logger, config: Config | undefined): never {
  const { code, sentence } = startSentence(error, config);
  log.fatal({ code }, sentence);
  process.exit(1);
}

if (import.meta.main) await main();
