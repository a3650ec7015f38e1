/** What the tests beside it share: requests as core hands them over, a context whose calls really go out through core's own guard, a whole bot. */
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { Type, defineAgent, type Identity, type Json, type OutContent, type Outgoing, type WebhookRequest } from '#plugin';
import { createContext } from '../../core/plugin/context.ts';
import { createOutbound, type Outbound } from '../../core/plugin/outbound.ts';
import { createBot, type Bot } from '#testing';
import type { TwilioContext } from './api.ts';
import { startEmulator, type Emulator, type EmulatorOptions } from './emulator.ts';
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

export const sender = 'whatsapp:+14155550100';

interface Teardown {
  teardown(end: () => Promise<void>): unknown;
}

/**
 * A whole bot with this channel, its emulated Twilio and the way between them. The agent says what it heard, unless it was told what to answer.
 * @param deadlineMs how long a call may take
 */
export async function botOf(t: Teardown, options: Partial<EmulatorOptions> = {}, { deadlineMs = 2000 }: { deadlineMs?: number } = {}) {
  const made: { bot?: Bot; answers: OutContent[] } = { answers: [] };
  /** The front door: what core's web server does with a webhook and with a link to a medium. */
  const door = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      void open(request.method ?? '', request.url ?? '', request.headers, Buffer.concat(chunks)).then(({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body));
    });
  });
  async function open(method: string, url: string, headers: NodeJS.Dict<string | string[]>, body: Buffer): Promise<{ status: number; type: string; body?: Buffer }> {
    const { bot } = made;
    const { pathname, searchParams, search } = new URL(url, 'http://localhost');
    if (!bot) return { status: 503, type: 'text/plain' };
    if (pathname === `/webhooks/${bot.webhookKey}`) {
      const said = await bot.deliver({ method, query: search.slice(1), headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])), body });
      return { status: 'accepted' in said ? 200 : 401, type: 'text/plain' };
    }
    const id = /^\/media\/([0-9a-f-]{36})/.exec(pathname)?.[1] ?? '';
    const { links, store } = bot.runtime.media;
    const [row] = await bot.all<{ mime: string }>('select mime from media where id = ?', [id]);
    const bytes = links.holds(id, searchParams.get('until') ?? '', searchParams.get('proof') ?? '') ? await store.read({ tenantId: bot.ids.tenant, id }) : undefined;
    return bytes && row ? { status: 200, type: row.mime, body: Buffer.concat(await Readable.from(bytes).toArray()) } : { status: 404, type: 'text/plain' };
  }
  await new Promise<void>((listening) => {
    door.listen(0, '127.0.0.1', listening);
  });
  const address = door.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  const emulator = await startEmulator({ authToken: 'emulated-auth-token', reach: { 'https://bot.test': `http://127.0.0.1:${port}` }, statuses: { sent: 5, delivered: 10, read: 15 }, ...options });
  const outbound = createOutbound({ allowedOrigins: [emulator.url, emulator.storageUrl] });
  const settings = { ...evidenceSettings, ...emulator.settings };
  const caller = { origins: new Set(channel.origins?.(settings)), secrets: [settings.authToken] };
  const agent = defineAgent({
    name: 'shop', title: 'Shop', contract: 1, settings: Type.Object({}),
    async respond({ messages }) {
      const heard = messages.map(({ content, text }) => `${content.kind}:${content.kind === 'choice' ? content.id : text}`).join(' ');
      return { messages: made.answers.length > 0 ? made.answers.splice(0) : [{ kind: 'text', text: `heard ${heard}` }], why: 'It says what it heard.' };
    },
  });
  const bot = await createBot({
    channel, agent, account: sender, channelSettings: settings, options: { unknownWaitMs: 2000 },
    fetch: (url, init = {}) => outbound.call(url, { ...init, timeoutMs: Math.min(init.timeoutMs ?? deadlineMs, deadlineMs) }, caller),
    download: (url, init = {}) => outbound.download(url, init, caller),
  });
  made.bot = bot;
  emulator.webhookUrl = `https://bot.test/webhooks/${bot.webhookKey}#rc=5&rp=all`;
  t.teardown(async () => {
    await emulator.close();
    await bot.close();
    await outbound.close();
    door.closeAllConnections();
    await new Promise((done) => door.close(done));
  });
  /** Until nothing is on its way on either side. */
  const quiet = async () => {
    for (let still = 0; still < 2; still += 1) {
      await bot.quiet();
      await emulator.idle();
    }
    await bot.quiet();
  };
  /** As when somebody saves other settings. */
  const resettle = async (changes: Partial<Settings>) => {
    await bot.db.write((sql) => sql.run('update connection set settings = ? where id = ?', [JSON.stringify({ ...settings, ...changes }), bot.ids.connection]));
    await bot.runtime.directory.reload();
  };
  return { bot, emulator, quiet, resettle, answer: (...contents: OutContent[]) => made.answers.push(...contents) };
}
