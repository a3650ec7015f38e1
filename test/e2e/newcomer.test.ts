import t from 'tap';
import { openProduct, picture, setUp, slug } from './switchboard.ts';

const { url, browser } = await openProduct(t);

t.test('a newcomer sets up, types in the phone, and sees the answer in phone and inbox without a reload', async (t) => {
  const page = await browser.newPage({ baseURL: url });
  const began = performance.now();
  await setUp(page);
  t.equal(new URL(page.url()).pathname, `/app/${slug}/whatsapp`);
  await picture(page, 'whatsapp-first');
  await page.getByRole('link', { name: 'Test phone', exact: true }).click();
  await page.getByLabel('Write as the customer').waitFor();
  await page.evaluate('window.notReloaded = true');
  await page.getByLabel('Write as the customer').fill('hello');
  await page.getByRole('button', { name: 'Send as the customer' }).click();
  const phone = page.locator('#phone-items');
  await phone.getByText('Hello from Lestari Coffee').waitFor();
  t.comment(`from the first page to the first answer: ${Math.round(performance.now() - began)} ms`);
  await page.locator('#items').getByText('Hello from Lestari Coffee').waitFor();
  await page.locator('#rows').getByText('Rosa Delgado').waitFor();
  t.equal(await page.evaluate('window.notReloaded'), true);
  await picture(page, 'simulator');

  await phone.getByRole('button', { name: 'What can you do?' }).click();
  await phone.getByText('I answer keywords').waitFor();
  await page.locator('#items').getByText('I answer keywords').waitFor();
  await page.locator('#items .word[data-word=read]').first().waitFor();
  await picture(page, 'simulator-tapped');
});
