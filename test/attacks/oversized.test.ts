/** Requests made to fill the memory: refused before more than the cap is held, and without the end being waited for. */
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { memoryOf, startProcess, wireTo, type Started, type Wire } from './process.ts';
import { meta, metaBody, sign } from './site.ts';

const mb = 1_048_576;
/** What a webhook may hold, and what two kernels and two processes keep under way. */
const cap = 3 * mb;
const underway = 12 * mb;
const block = Buffer.alloc(65_536, 0x61);

const head = (port: number, path: string, more: readonly string[]): string => [`POST ${path} HTTP/1.1`, `Host: localhost:${port}`, ...more, '', ''].join('\r\n');
const json = 'Content-Type: application/json';
const form = 'Content-Type: application/x-www-form-urlencoded';

/** Writes blocks until it is answered and closed, or all is written. */
async function pour(wire: Wire, bytes: number, chunked = false): Promise<void> {
  const piece = chunked ? Buffer.concat([Buffer.from(`${block.length.toString(16)}\r\n`), block, Buffer.from('\r\n')]) : block;
  for (let sent = 0; sent < bytes; sent += block.length) if (!(await wire.write(piece))) return;
}

t.test('a body that is too large', async (t) => {
  const product = await startProcess(t);
  const { port, pid } = product;
  const webhook = `/webhooks/${meta.webhookKey}`;
  await warm(product);
  const before = memoryOf(pid);
  let most = before ?? 0;
  const watching = setInterval(() => (most = Math.max(most, memoryOf(pid) ?? 0)), 10);
  t.teardown(() => clearInterval(watching));

  for (const [path, type] of [[webhook, json], ['/login', form], ['/login', json]] as const) {
    for (const size of [10 * mb, 100 * mb]) {
      await t.test(`of ${size / mb} MB is refused before it is read: ${path === webhook ? 'a webhook' : `a form as ${type}`}`, async (t) => {
        const wire = await wireTo(port);
        await wire.write(head(port, path, [type, `Content-Length: ${size}`]));
        await answered(wire);
        t.equal(wire.status(), 413, 'by its length alone');
        await pour(wire, size);
        await wire.gone;
        t.ok(wire.sent() < cap + underway, `${(wire.sent() / mb).toFixed(1)} MB were taken from the sender`);
        wire.end();
      });
    }
  }

  for (const path of [webhook, '/login', '/nowhere']) {
    await t.test(`in chunks that never end is cut off: ${path === webhook ? 'a webhook' : path}`, async (t) => {
      const wire = await wireTo(port);
      await wire.write(head(port, path, [json, 'Transfer-Encoding: chunked']));
      // Without end: it stops when the other side has closed.
      await pour(wire, 1_000 * mb, true);
      await wire.gone;
      // Who is still writing when the connection ends may lose the answer on the way.
      t.ok([413, 404, 0].includes(wire.status()), String(wire.status()));
      t.ok(wire.sent() < cap + underway, `${(wire.sent() / mb).toFixed(1)} MB were taken from the sender`);
    });
  }

  await t.test('that is compressed is not taken, however small it is', async (t) => {
    const bomb = gzipSync(Buffer.alloc(100 * mb));
    t.comment(`${bomb.length} bytes would become 100 MB`);
    for (const path of [webhook, '/login']) {
      for (const coding of ['gzip', 'deflate', 'br', 'zstd', 'GZIP', 'x-gzip', 'identity, gzip', 'gzip, identity', 'unheard-of']) {
        const wire = await wireTo(port);
        await wire.write(head(port, path, [json, `Content-Encoding: ${coding}`, `Content-Length: ${bomb.length}`, `X-Hub-Signature-256: ${sign(meta.secret, bomb)}`]));
        // Its first bytes may cross the answer on the way; who writes on then hears nothing more.
        await answered(wire);
        await wire.write(bomb);
        t.equal(wire.status(), 415, `${path === webhook ? 'a webhook' : path} as ${coding}`);
        wire.end();
      }
      const wire = await wireTo(port);
      await wire.write(head(port, path, [json, 'Transfer-Encoding: gzip, chunked', `X-Hub-Signature-256: ${sign(meta.secret, bomb)}`]));
      await answered(wire);
      t.equal(wire.status(), 415, `${path === webhook ? 'a webhook' : path} in a compressed transfer`);
      wire.end();
    }
  });

  await t.test('and 10,000 headers, one of 1 MB, or an address of 1 MB, are refused', async (t) => {
    const many = Array.from({ length: 10_000 }, (_, n) => `a${n}: b`);
    for (const [name, lines] of [['10,000 headers', many], ['a header of 1 MB', [`cookie: ${'x'.repeat(mb)}`]]] as const) {
      const wire = await wireTo(port);
      await wire.write(head(port, webhook, lines));
      await wire.gone;
      t.equal(wire.status(), 431, name);
    }
    const wire = await wireTo(port);
    await wire.write(`GET /login?next=${'x'.repeat(mb)} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await wire.gone;
    t.equal(wire.status(), 431, 'an address of 1 MB');
  });

  await t.test('costs no more than 20 MB, and the product goes on', async (t) => {
    clearInterval(watching);
    const body = metaBody('still there');
    const answer = await fetch(`${product.url}${webhook}`, { method: 'POST', body, headers: { 'content-type': 'application/json', [meta.header]: sign(meta.secret, body) } });
    t.equal(answer.status, 200);
    t.ok(product.running());
    if (before === undefined) return t.comment('this system does not tell how much memory a process holds');
    t.comment(`resident memory: ${before.toFixed(0)} MB before, ${most.toFixed(0)} MB at most`);
    t.ok(most - before <= 20, `${(most - before).toFixed(1)} MB more`);
  });
});

/** Everything that is made once is made before it is measured: code that is compiled, a body of the largest size that is read. */
async function warm({ port, url }: Started): Promise<void> {
  for (let n = 0; n < 4; n++) {
    const wire = await wireTo(port);
    await wire.write(head(port, `/webhooks/${meta.webhookKey}`, [json, `Content-Length: ${cap - 1}`]));
    await pour(wire, cap - 1 - block.length);
    await wire.write(Buffer.alloc(cap - 1));
    await answered(wire);
    wire.end();
    await (await fetch(`${url}/login`)).text();
  }
}

async function answered(wire: Wire): Promise<void> {
  const end = performance.now() + 120_000;
  while (wire.status() === 0 && !wire.closed()) {
    if (performance.now() > end) throw new Error('it was not answered');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

