/** The web side as one Fastify app. It never listens, so that every test injects. */
import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import view from '@fastify/view';
import websocket from '@fastify/websocket';
import Fastify, { type FastifyInstance } from 'fastify';
import { registerAccess } from './admin/access.ts';
import { registerPages } from './admin/pages.ts';
import type { AppContext } from './context.ts';
import { registerAssets } from './http/assets.ts';
import { registerHealth } from './http/health.ts';
import { registerLive } from './http/live.ts';
import { registerSecurity, serverOptions } from './http/security.ts';
import { registerWebhooks } from './http/webhooks.ts';
import type { Metrics } from './metrics.ts';

export async function buildApp(ctx: AppContext, metrics: Metrics): Promise<FastifyInstance> {
  const { runtime, server, views } = ctx;
  const app = Fastify(serverOptions(server));
  await registerSecurity(app, ctx);
  await app.register(formbody);
  await app.register(cookie);
  await app.register(websocket, { options: { maxPayload: 4_096 } });
  await app.register(view, { engine: { eta: views.eta }, templates: views.folder, production: server.production });
  await registerAssets(app, ctx);
  // Signed-in people are known before any page of theirs is asked for; providers and probes need no cookie.
  await registerAccess(app, ctx);
  await registerPages(app, ctx);
  await registerLive(app, ctx);
  await registerWebhooks(app, { runtime, publicUrl: () => server.publicUrl ?? `http://${server.host}:${server.port}`, maxBytes: server.limits.webhookMaxBytes });
  await registerHealth(app, runtime, metrics);
  return app;
}
