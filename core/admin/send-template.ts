/** `/app/{tenant}/whatsapp/{id}/template`: an approved template chosen, filled in, looked at and sent into one conversation. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import { SwitchboardError } from '../errors.ts';
import { uuid } from '../ids.ts';
import { write } from '../pipeline/write.ts';
import type { Field, Typed } from '../plugin/fields.ts';
import type { ConversationDetail } from '../workspace/reads-conversations.ts';
import type { TemplateRow } from '../workspace/templates.ts';
import { Refused } from '../workspace/refused.ts';
import { filledIn, takesFiles } from './attachments.ts';
import { operatorOf } from './guard.ts';
import { known, ofOne, query, readingOf, seeOther, show, type Reading, type Site } from './site.ts';
import type { FieldErrors } from './views/every-page.ts';
import type { Attachment } from './views/thread.ts';
import { fieldErrors } from './wording.ts';

const address = '/app/:tenant/whatsapp/:id/template';
const atOnce = 50;
/** Before the keys of a template, which are the plugin's own. */
const ofVariable = 'variables.';

interface Shown {
  chosen?: TemplateRow;
  typed?: Typed;
  /** For the header. */
  file?: Attachment | undefined;
  after?: string;
  text?: string | undefined;
  errors?: FieldErrors;
}

export function sendTemplatePages(app: Site, ctx: AppContext): void {
  const { conversations, templates } = ctx.workspace;
  const writes = { config: { permission: 'conversations.write' as const } };
  const ofTemplate = Type.Object({ ...ofOne.properties, template: Type.String({ maxLength: 100 }) });

  app.get(address, { ...writes, schema: { params: ofOne, querystring: query({ after: Type.Optional(Type.String({ maxLength: 2_000 })) }) } }, async (request, reply) => {
    const { tenantId } = readingOf(ctx, request);
    const detail = await conversations.get(tenantId, known(request.params.id));
    return page(ctx, request, reply, detail, request.query);
  });

  app.get(`${address}/:template`, { ...writes, schema: { params: ofTemplate } }, async (request, reply) => {
    const { tenantId } = readingOf(ctx, request);
    const detail = await conversations.get(tenantId, known(request.params.id));
    return page(ctx, request, reply, detail, { chosen: await chosenOf(ctx, detail, tenantId, request.params.template) });
  });

  void app.register(async (plain) => {
    takesFiles(plain.withTypeProvider<TypeBoxTypeProvider>()).post(`${address}/:template`, { config: { ...writes.config, takesFile: true }, schema: { params: ofTemplate } }, async (request, reply) => {
      const reading = readingOf(ctx, request);
      const { tenantId, t, url } = reading;
      const detail = await conversations.get(tenantId, known(request.params.id));
      const chosen = await chosenOf(ctx, detail, tenantId, request.params.template);
      const { typed, files } = await filledIn(ctx, request, chosen.media ? { header: chosen.media } : {});
      const key = word(typed, 'key');
      if (key.length < 8 || key.length > 100) throw new SwitchboardError('BAD_REQUEST');
      // A form without script brings the file that it kept and one that was chosen instead of it.
      const file = files.at(-1);
      const again = { chosen, typed, file };
      if (file?.problem !== undefined) return page(ctx, request, reply, detail, { ...again, errors: { media: t('says:file.refused') } });
      try {
        const variables = Object.fromEntries(chosen.variables.map((variable) => [variable.key, word(typed, ofVariable + variable.key)]));
        const content = await templates.content(tenantId, chosen.id, { variables, ...(file?.id !== undefined && { mediaId: file.id }) });
        if (word(typed, 'deed') !== 'send') return await page(ctx, request, reply, detail, { ...again, text: content.text });
        const written = await write(ctx.runtime, { tenantId, conversationId: detail.id, author: 'person', authorId: operatorOf(request).user.id, contents: [content], key, purpose: 'conversation' });
        if ('missing' in written) throw new SwitchboardError('NOT_FOUND');
        if (written.messages.length > 0) return seeOther(reply, url.conversation(detail.id));
        return await page(ctx, request, reply, detail, { ...again, text: content.text, errors: { form: t(`says:send.${written.refused ?? 'window-closed'}`) } });
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        const errors = fieldErrors(error, reading, ctx.runtime.plugins);
        const media = errors['media'] !== undefined && chosen.media ? { media: t('says:file.wanted') } : {};
        return page(ctx, request, reply, detail, { ...again, errors: { ...errors, ...media, ...(errors['template'] !== undefined && { form: errors['template'] }) } });
      }
    });
  });
}

