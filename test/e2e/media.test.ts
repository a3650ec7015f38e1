/** Media in a real browser: from a customer's phone over Meta's (emulated) Graph API into the thread, and what is missing asked for again. */
import sharp from 'sharp';
import t from 'tap';
import { oggOpus } from '../media/samples.ts';
import { until } from '../until.ts';
import { seen } from '../browser.ts';
import { openRosa } from './rosa.ts';
import { picture } from './switchboard.ts';

t.test('What a customer sends is seen, heard and saved in the thread', async (t) => {
  const { emulator, write, readThread } = await openRosa(t);
  const photo = await sharp({ create: { width: 900, height: 600, channels: 3, background: { r: 60, g: 110, b: 90 } } }).jpeg().toBuffer();
  const give = (bytes: Buffer, mime: string) => {
    const { id, sha256 } = emulator.store(bytes, mime);
    return { ref: id, mime, sha256 };
  };
  await write({ kind: 'image', media: give(photo, 'image/jpeg'), caption: 'Do you have this colour?' });
  const page = await readThread();

  const image = page.locator('.bubble img');
  await image.waitFor();
  await page.waitForFunction("document.querySelector('.bubble img')?.naturalWidth > 0");
  t.same(await page.evaluate("(({ naturalWidth, naturalHeight, width, alt }) => [naturalWidth, naturalHeight, width, alt])(document.querySelector('.bubble img'))"), [480, 320, 320, 'Image: Do you have this colour?']);

  // Those that come while the page is open are drawn without a reload.
  await write({ kind: 'voice', media: give(await oggOpus(120), 'audio/ogg') });
  const player = page.locator('.bubble audio');
  await player.waitFor();
  await page.locator('.bubble audio > source').nth(1).waitFor({ state: 'attached' });
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
  await seen(page, 'Jl. Sudirman 1').waitFor();
  await page.getByRole('link', { name: 'Show on a map' }).waitFor();
  await picture(page, 'media-thread');
  const dark = await readThread({ theme: 'dark', width: 390, height: 844 });
  await dark.locator('.bubble audio').waitFor();
  await picture(dark, 'media-thread-phone');

  const [tab] = await Promise.all([page.context().waitForEvent('page'), page.locator('.bubble a.picture').click()]);
  await tab.waitForLoadState();
  t.same(await tab.evaluate('[document.contentType, document.images[0]?.naturalWidth]'), ['image/jpeg', 900], 'the whole picture, in a page of its own');
});

t.test('What the provider has no more is said to be gone; what it fails to give is asked for again by a click', async (t) => {
  const { emulator, write, readThread } = await openRosa(t);
  await write({ kind: 'document', media: { ref: '999999', mime: 'application/pdf', name: 'lost.pdf' } });
  const { id, sha256 } = emulator.store(Buffer.from('other bytes'), 'image/jpeg');
  t.ok(sha256);
  await write({ kind: 'image', media: { ref: id, mime: 'image/jpeg', sha256: 'f'.repeat(64) } });
  const page = await readThread();
  await seen(page, 'What came was not what the provider had announced.').waitFor();
  await seen(page, 'No longer to be had').waitFor();
  await picture(page, 'media-missing');
  const asked = () => emulator.requests.filter(({ path }) => path.includes(id)).length;
  const before = asked();
  await page.getByRole('button', { name: 'Fetch again' }).first().click();
  await until('the provider is asked again', () => asked() > before);
  await seen(page, 'What came was not what the provider had announced.').waitFor();
});
