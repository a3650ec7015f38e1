/** The Logs tab of a connection: what it did and why it failed, filtered and in pages. */
import type { AppContext } from '../context.ts';
import type { Json } from '../plugin/contract/plugin.ts';
import type { LogRow } from '../workspace/connection-log.ts';
import type { Reading } from './site.ts';
import type { LogList } from './views/connections.ts';

const atOnce = 100;

export async function logsOf(ctx: AppContext, reading: Reading, id: string, asked: { level?: string; text?: string; before?: string }): Promise<LogList> {
  const filter = logFilter(asked);
  const page = await ctx.workspace.connections.log(reading.tenantId, id, { ...filter, ...(asked.before && { before: asked.before }), limit: atOnce });
  return {
    rows: page.rows.map((row) => ({ id: row.id, at: row.at, level: row.level, text: textOf(ctx, reading, row), ...(row.by !== undefined && { by: row.by }), details: detailsOf(row.detail) })),
    filter,
    ...(page.next !== undefined && { nextHref: reading.url.connectionLogs(id, { ...filter, before: page.next }) }),
  };
}

/** As a form sends it: what was not chosen is empty. */
export function logFilter({ level, text }: { level?: string; text?: string }): LogList['filter'] {
  const least = (['info', 'warn', 'error'] as const).find((one) => one === level);
  return { ...(least && { level: least }), ...(text && { text }) };
}

/** A deed has a sentence in each language; what a plugin or the program said is as it was said. */
function textOf(ctx: AppContext, { t, locale }: Reading, { event, message, detail }: LogRow): string {
  const key = `says:log.${(event ?? '').replace(/^connection\./, '')}`;
  return event !== undefined && ctx.views.texts.has(locale, key) ? t(key, detail) : message;
}

/** One level is enough to see what happened; the rest is there for machines. */
function detailsOf(detail: Record<string, Json>): { name: string; value: string }[] {
  return Object.entries(detail).flatMap(([name, value]) => (value === null || value === '' ? [] : [{ name, value: typeof value === 'string' ? value : JSON.stringify(value) }]));
}