/** Another connection's template is none of this conversation's. */
async function chosenOf(ctx: AppContext, { connectionId }: ConversationDetail, tenantId: string, id: string): Promise<TemplateRow> {
  const template = await ctx.workspace.templates.get(tenantId, known(id));
  if (template.connectionId !== connectionId) throw new SwitchboardError('NOT_FOUND');
  return template;
}

async function page(ctx: AppContext, request: FastifyRequest, reply: FastifyReply, detail: ConversationDetail, { chosen, typed, file, after, text, errors = {} }: Shown): Promise<FastifyReply> {
  const reading = readingOf(ctx, request);
  const { tenantId, url } = reading;
  const list = chosen ? { rows: [] } : await ctx.workspace.templates.list(tenantId, { connectionId: detail.connectionId, status: 'approved', limit: atOnce, ...(after && { after }) });
  return show(ctx, request, reply, 'send-template', {
    conversation: detail.id,
    name: detail.contact.name,
    key: (typed && word(typed, 'key')) || uuid(),
    rows: list.rows.map(({ id, name, language, preview, media }) => ({ id, name, language, text: preview.body, ...(media && { needs: media }) })),
    ...(list.next !== undefined && { nextHref: url.sendTemplate(detail.id, undefined, list.next) }),
    ...(chosen && {
      chosen: {
        id: chosen.id, name: chosen.name, language: chosen.language, text: text ?? draftText(chosen), filled: text !== undefined, buttons: (chosen.preview.buttons ?? []).map(({ title }) => title),
        ...(chosen.media && { header: { kind: chosen.media, files: file ? [file] : [] } }),
      },
    }),
    fields: chosen ? fieldsOf(chosen, detail, typed, reading) : [],
    errors,
  }, Object.keys(errors).length > 0 ? 422 : 200);
}

const draftText = ({ preview: { header, body, footer } }: TemplateRow): string =>
  [header?.kind === 'text' ? header.text : '', body, footer ?? ''].filter((part) => part !== '').join('\n\n');

function fieldsOf({ variables, preview }: TemplateRow, detail: ConversationDetail, typed: Typed | undefined, { t }: Reading): Field[] {
  const labelOf = (key: string): string => {
    const [, place, which = ''] = /^(header|button)\.(\w+)/.exec(key) ?? [];
    if (place === undefined) return key;
    return place === 'header' ? t('says:template.inHeader', { name: which }) : t('says:template.inButton', { title: preview.buttons?.[Number(which)]?.title ?? which });
  };
  return variables.map(({ key, example }) => {
    const name = ofVariable + key;
    return { name, label: labelOf(key), required: true, input: { kind: 'text', value: typed ? word(typed, name) : prefilled(key, detail), maxLength: 1_000, ...(example && { placeholder: example }) } };
  });
}

/** What is known of the contact, where the variable's name says that it asks for it. */
function prefilled(key: string, { contact }: ConversationDetail): string {
  const asks = key.toLowerCase().split('.').at(-1) ?? '';
  if (contact.nameless) return '';
  if (/^((full|contact|customer)_)?name$/.test(asks)) return contact.name;
  if (asks === 'first_name') return contact.name.split(' ')[0] ?? '';
  return /^phone(_number)?$/.test(asks) ? (contact.phone ?? '') : '';
}

const word = (typed: Typed, name: string): string => [typed[name] ?? ''].flat()[0]?.replaceAll('\r\n', '\n').trim() ?? '';
