/** Templates: read from the provider, made, taken away, and turned into what is sent. */
import type { Value } from '../db/sql.ts';
import type { ConnectionEntry } from '../directory.ts';
import { fromJson } from '../pipeline/rows.ts';
import { syncTemplates, writeTemplates } from '../pipeline/templates.ts';
import { storableText } from '../pipeline/characters.ts';
import { scrubberOf } from '../plugin/context.ts';
import type { Channel } from '../plugin/contract/channel.ts';
import type { MediaKind, OutContent } from '../plugin/contract/content.ts';
import type { TemplateDraft, TemplatePreview, TemplateRecord, TemplateStatus } from '../plugin/contract/template.ts';
import type { Runtime } from '../runtime.ts';
import { auditSql, type By } from './change.ts';
import { idOf, isId, notFound, type WorkspaceParts } from './parts.ts';
import { recordByHand } from './template-by-hand.ts';
import { Refused, type FieldFault } from './refused.ts';

/** How templates come about on a channel: read from the provider, typed in here, or not at all. */
export type TemplateMeans = { list: boolean; create: boolean; delete: boolean; byHand: boolean } | false;

export interface Templates {
  /** By name and language. What vanished at the provider is left out. */
  list(tenantId: string, filter: TemplateFilter): Promise<{ rows: TemplateRow[]; next?: string }>;
  get(tenantId: string, id: string): Promise<TemplateRow>;
  /** Reads them from the provider now. @throws Refused '' in the provider's words · SwitchboardError NOT_FOUND the channel has no list */
  sync(tenantId: string, connectionId: string, by: By): Promise<{ seen: number; gone: number }>;
  /**
   * Submits it for approval; on a channel that has no templates of its own to list, what a person types is kept as approved.
   * Checked before anybody outside is asked.
   * @throws Refused by field of the draft: `name`, `language`, `category`, `header`, `body`, `footer`, `buttons`, `examples.{key}`, and '' for the provider's words
   */
  create(tenantId: string, connectionId: string, draft: TemplateDraft, by: By): Promise<{ id: string; status: TemplateStatus }>;
  /** At the provider too, where the channel can. Messages that were sent with it stay. @throws Refused '' in the provider's words */
  remove(tenantId: string, id: string, by: By): Promise<void>;
  /**
   * What is sent: the text as the contact will read it, and all that the channel needs.
   * @throws Refused `template` it is not approved · `variables.{key}` nothing stands there · `media` the header wants one of its kind
   */
  content(tenantId: string, id: string, given: { variables: Record<string, string>; mediaId?: string }): Promise<Extract<OutContent, { kind: 'template' }>>;
}

export interface TemplateFilter {
  connectionId?: string;
  status?: TemplateStatus;
  language?: string;
  name?: string;
  /** Part of a name or of the text. */
  search?: string;
  /** As `next` gave it. */
  after?: string;
  limit?: number;
}

/** The provider's record as it is kept here, but for what was as the provider gave it. */
export interface TemplateRow extends Omit<TemplateRecord, 'components'> {
  /** Ours. */
  id: string;
  connectionId: string;
  /** The provider's id of it. */
  providerId: string;
  /** The medium that its header wants. */
  media?: MediaKind;
  updatedAt: number;
}

export function templatesOf(parts: WorkspaceParts): Templates {
  return {
    list: (tenantId, filter) => list(parts.runtime(), tenantId, filter),
    get: (tenantId, id) => get(parts.runtime(), tenantId, id),
    sync: (tenantId, connectionId, by) => sync(parts.runtime(), tenantId, connectionId, by),
    create: (tenantId, connectionId, draft, by) => create(parts.runtime(), tenantId, connectionId, draft, by),
    remove: (tenantId, id, by) => remove(parts.runtime(), tenantId, id, by),
    content: (tenantId, id, given) => content(parts.runtime(), tenantId, id, given),
  };
}

/** A channel that sends templates but lists none has those that people typed in. */
export function templateMeans(channel: Channel | undefined): TemplateMeans {
  if (channel?.templates) return { list: true, create: channel.templates.create !== undefined, delete: channel.templates.delete !== undefined, byHand: false };
  return channel?.can.sends.includes('template') === true && { list: false, create: true, delete: true, byHand: true };
}

// ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Row {
  id: string;
  connection_id: string;
  provider_id: string;
  name: string;
  language: string;
  status: TemplateStatus;
  category: string | null;
  quality: string | null;
  reason: string | null;
  preview: string;
  variables: string;
  updated_at: number;
  deleted_at: number | null;
}

const columns = 'id, connection_id, provider_id, name, language, status, category, quality, reason, preview, variables, updated_at, deleted_at';

