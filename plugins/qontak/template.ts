/** Templates: Qontak's records as ours, ours as the broadcast that sends one, and a draft as the request that submits it. */
import type { Json, OutContent, Problem, TemplateDraft, TemplatePreview, TemplateRecord, TemplateStatus } from '#plugin';
import { ask, askPage, type QontakContext } from './api.ts';
import { type Loose, object, objects, short, text } from './json.ts';

type Template = Extract<OutContent, { kind: 'template' }>;

// ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────

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

const place = /\{\{\s*([\w.]+)\s*\}\}/g;

/** The variables of a text, each once, in the order in which they are filled. */
function namesIn(written: string): string[] {
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

// ── sending ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The broadcast takes media in a header and has no place for the variable of a header's text. */
export function headerFault({ variables }: Template): string | undefined {
  return Object.keys(variables).some((key) => key.startsWith('header.')) ? 'Qontak’s API cannot fill in a variable in the header’s text.' : undefined;
}

export function broadcastBody(account: string, phone: string, { template, language, variables, media }: Template, file: { url: string; name: string } | undefined): Json {
  const body = bodyVariables(variables).map(([name, value], at) => ({
    key: /^\d+$/.test(name) ? name : String(at + 1),
    // The name of a field in Qontak's import of contacts; any will do.
    value: /^\d+$/.test(name) ? `variable_${name}` : name.replaceAll(/\W/g, '_'),
    value_text: value,
  }));
  const buttons = buttonVariables(variables).map(([index, value]) => ({ index, type: 'url', value }));
  const header = media && file && { format: media.kind.toUpperCase(), params: [{ key: 'url', value: file.url }, { key: 'filename', value: file.name }] };
  return {
    to_number: phone,
    to_name: phone,
    message_template_id: template,
    channel_integration_id: account,
    language: { code: language },
    parameters: { ...(header && { header }), ...(body.length > 0 && { body }), ...(buttons.length > 0 && { buttons }) },
  };
}

function bodyVariables(variables: Template['variables']): [string, string][] {
  const all = Object.entries(variables).flatMap(([key, value]): [string, string][] => (key === 'code' ? [['1', value]] : key.includes('.') ? [] : [[key, value]]));
  return all.every(([name]) => /^\d+$/.test(name)) ? all.sort(([one], [other]) => Number(one) - Number(other)) : all;
}

function buttonVariables(variables: Template['variables']): [string, string][] {
  return Object.entries(variables).flatMap(([key, value]): [string, string][] => {
    if (key === 'code') return [['0', value]];
    const index = /^button\.(\d+)$/.exec(key)?.[1];
    return index === undefined ? [] : [[index, value]];
  });
}

// ── submitting ───────────────────────────────────────────────────────────────────────────────────────────────────────

const categories = ['MARKETING', 'UTILITY'];

/** WhatsApp's rules, looked at before anything is asked. */
export function validate({ name, language, category, preview: { header, body, footer, buttons = [] }, examples }: TemplateDraft): Problem[] {
  const problems: Problem[] = [];
  const wrong = (when: boolean, problem: string, field: string) => {
    if (when) problems.push({ problem, field });
  };
  wrong(!/^[a-z0-9_]{1,512}$/.test(name), 'draft.name', 'name');
  wrong(!/^[a-z]{2,3}(_[A-Z]{2})?$/.test(language), 'draft.language', 'language');
  wrong(!categories.includes(category.toUpperCase()), 'draft.category', 'category');
  wrong(header !== undefined && header.kind !== 'text', 'draft.headerMedia', 'header');
  if (header?.kind === 'text') {
    wrong(namesIn(header.text).length > 0, 'draft.headerVariable', 'header');
    wrong(header.text.trim() === '' || [...header.text].length > 60, 'draft.headerLength', 'header');
  }
  const names = namesIn(body);
  wrong(body.trim() === '' || [...body].length > 1024, 'draft.body', 'body');
  wrong(names.some((variable, at) => variable !== String(at + 1)), 'draft.numbers', 'body');
  wrong(/^\s*\{\{|\}\}\s*$/.test(body), 'draft.edges', 'body');
  wrong(names.some((variable) => (examples[variable] ?? '').trim() === ''), 'draft.example', 'examples');
  wrong(footer !== undefined && (footer.trim() === '' || [...footer].length > 60 || namesIn(footer).length > 0), 'draft.footer', 'footer');
  wrong(buttons.length > 10, 'draft.buttons', 'buttons');
  for (const [at, button] of buttons.entries()) wrong(buttonFault(button, examples[`button.${at}`]), 'draft.button', 'buttons');
  return problems;
}

type Button = NonNullable<TemplatePreview['buttons']>[number];

function buttonFault({ kind, title, target = '' }: Button, example: string | undefined): boolean {
  if (title.trim() === '' || [...title].length > 25) return true;
  if (kind === 'reply') return false;
  if (kind === 'phone') return !/^\+?[0-9]{5,20}$/.test(target);
  if (kind !== 'url' || !URL.canParse(target.replace(place, 'x'))) return true;
  return namesIn(target).length > 0 && (example ?? '').trim() === '';
}

/** @throws Refused in Qontak's words */
export async function create(draft: TemplateDraft, ctx: QontakContext): Promise<TemplateRecord> {
  const { data } = await ask(ctx, 'templates/whatsapp', { json: draftBody(draft) });
  const made = data === undefined ? undefined : recordOf({ language: draft.language, ...object(data) });
  if (!made) throw new Error('Qontak took the template and did not say which it is; refresh the list.');
  return made;
}

export function draftBody({ name, language, category, preview: { header, body, footer, buttons = [] }, examples }: TemplateDraft): Json {
  const values = namesIn(body).map((variable) => examples[variable] ?? '');
  return {
    name,
    category: category.toUpperCase(),
    attributes: [
      {
        language,
        components: [
          ...(header?.kind === 'text' ? [{ type: 'HEADER', format: 'TEXT', text: header.text }] : []),
          { type: 'BODY', text: body, ...(values.length > 0 && { example: { body_text: values } }) },
          ...(footer === undefined ? [] : [{ type: 'FOOTER', text: footer }]),
          ...(buttons.length > 0 ? [{ type: 'BUTTONS', buttons: buttons.map((button, at) => draftButton(button, examples[`button.${at}`])) }] : []),
        ],
      },
    ],
  };
}

function draftButton({ kind, title, target = '' }: Button, example: string | undefined): { [key: string]: Json } {
  if (kind === 'phone') return { type: 'PHONE_NUMBER', text: title, phone_number: target };
  if (kind !== 'url') return { type: 'QUICK_REPLY', text: title };
  return { type: 'URL', text: title, url: target, ...(example !== undefined && namesIn(target).length > 0 && { example: [target.replace(place, () => example)] }) };
}
