/**
 * What listens. Webhooks and probes it answers itself, from the first moment on, with no more than they need. Everything else
 * is for people and programs that act for them: it is handed to the app, which is loaded when somebody first asks for it.
 */
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { AppContext } from './context.ts';
import { SwitchboardError } from './errors.ts';
import { createConnections } from './http/connections.ts';
import { registerHealth } from './http/health.ts';
import { problemJson, problemOf } from './http/problem.ts';
import { registerSecurity, serverOptions, timeouts } from './http/security.ts';
import { registerWebhooks } from './http/webhooks.ts';
import { onDemand } from './on-demand.ts';

const { createServer } = process.getBuiltinModule('node:http');

export interface Door {
  server: Server;
  /** Tells of sockets that are to be opened, once there is somebody to open them. It never listens itself. */
  upgrades: Server;
  /** Returns the port. */
  open(where: { port: number; host: string }): Promise<number>;
  /** Loads the app now: somebody is about to ask for it. */
  loadApp(): Promise<void>;
  /** Takes nothing more, and resolves when the last answer was given. */
  close(): Promise<void>;
  /** Ends whatever a stop still waits for. */
  cut(): void;
}

/** What providers and probes ask for, also where it is named with its host, as a proxy may: the door answers it itself. */
export const own = /^(?:https?:\/\/[^/]*)?\/(webhooks\/|health\/|metrics(?:\?|$))/;

/** A client that only offers another HTTP (`Upgrade: h2c`, as Java's does with every request) asks for an answer, not for a socket. */
const asksForSocket = ({ url, headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket' && !own.test(url ?? '');

/** `load` is called until it succeeds once; the app it gives is built on `server` and `upgrades` of the door. */
export async function buildDoor({ runtime, server }: Pick<AppContext, 'runtime' | 'server'>, load: (door: Door) => Promise<FastifyInstance>): Promise<Door> {
  const options = serverOptions(server);
  let app: FastifyInstance | undefined;
  let loading: Promise<FastifyInstance> | undefined;
  let closed = false;

  const loadOnce = onDemand(async () => {
    const began = performance.now();
    try {
      const loaded = await load(door);
      await loaded.ready();
      runtime.log.info({ ms: Math.round(performance.now() - began) }, 'pages are loaded');
      return (app = loaded);
    } catch (error) {
      runtime.log.error({ err: error }, 'pages could not be loaded; the next who asks for one tries again');
      throw error;
    }
  });
  const appOnDemand = () => (closed ? Promise.reject(new Error('closed')) : (loading = loadOnce()));

  const answer = (first: RequestListener): RequestListener => (request, response) => {
    if (own.test(request.url ?? '')) first(request, response);
    else if (app) app.routing(request, response);
    // Not loaded after all: the door says so, with the headers that every answer has.
    else appOnDemand().then((loaded) => loaded.routing(request, response), () => first(request, response));
  };

  const upgrades = createServer();
  const connections = createConnections();

  const fastify = Fastify({
    ...options,
    // Also called for the second address of a name such as localhost.
    serverFactory(first) {
      const made = createServer({ ...options.http, shouldUpgradeCallback: asksForSocket });
      connections.watch(made);
      made.on('request', answer(first));
      made.on('upgrade', (request, socket, head) => {
        // Whoever gives up while it waits is nobody's error.
        socket.on('error', () => {});
        appOnDemand().then(() => (closed ? socket.destroy() : upgrades.emit('upgrade', request, socket, head)), () => socket.destroy());
      });
      made.keepAliveTimeout = timeouts.keepAliveTimeout;
      made.requestTimeout = timeouts.requestTimeout;
      return made.setTimeout(timeouts.connectionTimeout);
    },
  });
  await registerSecurity(fastify, { server });
  const refuse = (request: FastifyRequest, reply: FastifyReply, error: unknown) => {
    const { status, code, message } = problemOf(error);
    if (status === 503) reply.header('retry-after', '1');
    return reply.code(status).send(problemJson(code, request.id, message));
  };
  fastify.setErrorHandler(async (error: unknown, request, reply) => {
    if (problemOf(error).status >= 500) runtime.log.error({ err: error, req: request }, 'request failed');
    return refuse(request, reply, error);
  });
  fastify.setNotFoundHandler(async (request, reply) => refuse(request, reply, new SwitchboardError(own.test(request.url) ? 'NOT_FOUND' : 'INTERNAL')));
  await registerWebhooks(fastify, { runtime, server });
  await registerHealth(fastify, { runtime, server });

  const door: Door = {
    server: fastify.server,
    upgrades,
    async open(where) {
      await fastify.listen(where);
      const address = fastify.server.address();
      return typeof address === 'object' && address ? address.port : where.port;
    },
    async loadApp() {
      await appOnDemand();
    },
    async close() {
      closed = true;
      connections.end();
      await Promise.all([fastify.close(), loading?.then((loaded) => loaded.close(), () => {})]);
    },
    cut: connections.cut,
  };
  return door;
}
