/** The pages of Qontak's and Coster's emulators: written on as a customer, steered, and looked at. */
import t from 'tap';
import { startEmulator as startCoster } from '../../plugins/coster/emulator.ts';
import { startEmulator as startQontak } from '../../plugins/qontak/emulator.ts';
import { checkAccessibility, openBrowser, seen } from '../browser.ts';
import { receiver } from '../far-end.ts';

const browser = await openBrowser(t);
const hook = await receiver(t);
const qontak = await startQontak({ accessToken: 'tok_emulated_0001', webhookUrl: hook.url });
const coster = await startCoster({ accessToken: 'coster-emulated-token', webhookUrl: hook.url });
t.teardown(() => Promise.all([qontak.close(), coster.close()]));

for (const { name, emulator, path } of [
  { name: 'Emulated Qontak', emulator: qontak, path: '/api/open/v1/integrations' },
  { name: 'Emulated Coster', emulator: coster, path: '/bot/webhook' },
]) {
  t.test(`${name}: a customer writes, requests are shown with their verdict, and faults are added`, async (t) => {
    const page = await browser.newPage({ baseURL: emulator.url });
    await page.goto('/');
    await page.getByRole('heading', { name }).waitFor();
    await page.locator('#write textarea').fill('Halo <b>dari</b> halaman');
    await page.getByRole('button', { name: 'Write' }).click();
    await seen(page, 'The webhook answered 200.').waitFor();
    t.match(hook.received.at(-1)?.body, 'Halo <b>dari</b> halaman');
    await page.getByLabel('HTTP status').fill('429');
    await page.locator('#fault select[name=on]').selectOption('any');
    await page.getByRole('button', { name: 'Add' }).click();
    await seen(page, '{"kind":"error","on":"any","status":429,"next":1}').waitFor();
    t.equal((await fetch(`${emulator.url}${path}`)).status, 429);
    t.equal((await fetch(`${emulator.url}${path}`)).status < 500, true);
    await page.getByRole('listitem').filter({ hasText: `GET ${path} → 429` }).waitFor();
    t.same(await checkAccessibility(page), []);
    await page.setViewportSize({ width: 360, height: 700 });
    t.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), 'it fits a phone');
  });
}

t.test('a person in Qontak answers from the page, and what cannot be done is said', async (t) => {
  const page = await browser.newPage({ baseURL: qontak.url, allow: [/404/] });
  await page.goto('/');
  const form = page.locator('form[data-path="/emulator/agent"]');
  await form.getByLabel('Says').fill('Saya bantu dari halaman');
  await form.getByRole('button').click();
  await form.getByText('Done.').waitFor();
  t.match(hook.received.at(-1)?.body, 'Saya bantu dari halaman');
  await form.getByLabel('In the room of').fill('1');
  await form.getByRole('button').click();
  await form.getByText('so there is no room').waitFor();
  t.same(await checkAccessibility(page), []);
});
