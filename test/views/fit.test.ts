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
