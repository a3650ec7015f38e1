/** The web side as one Fastify app. It never listens, so that every test injects; `httpServer` is the one that listens for it. */
import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import view from '@fastify/view';
import websocket from '@fastify/websocket';
import Fastify, { type FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import type { Server } from 'node:http';
import { registerAccess } from './admin/access.ts';
import { registerPages } from './admin/pages.ts';
import type { AppContext } from './context.ts';
import { registerApi } from './http/api/index.ts';
import { registerAssets } from './http/assets.ts';
import { registerErrors } from './http/errors.ts';
import { registerHealth } from './http/health.ts';
import { closeLive, registerLive } from './http/live.ts';
import { registerMedia } from './http/media.ts';
import { registerSecurity, serverOptions } from './http/security.ts';
import { registerWebhooks } from './http/webhooks.ts';

/** Each part says what must stand before it; Fastify refuses a start in another order. */
const security = fp(registerSecurity, { name: 'security', fastify: '5.x' });
const assets = fp(registerAssets, { name: 'assets', fastify: '5.x', dependencies: ['security'] });
const access = fp(registerAccess, { name: 'access', fastify: '5.x', dependencies: ['security', '@fastify/cookie', '@fastify/formbody', '@fastify/view'] });
// Signed-in people are known before any page of theirs is asked for; providers and probes need no cookie.
const pages = fp(registerPages, { name: 'pages', fastify: '5.x', dependencies: ['access'] });
const media = fp(registerMedia, { name: 'media', fastify: '5.x', dependencies: ['access'] });
const live = fp(registerLive, { name: 'live', fastify: '5.x', dependencies: ['access', '@fastify/websocket'] });
const webhooks = fp(registerWebhooks, { name: 'webhooks', fastify: '5.x', dependencies: ['security'] });
const health = fp(registerHealth, { name: 'health', fastify: '5.x', dependencies: ['security'] });

/** With a door it answers what the door hands on; without one, as in most tests, it answers everything. */
export async function buildApp(ctx: AppContext, door?: { server: Server; upgrades: Server }): Promise<FastifyInstance> {
  const { server, views } = ctx;
  const app = Fastify({ ...serverOptions(server), ...(door && { serverFactory: () => door.server }) });
  await app.register(security, ctx);
  registerErrors(app, ctx);
  // Before forms, cookies and sessions: providers and probes pay for none of them.
  if (!door) {
    await app.register(webhooks, ctx);
    await app.register(health, ctx);
  }
  await app.register(registerApi, { ...ctx, prefix: '/api' });
  await app.register(formbody);
  await app.register(cookie);
  await app.register(websocket, {
    options: { maxPayload: 4_096, ...(door && { server: door.upgrades }) },
    preClose(done) {
      closeLive(app);
      done();
    },
  });
  await app.register(view, { engine: { eta: views.eta }, templates: views.folder, production: server.production });
  await app.register(assets, ctx);
  await app.register(access, ctx);
  await app.register(pages, ctx);
  await app.register(media, ctx);
  await app.register(live, ctx);
  return app;
}
