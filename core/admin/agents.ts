/** `/app/{tenant}/agents`: what answers, and how it behaves: as published, and as drafted. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import type { Environment } from '../db/entities/index.ts';
import { SwitchboardError } from '../errors.ts';
import type { Typed } from '../plugin/fields.ts';
import type { AgentDetail } from '../workspace/reads-agents.ts';
import { Refused } from '../workspace/refused.ts';
import { showChannels } from './agent-channels.ts';
import { tell } from './chrome.ts';
import { agentRowOf } from './rows.ts';
import { comparedWith, ownFields, settingsIn } from './settings-form.ts';
import { byOf, form, known, ofOne, ofTenant, openForm, query, readingOf, seeOther, show, type Reading, type Site } from './site.ts';
import type { BehaviourPage, NewAgentPage } from './views/agents.ts';
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
    const reading = readingOf(ctx, request);
    const rows = await agents.list(reading.tenantId);
    return show(ctx, request, reply, 'agents', { agents: rows.map((row) => agentRowOf(ctx, reading, row)) });
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

  const looking = query({ tab: Type.Optional(Type.Enum(['behaviour', 'channels'])), of: Type.Optional(Type.Literal('draft')) });
  app.get(address, { ...reads, schema: { params: ofOne, querystring: looking } }, (request, reply) => {
    const id = known(request.params.id);
    return request.query.tab === 'channels' ? showChannels(ctx, request, reply, id) : showBehaviour(ctx, request, reply, { id, of: request.query.of ?? 'published' });
  });

  app.post(address, { ...edits, bodyLimit: longestForm, schema: { params: ofOne, body: openForm } }, async (request, reply) => {
    const { tenantId, url } = readingOf(ctx, request);
    const id = known(request.params.id);
    const { name, version, settings } = settingsIn(request.body);
    const draft = request.body['_to'] === 'draft';
    const given = { name, settings: { form: settings }, version };
    try {
      await (draft ? agents.saveDraft(tenantId, id, given, byOf(request)) : agents.save(tenantId, id, given, byOf(request)));
    } catch (error) {
      return showBehaviour(ctx, request, reply, { id, of: request.body['_of'] === 'draft' ? 'draft' : 'published', failed: { typed: request.body, error } });
    }
    tell(ctx, reply, draft ? 'says:notice.drafted' : 'says:notice.published');
    return seeOther(reply, draft ? url.agent(id, 'behaviour', 'draft') : url.agent(id));
  });

  const deciding = form({ deed: Type.Enum(['publish', 'drop']), version: Type.Integer() });
  app.post(`${address}/draft`, { ...edits, schema: { params: ofOne, body: deciding } }, async (request, reply) => {
    const { tenantId, url } = readingOf(ctx, request);
    const id = known(request.params.id);
    const { deed, version } = request.body;
    try {
      await (deed === 'publish' ? agents.publishDraft : agents.dropDraft)(tenantId, id, byOf(request), version);
    } catch (error) {
      // Somebody else changed the draft meanwhile: it is shown before anything is decided about it.
      if (!(error instanceof SwitchboardError) || error.code !== 'CONFLICT') throw error;
      return showBehaviour(ctx, request, reply, { id, of: 'draft', overtaken: true });
    }
    tell(ctx, reply, deed === 'publish' ? 'says:notice.published' : 'says:notice.draftDropped');
    return seeOther(reply, url.agent(id));
  });

  app.post(`${address}/state`, { ...edits, schema: { params: ofOne, body: form({ deed: Type.Enum(['start', 'stop', 'restart']) }) } }, async (request, reply) => {
    const { tenantId, url } = readingOf(ctx, request);
    const id = known(request.params.id);
    await agents[request.body.deed](tenantId, id, byOf(request));
    return seeOther(reply, url.agent(id));
  });
}

interface Chosen {
  id: string;
  of: Environment;
  failed?: { typed: Typed; error: unknown };
  /** It was changed since the page was drawn. */
  overtaken?: boolean;
}

async function showBehaviour(ctx: AppContext, request: FastifyRequest, reply: FastifyReply, { id, of, failed, overtaken }: Chosen): Promise<FastifyReply> {
  const reading = readingOf(ctx, request);
  const detail = await ctx.workspace.agents.get(reading.tenantId, id);
  const version = detail.draft === undefined ? 'published' : of;
  const page: BehaviourPage = {
    agent: agentRowOf(ctx, reading, detail), tab: 'behaviour', of: version, fields: [], errors: {}, version: detail.version, declared: detail.declared,
    inDraft: detail.bindings.filter(({ inbound }) => inbound.draft !== undefined).length,
  };
  let status = 200;
  if (detail.loaded) status = await fillForm(ctx, reading, page, detail, failed);
  else if (failed) throw failed.error;
  if (overtaken) {
    page.errors['form'] = reading.t('says:conflict.draft');
    status = 409;
  }
  return show(ctx, request, reply, 'agent', page, status);
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

async function fillForm(ctx: AppContext, reading: Reading, page: BehaviourPage, detail: AgentDetail, failed: Chosen['failed']): Promise<number> {
  const { tenantId, locale } = reading;
  const typed = failed && settingsIn(failed.typed);
  const version = { id: detail.id, environment: page.of };
  const stored = await ctx.workspace.agents.fields(tenantId, version, locale);
  const fields = failed ? await ctx.workspace.agents.fields(tenantId, version, locale, typed?.settings) : stored;
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

function errorsOf(error: Refused, reading: Reading, ctx: AppContext, { fields }: Pick<BehaviourPage, 'fields'>): FieldErrors {
  const errors = fieldErrors(error, reading, ctx.runtime.plugins, (field) => (field === 'name' ? '_name' : field));
  const shown = new Set(fields.map((field) => field.name));
  const lost = Object.entries(errors).filter(([field]) => field !== 'form' && !shown.has(field)).map(([, sentence]) => sentence);
  return { ...errors, ...(lost.length > 0 && { form: [errors['form'], ...lost].filter(Boolean).join(' ') }) };
}
