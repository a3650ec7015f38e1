/** `/app/{tenant}/simulator/{number}`: a customer's phone beside the inbox. What it does arrives as a signed webhook like any other. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import type { ConnectionEntry, NumberEntry } from '../directory.ts';
import { SwitchboardError } from '../errors.ts';
import { uuid } from '../ids.ts';
import { receive } from '../pipeline/receive.ts';
import type { Content, Identity, Json, SimulatedAct } from '../plugin/contract.ts';
import type { ConversationDetail } from '../workspace/index.ts';
import { operatorOf } from './guard.ts';
import { inboxPage, listed } from './inbox.ts';
import { messageOf } from './items.ts';
import { untilProcessed } from './processed.ts';
import { colourOf } from './rows.ts';
import { back, form, known, ofTenant, query, readingOf, seeOther, show, type Site } from './site.ts';
import { threadOf } from './thread-view.ts';
import type { Fault, Phone } from './views.ts';

interface Persona {
  id: string;
  /** Undefined: WhatsApp tells a user id and nothing else. */
  name?: string;
  identity: Identity;
}

/** Phone numbers that no real person has: they are set aside for films and examples. */
const rosa: Persona = { id: 'rosa', name: 'Rosa Delgado', identity: { kind: 'phone', value: '12025550147' } };
const personas: readonly Persona[] = [
  rosa,
  { id: 'tom', name: 'Tom Okafor', identity: { kind: 'phone', value: '447700900123' } },
  { id: 'guest', identity: { kind: 'user', value: 'guest-7f3a91' } },
];

const address = '/app/:tenant/simulator/:number';
const params = Type.Object({ ...ofTenant.properties, number: Type.String({ maxLength: 100 }) });
const persona = Type.Optional(Type.String({ maxLength: 40 }));
/** Faults that wait for the next message; kept in the connection's store, so that a restart forgets none. */
const armable = ['twice', 'order'] as const;

export function simulatorPages(app: Site, ctx: AppContext): void {
  const uses = { config: { permission: 'simulator.use' as const } };

  app.get(address, { ...uses, schema: { params, querystring: query({ ...listed, persona }) } }, async (request, reply) => {
    const { number } = lineOf(ctx, request, request.params.number);
    const who = personaOf(request.query.persona);
    const conversation = await conversationOf(ctx, request, number, who);
    const thread = conversation && threadOf(ctx, readingOf(ctx, request), conversation, operatorOf(request).user.id);
    const page = await inboxPage(ctx, request, { ...request.query, number: number.id }, thread);
    return show(ctx, request, reply, 'simulator', { ...page, phone: await phoneOf(ctx, request, number.id, who.id, conversation) });
  });

  const written = form({ persona, text: Type.Optional(Type.String({ maxLength: 4_096 })), choice: Type.Optional(Type.String({ maxLength: 300 })), of: Type.Optional(Type.String({ maxLength: 36 })) });
  app.post(`${address}/messages`, { ...uses, schema: { params, body: written } }, async (request, reply) => {
    const { number, connection } = lineOf(ctx, request, request.params.number);
    const { text, choice, of } = request.body;
    const who = personaOf(request.body.persona ?? personaIn(request));
    const conversation = await conversationOf(ctx, request, number, who);
    const content = choice === undefined ? said(text) : tapped(conversation, choice, of);
    // Whoever answers has read what stands above.
    await reportShown(ctx, number, connection, conversation);
    if (content) await actAsCustomer(ctx, connection, act(ctx, number, who, content.content, content.replyTo));
    return backToPhone(ctx, request, reply, number, who);
  });

  // Our script says that the phone stands on a screen: what is on it arrives and is read.
  app.post(`${address}/shown`, { ...uses, schema: { params, body: form({ persona }) } }, async (request, reply) => {
    const { number, connection } = lineOf(ctx, request, request.params.number);
    await reportShown(ctx, number, connection, await conversationOf(ctx, request, number, personaOf(request.body.persona)));
    return reply.code(204).send();
  });

  const fault = form({ persona, fault: Type.Enum(['window', 'fails', 'twice', 'order', 'stop', 'nameless']), armed: Type.Enum(['on', 'off']) });
  app.post(`${address}/faults`, { ...uses, schema: { params, body: fault } }, async (request, reply) => {
    const { number, connection } = lineOf(ctx, request, request.params.number);
    const on = request.body.armed === 'on';
    let who = personaOf(request.body.persona);
    switch (request.body.fault) {
      case 'window':
        await moveWindow(ctx, await conversationOf(ctx, request, number, who), on);
        break;
      case 'fails':
        await connection.context.store.set('nextSend', on ? { fail: true } : null);
        break;
      case 'stop':
        await actAsCustomer(ctx, connection, act(ctx, number, who, { kind: 'text', text: 'STOP' }));
        break;
      case 'nameless':
        who = personaOf(on ? 'guest' : undefined);
        break;
      case 'twice':
      case 'order': {
        const rest = (await armedFaults(connection)).filter((one) => one !== request.body.fault);
        await connection.context.store.set('armed', on ? [...rest, request.body.fault] : rest);
      }
    }
    return backToPhone(ctx, request, reply, number, who);
  });
}

