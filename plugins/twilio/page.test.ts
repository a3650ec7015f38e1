/** The emulator's page in a real browser: somebody writes, taps what was offered, and sees every call with its verdict. */
import { join } from 'node:path';
import t from 'tap';
import { request } from 'undici';
import { openBrowser } from '../../test/browser.ts';
import { receiver } from '../../test/far-end.ts';
import { startEmulator } from './emulator.ts';

t.test('the page writes as a customer, shows what came of it, and switches faults on', async (t) => {
  const browser = await openBrowser(t);
  const hook = await receiver(t);
  const emulator = await startEmulator({ authToken: 'emulated-auth-token', webhookUrl: hook.url });
  t.teardown(() => emulator.close());
  const { accountSid } = emulator.settings;
  const headers = { authorization: `Basic ${Buffer.from(`${accountSid}:emulated-auth-token`).toString('base64')}` };
  const post = async (path: string, type: string, body: string) => {
    const answer = await request(emulator.url + path, { method: 'POST', headers: { ...headers, 'content-type': type }, body });
    return (await answer.body.json()) as { sid: string };
  };
  const { sid } = await post('/v1/Content', 'application/json', JSON.stringify({ language: 'en', types: { 'twilio/quick-reply': { body: 'Go <b>on</b>?', actions: [{ type: 'QUICK_REPLY', title: 'Yes', id: 'yes' }] } } }));
  await post(`/2010-04-01/Accounts/${accountSid}/Messages.json`, 'application/x-www-form-urlencoded', new URLSearchParams({ To: 'whatsapp:+628120000002', From: 'whatsapp:+14155550100', ContentSid: sid }).toString());

  const page = await browser.newPage({ width: 1100 });
  await page.goto(emulator.url);
  const offered = page.locator('#messages li').first();
  await offered.waitFor();
  t.match(await offered.textContent(), 'Go <b>on</b>?', 'what a message holds is shown, not run');
  await page.getByRole('button', { name: 'Yes' }).click();
  await page.getByText('Events go to').waitFor();
  await page.locator('#deliveries li').first().waitFor();
  t.match(hook.received[0]?.body, /ButtonPayload=yes/);

  await page.locator('textarea[name=text]').fill('Halo dari halaman');
  await page.getByRole('button', { name: 'Write', exact: true }).click();
  await page.getByText('The webhook answered 200.').waitFor();
  t.match(hook.received[1]?.body, /Body=Halo\+dari\+halaman/);

  await page.getByLabel('Code').fill('63018');
  await page.getByRole('button', { name: 'Add' }).click();
  await page.locator('#faults').getByText('63018').waitFor();
  const folder = process.env['SHOTS'];
  if (folder) await page.screenshot({ path: join(folder, 'twilio-emulator.png'), fullPage: true });
  await page.getByRole('button', { name: 'Clear all' }).click();
  await page.locator('#faults').getByText('No fault is on.').waitFor();
  t.same(emulator.faults.list(), []);
});
