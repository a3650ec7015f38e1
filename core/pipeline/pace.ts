/**
 * The pace of sending. A provider takes so many messages a second from a number, or from an account with all its numbers, and
 * so many to one person. For each, the row of a number or of the conversation keeps the time up to which sends are spoken for
 * (the generic cell rate algorithm): whoever sends moves it on, whoever comes too early waits for its place. The rows are
 * shared, so replicas keep one pace.
 */
import { List, type Sql } from '../db/sql.ts';
import type { Channel, SendResult } from '../plugin/contract/channel.ts';
import type { Json } from '../plugin/contract/plugin.ts';
import type { ConnectionEntry, Directory, NumberEntry } from '../directory.ts';
import { backoffMs } from '../queue/queue.ts';
import type { Runtime } from '../runtime.ts';

export interface Pace {
  /** Between two sends in the long run; 0: as they come. */
  everyMs: number;
  /** How far ahead of that pace a few at once may be. */
  aheadMs: number;
}

/** So much of a second's messages may leave at one moment. */
const numberAheadMs = 100;

export function paceOf(channel: Pick<Channel, 'limits'>, settings: Record<string, Json>, account: string): { number: Pace; pair: Pace } {
  const limits = channel.limits?.(settings, account);
  const { everyMs = 0, burst = 1 } = limits?.pair ?? {};
  return {
    number: limits ? { everyMs: 1_000 / limits.perSecond, aheadMs: numberAheadMs } : { everyMs: 0, aheadMs: 0 },
    pair: { everyMs, aheadMs: everyMs * Math.max(burst - 1, 0) },
  };
}

/** Whose row keeps the pace of a number's sends: its own, or that of the connection's first number where all keep one together. */
export function keeperOf(directory: Directory, connection: ConnectionEntry, number: Pick<NumberEntry, 'id' | 'account'>): string {
  if (connection.channel?.limits?.(connection.settings, number.account).per !== 'connection') return number.id;
  const known = firsts.get(connection);
  if (known !== undefined) return known;
  const first = directory.numbersOf(connection.id)[0]?.id ?? number.id;
  firsts.set(connection, first);
  return first;
}

/** Until the directory is read again, which makes entries anew. */
const firsts = new WeakMap<ConnectionEntry, string>();

/** When the next one may leave. */
export const openAt = (until: number, { aheadMs }: Pace, now: number): number => Math.max(now, Math.ceil(until - aheadMs));

/** Up to when sends are spoken for after one more. */
export const movedOn = (until: number, { everyMs }: Pace, now: number): number => Math.max(until, now) + everyMs;

/** Places further ahead than this are not given out: who was stopped meanwhile would keep others waiting for nothing. */
const horizonMs = 30_000;
/** A place that was missed by more is lost: what was held up must not leave all at once. */
const placeHoldsMs = 2_000;

/** When providers asked for a pause, by whose row keeps the pace: places given out before that are void. Each replica is told for itself. */
const pauses = new Map<string, number>();

/** The paces of one commit by their keepers, whose rows are locked where several replicas share them. */
export class NumberPaces {
  readonly #until: Map<string, number>;
  readonly #moved = new Set<string>();

  constructor(until: Map<string, number>) {
    this.#until = until;
  }

  /** Undefined: now. Else when to come again, and whether that place is the sender's own. */
  take(keeper: string, pace: Pace, now: number, place: number | undefined): { at: number; place?: number } | undefined {
    const kept = place !== undefined && place <= now && now - place <= placeHoldsMs && (pauses.get(keeper) ?? 0) <= now;
    if (kept) return undefined;
    const until = this.#until.get(keeper) ?? 0;
    const at = openAt(until, pace, now);
    if (at - now > horizonMs) return { at: now + Math.round(horizonMs * (0.5 + Math.random() / 2)) };
    if (pace.everyMs > 0) {
      this.#until.set(keeper, movedOn(until, pace, now));
      this.#moved.add(keeper);
      return at > now ? { at, place: at } : undefined;
    }
    return at > now ? { at } : undefined;
  }

  async write(sql: Sql): Promise<void> {
    if (this.#moved.size > 0) await sql.update('number', ['id'], ['paced_until'], [...this.#moved].map((id) => [id, Math.ceil(this.#until.get(id) ?? 0)]));
  }
}

/** `read` is what was read without a lock, which is enough where there is one writer; `keepers` are of those that have a pace. */
export async function numberPaces(sql: Sql, read: Map<string, number>, keepers: ReadonlySet<string>): Promise<NumberPaces> {
  const asked = [...keepers].filter((id) => sql.forUpdate !== '' || !read.has(id));
  if (asked.length > 0) {
    const rows = await sql.all<{ id: string; paced_until: number }>(`select id, paced_until from number where ${sql.in('id')} order by id${sql.forUpdate}`, [new List(asked)]);
    for (const { id, paced_until } of rows) read.set(id, paced_until);
  }
  return new NumberPaces(read);
}

/** What a provider may ask for at most in one go; after that it is asked again. */
const longestPauseMs = 600_000;
/** A provider that names no time is given this long at most: one message that it never takes must not stop the others for minutes. */
const unnamedPauseMs = 5_000;

export interface Asked {
  retry: Extract<SendResult, { retry: unknown }>['retry'];
  connection: ConnectionEntry;
  number: NumberEntry;
  attempts: number;
}

/** A provider said that a number or a connection is too quick: everything on it waits, not only the message that was told so. */
export async function slowDown(sql: Sql, runtime: Runtime, asked: readonly Asked[], now: number): Promise<void> {
  const until = new Map<string, number>();
  for (const { retry, connection, number, attempts } of asked) {
    // A pair's next send is behind this one in its lane anyway.
    if (retry.scope === 'pair') continue;
    const waitMs = Math.min(retry.afterMs ?? Math.min(backoffMs(attempts), unnamedPauseMs), longestPauseMs);
    const numbers = retry.scope === 'connection' ? runtime.directory.numbersOf(connection.id) : [number];
    for (const one of numbers) {
      const id = keeperOf(runtime.directory, connection, one);
      const { aheadMs } = connection.channel ? paceOf(connection.channel, connection.settings, one.account).number : { aheadMs: 0 };
      until.set(id, Math.max(until.get(id) ?? 0, now + Math.ceil(waitMs) + aheadMs));
      pauses.set(id, Math.max(pauses.get(id) ?? 0, now + waitMs));
    }
  }
  for (const [id, at] of [...until].sort(([a], [b]) => (a < b ? -1 : 1))) await sql.run('update number set paced_until = ? where id = ? and paced_until < ?', [at, id, at]);
}
