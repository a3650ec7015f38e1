/** A delivery becomes events that the database can hold, each with the number it is for. Pure but for the directory. */
import { createHash } from 'node:crypto';
import type { ConnectionEntry, Directory, NumberEntry } from '../directory.ts';
import { codesOf, type Words } from '../kept-words.ts';
import { scrubberOf } from '../plugin/context.ts';
import { secretsIn } from '../plugin/secrets.ts';
import type { WebhookRequest } from '../plugin/contract/channel.ts';
import type { Event } from '../plugin/contract/event.ts';
import { storableText } from './characters.ts';
import { proofsWith } from './kept-headers.ts';
import { identifying } from './people.ts';
import { believes } from './receive.ts';

export interface StoredDelivery {
  id: string;
  request: WebhookRequest;
}

export interface RoutedEvent {
  deliveryId: string;
  event: Event;
  /** Whose it is: mostly the connection that it was delivered to, else another one that found the bytes true, too. */
  owner: ConnectionEntry;
  /** Set for messages and what happens to them. */
  number: NumberEntry | undefined;
  /** Why core ignores it. */
  because?: Words;
}

export type Parsed = { id: string; events: RoutedEvent[] } | { id: string; failed: Words };

const day = 86_400_000;

/** Throwing plugins make a failed row with the reason; they take nothing else along. */
export function parseDelivery(directory: Directory, connection: ConnectionEntry, delivery: StoredDelivery): Parsed {
  const { channel, settings } = connection;
  try {
    if (!channel) return { id: delivery.id, failed: { code: 'plugin-missing', params: { plugin: connection.pluginName } } };
    const events = channel.parse(delivery.request, settings);
    const believes = believers(connection, delivery);
    return { id: delivery.id, events: events.map((event) => route(directory, connection, believes, { deliveryId: delivery.id, event: storable(event, delivery.request.receivedAt) })) };
  } catch (error) {
    return { id: delivery.id, failed: { code: 'unreadable', ...(channel && error instanceof Error && { answered: scrubberOf(channel, settings).text(error.message).slice(0, 1_000) }) } };
  }
}

/** Which other connections find a delivery true; each is asked once, however much the delivery says. */
function believers(cameTo: ConnectionEntry, { request }: StoredDelivery): (connection: ConnectionEntry) => boolean {
  const asked = new Map<string, boolean>();
  return (connection) => {
    const believed = asked.get(connection.id) ?? (mayProve(cameTo, connection) && believes(connection, request));
    asked.set(connection.id, believed);
    return believed;
  };
}

/**
 * Where nothing but its secret address proves a webhook, whoever has one connection's address must not speak for another: that is
 * believed only where both have a credential in common, and with it the provider's account.
 */
function mayProve(cameTo: ConnectionEntry, { channel, settings }: ConnectionEntry): boolean {
  if (channel?.can.webhook !== 'secret-url' || proofsWith(channel, settings).length > 0) return true;
  const held = new Set(secretsIn(channel.settings, cameTo.settings));
  return secretsIn(channel.settings, settings).some((secret) => held.has(secret));
}

/**
 * An event for a number of another connection goes there when that connection, too, finds the bytes true: one provider may
 * deliver for several connections to one URL. Otherwise a message is kept as ignored, and anything else stays where it arrived.
 */
function route(directory: Directory, connection: ConnectionEntry, believes: (other: ConnectionEntry) => boolean, { deliveryId, event }: { deliveryId: string; event: Event }): RoutedEvent {
  const routed = { deliveryId, event, owner: connection };
  const forNumber = event.kind === 'message' || event.kind === 'echo' || event.kind === 'change';
  if (event.account === undefined) return forNumber ? ignore(routed, { code: 'no-account' }) : ofConnection(routed, connection);
  const number = directory.numberByAccount(connection.pluginName, event.account);
  const ours = number?.tenantId === connection.tenantId ? number : undefined;
  const on = ours && (ours.connectionId === connection.id ? connection : directory.connection(ours.connectionId));
  const owner = on && (on === connection || believes(on)) ? on : undefined;
  if (!forNumber) return ofConnection(routed, owner ?? connection);
  if (!ours) return ignore(routed, { code: 'number-unknown', params: { account: event.account.slice(0, 255) } });
  if (!owner) return ignore(routed, { code: 'other-connection', params: { account: event.account.slice(0, 255) } });
  // A change finds its message by id.
  if (event.kind !== 'change' && identifying(event.kind === 'echo' ? event.to : event.from).length === 0) return ignore(routed, nobody);
  return { ...routed, owner, number: ours };
}

export const nobody: Words = { code: 'nobody' };

function ofConnection(routed: Omit<RoutedEvent, 'number'>, owner: ConnectionEntry): RoutedEvent {
  const { event } = routed;
  const who = event.kind === 'identity' ? event.was : event.kind === 'consent' ? event.who : undefined;
  return who && identifying(who).length === 0 ? ignore({ ...routed, owner }, nobody) : { ...routed, owner, number: undefined };
}

export function ignore({ event: { id, at, account }, ...routed }: Omit<RoutedEvent, 'number'>, because: Words): RoutedEvent {
  // Its own id stays free: once the number is connected, a replay stores the event itself.
  return { ...routed, event: { kind: 'ignored', id: shorten(`ignored:${id}`), at, ...(account !== undefined && { account }), why: codesOf([because]).join() }, number: undefined, because };
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
