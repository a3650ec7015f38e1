/** A draft: held to WhatsApp's rules, then submitted as Qontak's SDK has it. */
import { object, type Json, type Problem, type TemplateDraft, type TemplatePreview, type TemplateRecord } from '#plugin';
import { ask, type QontakContext } from './api.ts';
import { namesIn, place, recordOf } from './template.ts';

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
