/** A Qontak of one's own: takes messages into rooms and broadcasts, posts webhooks, and fails when told to. */
import { randomUUID } from 'node:crypto';
import { text, type Loose } from '#plugin';
import { alone, createCourier, type Delivered, type Post } from '../../emulator/courier.ts';
import type { Fault } from '../../emulator/faults.ts';
import { type Ask, type Provider, startStand, type Stand, type StandOptions } from '../../emulator/stand.ts';
import type { Written } from '../../emulator/written.ts';
import type { Settings } from '../settings.ts';
import { type AcceptedMessage, type Account, interactionNames, messageObject, type Room, roomObject, roomWith, wamid } from './account.ts';
import { no } from './answers.ts';
import { answer, keep, logLine, pathOf, sentObject } from './calls.ts';
import { heard } from './customer.ts';

export interface EmulatorOptions extends StandOptions {
  accessToken: string | readonly string[];
  clientId?: string;
  clientSecret?: string;
  organizationId?: string;
  channelIntegrationIds?: readonly string[];
  /** The emulator's own clock, for who signs with a date. */
  now?: () => number;
}

export type Status = 'sent' | 'delivered' | 'read' | 'failed';

export interface Emulator extends Stand {
  /** Settings of a connection that speaks to this emulator with its token. */
  settings: Settings;
  messages: readonly AcceptedMessage[];
  account: Account;
  customer: { write(written: Written): Promise<Delivered & { id: string; room: string }> };
  /** A person in Qontak answers in the room with this phone number. */
  agent(phone: string, said: string): Promise<Delivered>;
  /** A person takes the room, or it is resolved. */
  room(phone: string, change: { status?: Room['status']; session?: Room['session'] }): Promise<Delivered>;
  report(message: AcceptedMessage, status: Status, code?: number): Promise<Delivered>;
  /** Stores a file as Qontak does with what customers send. @returns its address */
  file(bytes: Buffer, mime: string, name: string): string;
  /** Makes this the only token: those before are revoked. */
  renew(accessToken: string): void;
}

