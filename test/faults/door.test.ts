/** The first moments of a process: webhooks before pages, and nobody is turned away. */
import Database from 'better-sqlite3';
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { speak, statusOf } from '../access/wire.ts';
import { until } from '../until.ts';
import { launch, startProduct, type Product } from './product.ts';
import { createScene } from './scene.ts';

const pagesLoaded = ({ lines }: Pick<Product, 'lines'>) => lines.filter(({ msg }) => msg === 'pages are loaded').length;

void t.test('started again with what it was told before, it is ready and answers customers without its pages, which come with the first who asks for one', async (t) => {
  const scene = await createScene();
  t.teardown(() => scene.end());
  await (await scene.start()).stop();
  const url = new URL(scene.webhook).origin;
  const again = launch(scene.config);
  t.teardown(() => again.kill('SIGKILL'));

  const ready = await answered(`${url}/health/ready`);
  t.same([ready.status, await ready.json()], [200, { status: 'ready' }]);
  t.equal((await fetch(`${url}/health/live`)).status, 200);
  t.match(await (await fetch(`${url}/metrics`)).text(), /switchboard_jobs/);
  const strange = await fetch(`${url}/webhooks/no-such-key`, { method: 'POST', body: '{}' });
  t.equal(strange.status, 404);
  t.equal(strange.headers.get('x-content-type-options'), 'nosniff', 'with the headers that every answer has');
  await scene.customers.say(['early']);
  await until('the reply', () => scene.emulator.messages.length > 0);
  await again.listening;
  t.equal(pagesLoaded(again), 0, 'all this without pages');

  const shown = await Promise.all(['/login', '/', '/api/v1/numbers', '/no-such-page'].map(async (path) => [path, (await fetch(url + path, { redirect: 'manual' })).status]));
  t.same(shown, [['/login', 303], ['/', 303], ['/api/v1/numbers', 401], ['/no-such-page', 404]], 'who asked for one got it');
  await loadedOnce(again);
  t.equal((await fetch(`${url}/health/ready`)).status, 200);
  t.equal(scene.emulator.messages.length, 1);
  t.same(await again.stop(), { code: 0, signal: null });
  t.equal(pagesLoaded(again), 1, 'and they were loaded once for all of them');
});

void t.test('whoever was signed in before a restart does not wait for the pages, nor does the first person of an installation', async (t) => {
  const scene = await createScene();
  t.teardown(() => scene.end());
  await (await scene.start()).stop();
  wasSignedIn(scene, 13 * 3_600_000);
  t.equal(await loadedAtStart(scene), 0, 'a login that has ended counts for nothing');
  wasSignedIn(scene, 3_600_000);
  t.equal(await loadedAtStart(scene), 1);
  const empty = t.testdir({ 'switchboard.config.json': JSON.stringify({ port: 0 }) });
  t.equal(await loadedAtStart({ config: join(empty, 'switchboard.config.json') }), 1);

  async function loadedAtStart({ config }: { config: string }): Promise<number> {
    const product = await startProduct(config);
    t.teardown(() => product.kill('SIGKILL'));
    await product.stop();
    return pagesLoaded(product);
  }
});

void t.test('pages that cannot be loaded keep no customer from being answered, whoever was signed in before the restart', async (t) => {
  const scene = await createScene();
  t.teardown(() => scene.end());
  await (await scene.start()).stop();
  wasSignedIn(scene, 0);
  const folder = t.testdir({ 'broken.mjs': "import { registerHooks } from 'node:module'; registerHooks({ resolve(name, context, next) { if (name === './app.ts') throw new Error('a file is missing'); return next(name, context); } });" });
  const product = await scene.start({ env: { NODE_OPTIONS: `--import=${pathToFileURL(join(folder, 'broken.mjs')).href}` } });
  t.same(product.lines.filter(({ level }) => level === 'error').map(({ msg }) => msg), ['pages could not be loaded; the next who asks for one tries again']);
  t.equal((await fetch(`${new URL(scene.webhook).origin}/login`)).status, 500);
  await scene.customers.say(['are you there?']);
  await until('the reply', () => scene.emulator.messages.length > 0);
});

void t.test('what the configuration newly declares holds from the first webhook on', async (t) => {
  const scene = await createScene();
  t.teardown(() => scene.end());
  await (await scene.start()).stop();
  scene.reinstall({ appSecret: 'another-app-secret' });
  const again = launch(scene.config);
  t.teardown(() => again.kill('SIGKILL'));
  const ready = await answered(`${new URL(scene.webhook).origin}/health/ready`);
  t.equal(ready.status, 200, 'it did not listen before all was there');
  const body = '{"object":"whatsapp_business_account","entry":[]}';
  const signed = await fetch(scene.webhook, { method: 'POST', body, headers: { 'x-hub-signature-256': signatureOf(body, scene.emulator.settings.appSecret) } });
  t.equal(signed.status, 401, 'the secret of before is worth nothing');
});

