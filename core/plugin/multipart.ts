/** A form with a file, as providers take uploads. */
import { randomUUID } from 'node:crypto';
import type { FetchInit, StoredMedia } from './contract/context.ts';

/**
 * A multipart/form-data body (RFC 7578) for `ctx.fetch`: the fields, then the file, read while it is sent.
 * @param file `name` is what the provider sees; it may be any text
 */
export function multipart(fields: Record<string, string>, file: { field: string; name: string; mime: string; media: StoredMedia }): { headers: { 'content-type': string }; body: { bytes: number; stream: AsyncIterable<Uint8Array> } } {
  const boundary = `switchboard-${randomUUID()}`;
  const part = (head: string, body = '') => `--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n${body}`;
  const texts = Object.entries(fields).map(([name, value]) => part(`name="${quoted(name)}"`, `${value}\r\n`)).join('');
  const before = Buffer.from(texts + part(`name="${quoted(file.field)}"; filename="${quoted(file.name)}"\r\nContent-Type: ${file.mime.replaceAll(/[\r\n]/g, '')}`));
  const after = Buffer.from(`\r\n--${boundary}--\r\n`);
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: { bytes: before.length + file.media.bytes + after.length, stream: joined(before, file.media, after) },
  } satisfies Pick<FetchInit, 'headers' | 'body'>;
}

async function* joined(before: Uint8Array, media: StoredMedia, after: Uint8Array): AsyncGenerator<Uint8Array> {
  yield before;
  yield* media.stream();
  yield after;
}

/** As browsers write it: what would end the quoted name is written as a percent escape. */
function quoted(text: string): string {
  return text.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22');
}