export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const [accessToken = '', ...others] = typeof options.accessToken === 'string' ? [options.accessToken] : options.accessToken;
  const ids = options.channelIntegrationIds ?? ['b3a2ee0b-0000-4000-8000-000000000001'];
  const now = options.now ?? (() => Date.now());
  const account: Account = {
    organization: options.organizationId ?? '5c8521e5-0000-4000-8000-000000000006',
    integrations: ids.map((id, at) => ({ id, name: `Emulated ${at + 1}`, phone: `6281100${String(at + 1).padStart(5, '0')}`, active: true })),
    tokens: new Set([accessToken, ...others]),
    clientId: options.clientId ?? 'emulated-client',
    clientSecret: options.clientSecret ?? 'emulated-client-secret',
    rooms: new Map(),
    messages: [],
    templates: new Map([orderReady(options.organizationId ?? ''), paidOff(options.organizationId ?? '')].map((template) => [template.id, template])),
    interactions: {
      get url() {
        return stand.webhookUrl;
      },
      set url(url) {
        stand.webhookUrl = url;
      },
      on: Object.fromEntries(interactionNames.map((name) => [name, options.webhookUrl !== undefined])),
    },
    files: new Map(),
  };
  const courier = createCourier<Post>({ pack: alone, retry: options.retry, shape: options.webhooks, log: options.log });

  const post = async (body: string): Promise<Delivered> => (stand.webhookUrl === undefined ? nowhere : courier.queue({ url: stand.webhookUrl, body, headers: () => ({ 'content-type': 'application/json' }) }));

  const tell = (event: string, body: Loose, more: Loose = {}): Promise<Delivered> =>
    account.interactions.on[event] === true ? post(JSON.stringify({ ...body, webhook_event: 'message_interaction', data_event: event, ...more })) : Promise.resolve(nowhere);

  const report = (message: AcceptedMessage, status: Status, code?: number): Promise<Delivered> => {
    if (message.broadcast) return tell('broadcast_log_status', logLine(message, status, account, status === 'failed' ? { code: code ?? 131000, said: `(#${code ?? 131000}) Refused by the emulator` } : undefined));
    const room = account.rooms.get(message.room ?? '');
    return room ? tell('status_message', sentObject(message, room, status, message.wamid, account)) : Promise.resolve(nowhere);
  };

  const taken = (message: AcceptedMessage, fault: Fault | undefined): void => {
    account.messages.push(message);
    const room = account.rooms.get(message.room ?? '') ?? [...account.rooms.values()].find(({ unique }) => unique === message.to);
    room?.history.push(sentObject(message, room, 'sent', message.wamid, account));
    if (fault) stand.soon(10, () => report(message, 'failed', fault.code));
    else stand.soonReported((status) => report(message, status));
  };

  const write = async (written: Written) => {
    const { from, userId, to = ids[0] ?? '', name = 'Ana', at = now(), id: external = wamid() } = written;
    const room = roomWith(account, to, from ?? userId ?? '', name);
    room.session = 'open';
    if (room.status === 'resolved') room.status = 'unassigned';
    const { type, text: said, file, raw } = heard({ ...written, name, at }, external);
    const id = randomUUID();
    const body = messageObject(room, account, { id, type, text: said, status: 'created', external, by: 'customer', at, more: { ...(file && { file }), ...(written.raw !== false && { raw_message: raw }) } });
    room.history.push(body);
    return { ...(await tell('receive_message_from_customer', body)), id, room: room.id };
  };

  const roomOf = (phone: string): Room => {
    const room = [...account.rooms.values()].find(({ unique }) => unique === phone);
    if (!room) throw new Error(`Nobody wrote from ${phone} yet, so there is no room.`);
    return room;
  };

  const agent = (phone: string, said: string): Promise<Delivered> => {
    const room = roomOf(phone);
    room.status = 'assigned';
    const body = messageObject(room, account, { id: randomUUID(), type: 'text', text: said, status: 'created', external: null, by: 'agent', at: now() });
    room.history.push(body);
    return tell('receive_message_from_agent', body);
  };

  const change = async (phone: string, { status, session }: { status?: Room['status']; session?: Room['session'] }): Promise<Delivered> => {
    const room = roomOf(phone);
    if (session !== undefined) room.session = session;
    if (status === undefined) return { ok: true, attempts: 0 };
    room.status = status;
    return status === 'resolved' ? tell('room_resolved', { room_id: room.id, room: roomObject(room, account) }, { webhook_event: 'room_interaction' }) : { ok: true, attempts: 0 };
  };

  const templates = () => [...account.templates.values()].map(({ id, name, language, status }) => ({ id: text(id) ?? '', name: text(name) ?? '', language: text(language) ?? '', status: text(status) ?? '' }));

  const provider: Provider<AcceptedMessage> = {
    name: 'Emulated Qontak',
    messages: account.messages,
    write,
    post,
    courier,
    answer: (ask, fault) => answer(ask, { account, taken: (message) => taken(message, fault), now, url: () => stand.url }),
    recipient: (ask) => recipientOf(ask, account),
    carriesFile: ({ path }) => /file/.test(path),
    refuse: ({ code, status }) => no(status ?? code ?? 500, 'Refused by the emulator'),
    state: () => ({
      organization: account.organization,
      numbers: account.integrations,
      rooms: [...account.rooms.values()].map(({ history, ...room }) => ({ ...room, messages: history.length })),
      templates: templates(),
      interactions: account.interactions,
    }),
    numbers: () => account.integrations,
    templates: { list: templates, decisions: ['APPROVED', 'REJECTED', 'PAUSED', 'DISABLED'] },
    forms: [
      { title: 'Answer as a person in Qontak', path: '/emulator/agent', fields: [{ name: 'from', label: 'In the room of', value: '628120000002' }, { name: 'text', label: 'Says', value: 'Saya bantu' }] },
      { title: 'Change a room', path: '/emulator/room', fields: [{ name: 'from', label: 'The room of', value: '628120000002' }, { name: 'status', label: 'Status', options: ['', 'unassigned', 'assigned', 'resolved'] }, { name: 'session', label: 'Session', options: ['', 'open', 'closed'] }] },
    ],
    routes: {
      'POST /emulator/agent': (given) => agent(text(given.from) ?? '', text(given.text) ?? ''),
      'POST /emulator/room': (given) => change(text(given.from) ?? '', roomChange(given)),
      'POST /emulator/template': (given) => {
        const template = account.templates.get(text(given.id) ?? '');
        if (!template) throw new Error(`There is no template ${text(given.id) ?? ''} here.`);
        account.templates.set(text(given.id) ?? '', { ...template, status: text(given.status) ?? 'APPROVED' });
        return { done: true };
      },
      'POST /emulator/file': (given) => ({ url: text(keep(Buffer.from(text(given.base64) ?? '', 'base64'), text(given.mime) ?? 'application/octet-stream', text(given.name) ?? 'file', { account, url: () => stand.url }).url) }),
    },
  };
  const stand = await startStand(provider, options);

  return Object.assign(stand, {
    settings: {
      auth: 'bearer' as const,
      accessToken,
      apiBaseUrl: `${stand.url}/api/open/v1`,
      organizationId: account.organization,
      channelIntegrationIds: [...ids],
      quietWhenAssigned: true,
      sendAs: 'bot' as const,
      requestsPerMinute: 100_000,
    },
    messages: account.messages,
    account,
    customer: { write },
    agent,
    room: change,
    report,
    file: (bytes: Buffer, mime: string, name: string) => text(keep(bytes, mime, name, { account, url: () => stand.url }).url) ?? '',
    renew(token: string) {
      account.tokens.clear();
      account.tokens.add(token);
    },
  });
}

