/** Everything that goes out enters here: agents' replies, people's messages, the API. Allowed, fitted, written, and only then to be sent. */
import { List, type Sql, type Value } from '../db/sql.ts';
import { uuid } from '../ids.ts';
import type { Author, MessageChanges } from '../db/entities/conversations.ts';
import type { OutContent } from '../plugin/contract/content.ts';
import { enqueue, laneOf, type Enqueued, type NewJob } from '../queue/queue.ts';
import type { Runtime } from '../runtime.ts';
import { addressKey, optedOut, type Addressed } from './consent.ts';
import { preview, textOf } from './content.ts';
import { eligible, type Eligibility, type MediaRefused, type Purpose, type Refused } from './eligibility.ts';
import { fit, mediaProblem } from './fit.ts';
import { mediaOf, mediumIn, noteSent, withMedium } from './outgoing-media.ts';
import { fromJson, type ConversationRow } from './rows.ts';

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
  refused?: Refused | MediaRefused;
}

/** How long a contact may open a file that a channel cannot carry. */
const linkMs = 7 * 86_400_000;

export async function composeMessages(sql: Sql, runtime: Runtime, drafts: readonly Draft[]): Promise<{ composed: Composed[]; enqueued: Enqueued }> {
  const now = runtime.clock.now();
  const media = await mediaOf(sql, drafts.map((d) => ({ tenantId: d.conversation.tenant_id, contents: d.contents })));
  const sent: [message: string, medium: string][] = [];
  const barred = await barredBy(sql, drafts);
  const rows: Value[][] = [];
  const jobs: NewJob[] = [];
  const composed = drafts.map((draft): Composed => {
    const { conversation } = draft;
    const messages: Composed['messages'] = [];
    const fitted = fittedContents(runtime, draft, media);
    if ('refused' in fitted) return { messages, refused: fitted.refused };
    for (const [step, { content, medium }] of fitted.contents.entries()) {
      const verdict = verdictOn(runtime, draft, content, barred);
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
      if (medium !== undefined) sent.push([id, medium]);
      Object.assign(conversation, {
        last_message_at: now, last_message_id: id, last_text: preview(text), last_kind: content.kind, last_author: draft.author, last_status: 'queued',
      });
      if (content.kind === 'template') conversation.template_at = now;
    }
    return { messages };
  });
  await sql.insert('message', columns, rows);
  await noteSent(sql, sent);
  for (const { conversation, contents } of drafts) await noteReactions(sql, conversation.id, contents, now);
  return { composed, enqueued: await enqueue(sql, jobs, now, runtime.fence()) };
}

const columns = [
  'id', 'tenant_id', 'conversation_id', 'connection_id', 'number_id', 'contact_id', 'seq', 'author', 'author_id', 'kind', 'content', 'text', 'status', 'status_at',
  'reply_to', 'cause', 'purpose', 'attempts', 'at', 'created_at',
] as const;

/** What a decision needs to know of a conversation, which may not have begun yet. */
interface Meant {
  conversation: Pick<ConversationRow, 'tenant_id' | 'connection_id' | 'number_id' | 'contact_id' | 'last_inbound_at' | 'template_at'>;
  purpose: Purpose;
  contents: readonly OutContent[];
}

/** As the channel can carry it. All of it or nothing: half an answer is a wrong one. */
function fittedContents(runtime: Runtime, { conversation, contents }: Meant, media: Awaited<ReturnType<typeof mediaOf>>): { contents: { content: OutContent; medium: string | undefined }[] } | { refused: MediaRefused } {
  const can = runtime.directory.connection(conversation.connection_id)?.channel?.can;
  const fitted: { content: OutContent; medium: string | undefined }[] = [];
  for (const given of contents) {
    const content = withMedium(given, conversation.tenant_id, media);
    if (content === undefined) return { refused: 'media-missing' };
    const problem = can && mediaProblem(content, can);
    if (problem) return { refused: problem.why };
    const medium = mediumIn(content);
    for (const one of can ? fit(content, can, (id) => runtime.media.links.url(id, linkMs)) : [content]) fitted.push({ content: one, medium });
  }
  return { contents: fitted };
}

/** Who is blocked, by contact, and who does not want which template. */
interface Barred {
  blocked: Set<string>;
  optedOut: Set<string>;
}

async function barredBy(sql: Sql, meant: readonly Meant[]): Promise<Barred> {
  const contacts = [...new Set(meant.map(({ conversation }) => conversation.contact_id))];
  const rows = await sql.all<{ id: string }>(`select id from contact where ${sql.in('id')} and blocked_at is not null`, [new List(contacts)]);
  return { blocked: new Set(rows.map((row) => row.id)), optedOut: await optedOut(sql, meant.flatMap(({ conversation, contents }) => contents.flatMap((content) => addressed(conversation, content)))) };
}

export function addressed(conversation: Pick<ConversationRow, 'connection_id' | 'contact_id'>, content: OutContent): Addressed[] {
  return content.kind === 'template' ? [{ contactId: conversation.contact_id, connectionId: conversation.connection_id, template: content.template }] : [];
}

function verdictOn({ clock, directory }: Runtime, { conversation, purpose }: Omit<Meant, 'contents'>, content: OutContent, barred: Barred): Eligibility {
  const connection = directory.connection(conversation.connection_id);
  return eligible({
    now: clock.now(), purpose, kind: content.kind, number: directory.number(conversation.number_id), connection, channel: connection?.channel?.can,
    lastInboundAt: conversation.last_inbound_at, templateAt: conversation.template_at, blocked: barred.blocked.has(conversation.contact_id),
    optedOut: addressed(conversation, content).some((one) => barred.optedOut.has(addressKey(one))),
  });
}

/** Why this would not be sent now; undefined when it would. */
export async function refusalOf(sql: Sql, runtime: Runtime, meant: Meant): Promise<Composed['refused']> {
  const media = await mediaOf(sql, [{ tenantId: meant.conversation.tenant_id, contents: meant.contents }]);
  const fitted = fittedContents(runtime, meant, media);
  if ('refused' in fitted) return fitted.refused;
  const barred = await barredBy(sql, [meant]);
  for (const { content } of fitted.contents) {
    const verdict = verdictOn(runtime, meant, content, barred);
    if (!verdict.allowed) return verdict.why;
  }
  return undefined;
}

/** A reaction of ours stands on the message that it is about, as the contact's do. */
async function noteReactions(sql: Sql, conversationId: string, contents: readonly OutContent[], now: number): Promise<void> {
  for (const content of contents) {
    if (content.kind !== 'reaction') continue;
    const [target] = await sql.all<{ id: string; changes: string | null }>(`select id, changes from message where conversation_id = ? and provider_ref = ?${sql.forUpdate}`, [conversationId, content.to]);
    if (!target) continue;
    const changes: MessageChanges = target.changes === null ? {} : fromJson(target.changes);
    const { us: _, ...others } = changes.reactions ?? {};
    changes.reactions = content.emoji === '' ? others : { ...others, us: { emoji: content.emoji, at: now } };
    await sql.run('update message set changes = ? where id = ?', [JSON.stringify(changes), target.id]);
  }
}
