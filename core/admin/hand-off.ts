/**
 * A connection's hand-off as a page of its own: to print, or to send as a link to whoever sets up the provider's side. It shows
 * no credential, and what is secret of ours only when somebody asks for it.
 */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import { SwitchboardError } from '../errors.ts';
import { answerProblem } from '../http/errors.ts';
import { problemOf } from '../http/problem.ts';
import type { HandOff } from '../workspace/hand-off.ts';
import type { ConnectionDetail } from '../workspace/reads-connections.ts';
import { baseUrl } from '../workspace/address.ts';
import { originsTyped } from '../workspace/settings.ts';
import { localeFrom, localeOf, problemChrome } from './chrome.ts';
import { formats } from './format.ts';
import { operatorOf } from './guard.ts';
import { outside } from './paths.ts';
import { byOf, form, known, ofOne, query, readingOf, show, type Reading, type Site } from './site.ts';
import type { HandOffPage } from './views/connections.ts';
import { pluginSays } from './wording.ts';

const address = '/app/:tenant/settings/channels/:id/hand-off';
const linkDays = [1, 7, 30] as const;

export function handOffPages(app: Site, ctx: AppContext): void {
  const { connections } = ctx.workspace;

  app.get(address, { config: { permission: 'connections.read' }, schema: { params: ofOne, querystring: query({ secrets: Type.Optional(Type.Literal('1')) }) } }, async (request, reply) => {
    const id = known(request.params.id);
    return show(ctx, request, reply, 'hand-off', { ...(await ownPage(ctx, request, id, request.query.secrets !== undefined)), link: { days: linkDays } });
  });

  const sharing = form({ days: Type.Enum(linkDays.map(String)), secrets: Type.Optional(Type.Literal('on')) });
  app.post(`${address}/link`, { config: { permission: 'connections.edit' }, schema: { params: ofOne, body: sharing } }, async (request, reply) => {
    const id = known(request.params.id);
    const page = await ownPage(ctx, request, id, request.body.secrets !== undefined);
    const { of, until } = await connections.share(readingOf(ctx, request).tenantId, id, { days: Number(request.body.days), secrets: request.body.secrets !== undefined }, byOf(request));
    return show(ctx, request, reply, 'hand-off', { ...page, link: { days: linkDays, made: { url: `${baseUrl(ctx.server)}${outside.handOff}?${new URLSearchParams({ of })}`, until } } });
  });

  const open = 'The link proves that it was made here for whoever holds it, and ends.';
  const linked = query({ of: Type.String({ maxLength: 2_000 }), lang: Type.Optional(Type.String({ maxLength: 5 })) });
  app.get(outside.handOff, { config: { open }, schema: { querystring: linked } }, async (request, reply) => {
    // Who reads it must not carry the link elsewhere, and no search engine may keep it.
    reply.headers({ 'referrer-policy': 'no-referrer', 'x-robots-tag': 'noindex, nofollow, noarchive', 'cache-control': 'private, no-store' });
    const { of, lang } = request.query;
    const shared = await connections.shared(of);
    const tenant = shared && ctx.runtime.directory.tenant(shared.tenantId);
    if (!shared || !tenant) return answerProblem(ctx, request, reply, { ...problemOf(new SwitchboardError('NOT_FOUND')), page: 'link-ended' });
    const locale = localeFrom(lang) ?? localeOf(ctx, request);
    const chrome = { ...problemChrome(ctx, request), locale, timeZone: tenant.timeZone };
    const t = ctx.views.texts.of(locale, formats(locale, tenant.timeZone, chrome.now).count);
    const page = await pageOf(ctx, { tenantId: shared.tenantId, locale, t, now: chrome.now }, shared.id, shared.secrets);
    return reply.type('text/html; charset=utf-8').send(ctx.views.render('hand-off', { ...page, workspace: tenant.name, guest: { until: shared.until, of } }, chrome));
  });
}

async function ownPage(ctx: AppContext, request: FastifyRequest, id: string, secrets: boolean): Promise<HandOffPage> {
  const reading = readingOf(ctx, request);
  return { ...(await pageOf(ctx, reading, id, secrets)), id, workspace: operatorOf(request).tenant.name };
}

type Ear = Pick<Reading, 'tenantId' | 'locale' | 't' | 'now'>;

async function pageOf(ctx: AppContext, ear: Ear, id: string, secrets: boolean): Promise<Omit<HandOffPage, 'workspace'>> {
  const { plugins } = ctx.runtime;
  const detail = await ctx.workspace.connections.get(ear.tenantId, id);
  const channel = plugins.channel(detail.plugin);
  // A simulated phone has no provider who could be told anything.
  if (!detail.loaded || !channel || channel.simulate) throw new SwitchboardError('NOT_FOUND');
  const handOff = await ctx.workspace.connections.handOff(ear.tenantId, id);
  const values = handOffValues(ctx, ear, detail, handOff);
  const steps = (await channel.guide?.(ear.locale))?.handOff ?? [];
  const { host } = new URL(handOff.webhookUrl);
  return {
    name: detail.name,
    channel: detail.channel,
    at: ear.now,
    webhookUrl: handOff.webhookUrl,
    values: values.filter((value) => secrets || !value.secret),
    secrets: { shown: secrets, names: values.filter(({ secret }) => secret).map(({ label }) => label) },
    steps,
    proof: channel.can.webhook,
    reachable: isReachable(handOff),
    host,
    calls: originsTyped(channel, textsOf(detail)).map((origin) => new URL(origin).host),
    mostBytes: ctx.server.limits.webhookMaxBytes,
  };
}

/** Providers call public addresses only, and only by https. */
export const isReachable = ({ reachable, webhookUrl }: HandOff): boolean => reachable && new URL(webhookUrl).protocol === 'https:';

/** Settings as a form would send them: enough for a channel to say which hosts it calls. */
function textsOf({ settings }: ConnectionDetail): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** Every value with its name in the reader's language: the address, what is secret of ours, the account, its numbers. */
export function handOffValues({ runtime: { plugins } }: Pick<AppContext, 'runtime'>, { locale, t }: Pick<Reading, 'locale' | 't'>, { plugin }: Pick<ConnectionDetail, 'plugin'>, { webhookUrl, tokens, facts, accounts }: HandOff): { label: string; value: string; secret: boolean }[] {
  const worded = (key: string, otherwise: string) => {
    const said = pluginSays(plugins, plugin, key, locale);
    return said === key ? otherwise : said;
  };
  const named = (secret: boolean) => ({ field, label, value }: HandOff['facts'][number]) => ({ label: worded(`${field}.title`, label), value, secret });
  const account = worded('account.title', plugins.channel(plugin)?.account.title ?? '');
  return [
    { label: t('says:handOff.callbackUrl'), value: webhookUrl, secret: false },
    ...tokens.map(named(true)),
    ...facts.map(named(false)),
    ...accounts.map((value) => ({ label: account, value, secret: false })),
  ];
}
