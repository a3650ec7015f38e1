/** Raw deliveries do not stay for ever; they go in small ranges, so that nobody waits for it. */
import { setTimeout as pause } from 'node:timers/promises';
import { previousIn } from '../directory.ts';
import { firstIdAt } from '../ids.ts';
import type { Runtime } from '../runtime.ts';
import { removeUnused } from './unused-media.ts';

const day = 86_400_000;
const rangeSize = 500;

/** @throws what went wrong, when everything else is done: a bucket that is down must not keep a database full */
export async function purge(runtime: Runtime, deliveryDays: number): Promise<void> {
  const now = runtime.clock.now();
  const parts = [
    () => inRanges(runtime, `delete from delivery where id in (select id from delivery where id < ? and state = 'processed' order by id limit ${rangeSize})`, firstIdAt(now - deliveryDays * day)),
    () => forgetSecrets(runtime, now),
    // Addresses long given up are forgotten.
    () => runtime.db.write((sql) => sql.run('delete from webhook_key where valid_until < ?', [now - deliveryDays * day])),
    // A receipt whose message never came is of no use once no redelivery can explain it.
    () => inRanges(runtime, `delete from receipt where id in (select id from receipt where message_id is null and id < ? limit ${rangeSize})`, firstIdAt(now - 8 * day)),
    () => removeUnused(runtime),
  ];
  const failed: unknown[] = [];
  for (const part of parts) {
    try {
      await part();
    } catch (error) {
      failed.push(error);
    }
  }
  if (failed.length > 0) throw failed.length === 1 ? failed[0] : new AggregateError(failed, 'several parts of the purge failed');
}

/** Secrets that prove nothing any more are not kept, also where others of the same connection still do. */
async function forgetSecrets({ db }: Runtime, now: number): Promise<void> {
  await db.write(async (sql) => {
    await sql.run('update connection set previous = null, previous_until = null where previous_until <= ?', [now]);
    const rows = await sql.all<{ id: string; previous: string; previous_until: number }>(`select id, previous, previous_until from connection where previous is not null and previous_until > ?${sql.forUpdate}`, [now]);
    for (const { id, previous, previous_until: last } of rows) {
      const kept = previousIn(JSON.parse(previous), last);
      const valid = kept.filter(({ until }) => until > now);
      if (valid.length < kept.length) await sql.run('update connection set previous = ? where id = ?', [JSON.stringify(valid), id]);
    }
  });
}

async function inRanges(runtime: Runtime, text: string, before: string): Promise<void> {
  for (;;) {
    const gone = await runtime.db.write((sql) => sql.run(text, [before]));
    if (gone < rangeSize) return;
    await pause(50);
  }
}