export async function phoneOf(ctx: AppContext, request: FastifyRequest, numberId: string, personaId: string | undefined, found?: ConversationDetail): Promise<Phone> {
  const { number, connection } = lineOf(ctx, request, numberId);
  const reading = readingOf(ctx, request);
  const who = personaOf(personaId);
  const conversation = found ?? (await conversationOf(ctx, request, number, who));
  const words = { ...reading, plugins: ctx.runtime.plugins };
  const messages = (conversation?.items ?? [])
    .filter((row) => row.kind !== 'event' && (row.author === 'contact' || ['sent', 'delivered', 'read'].includes(row.status)))
    .map((row) => messageOf(row, words))
    // The business sees its ticks; the customer's phone shows none on what it received.
    .map(({ status: _, receipts: _r, problem: _p, ref: _f, ...message }) => message);
  const armed = await armedFaults(connection);
  const line = colourOf(conversation?.number.line ?? (await lineColour(ctx, number)));
  const nextSend = await connection.context.store.get('nextSend');
  const named = ({ id, name }: Persona) => ({ id, name: name ?? reading.t('says:persona.guest') });
  const closed = conversation !== undefined && !conversation.eligibility.allowed && conversation.eligibility.why === 'window-closed';
  const faults: Fault[] = [
    { key: 'window', armed: closed, available: conversation !== undefined },
    { key: 'fails', armed: nextSend !== undefined && nextSend !== null, available: true },
    { key: 'twice', armed: armed.includes('twice'), available: true },
    { key: 'order', armed: armed.includes('order'), available: true },
    { key: 'stop', armed: false, available: true },
    { key: 'nameless', armed: who.identity.kind !== 'phone', available: true },
  ];
  return {
    number: { id: number.id, name: number.displayName, line },
    business: operatorOf(request).tenant.name,
    persona: named(who),
    personas: personas.map((one) => ({ ...named(one), href: reading.url.simulator(number.id, { persona: one.id }) })),
    messages,
    typing: isThinking(ctx, conversation),
    faults,
  };
}

/** @throws SwitchboardError NOT_FOUND it is no number of this tenant on a channel that can be simulated */
function lineOf(ctx: AppContext, request: FastifyRequest, id: string): { number: NumberEntry; connection: ConnectionEntry } {
  const number = ctx.runtime.directory.number(known(id));
  const connection = number && ctx.runtime.directory.connection(number.connectionId);
  if (!number || number.tenantId !== operatorOf(request).tenant.id || !connection?.channel?.simulate) throw new SwitchboardError('NOT_FOUND');
  return { number, connection };
}

const personaOf = (id: string | undefined): Persona => personas.find((one) => one.id === id) ?? rosa;

