/**
 * Lets so many through at once per connection or agent, in order of arrival: who hangs holds up their own only. It also knows
 * what has been inside for long, so that waiting for it is not counted as work.
 */
export interface Turnstile {
  <T>(key: string, work: () => Promise<T>): Promise<T>;
  /** True where all places are taken, the first of them for long, and as many again wait already. */
  jammed(key: string): boolean;
  /** How many have been inside for long, and how many wait for such. */
  stuck(): number;
}

/** Longer inside than a provider that works takes, or an agent in a hurry. */
const longMs = 2_000;

interface Gate {
  /** When each of those inside went in, the first first. */
  inside: Set<{ since: number }>;
  queue: (() => void)[];
}

export function createTurnstile(atOnce: number): Turnstile {
  const gates = new Map<string, Gate>();
  const hangs = ({ inside }: Gate) => {
    const [first] = inside;
    return first !== undefined && inside.size >= atOnce && performance.now() - first.since > longMs;
  };
  const enter = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const gate: Gate = gates.get(key) ?? { inside: new Set(), queue: [] };
    gates.set(key, gate);
    const place = { since: performance.now() };
    // A place is handed over, not freed and fought for: whoever leaves puts the next one's in.
    if (gate.inside.size >= atOnce) {
      await new Promise<void>((resolve) => {
        gate.queue.push(() => {
          place.since = performance.now();
          gate.inside.add(place);
          resolve();
        });
      });
    } else gate.inside.add(place);
    try {
      return await work();
    } finally {
      gate.inside.delete(place);
      gate.queue.shift()?.();
      if (gate.inside.size === 0) gates.delete(key);
    }
  };
  return Object.assign(enter, {
    jammed(key: string) {
      const gate = gates.get(key);
      return gate !== undefined && gate.queue.length >= atOnce && hangs(gate);
    },
    stuck() {
      const long = performance.now() - longMs;
      let sum = 0;
      for (const gate of gates.values()) {
        if (hangs(gate)) sum += gate.queue.length;
        for (const { since } of gate.inside) {
          if (since > long) break;
          sum++;
        }
      }
      return sum;
    },
  });
}
