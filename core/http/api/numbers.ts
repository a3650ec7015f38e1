/** Numbers, and which agents are plugged into them. */
import { Type } from 'typebox';
import type { FastifyRequest } from 'fastify';
import { startOfDay } from '../../admin/day.ts';
import type { AppContext } from '../../context.ts';
import type { NumberRow } from '../../workspace/reads-numbers.ts';
import { Refused } from '../../workspace/refused.ts';
import { exportHistory, noHead } from '../exports.ts';
import { byOf, id, known, list, object, one, optional, page, pageOf, route, saidLines, tenantOf, type Api } from './call.ts';
import { settings } from './connections.ts';
import * as answers from './schemas.ts';

const name = Type.String({ minLength: 1, maxLength: 200 });
const environment = Type.Enum(['draft', 'published']);
const madeWithIt = object({ plugin: Type.String({ maxLength: 100 }), settings, name: optional(name), description: optional(Type.String({ maxLength: 1_000 })) });

export function numberRoutes(api: Api, ctx: AppContext): void {
  const { numbers, agents } = ctx.workspace;
  const midnight = (request: FastifyRequest) => startOfDay(ctx.runtime.directory.tenant(tenantOf(request))?.timeZone ?? 'UTC', ctx.runtime.clock.now());
  const read = async (request: FastifyRequest, id: string) => rowOf(await numbers.get(tenantOf(request), id, midnight(request)));

  api.get('/numbers', { ...route('numbers:read', 'All numbers.', { 200: list(answers.number) }), schema: { querystring: object({ ...page, connection: optional(id) }) } }, async (request) => {
    const { connection } = request.query;
    const rows = (await numbers.list(tenantOf(request), midnight(request))).map(rowOf);
    return pageOf(rows.filter((row) => connection === undefined || row.connection === connection), request.query);
  });

  const fresh = object({
    connection: Type.Union([id, madeWithIt], { description: 'The id of a connection, or one that is made with the number.' }),
    account: Type.String({ maxLength: 300, description: 'What identifies it at the provider.' }),
    name,
    agent: optional(id),
    active: optional(Type.Boolean({ description: 'Unless told, when it has an agent.' })),
  });
  api.post('/numbers', { ...route('numbers:write', 'Plugs a number in. The provider is asked first.', { 201: answers.number }), schema: { body: fresh } }, async (request, reply) => {
    const { connection, account, name, agent, active = agent !== undefined } = request.body;
    const where = typeof connection === 'string' ? { id: known(connection) } : { ...connection, settings: { data: connection.settings } };
    const { id } = await named(numbers.connect(tenantOf(request), { connection: where, account, displayName: name, active, ...(agent !== undefined && { agentId: agent }) }, byOf(request)));
    return reply.code(201).header('location', `/api/v1/numbers/${id}`).send(await read(request, id));
  });

  api.get('/numbers/:id', { ...route('numbers:read', 'One number.', { 200: answers.number }), schema: { params: one } }, (request) => read(request, request.params.id));

  const changed = object({ name: optional(name), agent: optional(Type.Union([id, Type.Null()], { description: 'Who takes its inbound traffic; null: people.' })), active: optional(Type.Boolean()), version: optional(Type.Integer()) });
  api.patch('/numbers/:id', { ...route('numbers:write', 'Changes what is given.', { 200: answers.number }), schema: { params: one, body: changed } }, async (request) => {
    const { name, agent, active, version } = request.body;
    const now = await numbers.get(tenantOf(request), request.params.id, midnight(request));
    // A number that the configuration declares may still be switched on and off.
    if (name === undefined && agent === undefined && version === undefined) {
      if (active !== undefined) await named(numbers.setActive(tenantOf(request), now.id, active, byOf(request)));
    } else {
      const agentId = agent === undefined ? now.agent?.id : (agent ?? undefined);
      await named(numbers.edit(tenantOf(request), now.id, { displayName: name ?? now.name, active: active ?? now.active, version: version ?? now.version, ...(agentId !== undefined && { agentId }) }, byOf(request)));
    }
    return read(request, now.id);
  });

  api.delete('/numbers/:id', { ...route('numbers:write', 'Takes it away. Conversations stay as history, and connecting it again brings it back.', { 204: 'nothing' }), schema: { params: one } }, async (request, reply) => {
    await numbers.remove(tenantOf(request), request.params.id, byOf(request));
    return reply.code(204).send();
  });

  const pin = Type.String({ maxLength: 20, description: 'Six digits: the two-step PIN of the number.' });
  api.post('/numbers/:id/register', { ...route('numbers:write', 'Makes it ready to send at the provider. Never tried again by itself.', { 200: answers.checks }), schema: { params: one, body: object({ pin }) } }, async (request) => {
    const { plugin } = await numbers.get(tenantOf(request), request.params.id, midnight(request));
    return { checks: saidLines(ctx, request, plugin, [await numbers.register(tenantOf(request), request.params.id, request.body, byOf(request))]) };
  });

  const chosen = {
    status: optional(Type.Enum(['queued', 'sending', 'unknown', 'sent', 'delivered', 'read', 'failed', 'cancelled'])),
    template: optional(Type.String({ maxLength: 255, description: 'Its name.' })),
    recipient: optional(Type.String({ maxLength: 100, description: 'Part of a contact’s name or phone.' })),
    from: optional(Type.Integer({ minimum: 0, description: 'Written at or after this moment.' })),
    until: optional(Type.Integer({ minimum: 0, description: 'Written before this moment.' })),
  };
  api.get('/numbers/:id/history', { ...route('messages:read', 'The templates that were sent from it, newest first, and what became of each.', { 200: list(answers.sentTemplate) }), schema: { params: one, querystring: object({ ...page, ...chosen }) } }, async (request) => {
    const { rows, ...more } = await numbers.history(tenantOf(request), request.params.id, request.query);
    return { items: rows.map(({ conversationId: conversation, ...row }) => ({ conversation, ...row })), ...more };
  });

  api.get('/numbers/:id/history.csv', { ...route('messages:read', 'The same as CSV, all that the filter leaves.', { 200: 'csv' }), ...noHead, schema: { params: one, querystring: object(chosen) } }, (request, reply) =>
    exportHistory(ctx, reply, tenantOf(request), request.params.id, request.query));

  // ── bindings ───────────────────────────────────────────────────────────────────────────────────────────────────────

  const bindings = async (request: FastifyRequest, id: string) => ({ items: (await numbers.bindings(tenantOf(request), id)).map(({ agentId: agent, ...binding }) => ({ agent, ...binding })) });

  api.get('/numbers/:id/bindings', { ...route('numbers:read', 'The agents that are plugged into a number.', { 200: list(answers.binding) }), schema: { params: one } }, (request) => bindings(request, request.params.id));

  const plug = object({ agent: id, environment: optional(environment), inbound: optional(Type.Boolean({ description: 'It takes what comes in; only one agent does. True unless told.' })) });
  api.put('/numbers/:id/bindings', { ...route('numbers:write', 'Plugs an agent in, or changes whether it takes what comes in.', { 200: list(answers.binding) }), schema: { params: one, body: plug } }, async (request) => {
    const { agent, inbound = true, ...where } = request.body;
    await named(agents.bind(tenantOf(request), { numberId: known(request.params.id), agentId: known(agent), inbound, ...where }, byOf(request)));
    return bindings(request, request.params.id);
  });

  const unplugged = object({ agent: id, environment: optional(environment) });
  api.delete('/numbers/:id/bindings', { ...route('numbers:write', 'Plugs an agent out.', { 204: 'nothing' }), schema: { params: one, querystring: unplugged } }, async (request, reply) => {
    const { agent, ...where } = request.query;
    await agents.unbind(tenantOf(request), { numberId: known(request.params.id), agentId: known(agent), ...where }, byOf(request));
    return reply.code(204).send();
  });

  const all = Type.Object({ taken: Type.Array(Type.Object({ number: Type.String(), agent: Type.String() }), { description: 'Numbers that another agent answers: there it only sends.' }) });
  api.put('/connections/:id/bindings', { ...route('numbers:write', 'Plugs an agent into every number of a connection.', { 200: all }), schema: { params: one, body: plug } }, async (request) => {
    const { agent, inbound = true, ...where } = request.body;
    // A connection without numbers has nobody to ask about the agent.
    await agents.get(tenantOf(request), known(agent));
    return named(agents.bindConnection(tenantOf(request), { connectionId: known(request.params.id), agentId: known(agent), inbound, ...where }, byOf(request)));
  });
}

function rowOf({ id, name, account, phone, active, connection, plugin, channel, simulator, lamp, reason, agent, openConversations, waiting, today, declared, version }: NumberRow) {
  return {
    id, name, account, phone, active, connection: connection.id, plugin, channel, simulator, state: lamp, reason, agent: agent?.id, environment: agent?.environment,
    openConversations, waiting, today, declared, version,
  };
}

const names: Readonly<Record<string, string>> = { displayName: 'name', agentId: 'agent' };

/** What is refused, under the names that the API gives. */
async function named<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const faults = Object.fromEntries(Object.entries(error.faults).map(([field, fault]) => [names[field] ?? field, fault]));
    throw new Refused(faults, { code: error.code, lines: error.lines });
  }
}
