/**
 * The first moments of a process. Webhooks are taken as soon as they can be kept; the pages take longer to load, and whoever
 * asks for one meanwhile waits. Then the whole app answers on the same server.
 */
import Fastify, { type FastifyInstance } from 'fastify';
import type { RequestListener, Server } from 'node:http';
import type { AppContext } from './context.ts';
import { problemJson, problemOf } from './http/problem.ts';
import { registerSecurity, serverOptions, timeouts } from './http/security.ts';
import { registerWebhooks } from './http/webhooks.ts';

const { createServer } = process.getBuiltinModule('node:http');

export interface Door {
  server: Server;
  /** Tells of sockets that are to be opened, once there is somebody to open them. It never listens itself. */
  upgrades: Server;
  /** Returns the port. */
  open(where: { port: number; host: string }): Promise<number>;
  /** From now on `app`, built on `server` and `upgrades`, answers everything. */
  handOver(app: FastifyInstance): Promise<void>;
  /** Takes nothing more, and resolves when the last answer was given. */
  close(): Promise<void>;
}

/** What cannot wait for the pages. */
const urgent = /^\/(webhooks|health)\//;

export async function buildDoor({ runtime, server }: Pick<AppContext, 'runtime' | 'server'>): Promise<Door> {
  const options = serverOptions(server);
  const whole = Promise.withResolvers<FastifyInstance>();
  whole.promise.catch(() => {});
  let all: FastifyInstance | undefined;

  const answer = (first: RequestListener): RequestListener => (request, response) => {
    if (all) all.routing(request, response);
    else if (urgent.test(request.url ?? '')) first(request, response);
    else whole.promise.then((app) => app.routing(request, response), () => request.destroy());
  };

  const upgrades = createServer();

  const app = Fastify({
    ...options,
    // Also called for the second address of a name such as localhost.
    serverFactory(first) {
      const made = createServer(options.http ?? {}, answer(first));
      made.on('upgrade', (request, socket, head) => {
        // Whoever gives up while it waits is nobody's error.
        socket.on('error', () => {});
        whole.promise.then(() => upgrades.emit('upgrade', request, socket, head), () => socket.destroy());
      });
      made.keepAliveTimeout = timeouts.keepAliveTimeout;
      made.requestTimeout = timeouts.requestTimeout;
      return made.setTimeout(timeouts.connectionTimeout);
    },
  });
  await registerSecurity(app, { server });
  app.setErrorHandler(async (error: unknown, request, reply) => {
    const { status, code, message } = problemOf(error);
    if (status >= 500) runtime.log.error({ err: error, req: request }, 'request failed');
    return reply.code(status).send(problemJson(code, request.id, message));
  });
  await registerWebhooks(app, { runtime, server });
  app.get('/health/live', { config: { open: 'tells whether the process works, and nothing else' } }, () => ({ status: 'live' }));
  app.get('/health/ready', { config: { open: 'tells that pages are still to come' } }, (_request, reply) => reply.code(503).send({ status: 'starting' }));

  return {
    server: app.server,
    upgrades,
    async open(where) {
      await app.listen(where);
      const address = app.server.address();
      return typeof address === 'object' && address ? address.port : where.port;
    },
    async handOver(app) {
      await app.ready();
      all = app;
      whole.resolve(app);
    },
    async close() {
      whole.reject(new Error('closed'));
      await Promise.all([app.close(), all?.close()]);
    },
  };
}
