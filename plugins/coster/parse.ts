/**
 * What a webhook says. Several shapes were seen: the delivery report of m2m (Meta's envelope with an `xid` of ours beside it), the
 * inbound message of bot (`data` holds Meta's envelope, one entry of it, or the bare value), and the flat lists of the on-premise
 * API. Members may be null in all of them. Whatever is not known is kept as `ignored`, never thrown.
 */
import { createHash } from 'node:crypto';
import { object, objects, objectsOf, text, type Event, type Loose, type WebhookRequest } from '#plugin';
import { eventsOfValue } from '../meta-cloud/value.ts';
import { digits } from './phone.ts';
import type { Settings } from './settings.ts';

/** @throws Error when the body is not JSON that can be read; the ledger shows the sentence. */
export function parse({ body: raw, receivedAt }: WebhookRequest, settings: Settings): Event[] {
  const events: Event[] = [];
  const seen = new Set<string>();
  for (const body of objectsOf(raw)) {
    for (const event of eventsOf(body, settings, receivedAt)) {
      // The same event twice in one delivery is one.
      if (!seen.has(event.id)) events.push(event);
      seen.add(event.id);
    }
  }
  if (events.length > 0) return events;
  const digest = createHash('sha256').update(raw).digest('base64url');
  return [{ kind: 'ignored', id: `body:${digest}`, at: receivedAt, why: 'There is neither a message nor a status in it.' }];
}

interface Change {
  field: string;
  value: Loose;
  waba: string | undefined;
  time: unknown;
}

function eventsOf(body: Loose, settings: Settings, receivedAt: number): Event[] {
  const changes = changesIn(object(body.data) ?? body);
  const events = changes.flatMap(({ field, value, waba, time }) => {
    const account = accountOf(value, body, settings);
    return eventsOfValue(value, { receivedAt, field, waba, time: secondsOf(time), ...(account !== undefined && { account }) });
  });
  const statuses = events.filter((event) => event.kind === 'status');
  const [only] = statuses;
  const xid = text(body.xid);
  // Our own reference stands beside the envelope, so it can only be meant for the one status in it.
  if (only && statuses.length === 1 && xid !== undefined && xid.length <= 64) only.ref ??= xid;
  return events;
}

function changesIn(found: Loose): Change[] {
  const entries = objects(found.entry);
  if (entries.length > 0) return entries.flatMap(ofEntry);
  if (Array.isArray(found.changes)) return ofEntry(found);
  // A bare value, or the lists of the on-premise API.
  const lists = [found.messages, found.statuses, found.errors];
  return lists.some(Array.isArray) || object(found.metadata) ? [{ field: 'messages', value: found, waba: undefined, time: undefined }] : [];
}

function ofEntry(entry: Loose): Change[] {
  return objects(entry.changes).map((change) => ({ field: text(change.field)?.slice(0, 64) ?? 'messages', value: object(change.value) ?? {}, waba: text(entry.id), time: entry.time }));
}

/** Reports of m2m give the entry's time in milliseconds, Meta in seconds. */
function secondsOf(time: unknown): unknown {
  const at = Number(text(time) ?? Number.NaN);
  return at > 1e11 ? Math.floor(at / 1000) : time;
}

/** The number as the operator wrote it, among the names that a webhook has for it; where it has none, the only one there is. */
function accountOf(value: Loose, body: Loose, { phoneNumbers = [] }: Settings): string | undefined {
  const metadata = object(value.metadata);
  const outer = object(body.account);
  const names = [metadata?.display_phone_number, metadata?.phone_number_id, outer?.account, value.phone_number].flatMap((name) => digits(text(name) ?? '') ?? []);
  const known = names.find((name) => phoneNumbers.includes(name)) ?? names[0];
  return known ?? (phoneNumbers.length === 1 ? phoneNumbers[0] : undefined);
}
