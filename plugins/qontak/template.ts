/** Qontak's records of templates as ours: what people see, and what must be filled in. */
import { object, objects, short, text, type Json, type Loose, type TemplatePreview, type TemplateRecord, type TemplateStatus } from '#plugin';
import { askPage, type QontakContext } from './api.ts';

export async function list(ctx: QontakContext, cursor?: string): Promise<{ templates: TemplateRecord[]; next?: string }> {
  const { items, next } = await askPage(ctx, 'templates/whatsapp', {}, cursor);
  const templates = objects(items).flatMap((item) => recordOf(item) ?? []);
  return next === undefined ? { templates } : { templates, next };
}

/** Undefined for what has no id, name or language, or was deleted at Qontak. */
export function recordOf(given: unknown): TemplateRecord | undefined {
  const found = object(given);
  const id = text(found?.id);
  const name = short(found?.name, 512);
  const language = short(found?.language, 16);
  const status = statusOf(text(found?.status));
  if (!found || id === undefined || name === undefined || language === undefined || status === undefined) return undefined;
  const { preview, variables } = drawn(found);
  const category = short(found.category, 64);
  const quality = short(found.quality_rating, 64) ?? short(found.quality_rating_text, 64);
  const reason = short(found.rejected_reason) ?? short(found.rejection_reason);
  return {
    id,
    name,
    language,
    status,
    ...(category !== undefined && { category }),
    ...(quality !== undefined && { quality }),
    ...(reason !== undefined && { reason }),
    components: { header: found.header, body: found.body, footer: found.footer, buttons: found.buttons } as Json,
    preview,
    variables,
  };
}

function statusOf(word: string | undefined): TemplateStatus | undefined {
  switch (word) {
    case 'APPROVED':
      return 'approved';
    case 'REJECTED':
      return 'rejected';
    case 'PAUSED':
      return 'paused';
    case 'DISABLED':
    case 'PENDING_DELETION':
      return 'disabled';
    case 'DELETED':
      return undefined;
    default:
      // IN_APPEAL, and words that come later: not to be sent until Qontak says so.
      return 'pending';
  }
}

type Variables = TemplateRecord['variables'];

function drawn(found: Loose): { preview: TemplatePreview; variables: Variables } {
  const body = text(found.body) ?? text(object(found.body)?.text) ?? '';
  const examples = exampleTexts(found.body_example ?? object(found.body)?.example);
  const footer = text(found.footer) ?? text(object(found.footer)?.text);
  const header = headerOf(object(found.header));
  const given = objects(found.buttons);
  const code = given.some(isCode);
  // A one-time code stands in the body and in the button; it is asked for once, under a name of its own.
  const keyOf = (name: string) => (code && name === '1' ? 'code' : name);
  const names = namesIn(body);
  const buttons = given.map(buttonOf);
  return {
    preview: {
      ...(header && { header }),
      body: body.replace(place, (_, name: string) => `{{${keyOf(name)}}}`),
      ...(footer !== undefined && { footer }),
      ...(buttons.length > 0 && { buttons }),
    },
    variables: [
      ...(header?.kind === 'text' ? namesIn(header.text).map((name) => ({ key: `header.${name}` })) : []),
      ...names.map((name, at) => withExample(keyOf(name), examples[at])),
      ...given.flatMap((button, at) => (!isCode(button) && namesIn(text(button.url) ?? '').length > 0 ? [withExample(`button.${at}`, endOf(text(button.url) ?? '', exampleTexts(button.example)[0]))] : [])),
    ],
  };
}

export const place = /\{\{\s*([\w.]+)\s*\}\}/g;

/** The variables of a text, each once, in the order in which they are filled. */
export function namesIn(written: string): string[] {
  const names = [...new Set([...written.matchAll(place)].map(([, name = '']) => name))];
  return names.every((name) => /^\d+$/.test(name)) ? names.sort((one, other) => Number(one) - Number(other)) : names;
}

function withExample(key: string, example: string | undefined): Variables[number] {
  return example === undefined ? { key } : { key, example };
}

/** `example` is a text that holds a list as JSON, a list, or the example itself. */
function exampleTexts(given: unknown): string[] {
  if (Array.isArray(given)) return given.flat().flatMap((one: unknown) => short(one) ?? []);
  const written = text(given);
  if (written === undefined) return [];
  try {
    const found: unknown = JSON.parse(written);
    if (Array.isArray(found)) return exampleTexts(found);
  } catch {
    // The example itself.
  }
  return [written.slice(0, 300)];
}

/** Of the example of a whole link, what stands in place of its variable. */
function endOf(url: string, example: string | undefined): string | undefined {
  const start = url.slice(0, url.search(place));
  return example?.startsWith(start) === true ? example.slice(start.length) : example;
}

function headerOf(header: Loose | undefined): TemplatePreview['header'] {
  const format = text(header?.format)?.toLowerCase();
  if (format === 'image' || format === 'video' || format === 'document') return { kind: format };
  const words = text(header?.text) ?? (format === 'text' ? text(header?.example) : undefined);
  return words === undefined ? undefined : { kind: 'text', text: words };
}

function isCode(button: Loose): boolean {
  return /^(otp|copy_code|one_tap)/i.test(text(button.type) ?? '');
}

function buttonOf(button: Loose): NonNullable<TemplatePreview['buttons']>[number] {
  const title = short(button.text, 100) ?? '';
  const type = text(button.type)?.toLowerCase();
  const target = short(button.url, 2000) ?? short(button.phone_number, 40);
  const kind = isCode(button) ? 'code' : type === 'url' ? 'url' : type === 'phone_number' ? 'phone' : type === 'quick_reply' ? 'reply' : 'other';
  return target === undefined ? { kind, title } : { kind, title, target };
}
