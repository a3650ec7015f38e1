/** `/app/{tenant}/settings/deliveries`: the ledger of webhooks, with Replay. */
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import { SwitchboardError } from '../errors.ts';
import { sayWords } from '../kept-words.ts';
import { exportDeliveries, noHead } from '../http/exports.ts';
import type { Locale } from '../plugin/contract/plugin.ts';
import type { DeliveryRow as Read } from '../workspace/deliveries.ts';
import { tell } from './chrome.ts';
import { untilProcessed } from './processed.ts';
import { back, byOf, form, known, ofOne, ofTenant, query, readingOf, seeOther, show, type Site } from './site.ts';
import type { DeliveryRow } from './views/deliveries.ts';

const address = '/app/:tenant/settings/deliveries';
const atOnce = 50;

const chosen = {
  state: Type.Optional(Type.Enum(['received', 'processed', 'failed'])),
  /** The form without a choice sends it empty. */
  connection: Type.Optional(Type.String({ maxLength: 36 })),
};
const filter = query({ ...chosen, after: Type.Optional(Type.String({ maxLength: 300 })) });

export function deliveryPages(app: Site, ctx: AppContext): void {
  const { deliveries, connections } = ctx.workspace;
  const reads = { config: { permission: 'deliveries.read' as const } };

  app.get(address, { ...reads, schema: { params: ofTenant, querystring: filter } }, async (request, reply) => {
    const { tenantId, locale, url } = readingOf(ctx, request);
    const { state, after } = request.query;
    const rows = await connections.list(tenantId);
    const connection = rows.find((row) => row.id === request.query.connection);
    const chosen = { ...(state && { state }), ...(connection && { connection: connection.id }) };
    const page = await deliveries.list(tenantId, { ...(state && { state }), ...(connection && { connectionId: connection.id }), ...(after && { after }), limit: atOnce });
    return show(ctx, request, reply, 'deliveries', {
      deliveries: page.rows.map((row) => rowOf(ctx, locale, row, row.events === undefined ? {} : { event: row.events })),
      counts: await deliveries.counts(tenantId),
      filter: chosen,
      connections: rows.map(({ id, name }) => ({ id, name })),
      ...(page.next !== undefined && { nextHref: url.deliveries({ ...chosen, after: page.next }) }),
    });
  });

  app.get(`${address}.csv`, { ...reads, ...noHead, schema: { params: ofTenant, querystring: query(chosen) } }, async (request, reply) => {
    const { tenantId } = readingOf(ctx, request);
    const { state, connection } = request.query;
    const known = connection !== undefined && (await connections.list(tenantId)).some(({ id }) => id === connection);
    return exportDeliveries(ctx, reply, tenantId, { ...(state && { state }), ...(known && { connectionId: connection }) });
  });

  app.get(`${address}/:id`, { ...reads, schema: { params: ofOne } }, async (request, reply) => {
    const { tenantId, locale } = readingOf(ctx, request);
    const detail = await deliveries.get(tenantId, known(request.params.id));
    const { method, path, headers, body, cut, conversations, processedAt } = detail;
    return show(ctx, request, reply, 'delivery', {
      delivery: rowOf(ctx, locale, detail, contentsOf(detail.contents)), method: `${method} ${path}`, headers, body, conversations,
      ...(cut && { cut }), ...(processedAt !== undefined && { processedAt }),
    });
  });

  app.post(`${address}/:id/replay`, { config: { permission: 'deliveries.replay' }, schema: { params: ofOne, body: form({}) } }, async (request, reply) => {
    const { tenantId, url } = readingOf(ctx, request);
    const id = known(request.params.id);
    try {
      await deliveries.replay(tenantId, id, byOf(request));
      await untilProcessed(ctx.runtime, tenantId, id);
      tell(ctx, reply, 'says:notice.replayed');
    } catch (error) {
      // It waits to be processed anyway.
      if (!(error instanceof SwitchboardError) || error.code !== 'CONFLICT') throw error;
    }
    return seeOther(reply, back(request, url.delivery(id)));
  });
}

function rowOf({ runtime: { plugins } }: AppContext, locale: Locale, { id, at, connection, state, words, bytes }: Read, contents: DeliveryRow['contents']): DeliveryRow {
  return { id, at, connection, state, bytes, contents, ...(words && { reason: sayWords(words, locale, plugins.all) }) };
}

const shownKinds = ['message', 'status', 'echo', 'change', 'ignored'] as const;

/** What has no word of its own is counted together. */
function contentsOf(counted: Record<string, number>): DeliveryRow['contents'] {
  const contents: DeliveryRow['contents'] = {};
  for (const [name, count] of Object.entries(counted)) {
    const kind = shownKinds.find((one) => one === name || `${one}s` === name || `${one}es` === name) ?? 'other';
    contents[kind] = (contents[kind] ?? 0) + count;
  }
  return contents;
}
