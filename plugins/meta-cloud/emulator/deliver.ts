/** Webhooks as Meta posts them: signed, one by one or in batches, tried again until they are answered 200. */
import { createHmac } from 'node:crypto';
import { setTimeout as later } from 'node:timers/promises';
import { Agent, request } from 'undici';

/** One thing to tell: a message, a status, or another field's whole value. */
export type Item = { account: string; waba: string } & (
  | { member: 'messages'; message: object; contact: object }
  | { member: 'statuses'; status: object; contact?: object }
  | { member: 'other'; field: string; value: object }
);

/** How deliveries are disturbed. */
export interface Shape {
  /** How often each delivery is repeated, at the same moment. */
  duplicate: number;
  /** Items are held until `batch` of them fill one delivery, over several entries and changes. */
  batch: number;
  /** Deliveries are held and let go in the opposite order. */
  reorder: boolean;
  /** How long an item may be held for a batch or for reordering, in milliseconds. */
  holdMs: number;
}

export interface Retry {
  firstMs: number;
  factor: number;
  maxMs: number;
  /** Attempts in all; Meta's go on for seven days. */
  tries: number;
  timeoutMs: number;
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
  items: number;
  attempt: number;
  duplicate: boolean;
  status?: number;
  /** Why there is no status. */
  failed?: string;
}

export interface Courier {
  shape: Shape;
  /** Resolves when it was answered 200 or given up. */
  queue(item: Item): Promise<Delivered>;
  /** Posts a body of any form, signed, once or with the usual retries. */
  post(url: string, body: Buffer, items?: number, headers?: Record<string, string>): Promise<Delivered>;
  records: readonly DeliveryRecord[];
  /** Resolves when nothing is held or on its way. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

interface Held {
  item: Item;
  done(outcome: Delivered): void;
}

const kept = 1000;

export function createCourier(options: { appSecret: string; retry: Retry; urlFor(item: Item): string | undefined; shape: Shape; number(account: string): string }): Courier {
  const { appSecret, retry, urlFor, shape } = options;
  const agent = new Agent({ connections: 64, pipelining: 1 });
  const stopping = new AbortController();
  const records: DeliveryRecord[] = [];
  let held: Held[] = [];
  let release: NodeJS.Timeout | undefined;
  let underway = 0;
  let waiting: (() => void)[] = [];

  function queue(item: Item): Promise<Delivered> {
    return new Promise((done) => {
      held.push({ item, done });
      if (shape.reorder || held.length < shape.batch) release ??= setTimeout(letGo, shape.holdMs);
      else letGo();
    });
  }

  function letGo(): void {
    clearTimeout(release);
    release = undefined;
    const ready = shape.reorder ? held.toReversed() : held;
    held = [];
    for (let at = 0; at < ready.length; at += shape.batch) void send(ready.slice(at, at + shape.batch));
  }

  /** One delivery goes to one address, so the items of a batch are parted by theirs. */
  async function send(batch: Held[]): Promise<void> {
    const byUrl = Map.groupBy(batch, ({ item }) => urlFor(item));
    for (const [url, group] of byUrl) {
      if (url === undefined) {
        for (const { done } of group) done({ ok: false, attempts: 0 });
        continue;
      }
      const body = Buffer.from(escaped(JSON.stringify(envelope(group.map(({ item }) => item), options.number))));
      const outcome = await post(url, body, group.length);
      for (const { done } of group) done(outcome);
    }
    settle();
  }

  async function post(url: string, body: Buffer, items = 1, headers?: Record<string, string>): Promise<Delivered> {
    underway += 1;
    const signed = headers ?? { 'x-hub-signature-256': `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}` };
    try {
      const copies = Array.from({ length: shape.duplicate }, () => attempt(url, body, signed, items, 1, true));
      let outcome: Delivered = { ok: false, attempts: 0 };
      for (let wait = retry.firstMs, tried = 1; tried <= retry.tries && !stopping.signal.aborted; tried += 1, wait = Math.min(wait * retry.factor, retry.maxMs)) {
        const status = await attempt(url, body, signed, items, tried, false);
        outcome = { ok: status === 200, attempts: tried, ...(status !== undefined && { status }) };
        if (outcome.ok || tried === retry.tries) break;
        await later(wait, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
      await Promise.all(copies);
      return outcome;
    } finally {
      underway -= 1;
      settle();
    }
  }

  async function attempt(url: string, body: Buffer, signed: Record<string, string>, items: number, tried: number, duplicate: boolean): Promise<number | undefined> {
    const record: DeliveryRecord = { at: Date.now(), url, items, attempt: tried, duplicate };
    records.push(record);
    if (records.length > kept) records.splice(0, records.length - kept);
    try {
      const answer = await request(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'facebookexternalua', ...signed },
        body,
        dispatcher: agent,
        headersTimeout: retry.timeoutMs,
        bodyTimeout: retry.timeoutMs,
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

  function settle(): void {
    if (underway > 0 || held.length > 0) return;
    for (const go of waiting) go();
    waiting = [];
  }

  return {
    shape,
    queue,
    post,
    records,
    idle: () =>
      new Promise((done) => {
        waiting.push(done);
        settle();
      }),
    async close() {
      stopping.abort();
      clearTimeout(release);
      for (const { done } of held) done({ ok: false, attempts: 0 });
      held = [];
      settle();
      await agent.destroy();
    },
  };
}

/** Three changes an entry; as many entries as it takes; no change holds both messages and statuses, or two numbers. */
function envelope(items: Item[], number: (account: string) => string): object {
  const perChange = Math.ceil(items.length / 9);
  const changes: { waba: string; account: string; member: Item['member']; field: string; value: { [member: string]: unknown }; count: number }[] = [];
  for (const item of items) {
    const last = changes.at(-1);
    const { member, account, waba } = item;
    if (member === 'other') {
      changes.push({ waba, account, member, field: item.field, value: { ...item.value }, count: 1 });
      continue;
    }
    const one = member === 'messages' ? item.message : item.status;
    const contacts = item.contact ? [item.contact] : [];
    if (last && last.member === member && last.account === account && last.waba === waba && last.count < perChange) {
      append(last.value, member, [one]);
      append(last.value, 'contacts', contacts);
      last.count += 1;
      continue;
    }
    const value = {
      messaging_product: 'whatsapp',
      metadata: { display_phone_number: number(account), phone_number_id: account },
      ...(contacts.length > 0 && { contacts }),
      [member]: [one],
    };
    changes.push({ waba, account, member, field: 'messages', value, count: 1 });
  }
  const entries: { id: string; time?: number; changes: { field: string; value: object }[] }[] = [];
  for (const { waba, field, value, member } of changes) {
    const last = entries.at(-1);
    // News of an account says when it was put together: without it the same news a day later would be the same event.
    if (member === 'other') entries.push({ id: waba, time: Math.floor(Date.now() / 1000), changes: [{ field, value }] });
    else if (last && last.id === waba && last.time === undefined && last.changes.length < 3) last.changes.push({ field, value });
    else entries.push({ id: waba, changes: [{ field, value }] });
  }
  return { object: 'whatsapp_business_account', entry: entries };
}

function append(value: { [member: string]: unknown }, member: string, more: object[]): void {
  const list = value[member];
  if (Array.isArray(list)) list.push(...more);
  else if (more.length > 0) value[member] = more;
}

/** Meta writes everything beyond ASCII as \uXXXX in lower case, and signs that. */
function escaped(json: string): string {
  return json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
