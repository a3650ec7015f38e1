import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { NotSent, Silence } from '../errors.ts';
import type { Download } from './contract/context.ts';
import { TooLarge } from './download.ts';
import { multipart } from './multipart.ts';
import { createOutbound, type Caller } from './outbound.ts';

const nobody: Caller = { origins: new Set(), secrets: [] };

async function provider(t: Test, answer: (response: ServerResponse, request: IncomingMessage) => void) {
  const seen: { url: string; headers: IncomingMessage['headers']; body: Buffer }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      seen.push({ url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) });
      answer(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

function outboundTo(t: Test, ...origins: string[]) {
  const outbound = createOutbound({ allowedOrigins: origins });
  t.teardown(() => outbound.close());
  return outbound;
}

async function bytesOf({ stream }: Download): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function failureOf(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('It did not fail.');
}

t.test('A medium is read as it comes, whatever the provider says of it', async (t) => {
  const medium = Buffer.from(Array.from({ length: 300_000 }, (_, n) => n % 251));
  const { origin, seen } = await provider(t, (response) => response.writeHead(200, { 'Content-Type': 'image/jpeg' }).end(medium));
  const answer = await outboundTo(t, origin).download(`${origin}/a?b=1`, { headers: { 'x-note': '1' } }, nobody);
  t.equal(answer.status, 200);
  t.equal(answer.headers['content-type'], 'image/jpeg');
  t.same(await bytesOf(answer), medium);
  t.match(seen, [{ url: '/a?b=1', headers: { 'x-note': '1', 'accept-encoding': 'identity' } }]);
});

t.test('A refusal is an answer with its words', async (t) => {
  const { origin } = await provider(t, (response) => response.writeHead(404).end('gone'));
  const answer = await outboundTo(t, origin).download(origin, {}, nobody);
  t.equal(answer.status, 404);
  t.equal((await bytesOf(answer)).toString(), 'gone');
});

t.test('More than asked for is not read: neither what is announced, nor what only comes', async (t) => {
  let written = 0;
  const { origin } = await provider(t, (response, { url }) => {
    if (url === '/told') return response.writeHead(200, { 'content-length': 1_000_000_000 }).write('x');
    if (url === '/exact') return response.end(Buffer.alloc(1_000));
    const pump = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536))) written += 65_536;
      if (!response.destroyed) response.once('drain', pump);
    };
    pump();
    return undefined;
  });
  const outbound = outboundTo(t, origin);
  t.equal((await bytesOf(await outbound.download(`${origin}/exact`, { maxBytes: 1_000 }, nobody))).length, 1_000);
  t.type(await failureOf(bytesOf(await outbound.download(`${origin}/exact`, { maxBytes: 999 }, nobody))), TooLarge);
  t.type(await failureOf(bytesOf(await outbound.download(`${origin}/told`, { maxBytes: 100_000 }, nobody))), TooLarge);
  t.match(await failureOf(bytesOf(await outbound.download(`${origin}/endless`, { maxBytes: 100_000 }, nobody))), { constructor: TooLarge, message: /larger than 100000 bytes/ });
  t.ok(written < 20_000_000, `${written} bytes were written`);
});

t.test('Who reads slowly holds the provider back: little waits in memory', async (t) => {
  let written = 0;
  const { origin } = await provider(t, (response) => {
    const pump = () => {
      while (written < 50_000_000 && !response.destroyed && response.write(Buffer.alloc(65_536))) written += 65_536;
      if (written < 50_000_000 && !response.destroyed) response.once('drain', pump);
      else response.end();
    };
    pump();
  });
  const { stream } = await outboundTo(t, origin).download(origin, {}, nobody);
  const reader = stream[Symbol.asyncIterator]();
  await reader.next();
  await new Promise((resolve) => setTimeout(resolve, 300));
  t.ok(written < 20_000_000, `${written} bytes were written`);
  await reader.return?.();
});

