/** The history of a number: the templates that were sent from it, to whom, and what became of each. */
import type { Author } from '../db/entities/index.ts';
import type { Value } from '../db/sql.ts';
import { fromJson } from '../pipeline/rows.ts';
import type { Runtime } from '../runtime.ts';
import { idOf, isId, notFound } from './parts.ts';

export interface HistoryFilter {
  status?: string;
  /** Name of the template. */
  template?: string;
  /** Part of a contact's name or phone. */
  recipient?: string;
  /** When it was written: from this moment on, and before that one. */
  from?: number;
  until?: number;
  /** As `next` gave it. */
  after?: string;
  limit?: number;
}

/** A template message that went out, or is to. */
export interface HistoryRow {
  id: string;
  conversationId: string;
  at: number;
  author: Author;
  status: string;
  statusAt: number;
  /** Its name. */
  template: string;
  language: string;
  /** What the contact reads. */
  text: string;
  contact: { name?: string; phone?: string };
  /** The provider's own code and words. */
  error?: { code: string; said: string };
}

interface Row {
  id: string;
  conversation_id: string;
  created_at: number;
  author: Author;
  status: string;
  status_at: number;
  template: string | null;
  language: string | null;
  text: string;
  error: string | null;
  name: string | null;
  phone: string | null;
}

/** As words of the text, so that the partial index of template messages serves. */
const sentHere = "m.number_id = ? and m.kind = 'template' and m.author <> 'contact' and m.tenant_id = ?";

export async function readHistory({ db }: Runtime, tenantId: string, numberId: string, filter: HistoryFilter): Promise<{ rows: HistoryRow[]; next?: string }> {
  const limit = Math.min(Math.max(filter.limit ?? 50, 1), 200);
  let where = sentHere;
  const values: Value[] = [idOf(numberId), tenantId];
  const and = (text: string, ...more: Value[]) => {
    where += ` and ${text}`;
    values.push(...more);
  };
  if (filter.status !== undefined) and('m.status = ?', filter.status);
  if (filter.template !== undefined) and("m.content ->> 'name' = ?", filter.template);
  if (filter.from !== undefined) and('m.created_at >= ?', filter.from);
  if (filter.until !== undefined) and('m.created_at < ?', filter.until);
  const words = filter.recipient?.trim().toLowerCase().slice(0, 100);
  if (words) {
    const digits = words.replaceAll(/[\s().+-]/g, '');
    const name = like(words);
    // A phone is typed in many ways and kept in one.
    if (/^\d+$/.test(digits)) and("(lower(c.name) like ? escape '\\' or c.phone like ?)", name, `%${digits}%`);
    else and("lower(c.name) like ? escape '\\'", name);
  }
  if (filter.after !== undefined && isId(filter.after)) and('m.id < ?', filter.after);
  const rows = await db.read(async (sql) => {
    const [number] = await sql.all('select 1 from number where id = ? and tenant_id = ? and deleted_at is null', [numberId, tenantId]);
    if (!number) throw notFound();
    return sql.all<Row>(
      "select m.id, m.conversation_id, m.created_at, m.author, m.status, m.status_at, m.content ->> 'name' as template, m.content ->> 'language' as language, m.text, m.error, c.name, c.phone " +
        `from message m join contact c on c.id = m.contact_id where ${where} order by m.id desc limit ${limit + 1}`,
      values,
    );
  });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page.map(rowOf), ...(rows.length > limit && last && { next: last.id }) };
}

const like = (words: string) => `%${words.replace(/[\\%_]/g, '\\$&')}%`;

function rowOf({ id, conversation_id, created_at, author, status, status_at, template, language, text, error, name, phone }: Row): HistoryRow {
  return {
    id,
    conversationId: conversation_id,
    at: created_at,
    author,
    status,
    statusAt: status_at,
    template: template ?? '',
    language: language ?? '',
    text,
    contact: { ...(name !== null && { name }), ...(phone !== null && { phone }) },
    ...(error !== null && { error: fromJson<{ code: string; said: string }>(error) }),
  };
}
