/** What people do to a conversation beside writing in it. Each deed stands in the thread where it was done. */
import { UniqueConstraintViolationException } from '@mikro-orm/core';
import { List, type Sql } from '../db/sql.ts';
import { uuid } from '../ids.ts';
import { keep } from '../kept-words.ts';
import { markSeen } from '../pipeline/courtesy.ts';
import { fromJson, lockConversations, saveConversations, type ConversationRow as Row } from '../pipeline/rows.ts';
import { forgetMedia, removeUnused } from '../pipeline/unused-media.ts';
import { auditSql, tell, type By } from './change.ts';
import { cancel, sendAgain } from './messages.ts';
import { idOf, notFound, type WorkspaceParts } from './parts.ts';
import { conversationCounts, conversationDetail, conversationRow, conversationRows, conversationRowsOf, conversationsListed, type ConversationDetail, type ConversationFilter, type ConversationRow } from './reads-conversations.ts';
import { changedMessages, oneMessage, threadMessages, type MessageRow } from './reads-thread.ts';

export interface Conversations {
  list(tenantId: string, filter: ConversationFilter): Promise<{ rows: ConversationRow[]; next?: string }>;
  /** One row, as `list` gives it: for a live update. */
  row(tenantId: string, id: string): Promise<ConversationRow>;
  /** The rows of these, in one query, at most 50: for a live update of many. Ids that are not the tenant's are left out. */
  rows(tenantId: string, ids: readonly string[]): Promise<ConversationRow[]>;
  /** How many `list` would show in each of these views under the same filter. */
  counts(tenantId: string, filter: Pick<ConversationFilter, 'numberId' | 'search'>): Promise<Record<'open' | 'unread' | 'escalated', number>>;
  /** Which of these, at most 50, `list` would show, each with its `lastMessageAt`. */
  listed(tenantId: string, filter: Pick<ConversationFilter, 'view' | 'numberId' | 'search'>, ids: readonly string[]): Promise<Map<string, number>>;
  /** The conversation with its latest messages. */
  get(tenantId: string, id: string): Promise<ConversationDetail>;
  /** Oldest first. `before` and `after` are seqs; `after` comes without a gap, at most 200 at once. */
  messages(tenantId: string, id: string, page: { before?: number; after?: number; limit?: number }): Promise<{ items: MessageRow[]; more: boolean }>;
  /** What changed of messages that a page shows already: of those with a seq in the range whose state moved at or after `since`. */
  changed(tenantId: string, id: string, range: { from: number; to: number; since: number }): Promise<MessageRow[]>;
  /** One message, as a page of its conversation gives it, with where it belongs. An event of a conversation is none. */
  message(tenantId: string, id: string): Promise<MessageRow & { conversationId: string; connectionId: string; numberId: string; contactId: string }>;
  close(tenantId: string, id: string, by: By): Promise<void>;
  archive(tenantId: string, id: string, by: By): Promise<void>;
  /** Returns the open conversation of this contact and number: another one may be open already, then it is that one's id. */
  reopen(tenantId: string, id: string, by: By): Promise<{ id: string }>;
  /** AI Active or AI Disabled. Switched on, the agent takes over from the next message; what people left unanswered is not answered. */
  setAi(tenantId: string, id: string, on: boolean, by: By): Promise<void>;
  /** Its messages, receipts and waiting work go; nothing brings them back. */
  remove(tenantId: string, id: string, by: By): Promise<void>;
  markRead(tenantId: string, id: string): Promise<void>;
  /** A failed or unconfirmed message goes out again; an unconfirmed one may then arrive twice. @throws SwitchboardError CONFLICT it is neither */
  sendAgain(tenantId: string, messageId: string, by: By): Promise<{ conversationId: string }>;
  /** Takes a message back that has not begun to be sent. @throws SwitchboardError CONFLICT */
  cancel(tenantId: string, messageId: string, by: By): Promise<{ conversationId: string }>;
}

export type ConversationEvent = 'closed' | 'archived' | 'reopened' | 'ai-on' | 'ai-off';

