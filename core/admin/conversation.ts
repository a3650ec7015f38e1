/** `/app/{tenant}/whatsapp/{id}`: one conversation, and all that people do in it. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { AppContext } from '../context.ts';
import { SwitchboardError } from '../errors.ts';
import { write } from '../pipeline/write.ts';
import type { Refused } from '../pipeline/eligibility.ts';
import { contentsOf, filledIn, takesFiles } from './attachments.ts';
import { tell } from './chrome.ts';
import { operatorOf } from './guard.ts';
import { inboxPage, listed, type Listed } from './inbox.ts';
import { itemsOf, wordsFor } from './items.ts';
import { back, byOf, form, known, ofOne, query, readingOf, seeOther, show, showPart, wantsPart, type Site } from './site.ts';
import { threadOf } from './thread-view.ts';
import { threadPart } from './live.ts';
import type { InboxPage } from './views/inbox.ts';
import type { Attachment, Composer } from './views/thread.ts';

const address = '/app/:tenant/whatsapp/:id';
const olderAtOnce = 50;

export function conversationPages(app: Site, ctx: AppContext): void {
  const { conversations } = ctx.workspace;
  const reads = { config: { permission: 'conversations.read' as const } };
  const writes = { config: { permission: 'conversations.write' as const } };

  app.get(address, { ...reads, schema: { params: ofOne, querystring: query({ ...listed, details: Type.Optional(Type.String({ maxLength: 1 })) }) } }, async (request, reply) => {
    const page = await pageOf(ctx, request, known(request.params.id), request.query);
    return show(ctx, request, reply, 'inbox', { ...page, ...(request.query.details && { details: true }) });
  });

  app.get(`${address}/older`, { ...reads, schema: { params: ofOne, querystring: query({ before: Type.Integer({ minimum: 1 }) }) } }, async (request, reply) => {
    const id = known(request.params.id);
    const reading = readingOf(ctx, request);
    const [row, page] = [await conversations.row(reading.tenantId, id), await conversations.messages(reading.tenantId, id, { before: request.query.before, limit: olderAtOnce })];
    return showPart(ctx, request, reply, 'parts/older', { id, items: itemsOf(page.items, wordsFor(ctx, reading, row.number.id)), more: page.more, name: row.contact.name });
  });

  const message = form({
    text: Type.String({ maxLength: 65_536 }),
    key: Type.String({ minLength: 8, maxLength: 100 }),
    /** Our script says what it shows already, so that the answer leaves no gap. */
    after: Type.Optional(Type.String({ pattern: '^\\d{1,15}$' })),
  });
  void app.register(async (plain) => {
    takesFiles(plain.withTypeProvider<TypeBoxTypeProvider>()).post(`${address}/messages`, { config: { ...writes.config, takesFile: true }, schema: { params: ofOne } }, async (request, reply) => {
      const id = known(request.params.id);
      const { tenantId, t, url } = readingOf(ctx, request);
      const { typed, files } = await filledIn(ctx, request, {});
      if (!Value.Check(message, typed)) throw new SwitchboardError('BAD_REQUEST');
      const { key, after } = typed;
      const text = typed.text.replaceAll('\r\n', '\n').trim();
      if (files.some(({ problem }) => problem !== undefined)) return refuse(ctx, request, reply, id, { text, files, error: t('says:file.refused') });
      if (text === '' && files.length === 0) return refuse(ctx, request, reply, id, { text, error: t('says:send.empty') });
      const written = await write(ctx.runtime, {
        tenantId, conversationId: id, author: 'person', authorId: operatorOf(request).user.id, contents: contentsOf(text, files), key, purpose: 'conversation',
      });
      if ('missing' in written) throw new SwitchboardError('NOT_FOUND');
      const [first] = written.messages;
      if (!first) return refuse(ctx, request, reply, id, { text, files, error: t(`says:send.${written.refused ?? ('window-closed' satisfies Refused)}`) });
      if (!wantsPart(request)) return seeOther(reply, url.conversation(id));
      return showPart(ctx, request, reply, 'parts/live', { thread: await threadPart(ctx, request, id, { after: after === undefined ? Math.max(0, first.seq - 20) : Number(after), since: Infinity }) });
    });
  });

  app.post(`${address}/ai`, { ...writes, schema: { params: ofOne, body: form({ ai: Type.Enum(['on', 'off']) }) } }, async (request, reply) => {
    const id = known(request.params.id);
    const { tenantId, url } = readingOf(ctx, request);
    await conversations.setAi(tenantId, id, request.body.ai === 'on', byOf(request));
    return seeOther(reply, back(request, url.conversation(id)));
  });

  // The composer's form holds this button too, so what is written in it comes along; the page keeps it.
  const state = form({ state: Type.Enum(['open', 'closed', 'archived']), text: Type.Optional(Type.String()), key: Type.Optional(Type.String()), file: Type.Optional(Type.Union([Type.String(), Type.Array(Type.String())])) });
  app.post(`${address}/state`, { ...writes, schema: { params: ofOne, body: state } }, async (request, reply) => {
    const id = known(request.params.id);
    const { tenantId, url } = readingOf(ctx, request);
    switch (request.body.state) {
      case 'open': {
        const open = await conversations.reopen(tenantId, id, byOf(request));
        return seeOther(reply, open.id === id ? back(request, url.conversation(id)) : url.conversation(open.id));
      }
      case 'closed':
        await conversations.close(tenantId, id, byOf(request));
        return seeOther(reply, back(request, url.conversation(id)));
      case 'archived':
        await conversations.archive(tenantId, id, byOf(request));
        return seeOther(reply, back(request, url.conversation(id)));
    }
  });

  app.post(`${address}/read`, { ...reads, schema: { params: ofOne, body: form({}) } }, async (request, reply) => {
    const id = known(request.params.id);
    const { tenantId, url } = readingOf(ctx, request);
    await conversations.row(tenantId, id);
    await conversations.markRead(tenantId, id);
    return wantsPart(request) ? reply.code(204).send() : seeOther(reply, url.conversation(id));
  });

  const ofMessage = Type.Object({ ...ofOne.properties, message: Type.String({ maxLength: 100 }) });
  app.post(`${address}/messages/:message/again`, { ...writes, schema: { params: ofMessage, body: form({}) } }, async (request, reply) => {
    const { tenantId, url } = readingOf(ctx, request);
    const id = known(request.params.id);
    // Another person was quicker, or a receipt came: the page shows how it stands.
    await conversations.sendAgain(tenantId, known(request.params.message), byOf(request)).catch(unlessConflict);
    return seeOther(reply, back(request, url.conversation(id)));
  });

  const ofMedium = Type.Object({ ...ofOne.properties, medium: Type.String({ maxLength: 100 }) });
  app.post(`${address}/media/:medium/retry`, { ...writes, schema: { params: ofMedium, body: form({}) } }, async (request, reply) => {
    const { tenantId, url } = readingOf(ctx, request);
    // It came meanwhile: the page shows it.
    await ctx.workspace.media.retry(tenantId, known(request.params.medium), byOf(request)).catch(unlessConflict);
    return seeOther(reply, back(request, url.conversation(known(request.params.id))));
  });

  const deletes = { config: { permission: 'conversations.delete' as const } };
  app.get(`${address}/delete`, { ...deletes, schema: { params: ofOne } }, (request, reply) => confirmDelete(ctx, request, reply, known(request.params.id)));
  app.post(`${address}/delete`, { ...deletes, schema: { params: ofOne, body: form({ confirm: Type.String({ maxLength: 100 }) }) } }, async (request, reply) => {
    const id = known(request.params.id);
    const { tenantId, t, url } = readingOf(ctx, request);
    if (request.body.confirm.trim().toLowerCase() !== t('deleteConversation.word').toLowerCase()) {
      return confirmDelete(ctx, request, reply, id, t('says:confirm', { word: t('deleteConversation.word') }));
    }
    await conversations.remove(tenantId, id, byOf(request));
    tell(ctx, reply, 'says:notice.conversationDeleted');
    return seeOther(reply, url.inbox());
  });
}

