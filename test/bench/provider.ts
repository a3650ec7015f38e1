/** The fake provider: answers sends in Meta's shape, each with an id of its own, and remembers which reply came when. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { now, serve, type ProviderOrder, type Replies, type SentMessage } from './wire.ts';

interface Send {
  to?: string;
  text?: { body?: string };
  biz_opaque_callback_data?: string;
  /** Of a read mark, which is no message. */
  status?: 'read';
}

const replies = new Map<number, { at: number; times: number }>();
let sent: SentMessage[] = [];
let ids = 0;
let hanging: (() => void)[] | undefined;

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const at = now();
    if (request.method !== 'POST' || request.url?.endsWith('/messages') !== true) return answer(response, '{"success":true,"data":[]}');
    const send = JSON.parse(Buffer.concat(chunks).toString()) as Send;
    if (send.status === 'read') return answer(response, '{"success":true}');
    const act = () => answer(response, take(send, at));
    if (hanging) hanging.push(act);
    else act();
  });
});
server.keepAliveTimeout = 60_000;

function take({ to = '', text, biz_opaque_callback_data: ref = '' }: Send, at: number): string {
  const wamid = `wamid.out.${++ids}`;
  const message = /n(\d+)$/.exec(text?.body ?? '')?.[1];
  if (message !== undefined) {
    const reply = replies.get(Number(message));
    if (reply) reply.times++;
    else replies.set(Number(message), { at, times: 1 });
  }
  sent.push({ wamid, to, ref });
  return `{"messaging_product":"whatsapp","contacts":[{"input":"${to}","wa_id":"${to}"}],"messages":[{"id":"${wamid}"}]}`;
}

function answer(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'content-type': 'application/json; charset=UTF-8', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

server.listen(0, '127.0.0.1');

serve<ProviderOrder>((order) => {
  switch (order.do) {
    case 'url':
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    case 'forget':
      replies.clear();
      sent = [];
      return undefined;
    case 'hang':
      hanging ??= [];
      return undefined;
    case 'answer': {
      const waiting = hanging ?? [];
      hanging = undefined;
      for (const act of waiting) act();
      return waiting.length;
    }
    case 'count':
      return replies.size;
    case 'sent':
      return sent;
    case 'replies':
      return repliesOf(order.firstMessage, order.count);
  }
});

function repliesOf(firstMessage: number, count: number): Replies {
  const at = new Float64Array(count);
  const times = new Uint8Array(count);
  for (let n = 0; n < count; n++) {
    const reply = replies.get(firstMessage + n);
    if (!reply) continue;
    at[n] = reply.at;
    times[n] = reply.times;
  }
  return { at, times };
}
