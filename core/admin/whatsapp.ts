/** `/app/{tenant}/whatsapp`: the rack of numbers, and the conversations that moved last. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AppContext } from '../context.ts';
import type { NumberRow } from '../workspace/reads-numbers.ts';
import { startOfDay } from './day.ts';
import { operatorOf } from './guard.ts';
import { may } from './permissions.ts';
import { cardOf, rowOf } from './rows.ts';
import { phoneOf } from './simulator.ts';
import { ofTenant, readingOf, seeOther, show, type Site } from './site.ts';
import type { WhatsappPage } from './views/numbers.ts';

const mostRecent = 10;

export function whatsappPages(app: Site, ctx: AppContext): void {
  const reads = { config: { permission: 'conversations.read' as const }, schema: { params: ofTenant } };
  app.get('/app/:tenant', reads, (request, reply) => seeOther(reply, readingOf(ctx, request).url.whatsapp));
  app.get('/app/:tenant/whatsapp', reads, (request, reply) => showRack(ctx, request, reply));
}

/** `refused`: a switch that was put back, with the reason beneath it. */
export async function showRack(ctx: AppContext, request: FastifyRequest, reply: FastifyReply, refused?: { id: string; why: string }): Promise<FastifyReply> {
  const { workspace } = ctx;
  const reading = readingOf(ctx, request);
  const { role, user } = operatorOf(request);
  const [numbers, recent, counts] = [
    await workspace.numbers.list(reading.tenantId, startOfDay(reading.timeZone, reading.now)),
    await workspace.conversations.list(reading.tenantId, { limit: mostRecent }),
    await workspace.conversations.counts(reading.tenantId, {}),
  ];
  const checklist = may(role, 'numbers.edit') ? await checklistOf(ctx, request, numbers, recent.rows.map((row) => row.number.id)) : [];
  const phone = numbers.every((row) => row.simulator) && may(role, 'simulator.use') ? numbers[0] : undefined;
  const page: WhatsappPage = {
    numbers: numbers.map((row) => cardOf(ctx, reading, row, row.id === refused?.id ? refused.why : undefined)),
    recent: recent.rows.map((row) => rowOf(row, user.id)),
    open: counts.open,
    inboxHref: reading.url.inbox(),
    ...(phone && { phone: await phoneOf(ctx, request, phone.id, undefined) }),
    ...(checklist.some((step) => !step.done) && { checklist }),
  };
  return show(ctx, request, reply, 'whatsapp', page, refused ? 422 : 200);
}

/** What a new installation still lacks; every step is seen from what is there, none is ticked by hand. */
async function checklistOf(ctx: AppContext, request: FastifyRequest, numbers: readonly NumberRow[], spoken: readonly string[]): Promise<NonNullable<WhatsappPage['checklist']>> {
  const { tenantId, url } = readingOf(ctx, request);
  const phone = numbers.find((row) => row.simulator);
  const real = numbers.filter((row) => !row.simulator);
  const members = await ctx.workspace.members.list(tenantId);
  return [
    ...(phone ? [{ key: 'talk' as const, done: spoken.includes(phone.id) || phone.openConversations > 0, href: url.simulator(phone.id) }] : []),
    { key: 'connect', done: real.length > 0, href: url.connect() },
    { key: 'agent', done: numbers.some((row) => row.active && row.agent !== undefined), href: url.agents },
    ...(may(operatorOf(request).role, 'members.edit') ? [{ key: 'invite' as const, done: members.length > 1, href: url.members }] : []),
    { key: 'url', done: ctx.server.publicUrl !== undefined, href: url.about },
  ];
}
