/**
 * What an emulator stands on, whatever provider it plays: a server with the provider's calls, the control routes under /emulator and
 * a page; faults of its own and of the way; the list of requests with their verdicts. A development tool, never part of the product.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as later } from 'node:timers/promises';
import { object, type Loose } from '#plugin';
import { controlAnswer } from './control.ts';
import type { Delivered, DeliveryRecord, Retry, Shape, Way } from './courier.ts';
import { disturb } from './disturb.ts';
import { acted, createFaults, type Fault, type Faults } from './faults.ts';
import { type Page, pageAnswer } from './page.ts';
import { delaysOf, type StatusDelays, steps } from './statuses.ts';
import type { Written } from './written.ts';

/** A call as it arrived. */
export interface Ask {
  method: string;
  /** Without the query. */
  path: string;
  query: URLSearchParams;
  /** As it was called: path and query. */
  target: string;
  headers: Readonly<Record<string, string>>;
  raw: Buffer;
  /** The body, where it is a JSON object. */
  json: Loose | undefined;
}

export interface Reply {
  status: number;
  /** Bytes and texts as they are, anything else as JSON. */
  body: object | Buffer | string;
  /** What the list of requests says of it. */
  verdict: string;
  headers?: Record<string, string>;
  /** `application/json` unless told. */
  type?: string;
}

/** A form of the page, which posts its fields to a control route. */
export interface Form {
  title: string;
  path: string;
  fields: readonly { name: string; label: string; value?: string; options?: readonly string[] }[];
}

/** A choice that a message offered: on the page it can be tapped. */
export interface Choice {
  id: string;
  title: string;
  of: 'button' | 'list';
}

export interface Provider<Message extends object = object> {
  /** The heading of the page. */
  name: string;
  courier: Way;
  /** The provider's own answer. `fault` is there when it is one that the provider itself has to know: `fail-later`. */
  answer(ask: Ask, fault: Fault | undefined): Reply | Promise<Reply>;
  /** Whom a call would send a message to, empty where it does not say; undefined when it sends none. */
  recipient(ask: Ask): string | undefined;
  /** Does a file go up or down with this call? */
  carriesFile(ask: Ask): boolean;
  /** The answer of an `error` fault, in the provider's words. */
  refuse(fault: Fault): Reply;
  write(written: Written): Promise<Delivered & { id: string }>;
  /** Posts this body as the provider would, to where its events go. */
  post(body: string): Promise<Delivered>;
  /** Control routes beside the usual ones, by `METHOD /emulator/…`; what one throws is answered with 404. */
  routes: Readonly<Record<string, (given: Loose) => unknown>>;
  /** What the page offers for those routes. */
  forms?: readonly Form[];
  /** Pages beside the usual one. */
  page?(path: string): Promise<Page | undefined>;
  /** What `GET /emulator/state` tells. */
  state(): object;
  /** What a customer may write to. */
  numbers(): readonly { id: string; name: string }[];
  /** The templates, and what may be decided about them at POST /emulator/template. */
  templates?: { list(): readonly { id: string; name: string; language: string; status: string }[]; decisions: readonly string[] };
  /** Every message that was taken, in order. */
  messages: Message[];
  choices?(message: Message): readonly Choice[];
}

export interface RequestRecord {
  at: number;
  method: string;
  path: string;
  status: number;
  verdict: string;
}

export interface StandOptions {
  /** 0 takes a free one. */
  port?: number;
  /** Where events are posted. */
  webhookUrl?: string;
  /** Report what became of messages: true, or when. */
  statuses?: boolean | StatusDelays;
  /** How long an answer to a call takes, in milliseconds. */
  latencyMs?: number;
  /** How often and how soon a webhook is tried again. */
  retry?: Partial<Retry>;
  webhooks?: Partial<Shape>;
  faults?: readonly Fault[];
  /** Told of what happens, a line each. */
  log?: (line: string) => void;
}

