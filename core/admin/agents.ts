/** `/app/{tenant}/agents`: what answers, how it behaves, and which numbers are plugged into it. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import { SwitchboardError } from '../errors.ts';
import type { Typed } from '../plugin/fields.ts';
import type { AgentDetail, AgentRow as Read } from '../workspace/reads-agents.ts';
import { Refused } from '../workspace/refused.ts';
import { tell } from './chrome.ts';
import { numberName } from './rows.ts';
import { comparedWith, ownFields, settingsIn } from './settings-form.ts';
import { byOf, form, known, ofOne, ofTenant, openForm, query, readingOf, seeOther, show, type Reading, type Site } from './site.ts';
import type { AgentPage, AgentRow, Binding, NewAgentPage } from './views/agents.ts';
import type { FieldErrors } from './views/every-page.ts';
import { fieldErrors } from './wording.ts';

const address = '/app/:tenant/agents/:id';
/** Rules are written by hand and may be long. */
const longestForm = 1_048_576;

export function agentPages(app: Site, ctx: AppContext): void {
  const { agents } = ctx.workspace;
  const reads = { config: { permission: 'agents.read' as const } };
  const edits = { config: { permission: 'agents.edit' as const } };

  app.get('/app/:tenant/agents', { ...reads, schema: { params: ofTenant } }, async (request, reply) => {
    const rows = await agents.list(readingOf(ctx, request).tenantId);
    return show(ctx, request, reply, 'agents', { agents: rows.map(rowOf) });
  });

  const making = '/app/:tenant/agents/new';
  app.get(making, { ...edits, schema: { params: ofTenant, querystring: query({ kind: Type.Optional(Type.String({ maxLength: 64 })) }) } }, (request, reply) => showNew(ctx, request, reply, request.query.kind));
  app.post(making, { ...edits, bodyLimit: longestForm, schema: { params: ofTenant, body: openForm } }, async (request, reply) => {
    const { tenantId, url } = readingOf(ctx, request);
    const { name, settings } = settingsIn(request.body);
    const plugin = [request.body['_plugin'] ?? ''].flat()[0] ?? '';
    try {
      const { id } = await agents.create(tenantId, { plugin, name, settings: { form: settings } }, byOf(request));
      return seeOther(reply, url.agent(id, 'channels'));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return showNew(ctx, request, reply, plugin, { typed: request.body, error });
    }
  });

  app.get(address, { ...reads, schema: { params: ofOne, querystring: query({ tab: Type.Optional(Type.Enum(['behaviour', 'channels'])) }) } }, (request, reply) =>
    showAgent(ctx, request, reply, { id: known(request.params.id), tab: request.query.tab ?? 'behaviour' }));

  app.post(address, { ...edits, bodyLimit: longestForm, schema: { params: ofOne, body: openForm } }, async (request, reply) => {
    const { tenantId, url } = readingOf(ctx, request);
    const id = known(request.params.id);
    const { name, version, settings } = settingsIn(request.body);
    try {
      await agents.save(tenantId, id, { name, settings: { form: settings }, version }, byOf(request));
    } catch (error) {
      return showAgent(ctx, request, reply, { id, tab: 'behaviour', failed: { typed: request.body, error } });
    }
    tell(ctx, reply, 'says:notice.published');
    return seeOther(reply, url.agent(id));
  });

  app.post(`${address}/state`, { ...edits, schema: { params: ofOne, body: form({ deed: Type.Enum(['start', 'stop', 'restart']) }) } }, async (request, reply) => {
    const { tenantId, url } = readingOf(ctx, request);
    const id = known(request.params.id);
    await agents[request.body.deed](tenantId, id, byOf(request));
    return seeOther(reply, url.agent(id));
  });

  // One of `plug`, `unplug`, `inbound:{number}` and `attach` (a whole connection), as the patch bay's buttons and switches send them.
  app.post(`${address}/bindings`, { ...edits, schema: { params: ofOne, body: openForm } }, async (request, reply) => {
    const { tenantId, url } = readingOf(ctx, request);
    const agentId = known(request.params.id);
    const asked = bindingIn(request.body);
    if (!asked) throw new SwitchboardError('INVALID_INPUT');
    const numberId = known(asked.number);
    const environment = request.body['environment'] === 'draft' ? 'draft' : 'published';
    try {
      if (asked.deed === 'unplug') await agents.unbind(tenantId, { numberId, agentId, environment }, byOf(request));
      else if (asked.deed === 'inbound') await agents.bind(tenantId, { numberId, agentId, environment, inbound: asked.on }, byOf(request));
      else if (asked.deed === 'attach') await agents.bindConnection(tenantId, { connectionId: numberId, agentId, environment, inbound: true }, byOf(request));
      else await plugIn(ctx, tenantId, { numberId, agentId, environment }, request);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return showAgent(ctx, request, reply, { id: agentId, tab: 'channels', failed: { typed: {}, error } });
    }
    return seeOther(reply, url.agent(agentId, 'channels'));
  });
}

/** Another agent may answer already: then this one is plugged in for what goes out. */
async function plugIn({ workspace: { agents } }: AppContext, tenantId: string, plug: { numberId: string; agentId: string; environment: 'draft' | 'published' }, request: FastifyRequest): Promise<void> {
  const { numberId, agentId } = plug;
  const { bindings } = await agents.get(tenantId, agentId);
  const taken = bindings.find((binding) => binding.number.id === numberId)?.takenBy !== undefined;
  await agents.bind(tenantId, { ...plug, inbound: !taken }, byOf(request));
}

