/**
 * Lets so many through at once per connection, in order of arrival: a provider that hangs holds up its own connection only.
 * It also knows which connections hang, so that those who wait there are not counted as work.
 */
export interface Turnstile {
  <T>(key: string, work: () => Promise<T>): Promise<T>;
  /** True where all places are taken, the first of them for long, and as many again wait already. */
  jammed(key: string): boolean;
  /** How many are inside or wait where the first has been inside for long. */
  stuck(): number;
}

/** Longer inside than any provider that works takes. */
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
      let sum = 0;
      for (const gate of gates.values()) if (hangs(gate)) sum += gate.inside.size + gate.queue.length;
      return sum;
    },
  });
}
