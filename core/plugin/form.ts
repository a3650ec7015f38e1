/**
 * A submitted form → settings, or what is wrong with which field. What is changed on the way, and nothing else: the space
 * around a text is dropped, line ends become \n, numbers are read, lists are split, YAML and JSON are parsed. An empty field
 * that is optional is left out; an empty secret keeps the stored one, `{field}.clear` removes it.
 */
import { randomBytes } from 'node:crypto';
import type { Static, TSchema } from 'typebox';
import { yaml } from '../yaml.ts';
import { fieldShapes, isOn, splitList, storedAt, type FieldShape, type Typed } from './fields.ts';
import { checkSettings, fault, isRecord, placeOf, wordsOf, type Fault, type FaultCode } from './settings.ts';

/** By field name. `params.place` says where inside a field of several parts, such as YAML. */
export type FieldFaults = Record<string, { code: FaultCode; params: Record<string, string | number> }>;

/** Longest YAML or JSON that is read, in characters. */
const longestCode = 262_144;

/** Reads the known fields of a form; other names in it (a CSRF token, say) are not looked at. */
export function readForm<S extends TSchema>(schema: S, typed: Typed, stored?: unknown): { settings: Static<S> } | { errors: FieldFaults } {
  const shapes = fieldShapes(schema);
  const settings: Record<string, unknown> = {};
  const faults: Fault[] = [];
  for (const shape of shapes) {
    const read = readField(shape, typed, storedAt(stored, shape.path));
    if ('fault' in read) faults.push(read.fault);
    else if (read.value !== undefined) put(settings, shape.path, read.value);
  }
  // Unreadable fields are told together with what is wrong in the others, but never blamed twice.
  const unread = new Set(faults.map((one) => placeOf(one.path)));
  const checked = checkSettings(schema, withGenerated(schema, settings, stored));
  if ('errors' in checked) faults.push(...checked.errors.filter((one) => !unread.has(placeOf(one.path))));
  if (faults.length === 0 && 'settings' in checked) return checked;
  return { errors: byField(faults, shapes) };
}

/** The faults of `checkSettings` under the names of the form's fields. */
export function fieldFaults(schema: TSchema, faults: readonly Fault[]): FieldFaults {
  return byField(faults, fieldShapes(schema));
}

/** Fills in what core makes: members marked `generate` that are not given keep the stored value, or get a random one. */
export function withGenerated(schema: TSchema, given: unknown, stored?: unknown): unknown {
  if (!isRecord(given)) return given;
  const complete: Record<string, unknown> = { ...given };
  for (const [name, member] of Object.entries(wordsOf(schema).properties ?? {})) {
    const kept = storedAt(stored, [name]);
    const words = wordsOf(member);
    if (words.generate === true && (complete[name] === undefined || complete[name] === '')) complete[name] = kept ?? randomBytes(24).toString('base64url');
    else if (words.type === 'object' && isRecord(complete[name])) complete[name] = withGenerated(member, complete[name], kept);
  }
  return complete;
}

type Read = { value: unknown } | { fault: Fault };

function readField(shape: FieldShape, typed: Typed, stored: unknown): Read {
  const { name, path, kind, words } = shape;
  const given = Object.hasOwn(typed, name) ? typed[name] : undefined;
  if (kind === 'switch') return { value: isOn(given) };
  if (kind === 'list') return given === undefined ? { value: stored } : readList(splitList(given), shape);
  if (Array.isArray(given)) return { fault: fault(path, 'wrongType', { expected: 'string' }) };
  if (kind === 'secret') return readSecret(shape, given, stored, isOn(typed[`${name}.clear`]));
  if (given === undefined) return { value: stored };
  if (given.trim() === '') return shape.required ? { fault: fault(path, 'required') } : { value: undefined };
  switch (kind) {
    case 'number': return readNumber(given.trim(), words.type === 'integer', path);
    case 'yaml': return readYaml(given, path);
    case 'json': return readJson(given, path);
    case 'long': return { value: given.replaceAll('\r\n', '\n').trim() };
    default: return { value: given.trim() };
  }
}

function readSecret({ path, required, words }: FieldShape, given: string | undefined, stored: unknown, clear: boolean): Read {
  const kept = typeof stored === 'string' && stored !== '' ? stored : undefined;
  if (clear && !required && words.generate !== true) return { value: undefined };
  if (given === undefined || given === '') return kept === undefined && required ? { fault: fault(path, 'required') } : { value: kept };
  if (given.trim() === '') return { fault: fault(path, 'blank') };
  return { value: given.trim() };
}

function readList(entries: string[], { path, required }: FieldShape): Read {
  if (entries.length === 0) return required ? { fault: fault(path, 'required') } : { value: undefined };
  return { value: entries };
}

function readNumber(text: string, integer: boolean, path: string[]): Read {
  if (!/^[+-]?\d{1,15}(\.\d{1,15})?$/.test(text)) return { fault: fault(path, 'notNumber') };
  if (integer && text.includes('.')) return { fault: fault(path, 'notWhole') };
  return { value: Number(text) };
}

function readYaml(text: string, path: string[]): Read {
  if (text.length > longestCode) return { fault: fault(path, 'tooLong', { max: longestCode }) };
  try {
    const document = yaml().parseDocument(text, { prettyErrors: true });
    const [error] = document.errors;
    if (error) return { fault: fault(path, 'notYaml', { line: error.linePos?.[0].line ?? 1, said: firstLine(error.message) }) };
    return { value: document.toJS({ maxAliasCount: 100 }) };
  } catch (error) {
    return { fault: fault(path, 'notYaml', { line: 1, said: firstLine(error instanceof Error ? error.message : '') }) };
  }
}

function readJson(text: string, path: string[]): Read {
  if (text.length > longestCode) return { fault: fault(path, 'tooLong', { max: longestCode }) };
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { fault: fault(path, 'notJson', { said: firstLine(error instanceof Error ? error.message : '') }) };
  }
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '').slice(0, 200);
}

function put(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [step, ...rest] = path;
  if (step === undefined) return;
  if (rest.length === 0) {
    target[step] = value;
    return;
  }
  const within = target[step];
  const next = isRecord(within) ? within : {};
  target[step] = next;
  put(next, rest, value);
}

/** The first fault of each field; one that belongs to no field stands under ''. */
function byField(faults: readonly Fault[], shapes: readonly FieldShape[]): FieldFaults {
  const errors: FieldFaults = {};
  for (const { path, code, params } of faults) {
    const shape = shapes.find((candidate) => candidate.path.every((step, index) => path[index] === step));
    const name = shape?.name ?? '';
    const inside = path.slice(shape?.path.length ?? 0);
    if (!Object.hasOwn(errors, name)) errors[name] = { code, params: inside.length === 0 ? params : { ...params, place: placeOf(inside) } };
  }
  return errors;
}
