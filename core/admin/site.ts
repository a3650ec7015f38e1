/** What all pages of a tenant have in common: who looks, in which language, and how an answer is given. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest, RawReplyDefaultExpression, RawRequestDefaultExpression, RawServerDefault } from 'fastify';
import { Type, type TProperties } from 'typebox';
import type { AppContext } from '../context.ts';
import { SwitchboardError } from '../errors.ts';
import { addressOf } from '../http/address.ts';
import type { By } from '../workspace/change.ts';
import { chromeOf, localeOf } from './chrome.ts';
import { formats } from './format.ts';
import { operatorOf } from './guard.ts';
import { paths } from './paths.ts';
import type { Translate } from './texts.ts';
import type { PageName, Views } from './views.ts';
import type { Locale } from '../plugin/contract/plugin.ts';

export type Site = FastifyInstance<RawServerDefault, RawRequestDefaultExpression, RawReplyDefaultExpression, FastifyBaseLogger, TypeBoxTypeProvider>;

/** The schema of a form: what it may hold and nothing else. */
export const form = <P extends TProperties>(fields: P) =>
  Type.Object({ ...fields, _csrf: Type.Optional(Type.String({ maxLength: 200 })) }, { additionalProperties: false });
export const query = <P extends TProperties>(fields: P) => Type.Object(fields, { additionalProperties: false });
/** A form of a plugin's fields: their own schema checks them. */
export const openForm = Type.Record(Type.String({ maxLength: 200 }), Type.Union([Type.String({ maxLength: 300_000 }), Type.Array(Type.String({ maxLength: 300_000 }))]));

const name = Type.String({ maxLength: 100 });
export const ofTenant = Type.Object({ tenant: name });
export const ofOne = Type.Object({ tenant: name, id: name });

/** An id that could be one. @throws SwitchboardError NOT_FOUND */
export function known(id: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) throw new SwitchboardError('NOT_FOUND');
  return id;
}

export const byOf = (request: FastifyRequest): By => ({ userId: operatorOf(request).user.id, address: addressOf(request) });

/** The words and the addresses of one request. */
export interface Reading {
  tenantId: string;
  locale: Locale;
  timeZone: string;
  now: number;
  t: Translate;
  url: ReturnType<typeof paths>;
}

const readings = new WeakMap<FastifyRequest, Reading>();

export function readingOf(ctx: AppContext, request: FastifyRequest): Reading {
  const known = readings.get(request);
  if (known) return known;
  const reading = read(ctx, request);
  readings.set(request, reading);
  return reading;
}

function read(ctx: AppContext, request: FastifyRequest): Reading {
  const { tenant } = operatorOf(request);
  const locale = localeOf(ctx, request);
  const now = ctx.runtime.clock.now();
  return { tenantId: tenant.id, locale, timeZone: tenant.timeZone, now, t: ctx.views.texts.of(locale, formats(locale, tenant.timeZone, now).count), url: paths(tenant.slug) };
}

/** Answers with a page. */
export async function show<K extends PageName>(ctx: AppContext, request: FastifyRequest, reply: FastifyReply, page: K, data: Views[K], status = 200): Promise<FastifyReply> {
  const html = ctx.views.render(page, data, await chromeOf(ctx, request, reply));
  return reply.code(status).type('text/html; charset=utf-8').headers({ 'cache-control': 'private, no-store', vary: 'HX-Request, HX-Request-Type' }).send(html);
}

/** After a form was taken: the page it belongs to, asked for anew, so that a reload sends nothing twice. */
export const seeOther = (reply: FastifyReply, address: string): FastifyReply => reply.redirect(address, 303);

/** Asked by our script for a part of the page, not by a reader for a page. */
export const wantsPart = (request: FastifyRequest): boolean => request.headers['hx-request-type'] === 'partial';

/** Answers our script with fragments; a reader who comes by the address alone gets them bare. */
export async function showPart<K extends Extract<PageName, `parts/${string}`>>(ctx: AppContext, request: FastifyRequest, reply: FastifyReply, part: K, data: Views[K], status = 200): Promise<FastifyReply> {
  return show(ctx, request, reply, part, data, status);
}

/** The page a form stood on, when it is one of this tenant's; only its path is taken, so nothing leads elsewhere. */
export function back(request: FastifyRequest, otherwise: string): string {
  const { referer } = request.headers;
  const from = referer === undefined ? null : URL.parse(referer);
  return from?.pathname.startsWith(`${paths(operatorOf(request).tenant.slug).app}/`) ? from.pathname + from.search : otherwise;
}
