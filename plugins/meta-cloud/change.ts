/** One change of a webhook, and what every event that is read from it has: an id, a time, a number. */
import { createHash } from 'node:crypto';
import { number, type Event, type Loose } from '#plugin';
import type { People } from './identities.ts';

/** One `changes[]` element with what its surroundings say about it. */
export interface Change {
  field: string;
  value: Loose;
  /** The WhatsApp business account the entry is about. */
  waba: string | undefined;
  /** When Meta put the entry together, where it says so. */
  time: unknown;
  /** The phone number id of the number it concerns. */
  account: string | undefined;
  people: People;
  receivedAt: number;
}

export function leave(change: Change, what: unknown, why: string, at?: unknown): Event {
  return { kind: 'ignored', ...about(change, what, at), why };
}

/**
 * What every event has. Meta promises no id but a message's own, so the others are named by a digest of what they say: the same
 * however often, and however batched, it is delivered.
 */
export function about(change: Change, what: unknown, at: unknown = change.time): { id: string; at: number; account?: string } {
  const digest = createHash('sha256').update(JSON.stringify([change.waba, change.account, change.time, what])).digest('base64url');
  return stamp(`${change.field}:${digest}`, change, at);
}

/** The same for what has an id of its own; ids longer than a column are named by their digest. */
export function stamp(id: string, change: Change, at: unknown): { id: string; at: number; account?: string } {
  const bounded = id.length <= 250 ? id : `digest:${createHash('sha256').update(id).digest('base64url')}`;
  const time = millis(at, change.receivedAt);
  return change.account === undefined ? { id: bounded, at: time } : { id: bounded, at: time, account: change.account };
}

const day = 86_400_000;

/** Meta's seconds as milliseconds. What cannot be a time of WhatsApp's (before 2009, or tomorrow) is when it came in. */
function millis(seconds: unknown, receivedAt: number): number {
  const at = Math.round((number(seconds) ?? 0) * 1000);
  return at >= 1_230_768_000_000 && at <= receivedAt + day ? at : receivedAt;
}

