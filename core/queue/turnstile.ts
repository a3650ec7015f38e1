/** Lets so many through at once per connection, in order of arrival: a provider that hangs holds up its own connection only. */
export type Turnstile = <T>(key: string, work: () => Promise<T>) => Promise<T>;

export function createTurnstile(atOnce: number): Turnstile {
  const gates = new Map<string, { inside: number; queue: (() => void)[] }>();
  return async (key, work) => {
    const gate = gates.get(key) ?? { inside: 0, queue: [] };
    gates.set(key, gate);
    // A place is handed over, not freed and fought for.
    if (gate.inside >= atOnce) await new Promise<void>((resolve) => gate.queue.push(resolve));
    else gate.inside++;
    try {
      return await work();
    } finally {
      const next = gate.queue.shift();
      if (next) next();
      else if (--gate.inside === 0) gates.delete(key);
    }
  };
}
