/**
 * A Coster of one's own, after what customers' code shows: both APIs, delivery reports as m2m posts them and messages as bot posts
 * them. Green against it is no evidence for the real one.
 */
import { randomBytes } from 'node:crypto';
import { object, text, type Loose } from '#plugin';
import { alone, createCourier, type Delivered, type Post } from '../../emulator/courier.ts';
import type { Fault } from '../../emulator/faults.ts';
import { type Ask, type Provider, type Reply, startStand, type Stand, type StandOptions } from '../../emulator/stand.ts';
import type { Written } from '../../emulator/written.ts';
import { messageFrom } from '../../meta-cloud/emulator/customer.ts';
import type { Settings } from '../settings.ts';

export interface AcceptedMessage {
  id: string;
  /** The sender's own reference. */
  xid: string;
  to: string;
  account: string;
  face: 'm2m' | 'bot';
  type: string;
  text?: string;
  at: number;
  body: Loose;
}

/** What a webhook of bot wraps Meta's words in. */
export type Wrapping = 'envelope' | 'entry' | 'value';

export interface EmulatorOptions extends StandOptions {
  accessToken: string;
  face?: 'm2m' | 'bot';
  accountCode?: string;
  accountId?: string;
  phone?: string;
  /** Sent with every webhook in this header. */
  webhookSecret?: string;
  proofHeader?: string;
  wrapping?: Wrapping;
}

export interface Emulator extends Stand {
  /** Settings of a connection that speaks to this emulator. */
  settings: Settings;
  messages: readonly AcceptedMessage[];
  customer: { write(written: Written): Promise<Delivered & { id: string }> };
  report(message: AcceptedMessage, status: 'sent' | 'delivered' | 'read' | 'failed', code?: number): Promise<Delivered>;
  /** Keeps the bytes of a medium. @returns the id under which bot gives them */
  file(bytes: Buffer, mime: string): string;
  /** Makes this the only token: the one before is revoked. */
  renew(accessToken: string): void;
}

const phoneNumberId = '108100000000001';

