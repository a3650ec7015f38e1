/** Deliveries of one connection, in the order they came: parsed, then everything they say in one transaction. */
import type { Step } from '../db/commit.ts';
import type { Sql } from '../db/sql.ts';
import { StorageUnavailable } from '../errors.ts';
import type { ConnectionEntry } from '../directory.ts';
import { keep } from '../kept-words.ts';
import type { Notice } from '../live.ts';
import type { Sealer } from '../plugin/secrets.ts';
import { stillHeld, type Enqueued, type HeldLane } from '../queue/queue.ts';
import type { Runtime } from '../runtime.ts';
import { parseDelivery, type Parsed, type RoutedEvent, type StoredDelivery } from './parse.ts';
import { openHeaders, type KeptHeaders } from './kept-headers.ts';
import { keyOnceMore } from './receive.ts';
import { conversationsOfReports, holdForReports, settleReports } from './reports.ts';
import { fromJson } from './rows.ts';
import { applyChanges } from './changes.ts';
import { storeEvents } from './events.ts';
import { storeMessages } from './messages.ts';

/** Few enough that nothing waits long behind one batch. */
const atOnce = 64;

/** Works until the lane is empty, or the process stops, and gives it back. */
export async function processDeliveries(runtime: Runtime, lane: HeldLane, connectionId: string, stopping: () => boolean): Promise<void> {
  const connection = runtime.directory.connection(connectionId);
  while (!stopping()) {
    const batch = connection ? await runtime.db.read((sql) => received(sql, runtime.sealer, connection)) : [];
    if (!connection || batch.length === 0) break;
    const parsed = upToHandOver(batch.map((delivery) => parseDelivery(runtime.directory, connection, delivery)));
    if (!(await store(runtime, { runtime, lane, connection, parsed, receivedAt: batch[parsed.length - 1]?.request.receivedAt ?? 0 }))) return;
  }
  await runtime.commit.add(givenBack, { lane, connectionId, gone: connection === undefined });
}

/** Of one batch the messages are stored first: those that came behind a word about who holds a thread must find it said, so they wait for the next. */
function upToHandOver(parsed: Parsed[]): Parsed[] {
  const at = parsed.findIndex((delivery) => 'events' in delivery && delivery.events.some(({ event }) => event.kind === 'holder'));
  return at === -1 ? parsed : parsed.slice(0, at + 1);
}

/** True while the lane is ours and may have more. */
async function store(runtime: Runtime, batch: Batch): Promise<boolean> {
  try {
    const written = await runtime.commit.add(processed, batch);
    if (written) {
      runtime.goOn(written.enqueued);
      if (written.heard) heardAt.set(batch.connection, batch.receivedAt);
    }
    // A page that asks because it was told must find the connection as it is now. What is written stays so where the database is away by now.
    if (written?.stopped) await runtime.directory.reload().catch((error: unknown) => runtime.log.warn({ err: error }, 'the directory could not be read; it is read again'));
    for (const notice of written?.notices ?? []) runtime.live.tell(notice);
    return written !== undefined && !written.over;
  } catch (error) {
    if (error instanceof LaneLost) return false;
    if (error instanceof StorageUnavailable) throw error;
    const [first] = batch.parsed;
    if (batch.parsed.length === 1 && first && 'events' in first) {
      runtime.log.error({ err: error, delivery: first.id }, 'a delivery could not be stored');
      const failed: Parsed = { id: first.id, failed: { code: 'not-stored', ...(error instanceof Error && { answered: error.message.slice(0, 1_000) }) } };
      return store(runtime, { ...batch, parsed: [failed] });
    }
    if (batch.parsed.length === 1) throw error;
    // One of them is the bad one: each on its own, so that only that one fails.
    for (const one of batch.parsed) if (!(await store(runtime, { ...batch, parsed: [one] }))) return false;
    return true;
  }
}

interface DeliveryRow {
  id: string;
  received_at: number;
  method: string;
  url: string;
  headers: string;
  body: Buffer;
}

async function received(sql: Sql, sealer: Sealer, connection: ConnectionEntry): Promise<StoredDelivery[]> {
  const rows = await sql.all<DeliveryRow>(
    `select id, received_at, method, url, headers, body from delivery where connection_id = ? and state = 'received' order by id limit ${atOnce}`,
    [connection.id],
  );
  const addressOf = keyOnceMore(connection);
  return rows.map((row) => ({
    id: row.id,
    request: { method: row.method, url: addressOf(row.url), headers: openHeaders(sealer, row.id, fromJson<KeptHeaders>(row.headers)), body: row.body, receivedAt: row.received_at },
  }));
}

interface Batch {
  runtime: Runtime;
  lane: HeldLane;
  connection: ConnectionEntry;
  parsed: Parsed[];
  /** The newest of them. */
  receivedAt: number;
}

/** When a connection's row was last told that the provider was heard: it is told every ten seconds at most. */
const heardAt = new WeakMap<ConnectionEntry, number>();
const tellEveryMs = 10_000;

/**
 * What to do once it is committed, and whether the lane was given back; undefined when it was no longer ours. `heard`: the
 * connection's row knows when; `stopped`: the provider closed the connection.
 */
type Written = { notices: Notice[]; enqueued: Enqueued; over: boolean; heard: boolean; stopped: boolean } | undefined;

