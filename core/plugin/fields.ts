/** A settings schema as the fields of a form: what to draw, in the reader's language, never a secret's value. */
import type { TSchema } from 'typebox';
import { yaml } from '../yaml.ts';
import type { Locale, Plugin } from './contract/plugin.ts';
import { choicesOf, isRecord, wordsOf, type Words } from './settings.ts';

/** One field of a form, with its words and its value. */
export interface Field {
  /** Name in the form; a member of an object is `object.member`. */
  name: string;
  label: string;
  hint?: string;
  required: boolean;
  /** Rarely needed; drawn under "Advanced". */
  advanced?: boolean;
  /** Left empty, core makes a value. */
  generate?: boolean;
  input:
    | { kind: 'text'; value: string; maxLength?: number; placeholder?: string }
    /** Several lines; `code` is monospaced and keeps tabs. */
    | { kind: 'long'; value: string; rows?: number; code?: boolean; placeholder?: string }
    /** `stored` is there when a secret is kept: its last four characters, or '' when it is too short to show any. */
    | { kind: 'secret'; stored?: string }
    | { kind: 'number'; value: string; min?: number; max?: number; step?: number }
    | { kind: 'switch'; value: boolean }
    | { kind: 'choice'; value: string; options: { value: string; label: string }[] }
    /** One entry a line. */
    | { kind: 'list'; values: string[] };
}

export type FieldKind = 'text' | 'long' | 'secret' | 'number' | 'switch' | 'choice' | 'list' | 'yaml' | 'json';

/** One field before it has words and a value. */
export interface FieldShape {
  name: string;
  path: string[];
  kind: FieldKind;
  schema: TSchema;
  words: Words;
  /** Must be filled in: no default, not made by core, not optional, in no optional object. */
  required: boolean;
}

/** What a browser sends: several values under one name come as a list. */
export type Typed = Readonly<Record<string, string | string[] | undefined>>;

export interface Drawing {
  locale: Locale;
  /** The plugin's own words: `{field}.title`, `{field}.description`, `{field}.{choice}`; the schema's words where one is missing. */
  texts?: Plugin<string, TSchema>['texts'];
  /** What is stored now. */
  settings?: unknown;
  /** What was typed and refused: shown again, but for secrets. */
  typed?: Typed;
}

export function drawFields(schema: TSchema, drawing: Drawing): Field[] {
  return fieldShapes(schema).map((shape) => {
    const { name, words, required } = shape;
    const field: Field = { name, label: say(drawing, `${name}.title`, words.title) ?? plainName(name), required, input: drawInput(shape, drawing) };
    const hint = say(drawing, `${name}.description`, words.description);
    if (hint !== undefined) field.hint = hint;
    if (words.advanced === true) field.advanced = true;
    if (words.generate === true) field.generate = true;
    return field;
  });
}

/** The schema flat, in its own order. Objects with named members are taken apart; what has no simple field is written as YAML. */
export function fieldShapes(schema: TSchema, above: string[] = [], optionalAbove = false): FieldShape[] {
  const { properties = {}, required = [] } = wordsOf(schema);
  return Object.entries(properties).flatMap(([member, inner]) => {
    const words = wordsOf(inner);
    const path = [...above, member];
    const optional = optionalAbove || !required.includes(member);
    if (words.type === 'object' && words.properties !== undefined && words.format === undefined) return fieldShapes(inner, path, optional);
    return [{ name: path.join('.'), path, kind: kindOf(inner), schema: inner, words, required: !optional && words.default === undefined && words.generate !== true }];
  });
}

function kindOf(schema: TSchema): FieldKind {
  const words = wordsOf(schema);
  if (words.writeOnly === true) return 'secret';
  if (words.format === 'json') return 'json';
  if (words.format === 'yaml') return 'yaml';
  if (choicesOf(schema)?.every((choice) => typeof choice === 'string')) return 'choice';
  if (words.type === 'boolean') return 'switch';
  if (words.type === 'number' || words.type === 'integer') return 'number';
  if (words.type === 'string') return words.format === 'textarea' ? 'long' : 'text';
  if (words.type === 'array' && words.items && !Array.isArray(words.items) && wordsOf(words.items).type === 'string' && choicesOf(words.items) === undefined) return 'list';
  return 'yaml';
}

