/** Webhooks on their way: one by one or in batches, repeated or turned around, and tried again until they are taken or given up. */
import { setTimeout as later } from 'node:timers/promises';
import { Agent, request } from 'undici';

/** How deliveries are disturbed. */
export interface Shape {
  /** How often each delivery is repeated, at the same moment. */
  duplicate: number;
  /** Events are held until there are so many, for providers that tell several at once. */
  batch: number;
  /** Deliveries are held and let go in the opposite order. */
  reorder: boolean;
  /** How long an event may be held for a batch or for reordering, in milliseconds. */
  holdMs: number;
}

export const undisturbed: Shape = { duplicate: 0, batch: 1, reorder: false, holdMs: 50 };

export interface Retry {
  firstMs: number;
  factor: number;
  maxMs: number;
  /** Attempts in all. */
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
  /** How many events it carries. */
  items: number;
  attempt: number;
  duplicate: boolean;
  status?: number;
  /** Why there is no status. */
  failed?: string;
}

export interface Post {
  url: string;
  method?: 'GET' | 'POST';
  body?: Buffer | string;
  /** Asked for at every attempt: the secret that signs may have changed. */
  headers(): Record<string, string>;
  /** Is it tried again after this attempt? Up to `tries` unless told. */
  goesOn?(attempt: number, status: number | undefined): boolean;
}

/** What an emulator's base needs of it. */
export interface Way {
  shape: Shape;
  records: readonly DeliveryRecord[];
  /** Resolves when nothing is held or on its way. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export interface Courier<Item> extends Way {
  /** Resolves when it was taken or given up. */
  queue(item: Item): Promise<Delivered>;
  /** Past what is held. */
  post(post: Post): Promise<Delivered>;
}

export interface CourierOptions<Item> {
  shape?: Partial<Shape> | undefined;
  retry?: Partial<Retry> | undefined;
  /** The deliveries that tell these events; one that goes nowhere stands in none of them. */
  pack(items: readonly Item[]): readonly { post: Post; items: readonly Item[] }[];
  /** 200 alone unless told. */
  isTaken?(status: number): boolean;
  /** Which address is called where this one is meant. */
  reach?(url: string): string;
  log?: ((line: string) => void) | undefined;
}

/** One event, one delivery. */
export function alone(posts: readonly Post[]): { post: Post; items: readonly Post[] }[] {
  return posts.map((post) => ({ post, items: [post] }));
}

interface Held<Item> {
  item: Item;
  done(outcome: Delivered): void;
}

const nowhere: Delivered = { ok: false, attempts: 0 };
const kept = 1000;

export function createCourier<Item>({ pack, isTaken = (status) => status === 200, reach = (url) => url, log, ...options }: CourierOptions<Item>): Courier<Item> {
  const shape: Shape = { ...undisturbed, ...options.shape };
  const retry: Retry = { firstMs: 500, factor: 2, maxMs: 10_000, tries: 4, timeoutMs: 10_000, ...options.retry };
  const agent = new Agent({ connections: 64, pipelining: 1 });
  const stopping = new AbortController();
  const { signal } = stopping;
  const records: DeliveryRecord[] = [];
  let held: Held<Item>[] = [];
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
    let before = Promise.resolve();
    for (let at = 0; at < ready.length; at += shape.batch) {
      const answered = Promise.withResolvers<void>();
      void send(ready.slice(at, at + shape.batch), before, answered.resolve);
      // One after the other, so that the order in which they arrive is the opposite one.
      if (shape.reorder) before = answered.promise;
    }
  }

  async function send(batch: readonly Held<Item>[], before: Promise<void>, answered: () => void): Promise<void> {
    underway += 1;
    await before;
    const outcomes = new Map<Item, Delivered>();
    await Promise.all(pack(batch.map(({ item }) => item)).map(async ({ post: one, items }) => {
      const outcome = await post(one, items.length, answered);
      for (const item of items) outcomes.set(item, outcome);
    }));
    answered();
    for (const { item, done } of batch) done(outcomes.get(item) ?? nowhere);
    underway -= 1;
    settle();
  }

  async function post(one: Post, items = 1, answered = () => {}): Promise<Delivered> {
    underway += 1;
    try {
      const copies = Array.from({ length: shape.duplicate }, () => attempt(one, items, 1, true));
      const [status] = await Promise.all([attempt(one, items, 1, false), ...copies]);
      answered();
      const outcome = await goOn(one, items, status);
      log?.(`webhook → ${URL.parse(one.url)?.origin ?? one.url} ${outcome.status ?? 'no answer'}${outcome.attempts > 1 ? ` after ${outcome.attempts} attempts` : ''}`);
      return outcome;
    } finally {
      underway -= 1;
      settle();
    }
  }

  /** Until it is taken or given up. */
  async function goOn(one: Post, items: number, first: number | undefined): Promise<Delivered> {
    let status = first;
    for (let nth = 1, wait = retry.firstMs; ; nth += 1, wait = Math.min(wait * retry.factor, retry.maxMs)) {
      const ok = status !== undefined && isTaken(status);
      const again = !ok && !signal.aborted && (one.goesOn?.(nth, status) ?? nth < retry.tries);
      if (!again) return { ok, attempts: nth, ...(status !== undefined && { status }) };
      await later(wait, undefined, { signal }).catch(() => undefined);
      status = await attempt(one, items, nth + 1, false);
    }
  }

  async function attempt({ url, method = 'POST', body, headers }: Post, items: number, nth: number, duplicate: boolean): Promise<number | undefined> {
    const record: DeliveryRecord = { at: Date.now(), url, items, attempt: nth, duplicate };
    records.push(record);
    if (records.length > kept) records.splice(0, records.length - kept);
    try {
      const answer = await request(reach(url), { method, headers: headers(), ...(body !== undefined && { body }), dispatcher: agent, headersTimeout: retry.timeoutMs, bodyTimeout: retry.timeoutMs, signal });
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
      for (const { done } of held) done(nowhere);
      held = [];
      settle();
      await agent.destroy();
    },
  };
}
