/** Answers as Qontak words them. */
import type { Reply } from '../../emulator/stand.ts';

export function yes(data: unknown, status = 200, meta?: object): Reply {
  return { status, body: { status: 'success', data, ...meta }, verdict: 'ok' };
}

export function no(status: number, ...messages: string[]): Reply {
  if (status === 401) return { status, body: { message: messages[0] ?? 'Unauthorized' }, verdict: messages[0] ?? 'Unauthorized' };
  return { status, body: { status: 'error', error: { code: status, messages } }, verdict: messages.join(' ') };
}

/** A page of a list, by number of the page as the older clients ask for it. */
export function page(items: readonly unknown[], query: URLSearchParams): Reply {
  const limit = Math.max(1, Number(query.get('limit') ?? 10) || 10);
  const offset = Math.max(1, Number(query.get('offset') ?? 1) || 1);
  return yes(items.slice((offset - 1) * limit, offset * limit), 200, { meta: { pagination: { cursor: { next: null, prev: null }, offset, limit, total: items.length } } });
}
