/** What the tests beside it share: the product's own context over real HTTP, requests to read. */
import { Readable } from 'node:stream';
import t from 'tap';
import type { CheckLine, Identity, Json, OutContent, Outgoing, StoredMedia, WebhookRequest } from '#plugin';
import { createContext } from '../../core/plugin/context.ts';
import { createOutbound } from '../../core/plugin/outbound.ts';
import { settings as evidenceSettings, sign } from './evidence.ts';
import type { Fault } from './emulator.ts';
import type { MetaContext } from './graph.ts';
import channel from './index.ts';
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
  /** What of a fault is waited for in vain is not waited for long; anything else has its time, on a slow machine too. */
  expect(fault?: Fault): void;
}

/** A medium as core keeps it. */
export function storedMedia(bytes: Uint8Array, mime: string, name?: string): StoredMedia {
  return { bytes: bytes.length, mime, ...(name !== undefined && { name }), stream: () => Readable.from([bytes]) };
}

/**
 * As core makes it: over real HTTP through the guard, with Meta's origin named by the operator.
 * @param also other origins on this machine
 */
export function contextFor(given: Partial<Settings>, { also = [] }: { also?: string[] } = {}): TestContext {
  const settings: Settings = { ...evidenceSettings, ...given };
  const calls: TestContext['calls'] = [];
  const store = new Map<string, Json>();
  const stored: TestContext['stored'] = new Map();
  const quiet = () => undefined;
  const outbound = createOutbound({ allowedOrigins: [new URL(settings.apiBaseUrl).origin, ...also] });
  t.teardown(() => outbound.close());
  const ctx = createContext<typeof channel.settings>({
    plugin: channel, settings, connectionId: 'connection', webhookUrl: 'https://bot.example.test/webhooks/key', outbound,
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    clock: { now: () => receivedAt },
    store: { get: (key) => Promise.resolve(store.get(key)), set: async (key, value) => void store.set(key, value) },
    media: (id) => Promise.resolve(stored.get(id)),
    mediaUrl: (id) => `https://bot.example.test/media/${id}`,
    signal: new AbortController().signal,
  });
  let vain = false;
  const inTime = <Init extends { timeoutMs?: number }>(init: Init): Init => (vain ? { ...init, timeoutMs: 400 } : init);
  return {
    ...ctx, settings, calls, stored,
    expect: (fault) => void (vain = fault?.kind === 'hang' || fault?.kind === 'slow'),
    async fetch(url, init = {}) {
      calls.push({ method: init.method ?? 'GET', url, authorization: init.headers?.authorization });
      return await ctx.fetch(url, inTime(init));
    },
    async download(url, init = {}) {
      calls.push({ method: 'GET', url, authorization: init.headers?.authorization });
      return await ctx.download(url, inTime(init));
    },
  };
}

let sent = 0;

export function outgoing(content: OutContent, more: { to?: Identity[]; account?: string; replyTo?: string } = {}): Outgoing {
  sent += 1;
  const { to = [{ kind: 'phone', value: '628120000002' }], account = '108100000000001', replyTo } = more;
  return { ref: `ref-${sent}`, account, to: { identities: to }, content, ...(replyTo !== undefined && { replyTo }) };
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
