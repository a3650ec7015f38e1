/** The bytes of what a contact sent. Twilio's own hosts get the credentials; the storage that they redirect to does not. */
import { createHash } from 'node:crypto';
import { NotSent, type MediaBytes, type MediaRef } from '#plugin';
import { authorization, isOurs, type TwilioContext } from './api.ts';

const waitsMs = 10 * 60_000;

/** @throws NotSent when it may be asked for again */
export async function media({ ref }: MediaRef, ctx: TwilioContext): Promise<MediaBytes | 'gone'> {
  // A webhook names this address: were it believed without looking, a stranger's host would be given the account.
  const own = isOurs(ref, ctx.settings);
  if (!own && !/^https:\/\/([a-z0-9-]+\.)*(twilio\.com|twiliocdn\.com)\//.test(ref)) throw new NotSent('The address of the file is not one of Twilio’s.');
  const answer = await ctx.download(ref, own ? { headers: { authorization: authorization(ctx.settings) } } : {});
  if (answer.status !== 200) await end(answer.stream);
  if (answer.status === 410) return 'gone';
  if (answer.status === 404) return await missing(ref, ctx);
  if (answer.status !== 200) throw new NotSent(`Twilio answered ${answer.status} instead of the file.`);
  const mime = answer.headers['content-type'];
  const name = nameIn(answer.headers['content-disposition']);
  return { stream: answer.stream, ...(mime !== undefined && { mime }), ...(name !== undefined && { name }) };
}

/** A file can lag behind its webhook, so one that is missing is asked for again for a while. */
async function missing(ref: string, ctx: TwilioContext): Promise<'gone'> {
  const key = `missing:${createHash('sha256').update(ref).digest('base64url')}`;
  const since = await ctx.store.get(key);
  if (typeof since !== 'number') await ctx.store.set(key, ctx.now());
  else if (ctx.now() - since >= waitsMs) return 'gone';
  throw new NotSent('Twilio does not have the file yet.');
}

/** Only the last part of a path, and no characters that hide what follows them. */
function nameIn(disposition: string | undefined): string | undefined {
  const [, encoded, quoted] = /filename\*=UTF-8''([^;]+)|filename="?([^";]+)"?/i.exec(disposition ?? '') ?? [];
  const name = encoded === undefined ? quoted : decoded(encoded);
  // oxlint-disable-next-line no-control-regex -- control characters are what must go
  const clean = name?.replace(/[\\/\u0000-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g, '_').trim().slice(0, 200);
  return clean === '' ? undefined : clean;
}

function decoded(written: string): string | undefined {
  try {
    return decodeURIComponent(written);
  } catch {
    return undefined;
  }
}

/** Ends a stream that nobody wants, so that its connection is free. */
async function end(stream: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const _ of stream) break;
  } catch {
    // It ended by itself.
  }
}
