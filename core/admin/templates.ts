/** Deeds on the Templates tab of a connection, and the form of a new one. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import { SwitchboardError } from '../errors.ts';
import type { TemplateDraft, TemplatePreview } from '../plugin/contract/template.ts';
import { Refused } from '../workspace/refused.ts';
import { showChannels } from './channels.ts';
import { tell } from './chrome.ts';
import { byOf, form, known, ofOne, openForm, readingOf, seeOther, show, type Reading, type Site } from './site.ts';
import type { Field, Typed } from '../plugin/fields.ts';
import type { FieldErrors } from './views/every-page.ts';
import { fieldErrors } from './wording.ts';

const address = '/app/:tenant/settings/channels/:id/templates';

export function templatePages(app: Site, ctx: AppContext): void {
  const { templates } = ctx.workspace;
  const edits = { config: { permission: 'templates.edit' as const } };

  app.post(`${address}/sync`, { ...edits, schema: { params: ofOne, body: form({}) } }, async (request, reply) => {
    const { tenantId, url } = readingOf(ctx, request);
    const id = known(request.params.id);
    try {
      await templates.sync(tenantId, id, byOf(request));
    } catch (error) {
      return refusedBy(ctx, request, reply, id, error);
    }
    tell(ctx, reply, 'says:notice.synced');
    return seeOther(reply, url.templates(id));
  });

  app.get(`${address}/new`, { ...edits, schema: { params: ofOne } }, (request, reply) => showNew(ctx, request, reply, known(request.params.id), {}));
  app.post(`${address}/new`, { ...edits, schema: { params: ofOne, body: openForm } }, async (request, reply) => {
    const { tenantId, url } = readingOf(ctx, request);
    const id = known(request.params.id);
    try {
      const { status } = await templates.create(tenantId, id, draftIn(request.body), byOf(request));
      tell(ctx, reply, status === 'approved' ? 'says:notice.saved' : 'says:notice.templateMade');
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return showNew(ctx, request, reply, id, request.body, error);
    }
    return seeOther(reply, url.templates(id));
  });

  const ofTemplate = Type.Object({ tenant: Type.String({ maxLength: 100 }), id: Type.String({ maxLength: 100 }), template: Type.String({ maxLength: 100 }) });
  app.post(`${address}/:template/delete`, { ...edits, schema: { params: ofTemplate, body: form({}) } }, async (request, reply) => {
    const { tenantId, url } = readingOf(ctx, request);
    const id = known(request.params.id);
    try {
      await templates.remove(tenantId, known(request.params.template), byOf(request));
    } catch (error) {
      return refusedBy(ctx, request, reply, id, error);
    }
    tell(ctx, reply, 'says:notice.templateDeleted');
    return seeOther(reply, url.templates(id));
  });
}

function refusedBy(ctx: AppContext, request: FastifyRequest, reply: FastifyReply, id: string, error: unknown): Promise<FastifyReply> {
  if (!(error instanceof Refused)) throw error;
  return showChannels(ctx, request, reply, { id, tab: 'templates', templates: error });
}

// ── a new one ────────────────────────────────────────────────────────────────────────────────────────────────────────

const mostButtons = 3;
const word = (typed: Typed, name: string): string => [typed[name] ?? ''].flat()[0]?.replaceAll('\r\n', '\n').trim() ?? '';

const headers = ['none', 'text', 'image', 'video', 'document'] as const;
const categories = ['UTILITY', 'MARKETING', 'AUTHENTICATION'] as const;
const buttonKinds = ['none', 'reply', 'url', 'phone', 'code'] as const;

function draftIn(typed: Typed): TemplateDraft {
  const header = word(typed, 'headerKind');
  const footer = word(typed, 'footer');
  const buttons = Array.from({ length: mostButtons }, (_, n) => buttonIn(typed, n)).flatMap((button) => button ?? []);
  const preview: TemplatePreview = {
    body: word(typed, 'body'),
    ...(header === 'text' && { header: { kind: 'text' as const, text: word(typed, 'header') } }),
    ...((header === 'image' || header === 'video' || header === 'document') && { header: { kind: header } }),
    ...(footer !== '' && { footer }),
    ...(buttons.length > 0 && { buttons }),
  };
  const sample = word(typed, 'sample');
  return { name: word(typed, 'name'), language: word(typed, 'language'), category: word(typed, 'category'), preview, examples: { ...examplesIn(word(typed, 'examples')), ...(sample !== '' && { header: sample }) } };
}

function buttonIn(typed: Typed, n: number): NonNullable<TemplatePreview['buttons']>[number] | undefined {
  const kind = buttonKinds.find((one) => one === word(typed, `button${n}Kind`));
  if (kind === undefined || kind === 'none') return undefined;
  const target = word(typed, `button${n}Target`);
  return { kind, title: word(typed, `button${n}Title`), ...(target !== '' && { target }) };
}

/** `1 = Ana`, one a line. */
function examplesIn(lines: string): Record<string, string> {
  return Object.fromEntries(lines.split('\n').flatMap((line) => {
    const [key = '', value] = line.split(/\s*=\s*(.*)/s);
    return key.trim() !== '' && value !== undefined && value.trim() !== '' ? [[key.trim(), value.trim()] as const] : [];
  }));
}

