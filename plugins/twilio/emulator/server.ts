/** Twilio on this machine: takes messages, fetches their media, posts signed webhooks and statuses, and fails when told to. */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as later } from 'node:timers/promises';
import { request as call } from 'undici';
import { faultyAnswer, no, type RestAnswer, wordsOf } from './answers.ts';
import { controlAnswer } from './control.ts';
import { fieldsFrom, type Written } from './customer.ts';
import { createCourier, type Delivered, type DeliveryRecord, type Post, type Shape } from './deliver.ts';
import { disturb } from '../../meta-cloud/emulator/disturb.ts';
import { acted, createFaults, type Fault, type Faults } from '../../meta-cloud/emulator/faults.ts';
import { fileAnswer, storageAnswer } from './files.ts';
import { mediaOf, takeMessage } from './messages.ts';
import { pageAnswer } from './page.ts';
import { isAllowed, restAnswer } from './rest.ts';
import { type AcceptedMessage, callbackOf, type EmulatedSender, newSid, recordRequest, type RequestRecord, type State } from './state.ts';

export type { Fault } from '../../meta-cloud/emulator/faults.ts';

export interface StatusDelays {
  /** Milliseconds after the message was taken; a status without a delay is not reported. */
  sent?: number;
  delivered?: number;
  read?: number;
}

export interface EmulatorOptions {
  /** 0 takes a free one. */
  port?: number;
  accountSid?: string;
  authToken: string;
  /** API keys: SID and secret. */
  keys?: Record<string, string>;
  /** As `whatsapp:+…`. */
  senders?: readonly string[];
  /** Rented numbers that are no WhatsApp senders, as `+…`. */
  phones?: readonly string[];
  messagingServiceSid?: string;
  /** Where the messages go of senders that have no webhook of their own. */
  webhookUrl?: string;
  /** Which address stands for a public origin that cannot be reached from here; what is signed names the public one. */
  reach?: Record<string, string>;
  /** Report what became of messages: true, or when. */
  statuses?: boolean | StatusDelays;
  /** How long an answer to a call takes, in milliseconds. */
  latencyMs?: number;
  /** How long a webhook may take, in milliseconds; Twilio's is 15,000. */
  webhookTimeoutMs?: number;
  webhooks?: Partial<Shape>;
  /** Told of what happens, a line each. */
  log?: (line: string) => void;
}

