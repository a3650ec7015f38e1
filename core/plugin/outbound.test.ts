import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { NotSent, Silence, SwitchboardError } from '../errors.ts';
import type { FetchInit } from './contract/context.ts';
import { createOutbound, type Caller, type OutboundOptions } from './outbound.ts';

const nobody: Caller = { origins: new Set(), secrets: [] };
const post: FetchInit = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"text":"hello"}' };

async function listen(t: Test, server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A provider that does what it is told, and counts the requests that reached it whole. */
async function provider(t: Test, answer: (response: ServerResponse, request: IncomingMessage) => void) {
  const seen: { method: string; url: string; body: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      seen.push({ method: request.method ?? '', url: request.url ?? '', body: Buffer.concat(chunks).toString() });
      answer(response, request);
    });
  });
  return { origin: `http://${await listen(t, server)}`, seen };
}

/** Bare bytes: what arrives is counted, what is answered is chosen. */
async function bareServer(t: Test, onData: (socket: Socket, nth: number) => void) {
  let nth = 0;
  const host = await listen(t, createTcpServer((socket) => socket.on('data', () => onData(socket, ++nth))));
  return { host, requests: () => nth };
}

function outboundTo(t: Test, origins: string[], more: OutboundOptions = {}) {
  const outbound = createOutbound({ allowedOrigins: origins, ...more });
  t.teardown(() => outbound.close());
  return outbound;
}

async function failureOf(call: Promise<unknown>): Promise<Error> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('The call did not fail.');
}

t.test('an answer comes back whole: status, lower-case headers, bytes, text, JSON', async (t) => {
  const { origin, seen } = await provider(t, (response) => response.writeHead(201, { 'Content-Type': 'application/json', 'X-Twice': ['a', 'b'] }).end('{"id":"ñ"}'));
  const answer = await outboundTo(t, [origin]).call(`${origin}/v1/messages?a=1#part`, post, nobody);
  t.equal(answer.status, 201);
  t.equal(answer.headers['content-type'], 'application/json');
  t.equal(answer.headers['x-twice'], 'a, b');
  t.equal(answer.text(), '{"id":"ñ"}');
  t.strictSame(answer.json(), { id: 'ñ' });
  t.ok(Buffer.isBuffer(answer.body));
  t.strictSame(seen, [{ method: 'POST', url: '/v1/messages?a=1', body: '{"text":"hello"}' }]);
});

t.test('refusals of a provider are answers, also a redirect, which is not followed', async (t) => {
  const canary = await provider(t, (response) => response.end());
  const { origin } = await provider(t, (response, { url }) => response.writeHead(Number(url?.slice(1)), { location: canary.origin }).end('no'));
  const outbound = outboundTo(t, [origin, canary.origin]);
  for (const status of [301, 302, 307, 401, 404, 429, 500, 503]) t.equal((await outbound.call(`${origin}/${status}`, post, nobody)).status, status);
  t.equal(canary.seen.length, 0);
});

t.test('a word in advance (103) is not taken for the answer', async (t) => {
  const { origin } = await provider(t, (response) => {
    response.writeEarlyHints({ link: '</a>; rel=preload' });
    response.end('{"ok":true}');
  });
  t.strictSame((await outboundTo(t, [origin]).call(origin, post, nobody)).json(), { ok: true });
});

// ── nothing left this machine ────────────────────────────────────────────────────────────────────────────────────────

t.test('a refused connection, an unknown name and a failed TLS handshake are NotSent', async (t) => {
  // First, so that it cannot be given the port that is about to become free.
  const garbage = await bareServer(t, (socket) => socket.end('this is no TLS'));
  const closed = createTcpServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));

  const refused = `http://127.0.0.1:${port}`;
  const outbound = outboundTo(t, [refused, `https://${garbage.host}`, 'https://nobody.test'], { lookup: (_host, done) => done(Object.assign(new Error('queryA'), { code: 'ENOTFOUND' }), []) });
  t.match(await failureOf(outbound.call(refused, post, nobody)), { constructor: NotSent, message: /connection was refused, before anything was sent/ });
  t.match(await failureOf(outbound.call('https://nobody.test/x', post, nobody)), { constructor: NotSent, message: /name was not found/ });
  t.type(await failureOf(outbound.call(`https://${garbage.host}`, post, nobody)), NotSent);
});

