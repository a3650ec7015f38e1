/** The messages of a conversation by their place in it, with who wrote them, what became of them and what they answer. */
import type { Author, MessageChanges } from '../db/entities/index.ts';
import { ownErrorCode } from '../pipeline/failure-words.ts';
import { List, type Sql } from '../db/sql.ts';
import type { ErrorMeaning } from '../plugin/contract/channel.ts';
import type { ProviderError } from '../plugin/contract/event.ts';
import type { Json } from '../plugin/contract/plugin.ts';
import { meaningOf } from '../plugin/words.ts';
import type { Runtime } from '../runtime.ts';
import { mediaOfMessages, type MediaRow } from './media.ts';
import { isId, notFound, type WorkspaceParts } from './parts.ts';

/** A message; or, with `kind` `event`, something that was done to the conversation at that place of it. */
export interface MessageRow {
  id: string;
  seq: number;
  at: number;
  author: Author;
  authorId?: string;
  /** The person's or the agent's name. */
  by?: string;
  kind: string;
  /** As the plugin contract says: Content of what came in, OutContent of what goes out; `{ kind: 'event', what }` of an event. */
  content: Json;
  text: string;
  /** What came with it, or goes with it. */
  media?: MediaRow;
  /** What happened to it afterwards. */
  changes?: MessageChanges;
  /** `received` for what came in. */
  status: string;
  /** When it took its present state. */
  statusAt: number;
  providerRef?: string;
  /** The message this one answers. */
  quote?: { id?: string; author?: Author; text: string };
  /** The key under which a person or the API sent it. */
  key?: string;
  receipts: { status: string; at: number; note?: string }[];
  /** Failed or unconfirmed: what was said and what it means. */
  error?: ProviderError & Partial<ErrorMeaning> & { plugin: string };
}

interface Row {
  id: string;
  seq: number;
  at: number;
  author: Author;
  author_id: string | null;
  person: string | null;
  agent: string | null;
  api_key: string | null;
  kind: string;
  content: string;
  text: string;
  status: string;
  status_at: number;
  provider_ref: string | null;
  reply_to: string | null;
  cause: string | null;
  error: string | null;
  changes: string | null;
  plugin: string;
}

interface Receipt {
  message_id: string;
  status: string;
  at: number;
  error: string | null;
}

const select =
  'select m.id, m.seq, m.at, m.author, m.author_id, u.name as person, a.name as agent, k.name as api_key, m.kind, m.content, m.text, m.status, m.status_at, m.provider_ref, m.reply_to, m.cause, ' +
  'm.error, m.changes, n.plugin from message m join number n on n.id = m.number_id left join "user" u on u.id = m.author_id left join agent a on a.id = m.author_id left join api_key k on k.id = m.author_id ' +
  'where m.conversation_id = ? and m.tenant_id = ?';

interface Page {
  before?: number;
  after?: number;
  limit?: number;
}

export async function threadMessages(parts: WorkspaceParts, tenantId: string, id: string, page: Page): Promise<{ items: MessageRow[]; more: boolean }> {
  const runtime = parts.runtime();
  const [there] = await runtime.db.read((sql) => sql.all('select 1 from conversation where id = ? and tenant_id = ?', [id, tenantId]));
  if (!there) throw notFound();
  return readPage(runtime, tenantId, id, page);
}

export async function readPage(runtime: Runtime, tenantId: string, id: string, { before, after, limit = 50 }: Page): Promise<{ items: MessageRow[]; more: boolean }> {
  const forward = after !== undefined;
  const most = Math.min(Math.max(limit, 1), 200);
  const from = forward ? ' and m.seq > ?' : before === undefined ? '' : ' and m.seq < ?';
  return runtime.db.read(async (sql) => {
    const rows = await sql.all<Row>(`${select}${from} order by m.seq ${forward ? 'asc' : 'desc'} limit ${most + 1}`, [id, tenantId, ...(forward ? [after] : before === undefined ? [] : [before])]);
    const page = rows.slice(0, most);
    if (!forward) page.reverse();
    return { items: await dressed(sql, runtime, tenantId, id, page), more: rows.length > most };
  });
}

export async function changedMessages(parts: WorkspaceParts, tenantId: string, id: string, { from, to, since }: { from: number; to: number; since: number }): Promise<MessageRow[]> {
  const runtime = parts.runtime();
  return runtime.db.read(async (sql) => {
    const rows = await sql.all<Row>(`${select} and m.seq >= ? and m.seq <= ? and (m.status_at >= ? or m.changes is not null) order by m.seq limit 200`, [id, tenantId, from, to, since]);
    return dressed(sql, runtime, tenantId, id, rows);
  });
}

