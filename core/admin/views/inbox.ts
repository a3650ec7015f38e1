/** The list of conversations with the one that is open, and the fragments that keep both up to date. */
import type { NumberName } from './every-page.ts';
import type { NumberCard } from './numbers.ts';
import type { Phone } from './simulator.ts';
import type { Author, Composer, ContactName, Holder, Kind, Message, MessageStatus, ReplyWindow, Thread, ThreadItem, Why } from './thread.ts';

/** One conversation in a list. */
export interface Row {
  id: string;
  contact: ContactName;
  number: NumberName;
  /** `text` is empty for kinds without words; the kind is then named. */
  last?: { kind: Kind; text: string; author: Author; status?: MessageStatus; at: number };
  /** What lists are sorted by. */
  lastMessageAt: number;
  unread: number;
  holder: Holder;
  window: ReplyWindow;
  state: 'open' | 'closed' | 'archived';
  sentiment?: 'pleased' | 'neutral' | 'upset';
}

export type InboxView = 'open' | 'unread' | 'escalated' | 'closed';

export interface InboxPage {
  view: InboxView;
  counts: Partial<Record<InboxView, number>>;
  /** One number's conversations only. */
  number?: NumberName;
  search?: string;
  rows: Row[];
  /** Address of the next rows. */
  nextHref?: string;
  /** The open conversation. */
  thread?: Thread;
  /** At 390 the details are a page of their own: `?details=1`. */
  details?: boolean;
}

/**
 * Answer to `GET …/live`: only what is asked for and still there. Rendered as `hx-partial`s. The page asks with
 * `changed` (ids of conversations, with commas, at most 50), `rows` (`inbox` or `recent`: the list it shows), `open` and
 * `after` (its open conversation and the last `seq` it has), `numbers=1`, `alerts=1`, `phone` (the number of the simulator
 * it shows), `lines=1` (what keeps the open conversation's messages may have changed), and the list's own `view`, `number`,
 * `search`, `persona`. Also the answer to a message that was sent: then the
 * thread's `tail` begins with the new message, whose `key` takes the place of the bubble that the page drew at once.
 */
export interface LiveBundle {
  /** Rows to update in place; a row that is not on the page but in its list is announced by the pill instead. */
  rows?: Row[];
  /** `inbox` rows and `recent` rows look different. */
  rowsAre?: 'inbox' | 'recent';
  counts?: InboxPage['counts'];
  /** Of the conversations that changed those that the list would show, by id, each with the time that says where. */
  listed?: Record<string, number>;
  /** The list's filter, as the request carried it: row links keep it. */
  filter?: { view?: InboxView; number?: string; search?: string };
  thread?: Pick<Thread, 'id' | 'number' | 'contact' | 'state' | 'ai' | 'holder' | 'window'> & {
    /** Items after the `after` that was asked for. */
    tail: ThreadItem[];
    /** The item before the tail, so that grouping and day lines are right. */
    before?: ThreadItem;
    /** Messages on the page whose status or problem changed. */
    changed: Message[];
    composer?: Composer;
    why?: Why;
  };
  numbers?: NumberCard[];
  alerts?: number;
  phone?: Phone;
}

/** Answer to `GET …/older?before={seq}`: goes before the first item. */
export interface OlderBundle {
  id: string;
  items: ThreadItem[];
  more: boolean;
  /** The contact's name, for screen readers. */
  name: string;
}
