/** `/`, `/login`, `/logout`, `/language`: the ways in and out, for whoever is not known yet. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import { User } from '../db/entities/index.ts';
import { addressOf } from '../http/address.ts';
import { passwordFits } from '../password.ts';
import { auditSql } from '../workspace/change.ts';
import { keepLanguage, localeFrom, localeOf } from './chrome.ts';
import { enter, ownPath } from './next.ts';
import { outside, paths } from './paths.ts';
import { hasPeople } from './setup-link.ts';
import { form, query, seeOther, show, type Site } from './site.ts';
import { signIn, signOut, tokenOf, type Sessions, type SignedIn } from './session.ts';
import { limitsOf, type Throttle } from './throttle.ts';
import type { FieldErrors } from './views/every-page.ts';
import type { LoginPage } from './views/login.ts';

const open = 'Whoever wants to sign in is not signed in.';
const text = (maxLength: number) => Type.String({ maxLength });

export function registerLogin(app: Site, ctx: AppContext, { sessions, throttle }: { sessions: Sessions; throttle: Throttle }): void {
  const { runtime, server } = ctx;

  app.get('/', { config: { open: 'Only leads on.' } }, async (request, reply) => seeOther(reply, (await homeOf(request)) ?? ((await hasPeople(runtime)) ? outside.login : outside.setup)));

  app.get(outside.login, { config: { open }, schema: { querystring: query({ next: Type.Optional(text(4_000)), closed: Type.Optional(text(1)) }) } }, async (request, reply) => {
    const { next, closed } = request.query;
    const home = await homeOf(request);
    if (home) return seeOther(reply, ownPath(next) ?? home);
    if (!(await hasPeople(runtime))) return seeOther(reply, outside.setup);
    return showLogin(request, reply, 200, { email: '', state: closed ? 'closed' : 'fresh', next });
  });

  const typed = form({ email: text(500), password: text(4_096), next: Type.Optional(text(4_000)) });
  app.post(outside.login, { config: { open }, schema: { body: typed } }, async (request, reply) => {
    const { email, password, next } = request.body;
    const address = addressOf(request);
    const account = email.trim().toLowerCase();
    const errors = emptyOf(request, { email: account, password });
    if (Object.keys(errors).length > 0) return showLogin(request, reply, 422, { email, state: 'fresh', errors, next });
    const limits = limitsOf('login', address, account);
    const tried = await throttle.begin(limits);
    if (!tried.allowed) return showPaused(request, reply, 429, { email, next, pausedUntil: tried.pausedUntil });

    const signedIn = await personWith(account, password);
    if (!signedIn) {
      runtime.log.warn({ ip: address }, 'a sign-in was refused');
      if (tried.pausedUntil > 0) return showPaused(request, reply, 401, { email, next, pausedUntil: tried.pausedUntil });
      return showLogin(request, reply, 401, { email, state: 'wrong', triesLeft: tried.left, next });
    }
    await throttle.forgive(limits);
    await leave(request);
    signIn(reply, server, await sessions.begin(signedIn.userId, { address, browser: request.headers['user-agent'] ?? '' }));
    await note(signedIn.userId, signedIn.tenant.id, address, 'signed-in');
    return enter(request, reply, ownPath(next) ?? paths(signedIn.tenant.slug).whatsapp);
  });

  app.post(outside.logout, { config: { open: 'Who is not signed in is signed out already.' } }, async (request, reply) => {
    await leave(request);
    signOut(reply, server);
    return seeOther(reply, `${outside.login}?closed=1`);
  });

  app.post(outside.language, { config: { open: 'The sign-in page speaks before anybody is known.' }, schema: { body: form({ locale: text(8), next: Type.Optional(text(4_000)) }) } }, async (request, reply) => {
    const locale = localeFrom(request.body.locale);
    if (locale) keepLanguage(ctx, reply, locale);
    const { next } = request.body;
    // These pages lead nowhere after signing in, but their language may change while one is there.
    return seeOther(reply, /^\/(login|setup)(\?[^\\\s]*)?$/.test(next ?? '') ? String(next) : (ownPath(next) ?? '/'));
  });

  async function current(request: FastifyRequest): Promise<SignedIn | undefined> {
    const token = tokenOf(request, server);
    return token === undefined ? undefined : sessions.find(token);
  }

  async function homeOf(request: FastifyRequest): Promise<string | undefined> {
    const first = (await current(request))?.memberships[0];
    const tenant = first && runtime.directory.tenant(first.tenantId);
    return tenant && paths(tenant.slug).whatsapp;
  }

  /** Nobody, a wrong password, a disabled person and one without a workspace are one and the same answer, in the same time. */
  async function personWith(email: string, password: string) {
    const user = await runtime.db.emOfAll().findOne(User, { email });
    if (!(await passwordFits(user?.passwordHash ?? null, password)) || !user || user.disabledAt !== null) return undefined;
    const [first] = await runtime.db.read((sql) => sql.all<{ tenant_id: string }>('select tenant_id from membership where user_id = ? order by created_at, id limit 1', [user.id]));
    const tenant = first && runtime.directory.tenant(first.tenant_id);
    return tenant && { userId: user.id, tenant };
  }

  async function leave(request: FastifyRequest): Promise<void> {
    const before = await current(request);
    if (!before) return;
    await sessions.end(before.user.id, before.loginId);
    const [first] = before.memberships;
    if (first) await note(before.user.id, first.tenantId, addressOf(request), 'signed-out');
  }

  const note = (userId: string, tenantId: string, address: string, action: string): Promise<void> =>
    runtime.db.write((sql) => auditSql(sql, runtime, tenantId, { userId, address }, { action, subject: 'user', subjectId: userId }));

  function emptyOf(request: FastifyRequest, given: Record<'email' | 'password', string>): FieldErrors {
    const t = ctx.views.texts.of(localeOf(ctx, request), String);
    return Object.fromEntries(Object.entries(given).filter(([, value]) => value === '').map(([name]) => [name, t('says:fault.required')]));
  }

  type Shown = Omit<LoginPage, 'next'> & { next: string | undefined };

  function showPaused(request: FastifyRequest, reply: FastifyReply, status: number, { pausedUntil, ...shown }: Omit<Shown, 'state'> & { pausedUntil: number }) {
    const seconds = Math.ceil((pausedUntil - runtime.clock.now()) / 1_000);
    reply.header('retry-after', String(Math.max(1, seconds)));
    return showLogin(request, reply, status, { ...shown, state: 'paused', pausedUntil });
  }

  async function showLogin(request: FastifyRequest, reply: FastifyReply, status: number, { next, ...shown }: Shown) {
    const own = ownPath(next);
    return show(ctx, request, reply, 'login', { ...shown, ...(own !== undefined && { next: own }) }, status);
  }
}
