/** Reading a medium: as a stream, up to a size, within a time, over a few redirects that are each judged anew. */
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { NotSent, Silence } from '../errors.ts';
import type { Download } from './contract/context.ts';

export interface DownloadInit {
  headers?: Record<string, string>;
  /** 100,000,000 unless told. */
  maxBytes?: number;
  /** For everything, redirects and the last byte included; 15 s and a millisecond for every 256 bytes unless told. */
  timeoutMs?: number;
}

/** An address that may be called, the headers that may go there, and the way. */
export interface Hop {
  target: URL;
  headers: Record<string, string>;
  dispatcher: Dispatcher;
}

const usualMaxBytes = 100_000_000;
const mostRedirects = 3;
const redirects = new Set([301, 302, 303, 307, 308]);
/** The request had not left when these came. */
const beforeSending = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

/**
 * @param judge throws NotSent for an address that may not be called
 * @throws NotSent, Silence
 */
export async function download(
  url: string,
  { headers = {}, maxBytes = usualMaxBytes, timeoutMs = 15_000 + Math.ceil(maxBytes / 256) }: DownloadInit,
  judge: (url: string, headers: Record<string, string>) => Hop,
  signal: AbortSignal | undefined,
): Promise<Download> {
  const end = new AbortController();
  const late = setTimeout(() => end.abort(new Silence(`the medium was not read within ${timeoutMs} ms.`)), timeoutMs);
  const cancelled = () => end.abort(new Silence('reading the medium was cancelled.'));
  signal?.addEventListener('abort', cancelled);
  if (signal?.aborted === true) cancelled();
  const over = () => {
    clearTimeout(late);
    signal?.removeEventListener('abort', cancelled);
  };
  try {
    let hop = judge(url, headers);
    for (let followed = 0; ; followed++) {
      const { target } = hop;
      const answer = await ask(hop, end.signal);
      const plain = plainHeaders(answer.headers);
      const location = redirects.has(answer.statusCode) ? plain['location'] : undefined;
      if (location === undefined) return { status: answer.statusCode, headers: plain, stream: limited(answer.body, plain, { maxBytes, origin: target.origin, end: end.signal, over }) };
      answer.body.on('error', () => undefined).destroy();
      if (followed === mostRedirects) throw new NotSent(`${target.origin} leads from one address to the next, more than ${mostRedirects} times.`);
      const next = URL.parse(location, target.href);
      if (next?.protocol !== target.protocol) throw new NotSent(`${target.origin} leads to an address of another kind.`);
      hop = judge(next.href, headers);
    }
  } catch (error) {
    over();
    throw error;
  }
}

async function ask({ target, headers, dispatcher }: Hop, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
  try {
    // What arrives is kept as it is, so it must not come packed.
    return await dispatcher.request({ origin: target.origin, path: target.pathname + target.search, method: 'GET', headers: { ...headers, 'accept-encoding': 'identity' }, signal, idempotent: false });
  } catch (error) {
    throw failure(error, target.origin, signal);
  }
}

async function* limited(body: Readable, headers: Record<string, string>, { maxBytes, origin, end, over }: { maxBytes: number; origin: string; end: AbortSignal; over(): void }): AsyncGenerator<Uint8Array> {
  try {
    if (Number(headers['content-length']) > maxBytes) throw new TooLarge(origin, maxBytes);
    if (!['', 'identity'].includes(headers['content-encoding'] ?? '')) throw new Silence(`${origin}: the medium came packed, which was not asked for.`);
    let bytes = 0;
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new TooLarge(origin, maxBytes);
      yield chunk;
    }
  } catch (error) {
    throw failure(error, origin, end);
  } finally {
    over();
    body.on('error', () => undefined).destroy();
  }
}

/** More than the caller takes: asking again will not help. */
export class TooLarge extends Silence {
  constructor(origin: string, maxBytes: number) {
    super(`${origin}: the medium is larger than ${maxBytes} bytes.`);
  }
}

function failure(error: unknown, origin: string, signal: AbortSignal): NotSent | Silence {
  if (error instanceof NotSent || error instanceof Silence) return error;
  if (signal.reason instanceof Silence) return new Silence(`${origin}: ${signal.reason.message}`);
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const reason = error instanceof Error ? reasonOf(error) : 'the connection failed';
  return beforeSending.has(code) ? new NotSent(`${origin}: ${reason}, before anything was sent.`, { cause: error }) : new Silence(`${origin}: ${reason}.`, { cause: error });
}

function plainHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name.toLowerCase(), typeof value === 'string' ? value : value.join(', ')]])));
}

/** Codes and our own words only: an error's message may quote an address with a token in it. */
export function reasonOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  switch (code) {
    case 'ECONNREFUSED': return 'the connection was refused';
    case 'ENOTFOUND':
    case 'EAI_AGAIN': return 'the name was not found';
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET': return 'the connection was lost';
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT': return 'there was no connection in time';
    default: return code.startsWith('HPE_') || code === 'HTTPParserError' ? 'the answer was not HTTP' : `the connection failed (${code})`;
  }
}
