/** Messages: written to somebody, looked up, taken back, sent again; and what is done in a conversation beside writing. */
import { createHash } from 'node:crypto';
import { Type, type Static } from 'typebox';
import type { FastifyRequest } from 'fastify';
import { pluginSays } from '../../admin/wording.ts';
import type { AppContext } from '../../context.ts';
import { SwitchboardError } from '../../errors.ts';
import { uuid } from '../../ids.ts';
import { sayWords } from '../../kept-words.ts';
import { ownErrorCode } from '../../pipeline/failure-words.ts';
import { write } from '../../pipeline/write.ts';
import { showTypingNow } from '../../pipeline/courtesy.ts';
import { writeTo } from '../../pipeline/write-to.ts';
import type { OutContent } from '../../plugin/contract/content.ts';
import type { Identity } from '../../plugin/contract/event.ts';
import type { Json } from '../../plugin/contract/plugin.ts';
import type { Runtime } from '../../runtime.ts';
import type { MessageRow } from '../../workspace/reads-thread.ts';
import { byOf, callerOf, earOf, id, known, list, locale, object, one, optional, page, route, tenantOf, type Api, type Ear } from './call.ts';
import { content, outContent } from './content.ts';
import { createKeysUsed } from './idempotency.ts';
import { mediumOf } from './media.ts';
import { NotEligible, Unusable } from './problems.ts';
import * as answers from './schemas.ts';

const identity = object({ kind: Type.Enum(['phone', 'user', 'parent-user', 'username']), value: Type.String({ minLength: 1, maxLength: 255 }) });
const phone = Type.String({ minLength: 1, maxLength: 40, description: 'With its country code.' });
const addressee = Type.Union([
  phone,
  object({ phone: optional(phone), identities: optional(Type.Array(identity, { minItems: 1, maxItems: 10 })), contact: optional(id), name: optional(Type.String({ maxLength: 255 })) }),
]);

const writing = object({
  connection: optional(Type.String({ maxLength: 100, description: 'Then the contact’s own number on it is the sender, else the next in turn.' })),
  number: optional(Type.String({ maxLength: 255, description: 'Its id, or its account at the provider.' })),
  to: optional(addressee),
  conversation: optional(id),
  content,
  replyTo: optional(Type.String({ maxLength: 100, description: 'In a conversation: the id of the message that this one answers.' })),
  purpose: optional(Type.Enum(['conversation', 'campaign', 'notification'], { description: 'Unless told, notification for a template and conversation for everything else.' })),
  dryRun: optional(Type.Boolean({ description: 'Only says whether it would be sent.' })),
});
type Writing = Static<typeof writing>;

const idempotencyKey = Type.String({ minLength: 1, maxLength: 150, description: 'Yours, one per message: what comes again under it is answered with the first message and never sent twice.' });

