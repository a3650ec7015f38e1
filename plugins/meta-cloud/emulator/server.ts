/** A Graph API of one's own: takes messages, posts signed webhooks and statuses, and fails when told to. */
import { object, text, type Loose } from '#plugin';
import { createCourier, type Delivered } from '../../emulator/courier.ts';
import type { Fault } from '../../emulator/faults.ts';
import { type Ask, type Provider, type Reply, startStand } from '../../emulator/stand.ts';
import type { Written } from '../../emulator/written.ts';
import { faultyAnswer, no, webhookError } from './answers.ts';
import { issueCode } from './apps.ts';
import { messageFrom } from './customer.ts';
import { type Item, packed, signed } from './deliver.ts';
import type { Emulator, EmulatorOptions } from './emulator.ts';
import { bytesAnswer } from './files.ts';
import { graphAnswer } from './graph.ts';
import { handshake } from './hands.ts';
import { takeMessage } from './messages.ts';
import { signInPage } from './pages.ts';
import { type AcceptedMessage, callbackOf, createIds, createNumbers, numberOf, type State, storeFile } from './state.ts';

export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { appSecret } = options;
  const [accessToken = '', ...otherTokens] = typeof options.accessToken === 'string' ? [options.accessToken] : options.accessToken;
  const phoneNumberIds = [...(options.phoneNumberIds ?? ['108100000000001'])];
  const [firstNumber = ''] = phoneNumberIds;
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
    get callback() {
      return stand.webhookUrl;
    },
    set callback(url) {
      stand.webhookUrl = url;
    },
    templates: new Map(),
    files: new Map(),
    uploads: new Map(),
    messages: [],
    get url() {
      return stand.url;
    },
    nextNumber: createNumbers(),
  };
  const nextId = createIds();
  const wabaOf = (account: string) => state.numbers.get(account)?.waba ?? state.waba;
  const sender = { appSecret, urlFor: ({ account, waba: of }: Item) => callbackOf(state, account, of), phoneOf: (account: string) => state.numbers.get(account)?.phone ?? '' };
  const courier = createCourier<Item>({ pack: (items) => packed(items, sender), retry: { maxMs: 60_000, tries: 20, ...options.retry }, shape: options.webhooks, log: options.log });

  // ── what is told ───────────────────────────────────────────────────────────────────────────────────────────────────

  const write = async (written: Written): Promise<Delivered & { id: string }> => {
    const { id = nextId(), to: account = firstNumber } = written;
    return { ...(await courier.queue({ member: 'messages', account, waba: wabaOf(account), ...messageFrom(written, id) })), id };
  };

  const report: Emulator['report'] = ({ id, to, account, ref }, status, code) => {
    const told = {
      id,
      status,
      timestamp: String(Math.floor(Date.now() / 1000)),
      ...(/^\d+$/.test(to) ? { recipient_id: to } : { recipient_user_id: to }),
      ...(ref !== undefined && { biz_opaque_callback_data: ref }),
      ...(status === 'failed' ? { errors: [webhookError(code ?? 131000)] } : { pricing: { billable: true, pricing_model: 'PMP', category: 'service', type: 'free_customer_service' } }),
    };
    return courier.queue({ member: 'statuses', account, waba: wabaOf(account), status: told });
  };

  const tell: Emulator['tell'] = (field, value, account = firstNumber) => courier.queue({ member: 'other', account, waba: wabaOf(account), field, value });

  const post: Emulator['post'] = async (body, headers) => {
    const url = callbackOf(state, firstNumber);
    return url === undefined ? { ok: false, attempts: 0 } : courier.post(signed(url, body, appSecret, headers));
  };

  // ── what is changed ────────────────────────────────────────────────────────────────────────────────────────────────

  const change: Emulator['change'] = (number, what) => {
    const found = state.numbers.get(number);
    if (!found) throw new Error(`There is no number ${number} here.`);
    Object.assign(found, what);
  };

  const issue: Emulator['issue'] = (token, what = {}) => {
    const known = state.tokens.get(token) ?? { expiresAt: 0, revoked: false, app: state.appId, targets: 'usual' };
    state.tokens.set(token, { ...known, ...what });
  };

  const store: Emulator['store'] = (bytes, mime, name = 'file') => {
    const { id, sha256 } = storeFile(state, bytes, mime, name);
    return { id, sha256: Buffer.from(sha256, 'hex').toString('base64') };
  };

  const decide: Emulator['decide'] = async (id, status, reason = status === 'REJECTED' ? 'INVALID_FORMAT' : 'NONE') => {
    const template = state.templates.get(id);
    if (!template) throw new Error(`There is no template ${id} here.`);
    Object.assign(template, { status, reason });
    // Meta writes the id as a number here and as a text everywhere else.
    return tell('message_template_status_update', { event: status, message_template_id: Number(id), message_template_name: template.name, message_template_language: template.language, message_template_category: template.category, reason });
  };

  const signIn: Emulator['signIn'] = (granted = {}) => issueCode(state, granted);
  const shakeHands = () => handshake(callbackOf(state, firstNumber) ?? '', state.verifyToken);

  // ── the API ────────────────────────────────────────────────────────────────────────────────────────────────────────

  const answer = (ask: Ask, fault: Fault | undefined): Reply | Promise<Reply> => {
    const { method, path, query, headers, raw } = ask;
    const token = /^(?:Bearer|OAuth) (.+)$/.exec(headers.authorization ?? '')?.[1];
    if (isBytes(path)) return bytesAnswer(query, token, headers['user-agent'], state);
    const { node, edge } = placeOf(path);
    const body = raw.length === 0 ? {} : ask.json;
    const contentType = headers['content-type'] ?? '';
    if (body === undefined && (contentType === '' || contentType.includes('json'))) return no(100, 'The body is not a JSON object.');
    if (method === 'POST' && edge === 'messages') return taken(node, token, body ?? {}, fault);
    return graphAnswer({ method, node: decodeURIComponent(node), edge, token, body, raw, contentType, query }, state);
  };

  const taken = (account: string, token: string | undefined, body: Loose, fault: Fault | undefined): Reply => {
    const { answer: said, message } = takeMessage(account, token, body, state, nextId);
    if (message && fault) stand.soon(10, () => report(message, 'failed', fault.code ?? 131047));
    else if (message) stand.soonReported((status) => report(message, status));
    return said;
  };

  const provider: Provider<AcceptedMessage> = {
    name: 'Emulated Graph API',
    courier,
    answer,
    recipient: ({ method, path, json }) => (method === 'POST' && placeOf(path).edge === 'messages' && json?.status === undefined ? (text(json?.to) ?? text(json?.recipient) ?? '') : undefined),
    carriesFile: ({ path }) => isBytes(path) || placeOf(path).edge === 'media',
    refuse: faultyAnswer,
    write,
    post,
    page: (path) => signInPage(path, stand.url),
    state: () => ({ numbers: [...state.numbers.values()], templates: [...state.templates.values()], subscriptions: Object.fromEntries(state.subscriptions), appId: state.appId, configId: state.configId, accounts: [...state.accounts] }),
    numbers: () => [...state.numbers.values()].map(({ id, phone }) => ({ id, name: `+${phone}` })),
    templates: { list: () => [...state.templates.values()].map(({ id, name, language, status }) => ({ id, name, language, status })), decisions: ['APPROVED', 'REJECTED', 'PAUSED', 'DISABLED'] },
    messages: state.messages,
    routes: {
      'POST /emulator/tell': ({ field, value, account }) => tell(text(field) ?? '', object(value) ?? {}, text(account)),
      'POST /emulator/number': (given) => done(() => change(text(given.id) ?? '', given)),
      'POST /emulator/token': (given) => done(() => issue(text(given.token) ?? '', given)),
      'POST /emulator/template': ({ id, status, reason }) => decide(text(id) ?? '', text(status) ?? 'APPROVED', text(reason)),
      'POST /emulator/file': ({ base64, mime, name }) => store(Buffer.from(text(base64) ?? '', 'base64'), text(mime) ?? 'application/octet-stream', text(name)),
      'POST /emulator/sign-in': (given) => ({ code: signIn(given) }),
      'POST /emulator/handshake': shakeHands,
    },
  };
  const stand = await startStand(provider, options);

  return Object.assign(stand, {
    settings: { accessToken, appSecret, verifyToken: state.verifyToken, businessAccountId: state.waba, phoneNumberIds, appId: state.appId, apiVersion: 'v23.0', apiBaseUrl: stand.url, messagesPerSecond: 80 },
    messages: state.messages,
    customer: { write },
    report,
    tell,
    post,
    change,
    issue,
    store,
    decide,
    signIn,
    handshake: shakeHands,
  });
}

function done(act: () => void): { done: true } {
  act();
  return { done: true };
}

/** Where the address of a file leads. */
function isBytes(path: string): boolean {
  return path.startsWith('/whatsapp_business/attachments/');
}

function placeOf(path: string): { node: string; edge: string | undefined } {
  const [, node = '', edge] = /^\/v\d+\.\d+\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? [];
  return { node, edge };
}
