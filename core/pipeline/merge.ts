/**
 * Two contacts turn out to be one person. What the younger one has moves to the older one, in one transaction and only while
 * nobody works on a conversation of either: no turn is being thought about, no message is on its way.
 */
import type { Step } from '../db/commit.ts';
import { List, type Sql } from '../db/sql.ts';
import { uuid } from '../ids.ts';
import type { Notice } from '../live.ts';
import type { Json } from '../plugin/contract/plugin.ts';
import { enqueue, finish, laneOf, makeReady, postpone, release, stillHeld, type HeldLane, type JobRow } from '../queue/queue.ts';
import type { Runtime } from '../runtime.ts';
import { joinedConsents } from './consent-kept.ts';
import { fromJson, lockConversations, saveConversations, type ConversationRow } from './rows.ts';

export interface Met {
  contacts: [string, string];
}

export async function askToMerge(sql: Sql, tenantId: string, met: readonly Met[], now: number): Promise<void> {
  await enqueue(sql, met.map(({ contacts }) => ({ tenantId, lane: laneOf.merges(contacts[1]), kind: 'merge' as const, ref: contacts[1], payload: { contacts }, readyAt: now })), now);
}

export async function runMerges(runtime: Runtime, lane: HeldLane): Promise<void> {
  for (const notice of await runtime.commit.add(merged, { runtime, lane })) runtime.live.tell(notice);
}

/** When it is tried again while somebody works on one of the conversations. */
const busyMs = 250;
/** When it is looked at once more: a delivery that was being read meanwhile may have taken up the one who is gone. */
const onceMoreMs = 5_000;

const merged: Step<{ runtime: Runtime; lane: HeldLane }, Notice[]> = {
  name: 'merged',
  patienceMs: Infinity,
  apart: true,
  async write(sql, items) {
    const ours = await stillHeld(sql, items.map((item) => item.lane));
    const told: Notice[][] = [];
    for (const { runtime, lane } of items) told.push(ours.has(lane.lane) ? await mergeAll(sql, runtime, lane) : []);
    return told;
  },
};

async function mergeAll(sql: Sql, runtime: Runtime, lane: HeldLane): Promise<Notice[]> {
  const now = runtime.clock.now();
  const notices: Notice[] = [];
  for (const job of lane.jobs) {
    const done = await mergeOne(sql, runtime, job);
    if (done === 'nothing') await finish(sql, [job.id]);
    else await postpone(sql, [{ id: job.id, readyAt: now + (done === 'busy' ? busyMs : onceMoreMs), attempts: job.attempts, error: null }]);
    if (typeof done === 'object') notices.push(...done.notices);
    // Those behind it are about the same contact.
    if (done !== 'nothing') break;
  }
  await release(sql, [lane.lane]);
  return notices;
}

interface ContactRow {
  id: string;
  name: string | null;
  phone: string | null;
  attributes: string;
  locale: string | null;
  merged_into: string | null;
  blocked_at: number | null;
}

async function mergeOne(sql: Sql, runtime: Runtime, job: JobRow): Promise<'nothing' | 'busy' | { notices: Notice[] }> {
  const { contacts } = fromJson<{ contacts: string[] }>(job.payload ?? '{"contacts":[]}');
  const all = await withSuccessors(sql, job.tenant_id, contacts);
  const [winner, ...losers] = all.filter((c) => c.merged_into === null).sort((a, b) => (a.id < b.id ? -1 : 1));
  if (!winner) return 'nothing';
  const gone = all.filter((c) => c.id !== winner.id);
  const goneIds = new List(gone.map((c) => c.id));
  const of = await sql.all<{ id: string }>(`select id from conversation where ${sql.in('contact_id')} and tenant_id = ?`, [new List(all.map((c) => c.id)), job.tenant_id]);
  const conversations = [...(await lockConversations(sql, of.map((row) => row.id))).values()];
  if (!(await nobodyWorksOn(sql, conversations))) return 'busy';

  const identities = await sql.run(`update identity set contact_id = ? where ${sql.in('contact_id')} and tenant_id = ?`, [winner.id, goneIds, job.tenant_id]);
  const moved = conversations.filter((c) => c.contact_id !== winner.id);
  if (losers.length === 0 && identities === 0 && moved.length === 0) return 'nothing';
  await takeOver(sql, winner, losers);
  const openOn = new Map(conversations.filter((c) => c.contact_id === winner.id && c.state === 'open').map((c) => [c.number_id, c]));
  const notices: Notice[] = [];
  for (const conversation of moved) {
    const into = conversation.state === 'open' ? openOn.get(conversation.number_id) : undefined;
    if (into) await joinInto(sql, conversation, into, winner.id, runtime.clock.now());
    else {
      await sql.run('update conversation set contact_id = ? where id = ?', [winner.id, conversation.id]);
      await sql.run('update message set contact_id = ? where conversation_id = ?', [winner.id, conversation.id]);
      if (conversation.state === 'open') openOn.set(conversation.number_id, conversation);
    }
    notices.push({ tenantId: job.tenant_id, conversation: (into ?? conversation).id, seq: (into ?? conversation).last_seq });
    if (into) notices.push({ tenantId: job.tenant_id, conversation: conversation.id });
  }
  const detail = JSON.stringify({ merged: losers.map((c) => c.id), conversations: moved.length });
  await sql.insert('audit', ['id', 'tenant_id', 'action', 'subject', 'subject_id', 'detail', 'address', 'at'], [[uuid(), job.tenant_id, 'contact.merge', 'contact', winner.id, detail, 'provider', runtime.clock.now()]]);
  return { notices };
}