t.test('One deadline for all of it: a head that does not come, a drip, a chain of redirects', async (t) => {
  const timers: NodeJS.Timeout[] = [];
  t.teardown(() => timers.forEach((timer) => clearInterval(timer)));
  const { origin } = await provider(t, (response, { url }) => {
    if (url === '/drip') {
      response.writeHead(200);
      timers.push(setInterval(() => response.write('x'), 20));
    } else if (url?.startsWith('/slow')) timers.push(setTimeout(() => response.writeHead(302, { location: `${url}x` }).end(), 600));
  });
  const outbound = outboundTo(t, origin);
  for (const path of ['/nothing', '/drip', '/slow']) {
    const began = performance.now();
    const error = await failureOf(outbound.download(origin + path, { timeoutMs: 1_500 }, nobody).then(bytesOf));
    t.match(error, { constructor: Silence, message: /not read within 1500 ms/ }, path);
    t.ok(performance.now() - began < 15_000, path);
  }
});

t.test('It ends when it is told to, also while it is read', async (t) => {
  const cancel = new AbortController();
  const { origin } = await provider(t, (response) => response.write('half'));
  const outbound = outboundTo(t, origin);
  const answer = await outbound.download(origin, {}, { ...nobody, signal: cancel.signal });
  setTimeout(() => cancel.abort(), 50);
  t.match(await failureOf(bytesOf(answer)), { constructor: Silence, message: /cancelled/ });
  t.type(await failureOf(outbound.download(origin, {}, { ...nobody, signal: AbortSignal.abort() })), Silence);
});

t.test('A stream that breaks off is a failure, never a shorter medium', async (t) => {
  const { origin } = await provider(t, (response, { url }) => {
    response.writeHead(200, url === '/chunked' ? {} : { 'content-length': 1_000 });
    response.write('half');
    setTimeout(() => response.destroy(), 20);
  });
  const outbound = outboundTo(t, origin);
  for (const path of ['/chunked', '/counted']) t.type(await failureOf(bytesOf(await outbound.download(origin + path, {}, nobody))), Silence, path);
});