export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { face = 'm2m', accountCode = '0123456789abcdef0123456789abcdef', accountId = 'acct-0001', phone = '628110000001', wrapping = 'envelope', proofHeader = 'x-webhook-secret' } = options;
  let { accessToken } = options;
  const messages: AcceptedMessage[] = [];
  const files = new Map<string, { bytes: Buffer; mime: string }>();
  const metadata = { display_phone_number: phone, phone_number_id: phoneNumberId };
  const courier = createCourier<Post>({ pack: alone, retry: options.retry, shape: options.webhooks, log: options.log });
  // Read each time: whoever holds the options may give the secret later, as a connection makes it.
  const headers = () => ({ 'content-type': 'application/json', ...(options.webhookSecret !== undefined && { [proofHeader]: options.webhookSecret }) });

  const post = async (body: string): Promise<Delivered> => (stand.webhookUrl === undefined ? { ok: false, attempts: 0 } : courier.queue({ url: stand.webhookUrl, body, headers }));

  const report: Emulator['report'] = ({ id, xid, to }, status, code) => {
    const now = Date.now();
    const failed = { conversation: null, errors: [{ code: code ?? 131026, title: 'Refused by the emulator' }] };
    const fine = { conversation: { id: 'c0ffee', origin: { type: 'utility' } }, pricing: { billable: true, category: 'utility', pricing_model: 'PMP', type: 'regular' } };
    const told = { id, recipient_id: to, status, timestamp: String(Math.floor(now / 1000)), ...(status === 'failed' ? failed : fine) };
    const value = { messaging_product: 'whatsapp', metadata, messages: null, contacts: null, errors: null, statuses: [told] };
    return post(JSON.stringify({ object: 'whatsapp_business_account', xid, entry: [{ id: '102000000000001', time: now, changes: [{ field: 'messages', value }] }] }));
  };

  const write = async (written: Written): Promise<Delivered & { id: string }> => {
    const { id = wamid(), name = 'Ana' } = written;
    const { contact, message } = messageFrom({ ...written, name }, id);
    const value = { messaging_product: 'whatsapp', metadata, contacts: [contact], messages: [message] };
    const entry = { id: '102000000000001', changes: [{ field: 'messages', value }] };
    const data = wrapping === 'value' ? value : wrapping === 'entry' ? entry : { object: 'whatsapp_business_account', entry: [entry] };
    const body = { id: `evt-${id}`, mid: id, client_id: 'client-1', channel_id: 'whatsapp-cloud', account: { id: '1', account: phone, account_title: 'Toko Contoh' }, data };
    return { ...(await post(JSON.stringify(body))), id };
  };

  const take = (by: 'm2m' | 'bot', xid: string, message: Loose, fault: Fault | undefined): AcceptedMessage => {
    const type = text(message.type) ?? '';
    const said = text(object(message.text)?.body) ?? text(object(message.template)?.name);
    const taken: AcceptedMessage = { id: wamid(), xid, to: text(message.to) ?? '', account: phone, face: by, type, at: Date.now(), body: message, ...(said !== undefined && { text: said }) };
    messages.push(taken);
    if (fault) stand.soon(10, () => report(taken, 'failed', fault.code));
    else stand.soonReported((status) => report(taken, status));
    return taken;
  };

  const m2m = ({ headers, json }: Ask, failing: Fault | undefined): Reply => {
    if (headers.authorization !== `Bearer ${accessToken}`) return no(401, 1005, 'Access denied', 'Invalid credentials');
    const xid = text(json?.xid);
    if (xid === undefined || xid.length > 64) return no(500, 1008, 'Required parameter is missing', 'xid');
    const wrong = faultIn(json ?? {});
    if (wrong !== undefined) return no(500, 1009, 'Parameter value is not valid', wrong);
    const { id, to } = take('m2m', xid, json ?? {}, failing);
    return { status: 200, body: { meta, contacts: [{ input: to, wa_id: to }], messages: [{ id, xid }] }, verdict: 'ok' };
  };

  const bot = ({ headers, json }: Ask, failing: Fault | undefined): Reply => {
    if (headers['x-access-token'] !== accessToken) return botNo(401, 'unauthorized');
    const xid = text(json?.xid);
    const data = object(json?.data);
    if (xid === undefined || json?.account_id !== accountId || text(json.channel_id) === undefined || json.message_type !== 'outbound') return botNo(400, 'xid, account_id, channel_id or message_type is not valid');
    if (data?.messaging_product !== 'whatsapp') return botNo(400, 'data.messaging_product is not valid');
    const wrong = faultIn(data);
    if (wrong !== undefined) return botNo(400, wrong);
    take('bot', xid, data, failing);
    return { status: 200, body: { code: 200, message: 'success', servertime: Math.floor(Date.now() / 1000), data: {} }, verdict: 'ok' };
  };

  const numbers = () => [{ id: phone, name: 'Emulated' }];
  const provider: Provider<AcceptedMessage> = {
    name: 'Emulated Coster',
    courier,
    messages,
    write,
    post,
    answer(ask, fault) {
      const file = /^\/bot\/media\/([\w-]+)$/.exec(ask.path)?.[1];
      if (ask.method === 'GET' && file !== undefined) {
        if (ask.headers['x-access-token'] !== accessToken) return botNo(401, 'unauthorized');
        const found = files.get(file);
        return found ? { status: 200, body: found.bytes, type: found.mime, verdict: 'ok' } : botNo(404, 'not found');
      }
      if (ask.path === `/v1/${accountCode}/messages`) return ask.method === 'POST' ? m2m(ask, fault) : no(405, 1010, 'Method not allowed', '');
      if (ask.path === '/bot/webhook') return ask.method === 'POST' ? bot(ask, fault) : botNo(405, 'method not allowed');
      return { status: 404, body: Buffer.from('<html>Not found</html>'), type: 'text/html', verdict: '404' };
    },
    recipient: ({ method, path, json }) => (method === 'POST' && /\/messages$|^\/bot\/webhook$/.test(path) ? (text(json?.to) ?? text(object(json?.data)?.to) ?? '') : undefined),
    carriesFile: ({ path }) => path.startsWith('/bot/media/'),
    refuse: ({ code, status }) => (face === 'm2m' ? no(status ?? 500, code ?? 1014, 'Refused by the emulator', '') : botNo(status ?? 500, 'Refused by the emulator', code)),
    numbers,
    state: () => ({ numbers: numbers(), face, accountCode, accountId, files: files.size }),
    routes: { 'POST /emulator/file': (given) => ({ id: file(Buffer.from(text(given.base64) ?? '', 'base64'), text(given.mime) ?? 'application/octet-stream') }) },
  };
  const stand = await startStand(provider, options);

  function file(bytes: Buffer, mime: string): string {
    const id = randomBytes(8).toString('hex');
    files.set(id, { bytes, mime });
    return id;
  }

  return Object.assign(stand, {
    settings: {
      face,
      accessToken,
      accountCode,
      accountId,
      phoneNumbers: [phone],
      callbackProof: options.webhookSecret === undefined ? ('url' as const) : ('header' as const),
      webhookSecret: options.webhookSecret ?? 'coster-emulated-webhook-secret',
      proofHeader,
      authStyle: 'usual' as const,
      authHeader: 'x-access-token',
      channelId: 'whatsapp-cloud',
      helpdesk: false,
      m2mUrl: `${stand.url}/v1/{account_code}/messages`,
      botUrl: `${stand.url}/bot/webhook`,
      mediaUrl: `${stand.url}/bot/media/{media_id}`,
      messagesPerSecond: 100_000,
    },
    messages,
    customer: { write },
    report,
    file,
    renew(token: string) {
      accessToken = token;
    },
  });
}

const meta = { author: 'emulator', meta: '0.0.1' };

function no(status: number, code: number, title: string, details: string): Reply {
  return { status, body: { meta, errors: [{ code, title, details }] }, verdict: `error ${code}` };
}

function botNo(status: number, message: string, code = status): Reply {
  return { status, body: { code, message, servertime: Math.floor(Date.now() / 1000), data: null }, verdict: `error ${code}` };
}

function wamid(): string {
  return `wamid.HBgC${randomBytes(12).toString('hex').toUpperCase()}`;
}

/** Texts and templates as Meta's body has them; the rest was never seen on either API. */
function faultIn(message: Loose): string | undefined {
  if (!/^[0-9]{6,20}$/.test(text(message.to) ?? '')) return 'Unknown contact';
  if (message.type === 'text') return text(object(message.text)?.body) === undefined ? 'text.body' : undefined;
  if (message.type !== 'template') return 'type';
  const template = object(message.template);
  if (text(template?.name) === undefined || text(object(template?.language)?.code) === undefined) return 'template.name or template.language.code';
  return template?.components === undefined || Array.isArray(template.components) ? undefined : 'template.components';
}
