/** One line to each provider: its real plugin over real HTTP to its emulator, and a whole bot behind it whose clock moves when told. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Test } from 'tap';
import { defineAgent, Type, type Channel, type Context, type Json } from '#plugin';
import { createBot, type Bot } from '#testing';
import { createOutbound } from '../../core/plugin/outbound.ts';
import * as coster from '../../plugins/coster/emulator.ts';
import costerChannel from '../../plugins/coster/index.ts';
import * as meta from '../../plugins/meta-cloud/emulator.ts';
import type { Fault } from '../../plugins/meta-cloud/emulator.ts';
import metaChannel from '../../plugins/meta-cloud/index.ts';
import * as qontak from '../../plugins/qontak/emulator.ts';
import qontakChannel from '../../plugins/qontak/index.ts';
import * as twilio from '../../plugins/twilio/emulator.ts';
import { settings as twilioSettings } from '../../plugins/twilio/evidence.ts';
import twilioChannel from '../../plugins/twilio/index.ts';

/** What all emulators have alike. */
interface Emulator {
  settings: object;
  messages: readonly { to: string; text?: string }[];
  /** The latest calls. */
  requests: readonly { at: number }[];
  faults: { add(...faults: Fault[]): void; clear(): void };
  customer: { write(written: { from: string; text: string }): Promise<{ ok: boolean }> };
  idle(): Promise<void>;
  close(): Promise<void>;
}

interface Provider {
  channel: Channel;
  account: string;
  /** @param door where the bot listens */
  start(door: string): Promise<Emulator & { calls: readonly string[]; told?(key: string): void }>;
  /** It says that the same may be asked again. */
  again: Fault[];
  /** It refuses for good. */
  never: Fault;
  /** It takes the message, and reports later that it failed. */
  later: Fault;
}

const statuses = { delivered: 5 };

export const providers: Record<string, Provider> = {
  'meta-cloud': {
    channel: metaChannel,
    account: '108100000000001',
    async start(door) {
      const emulator = await meta.startEmulator({ appSecret: 'sends-app-secret', accessToken: 'EAAsendsAccessToken1', verifyToken: 'sends-verify-token', webhookUrl: door, statuses });
      return Object.assign(emulator, { calls: [emulator.url] });
    },
    again: [{ kind: 'error', status: 429, retryAfter: 2 }, { kind: 'error', code: 130429 }, { kind: 'error', code: 131056, retryAfter: 1 }, { kind: 'error', status: 500, code: 131000 }],
    never: { kind: 'error', code: 131026 },
    later: { kind: 'fail-later', code: 131026 },
  },
  twilio: {
    channel: twilioChannel,
    account: 'whatsapp:+14155550100',
    async start(door) {
      const emulator = await twilio.startEmulator({ authToken: 'sends-auth-token', reach: { 'https://bot.test': door }, statuses });
      // It signs the public address.
      const told = (key: string) => {
        emulator.webhookUrl = `https://bot.test/webhooks/${key}#rc=5&rp=all`;
      };
      return { ...emulator, settings: { ...twilioSettings, ...emulator.settings }, calls: [emulator.url, emulator.storageUrl], told };
    },
    again: [{ kind: 'error', code: 20429, retryAfter: 2 }, { kind: 'error', code: 63018 }, { kind: 'error', code: 21611 }],
    never: { kind: 'error', code: 21211 },
    later: { kind: 'fail-later', code: 63024 },
  },
  qontak: {
    channel: qontakChannel,
    account: 'b3a2ee0b-0000-4000-8000-000000000001',
    async start(door) {
      const emulator = await qontak.startEmulator({ accessToken: 'tok_sends_0001', webhookUrl: door, statuses });
      return Object.assign(emulator, { calls: [emulator.url] });
    },
    again: [{ kind: 'error', status: 429, retryAfter: 2 }],
    never: { kind: 'error', status: 422 },
    later: { kind: 'fail-later', code: 131026 },
  },
  coster: {
    channel: costerChannel,
    account: '628110000001',
    async start(door) {
      const emulator = await coster.startEmulator({ accessToken: 'sends-coster-token', webhookUrl: door, webhookSecret: 'sends-coster-secret', statuses });
      return Object.assign(emulator, { calls: [emulator.url] });
    },
    again: [{ kind: 'error', status: 429, code: 471 }, { kind: 'error', code: 1014 }, { kind: 'error', code: 131056 }],
    never: { kind: 'error', code: 1013 },
    later: { kind: 'fail-later', code: 131026 },
  },
};

const echo = defineAgent({
  name: 'echo', title: 'Echo', contract: 1, settings: Type.Object({}),
  respond: async ({ messages }) => ({ messages: messages.map(({ text }) => ({ kind: 'text' as const, text: `echo: ${text}` })), why: 'It echoes.' }),
});

type Log = Context<unknown>['log'];

export interface Line {
  bot: Bot;
  emulator: Emulator;
  /** Until nothing is on its way on either side. */
  quiet(): Promise<void>;
}

/** @param deadlineMs the longest that a call may take, so that one that hangs holds up no test; core's own unless told */
export async function openLine(t: Test, { channel, account, start }: Provider, { deadlineMs = Infinity, log }: { deadlineMs?: number; log?: Log } = {}): Promise<Line> {
  const made: { bot?: Bot } = {};
  const door = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      const query = new URL(request.url ?? '', 'http://localhost').search.slice(1);
      void (made.bot?.deliver({ method: request.method ?? '', query, headers, body: Buffer.concat(chunks) }) ?? Promise.resolve({})).then((said) => response.writeHead('accepted' in said ? 200 : 503).end());
    });
  });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  const address = door.address();
  const at = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  const emulator = await start(at);
  const outbound = createOutbound({ allowedOrigins: [...emulator.calls] });
  // The emulator gives settings that its own plugin takes.
  const channelSettings: Record<string, Json> = JSON.parse(JSON.stringify(emulator.settings));
  const caller = { origins: new Set(channel.origins?.(channelSettings)), secrets: [] };
  const bot = await createBot({
    inRealTime: true, channel, account, agent: echo, channelSettings, ...(log && { log }),
    fetch: (url, init = {}) => outbound.call(url, { ...init, ...(deadlineMs < Infinity && { timeoutMs: Math.min(init.timeoutMs ?? deadlineMs, deadlineMs) }) }, caller),
    download: (url, init = {}) => outbound.download(url, init, caller),
  });
  made.bot = bot;
  emulator.told?.(bot.webhookKey);
  t.teardown(async () => {
    await emulator.close();
    await bot.close();
    await outbound.close();
    door.closeAllConnections();
    await new Promise((done) => door.close(done));
  });
  return {
    bot, emulator,
    async quiet() {
      for (let still = 0; still < 2; still += 1) {
        await bot.quiet();
        await emulator.idle();
      }
      await bot.quiet();
    },
  };
}
