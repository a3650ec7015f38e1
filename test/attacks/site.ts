/** The whole product in this process: its own configuration, database file, plugins and web side; and ways to attack it. */
import BetterSqlite from 'better-sqlite3';
import { createHmac } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance, InjectOptions, RouteOptions } from 'fastify';
import type { Test } from 'tap';
import { loadConfig } from '../../config/index.ts';
import { createLog } from '../../core/log.ts';
import { start, type Switchboard } from '../../core/main.ts';
import { own } from '../../core/door.ts';
import { until } from '../until.ts';
import { Visitor, type Answer, type Injected } from '../access/site.ts';

export const password = 'a horse on the line';
export const owner = 'ana@example.test';
export const stranger = 'otto@example.test';

/** What a provider's webhooks are signed with, and where they go. */
export interface Channel {
  webhookKey: string;
  secret: string;
  header: string;
}

export const meta: Channel = { webhookKey: 'acme-meta-webhook', secret: 'acme-app-secret', header: 'x-hub-signature-256' };
export const foreign: Channel = { webhookKey: 'other-meta-webhook', secret: 'other-app-secret', header: 'x-hub-signature-256' };
export const phone: Channel = { webhookKey: 'acme-sim-webhook', secret: 'acme-simulator-secret', header: 'x-simulator-signature' };
export const verifyToken = 'acme-verify-token';
export const account = '108100000000001';
export const foreignAccount = '208100000000001';

export const sign = (secret: string, body: string | Buffer): string => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

/** A text message as Meta posts it. */
export function metaBody(text: string, { from = '6281155501234', id = `wamid.${Math.random()}`, to = account, name = 'Rina' } = {}): string {
  const value = {
    messaging_product: 'whatsapp', metadata: { display_phone_number: '628110000000', phone_number_id: to },
    contacts: [{ profile: { name }, wa_id: from }], messages: [{ from, id, timestamp: String(Math.floor(Date.now() / 1000)), type: 'text', text: { body: text } }],
  };
  return JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: '102000000000001', changes: [{ field: 'messages', value }] }] });
}

/** A text typed on a simulated phone. */
export function phoneBody(text: string, { from = '6281155500001', id = `act-${Math.random()}`, to = 'sim:phone', name = 'Rina' } = {}): string {
  return JSON.stringify({ acts: [{ id, account: to, from: [{ kind: 'phone', value: from }], name, at: Date.now(), kind: 'message', content: { kind: 'text', text } }] });
}

const metaSettings = (appSecret: string, accounts: string[]) => ({
  accessToken: 'EAAacmeAccessToken1', appSecret, verifyToken, phoneNumberIds: accounts,
  // Nobody listens there: nothing that is attacked here may reach a provider.
  apiBaseUrl: 'http://127.0.0.1:9',
});

export const installation = {
  tenants: [
    {
      slug: 'acme', name: 'Acme',
      users: [{ email: owner, name: 'Ana', role: 'owner', password }, { email: 'gus@example.test', name: 'Gus', role: 'agent', password }],
      connections: [
        { key: 'meta', name: 'Acme on Meta', plugin: 'meta-cloud', webhookKey: meta.webhookKey, settings: metaSettings(meta.secret, [account]) },
        { key: 'phone', name: 'Acme phone', plugin: 'simulator', webhookKey: phone.webhookKey, settings: { secret: phone.secret } },
      ],
      agents: [{ key: 'echo', name: 'Echo', plugin: 'rules', settings: { rules: [{ when: { any: true }, say: 'echo: {{text}}' }] } }],
      numbers: [
        { connection: 'meta', account, displayName: 'Acme line' },
        { connection: 'phone', account: 'sim:phone', displayName: 'Acme test', bindings: [{ agent: 'echo' }] },
      ],
    },
    {
      slug: 'other', name: 'Other',
      users: [{ email: stranger, name: 'Otto', role: 'owner', password }],
      connections: [{ key: 'meta', name: 'Other on Meta', plugin: 'meta-cloud', webhookKey: foreign.webhookKey, settings: metaSettings(foreign.secret, [foreignAccount]) }],
      numbers: [{ connection: 'meta', account: foreignAccount, displayName: 'Other line' }],
    },
  ],
};

export interface Site {
  readonly app: Injected;
  readonly port: number;
  dataDir: string;
  /** Every log line, as it was written. */
  lines: string[];
  /** What was registered, with its schema. */
  routes: readonly RouteOptions[];
  visitor(headers?: Record<string, string>): Visitor;
  signedIn(email?: string): Promise<Visitor>;
  post(to: Channel, body: string | Buffer, headers?: Record<string, string>, more?: InjectOptions): Promise<Answer>;
  /** As the provider would. */
  deliver(to: Channel, body: string | Buffer, headers?: Record<string, string>): Promise<Answer>;
  all<Row>(text: string, ...values: unknown[]): Row[];
  one<Row>(text: string, ...values: unknown[]): Row;
  /** Stops it, does what is told to its database, and starts it again, with another configuration when one is given. */
  again(between?: (database: BetterSqlite.Database) => void, config?: object): Promise<void>;
  stop(): Promise<void>;
}