t.test('a call that never got a connection is NotSent when its time is over, and is not made afterwards', async (t) => {
  const held: ServerResponse[] = [];
  const { origin, seen } = await provider(t, (response, { url }) => void (url === '/first' ? held.push(response) : response.end('{}')));
  const outbound = outboundTo(t, [origin], { connections: 1 });
  const first = outbound.call(`${origin}/first`, post, nobody);
  const second = await failureOf(outbound.call(`${origin}/second`, { ...post, timeoutMs: 150 }, nobody));
  t.match(second, { constructor: NotSent, message: /no whole answer within 150 ms, before anything was sent/ });
  for (const response of held) response.end('{}');
  await first;
  t.equal((await outbound.call(`${origin}/third`, post, nobody)).status, 200);
  t.strictSame(seen.map(({ url }) => url), ['/first', '/third'], 'the second never left');
});

t.test('a call that is cancelled before it began, or while it waits, is NotSent', async (t) => {
  const { origin, seen } = await provider(t, () => undefined);
  const outbound = outboundTo(t, [origin], { connections: 1 });
  t.type(await failureOf(outbound.call(origin, post, { ...nobody, signal: AbortSignal.abort() })), NotSent);
  const hanging = failureOf(outbound.call(origin, { ...post, timeoutMs: 400 }, nobody));
  const cancel = new AbortController();
  const waiting = failureOf(outbound.call(`${origin}/waiting`, post, { ...nobody, signal: cancel.signal }));
  setTimeout(() => cancel.abort(), 50);
  t.match(await waiting, { constructor: NotSent, message: /cancelled, before anything was sent/ });
  t.type(await hanging, Silence);
  t.notOk(seen.some(({ url }) => url === '/waiting'));
});

t.test('a header, method or body that would forge a request is not sent', async (t) => {
  const { origin, seen } = await provider(t, (response) => response.end());
  const outbound = outboundTo(t, [origin]);
  const forged: FetchInit[] = [
    { headers: { 'x-a': 'b\r\nx-injected: 1' } },
    { headers: { 'x-a\r\nx-injected': '1' } },
    { headers: { 'x-a': 'b\0c' } },
    { headers: { host: 'elsewhere.test' } },
    { headers: { 'Content-Length': '0' } },
    { headers: { 'transfer-encoding': 'chunked' } },
    { headers: { connection: 'close, x-a' } },
    JSON.parse('{"method":"GET / HTTP/1.1\\r\\n\\r\\nGET"}'),
    JSON.parse('{"method":"CONNECT"}'),
  ];
  for (const init of forged) t.type(await failureOf(outbound.call(origin, init, nobody)), NotSent, JSON.stringify(init));
  t.equal(seen.length, 0);
  await outbound.call(`${origin}/a\r\nx-injected: 1`, {}, nobody);
  t.strictSame(seen, [{ method: 'GET', url: '/ax-injected:%201', body: '' }], 'a line end in the address is no line end in the request');
});

// ── nobody can tell ──────────────────────────────────────────────────────────────────────────────────────────────────

