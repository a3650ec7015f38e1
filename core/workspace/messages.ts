/** One message that went wrong, or that has not gone yet: sent again, or taken back. */
import type { Sql } from '../db/sql.ts';
import { SwitchboardError } from '../errors.ts';
import { enqueue, laneOf, nothingEnqueued, makeReady, type Enqueued } from '../queue/queue.ts';
import { auditSql, tell, type By } from './change.ts';
import { notFound, type WorkspaceParts } from './parts.ts';

interface Row {
  id: string;
  conversation_id: string;
  connection_id: string;
  seq: number;
  author: string;
  status: string;
  provider_ref: string | null;
}

/** After its conversation, as everybody locks them. */
async function lockMessage(sql: Sql, tenantId: string, id: string): Promise<Row> {
  await sql.all(`select id from conversation where id = (select conversation_id from message where id = ? and tenant_id = ?)${sql.forUpdate}`, [id, tenantId]);
  const [row] = await sql.all<Row>(`select id, conversation_id, connection_id, seq, author, status, provider_ref from message where id = ? and tenant_id = ?${sql.forUpdate}`, [id, tenantId]);
  if (!row || row.author === 'contact') throw notFound();
  return row;
}

export async function sendAgain(parts: WorkspaceParts, tenantId: string, id: string, by: By): Promise<{ conversationId: string }> {
  const runtime = parts.runtime();
  const now = runtime.clock.now();
  const { row, enqueued } = await runtime.db.write(async (sql) => {
    const row = await lockMessage(sql, tenantId, id);
    if (row.status !== 'unknown' && row.status !== 'failed') throw new SwitchboardError('CONFLICT', 'Only a message that failed or was not confirmed can be sent again.');
    await requeue(sql, tenantId, row, now);
    await auditSql(sql, runtime, tenantId, by, { action: 'message.again', subject: 'message', subjectId: id, detail: { was: row.status } });
    return { row, enqueued: await sendNow(sql, tenantId, row, now, runtime.fence()) };
  });
  runtime.goOn(enqueued);
  runtime.wake();
  tell(runtime, { tenantId, conversation: row.conversation_id, seq: row.seq });
  return { conversationId: row.conversation_id };
}

/** As if it had never been tried, but that the provider's old id stays known: a late receipt for it still counts. */
async function requeue(sql: Sql, tenantId: string, { id, conversation_id, provider_ref }: Row, now: number): Promise<void> {
  if (provider_ref !== null) {
    await sql.run('insert into message_ref (connection_id, ref, tenant_id, message_id) select connection_id, provider_ref, tenant_id, id from message where id = ? and tenant_id = ? on conflict do nothing', [id, tenantId]);
  }
  await sql.run("update message set status = 'queued', status_at = ?, error = null, provider_ref = null where id = ? and tenant_id = ?", [now, id, tenantId]);
  await sql.run("update conversation set last_status = 'queued' where id = ? and last_message_id = ? and tenant_id = ?", [conversation_id, id, tenantId]);
}

/** The job that waits for certainty need wait no longer; where there is none, a new one is due at once. */
async function sendNow(sql: Sql, tenantId: string, row: Row, now: number, fence: string | undefined): Promise<Enqueued> {
  const payload = { connection: row.connection_id };
  await sql.run('delete from job where ref = ? and tenant_id = ? and buried_at is not null', [row.id, tenantId]);
  const waiting = await sql.all<{ lane: string }>("update job set ready_at = ?, waiting_for = null where ref = ? and tenant_id = ? and kind = 'send' returning lane", [now, row.id, tenantId]);
  if (waiting.length === 0) return enqueue(sql, [{ tenantId, lane: laneOf.sends(row.conversation_id), kind: 'send', ref: row.id, payload, readyAt: now }], now, fence);
  await makeReady(sql, new Map(waiting.map(({ lane }) => [lane, now])));
  return nothingEnqueued;
}

export async function cancel(parts: WorkspaceParts, tenantId: string, id: string, by: By): Promise<{ conversationId: string }> {
  const runtime = parts.runtime();
  const row = await runtime.db.write(async (sql) => {
    const row = await lockMessage(sql, tenantId, id);
    if (row.status !== 'queued') throw new SwitchboardError('CONFLICT', 'Only a message that has not begun to be sent can be taken back.');
    await sql.run("update message set status = 'cancelled', status_at = ? where id = ? and tenant_id = ?", [runtime.clock.now(), id, tenantId]);
    await sql.run("update conversation set last_status = 'cancelled' where id = ? and last_message_id = ? and tenant_id = ?", [row.conversation_id, id, tenantId]);
    // Its job stays where it is: whoever comes to it finds nothing to send, and what is behind it goes on. One that waits waits no longer.
    const freed = await sql.all<{ lane: string }>('update job set waiting_for = null, ready_at = ? where ref = ? and tenant_id = ? and buried_at is null returning lane', [runtime.clock.now(), id, tenantId]);
    await makeReady(sql, new Map(freed.map(({ lane }) => [lane, runtime.clock.now()])));
    await auditSql(sql, runtime, tenantId, by, { action: 'message.cancel', subject: 'message', subjectId: id });
    return row;
  });
  runtime.wake();
  tell(runtime, { tenantId, conversation: row.conversation_id, seq: row.seq });
  return { conversationId: row.conversation_id };
}
