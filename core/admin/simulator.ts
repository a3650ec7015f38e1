/** `/app/{tenant}/simulator/{number}`: customers' phones beside the inbox. What they do arrives as a signed webhook like any other. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import type { NumberEntry } from '../directory.ts';
import { SwitchboardError } from '../errors.ts';
import type { MediaKind } from '../plugin/contract/content.ts';
import type { ConversationDetail } from '../workspace/reads-conversations.ts';
import type { MessageRow } from '../workspace/reads-thread.ts';
import { operatorOf } from './guard.ts';
import { inboxPage, listed } from './inbox.ts';
import { messageOf } from './items.ts';
import { colourOf, kindOf } from './rows.ts';
import { actAsCustomer, arm, armedFaults, heldOn, moveWindow, nextSendOf, ofNextSend, reportShown, tapped, type Deed, type Line } from './simulator-acts.ts';
import { addPerson, first, mostOfName, oneOf, peopleOf, renamePerson, type Persona } from './simulator-people.ts';
import { back, byOf, form, known, ofTenant, query, readingOf, seeOther, show, type Site } from './site.ts';
import { threadOf } from './thread-view.ts';
import type { Fault, Phone } from './views/simulator.ts';
import type { Message } from './views/thread.ts';

const address = '/app/:tenant/simulator/:number';
const params = Type.Object({ ...ofTenant.properties, number: Type.String({ maxLength: 100 }) });
const persona = Type.Optional(Type.String({ maxLength: 40 }));
const text = (maxLength: number) => Type.Optional(Type.String({ maxLength }));
const id = text(36);

/** The one page that may listen: a voice message is spoken into it. */
const mayListen = 'camera=(), microphone=(self), geolocation=(), payment=(), usb=()';
const mostBytes = 100_000_000;

export function simulatorPages(app: Site, ctx: AppContext): void {
  const uses = { config: { permission: 'simulator.use' as const } };

  app.get(address, { ...uses, schema: { params, querystring: query({ ...listed, persona }) } }, async (request, reply) => {
    const { number, who } = await phoneAt(ctx, request, request.params.number, request.query.persona);
    const conversation = await conversationOf(ctx, request, number, who);
    const thread = conversation && threadOf(ctx, readingOf(ctx, request), conversation, operatorOf(request).user.id);
    const page = await inboxPage(ctx, request, { ...request.query, number: number.id }, thread);
    reply.header('permissions-policy', mayListen);
    return show(ctx, request, reply, 'simulator', { ...page, phone: await phoneOf(ctx, request, number.id, who.id, conversation) });
  });

  const written = form({ persona, text: text(4_096), about: id, choice: text(300), of: id, reaction: text(40), latitude: text(24), longitude: text(24), place: text(200), contact: text(200), phone: text(30) });
  app.post(`${address}/messages`, { ...uses, schema: { params, body: written } }, async (request, reply) => {
    const { who, ...line } = await phoneAt(ctx, request, request.params.number, request.body.persona ?? personaIn(request));
    const conversation = await conversationOf(ctx, request, line.number, who);
    const deed = deedOf(request.body, conversation);
    // Whoever answers has read what stands above.
    await reportShown(ctx, line, conversation);
    if (deed) await actAsCustomer(ctx, line, who, deed);
    return backToPhone(ctx, request, reply, line.number, who);
  });

  // Our script says that the phone stands on a screen: what is on it arrives and is read.
  app.post(`${address}/shown`, { ...uses, schema: { params, body: form({ persona }) } }, async (request, reply) => {
    const { who, ...line } = await phoneAt(ctx, request, request.params.number, request.body.persona);
    await reportShown(ctx, line, await conversationOf(ctx, request, line.number, who));
    return reply.code(204).send();
  });

  const person = form({ persona, name: text(mostOfName), deed: Type.Enum(['add', 'rename']), nameless: Type.Optional(Type.Literal('on')) });
  app.post(`${address}/people`, { ...uses, schema: { params, body: person } }, async (request, reply) => {
    const { number, connection, who } = await phoneAt(ctx, request, request.params.number, request.body.persona);
    const { deed, name = '', nameless } = request.body;
    if (deed === 'rename') await renamePerson(connection, who.id, name);
    const shown = deed === 'add' ? ((await addPerson(connection, name, nameless === undefined)) ?? who) : who;
    return backToPhone(ctx, request, reply, number, shown);
  });

  const fault = form({ persona, fault: Type.Enum(faultKeys), armed: Type.Enum(['on', 'off']) });
  app.post(`${address}/faults`, { ...uses, schema: { params, body: fault } }, async (request, reply) => {
    const { who, ...line } = await phoneAt(ctx, request, request.params.number, request.body.persona);
    const shown = await goWrong(ctx, request, line, who, request.body.fault, request.body.armed === 'on');
    return backToPhone(ctx, request, reply, line.number, shown);
  });

  void app.register(async (plain) => {
    const bytes = plain.withTypeProvider<TypeBoxTypeProvider>();
    bytes.removeAllContentTypeParsers();
    bytes.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
    const asked = query({ persona, name: text(255), as: Type.Optional(Type.Enum(['voice', 'document'])), caption: text(1_024) });
    bytes.post(`${address}/media`, { config: { ...uses.config, takesFile: true }, schema: { params, querystring: asked }, bodyLimit: mostBytes }, async (request, reply) => {
      const { who, ...line } = await phoneAt(ctx, request, request.params.number, request.query.persona);
      const { name, as, caption } = request.query;
      const { id: ref, kind, mime = '', bytes: size, sha256 } = await ctx.workspace.media.upload(line.number.tenantId, isBytes(request.body) ? request.body : nothing(), { ...(name !== undefined && { name }), ...(as && { kind: as }) }, byOf(request));
      const media = { ref, mime, ...(name !== undefined && { name }), ...(size !== undefined && { bytes: size }), ...(sha256 !== undefined && { sha256 }) };
      await actAsCustomer(ctx, line, who, { content: { kind: phoneKind(as ?? kind, mime), media, ...(caption && { caption }) } });
      return backToPhone(ctx, request, reply, line.number, who);
    });
  });
}

