/** The measurements. Each drives one server that runs, with the one client and the one provider. */
import { setTimeout as pause } from 'node:timers/promises';
import { cpuMs, peakMb, type Helper } from './processes.ts';
import type { Running } from './subjects.ts';
import { now, type ClientOrder, type LoadResult, type Load, type ProviderOrder, type Replies, type SentMessage } from './wire.ts';

export interface Tools {
  client: Helper<ClientOrder>;
  provider: Helper<ProviderOrder>;
  /** Messages are numbered through the whole run, so that no two replies can be mistaken. */
  nextMessage: number;
}

export type Loaded = LoadResult & {
  firstMessage: number;
  began: number;
  peak: number;
  /** Processor milliseconds of the server for each thousand webhooks, replies included. */
  cpuPerThousand: number;
};

type Form = Omit<Load, 'do' | 'url' | 'firstMessage'>;

export async function loadOn(tools: Tools, server: Running, form: Form): Promise<Loaded> {
  const firstMessage = tools.nextMessage;
  const began = now();
  const cpu = cpuMs(server.pid);
  const { result, peak } = await peakMb(server.pid, tools.client.ask<LoadResult>({ do: 'load', url: server.webhookUrl, firstMessage, ...form }));
  tools.nextMessage += result.due.length;
  return { ...result, firstMessage, began, peak, cpuPerThousand: ((cpuMs(server.pid) - cpu) / result.webhooks) * 1000 };
}

export interface Answered {
  replies: number;
  /** From the first webhook to the last reply. */
  perSecond: number;
  /** From due to the provider having the reply, in milliseconds. */
  p50: number;
  p99: number;
  /** Accepted but never answered. */
  lost: number;
  twice: number;
  drainedAfter: number;
}

/** Waits until every accepted message has its reply, or nothing came for `patienceMs`. */
export async function drained(tools: Tools, loads: readonly Loaded[], patienceMs = 5_000): Promise<Answered> {
  const ended = now();
  const wanted = loads.reduce((sum, { acceptedMessages }) => sum + acceptedMessages.reduce((a, b) => a + b, 0), 0);
  let found = await answeredOf(tools, loads);
  let progress = now();
  while (found.replies < wanted && now() - progress < patienceMs) {
    await pause(100);
    const next = await answeredOf(tools, loads);
    if (next.replies > found.replies) progress = now();
    found = next;
  }
  // A second reply would come late.
  await pause(300);
  return { ...(await answeredOf(tools, loads)), drainedAfter: (found.last - ended) / 1000 };
}

async function answeredOf({ provider }: Tools, loads: readonly Loaded[]): Promise<Answered & { last: number }> {
  const took: number[] = [];
  let lost = 0;
  let twice = 0;
  let last = 0;
  for (const { firstMessage, due, acceptedMessages } of loads) {
    const { at, times } = await provider.ask<Replies>({ do: 'replies', firstMessage, count: due.length });
    for (const [n, accepted] of acceptedMessages.entries()) {
      const replied = at[n] ?? 0;
      if (replied === 0) lost += accepted;
      else took.push(replied - (due[n] ?? 0));
      if ((times[n] ?? 0) > 1) twice++;
      last = Math.max(last, replied);
    }
  }
  took.sort((a, b) => a - b);
  const share = (of: number) => took[Math.min(took.length - 1, Math.floor(took.length * of))] ?? NaN;
  const began = Math.min(...loads.map((load) => load.began));
  return { replies: took.length, perSecond: (took.length / (last - began)) * 1000, p50: share(0.5), p99: share(0.99), lost, twice, drainedAfter: 0, last };
}

/** From the start of the process to the first webhook that is accepted, in milliseconds. */
export async function startMs(tools: Tools, start: () => Promise<Running>): Promise<{ server: Running; ms: number }> {
  const began = now();
  const server = await start();
  const message = tools.nextMessage++;
  const dead = server.ended.then(() => {
    throw new Error('the server ended before it accepted a webhook');
  });
  const at = await Promise.race([tools.client.ask<number>({ do: 'first', url: server.webhookUrl, message }), dead]);
  return { server, ms: at - began };
}

/** The event loop's delay since it was last asked, p99 in milliseconds. Node samples every 10 ms, and those 10 ms are in it. */
export async function loopDelayMs(server: Running): Promise<number> {
  const answer = await fetch(`${server.url}/metrics`);
  return Number(/^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(await answer.text())?.[1] ?? NaN) * 1000;
}

/** Messages that the provider was sent: what it can report statuses of. */
export function sentMessages({ provider }: Tools): Promise<SentMessage[]> {
  return provider.ask<SentMessage[]>({ do: 'sent' });
}
