/** A plugin's answer, waited for so long and no longer. */
import { NotSent, Silence } from '../errors.ts';
import type { Context } from '../plugin/contract/context.ts';

/** Whether a call left this machine while a plugin was asked: before that its own mistakes are harmless. */
export interface Trace {
  left: boolean;
}

/**
 * Asks a plugin, and ends its world when the time is over: the signal aborts, and nothing it was still about to do gets out. What
 * it was asked for is asked again by then, and must not happen twice.
 * @throws NotSent when it is late and no call of it has left, Silence when one has
 */
export async function inTime<S, T>(ms: number, context: Context<S>, ask: (context: Context<S>) => Promise<T> | undefined, trace: Trace = { left: false }): Promise<T | undefined> {
  const end = new AbortController();
  const over = () => Promise.reject(new NotSent('The time of this call is over; nothing leaves any more.'));
  const bounded: Context<S> = {
    ...context,
    signal: end.signal,
    fetch: (...args) => {
      if (end.signal.aborted) return over();
      trace.left = true;
      return context.fetch(...args);
    },
    download: (...args) => (end.signal.aborted ? over() : context.download(...args)),
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const said = `The plugin did not come back within ${ms / 1000} s.`;
      const error = trace.left ? new Silence(said) : new NotSent(said);
      reject(error);
      end.abort(error);
    }, ms);
  });
  try {
    return await Promise.race([ask(bounded), late]);
  } finally {
    clearTimeout(timer);
  }
}
