/** Media: kept to be sent, looked up, read, fetched again. */
import { Type } from 'typebox';
import type { AppContext } from '../../context.ts';
import type { MediaRow } from '../../workspace/media.ts';
import { giveMedium, mediumParts } from '../media.ts';
import { byOf, known, object, one, optional, route, tenantOf, type Api } from './call.ts';
import * as answers from './schemas.ts';

const kind = Type.Enum(['image', 'video', 'audio', 'voice', 'document', 'sticker']);

export async function mediaRoutes(api: Api, ctx: AppContext): Promise<void> {
  const { media } = ctx.workspace;

  await api.register(async (bytes) => {
    bytes.removeAllContentTypeParsers();
    bytes.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    // The type is what the bytes say, so a name that cannot be read costs nothing.
    bytes.addHook('onRequest', async (request) => void (request.raw.headers['content-type'] = 'application/octet-stream'));
    const { config } = route('media:write', 'Keeps a file to be sent: the body is its bytes. Its type is what they say. What no message takes is removed after a while.', { 201: answers.medium });
    const asked = object({ name: optional(Type.String({ maxLength: 255 })), kind: optional(kind) });
    bytes.post<{ Querystring: { name?: string; kind?: MediaRow['kind'] } }>('/media', { config: { ...config, takesFile: true, api: { ...config.api, body: 'bytes' } }, schema: { querystring: asked } }, async (request, reply) => {
      // Without a body there is no stream; the workspace says that the file is empty.
      const row = await media.upload(tenantOf(request), isBytes(request.body) ? request.body : nothing(), request.query, byOf(request));
      return reply.code(201).header('location', `/api/v1/media/${row.id}`).send(mediumOf(row));
    });
  });

  api.get('/media/:id', { ...route('media:read', 'What is known of a medium.', { 200: answers.medium }), schema: { params: one } }, async (request) => mediumOf(await media.get(tenantOf(request), request.params.id)));

  api.get('/media/:id/content', { ...route('media:read', 'Its bytes; or, with thumbnail=1 or mp4=1, what was made of them. Ranges are answered.', { 200: 'bytes' }), schema: { params: one, querystring: mediumParts } }, (request, reply) =>
    giveMedium(ctx, request, reply, { id: request.params.id, tenantId: tenantOf(request) }, request.query));

  api.post('/media/:id/retry', { ...route('media:write', 'Fetches one that is missing or gone from its provider again.', { 202: answers.medium }), schema: { params: one, body: object({}) } }, async (request, reply) => {
    await media.retry(tenantOf(request), known(request.params.id), byOf(request));
    return reply.code(202).send(mediumOf(await media.get(tenantOf(request), request.params.id)));
  });
}

export const mediumOf = (row: MediaRow) => ({ ...row, url: `/api/v1/media/${row.id}/content` });

const isBytes = (body: unknown): body is AsyncIterable<Uint8Array> => typeof body === 'object' && body !== null && Symbol.asyncIterator in body;

async function* nothing(): AsyncGenerator<Uint8Array> {}
