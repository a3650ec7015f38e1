/** Webhooks as Twilio posts them: a signed form, tried again as often as the fragment of the address says, then dropped. */
import { createHmac, randomUUID } from 'node:crypto';
import { Agent, request } from 'undici';

/** How deliveries are disturbed. */
export interface Shape {
  /** How often each delivery is repeated, at the same moment. */
  duplicate: number;
  /** Deliveries are held and let go in the opposite order. */
  reorder: boolean;
  /** How long one may be held for reordering, in milliseconds. */
  holdMs: number;
}

export interface Delivered {
  ok: boolean;
  attempts: number;
  /** The last HTTP status; undefined when nothing answered. */
  status?: number;
}

export interface DeliveryRecord {
  at: number;
  url: string;
  attempt: number;
  duplicate: boolean;
  status?: number;
  /** Why there is no status. */
  failed?: string;
}

export interface Post {
  url: string;
  /** A form, or a body of another kind as it is. */
  fields?: Record<string, string>;
  json?: string;
  method?: 'GET' | 'POST';
  /** Instead of Twilio's signature. */
  headers?: Record<string, string>;
}

const kept = 1000;

export function createCourier(options: { authToken(): string; shape: Shape; timeoutMs: number; reach(url: string): string }) {
  const { shape, timeoutMs } = options;
  const agent = new Agent({ connections: 64, pipelining: 1 });
  const stopping = new AbortController();
  const records: DeliveryRecord[] = [];
  let held: (() => void)[] = [];
  let release: NodeJS.Timeout | undefined;
  let underway = 0;
  const waiting: (() => void)[] = [];

  async function post(what: Post): Promise<Delivered> {
    underway += 1;
    try {
      if (shape.reorder) await turn();
      const copies = Array.from({ length: shape.duplicate }, () => attempt(what, 1, true));
      const outcome = await tried(what);
      await Promise.all(copies);
      return outcome;
    } finally {
      underway -= 1;
      if (underway === 0) for (const go of waiting.splice(0)) go();
    }
  }

  /** `#rc=2&rp=all`: two more tries, after any failure. Without it there is one more, and only where no connection was made. */
  async function tried(what: Post): Promise<Delivered> {
    const overrides = new URLSearchParams(what.url.split('#')[1] ?? '');
    const tries = 1 + Math.min(5, Number(overrides.get('rc') ?? 1) || 0);
    const policy = (overrides.get('rp') ?? 'ct').split(',');
    for (let nth = 1; ; nth += 1) {
      const status = await attempt(what, nth, false);
      const ok = status !== undefined && status >= 200 && status <= 299;
      const again = policy.includes('all') || (status === undefined ? policy.includes('ct') : policy.includes(`${Math.floor(status / 100)}xx`));
      if (ok || !again || nth === tries || stopping.signal.aborted) return { ok, attempts: nth, ...(status !== undefined && { status }) };
    }
  }

  async function attempt({ url, fields, json, method = 'POST', headers }: Post, nth: number, duplicate: boolean): Promise<number | undefined> {
    const called = url.split('#', 1)[0] ?? '';
    const record: DeliveryRecord = { at: Date.now(), url: called, attempt: nth, duplicate };
    records.push(record);
    if (records.length > kept) records.splice(0, records.length - kept);
    const body = json ?? new URLSearchParams(fields).toString();
    const asked = method === 'GET' ? `${called}${called.includes('?') ? '&' : '?'}${body}` : called;
    const proof = headers ?? { 'x-twilio-signature': signature(options.authToken(), asked, method === 'GET' ? {} : (fields ?? {})) };
    try {
      const answer = await request(options.reach(asked), {
        method,
        headers: { 'user-agent': 'TwilioProxy/1.1', 'i-twilio-idempotency-token': randomUUID(), ...(method === 'POST' && { 'content-type': json === undefined ? 'application/x-www-form-urlencoded; charset=UTF-8' : 'application/json' }), ...proof },
        ...(method === 'POST' && { body }),
        dispatcher: agent,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
        signal: stopping.signal,
      });
      await answer.body.dump();
      record.status = answer.statusCode;
      return answer.statusCode;
    } catch (error) {
      record.failed = error instanceof Error ? error.message || error.name : 'failed';
      return undefined;
    }
  }

  function turn(): Promise<void> {
    return new Promise((go) => {
      held.unshift(go);
      release ??= setTimeout(letGo, shape.holdMs);
    });
  }

  /** One after the other, so that the order in which they arrive is the opposite one. */
  function letGo(): void {
    clearTimeout(release);
    release = undefined;
    const ready = held;
    held = [];
    ready.forEach((go, nth) => setTimeout(go, nth * 5));
  }

  return {
    shape,
    post,
    records,
    idle: () => (underway === 0 ? Promise.resolve() : new Promise<void>((done) => waiting.push(done))),
    async close() {
      stopping.abort();
      letGo();
      await agent.destroy();
      for (const go of waiting.splice(0)) go();
    },
  };
}

/** The URL as it was configured, then every parameter, sorted by name. */
function signature(authToken: string, url: string, fields: Record<string, string>): string {
  const covered = Object.keys(fields).sort((one, other) => (one < other ? -1 : 1)).map((name) => name + (fields[name] ?? '')).join('');
  return createHmac('sha1', authToken).update(url + covered, 'utf8').digest('base64');
}
