/** Messages of one conversation go to the provider, one at a time, in order, each exactly once as far as anybody can know. */
import { leaseMs, type HeldLane } from '../queue/queue.ts';
import type { Breaker } from '../queue/breaker.ts';
import type { Turnstile } from '../queue/turnstile.ts';
import type { Runtime } from '../runtime.ts';
import { callProvider, find, prepare } from './ask-provider.ts';
import { payloadOf, sending, type Item, type Sending } from './sending.ts';
import { settleSends, wordOf, type Outcome } from './settle.ts';

/** Where sends of a connection take their turn; files on their way up have places of their own, so that a text never waits for one. */
export interface Turns {
  sends: Turnstile;
  prepares: Turnstile;
  breaker: Breaker;
  stopping(): boolean;
}

/**
 * stopped: told so before it came to a job's turn; jammed: enough files wait on this connection already; a time: the provider is
 * silent, and the lane is worth a look after so many milliseconds. In each the lane is still ours, and to be given back.
 */
export async function runSends(runtime: Runtime, lane: HeldLane, turns: Turns): Promise<'over' | 'stopped' | 'jammed' | number> {
  const { prepares, stopping } = turns;
  for (const [n, job] of lane.jobs.entries()) {
    const last = n === lane.jobs.length - 1;
    const { connection } = payloadOf(job);
    let next = await inTurn(turns, connection, () => sendOne(runtime, turns, { lane, job, last }));
    if (typeof next === 'object') {
      const start = next;
      if (prepares.jammed(connection)) return 'jammed';
      const prepared = await prepares(connection, async () => (stopping() ? 'stopped' : prepare(runtime, start)));
      if (prepared === 'stopped') return prepared;
      next = 'retry' in prepared
        ? await settleSends(runtime, { lane, job, message: start.message, outcome: prepared, last })
        : await inTurn(turns, connection, () => sendOne(runtime, turns, { lane, job, last, prepared: prepared.done }));
    }
    if (next === 'stopped' || typeof next === 'number') return next;
    if (next !== true || last) return 'over';
  }
  return 'over';
}

/** While the provider is silent, who may ask whether it answers again waits for no place: those who hang have them. */
function inTurn<T>({ sends, breaker, stopping }: Turns, connection: string, work: () => Promise<T>): Promise<T | 'stopped' | number> {
  const enter = async () => (stopping() ? 'stopped' : (breaker.waitMs(connection) ?? work()));
  return breaker.isOpen(connection) ? enter() : sends(connection, enter);
}

/** True when the lane is still ours and its next job may run; what must be prepared first comes back as what to prepare. */
async function sendOne(runtime: Runtime, { breaker }: Pick<Turns, 'breaker'>, item: Omit<Item, 'runtime'>): Promise<boolean | Sending> {
  const { lane, job, last } = item;
  let start = await runtime.commit.add(sending, { runtime, ...item });
  if (start.kind === 'find') {
    const found = await find(runtime, start);
    if (found) return settleSends(runtime, { lane, job, message: start.message, outcome: found, last });
    start = await runtime.commit.add(sending, { runtime, ...item, asked: true });
  }
  if (start.kind === 'prepare') return start;
  if (start.kind !== 'send') return start.kind === 'done' && !last;
  runtime.at('before-send');
  const ended = breaker.called(start.message.connectionId);
  const outcome = stoodStill(runtime, start) ? { notSent: 'The process stood still before it sent this message.' } : await callProvider(start);
  ended(answered(outcome));
  runtime.at('after-send');
  runtime.metrics.send(wordOf(outcome));
  const goOn = await settleSends(runtime, { lane, job, message: start.message, outcome, last });
  runtime.at('after-mark');
  return goOn;
}

/** Suspended, or stopped, for as long as a lane is left to who falls silent: another replica may have sent it by now. */
const stoodStill = ({ clock }: Runtime, { at }: Sending) => clock.now() - at > leaseMs;

/** Undefined where nothing reached the provider: its address, or the plugin's own mistake, is tried again by each message for itself. */
function answered(outcome: Outcome): boolean | undefined {
  if ('notSent' in outcome || 'broken' in outcome) return undefined;
  return !('silence' in outcome);
}
