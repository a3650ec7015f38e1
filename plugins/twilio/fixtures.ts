/** What the tests beside it share: requests as core hands them over, and a context whose calls really go out, through core's own guard. */
import { createServer } from 'node:http';
import { createContext } from '../../core/plugin/context.ts';
import { createOutbound, type Outbound } from '../../core/plugin/outbound.ts';
import type { Identity, Json, OutContent, Outgoing, WebhookRequest } from '#plugin';
import type { TwilioContext } from './api.ts';
import type { Emulator } from './emulator.ts';
import { settings as evidenceSettings, sign } from './evidence.ts';
import channel from './index.ts';
import type { Settings } from './settings.ts';

export const receivedAt = Date.UTC(2026, 10, 21, 12);
export const formType = 'application/x-www-form-urlencoded; charset=UTF-8';
const hook = 'https://bot.example.test/webhooks/key';

/** A webhook as core would hand it over, signed with the evidence's token unless told otherwise. */
export function webhook(body: string, { url = hook, type = formType, method = 'POST', signature }: { url?: string; type?: string; method?: string; signature?: string[] } = {}): WebhookRequest {
  const bytes = Buffer.from(body);
  const proof = signature ?? Object.values(sign(bytes, evidenceSettings, url));
  return { method, url, headers: { 'content-type': [type], 'x-twilio-signature': proof }, body: bytes, receivedAt };
}

export interface TestContext extends TwilioContext {
  store: TwilioContext['store'] & { all: Map<string, Json> };
  logged: string[];
}

/** @param more the settings that differ from the emulator's own */
export function contextFor(emulator: Emulator, outbound: Outbound, more: Partial<Settings> = {}, now: () => number = () => Date.now()): TestContext {
  const all = new Map<string, Json>();
  const logged: string[] = [];
  const log = (_what: object, message: string) => void logged.push(message);
  const ctx = createContext<typeof channel.settings>({
    plugin: channel,
    settings: { ...evidenceSettings, ...emulator.settings, ...more },
    connectionId: 'c1',
    webhookUrl: hook,
    outbound,
    log: { debug: log, info: log, warn: log, error: log },
    clock: { now },
    store: { get: async (key) => all.get(key), set: async (key, value) => void all.set(key, value) },
    media: async () => undefined,
    mediaUrl: (id, _ttlMs, name) => `https://bot.example.test/media/${id}${name === undefined ? '' : `/${name}`}`,
    signal: new AbortController().signal,
  });
  return { ...ctx, logged, store: { ...ctx.store, all } };
}

export function outboundTo(emulator: Emulator): Outbound {
  return createOutbound({ allowedOrigins: [emulator.url, emulator.storageUrl] });
}

let sent = 0;

export function outgoing(content: OutContent, more: { to?: Identity[]; account?: string; ref?: string } = {}): Outgoing {
  sent += 1;
  const { to = [{ kind: 'phone', value: '628120000002' }], account = 'whatsapp:+14155550100', ref = `ref-${sent}` } = more;
  return { ref, account, to: { identities: to }, content };
}

export interface Received {
  method: string;
  url: string;
  headers: Record<string, string[]>;
  body: string;
}

/** A place to receive webhooks at. `answer` decides the status of each; 200 unless it says otherwise. */
export async function receiver(answer: (received: Received, nth: number) => number | Promise<number> = () => 200) {
  const received: Received[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, [value ?? []].flat()]));
      const one = { method: incoming.method ?? '', url: incoming.url ?? '', headers, body: Buffer.concat(chunks).toString('utf8') };
      received.push(one);
      void Promise.resolve(answer(one, received.length)).then((status) => response.writeHead(status).end());
    });
  });
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  return {
    origin,
    url: `${origin}/webhooks/key`,
    received,
    /** As the channel gets it: the public address, whatever the real one is. */
    requests: (): WebhookRequest[] => received.map(({ method, url, headers, body }) => ({ method, url: `${origin}${url}`, headers, body: Buffer.from(body), receivedAt })),
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
