/**
 * Somebody sets the system's clock while work waits. Set back by an hour, what was due in a moment would be due in an hour; set forward,
 * or after the machine slept, the time in which a receipt may come would be over without anybody having listened.
 */
import type { Sql } from '../db/sql.ts';
import { timeOf } from '../ids.ts';
import type { Clock, Runtime } from '../runtime.ts';

const everyMs = 1_000;
/** A clock that is put right by less disturbs nobody. */
const unnoticedMs = 1_000;
/** From one look to the next; longer, and the process stood still. */
const stoodStillMs = 5_000;
/** By so much the newest row may be ahead of this process: replicas' clocks differ, and ids run on where a clock went back. */
const aheadMs = 300_000;

export interface Listening {
  /** Since when this process listens without a gap. */
  since(): number;
  /** By how much the clock was set back since this was last asked. */
  setBack(): number;
}

/** @param steady milliseconds that only go on, whatever the clock is set to */
export function createListening(clock: Clock, steady: () => number): Listening {
  const offset = () => clock.now() - steady();
  let since = clock.now();
  let known = offset();
  let lookedAt = performance.now();
  let back = 0;

  function look(): void {
    const moved = offset() - known;
    known += moved;
    const stood = performance.now() - lookedAt > stoodStillMs;
    lookedAt = performance.now();
    if (moved <= -unnoticedMs) back -= moved;
    if (stood || Math.abs(moved) >= unnoticedMs) since = clock.now();
  }

  return {
    since() {
      look();
      return since;
    },
    setBack() {
      look();
      const by = back;
      back = 0;
      return by;
    },
  };
}

/** Looks every second, and moves what waits with the clock. Returns what ends it. */
export function followClock({ listening, clock, db, log, wake }: Runtime): () => void {
  let asked = false;
  let owed = 0;
  let following = false;

  async function follow(): Promise<void> {
    owed += listening.setBack();
    if (following) return;
    following = true;
    try {
      // What was set back since the start shows in both.
      if (!asked) owed = Math.max(owed, await db.read((sql) => aheadOf(sql, clock.now())));
      asked = true;
      const by = owed;
      if (by === 0) return;
      await db.write((sql) => moveBack(sql, by, clock.now()));
      owed -= by;
      log.warn({ ms: Math.round(by) }, 'the clock was set back; what waits was set back with it');
      wake();
    } finally {
      following = false;
    }
  }

  const timer = setInterval(() => void follow().catch((error: unknown) => log.warn({ err: error }, 'what waits could not be set to the clock; that is tried again')), everyMs);
  return () => clearInterval(timer);
}

/** How far the clock stands before the newest that was written down: it was set back while nobody ran. */
async function aheadOf(sql: Sql, now: number): Promise<number> {
  const [newest] = await sql.all<{ id: string }>('select id from message order by id desc limit 1');
  const ahead = newest ? timeOf(newest.id) - now : 0;
  return ahead > aheadMs ? ahead : 0;
}

/** Conversation, lane, message, as everywhere. */
async function moveBack(sql: Sql, by: number, now: number): Promise<void> {
  const earlier = async (table: string, key: string, column: string) =>
    void (await sql.run(`update ${table} set ${column} = ${column} - ? where ${key} in (select ${key} from ${table} where ${column} > ? order by ${key}${sql.forUpdate})`, [Math.round(by), now]));
  await earlier('conversation', 'id', 'paced_until');
  await earlier('lane', 'key', 'ready_at');
  await sql.run("update message set status_at = status_at - ? where status_at > ? and status = 'unknown' and id in (select ref from job where kind = 'send')", [Math.round(by), now]);
  await earlier('job', 'id', 'ready_at');
  await earlier('number', 'id', 'paced_until');
}
