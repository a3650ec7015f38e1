/** What a person or the API wants to have approved: what Meta would refuse about it, and the components it becomes. */
import type { Json, Problem, TemplateDraft, TemplatePreview } from '#plugin';

type Body = { [key: string]: Json };
type Button = NonNullable<TemplatePreview['buttons']>[number];

const variable = /\{\{\s*([^{}]*?)\s*\}\}/g;
const namesIn = (text: string): string[] => [...text.matchAll(variable)].map(([, name = '']) => name);

/** The example of a variable: under its place (`header.1`, `button.0`), else under its name alone. */
function exampleOf({ examples }: TemplateDraft, place: string, name: string): string {
  return (examples[place] ?? examples[name] ?? '').trim();
}

// ── what Meta would refuse ───────────────────────────────────────────────────────────────────────────────────────────

/** The rules of "Templates › Components" as far as they can be told without Meta; keys of the texts, each with its field. Pure. */
export function validate(draft: TemplateDraft): Problem[] {
  const { header, body, footer, buttons = [] } = draft.preview;
  const oneTime = draft.category === 'AUTHENTICATION';
  return [
    ...when(!/^[a-z0-9_]{1,512}$/.test(draft.name), 'name', 'draft.name'),
    ...when(!/^[a-z]{2,3}(_[A-Za-z]{2,4})?$/.test(draft.language), 'language', 'draft.language'),
    ...when(!['MARKETING', 'UTILITY', 'AUTHENTICATION'].includes(draft.category), 'category', 'draft.category'),
    ...(oneTime ? oneTimeProblems(draft.preview) : [...headerProblems(header, draft), ...bodyProblems(body, draft), ...buttonsProblems(buttons, draft)]),
    ...when(footer !== undefined && !oneTime && (length(footer) > 60 || footer.trim() === '' || footer.includes('{{') || /[\n\r]/.test(footer)), 'footer', 'draft.footer'),
  ];
}

const when = (wrong: boolean, field: string, problem: string): Problem[] => (wrong ? [{ problem, field }] : []);
/** Characters as people count them: an emoji is one. */
const length = (text: string): number => [...text].length;

/** Meta writes these itself; the text is at most the place of the code. */
function oneTimeProblems({ header, body, footer, buttons = [] }: TemplatePreview): Problem[] {
  const written = header !== undefined || !/^(\{\{[^{}]*\}\})?$/.test(body.trim()) || (footer !== undefined && footer !== '');
  const [button] = buttons;
  return [
    ...when(written, 'body', 'draft.oneTimeText'),
    ...when(buttons.length > 1 || button?.kind !== 'code' || length(button.title) > 25, 'buttons', 'draft.oneTimeButton'),
  ];
}

function headerProblems(header: TemplatePreview['header'], draft: TemplateDraft): Problem[] {
  if (header === undefined) return [];
  if (header.kind !== 'text') {
    if (!['image', 'video', 'document'].includes(header.kind)) return when(true, 'header', 'draft.headerKind');
    return when((draft.examples.header ?? '') === '', 'examples.header', 'draft.headerSample');
  }
  const names = namesIn(header.text);
  const inBody = namesIn(draft.preview.body);
  const mixed = names.length > 0 && inBody.length > 0 && names.some(isPosition) !== inBody.some(isPosition);
  return [
    ...when(header.text.trim() === '' || length(header.text) > 60 || /[\n\r]/.test(header.text) || names.length > 1, 'header', 'draft.header'),
    ...when(!wellNamed(names) || mixed, 'header', 'draft.variables'),
    ...names.flatMap((name) => when(exampleOf(draft, `header.${name}`, name) === '', `examples.header.${name}`, 'draft.example')),
  ];
}

const isPosition = (name: string): boolean => /^\d+$/.test(name);

/** All by position, from 1 without a gap, or all by name; sources disagree about digits in names, so there are none. */
function wellNamed(names: readonly string[]): boolean {
  const distinct = [...new Set(names)];
  if (distinct.every(isPosition)) return distinct.map(Number).sort((one, other) => one - other).every((position, at) => position === at + 1);
  return distinct.every((name) => /^[a-z_]{1,64}$/.test(name));
}

function bodyProblems(body: string, draft: TemplateDraft): Problem[] {
  const names = namesIn(body);
  const words = body.replaceAll(variable, ' ').split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
  const trimmed = body.trim();
  return [
    ...when(trimmed === '' || length(body) > 1024, 'body', 'draft.body'),
    ...when(!wellNamed(names), 'body', 'draft.variables'),
    // 2388299: what varies may neither begin nor end the text.
    ...when(/^\{\{|\}\}$/.test(trimmed), 'body', 'draft.variableAtEnd'),
    ...when(/\}\}\s*\{\{/.test(body), 'body', 'draft.variablesTogether'),
    // 2388293: Meta does not say how many words it wants for each; fewer words than variables is too few for certain.
    ...when(names.length > 0 && words < names.length, 'body', 'draft.tooManyVariables'),
    ...[...new Set(names)].flatMap((name) => when(exampleOf(draft, name, name) === '', `examples.${name}`, 'draft.example')),
  ];
}

