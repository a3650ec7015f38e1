/** A webhook arrives: whose is it, is it true, write it down, and only then say 200. */
import { createHash } from 'node:crypto';
import { uuid } from '../ids.ts';
import { StorageUnavailable } from '../errors.ts';
import type { Step } from '../db/commit.ts';
import type { Sql } from '../db/sql.ts';
import type { ConnectionEntry } from '../directory.ts';
import type { Channel, Refusal, WebhookReply, WebhookRequest } from '../plugin/contract/channel.ts';
import { laneOf, nothingEnqueued, readyOrHeld, type Enqueued } from '../queue/queue.ts';
import type { Runtime } from '../runtime.ts';
import { keepHeaders } from './kept-headers.ts';

export type Received =
  | { reply: WebhookReply }
  | { accepted: string }
  | { refused: Refusal['refused']; connection: ConnectionEntry }
  | { unknown: true };

export function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** As a delivery keeps its address: the key in it is sealed elsewhere, and on some channels it is all that proves a webhook. */
function withoutKey(url: string): string {
  return url.replace(/\/webhooks\/[^/?#]+/, '/webhooks/-');
}

/** Gives the addresses of kept deliveries their key again: some providers sign it. */
export function keyOnceMore({ context }: ConnectionEntry): (url: string) => string {
  const key = URL.parse(context.callbackUrl())?.pathname.split('/').at(-1) ?? '-';
  return (url) => url.replace('/webhooks/-', () => `/webhooks/${key}`);
}

/** @throws StorageUnavailable the delivery is not kept: the provider must be told 503 and will deliver it again */
export async function receive(runtime: Runtime, webhookKey: string, request: WebhookRequest): Promise<Received> {
  runtime.at('read');
  const connection = runtime.directory.connectionByKey(hashKey(webhookKey), runtime.clock.now());
  if (!connection?.channel) return { unknown: true };
  const { channel, settings } = connection;
  const handshake = shakeHands(channel, request, settings, previousAt(connection, runtime.clock.now()));
  if (handshake) return { reply: handshake };
  const verdict = channel.verify(request, settings);
  if (verdict !== true && !believesPrevious(connection, request)) return { refused: verdict.refused, connection };
  runtime.at('verified');
  return { accepted: await writeDown(runtime, connection, request) };
}

/** Settings from before that hold beside the present ones until their grace is over. */
function previousAt({ previous }: ConnectionEntry, at: number): ConnectionEntry['settings'][] {
  return previous.flatMap(({ settings, until }) => (until > at ? [settings] : []));
}

/** Whoever still proved itself with what was made anew, when the request came, is believed; whenever that is asked. */
function believesPrevious(connection: ConnectionEntry, request: WebhookRequest): boolean {
  return previousAt(connection, request.receivedAt).some((before) => connection.channel?.verify(request, before) === true);
}

/** Is the request true for this connection, whosever address it came to? */
export function believes(connection: ConnectionEntry, request: WebhookRequest): boolean {
  return connection.channel?.verify(request, connection.settings) === true || believesPrevious(connection, request);
}

function shakeHands(channel: Channel, request: WebhookRequest, settings: ConnectionEntry['settings'], previous: ConnectionEntry['settings'][]): WebhookReply | undefined {
  const reply = channel.challenge?.(request, settings);
  if (!reply || reply.status < 400) return reply;
  for (const settings of previous) {
    const before = channel.challenge?.(request, settings);
    if (before && before.status < 400) return before;
  }
  return reply;
}

async function writeDown(runtime: Runtime, connection: ConnectionEntry, request: WebhookRequest): Promise<string> {
  if (runtime.commit.waiting >= runtime.options.mostWaiting) throw new StorageUnavailable('OVERLOADED');
  runtime.at('begun');
  const id = uuid();
  const headers = JSON.stringify(keepHeaders(runtime.directory, runtime.sealer, { connection, request, id }));
  const enqueued = await runtime.commit.add(deliveries, { id, connection, request, headers, fence: runtime.fence() });
  runtime.at('committed');
  runtime.goOn(enqueued);
  return id;
}

interface Delivered {
  id: string;
  connection: ConnectionEntry;
  request: WebhookRequest;
  headers: string;
  /** One for all tries to write it: where only the answer to a commit was lost, the lane that it took is known again. */
  fence: string | undefined;
}

const deliveries: Step<Delivered, Enqueued> = {
  name: 'deliveries',
  urgent: true,
  // A provider delivers again what was told 503: with the writes that fail meanwhile, that is said within half a second.
  patienceMs: 200,
  async write(sql: Sql, items: Delivered[]) {
    await sql.insert(
      'delivery',
      ['id', 'tenant_id', 'connection_id', 'received_at', 'method', 'url', 'headers', 'body', 'state'],
      items.map(({ id, connection, request, headers }) => [
        id, connection.tenantId, connection.id, request.receivedAt, request.method, withoutKey(request.url), headers, request.body, 'received',
      ]),
      // It is here already where only the answer to its commit was lost.
      { conflict: 'on conflict (id) do nothing' },
    );
    const lanes = new Map<string, number>();
    for (const { connection, request } of items) lanes.set(laneOf.deliveries(connection.id), request.receivedAt);
    const enqueued = await readyOrHeld(sql, lanes, items[0]?.fence);
    return items.map((_, n) => (n === 0 ? enqueued : nothingEnqueued));
  },
};
