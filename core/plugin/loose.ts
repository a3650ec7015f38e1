/**
 * Reading what somebody else sent without trusting any of it: every reader takes anything, and gives the thing in the form that was
 * asked for or undefined. What a provider adds or leaves out tomorrow then costs a value and never a message.
 */
import type { Json } from './contract/plugin.ts';

/** An object of which nothing is known. It has the members that were sent and no others: what a name inherits is never a value. */
export type Loose = { readonly [name: string]: unknown };

/** The object, as a copy that inherits nothing, so that `constructor` and the like are undefined unless they were sent. */
export function object(value: unknown): Loose | undefined {
  return isObject(value) ? owned(value) : undefined;
}

/** The objects of a list; whatever else stands between them is passed over. */
export function objects(value: unknown): Loose[] {
  return Array.isArray(value) ? value.filter(isObject).map(owned) : [];
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function owned(value: object): Loose {
  const members: { [name: string]: unknown } = { __proto__: null, ...value };
  // Somebody downstream may copy it with Object.assign, where this one name would change a prototype.
  delete members['__proto__'];
  return members;
}

/** A text that says something, whole characters only; a number as its digits, for ids come as both. */
export function text(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value.toWellFormed();
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined;
}

/** A text for a line of a page: trimmed, and cut at a whole character to at most `max` UTF-16 units, the last of them “…”. */
export function short(value: unknown, max = 300): string | undefined {
  const whole = text(value)?.trim();
  if (whole === undefined || whole === '') return undefined;
  return whole.length > max ? `${whole.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…` : whole;
}

/** A finite number, also where it was sent as a text. */
export function number(value: unknown): number | undefined {
  const found = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}

const deepest = 20;

/** JSON that stands in a text; undefined where it is none, or is nested so deep (beyond 20 levels) that it could not be written out again. */
export function jsonIn(written: string | undefined): Json | undefined {
  try {
    const found: unknown = JSON.parse(written ?? '', (name, value: unknown) => (name === '__proto__' ? undefined : value));
    return isShallow(found, deepest) ? found : undefined;
  } catch {
    return undefined;
  }
}

function isShallow(value: unknown, levels: number): value is Json {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((member) => isShallow(member, levels - 1));
}

/**
 * The JSON of a webhook's body. Whole numbers too large for JavaScript (ids of 16 digits and more) come as the text that was sent.
 * @throws Error when it is no JSON; the ledger shows the sentence
 */
export function jsonOf(raw: Buffer): unknown {
  const written = raw.toString('utf8');
  try {
    return /[\s:,[]\d{16}/.test(written) ? exactly(written) : JSON.parse(written);
  } catch (error) {
    throw new Error('The body is not JSON that can be read.', { cause: error });
  }
}

function exactly(written: string): unknown {
  // The third argument is JavaScript's of 2026; TypeScript's library does not name it yet.
  return JSON.parse(written, (_name, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^\d+$/.test(context?.source ?? '') ? context?.source : value,
  );
}

/**
 * The objects of a webhook's body: the one that it is, or those of the list that it is.
 * @throws Error when it is no JSON or holds no object; the ledger shows the sentence
 */
export function objectsOf(raw: Buffer): Loose[] {
  const found = objects([jsonOf(raw)].flat());
  if (found.length === 0) throw new Error('The body is JSON, but holds no object.');
  return found;
}

type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };

/** A copy without the members that are undefined: an optional member of the contract is absent, never undefined. */
export function present<T extends object>(value: T): Present<T> {
  // The loop drops exactly the members whose type says that they may be undefined.
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Present<T>;
}
