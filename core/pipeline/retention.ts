/** Raw deliveries and idle lanes do not stay for ever; they go in small ranges, so that nobody waits for it. */
import { setTimeout as pause } from 'node:timers/promises';
import { firstIdAt } from '../ids.ts';
import type { Runtime } from '../runtime.ts';
import { removeUnused } from './unused-media.ts';

const day = 86_400_000;
const rangeSize = 500;

export async function purge(runtime: Runtime, deliveryDays: number): Promise<void> {
  const now = runtime.clock.now();
  await removeUnused(runtime);
  await inRanges(runtime, `delete from delivery where id in (select id from delivery where id < ? and state = 'processed' order by id limit ${rangeSize})`, firstIdAt(now - deliveryDays * day));
  // Secrets that prove nothing any more are not kept, and addresses long given up are forgotten.
  await runtime.db.write(async (sql) => {
    await sql.run('update connection set previous = null, previous_until = null where previous_until < ?', [now]);
    await sql.run('delete from webhook_key where valid_until < ?', [now - deliveryDays * day]);
  });
  // A receipt whose message never came is of no use once no redelivery can explain it.
  await inRanges(runtime, `delete from receipt where id in (select id from receipt where message_id is null and id < ? limit ${rangeSize})`, firstIdAt(now - 8 * day));
}

async function inRanges(runtime: Runtime, text: string, before: string): Promise<void> {
  for (;;) {
    const gone = await runtime.db.write((sql) => sql.run(text, [before]));
    if (gone < rangeSize) return;
    await pause(50);
  }
}
