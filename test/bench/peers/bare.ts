/** The least that any signed webhook costs on Fastify: raw body, HMAC, JSON.parse, 200. It keeps nothing and answers nobody. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import Fastify from 'fastify';
import { appSecret } from '../wire.ts';

const app = Fastify();
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
app.post<{ Body: Buffer }>('/webhook', (request, reply) => {
  const given = Buffer.from(String(request.headers['x-hub-signature-256']));
  const expected = Buffer.from(`sha256=${createHmac('sha256', appSecret).update(request.body).digest('hex')}`);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return reply.code(401).send();
  JSON.parse(request.body.toString());
  return reply.code(200).send();
});
await app.listen({ port: Number(process.env['PORT']), host: '127.0.0.1' });