function buttonsProblems(buttons: readonly Button[], draft: TemplateDraft): Problem[] {
  const count = (kind: Button['kind']) => buttons.filter((button) => button.kind === kind).length;
  // Quick replies stand together, before or after the others.
  const changes = buttons.filter((button, at) => at > 0 && (button.kind === 'reply') !== (buttons[at - 1]?.kind === 'reply')).length;
  return [
    ...when(buttons.length > 10 || count('url') > 2 || count('phone') > 1 || count('code') > 1 || changes > 1, 'buttons', 'draft.buttons'),
    ...when(count('other') > 0, 'buttons', 'draft.buttonKind'),
    ...when(buttons.some(({ kind, title }) => kind !== 'code' && (title.trim() === '' || length(title) > 25 || title.includes('{{'))), 'buttons', 'draft.buttonTitle'),
    ...buttons.flatMap((button, index) => targetProblems(button, index, draft)),
  ];
}

function targetProblems({ kind, target = '' }: Button, index: number, draft: TemplateDraft): Problem[] {
  if (kind === 'phone') return when(!/^\+?[0-9]{5,20}$/.test(target.replaceAll(/[ ()-]/g, '')), 'buttons', 'draft.buttonPhone');
  if (kind === 'code') return when(length(exampleOf(draft, `button.${index}.code`, `button.${index}`)) > 15 || exampleOf(draft, `button.${index}.code`, `button.${index}`) === '', `examples.button.${index}.code`, 'draft.code');
  if (kind !== 'url') return [];
  const [start = '', ...ends] = target.split(/\{\{[^{}]*\}\}/);
  const wrong = !URL.canParse(start) || !/^https?:/.test(start) || target.length > 2000 || ends.length > 1 || (ends[0] ?? '') !== '';
  return [...when(wrong, 'buttons', 'draft.buttonUrl'), ...when(ends.length === 1 && exampleOf(draft, `button.${index}`, '1') === '', `examples.button.${index}`, 'draft.example')];
}

// ── what it becomes ──────────────────────────────────────────────────────────────────────────────────────────────────

/** @param sample the handle of the uploaded sample of a media header */
export function creationOf(draft: TemplateDraft, sample: string | undefined): Body {
  const { name, language, category, preview } = draft;
  const named = [preview.body, preview.header?.kind === 'text' ? preview.header.text : ''].flatMap(namesIn).some((one) => !isPosition(one));
  return {
    name,
    language,
    category,
    ...(named && { parameter_format: 'NAMED' }),
    components: category === 'AUTHENTICATION' ? oneTime(preview) : components(draft, named, sample),
  };
}

function oneTime({ buttons = [] }: TemplatePreview): Body[] {
  return [
    { type: 'BODY', add_security_recommendation: true },
    { type: 'FOOTER', code_expiration_minutes: 10 },
    { type: 'BUTTONS', buttons: [{ type: 'OTP', otp_type: 'COPY_CODE', ...(buttons[0]?.title && { text: buttons[0].title }) }] },
  ];
}

function components(draft: TemplateDraft, named: boolean, sample: string | undefined): Body[] {
  const { header, body, footer, buttons = [] } = draft.preview;
  const list: Body[] = [];
  if (header?.kind === 'text') list.push({ type: 'HEADER', format: 'TEXT', text: header.text, ...exampled('header', header.text, named, draft) });
  else if (header) list.push({ type: 'HEADER', format: header.kind.toUpperCase(), ...(sample !== undefined && { example: { header_handle: [sample] } }) });
  list.push({ type: 'BODY', text: body, ...exampled('body', body, named, draft) });
  if (footer !== undefined) list.push({ type: 'FOOTER', text: footer });
  if (buttons.length > 0) list.push({ type: 'BUTTONS', buttons: buttons.map((button, index) => buttonOf(button, index, draft)) });
  return list;
}

/** Examples by position are a list in the header and a list of lists in the body; by name both are `{param_name, example}`. */
function exampled(part: 'header' | 'body', written: string, named: boolean, draft: TemplateDraft): Body {
  const names = [...new Set(namesIn(written))];
  if (names.length === 0) return {};
  const example = (name: string) => exampleOf(draft, part === 'header' ? `header.${name}` : name, name);
  if (named) return { example: { [`${part}_text_named_params`]: names.map((name) => ({ param_name: name, example: example(name) })) } };
  const inOrder = names.toSorted((one, other) => Number(one) - Number(other)).map(example);
  return { example: part === 'header' ? { header_text: inOrder } : { body_text: [inOrder] } };
}

function buttonOf({ kind, title, target = '' }: Button, index: number, draft: TemplateDraft): Body {
  switch (kind) {
    case 'reply':
      return { type: 'QUICK_REPLY', text: title };
    case 'phone':
      return { type: 'PHONE_NUMBER', text: title, phone_number: target.replaceAll(/[ ()-]/g, '') };
    case 'code':
      return { type: 'COPY_CODE', example: exampleOf(draft, `button.${index}.code`, `button.${index}`) };
    default: {
      const [start = '', end] = target.split(/\{\{[^{}]*\}\}/);
      if (end === undefined) return { type: 'URL', text: title, url: target };
      return { type: 'URL', text: title, url: `${start}{{1}}`, example: [`${start}${exampleOf(draft, `button.${index}`, '1')}`] };
    }
  }
}
