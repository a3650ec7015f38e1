/** `/app/{tenant}/whatsapp/numbers/{id}`: a number's name, its agent, its switch, and its end. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import { SwitchboardError } from '../errors.ts';
import { Refused } from '../workspace/refused.ts';
import { tell } from './chrome.ts';
import { startOfDay } from './day.ts';
import { cardOf } from './rows.ts';
import { byOf, form, known, ofOne, readingOf, seeOther, show, type Site } from './site.ts';
import type { ConnectPage, EditNumberPage } from './views/numbers.ts';
import { showRack } from './whatsapp.ts';
import { fieldErrors } from './wording.ts';

const address = '/app/:tenant/whatsapp/numbers/:id';

export function numberPages(app: Site, ctx: AppContext): void {
  const { numbers } = ctx.workspace;
  const edits = { config: { permission: 'numbers.edit' as const } };

  app.get(address, { ...edits, schema: { params: ofOne } }, async (request, reply) => showEdit(ctx, request, reply, known(request.params.id)));

  const edited = form({
    displayName: Type.String({ maxLength: 200 }),
    agent: Type.Optional(Type.String({ maxLength: 36 })),
    active: Type.Optional(Type.Literal('on')),
    version: Type.Optional(Type.Integer()),
  });
  app.post(address, { ...edits, schema: { params: ofOne, body: edited } }, async (request, reply) => {
    const { tenantId, url } = readingOf(ctx, request);
    const id = known(request.params.id);
    const { displayName, agent, version } = request.body;
    const typed = { displayName: displayName.trim(), agent: agent ?? '', active: request.body.active === 'on' };
    try {
      await numbers.edit(tenantId, id, { displayName: typed.displayName, active: typed.active, ...(agent && { agentId: agent }), ...(version !== undefined && { version }) }, byOf(request));
    } catch (error) {
      return showEdit(ctx, request, reply, id, { typed, error });
    }
    tell(ctx, reply, 'says:notice.saved');
    return seeOther(reply, url.whatsapp);
  });

  app.post(`${address}/active`, { ...edits, schema: { params: ofOne, body: form({ active: Type.Enum(['on', 'off']) }) } }, async (request, reply) => {
    const reading = readingOf(ctx, request);
    const id = known(request.params.id);
    try {
      await numbers.setActive(reading.tenantId, id, request.body.active === 'on', byOf(request));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return showRack(ctx, request, reply, { id, why: Object.values(fieldErrors(error, reading, ctx.runtime.plugins)).join(' ') });
    }
    return seeOther(reply, reading.url.whatsapp);
  });

  app.get(`${address}/delete`, { ...edits, schema: { params: ofOne } }, (request, reply) => confirmDelete(ctx, request, reply, known(request.params.id)));
  app.post(`${address}/delete`, { ...edits, schema: { params: ofOne, body: form({}) } }, async (request, reply) => {
    const { tenantId, url } = readingOf(ctx, request);
    const id = known(request.params.id);
    try {
      await numbers.remove(tenantId, id, byOf(request));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return confirmDelete(ctx, request, reply, id, error);
    }
    tell(ctx, reply, 'says:notice.deleted');
    return seeOther(reply, url.whatsapp);
  });
}

/** The agents that could answer a number. */
export async function agentChoice(ctx: AppContext, tenantId: string): Promise<ConnectPage['agents']> {
  const agents = await ctx.workspace.agents.list(tenantId);
  return agents.map(({ id, name, state, channels }) => ({ id, name, lamp: state, whatsapp: channels.includes('whatsapp') }));
}

async function confirmDelete(ctx: AppContext, request: FastifyRequest, reply: FastifyReply, id: string, refused?: Refused): Promise<FastifyReply> {
  const reading = readingOf(ctx, request);
  const row = await ctx.workspace.numbers.get(reading.tenantId, id, startOfDay(reading.timeZone, reading.now));
  const conversations = await ctx.workspace.numbers.conversationsOf(reading.tenantId, id);
  const error = refused && Object.values(fieldErrors(refused, reading, ctx.runtime.plugins)).join(' ');
  return show(ctx, request, reply, 'delete-number', { number: cardOf(ctx, reading, row), conversations, ...(error && { error }) }, refused ? 422 : 200);
}

interface Failed {
  typed: Pick<EditNumberPage, 'displayName' | 'agent' | 'active'>;
  error: unknown;
}

/** As stored; after a refusal with what was typed. */
async function showEdit(ctx: AppContext, request: FastifyRequest, reply: FastifyReply, id: string, failed?: Failed): Promise<FastifyReply> {
  const reading = readingOf(ctx, request);
  const row = await ctx.workspace.numbers.get(reading.tenantId, id, startOfDay(reading.timeZone, reading.now));
  const stored = { displayName: row.name, agent: row.agent?.id ?? '', active: row.active };
  const page: EditNumberPage = { number: cardOf(ctx, reading, row), ...stored, ...failed?.typed, agents: await agentChoice(ctx, reading.tenantId), errors: {}, version: row.version };
  if (!failed) return show(ctx, request, reply, 'edit-number', page);
  const { error, typed } = failed;
  if (error instanceof Refused) {
    page.errors = fieldErrors(error, reading, ctx.runtime.plugins, (field) => (field === 'agentId' ? 'agent' : field));
    return show(ctx, request, reply, 'edit-number', page, 422);
  }
  if (!(error instanceof SwitchboardError) || error.code !== 'CONFLICT') throw error;
  const said = (value: string) => reading.t('says:conflict.stored', { value: value || reading.t('says:conflict.empty') });
  page.errors = {
    form: reading.t('says:conflict.says'),
    ...(typed.displayName !== stored.displayName && { displayName: said(stored.displayName) }),
    ...(typed.agent !== stored.agent && { agent: said(row.agent?.name ?? '') }),
  };
  return show(ctx, request, reply, 'edit-number', page, 409);
}
