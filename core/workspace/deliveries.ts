/** The ledger: every webhook as it was received, what became of it, and Replay. */
import type { DeliveryState } from '../db/entities/index.ts';
import { List, type Sql, type Value } from '../db/sql.ts';
import { SwitchboardError } from '../errors.ts';
import { inEnglish, keptIn, type Words } from '../kept-words.ts';
import { openHeaders, type KeptHeaders } from '../pipeline/kept-headers.ts';
import { parseDelivery } from '../pipeline/parse.ts';
import { replay } from '../pipeline/process.ts';
import { keyOnceMore } from '../pipeline/receive.ts';
import type { Runtime } from '../runtime.ts';
import { auditSql, type By } from './change.ts';
import type { RejectionRow } from './reads-connections.ts';
import { idOf, isId, notFound, type WorkspaceParts } from './parts.ts';

export interface Deliveries {
  /** Newest first. */
  list(tenantId: string, filter: DeliveryFilter): Promise<{ rows: DeliveryRow[]; next?: string }>;
  /** Of each state at most 10,000 are counted: then there are that many or more. */
  counts(tenantId: string): Promise<Record<DeliveryState, number>>;
  get(tenantId: string, id: string): Promise<DeliveryDetail>;
  /** Reads the same bytes again; what is here already stays once. @throws SwitchboardError CONFLICT it waits to be processed anyway */
  replay(tenantId: string, id: string, by: By): Promise<void>;
  /** Requests that could not prove themselves, all connections, latest first. */
  rejections(tenantId: string): Promise<(RejectionRow & { connection: { id: string; name: string } })[]>;
}

export interface DeliveryFilter {
  state?: DeliveryState;
  connectionId?: string;
  /** As `next` gave it. */
  after?: string;
  limit?: number;
}

export interface DeliveryRow {
  id: string;
  at: number;
  connection: { id: string; name: string };
  state: DeliveryState;
  /** In English. */
  reason?: string;
  /** The same for pages, in whatever language. */
  words?: Words[];
  /** How many events it held; undefined until it was processed. */
  events?: number;
  bytes: number;
  processedAt?: number;
}

export interface DeliveryDetail extends DeliveryRow {
  method: string;
  /** Without the webhook key. */
  path: string;
  headers: { name: string; value: string }[];
  /** As text; JSON indented. Cut after 200,000 characters. */
  body: string;
  cut: boolean;
  conversations: { id: string; contact: string }[];
  /** What it led to, counted: messages, statuses, and other events by kind. */
  contents: Record<string, number>;
}

interface Row {
  id: string;
  connection_id: string;
  connection_name: string;
  received_at: number;
  state: DeliveryState;
  reason: string | null;
  events: number | null;
  processed_at: number | null;
  bytes: number;
}

const mostCounted = 10_000;
const mostShown = 200_000;

const columns = 'd.id, d.connection_id, c.name as connection_name, d.received_at, d.state, d.reason, d.events, d.processed_at, length(d.body) as bytes';

const ofState: Record<DeliveryState, string> = {
  received: "d.connection_id in (select id from connection where tenant_id = ?) and d.state = 'received'",
  failed: "d.tenant_id = ? and d.state = 'failed'",
  processed: "d.tenant_id = ? and d.state = 'processed'",
};

export function deliveriesOf(parts: WorkspaceParts): Deliveries {
  return {
    list: (tenantId, filter) => list(parts.runtime(), tenantId, filter),
    counts: (tenantId) => counts(parts.runtime(), tenantId),
    get: (tenantId, id) => detail(parts.runtime(), tenantId, idOf(id)),
    replay: (tenantId, id, by) => replayOne(parts.runtime(), tenantId, idOf(id), by),
    rejections: (tenantId) => rejections(parts.runtime(), tenantId),
  };
}

async function list({ db }: Runtime, tenantId: string, filter: DeliveryFilter): Promise<{ rows: DeliveryRow[]; next?: string }> {
  const limit = Math.min(Math.max(filter.limit ?? 50, 1), 200);
  const values: Value[] = [tenantId];
  // As words of the text, so that the partial indexes of the few that are not processed serve.
  let where = filter.state === undefined ? 'd.tenant_id = ?' : ofState[filter.state];
  if (filter.connectionId !== undefined) {
    where += ' and d.connection_id = ?';
    values.push(idOf(filter.connectionId));
  }
  if (filter.after !== undefined && isId(filter.after)) {
    where += ' and d.id < ?';
    values.push(filter.after);
  }
  const rows = await db.read((sql) => sql.all<Row>(`select ${columns} from delivery d left join connection c on c.id = d.connection_id where ${where} order by d.id desc limit ${limit + 1}`, values));
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page.map(rowOf), ...(rows.length > limit && last && { next: last.id }) };
}

function rowOf(row: Row): DeliveryRow {
  const words = keptIn(row.reason);
  return {
    id: row.id,
    at: row.received_at,
    connection: { id: row.connection_id, name: row.connection_name },
    state: row.state,
    ...(words.length > 0 && { reason: inEnglish(words), words }),
    ...(row.events !== null && { events: row.events }),
    bytes: row.bytes,
    ...(row.processed_at !== null && { processedAt: row.processed_at }),
  };
}

