/** The bytes of what a customer sent: they come at once, without an exchange for an address. */
import { Silence, type MediaBytes, type MediaRef } from '#plugin';
import { type CosterContext, tokenHeader } from './send.ts';

/** @throws NotSent, Silence: it may be asked for again */
export async function media(ref: MediaRef, ctx: CosterContext): Promise<MediaBytes | 'gone'> {
  // The id stands in the path, and what it comes from is a webhook.
  if (/^\.{0,2}$/.test(ref.ref)) return 'gone';
  const url = ctx.settings.mediaUrl.replaceAll('{media_id}', encodeURIComponent(ref.ref));
  // The address of media belongs to the bot API, whichever one messages go over: its usual header is that one's.
  const { status, headers, stream } = await ctx.download(url, { headers: tokenHeader({ ...ctx.settings, face: 'bot' }) });
  if (status !== 200) await end(stream);
  if (status === 404 || status === 410) return 'gone';
  if (status !== 200) throw new Silence(`The address of media answered ${status}.`);
  const mime = headers['content-type'] ?? ref.mime;
  return { stream, ...(mime !== undefined && { mime }), ...(ref.name !== undefined && { name: ref.name }), ...(ref.sha256 !== undefined && { sha256: ref.sha256 }) };
}

/** Ends a stream that nobody wants, so that its connection is free. */
async function end(stream: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const _ of stream) break;
  } catch {
    // It is not wanted anyway.
  }
}