export interface SiteOptions {
  config?: object;
  env?: Record<string, string>;
}

interface Running {
  switchboard: Switchboard;
  app: Injected;
  port: number;
  peek: BetterSqlite.Database;
}

export async function openSite(t: Test, { config = installation, env = {} }: SiteOptions = {}): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-attacks-'));
  const file = join(folder, 'switchboard.config.json');
  const dataDir = join(folder, 'data');
  const database = join(dataDir, 'switchboard.db');
  const configure = (given: object): void => writeFileSync(file, JSON.stringify({ port: 0, dataDir, ...given }));
  configure(config);
  const lines: string[] = [];
  const log = createLog({ level: 'info', destination: { write: (line: string) => void lines.push(line) } });
  const routes: RouteOptions[] = [];
  let running: Running | undefined;
  const now = (): Running => {
    if (!running) throw new Error('it is not running');
    return running;
  };

  async function begin(): Promise<void> {
    const announcements: FastifyInstance[] = [];
    routes.length = 0;
    // The product does not hand its web side out; Fastify announces each of its own: the door, and what people ask for.
    const announced = (message: unknown): void => {
      if (!isAnnouncement(message)) return;
      announcements.push(message.fastify);
      message.fastify.addHook('onRoute', (route) => void routes.push(route));
    };
    subscribe('fastify.initialization', announced);
    try {
      const switchboard = await start(loadConfig({ env: { SWITCHBOARD_CONFIG: file, ...env }, cwd: folder }), log);
      const { port } = new URL(switchboard.url);
      await fetch(`http://127.0.0.1:${port}/login`);
      const [door, pages] = announcements;
      if (!door || !pages) throw new Error('it started without a web side');
      const app: Injected = { inject: (options) => (own.test(pathOf(options)) ? door : pages).inject(options) };
      running = { switchboard, app, port: Number(port), peek: new BetterSqlite(database, { readonly: true }) };
    } finally {
      unsubscribe('fastify.initialization', announced);
    }
  }
  async function end(): Promise<void> {
    running?.peek.close();
    await running?.switchboard.stop();
    running = undefined;
  }

  t.teardown(async () => {
    await end();
    rmSync(folder, { recursive: true, force: true });
  });
  await begin();
  const site: Site = {
    dataDir, lines, routes,
    get app() {
      return now().app;
    },
    get port() {
      return now().port;
    },
    visitor: (headers = {}) => new Visitor(now().app, { host: `localhost:${site.port}`, ...headers }),
    async signedIn(email = owner) {
      const visitor = site.visitor();
      const answer = await visitor.signIn(email, password);
      if (answer.statusCode !== 303) throw new Error(`${email} could not sign in: ${answer.statusCode}`);
      return visitor;
    },
    post: (to, body, headers = {}, more = {}) =>
      now().app.inject({ method: 'POST', url: `/webhooks/${to.webhookKey}`, payload: body, ...more, headers: { host: 'localhost', 'content-type': 'application/json', ...headers } }),
    deliver: (to, body, headers = {}) => site.post(to, body, { ...headers, [to.header]: sign(to.secret, body) }),
    all: <Row>(text: string, ...values: unknown[]) => now().peek.prepare<unknown[], Row>(text).all(...values),
    one<Row>(text: string, ...values: unknown[]) {
      const row = now().peek.prepare<unknown[], Row>(text).get(...values);
      if (row === undefined) throw new Error(`no row for: ${text}`);
      return row;
    },
    async again(between, config) {
      await end();
      if (config) configure(config);
      if (between) {
        const handle = new BetterSqlite(database);
        between(handle);
        handle.close();
      }
      await begin();
    },
    stop: end,
  };
  return site;
}

function pathOf(options: InjectOptions | string): string {
  const url = typeof options === 'string' ? options : (options.url ?? options.path ?? '');
  return typeof url === 'string' ? url : url.pathname;
}

function isAnnouncement(message: unknown): message is { fastify: FastifyInstance } {
  return typeof message === 'object' && message !== null && 'fastify' in message;
}

/** Waits until everything that arrived was worked on. */
export const settled = (site: Site): Promise<void> => until('the deliveries were to be processed', () => site.one<{ n: number }>("select count(*) as n from delivery where state = 'received'").n === 0);
