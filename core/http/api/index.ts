/** `/api/v1`: what programs may do. Thin: the workspace and the pipeline decide, as they do for people. */
import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { AppContext } from '../../context.ts';
import { SwitchboardError } from '../../errors.ts';
import { storableText } from '../../pipeline/characters.ts';
import { jsonValidatorCompiler } from '../schemas.ts';
import { agentRoutes } from './agents.ts';
import { checkRoutes } from './checks.ts';
import { connectionRoutes } from './connections.ts';
import { createApiKeys } from './keys.ts';
import { deliveryRoutes } from './deliveries.ts';
import { mediaRoutes } from './media.ts';
import { messageRoutes } from './messages.ts';
import { numberRoutes } from './numbers.ts';
import { describe, type Described } from './openapi.ts';
import { answerError } from './problems.ts';
import { includes } from './scopes.ts';
import { templateRoutes } from './templates.ts';

/** Registered before cookies and forms, so that neither means anything here. No answer carries a header that lets a page elsewhere read it. */
export async function registerApi(plain: FastifyInstance, ctx: AppContext): Promise<void> {
  const keys = createApiKeys(ctx.runtime);
  const described: Described[] = [];

  plain.setValidatorCompiler(jsonValidatorCompiler);
  plain.setErrorHandler((error, request, reply) => answerError(ctx, error, request, reply));
  plain.setNotFoundHandler((request, reply) => answerError(ctx, new SwitchboardError('NOT_FOUND'), request, reply));
  // Many clients say that they send JSON where they send nothing.
  const parseJson = plain.getDefaultJsonParser('error', 'error');
  plain.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => (body === '' ? done(null, {}) : parseJson(request, body, done)));
  plain.decorateRequest('caller', null);
  plain.addHook('onRoute', ({ method, url, schema, config }) => {
    if (config?.scope && config.api) for (const one of [method].flat()) if (one !== 'HEAD') described.push({ method: one, url, schema: schema ?? {}, scope: config.scope, ...config.api });
  });
  plain.addHook('onRequest', async (request) => {
    const { scope } = request.routeOptions.config;
    if (scope === undefined) return;
    request.caller = await keys.callerOf(request);
    if (!includes(request.caller.scopes, scope)) throw new SwitchboardError('SCOPE_MISSING');
  });
  plain.addHook('preValidation', async (request) => {
    if (request.routeOptions.config.api?.body === 'bytes') return;
    if (isDeep(request.body)) throw new SwitchboardError('BAD_REQUEST');
    request.body = storableText(request.body ?? {});
  });

  const open = 'It says how the API is spoken, and nothing of what is in this installation.';
  plain.get('/openapi.json', { config: { open } }, () => describe(described, ctx.server));
  await plain.register(
    async (scope) => {
      const api = scope.withTypeProvider<TypeBoxTypeProvider>();
      connectionRoutes(api, ctx);
      checkRoutes(api, ctx);
      deliveryRoutes(api, ctx);
      numberRoutes(api, ctx);
      agentRoutes(api, ctx);
      templateRoutes(api, ctx);
      await mediaRoutes(api, ctx);
      messageRoutes(api, ctx);
    },
    { prefix: '/v1' },
  );
}

/** No schema here is nearly as deep; what reads data by calling itself would run out of stack. */
const mostLevels = 50;

function isDeep(body: unknown): boolean {
  let level = [body];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > mostLevels) return true;
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []));
  }
  return false;
}
