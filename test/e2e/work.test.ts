import t from 'tap';
import type { Page } from 'playwright-core';
import { startEmulator } from '../../plugins/meta-cloud/emulator.ts';
import { checkAccessibility, seen, takeProblems } from '../browser.ts';
import { drawn, openProduct, owner, picture, reloadUntil, setUp, signIn, slug } from './switchboard.ts';

const token = 'EAAGoodTokenOfTheEmulator0001';
const account = '108100000000001';
const meta = await startEmulator({ accessToken: token, appSecret: 'app-secret-of-the-emulator', phoneNumberIds: [account], statuses: true });
t.teardown(() => meta.close());

const { url, browser } = await openProduct(t, { ALLOWED_ORIGINS: new URL(meta.url).origin });
const app = `/app/${slug}`;
// A form that is refused answers 422, and the browser writes a line of its own about that.
const refusals = [/status of 4(22|09)/];
const page = await browser.newPage({ baseURL: url, allow: refusals });
await setUp(page);

/** A customer of the emulator writes and the webhook is answered. */
const customer = (text: string, from = '6281299900011', name = 'Budi Santoso') => meta.customer.write({ from, name, text });
const thread = (page: Page) => page.locator('#items');
const ai = (page: Page, checked: boolean) => page.locator('#thread-head').getByRole('switch', { checked });

t.test('a Meta number: a bad token shows Meta’s words and loses nothing; a good one works and echoes', async (t) => {
  await page.goto(`${app}/whatsapp`);
  const began = performance.now();
  await page.getByRole('link', { name: 'Connect New Number' }).click();
  const dialog = page.locator('#dialog');
  await dialog.getByRole('link', { name: /Meta Cloud/ }).click();
  await dialog.getByLabel('Display Name').fill('Sales');
  await dialog.getByLabel('Phone number ID', { exact: true }).fill(account);
  await dialog.getByLabel('Access token').fill('EAAWrongTokenOfSomebody');
  await dialog.getByLabel('App secret', { exact: true }).fill('app-secret-of-the-emulator');
  await dialog.getByText('Advanced', { exact: true }).click();
  await dialog.getByLabel('API base URL').fill(meta.url);
  await dialog.getByLabel('Assigned Agent').selectOption({ index: 1 });
  await picture(page, 'connect-filled');
  await dialog.getByRole('button', { name: 'Connect Number' }).click();
  await dialog.getByText('Meta Cloud refused this.').waitFor();
  await picture(page, 'connect-refused');
  t.equal(await dialog.getByLabel('Display Name').inputValue(), 'Sales');
  t.equal(await dialog.getByLabel('Phone number ID', { exact: true }).inputValue(), account);
  t.match(await dialog.locator('[data-tone=bad] q').textContent(), /token/i);
  const again = dialog.getByLabel('Access token');
  if (!(await again.isVisible())) await dialog.getByText('Replace').first().click();
  await again.fill(token);
  await dialog.getByRole('button', { name: 'Connect Number' }).click();
  await page.waitForURL('**/settings/channels/**');
  await seen(page, 'Callback URL').waitFor();
  t.comment(`connected in ${Math.round(performance.now() - began)} ms`);
  await picture(page, 'connected-hand-off');
  const callback = await page.locator('main code', { hasText: '/webhooks/' }).first().textContent();
  meta.webhookUrl = callback?.trim() ?? '';
  t.equal((await customer('hello')).status, 200);
  await page.goto(`${app}/inbox`);
  await page.locator('#rows').getByText('Budi Santoso').waitFor();
  await page.getByRole('link', { name: 'Budi Santoso' }).click();
  await thread(page).getByText('Hello from Lestari Coffee').waitFor();
  await thread(page).locator('[data-word=read]').first().waitFor();
  t.match(meta.messages[0]?.body, { type: 'interactive' });
  await page.locator('#details-conversation').getByText('+62 811-0000001').waitFor();
  await page.locator('#draft').fill('Sent with the keyboard');
  await page.keyboard.press('Control+Enter');
  await thread(page).getByText('Sent with the keyboard').waitFor();
});