const processed: Step<Batch, Written> = {
  name: 'processed',
  patienceMs: Infinity,
  apart: true,
  size: ({ parsed }) => parsed.length,
  async write(sql, batches) {
    const results: Written[] = [];
    for (const batch of batches) results.push(await writeBatch(sql, batch));
    return results;
  },
};

/** Another one has it by now: nothing of this is kept, for all of it is his to write. */
class LaneLost extends Error {
  override readonly name = 'LaneLost';
}

async function writeBatch(sql: Sql, { runtime, lane, connection, parsed, receivedAt }: Batch): Promise<Written> {
  const events = parsed.flatMap((delivery) => ('events' in delivery ? delivery.events : []));
  const notices: Notice[] = [];
  const of = (...kinds: RoutedEvent['event']['kind'][]) => events.filter(({ event }) => kinds.includes(event.kind));
  const reports = byOwner(of('status'));
  await holdForReports(sql, reports);
  if ((await sql.all('select 1 from lane where key = ? and fence = ?', [lane.lane, lane.fence])).length === 0) return undefined;
  const messages = of('message', 'echo');
  const stored = await storeMessages(sql, runtime, connection, messages, messages.length > 0 ? await conversationsOfReports(sql, reports) : []);
  notices.push(...stored.notices);
  const changes = await applyChanges(sql, connection, of('change'));
  notices.push(...changes.notices, ...(await storeMessages(sql, runtime, connection, changes.strangers)).notices);
  for (const [owner, routed] of reports) notices.push(...(await settleReports(sql, runtime, owner, routed)));
  let stopped = false;
  for (const [owner, told] of byOwner([...of('identity', 'consent', 'holder', 'template', 'account', 'ignored'), ...changes.nameless])) {
    const kept = await storeEvents(sql, runtime, owner, told);
    notices.push(...kept.notices);
    stopped ||= kept.stopped;
  }
  const now = runtime.clock.now();
  await sql.update(
    'delivery',
    ['id'],
    ['state', 'reason', 'events', 'processed_at'],
    parsed.map((d) => ('events' in d ? [d.id, 'processed', oddity([...d.events, ...changes.nameless.filter(({ deliveryId }) => deliveryId === d.id)]), d.events.length, now] : [d.id, 'failed', keep(d.failed), 0, now])),
  );
  const heard = receivedAt - (heardAt.get(connection) ?? 0) >= tellEveryMs;
  if (heard) await sql.run('update connection set last_event_at = ? where id = ? and (last_event_at is null or last_event_at < ?)', [receivedAt, connection.id, receivedAt]);
  // Locked no sooner: each webhook of this connection says in the lane that it came, and would wait for all this.
  if (!(await stillHeld(sql, [lane])).has(lane.lane)) throw new LaneLost();
  // With the last of them the lane is given back in the same commit.
  const over = await sql.run(
    "update lane set locked_until = 0, fence = null, ready_at = null where key = ? and not exists (select 1 from delivery where connection_id = ? and state = 'received')",
    [lane.lane, connection.id],
  );
  return { notices, enqueued: stored.enqueued, over: over === 1, heard, stopped };
}

/** One group but for a URL that serves several connections. */
function byOwner(events: readonly RoutedEvent[]): Map<ConnectionEntry, RoutedEvent[]> {
  return Map.groupBy(events, ({ owner }) => owner);
}

/** Said in the ledger beside a delivery that was processed but of which nothing, or not all, was taken. */
function oddity(events: RoutedEvent[]): string | null {
  const ignored = events.flatMap(({ event, because }) => (event.kind === 'ignored' ? [because ?? { said: event.why.slice(0, 1_000) }] : []));
  return ignored.length > 0 ? keep(...ignored) : null;
}

const givenBack: Step<{ lane: HeldLane; connectionId: string; gone: boolean }, void> = {
  name: 'given-back',
  patienceMs: Infinity,
  async write(sql, items) {
    const held = await stillHeld(sql, items.map((item) => item.lane));
    const ours = items.filter((item) => held.has(item.lane.lane));
    for (const { lane, connectionId, gone } of ours) {
      if (gone) {
        // Nobody can read what it still has; due for ever, it would be taken up again at once.
        await sql.run('update lane set locked_until = 0, fence = null, ready_at = null where key = ?', [lane.lane]);
        continue;
      }
      await sql.run(
        "update lane set locked_until = 0, fence = null, ready_at = (select min(received_at) from delivery where connection_id = ? and state = 'received') where key = ?",
        [connectionId, lane.lane],
      );
    }
    return items.map(() => undefined);
  },
};

/** Puts a delivery back to be processed again: what it said and is already here stays once. */
export async function replay(sql: Sql, tenantId: string, deliveryId: string): Promise<boolean> {
  const [row] = await sql.all<{ connection_id: string; received_at: number }>(
    "update delivery set state = 'received', reason = null where id = ? and tenant_id = ? and state <> 'received' returning connection_id, received_at",
    [deliveryId, tenantId],
  );
  if (!row) return false;
  await sql.run('update provider_event set event_id = event_id || ? where delivery_id = ? and kind = ?', [`:${Date.now()}`, deliveryId, 'ignored']);
  await sql.insert('lane', ['key', 'ready_at', 'locked_until'], [[`connection:${row.connection_id}`, row.received_at, 0]], {
    conflict: 'on conflict (key) do update set ready_at = excluded.ready_at',
  });
  return true;
}

