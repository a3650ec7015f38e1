/** What the emulated account knows: its numbers, who is subscribed, what was sent. */
import { randomBytes } from 'node:crypto';
import type { Loose } from '../json.ts';

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

export interface RequestRecord {
  at: number;
  method: string;
  path: string;
  status: number;
  verdict: string;
}

export interface EmulatedNumber {
  id: string;
  phone: string;
  name: string;
  status: string;
  quality: string;
  pin?: string;
  callback?: string;
}

export interface State {
  appId: string;
  waba: string;
  appSecret: string;
  tokens: ReadonlySet<string>;
  verifyToken: string;
  numbers: ReadonlyMap<string, EmulatedNumber>;
  /** Undefined while the app is not subscribed; `override` is an address of the account's own. */
  subscription: { override?: string } | undefined;
  /** The app's own callback URL. */
  callback: string | undefined;
  messages: AcceptedMessage[];
  requests: RequestRecord[];
}

const keptRequests = 1000;

export function recordRequest(state: State, request: RequestRecord): void {
  state.requests.push(request);
  // Trimmed in chunks: moving a thousand elements for each request would be felt in a benchmark.
  if (state.requests.length >= 2 * keptRequests) state.requests.splice(0, keptRequests);
}

/** Ids that never repeat, not even after a restart of the emulator. */
export function createIds(): () => string {
  const run = randomBytes(6).toString('hex').toUpperCase();
  let count = 0;
  return () => `wamid.HBgM${run}FQIAERgS${(count++).toString(16).toUpperCase().padStart(10, '0')}AA==`;
}

/** The address a number's events go to: its own, else the account's, else the app's. */
export function callbackOf(state: State, account: string): string | undefined {
  if (!state.subscription) return undefined;
  return state.numbers.get(account)?.callback ?? state.subscription.override ?? state.callback;
}
