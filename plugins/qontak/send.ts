/**
 * Sending. Free messages go into a room, which Qontak opens when the customer first writes; a template goes to a number, as a
 * broadcast to one.
 */
import { Silence, multipart, object, short, text, type Answer, type Json, type MediaKind, type OutContent, type Outgoing, type SendResult } from '#plugin';
import { ask, call, failureOf, missingCredential, notQontak, type QontakContext, Refused } from './api.ts';
import { broadcastBody, headerFault } from './broadcast.ts';
import { outcomeOf } from './errors.ts';

export async function send(out: Outgoing, prepared: Json | undefined, ctx: QontakContext): Promise<SendResult> {
  const missing = missingCredential(ctx.settings);
  if (missing !== undefined) return refuse('no-credentials', `The connection has no ${missing}.`);
  if (out.content.kind === 'template') return await sendTemplate(out, out.content, prepared, ctx);
  const room = out.to.thread;
  if (room === undefined) return refuse('no-room', 'Qontak sends free messages only in a room, and this contact has not written to this number yet.');
  const answer = await callInRoom(room, out.content, ctx);
  return 'rejected' in answer ? answer : await resultOf(answer, ctx, room);
}

// ── templates ────────────────────────────────────────────────────────────────────────────────────────────────────────

type Template = Extract<OutContent, { kind: 'template' }>;

/** The file of a template's header has to lie somewhere public, so it is uploaded to Qontak first. May be repeated. */
export async function prepare({ content }: Outgoing, ctx: QontakContext): Promise<Json> {
  if (content.kind !== 'template' || content.media === undefined) return null;
  const media = await ctx.media(content.media.id);
  if (!media) return null;
  const name = content.media.name ?? media.name ?? 'file';
  const { data } = await ask(ctx, 'file_uploader', { form: multipart({}, { field: 'file', name, mime: media.mime, media }), timeoutMs: uploadMs(media.bytes) });
  const url = text(object(data)?.url);
  if (url === undefined) throw new Silence('Qontak took the file and did not say where it is.');
  return { url, name };
}

/** At least 100 KB a second. */
const uploadMs = (bytes: number): number => 15_000 + Math.ceil(bytes / 100);

async function sendTemplate(out: Outgoing, content: Template, prepared: Json | undefined, ctx: QontakContext): Promise<SendResult> {
  const phone = out.to.identities.find(({ kind }) => kind === 'phone')?.value;
  if (phone === undefined) return refuse('no-phone', 'Qontak sends templates to phone numbers, and this contact has none.');
  const fault = headerFault(content);
  if (fault !== undefined) return refuse('header-text', fault);
  const file = object(prepared);
  if (content.media !== undefined && file === undefined) return refuse('media-missing', 'The file of the header is not here.');
  const answer = await call(ctx, 'broadcasts/whatsapp/direct', { json: broadcastBody(out.account, phone, content, file && { url: text(file.url) ?? '', name: text(file.name) ?? 'file' }) });
  return await resultOf(answer, ctx, undefined);
}

// ── inside a room ────────────────────────────────────────────────────────────────────────────────────────────────────

/** Qontak knows no voice messages apart from audio. */
const typeOf: Readonly<Record<Exclude<MediaKind, 'sticker'>, string>> = { image: 'image', video: 'video', audio: 'audio', voice: 'audio', document: 'document' };

async function callInRoom(room: string, content: Exclude<OutContent, Template>, ctx: QontakContext): Promise<Answer | Extract<SendResult, { rejected: unknown }>> {
  const path = ctx.settings.sendAs === 'user' ? 'messages/whatsapp' : 'messages/whatsapp/bot';
  switch (content.kind) {
    case 'text':
      return await call(ctx, path, { json: { room_id: room, type: 'text', text: content.text } });
    case 'buttons':
    case 'list':
      return await call(ctx, 'messages/whatsapp/interactive_message/bot', { json: interactive(room, content) });
    case 'image':
    case 'video':
    case 'audio':
    case 'voice':
    case 'document': {
      const media = await ctx.media(content.media);
      if (!media) return refuse('media-missing', 'The file is not here.');
      const fields = { room_id: room, type: typeOf[content.kind], ...(content.caption !== undefined && { text: content.caption }) };
      // Qontak takes the file only as the message itself.
      return await call(ctx, path, { form: multipart(fields, { field: 'file', name: content.name ?? media.name ?? 'file', mime: media.mime, media }), timeoutMs: uploadMs(media.bytes) });
    }
    case 'sticker':
    case 'link':
    case 'location':
    case 'location-request':
    case 'contacts':
    case 'reaction':
      return refuse('not-sendable', `Qontak’s API does not send “${content.kind}”.`);
    default:
      return content satisfies never;
  }
}

