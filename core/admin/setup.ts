/**
 * `/setup`: the first owner. Open to whoever sits at this machine while nobody else can reach it; to everybody else only by
 * the one-time link that the console printed (`setup-link.ts`). With the first person it is over for good.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import { SwitchboardError } from '../errors.ts';
import { addressOf } from '../http/address.ts';
import { isFromHere } from '../http/here.ts';
import { answerProblem } from '../http/errors.ts';
import { problemOf } from '../http/problem.ts';
import { leastCharacters, mostBytes, passwordProblem } from '../password.ts';
import { Refused } from '../workspace/refused.ts';
import { localeFrom, localeOf } from './chrome.ts';
import { enter } from './next.ts';
import { outside, paths } from './paths.ts';
import { signIn, type Sessions } from './session.ts';
import { hasPeople, keepLink, linkFor, useUp, type Link } from './setup-link.ts';
import { form, query, seeOther, show, type Site } from './site.ts';
import { fieldErrors } from './wording.ts';
import type { FieldErrors } from './views/every-page.ts';
import type { SetupPage } from './views/login.ts';

const open = 'Nobody exists yet; this machine or the one-time link is the proof.';
const timeZones = [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];
const longestName = 80;

export function registerSetup(app: Site, ctx: AppContext, sessions: Sessions): void {
  const { runtime, server } = ctx;
  const querystring = query({ token: Type.Optional(Type.String({ maxLength: 100 })) });
  app.get(outside.setup, { config: { open }, schema: { querystring } }, async (request, reply) => {
    if (await hasPeople(runtime)) return seeOther(reply, outside.login);
    if (!(await proof(request))) return closed(request, reply);
    const values = { workspace: '', name: '', email: '', locale: localeOf(ctx, request), timeZone: 'UTC' };
    return showSetup(request, reply, values, {}, 200);
  });

  const text = Type.String({ maxLength: 4_096, default: '' });
  const typed = form({ workspace: text, name: text, email: text, password: text, locale: text, timeZone: text });
  app.post(outside.setup, { config: { open }, schema: { querystring, body: typed } }, async (request, reply) => {
    if (await hasPeople(runtime)) return seeOther(reply, outside.login);
    const link = await proof(request);
    if (!link) return closed(request, reply);
    const { password, ...rest } = request.body;
    const values = { ...rest, workspace: rest.workspace.trim(), name: rest.name.trim(), email: rest.email.trim().toLowerCase(), locale: localeFrom(rest.locale) ?? localeOf(ctx, request) };
    const errors = problemsOf(request, { ...values, password });
    if (Object.keys(errors).length > 0) return showSetup(request, reply, values, errors, 422);
    return create(request, reply, values, password, link);
  });

  /** The link, or `here` for somebody at this machine. */
  async function proof(request: FastifyRequest<{ Querystring: { token?: string } }>): Promise<Link | 'here' | undefined> {
    return (await linkFor(runtime, request.query.token)) ?? (isFromHere(request, ctx.server) ? 'here' : undefined);
  }

  async function create(request: FastifyRequest<{ Querystring: { token?: string } }>, reply: FastifyReply, values: SetupPage['values'], password: string, link: Link | 'here') {
    if (link !== 'here' && !(await useUp(runtime, link))) return closed(request, reply);
    try {
      const { workspace: workspaceName, ...owner } = values;
      const { userId, slug } = await ctx.workspace.createFirstOwner({ ...owner, workspaceName, password });
      signIn(reply, server, await sessions.begin(userId, { address: addressOf(request), browser: request.headers['user-agent'] ?? '' }));
      runtime.log.info({ user: userId }, 'the first owner was created');
      return enter(request, reply, paths(slug).whatsapp);
    } catch (error) {
      // Nothing was created: the link stays good for the next try.
      if (link !== 'here' && !(await hasPeople(runtime))) await keepLink(runtime, link);
      if (error instanceof SwitchboardError && error.code === 'CONFLICT') return seeOther(reply, outside.login);
      if (!(error instanceof Refused)) throw error;
      const reading = { locale: values.locale, t: wordsFor(request) };
      return showSetup(request, reply, values, fieldErrors(error, reading, runtime.plugins, (field) => (field === 'workspaceName' ? 'workspace' : field)), 422);
    }
  }

  function problemsOf(request: FastifyRequest, given: SetupPage['values'] & { password: string }): FieldErrors {
    const t = wordsFor(request);
    const name = (value: string) => (value === '' ? t('says:fault.required') : value.length > longestName ? t('says:fault.tooLong', { count: longestName }) : '');
    const password = passwordProblem(given.password);
    const found: FieldErrors = {
      workspace: name(given.workspace),
      name: name(given.name),
      email: given.email === '' ? t('says:fault.required') : isEmail(given.email) ? '' : t('access:emailForm'),
      password: password === undefined ? '' : t(`says:fault.${password}`, { count: password === 'tooShort' ? leastCharacters : mostBytes }),
      timeZone: timeZones.includes(given.timeZone) ? '' : t('says:fault.required'),
    };
    return Object.fromEntries(Object.entries(found).filter(([, sentence]) => sentence !== ''));
  }

  const wordsFor = (request: FastifyRequest) => ctx.views.texts.of(localeOf(ctx, request), String);

  async function showSetup(request: FastifyRequest<{ Querystring: { token?: string } }>, reply: FastifyReply, values: SetupPage['values'], errors: FieldErrors, status: number) {
    const { token } = request.query;
    return show(ctx, request, reply, 'setup', { action: token ? `${outside.setup}?${new URLSearchParams({ token })}` : outside.setup, values, timeZones, errors }, status);
  }

  async function closed(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const refused = problemOf(new SwitchboardError('NOT_PERMITTED'));
    return answerProblem(ctx, request, reply, { ...refused, page: 'setup-closed' });
  }
}

/** What a mail server could take; only the mail itself proves more. */
function isEmail(text: string): boolean {
  return text.length <= 254 && /^[^\s@<>"',;:\\()[\]]+@[^\s@<>"',;:\\()[\]]+$/.test(text);
}
