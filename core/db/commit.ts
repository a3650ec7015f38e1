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

/**
 * SQLite has one writer and pays for each fsync, so all steps share one transaction. On PostgreSQL each step has its own,
 * several at a time: rows of different steps would else be locked in an order that two replicas do not share.
 */
export function createCommit(db: Database): Commit {
  if (db.kind === 'sqlite') return createQueue(db);
  const queues = new Map<unknown, Commit>();
  const queueOf = (step: unknown) => {
    let queue = queues.get(step);
    if (!queue) queues.set(step, (queue = createQueue(db)));
    return queue;
  };
  return {
    add: (step, item) => queueOf(step).add(step, item),
    get waiting() {
      return [...queues.values()].reduce((sum, queue) => sum + queue.waiting, 0);
    },
    async idle() {
      for (const queue of queues.values()) await queue.idle();
    },
  };
}

function createQueue(db: Database): Commit {
  let queue = new Map<AnyStep, Waiting[]>();
  let waiting = 0;
  let busy: Promise<void> | undefined;

  async function flush(): Promise<void> {
    // The rest of this turn of the event loop may still bring items that can share the commit.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (waiting > 0) {
      const batch = take();
      try {
        await writeTogether(batch);
      } catch (error) {
        await recover(batch, error);
      }
    }
    busy = undefined;
  }

  function take(): Map<AnyStep, Waiting[]> {
    const batch = queue;
    queue = new Map();
    waiting = 0;
    for (const [step, items] of batch) {
      if (items.length <= mostAtOnce) continue;
      const rest = items.splice(mostAtOnce);
      queue.set(step, rest);
      waiting += rest.length;
    }
    return batch;
  }

  async function writeTogether(batch: Map<AnyStep, Waiting[]>): Promise<void> {
    const results = await db.write(async (sql) => {
      const written: unknown[][] = [];
      for (const [step, items] of batch) written.push(await step.write(sql, items.map((w) => w.item)));
      return written;
    });
    let n = 0;
    for (const items of batch.values()) {
      const written = results[n++] ?? [];
      items.forEach((w, i) => w.resolve(written[i]));
    }
  }

  /** A database that said no gets another chance; one bad item must not take the others with it. */
  async function recover(batch: Map<AnyStep, Waiting[]>, error: unknown): Promise<void> {
    if (error instanceof StorageUnavailable || isContention(error)) {
      for (const [step, items] of batch) {
        const patient = items.filter((w) => performance.now() - w.since < step.patienceMs);
        for (const w of items) if (!patient.includes(w)) w.reject(error);
        if (patient.length > 0) queue.set(step, [...patient, ...(queue.get(step) ?? [])]);
      }
      waiting = [...queue.values()].reduce((sum, items) => sum + items.length, 0);
      if (waiting > 0) await pause(isContention(error) ? 5 : 100);
      return;
    }
    const items = [...batch].flatMap(([step, list]) => list.map((w) => ({ step, w })));
    if (items.length === 1) return items[0]?.w.reject(error);
    for (const { step, w } of items) {
      const alone = new Map([[step, [w]]]);
      await writeTogether(alone).catch((reason: unknown) => recover(alone, reason));
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

/** PostgreSQL undid one of two transactions that met (deadlock, serialisation): the same again is right. */
function isContention(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && (error.code === '40P01' || error.code === '40001');
}