/** These contacts and those that they were merged into since. */
async function withSuccessors(sql: Sql, tenantId: string, ids: readonly string[]): Promise<ContactRow[]> {
  const found = new Map<string, ContactRow>();
  for (let next = [...ids]; next.length > 0; ) {
    const rows = await sql.all<ContactRow>(
      `select id, name, phone, attributes, locale, merged_into, blocked_at from contact where ${sql.in('id')} and tenant_id = ? order by id${sql.forUpdate}`,
      [new List(next), tenantId],
    );
    for (const row of rows) found.set(row.id, row);
    next = rows.flatMap((row) => row.merged_into ?? []).filter((id) => !found.has(id));
  }
  return [...found.values()];
}

/** True when the lanes of these conversations are free; they stay so until the transaction ends, for their rows are locked. */
async function nobodyWorksOn(sql: Sql, conversations: readonly ConversationRow[]): Promise<boolean> {
  const lanes = conversations.flatMap(({ id }) => [laneOf.sends(id), laneOf.turns(id)]).sort();
  const held = await sql.all<{ held: boolean | number }>(`select locked_until > ${sql.now} as held from lane where ${sql.in('key', 'text')} order by key${sql.forUpdate}`, [new List(lanes)]);
  return held.every((row) => !row.held);
}

async function takeOver(sql: Sql, winner: ContactRow, losers: readonly ContactRow[]): Promise<void> {
  if (losers.length === 0) return;
  const known = [winner, ...losers];
  const first = <K extends 'name' | 'phone' | 'locale' | 'blocked_at'>(key: K) => known.map((c) => c[key]).find((value) => value !== null) ?? null;
  const told = known.map((c) => fromJson<Record<string, Json>>(c.attributes));
  const attributes = Object.assign({}, ...told.toReversed(), joinedConsents(told)) as Record<string, Json>;
  await sql.run('update contact set name = ?, phone = ?, locale = ?, blocked_at = ?, attributes = ? where id = ?', [
    first('name'), first('phone'), first('locale'), first('blocked_at'), JSON.stringify(attributes), winner.id,
  ]);
  const ids = new List(losers.map((c) => c.id));
  await sql.run(`update contact set merged_into = ? where ${sql.in('id')} or ${sql.in('merged_into')}`, [winner.id, ids, ids]);
}

interface Place {
  id: string;
  conversation_id: string;
  seq: number;
}

/** One thread of two: what had its turn first, then what still waits for one, each in the order in which it was written down. */
async function joinInto(sql: Sql, from: ConversationRow, into: ConversationRow, contactId: string, now: number): Promise<void> {
  const rows = await sql.all<Place>('select id, conversation_id, seq from message where conversation_id = ? or conversation_id = ? order by id', [from.id, into.id]);
  const hadTurn = (row: Place) => row.seq <= (row.conversation_id === from.id ? from : into).turn_seq;
  const answered = rows.filter(hadTurn);
  const thread = [...answered, ...rows.filter((row) => !hadTurn(row))];
  // By way of negative places: two messages of a conversation never have the same, not even for a moment.
  const changed = thread.flatMap((row, n) => (row.conversation_id === into.id && row.seq === n + 1 ? [] : [[row.id, into.id, contactId, -(n + 1)]]));
  await sql.update('message', ['id'], ['conversation_id', 'contact_id', 'seq'], changed);
  await sql.run('update message set seq = -seq where conversation_id = ? and seq < 0', [into.id]);

  const [later, earlier] = from.last_message_at > into.last_message_at ? [from, into] : [into, from];
  const { last_message_at, last_text, last_kind, last_message_id, last_author, last_status } = later;
  const lastInbound = Math.max(from.last_inbound_at ?? 0, into.last_inbound_at ?? 0) || null;
  const template = Math.max(from.template_at ?? 0, into.template_at ?? 0);
  Object.assign(into, {
    last_message_at, last_text, last_kind, last_message_id, last_author, last_status,
    thread: later.thread ?? earlier.thread,
    ai: Boolean(from.ai) && Boolean(into.ai),
    assignee_id: into.assignee_id ?? from.assignee_id,
    escalated_at: into.escalated_at ?? from.escalated_at,
    escalation: into.escalation ?? from.escalation,
    agent_state: later.agent_state ?? earlier.agent_state,
    unread: from.unread + into.unread,
    turn_seq: answered.length,
    last_seq: thread.length,
    last_inbound_at: lastInbound,
    template_at: template > (lastInbound ?? 0) ? template : null,
  } satisfies Partial<ConversationRow>);
  await saveConversations(sql, [into]);
  // Of the pace only the further place is right: both were sent to one person.
  await sql.run('update conversation set paced_until = (select paced_until from conversation where id = ?) where id = ? and paced_until < (select paced_until from conversation where id = ?)', [from.id, into.id, from.id]);

  await sql.run('update session set ended_at = ?, outcome = ? where conversation_id = ? and ended_at is null', [now, 'closed', from.id]);
  for (const table of ['session', 'alert']) await sql.run(`update ${table} set conversation_id = ? where conversation_id = ?`, [into.id, from.id]);
  await sql.run('update job set ref = ? where ref = ?', [into.id, from.id]);
  for (const lane of [laneOf.sends, laneOf.turns]) {
    await sql.run('update job set lane = ? where lane = ?', [lane(into.id), lane(from.id)]);
    await makeReady(sql, new Map([[lane(into.id), now]]));
  }
  // Each is due when its first job is.
  await release(sql, [laneOf.sends(from.id), laneOf.turns(from.id), laneOf.sends(into.id), laneOf.turns(into.id)].sort());
  await sql.run('delete from conversation where id = ?', [from.id]);
}
