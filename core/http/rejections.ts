/**
 * Webhooks that could not prove themselves: one bounded counter per connection, cause and source, written a few times a
 * minute; and a brake for addresses that fail too often. Only failures count, so true traffic through the same proxy is
 * slowed, never shut out.
 */
import type { ConnectionEntry } from '../directory.ts';
import type { Step } from '../db/commit.ts';
import { uuid } from '../ids.ts';
import type { Refusal } from '../plugin/contract/channel.ts';
import type { Runtime } from '../runtime.ts';
import { placeOf } from './address.ts';

const windowMs = 10_000;
const failuresBeforeBrake = 200;
/** Requests a second that a braked address may still try. */
const triesPerSecond = 100;
const mostAddresses = 10_000;
const mostSources = 50;
const writeEveryMs = 1_000;

interface Rejected {
  tenantId: string;
  connectionId: string;
  cause: string;
  source: string;
  count: number;
  at: number;
}

export interface Rejections {
  mayTry(address: string): boolean;
  note(connection: ConnectionEntry, cause: Refusal['refused'], address: string): void;
  noteUnknown(address: string): void;
  stop(): Promise<void>;
}

export function createRejections(runtime: Runtime): Rejections {
  const failures = new Map<string, { count: number; since: number; tries: number; second: number }>();
  let pending = new Map<string, Rejected>();
  const timer = setInterval(() => void write(), writeEveryMs);
  timer.unref();

  async function write(): Promise<void> {
    if (pending.size === 0) return;
    const rows = [...pending.values()];
    pending = new Map();
    // A count is worth no more than the moment: when the database has no room for it, it is dropped.
    await runtime.commit.add(counted, rows).catch(() => {});
  }

  function fail(address: string): void {
    const now = performance.now();
    const place = placeOf(address);
    const of = failures.get(place);
    if (of && now - of.since < windowMs) of.count++;
    else {
      if (failures.size >= mostAddresses) failures.clear();
      failures.set(place, { count: 1, since: now, tries: 0, second: 0 });
    }
  }

  return {
    mayTry(address) {
      const of = failures.get(placeOf(address));
      if (!of || of.count < failuresBeforeBrake) return true;
      const now = performance.now();
      if (now - of.since >= windowMs) return true;
      const second = Math.floor(now / 1_000);
      if (of.second !== second) Object.assign(of, { second, tries: 0 });
      return ++of.tries <= triesPerSecond;
    },
    note(connection, cause, address) {
      fail(address);
      const sources = [...pending.values()].filter((r) => r.connectionId === connection.id).length;
      const source = sources < mostSources ? address : 'others';
      const key = `${connection.id} ${cause} ${source}`;
      const of = pending.get(key);
      const at = runtime.clock.now();
      if (of) Object.assign(of, { count: of.count + 1, at });
      else pending.set(key, { tenantId: connection.tenantId, connectionId: connection.id, cause, source, count: 1, at });
    },
    noteUnknown: fail,
    async stop() {
      clearInterval(timer);
      await write();
    },
  };
}

const counted: Step<Rejected[], void> = {
  name: 'rejections',
  patienceMs: 0,
  async write(sql, batches) {
    const rows = new Map<string, Rejected>();
    for (const row of batches.flat()) {
      const key = `${row.connectionId} ${row.cause} ${row.source}`;
      rows.set(key, { ...row, count: row.count + (rows.get(key)?.count ?? 0) });
    }
    await sql.insert(
      'rejection',
      ['id', 'tenant_id', 'connection_id', 'cause', 'source', 'count', 'first_at', 'last_at'],
      [...rows.values()].map((r) => [uuid(), r.tenantId, r.connectionId, r.cause, r.source, r.count, r.at, r.at]),
      { conflict: 'on conflict (connection_id, cause, source) do update set count = rejection.count + excluded.count, last_at = excluded.last_at' },
    );
    // The table stays small whatever an attacker does: the newest hundred of a connection.
    for (const connectionId of new Set([...rows.values()].map((r) => r.connectionId))) {
      await sql.run('delete from rejection where connection_id = ? and id not in (select id from rejection where connection_id = ? order by last_at desc limit 100)', [connectionId, connectionId]);
    }
    return batches.map(() => undefined);
  },
};
