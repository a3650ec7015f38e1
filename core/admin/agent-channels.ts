/** An agent's Channels tab: which numbers are plugged into its published version and into its draft, and another one connected in place. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AppContext } from '../context.ts';
import type { Environment } from '../db/entities/index.ts';
import { SwitchboardError } from '../errors.ts';
import type { Typed } from '../plugin/fields.ts';
import type { AgentDetail } from '../workspace/reads-agents.ts';
import { Refused } from '../workspace/refused.ts';
import { tell } from './chrome.ts';
import { askedFor, chosenWay, drawConnect, one, takeConnect, type Asked } from './connect-form.ts';
import { agentRowOf, numberName } from './rows.ts';
import { byOf, known, ofOne, openForm, query, readingOf, seeOther, show, type Site } from './site.ts';
import type { Binding, ChannelsPage } from './views/agents.ts';
import type { FieldErrors } from './views/every-page.ts';
import { fieldErrors } from './wording.ts';

const address = '/app/:tenant/agents/:id';

export function agentChannelPages(app: Site, ctx: AppContext): void {
  const { agents } = ctx.workspace;
  const connects = { config: { permission: 'numbers.edit' as const } };

  app.get(`${address}/connect`, { ...connects, schema: { params: ofOne, querystring: query(chosenWay) } }, (request, reply) =>
    showChannels(ctx, request, reply, known(request.params.id), { asked: askedFor(request.query), environment: 'published' }));

  app.post(`${address}/connect`, { ...connects, schema: { params: ofOne, body: openForm } }, async (request, reply) => {
    const { url } = readingOf(ctx, request);
    const agentId = known(request.params.id);
    const environment = environmentIn(request.body);
    const taken = await takeConnect(ctx, request, request.body, { agentId, environment, active: true });
    if (!('connectionId' in taken)) return showChannels(ctx, request, reply, agentId, { asked: taken, environment });
    tell(ctx, reply, taken.untold ? 'says:notice.connectedTell' : 'says:notice.connected');
    return seeOther(reply, url.agent(agentId, 'channels'));
  });

  // One of `plug`, `unplug`, `inbound:{number}` and `attach` (a whole connection), as the patch bay's buttons and switches send them.
  app.post(`${address}/bindings`, { config: { permission: 'agents.edit' }, schema: { params: ofOne, body: openForm } }, async (request, reply) => {
    const { tenantId, url } = readingOf(ctx, request);
    const agentId = known(request.params.id);
    const asked = bindingIn(request.body);
    if (!asked) throw new SwitchboardError('INVALID_INPUT');
    const numberId = known(asked.number);
    const environment = environmentIn(request.body);
    try {
      if (asked.deed === 'unplug') await agents.unbind(tenantId, { numberId, agentId, environment }, byOf(request));
      else if (asked.deed === 'inbound') await agents.bind(tenantId, { numberId, agentId, environment, inbound: asked.on }, byOf(request));
      else if (asked.deed === 'attach') await agents.bindConnection(tenantId, { connectionId: numberId, agentId, environment, inbound: true }, byOf(request));
      else await plugIn(ctx, tenantId, { numberId, agentId, environment }, request);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const errors = fieldErrors(error, readingOf(ctx, request), ctx.runtime.plugins);
      return showChannels(ctx, request, reply, agentId, { errors: { ...errors, form: errors['form'] ?? Object.values(errors).join(' ') } });
    }
    return seeOther(reply, url.agent(agentId, 'channels'));
  });
}

const environmentIn = (typed: Typed): Environment => (one(typed['environment']) === 'draft' ? 'draft' : 'published');

/** Another agent, or the other version, may answer already: then this one is plugged in for what goes out. */
async function plugIn({ workspace: { agents } }: AppContext, tenantId: string, plug: { numberId: string; agentId: string; environment: Environment }, request: FastifyRequest): Promise<void> {
  const { bindings } = await agents.get(tenantId, plug.agentId);
  const present = bindings.find((binding) => binding.number.id === plug.numberId);
  const free = present?.takenBy === undefined && present?.inbound.published !== true && present?.inbound.draft !== true;
  await agents.bind(tenantId, { ...plug, inbound: free }, byOf(request));
}

type Deed = { deed: 'plug' | 'unplug' | 'attach'; number: string } | { deed: 'inbound'; number: string; on: boolean };

function bindingIn(typed: Typed): Deed | undefined {
  for (const [name, value] of Object.entries(typed)) {
    if (typeof value !== 'string') continue;
    if (name === 'plug' || name === 'unplug' || name === 'attach') return { deed: name, number: value };
    if (name.startsWith('inbound:')) return { deed: 'inbound', number: name.slice('inbound:'.length), on: value === 'on' };
  }
  return undefined;
}

interface Shown {
  /** The form that connects another number, as far as it was filled in. */
  asked?: Asked;
  environment?: Environment;
  /** Of the patch bay. */
  errors?: FieldErrors;
}

export async function showChannels(ctx: AppContext, request: FastifyRequest, reply: FastifyReply, id: string, { asked, environment = 'published', errors = {} }: Shown = {}): Promise<FastifyReply> {
  const { tenantId } = readingOf(ctx, request);
  const detail = await ctx.workspace.agents.get(tenantId, id);
  const connect = await drawConnect(ctx, request, asked ?? askedFor({}));
  const page: ChannelsPage = {
    agent: agentRowOf(ctx, readingOf(ctx, request), detail), tab: 'channels', errors, bindings: detail.bindings.map(bindingOf), connections: await attachable(ctx, tenantId),
    // Without WhatsApp among its channels it can be given no number.
    ...(detail.channels.includes('whatsapp') && { connect: { ...connect, environment } }),
  };
  return show(ctx, request, reply, 'agent', page, connect.refused || Object.keys(errors).length > 0 ? 422 : 200);
}

/** Connections with numbers: all of one's numbers can be plugged in at once. */
async function attachable(ctx: AppContext, tenantId: string): Promise<ChannelsPage['connections']> {
  const rows = await ctx.workspace.connections.list(tenantId);
  return rows.flatMap(({ id, name, numbers }) => (numbers.length === 0 ? [] : [{ id, name, numbers: numbers.length }]));
}

function bindingOf({ number, inbound, takenBy, conversations }: AgentDetail['bindings'][number]): Binding {
  return {
    number: { ...numberName(number), account: number.account, channel: number.channel, lamp: number.lamp, connectionId: number.connectionId },
    conversations,
    inbound,
    ...(takenBy && { takenBy }),
  };
}
