/** A Graph API of one's own: takes messages, posts signed webhooks and statuses, and fails when told to. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as later } from 'node:timers/promises';
import { object, text, type Loose } from '#plugin';
import { type GraphAnswer, faultyAnswer, no, webhookError } from './answers.ts';
import { issueCode } from './apps.ts';
import { controlAnswer } from './control.ts';
import { messageFrom } from './customer.ts';
import { createCourier, type Delivered, type Item } from './deliver.ts';
import { disturb } from './disturb.ts';
import type { Emulator, EmulatorOptions, StatusDelays } from './emulator.ts';
import { acted, createFaults, type Fault } from './faults.ts';
import { bytesAnswer } from './files.ts';
import { graphAnswer } from './graph.ts';
import { handshake } from './hands.ts';
import { takeMessage } from './messages.ts';
import { pageAnswer } from './pages.ts';
import { type AcceptedMessage, callbackOf, createIds, createNumbers, numberOf, recordRequest, type State, storeFile } from './state.ts';

const statusDelays: StatusDelays = { sent: 10, delivered: 30, read: 60 };

export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { appSecret, log } = options;
  const [accessToken = '', ...otherTokens] = typeof options.accessToken === 'string' ? [options.accessToken] : options.accessToken;
  const phoneNumberIds = [...(options.phoneNumberIds ?? ['108100000000001'])];
  const waba = options.businessAccountId ?? '102000000000001';
  const appId = options.appId ?? '670000000000001';
  const others = Object.entries(options.otherAccounts ?? {});
  const numbers = [...phoneNumberIds.map((id) => [id, waba] as const), ...others.flatMap(([account, ids]) => ids.map((id) => [id, account] as const))];
  const state: State = {
    appId,
    configId: options.configId ?? '880000000000001',
    waba,
    accounts: new Set([waba, ...others.map(([account]) => account)]),
    appSecret,
    tokens: new Map([accessToken, ...otherTokens].map((token) => [token, { expiresAt: 0, revoked: false, app: appId, targets: 'usual' }])),
    codes: new Map(),
    verifyToken: options.verifyToken ?? '',
    numbers: new Map(numbers.map(([id, account], at) => [id, numberOf(id, account, at)])),
    subscriptions: new Map([[waba, {}]]),
    callback: options.webhookUrl,
    templates: new Map(),
    files: new Map(),
    uploads: new Map(),
    messages: [],
    requests: [],
    url: '',
    nextNumber: createNumbers(),
  };
  const delays = options.statuses === true ? statusDelays : options.statuses === undefined || options.statuses === false ? undefined : options.statuses;
  const faults = createFaults();
  const nextId = createIds();
  const wabaOf = (account: string) => state.numbers.get(account)?.waba ?? state.waba;
  const phoneOf = (account: string) => state.numbers.get(account)?.phone ?? '';
  const courier = createCourier({
    appSecret,
    retry: { firstMs: 500, factor: 2, maxMs: 60_000, tries: 20, timeoutMs: 10_000, ...options.retry },
    shape: { duplicate: 0, batch: 1, reorder: false, holdMs: 50, ...options.webhooks },
    urlFor: ({ account, waba: of }) => callbackOf(state, account, of),
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
      const answer = await controlAnswer({ method, url, host: request.headers.host ?? '', origin: request.headers.origin, body: raw.toString('utf8') }, emulator, state);
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
      return;
    }
    const page = method === 'GET' ? await pageAnswer(pathOf(url), state) : undefined;
    if (page) {
      response.writeHead(page.status, page.headers).end(page.body);
      return;
    }
    const [, node = '', edge] = /^\/v\d+\.\d+\/([^/?]+)(?:\/([^/?]+))?(?:\?|$)/.exec(url) ?? [];
    const token = /^(?:Bearer|OAuth) (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const query = new URL(url, 'http://localhost').searchParams;
    const body = bodyOf(raw);
    const sends = method === 'POST' && edge === 'messages' && body?.status === undefined;
    const bytes = url.startsWith('/whatsapp_business/attachments/');
    const fault = faults.take({ send: sends, file: bytes || edge === 'media', to: text(body?.to) ?? text(body?.recipient) });
    if (emulator.latencyMs > 0) await later(emulator.latencyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    if (fault && (!acted(fault) || !sends)) {
      misbehave(fault, undefined);
      return;
    }
    if (bytes) {
      const file = bytesAnswer(query, token, request.headers['user-agent'], state);
      recordRequest(state, { at: Date.now(), method, path: pathOf(url), status: file.status, verdict: file.status === 200 ? 'ok' : 'refused' });
      response.writeHead(file.status, { 'content-type': file.type, 'content-length': Buffer.byteLength(file.body) }).end(file.body);
      return;
    }
    const form = request.headers['content-type'] ?? '';
    let answer: GraphAnswer;
    if (body === undefined && (form === '' || form.includes('json'))) answer = no(100, 'The body is not a JSON object.');
    else if (method === 'POST' && edge === 'messages') answer = messages(node, token, body ?? {}, fault);
    else answer = await graphAnswer({ method, node: decodeURIComponent(node), edge, token, body, raw, contentType: form, query }, state);
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
    const { answer, message } = takeMessage(account, token, body, state, nextId);
    if (message && fault?.kind === 'fail-later') schedule(message, 'failed', 10, fault.code ?? 131047);
    else if (message && delays) for (const status of ['sent', 'delivered', 'read'] as const) schedule(message, status, delays[status]);
    return answer;
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
        const outcome = await queue({ member: 'messages', account, waba: wabaOf(account), message, contact }, `message from ${written.from ?? written.userId ?? 'nobody'}`);
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
      return queue({ member: 'statuses', account, waba: wabaOf(account), status: told }, `${status} ${ref ?? id}`);
    },
    tell: (field, value, account = phoneNumberIds[0] ?? '') => queue({ member: 'other', account, waba: wabaOf(account), field, value }, field),
    post(body, headers) {
      const url = callbackOf(state, phoneNumberIds[0] ?? '');
      return url === undefined ? Promise.resolve({ ok: false, attempts: 0 }) : courier.post(url, Buffer.from(body), 1, headers);
    },
    setWebhookUrl(url) {
      state.callback = url;
    },
    change(number, what) {
      const found = state.numbers.get(number);
      if (!found) throw new Error(`There is no number ${number} here.`);
      Object.assign(found, what);
    },
    issue(token, what = {}) {
      const known = state.tokens.get(token) ?? { expiresAt: 0, revoked: false, app: state.appId, targets: 'usual' };
      state.tokens.set(token, { ...known, ...what });
    },
    store(bytes, mime, name = 'file') {
      const { id, sha256 } = storeFile(state, bytes, mime, name);
      return { id, sha256: Buffer.from(sha256, 'hex').toString('base64') };
    },
    decide(id, status, reason = 'NONE') {
      const template = state.templates.get(id);
      if (!template) return Promise.reject(new Error(`There is no template ${id} here.`));
      Object.assign(template, { status, reason });
      // Meta writes the id as a number here and as a text everywhere else.
      return emulator.tell('message_template_status_update', { event: status, message_template_id: Number(id), message_template_name: template.name, message_template_language: template.language, message_template_category: template.category, reason });
    },
    signIn: (granted = {}) => issueCode(state, granted),
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
  state.url = emulator.url;
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
