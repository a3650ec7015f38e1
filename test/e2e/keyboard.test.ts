/** The product without a mouse, at a window of 640 × 400 px: that of 1280 × 800 at 200 %. */
import t from 'tap';
import type { Page } from 'playwright-core';
import { seen } from '../browser.ts';
import { openProduct, setUp, signIn, slug, writeOnPhone } from './switchboard.ts';

const { url, browser } = await openProduct(t);
const app = `/app/${slug}`;
const first = await browser.newPage({ baseURL: url });
await setUp(first);
const phone = await writeOnPhone(first, ['hello', 'I want to talk to a person']);
await first.locator('#items').getByText('A person takes over now.').waitFor();
await first.goto(`${app}/inbox`);
const conversation = (await first.locator('#rows [data-open]').first().getAttribute('href')) ?? '';
await first.goto(`${app}/settings/channels`);
const channel = (await first.locator('.connection a').first().getAttribute('href')) ?? '';

const open = async (width = 640, height = 400): Promise<Page> => {
  const page = await browser.newPage({ baseURL: url, width, height, allow: [/status of 422/] });
  await signIn(page);
  return page;
};
const focused = (page: Page) => page.evaluate<string>("(() => { const a = document.activeElement; return a.id || a.getAttribute('aria-label') || a.textContent.trim(); })()");

/** What has the focus after each press of Tab, and what is wrong with how it is seen. */
const look = `(() => {
  const it = document.activeElement;
  if (!it || it === document.body) return undefined;
  const name = (it.getAttribute('aria-label') ?? it.textContent).trim().replace(/\\s+/g, ' ').slice(0, 60) + ' ' + (it.id || it.getAttribute('href') || it.name);
  const opaque = (e) => { for (let at = e; at; at = at.parentElement) if (getComputedStyle(at).opacity < .3) return false; return true; };
  const ringed = [it, it.nextElementSibling, it.closest('li'), it.closest('.pad'), it.closest('label')].some((e) => e && getComputedStyle(e).outlineStyle !== 'none' && opaque(e));
  const box = (it.closest('label') ?? it).getBoundingClientRect();
  const seen = [.1, .5, .9].some((x) => [.15, .5, .85].some((y) => {
    const top = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y);
    return top && (top === it || it.contains(top) || (top.contains(it) && top.closest('#main')));
  }));
  return { name, wrong: [!ringed && 'no ring', !seen && 'hidden'].filter(Boolean).join(', ') };
})()`;

t.test('what has the focus has a ring and is not covered by what stands fixed', { timeout: 120_000 }, async (t) => {
  const page = await open();
  const pages = [`${app}/whatsapp`, `${app}/inbox`, conversation, `${conversation.replace(/\?.*/, '')}?details=1`, phone, `${app}/whatsapp/notifications?show=all`, channel, `${channel}?tab=settings`, `${app}/settings/deliveries`, `${app}/me`, `${app}/whatsapp/connect?way=plugin%3Ameta-cloud`];
  for (const [width, height] of [[640, 400], [1024, 600]] as const) {
    await page.setViewportSize({ width, height });
    for (const path of pages) {
      await page.goto(path);
      const stops = new Map<string, string>();
      for (let presses = 0; presses < 60; presses += 1) {
        await page.keyboard.press('Tab');
        const at = await page.evaluate<{ name: string; wrong: string } | undefined>(look);
        if (!at || (presses > 3 && at.name === [...stops.keys()][0])) break;
        stops.set(at.name, at.wrong);
      }
      t.ok(stops.size > 2, `${path} at ${width} px: ${stops.size} stops`);
      t.same([...stops].filter(([, wrong]) => wrong !== ''), [], `${path} at ${width} px`);
    }
  }
});

t.test('after a wrong password the next one takes its place, and the reason belongs to the field', async (t) => {
  const page = await browser.newPage({ baseURL: url, allow: [/status of 4/] });
  await page.goto('/login');
  await page.locator('#email').fill('ana@lestari.example');
  await page.locator('#password').fill('a horse off the line');
  await page.keyboard.press('Enter');
  await seen(page, 'This address and password do not match.').waitFor();
  t.equal(await focused(page), 'password');
  t.match(await page.locator(`#${(await page.locator('#password').getAttribute('aria-describedby')) ?? ''}`).textContent(), /do not match/);
  await page.keyboard.type('a horse on the line');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/whatsapp');
});

