/** Templates: listed, submitted, taken away, read from the provider again. */
import { Type } from 'typebox';
import type { AppContext } from '../../context.ts';
import type { TemplateRow } from '../../workspace/templates.ts';
import { exportTemplates, noHead } from '../exports.ts';
import { byOf, id, known, list, object, one, optional, page, route, tenantOf, type Api } from './call.ts';
import * as answers from './schemas.ts';

const text = (maxLength: number) => Type.String({ maxLength });
const status = Type.Enum(['draft', 'pending', 'approved', 'rejected', 'paused', 'disabled']);
const mediaKind = Type.Enum(['image', 'video', 'audio', 'voice', 'document', 'sticker']);
const header = Type.Union([object({ kind: Type.Literal('text'), text: text(1_000) }), object({ kind: mediaKind })]);
const button = object({ kind: Type.Enum(['reply', 'url', 'phone', 'code', 'other']), title: text(200), target: optional(text(2_000)) });

export function templateRoutes(api: Api, ctx: AppContext): void {
  const { templates } = ctx.workspace;
  const chosen = { connection: optional(id), status: optional(status), language: optional(text(64)), name: optional(text(255)), search: optional(text(100)) };
  const asked = object({ ...page, ...chosen });
  api.get('/templates', { ...route('templates:read', 'Templates by name and language.', { 200: list(answers.template) }), schema: { querystring: asked } }, async (request) => {
    const { connection, ...filter } = request.query;
    const { rows, ...more } = await templates.list(tenantOf(request), { ...filter, ...(connection !== undefined && { connectionId: connection }) });
    return { items: rows.map(rowOf), ...more };
  });

  api.get('/templates.csv', { ...route('templates:read', 'The same templates as CSV, all that the filter leaves.', { 200: 'csv' }), ...noHead, schema: { querystring: object(chosen) } }, (request, reply) => {
    const { connection, ...filter } = request.query;
    return exportTemplates(ctx, reply, tenantOf(request), { ...filter, ...(connection !== undefined && { connectionId: connection }) });
  });

  const draft = object({
    connection: id,
    name: text(255),
    language: text(64),
    category: optional(text(64)),
    header: optional(header),
    body: Type.String({ maxLength: 10_000, description: 'Variables stand in it as {{1}} or {{first_name}}.' }),
    footer: optional(text(1_000)),
    buttons: optional(Type.Array(button, { maxItems: 20 })),
    examples: optional(Type.Record(text(100), text(1_000))),
  });
  api.post('/templates', { ...route('templates:write', 'Submits a template for approval; where a channel has none of its own to list, what is given is kept as approved.', { 201: answers.template }), schema: { body: draft } }, async (request, reply) => {
    const { connection, name, language, category = '', examples = {}, ...preview } = request.body;
    const { id } = await templates.create(tenantOf(request), known(connection), { name, language, category, preview, examples }, byOf(request));
    return reply.code(201).header('location', `/api/v1/templates/${id}`).send(rowOf(await templates.get(tenantOf(request), id)));
  });

  api.get('/templates/:id', { ...route('templates:read', 'One template.', { 200: answers.template }), schema: { params: one } }, async (request) => rowOf(await templates.get(tenantOf(request), request.params.id)));

  api.delete('/templates/:id', { ...route('templates:write', 'Takes it away, at the provider too where the channel can. Messages that were sent with it stay.', { 204: 'nothing' }), schema: { params: one } }, async (request, reply) => {
    await templates.remove(tenantOf(request), request.params.id, byOf(request));
    return reply.code(204).send();
  });

  const counted = Type.Object({ seen: Type.Integer(), gone: Type.Integer() });
  api.post('/connections/:id/templates/sync', { ...route('templates:write', 'Reads them from the provider now.', { 200: counted }), schema: { params: one, body: object({}) } }, (request) =>
    templates.sync(tenantOf(request), known(request.params.id), byOf(request)));
}

function rowOf({ connectionId, ...row }: TemplateRow) {
  return { ...row, connection: connectionId };
}
