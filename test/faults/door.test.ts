/** The first moments of a process: webhooks before pages, and nobody is turned away. */
import { createHmac } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { speak, statusOf } from '../access/wire.ts';
import { launch, startProduct, until } from './product.ts';
import { createScene } from './scene.ts';

void t.test('started again with what it was told before, it takes webhooks while its pages are still to come', async (t) => {
  const scene = await createScene();
  t.teardown(() => scene.end());
  await (await scene.start()).stop();
  const url = new URL(scene.webhook).origin;
  const again = launch(scene.config);
  t.teardown(() => again.kill('SIGKILL'));

  const ready = await answered(`${url}/health/ready`);
  t.same([ready.status, await ready.json()], [503, { status: 'starting' }], 'it says that it is not ready');
  t.equal((await fetch(`${url}/health/live`)).status, 200, 'but that it lives');
  const page = fetch(`${url}/login`);
  const strange = await fetch(`${url}/webhooks/no-such-key`, { method: 'POST', body: '{}' });
  t.equal(strange.status, 404);
  t.equal(strange.headers.get('x-content-type-options'), 'nosniff', 'with the headers that every answer has');
  await scene.customers.say(['early']);
  t.notOk(again.lines.some(({ msg }) => msg === 'Switchboard is running'), 'all this before the pages were there');

  const shown = await page;
  t.equal(shown.status, 200, 'who asked for a page early got it');
  t.match(await shown.text(), /<form/);
  await again.listening;
  t.equal((await fetch(`${url}/health/ready`)).status, 200);
  await until('the reply', () => scene.emulator.messages.length > 0);
  t.equal(scene.emulator.messages.length, 1, 'and the reply');
  t.same(await again.stop(), { code: 0, signal: null });
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
  await answered(`${new URL(scene.webhook).origin}/health/live`);
  await scene.customers.say(['just in time']);
  t.same(await again.stop(), { code: 0, signal: null });
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
  const early = open();
  t.notOk(again.lines.some(({ msg }) => msg === 'Switchboard is running'));
  await again.listening;
  t.equal(await early, 401, 'it is asked to sign in, as ever');
  t.equal(await open(), 401);
  t.same(await again.stop(), { code: 0, signal: null });
});

/** The first answer there is. */
async function answered(url: string): Promise<Response> {
  for (const until = performance.now() + 20_000; ; await pause(2)) {
    try {
      return await fetch(url);
    } catch (error) {
      if (performance.now() > until) throw error;
    }
  }
}

const signatureOf = (body: string, secret: string) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