export function messageRoutes(api: Api, ctx: AppContext): void {
  const { runtime, workspace } = ctx;
  const { conversations } = workspace;
  const used = createKeysUsed();
  const read = async (request: FastifyRequest, id: string, ear = earOf(ctx, request)) => rowOf(ctx, ear, await conversations.message(tenantOf(request), id));

  // ── writing ────────────────────────────────────────────────────────────────────────────────────────────────────────

  const { config } = route('messages:write', 'Writes a message. It is kept and goes out in the order of its conversation; the answer comes before that.', { 202: answers.taken, 200: answers.taken });
  api.post('/messages', { config: { ...config, api: { ...config.api, headers: { 'idempotency-key': idempotencyKey } } }, schema: { body: writing } }, async (request, reply) => {
    const { conversation, dryRun = false } = request.body;
    refuseAmbiguous(request.body);
    const key = keyOf(request);
    const send = conversation === undefined ? () => writeFirst(request, key) : () => writeInto(request, known(conversation), key);
    if (dryRun) return reply.send({ ...(await send()), dryRun: true });
    return reply.code(202).send(await once(request, key, send));
  });

  async function writeFirst(request: FastifyRequest<{ Body: Writing }>, key: string) {
    const { connection, to, dryRun = false, purpose } = request.body;
    const tenantId = tenantOf(request);
    const number = request.body.number === undefined ? undefined : senderOf(runtime, tenantId, request.body.number);
    if (to === undefined) throw new Unusable('to', 'exactlyOne', { names: 'to, conversation' });
    const connectionId = connection === undefined ? runtime.directory.number(number ?? '')?.connectionId : connection;
    if (connectionId === undefined || runtime.directory.connection(connectionId)?.tenantId !== tenantId) throw new SwitchboardError('NOT_FOUND');
    const replyTo = await replyRef(request, undefined);
    const contents = [await outContent(workspace.templates, tenantId, connectionId, request.body.content)];
    const written = await writeTo(runtime, {
      tenantId, author: 'api', authorId: callerOf(request).keyId, key, dryRun, contents, purpose: purpose ?? usualPurpose(contents), to: addresseeOf(to),
      from: number === undefined ? { connectionId } : { numberId: number }, ...(replyTo !== undefined && { replyTo }),
    });
    if ('missing' in written) {
      if (written.missing === 'number') throw new NotEligible('number-gone');
      throw new SwitchboardError('NOT_FOUND');
    }
    if (written.refused) throw new NotEligible(written.refused);
    const { messages, conversationId, numberId } = written;
    return { messages, ...(conversationId !== undefined && { conversation: conversationId }), number: numberId };
  }

  async function writeInto(request: FastifyRequest<{ Body: Writing }>, conversationId: string, key: string) {
    const { dryRun = false, purpose } = request.body;
    const { number: sender } = await conversations.row(tenantOf(request), conversationId);
    const replyTo = await replyRef(request, conversationId);
    const contents = [await outContent(workspace.templates, tenantOf(request), runtime.directory.number(sender.id)?.connectionId ?? '', request.body.content)];
    const more = { dryRun, purpose: purpose ?? usualPurpose(contents), ...(replyTo !== undefined && { replyTo }) };
    return { messages: await put(request, conversationId, key, contents, more), conversation: conversationId, number: sender.id };
  }

  async function put(request: FastifyRequest, conversationId: string, key: string, contents: OutContent[], more: { purpose: 'conversation' | 'campaign' | 'notification'; dryRun?: boolean; replyTo?: string }) {
    const written = await write(runtime, { tenantId: tenantOf(request), conversationId, author: 'api', authorId: callerOf(request).keyId, contents, key, ...more });
    if ('missing' in written) throw new SwitchboardError('NOT_FOUND');
    if (written.refused && written.messages.length === 0) throw new NotEligible(written.refused);
    return written.messages;
  }

  /** The same key with another body is a mistake of the program's: answering with the first message would lose the second. */
  async function once<T>(request: FastifyRequest, key: string, send: () => Promise<T>): Promise<T> {
    if (request.headers['idempotency-key'] === undefined) return send();
    const place = `${callerOf(request).keyId} ${key}`;
    const print = createHash('sha256').update(JSON.stringify([request.url, request.body])).digest('base64url');
    const before = used.get(place);
    if (before !== undefined && before !== print) throw new SwitchboardError('IDEMPOTENCY_KEY_REUSED');
    const sent = await send();
    used.set(place, print);
    return sent;
  }

  /** The provider's name of the message that is answered. */
  async function replyRef(request: FastifyRequest<{ Body: Writing }>, conversationId: string | undefined): Promise<string | undefined> {
    const { replyTo } = request.body;
    if (replyTo === undefined) return undefined;
    const answered = await conversations.message(tenantOf(request), known(replyTo));
    if (conversationId === undefined || answered.conversationId !== conversationId) throw new Unusable('replyTo', 'otherConversation');
    if (answered.providerRef === undefined) throw new Unusable('replyTo', 'noRef');
    return answered.providerRef;
  }

  // ── reading ────────────────────────────────────────────────────────────────────────────────────────────────────────

  const asked = object({ ...page, conversation: id });
  api.get('/messages', { ...route('messages:read', 'The messages of a conversation, oldest first.', { 200: list(answers.message) }), schema: { querystring: asked } }, async (request) => {
    const conversation = known(request.query.conversation);
    const { limit = 50 } = request.query;
    const after = Number(request.query.after ?? 0);
    if (!Number.isSafeInteger(after) || after < 0) throw new Unusable('after', 'cursor');
    const { number, contact } = await conversations.row(tenantOf(request), conversation);
    const { items, more } = await conversations.messages(tenantOf(request), conversation, { after, limit });
    const place = { conversationId: conversation, connectionId: runtime.directory.number(number.id)?.connectionId ?? '', numberId: number.id, contactId: contact.id };
    const ear = earOf(ctx, request);
    const last = items.at(-1);
    return { items: items.filter(({ kind }) => kind !== 'event').map((row) => rowOf(ctx, ear, { ...row, ...place })), ...(more && last && { next: String(last.seq) }) };
  });

  const spoken = object({ locale: optional(locale) });
  api.get('/messages/:id', { ...route('messages:read', 'One message, with its receipts; of one that failed, what the error means.', { 200: answers.message }), schema: { params: one, querystring: spoken } }, (request) =>
    read(request, known(request.params.id), earOf(ctx, request, request.query.locale)));

  // ── afterwards ─────────────────────────────────────────────────────────────────────────────────────────────────────

  api.post('/messages/:id/cancel', { ...route('messages:write', 'Takes back a message that has not begun to be sent.', { 200: answers.message }), schema: { params: one, body: object({}) } }, async (request) => {
    await conversations.cancel(tenantOf(request), request.params.id, byOf(request));
    return read(request, request.params.id);
  });

  api.post('/messages/:id/send-again', { ...route('messages:write', 'Sends a failed or unconfirmed message again. An unconfirmed one may then arrive twice.', { 202: answers.message }), schema: { params: one, body: object({}) } }, async (request, reply) => {
    await conversations.sendAgain(tenantOf(request), request.params.id, byOf(request));
    return reply.code(202).send(await read(request, request.params.id));
  });

  const reaction = object({ emoji: Type.String({ maxLength: 32, description: 'One emoji; empty takes it away.' }) });
  api.post('/messages/:id/reactions', { ...route('messages:write', 'Reacts to a message.', { 202: answers.taken }), schema: { params: one, body: reaction } }, async (request, reply) => {
    const { providerRef, conversationId, numberId } = await conversations.message(tenantOf(request), known(request.params.id));
    if (providerRef === undefined) throw new SwitchboardError('CONFLICT');
    const key = keyOf(request);
    const send = () => put(request, conversationId, key, [{ kind: 'reaction', emoji: request.body.emoji, to: providerRef }], { purpose: 'conversation' });
    return reply.code(202).send({ messages: await once(request, key, send), conversation: conversationId, number: numberId });
  });

  api.post('/conversations/:id/read', { ...route('messages:write', 'Marks what the contact wrote as read, at the provider too where it knows such a thing.', { 204: 'nothing' }), schema: { params: one, body: object({}) } }, async (request, reply) => {
    await conversations.row(tenantOf(request), request.params.id);
    await conversations.markRead(tenantOf(request), request.params.id);
    return reply.code(204).send();
  });

  api.post('/conversations/:id/typing', { ...route('messages:write', 'Shows the contact that an answer is being written, where the provider knows such a thing.', { 204: 'nothing' }), schema: { params: one, body: object({}) } }, async (request, reply) => {
    await conversations.row(tenantOf(request), known(request.params.id));
    showTypingNow(runtime, request.params.id);
    return reply.code(204).send();
  });
}

