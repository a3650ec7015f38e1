/** Files: up to Meta before the message that holds one goes out, down from Meta when a contact sent one. */
import { NotSent, Silence, multipart, object, text, type Json, type MediaBytes, type MediaRef, type OutContent, type Outgoing, type SendResult } from '#plugin';
import { ask, call, type MetaContext, Refused } from './graph.ts';
import { type Refusal, saidBy } from './result.ts';

const megabyte = 1024 * 1024;
const documents = [
  'application/pdf',
  'text/plain',
  'application/msword',
  'application/vnd.ms-excel',
  'application/vnd.ms-powerpoint',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
] as const;

/** Sizes and types of "Media › Supported media types" in the Cloud API reference. Of a sticker the limit of animated ones; others end at 100 KB. */
export const accepts = {
  image: { maxBytes: 5 * megabyte, mime: ['image/jpeg', 'image/png'] },
  video: { maxBytes: 16 * megabyte, mime: ['video/mp4', 'video/3gpp'] },
  audio: { maxBytes: 16 * megabyte, mime: ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg'] },
  voice: { maxBytes: 16 * megabyte, mime: ['audio/ogg'] },
  document: { maxBytes: 100 * megabyte, mime: documents },
  sticker: { maxBytes: 500 * 1024, mime: ['image/webp'] },
} as const;

type Upload = { id: string } | Refusal;

/**
 * Uploads the file that a message holds, or gives Meta's refusal, which `send` passes on without a call.
 * @throws NotSent when it may work later
 */
export async function prepare(out: Outgoing, ctx: MetaContext): Promise<Json> {
  const file = fileOf(out.content);
  if (!file) return null;
  const result = await upload(out.account, file, ctx);
  if ('retry' in result) throw new NotSent(`Uploading the file: ${result.retry.said} (${result.retry.code})`);
  return 'id' in result ? result : { rejected: { ...result.rejected } };
}

export const prepares = (content: OutContent): boolean => fileOf(content) !== undefined;

type Scope = Extract<SendResult, { rejected: unknown }>['rejected']['scope'];
const scopes: readonly Scope[] = ['message', 'contact', 'template', 'number', 'connection'];

/** What `prepare` came to; undefined where there is no file. @throws NotSent when the file was not uploaded: sending is too short for that */
export function uploaded({ content }: Outgoing, prepared: Json | undefined): Upload | undefined {
  if (!prepares(content)) return undefined;
  const kept = object(prepared);
  const id = text(kept?.id);
  if (id !== undefined) return { id };
  const refused = object(kept?.rejected);
  if (!refused) throw new NotSent('The file of this message was not uploaded.');
  return { rejected: { code: text(refused.code) ?? 'unknown', said: text(refused.said) ?? '', scope: scopes.find((scope) => scope === refused.scope) ?? 'message' } };
}

interface File {
  media: string;
  name: string | undefined;
}

function fileOf(content: OutContent): File | undefined {
  if (content.kind === 'template') return content.media && { media: content.media.id, name: content.media.name };
  return 'media' in content ? { media: content.media, name: content.name } : undefined;
}

async function upload(account: string, { media: id, name }: File, ctx: MetaContext): Promise<Upload> {
  const stored = await ctx.media(id);
  if (!stored) return { rejected: { code: 'file-missing', said: 'The bytes of this file are not here (any more).', scope: 'message' } };
  const [base = ''] = stored.mime.split(';');
  // Of Ogg, Meta takes Opus alone and wants it said.
  const mime = base === 'audio/ogg' ? 'audio/ogg; codecs=opus' : base;
  const form = multipart({ messaging_product: 'whatsapp', type: mime }, { field: 'file', name: name ?? stored.name ?? `file.${base.split('/')[1] ?? 'bin'}`, mime, media: stored });
  const said = saidBy(await call(ctx, `${encodeURIComponent(account)}/media`, { form, timeoutMs: uploadMs(stored.bytes) }), ctx);
  if (!('yes' in said)) return said;
  const made = text(said.yes?.id);
  if (made === undefined) throw new Silence('Meta answered yes to the file, but gave it no id.');
  return { id: made };
}

/** At least 100 KB a second. */
export const uploadMs = (bytes: number): number => 15_000 + Math.ceil(bytes / 100);

/** Inbound files are at most as large as the largest that may be sent; a little more for what a limit means to somebody else. */
const largestInbound = 101 * megabyte;

/**
 * Two steps (Media › Download media): the id gives an address that lives five minutes, the address gives the bytes. The token goes
 * along to Meta's own hosts only.
 * @throws NotSent, Silence: whatever Meta refuses now (a token that ended, a limit) it may give later
 */
export async function media({ ref }: MediaRef, ctx: MetaContext): Promise<MediaBytes | 'gone'> {
  const about = await askFor(ref, ctx);
  const url = URL.parse(text(about?.url) ?? '');
  if (!about || !url) return 'gone';
  const answer = await ctx.download(url.href, {
    // An empty agent has been answered with a page of HTML.
    headers: { 'user-agent': 'Switchboard', ...(originsOf(ctx.settings).includes(url.origin) && { authorization: `Bearer ${ctx.settings.accessToken}` }) },
    maxBytes: largestInbound,
  });
  if (answer.status === 404 || answer.status === 410) return gone(answer.stream);
  if (answer.status !== 200) {
    await gone(answer.stream);
    throw new NotSent(`${url.origin} answered ${answer.status} when asked for the file.`);
  }
  const [mime, sha256] = [text(about.mime_type), text(about.sha256)];
  return { stream: answer.stream, ...(mime !== undefined && { mime }), ...(sha256 !== undefined && { sha256 }) };
}

/** What Meta knows of a file; undefined when it knows it no more: 7 days after it came in. */
async function askFor(id: string, ctx: MetaContext) {
  try {
    return await ask(ctx, encodeURIComponent(id));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.code === '33' || (error.code === '100' && error.subcode === '33')) return undefined;
    throw new NotSent(error.message, { cause: error });
  }
}

/** Ends a stream that nobody wants, so that its connection is free. */
async function gone(stream: AsyncIterable<Uint8Array>): Promise<'gone'> {
  try {
    for await (const _ of stream) break;
  } catch {
    // It ended by itself.
  }
  return 'gone';
}

/** Where credentials may go: the Graph API, and Meta's store of files. */
export function originsOf({ apiBaseUrl }: { apiBaseUrl: string }): string[] {
  return [new URL(apiBaseUrl).origin, 'https://lookaside.fbsbx.com'];
}
