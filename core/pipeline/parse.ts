/** A delivery becomes events that the database can hold, each with the number it is for. Pure but for the directory. */
import { createHash } from 'node:crypto';
import type { ConnectionEntry, Directory, NumberEntry } from '../directory.ts';
import { scrubberOf } from '../plugin/context.ts';
import type { Event, WebhookRequest } from '../plugin/contract.ts';
import { storableText } from './characters.ts';

export interface StoredDelivery {
  id: string;
  request: WebhookRequest;
}

export interface RoutedEvent {
  deliveryId: string;
  event: Event;
  /** Undefined for what concerns no number of ours. */
  number: NumberEntry | undefined;
}

export type Parsed = { id: string; events: RoutedEvent[] } | { id: string; failed: string };

const day = 86_400_000;

/** Throwing plugins make a failed row with the reason; they take nothing else along. */
export function parseDelivery(directory: Directory, connection: ConnectionEntry, delivery: StoredDelivery): Parsed {
  const { channel, settings } = connection;
  try {
    if (!channel) return { id: delivery.id, failed: `The plugin ${connection.pluginName} is not loaded.` };
    const events = channel.parse(delivery.request, settings);
    return { id: delivery.id, events: events.map((event) => route(directory, connection, delivery, storable(event, delivery.request.receivedAt))) };
  } catch (error) {
    return { id: delivery.id, failed: channel && error instanceof Error ? scrubberOf(channel, settings).text(error.message).slice(0, 1_000) : 'The plugin could not read it.' };
  }
}

/**
 * An event for a number of another connection goes there when that connection, too, finds the bytes true; otherwise it is
 * kept as ignored. One provider may deliver for several connections to one URL.
 */
function route(directory: Directory, connection: ConnectionEntry, delivery: StoredDelivery, event: Event): RoutedEvent {
  const routed = { deliveryId: delivery.id, event };
  if (event.account === undefined || (event.kind !== 'message' && event.kind !== 'echo' && event.kind !== 'change')) return { ...routed, number: undefined };
  const number = directory.numberByAccount(connection.pluginName, event.account);
  if (!number || number.tenantId !== connection.tenantId) return ignore(routed, `No number here has the account ${event.account}.`);
  if (number.connectionId === connection.id) return { ...routed, number };
  const other = directory.connection(number.connectionId);
  if (other?.channel?.verify(delivery.request, other.settings) === true) return { ...routed, number };
  return ignore(routed, `The account ${event.account} is on another connection, whose secret did not sign this.`);
}

function ignore(routed: { deliveryId: string; event: Event }, why: string): RoutedEvent {
  const { id, at, account } = routed.event;
  // Its own id stays free: once the number is connected, a replay stores the event itself.
  return { deliveryId: routed.deliveryId, event: { kind: 'ignored', id: shorten(`ignored:${id}`), at, ...(account !== undefined && { account }), why }, number: undefined };
}

/** Times become possible times, ids become short, and text becomes text that PostgreSQL takes (no NUL, no half characters). */
function storable(event: Event, receivedAt: number): Event {
  const clean = storableText(event);
  const at = Number.isSafeInteger(clean.at) && clean.at > 0 && clean.at < receivedAt + day ? clean.at : receivedAt;
  const id = shorten(clean.id);
  return at === clean.at && id === clean.id ? clean : { ...clean, at, id };
}

function shorten(id: string): string {
  return id.length <= 500 ? id : `${id.slice(0, 400)}:${createHash('sha256').update(id).digest('hex')}`;
}
