/** One asking of the agent: the burst joined, the agent asked, the state looked at again, the replies composed. */
import type { Step } from '../db/commit.ts';
import { List, type Sql } from '../db/sql.ts';
import { uuid } from '../ids.ts';
import type { AgentEntry } from '../directory.ts';
import type { Environment } from '../db/entities/agents.ts';
import type { MessageChanges } from '../db/entities/conversations.ts';
import type { Notice } from '../live.ts';
import type { ReceivedMessage, Reply, Turn } from '../plugin/contract/agent.ts';
import type { Content } from '../plugin/contract/content.ts';
import type { Occurrence } from '../plugin/contract/notifier.ts';
import type { Json } from '../plugin/contract/plugin.ts';
import { scrubberOf } from '../plugin/context.ts';
import { backoffMs, bury, enqueue, finish, nothingEnqueued, postpone, release, stillHeld, type Enqueued, type HeldLane, type NewJob } from '../queue/queue.ts';
import type { Turnstile } from '../queue/turnstile.ts';
import type { Runtime } from '../runtime.ts';
import { raiseAlerts } from './alerts.ts';
import { composeMessages, type Draft } from './compose.ts';
import { markAnswered, showTyping } from './courtesy.ts';
import { soundReply } from './reply.ts';
import { fromJson, lockConversations, saveConversations, type ConversationRow } from './rows.ts';

const triesBeforeBurial = 5;

/** When a turn is looked at again whose agent hangs and has enough that wait already. */
const jamMs = 10_000;

export async function runTurns(runtime: Runtime, lane: HeldLane, agents: Turnstile): Promise<void> {
  const start = await runtime.commit.add(begun, { runtime, lane });
  if (start.kind !== 'ask') return end(runtime, lane, start);
  if (agents.jammed(start.agent.id)) return end(runtime, lane, { kind: 'later', at: runtime.clock.now() + Math.round(jamMs * (0.5 + Math.random() / 2)) });
  runtime.at('agent-begun');
  const typed = showTyping(runtime, start.turn.conversation);
  const outcome = await agents(start.agent.id, () => ask(runtime, start)).finally(typed);
  runtime.at('agent-done');
  await end(runtime, lane, { ...start, ...outcome });
  runtime.at('composed');
  if ('reply' in outcome && outcome.reply.messages.length > 0) markAnswered(runtime, start.turn.conversation);
}

// ── what there is to answer ──────────────────────────────────────────────────────────────────────────────────────────

interface Ask {
  kind: 'ask';
  turn: Turn;
  agent: AgentEntry;
  environment: Environment;
  /** The turn answers the conversation's messages up to here. */
  upTo: number;
  /** There is more to answer, which gets a turn of its own. */
  more: boolean;
}
type Start = Ask | { kind: 'skip'; said: string; upTo: number } | { kind: 'wait'; waitingFor: string; said: string } | { kind: 'later'; at: number };

interface Item {
  runtime: Runtime;
  lane: HeldLane;
}

interface TurnRow extends Pick<ConversationRow, 'id' | 'tenant_id' | 'connection_id' | 'number_id' | 'contact_id' | 'state' | 'ai' | 'turn_seq' | 'last_seq' | 'agent_state'> {
  name: string | null;
  phone: string | null;
  attributes: string;
  locale: string | null;
}

interface MessageRow {
  id: string;
  conversation_id: string;
  seq: number;
  provider_ref: string;
  at: number;
  content: string;
  text: string;
  changes: string | null;
}

