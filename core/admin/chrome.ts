/** What every page shows beside its own: whose it is, in which language, and what this person may do. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AppContext } from '../context.ts';
import type { Operator } from './guard.ts';
import { may } from './permissions.ts';
import { cookieOf, formToken, giveCookie, takeCookie } from './session.ts';
import { locales } from './texts.ts';
import type { Chrome, Theme } from './views/every-page.ts';
import type { Locale } from '../plugin/contract/plugin.ts';

const languageCookie = 'switchboard-language';
const themeCookie = 'switchboard-theme';
const noticeCookie = 'switchboard-notice';
const yearSeconds = 365 * 86_400;

/** Of a page: with the token of its forms, the unread alerts, and what just happened. */
export async function chromeOf(ctx: AppContext, request: FastifyRequest, reply: FastifyReply): Promise<Chrome> {
  const { operator } = request;
  const chrome = problemChrome(ctx, request);
  chrome.csrf = operator?.csrf ?? formToken(request, reply, ctx.server);
  if (!operator) chrome.timeZone = await usualTimeZone(ctx);
  if (operator && may(operator.role, 'alerts.read')) chrome.alerts = await ctx.workspace.alerts.unreadCount(operator.tenant.id);
  const notice = noticeOf(ctx, request, chrome.locale);
  if (notice) {
    chrome.notice = { text: notice };
    takeCookie(reply, ctx.server, noticeCookie);
  }
  return chrome;
}

/** With one workspace, its zone is the reader's: the end of a pause is a time of day. */
async function usualTimeZone(ctx: AppContext): Promise<string> {
  const [tenant, another] = await ctx.runtime.db.read((sql) => sql.all<{ time_zone: string }>('select time_zone from tenant limit 2'));
  return tenant && !another ? tenant.time_zone : 'UTC';
}

/** Of a page that says what went wrong: asks nothing, so that it can always be shown. */
export function problemChrome(ctx: AppContext, request: FastifyRequest): Chrome {
  const { operator } = request;
  const theme = operator ? operator.user.theme : themeFrom(cookieOf(request, ctx.server, themeCookie));
  return {
    csrf: operator?.csrf ?? '',
    locale: localeOf(ctx, request),
    timeZone: operator?.tenant.timeZone ?? 'UTC',
    theme: theme ?? 'auto',
    path: request.url,
    now: ctx.runtime.clock.now(),
    ...(operator && {
      tenant: { slug: operator.tenant.slug, name: operator.tenant.name },
      person: { name: operator.user.name, email: operator.user.email, role: operator.role },
      may: permissionsOf(operator),
    }),
  };
}

function permissionsOf({ role }: Operator): NonNullable<Chrome['may']> {
  return { configure: may(role, 'numbers.edit'), deleteConversations: may(role, 'conversations.delete'), members: may(role, 'members.read') };
}

/** The person's choice, else this browser's, else what the browser asks for, else the tenant's. */
export function localeOf(ctx: AppContext, request: FastifyRequest): Locale {
  const { operator } = request;
  return operator?.user.locale ?? localeFrom(cookieOf(request, ctx.server, languageCookie)) ?? accepted(request.headers['accept-language']) ?? operator?.tenant.locale ?? 'en';
}

export function localeFrom(text: unknown): Locale | undefined {
  return locales.find((locale) => locale === text);
}

export function themeFrom(text: unknown): Theme | undefined {
  return (['auto', 'light', 'dark'] as const).find((theme) => theme === text);
}

export function keepLanguage(ctx: AppContext, reply: FastifyReply, locale: Locale): void {
  giveCookie(reply, ctx.server, languageCookie, locale, yearSeconds);
}

export function keepTheme(ctx: AppContext, reply: FastifyReply, theme: Theme): void {
  giveCookie(reply, ctx.server, themeCookie, theme, yearSeconds);
}

/** One sentence for the next page, by its key in the locale files: what a cookie says is never shown as it is. */
export function tell(ctx: AppContext, reply: FastifyReply, key: string): void {
  giveCookie(reply, ctx.server, noticeCookie, key, 60);
}

function noticeOf(ctx: AppContext, request: FastifyRequest, locale: Locale): string | undefined {
  const key = cookieOf(request, ctx.server, noticeCookie);
  if (!key || !/^[a-z]\w*([:.]\w+)+$/i.test(key) || !ctx.views.texts.has(locale, key)) return undefined;
  return ctx.views.texts.of(locale, String)(key);
}

/** `es-MX,es;q=0.9,en;q=0.8` → es */
export function accepted(header: string | undefined): Locale | undefined {
  const wishes = (header ?? '').split(',').slice(0, 20).map((wish) => {
    const [language = '', weight] = wish.trim().toLowerCase().split(';q=');
    return { language: language.split('-')[0], weight: weight === undefined ? 1 : Number(weight) || 0 };
  });
  return wishes.sort((a, b) => b.weight - a.weight).map(({ language }) => localeFrom(language)).find((locale) => locale !== undefined);
}
