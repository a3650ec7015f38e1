/** The bucket speaks S3 as its maker wrote it down; a fake one here checks every signature by its own arithmetic. */
import { createHash, createHmac } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { loadConfig } from '../../config/index.ts';
import { createRelay } from '../../core/db/relay.ts';
import { uuid } from '../../core/ids.ts';
import { createLog } from '../../core/log.ts';
import { start } from '../../core/main.ts';
import { bucketStore } from '../../core/media/bucket.ts';
import { openStore } from '../../core/media/open.ts';
import { nameOf } from '../../core/media/store.ts';
import { setAside } from '../../core/media/take.ts';
import { createOutbound } from '../../core/plugin/outbound.ts';
import { bodyOf, listen } from '../far-end.ts';
import { freshDatabase } from '../postgres.ts';

const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');

/** Signature Version 4 of a request as it arrived, by AWS’s description of it. */
function rightly(request: IncomingMessage, region: string): boolean {
  const { authorization = '', 'x-amz-date': date = '', 'x-amz-content-sha256': payload = '' } = request.headers;
  const [, signed = ''] = /SignedHeaders=([^,]+)/.exec(authorization) ?? [];
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const headers = signed.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}\n`).join('');
  const canonical = [request.method, path, query, headers, signed, payload].join('\n');
  const scope = `${String(date).slice(0, 8)}/${region}/s3/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const key = hmac(hmac(hmac(hmac(`AWS4${keys.secretAccessKey}`, String(date).slice(0, 8)), region), 's3'), 'aws4_request');
  return signed.includes('host') && signed.includes('x-amz-content-sha256') && authorization === `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${hmac(key, toSign).toString('hex')}`;
}

async function startBucket(t: Test) {
  const objects = new Map<string, Buffer>();
  const refusals: string[] = [];
  let failing = 0;
  const endpoint = await listen(t, (request, response) => {
    void bodyOf(request).then((body) => {
      const name = request.url ?? '';
      if (failing > 0) {
        failing--;
        return response.writeHead(503).end('slow down');
      }
      if (!rightly(request, 'eu-test-1')) {
        refusals.push(`${request.method} ${name}`);
        return response.writeHead(403).end('<Code>SignatureDoesNotMatch</Code>');
      }
      if (request.method === 'PUT') {
        if (request.headers['x-amz-content-sha256'] !== sha256(body)) return response.writeHead(400).end();
        objects.set(name, body);
        return response.writeHead(200).end();
      }
      const found = objects.get(name);
      if (request.method === 'DELETE') return response.writeHead(objects.delete(name) ? 204 : 404).end();
      if (!found) return response.writeHead(404).end('<Code>NoSuchKey</Code>');
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
      if (from === undefined) return response.writeHead(200, { 'content-length': found.length }).end(found);
      if (Number(from) >= found.length) return response.writeHead(416, { 'content-range': `bytes */${found.length}` }).end();
      const part = found.subarray(Number(from), Number(to) + 1);
      return response.writeHead(206, { 'content-range': `bytes ${from}-${Number(from) + part.length - 1}/${found.length}`, 'content-length': part.length }).end(part);
    });
  });
  return { endpoint, objects, refusals, fail: (times: number) => (failing = times) };
}

async function textOf(stream: AsyncIterable<Uint8Array> | undefined): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
async function* streamOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

async function storeOf(t: Test, more: Partial<typeof keys> = {}) {
  const bucket = await startBucket(t);
  const outbound = createOutbound({ allowedOrigins: [bucket.endpoint] });
  t.teardown(() => outbound.close());
  const scratch = join(t.testdir(), 'incoming');
  return { ...bucket, store: bucketStore({ endpoint: bucket.endpoint, bucket: 'our-media', region: 'eu-test-1', ...keys, ...more, scratch, outbound }) };
}

t.test('A file goes into the bucket and comes back, whole and in part; every request is rightly signed', async (t) => {
  const { store, objects, refusals } = await storeOf(t);
  const place = { tenantId: uuid(), id: uuid() };
  const file = await setAside(store.scratch, streamOf('0123456789'), 100);
  await store.keep(place, file);
  t.notOk(existsSync(file.path), 'and is no longer here');
  t.same([...objects.keys()], [`/our-media/${nameOf(place)}`]);
  t.equal(await store.size(place), 10);
  t.equal(await textOf(await store.read(place)), '0123456789');
  t.equal(await textOf(await store.read(place, { start: 2, end: 4 })), '234');
  t.equal(await store.read({ ...place, id: uuid() }), undefined);
  t.equal(await store.size({ ...place, part: 'mp4' }), undefined);
  await store.keep({ ...place, part: 'thumbnail' }, await setAside(store.scratch, streamOf('small'), 100));
  await store.remove(place);
  t.equal(objects.size, 0, 'with what was made of it');
  t.equal(await store.read(place), undefined);
  t.same(refusals, []);
});

t.test('An empty file is a file', async (t) => {
  const { store } = await storeOf(t);
  const place = { tenantId: uuid(), id: uuid() };
  await store.keep(place, await setAside(store.scratch, (async function* () {})(), 100));
  t.equal(await store.size(place), 0);
  t.equal(await textOf(await store.read(place)), '');
});

