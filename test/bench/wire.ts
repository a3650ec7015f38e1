/** What travels between the processes of the benchmark: Meta's bodies, their signatures, and the orders that its two helpers take. */
import { createHmac, createSecretKey } from 'node:crypto';

export const appSecret = 'bench-app-secret-0123456789';
export const accessToken = 'EAAbenchAccessToken0123456789';
export const account = '108100000000001';
const senders = 5_000;

/** Milliseconds of the machine's monotonic clock: the same in every process. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6;

const key = createSecretKey(Buffer.from(appSecret));
export const signatureOf = (body: Buffer): string => `sha256=${createHmac('sha256', key).update(body).digest('hex')}`;

/** Message `n` of the run, as Meta posts it; its text names it, so that its reply can be recognised. */
export function messageBody(n: number): Buffer {
  const from = `62812${String(n % senders).padStart(8, '0')}`;
  return envelope(
    `"contacts":[{"profile":{"name":"Customer ${n % senders}"},"wa_id":"${from}"}],` +
      `"messages":[{"from":"${from}","id":"wamid.in.${process.pid}.${n}","timestamp":"${seconds()}","type":"text","text":{"body":"n${n}"}}]`,
  );
}

/** What Meta later says of a message that was sent. */
export interface SentMessage {
  wamid: string;
  to: string;
  ref: string;
}

export const statuses = ['sent', 'delivered', 'read'] as const;

export function statusBody({ wamid, to, ref }: SentMessage, status: (typeof statuses)[number]): Buffer {
  return envelope(
    `"statuses":[{"id":"${wamid}","status":"${status}","timestamp":"${seconds()}","recipient_id":"${to}",` +
      `"conversation":{"id":"c-${to}","origin":{"type":"service"}},"pricing":{"billable":true,"pricing_model":"PMP","category":"service"},"biz_opaque_callback_data":"${ref}"}]`,
  );
}

function envelope(said: string): Buffer {
  return Buffer.from(
    `{"object":"whatsapp_business_account","entry":[{"id":"102000000000001","changes":[{"field":"messages","value":{"messaging_product":"whatsapp",` +
      `"metadata":{"display_phone_number":"628110000001","phone_number_id":"${account}"},${said}}}]}]}`,
  );
}

const seconds = () => Math.floor(Date.now() / 1000);

// ── the load client ──────────────────────────────────────────────────────────────────────────────────────────────────

export interface Load {
  do: 'load';
  url: string;
  ms: number;
  /** Closed loop: so many connections, each sends its next webhook when the last one was answered. */
  connections?: number;
  /** Open loop: so many webhooks a second fall due, whatever the server does. */
  perSecond?: number;
  /** Number of the first message. */
  firstMessage: number;
  /** Open loop: before each message, so many statuses of these messages. */
  statusesPerMessage?: number;
  sent?: SentMessage[];
}

export interface LoadResult {
  webhooks: number;
  accepted: number;
  /** Answers by what they were: a status code or the code of a broken connection. */
  refused: Record<string, number>;
  seconds: number;
  /** From due (open loop) or written (closed loop) to answered, in milliseconds. */
  p50: number;
  p99: number;
  max: number;
  over250: number;
  /** By number of message, from the first: when it was due, and whether it was accepted. */
  due: Float64Array;
  acceptedMessages: Uint8Array;
}

/** Posts one message again and again until it is accepted. */
interface First {
  do: 'first';
  url: string;
  message: number;
}

export type ClientOrder = Load | First;

// ── the fake provider ────────────────────────────────────────────────────────────────────────────────────────────────

export type ProviderOrder =
  | { do: 'url' }
  /** Forgets what it was sent. */
  | { do: 'forget' }
  /** Takes requests and answers none, until told to answer: then those that wait get theirs. */
  | { do: 'hang' }
  | { do: 'answer' }
  | { do: 'count' }
  | { do: 'replies'; firstMessage: number; count: number }
  | { do: 'sent' };

export interface Replies {
  /** By number of message, from the first: when its reply came (0: never), and how often. */
  at: Float64Array;
  times: Uint8Array;
}

/** Answers orders that come over the process's own channel. */
export function serve<Order>(answer: (order: Order) => unknown): void {
  process.on('message', (asked: { id: number; order: Order }) => {
    void (async () => process.send?.({ id: asked.id, answer: await answer(asked.order) }))();
  });
  process.on('disconnect', () => process.exit());
}