async function showNew(ctx: AppContext, request: FastifyRequest, reply: FastifyReply, id: string, typed: Typed, refused?: Refused): Promise<FastifyReply> {
  const reading = readingOf(ctx, request);
  const detail = await ctx.workspace.connections.get(reading.tenantId, id);
  const { templates } = detail.can;
  if (!templates || !templates.create) throw new SwitchboardError('NOT_FOUND');
  const errors = refused ? ownErrors(fieldErrors(refused, reading, ctx.runtime.plugins)) : {};
  const data = { connection: { id, name: detail.name }, fields: fieldsOf(reading, typed), errors, byHand: templates.byHand };
  return show(ctx, request, reply, 'template', data, refused ? 422 : 200);
}

/** Faults of parts that share a field of the form stand beside that field. */
function ownErrors(errors: FieldErrors): FieldErrors {
  const own: FieldErrors = {};
  for (const [field, sentence] of Object.entries(errors)) {
    const name = field === 'examples.header' ? 'sample' : field.startsWith('examples.') ? 'examples' : field === 'buttons' ? 'button0Title' : field === 'form' || ours.has(field) ? field : 'form';
    const said = name === 'examples' ? `${field.slice('examples.'.length)}: ${sentence}` : sentence;
    own[name] = own[name] === undefined ? said : `${own[name]} ${said}`;
  }
  return own;
}

const ours = new Set(['name', 'language', 'category', 'header', 'body', 'footer']);

function fieldsOf({ t }: Reading, typed: Typed): Field[] {
  const text = (name: string, { required = false, hint = false, advanced = false } = {}): Field => ({
    name, label: t(`says:template.${name}`), required, advanced, ...(hint && { hint: t(`says:template.${name}Hint`) }), input: { kind: 'text', value: word(typed, name), maxLength: 1_000 },
  });
  const long = (name: string, required: boolean): Field => ({ name, label: t(`says:template.${name}`), hint: t(`says:template.${name}Hint`, { open: '{{', close: '}}' }), required, input: { kind: 'long', value: word(typed, name), rows: 4 } });
  const choice = (name: string, options: readonly string[], label = t(`says:template.${name}`), advanced = false): Field => ({
    name, label, required: true, advanced, input: { kind: 'choice', value: word(typed, name) || (options[0] ?? ''), options: options.map((value) => ({ value, label: t(`says:template.kind.${value}`) })) },
  });
  const buttons = Array.from({ length: mostButtons }, (_, n): Field[] => {
    const label = (part: string) => t(`says:template.button${part}`, { number: n + 1 });
    const part = (name: string): Field => ({ name: `button${n}${name}`, label: label(name), required: false, advanced: true, input: { kind: 'text', value: word(typed, `button${n}${name}`), maxLength: 2_000 } });
    return [choice(`button${n}Kind`, buttonKinds, label('Kind'), true), part('Title'), part('Target')];
  });
  return [
    text('name', { required: true, hint: true }), text('language', { required: true, hint: true }), choice('category', categories),
    choice('headerKind', headers), text('header', { hint: true }), long('body', true), text('footer'), long('examples', false), text('sample', { hint: true, advanced: true }), ...buttons.flat(),
  ];
}
