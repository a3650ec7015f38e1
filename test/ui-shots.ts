/**
 * Pictures of every page, for eyes: `node test/ui-shots.ts <folder> [page[/state] …]`.
 * Renders the samples under the policy that the product sends, at 1280 and 390 px in both themes; `--wide` adds 768 and
 * 320. Prints what the browser complained about and every page that is wider than its window.
 */
import { createServer } from 'node:http';
import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createViews } from '../core/admin/view.ts';
import type { Locale } from '../core/plugin/contract/plugin.ts';
import { openBrowser, takeProblems } from './browser.ts';
import { chromeOf, samples } from './views/samples.ts';
import type { Sample } from './views/samples/shop.ts';

const views = createViews({ root: join(import.meta.dirname, '..'), production: false });
const args = process.argv.slice(2);
const folder = args.find((arg) => !arg.startsWith('--'));
if (!folder) throw new Error('Name the folder for the pictures: node test/ui-shots.ts <folder> [page[/state] …]');
const wanted = args.filter((arg) => !arg.startsWith('--') && arg !== folder);
const locale = (args.find((arg) => arg.startsWith('--locale='))?.slice(9) ?? 'en') as Locale;
const sizes = args.includes('--wide') ? [1280, 768, 390, 320] : [1280, 390];
const themes = args.includes('--light') ? (['light'] as const) : (['light', 'dark'] as const);

const chosen = samples.filter((sample) => !sample.page.startsWith('parts/') && (wanted.length === 0 || wanted.includes(sample.page) || wanted.includes(nameOf(sample))));
function nameOf(sample: Sample): string {
  return `${sample.page}/${sample.name}`;
}
const policy = "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

const server = createServer((request, response) => {
  const path = new URL(request.url ?? '/', 'http://x').pathname;
  const asset = /^\/assets\/[^/]+\/(.+)$/.exec(path);
  if (asset) {
    const found = views.assets.get(asset[1] ?? '');
    response.writeHead(found ? 200 : 404, found ? { 'content-type': found.type } : {});
    response.end(found?.body);
    return;
  }
  const sample = samples.find((one) => `/${nameOf(one)}` === path);
  response.writeHead(sample ? 200 : 204, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy });
  response.end(sample ? html(sample) : '');
});

function html(sample: Sample): string {
  return views.render(sample.page, sample.data, chromeOf(sample, { locale })).replace(/data-live="[^"]*"/, 'data-live=""');
}

const teardowns: (() => Promise<void>)[] = [];
mkdirSync(folder, { recursive: true });
await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const browser = await openBrowser({ teardown: (end) => teardowns.push(end) });
for (const theme of themes) {
  for (const width of sizes) {
    const page = await browser.newPage({ width, height: 800, theme, baseURL });
    for (const sample of chosen) {
      await page.goto(`/${nameOf(sample)}`);
      await page.waitForTimeout(60);
      const over = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      if (Number(over) > 0) console.log(`${nameOf(sample)} at ${width}: ${String(over)} px too wide`);
      for (const problem of takeProblems(page)) console.log(`${nameOf(sample)} at ${width}: ${problem}`);
      await page.screenshot({ path: join(folder, `${sample.page}-${sample.name}-${width}-${theme}.png`) });
    }
    await page.context().close();
  }
}
for (const end of teardowns) await end();
server.close();
