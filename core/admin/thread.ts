import type { Formats } from './format.ts';
import type { Message, ThreadItem } from './views/thread.ts';

/** An item of the thread and how it stands beside its neighbours. */
export interface Placed {
  item: ThreadItem;
  message?: Message;
  /** First of a group: carries the name and the corner. A group ends after five minutes or with another author. */
  first: boolean;
  /** A day line stands before it. */
  day?: number;
  /** The line "new" stands before it. */
  fresh: boolean;
}

const GROUP_MS = 5 * 60_000;

export const isMessage = (item: ThreadItem): item is Message => 'author' in item;

/** Puts days, groups and the line "new" into a run of items. `before` is the item that stands above the first one. */
export function place(items: readonly ThreadItem[], format: Formats, options: { before?: ThreadItem | undefined; newFrom?: string | undefined } = {}): Placed[] {
  let above = options.before;
  return items.map((item) => {
    const message = isMessage(item) ? item : undefined;
    const newDay = !above || format.day(above.at).date !== format.day(item.at).date;
    const fresh = item.id === options.newFrom;
    const joined = above !== undefined && message !== undefined && isMessage(above) && sameVoice(above, message) && item.at - above.at < GROUP_MS && !newDay && !fresh;
    above = item;
    return { item, ...(message && { message }), first: !joined, ...(newDay && { day: item.at }), fresh };
  });
}

const sameVoice = (a: Message, b: Message): boolean => a.author === b.author && a.by === b.by;
