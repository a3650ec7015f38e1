/** The Templates tab of a connection. */
import type { AppContext } from '../context.ts';
import type { TemplateFilter, TemplateMeans, TemplateRow as Read } from '../workspace/templates.ts';
import type { Refused } from '../workspace/refused.ts';
import type { Reading } from './site.ts';
import type { TemplateList, TemplateRow } from './views/templates.ts';
import { fieldErrors, pluginSays } from './wording.ts';

const atOnce = 50;
export const templateStatuses = ['draft', 'pending', 'approved', 'rejected', 'paused', 'disabled'] as const;

export async function templatesOf(
  ctx: AppContext, reading: Reading, id: string, means: Exclude<TemplateMeans, false>, asked: { status?: string; search?: string; after?: string }, refused: Refused | undefined,
): Promise<TemplateList> {
  const filter = templateFilter(asked);
  const page = await ctx.workspace.templates.list(reading.tenantId, { connectionId: id, ...filter, ...(asked.after && { after: asked.after }), limit: atOnce });
  return {
    rows: page.rows.map((row) => rowOf(row, reasonOf(ctx, reading, row))),
    filter,
    sync: means.list,
    create: means.create,
    delete: means.delete,
    ...(page.next !== undefined && { nextHref: reading.url.templates(id, { ...filter, after: page.next }) }),
    ...(refused && { error: Object.values(fieldErrors(refused, reading, ctx.runtime.plugins)).join(' ') }),
  };
}

/** Why WhatsApp's review rejects, whichever provider passes it on. */
const reviewWords = new Set(['ABUSIVE_CONTENT', 'CATEGORY_NOT_AVAILABLE', 'INCORRECT_CATEGORY', 'INVALID_FORMAT', 'PROMOTIONAL', 'SCAM', 'TAG_CONTENT_MISMATCH']);

/** Each word that the channel or we explain, in the reader's language; the provider's own words stay. */
function reasonOf({ runtime: { directory, plugins } }: AppContext, { locale, t }: Reading, { connectionId, reason = '' }: Read): string {
  const plugin = directory.connection(connectionId)?.pluginName ?? '';
  return reason.replace(/(?<=^|\. )([A-Z]+(?:_[A-Z]+)*)(?:\.(?= )|$)/g, (said, word: string) => {
    const key = `template.reason.${word}`;
    const sentence = pluginSays(plugins, plugin, key, locale);
    if (sentence !== key) return sentence;
    return reviewWords.has(word) ? t(`says:review.${word}`) : said;
  });
}

/** As a form sends it: what was not chosen is empty. */
export function templateFilter({ status, search }: { status?: string; search?: string }): Pick<TemplateFilter, 'status' | 'search'> {
  const chosen = templateStatuses.find((one) => one === status);
  return { ...(chosen && { status: chosen }), ...(search && { search }) };
}

function rowOf({ id, name, language, status, category, quality, preview, updatedAt }: Read, reason: string): TemplateRow {
  return { id, name, language, status, text: preview.body, updatedAt, ...(category && { category }), ...(quality && { quality }), ...(reason && { reason }) };
}
