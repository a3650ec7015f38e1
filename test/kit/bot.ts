/**
 * A whole bot in memory: real database, real path of a message, your channel and your agent. Replaced are the clock, which
 * moves when told, and the provider's end of the wire, which is a function of yours.
 */
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { composeRuntime } from '../../core/compose-runtime.ts';
import { migrate } from '../../core/db/migrate.ts';
import { openPostgres, openSqlite, type Database } from '../../core/db/open.ts';
import { AgentRow, AgentVersion, Binding, Connection, Num, Tenant, WebhookKey } from '../../core/db/entities/index.ts';
import type { CrashPoint, PipelineOptions, Runtime } from '../../core/runtime.ts';
import { uuid } from '../../core/ids.ts';
import { folderStore } from '../../core/media/folder.ts';
import { mediaParts, storedMedia } from '../../core/media/stored.ts';
import { usualOptions } from '../../core/pipeline/options.ts';
import { hashKey, receive, type Received } from '../../core/pipeline/receive.ts';
import type { Agent } from '../../core/plugin/contract/agent.ts';
import type { Channel } from '../../core/plugin/contract/channel.ts';
import type { Context, Log } from '../../core/plugin/contract/context.ts';
import type { Notifier } from '../../core/plugin/contract/notifier.ts';
import type { Json } from '../../core/plugin/contract/plugin.ts';
import { pluginsOf } from '../../core/plugin/load.ts';
import { createSealer } from '../../core/plugin/secrets.ts';
import type { Worker } from '../../core/queue/worker.ts';

export interface BotParts {
  channel: Channel;
  channelSettings?: Record<string, Json>;
  agent?: Agent;
  agentSettings?: Record<string, Json>;
  notifiers?: Notifier[];
  /** What identifies its number at the provider. */
  account?: string;
  /** What `ctx.fetch` does: the provider's end. */
  fetch?: Context<unknown>['fetch'];
  /** What `ctx.download` does. */
  download?: Context<unknown>['download'];
  /** A PostgreSQL URL, a SQLite file, or nothing for one in memory. */
  database?: string;
  options?: Partial<PipelineOptions>;
  /** How many lanes it works on at once; unless told, more than a test has. */
  lanes?: number;
  /** Another process of the same installation: it finds the rows that the first one made. */
  joins?: Bot;
  /** Its clock runs, for what is to be seen in real time; else it stands still until told to pass. */
  inRealTime?: boolean;
  at?(point: CrashPoint): void;
  /** Where its log goes; nowhere unless told. */
  log?: Log;
}

export interface Bot {
  runtime: Runtime;
  worker: Worker;
  db: Database;
  ids: { tenant: string; connection: string; number: string; agent: string };
  webhookKey: string;
  /** Where its media lie. */
  folder: string;
  /** Where its clock began, in milliseconds since 1970. */
  began: number;
  /** A webhook arrives, as HTTP would hand it over. */
  deliver(request: { headers: Record<string, string>; body: Buffer | string; method?: string; query?: string }): Promise<Received>;
  /** Moves the clock and lets what became due run. */
  pass(ms: number): Promise<void>;
  /** Somebody sets the clock; time itself goes on as before. */
  setClock(byMs: number): void;
  /** Resolves when nothing is due and nothing runs. */
  quiet(): Promise<void>;
  all<Row>(sql: string, values?: (string | number)[]): Promise<Row[]>;
  close(): Promise<void>;
}

const quietLog = { debug() {}, info() {}, warn() {}, error() {} };