t.test('the provider that was chosen leads to the first field to fill in, past what is switched off', async (t) => {
  const page = await open(1280, 800);
  await page.getByRole('link', { name: 'Connect New Number' }).press('Enter');
  await page.locator('#dialog').getByRole('link', { name: /^Meta Cloud/ }).press('Enter');
  await page.locator('#dialog').getByLabel('Access token').waitFor();
  t.equal(await focused(page), 'displayName');
});

t.test('a menu is walked with the arrows, and Escape leads back to its button', async (t) => {
  const page = await open(1280, 800);
  await page.getByRole('button', { name: 'More for Test phone' }).focus();
  await page.keyboard.press('Enter');
  const walked: string[] = [];
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowUp', 'Escape']) {
    await page.keyboard.press(key);
    walked.push(await focused(page));
  }
  t.same(walked, ['Conversations', 'Open the test phone', 'Delete', 'Conversations', 'Delete', 'More for Test phone']);
});

t.test('on a small screen a conversation takes the focus from the list, and its details from the conversation and back', async (t) => {
  const page = await open(390, 800);
  await page.goto(`${app}/inbox`);
  await page.locator('#rows [data-open]').first().focus();
  await page.keyboard.press('Enter');
  await page.locator('#draft').waitFor();
  t.equal(await focused(page), 'log');
  await page.getByRole('link', { name: 'Details' }).focus();
  await page.keyboard.press('Enter');
  t.equal(await focused(page), 'Back');
  t.equal(await page.locator('#draft').isVisible(), false, 'nothing behind them can be come to');
  await page.keyboard.press('Escape');
  t.equal(await focused(page), 'Details');
});

t.test('a button that goes with what it did leaves the focus with what is nearest', async (t) => {
  const page = await open(1280, 800);
  await page.goto(conversation);
  await page.locator('#log').focus();
  await page.keyboard.press('e');
  await page.locator('#composer').getByRole('button', { name: 'Reopen' }).focus();
  await page.keyboard.press('Enter');
  await page.locator('#composer').getByText('You can write freely').waitFor();
  t.equal(await focused(page), 'draft');
  await page.goto(channel);
  await page.getByRole('button', { name: 'Stop' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Start', exact: true, disabled: false }).waitFor();
  t.equal(await focused(page), 'Start', 'the one that can be pressed now');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Stop', disabled: false }).waitFor();
  await page.goto(`${app}/whatsapp/notifications`);
  await page.getByRole('button', { name: 'Mark read' }).focus();
  await page.keyboard.press('Enter');
  await seen(page, 'Everything is read.').waitFor();
  t.equal(await page.evaluate("document.activeElement.closest('#main') !== null"), true);
});

t.test('a long name pushes nothing out of a narrow window', async (t) => {
  const page = await open(390, 800);
  const name = 'Support for wholesale customers in Yogyakarta and Surakarta';
  await page.goto(`${app}/whatsapp/connect?way=plugin%3Asimulator`);
  await page.getByLabel('Display Name').fill(name);
  await page.getByLabel('Code').fill('sim:wholesale');
  await page.getByLabel('Assigned Agent').selectOption({ index: 1 });
  await page.getByRole('button', { name: 'Connect Number' }).click();
  await page.waitForURL('**/whatsapp');
  await page.goto(`${app}/agents`);
  const agent = (await page.locator('tbody a').first().getAttribute('href')) ?? '';
  for (const path of [`${app}/whatsapp`, `${app}/agents`, `${agent}?tab=channels`, `${app}/settings/channels`, `${app}/settings/deliveries`, `${app}/whatsapp/connect`]) {
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      await page.goto(path);
      t.ok(Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth')) <= 0, `${path} at ${width} px`);
      t.same(await page.evaluate(`[...document.querySelectorAll('.lamp, .line-name')].filter((one) => one.checkVisibility()).filter((one) => { const box = one.closest('.cell, .patch > div > div, td, li, article, header')?.getBoundingClientRect(); return box && one.getBoundingClientRect().right > box.right + 1; }).map((one) => one.textContent)`), [], `${path} at ${width} px: each name within its own place`);
    }
  }
});
