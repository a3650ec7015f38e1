/** A Graph API of one's own: takes messages, posts signed webhooks and statuses, and fails when told to. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as later } from 'node:timers/promises';
import { type Loose, object, text } from '../json.ts';
import { type GraphAnswer, faultyAnswer, missing, no, webhookError, yes } from './answers.ts';
import { controlAnswer } from './control.ts';
import { messageFrom, type Written } from './customer.ts';
import { createCourier, type Delivered, type DeliveryRecord, type Item, type Retry, type Shape } from './deliver.ts';
import { disturb } from './disturb.ts';
import { acted, createFaults, type Fault, type Faults } from './faults.ts';
import { graphAnswer, handshake } from './graph.ts';
import { type AcceptedMessage, callbackOf, createIds, type RequestRecord, recordRequest, type State } from './state.ts';
import { refusalOf } from './validate.ts';

export interface StatusDelays {
  /** Milliseconds after the message was taken; a status without a delay is not reported. */
  sent?: number;
  delivered?: number;
  read?: number;
}

export interface EmulatorOptions {
  /** 0 takes a free one. */
  port?: number;
  appSecret: string;
  accessToken: string | readonly string[];
  /** What the handshake names; needed for `handshake()` alone. */
  verifyToken?: string;
  phoneNumberIds?: readonly string[];
  businessAccountId?: string;
  appId?: string;
  /** Where events are posted: the app's own callback URL. */
  webhookUrl?: string;
  /** Report what became of messages: true, or when. */
  statuses?: boolean | StatusDelays;
  /** How long an answer to a call takes, in milliseconds. */
  latencyMs?: number;
  retry?: Partial<Retry>;
  webhooks?: Partial<Shape>;
  /** Told of what happens, a line each. */
  log?: (line: string) => void;
}