export async function createBot(parts: BotParts): Promise<Bot> {
  const { database = ':memory:', log = quietLog } = parts;
  const db = database.startsWith('postgres') ? await openPostgres(database) : await openSqlite(database);
  await migrate(db, { log });
  const ids = parts.joins?.ids ?? { tenant: uuid(), connection: uuid(), number: uuid(), agent: uuid() };
  const webhookKey = parts.joins?.webhookKey ?? uuid();
  const began = parts.joins?.began ?? Date.now();
  const clock = { ahead: 0, set: 0, now: () => (parts.inRealTime ? Date.now() : began) + clock.ahead + clock.set };
  if (!parts.joins) await plant(db, parts, ids, webhookKey, clock.now());
  const folder = parts.joins?.folder ?? join(tmpdir(), `switchboard-bot-${uuid()}`);
  const sealer = createSealer([Buffer.alloc(32, 1)]);
  const media = mediaParts(folderStore(folder), sealer, () => 'https://bot.test', clock, quietLog);
  const context = (settings: Record<string, Json>): Context<Record<string, Json>> => ({
    settings,
    fetch: parts.fetch ?? (() => Promise.reject(new Error('this bot has no provider'))),
    download: parts.download ?? (() => Promise.reject(new Error('this bot has no provider'))),
    media: (id) => storedMedia(db, media.store, ids.tenant, id),
    log,
    now: clock.now,
    signal: new AbortController().signal,
    callbackUrl: (query) => `https://bot.test/webhooks/${webhookKey}${query ? `?${new URLSearchParams(query)}` : ''}`,
    mediaUrl: media.links.url,
    store: memoryStore(),
  });
  const plugins = pluginsOf([parts.channel, ...(parts.agent ? [parts.agent] : []), ...(parts.notifiers ?? [])]);
  const { runtime, worker } = await composeRuntime({
    db, plugins, clock, media, sealer, log, lanes: parts.lanes ?? 2_000, steady: () => clock.now() - clock.set,
    options: { ...usualOptions, ...parts.options },
    directory: {
      channel: plugins.channel,
      agent: plugins.agent,
      connectionSettings: (row) => row.settings,
      agentSettings: (_, version) => version.settings,
      connectionContext: (_, settings) => context(settings),
      agentContext: (_, settings) => context(settings),
    },
    ...(parts.at && { at: parts.at }),
  });
  worker.start();
  const bot: Bot = {
    runtime, worker, db, ids, webhookKey, folder, began,
    deliver: ({ headers, body, method = 'POST', query = '' }) =>
      receive(runtime, webhookKey, {
        method,
        url: `https://bot.test/webhooks/${webhookKey}${query && `?${query}`}`,
        headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value]])),
        body: Buffer.from(body),
        receivedAt: clock.now(),
      }),
    async pass(ms) {
      clock.ahead += ms;
      worker.wake();
      await bot.quiet();
    },
    setClock(byMs) {
      clock.set += byMs;
    },
    async quiet() {
      for (;;) {
        await runtime.commit.idle();
        const due = await db.read((sql) => sql.all<{ n: number }>(`select count(*) as n from lane where ready_at <= ?`, [clock.now()]));
        if (worker.running === 0 && Number(due[0]?.n) === 0 && runtime.commit.waiting === 0) return;
        worker.wake();
        await pause(2);
      }
    },
    all: (sql, values) => db.read((s) => s.all(sql, values)),
    async close() {
      await worker.stop(5_000);
      await runtime.commit.idle();
      await db.close();
      media.inspector.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return bot;
}

function memoryStore() {
  const kept = new Map<string, Json>();
  return { get: async (key: string) => kept.get(key), set: async (key: string, value: Json) => void kept.set(key, value) };
}

async function plant(db: Database, parts: BotParts, ids: Bot['ids'], webhookKey: string, now: number): Promise<void> {
  const em = db.emOfAll();
  const tenantId = ids.tenant;
  em.create(Tenant, { id: tenantId, slug: `t-${tenantId.slice(-12)}`, name: 'Test', locale: 'en', timeZone: 'UTC', createdAt: now });
  em.create(Connection, { id: ids.connection, tenantId, plugin: parts.channel.name, name: 'Test', settings: parts.channelSettings ?? {}, state: 'running', stateAt: now, createdAt: now });
  em.create(WebhookKey, { tenantId, connectionId: ids.connection, hash: hashKey(webhookKey), sealed: webhookKey, createdAt: now });
  em.create(Num, { id: ids.number, tenantId, connectionId: ids.connection, plugin: parts.channel.name, account: parts.account ?? '100', displayName: 'Test', active: true, line: 1, createdAt: now });
  if (parts.agent) {
    const version = uuid();
    em.create(AgentRow, { id: ids.agent, tenantId, name: 'Bot', plugin: parts.agent.name, channels: ['whatsapp'], secrets: {}, state: 'running', stateAt: now, publishedId: version, createdAt: now });
    em.create(AgentVersion, { id: version, tenantId, agentId: ids.agent, ordinal: 1, settings: parts.agentSettings ?? {}, createdAt: now });
    em.create(Binding, { tenantId, numberId: ids.number, agentId: ids.agent, environment: 'published', inbound: true, createdAt: now });
  }
  await em.flush();
}
