/** What the tests of this plugin and of Coster's share: the product's own context over real HTTP, what goes out and what comes in. */
import type { Test } from 'tap';
import type { Static, TSchema } from 'typebox';
import type { Channel, Context, Identity, Json, OutContent, Outgoing, StoredMedia, WebhookRequest } from '#plugin';
import { createContext } from '../../core/plugin/context.ts';
import { createOutbound } from '../../core/plugin/outbound.ts';
import { uuid } from '../../core/ids.ts';

interface Parts {
  media?: Record<string, { bytes: Buffer; mime: string; name?: string }>;
  store?: Map<string, Json>;
  now?: () => number;
  callbackUrl?: string;
}

/** As core makes it: through the guard, with the emulator's origin named by the operator. */
export function contextFor<S extends TSchema>(t: Test, plugin: Channel<S>, settings: Static<S>, { media = {}, store = new Map(), now = () => Date.now(), callbackUrl = 'https://bot.example.test/webhooks/key' }: Parts = {}): Context<Static<S>> {
  const outbound = createOutbound({ allowedOrigins: plugin.origins?.(settings) ?? [] });
  t.teardown(() => outbound.close());
  const quiet = () => undefined;
  return createContext({
    plugin,
    settings,
    connectionId: 'connection',
    webhookUrl: callbackUrl,
    outbound,
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    clock: { now },
    store: {
      get: (key) => Promise.resolve(store.get(key)),
      set: async (key, value) => void store.set(key, value),
    },
    media: (id) => Promise.resolve(storedMedia(media[id])),
    mediaUrl: (id) => `https://bot.example.test/media/${id}?signed=1`,
    signal: new AbortController().signal,
  });
}

function storedMedia(given: { bytes: Buffer; mime: string; name?: string } | undefined): StoredMedia | undefined {
  return given && {
    bytes: given.bytes.length,
    mime: given.mime,
    ...(given.name !== undefined && { name: given.name }),
    async *stream() {
      yield given.bytes;
    },
  };
}

export function outgoing(account: string, content: OutContent, more: { to?: Identity[]; thread?: string; ref?: string } = {}): Outgoing {
  const { to = [{ kind: 'phone', value: '628120000002' }], thread, ref = uuid() } = more;
  return { ref, account, to: { identities: to, ...(thread !== undefined && { thread }) }, content };
}

export function webhook(body: string | Buffer, headers: Record<string, string[]> = {}, more: Partial<WebhookRequest> = {}): WebhookRequest {
  return { method: 'POST', url: 'https://bot.example.test/webhooks/key', headers, body: Buffer.from(body), receivedAt: Date.UTC(2026, 10, 21, 12), ...more };
}
