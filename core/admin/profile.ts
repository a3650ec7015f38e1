/** `/app/{tenant}/me`: one's own language, looks and password, and the browsers that are signed in. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import { User, type IUser } from '../db/entities/index.ts';
import { SwitchboardError } from '../errors.ts';
import { addressOf } from '../http/address.ts';
import { hashPassword, leastCharacters, mostBytes, passwordFits, passwordProblem } from '../password.ts';
import { auditSql } from '../workspace/change.ts';
import { browserName } from './browser.ts';
import { keepLanguage, keepTheme, localeFrom, localeOf, tell, themeFrom } from './chrome.ts';
import { operatorOf } from './guard.ts';
import { enter } from './next.ts';
import { paths } from './paths.ts';
import type { Sessions } from './session.ts';
import { form, known, ofOne, ofTenant, seeOther, show, type Site } from './site.ts';
import { locales } from './texts.ts';
import { limitsOf, type Throttle } from './throttle.ts';
import type { FieldErrors } from './views/every-page.ts';

const config = { permission: 'profile' } as const;
const url = paths(':tenant');
const path = (address: string) => address.replace(encodeURIComponent(':tenant'), ':tenant');
const word = Type.String({ maxLength: 8 });
const password = Type.String({ maxLength: 4_096 });

export function registerProfile(app: Site, ctx: AppContext, { sessions, throttle }: { sessions: Sessions; throttle: Throttle }): void {
  const { runtime } = ctx;

  app.get(path(url.profile), { config, schema: { params: ofTenant } }, (request, reply) => showProfile(request, reply, 200));

  app.post(path(url.language), { config, schema: { params: ofTenant, body: form({ locale: word }) } }, async (request, reply) => {
    const locale = localeFrom(request.body.locale);
    if (!locale) throw new SwitchboardError('BAD_REQUEST');
    await save(request, { locale });
    keepLanguage(ctx, reply, locale);
    return back(request, reply);
  });

  app.post(path(url.theme), { config, schema: { params: ofTenant, body: form({ theme: word }) } }, async (request, reply) => {
    const theme = themeFrom(request.body.theme);
    if (!theme) throw new SwitchboardError('BAD_REQUEST');
    await save(request, { theme: theme === 'auto' ? null : theme });
    keepTheme(ctx, reply, theme);
    return back(request, reply);
  });

  app.post(path(url.password), { config, schema: { params: ofTenant, body: form({ current: password, password }) } }, async (request, reply) => {
    const { user, tenant, loginId } = operatorOf(request);
    const t = ctx.views.texts.of(localeOf(ctx, request), String);
    const limits = limitsOf('password', addressOf(request), user.id);
    const tried = await throttle.begin(limits);
    const stored = await runtime.db.emOfAll().findOneOrFail(User, { id: user.id });
    // A browser left open must not tell who sits before it what the password is, however often they try.
    if (!tried.allowed || !(await passwordFits(stored.passwordHash ?? null, request.body.current))) {
      return showProfile(request, reply, tried.allowed ? 422 : 429, { current: t(tried.allowed ? 'access:passwordWrong' : 'access:passwordPaused') });
    }
    await throttle.forgive(limits);
    const problem = passwordProblem(request.body.password);
    if (problem) return showProfile(request, reply, 422, { password: t(`says:fault.${problem}`, { count: problem === 'tooShort' ? leastCharacters : mostBytes }) });
    await save(request, { passwordHash: await hashPassword(request.body.password) }, 'password-changed');
    await sessions.endOthers(user.id, loginId);
    tell(ctx, reply, 'access:passwordChanged');
    // Swapped in by script, the page would keep both passwords in their fields.
    return enter(request, reply, paths(tenant.slug).profile);
  });

  app.post(path(url.endLogin(':id')), { config, schema: { params: ofOne, body: form({}) } }, async (request, reply) => {
    const { user } = operatorOf(request);
    if (!(await sessions.end(user.id, known(request.params.id)))) throw new SwitchboardError('NOT_FOUND');
    await note(request, 'login-ended');
    return back(request, reply);
  });

  app.post(path(url.endLogins), { config, schema: { params: ofTenant, body: form({}) } }, async (request, reply) => {
    const { user, loginId } = operatorOf(request);
    await sessions.endOthers(user.id, loginId);
    await note(request, 'logins-ended');
    return back(request, reply);
  });

  async function save(request: FastifyRequest, changed: Partial<Pick<IUser, 'locale' | 'theme' | 'passwordHash'>>, action?: string): Promise<void> {
    const { user } = operatorOf(request);
    await runtime.db.emOfAll().nativeUpdate(User, { id: user.id }, changed);
    if (action) await note(request, action);
    sessions.refresh(user.id);
  }

  const note = (request: FastifyRequest, action: string): Promise<void> => {
    const { user, tenant } = operatorOf(request);
    return runtime.db.write((sql) => auditSql(sql, runtime, tenant.id, { userId: user.id, address: addressOf(request) }, { action, subject: 'user', subjectId: user.id }));
  };

  const back = (request: FastifyRequest, reply: FastifyReply): FastifyReply => seeOther(reply, paths(operatorOf(request).tenant.slug).profile);

  async function showProfile(request: FastifyRequest, reply: FastifyReply, status: number, errors: FieldErrors = {}): Promise<FastifyReply> {
    const { user, role, loginId } = operatorOf(request);
    const logins = await sessions.list(user.id);
    return show(ctx, request, reply, 'profile', {
      person: { name: user.name, email: user.email, role },
      locales: [...locales],
      logins: logins.map(({ browser, ...login }) => ({ ...login, browser: browserName(browser) ?? '', current: login.id === loginId })),
      errors,
    }, status);
  }
}
