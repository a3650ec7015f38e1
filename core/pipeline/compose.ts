/** Everything that goes out enters here: agents' replies, people's messages, the API. Allowed, fitted, written, and only then to be sent. */
import type { Step } from '../db/commit.ts';
import { List, type Sql, type Value } from '../db/sql.ts';
import { uuid } from '../ids.ts';
import type { Author } from '../db/entities/conversations.ts';
import type { Notice } from '../live.ts';
import type { OutContent } from '../plugin/contract.ts';
import { enqueue, laneOf, nothingEnqueued, type Enqueued, type NewJob } from '../queue/queue.ts';
import type { Runtime } from '../runtime.ts';
import { storableText } from './characters.ts';
import { preview, textOf } from './content.ts';
import { eligible, type Purpose, type Refused } from './eligibility.ts';
import { fit } from './fit.ts';
import { lockConversations, saveConversations, type ConversationRow } from './rows.ts';

export interface Draft {
  /** Locked; changed here and saved by the caller. */
  conversation: ConversationRow;
  author: Author;
  authorId?: string | undefined;
  purpose: Purpose;
  contents: readonly OutContent[];
  /** What makes these messages; the same cause never makes them twice. */
  cause: string;
  replyTo?: string | undefined;
}

export interface Composed {
  messages: { id: string; seq: number }[];
  refused?: Refused;
}

export async function composeMessages(sql: Sql, runtime: Runtime, drafts: readonly Draft[]): Promise<{ composed: Composed[]; enqueued: Enqueued }> {
  const now = runtime.clock.now();
  const blocked = await blockedContacts(sql, drafts.map((d) => d.conversation.contact_id));
  const rows: Value[][] = [];
  const jobs: NewJob[] = [];
  const composed = drafts.map((draft): Composed => {
    const { conversation } = draft;
    const connection = runtime.directory.connection(conversation.connection_id);
    const number = runtime.directory.number(conversation.number_id);
    const can = connection?.channel?.can;
    const messages: Composed['messages'] = [];
    for (const [step, content] of draft.contents.flatMap((c) => (can ? fit(c, can) : [c])).entries()) {
      const verdict = eligible({
        now, purpose: draft.purpose, kind: content.kind, number, connection, channel: can,
        lastInboundAt: conversation.last_inbound_at, templateAt: conversation.template_at, blocked: blocked.has(conversation.contact_id),
      });
      // What an agent answered before a stop is not lost: it waits in its lane until the start.
      const waits = !verdict.allowed && verdict.why === 'number-stopped' && draft.author === 'agent';
      if (!verdict.allowed && !waits) return { messages, refused: verdict.why };
      const id = uuid();
      const text = textOf(content);
      const seq = ++conversation.last_seq;
      rows.push([
        id, conversation.tenant_id, conversation.id, conversation.connection_id, conversation.number_id, conversation.contact_id, seq, draft.author, draft.authorId ?? null,
        content.kind, JSON.stringify(content), text, 'queued', now, draft.replyTo ?? null, `${draft.cause}:${step}`, draft.purpose, 0, now, now,
      ]);
      jobs.push({ tenantId: conversation.tenant_id, lane: laneOf.sends(conversation.id), kind: 'send', ref: id, payload: { connection: conversation.connection_id }, readyAt: now });
      messages.push({ id, seq });
      Object.assign(conversation, {
        last_message_at: now, last_message_id: id, last_text: preview(text), last_kind: content.kind, last_author: draft.author, last_status: 'queued',
      });
      if (content.kind === 'template') conversation.template_at = now;
    }
    return { messages };
  });
  await sql.insert('message', columns, rows);
  return { composed, enqueued: await enqueue(sql, jobs, now, runtime.fence()) };
}

const columns = [
  'id', 'tenant_id', 'conversation_id', 'connection_id', 'number_id', 'contact_id', 'seq', 'author', 'author_id', 'kind', 'content', 'text', 'status', 'status_at',
  'reply_to', 'cause', 'purpose', 'attempts', 'at', 'created_at',
] as const;

async function blockedContacts(sql: Sql, contactIds: readonly string[]): Promise<Set<string>> {
  const rows = await sql.all<{ id: string }>(`select id from contact where ${sql.in('id')} and blocked_at is not null`, [new List([...new Set(contactIds)])]);
  return new Set(rows.map((row) => row.id));
}

export interface Writing {
  tenantId: string;
  conversationId: string;
  author: 'person' | 'api';
  authorId: string;
  contents: OutContent[];
  /** Made by the writer once per message: sending it again returns the first. */
  key: string;
  purpose: Purpose;
  replyTo?: string;
}

export type Written = Composed | { missing: true };

/** A person or an API client writes. The reply of a person silences the agent until it is switched on again. */
export async function write(runtime: Runtime, given: Writing): Promise<Written> {
  const writing = { ...given, contents: storableText(given.contents) };
  const { result, enqueued, notices } = await runtime.commit.add(written, { runtime, writing });
  runtime.goOn(enqueued);
  for (const notice of notices) runtime.live.tell(notice);
  return result;
}

interface WriteResult {
  result: Written;
  enqueued: Enqueued;
  notices: Notice[];
}

const written: Step<{ runtime: Runtime; writing: Writing }, WriteResult> = {
  name: 'written',
  urgent: true,
  patienceMs: 2_000,
  async write(sql, items) {
    const results: WriteResult[] = [];
    for (const item of items) results.push(await writeOne(sql, item.runtime, item.writing));
    return results;
  },
};

async function writeOne(sql: Sql, runtime: Runtime, writing: Writing): Promise<WriteResult> {
  const conversation = (await lockConversations(sql, [writing.conversationId])).get(writing.conversationId);
  if (!conversation || conversation.tenant_id !== writing.tenantId) return { result: { missing: true }, enqueued: nothingEnqueued, notices: [] };
  const cause = `${writing.author}:${writing.authorId}:${writing.key}`.slice(0, 240);
  const before = await sql.all<{ id: string; seq: number }>('select id, seq from message where cause = ? and tenant_id = ?', [`${cause}:0`, writing.tenantId]);
  if (before.length > 0) return { result: { messages: before }, enqueued: nothingEnqueued, notices: [] };
  const { composed, enqueued } = await composeMessages(sql, runtime, [{ ...writing, conversation, cause }]);
  const result = composed[0] ?? { messages: [] };
  if (result.messages.length === 0) return { result, enqueued, notices: [] };
  if (writing.author === 'person') Object.assign(conversation, { ai: false, assignee_id: conversation.assignee_id ?? writing.authorId, unread: 0 });
  await saveConversations(sql, [conversation]);
  return { result, enqueued, notices: [{ tenantId: conversation.tenant_id, conversation: conversation.id, seq: conversation.last_seq }] };
}
