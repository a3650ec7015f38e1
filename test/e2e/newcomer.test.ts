import t from 'tap';
import { openProduct, picture, setUp, signIn, slug } from './switchboard.ts';

const { url, browser } = await openProduct(t);

t.test('what is left empty or mistyped is said beside the field, in the language of the page and not of the browser', async (t) => {
  const page = await browser.newPage({ baseURL: url, locale: 'en', allow: [/status of 422/] });
  await page.goto('/setup');
  await page.getByRole('button', { name: 'Español' }).click();
  await page.locator('html[lang=es]').waitFor();
  await page.locator('#email').fill('no es un correo');
  await page.locator('button.go').click();
  await page.locator('#workspace-error').getByText('Rellena este campo.').waitFor();
  t.equal(await page.locator('#workspace').getAttribute('aria-describedby'), 'workspace-error');
  t.match(await page.locator('#email-error').textContent(), 'ana@example.com');
  t.equal(await page.locator('#email').inputValue(), 'no es un correo');
  await page.locator('#password-error').waitFor();
  await picture(page, 'setup-empty-es');
});

t.test('the first page after the set-up has a phone beside the numbers, and it answers', async (t) => {
  const page = await browser.newPage({ baseURL: url });
  const began = performance.now();
  await setUp(page);
  t.equal(new URL(page.url()).pathname, `/app/${slug}/whatsapp`);
  await picture(page, 'first-page');
  await page.getByLabel('Write as the customer').fill('hello');
  await page.getByRole('button', { name: 'Send as the customer' }).click();
  await page.locator('#phone-items').getByText('Hello from Lestari Coffee').waitFor();
  t.comment(`from the first page to the first answer: ${Math.round(performance.now() - began)} ms`);
  await page.locator('.recent').getByText('Rosa Delgado').waitFor();
  await page.locator('.recent').getByText('Hello from Lestari Coffee').waitFor();
  t.equal(new URL(page.url()).pathname, `/app/${slug}/whatsapp`, 'the page is the same');
  await picture(page, 'first-answer');
});

t.test('in the simulator the answer stands in phone, thread and list without a reload', async (t) => {
  const page = await browser.newPage({ baseURL: url });
  await signIn(page);
  await page.getByRole('link', { name: 'Test phone', exact: true }).click();
  await page.getByLabel('Write as the customer').waitFor();
  await page.evaluate('window.notReloaded = true');
  await page.getByLabel('Write as the customer').fill('menu');
  await page.getByRole('button', { name: 'Send as the customer' }).click();
  const phone = page.locator('#phone-items');
  await phone.getByText('Hello from Lestari Coffee').nth(1).waitFor();
  await page.locator('#items').getByText('Hello from Lestari Coffee').nth(1).waitFor();
  await page.locator('#rows').getByText('Rosa Delgado').waitFor();
  t.equal(await page.evaluate('window.notReloaded'), true);
  await picture(page, 'simulator');

  await page.locator('#items .word[data-word=read]').last().waitFor();
  await phone.getByRole('button', { name: 'What can you do?' }).last().click();
  await phone.getByText('I answer keywords').waitFor();
  await page.locator('#items').getByText('I answer keywords').waitFor();
  await page.locator('#items .word[data-word=read]').last().waitFor();
  await picture(page, 'simulator-tapped');
});