async function list({ db }: Runtime, tenantId: string, filter: TemplateFilter): Promise<{ rows: TemplateRow[]; next?: string }> {
  const limit = Math.min(Math.max(filter.limit ?? 50, 1), 200);
  let where = 'tenant_id = ? and deleted_at is null';
  const values: Value[] = [tenantId];
  const and = (text: string, ...more: Value[]) => {
    where += ` and ${text}`;
    values.push(...more);
  };
  if (filter.connectionId !== undefined) and('connection_id = ?', idOf(filter.connectionId));
  if (filter.status !== undefined) and('status = ?', filter.status);
  if (filter.language !== undefined) and('language = ?', filter.language);
  if (filter.name !== undefined) and('name = ?', filter.name);
  const words = filter.search?.trim().toLowerCase().slice(0, 100);
  if (words) {
    const like = `%${words.replace(/[\\%_]/g, '\\$&')}%`;
    and("(lower(name) like ? escape '\\' or lower(cast(preview as text)) like ? escape '\\')", like, like);
  }
  const place = filter.after === undefined ? undefined : placeOf(filter.after);
  if (place) and('(name, language, id) > (?, ?, ?)', ...place);
  const rows = await db.read((sql) => sql.all<Row>(`select ${columns} from template where ${where} order by name, language, id limit ${limit + 1}`, values));
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page.map(rowOf), ...(rows.length > limit && last && { next: Buffer.from(JSON.stringify([last.name, last.language, last.id])).toString('base64url') }) };
}

function placeOf(after: string): [string, string, string] | undefined {
  try {
    const place: unknown = JSON.parse(Buffer.from(after, 'base64url').toString('utf8'));
    if (!Array.isArray(place)) return undefined;
    const [name, language, id]: unknown[] = place;
    return typeof name === 'string' && typeof language === 'string' && typeof id === 'string' && isId(id) ? [name, language, id] : undefined;
  } catch {
    return undefined;
  }
}

function rowOf(row: Row): TemplateRow {
  const preview = fromJson<TemplatePreview>(row.preview);
  const { header } = preview;
  return {
    id: row.id,
    connectionId: row.connection_id,
    providerId: row.provider_id,
    name: row.name,
    language: row.language,
    status: row.status,
    ...(row.category !== null && { category: row.category }),
    ...(row.quality !== null && { quality: row.quality }),
    ...(row.reason !== null && row.reason !== '' && { reason: row.reason }),
    preview,
    variables: fromJson<TemplateRow['variables']>(row.variables),
    ...(header && header.kind !== 'text' && { media: header.kind }),
    updatedAt: row.updated_at,
  };
}

async function get({ db }: Runtime, tenantId: string, id: string): Promise<TemplateRow> {
  const [row] = await db.read((sql) => sql.all<Row>(`select ${columns} from template where id = ? and tenant_id = ? and deleted_at is null`, [idOf(id), tenantId]));
  if (!row) throw notFound();
  return rowOf(row);
}

function connectionOf({ directory }: Runtime, tenantId: string, id: string): ConnectionEntry & { channel: Channel } {
  const entry = directory.connection(idOf(id));
  if (entry?.tenantId !== tenantId || !entry.channel) throw notFound();
  return { ...entry, channel: entry.channel };
}

async function sync(runtime: Runtime, tenantId: string, connectionId: string, by: By): Promise<{ seen: number; gone: number }> {
  const connection = connectionOf(runtime, tenantId, connectionId);
  if (!connection.channel.templates) throw notFound();
  const result = await asked(connection, () => syncTemplates(runtime, connection));
  await runtime.db.write((sql) => auditSql(sql, runtime, tenantId, by, { action: 'connection.templates', subject: 'connection', subjectId: connectionId, detail: result }));
  return result;
}

/** @throws Refused in the provider's words; they stand under no field */
async function asked<T>({ channel, settings }: { channel: Channel; settings: ConnectionEntry['settings'] }, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const said = scrubberOf(channel, settings).text(error instanceof Error ? error.message : String(error)).slice(0, 1_000);
    throw new Refused({ '': { code: 'refused', params: { who: channel.title, said, mend: '' } } });
  }
}

// ── made and taken away ──────────────────────────────────────────────────────────────────────────────────────────────

async function create(runtime: Runtime, tenantId: string, connectionId: string, given: TemplateDraft, by: By): Promise<{ id: string; status: TemplateStatus }> {
  const connection = connectionOf(runtime, tenantId, connectionId);
  const { channel, context } = connection;
  const means = templateMeans(channel);
  if (!means || !means.create) throw notFound();
  const draft = storableText(given);
  const problems = channel.templates?.validate?.(draft) ?? [];
  const faults = {
    ...Object.fromEntries(problems.toReversed().map(({ problem, field = '' }): [string, FieldFault] => [field, { code: 'plugin', params: { plugin: channel.name, text: problem } }])),
    ...incomplete(draft),
  };
  if (Object.keys(faults).length > 0) throw new Refused(faults);
  const record = means.byHand ? recordByHand(draft) : await asked(connection, () => madeByProvider(channel, draft, context));
  const id = await runtime.db.write(async (sql) => {
    const [id = ''] = await writeTemplates(sql, connection, [record], runtime.clock.now());
    await auditSql(sql, runtime, tenantId, by, { action: 'template.create', subject: 'template', subjectId: id, detail: { name: record.name, language: record.language } });
    return id;
  });
  runtime.log.info({ connection: connectionId, template: record.name, language: record.language, status: record.status }, 'a template was made');
  return { id, status: record.status };
}

