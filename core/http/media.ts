/** The bytes of media: for people of their tenant, and for a provider that was given a link. A browser shows what is safe to show and saves the rest. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import { operatorOf } from '../admin/guard.ts';
import type { AppContext } from '../context.ts';
import type { MediaState } from '../db/entities/index.ts';
import { SwitchboardError } from '../errors.ts';
import { dispositionOf } from '../media/disposition.ts';
import { rangeOf } from '../media/range.ts';
import type { MediaPlace } from '../media/store.ts';
import { isCalledByType, isShown } from '../media/types.ts';

const flag = Type.Optional(Type.String({ maxLength: 1 }));
const parts = { thumbnail: flag, mp4: flag, download: flag };
export const mediumParts = Type.Object(parts, { additionalProperties: false });
const linked = Type.Object({ ...parts, until: Type.Optional(Type.String({ maxLength: 20 })), proof: Type.Optional(Type.String({ maxLength: 100 })) }, { additionalProperties: false });
const idOf = Type.Object({ id: Type.String({ maxLength: 36 }) });

interface Row {
  id: string;
  tenant_id: string;
  kind: string;
  state: MediaState;
  mime: string | null;
  name: string | null;
  sha256: string | null;
  thumbnail: boolean | number;
  mp4: boolean | number;
}

export async function registerMedia(plain: FastifyInstance, ctx: AppContext): Promise<void> {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const { media } = ctx.runtime;

  app.get('/app/:tenant/media/:id', { config: { permission: 'conversations.read' }, schema: { params: Type.Object({ ...idOf.properties, tenant: Type.String({ maxLength: 100 }) }), querystring: mediumParts } }, async (request, reply) =>
    giveMedium(ctx, request, reply, { id: request.params.id, tenantId: operatorOf(request).tenant.id }, request.query));

  const open = 'The link proves that it was made here for whoever holds it, and ends; people are shown the way to their workspace.';
  // The name proves nothing: some providers call the file by how its address ends.
  for (const url of ['/media/:id', '/media/:id/:name']) app.get(url, { config: { open }, schema: { params: idOf, querystring: linked } }, async (request, reply) => {
    const { until = '', proof = '', ...which } = request.query;
    if (proof === '') return reply.redirect(await ownAddress(ctx, request, request.params.id, which), 303);
    if (!media.links.holds(request.params.id, until, proof)) throw new SwitchboardError('NOT_FOUND');
    return give(ctx, request, reply, await find(ctx, request.params.id), which, isCalledByType);
  });
}

/** Where a signed-in member of its tenant finds it. @throws SwitchboardError NOT_FOUND to everybody else */
async function ownAddress(ctx: AppContext, request: FastifyRequest, id: string, which: Record<string, string>): Promise<string> {
  const { slug } = ctx.runtime.directory.tenant((await find(ctx, id)).tenant_id) ?? {};
  if (slug === undefined || !(await request.isMemberOf(slug))) throw new SwitchboardError('NOT_FOUND');
  const query = new URLSearchParams(which).toString();
  return `/app/${slug}/media/${id}${query && `?${query}`}`;
}

/** The bytes of a medium of this tenant. @throws SwitchboardError NOT_FOUND, MEDIA_MISSING, MEDIA_GONE */
export async function giveMedium(ctx: AppContext, request: FastifyRequest, reply: FastifyReply, { id, tenantId }: { id: string; tenantId: string }, which: Static<typeof mediumParts>): Promise<FastifyReply> {
  return give(ctx, request, reply, await find(ctx, id, tenantId), which);
}

async function find({ runtime: { db } }: AppContext, id: string, tenantId?: string): Promise<Row> {
  const [row] = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)
    ? await db.read((sql) => sql.all<Row>('select id, tenant_id, kind, state, mime, name, sha256, thumbnail, mp4 from media where id = ?', [id]))
    : [];
  if (!row || (tenantId !== undefined && row.tenant_id !== tenantId)) throw new SwitchboardError('NOT_FOUND');
  return row;
}

async function give({ runtime: { media } }: AppContext, request: FastifyRequest, reply: FastifyReply, row: Row, { thumbnail, mp4, download }: Static<typeof mediumParts>, isCalled = isShown): Promise<FastifyReply> {
  const part: MediaPlace['part'] = thumbnail !== undefined ? 'thumbnail' : mp4 !== undefined ? 'mp4' : undefined;
  if (row.state === 'gone') throw new SwitchboardError('MEDIA_GONE');
  if (row.state === 'missing') throw new SwitchboardError('MEDIA_MISSING');
  if (part !== undefined && !row[part]) throw new SwitchboardError('NOT_FOUND');
  const place = { tenantId: row.tenant_id, id: row.id, ...(part && { part }) };
  const bytes = await media.store.size(place);
  // The row says that it is here, and the store does not have it.
  if (bytes === undefined) throw new SwitchboardError('MEDIA_MISSING');

  const etag = `"${createHash('sha256').update(`${row.sha256} ${part ?? ''}`).digest('base64url').slice(0, 22)}"`;
  const mime = part === 'thumbnail' ? 'image/webp' : part === 'mp4' ? 'audio/mp4' : (row.mime ?? '');
  const shown = isShown(mime);
  reply.headers({
    'content-type': isCalled(mime) ? mime : 'application/octet-stream',
    'content-disposition': dispositionOf({ shown: shown && download === undefined, name: row.name ?? undefined, kind: row.kind, mime }),
    // Whatever it is, as a page of its own it may do nothing; a browser draws the page of a picture with styles of its own.
    'content-security-policy': `sandbox; default-src 'none'${shown ? "; style-src 'unsafe-inline'" : ''}`,
    'accept-ranges': 'bytes',
    // Kept by the reader's browser, but asked for each time: who signs out, or is shut out, sees it no more.
    'cache-control': 'private, no-cache',
    etag,
  });
  if (request.headers['if-none-match']?.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)) return reply.code(304).send();
  const { headers } = request;
  const range = headers['if-range'] === undefined || headers['if-range'] === etag ? rangeOf(headers.range, bytes) : undefined;
  if (range === 'outside') return reply.code(416).header('content-range', `bytes */${bytes}`).removeHeader('content-disposition').type('text/plain').send('');
  const length = range ? range.end - range.start + 1 : bytes;
  reply.code(range ? 206 : 200).header('content-length', String(length));
  if (range) reply.header('content-range', `bytes ${range.start}-${range.end}/${bytes}`);
  // An empty stream, for of an empty text the framework would say the length.
  if (request.method === 'HEAD' || length === 0) return reply.send(Readable.from([]));
  const whole = await media.store.read(place, range);
  if (!whole) throw new SwitchboardError('MEDIA_MISSING');
  return reply.send(Readable.from(whole, { objectMode: false }));
}
