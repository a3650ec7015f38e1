/** What the provider said of a send is written down: the message moves on, the job ends, waits or is buried. */
import type { Step } from '../db/commit.ts';
import { List, type Sql, type Value } from '../db/sql.ts';
import { uuid } from '../ids.ts';
import { inEnglish, keep, wordsOf, type Words } from '../kept-words.ts';
import type { Notice } from '../live.ts';
import type { SendResult } from '../plugin/contract/channel.ts';
import type { ProviderError, ReportedStatus } from '../plugin/contract/event.ts';
import type { CheckLine } from '../plugin/contract/plugin.ts';
import { meaningOf } from '../plugin/words.ts';
import { backoffMs, bury, finish, postpone, release, stillHeld, type HeldLane, type JobRow, type Postponed } from '../queue/queue.ts';
import type { Runtime } from '../runtime.ts';
import { raiseAlertsOfAll, type Happened } from './alerts.ts';
import { failureWords } from './failure-words.ts';
import { slowDown, type Asked } from './pace.ts';
import { contactsOf, identifying } from './people.ts';
import { applyStatuses, holdForRefs, learnRefs, lockMessages, useParked, type Ref, type SettledMessage } from './reports.ts';
import type { SentMessage } from './sending.ts';
import { settle } from './status.ts';

export type Outcome = SendResult | { silence: string } | { notSent: string } | { broken: string };

/** The outcome in one word, for counts and attempts. */
export function wordOf(outcome: Outcome): 'accepted' | 'rejected' | 'retry' | 'not-sent' | 'unknown' | 'broken' {
  if ('accepted' in outcome) return 'accepted';
  if ('rejected' in outcome) return 'rejected';
  if ('retry' in outcome) return 'retry';
  if ('silence' in outcome) return 'unknown';
  return 'broken' in outcome ? 'broken' : 'not-sent';
}

interface Settlement {
  lane: HeldLane;
  job: JobRow;
  message: SentMessage;
  outcome: Outcome;
  /** The last job that the holder of the lane knows of: with it the lane is given back. */
  last: boolean;
}

const triesBeforeBurial = 5;
const giveUpMs = 86_400_000;
/** A provider that cannot be reached for so many tries is worth a word, though it is tried on. */
const triesBeforeTelling = 5;

/** True when the lane is still ours and its next job may run. */
export async function settleSends(runtime: Runtime, settlement: Settlement): Promise<boolean> {
  const { goOn, notices, stopped } = await runtime.commit.add(settled, { runtime, ...settlement });
  const { outcome, job, message } = settlement;
  // A page that asks because it was told must find the connection as it is now.
  if (stopped) await runtime.directory.reload();
  for (const notice of stopped ? [...notices, { tenantId: message.tenantId, numbers: true as const }] : notices) runtime.live.tell(notice);
  if (stopped) {
    runtime.log.error({ connection: message.connectionId, ...codeOf(outcome) }, 'the provider refused the connection; nothing is sent over it until it is started again');
  } else if (!('accepted' in outcome) && job.attempts === 0) {
    runtime.log.warn({ connection: message.connectionId, message: message.id, outcome: wordOf(outcome), ...codeOf(outcome) }, 'a message was not taken by the provider');
  }
  return goOn;
}

/** Never the provider's words: they may repeat the message. Those stand with the message, and with the state of the connection. */
function codeOf(outcome: Outcome): { code?: string } {
  const answer = 'rejected' in outcome ? outcome.rejected : 'retry' in outcome ? outcome.retry : undefined;
  return answer ? { code: answer.code } : {};
}

interface Settled {
  goOn: boolean;
  notices: Notice[];
  /** The provider refused the connection itself. */
  stopped: boolean;
}