export interface Stand {
  /** Where it listens. */
  url: string;
  port: number;
  /** The latest calls. */
  requests: readonly RequestRecord[];
  /** The latest webhooks, every attempt of them. */
  deliveries: readonly DeliveryRecord[];
  faults: Faults;
  /** How webhooks are disturbed; change it at any time. */
  webhooks: Shape;
  latencyMs: number;
  webhookUrl: string | undefined;
  delays: StatusDelays;
  /** Notes a call in the list of requests. */
  record(call: Omit<RequestRecord, 'at'>): void;
  /** Runs something a little later; `idle` waits for it. */
  soon(ms: number, run: () => Promise<unknown>): void;
  /** Reports each status that is told at all, when it is due. */
  soonReported(report: (status: (typeof steps)[number]) => Promise<unknown>): void;
  /** Something under way that ends by itself, or when the stand closes. */
  follow(work: Promise<unknown>): void;
  /** Aborted when the stand closes. */
  closing: AbortSignal;
  /** Resolves when nothing is due or on its way. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

const keptRequests = 1000;
const plainYes = { status: 200, body: '{"status":"success"}' };

export async function startStand<Message extends object>(provider: Provider<Message>, options: StandOptions): Promise<Stand> {
  const { log } = options;
  const { courier } = provider;
  const requests: RequestRecord[] = [];
  const timers = new Set<NodeJS.Timeout>();
  const works = new Set<Promise<unknown>>();
  const stopping = new AbortController();
  const stand: Stand = {
    url: '',
    port: 0,
    requests,
    deliveries: courier.records,
    faults: createFaults(),
    webhooks: courier.shape,
    latencyMs: options.latencyMs ?? 0,
    webhookUrl: options.webhookUrl,
    delays: delaysOf(options.statuses),
    record(call) {
      requests.push({ at: Date.now(), ...call });
      // Trimmed in chunks: moving a thousand elements for each request would be felt in a benchmark.
      if (requests.length >= 2 * keptRequests) requests.splice(0, keptRequests);
      log?.(`${call.method} ${call.path} → ${call.status} ${call.verdict}`);
    },
    soon(ms, run) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        stand.follow(run());
      }, ms);
      timers.add(timer);
    },
    soonReported(report) {
      for (const status of steps) {
        const ms = stand.delays[status];
        if (ms !== undefined) stand.soon(ms, () => report(status));
      }
    },
    follow(work) {
      const followed = work.catch((error: unknown) => log?.(`The emulator failed: ${String(error)}`)).finally(() => works.delete(followed));
      works.add(followed);
    },
    closing: stopping.signal,
    async idle() {
      while (timers.size > 0 || works.size > 0) await (works.size > 0 ? Promise.all(works) : later(5));
      await courier.idle();
    },
    async close() {
      stopping.abort();
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      await courier.close();
      await Promise.all(works);
      await ended(server);
    },
  };
  stand.faults.add(...(options.faults ?? []));
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const [first] = chunks;
      handle(request, response, first && chunks.length === 1 ? first : Buffer.concat(chunks)).catch((error: unknown) => {
        log?.(`The emulator failed: ${String(error)}`);
        response.destroy();
      });
    });
  });
  server.keepAliveTimeout = 65_000;

  async function handle(request: IncomingMessage, response: ServerResponse, raw: Buffer): Promise<void> {
    const ask = askOf(request, raw);
    const { method, path } = ask;
    if (path === '/emulator' || path.startsWith('/emulator/')) {
      const { status, body } = await controlAnswer(ask, provider, stand);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      return;
    }
    const page = method === 'GET' ? ((await pageAnswer(path)) ?? (await provider.page?.(path))) : undefined;
    if (page) {
      response.writeHead(200, page.headers).end(page.body);
      return;
    }
    const to = provider.recipient(ask);
    const fault = stand.faults.take({ send: to !== undefined, file: provider.carriesFile(ask), to });
    if (stand.latencyMs > 0) await later(stand.latencyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    const happens = !fault || fault.kind === 'fail-later' || (acted(fault) && to !== undefined);
    const answer = happens ? await provider.answer(ask, fault?.kind === 'fail-later' ? fault : undefined) : undefined;
    if (fault && fault.kind !== 'fail-later') misbehave(fault, answer);
    else if (answer) reply(answer);

    function reply({ status, body, verdict, headers, type = 'application/json' }: Reply): void {
      stand.record({ method, path, status, verdict });
      const written = bytesOf(body);
      response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(written), ...headers }).end(written);
    }

    function misbehave(what: Fault, meant: Reply | undefined): void {
      if (what.kind === 'error') {
        const { headers, verdict, ...refusal } = provider.refuse(what);
        reply({ ...refusal, verdict: `fault ${verdict}`, headers: { ...headers, ...(what.retryAfter !== undefined && { 'retry-after': String(what.retryAfter) }) } });
        return;
      }
      stand.record({ method, path, status: what.status ?? 0, verdict: `fault ${what.kind}` });
      disturb(what, response, meant ? { status: meant.status, body: bytesOf(meant.body) } : plainYes, stopping.signal);
    }
  }

  stand.port = await listening(server, options.port ?? 0);
  stand.url = `http://127.0.0.1:${stand.port}`;
  return stand;
}

/** The port that it listens on. */
export async function listening(server: Server, port: number): Promise<number> {
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(port, '127.0.0.1', done);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

export async function ended(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
}

function bytesOf(body: Reply['body']): Buffer | string {
  return typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
}

function askOf(request: IncomingMessage, raw: Buffer): Ask {
  const target = request.url ?? '/';
  const url = new URL(target, 'http://localhost');
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  return { method: request.method ?? 'GET', path: url.pathname, query: url.searchParams, target, headers, raw, json: jsonObject(raw) };
}

function jsonObject(raw: Buffer): Loose | undefined {
  try {
    return raw.length === 0 ? undefined : object(JSON.parse(raw.toString('utf8')));
  } catch {
    // A form or bytes: the provider knows what to make of it.
    return undefined;
  }
}
