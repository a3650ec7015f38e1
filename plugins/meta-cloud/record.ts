/** A template as Meta's list has it, in the words of the contract: what it looks like, and what must be filled in. */
import { object, objects, present, short, text, type Json, type Loose, type TemplatePreview, type TemplateRecord } from '#plugin';
import { templateStatus } from './account.ts';

type Variable = TemplateRecord['variables'][number];
type Button = NonNullable<TemplatePreview['buttons']>[number];

/** Undefined for what has no id or no name. `given` came out of JSON, so its components are JSON. */
export function recordOf(given: Loose): TemplateRecord | undefined {
  const [id, name, language] = [text(given.id), text(given.name), text(given.language)];
  if (id === undefined || name === undefined || language === undefined) return undefined;
  const word = short(given.status, 64);
  const status = templateStatus(word);
  const rejected = text(given.rejected_reason) === 'NONE' ? undefined : short(given.rejected_reason);
  const components = objects(given.components);
  return {
    id,
    name,
    language,
    // A word of the future: only what is approved can be sent, so this cannot.
    status: status ?? 'disabled',
    ...present({
      category: short(given.category, 64),
      quality: short(object(given.quality_score)?.score ?? given.quality_score, 64),
      reason: rejected ?? (status === undefined ? word : undefined),
    }),
    components: JSON.parse(JSON.stringify(components)) as Json,
    ...readable(components, text(given.category) === 'AUTHENTICATION'),
  };
}

/** What a contact sees of these components, and the values they want, in reading order. */
function readable(components: readonly Loose[], oneTime: boolean): Pick<TemplateRecord, 'preview' | 'variables'> {
  const part = (type: string) => components.find((component) => text(component.type)?.toUpperCase() === type);
  const header = headerOf(part('HEADER'));
  const body = bodyOf(part('BODY'));
  const given = objects(part('BUTTONS')?.buttons);
  const codeAt = oneTime ? Math.max(0, given.findIndex(({ type, url }) => text(type) === 'OTP' || text(url)?.includes('otp') === true)) : undefined;
  const buttons = given.map((button, index) => buttonOf(button, index, index === codeAt));
  const footer = text(part('FOOTER')?.text);
  // Of a one-time code the same value stands in the body and in the button: it is asked for once.
  const key = `otp.${codeAt}`;
  const words = codeAt === undefined ? body.words : (body.words === '' ? '{{1}}' : body.words).replaceAll(/\{\{[^{}]*\}\}/g, `{{${key}}}`);
  return {
    preview: {
      ...present({ header: header.preview }),
      body: words,
      ...present({ footer }),
      ...(buttons.length > 0 && { buttons: buttons.map(({ shown }) => shown) }),
    },
    variables: codeAt === undefined ? [...header.variables, ...body.variables, ...buttons.flatMap(({ variables }) => variables)] : [{ key, ...present({ example: body.variables[0]?.example }) }],
  };
}

function headerOf(header: Loose | undefined): { preview: TemplatePreview['header'] | undefined; variables: Variable[] } {
  const example = object(header?.example);
  switch (text(header?.format)) {
    case 'TEXT': {
      const written = text(header?.text) ?? '';
      const { words, variables } = placed(written, 'header.', examplesIn(example, 'header_text'));
      return { preview: { kind: 'text', text: words }, variables };
    }
    case 'IMAGE':
      return { preview: { kind: 'image' }, variables: [] };
    case 'VIDEO':
      return { preview: { kind: 'video' }, variables: [] };
    case 'DOCUMENT':
      return { preview: { kind: 'document' }, variables: [] };
    case 'LOCATION':
      return { preview: { kind: 'text', text: '{{header.name}}, {{header.address}}' }, variables: ['latitude', 'longitude', 'name', 'address'].map((name) => ({ key: `header.${name}` })) };
    default:
      return { preview: undefined, variables: [] };
  }
}

function bodyOf(body: Loose | undefined): { words: string; variables: Variable[] } {
  return placed(text(body?.text) ?? '', '', examplesIn(object(body?.example), 'body_text'));
}

/** Positional examples are lists (of lists, in the body), named ones `{param_name, example}`. */
function examplesIn(example: Loose | undefined, member: 'header_text' | 'body_text'): Map<string, string> {
  const listed = example?.[member];
  const first: unknown = Array.isArray(listed) && Array.isArray(listed[0]) ? listed[0] : listed;
  const byPosition = (Array.isArray(first) ? first : []).map((value, at): [string, string] => [String(at + 1), text(value) ?? '']);
  const byName = objects(example?.[`${member}_named_params`]).map((named): [string, string] => [text(named.param_name) ?? '', text(named.example) ?? '']);
  return new Map([...byPosition, ...byName]);
}

/** The words with their variables under keys of their own, and those keys, each once, in order. */
function placed(written: string, prefix: string, examples: ReadonlyMap<string, string>): { words: string; variables: Variable[] } {
  const variables = new Map<string, Variable>();
  const words = written.replaceAll(/\{\{\s*([A-Za-z0-9_]+)\s*\}\}/g, (_, name: string) => {
    const key = `${prefix}${name}`;
    const example = examples.get(name);
    variables.set(key, { key, ...(example !== undefined && example !== '' && { example }) });
    return `{{${key}}}`;
  });
  return { words, variables: [...variables.values()] };
}

function buttonOf(button: Loose, index: number, isCode: boolean): { shown: Button; variables: Variable[] } {
  const title = text(button.text) ?? '';
  const [example] = Array.isArray(button.example) ? button.example.flatMap((one) => text(one) ?? []) : [text(button.example)];
  if (isCode) return { shown: { kind: 'code', title }, variables: [] };
  switch (text(button.type)) {
    case 'QUICK_REPLY':
      return { shown: { kind: 'reply', title }, variables: [] };
    case 'PHONE_NUMBER':
      return { shown: { kind: 'phone', title, ...present({ target: text(button.phone_number) }) }, variables: [] };
    case 'COPY_CODE':
      return { shown: { kind: 'code', title: title || 'Copy code' }, variables: [{ key: `button.${index}.code`, ...present({ example }) }] };
    case 'URL': {
      const url = text(button.url) ?? '';
      const key = `button.${index}`;
      const target = url.replaceAll(/\{\{[^{}]*\}\}/g, `{{${key}}}`);
      // Meta's example is the whole address; what is filled in is its end.
      const end = example?.startsWith(url.split('{{')[0] ?? url) === true ? example.slice(url.indexOf('{{')) : example;
      return { shown: { kind: 'url', title, target }, variables: target === url ? [] : [{ key, ...present({ example: end }) }] };
    }
    default:
      return { shown: { kind: 'other', title }, variables: [] };
  }
}
