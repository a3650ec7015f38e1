/** What the emulator can be told and asked in code. */
import type { Delivered } from '../../emulator/courier.ts';
import type { Stand, StandOptions } from '../../emulator/stand.ts';
import type { Written } from '../../emulator/written.ts';
import type { issueCode } from './apps.ts';
import type { handshake } from './hands.ts';
import type { AcceptedMessage, EmulatedNumber, IssuedToken } from './state.ts';

/** `webhookUrl` is the app's own callback URL; `retry` unless told as Meta's, for minutes in place of seven days. */
export interface EmulatorOptions extends StandOptions {
  appSecret: string;
  accessToken: string | readonly string[];
  /** What the handshake names; needed for `handshake()` alone. */
  verifyToken?: string;
  phoneNumberIds?: readonly string[];
  businessAccountId?: string;
  /** Other business accounts and their numbers; none unless told. */
  otherAccounts?: Record<string, readonly string[]>;
  appId?: string;
  /** The login configuration that signing in names. */
  configId?: string;
}

/** Its address is the API base URL for a connection's settings. */
export interface Emulator extends Stand {
  /** Settings of a connection that speaks to this emulator. */
  settings: { accessToken: string; appSecret: string; verifyToken: string; businessAccountId: string; phoneNumberIds: string[]; appId: string; apiVersion: string; apiBaseUrl: string; messagesPerSecond: number };
  /** Every message that was taken, in order: what was sent, whatever the answer said. */
  messages: readonly AcceptedMessage[];
  customer: {
    /** Somebody writes. Resolves when the webhook was answered 200 or given up; `id` is the wamid. */
    write(written: Written): Promise<Delivered & { id: string }>;
  };
  /** Reports a status of a message by hand. */
  report(message: AcceptedMessage, status: 'sent' | 'delivered' | 'read' | 'played' | 'failed', code?: number): Promise<Delivered>;
  /** Posts another field, for example `account_update`. */
  tell(field: string, value: object, account?: string): Promise<Delivered>;
  /** Posts any body, signed as Meta's unless `headers` say otherwise. */
  post(body: string | Buffer, headers?: Record<string, string>): Promise<Delivered>;
  /** Changes what a number is: its status, quality, PIN … @throws Error when there is no such number */
  change(number: string, what: Partial<EmulatedNumber>): void;
  /** Another token, or what a token may do from now on. */
  issue(token: string, what?: Partial<IssuedToken>): void;
  /** A file that a customer can send: its id, and the digest that a webhook gives. */
  store(bytes: Buffer, mime: string, name?: string): { id: string; sha256: string };
  /** What Meta decided about a template: it changes, and the webhook is told. */
  decide(template: string, status: string, reason?: string): Promise<Delivered>;
  /** A code as signing in would bring it; `at` makes it an old one. */
  signIn(granted?: Parameters<typeof issueCode>[1]): string;
  handshake(): ReturnType<typeof handshake>;
}
