/** One line to each provider: its real plugin over real HTTP to its emulator, and a whole bot behind it whose clock runs, and moves on when told. */
import type { Test } from 'tap';
import { defineAgent, Type, type Channel, type Context } from '#plugin';
import * as coster from '../../plugins/coster/emulator.ts';
import costerChannel from '../../plugins/coster/index.ts';
import * as meta from '../../plugins/meta-cloud/emulator.ts';
import type { Fault } from '../../plugins/meta-cloud/emulator.ts';
import metaChannel from '../../plugins/meta-cloud/index.ts';
import * as qontak from '../../plugins/qontak/emulator.ts';
import qontakChannel from '../../plugins/qontak/index.ts';
import { providerAt } from '../../plugins/twilio/fixtures.ts';
import twilioChannel from '../../plugins/twilio/index.ts';
import { openLine, type Line, type Opposite } from '../line.ts';

/** What all emulators have alike. */
interface Emulator {
  url: string;
  settings: object;
  messages: readonly { to: string; text?: string }[];
  /** The latest calls. */
  requests: readonly { at: number }[];
  faults: { add(...faults: Fault[]): void; clear(): void };
  customer: { write(written: { from: string; text: string }): Promise<{ ok: boolean }> };
  idle(): Promise<void>;
  close(): Promise<void>;
}

export interface Provider {
  channel: Channel;
  account: string;
  start(door: string): Promise<Opposite<Emulator>>;
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
    start: async (door) => ({ emulator: await meta.startEmulator({ appSecret: 'sends-app-secret', accessToken: 'EAAsendsAccessToken1', verifyToken: 'sends-verify-token', webhookUrl: door, statuses }) }),
    again: [{ kind: 'error', status: 429, retryAfter: 2 }, { kind: 'error', code: 130429 }, { kind: 'error', code: 131056, retryAfter: 1 }, { kind: 'error', status: 500, code: 131000 }],
    never: { kind: 'error', code: 131026 },
    later: { kind: 'fail-later', code: 131026 },
  },
  twilio: {
    channel: twilioChannel,
    account: 'whatsapp:+14155550100',
    start: (door) => providerAt(door, { authToken: 'sends-auth-token', statuses }),
    again: [{ kind: 'error', code: 20429, retryAfter: 2 }, { kind: 'error', code: 63018 }, { kind: 'error', code: 21611 }],
    never: { kind: 'error', code: 21211 },
    later: { kind: 'fail-later', code: 63024 },
  },
  qontak: {
    channel: qontakChannel,
    account: 'b3a2ee0b-0000-4000-8000-000000000001',
    start: async (door) => ({ emulator: await qontak.startEmulator({ accessToken: 'tok_sends_0001', webhookUrl: door, statuses }) }),
    again: [{ kind: 'error', status: 429, retryAfter: 2 }],
    never: { kind: 'error', status: 422 },
    later: { kind: 'fail-later', code: 131026 },
  },
  coster: {
    channel: costerChannel,
    account: '628110000001',
    start: async (door) => ({ emulator: await coster.startEmulator({ accessToken: 'sends-coster-token', webhookUrl: door, webhookSecret: 'sends-coster-secret', statuses }) }),
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

/** @param deadlineMs the longest that a call may take; core's own unless told */
export function lineTo(t: Test, { channel, account, start }: Provider, more: { deadlineMs?: number; log?: Log } = {}): Promise<Line<Emulator>> {
  return openLine(t, start, { inRealTime: true, channel, account, agent: echo, ...more });
}
