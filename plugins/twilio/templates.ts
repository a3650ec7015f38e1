/** The templates of an account: its Content resources with what WhatsApp says of each. */
import { Silence, object, objects, short, text, type Json, type Loose, type MediaKind, type TemplateDraft, type TemplatePreview, type TemplateRecord, type TemplateStatus } from '#plugin';
import { ask, askPage, nextPage, Refused, type TwilioContext } from './api.ts';
import { ownName } from './interactive.ts';
import { typesOf } from './template-draft.ts';
import { mediaVariableIn } from './template-values.ts';

/** One page; the address of the next is what Twilio named. @throws Refused */
export async function list(ctx: TwilioContext, cursor?: string): Promise<{ templates: TemplateRecord[]; next?: string }> {
  const page = cursor === undefined ? await ask(ctx, 'content', '/v1/ContentAndApprovals', { query: { PageSize: '100' } }) : await askPage(ctx, cursor);
  const templates = objects(page.contents).flatMap((content) => recordOf(content) ?? []);
  const next = nextPage(page, 'content', ctx.settings);
  return next === undefined ? { templates } : { templates, next };
}

/** Makes it and asks WhatsApp to approve it. @throws Refused nothing of it stays at Twilio */
export async function create(draft: TemplateDraft, ctx: TwilioContext): Promise<TemplateRecord> {
  const { types, variables } = typesOf(draft);
  const made = await ask(ctx, 'content', '/v1/Content', { json: { friendly_name: draft.name, language: draft.language, variables, types } });
  const sid = text(made.sid);
  if (sid === undefined) throw new Silence('Twilio answered yes, but named no template.');
  try {
    const approval = await ask(ctx, 'content', `/v1/Content/${encodeURIComponent(sid)}/ApprovalRequests/whatsapp`, { json: { name: draft.name, category: draft.category } });
    // What Twilio does not repeat is what it was given.
    const record = recordOf({ sid, friendly_name: text(made.friendly_name) ?? draft.name, language: text(made.language) ?? draft.language, types: object(made.types) ?? types, variables: object(made.variables) ?? variables, approval_requests: approval });
    if (!record) throw new Silence('Twilio made the template, but under another name.');
    return record;
  } catch (error) {
    // One that could not be handed in would stand in the list for ever, under a name that is then tried again.
    if (error instanceof Refused) await remove(sid, ctx).catch((later: unknown) => ctx.log.warn({ err: later, template: sid }, 'A template that was refused could not be deleted at Twilio.'));
    throw error;
  }
}

/** Deletes it at Twilio; WhatsApp may keep it. @throws Refused */
export async function remove(id: string, ctx: TwilioContext): Promise<void> {
  try {
    await ask(ctx, 'content', `/v1/Content/${encodeURIComponent(id)}`, { method: 'DELETE' });
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== '20404') throw error;
  }
}

/** Undefined for what is no template of a person's: ours for choices, and what has no name or id. */
function recordOf(content: Loose): TemplateRecord | undefined {
  const id = text(content.sid);
  const name = text(content.friendly_name);
  if (id === undefined || name === undefined || ownName.test(name)) return undefined;
  const approval = object(content.approval_requests) ?? {};
  const category = short(approval.category, 64);
  const reason = short(approval.rejection_reason, 500);
  const medium = mediaVariableIn(content.types);
  const preview = previewOf(object(content.types) ?? {}, content.variables);
  return {
    id,
    name: name.slice(0, 255),
    language: short(content.language, 32) ?? 'en',
    status: statusOf(text(approval.status)),
    ...(category !== undefined && { category }),
    ...(reason !== undefined && { reason }),
    components: componentsOf(content.types),
    preview,
    variables: variablesIn(content.types, object(content.variables)).filter(({ key }) => key !== medium),
  };
}

/** Read from JSON, so it is nothing but Json. */
function componentsOf(types: unknown): Json {
  return object(types) === undefined ? {} : (structuredClone(types) as Json);
}

