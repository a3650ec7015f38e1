/**
 * Reading what a provider sent without trusting any of it: every reader takes anything and gives the thing or undefined.
 * Members are only ever read by names written in this plugin, so a key such as `__proto__` in the input means nothing.
 */
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

/** A text that says something; numbers where an id is sent as one. */
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
