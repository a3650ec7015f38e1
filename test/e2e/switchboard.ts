/** The product as `npm start` runs it, on a free port over a new data folder, and what a person does in it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { loadConfig } from '../../config/index.ts';
import { createLog } from '../../core/log.ts';
import { start } from '../../core/main.ts';
import { openBrowser, type TestBrowser } from '../browser.ts';
import { until } from '../until.ts';

interface Test {
  teardown(end: () => Promise<void>): unknown;
}

export interface Product {
  url: string;
  browser: TestBrowser;
}

/**
 * @param env set beside what keeps the test to itself
 * @param declared what stands in the configuration file; without it the product starts empty
 */
export async function openProduct(t: Test, env: Record<string, string> = {}, declared?: object): Promise<Product> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-'));
  if (declared) await writeFile(join(folder, 'switchboard.config.json'), JSON.stringify(declared));
  const config = loadConfig({ env: { PORT: '0', DATA_DIR: folder, LOG_LEVEL: 'error', ...env }, cwd: folder });
  const switchboard = await start(config, createLog({ level: config.logLevel }));
  t.teardown(async () => {
    await switchboard.stop();
    await rm(folder, { recursive: true, force: true });
  });
  return { url: switchboard.url, browser: await openBrowser(t) };
}

export const owner = { workspace: 'Lestari Coffee', name: 'Ana Wijaya', email: 'ana@lestari.example', password: 'a horse on the line' };

/** The form of the first start; ends on the page with the numbers. */
export async function setUp(page: Page): Promise<void> {
  await page.goto('/');
  await page.getByLabel('Organisation name').fill(owner.workspace);
  await page.getByLabel('Your name').fill(owner.name);
  await page.getByLabel('E-mail').fill(owner.email);
  await page.getByLabel('Password', { exact: true }).fill(owner.password);
  await page.getByRole('button', { name: 'Create organisation' }).click();
  await page.waitForURL('**/whatsapp');
}

/** Writes as the customer on the test phone, each once the one before stands in the thread. @returns the phone's address */
export async function writeOnPhone(page: Page, texts: readonly string[]): Promise<string> {
  const phone = (await page.getByRole('link', { name: 'Test phone', exact: true }).getAttribute('href')) ?? '';
  await page.goto(phone);
  for (const text of texts) {
    await page.getByLabel('Write as the customer').fill(text);
    await page.getByRole('button', { name: 'Send as the customer' }).click();
    await page.locator('#items').getByText(text).first().waitFor();
  }
  return phone;
}

export async function signIn(page: Page, who: { email: string; password: string } = owner): Promise<void> {
  await page.goto('/login');
  await page.getByLabel('E-mail').fill(who.email);
  await page.getByLabel('Password', { exact: true }).fill(who.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/whatsapp');
}

/**
 * Does what sends a form, and waits until the page that answers it has taken the place of the one before. What it says may stand
 * there already, told live; and what is opened or typed too early is gone again.
 */
export async function drawn(page: Page, send: () => Promise<unknown>): Promise<void> {
  await page.evaluate("void (window.drawn = new Promise((done) => document.addEventListener('htmx:after:swap', function heard({ detail }) { if (detail.ctx.select !== '#app') return; document.removeEventListener('htmx:after:swap', heard); done(); })))");
  await send();
  await page.evaluate('window.drawn');
}

/** Loads the page again until something stands there that is still on its way. */
export async function reloadUntil(page: Page, what: string, there: Locator): Promise<void> {
  await until(what, async () => {
    if ((await there.count()) > 0) return true;
    await page.reload();
    return (await there.count()) > 0;
  });
}

/** Keeps a picture for eyes when SHOTS names a folder. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['SHOTS'];
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
}

export const slug = 'lestari-coffee';
