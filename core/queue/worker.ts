/** The only loop: takes lanes that are due, runs them side by side, sleeps until the next is due or somebody wakes it. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Step } from '../db/commit.ts';
import type { Sql } from '../db/sql.ts';
import { uuid } from '../ids.ts';
import { runMedia } from '../pipeline/media.ts';
import { runMerges } from '../pipeline/merge.ts';
import { runSends } from '../pipeline/send.ts';
import { gateOf } from '../pipeline/sending.ts';
import { runTemplates } from '../pipeline/templates.ts';
import { runTurns } from '../pipeline/turn.ts';
import { processDeliveries } from '../pipeline/process.ts';
import type { Runtime } from '../runtime.ts';
import { backoffMs, bury, claim, jobsOf, leaseMs, makeReady, nextDue, postpone, release, renew, startWaiting, stillHeld, type HeldLane } from './queue.ts';
import { createBreaker } from './breaker.ts';
import { followClock } from './clock-set.ts';
import { createTurnstile } from './turnstile.ts';

export interface Worker {
  start(): void;
  wake(): void;
  fence(): string | undefined;
  take(held: readonly HeldLane[]): void;
  /** Lanes at work now. */
  readonly running: number;
  /** Takes nothing more, finishes the job in hand, keeps the rest; resolves at the latest after `withinMs`. */
  stop(withinMs: number): Promise<void>;
}

export interface WorkerOptions {
  /** Lanes at work at once; most of them only wait for an agent or a provider. */
  lanes: number;
  /** Below this many lanes at work, what is written here is worked on here at once. */
  holds: number;
  /** On one connection. */
  sendsAtOnce: number;
  /** Of one agent. */
  turnsAtOnce: number;
  /** Longest sleep: how late another process's work is found when nobody tells of it. */
  sleepMs: number;
}

/** At least so long between two looks for work: a lane that is due but held elsewhere must not make the worker spin. */
const momentMs = 5;
/** Media under way at once, of a connection. */
const fetchesAtOnce = 4;
/** Files on their way up at once, of a connection; they take no place of a send's. */
const preparesAtOnce = 4;
/** When a lane is looked at again whose connection hangs and has enough that wait already. */
const jamMs = 10_000;

