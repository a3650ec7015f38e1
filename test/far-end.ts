/** The far end of a wire: web servers of a test's own, each on a port that the system gives, closed with the test whatever still hangs on them. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';

interface Test {
  teardown(end: () => Promise<void>): unknown;
}

/** @returns its origin */
export async function listen(t: Test, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}

/** Never resolves when the caller goes away half-way. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((ended) => request.once('end', ended));
  return Buffer.concat(chunks);
}

export interface Received {
  method: string;
  url: string;
  headers: Record<string, string[]>;
  body: string;
}

type Said = number | { status: number; body: string };

/** A webhook to receive at. `answer` decides what each request is told; 200 unless it says otherwise. */
export async function receiver(t: Test, answer: (received: Received, nth: number) => Said | Promise<Said> = () => 200): Promise<{ origin: string; url: string; received: Received[] }> {
  const received: Received[] = [];
  const take = async (request: IncomingMessage): Promise<{ status: number; body?: string }> => {
    const body = (await bodyOf(request)).toString('utf8');
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, [value ?? []].flat()]));
    const one = { method: request.method ?? '', url: request.url ?? '', headers, body };
    const said = await answer(one, received.push(one));
    return typeof said === 'number' ? { status: said } : said;
  };
  const origin = await listen(t, (request, response) => void take(request).then(({ status, body }) => response.writeHead(status).end(body)));
  return { origin, url: `${origin}/webhooks/key`, received };
}
