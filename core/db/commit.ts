/**
 * Group commit: what waits while one transaction is being written goes into the next one together. A step is one kind of
 * write; it gets all of its waiting items at once, so that a thousand messages a second cost a few hundred commits, not
 * four thousand. A promise resolves after COMMIT and never before.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { StorageUnavailable } from '../errors.ts';
import type { Database } from './open.ts';
import type { Sql } from './sql.ts';

export interface Step<Item, Result> {
  name: string;
  /** Writes all items; results in their order. May be called again with the same items after a rollback, so it must not keep state. */
  write(sql: Sql, items: Item[]): Promise<Result[]>;
  /** How long an item may wait for a database that says no before it is refused; Infinity for work that must not be lost. */
  patienceMs: number;
  /** Somebody outside waits for the answer: it goes before what may wait. */
  urgent?: true;
  /**
   * On PostgreSQL each item has a transaction of its own, a few side by side: an item locks many rows, in one order, and two in one
   * transaction would break it and meet other transactions in a deadlock.
   */
  apart?: true;
  /** How many rows' worth of work an item is, where one stands for many. */
  size?(item: Item): number;
}

export interface Commit {
  add<Item, Result>(step: Step<Item, Result>, item: Item): Promise<Result>;
  /** Items that wait. */
  readonly waiting: number;
  /** Resolves when nothing waits. */
  idle(): Promise<void>;
}