t.test('a conversation that is only read keeps its place in the list; one that is written in comes to the top', async (t) => {
  await page.goto(`${app}/whatsapp/notifications`);
  const own = await browser.newPage({ baseURL: url });
  await signIn(own);
  await own.goto(`${app}/inbox`);
  const row = (name: string) => own.locator('#rows li', { hasText: name });
  const names = () => own.locator('#rows [data-open]').allTextContents();
  const caughtUp = () => own.waitForResponse((answer) => /[?&]changed=/.test(answer.url()) && answer.ok());
  for (const [from, name] of [['6281299900011', 'Budi Santoso'], ['6281299900012', 'Mei Lin']] as const) {
    t.equal((await customer('menu', from, name)).status, 200);
    await row(name).and(own.locator(':first-child')).locator('[data-st=read]').waitFor();
  }
  const before = await names();
  t.same(before.slice(0, 2), ['Mei Lin', 'Budi Santoso']);
  const read = caughtUp();
  // Read elsewhere: nobody is at this list, so that rows may move.
  await page.goto(`${app}/inbox`);
  await page.getByRole('link', { name: 'Budi Santoso' }).click();
  await read;
  t.same(await names(), before);
  t.equal(await own.locator('#moved').isVisible(), false);
  t.equal((await customer('hello again')).status, 200);
  await row('Budi Santoso').and(own.locator(':first-child')).waitFor();
  await own.locator('#rows').hover();
  t.equal((await customer('and hello once more', '6281299900012', 'Mei Lin')).status, 200);
  await own.locator('#moved').getByText('1 moved up').waitFor();
  t.equal((await names())[0], 'Budi Santoso', 'not from under the pointer');
  await own.locator('#moved').click();
  await row('Mei Lin').and(own.locator(':first-child')).waitFor();
});

t.test('a list that was narrowed counts what it shows, in its views and in what moved up', async (t) => {
  const own = await browser.newPage({ baseURL: url });
  await signIn(own);
  await own.goto(`${app}/inbox?search=mei`);
  const mei = (await own.locator('#rows > [id^="c-"]').getAttribute('id'))?.slice(2) ?? '';
  const open = own.locator('#views a').first();
  t.equal(await own.locator('#rows > [id^="c-"]').count(), 1);
  t.match(await open.textContent(), /Open\s*1/);
  await own.locator('#rows').hover();
  t.equal((await customer('not for this list', '6281299900011', 'Budi Santoso')).status, 200);
  const caughtUp = own.waitForResponse((answer) => answer.url().includes(mei) && answer.ok());
  t.equal((await customer('for this list', '6281299900012', 'Mei Lin')).status, 200);
  await caughtUp;
  t.equal(await own.locator('#moved').isVisible(), false, 'what the list does not show did not move up in it');
  t.equal((await customer('also for this list', '6281299900013', 'Mei Ling Tan')).status, 200);
  await open.filter({ hasText: /Open\s*2/ }).waitFor();
  await own.locator('#moved').getByText('1 moved up').waitFor();
  await own.locator('#moved').click();
  await own.locator('#rows').getByText('Mei Ling Tan').waitFor();
  t.equal(await own.locator('#rows > [id^="c-"]').count(), 2);
});

t.test('a conversation that begins while a menu is open stands on the page once the menu is closed, whose button has the focus', async (t) => {
  const own = await browser.newPage({ baseURL: url });
  await signIn(own);
  const button = own.getByRole('button', { name: 'More for Sales' });
  await button.press('Enter');
  const told = own.waitForResponse((answer) => /[?&]changed=/.test(answer.url()) && answer.ok());
  t.equal((await customer('good evening', '6281299900033', 'Nadia Putri')).status, 200);
  await told;
  await own.keyboard.press('Escape');
  await own.locator('.recent').getByText('Nadia Putri').waitFor();
  await button.and(own.locator(':focus')).waitFor();
  await own.close();
});

