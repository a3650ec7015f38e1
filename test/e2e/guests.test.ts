/** Qontak and Coster as people connect them, against the emulators: what is refused, what is registered, and the first answer. */
import t from 'tap';
import { startEmulator as startCoster } from '../../plugins/coster/emulator.ts';
import { startEmulator as startQontak } from '../../plugins/qontak/emulator.ts';
import { seen } from '../browser.ts';
import { openProduct, picture, setUp, slug } from './switchboard.ts';

const qontak = await startQontak({ accessToken: 'tok_emulated_0001_bot', statuses: true, retry: { firstMs: 20 } });
/** Its webhook secret is told later, by whoever connects. */
const costerSide: Parameters<typeof startCoster>[0] = { accessToken: 'coster-emulated-token', face: 'bot', statuses: true, retry: { firstMs: 20 } };
const coster = await startCoster(costerSide);
t.teardown(() => Promise.all([qontak.close(), coster.close()]));

const { url, browser } = await openProduct(t, { ALLOWED_ORIGINS: `${qontak.url},${coster.url}` });
const app = `/app/${slug}`;
// A form that is refused answers 422, and the browser writes a line of its own about that.
const page = await browser.newPage({ baseURL: url, allow: [/status of 4(22|09)/] });
await setUp(page);

const account = qontak.settings.channelIntegrationIds?.[0] ?? '';
const token = page.getByLabel('Access token');
const connect = async () => page.getByRole('button', { name: 'Connect Number' }).click();

async function fillToken(value: string): Promise<void> {
  if (!(await token.isVisible())) await seen(page, 'Replace').first().click();
  await token.fill(value);
}

t.test('Qontak: wrong credentials, a wrong channel and a wrong address are told beside their field', async (t) => {
  await page.goto(`${app}/whatsapp/connect?way=plugin%3Aqontak`);
  t.ok(await page.getByRole('switch', { name: /assigned to a room/ }).isChecked(), 'what is on unless told is on');
  await page.getByLabel('Display Name').fill('Toko');
  await page.getByLabel('Assigned Agent').selectOption({ index: 1 });
  await page.getByLabel('Channel integration ID').fill('+62 811 0000 0001');
  await page.getByLabel('Credentials').selectOption('bearer');
  await page.getByLabel('API base URL').fill(qontak.settings.apiBaseUrl);
  await fillToken('tok_of_somebody_else');
  await connect();
  await seen(page, 'That is a phone number.').waitFor();
  await page.getByLabel('Channel integration ID').fill(account);
  await connect();
  await seen(page, 'HTTP 401: Unauthorized').waitFor();
  await seen(page, 'Qontak does not accept the credentials.').waitFor();
  await picture(page, 'qontak-refused');
  await fillToken('tok_emulated_0001_bot');
  await page.getByLabel('Channel integration ID').fill('00000000-0000-4000-8000-00000000dead');
  await connect();
  await seen(page, 'The organization has no WhatsApp channel with the ID 00000000-0000-4000-8000-00000000dead.').waitFor();
  await picture(page, 'qontak-unknown-channel');
});

t.test('Qontak: the endpoint is registered with one button, and the agent answers in the room', async (t) => {
  await page.getByLabel('Channel integration ID').fill(account);
  await connect();
  await page.waitForURL('**/settings/channels/**');
  await page.getByRole('link', { name: 'Doctor', exact: true }).click();
  await seen(page, 'No endpoint is registered').waitFor();
  await page.getByRole('button', { name: 'Register endpoint' }).click();
  await seen(page, 'Events come to this installation.').waitFor();
  await picture(page, 'qontak-registered');
  t.match(qontak.webhookUrl, /\/webhooks\//);

  t.match(await qontak.customer.write({ from: '628120000002', name: 'Budi Santoso', text: 'hello' }), { status: 200 });
  await page.goto(`${app}/inbox`);
  await page.getByRole('link', { name: 'Budi Santoso' }).click();
  await page.locator('#items').getByText('Hello from Lestari Coffee').waitFor();
  await page.locator('#items [data-word=read]').first().waitFor();
  t.match(qontak.messages[0]?.body, { type: 'button', interactive: {} });
  await picture(page, 'qontak-answered');

  await qontak.agent('628120000002', 'Saya bantu dari Qontak');
  await page.locator('#items').getByText('Saya bantu dari Qontak').waitFor();
  await page.locator('#thread-head').getByRole('switch', { checked: false }).first().waitFor();
  await picture(page, 'qontak-person');
});

t.test('Coster: what is missing is named; with all of it the agent answers in plain text', async (t) => {
  await page.goto(`${app}/whatsapp/connect?way=plugin%3Acoster`);
  await page.getByLabel('Display Name').fill('Cabang');
  await page.getByLabel('Assigned Agent').selectOption({ index: 1 });
  await page.getByLabel('Phone identity', { exact: true }).fill('+62 811-0000-001');
  await page.getByLabel('API', { exact: false }).first().selectOption('bot');
  await fillToken('coster-emulated-token');
  await page.getByLabel('Proof of a webhook').selectOption('header');
  await seen(page, 'Advanced').click();
  await page.getByLabel('Address of m2m').fill(coster.settings.m2mUrl);
  await page.getByLabel('Address of bot').fill(coster.settings.botUrl);
  await page.getByLabel('Address of media').fill(coster.settings.mediaUrl);
  await connect();
  await seen(page, 'There is no account ID').waitFor();
  await picture(page, 'coster-incomplete');
  await page.getByLabel('Account ID').fill('acct-0001');
  await connect();
  await page.waitForURL('**/settings/channels/**');
  const callback = await page.locator('main code', { hasText: '/webhooks/' }).first().textContent();
  coster.webhookUrl = callback?.trim();
  t.match(await coster.customer.write({ from: '628120000003', name: 'Citra', text: 'hello' }), { status: 401 }, 'not without the secret');
  costerSide.webhookSecret = (await page.getByRole('textbox', { name: 'Webhook secret', exact: true }).textContent())?.trim() ?? '';
  t.match(await coster.customer.write({ from: '628120000003', name: 'Citra', text: 'hello' }), { status: 200 });
  await page.goto(`${app}/inbox`);
  await page.getByRole('link', { name: 'Citra' }).click();
  await page.locator('#items').getByText('Hello from Lestari Coffee').waitFor();
  await page.locator('#items [data-word=read]').first().waitFor();
  t.match(coster.messages[0]?.text, /Hello from Lestari Coffee[^]*1\. /, 'buttons became numbered text');
  await picture(page, 'coster-answered');
});