const nowhere: Delivered = { ok: false, attempts: 0 };

function roomChange({ status, session }: Loose): { status?: Room['status']; session?: Room['session'] } {
  const known = (['unassigned', 'assigned', 'resolved', 'campaign'] as const).find((word) => word === status);
  return { ...(known && { status: known }), ...((session === 'open' || session === 'closed') && { session }) };
}

function recipientOf(ask: Ask, account: Account): string | undefined {
  if (ask.method !== 'POST') return undefined;
  const path = pathOf(ask);
  if (path === 'broadcasts/whatsapp/direct') return text(ask.json?.to_number) ?? '';
  if (!path.startsWith('messages/whatsapp')) return undefined;
  const room = text(ask.json?.room_id) ?? /name="room_id"\r\n\r\n([\w-]+)/.exec(ask.raw.toString('latin1'))?.[1];
  return account.rooms.get(room ?? '')?.unique ?? '';
}

interface Template extends Loose {
  id: string;
}

const orderReady = (organization: string): Template => ({
  id: 'cf7a16bd-0000-4000-8000-000000000002',
  organization_id: organization,
  name: 'order_ready',
  language: 'id',
  header: null,
  body: 'Halo {{1}}, pesanan {{2}} siap.',
  footer: null,
  buttons: [{ type: 'URL', text: 'Lacak', url: 'https://shop.example.test/{{1}}', example: '["https://shop.example.test/INV-7"]' }],
  status: 'APPROVED',
  category: 'UTILITY',
  quality_rating: null,
  quality_rating_text: 'Neutral',
  type: 'campaign',
});

const paidOff = (organization: string): Template => ({
  id: 'cf7a16bd-0000-4000-8000-000000000003',
  organization_id: organization,
  name: 'paid_off',
  language: 'id',
  header: { format: 'IMAGE', example: 'https://cdn.example.test/a.jpg' },
  body: 'Lunas, terima kasih.',
  footer: 'Toko',
  status: 'APPROVED',
  category: 'UTILITY',
  quality_rating: null,
  quality_rating_text: 'Neutral',
  type: 'campaign',
});