const isBytes = (body: unknown): body is AsyncIterable<Uint8Array> => typeof body === 'object' && body !== null && Symbol.asyncIterator in body;

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** A phone sends pictures of this form as stickers. */
const phoneKind = (kind: MediaKind, mime: string): MediaKind => (kind === 'document' && mime === 'image/webp' ? 'sticker' : kind);

interface Written {
  text?: string;
  about?: string;
  choice?: string;
  of?: string;
  reaction?: string;
  latitude?: string;
  longitude?: string;
  place?: string;
  contact?: string;
  phone?: string;
}

/** Undefined: nothing that a phone could do. */
function deedOf({ text: words, about, choice, of, reaction, latitude, longitude, place, contact, phone }: Written, conversation: ConversationDetail | undefined): Deed | undefined {
  const row = (wanted: string | undefined): MessageRow | undefined => conversation?.items.find((item) => item.id === wanted);
  if (choice !== undefined) return tapped(row(of), choice);
  if (reaction !== undefined) {
    const replyTo = row(of)?.providerRef;
    return replyTo === undefined ? undefined : { content: { kind: 'reaction', ...(reaction !== '' && { emoji: reaction }) }, replyTo };
  }
  const answered = row(about)?.providerRef;
  const answering = answered === undefined ? {} : { replyTo: answered };
  if (latitude !== undefined && longitude !== undefined) {
    const [north, east] = [Number(latitude), Number(longitude)];
    const onEarth = latitude.trim() !== '' && longitude.trim() !== '' && Math.abs(north) <= 90 && Math.abs(east) <= 180;
    return onEarth ? { content: { kind: 'location', latitude: north, longitude: east, ...(place?.trim() && { name: place.trim() }) }, ...answering } : undefined;
  }
  if (contact !== undefined) {
    const digits = phone?.trim() ?? '';
    return contact.trim() === '' ? undefined : { content: { kind: 'contacts', contacts: [{ name: contact.trim(), phones: digits === '' ? [] : [digits], emails: [] }] }, ...answering };
  }
  return words?.trim() ? { content: { kind: 'text', text: words.trim() }, ...answering } : undefined;
}

const faultKeys = ['window', 'fails', 'bounces', 'slow', 'silent', 'twice', 'late', 'order', 'stop', 'nameless'] as const;

/** Returns whose phone is shown then. */
async function goWrong(ctx: AppContext, request: FastifyRequest, line: Line, who: Persona, fault: (typeof faultKeys)[number], on: boolean): Promise<Persona> {
  const { number, connection } = line;
  switch (fault) {
    case 'window':
      await moveWindow(ctx, await conversationOf(ctx, request, number, who), on);
      return who;
    case 'fails':
    case 'silent':
    case 'slow':
      await connection.context.store.set('nextSend', on ? { ...ofNextSend[fault] } : null);
      return who;
    case 'stop':
      await actAsCustomer(ctx, line, who, { content: { kind: 'text', text: 'STOP' } });
      return who;
    case 'nameless': {
      const people = await peopleOf(connection);
      return people.find(({ identity }) => (identity.kind === 'phone') !== on) ?? (await addPerson(connection, '', !on)) ?? who;
    }
    default:
      await arm(ctx, connection, fault, on);
      return who;
  }
}