t.test('a dialog that was opened as a page leads on as a page: there are never two of them', async (t) => {
  const own = await browser.newPage({ baseURL: url });
  await signIn(own);
  await own.goto(`${app}/whatsapp/connect`);
  await own.getByRole('link', { name: /Meta Cloud.*New/s }).click();
  await own.getByLabel('Access token').waitFor();
  t.equal(await own.locator('dialog[open]').count(), 0);
  t.equal(await own.getByRole('heading', { name: 'Connect New Number' }).count(), 1);
});

t.test('beside the test phone the counts stay those of its number when something happens', async (t) => {
  const own = await browser.newPage({ baseURL: url });
  await signIn(own);
  await own.getByRole('link', { name: 'Test phone', exact: true }).click();
  await own.getByLabel('Write as the customer').fill('hello');
  await own.getByRole('button', { name: 'Send as the customer' }).click();
  await own.locator('#phone-items').getByText('Hello from Lestari Coffee').waitFor();
  await own.locator('#views').getByRole('link', { name: 'Open 1' }).waitFor();
  const told = own.waitForResponse((answer) => /[?&]changed=/.test(answer.url()) && answer.ok());
  await own.getByLabel('Write as the customer').fill('menu');
  await own.getByRole('button', { name: 'Send as the customer' }).click();
  await told;
  await own.locator('#phone-items').getByText('Hello from Lestari Coffee').nth(1).waitFor();
  t.match(await own.locator('#views [aria-current]').textContent(), /^Open\s+1$/);
});

