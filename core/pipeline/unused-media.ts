/** Media that no message has go, bytes first: a row that is left brings the next try, bytes that are left bring nobody. */
import { List, type Sql } from '../db/sql.ts';
import type { Runtime } from '../runtime.ts';

const keptMs = 30 * 86_400_000;
const atOnce = 100;

/** What contacts sent with these messages can be had no more from now on, and is removed. The workspace's own files may be in use elsewhere. */
export async function forgetMedia(sql: Sql, tenantId: string, messages: List): Promise<void> {
  const rows = await sql.all<{ id: string }>(
    `update media set message_id = null, source = null, name = null, state = 'gone', reason = null, created_at = 0 where ${sql.in('message_id')} and tenant_id = ? and source is not null returning id`,
    [messages, tenantId],
  );
  await sql.run(`delete from job where ${sql.in('ref')} and kind = 'media'`, [new List(rows.map((row) => row.id))]);
}

/** Removes what was forgotten, and what was uploaded and never sent. */
export async function removeUnused({ db, media, clock }: Pick<Runtime, 'db' | 'media' | 'clock'>): Promise<void> {
  for (;;) {
    // From here on no message can take them: what one took in the meantime keeps its bytes.
    const rows = await db.write((sql) =>
      sql.all<{ id: string; tenant_id: string }>(
        `update media set state = 'gone' where id in (select id from media where message_id is null and created_at < ? limit ${atOnce}) and message_id is null returning id, tenant_id`, [clock.now() - keptMs],
      ),
    );
    if (rows.length === 0) return;
    for (const { id, tenant_id: tenantId } of rows) await media.store.remove({ tenantId, id });
    await db.write((sql) => sql.run(`delete from media where ${sql.in('id')} and message_id is null`, [new List(rows.map((row) => row.id))]));
  }
}