export function conversationsOf(parts: WorkspaceParts): Conversations {
  return {
    list: (tenantId, filter) => conversationRows(parts, tenantId, filter),
    row: (tenantId, id) => conversationRow(parts, tenantId, id),
    rows: (tenantId, ids) => conversationRowsOf(parts, tenantId, ids),
    counts: (tenantId, filter) => conversationCounts(parts, tenantId, filter),
    listed: (tenantId, filter, ids) => conversationsListed(parts, tenantId, filter, ids),
    get: (tenantId, id) => conversationDetail(parts, tenantId, id),
    messages: (tenantId, id, page) => threadMessages(parts, tenantId, idOf(id), page),
    changed: (tenantId, id, range) => changedMessages(parts, tenantId, idOf(id), range),
    message: (tenantId, id) => oneMessage(parts, tenantId, idOf(id)),
    close: (tenantId, id, by) => end(parts, tenantId, id, 'closed', by),
    archive: (tenantId, id, by) => end(parts, tenantId, id, 'archived', by),
    reopen: (tenantId, id, by) => reopen(parts, tenantId, id, by),
    setAi: (tenantId, id, on, by) => setAi(parts, tenantId, id, on, by),
    remove: (tenantId, id, by) => remove(parts, tenantId, id, by),
    markRead: (tenantId, id) => markRead(parts, tenantId, id),
    sendAgain: (tenantId, messageId, by) => sendAgain(parts, tenantId, idOf(messageId), by),
    cancel: (tenantId, messageId, by) => cancel(parts, tenantId, idOf(messageId), by),
  };
}

/** Locks the conversation, lets `work` change it, notes the deed in the thread and the audit log. `work` returns undefined when there was nothing to do. */
async function deed(parts: WorkspaceParts, tenantId: string, id: string, by: By, work: (row: Row, sql: Sql) => Promise<ConversationEvent | undefined>): Promise<void> {
  const runtime = parts.runtime();
  const seq = await runtime.db.write(async (sql) => {
    const row = (await lockConversations(sql, [idOf(id)])).get(id);
    if (!row || row.tenant_id !== tenantId) throw notFound();
    const what = await work(row, sql);
    if (what === undefined) return undefined;
    await note(sql, row, what, by, runtime.clock.now());
    await saveConversations(sql, [row]);
    await auditSql(sql, runtime, tenantId, by, { action: `conversation.${what}`, subject: 'conversation', subjectId: id });
    return row.last_seq;
  });
  if (seq !== undefined) tell(runtime, { tenantId, conversation: id, seq });
}

const eventColumns = [
  'id', 'tenant_id', 'conversation_id', 'connection_id', 'number_id', 'contact_id', 'seq', 'author', 'author_id', 'kind', 'content', 'text', 'status', 'status_at', 'attempts', 'at', 'created_at',
] as const;

async function note(sql: Sql, row: Row, what: ConversationEvent, by: By, now: number): Promise<void> {
  const userId = by === 'configuration' ? null : by.userId;
  await sql.insert('message', eventColumns, [
    [uuid(), row.tenant_id, row.id, row.connection_id, row.number_id, row.contact_id, ++row.last_seq, 'person', userId, 'event', JSON.stringify({ kind: 'event', what }), '', 'received', now, 0, now, now],
  ]);
}

async function endSession(sql: Sql, row: Row, outcome: 'closed' | 'people', now: number): Promise<void> {
  await sql.run('update session set ended_at = ?, outcome = ? where conversation_id = ? and tenant_id = ? and ended_at is null', [now, outcome, row.id, row.tenant_id]);
}

async function end(parts: WorkspaceParts, tenantId: string, id: string, state: 'closed' | 'archived', by: By): Promise<void> {
  await deed(parts, tenantId, id, by, async (row, sql) => {
    if (row.state === state) return undefined;
    const now = parts.runtime().clock.now();
    Object.assign(row, { state, closed_at: row.closed_at ?? now, escalated_at: null, escalation: null, unread: 0 });
    await endSession(sql, row, 'closed', now);
    return state;
  });
}

async function reopen(parts: WorkspaceParts, tenantId: string, id: string, by: By): Promise<{ id: string }> {
  let open = id;
  try {
    await deed(parts, tenantId, id, by, async (row, sql) => {
      if (row.state === 'open') return undefined;
      const [other] = await sql.all<{ id: string }>("select id from conversation where number_id = ? and contact_id = ? and state = 'open' and tenant_id = ?", [row.number_id, row.contact_id, tenantId]);
      if (other) {
        open = other.id;
        return undefined;
      }
      Object.assign(row, { state: 'open', closed_at: null });
      return 'reopened';
    });
  } catch (error) {
    // A message opened another one in this very moment.
    if (!isUnique(error)) throw error;
    return reopen(parts, tenantId, id, by);
  }
  return { id: open };
}

