/** Chance with a seed: the same seed makes the same mutations for ever. */

export interface Chance {
  /** A whole number from 0 up to, not including, `below`. */
  below(below: number): number;
  one<T>(of: readonly T[]): T;
}

export function chance(seed: number): Chance {
  let state = seed >>> 0;
  const below = (limit: number) => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000) * limit);
  };
  return {
    below,
    one(of) {
      const picked = of[below(of.length)];
      if (picked === undefined && of.length === 0) throw new Error('There is nothing to pick from.');
      return picked as (typeof of)[number];
    },
  };
}

const odd: readonly unknown[] = [
  null, true, false, 0, -1, 1.5, 1e21, 2 ** 60, '', ' ', 'x', '0', 'null', '__proto__', 'constructor', 'toString', 'ÿ', '\ud800', 'a\u0000b',
  '<script>', 'x'.repeat(5000), [], {}, [null], [[]], { '': null }, { toString: 1 }, { length: -1 }, [1, 'two', { three: 3 }],
];

/** The body with one to four things changed; JSON stays JSON with an object on top, a form stays a form. */
export function mutate(body: string, by: Chance): string {
  let root: unknown;
  try {
    root = JSON.parse(body);
  } catch {
    return mutateForm(body, by);
  }
  for (let changes = 1 + by.below(4); changes > 0; changes--) mutateJson(root, by);
  return JSON.stringify(root);
}

function mutateJson(root: unknown, by: Chance): void {
  const holder = by.one(holders(root));
  if (Array.isArray(holder)) {
    const at = by.below(holder.length + 1);
    const change = by.below(4);
    if (change === 0) holder.splice(at, 1);
    else if (change === 1) holder.splice(at, 0, structuredClone(holder[by.below(holder.length)] ?? null));
    else if (change === 2) holder.splice(at, 1, structuredClone(by.one(odd)));
    else holder.reverse();
    return;
  }
  const keys = Object.keys(holder);
  const key = keys.length > 0 && by.below(6) > 0 ? by.one(keys) : by.one(['__proto__', 'constructor', 'unknown', 'toString', 'id', 'type', 'kind']);
  if (by.below(3) === 0) Reflect.deleteProperty(holder, key);
  // Defined, not assigned: `__proto__` must become a member that travels, as JSON from outside has it.
  else Object.defineProperty(holder, key, { value: structuredClone(by.one(odd)), enumerable: true, configurable: true, writable: true });
}

function holders(root: unknown): object[] {
  const found: object[] = [];
  const visit = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return;
    found.push(value);
    for (const member of Object.values(value)) visit(member);
  };
  visit(root);
  return found.length > 0 ? found : [{}];
}

function mutateForm(body: string, by: Chance): string {
  const pairs = [...new URLSearchParams(body)];
  for (let changes = 1 + by.below(4); changes > 0; changes--) {
    const at = by.below(pairs.length + 1);
    const [name = 'Body', value = ''] = pairs[at] ?? [];
    const change = by.below(4);
    if (change === 0) pairs.splice(at, 1);
    else if (change === 1) pairs.splice(at, 0, [name, value]);
    else if (change === 2) pairs.splice(at, 1, [name, written(by.one(odd))]);
    else pairs.push([by.one(['__proto__', 'constructor', 'Unknown', name]), value]);
  }
  return new URLSearchParams(pairs).toString();
}

function written(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