const settled: Step<Settlement & { runtime: Runtime }, Settled> = {
  name: 'settled',
  patienceMs: Infinity,
  async write(sql, items) {
    const [first] = items;
    if (!first) return [];
    const { runtime } = first;
    const now = runtime.clock.now();
    const refs = items.flatMap(refsOf);
    await holdForRefs(sql, refs);
    const messages = await lockMessages(sql, items.map((item) => item.message.id));
    const ours = await stillHeld(sql, items.map((item) => item.lane));
    // Receipts may come before the provider's own answer to the send: they waited for this.
    for (const { message, status } of await useParked(sql, refs, messages)) message.status = settle(message.status, status);
    const changes = items.map((item) => ({ item, message: messages.get(item.message.id), held: ours.has(item.lane.lane), next: nextOf(item, now) }));
    await applyStatuses(sql, changes.flatMap(({ item, message, held, next }) => (message ? [moved(message, item, next, held)] : [])), now);
    await learnRefs(sql, items.flatMap((item) => refsOf(item).slice(1)));
    await noteWhom(sql, runtime, items, now);
    await sql.insert('attempt', ['id', 'tenant_id', 'message_id', 'outcome', 'code', 'said', 'at'], changes.flatMap(({ item, next }) => attemptOf(item, next, now)));
    // What was said of the message is a fact and is kept; the job and the lane are the holder's alone.
    const mine = changes.filter((change) => change.held);
    await finish(sql, mine.flatMap(({ item, next }) => (next.job === 'done' ? [item.job.id] : [])));
    await postpone(sql, mine.flatMap(({ next }) => (typeof next.job === 'object' && 'readyAt' in next.job ? [next.job] : [])));
    await bury(sql, mine.flatMap(({ next }) => (typeof next.job === 'object' && 'buried' in next.job ? [next.job.buried] : [])), now);
    await stopConnections(sql, mine.flatMap(({ item, next }) => (next.stops && next.error ? [refusalOf(runtime, item.message, next.error)] : [])), now);
    const again = mine.flatMap(({ item, next }) => (next.stops ? [item.message.id] : []));
    // Under another token, or in another account, what was prepared under this one is worth nothing.
    if (again.length > 0) await sql.run(`update message set prepared = null where ${sql.in('id')}`, [new List(again)]);
    await slowDown(sql, runtime, items.flatMap((item) => asked(item)), now);
    const over = mine.filter(({ item, next }) => item.last || next.job !== 'done').map(({ item }) => item.lane.lane);
    if (over.length > 0) await release(sql, over);
    const notices = await raiseAlertsOfAll(sql, runtime, mine.flatMap(({ item, next }) => (next.tell ? [{ tenantId: item.message.tenantId, occurrence: occurrence(item, next, now) }] : [])));
    return changes.map(({ item, next, held }) => ({
      goOn: held && next.job === 'done' && !item.last,
      notices: [{ tenantId: item.message.tenantId, conversation: item.message.conversationId }, ...notices.splice(0)],
      stopped: next.stops,
    }));
  },
};

interface Next {
  status: 'queued' | 'unknown' | ReportedStatus;
  job: 'done' | Postponed | { buried: { id: string; attempts: number; error: string } };
  error?: ProviderError;
  /** Puts the connection into ERROR. */
  stops: boolean;
  /** Operators should know. */
  tell: boolean;
}

function nextOf({ runtime, job, message, outcome }: Settlement & { runtime: Runtime }, now: number): Next {
  const quiet = { stops: false, tell: false };
  if ('accepted' in outcome) return { status: 'sent', job: 'done', ...quiet };
  if ('silence' in outcome) {
    const error = { code: 'silence', said: outcome.silence };
    return { status: 'unknown', job: { id: job.id, readyAt: now + runtime.options.unknownWaitMs, attempts: job.attempts, error: outcome.silence }, error, stops: false, tell: false };
  }
  if ('rejected' in outcome) {
    const { scope, ...error } = outcome.rejected;
    if (scope !== 'connection') return { status: 'failed', job: 'done', error, stops: false, tell: true };
    const waits = { id: job.id, readyAt: now, attempts: job.attempts, error: error.said, waitingFor: `connection:${message.connectionId}` };
    return { status: 'queued', job: waits, error, stops: true, tell: true };
  }
  const attempts = job.attempts + 1;
  if ('broken' in outcome && attempts >= triesBeforeBurial) {
    const error = { code: 'plugin', said: outcome.broken };
    return { status: 'failed', job: { buried: { id: job.id, attempts, error: outcome.broken } }, error, stops: false, tell: true };
  }
  const error = 'retry' in outcome ? { code: outcome.retry.code, said: outcome.retry.said } : { code: 'not-sent', said: 'broken' in outcome ? outcome.broken : outcome.notSent };
  if (now - message.createdAt > giveUpMs) return { status: 'failed', job: 'done', error, stops: false, tell: true };
  const wait = ('retry' in outcome ? outcome.retry.afterMs : undefined) ?? backoffMs(attempts);
  return { status: 'queued', job: { id: job.id, readyAt: now + wait, attempts, error: error.said }, error, stops: false, tell: attempts === triesBeforeTelling };
}

/**
 * Back to queued is the one way backwards, and only for a message of which the provider has said nothing better, by who holds its
 * lane: another one may be sending it by now.
 */
function moved(message: SettledMessage, { outcome }: Settlement, next: Next, held: boolean): SettledMessage & { error: string | null } {
  const known = 'accepted' in outcome ? (outcome.accepted.refs[0] ?? null) : null;
  const reported = next.status !== 'queued' && next.status !== 'unknown' ? settle(message.status, next.status) : undefined;
  const undecided = (held || next.status !== 'queued') && (message.status === 'sending' || message.status === 'unknown' || message.status === 'queued');
  const status = reported ?? (undecided ? next.status : message.status);
  return { ...message, status, provider_ref: message.provider_ref ?? known, error: status === 'sent' || !next.error ? null : JSON.stringify(next.error) };
}

