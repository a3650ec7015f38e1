/** Twilio on this machine: takes messages, fetches their media, posts signed webhooks and statuses, and fails when told to. */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as later } from 'node:timers/promises';
import { request as call } from 'undici';
import { text } from '#plugin';
import { alone, createCourier, type Delivered, type Post } from '../../emulator/courier.ts';
import type { Fault } from '../../emulator/faults.ts';
import { type Ask, ended, listening, type Provider, type Reply, startStand } from '../../emulator/stand.ts';
import { steps } from '../../emulator/statuses.ts';
import type { Written } from '../../emulator/written.ts';
import { faultyAnswer, no, wordsOf } from './answers.ts';
import { fieldsFrom } from './customer.ts';
import { posted, type Told } from './deliver.ts';
import type { Emulator, EmulatorOptions } from './emulator.ts';
import { fileAnswer, fileIn, storageAnswer } from './files.ts';
import { choicesOf, mediaOf, takeMessage } from './messages.ts';
import { isAllowed, restAnswer } from './rest.ts';
import { type AcceptedMessage, callbackOf, newSid, personIn, type State } from './state.ts';

export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { senders: addresses = ['whatsapp:+14155550100'] } = options;
  const [firstSender = ''] = addresses;
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
    get callback() {
      return stand.webhookUrl;
    },
    messages: [],
    get url() {
      return stand.url;
    },
    storageUrl: '',
  };
  const reach = (url: string) => {
    const { origin } = new URL(url);
    return url.replace(origin, options.reach?.[origin] ?? origin);
  };
  const courier = createCourier<Post>({
    pack: alone, reach, isTaken: (status) => status >= 200 && status <= 299,
    retry: { firstMs: 0, timeoutMs: options.webhookTimeoutMs ?? 15_000 }, shape: options.webhooks, log: options.log,
  });

  // ── what is told ───────────────────────────────────────────────────────────────────────────────────────────────────

  const tell = (what: Told): Promise<Delivered> => courier.queue(posted(what, () => state.authToken));

  const post: Emulator['post'] = async ({ url = callbackOf(state, firstSender), ...what }) => (url === undefined ? { ok: false, attempts: 0 } : tell({ url, ...what }));

  const write = async (written: Written): Promise<Delivered & { id: string }> => {
    const account = written.to ?? firstSender;
    const { id, fields } = fieldsFrom(written, account, state);
    const url = callbackOf(state, account);
    return { ...(url === undefined ? { ok: false, attempts: 0 } : await tell({ url, fields })), id };
  };

  const report: Emulator['report'] = async (message, status, code) => {
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
    return await tell({ url, fields });
  };

  // ── what becomes of a message ──────────────────────────────────────────────────────────────────────────────────────

  /** Its files are fetched, then it is reported step by step, or as failed. */
  const goOn = async (message: AcceptedMessage, failing: number | undefined): Promise<void> => {
    let code = failing;
    for (const url of mediaOf(message, state)) {
      message.medium = await fetched(url);
      if (message.medium.status !== 200) code ??= 63019;
    }
    if (code !== undefined) {
      await until(stand.delays.sent ?? 10);
      await report(message, 'failed', code);
      return;
    }
    for (const status of steps) {
      const at = stand.delays[status];
      if (at === undefined) continue;
      await until(message.at + at - Date.now());
      if (stand.closing.aborted) return;
      await report(message, status);
    }
  };

  /** Cut short when the emulator ends. */
  const until = (ms: number) => later(Math.max(0, ms), undefined, { signal: stand.closing }).catch(() => undefined);

  const fetched = async (url: string): Promise<{ status: number; mime: string; bytes: number }> => {
    try {
      const answer = await call(reach(url), { signal: stand.closing });
      const bytes = await answer.body.arrayBuffer();
      const mime = answer.headers['content-type'];
      return { status: answer.statusCode, mime: typeof mime === 'string' ? mime : '', bytes: bytes.byteLength };
    } catch {
      return { status: 0, mime: '', bytes: 0 };
    }
  };

  // ── the API ────────────────────────────────────────────────────────────────────────────────────────────────────────

  const isSend = ({ method, path }: Ask) => method === 'POST' && path === `/2010-04-01/Accounts/${state.accountSid}/Messages.json`;
  const isFile = ({ method, path }: Ask) => method === 'GET' && fileIn(path, state) !== undefined;
  const formOf = ({ raw }: Ask): Record<string, string> => Object.fromEntries(new URLSearchParams(raw.toString('utf8')));

  const answer = (ask: Ask, fault: Fault | undefined): Reply => {
    const { method, path, query, headers: { authorization }, raw } = ask;
    if (isFile(ask)) return fileAnswer(path, authorization, state);
    return isSend(ask) ? taken(formOf(ask), authorization, fault) : restAnswer({ method, path, query, authorization, body: raw.toString('utf8') }, state);
  };

  const taken = (form: Record<string, string>, authorization: string | undefined, fault: Fault | undefined): Reply => {
    if (!isAllowed(authorization, state)) return no(20003);
    const { answer: said, message } = takeMessage(form, state);
    if (message) stand.follow(goOn(message, fault && (fault.code ?? 63016)));
    return said;
  };

  /** Everything but a file comes with the name of the request. */
  const named = (reply: Reply): Reply => ({ ...reply, headers: { 'twilio-request-id': `RQ${randomBytes(16).toString('hex')}`, ...reply.headers } });

  const storage = createServer((request, response) => {
    const { status, headers, body, type = '', verdict } = storageAnswer(request.url ?? '/', request.headers.authorization, state);
    stand.record({ method: 'GET', path: '(storage)', status, verdict });
    response.writeHead(status, { 'content-type': type, ...headers }).end(body);
  });

  // ── what is changed ────────────────────────────────────────────────────────────────────────────────────────────────

  const store: Emulator['store'] = (bytes, mime, name) => {
    const sid = newSid('ME');
    state.files.set(sid, { sid, bytes, mime, ...(name !== undefined && { name }) });
    return sid;
  };

  const change: Emulator['change'] = (address, what) => {
    const sender = state.senders.get(address);
    if (!sender) throw new Error(`There is no sender ${address}.`);
    Object.assign(sender, what);
  };

  const decide: Emulator['decide'] = (sid, status, reason = '') => {
    const content = state.contents.get(sid);
    if (!content) throw new Error(`There is no template ${sid}.`);
    Object.assign(content.approval, { status, reason });
  };

  const addToken = (authToken: string) => {
    state.secondaryToken = authToken;
  };

  const promote = (authToken: string) => {
    state.secondaryToken = undefined;
    state.authToken = authToken;
    settings.authToken = authToken;
  };

  const reported = async (id: string, status: string, code: unknown): Promise<Delivered> => {
    const message = state.messages.find((one) => one.id === id);
    if (!message) throw new Error('There is no such message.');
    return await report(message, status, typeof code === 'number' ? code : undefined);
  };

  const provider: Provider<AcceptedMessage> = {
    name: 'Emulated Twilio',
    courier,
    answer: (ask, fault) => (isFile(ask) ? answer(ask, fault) : named(answer(ask, fault))),
    recipient: (ask) => (isSend(ask) ? personIn(formOf(ask).To ?? '') : undefined),
    carriesFile: isFile,
    refuse: (fault) => named(faultyAnswer(fault)),
    write,
    post: (json) => post({ json }),
    state: () => ({ account: state.account, senders: [...state.senders.values()], contents: [...state.contents.values()], service: state.service ?? null }),
    numbers: () => [...state.senders.values()].map(({ address, name }) => ({ id: address, name })),
    templates: { list: () => [...state.contents.values()].map(({ sid, name, language, approval }) => ({ id: sid, name, language, status: approval.status })), decisions: ['approved', 'rejected', 'paused', 'disabled'] },
    messages: state.messages,
    choices: (message) => choicesOf(message, state),
    routes: {
      'POST /emulator/status': ({ id, status, code }) => reported(text(id) ?? '', text(status) ?? 'delivered', code),
      'POST /emulator/number': (given) => {
        change(text(given.address) ?? '', given);
        return { done: true };
      },
      'POST /emulator/account': (given) => Object.assign(state.account, given),
      'POST /emulator/token': ({ token, secondary }) => {
        (secondary === true ? addToken : promote)(text(token) ?? '');
        return { done: true };
      },
      'POST /emulator/template': ({ id, status, reason }) => {
        decide(text(id) ?? '', text(status) ?? 'approved', text(reason));
        return { done: true };
      },
      'POST /emulator/file': ({ base64, mime, name }) => ({ id: store(Buffer.from(text(base64) ?? '', 'base64'), text(mime) ?? 'application/octet-stream', text(name)) }),
    },
  };
  const stand = await startStand(provider, options);
  const storageUrl = (state.storageUrl = `http://127.0.0.1:${await listening(storage, 0)}`);
  const settings: Emulator['settings'] = {
    accountSid: state.accountSid,
    authToken: state.authToken,
    senders: [...addresses],
    messagesPerSecond: 80,
    connectionOverrides: 'rc=5&rp=all',
    apiBaseUrl: stand.url,
    ...(options.messagingServiceSid !== undefined && { messagingServiceSid: options.messagingServiceSid }),
  };
  const { close } = stand;

  return Object.assign(stand, {
    storageUrl,
    settings,
    messages: state.messages,
    customer: { write },
    report,
    post,
    store,
    lose: (sid: string) => void state.files.delete(sid),
    change,
    addToken,
    promote,
    decide,
    close: async () => {
      await close();
      await ended(storage);
    },
  });
}