/** Reads only; it is a step so that a thousand turns that begin together are a handful of queries. */
const begun: Step<Item, Start> = {
  name: 'begun',
  patienceMs: Infinity,
  async write(sql, items) {
    const list = new List(items.map(({ lane }) => conversationOf(lane)));
    const rows = await sql.all<TurnRow>(
      `select v.id, v.tenant_id, v.connection_id, v.number_id, v.contact_id, v.state, v.ai, v.turn_seq, v.last_seq, v.agent_state, c.name, c.phone, c.attributes, c.locale ` +
        `from conversation v join contact c on c.id = v.contact_id where ${sql.in('v.id')}`,
      [list],
    );
    const messages = await sql.all<MessageRow>(
      `select m.id, m.conversation_id, m.seq, m.provider_ref, m.at, m.content, m.text, m.changes from message m join conversation v on v.id = m.conversation_id ` +
        `where ${sql.in('m.conversation_id')} and m.seq > v.turn_seq and m.author = 'contact' and m.kind not in ('reaction', 'system', 'edit', 'revoke') order by m.conversation_id, m.seq`,
      [list],
    );
    const conversations = new Map(rows.map((row) => [row.id, row]));
    const waiting = Map.groupBy(messages, (message) => message.conversation_id);
    const starts: Start[] = [];
    for (const { runtime, lane } of items) {
      const id = conversationOf(lane);
      starts.push(await decide(sql, runtime, lane, conversations.get(id), waiting.get(id) ?? []));
    }
    return starts;
  },
};

async function decide(sql: Sql, runtime: Runtime, lane: HeldLane, row: TurnRow | undefined, waiting: MessageRow[]): Promise<Start> {
  const latest = Math.max(0, ...lane.jobs.map((job) => job.ready_at));
  if (latest > runtime.clock.now()) return { kind: 'later', at: latest };
  if (!row || waiting.length === 0) return { kind: 'skip', said: 'nothing-new', upTo: 0 };
  // The last try is about the oldest message alone: one that cannot be answered must not take its neighbours with it.
  const tried = lane.jobs.some((job) => job.attempts >= triesBeforeBurial - 1) ? waiting.slice(0, 1) : waiting;
  const upTo = tried.at(-1)?.seq ?? 0;
  const messages = tried.filter((message) => !wasTakenBack(message));
  if (messages.length === 0) return { kind: 'skip', said: 'taken-back', upTo };
  if (row.state !== 'open') return { kind: 'skip', said: 'conversation-closed', upTo };
  if (!row.ai) return { kind: 'skip', said: 'people-have-it', upTo };
  const number = runtime.directory.number(row.number_id);
  const connection = runtime.directory.connection(row.connection_id);
  if (!number || !connection?.channel) return { kind: 'skip', said: 'number-gone', upTo };
  if (!number.inbound) return { kind: 'skip', said: 'no-agent', upTo };
  if (!number.active) return { kind: 'wait', waitingFor: `number:${number.id}`, said: 'number-stopped' };
  if (connection.state === 'stopped') return { kind: 'wait', waitingFor: `connection:${connection.id}`, said: 'connection-stopped' };
  const { agentId, environment } = number.inbound;
  const agent = runtime.directory.agent(agentId);
  if (!agent?.agent) return { kind: 'wait', waitingFor: `agent:${agentId}`, said: 'agent-not-loaded' };
  if (agent.state !== 'running') return { kind: 'wait', waitingFor: `agent:${agentId}`, said: 'agent-stopped' };
  if (!agent.versions[environment]) return { kind: 'skip', said: 'agent-has-no-version', upTo };
  const tenant = runtime.directory.tenant(row.tenant_id);
  const turn: Turn = {
    conversation: row.id,
    messages: messages.map(received),
    history: await historyOf(sql, row, agent.agent.history ?? 0),
    contact: { id: row.contact_id, ...(row.name && { name: row.name }), ...(row.phone && { phone: row.phone }), attributes: fromJson(row.attributes) },
    number: { account: number.account, name: number.displayName },
    channel: connection.channel.can,
    state: row.agent_state === null ? null : fromJson<Json[]>(row.agent_state),
    locale: localeOf(row.locale) ?? tenant?.locale ?? 'en',
    timeZone: tenant?.timeZone ?? 'UTC',
  };
  return { kind: 'ask', turn, agent, environment, upTo, more: tried.length < waiting.length };
}

