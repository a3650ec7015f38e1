/** The whole product over a real database, and visitors who keep their cookies as browsers do. Only the clock is ours. */
import { createHmac, randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import type { Test } from 'tap';
import { operatorOf } from '../../core/admin/guard.ts';
import { createViews } from '../../core/admin/view.ts';
import { buildApp } from '../../core/app.ts';
import { composeRuntime } from '../../core/compose-runtime.ts';
import type { AppContext, ServerSettings } from '../../core/context.ts';
import { Membership, Tenant, User, type Role } from '../../core/db/entities/index.ts';
import { migrate } from '../../core/db/migrate.ts';
import { openPostgres, openSqlite, type Database } from '../../core/db/open.ts';
import { uuid } from '../../core/ids.ts';
import { hashPassword } from '../../core/password.ts';
import { usualOptions } from '../../core/pipeline/options.ts';
import { pluginsOf } from '../../core/plugin/load.ts';
import { folderStore } from '../../core/media/folder.ts';
import { mediaParts } from '../../core/media/stored.ts';
import { createOutbound } from '../../core/plugin/outbound.ts';
import { baseUrl } from '../../core/workspace/address.ts';
import { createSealer } from '../../core/plugin/secrets.ts';
import { directoryParts } from '../../core/workspace/directory-parts.ts';
import { createWorkspace } from '../../core/workspace/workspace.ts';
import metaCloud from '../../plugins/meta-cloud/index.ts';
import notifications from '../../plugins/notifications/index.ts';
import rules from '../../plugins/rules/index.ts';
import simulator from '../../plugins/simulator/index.ts';

export const password = 'a horse on the line';
let hashed: Promise<string> | undefined;
const views = createViews({ root: `${import.meta.dirname}/../..`, production: false });
const log = { debug() {}, info() {}, warn() {}, error() {} };

export interface Site {
  app: FastifyInstance;
  ctx: AppContext;
  db: Database;
  /** Its first workspace. */
  tenantId: string;
  slug: string;
  person(name: string, role: Role, tenantId?: string): Promise<{ id: string; email: string }>;
  tenant(slug: string): Promise<string>;
  visitor(headers?: Record<string, string>): Visitor;
  /** Moves the clock. */
  pass(ms: number): void;
  all<Row>(sql: string, values?: (string | number)[]): Promise<Row[]>;
  /** Resolves when nothing is due and nothing runs. */
  quiet(): Promise<void>;
}

export interface SiteParts {
  server?: Partial<ServerSettings>;
  /** A PostgreSQL URL; else SQLite in memory. */
  database?: string;
  /** Nothing but the product's own routes; else there are three plain ones to guard: read, settings, delete. */
  untouched?: boolean;
  /** Further routes. */
  routes?(app: FastifyInstance): void;
}

export async function openSite(t: Test, { server: given = {}, database, untouched = false, routes }: SiteParts = {}): Promise<Site> {
  const db = database === undefined ? await openSqlite(':memory:') : await openPostgres(database);
  await migrate(db, { log });
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
  const server: ServerSettings = { port: 3000, host: '127.0.0.1', trustedProxies: [], production: false, version: '0', limits: { webhookMaxBytes: 3_145_728 }, ...given };
  const sealer = createSealer([Buffer.alloc(32, 1)]);
  const outbound = createOutbound({ allowedOrigins: [] });
  const plugins = pluginsOf([metaCloud, simulator, rules, notifications]);
  const media = mediaParts(folderStore(t.testdir()), sealer, () => baseUrl(server), clock, log);
  const shared = { sealer, outbound, media, server: () => server };
  const { runtime, worker } = await composeRuntime({ db, plugins, clock, media, log, lanes: 100, options: usualOptions, directory: directoryParts({ ...shared, plugins, db, log, clock }) });
  const ctx: AppContext = { runtime, server, sealer, views, workspace: createWorkspace({ ...shared, runtime: () => runtime }) };
  const app = await buildApp(ctx, runtime.metrics);
  for (const [path, permission] of untouched ? [] : ([['read', 'conversations.read'], ['settings', 'connections.read'], ['delete', 'conversations.delete']] as const)) {
    app.get(`/app/:tenant/${path}`, { config: { permission } }, (request) => ({ user: operatorOf(request).user.name, tenant: operatorOf(request).tenant.slug }));
    app.post(`/app/:tenant/${path}`, { config: { permission } }, (request) => ({ body: request.body }));
  }
  routes?.(app);
  await app.ready();
  worker.start();
  t.teardown(async () => {
    await app.close();
    await worker.stop(5_000);
    await runtime.commit.idle();
    await outbound.close();
    await db.close();
  });
  const tenant = async (slug: string): Promise<string> => {
    const em = db.emOfAll();
    const { id } = em.create(Tenant, { id: uuid(), slug, name: slug, locale: 'en', timeZone: 'UTC', createdAt: clock.now() });
    await em.flush();
    await runtime.directory.reload();
    return id;
  };
  const slug = 'acme';
  const tenantId = await tenant(slug);
  return {
    app, ctx, db, tenantId, slug, tenant,
    async person(name, role, of = tenantId) {
      const em = db.emOfAll();
      const user = em.create(User, { id: uuid(), email: `${name.toLowerCase()}@example.test`, name, passwordHash: await (hashed ??= hashPassword(password)), createdAt: clock.now() });
      em.create(Membership, { tenantId: of, userId: user.id, role, createdAt: clock.now() });
      await em.flush();
      return { id: user.id, email: user.email };
    },
    visitor: (headers = {}) => new Visitor(app, headers),
    pass(ms) {
      clock.ahead += ms;
    },
    all: (sql, values) => db.read((s) => s.all(sql, values)),
    async quiet() {
      for (;;) {
        await runtime.commit.idle();
        const [due] = await db.read((sql) => sql.all<{ n: number }>('select count(*) as n from lane where ready_at <= ?', [clock.now()]));
        if (worker.running === 0 && Number(due?.n) === 0 && runtime.commit.waiting === 0) return;
        worker.wake();
        await pause(2);
      }
    },
  };
}

export type Answer = LightMyRequestResponse;

export class Visitor {
  readonly app: FastifyInstance;
  readonly headers: Record<string, string>;
  readonly cookies = new Map<string, string>();
  remoteAddress = '127.0.0.1';
  constructor(app: FastifyInstance, headers: Record<string, string> = {}) {
    this.app = app;
    this.headers = { host: 'localhost:3000', accept: 'text/html', ...headers };
  }

  async send(options: InjectOptions): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await this.app.inject({ remoteAddress: this.remoteAddress, ...options, headers: { ...this.headers, ...(cookie && { cookie }), ...options.headers } });
    for (const { name, value, maxAge } of answer.cookies) {
      if (maxAge === 0) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return answer;
  }

  get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send({ method: 'GET', url, headers });
  }

  /** Posts a form as it stands, with no token of its own. */
  post(url: string, form: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send({ method: 'POST', url, payload: new URLSearchParams(form).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers } });
  }

  /** Opens a page and posts a form with its token. */
  async submit(page: string, url: string, form: Record<string, string>): Promise<Answer> {
    return this.post(url, { ...form, _csrf: tokenOn(await this.get(page)) });
  }

  /** The cookie that a page with a form would have left, and the token of its form. */
  carryForm(): string {
    const visit = randomBytes(32).toString('base64url');
    for (const name of ['switchboard-visit', '__Host-switchboard-visit']) this.cookies.set(name, visit);
    return createHmac('sha256', visit).update('switchboard form').digest('base64url');
  }

  async signIn(email: string, typed: string = password, next = ''): Promise<Answer> {
    return this.submit('/login', '/login', { email, password: typed, ...(next && { next }) });
  }
}

export function tokenOn(page: Answer): string {
  const token = /name="_csrf" value="([^"]+)"/.exec(page.body)?.[1];
  if (!token) throw new Error(`no form on this page: ${page.statusCode} ${page.body.slice(0, 300)}`);
  return token;
}
