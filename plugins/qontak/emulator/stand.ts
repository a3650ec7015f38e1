/**
 * What an emulator stands on, whatever provider it plays: a server with the provider's calls, the control routes under /emulator and
 * a page; faults of its own and of the way; webhooks posted until they are answered. A development tool, never part of the product.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as later } from 'node:timers/promises';
import { object, type Loose } from '#plugin';
import { createCourier, type Delivered, type DeliveryRecord, type Retry } from '../../meta-cloud/emulator/deliver.ts';
import { disturb } from '../../meta-cloud/emulator/disturb.ts';
import { acted, createFaults, type Fault, type Faults } from '../../meta-cloud/emulator/faults.ts';
import { controlAnswer } from './control.ts';
import { pageAnswer } from './page.ts';

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
  body: object | Buffer;
  /** What the list of requests says of it. */
  verdict: string;
  headers?: Record<string, string>;
  /** `application/json` unless the body is bytes. */
  type?: string;
}

/** Somebody writes, as the control route and the page take it; what else stands in it is the provider's. */
export type Written = Loose & { from?: string };

export interface Provider {
  name: string;
  /** The provider's own answer. `fault` is there when it is one that the provider itself has to know: `fail-later`. */
  answer(ask: Ask, fault: Fault | undefined): Reply | Promise<Reply>;
  /** Whom a call would send a message to; undefined when it sends none. */
  recipient(ask: Ask): string | undefined;
  /** The answer of an `error` fault, in the provider's words. */
  refuse(fault: Fault): Reply;
  write(written: Written): Promise<Delivered & { id: string }>;
  /** Control routes beside the usual ones, by `METHOD /emulator/…`. */
  routes?: Readonly<Record<string, (given: Loose) => unknown>>;
  /** What else the page offers: forms for those routes. */
  forms?: readonly Form[];
  /** What `GET /emulator/state` tells. */
  state(): object;
  messages: object[];
}

/** A form of the page, which posts its fields to a control route. */
export interface Form {
  title: string;
  path: string;
  fields: readonly { name: string; label: string; value?: string; options?: readonly string[] }[];
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
  /** How long an answer to a call takes, in milliseconds. */
  latencyMs?: number;
  retry?: Partial<Retry>;
  /** How often each webhook is repeated at the same moment. */
  duplicate?: number;
  /** Told of what happens, a line each. */
  log?: (line: string) => void;
}

export interface Stand {
  url: string;
  port: number;
  /** The latest calls. */
  requests: readonly RequestRecord[];
  /** The latest webhooks, every attempt of them. */
  deliveries: readonly DeliveryRecord[];
  faults: Faults;
  webhooks: { duplicate: number };
  latencyMs: number;
  webhookUrl: string | undefined;
  /** Posts a webhook with these headers; resolves when it was answered 200 or given up. */
  post(body: object | string | Buffer, headers?: Record<string, string>): Promise<Delivered>;
  /** Runs something a little later; `idle` waits for it. */
  soon(ms: number, run: () => unknown): void;
  /** Resolves when nothing is due or on its way. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

const keptRequests = 1000;

export async function startStand(provider: Provider, options: StandOptions): Promise<Stand> {
  const { log } = options;
  const courier = createCourier({
    // Signatures are the provider's: it gives the headers along.
    appSecret: '',
    number: () => '',
    urlFor: () => undefined,
    retry: { firstMs: 500, factor: 2, maxMs: 10_000, tries: 4, timeoutMs: 10_000, ...options.retry },
    shape: { duplicate: options.duplicate ?? 0, batch: 1, reorder: false, holdMs: 0 },
  });
  const requests: RequestRecord[] = [];
  const timers = new Set<NodeJS.Timeout>();
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
    post(body, headers = {}) {
      const url = stand.webhookUrl;
      if (url === undefined) return Promise.resolve({ ok: false, attempts: 0 });
      log?.(`webhook → ${URL.parse(url)?.origin ?? url}`);
      const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
      return courier.post(url, bytes, 1, headers);
    },
    soon(ms, run) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        run();
      }, ms);
      timers.add(timer);
    },
    async idle() {
      while (timers.size > 0) await later(5);
      await courier.idle();
    },
    async close() {
      stopping.abort();
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      await courier.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      handle(request, response, Buffer.concat(chunks)).catch((error: unknown) => {
        log?.(`The emulator failed: ${String(error)}`);
        response.destroy();
      });
    });
  });
  server.keepAliveTimeout = 65_000;

  async function handle(request: IncomingMessage, response: ServerResponse, raw: Buffer): Promise<void> {
    const ask = askOf(request, raw);
    if (ask.path === '/emulator' || ask.path.startsWith('/emulator/')) {
      const { status, body } = await controlAnswer(ask, provider, stand);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      return;
    }
    const page = ask.method === 'GET' ? await pageAnswer(ask.path) : undefined;
    if (page) {
      response.writeHead(200, page.headers).end(page.body);
      return;
    }
    const to = provider.recipient(ask);
    const fault = stand.faults.take({ send: to !== undefined, file: /upload|media|file/.test(ask.path), to });
    if (stand.latencyMs > 0) await later(stand.latencyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    const happens = !fault || (acted(fault) && to !== undefined);
    const answer = happens ? await provider.answer(ask, fault?.kind === 'fail-later' ? fault : undefined) : undefined;
    if (fault && fault.kind !== 'fail-later') misbehave(fault, answer);
    else if (answer) reply(answer);

    function reply({ status, body, verdict, headers, type }: Reply): void {
      record(status, verdict);
      const written = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
      response.writeHead(status, { 'content-type': type ?? 'application/json', 'content-length': written.length, ...headers }).end(written);
    }

    function misbehave(what: Fault, meant: Reply | undefined): void {
      if (what.kind === 'error') {
        const { headers, ...refusal } = provider.refuse(what);
        reply({ ...refusal, headers: { ...headers, ...(what.retryAfter !== undefined && { 'retry-after': String(what.retryAfter) }) } });
        return;
      }
      record(what.status ?? 0, `fault ${what.kind}`);
      disturb(what, response, meant && !Buffer.isBuffer(meant.body) ? JSON.stringify(meant.body) : '{"status":"success"}', stopping.signal);
    }

    function record(status: number, verdict: string): void {
      requests.push({ at: Date.now(), method: ask.method, path: ask.path, status, verdict });
      if (requests.length >= 2 * keptRequests) requests.splice(0, keptRequests);
      log?.(`${ask.method} ${ask.path} → ${status} ${verdict}`);
    }
  }

  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(options.port ?? 0, '127.0.0.1', listening);
  });
  const address = server.address();
  stand.port = typeof address === 'object' && address !== null ? address.port : 0;
  stand.url = `http://127.0.0.1:${stand.port}`;
  return stand;
}

function askOf(request: IncomingMessage, raw: Buffer): Ask {
  const target = request.url ?? '/';
  const url = new URL(target, 'http://localhost');
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  let json: Loose | undefined;
  try {
    json = object(JSON.parse(raw.toString('utf8')));
  } catch {
    // A form, bytes, or nothing.
  }
  return { method: request.method ?? 'GET', path: url.pathname, query: url.searchParams, target, headers, raw, json };
}
