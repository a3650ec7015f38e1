/** What the emulated accounts know: numbers, tokens, templates, files, who is subscribed, what was sent. */
import { createHash, randomBytes } from 'node:crypto';
import type { Loose } from '#plugin';

export interface AcceptedMessage {
  id: string;
  /** `biz_opaque_callback_data`: the sender's own name for it. */
  ref?: string;
  /** The phone or the user id it went to. */
  to: string;
  /** The phone number id it was sent from. */
  account: string;
  type: string;
  /** The text of a text message or of an interactive one's body, for reading along. */
  text?: string;
  body: Loose;
  at: number;
}

export interface EmulatedNumber {
  id: string;
  waba: string;
  phone: string;
  name: string;
  status: string;
  quality: string;
  verified: boolean;
  limit: string;
  /** It stays in the WhatsApp Business app. */
  onPhone: boolean;
  pin?: string;
  /** When registering was tried, in milliseconds. */
  tries: number[];
  callback?: string;
}

/** What a token may do, and how `debug_token` words it. */
export interface IssuedToken {
  /** The business accounts it may use; all unless told. */
  accounts?: readonly string[];
  /** Seconds; 0: it never ends. */
  expiresAt: number;
  revoked: boolean;
  /** The app that it is of. */
  app: string;
  /** `renamed`: the management scope is called whatsapp_business_manage_events, as in June 2026; `none`: no target_ids; `numbers`: ids as numbers. */
  targets: 'usual' | 'none' | 'renamed' | 'numbers';
}

export interface Code {
  at: number;
  used: boolean;
  token: string;
  redirectUri: string | undefined;
}

export interface StoredFile {
  id: string;
  mime: string;
  bytes: Buffer;
  name: string;
  /** Hex. */
  sha256: string;
  at: number;
}

export interface EmulatedTemplate {
  id: string;
  waba: string;
  name: string;
  language: string;
  category: string;
  status: string;
  components: unknown;
  parameterFormat: string;
  quality?: string;
  reason?: string;
}

export interface State {
  appId: string;
  configId: string;
  /** The first business account; `accounts` holds it and the others. */
  waba: string;
  accounts: Set<string>;
  appSecret: string;
  tokens: Map<string, IssuedToken>;
  codes: Map<string, Code>;
  verifyToken: string;
  numbers: Map<string, EmulatedNumber>;
  /** By business account, where the app is subscribed; `override` is an address of the account's own. */
  subscriptions: Map<string, { override?: string }>;
  /** The app's own callback URL. */
  callback: string | undefined;
  templates: Map<string, EmulatedTemplate>;
  files: Map<string, StoredFile>;
  /** Sessions of header samples, and how many bytes each expects. */
  uploads: Map<string, number>;
  messages: AcceptedMessage[];
  /** Where the emulator listens. */
  readonly url: string;
  nextNumber(): string;
}

/** Ids that never repeat, not even after a restart of the emulator. */
export function createIds(): () => string {
  const run = randomBytes(6).toString('hex').toUpperCase();
  let count = 0;
  return () => `wamid.HBgM${run}FQIAERgS${(count++).toString(16).toUpperCase().padStart(10, '0')}AA==`;
}

/** Decimal ids for files and templates. */
export function createNumbers(): () => string {
  let last = Date.now() * 1000;
  return () => String((last += 1));
}

/** The address a number's events go to: its own, else the account's, else the app's. */
export function callbackOf(state: State, account: string, waba = state.numbers.get(account)?.waba ?? state.waba): string | undefined {
  const subscription = state.subscriptions.get(waba);
  if (!subscription) return undefined;
  return state.numbers.get(account)?.callback ?? subscription.override ?? state.callback;
}

export function numberOf(id: string, waba: string, at: number): EmulatedNumber {
  const phone = `6281100${String(at + 1).padStart(5, '0')}`;
  return { id, waba, phone, name: `Emulated ${at + 1}`, status: 'CONNECTED', quality: 'GREEN', verified: true, limit: 'TIER_1K', onPhone: false, tries: [] };
}

/** Is this token alive, and may it use that account? */
export function isAlive(state: State, token: string | undefined): token is string {
  const issued = token === undefined ? undefined : state.tokens.get(token);
  return issued !== undefined && !issued.revoked && (issued.expiresAt === 0 || issued.expiresAt * 1000 > Date.now());
}

export function mayUse(state: State, token: string, waba: string): boolean {
  const { accounts } = state.tokens.get(token) ?? {};
  return accounts === undefined || accounts.includes(waba);
}

export function storeFile(state: State, bytes: Buffer, mime: string, name: string): StoredFile {
  const file = { id: state.nextNumber(), mime, bytes, name, sha256: createHash('sha256').update(bytes).digest('hex'), at: Date.now() };
  state.files.set(file.id, file);
  return file;
}
