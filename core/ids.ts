/** uuid v7 (RFC 9562): 48 bits of milliseconds, then a counter that keeps the order of one process, then randomness. */
import { randomFillSync } from 'node:crypto';

const pool = Buffer.alloc(4096);
let used = pool.length;
let lastMs = 0;
let counter = 0;

const hex = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'));

export function uuid(now: number = Date.now()): string {
  if (used + 8 > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = used;
  used += 8;
  if (now > lastMs) {
    lastMs = now;
    counter = pool.readUInt16BE(random) & 0x07ff;
  } else if (++counter > 0x0fff) {
    // 4,096 in one millisecond: borrow from the next one rather than lose the order.
    lastMs++;
    counter = 0;
  }
  const ms = lastMs;
  const h = (n: number) => hex[n & 0xff];
  const r = (n: number) => hex[pool[random + n] ?? 0];
  return (
    `${h(ms / 2 ** 40)}${h(ms / 2 ** 32)}${h(ms / 2 ** 24)}${h(ms / 2 ** 16)}-${h(ms / 2 ** 8)}${h(ms)}-` +
    `${h(0x70 | (counter >> 8))}${h(counter)}-${h(0x80 | ((pool[random + 2] ?? 0) & 0x3f))}${r(3)}-${r(4)}${r(5)}${r(6)}${r(7)}${r(0)}${r(1)}`
  );
}

/** When it was made, to within what its process borrowed. */
export const timeOf = (id: string): number => parseInt(id.slice(0, 8) + id.slice(9, 13), 16);

/** The smallest id that could have been made at that moment: everything older sorts before it. */
export function firstIdAt(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