async function pageOf(ctx: AppContext, request: FastifyRequest, id: string, asked: Listed, written?: Partial<Composer>): Promise<InboxPage> {
  const reading = readingOf(ctx, request);
  const detail = await ctx.workspace.conversations.get(reading.tenantId, id);
  return inboxPage(ctx, request, asked, threadOf(ctx, reading, detail, operatorOf(request).user.id, written));
}

/** Nothing was sent: the reason stands at the composer, text and files stay. */
async function refuse(ctx: AppContext, request: FastifyRequest, reply: FastifyReply, id: string, composer: { text: string; files?: Attachment[]; error: string }): Promise<FastifyReply> {
  if (!wantsPart(request)) return show(ctx, request, reply, 'inbox', await pageOf(ctx, request, id, {}, composer), 422);
  const thread = await threadPart(ctx, request, id, { after: undefined, since: Infinity, composer });
  return showPart(ctx, request, reply, 'parts/live', { thread }, 422);
}

async function confirmDelete(ctx: AppContext, request: FastifyRequest, reply: FastifyReply, id: string, error?: string): Promise<FastifyReply> {
  const reading = readingOf(ctx, request);
  const detail = await ctx.workspace.conversations.get(reading.tenantId, id);
  const { contact, number } = threadOf(ctx, reading, detail, operatorOf(request).user.id);
  return show(ctx, request, reply, 'delete-conversation', { thread: { id, contact, number }, messages: detail.lastSeq, ...(error && { error }) }, error ? 422 : 200);
}

function unlessConflict(error: unknown): void {
  if (!(error instanceof SwitchboardError) || error.code !== 'CONFLICT') throw error;
}
