/**
 * A Coster of one's own, after what customers' code shows: both APIs, delivery reports as m2m posts them and messages as bot posts
 * them. Green against it is no evidence for the real one.
 */
import { randomBytes } from 'node:crypto';
import { object, objects, text, type Loose } from '#plugin';
import type { Delivered } from '../../meta-cloud/emulator/deliver.ts';
import type { Fault } from '../../meta-cloud/emulator/faults.ts';
import { heard } from '../../qontak/emulator/customer.ts';
import { type Ask, type Provider, type Reply, startStand, type Stand, type StandOptions, type Written } from '../../qontak/emulator/stand.ts';
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
  /** Report what became of messages: true, or when. */
  statuses?: boolean | { sent?: number; delivered?: number; read?: number };
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

const words = ['sent', 'delivered', 'read'] as const;
const phoneNumberId = '108100000000001';

export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { face = 'm2m', accountCode = '0123456789abcdef0123456789abcdef', accountId = 'acct-0001', phone = '628110000001', wrapping = 'envelope', proofHeader = 'x-webhook-secret' } = options;
  const delays = options.statuses === true ? { sent: 10, delivered: 30, read: 60 } : options.statuses === undefined || options.statuses === false ? {} : options.statuses;
  const messages: AcceptedMessage[] = [];
  const files = new Map<string, { bytes: Buffer; mime: string }>();
  const metadata = { display_phone_number: phone, phone_number_id: phoneNumberId };
  let failing: Fault | undefined;
  let { accessToken } = options;

  const post = (body: object): Promise<Delivered> => stand.post(body, options.webhookSecret === undefined ? {} : { [proofHeader]: options.webhookSecret });

  const report: Emulator['report'] = ({ id, xid, to }, status, code) => {
    const now = Date.now();
    const failed = { conversation: null, errors: [{ code: code ?? 131026, title: 'Refused by the emulator' }] };
    const fine = { conversation: { id: 'c0ffee', origin: { type: 'utility' } }, pricing: { billable: true, category: 'utility', pricing_model: 'PMP', type: 'regular' } };
    const told = { id, recipient_id: to, status, timestamp: String(Math.floor(now / 1000)), ...(status === 'failed' ? failed : fine) };
    const value = { messaging_product: 'whatsapp', metadata, messages: null, contacts: null, errors: null, statuses: [told] };
    return post({ object: 'whatsapp_business_account', xid, entry: [{ id: '102000000000001', time: now, changes: [{ field: 'messages', value }] }] });
  };

  const write = async (written: Written): Promise<Delivered & { id: string }> => {
    const id = text(written.id) ?? wamid();
    const who = { from: text(written.from), userId: text(written.userId), name: text(written.name) ?? 'Ana', wamid: id, at: typeof written.at === 'number' ? written.at : Date.now(), replyTo: text(written.replyTo) };
    const value = { ...metaOf(written, who), metadata };
    const entry = { id: '102000000000001', changes: [{ field: 'messages', value }] };
    const data = wrapping === 'value' ? value : wrapping === 'entry' ? entry : { object: 'whatsapp_business_account', entry: [entry] };
    const body = { id: `evt-${id}`, mid: id, client_id: 'client-1', channel_id: 'whatsapp-cloud', account: { id: '1', account: phone, account_title: 'Toko Contoh' }, data };
    return { ...(await post(body)), id };
  };

  const take = (by: 'm2m' | 'bot', xid: string, message: Loose): AcceptedMessage => {
    const type = text(message.type) ?? '';
    const said = text(object(message.text)?.body) ?? text(object(message.template)?.name);
    const taken: AcceptedMessage = { id: wamid(), xid, to: text(message.to) ?? '', account: phone, face: by, type, at: Date.now(), body: message, ...(said !== undefined && { text: said }) };
    messages.push(taken);
    if (failing) {
      const { code } = failing;
      stand.soon(10, () => report(taken, 'failed', code));
    } else {
      for (const word of words) if (delays[word] !== undefined) stand.soon(delays[word], () => report(taken, word));
    }
    return taken;
  };

  const m2m = ({ headers, json }: Ask): Reply => {
    if (headers.authorization !== `Bearer ${accessToken}`) return no(401, 1005, 'Access denied', 'Invalid credentials');
    const xid = text(json?.xid);
    if (xid === undefined || xid.length > 64) return no(500, 1008, 'Required parameter is missing', 'xid');
    const fault = faultIn(json ?? {});
    if (fault !== undefined) return no(500, 1009, 'Parameter value is not valid', fault);
    const { id, to } = take('m2m', xid, json ?? {});
    return { status: 200, body: { meta, contacts: [{ input: to, wa_id: to }], messages: [{ id, xid }] }, verdict: 'ok' };
  };

  const bot = ({ headers, json }: Ask): Reply => {
    if (headers['x-access-token'] !== accessToken) return botNo(401, 'unauthorized');
    const xid = text(json?.xid);
    const data = object(json?.data);
    if (xid === undefined || json?.account_id !== accountId || text(json.channel_id) === undefined || json.message_type !== 'outbound') return botNo(400, 'xid, account_id, channel_id or message_type is not valid');
    if (data?.messaging_product !== 'whatsapp') return botNo(400, 'data.messaging_product is not valid');
    const fault = faultIn(data);
    if (fault !== undefined) return botNo(400, fault);
    take('bot', xid, data);
    return { status: 200, body: { code: 200, message: 'success', servertime: Math.floor(Date.now() / 1000), data: {} }, verdict: 'ok' };
  };

  const provider: Provider = {
    name: 'Emulated Coster',
    messages,
    write,
    answer(ask, fault) {
      failing = fault;
      const file = /^\/bot\/media\/([\w-]+)$/.exec(ask.path)?.[1];
      if (ask.method === 'GET' && file !== undefined) {
        if (ask.headers['x-access-token'] !== accessToken) return botNo(401, 'unauthorized');
        const found = files.get(file);
        return found ? { status: 200, body: found.bytes, type: found.mime, verdict: 'ok' } : botNo(404, 'not found');
      }
      if (ask.path === `/v1/${accountCode}/messages`) return ask.method === 'POST' ? m2m(ask) : no(405, 1010, 'Method not allowed', '');
      if (ask.path === '/bot/webhook') return ask.method === 'POST' ? bot(ask) : botNo(405, 'method not allowed');
      return { status: 404, body: Buffer.from('<html>Not found</html>'), type: 'text/html', verdict: '404' };
    },
    recipient: ({ method, path, json }) => (method === 'POST' && /\/messages$|^\/bot\/webhook$/.test(path) ? (text(json?.to) ?? text(object(json?.data)?.to) ?? '') : undefined),
    refuse: ({ code, status }) => (face === 'm2m' ? no(status ?? 500, code ?? 1014, 'Refused by the emulator', '') : botNo(status ?? 500, 'Refused by the emulator', code)),
    state: () => ({ numbers: [{ id: phone, name: 'Emulated' }], face, accountCode, accountId, files: files.size }),
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

/** The value of a `messages` change; media by the id under which bot gives the bytes. */
function metaOf(written: Written, who: Parameters<typeof heard>[1]): Loose {
  const { raw } = heard(written, who);
  const media = object(object(written.content)?.media);
  const [message] = objects(raw.messages);
  const type = text(message?.type) ?? '';
  const inner = object(message?.[type]);
  return media && message && inner ? { ...raw, messages: [{ ...message, [type]: { ...inner, id: media.ref } }] } : raw;
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
