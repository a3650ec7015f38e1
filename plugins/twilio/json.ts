/** Reading what Twilio sent without trusting any of it: every reader takes anything and gives the thing or undefined. */
export type Loose = { readonly [key: string]: unknown };

export function object(value: unknown): Loose | undefined {
  return isObject(value) ? value : undefined;
}

function isObject(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The objects of a list; whatever else stands between them is passed over. */
export function objects(value: unknown): Loose[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** A text that says something; a number as its digits. */
export function text(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined;
}

/** A text cut to what a line of a page can hold. */
export function short(value: unknown, max = 300): string | undefined {
  const whole = text(value)?.trim();
  if (whole === undefined || whole === '') return undefined;
  return whole.length > max ? `${whole.slice(0, max - 1)}…` : whole;
}

/** JSON that stands in a text, as some fields hold it; undefined when it is none. */
export function jsonIn(written: string | undefined): unknown {
  try {
    // Somebody downstream may copy it with Object.assign, where this one key would change a prototype.
    return written === undefined ? undefined : JSON.parse(written, (key, value: unknown) => (key === '__proto__' ? undefined : value));
  } catch {
    return undefined;
  }
}
