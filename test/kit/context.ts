/** A plugin's whole world, for checks: what it called, logged and stored is kept, and the provider says what the check wants. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import { Silence, type Answer, type Context, type FetchInit, type Json } from '#plugin';

/** What a provider answers: a status and a body, or an error that the call ends with. */
export type Saying = { status: number; headers?: Record<string, string>; body?: string | Uint8Array } | Error;

export interface Call {
  url: string;
  /** A body that was a stream is here as its bytes. */
  init: Omit<FetchInit, 'body'> & { body?: string | Uint8Array };
}

export interface World<S> {
  ctx: Context<S>;
  calls: Call[];
  /** Every log line as one string. */
  logged: string[];
  /** What was called past `ctx.fetch`. */
  strayed: string[];
  /** Runs a plugin's method and notes connections that it opens by itself. */
  inside<T>(run: () => Promise<T>): Promise<T>;
}

const watched = new AsyncLocalStorage<string[]>();
for (const channel of ['net.client.socket', 'http.client.request.start', 'undici:request:create']) {
  subscribe(channel, () => watched.getStore()?.push(channel));
}

/**
 * @param says the provider's answer to each call, downloads included, or one answer for all; a promise where another process answers
 * @param media what `ctx.media` knows, by id
 */
export function world<S>(
  settings: S,
  says: Saying | ((call: Call) => Saying | Promise<Saying>) = { status: 404, body: '' },
  store: Record<string, Json> = {},
  media: Record<string, { bytes: Uint8Array; mime: string; name?: string }> = {},
): World<S> {
  const calls: Call[] = [];
  const logged: string[] = [];
  const strayed: string[] = [];
  const kept = new Map(Object.entries(store));
  const log = (what: object, message: string) => {
    logged.push(`${message} ${JSON.stringify(what, (_, value: unknown) => (value instanceof Error ? { ...value, message: value.message, stack: value.stack } : value))}`);
  };
  const said = async (call: Call): Promise<Exclude<Saying, Error>> => {
    calls.push(call);
    const answered = typeof says === 'function' ? await says(call) : says;
    if (answered instanceof Error) throw answered;
    return answered;
  };
  return {
    calls,
    logged,
    strayed,
    inside: (run) => watched.run(strayed, run),
    ctx: {
      settings,
      async fetch(url, init = {}) {
        return answer(await said({ url, init: await read(init) }));
      },
      async download(url, init = {}) {
        const { status, headers = {}, body = '' } = await said({ url, init });
        return { status, headers, stream: streamOf(limited(Buffer.from(body), init.maxBytes)) };
      },
      media: async (id) => {
        const found = media[id];
        return found && { bytes: found.bytes.length, mime: found.mime, ...(found.name !== undefined && { name: found.name }), stream: () => streamOf(found.bytes) };
      },
      log: { debug: log, info: log, warn: log, error: log },
      now: () => 1_800_000_000_000,
      signal: new AbortController().signal,
      callbackUrl: (query) => `https://bot.example.test/webhooks/key${query ? `?${new URLSearchParams(query).toString()}` : ''}`,
      mediaUrl: (id) => `https://bot.example.test/media/${id}?signed=1`,
      store: {
        get: async (key) => kept.get(key),
        set: async (key, value) => {
          kept.set(key, structuredClone(value));
        },
      },
    },
  };
}

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function limited(bytes: Uint8Array, maxBytes = Infinity): Uint8Array {
  if (bytes.length > maxBytes) throw new Silence(`The medium is larger than ${maxBytes} bytes.`);
  return bytes;
}

/** As a provider would get it. @throws Error the stream is not as long as it says */
async function read({ body, ...init }: FetchInit): Promise<Call['init']> {
  if (body === undefined) return init;
  if (typeof body === 'string' || body instanceof Uint8Array) return { ...init, body };
  const chunks: Uint8Array[] = [];
  for await (const chunk of body.stream) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  if (bytes.length !== body.bytes) throw new Error(`The body has ${bytes.length} bytes and says ${body.bytes}.`);
  return { ...init, body: bytes };
}

function answer({ status, headers = {}, body: said = '' }: Exclude<Saying, Error>): Answer {
  const body = Buffer.from(said);
  return {
    status,
    headers,
    body,
    text: () => body.toString('utf8'),
    json() {
      try {
        return JSON.parse(body.toString('utf8')) as Json;
      } catch (cause) {
        throw new Silence('The answer is not JSON.', { cause });
      }
    },
  };
}