export interface Emulator {
  /** The API base URL for a connection's settings. */
  url: string;
  /** Where the bytes of files are: another origin, as at Twilio. */
  storageUrl: string;
  port: number;
  /** Settings of a connection that speaks to this emulator. */
  settings: { accountSid: string; authToken: string; senders: string[]; messagesPerSecond: number; connectionOverrides: string; apiBaseUrl: string; messagingServiceSid?: string };
  /** Every message that was taken, in order: what was sent, whatever the answer said. */
  messages: readonly AcceptedMessage[];
  /** The latest calls. */
  requests: readonly RequestRecord[];
  /** The latest webhooks, every attempt of them. */
  deliveries: readonly DeliveryRecord[];
  faults: Faults;
  /** How webhooks are disturbed; change it at any time. */
  webhooks: Shape;
  latencyMs: number;
  customer: {
    /** Somebody writes. Resolves when the webhook was answered or given up; `id` is the message's SID. */
    write(written: Written): Promise<Delivered & { id: string }>;
  };
  /** Reports a status of a message by hand. */
  report(message: AcceptedMessage, status: string, code?: number): Promise<Delivered>;
  /** Posts anything, signed as Twilio's unless `headers` say otherwise. */
  post(what: Omit<Post, 'url'> & { url?: string }): Promise<Delivered>;
  setWebhookUrl(url: string): void;
  /** A file that a customer can send: its SID. */
  store(bytes: Buffer, mime: string, name?: string): string;
  /** Takes a file away. */
  lose(sid: string): void;
  /** Changes what a sender is. @throws Error when there is no such sender */
  change(address: string, what: Partial<EmulatedSender>): void;
  /** A secondary auth token: it opens the API beside the primary one. */
  addToken(authToken: string): void;
  /** Makes it the primary one, the only one, which signs from now on. */
  promote(authToken: string): void;
  /** What WhatsApp decided about a template. @throws Error when there is no such template */
  decide(sid: string, status: string, reason?: string): void;
  /** Resolves when every status that is due was told and every webhook answered or given up. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

const statusDelays: StatusDelays = { sent: 10, delivered: 30, read: 60 };

export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { log, senders: addresses = ['whatsapp:+14155550100'] } = options;
  const state: State = {
    accountSid: options.accountSid ?? `AC${randomBytes(16).toString('hex')}`,
    authToken: options.authToken,
    secondaryToken: undefined,
    keys: new Map(Object.entries(options.keys ?? {})),
    account: { status: 'active', type: 'Full', name: 'Emulated account' },
    senders: new Map(addresses.map((address, at) => [address, { sid: newSid('XE'), address, name: `Emulated ${at + 1}`, status: 'ONLINE', quality: 'HIGH', webhook: { callback_url: null, callback_method: 'POST', fallback_url: null, fallback_method: 'POST', status_callback_url: null, status_callback_method: 'POST' } }])),
    phones: options.phones ?? [],
    service: options.messagingServiceSid === undefined ? undefined : { sid: options.messagingServiceSid, inboundUrl: null, onNumber: false },
    contents: new Map(),
    files: new Map(),
    callback: options.webhookUrl,
    messages: [],
    requests: [],
    url: '',
    storageUrl: '',
  };
  const delays = options.statuses === true ? statusDelays : options.statuses === undefined || options.statuses === false ? undefined : options.statuses;
  const faults = createFaults();
  const reach = (url: string) => {
    const { origin } = new URL(url);
    return url.replace(origin, options.reach?.[origin] ?? origin);
  };
  const courier = createCourier({ authToken: () => state.authToken, shape: { duplicate: 0, reorder: false, holdMs: 50, ...options.webhooks }, timeoutMs: options.webhookTimeoutMs ?? 15_000, reach });
  const stopping = new AbortController();
  /** What is still to be told of messages. */
  const underway = new Set<Promise<void>>();

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      handle(request, response, Buffer.concat(chunks).toString('utf8')).catch((error: unknown) => {
        log?.(`The emulator failed: ${String(error)}`);
        response.destroy();
      });
    });
  });
  server.keepAliveTimeout = 65_000;
  const storage = createServer((request, response) => {
    const { status, headers, body, verdict } = storageAnswer(request.url ?? '/', request.headers.authorization, state);
    recordRequest(state, { at: Date.now(), method: 'GET', path: '(storage)', status, verdict });
    response.writeHead(status, headers).end(body);
  });

  async function handle(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    const { host = '', origin, authorization } = request.headers;
    if (url.startsWith('/emulator')) {
      const answer = await controlAnswer({ method, url, host, origin, body }, emulator, state);
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
      return;
    }
    const page = method === 'GET' ? pageAnswer(url) : undefined;
    if (page) {
      response.writeHead(page.status, page.headers).end(page.body);
      return;
    }
    const { pathname: path, searchParams: query } = new URL(url, 'http://localhost');
    const sends = method === 'POST' && path === `/2010-04-01/Accounts/${state.accountSid}/Messages.json`;
    const file = method === 'GET' ? fileAnswer(path, authorization, state) : undefined;
    const form = sends ? Object.fromEntries(new URLSearchParams(body)) : {};
    const fault = faults.take({ send: sends, file: file !== undefined, to: form.To?.replace(/^whatsapp:\+?/, '') });
    if (emulator.latencyMs > 0) await later(emulator.latencyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    if (fault && (!acted(fault) || !sends)) return misbehave(fault, undefined);
    if (file) {
      note(file.status, file.verdict);
      response.writeHead(file.status, file.headers).end(file.body);
      return;
    }
    const answer = sends ? take(form, authorization, fault) : restAnswer({ method, path, query, authorization, body }, state);
    return fault && fault.kind !== 'fail-later' ? misbehave(fault, answer) : reply(answer);

    function note(status: number, verdict: string): void {
      recordRequest(state, { at: Date.now(), method, path, status, verdict });
      log?.(`${method} ${path} → ${status} ${verdict}`);
    }

    function reply({ status, body: written, verdict, headers }: RestAnswer): void {
      note(status, verdict);
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(written), 'twilio-request-id': `RQ${randomBytes(16).toString('hex')}`, ...headers }).end(written);
    }

    function misbehave(what: Fault, meant: RestAnswer | undefined): void {
      if (what.kind === 'error' || what.kind === 'fail-later') return reply(faultyAnswer(what));
      note(what.status ?? 0, `fault ${what.kind}`);
      disturb(what, response, meant?.body ?? '{"messages":[]}', stopping.signal, 201);
    }
  }

  function take(form: Record<string, string>, authorization: string | undefined, fault: Fault | undefined): RestAnswer {
    if (!isAllowed(authorization, state)) return no(20003);
    const { answer, message } = takeMessage(form, state);
    if (message) {
      // Only the emulator's end stops it on the way.
      const told = goOn(message, fault?.kind === 'fail-later' ? (fault.code ?? 63016) : undefined).catch(() => undefined).finally(() => underway.delete(told));
      underway.add(told);
    }
    return answer;
  }

  /** What becomes of a message: its files are fetched, then it is reported step by step, or as failed. */
  async function goOn(message: AcceptedMessage, failing: number | undefined): Promise<void> {
    let code = failing;
    for (const url of mediaOf(message, state)) {
      message.medium = await fetched(url);
      if (message.medium.status !== 200) code ??= 63019;
    }
    if (code !== undefined) {
      await later(delays?.sent ?? 10, undefined, { signal: stopping.signal });
      await emulator.report(message, 'failed', code);
      return;
    }
    for (const status of ['sent', 'delivered', 'read'] as const) {
      const at = delays?.[status];
      if (at === undefined) continue;
      await later(Math.max(0, message.at + at - Date.now()), undefined, { signal: stopping.signal });
      await emulator.report(message, status);
    }
  }

  async function fetched(url: string): Promise<{ status: number; mime: string; bytes: number }> {
    try {
      const answer = await call(reach(url), { signal: stopping.signal });
      const bytes = await answer.body.arrayBuffer();
      const mime = answer.headers['content-type'];
      return { status: answer.statusCode, mime: typeof mime === 'string' ? mime : '', bytes: bytes.byteLength };
    } catch {
      return { status: 0, mime: '', bytes: 0 };
    }
  }

  function tell(what: Post, line: string): Promise<Delivered> {
    log?.(`webhook: ${line}`);
    return courier.post(what);
  }

  const emulator: Emulator = {
    url: '',
    storageUrl: '',
    port: 0,
    settings: {
      accountSid: state.accountSid,
      authToken: state.authToken,
      senders: [...addresses],
      messagesPerSecond: 80,
      connectionOverrides: 'rc=5&rp=all',
      apiBaseUrl: '',
      ...(options.messagingServiceSid !== undefined && { messagingServiceSid: options.messagingServiceSid }),
    },
    messages: state.messages,
    requests: state.requests,
    deliveries: courier.records,
    faults,
    webhooks: courier.shape,
    latencyMs: options.latencyMs ?? 0,
    customer: {
      async write(written) {
        const account = written.to ?? addresses[0] ?? '';
        const { id, fields } = fieldsFrom(written, account, state);
        const url = callbackOf(state, account);
        const outcome = url === undefined ? { ok: false, attempts: 0 } : await tell({ url, fields }, `message from ${written.from ?? written.userId ?? 'nobody'}`);
        return { ...outcome, id };
      },
    },
    async report(message, status, code) {
      message.status = status;
      if (code !== undefined) message.errorCode = code;
      const sender = state.senders.get(message.account);
      const url = message.body.StatusCallback ?? sender?.webhook.status_callback_url ?? undefined;
      if (url === undefined) return { ok: false, attempts: 0 };
      const fields = {
        ChannelPrefix: 'whatsapp', ApiVersion: '2010-04-01', MessageStatus: status, SmsSid: message.id, SmsStatus: status, ChannelInstallSid: sender?.sid ?? '', To: message.body.To ?? '', From: message.account,
        MessageSid: message.id, AccountSid: state.accountSid, ChannelToAddress: `+${message.to.slice(0, 8)}XXXX`,
        ...(status === 'delivered' || status === 'read' ? { EventType: status.toUpperCase() } : {}),
        ...(code !== undefined && { ErrorCode: String(code), ErrorMessage: wordsOf(code) }),
      };
      return tell({ url, fields }, `${status} ${message.ref ?? message.id}`);
    },
    async post({ url = callbackOf(state, addresses[0] ?? ''), ...what }) {
      return url === undefined ? { ok: false, attempts: 0 } : courier.post({ url, ...what });
    },
    setWebhookUrl(url) {
      state.callback = url;
    },
    store(bytes, mime, name) {
      const sid = newSid('ME');
      state.files.set(sid, { sid, bytes, mime, ...(name !== undefined && { name }) });
      return sid;
    },
    lose(sid) {
      state.files.delete(sid);
    },
    change(address, what) {
      const sender = state.senders.get(address);
      if (!sender) throw new Error(`There is no sender ${address}.`);
      Object.assign(sender, what);
    },
    addToken(authToken) {
      state.secondaryToken = authToken;
    },
    promote(authToken) {
      state.secondaryToken = undefined;
      state.authToken = authToken;
      emulator.settings.authToken = authToken;
    },
    decide(sid, status, reason = '') {
      const content = state.contents.get(sid);
      if (!content) throw new Error(`There is no template ${sid}.`);
      Object.assign(content.approval, { status, reason });
    },
    async idle() {
      while (underway.size > 0) await Promise.allSettled(underway);
      await courier.idle();
    },
    async close() {
      stopping.abort();
      await courier.close();
      await Promise.allSettled(underway);
      await Promise.all([server, storage].map(closed));
    },
  };

  emulator.port = await listening(server, options.port ?? 0);
  emulator.url = state.url = `http://127.0.0.1:${emulator.port}`;
  emulator.storageUrl = state.storageUrl = `http://127.0.0.1:${await listening(storage, 0)}`;
  emulator.settings.apiBaseUrl = emulator.url;
  return emulator;
}

/** The port that it listens on. */
async function listening(server: Server, port: number): Promise<number> {
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(port, '127.0.0.1', done);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function closed(server: Server): Promise<unknown> {
  server.closeAllConnections();
  return new Promise((done) => server.close(done));
}
