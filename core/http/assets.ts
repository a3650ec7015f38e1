/** The page's own files: compressed once, under a hash of their contents, so that a browser never asks for one twice. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Asset } from '../admin/assets.ts';
import type { AppContext } from '../context.ts';

const open = { config: { open: 'The sign-in page needs its looks before anybody is known, and they are the same for everybody.' } };

export async function registerAssets(app: FastifyInstance, { views: { assets } }: Pick<AppContext, 'views'>): Promise<void> {
  const schema = { params: Type.Object({ hash: Type.String({ maxLength: 64 }), name: Type.String({ maxLength: 64 }) }) };
  app.get<{ Params: { hash: string; name: string } }>('/assets/:hash/:name', { ...open, schema }, async (request, reply) => {
    const asset = assets.get(request.params.name);
    if (!asset) return reply.callNotFound();
    // A page from before an update asks by the old hash: it gets the file of today, but may not keep it as the old one.
    return give(request, reply, asset, request.params.hash === assets.hash ? 'public, max-age=31536000, immutable' : 'no-store');
  });
  app.get('/favicon.ico', open, async (request, reply) => {
    const icon = assets.get('favicon.svg');
    return icon ? give(request, reply, icon, 'public, max-age=86400') : reply.callNotFound();
  });
}

async function give(request: FastifyRequest, reply: FastifyReply, asset: Asset, keep: string): Promise<FastifyReply> {
  const encoding = accepted(request.headers['accept-encoding']);
  reply.headers({ 'content-type': asset.type, 'cache-control': keep, vary: 'accept-encoding' });
  if (!encoding) return reply.send(asset.body);
  return reply.header('content-encoding', encoding).send(await asset.encoded(encoding));
}

function accepted(header: string | string[] | undefined): 'br' | 'gzip' | undefined {
  const offers = [header ?? ''].flat().join(',').split(',').map((offer) => offer.trim().split(';'));
  const takes = (name: string) => offers.some(([coding, weight]) => coding?.trim() === name && !/q=0(\.0*)?$/.test(weight?.trim() ?? ''));
  return takes('br') ? 'br' : takes('gzip') ? 'gzip' : undefined;
}
