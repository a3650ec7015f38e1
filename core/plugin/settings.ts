/**
 * Is this value what the schema says? One checker for the configuration file, the admin's forms and the API: it answers with
 * codes and a place, so that each of them words the fault for its own reader. Nothing is coerced here.
 */
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import type { Json } from './contract/plugin.ts';

/** Every code a fault may have, with the params that go with it. The locale files word each one. */
export const faultCodes = {
  required: [],
  /** Only white space where something must stand. */
  blank: [],
  unknown: ['key', 'near'],
  /** A key that no settings may have: `__proto__`, `constructor`, `prototype`. */
  forbidden: ['key'],
  wrongType: ['expected'],
  tooShort: ['min'],
  tooLong: ['max'],
  tooSmall: ['min'],
  tooBig: ['max'],
  tooFew: ['min'],
  tooMany: ['max'],
  twice: [],
  notOffered: ['offered'],
  notNumber: [],
  notWhole: [],
  notYaml: ['line', 'said'],
  notJson: ['said'],
  /** `form` says in words what is expected, or is the pattern itself; `example` may be empty. */
  wrongForm: ['form', 'example'],
  notData: [],
  invalid: ['said'],
} as const;

export type FaultCode = keyof typeof faultCodes;

export interface Fault {
  /** From the settings down: `['rules', '3', 'say']`; empty for the whole. */
  path: string[];
  code: FaultCode;
  params: Record<string, string | number>;
}

/** Checks data against a schema with its defaults filled in; keys that the schema does not name are refused at every depth. */
export function checkSettings<S extends TSchema>(schema: S, value: unknown): { settings: Static<S> } | { errors: Fault[] } {
  const plain = asData(value);
  if ('errors' in plain) return plain;
  const faults: Fault[] = [];
  const settings = Value.Default(schema, plain.data);
  compare(schema, settings, [], faults, {});
  if (faults.length > 0) return { errors: faults };
  // The walk above explains; TypeBox decides. What it refuses is refused even where the walk saw nothing.
  if (Value.Check(schema, settings)) return { settings };
  return { errors: Value.Errors(schema, settings).map((error) => fault(pointer(error.instancePath), 'invalid', { said: error.message })) };
}

