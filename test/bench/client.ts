/** The load client: the same for every server. Plain node:http over kept connections, in a process of its own. */
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { messageBody, now, serve, signatureOf, statusBody, statuses, type ClientOrder, type Load, type LoadResult } from './wire.ts';

serve<ClientOrder>((order) => (order.do === 'load' ? load(order) : first(order.url, order.message)));

/** Returns the moment of the first 200. */
async function first(url: string, message: number): Promise<number> {
  const post = poster(url, 1);
  for (;;) {
    const code = await post(messageBody(message));
    if (code === 200) return now();
    await pause(2);
  }
}

async function load(order: Load): Promise<LoadResult> {
  const book = new Book(order);
  if (order.perSecond === undefined) await closedLoop(order, book);
  else await openLoop(order, order.perSecond, book);
  return book.result();
}

async function closedLoop({ url, connections = 1, ms }: Load, book: Book): Promise<void> {
  const post = poster(url, connections);
  const until = now() + ms;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (now() < until) {
        const due = now();
        const webhook = book.next(due);
        book.note(webhook, due, await post(webhook.body));
      }
    }),
  );
}

/** Webhooks fall due by the clock alone, so a server that stalls is charged for all that fell due meanwhile. */
async function openLoop({ url, ms }: Load, perSecond: number, book: Book): Promise<void> {
  // More would be opened all at once by the first pause of a server, and the storm of handshakes measured instead of it.
  const post = poster(url, 64);
  const start = now();
  const count = Math.round((ms * perSecond) / 1000);
  const under: Promise<void>[] = [];
  for (let n = 0; n < count; ) {
    for (const due = Math.min(count, Math.floor(((now() - start) * perSecond) / 1000) + 1); n < due; n++) {
      const at = start + (n * 1000) / perSecond;
      const webhook = book.next(at);
      under.push(post(webhook.body).then((code) => book.note(webhook, at, code)));
    }
    await pause(1);
  }
  await Promise.all(under);
}

type Outcome = number | string;

function poster(url: string, connections: number): (body: Buffer) => Promise<Outcome> {
  const { hostname, port, pathname } = new URL(url);
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return (body) =>
    new Promise((resolve) => {
      const headers = { 'content-type': 'application/json', 'content-length': body.length, 'user-agent': 'facebookexternalua', 'x-hub-signature-256': signatureOf(body) };
      const sending = request({ agent, host: hostname, port, path: pathname, method: 'POST', headers, timeout: 30_000 }, (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode ?? 0));
        answer.on('error', () => resolve('cut off'));
      });
      sending.on('timeout', () => sending.destroy(Object.assign(new Error('no answer'), { code: 'no answer within 30 s' })));
      sending.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'broken'));
      sending.end(body);
    });
}

interface Webhook {
  body: Buffer;
  /** Undefined for a status. */
  message: number | undefined;
}

/** What was sent and what became of it. */
class Book {
  readonly #order: Load;
  readonly #due: number[] = [];
  readonly #accepted: number[] = [];
  readonly #took: number[] = [];
  readonly #refused: Record<string, number> = {};
  readonly #started = now();
  #webhooks = 0;
  #statuses = 0;
  #ended = 0;

  constructor(order: Load) {
    this.#order = order;
  }

  next(due: number): Webhook {
    const { firstMessage, statusesPerMessage = 0, sent = [] } = this.#order;
    const turn = this.#webhooks++ % (statusesPerMessage + 1);
    if (turn < statusesPerMessage) {
      // One message after the other goes through its three states, as it would at Meta.
      const at = this.#statuses++;
      const of = sent[Math.floor(at / statuses.length) % sent.length];
      const status = statuses[at % statuses.length];
      if (of && status) return { body: statusBody(of, status), message: undefined };
    }
    const message = this.#due.push(due) - 1;
    return { body: messageBody(firstMessage + message), message };
  }

  note({ message }: Webhook, due: number, outcome: Outcome): void {
    this.#ended = now();
    if (typeof outcome === 'string' || outcome < 200 || outcome > 299) {
      this.#refused[outcome] = (this.#refused[outcome] ?? 0) + 1;
      return;
    }
    this.#took.push(this.#ended - due);
    if (message !== undefined) this.#accepted.push(message);
  }

  result(): LoadResult {
    const took = Float64Array.from(this.#took).sort();
    const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? NaN;
    const acceptedMessages = new Uint8Array(this.#due.length);
    for (const message of this.#accepted) acceptedMessages[message] = 1;
    return {
      webhooks: this.#webhooks,
      accepted: took.length,
      refused: this.#refused,
      seconds: (this.#ended - this.#started) / 1000,
      p50: at(0.5), p99: at(0.99), max: took.at(-1) ?? NaN,
      over250: took.filter((ms) => ms > 250).length,
      due: Float64Array.from(this.#due),
      acceptedMessages,
    };
  }
}
