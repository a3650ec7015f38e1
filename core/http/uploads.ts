/**
 * Files on slow lines. The time that the server gives a request would cut them, so on routes that take a file it runs anew with
 * what comes: whoever brings too little in it is cut like anybody else, and nobody holds a connection for ever.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Socket } from 'node:net';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its body is a file, or a form with some: it may take as long as it comes on. */
    takesFile?: true;
  }
}

/** In each of these there must come so much: 800 bytes a second are slower than any line that people have. */
const windowMs = 20_000;
const leastBytes = 16_384;
const longestMs = 3_600_000;

const coming = new WeakSet<Socket>();

/** Has its time not run out, although the server's for a request has? The server asks once for each request. */
export const isComing = (socket: Socket): boolean => coming.has(socket);

export function registerUploads(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    if (route.config?.takesFile !== true) return;
    // Whoever may not use it was refused before.
    route.preParsing = [...[route.preParsing ?? []].flat(), async (request: FastifyRequest, reply: FastifyReply) => watch(request, reply)];
  });
}

function watch({ raw, server: { server } }: FastifyRequest, { raw: answer }: FastifyReply): void {
  const { socket } = raw;
  const began = performance.now();
  let seen = socket.bytesRead;
  const end = () => {
    clearInterval(timer);
    coming.delete(socket);
  };
  const timer = setInterval(() => {
    const came = socket.bytesRead - seen;
    seen += came;
    // What lies here unread is our own delay.
    const isSlow = came < leastBytes && raw.readableLength === 0;
    if (!isSlow && performance.now() - began < longestMs) return;
    end();
    server.emit('clientError', Object.assign(new Error('The file did not come on.'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket);
  }, windowMs);
  coming.add(socket);
  raw.once('end', end).once('close', end);
  // Answered before the file was read: nobody waits for the rest of it.
  answer.once('finish', end).once('close', end);
}
