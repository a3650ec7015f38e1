/** The script on its pages: dialogs, switches, menus, and what they are without it. */
import t from 'tap';
import { openBrowser, seen, takeProblems } from '../browser.ts';
import { openWorkspace } from './workspace.ts';

const world = await openWorkspace(t);
const baseURL = world.url;
const browser = await openBrowser(t);

t.test('a dialog opens over its page, keeps what was typed when it is refused, and Back closes it', async (t) => {
  const page = await browser.newPage({ baseURL, allow: [/422/] });
  await page.goto('/app/lestari/whatsapp');
  await page.getByRole('link', { name: 'Connect New Number' }).click();
  const dialog = page.locator('#dialog');
  await dialog.getByLabel('Display Name').fill('Jakarta pickup');
  t.match(page.url(), /\/whatsapp\/connect$/, 'the dialog has its own address');
  t.equal(await page.locator('#rack').count(), 1, 'the page is still there');
  await dialog.getByLabel('Phone').fill('sim:ana');
  await dialog.getByRole('button', { name: 'Connect Number' }).click();
  await dialog.getByText('An active number needs an agent.', { exact: true }).waitFor();
  t.equal(await dialog.getByLabel('Display Name').inputValue(), 'Jakarta pickup', 'nothing typed is lost');
  t.equal(await page.evaluate('document.activeElement.id'), 'agent', 'the first wrong field has the focus');

  await dialog.getByLabel('Assigned Agent').selectOption('a1');
  t.equal(await dialog.locator('#cord-preview .cord').getAttribute('data-cord'), 'on', 'the cord plugs in as the agent is chosen');
  await dialog.getByRole('button', { name: 'Connect Number' }).click();
  await page.locator('#dialog[open]').waitFor({ state: 'detached' });
  t.match(page.url(), /\/whatsapp$/, 'it ends where the server sent it');
  t.equal(world.state.connectTries.length, 2);

  const asked = world.state.pages.length;
  await page.getByRole('link', { name: 'Connect New Number' }).click();
  await dialog.getByLabel('Display Name').waitFor();
  await page.goBack();
  await page.locator('#dialog[open]').waitFor({ state: 'detached' });
  t.equal(world.state.pages.length, asked + 1, 'going back asks the server for nothing');
  await page.getByRole('link', { name: 'Connect New Number' }).click();
  await dialog.getByLabel('Display Name').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('#dialog[open]').waitFor({ state: 'detached' });
  t.match(page.url(), /\/whatsapp$/);
  t.same(takeProblems(page), []);
});

t.test('without script a dialog is a page and a switch is a form', async (t) => {
  const page = await browser.newPage({ baseURL });
  await page.route('**/app.js', (route) => route.fulfill({ contentType: 'text/javascript', body: '' }));
  await page.goto('/app/lestari/whatsapp');
  await page.getByRole('switch', { name: 'Active: Sales' }).click();
  await page.waitForURL('**/whatsapp');
  t.ok(world.state.pages.includes('POST /app/lestari/whatsapp/numbers/n1/active'));
  await page.getByRole('link', { name: 'Connect New Number' }).click();
  await page.getByLabel('Display Name').waitFor();
  await page.goto('/app/lestari/whatsapp/k1');
  await page.locator('#draft').fill('Sent without script');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  t.equal(world.state.sent.at(-1)?.text, 'Sent without script');
});

t.test('a switch shows its new state at once and returns when the server fails', async (t) => {
  const page = await browser.newPage({ baseURL, allow: [/500/] });
  await page.goto('/app/lestari/whatsapp');
  world.state.answer = 'fail';
  t.teardown(() => { world.state.answer = 'accept'; });
  const active = page.getByRole('switch', { name: 'Active: Sales' });
  await active.click();
  await seen(page, 'That did not work. Nothing was changed.').waitFor();
  t.equal(await active.getAttribute('aria-checked'), 'true');
  world.state.answer = 'accept';
});

t.test('a number that was not chosen is asked for at the first that can be', async (t) => {
  const page = await browser.newPage({ baseURL });
  await page.goto('/connect/not-chosen');
  const group = page.getByRole('radiogroup', { name: 'Number' });
  t.equal(await group.getAttribute('aria-invalid'), 'true');
  t.equal(await page.locator(`#${(await group.getAttribute('aria-describedby')) ?? ''}`).textContent(), 'Choose a number.');
  t.equal(await page.evaluate('document.activeElement.value'), '108100000000003');
});

t.test('Show, Copy and menus work', async (t) => {
  const page = await browser.newPage({ baseURL });
  await page.goto('/login/fresh');
  await page.locator('#password').fill('a secret sentence');
  await page.getByRole('button', { name: 'Show' }).click();
  t.equal(await page.locator('#password').getAttribute('type'), 'text');
  await page.getByRole('button', { name: 'Hide' }).click();
  t.equal(await page.locator('#password').getAttribute('type'), 'password');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('/channels/hand-off');
  await page.getByRole('button', { name: 'Copy: Verify token' }).click();
  await seen(page, 'Copied').first().waitFor();
  t.equal(await page.evaluate('navigator.clipboard.readText()'), 'vt_5b1f0c7d2e');
  await page.goto('/whatsapp/full');
  await page.getByRole('button', { name: 'More for Sales' }).click();
  await page.getByRole('link', { name: 'Delete' }).first().waitFor();
});
