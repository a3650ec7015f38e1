/** What the emulator can be told and asked in code. */
import type { issueCode } from './apps.ts';
import type { Written } from './customer.ts';
import type { Delivered, DeliveryRecord, Retry, Shape } from './deliver.ts';
import type { Faults } from './faults.ts';
import type { handshake } from './hands.ts';
import type { AcceptedMessage, EmulatedNumber, IssuedToken, RequestRecord } from './state.ts';

export interface StatusDelays {
  /** Milliseconds after the message was taken; a status without a delay is not reported. */
  sent?: number;
  delivered?: number;
  read?: number;
}

export interface EmulatorOptions {
  /** 0 takes a free one. */
  port?: number;
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
  /** Where events are posted: the app's own callback URL. */
  webhookUrl?: string;
  /** Report what became of messages: true, or when. */
  statuses?: boolean | StatusDelays;
  /** How long an answer to a call takes, in milliseconds. */
  latencyMs?: number;
  retry?: Partial<Retry>;
  webhooks?: Partial<Shape>;
  /** Told of what happens, a line each. */
  log?: (line: string) => void;
}

export interface Emulator {
  /** The API base URL for a connection's settings. */
  url: string;
  port: number;
  /** Settings of a connection that speaks to this emulator. */
  settings: { accessToken: string; appSecret: string; verifyToken: string; businessAccountId: string; phoneNumberIds: string[]; appId: string; apiVersion: string; apiBaseUrl: string; messagesPerSecond: number };
  /** Every message that was taken, in order: what was sent, whatever the answer said. */
  messages: readonly AcceptedMessage[];
  /** The latest calls. */
  requests: readonly RequestRecord[];
  /** The latest webhooks, every attempt of them. */
  deliveries: readonly DeliveryRecord[];
  faults: Faults;
  /** How webhooks are disturbed; change it at any time. */
  webhooks: Shape;
  latencyMs: number;
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
  setWebhookUrl(url: string): void;
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
  /** Resolves when every status that is due was told and every webhook answered or given up. */
  idle(): Promise<void>;
  close(): Promise<void>;
}
