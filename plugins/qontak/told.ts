/** One thing that Qontak tells, and what every event that is read from it has: an id, a time, a number. */
import { createHash } from 'node:crypto';
import { object, short, text, type Event, type Loose } from '#plugin';
import type { Settings } from './settings.ts';

export interface Told {
  body: Loose;
  settings: Settings;
  receivedAt: number;
  /** Names what says no id of its own: the same however often these bytes are delivered. */
  digest: string;
}

export function digestOf(raw: Buffer, place: number): string {
  return createHash('sha256').update(raw).update(String(place)).digest('base64url');
}

/** Qontak's id of the message, the time and the channel integration it concerns. */
export function stamp({ body, receivedAt, digest }: Told): { id: string; at: number; account?: string } {
  const id = text(body.id);
  const account = accountOf(body);
  const about = { id: id !== undefined && id.length <= 200 ? id : digest, at: timeOf(body.created_at, receivedAt) ?? receivedAt };
  return account === undefined ? about : { ...about, account };
}

export function leave(told: Told, why: string): Event {
  return { kind: 'ignored', ...stamp(told), id: `left:${told.digest}`, why };
}

function accountOf(body: Loose): string | undefined {
  const id = text(object(body.room)?.channel_integration_id) ?? text(body.channel_integration_id) ?? text(object(body.channel_integration)?.id);
  return short(id, 64)?.toLowerCase();
}

export function roomId(body: Loose): string | undefined {
  const id = text(body.room_id) ?? text(object(body.room)?.id);
  return id !== undefined && id.length <= 200 ? id : undefined;
}

const day = 86_400_000;
const firstOfWhatsApp = 1_230_768_000_000;

/** Qontak's ISO time as milliseconds; undefined for what cannot be a time of WhatsApp's: before 2009, or tomorrow. */
export function timeOf(written: unknown, receivedAt: number): number | undefined {
  const at = typeof written === 'string' && /^\d{4}-\d\d-\d\d[T ]/.test(written) ? Date.parse(written) : Number.NaN;
  return at >= firstOfWhatsApp && at <= receivedAt + day ? at : undefined;
}

/** Meta's seconds as milliseconds, under the same rule. */
export function secondsOf(written: unknown, receivedAt: number): number | undefined {
  const at = Math.round(Number(text(written) ?? Number.NaN) * 1000);
  return at >= firstOfWhatsApp && at <= receivedAt + day ? at : undefined;
}