t.test('A bucket that refuses or fails is said to have done so, without its key, and the file stays to be tried again', async (t) => {
  const wrong = await storeOf(t, { secretAccessKey: 'canary-key-canary-key' });
  const place = { tenantId: uuid(), id: uuid() };
  const file = await setAside(wrong.store.scratch, streamOf('x'), 100);
  for (const work of [() => wrong.store.keep(place, file), () => wrong.store.read(place), () => wrong.store.size(place), () => wrong.store.remove(place)]) {
    const error: unknown = await work().then(() => undefined, (reason: unknown) => reason);
    t.match(error, { message: 'The store of media answered 403.' });
    t.notMatch(String(error), /canary/);
  }
  t.ok(existsSync(file.path));
  const { store, fail, objects } = await storeOf(t);
  const other = await setAside(store.scratch, streamOf('y'), 100);
  fail(1);
  await t.rejects(store.keep(place, other), { message: 'The store of media answered 503.' });
  await store.keep(place, other);
  t.equal(objects.size, 1);
});

t.test('The configuration says where media lie, and refuses half a bucket', async (t) => {
  const dataDir = t.testdir();
  const usual = { dataDir, shared: false, region: 'us-east-1' };
  const folder = await openStore(usual);
  t.equal(folder.store.scratch, join(dataDir, 'media', 'incoming'));
  t.equal((await openStore(usual)).place, folder.place, 'the same folder is the same place');
  t.not((await openStore({ ...usual, folder: join(dataDir, 'other') })).place, folder.place);
  t.equal((await openStore({ ...usual, folder: join(dataDir, 'a'), shared: true })).place, (await openStore({ ...usual, folder: join(dataDir, 'b'), shared: true })).place, 'what the operator calls shared is one place');
  await t.rejects(openStore({ ...usual, bucket: 'b' }), { code: 'CONFIG_INVALID' });
  await t.rejects(openStore({ ...usual, bucket: 'b', endpoint: 'ftp://x', ...keys }), { code: 'CONFIG_INVALID' });
  const [one, other] = [await openStore({ ...usual, bucket: 'b', endpoint: 'https://s3.test', ...keys }), await openStore({ ...usual, bucket: 'c', endpoint: 'https://s3.test', ...keys })];
  t.not(one.place, other.place);
  await Promise.all([one.close(), other.close()]);
  const config = loadConfig({ env: { MEDIA_DIR: 'pictures', MEDIA_SHARED: 'true', MEDIA_BUCKET: 'b', MEDIA_ENDPOINT: 'https://s3.test', MEDIA_ACCESS_KEY_ID: 'k', MEDIA_SECRET_ACCESS_KEY: 's' }, cwd: dataDir });
  t.same(config.media, { folder: join(dataDir, 'pictures'), shared: true, bucket: 'b', endpoint: 'https://s3.test', region: 'us-east-1', accessKeyId: 'k', secretAccessKey: 's' });
});

t.test('What a process left aside when it ended is removed a day later, and nothing younger', async (t) => {
  const dataDir = t.testdir();
  const scratch = join(dataDir, 'media', 'incoming');
  mkdirSync(scratch, { recursive: true });
  for (const [name, hours] of [['old', 25], ['young', 23]] as const) {
    writeFileSync(join(scratch, name), name);
    utimesSync(join(scratch, name), new Date(), new Date(Date.now() - hours * 3_600_000));
  }
  await openStore({ dataDir, shared: false, region: 'x' });
  t.notOk(existsSync(join(scratch, 'old')));
  t.equal(readFileSync(join(scratch, 'young'), 'utf8'), 'young');
});

t.test('A stream that breaks, or has too much in it, leaves no file', async (t) => {
  const scratch = t.testdir();
  const breaks = (async function* () {
    yield Buffer.from('half');
    throw new Error('broken');
  })();
  await t.rejects(setAside(scratch, breaks, 100), { message: 'broken' });
  await t.rejects(setAside(scratch, streamOf('12345'), 4), { name: 'TooLarge' });
  const { readdirSync } = await import('node:fs');
  t.same(readdirSync(scratch), []);
});

// ── several replicas ─────────────────────────────────────────────────────────────────────────────────────────────────

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

t.test('Replicas see whether another one keeps its media elsewhere, as long as that one lives', async (t) => {
  const url = await freshDatabase(t);
  const one = await createRelay(url, quiet, -5);
  t.equal(await one.mediaElsewhere(), false);
  const same = await createRelay(url, quiet, -5);
  t.equal(await same.mediaElsewhere(), false);
  const elsewhere = await createRelay(url, quiet, 2_147_483_647);
  t.equal(await elsewhere.mediaElsewhere(), true);
  t.equal(await one.mediaElsewhere(), true);
  await elsewhere.close();
  t.equal(await one.mediaElsewhere(), false);
  const other = await createRelay(await freshDatabase(t), quiet, 7);
  t.equal(await other.mediaElsewhere(), false, 'another database is another installation');
  await Promise.all([one.close(), same.close(), other.close()]);
});

t.test('A second replica with a media folder of its own is refused, with words; with the same folder, or one that is said to be shared, it starts', async (t) => {
  const url = await freshDatabase(t);
  const root = t.testdir({ one: {}, other: {} });
  const config = (name: string, more: Record<string, string> = {}) => loadConfig({ env: { DATA_DIR: join(root, name), DATABASE_URL: url, SECRET_KEY: 'k'.repeat(40), PORT: '0', LOG_LEVEL: 'silent', ...more }, cwd: root });
  const log = createLog({ level: 'silent' });
  const first = await start(config('one'), log);
  await t.rejects(start(config('other'), log), { code: 'MEDIA_NOT_SHARED', message: /one folder .* or one bucket/ });
  const second = await start(config('other', { MEDIA_DIR: join(root, 'one', 'media') }), log);
  await second.stop();
  await first.stop();
  const [a, b] = [await start(config('one', { MEDIA_SHARED: 'true' }), log), await start(config('other', { MEDIA_SHARED: 'true' }), log)];
  await Promise.all([a.stop(), b.stop()]);
});
