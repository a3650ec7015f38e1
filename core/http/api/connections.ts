/** Connections: made, changed, run and looked into. */
import { Type, type TSchema } from 'typebox';
import type { FastifyRequest } from 'fastify';
import type { AppContext } from '../../context.ts';
import type { Json } from '../../plugin/contract/plugin.ts';
import { fieldShapes } from '../../plugin/fields.ts';
import { isRecord, wordsOf } from '../../plugin/settings.ts';
import { pluginSays } from '../../admin/wording.ts';
import { withoutSecrets } from '../../workspace/settings.ts';
import type { ConnectionDetail, ConnectionRow } from '../../workspace/reads-connections.ts';
import { exportLogs, noHead } from '../exports.ts';
import { byOf, earOf, known, list, object, one, optional, page, pageOf, route, saidLines, tenantOf, type Api } from './call.ts';
import * as answers from './schemas.ts';

export const settings = Type.Unsafe<Record<string, Json>>(Type.Record(Type.String({ maxLength: 200 }), Type.Unknown(), { description: 'As the channel’s schema says; see GET /channels.' }));
const name = Type.String({ minLength: 1, maxLength: 200 });
const description = Type.String({ maxLength: 1_000 });
const graceHours = Type.Number({ minimum: 0, maximum: 24, description: 'For how long what proved a webhook before still does.' });

export function connectionRoutes(api: Api, ctx: AppContext): void {
  const { connections } = ctx.workspace;
  const detail = async (request: FastifyRequest, id: string) => detailOf(ctx, request, await connections.get(tenantOf(request), id));

  api.get('/channels', route('connections:read', 'The channels that a connection can be made of, each with the schema of its settings.', { 200: list(answers.channel) }), (request) => {
    const { locale } = earOf(ctx, request);
    return {
      items: connections.kinds().map(({ signIn, ...kind }) => ({
        ...kind,
        accountTitle: pluginSays(ctx.runtime.plugins, kind.plugin, kind.accountTitle, locale),
        ...(signIn && { signIn: signIn.missing === undefined ? {} : { missing: pluginSays(ctx.runtime.plugins, kind.plugin, signIn.missing, locale) } }),
        settings: ctx.runtime.plugins.channel(kind.plugin)?.settings ?? {},
      })),
    };
  });

  api.get('/connections', { ...route('connections:read', 'All connections.', { 200: list(answers.connectionInList) }), schema: { querystring: object(page) } }, async (request) => {
    const { items, ...more } = pageOf(await connections.list(tenantOf(request)), request.query);
    return { items: items.map(rowOf), ...more };
  });

  const fresh = object({ plugin: Type.String({ maxLength: 100 }), name, description: optional(description), settings, start: optional(Type.Boolean()) });
  api.post('/connections', { ...route('connections:write', 'Makes a connection. The provider is asked first; what it refuses is not saved.', { 201: answers.connection }), schema: { body: fresh } }, async (request, reply) => {
    const { settings, ...given } = request.body;
    const { id } = await connections.create(tenantOf(request), { ...given, settings: { data: settings } }, byOf(request));
    return reply.code(201).header('location', `/api/v1/connections/${id}`).send(await detail(request, id));
  });

  api.get('/connections/:id', { ...route('connections:read', 'One connection, with what the doctor last said.', { 200: answers.connection }), schema: { params: one } }, (request) => detail(request, known(request.params.id)));

  const changed = object({ name: optional(name), description: optional(description), settings: optional(settings), version: optional(Type.Integer()), graceHours: optional(graceHours) });
  api.patch('/connections/:id', { ...route('connections:write', 'Changes what is given. Of settings, those named; null takes one away, also a secret; a secret that is not named stays.', { 200: answers.connection }), schema: { params: one, body: changed } }, async (request) => {
    const { settings = {}, graceHours, version, ...words } = request.body;
    const now = await connections.get(tenantOf(request), known(request.params.id));
    await connections.save(tenantOf(request), now.id, {
      name: now.name, description: now.description, ...words, version: version ?? now.version, ...(graceHours !== undefined && { graceHours }),
      settings: { data: merged(ctx.runtime.plugins.channel(now.plugin)?.settings, openSettingsOf(ctx, now), settings) },
    }, byOf(request));
    return detail(request, now.id);
  });

  api.delete('/connections/:id', { ...route('connections:write', 'Takes it away, with its numbers. Conversations stay as history.', { 204: 'nothing' }), schema: { params: one } }, async (request, reply) => {
    await connections.remove(tenantOf(request), request.params.id, byOf(request));
    return reply.code(204).send();
  });

  // ── running ────────────────────────────────────────────────────────────────────────────────────────────────────────

  for (const [deed, does] of [['start', 'Asks the doctor, then runs, or is in error with the provider’s words.'], ['restart', 'Stops and starts it.']] as const) {
    api.post(`/connections/:id/${deed}`, { ...route('connections:write', does, { 200: answers.run }), schema: { params: one, body: object({}) } }, async (request) => {
      const { plugin } = await connections.get(tenantOf(request), request.params.id);
      const { state, lines } = await connections[deed](tenantOf(request), request.params.id, byOf(request));
      return { state, checks: saidLines(ctx, request, plugin, lines) };
    });
  }

  api.post('/connections/:id/stop', { ...route('connections:write', 'What comes in is still kept and shown; nothing is answered or sent.', { 200: answers.connection }), schema: { params: one, body: object({}) } }, async (request) => {
    await connections.stop(tenantOf(request), request.params.id, byOf(request));
    return detail(request, request.params.id);
  });

  const chosenLines = { level: optional(Type.Enum(['info', 'warn', 'error'])), text: optional(Type.String({ maxLength: 100 })) };
  const logs = object({ ...page, ...chosenLines });
  api.get('/connections/:id/logs', { ...route('connections:read', 'What it did and why it failed, newest first: the last thousand lines.', { 200: list(answers.logLine) }), schema: { params: one, querystring: logs } }, async (request) => {
    const { after, ...filter } = request.query;
    const { rows, ...more } = await connections.log(tenantOf(request), request.params.id, { ...filter, ...(after !== undefined && { before: after }) });
    return { items: rows, ...more };
  });

  api.get('/connections/:id/logs.csv', { ...route('connections:read', 'The same lines as CSV, all that the filter leaves.', { 200: 'csv' }), ...noHead, schema: { params: one, querystring: object(chosenLines) } }, (request, reply) =>
    exportLogs(ctx, reply, tenantOf(request), known(request.params.id), request.query));

  // ── at the provider ────────────────────────────────────────────────────────────────────────────────────────────────

  api.get('/connections/:id/offers', { ...route('connections:read', 'The numbers that the provider has for this account.', { 200: list(answers.offer) }), schema: { params: one } }, async (request) => ({
    items: await connections.offers(tenantOf(request), { id: known(request.params.id) }),
  }));

  const subscribing = object({ overwrite: optional(Type.Boolean({ description: 'Also when events go elsewhere now: that place then receives nothing.' })) });
  api.post('/connections/:id/subscribe', { ...route('connections:write', 'Has the provider send its events here.', { 200: answers.checks }), schema: { params: one, body: subscribing } }, async (request) => {
    const { plugin } = await connections.get(tenantOf(request), request.params.id);
    return { checks: saidLines(ctx, request, plugin, [await connections.subscribe(tenantOf(request), request.params.id, request.body, byOf(request))]) };
  });
  api.post('/connections/:id/unsubscribe', { ...route('connections:write', 'Has the provider send its events here no longer.', { 200: answers.checks }), schema: { params: one, body: object({}) } }, async (request) => {
    const { plugin } = await connections.get(tenantOf(request), request.params.id);
    return { checks: saidLines(ctx, request, plugin, [await connections.unsubscribe(tenantOf(request), request.params.id, byOf(request))]) };
  });

  api.post('/connections/:id/rotate-secret', { ...route('connections:write', 'Makes new webhook secrets. The old ones hold for the hours given.', { 200: answers.handOff }), schema: { params: one, body: object({ graceHours }) } }, (request) =>
    connections.rotate(tenantOf(request), request.params.id, request.body, byOf(request)));

  // It shows secrets, to be pasted at the provider: reading alone is not enough.
  api.get('/connections/:id/hand-off', { ...route('connections:write', 'What the provider’s console must be told: the webhook’s address and the secrets that were made here.', { 200: answers.handOff }), schema: { params: one } }, (request) =>
    connections.handOff(tenantOf(request), request.params.id));
}

