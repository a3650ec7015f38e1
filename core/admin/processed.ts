import { setTimeout as pause } from 'node:timers/promises';
import type { Runtime } from '../runtime.ts';

const lookEveryMs = 15;
const patienceMs = 1_500;

/** Waits until a delivery was read, so that the page that follows shows what it said. A database in distress holds no page for long. */
export async function untilProcessed({ db }: Pick<Runtime, 'db'>, tenantId: string, delivery: string): Promise<void> {
  const until = performance.now() + patienceMs;
  while (performance.now() < until) {
    const done = await db.read((sql) => sql.all('select 1 as done from delivery where id = ? and tenant_id = ? and state <> ?', [delivery, tenantId, 'received']));
    if (done.length > 0) return;
    await pause(lookEveryMs);
  }
}