/** Clients agree on body, buttons and lists; the form of header and footer is uncertain, so they are left out where there is none. */
function interactive(room: string, content: Extract<OutContent, { kind: 'buttons' | 'list' }>): Json {
  const { text: body, header, footer } = content;
  const common = { ...(header !== undefined && { header: { format: 'text', text: header } }), body, ...(footer !== undefined && { footer }) };
  if (content.kind === 'buttons') return { room_id: room, type: 'button', interactive: { ...common, buttons: content.buttons.map(({ id, title }) => ({ id, title })) } };
  const sections = content.sections.map(({ title, rows }, at) => ({
    // WhatsApp wants a title as soon as there is a second section.
    ...((title !== undefined || content.sections.length > 1) && { title: title ?? String(at + 1) }),
    rows: rows.map(({ id, title: name, description }) => ({ id, title: name, ...(description !== undefined && { description }) })),
  }));
  return { room_id: room, type: 'list', interactive: { ...common, lists: { button: content.button, sections } } };
}

// ── what came of it ──────────────────────────────────────────────────────────────────────────────────────────────────

function refuse(code: string, said: string): Extract<SendResult, { rejected: unknown }> {
  const outcome = outcomeOf(code);
  return { rejected: { code, said, scope: 'never' in outcome ? outcome.never : 'message' } };
}

/** @throws Silence when the answer leaves open whether Qontak acted */
async function resultOf(answer: Answer, ctx: QontakContext, room: string | undefined): Promise<SendResult> {
  const { status } = answer;
  // Qontak promises nothing of what a fault of its own has done by then, whatever it says beside it.
  if (status >= 500 || status === 408) throw new Silence(`Qontak answered ${status}.`);
  const failure = failureOf(answer, ctx.settings);
  if (!failure && status >= 200 && status <= 299) return accepted(answer, room);
  // Something that is not Qontak answers there: nothing can be sent until the base URL is mended.
  if (!failure && (status < 400 || status === 404 || status === 405)) return refuse('base-url', notQontak(status, ctx.settings));
  const { code, said } = failure ?? { code: `http-${status}`, said: `Qontak answered ${status}.` };
  const outcome = outcomeOf(code);
  if ('again' in outcome) return { retry: { code, said, scope: outcome.again, afterMs: waitOf(answer, ctx.now()) ?? outcome.afterMs } };
  if (code === 'http-422' && room !== undefined && (await isClosed(room, ctx))) return refuse('room-closed', said);
  return { rejected: { code, said, scope: outcome.never } };
}

function accepted(answer: Answer, room: string | undefined): SendResult {
  const data = object(object(answer.json())?.data);
  const id = text(data?.id);
  if (id === undefined) throw new Silence('Qontak answered yes, but named no message.');
  const external = text(data?.external_id);
  const thread = text(data?.room_id) ?? room;
  return { accepted: { refs: external === undefined || external === id ? [id] : [id, external], ...(thread !== undefined && { thread }) } };
}

/** Qontak’s words for a closed session are not known, so a refused message asks the room itself. */
async function isClosed(room: string, ctx: QontakContext): Promise<boolean> {
  try {
    const { data } = await ask(ctx, `rooms/${encodeURIComponent(room)}`, { timeoutMs: 4000 });
    const session = short(object(data)?.session);
    return session !== undefined && session !== 'open';
  } catch (error) {
    ctx.log.debug({ err: error instanceof Refused ? error.code : 'no answer' }, 'The room did not say whether its session is open.');
    return false;
  }
}

const longestWait = 60 * 60_000;

/** `Retry-After`, or the header that the SDK names: seconds to wait, or the second in which it is over. */
function waitOf({ headers }: Answer, now: number): number | undefined {
  const told = headers['retry-after'] ?? headers['x-ratelimit-reset'];
  if (told === undefined || !/^\s*\d{1,11}(\.\d+)?\s*$/.test(told)) return undefined;
  const seconds = Number(told);
  const wait = seconds > 1e9 ? seconds * 1000 - now : seconds * 1000;
  return Math.min(Math.max(wait, 0), longestWait);
}