// ── as the API shows them ────────────────────────────────────────────────────────────────────────────────────────────

function rowOf({ id, plugin, channel, loaded, name, description, state, reason, stateAt, declared, numbers, lastEventAt, version }: ConnectionRow) {
  return { id, plugin, channel, loaded, name, description, state, reason, stateAt, declared, numbers: numbers.map(({ id, name, account, active }) => ({ id, name, account, active })), lastEventAt, version };
}

function detailOf(ctx: AppContext, request: FastifyRequest, row: ConnectionDetail) {
  const { checks, checkedAt, graceUntil, can, waiting, rejections, createdAt } = row;
  return { ...rowOf(row), settings: openSettingsOf(ctx, row), secrets: secretsOf(ctx, row), checks: saidLines(ctx, request, row.plugin, checks), checkedAt, graceUntil, can, waiting, rejections, createdAt };
}

/** A mask that a program read and sends back must not become the secret: so masks stand apart from what can be sent back. */
function openSettingsOf({ runtime: { plugins } }: AppContext, { plugin, settings }: ConnectionDetail): Record<string, Json> {
  const channel = plugins.channel(plugin);
  return channel ? withoutSecrets(channel.settings, settings) : {};
}

function secretsOf({ runtime: { plugins } }: AppContext, { plugin, settings }: ConnectionDetail): Record<string, string> {
  const channel = plugins.channel(plugin);
  if (!channel) return {};
  return Object.fromEntries(fieldShapes(channel.settings).flatMap(({ name, path, kind }): [string, string][] => {
    const mask = kind === 'secret' ? path.reduce<unknown>((within, step) => (isRecord(within) ? within[step] : undefined), settings) : undefined;
    return typeof mask === 'string' ? [[name, mask]] : [];
  }));
}

/** As JSON Merge Patch (RFC 7396), but that a null for a secret goes on: those are not among what is shown, and what is not named of them stays. */
function merged(schema: TSchema | undefined, now: Record<string, Json>, given: Record<string, Json>): Record<string, Json> {
  const all: Record<string, Json> = { ...now };
  for (const [name, value] of Object.entries(given)) {
    const was = all[name];
    const member = schema && wordsOf(schema).properties?.[name];
    if (value === null && (!member || wordsOf(member).writeOnly !== true)) delete all[name];
    else if (isData(value)) all[name] = merged(member, isData(was) ? was : {}, value);
    else all[name] = value;
  }
  return all;
}

const isData = (value: Json | undefined): value is Record<string, Json> => typeof value === 'object' && value !== null && !Array.isArray(value);