void t.test('told to stop while its pages are still loading, it ends well', async (t) => {
  const scene = await createScene();
  t.teardown(() => scene.end());
  await (await scene.start()).stop();
  const again = launch(scene.config);
  t.teardown(() => again.kill('SIGKILL'));
  const { origin } = new URL(scene.webhook);
  await answered(`${origin}/health/live`);
  const page = fetch(`${origin}/login`).then(({ status }) => `${status}`, () => 'cut');
  await scene.customers.say(['just in time']);
  t.same(await again.stop(), { code: 0, signal: null });
  t.match(await page, /200|503|cut/, 'whoever asked is answered or cut off, never left waiting');
  t.teardown(() => last.kill('SIGKILL'));
  const last = await startProduct(scene.config);
  await until('the reply', () => scene.emulator.messages.length > 0);
  t.equal(scene.emulator.messages.length, 1);
});

void t.test('a socket that is opened before the pages are there waits for them, and is not told that it is nowhere', async (t) => {
  const scene = await createScene();
  t.teardown(() => scene.end());
  await (await scene.start()).stop();
  const { origin, port } = new URL(scene.webhook);
  const again = launch(scene.config);
  t.teardown(() => again.kill('SIGKILL'));
  await answered(`${origin}/health/live`);
  const open = async () => statusOf(await speak(Number(port), `GET /live HTTP/1.1\r\nHost: ${new URL(origin).host}\r\nOrigin: ${origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`, { quietMs: 3_000 }));
  t.equal(pagesLoaded(again), 0);
  t.equal(await open(), 401, 'it is asked to sign in, as ever');
  await loadedOnce(again);
  t.equal(await open(), 401);
  t.same(await again.stop(), { code: 0, signal: null });
});

void t.test('a webhook whose sender also offers HTTP/2, or names the host in the address, is a webhook, and so is a probe', async (t) => {
  const scene = await createScene();
  t.teardown(() => scene.end());
  const product = await scene.start();
  const { host, origin, port, pathname } = new URL(scene.webhook);
  const body = '{"object":"whatsapp_business_account","entry":[]}';
  const offer = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n';
  const post = (address: string, also = '') =>
    `POST ${address} HTTP/1.1\r\nHost: ${host}\r\n${also}X-Hub-Signature-256: ${signatureOf(body, scene.emulator.settings.appSecret)}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const asked = async (bytes: string) => statusOf(await speak(Number(port), bytes));
  const get = (address: string, also = '') => `GET ${address} HTTP/1.1\r\nHost: ${host}\r\n${also}\r\n`;

  for (const loaded of [false, true]) {
    t.equal(await asked(post(pathname, offer)), 200, 'with the body that was signed');
    t.equal(await asked(post(`${origin}${pathname}`)), 200);
    t.equal(await asked(get('/health/live', offer)), 200);
    t.equal(await asked(get(`${origin}/health/ready`)), 200);
    t.equal(await asked(get('/health/live', 'Connection: Upgrade\r\nUpgrade: websocket\r\n')), 200, 'there is no socket to open');
    if (loaded) await loadedOnce(product);
    else t.equal(pagesLoaded(product), 0);
    t.equal(await asked(get('/login', offer)), 303, 'a page is a page, too');
  }
});

/** What it logs comes by another way than what it answers, and may come later. */
const loadedOnce = (product: Pick<Product, 'lines'>) => until('the log says that pages are loaded', () => pagesLoaded(product) === 1);

/** Somebody who was last seen so long ago, and whose login would last for another day. */
function wasSignedIn({ dataDir }: { dataDir: string }, agoMs: number): void {
  const now = Date.now();
  const db = new Database(join(dataDir, 'switchboard.db'));
  db.prepare("insert into login (id, user_id, token_hash, created_at, last_seen_at, expires_at, address, browser) values (?, 'u', ?, ?, ?, ?, '', '')").run(`${agoMs}`, `${agoMs}`, now, now - agoMs, now + 86_400_000);
  db.close();
}

/** The first answer there is. */
async function answered(url: string): Promise<Response> {
  for (const until = performance.now() + 120_000; ; await pause(2)) {
    try {
      return await fetch(url);
    } catch (error) {
      if (performance.now() > until) throw error;
    }
  }
}

const signatureOf = (body: string, secret: string) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