export async function oneMessage(parts: WorkspaceParts, tenantId: string, id: string): Promise<MessageRow & { conversationId: string; connectionId: string; numberId: string; contactId: string }> {
  const runtime = parts.runtime();
  return runtime.db.read(async (sql) => {
    const [where] = await sql.all<{ conversationId: string; connectionId: string; numberId: string; contactId: string; seq: number }>(
      `select conversation_id as "conversationId", connection_id as "connectionId", number_id as "numberId", contact_id as "contactId", seq from message where id = ? and tenant_id = ? and kind <> 'event'`,
      [id, tenantId],
    );
    if (!where) throw notFound();
    const { seq, ...place } = where;
    const rows = await sql.all<Row>(`${select} and m.seq = ?`, [place.conversationId, tenantId, seq]);
    const [row] = await dressed(sql, runtime, tenantId, place.conversationId, rows);
    if (!row) throw notFound();
    return { ...row, ...place };
  });
}

async function dressed(sql: Sql, runtime: Runtime, tenantId: string, conversationId: string, rows: readonly Row[]): Promise<MessageRow[]> {
  if (rows.length === 0) return [];
  const receipts = await sql.all<Receipt>(`select message_id, status, at, error from receipt where ${sql.in('message_id')} and tenant_id = ? order by at, id`, [new List(rows.map((row) => row.id)), tenantId]);
  const media = await mediaOfMessages(sql, runtime, tenantId, rows.map((row) => row.id), rows.flatMap((row) => outgoingMedium(row.content) ?? []));
  const quotes = await quotesOf(sql, tenantId, conversationId, rows.flatMap((row) => row.reply_to ?? []));
  return rows.map((row) => {
    const medium = media.byId.get(outgoingMedium(row.content) ?? '') ?? media.byMessage.get(row.id);
    const quote = row.reply_to === null ? undefined : (quotes.get(row.reply_to) ?? { text: '' });
    return { ...rowOf(runtime, row, receipts.filter((receipt) => receipt.message_id === row.id), quote), ...(medium && { media: medium }) };
  });
}

/** The id of the medium that a message sends; what came in has none in its content. */
function outgoingMedium(content: string): string | undefined {
  if (!content.includes('"media"')) return undefined;
  const { media }: { media?: Json } = JSON.parse(content);
  const id = typeof media === 'object' && media !== null && !Array.isArray(media) ? media['id'] : media;
  return typeof id === 'string' && isId(id) ? id : undefined;
}

async function quotesOf(sql: Sql, tenantId: string, conversationId: string, refs: readonly string[]): Promise<Map<string, NonNullable<MessageRow['quote']>>> {
  if (refs.length === 0) return new Map();
  const rows = await sql.all<{ id: string; author: Author; text: string; provider_ref: string }>(
    `select id, author, text, provider_ref from message where conversation_id = ? and tenant_id = ? and ${sql.in('provider_ref', 'text')}`,
    [conversationId, tenantId, new List([...new Set(refs)])],
  );
  return new Map(rows.map(({ id, author, text, provider_ref }) => [provider_ref, { id, author, text: text.slice(0, 300) }]));
}

function rowOf(runtime: Runtime, row: Row, receipts: readonly Receipt[], quote: MessageRow['quote']): MessageRow {
  const by = row.person ?? row.agent ?? row.api_key;
  const content: Json = JSON.parse(row.content);
  const key = row.author_id !== null && row.cause?.startsWith(`${row.author}:${row.author_id}:`) ? row.cause.slice(row.author.length + row.author_id.length + 2).replace(/:\d+$/, '') : undefined;
  const error: ProviderError | undefined = row.error === null ? undefined : JSON.parse(row.error);
  return {
    id: row.id,
    seq: row.seq,
    at: row.at,
    author: row.author,
    ...(row.author_id !== null && { authorId: row.author_id }),
    ...(by !== null && { by }),
    kind: row.kind,
    content,
    text: row.text,
    ...(row.changes !== null && { changes: JSON.parse(row.changes) as MessageChanges }),
    status: row.status,
    statusAt: row.status_at,
    ...(row.provider_ref !== null && { providerRef: row.provider_ref }),
    ...(quote && { quote }),
    ...(key !== undefined && { key }),
    receipts: receipts.map(({ status, at, error }) => ({ status, at, ...noteOf(error) })),
    ...(error && { error: { ...explained(runtime, row.plugin, error), plugin: row.plugin } }),
  };
}

function noteOf(error: string | null): { note?: string } {
  if (error === null) return {};
  const { said }: ProviderError = JSON.parse(error);
  return said === '' ? {} : { note: said };
}

function explained({ plugins, log }: Runtime, plugin: string, error: ProviderError) {
  return ownErrorCode(error.code) ? error : { ...meaningOf(plugins.channel(plugin), error, log), ...error };
}