// ── what was given ───────────────────────────────────────────────────────────────────────────────────────────────────

/** @throws Unusable a conversation has its number and its contact; elsewhere one of each is wanted */
function refuseAmbiguous({ conversation, number, connection, to }: Writing): void {
  if ([conversation, number, connection].filter((from) => from !== undefined).length !== 1) throw new Unusable(conversation === undefined ? 'number' : 'conversation', 'exactlyOne', { names: 'connection, number, conversation' });
  if ((to === undefined) === (conversation === undefined)) throw new Unusable('to', 'exactlyOne', { names: 'to, conversation' });
}

const usualPurpose = ([first]: readonly OutContent[]) => (first?.kind === 'template' ? 'notification' : 'conversation');

function keyOf({ headers }: FastifyRequest): string {
  const given = headers['idempotency-key'];
  if (given === undefined) return uuid();
  if (typeof given !== 'string' || !/^[\x21-\x7e]{1,150}$/.test(given)) throw new Unusable('idempotency-key', 'idempotencyKey');
  return given;
}

/** @throws SwitchboardError NOT_FOUND */
function senderOf({ directory, plugins }: Runtime, tenantId: string, named: string): string {
  const known = [directory.number(named), ...plugins.all.map(({ name }) => directory.numberByAccount(name, named))].find((number) => number?.tenantId === tenantId);
  if (!known) throw new SwitchboardError('NOT_FOUND');
  return known.id;
}