/** A tapped button's form does not name the persona: the page it stands on does. */
const personaIn = ({ headers }: FastifyRequest): string | undefined => (headers.referer === undefined ? undefined : (URL.parse(headers.referer)?.searchParams.get('persona') ?? undefined));

async function conversationOf(ctx: AppContext, request: FastifyRequest, number: NumberEntry, { identity }: Persona): Promise<ConversationDetail | undefined> {
  const { tenantId } = readingOf(ctx, request);
  const scope = identity.kind === 'phone' ? '' : number.pluginName;
  const [row] = await ctx.runtime.db.read((sql) => sql.all<{ id: string }>(
    `select v.id from identity i join conversation v on v.contact_id = i.contact_id
     where i.tenant_id = ? and i.scope = ? and i.kind = ? and i.value = ? and v.tenant_id = ? and v.number_id = ? order by v.last_message_at desc, v.id desc limit 1`,
    [tenantId, scope, identity.kind, identity.value, tenantId, number.id],
  ));
  return row && ctx.workspace.conversations.get(tenantId, row.id);
}

async function lineColour(ctx: AppContext, { id, tenantId }: NumberEntry): Promise<number> {
  const [row] = await ctx.runtime.db.read((sql) => sql.all<{ line: number }>('select line from number where id = ? and tenant_id = ?', [id, tenantId]));
  return row?.line ?? 1;
}

function isThinking(ctx: AppContext, conversation: ConversationDetail | undefined): boolean {
  if (!conversation?.ai || !conversation.agent || conversation.state !== 'open' || conversation.last?.author !== 'contact') return false;
  return ctx.runtime.directory.agent(conversation.agent.id)?.state === 'running' && (conversation.why?.at ?? 0) < conversation.last.at;
}

// ── what the customer does ───────────────────────────────────────────────────────────────────────────────────────────

type Said = { content: Content; replyTo?: string } | undefined;

function said(text: string | undefined): Said {
  const words = text?.trim();
  return words ? { content: { kind: 'text', text: words } } : undefined;
}

/** A tap on a choice that stands in the conversation; anything else is not something a phone could do. */
function tapped(conversation: ConversationDetail | undefined, choice: string, of: string | undefined): Said {
  const row = conversation?.items.find((item) => item.id === of);
  const content = row && typeof row.content === 'object' && row.content !== null && !Array.isArray(row.content) ? row.content : undefined;
  if (!row || !content) return undefined;
  const rows = [content['buttons'], ...[content['sections'] ?? []].flat().map((section) => (isData(section) ? section['rows'] : null))].flatMap((list) => (Array.isArray(list) ? list : [])).filter(isData);
  const chosen = rows.find((one) => one['id'] === choice);
  if (!chosen) return undefined;
  const { title, description } = chosen;
  return {
    content: { kind: 'choice', id: choice, text: typeof title === 'string' ? title : choice, of: row.kind === 'list' ? 'list' : 'button', ...(typeof description === 'string' && { description }) },
    ...(row.providerRef !== undefined && { replyTo: row.providerRef }),
  };
}

const isData = (json: Json | undefined): json is { [key: string]: Json } => typeof json === 'object' && json !== null && !Array.isArray(json);

function act(ctx: AppContext, number: NumberEntry, { identity, name }: Persona, content: Content, replyTo?: string): SimulatedAct {
  return { id: uuid(), account: number.account, from: [identity], at: ctx.runtime.clock.now(), kind: 'message', content, ...(name !== undefined && { name }), ...(replyTo !== undefined && { replyTo }) };
}

async function actAsCustomer(ctx: AppContext, connection: ConnectionEntry, done: SimulatedAct): Promise<void> {
  const armed = await armedFaults(connection);
  if (armed.includes('twice')) await disarm(connection, 'twice');
  const [first] = await Promise.all(Array.from({ length: armed.includes('twice') ? 2 : 1 }, () => arrive(ctx, connection, done)));
  if (first !== undefined) await untilProcessed(ctx.runtime, connection.tenantId, first);
}

