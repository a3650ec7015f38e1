/** Which request each idempotency key stood for, in memory: that a key makes one message, whatever happens, is the database's business. */

interface KeysUsed {
  get(key: string): string | undefined;
  set(key: string, print: string): void;
}

const most = 10_000;

export function createKeysUsed(): KeysUsed {
  const prints = new Map<string, string>();
  return {
    get: (key) => prints.get(key),
    set(key, print) {
      prints.delete(key);
      prints.set(key, print);
      const [oldest] = prints.keys();
      if (prints.size > most && oldest !== undefined) prints.delete(oldest);
    },
  };
}
