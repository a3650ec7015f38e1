/** Every page as it is seen: readable for all, within its window, true to the policy. */
import t from 'tap';
import { checkAccessibility, openBrowser, takeProblems } from '../browser.ts';
import { nameOf } from './rendering.ts';
import { samples } from './samples.ts';
import { openWorkspace } from './workspace.ts';

const { url: baseURL } = await openWorkspace(t);
const browser = await openBrowser(t);

t.test('every page passes axe, fits its window in its longest language and keeps to the policy', async (t) => {
  for (const [width, theme, locale] of [[1280, 'light', 'en'], [390, 'dark', 'id'], [320, 'light', 'es']] as const) {
    const page = await browser.newPage({ width, theme, baseURL, allow: [/404/] });
    const checked = new Set<string>();
    for (const sample of samples.filter((one) => !one.page.startsWith('parts/'))) {
      // In the dark and narrow one state a page: that is what differs there.
      if (width === 390 && checked.has(sample.page)) continue;
      checked.add(sample.page);
      await page.goto(`/${nameOf(sample)}?locale=${locale}`);
      if (width !== 320) t.same(await checkAccessibility(page), [], `${nameOf(sample)} at ${width}, ${theme}`);
      t.ok(Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth')) <= 0, `${nameOf(sample)} fits ${width} px in ${locale}`);
    }
    t.same(takeProblems(page), [], `nothing was complained about at ${width}`);
    await page.context().close();
  }
});

t.test('a long reason in the list of connections ends in an ellipsis, and its lamp stays in the list', async (t) => {
  for (const width of [1280, 390]) {
    const page = await browser.newPage({ width, baseURL });
    await page.goto('/channels/list');
    const list = await page.evaluate<number[]>(`[...document.querySelectorAll('.list .lamp, .connection .one-line')].map((one) => one.getBoundingClientRect().right - one.closest('.list').getBoundingClientRect().right)`);
    t.ok(list.length >= 8 && list.every((by) => by <= 0), `${width}: ${JSON.stringify(list)}`);
    await page.context().close();
  }
});

t.test('what the keyboard reaches in Connect New Number is never under its foot, as a page and as a dialog', async (t) => {
  const page = await browser.newPage({ width: 390, height: 700, baseURL });
  for (const way of ['page', 'dialog']) {
    await page.goto(way === 'page' ? '/connect/meta' : '/whatsapp/full');
    if (way === 'dialog') await page.evaluate("ui.openDialog('/connect/meta')");
    const form = page.locator(way === 'page' ? '.page .sheet' : '#dialog .sheet');
    await form.locator('#displayName').waitFor();
    const stops = await form.locator('> .body').locator('a[href], button, summary, select, input:not([type=hidden])').filter({ visible: true }).count();
    await form.locator('> header a').focus();
    for (let at = 0; at < stops; at++) {
      await page.keyboard.press('Tab');
      const [name, under, above] = await page.evaluate<[string, number, number]>(`(() => {
        const it = document.activeElement, body = it.closest('.sheet > .body'), place = (one) => one.getBoundingClientRect();
        if (!body) return [it.outerHTML.slice(0, 100), 1_000, 1_000];
        return [it.id || it.textContent.trim(), place(it).bottom + 4 - place(body.nextElementSibling).top, place(body).top - (place(it).top - 4)];
      })()`);
      t.ok(under <= 0 && above <= 0, `${way}: ${name} is whole, its ring too`, { under, above });
    }
    t.equal(await page.evaluate(`document.scrollingElement.scrollTop + document.querySelector('#dialog').scrollTop`), 0, `${way}: only its body was scrolled`);
  }
  await page.context().close();
});

t.test('a conversation fills its window and no more: the page around it does not scroll', async (t) => {
  for (const width of [1280, 390]) {
    const page = await browser.newPage({ width, baseURL });
    await page.goto('/inbox/thread');
    t.equal(await page.evaluate('document.documentElement.scrollHeight - innerHeight'), 0, `at ${width} px`);
    await page.context().close();
  }
});

t.test('a search stands under the head of the inbox and leaves the views in sight', async (t) => {
  for (const width of [1280, 390]) {
    const page = await browser.newPage({ width, baseURL });
    await page.goto('/inbox/thread');
    if (width === 390) await page.goto('/inbox/list');
    await page.keyboard.press('/');
    await page.locator('#search').waitFor();
    const [foot, head] = await page.evaluate<[number, number]>("[document.querySelector('#search').getBoundingClientRect().bottom, document.querySelector('#views').getBoundingClientRect().top]");
    t.ok(foot <= head, `at ${width} px: ${foot} above ${head}`);
    await page.keyboard.press('Escape');
    t.equal(await page.evaluate('document.activeElement.getAttribute("aria-label")'), 'Search', 'Escape leads back to its button');
    await page.context().close();
  }
});
