/** What the tests beside it share: requests as core hands them over, a context whose calls really go out through core's own guard, a whole bot. */
import type { Test } from 'tap';
import { Type, defineAgent, type Identity, type Json, type OutContent, type Outgoing, type WebhookRequest } from '#plugin';
import { createContext } from '../../core/plugin/context.ts';
import { createOutbound, type Outbound } from '../../core/plugin/outbound.ts';
import type { receiver } from '../../test/far-end.ts';
import { openLine } from '../../test/line.ts';
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

/** What was received, as the channel gets it: the public address, whatever the real one is. */
export const requestsAt = ({ origin, received }: Awaited<ReturnType<typeof receiver>>): WebhookRequest[] =>
  received.map(({ method, url, headers, body }) => ({ method, url: `${origin}${url}`, headers, body: Buffer.from(body), receivedAt }));

export const sender = 'whatsapp:+14155550100';

/**
 * A whole bot with this channel, its emulated Twilio and the way between them. The agent says what it heard, unless it was told what to answer.
 * @param deadlineMs how long a call may take
 */
export async function botOf(t: Test, options: Partial<EmulatorOptions> = {}, { deadlineMs = 20_000 }: { deadlineMs?: number } = {}) {
  const answers: OutContent[] = [];
  const agent = defineAgent({
    name: 'shop', title: 'Shop', contract: 1, settings: Type.Object({}),
    async respond({ messages }) {
      const heard = messages.map(({ content, text }) => `${content.kind}:${content.kind === 'choice' ? content.id : text}`).join(' ');
      return { messages: answers.length > 0 ? answers.splice(0) : [{ kind: 'text', text: `heard ${heard}` }], why: 'It says what it heard.' };
    },
  });
  const { bot, emulator, quiet } = await openLine(t, (door) => providerAt(door, { statuses: { sent: 5, delivered: 10, read: 15 }, ...options }), { channel, agent, account: sender, options: { unknownWaitMs: 2000 }, deadlineMs });
  /** As when somebody saves other settings. */
  const resettle = async (changes: Partial<Settings>) => {
    await bot.db.write((sql) => sql.run('update connection set settings = ? where id = ?', [JSON.stringify({ ...settingsAt(emulator), ...changes }), bot.ids.connection]));
    await bot.runtime.directory.reload();
  };
  return { bot, emulator, quiet, resettle, answer: (...contents: OutContent[]) => answers.push(...contents) };
}

const settingsAt = (emulator: Emulator): Settings => ({ ...evidenceSettings, ...emulator.settings });

/** It signs the public address, and reaches the bot at its door. */
export async function providerAt(door: string, options: Partial<EmulatorOptions>) {
  const emulator = await startEmulator({ authToken: 'emulated-auth-token', reach: { 'https://bot.test': door }, ...options });
  const told = (key: string) => {
    emulator.webhookUrl = `https://bot.test/webhooks/${key}#rc=5&rp=all`;
  };
  return { emulator, settings: settingsAt(emulator), origins: [emulator.url, emulator.storageUrl], told };
}
