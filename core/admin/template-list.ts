/** The Templates tab of a connection. */
import type { AppContext } from '../context.ts';
import type { TemplateMeans, TemplateRow as Read } from '../workspace/templates.ts';
import type { Refused } from '../workspace/refused.ts';
import type { Reading } from './site.ts';
import type { TemplateList, TemplateRow } from './views/templates.ts';
import { fieldErrors } from './wording.ts';

const atOnce = 50;
export const templateStatuses = ['draft', 'pending', 'approved', 'rejected', 'paused', 'disabled'] as const;

export async function templatesOf(
  ctx: AppContext, reading: Reading, id: string, means: Exclude<TemplateMeans, false>, asked: { status?: string; search?: string; after?: string }, refused: Refused | undefined,
): Promise<TemplateList> {
  const status = templateStatuses.find((one) => one === asked.status);
  const filter = { ...(status && { status }), ...(asked.search && { search: asked.search }) };
  const page = await ctx.workspace.templates.list(reading.tenantId, { connectionId: id, ...filter, ...(asked.after && { after: asked.after }), limit: atOnce });
  return {
    rows: page.rows.map(rowOf),
    filter,
    sync: means.list,
    create: means.create,
    delete: means.delete,
    ...(page.next !== undefined && { nextHref: reading.url.templates(id, { ...filter, after: page.next }) }),
    ...(refused && { error: Object.values(fieldErrors(refused, reading, ctx.runtime.plugins)).join(' ') }),
  };
}

function rowOf({ id, name, language, status, category, quality, reason, preview, updatedAt }: Read): TemplateRow {
  return { id, name, language, status, text: preview.body, updatedAt, ...(category && { category }), ...(quality && { quality }), ...(reason && { reason }) };
}
