/** The whole product over a real database, and visitors who keep their cookies as browsers do. Only the clock is ours. */
import { createHmac, randomBytes } from 'node:crypto';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import type { Test } from 'tap';
import { operatorOf } from '../../core/admin/guard.ts';
import type { AppContext } from '../../core/context.ts';
import { Membership, Tenant, User, type Role } from '../../core/db/entities/index.ts';
import type { Database } from '../../core/db/open.ts';
import { uuid } from '../../core/ids.ts';
import { hashPassword } from '../../core/password.ts';
import { assemble, serve, type Parts } from '../assembled.ts';

export const password = 'a horse on the line';
let hashed: Promise<string> | undefined;

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

export interface SiteParts extends Parts {
  /** Nothing but the product's own routes; else there are three plain ones to guard: read, settings, delete. */
  untouched?: boolean;
  /** Further routes. */
  routes?(app: FastifyInstance): void;
}

const guarded = [['read', 'conversations.read'], ['settings', 'connections.read'], ['delete', 'conversations.delete']] as const;

export async function openSite(t: Test, { untouched = false, routes, ...parts }: SiteParts = {}): Promise<Site> {
  const product = await assemble(t, parts);
  const { db, runtime, now, pass, quiet, all } = product;
  const { app, ctx } = await serve(t, product, (app) => {
    for (const [path, permission] of untouched ? [] : guarded) {
      app.get(`/app/:tenant/${path}`, { config: { permission } }, (request) => ({ user: operatorOf(request).user.name, tenant: operatorOf(request).tenant.slug }));
      app.post(`/app/:tenant/${path}`, { config: { permission } }, (request) => ({ body: request.body }));
    }
    routes?.(app);
  });
  const tenant = async (slug: string): Promise<string> => {
    const em = db.emOfAll();
    const { id } = em.create(Tenant, { id: uuid(), slug, name: slug, locale: 'en', timeZone: 'UTC', createdAt: now() });
    await em.flush();
    await runtime.directory.reload();
    return id;
  };
  const slug = 'acme';
  const tenantId = await tenant(slug);
  return {
    app, ctx, db, tenantId, slug, tenant, pass, quiet, all,
    async person(name, role, of = tenantId) {
      const em = db.emOfAll();
      const user = em.create(User, { id: uuid(), email: `${name.toLowerCase()}@example.test`, name, passwordHash: await (hashed ??= hashPassword(password)), createdAt: now() });
      em.create(Membership, { tenantId: of, userId: user.id, role, createdAt: now() });
      await em.flush();
      return { id: user.id, email: user.email };
    },
    visitor: (headers = {}) => new Visitor(app, headers),
  };
}

export type Answer = LightMyRequestResponse;

/** What answers a request that is not sent over the wire. */
export interface Injected {
  inject(options: InjectOptions | string): Promise<Answer>;
}

export class Visitor {
  readonly app: Injected;
  readonly headers: Record<string, string>;
  readonly cookies = new Map<string, string>();
  remoteAddress = '127.0.0.1';
  constructor(app: Injected, headers: Record<string, string> = {}) {
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