type To = { identities: readonly Identity[]; name?: string } | { contactId: string };

/** @throws Unusable */
function addresseeOf(to: NonNullable<Writing['to']>): To {
  if (typeof to === 'string') return { identities: [phoneOf(to, 'to')] };
  const { phone, identities, contact, name } = to;
  if ([phone, identities, contact].filter((way) => way !== undefined).length !== 1) throw new Unusable('to', 'exactlyOne', { names: 'phone, identities, contact' });
  if (contact !== undefined) return { contactId: known(contact) };
  const ways = phone === undefined ? (identities ?? []).map((one) => (one.kind === 'phone' ? phoneOf(one.value, 'to.identities') : one)) : [phoneOf(phone, 'to.phone')];
  return { identities: ways, ...(name !== undefined && { name }) };
}

function phoneOf(typed: string, field: string): Identity {
  const value = typed.replaceAll(/[\s().-]/g, '').replace(/^\+/, '');
  if (!/^[1-9]\d{6,14}$/.test(value)) throw new Unusable(field, 'phone');
  return { kind: 'phone', value };
}

// ── as the API shows them ────────────────────────────────────────────────────────────────────────────────────────────

type Placed = Awaited<ReturnType<AppContext['workspace']['conversations']['message']>>;

function rowOf(ctx: AppContext, ear: Ear, row: Placed) {
  const { conversationId, connectionId, numberId, contactId, id, seq, at, author, by, kind, text, media, changes, status, statusAt, providerRef, key, quote, receipts, error } = row;
  return {
    id, conversation: conversationId, connection: connectionId, number: numberId, contact: contactId, seq, at, author, by, kind, content: contentOf(row), text, media: media && mediumOf(media), changes,
    status, statusAt, providerRef, idempotencyKey: author === 'api' ? key : undefined, quote, receipts, error: error && errorOf(ctx, ear, error),
  };
}

/** Of a medium that came in the provider's own address, which may prove itself, stays here: it is called by our id, as one that goes out. */
function contentOf({ content, media }: Placed): Json {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return content;
  const ref = content['media'];
  return typeof ref === 'object' && ref !== null && 'ref' in ref ? { ...content, media: media?.id ?? null } : content;
}

/** What the provider said, and what it means in the language asked for. */
function errorOf({ runtime: { plugins } }: AppContext, { locale }: Ear, { plugin, code, said, sentence, whose, retried, next }: NonNullable<MessageRow['error']>) {
  const own = ownErrorCode(code);
  const says = (key: string) => pluginSays(plugins, plugin, key, locale);
  const meaning = sentence !== undefined ? says(sentence) : own && sayWords([{ code: own }], locale, []);
  return { code, said, sentence: meaning, whose, retried, next: next === undefined ? undefined : says(next) };
}
