/** The bytes of what a customer sent: at a plain link, asked for without any credential. */
import { Silence, type MediaBytes, type MediaRef } from '#plugin';
import type { QontakContext } from './api.ts';

/** @throws NotSent, Silence: it may be asked for again */
export async function media(ref: MediaRef, ctx: QontakContext): Promise<MediaBytes | 'gone'> {
  // Without a link of Qontak's there is only Meta's id, which nobody here may ask with.
  if (!/^https?:\/\//.test(ref.ref)) return 'gone';
  const { status, headers, stream } = await ctx.download(ref.ref);
  if (status !== 200) await end(stream);
  // A link that has run out says so in one of these ways.
  if (status === 403 || status === 404 || status === 410) return 'gone';
  if (status !== 200) throw new Silence(`The file’s address answered ${status}.`);
  const mime = headers['content-type'] ?? ref.mime;
  return { stream, ...(mime !== undefined && { mime }), ...(ref.name !== undefined && { name: ref.name }) };
}

/** Ends a stream that nobody wants, so that its connection is free. */
async function end(stream: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const _ of stream) break;
  } catch {
    // It is not wanted anyway.
  }
}