type Asked = { deed: 'plug' | 'unplug' | 'attach'; number: string } | { deed: 'inbound'; number: string; on: boolean };

function bindingIn(typed: Typed): Asked | undefined {
  for (const [name, value] of Object.entries(typed)) {
    if (typeof value !== 'string') continue;
    if (name === 'plug' || name === 'unplug' || name === 'attach') return { deed: name, number: value };
    if (name.startsWith('inbound:')) return { deed: 'inbound', number: name.slice('inbound:'.length), on: value === 'on' };
  }
  return undefined;
}

function rowOf({ id, name, title, state, reason, published, draft, numbers }: Read): AgentRow {
  return {
    id, name, plugin: title, lamp: state, numbers: numbers.map(numberName),
    ...(reason !== undefined && { reason }), ...(published !== undefined && { published }), ...(draft !== undefined && { draft }),
  };
}

interface Chosen {
  id: string;
  tab: AgentPage['tab'];
  failed?: { typed: Typed; error: unknown };
}

async function showAgent(ctx: AppContext, request: FastifyRequest, reply: FastifyReply, { id, tab, failed }: Chosen): Promise<FastifyReply> {
  const reading = readingOf(ctx, request);
  const detail = await ctx.workspace.agents.get(reading.tenantId, id);
  const page: AgentPage = { agent: rowOf(detail), tab, fields: [], errors: {}, bindings: detail.bindings.map(bindingOf), version: detail.version, declared: detail.declared, connections: tab === 'channels' ? await attachable(ctx, reading.tenantId) : [] };
  let status = 200;
  if (tab === 'behaviour' && detail.loaded) status = await fillForm(ctx, reading, page, detail, failed);
  else if (failed) {
    page.errors = fieldErrors(asRefused(failed.error), reading, ctx.runtime.plugins);
    page.errors['form'] ??= Object.values(page.errors).join(' ');
    status = 422;
  }
  return show(ctx, request, reply, 'agent', page, status);
}

/** Connections with numbers: all of one's numbers can be plugged in at once. */
async function attachable(ctx: AppContext, tenantId: string): Promise<AgentPage['connections']> {
  const rows = await ctx.workspace.connections.list(tenantId);
  return rows.flatMap(({ id, name, numbers }) => (numbers.length === 0 ? [] : [{ id, name, numbers: numbers.length }]));
}

async function showNew(ctx: AppContext, request: FastifyRequest, reply: FastifyReply, plugin: string | undefined, failed?: { typed: Typed; error: Refused }): Promise<FastifyReply> {
  const reading = readingOf(ctx, request);
  const { agents } = ctx.workspace;
  const kinds = agents.kinds().map(({ plugin, title }) => ({ plugin, title }));
  const kind = kinds.length === 1 ? kinds[0] : kinds.find((one) => one.plugin === plugin);
  const page: NewAgentPage = { kinds, fields: [], errors: {}, ...(kind && { kind: kind.plugin }) };
  if (kind) {
    const typed = failed && settingsIn(failed.typed);
    page.fields = [...ownFields(reading, { name: typed?.name ?? '' }), ...(await agents.fields(reading.tenantId, { plugin: kind.plugin }, reading.locale, typed?.settings))];
    if (failed) page.errors = errorsOf(failed.error, reading, ctx, page);
  }
  return show(ctx, request, reply, 'new-agent', page, failed ? 422 : 200);
}

function asRefused(error: unknown): Refused {
  if (!(error instanceof Refused)) throw error;
  return error;
}

async function fillForm(ctx: AppContext, reading: Reading, page: AgentPage, detail: AgentDetail, failed: Chosen['failed']): Promise<number> {
  const { tenantId, locale } = reading;
  const typed = failed && settingsIn(failed.typed);
  const stored = await ctx.workspace.agents.fields(tenantId, { id: detail.id }, locale);
  const fields = failed ? await ctx.workspace.agents.fields(tenantId, { id: detail.id }, locale, typed?.settings) : stored;
  page.fields = [...ownFields(reading, { name: typed?.name ?? detail.name }), ...fields];
  if (!failed) return 200;
  if (failed.error instanceof Refused) {
    page.errors = errorsOf(failed.error, reading, ctx, page);
    return 422;
  }
  if (!(failed.error instanceof SwitchboardError) || failed.error.code !== 'CONFLICT') throw failed.error;
  page.errors = comparedWith(reading, page.fields, [...ownFields(reading, { name: detail.name }), ...stored]);
  return 409;
}

function errorsOf(error: Refused, reading: Reading, ctx: AppContext, { fields }: Pick<AgentPage, 'fields'>): FieldErrors {
  const errors = fieldErrors(error, reading, ctx.runtime.plugins, (field) => (field === 'name' ? '_name' : field));
  const shown = new Set(fields.map((field) => field.name));
  const lost = Object.entries(errors).filter(([field]) => field !== 'form' && !shown.has(field)).map(([, sentence]) => sentence);
  return { ...errors, ...(lost.length > 0 && { form: [errors['form'], ...lost].filter(Boolean).join(' ') }) };
}

function bindingOf({ number, inbound, environment, takenBy, conversations }: AgentDetail['bindings'][number]): Binding {
  return {
    number: { ...numberName(number), account: number.account, channel: number.channel, lamp: number.lamp },
    conversations,
    ...(inbound !== undefined && { inbound }),
    ...(environment === 'draft' && { draft: true }),
    ...(takenBy && { takenBy }),
  };
}
