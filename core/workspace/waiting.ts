/** How much waits for something to be started. */
import type { Sql } from '../db/sql.ts';

/** Jobs behind one that waits, wait too: a lane keeps its order. */
export async function waitingFor(sql: Sql, tenantId: string, what: string): Promise<number> {
  const [row] = await sql.all<{ n: number }>(
    'select count(*) as n from job h join job j on j.lane = h.lane and j.buried_at is null where h.waiting_for = ? and h.tenant_id = ? and j.id >= h.id and ' +
      'not exists (select 1 from job e where e.lane = h.lane and e.waiting_for = h.waiting_for and e.id < h.id)',
    [what, tenantId],
  );
  return row?.n ?? 0;
}
