/** What every request must keep to and every answer carries, whatever route it meets: the server's limits and the one policy. */
import type { FastifyHttpOptions, FastifyInstance, FastifyRequest } from 'fastify';
import type { Server } from 'node:http';
import type { AppContext, ServerSettings } from '../context.ts';
import { uuid } from '../ids.ts';
import { problemJson } from './problem.ts';
import { requireDeclarations } from './routes.ts';
import { isComing, registerUploads } from './uploads.ts';
import { schemaController, validatorCompiler } from './schemas.ts';

// `import` of node:http also loads the fetch of Node, which nobody here uses and every start would pay for.
const { ServerResponse, STATUS_CODES } = process.getBuiltinModule('node:http');

/** Of a body that no route asked to be larger. */
const bodyLimit = 262_144;
const maxHeaderSize = 16_384;

/** A sender of one byte a second is gone within 25 s: the limits, and how often Node looks. Files have a time of their own. */
export const timeouts = { requestTimeout: 20_000, connectionTimeout: 120_000, keepAliveTimeout: 72_000 };

const contentSecurityPolicy = [
  "default-src 'self'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'", "object-src 'none'", "base-uri 'none'",
  "frame-ancestors 'none'", "form-action 'self'",
].join('; ');

function securityHeaders({ publicUrl }: Pick<ServerSettings, 'publicUrl'>): Readonly<Record<string, string>> {
  return {
    'content-security-policy': contentSecurityPolicy,
    'x-content-type-options': 'nosniff',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
    // A page shows what only its reader may see; what may be kept (assets) says so itself.
    'cache-control': 'no-store',
    ...(publicUrl?.startsWith('https:') && { 'strict-transport-security': 'max-age=31536000' }),
  };
}

/** For `fastify({ ...serverOptions(server), loggerInstance })`. */
export function serverOptions(server: ServerSettings): FastifyHttpOptions<Server> {
  const headers = securityHeaders(server);
  return {
    trustProxy: server.trustedProxies.length > 0 ? [...server.trustedProxies] : false,
    bodyLimit,
    ...timeouts,
    // A request without Host is refused by the hook below, so that its answer has the headers too.
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 2_000, maxHeaderSize, insecureHTTPParser: false, requireHostHeader: false },
    exposeHeadRoutes: true,
    routerOptions: { maxParamLength: 256 },
    requestIdHeader: false,
    genReqId: () => uuid(),
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    schemaController,
    frameworkErrors(error, request, reply) {
      const status = error.statusCode ?? 400;
      const body = JSON.stringify(problemJson('BAD_REQUEST', request.id));
      reply.raw.writeHead(status, { ...headers, 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) }).end(body);
    },
    clientErrorHandler(error, socket) {
      if (error.code === 'ECONNRESET' || socket.destroyed) return;
      if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && isComing(socket)) return;
      const status = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
      // What is written now must not be taken for the answer to an earlier request on this connection.
      const pending = '_httpMessage' in socket && socket._httpMessage instanceof ServerResponse ? socket._httpMessage : undefined;
      if (socket.writable && (!pending || (!pending.headersSent && !pending.req.complete))) {
        const lines = Object.entries({ ...headers, 'content-length': '0', connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`);
        socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n`);
      }
      socket.destroy();
    },
  };
}

/** First of all plugins: routes registered before it would answer without its headers. */
export async function registerSecurity(app: FastifyInstance, { server }: Pick<AppContext, 'server'>): Promise<void> {
  requireDeclarations(app);
  registerUploads(app);
  app.setValidatorCompiler(validatorCompiler);
  const headers = securityHeaders(server);
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers);
    const refused = refusal(request);
    if (!refused) return done();
    // What follows on this connection may be a body that nobody has read.
    reply.code(refused).header('connection', 'close').type('application/json; charset=utf-8').send(JSON.stringify(problemJson('BAD_REQUEST', request.id)));
  });
  // Answered before its body was read: what is still to come of a large one is not taken, or it could go on without end.
  app.addHook('onSend', (request, reply, payload, done) => {
    if (!request.raw.complete && isLarge(request)) reply.header('connection', 'close');
    done(null, payload);
  });
  // PostgreSQL cannot keep NUL. Nothing that people type holds one; what a program sends is kept with a mark in its place.
  app.addHook('preValidation', (request, _reply, done) => {
    markNul(request.query);
    markNul(request.body);
    done();
  });
  // Bodies are JSON or a form; a script of another site could send text/plain without being asked.
  app.removeContentTypeParser('text/plain');
}

/** Node reads the rest of a small one by itself, and the connection can serve on. */
function isLarge({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 65_536;
}

/**
 * In place, and flat, as forms and queries are. Passwords are compared and never kept, and where to go next is judged as it
 * stands; webhooks are bytes.
 */
function markNul(fields: unknown): void {
  if (typeof fields !== 'object' || fields === null || Buffer.isBuffer(fields)) return;
  for (const [name, value] of Object.entries(fields)) {
    if (asTyped.has(name)) continue;
    if (typeof value === 'string' && value.includes('\0')) Reflect.set(fields, name, marked(value));
    else if (Array.isArray(value)) Reflect.set(fields, name, value.map((one: unknown) => (typeof one === 'string' ? marked(one) : one)));
  }
}

const asTyped = new Set(['password', 'current', 'next']);
const marked = (text: string) => text.replaceAll('\0', '\uFFFD');

const overrides = ['x-http-method-override', 'x-http-method', 'x-method-override'];

function refusal({ headers, method, raw }: FastifyRequest): number | undefined {
  if (method === 'TRACE') return 405;
  if (overrides.some((name) => headers[name] !== undefined)) return 400;
  if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity') return 415;
  if (headers['transfer-encoding'] !== undefined && headers['transfer-encoding'].trim().toLowerCase() !== 'chunked') return 415;
  const hosts = raw.rawHeaders.filter((name, n) => n % 2 === 0 && name.length === 4 && name.toLowerCase() === 'host').length;
  if (hosts > 1 || (hosts === 0 && raw.httpVersion === '1.1')) return 400;
  return hosts === 1 && !/^[\w.-]+(:\d{1,5})?$|^\[[\da-f:.]+\](:\d{1,5})?$/i.test(headers.host ?? '') ? 400 : undefined;
}