const wasTakenBack = ({ changes }: MessageRow) => changes !== null && fromJson<MessageChanges>(changes).revoked !== undefined;
const conversationOf = (lane: HeldLane) => lane.lane.slice('turn:'.length);
const localeOf = (locale: string | null) => (locale === 'en' || locale === 'es' || locale === 'id' ? locale : undefined);
const received = (m: MessageRow): ReceivedMessage => ({ id: m.id, ref: m.provider_ref, at: m.at, content: fromJson<Content>(m.content), text: m.text });

async function historyOf(sql: Sql, row: TurnRow, wanted: number): Promise<Turn['history']> {
  if (wanted === 0) return [];
  const rows = await sql.all<{ author: string; text: string; at: number }>(
    "select author, text, at from message where conversation_id = ? and seq <= ? and kind <> 'event' order by seq desc limit ?",
    [row.id, row.turn_seq, Math.min(wanted, 50)],
  );
  return rows.toReversed().map(({ author, text, at }) => ({ from: author === 'contact' || author === 'agent' ? author : 'person', text, at }));
}

// ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────────

type Outcome = { reply: Reply } | { failed: string };

async function ask(runtime: Runtime, { turn, agent, environment }: Ask): Promise<Outcome> {
  const version = agent.versions[environment];
  if (!agent.agent || !version) return { failed: 'The agent has no such version any more.' };
  const time = new AbortController();
  const timer = setTimeout(() => time.abort(new Error(`The agent did not answer within ${runtime.options.turnMs / 1000} s.`)), runtime.options.turnMs);
  // A stop must not wait for an agent that never answers.
  timer.unref();
  try {
    const late = new Promise<never>((_, reject) => time.signal.addEventListener('abort', () => reject(time.signal.reason), { once: true }));
    const reply = await Promise.race([agent.agent.respond(turn, { ...version.context, signal: time.signal }), late]);
    return soundReply(reply);
  } catch (error) {
    const scrub = scrubberOf(agent.agent, version.settings);
    runtime.log.warn({ err: scrub.error(error), agent: agent.id, conversation: turn.conversation }, 'an agent failed');
    return { failed: scrub.text(error instanceof Error ? error.message : String(error)).slice(0, 500) };
  } finally {
    clearTimeout(timer);
  }
}

// ── the end of a turn, whatever it was ───────────────────────────────────────────────────────────────────────────────

type End = Exclude<Start, Ask> | (Ask & Outcome);
interface Ended {
  enqueued: Enqueued;
  notices: Notice[];
}

async function end(runtime: Runtime, lane: HeldLane, what: End): Promise<void> {
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
    const occurrences: { tenantId: string; occurrence: Occurrence }[] = [];
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
    const notices: Notice[] = [];
    for (const { tenantId, occurrence } of occurrences) notices.push(...(await raiseAlerts(sql, runtime, tenantId, [occurrence])));
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
  sql: Sql, { runtime, lane, what }: Item & { what: End }, conversation: ConversationRow, done: string[], occurrences: { tenantId: string; occurrence: Occurrence }[],
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
    conversation.why = JSON.stringify(why(runtime, what, `failed: ${what.failed}`));
    if (attempts < triesBeforeBurial) {
      await again(now + backoffMs(attempts), what.failed);
      return [];
    }
    // The next message begins a new turn without the one that nobody could answer.
    conversation.turn_seq = Math.max(conversation.turn_seq, what.upTo);
    await bury(sql, lane.jobs.map((job) => ({ id: job.id, attempts, error: what.failed })), now);
    occurrences.push({ tenantId: conversation.tenant_id, occurrence: { kind: 'failure', at: now, conversation: conversation.id, heldBy: 'people', text: what.failed } });
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
    Object.assign(conversation, { ai: false, escalated_at: now, escalation: reply.handOff.reason.slice(0, 500) });
    occurrences.push({ tenantId: conversation.tenant_id, occurrence: { kind: 'hand-off', at: now, conversation: conversation.id, contact: conversation.contact_id, number: conversation.number_id, heldBy: 'people', text: reply.handOff.reason } });
  }
  return reply.messages;
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
