/** Media in a real browser: from a customer's phone over Meta's (emulated) Graph API into the thread, and what is missing asked for again. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import t, { type Test } from 'tap';
import type { Page } from 'playwright-core';
import { loadConfig } from '../../config/index.ts';
import { createLog } from '../../core/log.ts';
import { start } from '../../core/main.ts';
import type { Content } from '../../core/plugin/contract/content.ts';
import { startEmulator } from '../../plugins/meta-cloud/emulator.ts';
import { openBrowser } from '../browser.ts';
import { freePort } from '../faults/product.ts';
import { oggOpus } from '../media/samples.ts';
import { picture, signIn } from './switchboard.ts';

const who = { email: 'ana@lestari.example', password: 'a horse on the line' };
const rosa = '12025550147';

async function open(t: Test) {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-media-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const port = await freePort();
  const emulator = await startEmulator({ appSecret: 'e2e-app-secret', accessToken: 'EAAe2e0000000001', verifyToken: 'e2e-verify-token', webhookUrl: `http://127.0.0.1:${port}/webhooks/e2e-webhook-key`, statuses: true });
  t.teardown(() => emulator.close());
  const file = join(folder, 'switchboard.config.json');
  writeFileSync(file, JSON.stringify({
    port, dataDir: join(folder, 'data'), logLevel: 'silent',
    tenants: [{
      slug: 'lestari', users: [{ name: 'Ana', role: 'owner', ...who }],
      connections: [{ key: 'meta', plugin: 'meta-cloud', webhookKey: 'e2e-webhook-key', settings: emulator.settings }],
      agents: [{ key: 'quiet', plugin: 'rules', settings: { rules: [{ when: { any: true }, say: 'Thank you.' }] } }],
      numbers: [{ connection: 'meta', account: '108100000000001', displayName: 'Sales', bindings: [{ agent: 'quiet' }] }],
    }],
  }));
  const config = loadConfig({ env: { SWITCHBOARD_CONFIG: file }, cwd: folder });
  const switchboard = await start(config, createLog({ level: 'silent' }));
  t.teardown(() => switchboard.stop());
  const browser = await openBrowser(t);
  const page = await browser.newPage({ baseURL: switchboard.url });
  await signIn(page, who);
  return { emulator, browser, page, url: switchboard.url };
}

/** Opens the only conversation. */
async function openThread(page: Page): Promise<void> {
  await page.goto('/app/lestari/inbox');
  await page.locator('#rows a').first().click();
  await page.locator('#items').waitFor();
}

t.test('What a customer sends is seen, heard and saved in the thread', { timeout: 90_000 }, async (t) => {
  const { emulator, browser, page, url } = await open(t);
  const photo = await sharp({ create: { width: 900, height: 600, channels: 3, background: { r: 60, g: 110, b: 90 } } }).jpeg().toBuffer();
  const give = (bytes: Buffer, mime: string) => {
    const { id, sha256 } = emulator.store(bytes, mime);
    return { ref: id, mime, sha256 };
  };
  const write = (content: Content) => emulator.customer.write({ from: rosa, name: 'Rosa Delgado', content });
  await write({ kind: 'image', media: give(photo, 'image/jpeg'), caption: 'Do you have this colour?' });
  await openThread(page);

  const image = page.locator('.bubble img');
  await image.waitFor();
  await page.waitForFunction("document.querySelector('.bubble img')?.naturalWidth > 0");
  t.same(await page.evaluate("(({ naturalWidth, naturalHeight, width, alt }) => [naturalWidth, naturalHeight, width, alt])(document.querySelector('.bubble img'))"), [480, 320, 320, 'Image: Do you have this colour?']);

  // Those that come while the page is open are drawn without a reload.
  await write({ kind: 'voice', media: give(await oggOpus(120), 'audio/ogg') });
  const player = page.locator('.bubble audio');
  await player.waitFor();
  const secondsOf = (source: string): Promise<number> =>
    page.evaluate(`new Promise((resolve, reject) => { const audio = document.createElement('audio'); audio.onloadedmetadata = () => resolve(audio.duration); audio.onerror = () => reject(new Error('it cannot be played')); audio.src = document.querySelector('${source}').src; })`);
  const original = await secondsOf('.bubble audio > source:first-child');
  t.ok(Math.abs(original - 2.4) < 0.1, `${original} s`);
  const mp4 = await secondsOf('.bubble audio > source:last-of-type');
  t.ok(Math.abs(mp4 - 2.4) < 0.1, `and the same sound as MP4: ${mp4} s`);

  await write({ kind: 'document', media: { ...give(Buffer.from('%PDF-1.4\n%%EOF'), 'application/pdf'), name: 'Oferta Nº 7.pdf' }, caption: 'Our offer' });
  await write({ kind: 'location', latitude: -6.2, longitude: 106.8, name: 'Warehouse', address: 'Jl. Sudirman 1' });
  const file = page.getByRole('link', { name: /Oferta Nº 7\.pdf/ });
  await file.waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), file.click()]);
  t.equal(download.suggestedFilename(), 'Oferta Nº 7.pdf');
  await page.getByText('Jl. Sudirman 1').waitFor();
  await page.getByRole('link', { name: 'Show on a map' }).waitFor();
  await picture(page, 'media-thread');
  const dark = await browser.newPage({ baseURL: url, theme: 'dark', width: 390, height: 844 });
  await signIn(dark, who);
  await dark.goto(page.url());
  await dark.locator('.bubble audio').waitFor();
  await picture(dark, 'media-thread-phone');

  const [tab] = await Promise.all([page.context().waitForEvent('page'), page.locator('.bubble a.picture').click()]);
  await tab.waitForLoadState();
  t.same(await tab.evaluate('[document.contentType, document.images[0]?.naturalWidth]'), ['image/jpeg', 900], 'the whole picture, in a page of its own');
});

t.test('What the provider has no more is said to be gone; what it fails to give is asked for again by a click', { timeout: 90_000 }, async (t) => {
  const { emulator, page } = await open(t);
  await emulator.customer.write({ from: rosa, name: 'Rosa Delgado', content: { kind: 'document', media: { ref: '999999', mime: 'application/pdf', name: 'lost.pdf' } } });
  const { id, sha256 } = emulator.store(Buffer.from('other bytes'), 'image/jpeg');
  t.ok(sha256);
  await emulator.customer.write({ from: rosa, name: 'Rosa Delgado', content: { kind: 'image', media: { ref: id, mime: 'image/jpeg', sha256: 'f'.repeat(64) } } });
  await openThread(page);
  await page.getByText('What came was not what the provider had announced.').waitFor();
  await page.getByText('No longer to be had').waitFor();
  await picture(page, 'media-missing');
  await page.getByRole('button', { name: 'Fetch again' }).first().click();
  await page.getByText('What came was not what the provider had announced.').waitFor();
});