async function madeByProvider({ templates }: Channel, draft: TemplateDraft, ctx: ConnectionEntry['context']): Promise<TemplateRecord> {
  const record = await templates?.create?.(draft, ctx);
  if (!record) throw notFound();
  return storableText(record);
}

/** What no template can do without; what else there is to say is the channel's. */
function incomplete({ name, language, preview }: TemplateDraft): Record<string, FieldFault> {
  const faults: Record<string, FieldFault> = {};
  if (name.trim() === '') faults['name'] = { code: 'required', params: {} };
  else if (name.length > 255) faults['name'] = { code: 'tooLong', params: { max: 255 } };
  if (language.trim() === '') faults['language'] = { code: 'required', params: {} };
  else if (language.length > 64) faults['language'] = { code: 'tooLong', params: { max: 64 } };
  if (preview.body.trim() === '') faults['body'] = { code: 'required', params: {} };
  return faults;
}

async function remove(runtime: Runtime, tenantId: string, id: string, by: By): Promise<void> {
  const row = await get(runtime, tenantId, id);
  const connection = connectionOf(runtime, tenantId, row.connectionId);
  const { channel, context } = connection;
  const means = templateMeans(channel);
  if (!means || !means.delete) throw notFound();
  if (!means.byHand) await asked(connection, async () => channel.templates?.delete?.(row.providerId, context));
  await runtime.db.write(async (sql) => {
    await sql.run('update template set deleted_at = ? where id = ? and tenant_id = ?', [runtime.clock.now(), row.id, tenantId]);
    await auditSql(sql, runtime, tenantId, by, { action: 'template.remove', subject: 'template', subjectId: row.id, detail: { name: row.name, language: row.language } });
  });
}

// ── sent ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

type TemplateContent = Extract<OutContent, { kind: 'template' }>;

async function content(runtime: Runtime, tenantId: string, id: string, { variables, mediaId }: { variables: Record<string, string>; mediaId?: string }): Promise<TemplateContent> {
  const [row] = await runtime.db.read((sql) => sql.all<Row>(`select ${columns} from template where id = ? and tenant_id = ?`, [idOf(id), tenantId]));
  if (!row) throw notFound();
  const template = rowOf(row);
  if (row.deleted_at !== null || template.status !== 'approved') throw new Refused({ template: { code: 'templateNotApproved', params: { name: template.name } } });
  const filled = storableText(variables);
  const text = renderTemplate(template, filled);
  const media = template.media === undefined ? undefined : await headerMedium(runtime, tenantId, template.media, mediaId);
  const used = Object.fromEntries(template.variables.map(({ key }) => [key, filled[key] ?? '']));
  return { kind: 'template', template: template.providerId, name: template.name, language: template.language, variables: used, text, ...(media && { media }) };
}

/** What the contact will read. @throws Refused `variables.{key}` for each that nobody filled in */
function renderTemplate({ preview, variables }: Pick<TemplateRow, 'preview' | 'variables'>, values: Readonly<Record<string, string>>): string {
  const valueOf = (key: string) => (Object.hasOwn(values, key) ? (values[key] ?? '') : '');
  const empty = variables.filter(({ key }) => valueOf(key).trim() === '');
  if (empty.length > 0) throw new Refused(Object.fromEntries(empty.map(({ key }) => [`variables.${key}`, { code: 'required', params: {} }])));
  const known = new Set(variables.map(({ key }) => key));
  const put = (text: string, place = '') =>
    text.replace(/\{\{([^{}]{1,100})\}\}/g, (written, typed: string) => {
      const key = [place + typed.trim(), typed.trim()].find((one) => known.has(one));
      return key === undefined ? written : valueOf(key);
    });
  const { header, body, footer } = preview;
  // A channel may write {{1}} in the header for the variable that it calls header.1.
  return [header?.kind === 'text' ? put(header.text, 'header.') : '', put(body), put(footer ?? '')].filter((part) => part !== '').join('\n\n');
}

async function headerMedium({ db }: Runtime, tenantId: string, kind: MediaKind, mediaId: string | undefined): Promise<TemplateContent['media']> {
  const wanted = new Refused({ media: { code: 'templateMedia', params: { kind } } });
  if (mediaId === undefined || mediaId === '') throw wanted;
  const [medium] = await db.read((sql) =>
    sql.all<{ kind: MediaKind; mime: string | null; bytes: number | null; name: string | null }>("select kind, mime, bytes, name from media where id = ? and tenant_id = ? and state = 'stored'", [idOf(mediaId), tenantId]),
  );
  // Any file may go out as a document.
  if (!medium || medium.mime === null || medium.bytes === null || (medium.kind !== kind && kind !== 'document')) throw wanted;
  return { kind, id: mediaId, mime: medium.mime, bytes: medium.bytes, ...(medium.name !== null && { name: medium.name }) };
}
