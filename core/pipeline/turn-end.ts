/** The end of a turn, whatever it was: replies composed, agent state and why kept, the lane given back, in one commit over many turns. */
import type { Step } from '../db/commit.ts';
import { List, type Sql } from '../db/sql.ts';
import { uuid } from '../ids.ts';
import { inEnglish, keep, type Words } from '../kept-words.ts';
import type { Notice } from '../live.ts';
import type { Agent, Reply } from '../plugin/contract/agent.ts';
import type { Json } from '../plugin/contract/plugin.ts';
import { backoffMs, bury, enqueue, finish, nothingEnqueued, postpone, release, stillHeld, type Enqueued, type HeldLane, type NewJob } from '../queue/queue.ts';
import type { Runtime } from '../runtime.ts';
import { raiseAlertsOfAll, type Happened } from './alerts.ts';
import { composeMessages, type Draft } from './compose.ts';
import { lockConversations, saveConversations, type ConversationRow } from './rows.ts';
import { conversationOf, triesBeforeBurial, type Ask, type Item, type Start } from './turn-begin.ts';

export type Outcome = { reply: Reply } | { failed: Words };
type End = Exclude<Start, Ask> | (Ask & Outcome);

interface Ended {
  enqueued: Enqueued;
  notices: Notice[];
}

export async function end(runtime: Runtime, lane: HeldLane, what: End): Promise<void> {
  runtime.metrics.turn(what.kind === 'skip' ? 'skipped' : what.kind !== 'ask' ? 'waiting' : 'failed' in what ? 'failed' : 'answered');
  const { enqueued, notices } = await runtime.commit.add(ended, { runtime, lane, what });
  runtime.goOn(enqueued);
  for (const notice of notices) runtime.live.tell(notice);
}

const ended: Step<Item & { what: End }, Ended> = {
  name: 'ended',
  patienceMs: Infinity,
  async write(sql, items) {
    const [first] = items;
    if (!first) return [];
    const { runtime } = first;
    const conversations = await lockConversations(sql, items.map(({ lane }) => conversationOf(lane)));
    const ours = await stillHeld(sql, items.map((item) => item.lane));
    const batch = items.filter(({ lane }) => ours.has(lane.lane) && conversations.has(conversationOf(lane)));
    const drafts: (Draft & { item: (typeof batch)[number] })[] = [];
    const done: string[] = [];
    const occurrences: { tenantId: string; occurrence: Happened }[] = [];
    for (const item of batch) {
      const conversation = conversations.get(conversationOf(item.lane));
      if (!conversation) continue;
      const contents = await conclude(sql, item, conversation, done, occurrences);
      if (contents.length > 0) {
        const agentId = item.what.kind === 'ask' ? item.what.agent.id : undefined;
        const cause = `turn:${conversation.id}:${conversation.turn_seq}`;
        drafts.push({ item, conversation, author: 'agent', authorId: agentId, purpose: 'conversation', contents, cause });
      }
    }
    const { composed, enqueued } = await composeMessages(sql, runtime, drafts);
    composed.forEach(({ refused }, n) => {
      const draft = drafts[n];
      if (refused && draft) draft.conversation.why = JSON.stringify(why(runtime, draft.item.what, `refused:${refused}`));
    });
    await saveConversations(sql, batch.flatMap(({ lane }) => conversations.get(conversationOf(lane)) ?? []));
    await noteSessions(sql, runtime, batch.flatMap(({ lane, what }) => {
      const conversation = conversations.get(conversationOf(lane));
      return conversation && what.kind === 'ask' && 'reply' in what ? [{ conversation, what }] : [];
    }));
    await finish(sql, done);
    await enqueue(sql, batch.flatMap(({ lane, what }) => goesOn(runtime, lane, what, conversations.get(conversationOf(lane)))), runtime.clock.now());
    await release(sql, batch.map(({ lane }) => lane.lane));
    const notices = await raiseAlertsOfAll(sql, runtime, occurrences);
    for (const { lane } of batch) {
      const conversation = conversations.get(conversationOf(lane));
      if (conversation) notices.push({ tenantId: conversation.tenant_id, conversation: conversation.id, seq: conversation.last_seq });
    }
    // One commit, many turns: what it holds and tells is handed out once, with the first.
    return items.map((_, n) => (n === 0 ? { enqueued, notices } : { enqueued: nothingEnqueued, notices: [] }));
  },
};