t.test('Nobody there is NotSent', async (t) => {
  const { origin } = await provider(t, () => undefined);
  const port = Number(new URL(origin).port);
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const gone = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`;
  await new Promise((resolve) => closed.close(resolve));
  t.ok(port > 0);
  t.match(await failureOf(outboundTo(t, gone).download(gone, {}, nobody)), { constructor: NotSent, message: /connection was refused, before anything was sent/ });
});

t.test('What comes packed although nobody asked is not unpacked', async (t) => {
  const { origin } = await provider(t, (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'));
  t.match(await failureOf(bytesOf(await outboundTo(t, origin).download(origin, {}, nobody))), { constructor: Silence, message: /packed/ });
});

// ── redirects ────────────────────────────────────────────────────────────────────────────────────────────────────────

t.test('Three redirects are followed, a fourth is not, and none to another kind of address', async (t) => {
  const { origin, seen } = await provider(t, (response, { url }) => {
    const left = Number(url?.slice(1));
    if (Number.isNaN(left)) return response.writeHead(302, { location: decodeURIComponent(url?.slice(2) ?? '') }).end();
    return left === 0 ? response.end('here') : response.writeHead([301, 302, 303, 307, 308][left] ?? 302, { location: `/${left - 1}` }).end('body of a redirect');
  });
  const outbound = outboundTo(t, origin);
  t.equal((await bytesOf(await outbound.download(`${origin}/3`, {}, nobody))).toString(), 'here');
  t.equal(seen.length, 4);
  t.match(await failureOf(outbound.download(`${origin}/4`, {}, nobody)), { constructor: NotSent, message: /more than 3 times/ });
  for (const place of ['https://graph.facebook.com/', 'ftp://127.0.0.1/', 'file:///etc/passwd', 'https://[', 'data:,x']) {
    t.match(await failureOf(outbound.download(`${origin}/!${encodeURIComponent(place)}`, {}, nobody)), { constructor: NotSent, message: /another kind/ }, place);
  }
  for (const place of ['http://127.0.0.1:1/', 'http://10.0.0.1/', '//169.254.169.254/latest']) {
    t.match(await failureOf(outbound.download(`${origin}/!${encodeURIComponent(place)}`, {}, nobody)), { constructor: NotSent, cause: { code: 'ADDRESS_REFUSED' } }, place);
  }
});

t.test('Credentials go to the plugin’s own origins on every hop and nowhere else; a secret in an address stops it', async (t) => {
  const elsewhere = await provider(t, (response) => response.end('bytes'));
  const home = await provider(t, (response, { url }) => {
    if (url === '/leak') return response.writeHead(302, { location: `${elsewhere.origin}/?t=canary-token` }).end();
    return url === '/last' ? response.end('bytes') : response.writeHead(302, { location: url === '/around' ? `${home.origin}/last` : `${elsewhere.origin}/file?signature=theirs` }).end();
  });
  const outbound = outboundTo(t, home.origin, elsewhere.origin);
  const caller: Caller = { origins: new Set([home.origin]), secrets: ['canary-token'] };
  const headers = { authorization: 'Bearer canary-token', cookie: 'a=b', 'x-api-key': 'k', 'x-note': 'canary-token', accept: '*/*' };
  t.equal((await bytesOf(await outbound.download(`${home.origin}/media`, { headers }, caller))).toString(), 'bytes');
  t.match(home.seen[0]?.headers, { authorization: 'Bearer canary-token' });
  const [there] = elsewhere.seen;
  t.equal(there?.headers.accept, '*/*');
  t.notMatch(JSON.stringify(there?.headers), /canary|a=b|x-api-key/);
  await bytesOf(await outbound.download(`${home.origin}/around`, { headers }, caller));
  t.match(home.seen.at(-1)?.headers, { authorization: 'Bearer canary-token' }, 'home again it has them');
  const error = await failureOf(outbound.download(`${home.origin}/leak`, { headers }, caller));
  t.match(error, { constructor: NotSent, cause: { code: 'ADDRESS_REFUSED' } });
  t.notMatch(error.message, /canary/);
  await bytesOf(await outbound.download(elsewhere.origin, { headers }, caller));
  t.notMatch(JSON.stringify(elsewhere.seen.map((one) => one.headers)), /canary|a=b|x-api-key/, 'nor to a first address that is another’s');
  t.equal(elsewhere.seen.length, 2);
});

// ── uploads ──────────────────────────────────────────────────────────────────────────────────────────────────────────

t.test('A form with a file goes out as a stream, as long as it says, and parses as what was put in', async (t) => {
  const { origin, seen } = await provider(t, (response) => response.end('{}'));
  const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, n) => n % 256));
  const media = { bytes: bytes.length, mime: 'image/png', stream: async function* () { for (let n = 0; n < bytes.length; n += 50_000) yield bytes.subarray(n, n + 50_000); } };
  const name = 'a "quoted"\r\nname: é💾.png';
  const form = multipart({ messaging_product: 'whatsapp', 'odd"\r\nfield': 'line\r\nline' }, { field: 'file', name, mime: 'image/png\r\nx-injected: 1', media });
  await outboundTo(t, origin).call(`${origin}/media`, { method: 'POST', ...form }, { origins: new Set([origin]), secrets: [] });
  const [request] = seen;
  t.equal(Number(request?.headers['content-length']), form.body.bytes);
  const parsed = await new Response(request?.body ?? '', { headers: { 'content-type': String(request?.headers['content-type']) } }).formData();
  t.equal(parsed.get('messaging_product'), 'whatsapp');
  const file = parsed.get('file');
  t.ok(file instanceof File);
  if (!(file instanceof File)) return;
  t.same(Buffer.from(await file.arrayBuffer()), bytes);
  t.equal(file.name, 'a "quoted"\r\nname: é💾.png'.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22').replaceAll('%22', '"').replaceAll('%0D', '\r').replaceAll('%0A', '\n'));
  t.notOk(request?.headers['x-injected']);
});

t.test('A stream that is shorter or longer than it says is not taken for a request', async (t) => {
  const { origin } = await provider(t, (response) => response.end('{}'));
  const outbound = outboundTo(t, origin);
  const caller: Caller = { origins: new Set([origin]), secrets: [] };
  for (const bytes of [4, 6]) {
    const body = { bytes, stream: (async function* () { yield Buffer.from('12345'); })() };
    t.type(await failureOf(outbound.call(origin, { method: 'POST', body, timeoutMs: 500 }, caller)), Silence, `${bytes} instead of 5`);
  }
});

t.test('A stream goes to the plugin’s own origins only: what is in it cannot be looked at beforehand', async (t) => {
  const { origin, seen } = await provider(t, (response) => response.end('{}'));
  const body = { bytes: 1, stream: (async function* () { yield Buffer.from('x'); })() };
  t.match(await failureOf(outboundTo(t, origin).call(origin, { method: 'POST', body }, nobody)), { constructor: NotSent, cause: { code: 'ADDRESS_REFUSED' } });
  t.equal(seen.length, 0);
});
