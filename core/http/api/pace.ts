/** Buckets that fill at an even pace: so much at once, so much a second. In memory, for one process. */
import { SwitchboardError } from '../../errors.ts';
import type { Clock } from '../../runtime.ts';

export class TooMany extends SwitchboardError {
  readonly retryAfterMs: number;
  constructor(retryAfterMs: number) {
    super('RATE_LIMITED');
    this.retryAfterMs = retryAfterMs;
  }
}

interface Buckets {
  /** Takes one; 0, or the milliseconds until there is one again. */
  take(key: string): number;
  /** The same without taking. */
  waitMs(key: string): number;
}

/** Keys that are remembered; those not asked for longest are forgotten, and begin with a full bucket again. */
const mostKeys = 10_000;

export function createBuckets({ burst, perSecond }: { burst: number; perSecond: number }, clock: Clock): Buckets {
  const buckets = new Map<string, { left: number; at: number }>();

  function filled(key: string): { left: number; at: number } {
    const now = clock.now();
    const bucket = buckets.get(key);
    return { left: bucket ? Math.min(burst, bucket.left + (Math.max(0, now - bucket.at) / 1_000) * perSecond) : burst, at: now };
  }
  const wait = (left: number) => (left >= 1 ? 0 : Math.ceil(((1 - left) / perSecond) * 1_000));

  return {
    take(key) {
      const bucket = filled(key);
      const waitMs = wait(bucket.left);
      if (waitMs === 0) bucket.left -= 1;
      buckets.delete(key);
      buckets.set(key, bucket);
      const [oldest] = buckets.keys();
      if (buckets.size > mostKeys && oldest !== undefined) buckets.delete(oldest);
      return waitMs;
    },
    waitMs: (key) => wait(filled(key).left),
  };
}
