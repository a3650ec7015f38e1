/** `/app/{tenant}/whatsapp/connect`: plug a number in, and say which agent answers it. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AppContext } from '../context.ts';
import { tell } from './chrome.ts';
import { askedFor, chosenWay, drawConnect, one, takeConnect, type Asked } from './connect-form.ts';
import { agentChoice } from './numbers.ts';
import { ofTenant, openForm, query, readingOf, seeOther, show, type Site } from './site.ts';

const address = '/app/:tenant/whatsapp/connect';

export function connectPages(app: Site, ctx: AppContext): void {
  const edits = { config: { permission: 'numbers.edit' as const } };

  app.get(address, { ...edits, schema: { params: ofTenant, querystring: query(chosenWay) } }, (request, reply) => showConnect(ctx, request, reply, askedFor(request.query)));

  app.post(address, { ...edits, schema: { params: ofTenant, body: openForm } }, async (request, reply) => {
    const { url } = readingOf(ctx, request);
    const typed = request.body;
    const taken = await takeConnect(ctx, request, typed, { agentId: one(typed['agent']), active: one(typed['active']) === 'on' });
    if (!('connectionId' in taken)) return showConnect(ctx, request, reply, taken);
    tell(ctx, reply, 'says:notice.connected');
    return seeOther(reply, taken.untold ? url.connection(taken.connectionId, 'hand-off') : url.whatsapp);
  });
}

async function showConnect(ctx: AppContext, request: FastifyRequest, reply: FastifyReply, asked: Asked): Promise<FastifyReply> {
  const agents = await agentChoice(ctx, readingOf(ctx, request).tenantId);
  const usable = agents.filter((agent) => agent.whatsapp);
  const first = asked.refused === undefined && !asked.again;
  const form = await drawConnect(ctx, request, asked, ['agent']);
  return show(ctx, request, reply, 'connect', {
    ...form,
    agents,
    // Where there is one agent, nobody needs to choose.
    agent: first ? (usable.length === 1 ? (usable[0]?.id ?? '') : '') : one(asked.typed['agent']),
    active: first ? usable.length > 0 : one(asked.typed['active']) === 'on',
  }, form.refused ? 422 : 200);
}
