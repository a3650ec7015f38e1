import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { WebSocket } from 'ws';
import { watch, type Watching } from '../../core/http/live.ts';
import { createLive } from '../../core/live.ts';
import { until } from '../until.ts';
import { openOffice } from './office.ts';

const office = await openOffice(t);
const owner = await office.as('owner');
await office.app.listen({ port: 0, host: '127.0.0.1' });
const { port } = office.app.server.address() as AddressInfo;
const cookie = [...owner.visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ');

interface Listening {
  socket: WebSocket;
  heard: { conversation?: string; seq?: number; alerts?: boolean; numbers?: boolean }[];
}

async function listen(path = '/live/acme', headers: Record<string, string> = { origin: `http://127.0.0.1:${port}`, cookie }): Promise<Listening> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
  const heard: Listening['heard'] = [];
  socket.on('message', (data: Buffer) => heard.push(JSON.parse(data.toString())));
  await once(socket, 'open');
  return { socket, heard };
}

async function refusal(path: string, headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
  const answer = await new Promise<number>((resolve) => {
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.on('open', () => resolve(101));
    socket.on('error', () => {});
  });
  socket.terminate();
  return answer;
}

t.test('a page of this tenant hears which conversation changed, and nothing of what was said', async (t) => {
  const { socket, heard } = await listen();
  await office.customer('a secret plan');
  await until('it is heard', () => heard.some((notice) => notice.conversation !== undefined && (notice.seq ?? 0) >= 2));
  const id = await office.conversation();
  t.ok(heard.some((notice) => notice.conversation === id));
  t.notMatch(JSON.stringify(heard), 'secret plan');
  socket.close();
});

t.test('many changes of one moment are one message', async (t) => {
  const { socket, heard } = await listen();
  const id = '01890000-0000-7000-8000-000000000001';
  for (let seq = 1; seq <= 500; seq++) office.ctx.runtime.live.tell({ tenantId: office.ids.tenant, conversation: id, seq });
  office.ctx.runtime.live.tell({ tenantId: office.ids.tenant, alerts: true });
  office.ctx.runtime.live.tell({ tenantId: office.ids.tenant, numbers: true });
  await until('it is heard', () => heard.length >= 3);
  t.same(heard, [{ conversation: id, seq: 500 }, { alerts: true }, { numbers: true }]);
  socket.close();
});

t.test('what happens in another tenant is not heard', async (t) => {
  const { socket, heard } = await listen();
  office.ctx.runtime.live.tell({ tenantId: '01890000-0000-7000-8000-00000000000f', conversation: '01890000-0000-7000-8000-000000000002', seq: 1 });
  office.ctx.runtime.live.tell({ tenantId: office.ids.tenant, conversation: '01890000-0000-7000-8000-000000000003', seq: 1 });
  await until('it is heard', () => heard.length > 0);
  t.same(heard, [{ conversation: '01890000-0000-7000-8000-000000000003', seq: 1 }]);
  socket.close();
});

t.test('another site, somebody who is not signed in, and another tenant’s name get no socket', async (t) => {
  const own = `http://127.0.0.1:${port}`;
  t.equal(await refusal('/live/acme', { origin: 'https://evil.example', cookie }), 403);
  t.equal(await refusal('/live/acme', { origin: 'null', cookie }), 403);
  t.equal(await refusal('/live/acme', { cookie }), 403, 'no origin: not a browser’s socket');
  t.equal(await refusal('/live/acme', { origin: own, cookie, 'sec-fetch-site': 'cross-site' }), 403);
  t.equal(await refusal('/live/acme', { origin: own }), 401);
  t.equal(await refusal('/live/nobody', { origin: own, cookie }), 404);
  t.equal(await refusal('/live', { origin: own, cookie }), 101, 'without a name: the person’s own');
});

t.test('a socket ends when its person signs out', async (t) => {
  const { socket } = await listen();
  const closed = once(socket, 'close') as Promise<[number]>;
  await owner.post('/logout');
  office.ctx.runtime.live.tell({ tenantId: office.ids.tenant, alerts: true });
  const [code] = await closed;
  t.equal(code, 4401);
});

t.test('who reads too slowly is sent away instead of filling the memory', async (t) => {
  const live = createLive();
  const calls: string[] = [];
  const socket = { OPEN: 1, readyState: 1, bufferedAmount: 100_000, on() {}, send: () => calls.push('send'), close: (code: number) => calls.push(`close ${code}`), terminate: () => calls.push('terminate'), ping() {} };
  // Only what `watch` touches of a socket.
  watch({ socket: socket as unknown as Watching['socket'], tenantId: 'x', live, hears: { alerts: true, numbers: true }, still: async () => true });
  live.tell({ tenantId: 'x', conversation: 'c', seq: 1 });
  await until('it is heard', () => calls.length > 0);
  t.same(calls, ['close 4408', 'terminate']);
});

t.test('a role hears of nothing that it may not open', async (t) => {
  const live = createLive();
  const sent: string[] = [];
  const socket = { OPEN: 1, readyState: 1, bufferedAmount: 0, on() {}, send: (text: string) => sent.push(text), close() {}, terminate() {}, ping() {} };
  watch({ socket: socket as unknown as Watching['socket'], tenantId: 'x', live, hears: { alerts: false, numbers: false }, still: async () => true });
  live.tell({ tenantId: 'x', alerts: true });
  live.tell({ tenantId: 'x', numbers: true });
  live.tell({ tenantId: 'x', conversation: 'c', seq: 1 });
  await until('it is heard', () => sent.length > 0);
  t.same(sent, ['{"conversation":"c","seq":1}']);
});

t.test('files of the page are kept for a year under their hash, smaller where the browser can, and nothing else is served', async (t) => {
  const { assets } = office.ctx.views;
  const plain = await office.app.inject(assets.href('app.css'));
  t.equal(plain.headers['cache-control'], 'public, max-age=31536000, immutable');
  t.equal(plain.headers['content-encoding'], undefined);
  for (const [accepts, encoding] of [['gzip, deflate, br', 'br'], ['gzip', 'gzip'], ['br;q=0, gzip', 'gzip'], ['identity', undefined]] as const) {
    const answer = await office.app.inject({ url: assets.href('app.js'), headers: { 'accept-encoding': accepts } });
    t.equal(answer.headers['content-encoding'], encoding, accepts);
    t.match(answer.headers.vary, /accept-encoding/i);
    if (encoding) t.ok(answer.rawPayload.length < (assets.get('app.js')?.body.length ?? 0) / 2);
  }
  t.equal((await office.app.inject('/assets/an-old-hash/app.css')).headers['cache-control'], 'no-store');
  for (const path of ['/assets/x/package.json', '/assets/x/..%2f..%2fpackage.json', '/assets/x/app.css%00', '/assets/', '/assets/x/__proto__']) t.equal((await office.app.inject(path)).statusCode, 404, path);
  t.equal((await office.app.inject('/favicon.ico')).headers['content-type'], 'image/svg+xml');
});

t.test('a page hears that the server goes away, and may come again', async (t) => {
  const { visitor } = await office.as('admin');
  const { socket } = await listen('/live/acme', { origin: `http://127.0.0.1:${port}`, cookie: [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ') });
  const closed = once(socket, 'close') as Promise<[number]>;
  await office.app.close();
  const [code] = await closed;
  t.equal(code, 1001);
});
