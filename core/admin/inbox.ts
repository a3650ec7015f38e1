/** `/app/{tenant}/inbox`: the list of conversations, with one of them open beside it under its own address. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import { Num } from '../db/entities/index.ts';
import { operatorOf } from './guard.ts';
import { colourOf, rowOf } from './rows.ts';
import { ofTenant, query, readingOf, show, type Reading, type Site } from './site.ts';
import type { NumberName } from './views/every-page.ts';
import type { InboxPage, InboxView } from './views/inbox.ts';
import type { Thread } from './views/thread.ts';

export const inboxViews = ['open', 'unread', 'escalated', 'closed'] as const;

/** What the address says about the list; the same on every page that shows it. */
export const listed = {
  view: Type.Optional(Type.Enum([...inboxViews])),
  number: Type.Optional(Type.String({ maxLength: 36 })),
  search: Type.Optional(Type.String({ maxLength: 100 })),
  after: Type.Optional(Type.String({ maxLength: 300 })),
};

export interface Listed {
  view?: InboxView;
  number?: string;
  search?: string;
  after?: string;
}

export function inboxPages(app: Site, ctx: AppContext): void {
  app.get('/app/:tenant/inbox', { config: { permission: 'conversations.read' }, schema: { params: ofTenant, querystring: query(listed) } }, async (request, reply) =>
    show(ctx, request, reply, 'inbox', await inboxPage(ctx, request, request.query)));
}

export async function inboxPage(ctx: AppContext, request: FastifyRequest, asked: Listed, thread?: Thread): Promise<InboxPage> {
  const reading = readingOf(ctx, request);
  const { conversations } = ctx.workspace;
  const { view, number, search, filter } = await shownIn(ctx, reading, asked);
  const { rows, next } = await conversations.list(reading.tenantId, { view, ...filter, ...(asked.after !== undefined && { after: asked.after }), limit: 40 });
  const me = operatorOf(request).user.id;
  return {
    view,
    counts: await conversations.counts(reading.tenantId, filter),
    ...(number && { number }),
    ...(search && { search }),
    rows: rows.map((row) => rowOf(row, me)),
    ...(next !== undefined && { nextHref: reading.url.inbox({ view, ...(number && { number: number.id }), ...(search && { search }), after: next }) }),
    ...(thread && { thread }),
  };
}

/** What an address shows of the inbox: the same for its rows, its counts and what changes on it. */
export async function shownIn(ctx: AppContext, reading: Reading, asked: Listed) {
  const number = asked.number === undefined ? undefined : await numberNamed(ctx, reading, asked.number);
  const search = asked.search?.trim();
  return { view: asked.view ?? ('open' as const), number, search, filter: { ...(number && { numberId: number.id }), ...(search && { search }) } };
}

/** Of a deleted number, too: its conversations stay. Undefined: there is none, and the list is not narrowed. */
async function numberNamed(ctx: AppContext, { tenantId }: Reading, id: string): Promise<NumberName | undefined> {
  if (!/^[0-9a-f-]{36}$/.test(id)) return undefined;
  const row = await ctx.runtime.db.em(tenantId).findOne(Num, { id });
  return row ? { id: row.id, name: row.displayName, line: colourOf(row.line) } : undefined;
}
