/** What the emulated account knows: its senders, its Content resources, its files, and what was sent. */
import { randomBytes } from 'node:crypto';

export interface AcceptedMessage {
  id: string;
  /** What stands in its StatusCallback: the sender's own name for it. */
  ref?: string;
  /** The phone (digits) or the user id it went to. */
  to: string;
  /** The sender, as `whatsapp:+…`. */
  account: string;
  type: 'text' | 'media' | 'location' | 'content';
  /** What the contact reads. */
  text?: string;
  /** The form as it was sent. */
  body: Readonly<Record<string, string>>;
  at: number;
  status: string;
  errorCode?: number;
  /** What stood at its MediaUrl when it was fetched. */
  medium?: { status: number; mime: string; bytes: number };
}

export interface EmulatedSender {
  sid: string;
  address: string;
  name: string;
  status: string;
  quality: string;
  webhook: Record<string, string | null>;
}

export interface EmulatedContent {
  sid: string;
  name: string;
  language: string;
  variables: Record<string, string>;
  types: Record<string, unknown>;
  approval: { name: string; category: string; status: string; reason: string };
  at: number;
}

export interface StoredFile {
  sid: string;
  bytes: Buffer;
  mime: string;
  name?: string;
}

export interface State {
  accountSid: string;
  authToken: string;
  /** A second token that opens the API and signs nothing yet. */
  secondaryToken: string | undefined;
  /** API keys: SID and secret. */
  keys: ReadonlyMap<string, string>;
  account: { status: string; type: string; name: string };
  senders: Map<string, EmulatedSender>;
  /** Rented phone numbers that no list of senders names. */
  phones: readonly string[];
  service: { sid: string; inboundUrl: string | null; onNumber: boolean } | undefined;
  contents: Map<string, EmulatedContent>;
  files: Map<string, StoredFile>;
  /** Where the messages go of a sender that has no address of its own. */
  callback: string | undefined;
  messages: AcceptedMessage[];
  readonly url: string;
  /** Where the bytes of files are: another origin, as at Twilio. */
  storageUrl: string;
}

export type SidPrefix = 'SM' | 'MM' | 'ME' | 'XE' | 'HX' | 'MG' | 'PN';

/** Ids that never repeat, not even after a restart of the emulator. */
export function newSid(prefix: SidPrefix): string {
  return `${prefix}${randomBytes(16).toString('hex')}`;
}

/** The address that the messages of a sender go to: its service's, else its own, else the one of the command line. */
export function callbackOf(state: State, account: string): string | undefined {
  const { service } = state;
  if (service && !service.onNumber && service.inboundUrl !== null && service.inboundUrl !== '') return service.inboundUrl;
  return state.senders.get(account)?.webhook.callback_url || state.callback;
}

/** `whatsapp:+628…` as digits, `whatsapp:ID.…` as the user id. */
export function personIn(address: string): string {
  return address.replace(/^whatsapp:\+?/, '');
}
