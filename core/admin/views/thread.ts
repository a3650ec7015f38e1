/** One conversation: its messages, what happened to it, who has it and what may be written. */
import type { MediaKind } from '../../plugin/contract/content.ts';
import type { LineColour, NumberName } from './every-page.ts';
import type { Row } from './inbox.ts';

export type MessageStatus = 'queued' | 'sending' | 'unknown' | 'sent' | 'failed' | 'delivered' | 'read' | 'cancelled';
export type Author = 'contact' | 'agent' | 'person' | 'api' | 'phone';

/** The 24-hour window. `open` with no `until`: the channel has none. */
export interface ReplyWindow {
  state: 'open' | 'closed' | 'waiting';
  until?: number;
}

/** Who has the conversation. */
export type Holder = { kind: 'agent' | 'person'; name: string; you?: boolean } | { kind: 'nobody' } | { kind: 'escalated'; reason?: string };

export interface ContactName {
  /** Name, else the phone, else the user id: never empty. */
  name: string;
  /** Known by a user id only: an icon stands in for initials. */
  nameless?: boolean;
}

/** Content kinds of the plugin contract, in and out, as the thread draws them. */
export type Kind =
  | 'text' | 'choice' | 'buttons' | 'list' | 'link' | 'image' | 'video' | 'audio' | 'voice' | 'document' | 'sticker'
  | 'location' | 'location-request' | 'contacts' | 'order' | 'form' | 'reaction' | 'template' | 'system' | 'unsupported';

export interface Message {
  id: string;
  /** Position in its conversation; grows. */
  seq: number;
  /** The key under which a person sent it: lets the page match the bubble it drew at once. */
  key?: string;
  at: number;
  author: Author;
  /** The agent's or person's name; shown once a group. */
  by?: string;
  kind: Kind;
  /** Text, caption, or the title that was tapped; may be empty. */
  text: string;
  header?: string;
  footer?: string;
  /** Buttons or list rows offered. `description` for list rows. */
  choices?: { id: string; title: string; description?: string }[];
  /** The list's button. */
  button?: string;
  /** What the provider called a kind we do not know, a file's name, a place's name: one short line. */
  note?: string;
  media?: Medium;
  /** A place on a map. */
  place?: { latitude: number; longitude: number };
  /** What happened to it afterwards. */
  marks?: { reactions: string[]; edited?: { at: number; was: string }; revokedAt?: number };
  quote?: { id?: string; by: string; text: string };
  /** Outbound only. */
  status?: MessageStatus;
  receipts?: { status: MessageStatus; at: number; note?: string }[];
  /** The provider's id. */
  ref?: string;
  /** Queued, and kept so until somebody mends what is named; `href` is where, for those who may. */
  waits?: { by: 'connection-error' | 'connection-stopped' | 'number-stopped'; href: string };
  /** Failed or unknown: the catalogue's sentence and what may be done. */
  problem?: { sentence: string; /** The provider's own words. */ said?: string; whose?: 'customer' | 'operator' | 'provider' | 'us'; code?: string; deeds: 'again'[] };
}

/** What came with a message, or goes with it. */
export interface Medium {
  id: string;
  /** How it is shown: `file` is only saved. */
  as: 'picture' | 'film' | 'sound' | 'file';
  state: 'missing' | 'stored' | 'gone';
  /** Why it is not here, in the reader's language or the provider's words; absent while it is being fetched. */
  why?: string;
  name: string;
  mime: string;
  bytes?: number;
  /** Of the picture as it is shown. */
  width?: number;
  height?: number;
  durationMs?: number;
  mp4: boolean;
  /** It could come if somebody asks. */
  retry: boolean;
}

/** Something that happened in the thread that is not a message. */
export interface ThreadEvent {
  id: string;
  seq: number;
  at: number;
  what: 'hand-off' | 'taken' | 'ai-on' | 'ai-off' | 'closed' | 'archived' | 'reopened' | 'window-closed' | 'opted-out' | 'opted-in' | 'fault';
  who?: string;
  /** Reason of a hand-off, name of an armed fault. */
  text?: string;
}

export type ThreadItem = Message | ThreadEvent;

/** The one eligibility decision, as the composer shows it. */
export type ComposerState =
  | { kind: 'free'; until?: number }
  | { kind: 'closed' | 'waiting' | 'opted-out' | 'rate-capped' | 'number-stopped' | 'number-deleted' | 'conversation-closed' | 'conversation-archived' };

export interface Composer {
  state: ComposerState;
  /** Made with the page; a second submit under the same key returns the first message. */
  key: string;
  /** Text to put back: after a refusal without script. */
  text?: string;
  /** Files to put back, and those that were refused. */
  files?: Attachment[];
  /** Why the last submit was refused. */
  error?: string;
  maxLength: number;
}

/** A file that somebody wants to send. */
export interface Attachment {
  /** Of the stored medium; absent while it is on its way here, and where it is not taken. */
  id?: string;
  kind: MediaKind;
  name: string;
  bytes?: number;
  /** A small picture of it can be had. */
  picture?: true;
  /** Why it cannot be sent. */
  problem?: string;
}

export interface Thread {
  id: string;
  contact: ContactName & { phone?: string; userId?: string; language?: string; localTime?: string; consent?: { value: 'in' | 'out'; at: number; source: string }; since: number };
  number: NumberName & { account: string; channel: string; simulator: boolean };
  state: 'open' | 'closed' | 'archived';
  ai: boolean;
  holder: Holder;
  window: ReplyWindow;
  /** Oldest first. */
  items: ThreadItem[];
  /** There are older ones before `items[0]`. */
  more: boolean;
  /** First unread item: a line "new" stands before it. */
  newFrom?: string;
  /** How many are new. */
  newCount?: number;
  /** Not yet seen by anybody: the page says so once it stands on a screen. */
  unread: number;
  composer: Composer;
  why?: Why;
  others: { id: string; number: NumberName; text: string; at: number; state: Row['state'] }[];
}

/** Why the agent answered, or why it is silent: a cord of jacks, oldest first. */
export interface Why {
  agent: string;
  line: LineColour;
  answered: boolean;
  at: number;
  steps: {
    /** A whole short sentence; from the pipeline or the agent. */
    text: string;
    done: boolean;
    ms?: number;
    at?: number;
  }[];
}