function asked({ runtime, message, job, outcome }: Settlement & { runtime: Runtime }): Asked[] {
  const connection = runtime.directory.connection(message.connectionId);
  const number = runtime.directory.number(message.numberId);
  return 'retry' in outcome && connection && number ? [{ retry: outcome.retry, connection, number, attempts: job.attempts + 1 }] : [];
}

function attemptOf({ message, outcome }: Settlement, next: Next, now: number): Value[][] {
  if ('accepted' in outcome) return [];
  return [[uuid(), message.tenantId, message.id, wordOf(outcome), next.error?.code ?? null, next.error?.said ?? '', now]];
}

/** A provider out of reach concerns everybody on the connection: one notice with a count, not one for each conversation that waits. */
function occurrence({ runtime, message }: Settlement & { runtime: Runtime }, next: Next, at: number): Happened {
  const ofAll = next.stops || next.status === 'queued';
  const words: Words = next.error ? failureWords(runtime.directory.connection(message.connectionId)?.channel, next.error, runtime.log) : { code: 'not-delivered' };
  return { kind: 'failure', at, connection: message.connectionId, heldBy: 'people', words, ...(!ofAll && { conversation: message.conversationId }) };
}

const refsOf = ({ message, outcome }: Settlement): Ref[] =>
  'accepted' in outcome ? outcome.accepted.refs.map((ref) => ({ connectionId: message.connectionId, tenantId: message.tenantId, ref, messageId: message.id })) : [];

/** With its yes a provider may say by what else it knows the contact, and in which thread of its own the message went. */
async function noteWhom(sql: Sql, runtime: Runtime, items: readonly Settlement[], now: number): Promise<void> {
  for (const { message, outcome } of items) {
    if (!('accepted' in outcome)) continue;
    const { thread, learned = [] } = outcome.accepted;
    if (thread !== undefined && thread !== message.to.thread) await sql.run('update conversation set thread = ? where id = ?', [thread.slice(0, 255), message.conversationId]);
    const known = message.to.identities;
    const fresh = identifying(learned).filter((i) => !known.some((k) => k.kind === i.kind && k.value === i.value));
    const connection = fresh.length > 0 ? runtime.directory.connection(message.connectionId) : undefined;
    // Known ones first: they say whose the new ones are.
    if (connection) await contactsOf(sql, message.tenantId, connection.pluginName, [{ identities: [...known, ...fresh] }], now);
  }
}

interface Stopped {
  id: string;
  tenantId: string;
  reason: Words;
  /** What it means and what to do about it, where the channel's catalogue says so. */
  line?: CheckLine;
}

function refusalOf({ directory, log }: Runtime, { connectionId: id, tenantId }: SentMessage, error: ProviderError): Stopped {
  const channel = directory.connection(id)?.channel;
  const meaning = meaningOf(channel, error, log);
  if (!meaning) return { id, tenantId, reason: { said: error.said } };
  const line: CheckLine = { what: 'refused', state: 'broken', said: meaning.sentence, answered: error.said, ...(meaning.next !== undefined && { mend: meaning.next }) };
  return { id, tenantId, reason: wordsOf(channel, line), line };
}

/** Puts connections into ERROR with the provider's reason; nothing is sent over them until they are started again. */
export async function stopConnections(sql: Sql, stopped: readonly Stopped[], now: number): Promise<void> {
  for (const { id, tenantId, reason, line } of new Map(stopped.map((s) => [s.id, s])).values()) {
    await sql.insert('audit', ['id', 'tenant_id', 'action', 'subject', 'subject_id', 'detail', 'address', 'at'], [[uuid(), tenantId, 'connection.error', 'connection', id, JSON.stringify({ said: inEnglish([reason]) }), 'provider', now]]);
    const fresh = await sql.run("update connection set state = 'error', state_reason = ?, state_at = ?, version = version + 1 where id = ? and state <> 'error'", [keep(reason), now, id]);
    if (fresh > 0 && line) await noteLine(sql, id, line);
  }
}

/** It stands with what the doctor found before, which pages read together. */
async function noteLine(sql: Sql, id: string, line: CheckLine): Promise<void> {
  const [row] = await sql.all<{ checks: string | null }>('select checks from connection where id = ?', [id]);
  const found: unknown = JSON.parse(row?.checks ?? '[]');
  await sql.run('update connection set checks = ? where id = ?', [JSON.stringify([line, ...(Array.isArray(found) ? found : [])]), id]);
}
