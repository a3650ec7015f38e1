/** What can be taken away as CSV: the rows of a list as its filter leaves them, with columns that are called as in the API. */
import type { FastifyReply } from 'fastify';
import type { AppContext } from '../context.ts';
import { codesOf } from '../kept-words.ts';
import type { LogFilter, LogRow } from '../workspace/connection-log.ts';
import type { DeliveryFilter, DeliveryRow } from '../workspace/deliveries.ts';
import type { HistoryFilter, HistoryRow } from '../workspace/history.ts';
import type { TemplateFilter, TemplateRow } from '../workspace/templates.ts';
import { giveCsv, type Columns } from './csv.ts';

type Page<Row> = { rows: readonly Row[]; next?: string };

const atOnce = 200;

/** Of each of their routes: for its head alone all rows would be read. */
export const noHead = { exposeHeadRoute: false } as const;

/** One page is in memory at a time, however many there are. */
async function* pagesOf<Row>(read: (after: { after?: string }) => Promise<Page<Row>>): AsyncGenerator<readonly Row[], void> {
  let next: string | undefined;
  do {
    const page = await read(next === undefined ? {} : { after: next });
    yield page.rows;
    next = page.next;
  } while (next !== undefined);
}

export function exportLogs({ runtime, workspace }: AppContext, reply: FastifyReply, tenantId: string, id: string, filter: Omit<LogFilter, 'before' | 'limit'>): Promise<FastifyReply> {
  return giveCsv(reply, called(runtime, 'logs'), logColumns, pagesOf(({ after }) => workspace.connections.log(tenantId, id, { ...filter, ...(after !== undefined && { before: after }), limit: atOnce })));
}

export function exportTemplates({ runtime, workspace }: AppContext, reply: FastifyReply, tenantId: string, filter: Omit<TemplateFilter, 'after' | 'limit'>): Promise<FastifyReply> {
  return giveCsv(reply, called(runtime, 'templates'), templateColumns, pagesOf((page) => workspace.templates.list(tenantId, { ...filter, ...page, limit: atOnce })));
}

export function exportDeliveries({ runtime, workspace }: AppContext, reply: FastifyReply, tenantId: string, filter: Omit<DeliveryFilter, 'after' | 'limit'>): Promise<FastifyReply> {
  return giveCsv(reply, called(runtime, 'deliveries'), deliveryColumns, pagesOf((page) => workspace.deliveries.list(tenantId, { ...filter, ...page, limit: atOnce })));
}

export function exportHistory({ runtime, workspace }: AppContext, reply: FastifyReply, tenantId: string, numberId: string, filter: Omit<HistoryFilter, 'after' | 'limit'>): Promise<FastifyReply> {
  return giveCsv(reply, called(runtime, 'history'), historyColumns, pagesOf((page) => workspace.numbers.history(tenantId, numberId, { ...filter, ...page, limit: atOnce })));
}

/** The day is by UTC, as the times within are. */
const called = ({ clock }: Pick<AppContext['runtime'], 'clock'>, what: string) => `${what}-${new Date(clock.now()).toISOString().slice(0, 10)}`;

// ── columns ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const moment = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString());
/** With its plus, as people write it. */
const phoneOf = (phone: string | undefined) => (phone !== undefined && /^\d+$/.test(phone) ? `+${phone}` : phone);
const asData = (value: object) => (Object.keys(value).length === 0 ? undefined : JSON.stringify(value));

const logColumns: Columns<LogRow> = {
  id: (row) => row.id,
  at: (row) => moment(row.at),
  level: (row) => row.level,
  message: (row) => row.message,
  event: (row) => row.event,
  by: (row) => row.by,
  detail: (row) => asData(row.detail),
};

const templateColumns: Columns<TemplateRow> = {
  id: (row) => row.id,
  connection: (row) => row.connectionId,
  providerId: (row) => row.providerId,
  name: (row) => row.name,
  language: (row) => row.language,
  status: (row) => row.status,
  category: (row) => row.category,
  quality: (row) => row.quality,
  reason: (row) => row.reason,
  header: ({ preview: { header } }) => (header?.kind === 'text' ? header.text : header?.kind),
  body: (row) => row.preview.body,
  footer: (row) => row.preview.footer,
  buttons: ({ preview: { buttons } }) => asData(buttons ?? []),
  variables: ({ variables }) => asData(variables),
  updatedAt: (row) => moment(row.updatedAt),
};

const deliveryColumns: Columns<DeliveryRow> = {
  id: (row) => row.id,
  at: (row) => moment(row.at),
  connection: (row) => row.connection.id,
  connectionName: (row) => row.connection.name,
  state: (row) => row.state,
  reason: (row) => row.reason,
  reasonCodes: (row) => row.words && (codesOf(row.words).join(' ') || undefined),
  events: (row) => row.events,
  bytes: (row) => row.bytes,
  processedAt: (row) => moment(row.processedAt),
};

const historyColumns: Columns<HistoryRow> = {
  id: (row) => row.id,
  at: (row) => moment(row.at),
  conversation: (row) => row.conversationId,
  contact: (row) => row.contact.name,
  phone: (row) => phoneOf(row.contact.phone),
  template: (row) => row.template,
  language: (row) => row.language,
  text: (row) => row.text,
  author: (row) => row.author,
  status: (row) => row.status,
  statusAt: (row) => moment(row.statusAt),
  errorCode: (row) => row.error?.code,
  errorSaid: (row) => row.error?.said,
};
