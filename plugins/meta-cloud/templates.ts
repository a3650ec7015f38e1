/** The templates of the business account: all of them page by page, a new one, one less. */
import { object, text, type TemplateDraft, type TemplateRecord } from '#plugin';
import { creationOf, validate } from './draft.ts';
import { accountOf, ask, askPage, type MetaContext, Refused, call, graphError, notGraph } from './graph.ts';
import { uploadMs } from './media.ts';
import { recordOf } from './record.ts';
import { en } from './texts/en.ts';

const fields = 'id,name,status,category,language,components,quality_score,rejected_reason,parameter_format';

/** @throws Refused in Meta's words, or because no business account is known */
export async function list(ctx: MetaContext, cursor?: string): Promise<{ templates: TemplateRecord[]; next?: string }> {
  const { items, next } = await askPage(ctx, `${accountOf(ctx)}/message_templates`, { fields, limit: '100', ...(cursor !== undefined && { after: cursor }) });
  const templates = items.flatMap((given) => recordOf(given) ?? []);
  return next === undefined ? { templates } : { templates, next };
}

/**
 * Asks Meta to approve it. Of a media header `examples.header` is the id of the stored medium that Meta looks at, which needs the App ID.
 * @throws Refused what is wrong with it, before any call or in Meta's words
 */
export async function create(draft: TemplateDraft, ctx: MetaContext): Promise<TemplateRecord> {
  const [wrong] = validate(draft);
  if (wrong) throw new Refused('draft', Object.entries(en).find(([key]) => key === wrong.problem)?.[1] ?? wrong.problem);
  const { header } = draft.preview;
  const sample = header && header.kind !== 'text' ? await sampleOf(draft.examples.header ?? '', ctx) : undefined;
  const body = creationOf(draft, sample);
  const answer = await ask(ctx, `${accountOf(ctx)}/message_templates`, { body });
  const made = recordOf({ ...body, ...answer, category: text(answer.category) ?? draft.category, status: text(answer.status) ?? 'PENDING' });
  if (!made) throw new Refused('no-id', 'Meta took the template, but gave it no id. It will stand in the list.');
  return made;
}

/** One language of it. Meta wants the name beside the id; by the name alone all its languages would go. */
export async function remove(id: string, ctx: MetaContext): Promise<void> {
  const account = accountOf(ctx);
  const { name } = await ask(ctx, encodeURIComponent(id), { query: { fields: 'name' } });
  const named = text(name);
  if (named === undefined) throw new Refused('no-name', 'Meta does not say what this template is called, and deletes by name only.');
  await ask(ctx, `${account}/message_templates`, { method: 'DELETE', query: { name: named, hsm_id: id } });
}

/** The resumable upload of the Graph API: a session of the app's, then the bytes. */
async function sampleOf(mediaId: string, ctx: MetaContext): Promise<string> {
  const { appId, accessToken } = ctx.settings;
  if (appId === undefined) throw new Refused('no-app', 'The sample of a header goes to Meta through the app: enter the App ID in the connection.');
  const stored = await ctx.media(mediaId);
  if (!stored) throw new Refused('file-missing', en['error.fileMissing']);
  const session = await ask(ctx, `${appId}/uploads`, { method: 'POST', query: { file_name: stored.name ?? 'sample', file_length: String(stored.bytes), file_type: stored.mime.split(';')[0] ?? stored.mime } });
  const id = text(session.id);
  if (id === undefined || !/^upload:[\w=+/.:-]+(\?sig=[\w=+/.:%-]+)?$/.test(id)) throw new Refused('no-session', 'Meta opened no session for the upload.');
  const answer = await call(ctx, id, { form: { headers: { authorization: `OAuth ${accessToken}`, file_offset: '0', 'content-type': 'application/octet-stream' }, body: { bytes: stored.bytes, stream: stored.stream() } }, timeoutMs: uploadMs(stored.bytes) });
  const error = graphError(answer, ctx.settings);
  if (error) throw new Refused(error.code, `Meta refused the sample (${error.code}): ${error.said}`, { answered: error.said });
  if (answer.status !== 200) throw new Refused(`http-${answer.status}`, notGraph(answer.status, ctx.settings));
  const handle = text(object(answer.json())?.h);
  if (handle === undefined) throw new Refused('no-handle', 'Meta took the sample, but gave no handle for it.');
  return handle;
}
