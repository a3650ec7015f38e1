/**
 * Messages in and out of each number since midnight. Ids of messages begin with the time they were made, so a day is a range
 * of the primary key; and what was counted once is not counted again, for this is asked at every change that a page shows.
 */
import type { Sql } from '../db/sql.ts';
import type { Runtime } from '../runtime.ts';

export interface Traffic {
  in: number;
  out: number;
}

interface Counted {
  since: number;
  /** Everything made before this is in `numbers`. */
  upTo: number;
  numbers: Map<string, Traffic>;
}

/** A message may be committed this much after its id was made. Younger ones are counted afresh each time. */
const settledMs = 10_000;

const counted = new WeakMap<Runtime, Map<string, Counted>>();

export async function countToday(runtime: Runtime, tenantId: string, since: number): Promise<Map<string, Traffic>> {
  const tenants = counted.get(runtime) ?? new Map<string, Counted>();
  counted.set(runtime, tenants);
  const known = tenants.get(tenantId);
  const before = known?.since === since ? known : { since, upTo: since, numbers: new Map<string, Traffic>() };
  // Ids are made by this machine's clock, whatever clock the runtime shows.
  const upTo = Math.max(before.upTo, Date.now() - settledMs);
  const { settled, young } = await runtime.db.read(async (sql) => ({ settled: await count(sql, tenantId, before.upTo, upTo), young: await count(sql, tenantId, upTo, undefined) }));
  const numbers = sum(before.numbers, settled);
  tenants.set(tenantId, { since, upTo, numbers });
  return sum(numbers, young);
}

interface Row {
  number_id: string;
  received: number;
  sent: number;
}

async function count(sql: Sql, tenantId: string, from: number, to: number | undefined): Promise<Row[]> {
  return sql.all<Row>(
    "select number_id, sum(case when author = 'contact' then 1 else 0 end) as received, sum(case when author = 'contact' then 0 else 1 end) as sent " +
      `from message where id >= ?${to === undefined ? '' : ' and id < ?'} and tenant_id = ? and kind <> 'event' group by number_id`,
    [firstId(from), ...(to === undefined ? [] : [firstId(to)]), tenantId],
  );
}

/** No uuid v7 of this millisecond or later is smaller. */
function firstId(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

function sum(numbers: ReadonlyMap<string, Traffic>, rows: readonly Row[]): Map<string, Traffic> {
  const total = new Map(numbers);
  for (const { number_id, received, sent } of rows) {
    const { in: before, out } = total.get(number_id) ?? { in: 0, out: 0 };
    total.set(number_id, { in: before + received, out: out + sent });
  }
  return total;
}
