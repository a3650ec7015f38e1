/** What the emulator can be told and asked in code. */
import type { Delivered } from '../../emulator/courier.ts';
import type { Stand, StandOptions } from '../../emulator/stand.ts';
import type { Written } from '../../emulator/written.ts';
import type { Told } from './deliver.ts';
import type { AcceptedMessage, EmulatedSender } from './state.ts';

/** `webhookUrl` is where the messages go of senders that have no webhook of their own; how often one is tried again stands in its fragment. */
export interface EmulatorOptions extends Omit<StandOptions, 'retry'> {
  accountSid?: string;
  authToken: string;
  /** API keys: SID and secret. */
  keys?: Record<string, string>;
  /** As `whatsapp:+…`. */
  senders?: readonly string[];
  /** Rented numbers that are no WhatsApp senders, as `+…`. */
  phones?: readonly string[];
  messagingServiceSid?: string;
  /** Which address stands for a public origin that cannot be reached from here; what is signed names the public one. */
  reach?: Record<string, string>;
  /** How long a webhook may take, in milliseconds; Twilio's is 15,000. */
  webhookTimeoutMs?: number;
}

/** Its address is the API base URL for a connection's settings. */
export interface Emulator extends Stand {
  /** Where the bytes of files are: another origin, as at Twilio. */
  storageUrl: string;
  /** Settings of a connection that speaks to this emulator. */
  settings: { accountSid: string; authToken: string; senders: string[]; messagesPerSecond: number; connectionOverrides: string; apiBaseUrl: string; messagingServiceSid?: string };
  /** Every message that was taken, in order: what was sent, whatever the answer said. */
  messages: readonly AcceptedMessage[];
  customer: {
    /** Somebody writes. Resolves when the webhook was answered or given up; `id` is the message's SID. */
    write(written: Written): Promise<Delivered & { id: string }>;
  };
  /** Reports a status of a message by hand. */
  report(message: AcceptedMessage, status: string, code?: number): Promise<Delivered>;
  /** Posts anything, signed as Twilio's unless `headers` say otherwise. */
  post(what: Omit<Told, 'url'> & { url?: string }): Promise<Delivered>;
  /** A file that a customer can send: its SID. */
  store(bytes: Buffer, mime: string, name?: string): string;
  /** Takes a file away. */
  lose(sid: string): void;
  /** Changes what a sender is. @throws Error when there is no such sender */
  change(address: string, what: Partial<EmulatedSender>): void;
  /** A secondary auth token: it opens the API beside the primary one. */
  addToken(authToken: string): void;
  /** Makes it the primary one, the only one, which signs from now on. */
  promote(authToken: string): void;
  /** What WhatsApp decided about a template. @throws Error when there is no such template */
  decide(sid: string, status: string, reason?: string): void;
}