interface Waiting {
  item: unknown;
  since: number;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/** Steps of different item types live in one queue; the types are joined again in `add`. */
type AnyStep = Step<unknown, unknown>;

const mostAtOnce = 1_000;
/** While urgent items keep coming, the rest is written in slices of this length, so that none of them waits long behind it. */
const sliceMs = 4;
const smallestSlice = 16;
/** So many urgent items again right after a commit: they come quicker than one commit at a time can answer them… */
const crowd = 2;
/** …and go on alone for this long, then the rest gets its slice. It waits anyway while there is so much, and costs less in larger batches. */
const crowdMs = 60;
/** How long after an urgent item the next one is expected. */
const expectMs = 25;

/** Transactions of a step whose items stand apart: there are few connections to PostgreSQL, and webhooks need one, too. */
const sideBySide = 3;

type Batch = Map<AnyStep, Waiting[]>;

/**
 * SQLite has one writer and pays for each fsync, so steps share transactions. On PostgreSQL each step has its own,
 * several at a time: rows of different steps would else be locked in an order that two replicas do not share.
 */
export function createCommit(db: Database): Commit {
  if (db.kind === 'sqlite') return createQueue(db);
  const queues = new Map<unknown, Commit>();
  let turn = 0;
  const queueOf = (key: unknown) => {
    let queue = queues.get(key);
    if (!queue) queues.set(key, (queue = createQueue(db)));
    return queue;
  };
  return {
    add: (step, item) => queueOf(step.apart ? `${step.name} ${turn++ % sideBySide}` : step).add(step, item),
    get waiting() {
      return [...queues.values()].reduce((sum, queue) => sum + queue.waiting, 0);
    },
    async idle() {
      for (const queue of queues.values()) await queue.idle();
    },
  };
}

function createQueue(db: Database): Commit {
  const queue = new Map<AnyStep, Waiting[]>();
  let waiting = 0;
  let busy: Promise<void> | undefined;
  let urgentAt = -Infinity;
  let urgentLast = false;
  let slicedAt = -Infinity;
  /** What one row of the work that may wait takes, as it was of late. */
  let rowMs = 0.1;

  async function flush(): Promise<void> {
    while (waiting > 0) {
      // Sockets get their turn between two commits, and what they bring shares the next one.
      await new Promise<void>((resolve) => setImmediate(resolve));
      const batch = take();
      try {
        await writeTogether(batch);
      } catch (error) {
        await recover(batch, error);
      }
    }
    busy = undefined;
  }

  /** Everything while there is little or nobody outside waits; else urgent items and a slice of the rest in turns, in a crowd several of the first for one of the other. */
  function take(): Batch {
    const steps = [...queue.keys()];
    const urgent = steps.filter((step) => step.urgent);
    const rest = steps.filter((step) => !step.urgent);
    const now = performance.now();
    if (urgent.length > 0) urgentAt = now;
    const little = rest.reduce((sum, step) => sum + rowsOf(step, queue.get(step) ?? []), 0) <= smallestSlice;
    if (little || now - urgentAt > expectMs) {
      urgentLast = false;
      return new Map(steps.map((step) => [step, takeOf(step, mostAtOnce)]));
    }
    const crowded = urgent.reduce((items, step) => items + (queue.get(step)?.length ?? 0), 0) >= crowd && now - slicedAt < crowdMs;
    urgentLast = rest.length === 0 || (urgent.length > 0 && (!urgentLast || crowded));
    return urgentLast ? new Map(urgent.map((step) => [step, takeOf(step, mostAtOnce)])) : sliceOf(rest);
  }

  /** Of each step its share; what the short ones leave over is for the long ones. */
  function sliceOf(steps: AnyStep[]): Batch {
    let rows = Math.max(sliceMs / rowMs, smallestSlice);
    const batch: Batch = new Map();
    steps.sort((a, b) => (queue.get(a)?.length ?? 0) - (queue.get(b)?.length ?? 0));
    for (const [n, step] of steps.entries()) {
      const items = takeOf(step, rows / (steps.length - n));
      batch.set(step, items);
      rows = Math.max(rows - rowsOf(step, items), 0);
    }
    return batch;
  }

  /** The first items of a step that hold so many rows, but at least one item. */
  function takeOf(step: AnyStep, rows: number): Waiting[] {
    const items = queue.get(step) ?? [];
    let count = 1;
    let held = items[0] ? sizeOf(step, items[0]) : 0;
    for (; count < items.length && !(step.apart && db.kind === 'postgres'); count++) {
      const item = items[count];
      if (item) held += sizeOf(step, item);
      if (held > rows) break;
    }
    const taken = items.splice(0, count);
    if (items.length === 0) queue.delete(step);
    waiting -= taken.length;
    return taken;
  }

  async function writeTogether(batch: Batch): Promise<void> {
    const began = performance.now();
    const results = await db.write(async (sql) => {
      const written: unknown[][] = [];
      for (const [step, items] of batch) written.push(await step.write(sql, items.map((w) => w.item)));
      return written;
    });
    if (!urgentLast) {
      slicedAt = performance.now();
      const rows = [...batch].reduce((sum, [step, items]) => sum + rowsOf(step, items), 0);
      rowMs = rowMs * 0.8 + ((performance.now() - began) / rows) * 0.2;
    }
    let n = 0;
    for (const items of batch.values()) {
      const written = results[n++] ?? [];
      items.forEach((w, i) => w.resolve(written[i]));
    }
  }

  /** A database that said no gets another chance; one bad item must not take the others with it. */
  async function recover(batch: Batch, error: unknown): Promise<void> {
    if (isPassing(error)) {
      for (const [step, items] of batch) queue.set(step, [...items, ...(queue.get(step) ?? [])]);
      refuseImpatient(error instanceof StorageUnavailable ? error : new StorageUnavailable('STORAGE_BUSY', undefined, { cause: error }));
      waiting = [...queue.values()].reduce((sum, items) => sum + items.length, 0);
      if (waiting > 0) await pause(isContention(error) ? 5 : 40);
      return;
    }
    const items = [...batch].flatMap(([step, list]) => list.map((w) => ({ step, w })));
    if (items.length === 1) return items[0]?.w.reject(error);
    for (const [n, { step, w }] of items.entries()) {
      const refused = await writeTogether(new Map([[step, [w]]])).then(() => undefined, (reason: unknown) => ({ reason }));
      if (!refused) continue;
      // The rest goes back as it stands, so that each step's items keep their order.
      if (isPassing(refused.reason)) return recover(new Map([...Map.groupBy(items.slice(n), (item) => item.step)].map(([of, list]) => [of, list.map((item) => item.w)])), refused.reason);
      w.reject(refused.reason);
    }
  }

  /** Also of those that were not tried yet: their turn would come no sooner. */
  function refuseImpatient(error: unknown): void {
    for (const [step, items] of queue) {
      const patient = items.filter((w) => performance.now() - w.since < step.patienceMs);
      for (const w of items) if (!patient.includes(w)) w.reject(error);
      if (patient.length > 0) queue.set(step, patient);
      else queue.delete(step);
    }
  }

  return {
    add<Item, Result>(step: Step<Item, Result>, item: Item): Promise<Result> {
      return new Promise<Result>((resolve, reject) => {
        // The step's own types hold: its items go to its write and its results to its promises, by place.
        const key = step as AnyStep;
        const w: Waiting = { item, since: performance.now(), resolve, reject };
        const items = queue.get(key);
        if (items) items.push(w);
        else queue.set(key, [w]);
        waiting++;
        busy ??= flush();
      });
    },
    get waiting() {
      return waiting;
    },
    async idle() {
      while (busy) await busy;
    },
  };
}

const sizeOf = (step: AnyStep, w: Waiting) => step.size?.(w.item) ?? 1;
const rowsOf = (step: AnyStep, items: readonly Waiting[]) => items.reduce((sum, w) => sum + sizeOf(step, w), 0);

const isPassing = (error: unknown) => error instanceof StorageUnavailable || isContention(error);

/** PostgreSQL undid one of two transactions that met (deadlock, serialisation): the same again is right. */
function isContention(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && (error.code === '40P01' || error.code === '40001');
}