/** The place as a person writes it: `rules[3].say`. */
export function placeOf(path: readonly string[]): string {
  return path.map((step) => (/^\d+$/.test(step) ? `[${step}]` : /^[A-Za-z_$][\w$-]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`)).join('').replace(/^\./, '');
}

// ── what the words of JSON Schema are in a TypeBox schema ────────────────────────────────────────────────────────────

/** The JSON Schema words that we read; TypeBox types carry them as plain properties. */
export interface Words {
  type?: string;
  title?: string;
  description?: string;
  default?: Json;
  const?: Json;
  enum?: Json[];
  anyOf?: TSchema[];
  oneOf?: TSchema[];
  allOf?: TSchema[];
  /** One schema for all items, or one for each place (a tuple). */
  items?: TSchema | TSchema[];
  properties?: Record<string, TSchema>;
  patternProperties?: Record<string, TSchema>;
  additionalProperties?: boolean | TSchema;
  required?: string[];
  writeOnly?: boolean;
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  examples?: Json[];
  /** Ours: what `pattern` asks for, in words. */
  form?: string;
  /** Ours: shown under "Advanced". */
  advanced?: boolean;
  /** Ours: core makes a random value when none is given. */
  generate?: boolean;
  /** Ours: a list of the accounts of the connection's numbers; core keeps the list and the numbers alike. */
  accounts?: boolean;
  $ref?: string;
  $defs?: Record<string, TSchema>;
}

/** A schema seen as its JSON Schema words; every property of a TypeBox schema is optional to a reader. */
export function wordsOf(schema: TSchema): Words {
  return schema;
}

/** The values of a closed choice; undefined when the schema is not one. */
export function choicesOf(schema: TSchema): Json[] | undefined {
  const words = wordsOf(schema);
  if (words.enum) return words.enum;
  const variants = words.anyOf ?? words.oneOf;
  if (!variants || variants.length === 0) return undefined;
  const values: Json[] = [];
  for (const variant of variants) {
    const { const: only } = wordsOf(variant);
    if (only === undefined) return undefined;
    values.push(only);
  }
  return values;
}

// ── data only ────────────────────────────────────────────────────────────────────────────────────────────────────────

const deepest = 64;
const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);

/** A deep copy that is JSON and nothing else: no functions, no class instances, no cycles, no keys that reach a prototype. */
export function asData(value: unknown): { data: unknown } | { errors: Fault[] } {
  const faults: Fault[] = [];
  const data = plainData(value, [], faults, []);
  return faults.length > 0 ? { errors: faults } : { data };
}

function plainData(value: unknown, path: string[], faults: Fault[], above: object[]): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value !== 'object' || above.length >= deepest || above.includes(value)) {
    faults.push(fault(path, 'notData'));
    return undefined;
  }
  const within = [...above, value];
  if (Array.isArray(value)) return value.map((item, index) => plainData(item, [...path, String(index)], faults, within));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    faults.push(fault(path, 'notData'));
    return undefined;
  }
  const copy: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    if (forbiddenKeys.has(key)) faults.push(fault([...path, key], 'forbidden', { key }));
    else if (member !== undefined) copy[key] = plainData(member, [...path, key], faults, within);
  }
  return copy;
}

// ── the walk that finds the words ────────────────────────────────────────────────────────────────────────────────────

type Definitions = Record<string, TSchema>;

function compare(schema: TSchema, value: unknown, path: string[], faults: Fault[], above: Definitions): void {
  const words = wordsOf(schema);
  const definitions = words.$defs === undefined ? above : { ...above, ...words.$defs };
  if (words.$ref !== undefined) {
    const target = definitions[words.$ref] ?? definitions[words.$ref.replace('#/$defs/', '')];
    if (target) compare(target, value, path, faults, definitions);
    return;
  }
  const choices = choicesOf(schema);
  if (choices) {
    if (!choices.some((choice) => choice === value)) faults.push(fault(path, 'notOffered', { offered: choices.map((choice) => JSON.stringify(choice)).join(', ') }));
    return;
  }
  const variants = words.anyOf ?? words.oneOf;
  if (variants) {
    faults.push(...nearestFaults(variants, value, path, definitions));
    return;
  }
  if (words.type === 'object') compareObject(words, value, path, faults, definitions);
  else if (words.type === 'array') compareArray(words, value, path, faults, definitions);
  else for (const error of Value.Errors(schema, value)) faults.push(wordFault(error, [...path, ...pointer(error.instancePath)], words));
}

function compareObject(words: Words, value: unknown, path: string[], faults: Fault[], definitions: Definitions): void {
  if (!isRecord(value)) {
    faults.push(fault(path, 'wrongType', { expected: 'object' }));
    return;
  }
  const properties = words.properties ?? {};
  for (const key of words.required ?? []) if (!Object.hasOwn(value, key)) faults.push(fault([...path, key], 'required'));
  for (const [key, member] of Object.entries(value)) {
    const schema = Object.hasOwn(properties, key) ? properties[key] : openMember(words, key);
    if (schema) compare(schema, member, [...path, key], faults, definitions);
    else if (words.additionalProperties !== true) faults.push(fault([...path, key], 'unknown', { key, near: nearest(key, Object.keys(properties)) }));
  }
}

/** The schema of a key that is not named: of a record, or of a map with a schema for "anything else". */
function openMember(words: Words, key: string): TSchema | undefined {
  for (const [pattern, schema] of Object.entries(words.patternProperties ?? {})) if (new RegExp(pattern, 'u').test(key)) return schema;
  return typeof words.additionalProperties === 'object' ? words.additionalProperties : undefined;
}

function compareArray(words: Words, value: unknown, path: string[], faults: Fault[], definitions: Definitions): void {
  if (!Array.isArray(value)) {
    faults.push(fault(path, 'wrongType', { expected: 'array' }));
    return;
  }
  if (words.minItems !== undefined && value.length < words.minItems) faults.push(fault(path, 'tooFew', { min: words.minItems }));
  if (words.maxItems !== undefined && value.length > words.maxItems) faults.push(fault(path, 'tooMany', { max: words.maxItems }));
  if (words.uniqueItems === true && new Set(value.map((item) => JSON.stringify(item))).size < value.length) faults.push(fault(path, 'twice'));
  const { items } = words;
  if (Array.isArray(items) && value.length > items.length) faults.push(fault(path, 'tooMany', { max: items.length }));
  value.forEach((item, index) => {
    const schema = Array.isArray(items) ? items[index] : items;
    if (schema) compare(schema, item, [...path, String(index)], faults, definitions);
  });
}

/** Of several shapes, the faults of the one that was most likely meant: the fewest wrong kinds, then the deepest faults, then the fewest. */
function nearestFaults(variants: TSchema[], value: unknown, path: string[], definitions: Definitions): Fault[] {
  let best: { faults: Fault[]; score: number } | undefined;
  for (const variant of variants) {
    const faults: Fault[] = [];
    compare(variant, value, path, faults, definitions);
    if (faults.length === 0) return [];
    const wrongHere = faults.filter((one) => one.path.length === path.length).length;
    const unmeant = faults.filter((one) => one.path.length === path.length + 1 && ['notOffered', 'required', 'unknown'].includes(one.code)).length;
    const score = wrongHere * 100 + unmeant * 10 + faults.length;
    if (!best || score < best.score) best = { faults, score };
  }
  return best?.faults ?? [];
}

type TypeBoxError = ReturnType<typeof Value.Errors>[number];

function wordFault(error: TypeBoxError, path: string[], { form, examples: [example] = [] }: Words): Fault {
  const shaped = (asked: string) => fault(path, 'wrongForm', { form: form ?? asked, example: typeof example === 'string' ? example : '' });
  switch (error.keyword) {
    case 'type': return fault(path, 'wrongType', { expected: [error.params.type].flat().join(' or ') });
    case 'minLength': return error.params.limit === 1 ? fault(path, 'blank') : fault(path, 'tooShort', { min: error.params.limit });
    case 'maxLength': return fault(path, 'tooLong', { max: error.params.limit });
    case 'minimum':
    case 'exclusiveMinimum': return fault(path, 'tooSmall', { min: Number(error.params.limit) });
    case 'maximum':
    case 'exclusiveMaximum': return fault(path, 'tooBig', { max: Number(error.params.limit) });
    case 'minItems': return fault(path, 'tooFew', { min: error.params.limit });
    case 'maxItems': return fault(path, 'tooMany', { max: error.params.limit });
    case 'uniqueItems': return fault(path, 'twice');
    case 'const': return fault(path, 'notOffered', { offered: JSON.stringify(error.params.allowedValue) });
    case 'enum': return fault(path, 'notOffered', { offered: error.params.allowedValues.map((choice) => JSON.stringify(choice)).join(', ') });
    case 'format': return shaped(error.params.format);
    case 'pattern': return shaped(String(error.params.pattern));
    case 'multipleOf': return shaped(`a multiple of ${String(error.params.multipleOf)}`);
    default: return fault(path, 'invalid', { said: error.message });
  }
}

export function fault(path: string[], code: FaultCode, params: Fault['params'] = {}): Fault {
  return { path, code, params };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pointer(instancePath: string): string[] {
  return instancePath.split('/').slice(1).map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The known word that was probably meant; '' when none is near. */
export function nearest(word: string, known: readonly string[]): string {
  let best = '';
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

function editDistance(from: string, to: string): number {
  if (from.length > 64 || to.length > 64) return 64;
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const swap = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 64;
}
