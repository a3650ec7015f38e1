/** The part of a file that a browser asks for (RFC 9110, section 14). */

export interface Range {
  /** Both count in. */
  start: number;
  end: number;
}

/** Undefined: all of it, also for what is no range of one piece. */
export function rangeOf(header: string | undefined, bytes: number): Range | 'outside' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  if (from === '') return Number(to) === 0 || bytes === 0 ? 'outside' : { start: Math.max(bytes - Number(to), 0), end: bytes - 1 };
  const [start, end] = [Number(from), to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1)];
  if (to !== '' && Number(to) < start) return undefined;
  return start >= bytes ? 'outside' : { start, end };
}
