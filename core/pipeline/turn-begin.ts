/** What there is to answer in a conversation, and whether an agent is to answer it now: read for many turns at once. */
import type { Step } from '../db/commit.ts';
import type { Environment } from '../db/entities/agents.ts';
import type { MessageChanges } from '../db/entities/conversations.ts';
import { List, type Sql } from '../db/sql.ts';
import type { AgentEntry } from '../directory.ts';
import type { ReceivedMessage, Turn } from '../plugin/contract/agent.ts';
import type { Content } from '../plugin/contract/content.ts';
import type { Json } from '../plugin/contract/plugin.ts';
import type { HeldLane } from '../queue/queue.ts';
import type { Runtime } from '../runtime.ts';
import { fromJson, type ConversationRow } from './rows.ts';

export const triesBeforeBurial = 5;

export interface Ask {
  kind: 'ask';
  turn: Turn;
  agent: AgentEntry;
  environment: Environment;
  /** The turn answers the conversation's messages up to here. */
  upTo: number;
  /** There is more to answer, which gets a turn of its own. */
  more: boolean;
}

export type Start = Ask | { kind: 'skip'; said: string; upTo: number } | { kind: 'wait'; waitingFor: string; said: string } | { kind: 'later'; at: number };

export interface Item {
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
export const begun: Step<Item, Start> = {
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
export const conversationOf = (lane: HeldLane) => lane.lane.slice('turn:'.length);
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