export function storedAt(settings: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, step) => (isRecord(at) && Object.hasOwn(at, step) ? at[step] : undefined), settings);
}

/** Enough to recognise a long secret, nothing of a short one. */
export function maskedSecret(secret: string): string {
  return secret.length > 20 ? secret.slice(-4) : '';
}

function drawInput({ name, path, kind, words, schema, required }: FieldShape, drawing: Drawing): Field['input'] {
  const stored = storedAt(drawing.settings, path);
  const held = stored ?? words.default;
  const typed = drawing.typed && Object.hasOwn(drawing.typed, name) ? drawing.typed[name] : undefined;
  const text = (value: unknown) => (typeof typed === 'string' ? typed : value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value));
  switch (kind) {
    case 'secret': return typeof stored === 'string' && stored !== '' ? { kind, stored: maskedSecret(stored) } : { kind };
    case 'switch': return { kind, value: drawing.typed ? isOn(typed) : held === true };
    case 'number': return { kind, value: text(held), ...(words.minimum === undefined ? {} : { min: words.minimum }), ...(words.maximum === undefined ? {} : { max: words.maximum }), ...(words.type === 'integer' ? { step: 1 } : {}) };
    case 'choice': {
      const options = (choicesOf(schema) ?? []).map((choice) => ({ value: wordOf(choice), label: say(drawing, `${name}.${wordOf(choice)}`, undefined) ?? wordOf(choice) }));
      return { kind, value: text(held), options: required || words.default !== undefined ? options : [{ value: '', label: '' }, ...options] };
    }
    case 'list': return { kind, values: typed === undefined ? (Array.isArray(held) ? held.map(String) : []) : splitList(typed) };
    case 'yaml': {
      const [example] = words.examples ?? [];
      return { kind: 'long', code: true, value: typeof typed === 'string' ? typed : held === undefined ? '' : yaml().stringify(held), ...(example === undefined ? {} : { placeholder: yaml().stringify(example) }) };
    }
    case 'json': return { kind: 'long', code: true, value: typeof typed === 'string' ? typed : held === undefined ? '' : JSON.stringify(held, null, 2) };
    case 'long': return { kind, value: text(held) };
    default: {
      const [example] = words.examples ?? [];
      return { kind: 'text', value: text(held), ...(words.maxLength === undefined ? {} : { maxLength: words.maxLength }), ...(typeof example === 'string' ? { placeholder: example } : {}) };
    }
  }
}

function wordOf(choice: unknown): string {
  return typeof choice === 'string' ? choice : JSON.stringify(choice);
}

/** A ticked box, also when a hidden "off" of the same name stands before it. */
export function isOn(typed: string | string[] | undefined): boolean {
  return [typed ?? []].flat().some((value) => ['on', 'true', '1'].includes(value));
}

/** Entries are parted by commas or new lines; the space around them is not theirs. */
export function splitList(typed: string | string[]): string[] {
  return [typed].flat().flatMap((value) => value.split(/[,\r\n]+/)).map((entry) => entry.trim()).filter((entry) => entry !== '');
}

function say({ texts, locale }: Drawing, key: string, written: string | undefined): string | undefined {
  const own = (words: Record<string, string> | undefined, word: string | undefined) => (words && word !== undefined && Object.hasOwn(words, word) ? words[word] : undefined);
  return own(texts?.[locale], key) ?? own(texts?.[locale], written) ?? own(texts?.en, key) ?? own(texts?.en, written) ?? written;
}

/** `phoneNumberIds` → `Phone number ids`. */
function plainName(name: string): string {
  const words = (name.split('.').at(-1) ?? name).replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
