/** The ledger: every webhook that came, and what became of it. What it said may be read by people only. */
import { Type } from 'typebox';
import type { AppContext } from '../../context.ts';
import { codesOf } from '../../kept-words.ts';
import { exportDeliveries, noHead } from '../exports.ts';
import { id, list, object, optional, page, route, tenantOf, type Api } from './call.ts';
import * as answers from './schemas.ts';

export function deliveryRoutes(api: Api, ctx: AppContext): void {
  const chosen = { connection: optional(id), state: optional(Type.Enum(['received', 'processed', 'failed'])) };
  const filterOf = ({ connection, ...filter }: { connection?: string; state?: 'received' | 'processed' | 'failed' }) => ({ ...filter, ...(connection !== undefined && { connectionId: connection }) });

  api.get('/deliveries', { ...route('connections:read', 'Webhooks that came, newest first, and what became of each.', { 200: list(answers.delivery) }), schema: { querystring: object({ ...page, ...chosen }) } }, async (request) => {
    const { after, limit, ...filter } = request.query;
    const { rows, ...more } = await ctx.workspace.deliveries.list(tenantOf(request), { ...filterOf(filter), ...(after !== undefined && { after }), ...(limit !== undefined && { limit }) });
    return { items: rows.map(({ connection, words, ...row }) => ({ ...row, ...(words && { reasonCodes: codesOf(words) }), connection: connection.id, connectionName: connection.name })), ...more };
  });

  api.get('/deliveries.csv', { ...route('connections:read', 'The same as CSV, all that the filter leaves.', { 200: 'csv' }), ...noHead, schema: { querystring: object(chosen) } }, (request, reply) =>
    exportDeliveries(ctx, reply, tenantOf(request), filterOf(request.query)));
}
