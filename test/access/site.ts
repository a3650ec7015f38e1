/** The product's access over a real database, with a few routes to guard; and visitors who keep their cookies as browsers do. */
import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import websocket from '@fastify/websocket';
import { createHmac, randomBytes } from 'node:crypto';
import Fastify, { type FastifyInstance, type InjectOptions, type LightMyRequestResponse } from 'fastify';
import type { Test } from 'tap';
import { registerAccess } from '../../core/admin/access.ts';
import { operatorOf } from '../../core/admin/guard.ts';
import { createViews } from '../../core/admin/view.ts';
import type { AppContext, ServerSettings } from '../../core/context.ts';
import { Membership, Tenant, User, type Role } from '../../core/db/entities/index.ts';
import { registerSecurity, serverOptions } from '../../core/http/security.ts';
import { uuid } from '../../core/ids.ts';
import { hashPassword } from '../../core/password.ts';
import { createSealer } from '../../core/plugin/secrets.ts';
import { createOutbound } from '../../core/plugin/outbound.ts';
import { createWorkspace } from '../../core/workspace/workspace.ts';
import rules from '../../plugins/rules/index.ts';
import simulator from '../../plugins/simulator/index.ts';
import { createBot, type Bot } from '../kit/bot.ts';

export const password = 'a horse on the line';
let hashed: Promise<string> | undefined;

export interface Site {
  app: FastifyInstance;
  bot: Bot;
  ctx: AppContext;
  /** Adds a person; without a tenant's slug to the bot's own. */
  person(name: string, role: Role, tenantId?: string): Promise<{ id: string; email: string }>;
  tenant(slug: string): Promise<string>;
  visitor(headers?: Record<string, string>): Visitor;
}

export interface SiteParts {
  server?: Partial<ServerSettings>;
  database?: string;
  /** Routes to guard beside the product's own. */
  routes?(app: FastifyInstance): void;
}

export async function openSite(t: Test, { server: given = {}, database, routes }: SiteParts = {}): Promise<Site> {
  const bot = await createBot({ channel: simulator, agent: rules, channelSettings: { secret: 'x'.repeat(43) }, ...(database !== undefined && { database }) });
  const server: ServerSettings = { port: 3000, host: '127.0.0.1', trustedProxies: [], production: false, version: '0', limits: { webhookMaxBytes: 3_145_728 }, ...given };
  const sealer = createSealer([Buffer.alloc(32, 1)]);
  const outbound = createOutbound({ allowedOrigins: [] });
  const workspace = createWorkspace({ runtime: () => bot.runtime, sealer, server: () => server, outbound });
  const ctx: AppContext = { runtime: bot.runtime, server, sealer, views: createViews({ root: `${import.meta.dirname}/../..`, production: false }), workspace };
  const app = Fastify(serverOptions(server));
  await registerSecurity(app, ctx);
  await app.register(formbody);
  await app.register(cookie);
  await app.register(websocket);
  await registerAccess(app, ctx);
  for (const [path, permission] of [['read', 'conversations.read'], ['settings', 'connections.read'], ['delete', 'conversations.delete']] as const) {
    app.get(`/app/:tenant/${path}`, { config: { permission } }, (request) => ({ user: operatorOf(request).user.name, tenant: operatorOf(request).tenant.slug }));
    app.post(`/app/:tenant/${path}`, { config: { permission } }, (request) => ({ body: request.body }));
  }
  routes?.(app);
  await app.ready();
  t.teardown(async () => {
    await app.close();
    await outbound.close();
    await bot.close();
  });
  const now = bot.runtime.clock.now();
  return {
    app, bot, ctx,
    async person(name, role, tenantId = bot.ids.tenant) {
      const em = bot.db.emOfAll();
      const user = em.create(User, { id: uuid(), email: `${name.toLowerCase()}@example.test`, name, passwordHash: await (hashed ??= hashPassword(password)), createdAt: now });
      em.create(Membership, { tenantId, userId: user.id, role, createdAt: now });
      await em.flush();
      return { id: user.id, email: user.email };
    },
    async tenant(slug) {
      const em = bot.db.emOfAll();
      const { id } = em.create(Tenant, { id: uuid(), slug, name: slug, locale: 'en', timeZone: 'UTC', createdAt: now });
      await em.flush();
      await bot.runtime.directory.reload();
      return id;
    },
    visitor: (headers = {}) => new Visitor(app, headers),
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