/** Delivered, then read, for everything that stands on the screen; the wrong way round when that is what was asked for. */
async function reportShown(ctx: AppContext, number: NumberEntry, connection: ConnectionEntry, conversation: ConversationDetail | undefined): Promise<void> {
  const rows = (conversation?.items ?? []).filter((row) => row.author !== 'contact' && (row.status === 'sent' || row.status === 'delivered') && row.providerRef !== undefined);
  if (rows.length === 0 || !conversation) return;
  const identities = await identitiesOf(ctx, conversation);
  const reversed = (await armedFaults(connection)).includes('order');
  if (reversed) await disarm(connection, 'order');
  const at = ctx.runtime.clock.now();
  for (const row of rows) {
    for (const status of reversed ? (['read', 'delivered', 'sent'] as const) : (['delivered', 'read'] as const)) {
      await arrive(ctx, connection, {
        // The same report as the one before is the same event: two pages that show one phone report once.
        id: `${row.providerRef ?? row.id}:${status}`, account: number.account, from: identities, at, kind: 'status', refs: [row.providerRef ?? row.id], ref: row.id, status,
      });
    }
  }
}

async function identitiesOf({ runtime }: AppContext, { contact }: ConversationDetail): Promise<Identity[]> {
  return runtime.db.read((sql) => sql.all<Identity>('select kind, value from identity where contact_id = ? order by id', [contact.id]));
}

/** Over the same path as a provider's request: signed, verified, written down. Returns the delivery's id. */
async function arrive({ runtime }: AppContext, connection: ConnectionEntry, done: SimulatedAct): Promise<string | undefined> {
  const { channel, settings, context } = connection;
  const proven = channel?.simulate?.(done, settings);
  if (!proven) return undefined;
  const url = context.callbackUrl();
  const received = await receive(runtime, new URL(url).pathname.split('/').at(-1) ?? '', {
    method: 'POST', url, headers: Object.fromEntries(Object.entries(proven.headers).map(([name, value]) => [name.toLowerCase(), [value]])), body: proven.body, receivedAt: runtime.clock.now(),
  });
  return 'accepted' in received ? received.accepted : undefined;
}

// ── faults ───────────────────────────────────────────────────────────────────────────────────────────────────────────

async function armedFaults({ context }: ConnectionEntry): Promise<string[]> {
  const armed = await context.store.get('armed');
  return Array.isArray(armed) ? armed.filter((one) => typeof one === 'string') : [];
}

async function disarm(connection: ConnectionEntry, fault: (typeof armable)[number]): Promise<void> {
  await connection.context.store.set('armed', (await armedFaults(connection)).filter((one) => one !== fault));
}

/** A day passes in this conversation, or did not after all. */
async function moveWindow({ runtime }: AppContext, conversation: ConversationDetail | undefined, passed: boolean): Promise<void> {
  if (!conversation) return;
  const last = conversation.items.findLast((row) => row.author === 'contact')?.at ?? 0;
  const [row] = await runtime.db.write((sql) => sql.all<{ tenant_id: string }>(
    'update conversation set last_inbound_at = ? where id = ? returning tenant_id', [passed ? Math.min(last, runtime.clock.now() - 86_400_000) : last, conversation.id],
  ));
  if (row) runtime.live.tell({ tenantId: row.tenant_id, conversation: conversation.id, seq: conversation.lastSeq });
}

function backToPhone(ctx: AppContext, request: FastifyRequest, reply: FastifyReply, number: NumberEntry, who: Persona): FastifyReply {
  const { url } = readingOf(ctx, request);
  // The phone stands beside the rack, too, and stays there.
  const stays = who.id === rosa.id && back(request, '').split('?')[0] === url.whatsapp;
  return seeOther(reply, stays ? url.whatsapp : url.simulator(number.id, { persona: who.id }));
}
