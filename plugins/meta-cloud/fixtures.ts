/** What the tests beside it share: a context whose fetch really goes over HTTP, requests to read. */
import { Readable } from 'node:stream';
import { request } from 'undici';
import { NotSent, Silence, type Answer, type CheckLine, type Download, type FetchInit, type Identity, type Json, type OutContent, type Outgoing, type StoredMedia, type WebhookRequest } from '#plugin';
import { settings as evidenceSettings, sign } from './evidence.ts';
import type { MetaContext } from './graph.ts';
import type { Settings } from './settings.ts';
import { texts } from './texts/index.ts';

export const receivedAt = Date.UTC(2026, 10, 21, 12);

/** A webhook as core would hand it over, signed with the evidence's secret unless told otherwise. */
export function webhook(body: string | Buffer, headers?: Record<string, string[]>): WebhookRequest {
  const bytes = Buffer.from(body);
  const signed = Object.fromEntries(Object.entries(sign(bytes, evidenceSettings)).map(([name, value]) => [name, [value]]));
  return { method: 'POST', url: 'https://bot.example.test/webhooks/key', headers: headers ?? signed, body: bytes, receivedAt };
}

/** One `messages` change about one number, around what is given. */
export function envelope(value: object, account = '108100000000001'): string {
  const metadata = { display_phone_number: '628110000001', phone_number_id: account };
  const change = { field: 'messages', value: { messaging_product: 'whatsapp', metadata, ...value } };
  return JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: '102000000000001', changes: [change] }] });
}

export interface TestContext extends MetaContext {
  /** Every call that was made, with the bearer it carried. */
  calls: { method: string; url: string; authorization: string | undefined }[];
  /** The media that the channel may upload, by id. */
  stored: Map<string, StoredMedia>;
}

/** A medium as core keeps it. */
export function storedMedia(bytes: Uint8Array, mime: string, name?: string): StoredMedia {
  return { bytes: bytes.length, mime, ...(name !== undefined && { name }), stream: () => Readable.from([bytes]) };
}

/** A context over real HTTP; no call takes longer than `timeoutMs`. As core's own, it tells a call that never left from one whose fate is unknown. */
export function contextFor(given: Partial<Settings>, { timeoutMs = 2000, maxBytes = 1_000_000 } = {}): TestContext {
  const settings: Settings = { ...evidenceSettings, ...given };
  const calls: TestContext['calls'] = [];
  const store = new Map<string, Json>();
  const stored: TestContext['stored'] = new Map();
  const quiet = () => undefined;
  return {
    settings,
    calls,
    stored,
    media: (id) => Promise.resolve(stored.get(id)),
    now: () => receivedAt,
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    signal: new AbortController().signal,
    callbackUrl: (query) => `https://bot.example.test/webhooks/key${query ? `?${new URLSearchParams(query)}` : ''}`,
    mediaUrl: (id) => `https://bot.example.test/media/${id}`,
    store: {
      get: (key) => Promise.resolve(store.get(key)),
      set: async (key, value) => {
        store.set(key, value);
      },
    },
    async fetch(url, init = {}) {
      calls.push({ method: init.method ?? 'GET', url, authorization: init.headers?.authorization });
      return await overHttp(url, { maxBytes, ...init, timeoutMs: Math.min(timeoutMs, init.timeoutMs ?? timeoutMs) });
    },
    async download(url, init = {}) {
      calls.push({ method: 'GET', url, authorization: init.headers?.authorization });
      return await streamed(url, { timeoutMs, ...init });
    },
  };
}

/** Bytes as they come. Redirects are not followed here: that is core's, and tested there. */
async function streamed(url: string, { headers = {}, timeoutMs = 2000, maxBytes = 100_000_000 }: { headers?: Record<string, string>; timeoutMs?: number; maxBytes?: number }): Promise<Download> {
  try {
    const answer = await request(url, { headers, signal: AbortSignal.timeout(timeoutMs), reset: true });
    return { status: answer.statusCode, headers: headersOf(answer.headers), stream: capped(answer.body, maxBytes) };
  } catch (error) {
    throw failureOf(error);
  }
}

async function* capped(body: AsyncIterable<unknown>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  try {
    for await (const chunk of body) {
      if (!Buffer.isBuffer(chunk)) continue;
      size += chunk.length;
      if (size > maxBytes) throw new Silence('The answer is larger than it may be.');
      yield chunk;
    }
  } catch (error) {
    throw failureOf(error);
  }
}

function failureOf(error: unknown): Error {
  if (error instanceof Silence) return error;
  if (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED') return new NotSent('Nobody listens there.', { cause: error });
  return new Silence('No usable answer came.', { cause: error });
}

function headersOf(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

async function overHttp(url: string, { method = 'GET', headers = {}, body, timeoutMs = 2000, maxBytes = 1_000_000 }: FetchInit): Promise<Answer> {
  const signal = AbortSignal.timeout(timeoutMs);
  const sent = typeof body === 'object' && 'stream' in body ? Readable.from(body.stream) : (body ?? null);
  const length = typeof body === 'object' && 'stream' in body ? { 'content-length': String(body.bytes) } : {};
  try {
    const answer = await request(url, { method, headers: { ...headers, ...length }, body: sent, signal, reset: true });
    const chunks: Uint8Array[] = [];
    for await (const chunk of capped(answer.body, maxBytes)) chunks.push(chunk);
    return answerOf(answer.statusCode, headersOf(answer.headers), Buffer.concat(chunks));
  } catch (error) {
    throw failureOf(error);
  }
}

export function answerOf(status: number, headers: Record<string, string>, body: Buffer): Answer {
  return {
    status,
    headers,
    body,
    text: () => body.toString('utf8'),
    json() {
      try {
        // JSON.parse gives nothing but Json.
        return JSON.parse(body.toString('utf8')) as Json;
      } catch (error) {
        throw new Silence('The answer is not JSON.', { cause: error });
      }
    },
  };
}

let sent = 0;

export function outgoing(content: OutContent, more: { to?: Identity[]; account?: string; replyTo?: string } = {}): Outgoing {
  sent += 1;
  const { to = [{ kind: 'phone', value: '628120000002' }], account = '108100000000001', replyTo } = more;
  return { ref: `ref-${sent}`, account, to: { identities: to }, content, ...(replyTo !== undefined && { replyTo }) };
}

/** Whole numbers below `below`, the same for the same seed (mulberry32). */
export function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** A line of the doctor as an English reader sees it. @throws Error when a sentence is not among the texts, or lacks a value */
export function inWords(line: CheckLine): CheckLine {
  const worded = (key: string) => {
    const sentence = Object.entries(texts.en).find(([one]) => one === key)?.[1];
    if (sentence === undefined) throw new Error(`${key} is not among the texts.`);
    return sentence.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
      const value = line.params?.[name];
      if (value === undefined) throw new Error(`${key} wants ${name}.`);
      return value;
    });
  };
  return { ...line, said: worded(line.said), ...(line.mend !== undefined && { mend: worded(line.mend) }) };
}