/** Moves the conversation past the turn and says what is to be sent. Looks again: people may have taken over meanwhile. */
async function conclude(
  sql: Sql, { runtime, lane, what }: Item & { what: End }, conversation: ConversationRow, done: string[], occurrences: { tenantId: string; occurrence: Happened }[],
): Promise<Reply['messages']> {
  const now = runtime.clock.now();
  const jobIds = lane.jobs.map((job) => job.id);
  const attempts = Math.max(0, ...lane.jobs.map((job) => job.attempts)) + 1;
  const again = (readyAt: number, error: string | null, waitingFor?: string) =>
    postpone(sql, lane.jobs.map((job) => ({ id: job.id, readyAt, attempts: error === null ? job.attempts : attempts, error, ...(waitingFor && { waitingFor }) })));
  if (what.kind === 'later') {
    await again(what.at, null);
    return [];
  }
  if (what.kind === 'wait') {
    conversation.why = JSON.stringify(why(runtime, what, what.said));
    await again(now, null, what.waitingFor);
    return [];
  }
  if (what.kind === 'skip') {
    // Only what was seen is skipped: more may have come since it was looked at.
    conversation.turn_seq = Math.max(conversation.turn_seq, what.upTo);
    if (what.said !== 'nothing-new') conversation.why = JSON.stringify(why(runtime, what, what.said));
    done.push(...jobIds);
    return [];
  }
  if ('failed' in what) {
    conversation.why = JSON.stringify(why(runtime, what, `failed: ${keep(what.failed)}`));
    if (attempts < triesBeforeBurial) {
      await again(now + backoffMs(attempts), inEnglish([what.failed]));
      return [];
    }
    // The next message begins a new turn without the one that nobody could answer.
    conversation.turn_seq = Math.max(conversation.turn_seq, what.upTo);
    await bury(sql, lane.jobs.map((job) => ({ id: job.id, attempts, error: inEnglish([what.failed]) })), now);
    occurrences.push({ tenantId: conversation.tenant_id, occurrence: { kind: 'failure', at: now, conversation: conversation.id, heldBy: 'people', words: what.failed } });
    return [];
  }
  done.push(...jobIds);
  conversation.turn_seq = Math.max(conversation.turn_seq, what.upTo);
  if (!conversation.ai || conversation.state !== 'open') {
    conversation.why = JSON.stringify(why(runtime, what, 'people-took-over'));
    return [];
  }
  const { reply } = what;
  if (reply.state !== undefined) conversation.agent_state = JSON.stringify(reply.state);
  conversation.why = JSON.stringify(why(runtime, what, reply.why));
  if (reply.handOff) {
    const words = reasonOf(reply.handOff, what.agent.agent);
    Object.assign(conversation, { ai: false, escalated_at: now, escalation: keep(words) });
    occurrences.push({ tenantId: conversation.tenant_id, occurrence: { kind: 'hand-off', at: now, conversation: conversation.id, contact: conversation.contact_id, number: conversation.number_id, heldBy: 'people', words } });
  }
  return reply.messages;
}

function reasonOf({ reason, key, params }: NonNullable<Reply['handOff']>, plugin: Agent | undefined): Words {
  return { said: reason.slice(0, 500).toWellFormed(), ...(plugin && key !== undefined && { plugin: plugin.name, key, ...(params && { params }) }) };
}

/** What the last try left out is asked in a turn of its own, once that try is over either way. */
function goesOn(runtime: Runtime, lane: HeldLane, what: End, conversation: ConversationRow | undefined): NewJob[] {
  if (what.kind !== 'ask' || !what.more || !conversation) return [];
  return [{ tenantId: conversation.tenant_id, lane: lane.lane, kind: 'turn', ref: conversation.id, readyAt: runtime.clock.now() }];
}

function why(runtime: Runtime, what: End, said: string): Json {
  const asked = what.kind === 'ask' ? what : undefined;
  const version = asked?.agent.versions[asked.environment]?.ordinal;
  const reply = asked && 'reply' in asked ? asked.reply : undefined;
  return {
    at: runtime.clock.now(),
    said,
    ...(asked && { agent: asked.agent.name, joined: asked.turn.messages.length }),
    ...(version !== undefined && { version }),
    steps: (reply?.steps ?? []).map(({ name, said: of, ms }) => ({ name, ...(of !== undefined && { said: of }), ...(ms !== undefined && { ms }) })),
  };
}

/** One running session per conversation: begun by its first turn, ended when people take over. */
async function noteSessions(sql: Sql, runtime: Runtime, turns: { conversation: ConversationRow; what: Ask & { reply: Reply } }[]): Promise<void> {
  const now = runtime.clock.now();
  const rows = turns.flatMap(({ conversation, what }) => {
    const version = what.agent.versions[what.environment];
    return version ? [[uuid(), conversation.tenant_id, conversation.id, what.agent.id, version.id, 1, now, now]] : [];
  });
  await sql.insert('session', ['id', 'tenant_id', 'conversation_id', 'agent_id', 'agent_version_id', 'turns', 'started_at', 'last_at'], rows, {
    conflict: 'on conflict (conversation_id) where ended_at is null do update set turns = session.turns + 1, last_at = excluded.last_at, agent_version_id = excluded.agent_version_id',
  });
  const over = turns.flatMap(({ conversation }) => (conversation.ai ? [] : [conversation.id]));
  if (over.length > 0) await sql.run(`update session set ended_at = ?, outcome = 'hand-off' where ${sql.in('conversation_id')} and ended_at is null`, [now, new List(over)]);
}