const silences: [string, RegExp, (socket: Socket) => void][] = [
  ['says nothing', /no whole answer within 1500 ms, after the request had left/, () => undefined],
  ['resets the connection', /after the request had left/, (socket) => socket.resetAndDestroy()],
  ['closes the connection', /connection was lost, after/, (socket) => socket.end()],
  ['answers something that is not HTTP', /not HTTP, after/, (socket) => socket.end('hello\r\n\r\n')],
  ['stops in the middle of the head', /after the request had left/, (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-le')],
  ['stops in the middle of the body', /after the request had left/, (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf')],
  ['announces a gigabyte', /larger than 1000000 bytes/, (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\nx')],
  ['sends a head of a megabyte', /after the request had left/, (socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(1_000_000)}\r\n\r\n`)],
];
for (const [what, says, misbehave] of silences) {
  t.test(`a provider that ${what} gives Silence, and is asked once`, async (t) => {
    const { host, requests } = await bareServer(t, (socket) => misbehave(socket));
    const error = await failureOf(outboundTo(t, [`http://${host}`]).call(`http://${host}/send`, { ...post, timeoutMs: 1_500 }, nobody));
    t.type(error, Silence);
    t.match(error.message, says);
    await new Promise((resolve) => setTimeout(resolve, 50));
    t.equal(requests(), 1, 'never repeated by itself');
  });
}

t.test('an answer of one byte every so often ends at the deadline', async (t) => {
  const { origin } = await provider(t, (response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write('x'), 30);
    response.on('close', () => clearInterval(timer));
  });
  const started = performance.now();
  t.match(await failureOf(outboundTo(t, [origin]).call(origin, { ...post, timeoutMs: 1_500 }, nobody)), { constructor: Silence, message: /within 1500 ms, after/ });
  const took = performance.now() - started;
  t.ok(took >= 1_490 && took < 15_000, `${Math.round(took)} ms`);
});

t.test('an endless answer is cut at the cap, and little of it is ever read', async (t) => {
  let written = 0;
  const { origin } = await provider(t, (response) => {
    const chunk = Buffer.alloc(65_536, 'x');
    const pump = () => {
      while (!response.destroyed && response.write(chunk)) written += chunk.length;
      if (!response.destroyed) response.once('drain', pump);
    };
    pump();
  });
  const error = await failureOf(outboundTo(t, [origin]).call(origin, { ...post, maxBytes: 200_000 }, nobody));
  t.match(error, { constructor: Silence, message: /larger than 200000 bytes/ });
  t.ok(written < 20_000_000, `${written} bytes were written`);
});

t.test('an answer at the cap is taken, one byte more is not', async (t) => {
  const { origin } = await provider(t, (response, { url }) => response.end('x'.repeat(Number(url?.slice(1)))));
  const outbound = outboundTo(t, [origin]);
  t.equal((await outbound.call(`${origin}/1000`, { maxBytes: 1000 }, nobody)).body.length, 1000);
  t.type(await failureOf(outbound.call(`${origin}/1001`, { maxBytes: 1000 }, nobody)), Silence);
});

t.test('a 200 that is not JSON is Silence when JSON is asked for, and its words are not repeated', async (t) => {
  const { origin } = await provider(t, (response) => response.end('<html>canary-token</html>'));
  const answer = await outboundTo(t, [origin]).call(origin, post, nobody);
  t.throws(() => answer.json(), Silence);
  try {
    answer.json();
  } catch (error) {
    t.notMatch(String(error), /canary/);
  }
});

t.test('a call that is cancelled after it left is Silence', async (t) => {
  const cancel = new AbortController();
  const { origin } = await provider(t, () => cancel.abort());
  t.match(await failureOf(outboundTo(t, [origin]).call(origin, post, { ...nobody, signal: cancel.signal })), { constructor: Silence, message: /cancelled, after/ });
});

t.test('a kept connection that breaks under the next request gives Silence, because that request may have arrived', async (t) => {
  const { host, requests } = await bareServer(t, (socket, nth) => {
    if (nth === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\n{}');
    else socket.resetAndDestroy();
  });
  const outbound = outboundTo(t, [`http://${host}`], { connections: 1 });
  t.equal((await outbound.call(`http://${host}`, post, nobody)).status, 200);
  t.type(await failureOf(outbound.call(`http://${host}`, post, nobody)), Silence);
  t.equal(requests(), 2, 'the broken one was not repeated');
});

t.test('a kept connection that the provider has closed meanwhile is not used, so the next call succeeds', async (t) => {
  const closed: Promise<unknown>[] = [];
  const { host, requests } = await bareServer(t, (socket) => {
    closed.push(once(socket, 'close'));
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\n{}');
  });
  const outbound = outboundTo(t, [`http://${host}`], { connections: 1 });
  for (let nth = 1; nth <= 5; nth++) {
    t.equal((await outbound.call(`http://${host}`, post, nobody)).status, 200);
    await Promise.all(closed);
  }
  t.equal(requests(), 5);
});

t.test('after every kind of failure the same way out works again', async (t) => {
  let nth = 0;
  const { origin } = await provider(t, (response) => {
    nth++;
    if (nth % 2 === 0) response.end('{}');
    else if (nth % 3 === 0) response.socket?.resetAndDestroy();
    else response.end('x'.repeat(2_000));
  });
  const outbound = outboundTo(t, [origin], { connections: 2 });
  let good = 0;
  for (let call = 0; call < 20; call++) {
    try {
      good += (await outbound.call(origin, { ...post, maxBytes: 1_000 }, nobody)).status === 200 ? 1 : 0;
    } catch (error) {
      t.type(error, Silence);
    }
  }
  t.equal(good, 10);
});

t.test('calls that hang do not hold up those to another provider', async (t) => {
  const arrived = Promise.withResolvers<void>();
  let asked = 0;
  const dead = await provider(t, () => void (++asked === 8 && arrived.resolve()));
  const alive = await provider(t, (response) => response.end('{}'));
  const outbound = outboundTo(t, [dead.origin, alive.origin], { connections: 8 });
  const patience = new AbortController();
  let over = 0;
  const hanging = Array.from({ length: 20 }, () => failureOf(outbound.call(dead.origin, post, { ...nobody, signal: patience.signal })).finally(() => over++));
  await Promise.all(Array.from({ length: 50 }, () => outbound.call(alive.origin, post, nobody)));
  await arrived.promise;
  t.equal(over, 0, 'all of these came back before the first of those was given up');
  patience.abort();
  const failures = await Promise.all(hanging);
  t.equal(failures.filter((error) => error instanceof Silence).length, 8, 'those that left');
  t.equal(failures.filter((error) => error instanceof NotSent).length, 12, 'those that waited');
});

// ── credentials go home only ─────────────────────────────────────────────────────────────────────────────────────────

t.test('credentials travel to the plugin’s own origins and to nobody else', async (t) => {
  const home = await provider(t, (response) => response.end());
  const elsewhere = await provider(t, (response) => response.end());
  const outbound = outboundTo(t, [home.origin, elsewhere.origin]);
  const caller: Caller = { origins: new Set([home.origin]), secrets: ['canary-token'] };
  const carrying: [string, FetchInit][] = [
    ['', { headers: { authorization: 'Bearer other' } }],
    ['', { headers: { Cookie: 'a=b' } }],
    ['', { headers: { 'X-Api-Key': 'other' } }],
    ['', { headers: { 'x-auth-token': 'other' } }],
    ['', { headers: { 'API-KEY': 'other' } }],
    ['', { headers: { 'x-note': 'canary-token' } }],
    ['', { headers: { 'proxy-authorization': 'x' } }],
    ['?access_token=canary-token', {}],
    ['?t=canary%2Dtoken', {}],
    ['/canary-token/file', {}],
    ['', { method: 'POST', body: '{"token":"canary-token"}' }],
    ['', { method: 'POST', body: Buffer.from('token=canary-token') }],
  ];
  for (const [path, init] of carrying) {
    const what = JSON.stringify([path, init.headers, init.body]);
    const error = await failureOf(outbound.call(elsewhere.origin + path, init, caller));
    t.match(error, { constructor: NotSent, cause: { code: 'ADDRESS_REFUSED' } }, what);
    t.notMatch(error.message, /canary/, what);
    await outbound.call(home.origin + path, init, caller);
  }
  t.equal(elsewhere.seen.length, 0);
  t.equal(home.seen.length, carrying.length);
  t.equal((await outbound.call(elsewhere.origin, { ...post, headers: { 'idempotency-key': 'a', accept: '*/*' } }, caller)).status, 200, 'without credentials anybody may be called');
});

t.test('no failure tells the address’s query or a header', async (t) => {
  const { host } = await bareServer(t, (socket) => socket.resetAndDestroy());
  const origin = `http://${host}`;
  const outbound = outboundTo(t, [origin]);
  const caller: Caller = { origins: new Set([origin]), secrets: ['canary-token'] };
  const errors = [
    await failureOf(outbound.call(`${origin}/?access_token=canary-token`, { headers: { authorization: 'Bearer canary-token' } }, caller)),
    await failureOf(outbound.call('http://10.0.0.1/?access_token=canary-token', {}, caller)),
    await failureOf(outbound.call(`${origin}/`, { headers: { authorization: 'canary-token\n' } }, caller)),
    await failureOf(outbound.call('canary-token', {}, caller)),
  ];
  for (const error of errors) {
    t.ok(error instanceof SwitchboardError);
    t.notMatch(error.message, /canary/);
  }
});
