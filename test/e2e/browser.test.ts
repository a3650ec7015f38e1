import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import t from 'tap';
import { checkAccessibility, openBrowser, takeProblems } from '../browser.ts';
import { listen } from '../far-end.ts';

const good = '<!doctype html><html lang="en"><title>Good</title><main><h1>Good</h1><p>Nothing is wrong here.</p></main></html>';
const bad = '<!doctype html><html><title>Bad</title><p style="color:red">Red</p><img src="https://example.com/x.png"><input></html>';

const answer: RequestListener = (request, response) => {
  response.setHeader('content-security-policy', "default-src 'self'");
  response.setHeader('content-type', 'text/html');
  response.end(request.url === '/bad' ? bad : good);
};
const baseURL = await listen(t, answer);

const browser = await openBrowser(t);

t.test('A page has the size, theme and language it was asked for and no problem', async (t) => {
  const page = await browser.newPage({ baseURL, width: 390, theme: 'dark', locale: 'es' });
  await page.goto('/');
  t.equal(await page.evaluate('innerWidth'), 390);
  t.equal(await page.evaluate('matchMedia("(prefers-color-scheme: dark)").matches'), true);
  t.equal(await page.evaluate('navigator.language'), 'es');
  t.same(await checkAccessibility(page), []);
  t.same(takeProblems(page), []);
  t.ok((await page.screenshot()).length > 1000);
});

t.test('What breaks the policy, asks another host or shuts readers out is found', async (t) => {
  const page = await browser.newPage({ baseURL });
  await page.goto('/bad');
  const broken = (await checkAccessibility(page)).join('\n');
  t.match(broken, 'html-has-lang');
  t.match(broken, 'image-alt');
  t.match(broken, 'label');
  const problems = takeProblems(page).join('\n');
  t.match(problems, /inline style violates .*Content Security Policy/);
  t.match(problems, 'asked another host: https://example.com/x.png');
});

t.test('Two sessions share no cookie', async (t) => {
  const [one, other] = [await browser.newPage({ baseURL }), await browser.newPage({ baseURL })];
  await one.goto('/');
  await other.goto('/');
  await one.evaluate('document.cookie = "seen=1"');
  t.equal(await one.evaluate('document.cookie'), 'seen=1');
  t.equal(await other.evaluate('document.cookie'), '');
});

t.test('A test file fails when a page had a problem that nobody took', async (t) => {
  const program = `
    import t from 'tap';
    import { openBrowser } from ${JSON.stringify(join(import.meta.dirname, '..', 'browser.ts'))};
    const page = await (await openBrowser(t)).newPage(${JSON.stringify({ baseURL })});
    await page.goto('/bad');
    t.pass('was there');`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { cwd: import.meta.dirname, stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const [code] = await once(child, 'close');
  t.equal(code, 1);
  t.match(complaint, 'asked another host: https://example.com/x.png');
});
