/** The simulator: the inbox with a phone at its side. */
import type { NumberName } from './every-page.ts';
import type { InboxPage } from './inbox.ts';
import type { Message } from './thread.ts';

export interface SimulatorPage extends InboxPage {
  phone: Phone;
}

export interface Phone {
  number: NumberName;
  /** Name of the business, as the customer sees it. */
  business: string;
  /** Whose phone it is. */
  persona: {
    id: string;
    name: string;
    /** As it was typed; '' where only a number or user id is told. */
    given: string;
    /** The number or user id by which they are known. */
    known: string;
  };
  personas: { id: string; name: string; href: string }[];
  /** From the customer's side, oldest first: `author: 'contact'` is the person holding the phone. */
  messages: Message[];
  typing: boolean;
  /** The thread of this phone, where there is one. */
  conversation?: string;
  faults: Fault[];
}

export interface Fault {
  key: 'window' | 'fails' | 'bounces' | 'slow' | 'silent' | 'twice' | 'late' | 'order' | 'stop' | 'nameless';
  armed: boolean;
  available: boolean;
}
