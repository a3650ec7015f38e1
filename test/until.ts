import { setTimeout as pause } from 'node:timers/promises';

/**
 * Waits until `holds` does, and says what it waited for when it does not. What another process, a timer or a page brings about
 * is waited for with this: how long it takes is the machine's affair.
 */
export async function until(what: string, holds: () => boolean | Promise<boolean>, withinMs = 120_000, everyMs = 25): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${withinMs / 1000} s`);
    await pause(everyMs);
  }
}
