/**
 * Guessing is made slow where it comes from: a few free tries, then a pause that doubles. Counted per address and account,
 * so that nobody can lock the owner out from somewhere else, and per address over all accounts. Rows, so that a restart
 * forgets nothing.
 */
import { createHash } from 'node:crypto';
import { placeOf } from '../http/address.ts';
import type { Sql } from '../db/sql.ts';
import type { Runtime } from '../runtime.ts';

const firstPauseMs = 30_000;
const forgottenAfterMs = 24 * 3_600_000;

export interface Limit {
  key: string;
  /** Failures before the first pause. */
  free: number;
  longestPauseMs: number;
}

/** What a try is counted under. The account is hashed: the table must not become a list of who was tried. */
export function limitsOf(what: string, address: string, account: string): Limit[] {
  const place = placeOf(address);
  const digest = createHash('sha256').update(account).digest('base64url');
  return [
    { key: `${what} ${place} ${digest}`, free: 5, longestPauseMs: 15 * 60_000 },
    // A whole office, or everybody behind a proxy that was not configured, shares this one: it slows, it never locks.
    { key: `${what} ${place}`, free: 30, longestPauseMs: firstPauseMs },
  ];
}

export interface Throttle {
  /**
   * Counts a try as failed before it is made, so that a thousand at once are not a thousand free ones; `forgive` takes it
   * back. `left`: free tries after this one; at 0 `pausedUntil` says when the next is taken.
   */
  begin(limits: readonly Limit[]): Promise<{ allowed: true; left: number; pausedUntil: number } | { allowed: false; pausedUntil: number }>;
  /** It succeeded: the first limit is forgotten, of the others only this try. */
  forgive(limits: readonly Limit[]): Promise<void>;
}

export function createThrottle({ db, clock }: Pick<Runtime, 'db' | 'clock'>): Throttle {
  let cleanedAt = 0;
  return {
    async begin(limits) {
      const now = clock.now();
      const blocked = await db.read((sql) => longestBlock(sql, limits, now));
      if (blocked > now) return { allowed: false, pausedUntil: blocked };
      return db.write(async (sql) => {
        if (now - cleanedAt > forgottenAfterMs / 24) {
          cleanedAt = now;
          await sql.run('delete from throttle where updated_at < ?', [now - forgottenAfterMs]);
        }
        let left = Number.POSITIVE_INFINITY;
        let pausedUntil = 0;
        for (const { key, free, longestPauseMs } of limits) {
          const failures = await count(sql, key, now);
          if (failures === undefined) return { allowed: false, pausedUntil: await longestBlock(sql, limits, now) } as const;
          left = Math.min(left, Math.max(0, free - failures));
          if (failures < free) continue;
          const until = now + Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - free));
          pausedUntil = Math.max(pausedUntil, until);
          await sql.run('update throttle set blocked_until = ? where key = ?', [until, key]);
        }
        return { allowed: true, left, pausedUntil } as const;
      });
    },
    async forgive([own, ...others]) {
      await db.write(async (sql) => {
        if (own) await sql.run('delete from throttle where key = ?', [own.key]);
        for (const { key } of others) await sql.run('update throttle set failures = failures - 1, blocked_until = 0 where key = ? and failures > 0', [key]);
      });
    },
  };
}

/** Undefined when somebody else's try has just begun a pause. The row stays locked until the transaction ends. */
async function count(sql: Sql, key: string, now: number): Promise<number | undefined> {
  const rows = await sql.all<{ failures: number }>(
    `insert into throttle (key, failures, blocked_until, updated_at) values (?, 1, 0, ?)
     on conflict (key) do update set failures = case when throttle.updated_at < ? then 1 else throttle.failures + 1 end, updated_at = excluded.updated_at
     where throttle.blocked_until <= excluded.updated_at returning failures`,
    [key, now, now - forgottenAfterMs],
  );
  return rows[0]?.failures;
}

async function longestBlock(sql: Sql, limits: readonly Limit[], now: number): Promise<number> {
  let longest = now;
  for (const { key } of limits) {
    const [row] = await sql.all<{ blocked_until: number }>('select blocked_until from throttle where key = ?', [key]);
    longest = Math.max(longest, row?.blocked_until ?? 0);
  }
  return longest;
}