export function createWorker(runtimeOf: () => Runtime, options: WorkerOptions): Worker {
  const active = new Set<Promise<void>>();
  const fences = new Map<string, number>();
  const sends = createTurnstile(options.sendsAtOnce);
  const breaker = createBreaker((connection, open) => {
    if (open) runtimeOf().log.warn({ connection }, 'the provider does not answer: what is to be sent waits, and one message every second and a half asks again');
    else runtimeOf().log.info({ connection }, 'the provider answers again: what waited goes on');
  });
  const turns = createTurnstile(options.turnsAtOnce);
  const prepares = createTurnstile(preparesAtOnce);
  /** Media take no room from messages: their lanes are few, and are not counted with the others. */
  const fetching = new Set<Promise<void>>();
  const fetches = createTurnstile(fetchesAtOnce);
  const noMoreFetches = new AbortController();
  let stopping = false;
  let looping: Promise<void> | undefined;
  let wakeUp: (() => void) | undefined;
  let woken = false;
  let renewal: NodeJS.Timeout | undefined;
  let sweep: NodeJS.Timeout | undefined;
  let unfollow = () => {};

  async function loop(): Promise<void> {
    const runtime = runtimeOf();
    while (!stopping) {
      woken = false;
      const room = Math.min(options.lanes - atWork(), 200);
      try {
        const held = room > 0 ? await runtime.commit.add(claimed, { runtime, room }) : [];
        take(held);
        if (held.length > 0 && held.length === room) continue;
        // What becomes due within a moment is taken together: each lane that ends wakes this loop.
        await Promise.all([sleep(await untilDue(runtime)), pause(momentMs)]);
      } catch (error) {
        runtime.log.error({ err: error }, 'the worker could not look for work');
        await sleep(250);
      }
    }
  }

  /** Lanes that wait for a provider or an agent that is slow take no room from the others. */
  const atWork = () => (active.size < Math.min(options.lanes, options.holds) ? active.size : active.size - sends.stuck() - turns.stuck() - prepares.stuck());

  async function untilDue(runtime: Runtime): Promise<number> {
    // Full, but what fills it may turn out to be somebody who hangs.
    if (atWork() >= options.lanes) return Math.min(options.sleepMs, 250);
    const due = await runtime.db.read(nextDue);
    return due === null ? options.sleepMs : Math.min(Math.max(due - runtime.clock.now(), 0), options.sleepMs);
  }

  function sleep(ms: number): Promise<void> {
    if (woken || stopping) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  function wake(): void {
    woken = true;
    wakeUp?.();
  }

  function take(held: readonly HeldLane[]): void {
    for (const lane of held) {
      fences.set(lane.fence, (fences.get(lane.fence) ?? 0) + 1);
      const among = lane.lane.startsWith('media:') ? fetching : active;
      const work: Promise<void> = run(lane).finally(() => {
        among.delete(work);
        const left = (fences.get(lane.fence) ?? 1) - 1;
        if (left === 0) fences.delete(lane.fence);
        else fences.set(lane.fence, left);
        if (atWork() === options.lanes - 1) wake();
      });
      among.add(work);
    }
  }

  async function run(lane: HeldLane): Promise<void> {
    const runtime = runtimeOf();
    try {
      const [kind, id = ''] = lane.lane.split(':', 2);
      if (stopping) await giveBack(runtime, lane);
      else if (kind === 'connection') await processDeliveries(runtime, lane, id, () => stopping);
      else if (lane.jobs.length === 0) await giveBack(runtime, lane);
      else if (kind === 'turn') await runTurns(runtime, lane, turns);
      else if (kind === 'media') await ((await runMedia(runtime, lane, fetches, noMoreFetches.signal)) || giveBack(runtime, lane));
      else if (kind === 'merge') await runMerges(runtime, lane);
      else if (kind === 'templates') await runTemplates(runtime, lane);
      else await send(runtime, lane);
    } catch (error) {
      runtime.log.error({ err: error, lane: lane.lane }, 'a lane failed; it is tried again');
      await runtime.commit.add(failed, { lane, error: error instanceof Error ? error.message : String(error), now: runtime.clock.now() }).catch((reason: unknown) => runtime.log.error({ err: reason, lane: lane.lane }, 'a lane could not be given back; its lease will end'));
    }
    wake();
  }

  async function send(runtime: Runtime, lane: HeldLane): Promise<void> {
    const ended = sends.jammed(gateOf(lane)) ? 'jammed' : await runSends(runtime, lane, { sends, prepares, breaker, stopping: () => stopping });
    if (ended === 'jammed') await runtime.commit.add(putOff, { lane, until: runtime.clock.now() + jamMs * (0.5 + Math.random() / 2) });
    else if (typeof ended === 'number') await runtime.commit.add(putOff, { lane, until: runtime.clock.now() + ended });
    else if (ended === 'stopped') await giveBack(runtime, lane);
  }

  async function giveBack(runtime: Runtime, lane: HeldLane): Promise<void> {
    await runtime.commit.add(givenBack, lane);
  }

  return {
    start() {
      looping = loop();
      renewal = setInterval(() => {
        if (fences.size > 0) void runtimeOf().commit.add(renewed, [...fences.keys()]).catch(() => {});
      }, leaseMs / 3);
      sweep = setInterval(() => void startWhatRuns(runtimeOf()).catch(() => {}), leaseMs);
      unfollow = followClock(runtimeOf());
    },
    wake,
    fence: () => (stopping || atWork() >= options.holds ? undefined : uuid()),
    take,
    get running() {
      return active.size + fetching.size;
    },
    async stop(withinMs) {
      stopping = true;
      noMoreFetches.abort();
      wake();
      clearInterval(renewal);
      clearInterval(sweep);
      unfollow();
      let over = false;
      const late = pause(withinMs, undefined, { ref: false }).then(() => (over = true));
      await looping;
      // What ends may hand on lanes that its commit took: they are given back, and that is waited for too.
      while (active.size + fetching.size > 0 && !over) await Promise.race([Promise.all([...active, ...fetching]), late]);
    },
  };
}

/** What waits for a connection, number or agent that runs (started on another replica, or in the moment it was put off) goes on. */
export async function startWhatRuns(runtime: Runtime): Promise<void> {
  const rows = await runtime.db.read((sql) => sql.all<{ waiting_for: string }>('select distinct waiting_for from job where waiting_for is not null'));
  for (const { waiting_for } of rows) {
    const now = runtime.clock.now();
    const [kind, id = ''] = waiting_for.split(':', 2);
    if (mayGoOn(runtime, kind, id)) await runtime.db.write((sql) => startWaiting(sql, waiting_for, now));
    else if (kind === 'agent') await runtime.db.write((sql) => startUnplugged(sql, id, now));
    else continue;
    runtime.wake();
  }
}

/** What is gone will never be started: what waits for it is asked again, and refused and shown. */
function mayGoOn({ directory }: Runtime, kind: string | undefined, id: string): boolean {
  if (kind === 'connection') return (directory.connection(id)?.state ?? 'running') === 'running';
  if (kind === 'number') return directory.number(id)?.active ?? true;
  const agent = directory.agent(id);
  return agent?.state === 'running' && agent.agent !== undefined;
}

/** Turns that wait for an agent that no longer answers their number: it was unplugged in the moment they were put off. */
async function startUnplugged(sql: Sql, agentId: string, now: number): Promise<void> {
  const rows = await sql.all<{ lane: string }>(
    'update job set waiting_for = null, ready_at = ? where waiting_for = ? and not exists (select 1 from conversation v join binding b on b.number_id = v.number_id and b.inbound where v.id = job.ref and b.agent_id = ?) returning lane',
    [now, `agent:${agentId}`, agentId],
  );
  await makeReady(sql, new Map(rows.map(({ lane }) => [lane, now])));
}

const claimed: Step<{ runtime: Runtime; room: number }, HeldLane[]> = {
  name: 'claimed',
  patienceMs: 0,
  async write(sql, items) {
    const results: HeldLane[][] = [];
    for (const { runtime, room } of items) {
      const { fence, lanes } = await claim(sql, room, runtime.clock.now());
      const jobs = lanes.length > 0 ? await jobsOf(sql, lanes) : [];
      const of = new Map<string, HeldLane>(lanes.map((lane) => [lane, { lane, fence, jobs: [] }]));
      for (const job of jobs) of.get(job.lane)?.jobs.push(job);
      for (const lane of of.values()) lane.jobs = runnable(lane.jobs, runtime.clock.now());
      results.push([...of.values()]);
    }
    return results;
  },
};

/** The jobs up to the first that must wait; turns are one turn, however many asked for it. */
function runnable(jobs: HeldLane['jobs'], now: number): HeldLane['jobs'] {
  const first = jobs.findIndex((job) => job.waiting_for !== null || (job.kind !== 'turn' && job.ready_at > now));
  return first === -1 ? jobs : jobs.slice(0, first);
}

const renewed: Step<string[], void> = {
  name: 'renewed',
  patienceMs: 0,
  async write(sql, items) {
    await renew(sql, items.flat());
    return items.map(() => undefined);
  },
};

const putOff: Step<{ lane: HeldLane; until: number }, void> = {
  name: 'put-off',
  patienceMs: Infinity,
  async write(sql, items) {
    const held = await stillHeld(sql, items.map((item) => item.lane));
    for (const { lane, until } of items) {
      if (held.has(lane.lane)) await sql.run('update lane set locked_until = 0, fence = null, ready_at = ? where key = ?', [Math.round(until), lane.lane]);
    }
    return items.map(() => undefined);
  },
};

const triesBeforeBurial = 5;

/** What failed in a way that no step foresaw: its first job is tried a few times with growing pauses, then put aside where people see it. */
const failed: Step<{ lane: HeldLane; error: string; now: number }, void> = {
  name: 'lane-failed',
  patienceMs: Infinity,
  async write(sql, items) {
    const held = await stillHeld(sql, items.map((item) => item.lane));
    const ours = items.filter((item) => held.has(item.lane.lane));
    for (const { lane, error, now } of ours) {
      const [job] = lane.jobs;
      const attempts = (job?.attempts ?? 0) + 1;
      if (!job) await sql.run('update lane set locked_until = 0, fence = null, ready_at = ? where key = ?', [now + backoffMs(1), lane.lane]);
      else if (attempts < triesBeforeBurial) await postpone(sql, [{ id: job.id, readyAt: now + backoffMs(attempts), attempts, error: error.slice(0, 500) }]);
      else await bury(sql, [{ id: job.id, attempts, error: error.slice(0, 500) }], now);
    }
    await release(sql, ours.flatMap(({ lane }) => (lane.jobs.length > 0 ? [lane.lane] : [])));
    return items.map(() => undefined);
  },
};

const givenBack: Step<HeldLane, void> = {
  name: 'lane-given-back',
  patienceMs: Infinity,
  async write(sql, items) {
    const held = await stillHeld(sql, items);
    const lanes = items.map((item) => item.lane).filter((lane) => held.has(lane));
    await release(sql, lanes.filter((lane) => !lane.startsWith('connection:')));
    const deliveries = lanes.filter((lane) => lane.startsWith('connection:'));
    for (const lane of deliveries) await sql.run('update lane set locked_until = 0, fence = null where key = ?', [lane]);
    return items.map(() => undefined);
  },
};
