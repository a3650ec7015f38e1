import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import axe from 'axe-core';
import { chromium, type BrowserContext, type Locator, type Page } from 'playwright-core';

/** How a page looks at the world: the window, the colour scheme and the reader's language. */
export interface PageOptions {
  /** Window width in CSS pixels; 1280 unless told. */
  width?: number;
  /** Window height in CSS pixels; 800 unless told. */
  height?: number;
  theme?: 'light' | 'dark';
  /** The browser's language, sent as Accept-Language; `en` unless told. */
  locale?: string;
  /** Resolves `page.goto('/path')`. */
  baseURL?: string;
  /** Problems that this page is meant to have, such as the console's line about a refused form. */
  allow?: RegExp[];
}

/** A real Chromium for one test file. */
export interface TestBrowser {
  /** Opens a page in a session of its own: no cookie, cache or storage is shared with another page. */
  newPage(options?: PageOptions): Promise<Page>;
}

interface Teardown {
  teardown(end: () => Promise<void>): unknown;
}

/** How long a page may take over anything that a test waits for. */
const patienceMs = 120_000;

const problems = new WeakMap<BrowserContext, string[]>();

/**
 * Starts a Chromium that is closed when `t` ends. `CHROMIUM_PATH` names another Chrome or Chromium; without it the one
 * from npm is used, which exists for Linux x64.
 *
 * When `t` ends with a page that logged an error, broke its content security policy, threw, or asked anything of another
 * host, the test fails. Problems that a test expects are named by `allow` or taken with {@link takeProblems}.
 */
export async function openBrowser(t: Teardown): Promise<TestBrowser> {
  const { executablePath, env } = await chromiumOf(process.env['CHROMIUM_PATH']);
  const browser = await chromium.launch({ executablePath, args: launchArguments, env: { ...process.env, ...env } });
  const contexts: BrowserContext[] = [];

  t.teardown(async () => {
    await browser.close();
    const left = contexts.flatMap((context) => problems.get(context) ?? []);
    if (left.length === 0) return;
    // Not thrown: that would keep the file's other teardowns from running.
    process.stderr.write(`the browser met problems:\n  ${left.join('\n  ')}\n`);
    process.exitCode = 1;
  });

  return {
    async newPage({ width = 1280, height = 800, theme = 'light', locale = 'en', baseURL, allow = [] } = {}) {
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: theme,
        locale,
        timezoneId: 'UTC',
        ...(baseURL === undefined ? {} : { baseURL }),
      });
      // A busy machine is slow, and nothing is wrong with the page.
      context.setDefaultTimeout(patienceMs);
      contexts.push(context);
      watch(context, allow);
      return context.newPage();
    },
  };
}

/** What has gone wrong on the page's session so far, one sentence each; a problem taken no longer fails the test. */
export function takeProblems(page: Page): string[] {
  return problems.get(page.context())?.splice(0) ?? [];
}

/** Pages that load axe with every document they go to. */
const withAxe = new WeakSet<Page>();

/** Checks the page against WCAG 2.2 A and AA with axe. Each broken rule is one sentence; none is an empty list. */
export async function checkAccessibility(page: Page): Promise<string[]> {
  if (!withAxe.has(page)) {
    withAxe.add(page);
    // Not added as a script element: the page's own policy would rightly stop that. Sent once, for it is more than a megabyte.
    await page.addInitScript(axe.source);
    await page.evaluate(axe.source);
  }
  // What fades in has the colours of neither of its ends.
  await page.evaluate("Promise.all(document.getAnimations().filter((one) => one.playState === 'running' && Number.isFinite(one.effect.getComputedTiming().endTime)).map((one) => one.finished.catch(() => {}))).then(() => {})");
  return page.evaluate(async () => {
    // What is not broken is neither collected nor sent here.
    const { violations } = await axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'] });
    return violations.map(({ id, help, nodes }) => `${id}: ${help} (${nodes.map((node) => node.target.join(' ')).join(', ')})`);
  });
}

function watch(context: BrowserContext, allow: RegExp[]): void {
  const found: string[] = [];
  problems.set(context, found);
  const note = (problem: string): void => {
    if (!allow.some((expected) => expected.test(problem))) found.push(problem);
  };
  context.on('console', (message) => {
    if (message.type() === 'error') note(`console: ${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (failure) => note(`uncaught: ${failure.error().message}`));
  context.on('request', (request) => {
    if (!isLoopback(request.url())) note(`asked another host: ${request.url()}`);
  });
}

function isLoopback(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  if (protocol === 'data:' || protocol === 'blob:' || protocol === 'about:') return true;
  return hostname === '127.0.0.1' || hostname === '[::1]' || hostname === 'localhost';
}

// Not the package's own list: its --single-process dies with the second session and its --disable-web-security would
// make every test of policies, origins and cookies prove nothing.
const launchArguments = [
  '--no-sandbox',
  '--no-zygote',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--no-default-browser-check',
  '--no-pings',
  '--font-render-hinting=none',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
];

interface Chromium {
  executablePath: string;
  env: Record<string, string>;
}

async function chromiumOf(given: string | undefined): Promise<Chromium> {
  if (given !== undefined && given !== '') return { executablePath: given, env: {} };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`npm brings no Chromium for ${process.platform} ${process.arch}: set CHROMIUM_PATH to a Chrome or Chromium`);
  }
  const folder = await unpackedChromium();
  return {
    executablePath: join(folder, 'chromium'),
    // Its own libraries and fonts, so that a machine without any still starts it and pages look the same everywhere.
    env: { LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'), FONTCONFIG_FILE: join(folder, 'fonts.conf') },
  };
}

/** Unpacks Chromium once per installed version. Two tests that start together both end with a whole copy. */
async function unpackedChromium(): Promise<string> {
  const cache = join(import.meta.dirname, '..', 'node_modules', '.cache');
  const version = dirname(dirname(dirname(import.meta.resolve('@sparticuz/chromium'))));
  const { default: manifest } = await import(`${version}/package.json`, { with: { type: 'json' } });
  const folder = join(cache, `chromium-${String(manifest.version)}`);
  if (existsSync(folder)) return folder;

  const partial = `${folder}.${process.pid}`;
  await mkdir(partial, { recursive: true });
  try {
    // The package unpacks into the temporary folder, and its libraries only where it believes to be on Lambda.
    await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', "import chromium from '@sparticuz/chromium'; await chromium.executablePath();"],
      { cwd: import.meta.dirname, env: { ...process.env, TMPDIR: partial, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' } },
    );
    await writeFile(join(partial, 'fonts.conf'), fontsConfiguration(folder));
    await rename(partial, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return folder;
}

function fontsConfiguration(folder: string): string {
  const preferred = ['sans-serif', 'system-ui', 'ui-sans-serif'].map(
    (family) => `<alias binding="strong"><family>${family}</family><prefer><family>Open Sans</family></prefer></alias>`,
  );
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}/fonts/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${folder}/fonts-cache</cachedir>
  ${preferred.join('\n  ')}
</fontconfig>
`;
}

/** What a person sees of a text: not its second standing for a while in the place that is read aloud. */
export function seen(page: Page, text: string | RegExp, options?: { exact?: boolean }): Locator {
  return page.getByText(text, options).and(page.locator(':not(.aloud)'));
}
