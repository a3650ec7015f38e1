/** What a channel reads out of a delivery, and how people and faults are named in it. */
import type { Content } from './content.ts';
import type { TemplateStatus } from './template.ts';

export type IdentityKind = 'phone' | 'user' | 'parent-user' | 'username';

/** One way by which a provider knows a person. Phones are digits with country code and no plus. */
export interface Identity {
  kind: IdentityKind;
  value: string;
}

export interface ProviderError {
  /** The provider's own code, or `http-500`, `malformed`, `timeout` where it gave none. */
  code: string;
  /** The provider's own words, at most a few hundred characters, never a credential. */
  said: string;
}

export interface Price {
  category?: string;
  model?: string;
  billable?: boolean;
}

export interface Referral {
  source: string;
  url?: string;
  headline?: string;
  text?: string;
  clickId?: string;
}

export type ReportedStatus = 'sent' | 'delivered' | 'read' | 'failed';

/** What a delivery says. `id` is the same for the same event however often it is delivered; it is unique within a connection. */
export type Event = { id: string; account?: string; at: number } & (
  | { kind: 'message'; from: Identity[]; name?: string; thread?: string; content: Content; replyTo?: string; forwarded?: boolean; referral?: Referral; errors?: ProviderError[] }
  /** Sent from elsewhere in the business's name: never a turn; `phone` and `person` count as a person's reply. */
  | { kind: 'echo'; to: Identity[]; by: 'phone' | 'person' | 'bot'; thread?: string; content: Content }
  | { kind: 'change'; from: Identity[]; of: string; change: 'edit' | 'revoke' | 'reaction'; content?: Content; emoji?: string }
  /** `refs` are the provider's ids of the message, `ref` is ours where the provider gives it back. */
  | { kind: 'status'; refs: string[]; ref?: string; status: ReportedStatus; error?: ProviderError; price?: Price; to?: Identity[] }
  | { kind: 'identity'; was: Identity[]; is: Identity[] }
  | { kind: 'consent'; who: Identity[]; category: string; value: 'stop' | 'resume' }
  | { kind: 'holder'; thread: string; holder: 'person' | 'bot' }
  /** `template` is its id at the provider. A status or quality word that is not known here stays the provider's. */
  | { kind: 'template'; template: string; name?: string; language?: string; status?: TemplateStatus; quality?: string; category?: string; reason?: string }
  | { kind: 'account'; what: string; severity: 'info' | 'warning' | 'stop'; said: string }
  | { kind: 'ignored'; why: string }
);
