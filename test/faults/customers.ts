/** People who write, through a provider that delivers what they wrote until it is told 200; and what became of it. */
import { createHmac } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import type { AcceptedMessage } from '../../plugins/meta-cloud/emulator.ts';

export interface Written {
  text: string;
  from: string;
  account: string;
  wamid: string;
  firstPosted: number;
  /** When it was told 200. */
  taken?: number;
}

interface Counts {
  ok: number;
  unavailable: number;
  /** Refused connections, resets: the process was not there. */
  unanswered: number;
  other: number;
}

export interface Customers {
  written: Map<string, Written>;
  counts: Counts;
  /** The longest that an answer took, whatever it was, in milliseconds. */
  slowest(status?: number): number;
  /** Writes so many a second until told to stop. */
  write(perSecond: number): { stop(): void };
  /** One message each, at once. */
  say(texts: readonly string[], from?: string): Promise<void>;
  /** What to post to from now on; several are served by turns. */
  setUrls(...urls: string[]): void;
  /** Resolves when all that was written was told 200. */
  allTaken(withinMs?: number): Promise<void>;
  close(): Promise<void>;
}

interface Options {
  appSecret: string;
  accounts: readonly string[];
  senders?: number;
  /** How long a provider waits before it delivers again: so long, then twice as long, up to two seconds. */
  againMs?: number;
  prefix?: string;
}

const longestAgainMs = 2_000;
const mostUntaken = 2_000;

let runs = 0;

export function createCustomers({ appSecret, accounts, senders = 800, againMs = 200, prefix = `m${++runs}` }: Options): Customers {
  const written = new Map<string, Written>();
  const counts: Counts = { ok: 0, unavailable: 0, unanswered: 0, other: 0 };
  const slowest = new Map<number, number>();
  let targets: { pool: Pool; path: string }[] = [];
  let old: Pool[] = [];
  let closed = false;
  let untaken = 0;
  let n = 0;
  let turn = 0;

  function make(text: string, from: string): Written {
    const one: Written = { text, from, account: accounts[Number(from.slice(-4)) % accounts.length] ?? '', wamid: `wamid.${text}`, firstPosted: performance.now() };
    written.set(text, one);
    untaken++;
    return one;
  }

  async function deliver(one: Written): Promise<void> {
    const body = Buffer.from(webhookOf(one));
    const headers = { 'content-type': 'application/json', 'x-hub-signature-256': signature(appSecret, body) };
    for (let wait = againMs; !closed; wait = Math.min(wait * 2, longestAgainMs)) {
      const target = targets[turn++ % targets.length];
      if (target && (await post(target, body, headers)) === 200) {
        one.taken = performance.now();
        untaken--;
        return;
      }
      await pause(wait);
    }
  }

  async function post({ pool, path }: { pool: Pool; path: string }, body: Buffer, headers: Record<string, string>): Promise<number | undefined> {
    const since = performance.now();
    try {
      const answer = await pool.request({ method: 'POST', path, headers, body, headersTimeout: 30_000 });
      await answer.body.dump();
      const status = answer.statusCode;
      slowest.set(status, Math.max(slowest.get(status) ?? 0, performance.now() - since));
      counts[status === 200 ? 'ok' : status === 503 ? 'unavailable' : 'other']++;
      return status;
    } catch {
      counts.unanswered++;
      return undefined;
    }
  }

  return {
    written,
    counts,
    slowest: (status) => (status === undefined ? Math.max(0, ...slowest.values()) : (slowest.get(status) ?? 0)),
    write(perSecond) {
      const since = performance.now();
      let done = 0;
      const timer = setInterval(() => {
        for (const due = Math.floor(((performance.now() - since) / 1000) * perSecond); done < due; done++) {
          // Where nothing is taken for long (a machine with too much to do) the load must not become another one.
          if (untaken >= mostUntaken) continue;
          const k = n++;
          void deliver(make(`${prefix}-${k}`, `62812${String(k % senders).padStart(7, '0')}`));
        }
      }, 10);
      return { stop: () => clearInterval(timer) };
    },
    async say(texts, from) {
      await Promise.all(texts.map((text) => deliver(make(text, from ?? `62813${String(n++ % senders).padStart(7, '0')}`))));
    },
    setUrls(...urls) {
      old.push(...targets.map(({ pool }) => pool));
      targets = urls.map((url) => ({ pool: new Pool(new URL(url).origin, { connections: 256, pipelining: 1 }), path: new URL(url).pathname }));
    },
    async allTaken(withinMs = 300_000) {
      const end = performance.now() + withinMs;
      while (untaken > 0) {
        if (performance.now() > end) throw new Error(`${untaken} messages were not taken within ${withinMs / 1000} s`);
        await pause(20);
      }
    },
    async close() {
      closed = true;
      await Promise.all([...old, ...targets.map(({ pool }) => pool)].map((pool) => pool.destroy()));
      old = [];
    },
  };
}

export function signature(appSecret: string, body: Buffer | string): string {
  return `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}`;
}

export function webhookOf({ text, from, account, wamid }: Pick<Written, 'text' | 'from' | 'account' | 'wamid'>): string {
  return JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [{
      id: '102000000000001',
      changes: [{
        field: 'messages',
        value: {
          messaging_product: 'whatsapp',
          metadata: { display_phone_number: '628110000001', phone_number_id: account },
          contacts: [{ profile: { name: `Customer ${from.slice(-4)}` }, wa_id: from }],
          messages: [{ from, id: wamid, timestamp: String(Math.floor(Date.now() / 1000)), type: 'text', text: { body: text } }],
        },
      }],
    }],
  });
}

export interface Reckoning {
  written: number;
  /** Told 200, and never answered. */
  lost: string[];
  /** Answered more than once. */
  twice: string[];
  /** Answered before something that the same person was told 200 for before this was even written. */
  outOfOrder: string[];
  /** Sent, though nobody wrote it. */
  strange: string[];
}

/** Compares what people wrote with what reached them. */
export function reckon(written: ReadonlyMap<string, Written>, sent: readonly AcceptedMessage[]): Reckoning {
  const times = new Map<string, number>();
  const order = new Map<string, Written[]>();
  const strange: string[] = [];
  for (const { text = '' } of sent) {
    const one = written.get(text.replace(/^echo: /, ''));
    if (!one) {
      strange.push(text);
      continue;
    }
    times.set(one.text, (times.get(one.text) ?? 0) + 1);
    if (times.get(one.text) === 1) order.set(one.from, [...(order.get(one.from) ?? []), one]);
  }
  const all = [...written.values()];
  return {
    written: all.length,
    lost: all.filter((one) => one.taken !== undefined && !times.has(one.text)).map((one) => one.text),
    twice: [...times].filter(([, count]) => count > 1).map(([text]) => text),
    outOfOrder: [...order.values()].flatMap((answered) => answered.filter((one, at) => answered.slice(at + 1).some((later) => (later.taken ?? Infinity) < one.firstPosted)).map((one) => one.text)),
    strange,
  };
}
