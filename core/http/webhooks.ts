/** `/webhooks/{key}`: raw bytes in, as few words as possible out. What may wait, waits until after the 200. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AppContext } from '../context.ts';
import { StorageUnavailable } from '../errors.ts';
import { hashKey, receive } from '../pipeline/receive.ts';
import type { WebhookRequest } from '../plugin/contract/channel.ts';
import { baseUrl } from '../workspace/address.ts';
import { addressOf } from './address.ts';
import { createRejections } from './rejections.ts';

/** What an address that was braked may still have looked at: more than any single message takes. */
const smallBytes = 65_536;

export async function registerWebhooks(app: FastifyInstance, { runtime, server }: Pick<AppContext, 'runtime' | 'server'>): Promise<void> {
  const maxBytes = server.limits.webhookMaxBytes;
  const rejections = createRejections(runtime);
  app.addHook('onClose', () => rejections.stop());

  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: maxBytes }, (_request, body, done) => done(null, body));
    // Before a byte of the body is read: who guesses secrets is slowed by address, and a compressed body is not taken.
    scope.addHook('onRequest', (request, reply, done) => {
      if (!rejections.mayTry(addressOf(request)) && !mayBeTrue(request)) {
        runtime.metrics.webhook('throttled');
        return void reply.code(429).header('retry-after', '1').send();
      }
      if (request.headers['content-encoding'] && request.headers['content-encoding'] !== 'identity') return void reply.code(415).send();
      // The signature is over bytes, whatever they are called: a name that Fastify cannot read must not cost a true webhook.
      request.raw.headers['content-type'] = 'application/octet-stream';
      done();
    });
    const open = 'the provider proves itself by signature or secret';
    scope.route<{ Params: { key: string } }>({ method: ['GET', 'POST'], url: '/webhooks/:key', config: { open }, bodyLimit: maxBytes, handler: answer });
  });

  async function answer(request: FastifyRequest<{ Params: { key: string } }>, reply: FastifyReply): Promise<FastifyReply> {
    try {
      const received = await receive(runtime, request.params.key, webhookRequest(request));
      if ('accepted' in received) {
        runtime.metrics.webhook('accepted');
        reply.code(200).send();
        runtime.at('answered');
        return reply;
      }
      if ('reply' in received) {
        const welcome = received.reply.status < 400;
        runtime.metrics.webhook(welcome ? 'handshake' : 'refused');
        // Who asks with a wrong verify token is guessing, like anybody with a wrong signature.
        if (!welcome) rejections.noteUnknown(addressOf(request));
        return reply.code(received.reply.status).type(received.reply.type ?? 'text/plain; charset=utf-8').send(received.reply.body);
      }
      if ('refused' in received) {
        runtime.metrics.webhook('refused');
        const braked = !rejections.mayTry(addressOf(request));
        rejections.note(received.connection, received.refused, addressOf(request));
        return braked ? reply.code(429).header('retry-after', '1').send() : reply.code(401).send();
      }
      runtime.metrics.webhook('unknown');
      rejections.noteUnknown(addressOf(request));
      return reply.code(404).send();
    } catch (error) {
      if (!(error instanceof StorageUnavailable)) throw error;
      runtime.metrics.webhook('unavailable');
      return reply.code(503).header('retry-after', '1').send();
    }
  }

  /** Through one proxy come the guesses and the true traffic: what names a known key and is small is still looked at. */
  function mayBeTrue({ params, headers }: FastifyRequest): boolean {
    const key = typeof params === 'object' && params !== null && 'key' in params ? String(params.key) : '';
    return Number(headers['content-length'] ?? Infinity) <= smallBytes && runtime.directory.connectionByKey(hashKey(key), runtime.clock.now()) !== undefined;
  }

  function webhookRequest(request: FastifyRequest): WebhookRequest {
    return {
      method: request.method,
      // As providers know us; headers of the request never replace it.
      url: baseUrl(server) + request.raw.url,
      headers: headersOf(request.raw.rawHeaders),
      body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
      receivedAt: runtime.clock.now(),
    };
  }
}

/** Every header as often as it was sent: a signature that comes twice must be seen twice. */
function headersOf(raw: readonly string[]): Record<string, string[]> {
  // Without a prototype: a header named `constructor` is a header like any other.
  const headers: Record<string, string[]> = Object.create(null);
  for (let n = 0; n < raw.length; n += 2) (headers[(raw[n] ?? '').toLowerCase()] ??= []).push(raw[n + 1] ?? '');
  return headers;
}
