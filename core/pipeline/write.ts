/** People and the API write into a conversation, and wait for the answer. */
import type { Step } from '../db/commit.ts';
import type { Sql } from '../db/sql.ts';
import type { Notice } from '../live.ts';
import type { OutContent } from '../plugin/contract/content.ts';
import { nothingEnqueued, type Enqueued } from '../queue/queue.ts';
import type { Runtime } from '../runtime.ts';
import { storableText } from './characters.ts';
import { composeMessages, refusalOf, type Composed } from './compose.ts';
import type { Purpose } from './eligibility.ts';
import { lockConversations, saveConversations, type ConversationRow } from './rows.ts';

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
  /** Only says whether it would be sent. */
  dryRun?: boolean;
}

export type Written = Composed | { missing: true };

/** A person or an API client writes. The reply of a person silences the agent until it is switched on again. */
export const write = (runtime: Runtime, given: Writing): Promise<Written> => writing(runtime, { ...given, contents: storableText(given.contents) });

const writing = writer('written', writeOne);

export interface Outcome<Result> {
  result: Result;
  enqueued: Enqueued;
  notices: Notice[];
}

export const nothing = <Result>(result: Result): Outcome<Result> => ({ result, enqueued: nothingEnqueued, notices: [] });

/** What follows from a write happens once it is committed. */
export function writer<Given, Result>(name: string, one: (sql: Sql, runtime: Runtime, given: Given) => Promise<Outcome<Result>>): (runtime: Runtime, given: Given) => Promise<Result> {
  const step: Step<{ runtime: Runtime; given: Given }, Outcome<Result>> = {
    name,
    urgent: true,
    apart: true,
    patienceMs: 2_000,
    async write(sql, items) {
      const outcomes: Outcome<Result>[] = [];
      for (const { runtime, given } of items) outcomes.push(await one(sql, runtime, given));
      return outcomes;
    },
  };
  return async (runtime, given) => {
    const { result, enqueued, notices } = await runtime.commit.add(step, { runtime, given });
    runtime.goOn(enqueued);
    for (const notice of notices) runtime.live.tell(notice);
    return result;
  };
}

async function writeOne(sql: Sql, runtime: Runtime, writing: Writing): Promise<Outcome<Written>> {
  const conversation = (await lockConversations(sql, [writing.conversationId])).get(writing.conversationId);
  if (!conversation || conversation.tenant_id !== writing.tenantId) return nothing({ missing: true });
  const before = await writtenBefore(sql, writing);
  if (before) return nothing({ messages: [{ id: before.id, seq: before.seq }] });
  if (writing.dryRun) {
    const refused = await refusalOf(sql, runtime, { ...writing, conversation });
    return nothing({ messages: [], ...(refused && { refused }) });
  }
  return writeInto(sql, runtime, conversation, writing);
}

const causeOf = ({ author, authorId, key }: Pick<Writing, 'author' | 'authorId' | 'key'>) => `${author}:${authorId}:${key}`.slice(0, 240);

/** The first message that was written under this key. */
export async function writtenBefore(sql: Sql, writing: Pick<Writing, 'tenantId' | 'author' | 'authorId' | 'key'>): Promise<{ id: string; seq: number; conversation_id: string; number_id: string } | undefined> {
  const [before] = await sql.all<{ id: string; seq: number; conversation_id: string; number_id: string }>('select id, seq, conversation_id, number_id from message where cause = ? and tenant_id = ?', [`${causeOf(writing)}:0`, writing.tenantId]);
  return before;
}

/** Into a conversation that is locked. */
export async function writeInto(sql: Sql, runtime: Runtime, conversation: ConversationRow, writing: Omit<Writing, 'conversationId'>): Promise<Outcome<Composed>> {
  const cause = causeOf(writing);
  const { composed, enqueued } = await composeMessages(sql, runtime, [{ ...writing, conversation, cause }]);
  const result = composed[0] ?? { messages: [] };
  if (result.messages.length === 0) return { result, enqueued, notices: [] };
  if (writing.author === 'person') Object.assign(conversation, { ai: false, assignee_id: conversation.assignee_id ?? writing.authorId, unread: 0 });
  await saveConversations(sql, [conversation]);
  return { result, enqueued, notices: [{ tenantId: conversation.tenant_id, conversation: conversation.id, seq: conversation.last_seq }] };
}
