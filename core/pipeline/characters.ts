/** Text that both databases take: no NUL, no half characters. */

const hostile = /\\u0000|\\ud[89a-f]/i;

/** The same data with every text made storable; the same object where nothing had to change. */
export function storableText<T>(value: T): T {
  return hostile.test(JSON.stringify(value) ?? '') ? wellFormed(value) : value;
}

function wellFormed<T>(value: T): T {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '\uFFFD') as T & string;
  if (Array.isArray(value)) return value.map(wellFormed) as T & unknown[];
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [wellFormed(key), wellFormed(inner)])) as T & object;
}
