/**
 * Templates. Coster has no list of them that anybody has seen, so they are entered by hand, once approved, and kept with the
 * connection. Sending one is Meta's form.
 */
import { object, objects, text, type Json, type OutContent, type Problem, type TemplateDraft, type TemplateRecord } from '#plugin';
import type { CosterContext } from './send.ts';

type Template = Extract<OutContent, { kind: 'template' }>;
type Body = { [key: string]: Json };

/** Keys: `1` or `first_name` in the text, `header.1` in the header, `button.0` for the end of the first button's link. */
export function components({ variables, media }: Template, fileUrl: string | undefined): Body[] {
  const header: Body[] = media && fileUrl !== undefined ? [fileParameter(media.kind, fileUrl, media.name)] : texts(variables, 'header');
  const body = texts(variables, 'body');
  const buttons = Object.entries(variables).flatMap(([key, value]): Body[] => {
    const index = /^button\.(\d{1,2})$/.exec(key)?.[1];
    return index === undefined ? [] : [{ type: 'button', sub_type: 'url', index: Number(index), parameters: [{ type: 'text', text: value }] }];
  });
  return [...(header.length > 0 ? [{ type: 'header', parameters: header }] : []), ...(body.length > 0 ? [{ type: 'body', parameters: body }] : []), ...buttons];
}

function fileParameter(kind: string, link: string, name: string | undefined): Body {
  return { type: kind, [kind]: { link, ...(kind === 'document' && name !== undefined && { filename: name }) } };
}

/** Positions are sent in order, as their order is their meaning; names carry themselves. */
function texts(variables: Template['variables'], part: 'header' | 'body'): Body[] {
  const named = Object.entries(variables).flatMap(([key, value]) => {
    const [, where = 'body', name = ''] = /^(?:(header|button)\.)?(.+)$/s.exec(key) ?? [];
    return where === part ? [{ name, value }] : [];
  });
  const positional = named.every(({ name }) => /^\d+$/.test(name));
  if (positional) named.sort((one, other) => Number(one.name) - Number(other.name));
  return named.map(({ name, value }) => ({ type: 'text', ...(!positional && { parameter_name: name }), text: value }));
}

// ── entered by hand ──────────────────────────────────────────────────────────────────────────────────────────────────

const key = 'templates';

export async function list(ctx: CosterContext): Promise<{ templates: TemplateRecord[] }> {
  return { templates: (await kept(ctx)).map(recordOf) };
}

/** Kept here as approved: whoever enters it says that Coster's side has approved it. */
export async function create(draft: TemplateDraft, ctx: CosterContext): Promise<TemplateRecord> {
  const record = recordOf(draft);
  const others = (await kept(ctx)).filter((one) => recordOf(one).id !== record.id);
  await keep([...others, draft], ctx);
  return record;
}

/** Forgets it here; at Coster nothing changes. */
export async function remove(id: string, ctx: CosterContext): Promise<void> {
  await keep((await kept(ctx)).filter((draft) => recordOf(draft).id !== id), ctx);
}

/** A draft is data: what JSON cannot hold is not in it. */
async function keep(drafts: TemplateDraft[], ctx: CosterContext): Promise<void> {
  await ctx.store.set(key, JSON.parse(JSON.stringify(drafts)) as Json);
}

async function kept(ctx: CosterContext): Promise<TemplateDraft[]> {
  return objects(await ctx.store.get(key)).flatMap((one) => (isDraft(one) ? [one] : []));
}

/** What was stored by `create`, in this version or another. */
function isDraft(value: unknown): value is TemplateDraft {
  const draft = object(value);
  return text(draft?.name) !== undefined && text(draft?.language) !== undefined && typeof object(draft?.preview)?.body === 'string' && object(draft?.examples) !== undefined;
}

function recordOf({ name, language, category, preview, examples }: TemplateDraft): TemplateRecord {
  const keys = [
    ...(preview.header?.kind === 'text' ? namesIn(preview.header.text).map((one) => `header.${one}`) : []),
    ...namesIn(preview.body),
    ...(preview.buttons ?? []).flatMap((button, at) => (button.kind === 'url' && namesIn(button.target ?? '').length > 0 ? [`button.${at}`] : [])),
  ];
  return {
    id: `${name}:${language}`,
    name,
    language,
    status: 'approved',
    ...(category !== '' && { category }),
    components: null,
    preview,
    variables: keys.map((one) => ({ key: one, ...(examples[one] !== undefined && { example: examples[one] }) })),
  };
}

const place = /\{\{\s*([\w.]+)\s*\}\}/g;

function namesIn(written: string): string[] {
  const names = [...new Set([...written.matchAll(place)].map(([, name = '']) => name))];
  return names.every((name) => /^\d+$/.test(name)) ? names.sort((one, other) => Number(one) - Number(other)) : names;
}

/** Only what would make it impossible to send: whether the words are those that were approved, nobody here can see. */
export function validate({ name, language, preview: { body, buttons = [] } }: TemplateDraft): Problem[] {
  const problems: Problem[] = [];
  if (!/^[A-Za-z0-9_]{1,512}$/.test(name)) problems.push({ problem: 'draft.name', field: 'name' });
  if (!/^[a-z]{2,3}(_[A-Z]{2})?$/.test(language)) problems.push({ problem: 'draft.language', field: 'language' });
  if (body.trim() === '') problems.push({ problem: 'draft.body', field: 'body' });
  if (namesIn(body).some((one) => one.includes('.'))) problems.push({ problem: 'draft.variable', field: 'body' });
  if (buttons.some(({ title }) => title.trim() === '')) problems.push({ problem: 'draft.button', field: 'buttons' });
  return problems;
}
