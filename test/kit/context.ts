/** A plugin's whole world, for checks: what it called, logged and stored is kept, and the provider says what the check wants. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import { Silence, type Answer, type Context, type FetchInit, type Json } from '#plugin';

/** What a provider answers: a status and a body, or an error that the call ends with. */
export type Saying = { status: number; headers?: Record<string, string>; body?: string } | Error;

export interface Call {
  url: string;
  init: FetchInit;
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
 * @param says the provider's answer to each call, or one answer for all
 */
export function world<S>(settings: S, says: Saying | ((call: Call) => Saying) = { status: 404, body: '' }, store: Record<string, Json> = {}): World<S> {
  const calls: Call[] = [];
  const logged: string[] = [];
  const strayed: string[] = [];
  const kept = new Map(Object.entries(store));
  const log = (what: object, message: string) => {
    logged.push(`${message} ${JSON.stringify(what, (_, value: unknown) => (value instanceof Error ? { ...value, message: value.message, stack: value.stack } : value))}`);
  };
  return {
    calls,
    logged,
    strayed,
    inside: (run) => watched.run(strayed, run),
    ctx: {
      settings,
      async fetch(url, init = {}) {
        const call = { url, init };
        calls.push(call);
        const said = typeof says === 'function' ? says(call) : says;
        if (said instanceof Error) throw said;
        return answer(said);
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

function answer({ status, headers = {}, body = '' }: Exclude<Saying, Error>): Answer {
  return {
    status,
    headers,
    body: Buffer.from(body),
    text: () => body,
    json() {
      try {
        return JSON.parse(body) as Json;
      } catch (cause) {
        throw new Silence('The answer is not JSON.', { cause });
      }
    },
  };
}
