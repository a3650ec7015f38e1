/** `/app/{tenant}/live`: what changed, as fragments of the page that asks. One request answers for many notices. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import { startOfDay } from './day.ts';
import { operatorOf } from './guard.ts';
import { inboxViews, shownIn } from './inbox.ts';
import { itemsOf, messageOf, wordsFor } from './items.ts';
import { cardOf, rowOf } from './rows.ts';
import { may } from './permissions.ts';
import { phoneOf } from './simulator.ts';
import { known, ofTenant, readingOf, showPart, type Site } from './site.ts';
import { threadOf } from './thread-view.ts';
import type { LiveBundle } from './views/inbox.ts';
import type { Composer } from './views/thread.ts';

/** The address of the page comes along with what it shows; what is not named here is not looked at. */
const asked = Type.Object({
  view: Type.Optional(Type.Enum([...inboxViews])),
  number: Type.Optional(Type.String({ maxLength: 36 })),
  search: Type.Optional(Type.String({ maxLength: 100 })),
  persona: Type.Optional(Type.String({ maxLength: 40 })),
  /** Conversations that notices named. */
  changed: Type.Optional(Type.String({ maxLength: 2_000 })),
  rows: Type.Optional(Type.Enum(['inbox', 'recent'])),
  open: Type.Optional(Type.String({ maxLength: 36 })),
  after: Type.Optional(Type.Integer({ minimum: 0 })),
  phone: Type.Optional(Type.String({ maxLength: 36 })),
  /** A number or a connection changed: what waits for it may be any message that the page shows. */
  lines: Type.Optional(Type.String({ maxLength: 1 })),
  alerts: Type.Optional(Type.String({ maxLength: 1 })),
  numbers: Type.Optional(Type.String({ maxLength: 1 })),
});

/** Messages above the newest one whose state a page may still be showing. */
const shown = 60;
/** A state that moved longer ago was told in an earlier answer. */
const recentMs = 120_000;

export function livePages(app: Site, ctx: AppContext): void {
  const { workspace, runtime } = ctx;
  app.get('/app/:tenant/live', { config: { permission: 'conversations.read' }, schema: { params: ofTenant, querystring: asked } }, async (request, reply) => {
    const { query } = request;
    const reading = readingOf(ctx, request);
    const { role, user } = operatorOf(request);
    const changed = [...new Set((query.changed ?? '').split(',').filter(Boolean))].slice(0, 50).map(known);
    const list = { ...(query.view && { view: query.view }), ...(query.number && { number: query.number }), ...(query.search && { search: query.search }) };
    const bundle: LiveBundle = { filter: list };
    if (query.rows && changed.length > 0) {
      bundle.rowsAre = query.rows;
      bundle.rows = (await workspace.conversations.rows(reading.tenantId, changed)).map((row) => rowOf(row, user.id));
      if (query.rows === 'inbox') {
        const { view, filter } = await shownIn(ctx, reading, list);
        bundle.counts = await workspace.conversations.counts(reading.tenantId, filter);
        bundle.listed = Object.fromEntries(await workspace.conversations.listed(reading.tenantId, { view, ...filter }, changed));
      }
    }
    if (query.open) {
      const since = changed.includes(query.open) && !query.lines ? runtime.clock.now() - recentMs : 0;
      bundle.thread = await threadPart(ctx, request, known(query.open), { after: query.after ?? 0, since });
    }
    if (query.numbers && may(role, 'numbers.read')) {
      bundle.numbers = (await workspace.numbers.list(reading.tenantId, startOfDay(reading.timeZone, reading.now))).map((row) => cardOf(ctx, reading, row));
    }
    if (query.alerts && may(role, 'alerts.read')) bundle.alerts = await workspace.alerts.unreadCount(reading.tenantId);
    if (query.phone && may(role, 'simulator.use')) bundle.phone = await phoneOf(ctx, request, known(query.phone), query.persona);
    return showPart(ctx, request, reply, 'parts/live', bundle);
  });
}

interface Since {
  /** The newest seq on the page; undefined: the page has what there is. */
  after: number | undefined;
  /** Messages on the page whose state moved at or after this. */
  since: number;
  composer?: Partial<Composer>;
}

export async function threadPart(ctx: AppContext, request: FastifyRequest, id: string, { after, since, composer }: Since): Promise<NonNullable<LiveBundle['thread']>> {
  const reading = readingOf(ctx, request);
  const { conversations } = ctx.workspace;
  const detail = await conversations.get(reading.tenantId, id);
  const thread = threadOf(ctx, reading, detail, operatorOf(request).user.id, composer);
  const from = after ?? detail.lastSeq;
  const words = wordsFor(ctx, reading, detail.number.id);
  // What `get` brought along is usually all that is new.
  const oldest = thread.items[0]?.seq ?? 1;
  const items = from >= oldest - 1 ? thread.items : itemsOf((await conversations.messages(reading.tenantId, id, { after: Math.max(0, from - 1) })).items, words);
  const before = items.findLast((item) => item.seq <= from);
  const changed = since === Infinity || from === 0 ? [] : await conversations.changed(reading.tenantId, id, { from: Math.max(1, from - shown), to: from, since });
  return {
    ...thread,
    tail: items.filter((item) => item.seq > from),
    ...(before && { before }),
    changed: changed.filter((row) => row.kind !== 'event').map((row) => messageOf(row, words)),
  };
}
