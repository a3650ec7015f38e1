/** WhatsApp: the rack of numbers, and plugging one in. */
import type { FieldErrors, Lamp, LineColour, NumberName } from './every-page.ts';
import type { Row } from './inbox.ts';
import type { Phone } from './simulator.ts';
import type { Field } from '../../plugin/fields.ts';

export interface NumberCard extends NumberName {
  /** As a person writes it: `+62 811 5550 221`, `sim:ana`. */
  account: string;
  /** Title of its channel plugin: Meta, Simulator. */
  channel: string;
  simulator: boolean;
  active: boolean;
  lamp: Lamp;
  /** Who answers; absent: nobody. `people` when an agent is not plugged in but people may write. */
  agent?: { id: string; name: string; draft?: boolean };
  peopleOnly?: boolean;
  /** Messages in and out today. */
  today: { in: number; out: number };
  /** Messages that wait because it is stopped or in error. */
  waiting: number;
  /** Why it is in ERROR, or what STARTING is doing; the provider's or plugin's words. */
  reason?: string;
  /** Why the switch was put back; shown beneath it. */
  refused?: string;
}

export interface WhatsappPage {
  numbers: NumberCard[];
  recent: Row[];
  /** Open conversations in all. */
  open: number;
  /** The first conversation of the inbox, or none. */
  inboxHref: string;
  /** The test phone stands beside the rack until a real number is connected. */
  phone?: Phone;
  /** Left to do after the first start; hidden when all done or dismissed. */
  checklist?: { key: 'talk' | 'connect' | 'agent' | 'invite' | 'url' | 'backup'; done: boolean; href?: string }[];
}

/** The form that plugs a number in: connection → name → number. */
export interface ConnectForm {
  /** Existing connections and the plugins a new one could be made from. */
  ways: {
    /** `connection:{id}` or `plugin:{name}`. */
    value: string;
    title: string;
    note: string;
    mark?: 'recommended' | 'legacy';
    /** Why it cannot be chosen. */
    disabled?: string;
  }[];
  /** The chosen way's value; absent until chosen. */
  way?: string;
  /** One can sign in with the provider instead; `missing` says why not on this server. */
  signIn?: { plugin: string; channel: string; missing?: string };
  /** The chosen way's channel has a set-up guide. */
  guide?: string;
  /** What the chosen way asks for: a number list, or the fields of its schema. */
  fields: Field[];
  /** What the channel calls a number's identity, e.g. "Phone Number ID". */
  account?: { label: string; value: string; hint?: string; offers?: { value: string; name: string; taken?: string }[]; /** The provider's list can be asked for before anything is saved. */ listable?: boolean };
  displayName: string;
  /** To paste at the provider; shown with Copy. */
  handOff?: { callbackUrl: string; verifyToken?: string };
  errors: FieldErrors;
  /** The provider's own words, when it refused the credentials. */
  /** `said` are the provider's words, `ours` a sentence of the doctor. */
  refusal?: { who: string } & ({ said: string } | { ours: string });
  /** After an error: secrets are never sent back to the page. `kept` on the server, or to be `pasted` again. */
  secrets?: 'kept' | 'pasted';
  /** What was pasted, sealed, for the next try; goes back with the form. */
  kept?: string;
  /** Colour that the number will have. */
  line: LineColour;
  /** Something in it was refused, by us or by the provider. */
  refused?: boolean;
}

/** In its own dialog the agent that answers is chosen, too. */
export interface ConnectPage extends ConnectForm {
  agents: { id: string; name: string; lamp: Lamp; whatsapp: boolean }[];
  agent: string;
  active: boolean;
}

export interface EditNumberPage {
  number: NumberCard;
  displayName: string;
  agents: ConnectPage['agents'];
  agent: string;
  active: boolean;
  errors: FieldErrors;
  /** Of the row that the form was drawn from: a form older than the row overwrites nothing. */
  version: number;
}

export interface DeleteNumberPage {
  number: NumberCard;
  /** Conversations that stay as history. */
  conversations: number;
  /** Why it cannot be deleted here. */
  error?: string;
}
