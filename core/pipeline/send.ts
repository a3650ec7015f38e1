/** Messages of one conversation go to the provider, one at a time, in order, each exactly once as far as anybody can know. */
import type { HeldLane } from '../queue/queue.ts';
import type { Turnstile } from '../queue/turnstile.ts';
import type { Runtime } from '../runtime.ts';
import { callProvider, find, prepare } from './ask-provider.ts';
import { payloadOf, sending, type Item, type Sending } from './sending.ts';
import { settleSends, wordOf } from './settle.ts';

/** Where sends of a connection take their turn; files on their way up have places of their own, so that a text never waits for one. */
export interface Turns {
  sends: Turnstile;
  prepares: Turnstile;
  stopping(): boolean;
}

/**
 * stopped: told so before it came to a job's turn; jammed: enough files wait on this connection already. In both the lane is still
 * ours, and to be given back.
 */
export async function runSends(runtime: Runtime, lane: HeldLane, { sends, prepares, stopping }: Turns): Promise<'over' | 'stopped' | 'jammed'> {
  for (const [n, job] of lane.jobs.entries()) {
    const last = n === lane.jobs.length - 1;
    const { connection } = payloadOf(job);
    let next = await sends(connection, async () => (stopping() ? 'stopped' : sendOne(runtime, { lane, job, last })));
    if (typeof next === 'object') {
      const start = next;
      if (prepares.jammed(connection)) return 'jammed';
      const prepared = await prepares(connection, async () => (stopping() ? 'stopped' : prepare(runtime, start)));
      if (prepared === 'stopped') return prepared;
      next = 'retry' in prepared
        ? await settleSends(runtime, { lane, job, message: start.message, outcome: prepared, last })
        : await sends(connection, async () => (stopping() ? 'stopped' : sendOne(runtime, { lane, job, last, prepared: prepared.done })));
    }
    if (next === 'stopped') return next;
    if (next !== true || last) return 'over';
  }
  return 'over';
}

/** True when the lane is still ours and its next job may run; what must be prepared first comes back as what to prepare. */
async function sendOne(runtime: Runtime, item: Omit<Item, 'runtime'>): Promise<boolean | Sending> {
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
  const outcome = await callProvider(start);
  runtime.at('after-send');
  runtime.metrics.send(wordOf(outcome));
  const goOn = await settleSends(runtime, { lane, job, message: start.message, outcome, last });
  runtime.at('after-mark');
  return goOn;
}