export interface Emulator {
  /** The API base URL for a connection's settings. */
  url: string;
  port: number;
  /** Settings of a connection that speaks to this emulator. */
  settings: { accessToken: string; appSecret: string; verifyToken: string; businessAccountId: string; phoneNumberIds: string[]; appId: string; apiVersion: string; apiBaseUrl: string; messagesPerSecond: number };
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
    /** Somebody writes. Resolves when the webhook was answered 200 or given up; `id` is the wamid. */
    write(written: Written): Promise<Delivered & { id: string }>;
  };
  /** Reports a status of a message by hand. */
  report(message: AcceptedMessage, status: 'sent' | 'delivered' | 'read' | 'played' | 'failed', code?: number): Promise<Delivered>;
  /** Posts another field, for example `account_update`. */
  tell(field: string, value: object, account?: string): Promise<Delivered>;
  /** Posts any body, signed as Meta's unless `headers` say otherwise. */
  post(body: string | Buffer, headers?: Record<string, string>): Promise<Delivered>;
  setWebhookUrl(url: string): void;
  handshake(): ReturnType<typeof handshake>;
  /** Resolves when every status that is due was told and every webhook answered or given up. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

const statusDelays: StatusDelays = { sent: 10, delivered: 30, read: 60 };

export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { appSecret, log } = options;
  const [accessToken = '', ...otherTokens] = typeof options.accessToken === 'string' ? [options.accessToken] : options.accessToken;
  const phoneNumberIds = [...(options.phoneNumberIds ?? ['108100000000001'])];
  const state: State = {
    appId: options.appId ?? '670000000000001',
    waba: options.businessAccountId ?? '102000000000001',
    appSecret,
    tokens: new Set([accessToken, ...otherTokens]),
    verifyToken: options.verifyToken ?? '',
    numbers: new Map(phoneNumberIds.map((id, at) => [id, { id, phone: `6281100${String(at + 1).padStart(5, '0')}`, name: `Emulated ${at + 1}`, status: 'CONNECTED', quality: 'GREEN' }])),
    subscription: {},
    callback: options.webhookUrl,
    messages: [],
    requests: [],
  };
  const delays = options.statuses === true ? statusDelays : options.statuses === undefined || options.statuses === false ? undefined : options.statuses;
  const faults = createFaults();
  const nextId = createIds();
  const phoneOf = (account: string) => state.numbers.get(account)?.phone ?? '';
  const courier = createCourier({
    appSecret,
    retry: { firstMs: 500, factor: 2, maxMs: 60_000, tries: 20, timeoutMs: 10_000, ...options.retry },
    shape: { duplicate: 0, batch: 1, reorder: false, holdMs: 50, ...options.webhooks },
    urlFor: ({ account }) => callbackOf(state, account),
    number: phoneOf,
  });
  const timers = new Set<NodeJS.Timeout>();
  const stopping = new AbortController();

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks);
      handle(request, response, raw).catch((error: unknown) => {
        log?.(`The emulator failed: ${String(error)}`);
        response.destroy();
      });
    });
  });
  server.keepAliveTimeout = 65_000;

  async function handle(request: IncomingMessage, response: ServerResponse, raw: Buffer): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    if (url.startsWith('/emulator')) {
      const answer = await controlAnswer({ method, url, host: request.headers.host ?? '', body: raw.toString('utf8') }, emulator, state);
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
      return;
    }
    const [, node = '', edge] = /^\/v\d+\.\d+\/([^/?]+)(?:\/([^/?]+))?(?:\?|$)/.exec(url) ?? [];
    const token = request.headers.authorization?.startsWith('Bearer ') === true ? request.headers.authorization.slice(7) : undefined;
    const body = bodyOf(raw);
    const sends = method === 'POST' && edge === 'messages' && body?.status === undefined;
    const fault = faults.take({ send: sends, to: text(body?.to) ?? text(body?.recipient) });
    if (emulator.latencyMs > 0) await later(emulator.latencyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    if (fault && (!acted(fault) || !sends)) {
      misbehave(fault, undefined);
      return;
    }
    let answer: GraphAnswer;
    if (body === undefined) answer = no(100, 'The body is not a JSON object.');
    else if (method === 'POST' && edge === 'messages') answer = messages(node, token, body, fault);
    else answer = await graphAnswer({ method, node: decodeURIComponent(node), edge, token, body, query: new URL(url, 'http://localhost').searchParams }, state);
    if (fault && fault.kind !== 'fail-later') misbehave(fault, answer);
    else reply(answer);

    function reply({ status, body: written, verdict, headers }: GraphAnswer): void {
      recordRequest(state, { at: Date.now(), method, path: pathOf(url), status, verdict });
      log?.(`${method} ${pathOf(url)} → ${status} ${verdict}`);
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(written), ...headers }).end(written);
    }

    function misbehave(what: Fault, meant: GraphAnswer | undefined): void {
      if (what.kind === 'error' || what.kind === 'fail-later') {
        reply(faultyAnswer(what));
        return;
      }
      recordRequest(state, { at: Date.now(), method, path: pathOf(url), status: what.status ?? 0, verdict: `fault ${what.kind}` });
      log?.(`${method} ${pathOf(url)} → fault ${what.kind}`);
      disturb(what, response, meant?.body ?? '{"messaging_product":"whatsapp","messages":[]}', stopping.signal);
    }
  }

  function messages(account: string, token: string | undefined, body: Loose, fault: Fault | undefined): GraphAnswer {
    if (token === undefined || !state.tokens.has(token)) return no(190);
    const number = state.numbers.get(account);
    if (!number) return missing(account);
    if (number.status !== 'CONNECTED') return no(133010);
    const refusal = refusalOf(body, number.phone);
    if (refusal) return refusal;
    if (body.status === 'read') return yes({ success: true });
    const id = nextId();
    const to = text(body.to)?.replace('+', '');
    const recipient = to ?? text(body.recipient) ?? '';
    const type = text(body.type) ?? 'text';
    const ref = text(body.biz_opaque_callback_data);
    const written = text(object(body.text)?.body) ?? text(object(object(body.interactive)?.body)?.text);
    const message: AcceptedMessage = { id, to: recipient, account, type, body, at: Date.now(), ...(ref !== undefined && { ref }), ...(written !== undefined && { text: written }) };
    state.messages.push(message);
    if (fault?.kind === 'fail-later') schedule(message, 'failed', 10, fault.code ?? 131047);
    else if (delays) for (const status of ['sent', 'delivered', 'read'] as const) schedule(message, status, delays[status]);
    const contact = to === undefined ? { input: recipient, user_id: recipient } : { input: text(body.to), wa_id: to };
    return yes({ messaging_product: 'whatsapp', contacts: [contact], messages: [{ id, ...(type === 'template' && { message_status: 'accepted' }) }] });
  }

  function schedule(message: AcceptedMessage, status: 'sent' | 'delivered' | 'read' | 'failed', afterMs: number | undefined, code?: number): void {
    if (afterMs === undefined) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      void emulator.report(message, status, code);
    }, afterMs);
    timers.add(timer);
  }

  function queue(item: Item, what: string): Promise<Delivered> {
    log?.(`webhook: ${what}`);
    return courier.queue(item);
  }

  const emulator: Emulator = {
    url: '',
    port: 0,
    settings: {
      accessToken,
      appSecret,
      verifyToken: state.verifyToken,
      businessAccountId: state.waba,
      phoneNumberIds,
      appId: state.appId,
      apiVersion: 'v23.0',
      apiBaseUrl: '',
      messagesPerSecond: 80,
    },
    messages: state.messages,
    requests: state.requests,
    deliveries: courier.records,
    faults,
    webhooks: courier.shape,
    latencyMs: options.latencyMs ?? 0,
    customer: {
      async write(written) {
        const id = written.id ?? nextId();
        const account = written.to ?? phoneNumberIds[0] ?? '';
        const { message, contact } = messageFrom(written, id);
        const outcome = await queue({ member: 'messages', account, waba: state.waba, message, contact }, `message from ${written.from ?? written.userId ?? 'nobody'}`);
        return { ...outcome, id };
      },
    },
    report({ id, to, account, ref }, status, code) {
      const isPhone = /^\d+$/.test(to);
      const told = {
        id,
        status,
        timestamp: String(Math.floor(Date.now() / 1000)),
        ...(isPhone ? { recipient_id: to } : { recipient_user_id: to }),
        ...(ref !== undefined && { biz_opaque_callback_data: ref }),
        ...(status === 'failed' ? { errors: [webhookError(code ?? 131000)] } : { pricing: { billable: true, pricing_model: 'PMP', category: 'service', type: 'free_customer_service' } }),
      };
      return queue({ member: 'statuses', account, waba: state.waba, status: told }, `${status} ${ref ?? id}`);
    },
    tell: (field, value, account = phoneNumberIds[0] ?? '') => queue({ member: 'other', account, waba: state.waba, field, value }, field),
    post(body, headers) {
      const url = callbackOf(state, phoneNumberIds[0] ?? '');
      return url === undefined ? Promise.resolve({ ok: false, attempts: 0 }) : courier.post(url, Buffer.from(body), 1, headers);
    },
    setWebhookUrl(url) {
      state.callback = url;
    },
    handshake: () => handshake(callbackOf(state, phoneNumberIds[0] ?? '') ?? '', state.verifyToken),
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

  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(options.port ?? 0, '127.0.0.1', listening);
  });
  const address = server.address();
  emulator.port = typeof address === 'object' && address !== null ? address.port : 0;
  emulator.url = `http://127.0.0.1:${emulator.port}`;
  emulator.settings.apiBaseUrl = emulator.url;
  return emulator;
}

function bodyOf(raw: Buffer): Loose | undefined {
  if (raw.length === 0) return {};
  try {
    return object(JSON.parse(raw.toString('utf8')));
  } catch {
    return undefined;
  }
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}