export async function phoneOf(ctx: AppContext, request: FastifyRequest, numberId: string, personaId: string | undefined, found?: ConversationDetail): Promise<Phone> {
  const { number, connection, who } = await phoneAt(ctx, request, numberId, personaId);
  const reading = readingOf(ctx, request);
  const conversation = found ?? (await conversationOf(ctx, request, number, who));
  const [armed, nextSend, waiting, people] = [await armedFaults(connection), await nextSendOf(connection), await heldOn(connection), await peopleOf(connection)];
  const line = colourOf(conversation?.number.line ?? (await lineColour(ctx, number)));
  const named = ({ id, name }: Persona) => ({ id, name: name ?? reading.t('says:persona.guest') });
  const closed = conversation !== undefined && !conversation.eligibility.allowed && conversation.eligibility.why === 'window-closed';
  const onPhone = waiting.filter((one) => one.who === who.id).map(({ id, at, kind, text }, n): Message => ({ id, seq: (conversation?.lastSeq ?? 0) + 1 + n, at, author: 'contact', kind: kindOf(kind), text, status: 'queued' }));
  const isArmed = (key: Fault['key']): boolean => {
    if (key === 'window') return closed;
    if (key === 'nameless') return who.identity.kind !== 'phone';
    return key === nextSend || armed.includes(key) || (key === 'late' && waiting.length > 0);
  };
  return {
    number: { id: number.id, name: number.displayName, line },
    business: operatorOf(request).tenant.name,
    persona: { ...named(who), given: who.name ?? '', known: who.identity.value },
    personas: people.map((one) => ({ ...named(one), href: reading.url.simulator(number.id, { persona: one.id }) })),
    messages: [...shownOn(ctx, request, conversation), ...onPhone],
    ...(conversation && { conversation: conversation.id }),
    typing: isThinking(ctx, conversation),
    faults: faultKeys.map((key) => ({ key, armed: isArmed(key), available: key !== 'window' || conversation !== undefined })),
  };
}

/** The customer's side: what has not left the business is not there, and their own messages carry ticks. */
function shownOn(ctx: AppContext, request: FastifyRequest, conversation: ConversationDetail | undefined): Message[] {
  const rows = (conversation?.items ?? []).filter((row) => row.kind !== 'event' && (row.author === 'contact' || (row.kind !== 'reaction' && ['sent', 'delivered', 'read'].includes(row.status))));
  const words = { ...readingOf(ctx, request), plugins: ctx.runtime.plugins };
  const answered = rows.findLast((row) => row.author !== 'contact')?.seq ?? 0;
  return rows.map((row) => {
    // The business sees its ticks; the customer's phone shows none on what it received.
    const { status: _, receipts: _r, problem: _p, ref: _f, ...message } = messageOf(row, words);
    if (row.author !== 'contact') return message;
    return { ...message, status: row.seq < answered || conversation?.unread === 0 ? 'read' : 'delivered' };
  });
}

async function phoneAt(ctx: AppContext, request: FastifyRequest, numberId: string, personaId: string | undefined): Promise<Line & { who: Persona }> {
  const line = lineOf(ctx, request, numberId);
  return { ...line, who: oneOf(await peopleOf(line.connection), personaId) };
}

/** @throws SwitchboardError NOT_FOUND it is no number of this tenant on a channel that can be simulated */
function lineOf(ctx: AppContext, request: FastifyRequest, id: string): Line {
  const number = ctx.runtime.directory.number(known(id));
  const connection = number && ctx.runtime.directory.connection(number.connectionId);
  if (!number || number.tenantId !== operatorOf(request).tenant.id || !connection?.channel?.simulate) throw new SwitchboardError('NOT_FOUND');
  return { number, connection };
}

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

function backToPhone(ctx: AppContext, request: FastifyRequest, reply: FastifyReply, number: NumberEntry, who: Persona): FastifyReply {
  const { url } = readingOf(ctx, request);
  // The phone stands beside the rack, too, and stays there.
  const stays = who.id === first.id && back(request, '').split('?')[0] === url.whatsapp;
  return seeOther(reply, stays ? url.whatsapp : url.simulator(number.id, { persona: who.id }));
}