async function counts({ db }: Runtime, tenantId: string): Promise<Record<DeliveryState, number>> {
  return db.read(async (sql) => {
    const count = async (state: DeliveryState) => {
      const [row] = await sql.all<{ n: number }>(`select count(*) as n from (select 1 from delivery d where ${ofState[state]} limit ${mostCounted}) as few`, [tenantId]);
      return row?.n ?? 0;
    };
    return { received: await count('received'), failed: await count('failed'), processed: await count('processed') };
  });
}

interface FullRow extends Row {
  method: string;
  url: string;
  headers: string;
  body: Buffer;
}

async function detail(runtime: Runtime, tenantId: string, id: string): Promise<DeliveryDetail> {
  const [row] = await runtime.db.read((sql) =>
    sql.all<FullRow>(`select ${columns}, d.method, d.url, d.headers, d.body from delivery d join connection c on c.id = d.connection_id where d.id = ? and d.tenant_id = ?`, [id, tenantId]),
  );
  if (!row) throw notFound();
  const headers: KeptHeaders = JSON.parse(row.headers);
  const body = pretty(row.body.toString('utf8'));
  const events = eventsOf(runtime, row, headers);
  return {
    ...rowOf(row),
    method: row.method,
    path: pathOf(row.url),
    headers: Object.entries(headers).flatMap(([name, values]) => (typeof values === 'string' ? ['…'] : values).map((value) => ({ name, value }))),
    body: body.slice(0, mostShown),
    cut: body.length > mostShown,
    conversations: await runtime.db.read((sql) => conversationsOf(sql, tenantId, row.connection_id, events.map((event) => event.id))),
    contents: tally(events.map((event) => event.kind)),
  };
}

/** The key in it is what proves a webhook on some channels. */
function pathOf(url: string): string {
  const { pathname, search } = URL.parse(url, 'http://localhost') ?? { pathname: '/webhooks/', search: '' };
  return `${pathname.replace(/^(\/webhooks\/).+/, '$1…')}${search.replace(/(token|secret|key)=[^&]*/gi, '$1=…')}`;
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** What it says, read again: parsing is pure. */
function eventsOf({ directory, sealer }: Runtime, row: FullRow, headers: KeptHeaders): { id: string; kind: string }[] {
  const connection = directory.connection(row.connection_id);
  if (!connection || row.bytes === 0) return [];
  const request = { method: row.method, url: keyOnceMore(connection)(row.url), headers: openHeaders(sealer, row.id, headers), body: row.body, receivedAt: row.received_at };
  const parsed = parseDelivery(directory, connection, { id: row.id, request });
  return 'events' in parsed ? parsed.events.map(({ event }) => ({ id: event.id, kind: event.kind })) : [];
}

function tally(kinds: readonly string[]): Record<string, number> {
  const counted: Record<string, number> = {};
  for (const kind of kinds) counted[kind] = (counted[kind] ?? 0) + 1;
  return counted;
}

/** By the unique event ids, for messages and receipts have no index by delivery. The tenant as a text, or SQLite would begin with all its conversations. */
async function conversationsOf(sql: Sql, tenantId: string, connectionId: string, eventIds: readonly string[]): Promise<DeliveryDetail['conversations']> {
  const ids = new List(eventIds);
  const rows = await sql.all<{ id: string; name: string | null; phone: string | null }>(
    'select v.id, c.name, c.phone from (' +
      `select m.conversation_id as id from message m where m.connection_id = ? and ${sql.in('m.event_id', 'text')} and m.event_id is not null union ` +
      `select m.conversation_id as id from receipt r join message m on m.id = r.message_id where r.connection_id = ? and ${sql.in('r.event_id', 'text')}` +
      ') e join conversation v on v.id = e.id join contact c on c.id = v.contact_id where cast(v.tenant_id as text) = ? order by v.id limit 100',
    [connectionId, ids, connectionId, ids, tenantId],
  );
  return rows.map(({ id, name, phone }) => ({ id, contact: name ?? phone ?? '' }));
}

async function replayOne(runtime: Runtime, tenantId: string, id: string, by: By): Promise<void> {
  await runtime.db.write(async (sql) => {
    const [row] = await sql.all<{ state: DeliveryState; bytes: number; method: string }>('select state, length(body) as bytes, method from delivery where id = ? and tenant_id = ?', [id, tenantId]);
    if (!row) throw notFound();
    if (row.bytes === 0 && row.method !== 'GET') throw new SwitchboardError('CONFLICT', 'Its body was erased with a conversation, so there is nothing to read again.');
    if (!(await replay(sql, tenantId, id))) throw new SwitchboardError('CONFLICT', 'It waits to be processed already.');
    await auditSql(sql, runtime, tenantId, by, { action: 'delivery.replay', subject: 'delivery', subjectId: id, detail: { was: row.state } });
  });
  runtime.wake();
}

async function rejections({ db }: Runtime, tenantId: string): Promise<(RejectionRow & { connection: { id: string; name: string } })[]> {
  const rows = await db.read((sql) =>
    sql.all<{ id: string; cause: string; source: string; count: number; first_at: number; last_at: number; connection_id: string; name: string }>(
      'select r.id, r.cause, r.source, r.count, r.first_at, r.last_at, r.connection_id, c.name from rejection r join connection c on c.id = r.connection_id where r.tenant_id = ? order by r.last_at desc, r.id limit 200',
      [tenantId],
    ),
  );
  return rows.map(({ id, cause, source, count, first_at, last_at, connection_id, name }) => ({ id, cause, source, count, firstAt: first_at, lastAt: last_at, connection: { id: connection_id, name } }));
}