function statusOf(word: string | undefined): TemplateStatus {
  switch (word) {
    case 'approved':
    case 'rejected':
    case 'paused':
    case 'disabled':
      return word;
    case 'received':
    case 'pending':
    case 'in_review':
      return 'pending';
    // Not handed in, or a word that is not known: sent inside the window at most.
    default:
      return 'draft';
  }
}

/** Every `{{key}}` in the order in which they stand, with Twilio's default for each. */
function variablesIn(types: unknown, defaults: Loose | undefined): { key: string; example?: string }[] {
  const keys = new Set([...(JSON.stringify(types) ?? '').matchAll(/\{\{\s*([\w.-]{1,64})\s*\}\}/g)].flatMap(([, key]) => key ?? []));
  return [...keys].map((key) => {
    const example = text(defaults?.[key]);
    return { key, ...(example !== undefined && { example }) };
  });
}

/** The type that WhatsApp would show, of several: Twilio takes the richest. */
const byRichness = ['whatsapp/card', 'twilio/card', 'twilio/carousel', 'twilio/catalog', 'whatsapp/flows', 'twilio/flows', 'whatsapp/authentication', 'twilio/list-picker', 'twilio/call-to-action', 'twilio/quick-reply', 'twilio/media', 'twilio/location', 'twilio/text'];

function previewOf(types: Loose, defaults: unknown): TemplatePreview {
  const shown = byRichness.find((name) => object(types[name])) ?? Object.keys(types)[0] ?? '';
  const type = object(types[shown]) ?? {};
  const body = text(type.body) ?? text(type.title) ?? text(type.label) ?? text(object(types['twilio/text'])?.body) ?? '';
  const heading = text(type.header_text);
  const medium = text(Array.isArray(type.media) ? type.media[0] : type.media);
  const footer = text(type.footer) ?? text(type.subtitle);
  const buttons = buttonsOf(type);
  return {
    body,
    ...(heading !== undefined && { header: { kind: 'text' as const, text: heading } }),
    ...(medium !== undefined && { header: { kind: mediaKindOf(medium, defaults) } }),
    ...(footer !== undefined && { footer }),
    ...(buttons.length > 0 && { buttons }),
  };
}

type Button = NonNullable<TemplatePreview['buttons']>[number];

function buttonsOf(type: Loose): Button[] {
  const buttons = objects(type.actions).map((action): Button => {
    const title = text(action.title) ?? text(action.copy_code_text) ?? '';
    switch (action.type ?? 'QUICK_REPLY') {
      case 'QUICK_REPLY':
        return { kind: 'reply', title };
      case 'URL':
        return targeted({ kind: 'url', title }, action.url);
      case 'PHONE_NUMBER':
      case 'VOICE_CALL':
        return targeted({ kind: 'phone', title }, action.phone);
      case 'COPY_CODE':
        return targeted({ kind: 'code', title }, action.code);
      default:
        return { kind: 'other', title };
    }
  });
  const opens = text(type.button) ?? text(type.button_text);
  return opens === undefined ? buttons : [...buttons, { kind: 'other', title: opens }];
}

function targeted(button: Button, target: unknown): Button {
  const said = text(target);
  return said === undefined ? button : { ...button, target: said };
}

/** Twilio names a file's address, not its kind; the ending of the address, or of its default, tells. */
function mediaKindOf(address: string, defaults: unknown): MediaKind {
  const example = address.replace(/\{\{\s*([\w.-]+)\s*\}\}/g, (_, key: string) => text(object(defaults)?.[key]) ?? '');
  const ending = /\.([a-z0-9]{2,5})(?:[?#]|$)/i.exec(example)?.[1]?.toLowerCase() ?? '';
  if (['mp4', '3gp', '3gpp'].includes(ending)) return 'video';
  if (['pdf', 'doc', 'docx', 'xlsx', 'pptx'].includes(ending)) return 'document';
  if (['mp3', 'ogg', 'aac', 'amr'].includes(ending)) return 'audio';
  return 'image';
}