t.test('what the provider’s team needs is printed in black on white, and read by a guest with a link in the dark on a narrow phone', async (t) => {
  const own = await browser.newPage({ baseURL: url, allow: refusals, theme: 'dark' });
  await signIn(own);
  await own.goto(`${app}/settings/channels`);
  await own.getByRole('link', { name: 'Sales' }).click();
  await own.getByRole('link', { name: 'Hand-off', exact: true }).click();
  await own.getByRole('link', { name: 'Page to print or send' }).click();
  await own.getByText('Left out, because it is secret: Verify token.').waitFor();
  t.same(await checkAccessibility(own), []);
  await picture(own, 'hand-off-1280-dark');
  await own.emulateMedia({ media: 'print' });
  t.equal(await own.evaluate('getComputedStyle(document.documentElement).colorScheme'), 'light');
  for (const name of ['Print', 'Copy: Callback URL', 'Make a link']) t.equal(await own.getByRole('button', { name }).isVisible(), false, `${name} is not printed`);
  t.equal(await own.getByRole('navigation').first().isVisible(), false);
  t.equal(await own.locator('.copy code').first().isVisible(), true);
  t.equal(await own.evaluate("[...document.querySelectorAll('.copy code')].every((code) => code.scrollWidth <= code.clientWidth)"), true, 'no value is cut off on paper');
  await own.setViewportSize({ width: 794, height: 1123 });
  await picture(own, 'hand-off-print');
  await own.emulateMedia({ media: 'screen' });
  await own.setViewportSize({ width: 1280, height: 800 });

  await own.getByLabel('With the secret: Verify token').check();
  await own.getByRole('button', { name: 'Make a link' }).click();
  const link = (await own.getByRole('textbox', { name: 'Link' }).textContent())?.trim() ?? '';
  await picture(own, 'hand-off-link');
  const guest = await browser.newPage({ baseURL: url, width: 320, theme: 'dark' });
  await guest.goto(link);
  await guest.getByText('WhatsApp › Configuration › Webhook › Edit').waitFor();
  t.equal(await guest.getByRole('textbox', { name: 'Verify token' }).count(), 1);
  t.same(await checkAccessibility(guest), []);
  t.equal(await guest.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
  t.same(await guest.context().cookies(), []);
  await picture(guest, 'hand-off-guest-320-dark');
  await guest.getByRole('link', { name: 'Español' }).click();
  await guest.getByRole('heading', { name: 'Entrega para Meta Cloud' }).waitFor();
  await own.close();
  await guest.close();
});

t.test('a person answers: the bubble stands at once, the ticks turn, the agent falls silent until it is switched on again', async (t) => {
  await page.getByLabel('Write to Budi Santoso').fill('Good morning, Ana here.');
  await page.keyboard.press('Enter');
  await thread(page).getByText('Good morning, Ana here.').waitFor();
  await thread(page).locator('li', { hasText: 'Good morning, Ana here.' }).locator('[data-st=read]').first().waitFor();
  t.equal(await thread(page).getByText('Good morning, Ana here.').count(), 1);
  t.equal(await page.getByLabel('Write to Budi Santoso').inputValue(), '');
  await ai(page, false).waitFor();
  const greetings = thread(page).getByText('Hello from Lestari Coffee');
  const before = await greetings.count();
  await customer('hello, agent');
  await thread(page).getByText('hello, agent').waitFor();
  await ai(page, false).click();
  await seen(page, 'Ana Wijaya turned AI on').waitFor();
  await customer('menu again');
  await greetings.nth(before).waitFor();
  t.same(await thread(page).locator('li', { hasText: /hello, agent|menu again|Hello from/ }).allInnerTexts().then((texts) => texts.slice(-3).map((text) => /hello, agent|menu again|Hello from/.exec(text)?.[0])), ['hello, agent', 'menu again', 'Hello from'], 'the agent said nothing before');
  await picture(page, 'inbox-thread');
});

t.test('a conversation is closed by key, reopened by button', async (t) => {
  await page.locator('#log').focus();
  await page.keyboard.press('e');
  await seen(page, 'This conversation is closed.').waitFor();
  await picture(page, 'inbox-closed');
  await page.locator('#composer').getByRole('button', { name: 'Reopen' }).click();
  await page.locator('#composer').getByText('You can write freely').waitFor();
  t.match(await thread(page).innerText(), /Ana Wijaya reopened the conversation/);
});

t.test('what somebody else does, and what arrives, stands on an open page without a reload, a lost draft or a moved focus', async (t) => {
  const other = await browser.newPage({ baseURL: url });
  await signIn(other);
  await other.goto(new URL(page.url()).pathname);
  const field = page.getByLabel('Write to Budi Santoso');
  await field.fill('half writ');
  await field.focus();
  const sent = performance.now();
  await customer('Are you there?');
  await thread(page).getByText('Are you there?').waitFor();
  t.comment(`from webhook to page: ${Math.round(performance.now() - sent)} ms`);
  await thread(other).getByText('Are you there?').waitFor();
  await ai(other, true).click();
  await ai(page, false).waitFor();
  t.equal(await field.inputValue(), 'half writ');
  t.equal(await page.evaluate('document.activeElement?.id'), 'draft');
  await field.fill('');
  await other.close();
});

t.test('an unknown outcome is shown as not confirmed and sent again only by a person', async () => {
  meta.faults.add({ kind: 'drop', on: 'send', next: 1 });
  await page.getByLabel('Write to Budi Santoso').fill('Did this arrive?');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await thread(page).locator('li', { hasText: 'Did this arrive?' }).getByText('Not confirmed: the provider did not answer.').waitFor();
  await picture(page, 'not-confirmed');
  await page.getByRole('button', { name: 'Send again anyway' }).click();
  await thread(page).locator('li', { hasText: 'Did this arrive?' }).locator('[data-st=read]').first().waitFor();
});

t.test('a delivery is replayed from the ledger and doubles nothing', async (t) => {
  const before = await page.locator('#items > li[data-seq]').count();
  const conversation = new URL(page.url()).pathname;
  await page.goto(`${app}/settings/deliveries`);
  await picture(page, 'deliveries');
  await page.locator('tbody tr').first().getByRole('link').first().click();
  await page.getByRole('heading', { name: /Delivery of/ }).waitFor();
  await picture(page, 'delivery');
  await drawn(page, () => page.getByRole('button', { name: 'Replay' }).click());
  await reloadUntil(page, 'it is processed', seen(page, 'Processed', { exact: true }));
  await page.goto(conversation);
  t.equal(await page.locator('#items > li[data-seq]').count(), before);
});

t.test('an alert leads to its conversation and is read', async () => {
  await customer('I want a person', '6281299900022', 'Mei Lin');
  await page.goto(`${app}/whatsapp`);
  await customer('hello person', '6281299900022', 'Mei Lin');
  await page.locator('#alerts-badge:not([hidden])').waitFor();
  await page.goto(`${app}/whatsapp/notifications`);
  await picture(page, 'alerts');
  await page.getByRole('button', { name: 'Mark all read' }).click();
  await seen(page, 'Everything is read.').waitFor();
  await page.locator('#alerts-badge').waitFor({ state: 'hidden' });
});

t.test('language and theme are chosen by each person and stay', async (t) => {
  await page.goto(`${app}/me`);
  await page.getByRole('button', { name: 'Español' }).click();
  await page.getByRole('heading', { name: 'Idioma' }).waitFor();
  await page.getByRole('button', { name: 'Oscuro' }).click();
  await page.getByRole('button', { name: 'Oscuro', pressed: true }).waitFor();
  await page.goto(`${app}/whatsapp`);
  t.equal(await page.evaluate('document.documentElement.lang'), 'es');
  t.equal(await page.evaluate('document.documentElement.dataset.theme'), 'dark');
  await picture(page, 'whatsapp-es-dark');
  await page.goto(`${app}/me`);
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('heading', { name: 'Language' }).waitFor();
  await page.getByRole('button', { name: 'Light' }).click();
  await page.getByRole('button', { name: 'Light', pressed: true }).waitFor();
});

t.test('signed out, a page and its socket are closed; signed in, one is where one wanted to go', async (t) => {
  const visitor = await browser.newPage({ baseURL: url, allow: [/status of 4/] });
  await visitor.goto(`${app}/agents`);
  t.match(visitor.url(), /\/login\?next=/);
  await visitor.getByLabel('E-mail').fill(owner.email);
  await visitor.getByLabel('Password', { exact: true }).fill('not my password');
  await visitor.getByRole('button', { name: 'Sign in' }).click();
  await visitor.getByText('This address and password do not match.').waitFor();
  await visitor.getByLabel('Password', { exact: true }).fill(owner.password);
  await visitor.getByRole('button', { name: 'Sign in' }).click();
  await visitor.waitForURL(`**${app}/agents`);
  const second = await visitor.context().newPage();
  await second.goto(`${app}/whatsapp`);
  await visitor.goto(`${app}/me`);
  await visitor.getByRole('button', { name: 'Sign out', exact: true }).click();
  await visitor.waitForURL('**/login**');
  await customer('after sign-out');
  await second.waitForURL('**/login**');
  takeProblems(visitor);
});

t.test('by keyboard alone: to the inbox, into a conversation, a reply, help', async (t) => {
  await page.goto(`${app}/whatsapp`);
  await page.locator('#main').focus();
  await page.keyboard.press('g');
  await page.keyboard.press('i');
  await page.waitForURL('**/inbox');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.locator('#draft').waitFor();
  await page.locator('#log').focus();
  await page.keyboard.press('r');
  t.equal(await page.evaluate('document.activeElement?.id'), 'draft');
  await page.keyboard.type('By keys alone.');
  await page.keyboard.press('Enter');
  await thread(page).getByText('By keys alone.').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
  await page.keyboard.press('Escape');
  await page.locator('#log').focus();
  await page.keyboard.press('Tab');
  const focus = await page.evaluate("(() => { const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement); return `${document.activeElement.outerHTML.slice(0, 80)} ${outlineStyle} ${outlineWidth}`; })()");
  t.match(focus, /(solid|auto) [1-9]/, 'focus is seen');
});
