/** A template that a person wrote: what is wrong with it, and the Content types that it becomes. */
import type { Json, Problem, TemplateDraft, TemplatePreview } from '#plugin';
import { variableFault } from './template-values.ts';

type Buttons = NonNullable<TemplatePreview['buttons']>;

const categories = ['UTILITY', 'MARKETING', 'AUTHENTICATION'];

/** Everything that Twilio or WhatsApp would refuse, as far as it can be seen before asking. */
export function validate(draft: TemplateDraft): Problem[] {
  const { name, language, category, preview } = draft;
  const problems: Problem[] = [];
  const unless = (sound: boolean, problem: string, field: string) => {
    if (!sound) problems.push({ problem: `draft.${problem}`, field });
  };
  unless(/^[a-z0-9_]{1,512}$/.test(name), 'name', 'name');
  unless(/^[a-z]{2,3}(_[A-Z]{2,3})?$/.test(language), 'language', 'language');
  unless(categories.includes(category), 'category', 'category');
  unless(preview.body.trim() !== '', 'body', 'body');
  unless([...preview.body].length <= 1024, 'bodyLong', 'body');
  // WhatsApp rejects a text whose beginning, end or middle has nothing but variables.
  unless(!/^\s*\{\{|\}\}\s*$|\}\}\s*\{\{/.test(preview.body), 'bodyEdge', 'body');
  unless([...(preview.footer ?? '')].length <= 60 && !(preview.footer ?? '').includes('{{'), 'footer', 'footer');
  if (preview.header?.kind === 'text') unless(preview.header.text.trim() !== '' && [...preview.header.text].length <= 60, 'header', 'header');
  problems.push(...exampleProblems(draft), ...buttonProblems(preview.buttons ?? [], category));
  return problems;
}

function exampleProblems({ preview, examples }: TemplateDraft): Problem[] {
  const keys = variablesOf(preview);
  const problems: Problem[] = keys
    .filter((key) => variableFault(Object.hasOwn(examples, key) ? (examples[key] ?? '') : ''))
    .map(() => ({ problem: 'draft.example', field: 'examples' }));
  const numbers = keys.filter((key) => /^\d+$/.test(key)).map(Number);
  if (numbers.some((_, at) => !numbers.includes(at + 1))) problems.push({ problem: 'draft.order', field: 'body' });
  if (isMedia(preview.header) && !/^https:\/\/\S+$/.test(examples.header ?? '')) problems.push({ problem: 'draft.headerExample', field: 'examples' });
  return problems.slice(0, 5);
}

function buttonProblems(buttons: Buttons, category: string): Problem[] {
  const of = (kind: Buttons[number]['kind']) => buttons.filter((button) => button.kind === kind);
  const problems: string[] = [];
  if (category === 'AUTHENTICATION') {
    if (buttons.length !== 1 || of('code').length !== 1) problems.push('code');
  } else {
    if (buttons.length > 10 || of('url').length > 2 || of('phone').length > 1 || of('code').length > 1) problems.push('buttons');
    if (of('other').length > 0) problems.push('buttonKind');
  }
  if (buttons.some(({ title }) => title.trim() === '' || [...title].length > 25)) problems.push('buttonTitle');
  if (buttons.some(({ kind, target }) => (kind === 'url' && !/^https?:\/\/\S+$/.test(target ?? '')) || (kind === 'phone' && !/^\+[0-9]{6,15}$/.test(target ?? '')))) problems.push('buttonTarget');
  if (new Set(buttons.map(({ title }) => title)).size !== buttons.length) problems.push('buttonSame');
  return problems.map((problem) => ({ problem: `draft.${problem}`, field: 'buttons' }));
}

/** The plainest of Twilio's types that can hold it. */
export function typesOf({ name, category, preview, examples }: TemplateDraft): { types: { [type: string]: Json }; variables: Record<string, string> } {
  const { header, body, footer, buttons = [] } = preview;
  const variables = Object.fromEntries(variablesOf(preview).map((key) => [key, examples[key] ?? '']));
  if (category === 'AUTHENTICATION') {
    return { variables, types: { 'whatsapp/authentication': { add_security_recommendation: true, actions: buttons.map(({ title }) => ({ type: 'COPY_CODE', copy_code_text: title })) } } };
  }
  const medium = isMedia(header) ? String(Math.max(0, ...Object.keys(variables).filter((key) => /^\d+$/.test(key)).map(Number)) + 1) : undefined;
  if (medium !== undefined) variables[medium] = examples.header ?? '';
  const media = medium === undefined ? {} : { media: [`{{${medium}}}`] };
  const onlyReplies = buttons.every(({ kind }) => kind === 'reply');
  const isPlain = header === undefined && footer === undefined;
  if (isPlain && buttons.length === 0) return { variables, types: { 'twilio/text': { body } } };
  if (isPlain && onlyReplies && buttons.length <= 3) return { variables, types: { 'twilio/quick-reply': { body, actions: actionsOf(buttons, name) } } };
  if (isPlain && !buttons.some(({ kind }) => kind === 'reply')) return { variables, types: { 'twilio/call-to-action': { body, actions: actionsOf(buttons, name) } } };
  if (medium !== undefined && footer === undefined && buttons.length === 0) return { variables, types: { 'twilio/media': { body, ...media } } };
  const card = { body, ...(header?.kind === 'text' && { header_text: header.text }), ...media, ...(footer !== undefined && { footer }), ...(buttons.length > 0 && { actions: actionsOf(buttons, name) }) };
  return { variables, types: { 'whatsapp/card': card } };
}

/** A reply needs an id of its own, which comes back when it is tapped. */
function actionsOf(buttons: Buttons, name: string): Json[] {
  return buttons.map(({ kind, title, target = '' }, at): Json => {
    switch (kind) {
      case 'url':
        return { type: 'URL', title, url: target };
      case 'phone':
        return { type: 'PHONE_NUMBER', title, phone: target };
      case 'code':
        return { type: 'COPY_CODE', title, code: target };
      case 'reply':
      case 'other':
        return { type: 'QUICK_REPLY', title, id: `${name.slice(0, 100)}_${at + 1}` };
      default:
        return kind satisfies never;
    }
  });
}

function isMedia(header: TemplatePreview['header']): boolean {
  return header !== undefined && header.kind !== 'text';
}

/** The keys of all `{{key}}` in the order in which they stand. */
function variablesOf({ header, body, buttons = [] }: TemplatePreview): string[] {
  const written = [header?.kind === 'text' ? header.text : '', body, ...buttons.map(({ target }) => target ?? '')].join('\n');
  return [...new Set([...written.matchAll(/\{\{\s*([\w.-]{1,64})\s*\}\}/g)].flatMap(([, key]) => key ?? []))];
}