function isUnique(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return error instanceof UniqueConstraintViolationException || code === '23505' || code === 'SQLITE_CONSTRAINT_UNIQUE';
}

async function setAi(parts: WorkspaceParts, tenantId: string, id: string, on: boolean, by: By): Promise<void> {
  await deed(parts, tenantId, id, by, async (row, sql) => {
    if (Boolean(row.ai) === on) return undefined;
    row.ai = on;
    // What came in while people had it was theirs to answer.
    if (on) Object.assign(row, { escalated_at: null, escalation: null, assignee_id: null, turn_seq: row.last_seq });
    else await endSession(sql, row, 'people', parts.runtime().clock.now());
    return on ? 'ai-on' : 'ai-off';
  });
}

async function markRead(parts: WorkspaceParts, tenantId: string, id: string): Promise<void> {
  const runtime = parts.runtime();
  const changed = await runtime.db.write(async (sql) => {
    const now = runtime.clock.now();
    const read = await sql.run('update conversation set unread = 0 where id = ? and tenant_id = ? and unread > 0', [idOf(id), tenantId]);
    const alerts = await sql.run("update alert set read_at = ? where tenant_id = ? and conversation_id = ? and kind = 'new-message' and read_at is null", [now, tenantId, id]);
    return { read, alerts };
  });
  if (changed.read > 0) {
    tell(runtime, { tenantId, conversation: id });
    markSeen(runtime, id);
  }
  if (changed.alerts > 0) tell(runtime, { tenantId, alerts: true });
}

/** Raw deliveries of its messages lose their bodies, so that a replay cannot bring it back. */
async function remove(parts: WorkspaceParts, tenantId: string, id: string, by: By): Promise<void> {
  const runtime = parts.runtime();
  await runtime.db.write(async (sql) => {
    const row = (await lockConversations(sql, [idOf(id)])).get(id);
    if (!row || row.tenant_id !== tenantId) throw notFound();
    const rows = await sql.all<{ id: string; provider_ref: string | null }>('select id, provider_ref from message where conversation_id = ? and tenant_id = ?', [id, tenantId]);
    const messages = rows.map((message) => message.id);
    const changes = await changesOf(sql, tenantId, row.connection_id, new Set(rows.flatMap((message) => message.provider_ref ?? [])));
    await sql.run(
      "update delivery set body = ?, headers = '{}', reason = ? where tenant_id = ? and state = 'processed' and " +
        `(id in (select delivery_id from message where conversation_id = ? and delivery_id is not null) or ${sql.in('id')})`,
      [Buffer.alloc(0), keep({ code: 'erased' }), tenantId, id, new List(changes.map((change) => change.delivery_id))],
    );
    await sql.run(`delete from provider_event where ${sql.in('id')} and tenant_id = ?`, [new List(changes.map((change) => change.id)), tenantId]);
    const ids = new List(messages);
    for (const [table, column] of [['receipt', 'message_id'], ['attempt', 'message_id'], ['message_ref', 'message_id'], ['job', 'ref']] as const) {
      await sql.run(`delete from ${table} where ${sql.in(column)} and tenant_id = ?`, [ids, tenantId]);
    }
    await forgetMedia(sql, tenantId, ids);
    for (const table of ['message', 'session', 'alert']) await sql.run(`delete from ${table} where conversation_id = ? and tenant_id = ?`, [id, tenantId]);
    await sql.run('delete from job where ref = ? and tenant_id = ?', [id, tenantId]);
    await sql.run('delete from conversation where id = ? and tenant_id = ?', [id, tenantId]);
    await auditSql(sql, runtime, tenantId, by, { action: 'conversation.remove', subject: 'conversation', subjectId: id, detail: { messages: messages.length } });
  });
  tell(runtime, { tenantId, conversation: id, alerts: true });
  void removeUnused(runtime).catch((error: unknown) => runtime.log.warn({ err: error }, 'media of a deleted conversation are removed later'));
}

/** Reactions to these messages, edits of them: events that are kept beside the conversation. */
async function changesOf(sql: Sql, tenantId: string, connectionId: string, refs: ReadonlySet<string>): Promise<{ id: string; delivery_id: string }[]> {
  const rows = await sql.all<{ id: string; delivery_id: string; payload: string }>("select id, delivery_id, payload from provider_event where connection_id = ? and tenant_id = ? and kind = 'change'", [connectionId, tenantId]);
  return rows.filter(({ payload }) => refs.has(fromJson<{ of: string }>(payload).of));
}
