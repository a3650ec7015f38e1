/** What the routes of the API have in common: who calls, in which language, and how lists and answers are given. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawReplyDefaultExpression, RawRequestDefaultExpression, RawServerDefault } from 'fastify';
import { Type, type TProperties, type TSchema } from 'typebox';
import { accepted } from '../../admin/chrome.ts';
import { formats } from '../../admin/format.ts';
import { sayLine, type Ear, type SaidLine } from '../../admin/wording.ts';
import type { AppContext } from '../../context.ts';
import { SwitchboardError } from '../../errors.ts';
import type { CheckLine, Locale } from '../../plugin/contract/plugin.ts';
import type { By } from '../../workspace/change.ts';
import { addressOf } from '../address.ts';
import type { Caller } from './keys.ts';
import type { Scope } from './scopes.ts';

export type Api = FastifyInstance<RawServerDefault, RawRequestDefaultExpression, RawReplyDefaultExpression, FastifyBaseLogger, TypeBoxTypeProvider>;
export type { Ear };

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every route that names a scope; null elsewhere. */
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    /** For the description of the API: what the route does, and what it answers by status. */
    api?: { does: string; answers: Record<number, TSchema | 'nothing' | 'bytes' | 'csv'>; headers?: TProperties; body?: 'bytes' };
  }
}

/** The scope of a route, and what the description says of it. */
export const route = (scope: Scope, does: string, answers: NonNullable<NonNullable<FastifyRequest['routeOptions']['config']['api']>['answers']>) => ({ config: { scope, api: { does, answers } } });

/** @throws Error on a route that names no scope */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw new Error(`${request.routeOptions.url} asks who calls but names no scope`);
  return request.caller;
}

export const tenantOf = (request: FastifyRequest): string => callerOf(request).tenantId;

/** In the audit log the key stands where a person would. */
export const byOf = (request: FastifyRequest): By => ({ userId: callerOf(request).keyId, address: addressOf(request) });

/** In the language that was asked for, in the time zone of the tenant. */
export function earOf({ views, runtime }: Pick<AppContext, 'views' | 'runtime'>, request: FastifyRequest, locale?: Locale): Ear {
  const tenant = request.caller ? runtime.directory.tenant(request.caller.tenantId) : undefined;
  const language = locale ?? accepted(request.headers['accept-language']) ?? tenant?.locale ?? 'en';
  const { count, moment } = formats(language, tenant?.timeZone ?? 'UTC', runtime.clock.now());
  return { t: views.texts.of(language, count), locale: language, moment };
}

export const saidLines = (ctx: AppContext, request: FastifyRequest, plugin: string, lines: readonly CheckLine[]): SaidLine[] => {
  const ear = earOf(ctx, request);
  return lines.map((line) => sayLine(ctx.runtime.plugins, plugin, line, ear));
};

// ── what is asked for ────────────────────────────────────────────────────────────────────────────────────────────────

export const object = <P extends TProperties>(members: P) => Type.Object(members, { additionalProperties: false });
export const optional = <T extends TSchema>(schema: T) => Type.Optional(schema);
/** What could be an id. One that is none is like one that nobody has: 404. */
export const id = Type.String({ maxLength: 100 });
export const one = object({ id });
export const locale = Type.Enum(['en', 'es', 'id']);

/** @throws SwitchboardError NOT_FOUND */
export function known(typed: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(typed)) throw new SwitchboardError('NOT_FOUND');
  return typed;
}

// ── lists ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Of every list. `after` is the `next` of the page before. */
export const page = { after: optional(Type.String({ maxLength: 1_000 })), limit: optional(Type.Integer({ minimum: 1, maximum: 200 })) };
const usualLimit = 50;

export const list = <T extends TSchema>(item: T) => Type.Object({ items: Type.Array(item), next: optional(Type.String()) });

/** A page of a list that is known as a whole, in the order in which its rows were made. */
export function pageOf<Row extends { id: string }>(rows: readonly Row[], { after = '', limit = usualLimit }: { after?: string; limit?: number }): { items: Row[]; next?: string } {
  const rest = rows.filter((row) => row.id > after).sort((a, b) => (a.id < b.id ? -1 : 1));
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return { items, ...(rest.length > limit && last && { next: last.id }) };
}
