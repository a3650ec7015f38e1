import { createHmac } from 'node:crypto';
import t from 'tap';
import { takeProblems } from '../browser.ts';
import { until } from '../until.ts';
import { openProduct, picture, reloadUntil, signIn } from './switchboard.ts';

/** Ways to smuggle something into a page: by tag, attribute, address, template, encoding, htmx, script of an image. */
const seeds = [
  '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '<svg onload=alert(1)>', '<svg/onload=alert(1)>', '<iframe src=javascript:alert(1)></iframe>', '<body onload=alert(1)>',
  '<input autofocus onfocus=alert(1)>', '<details open ontoggle=alert(1)>', '<video><source onerror=alert(1)>', '<a href=javascript:alert(1)>x</a>', '<math><mtext><script>alert(1)</script>',
  '<style>@import "https://evil.example/x.css"</style>', '<link rel=stylesheet href=https://evil.example/x.css>', '<meta http-equiv=refresh content="0;url=https://evil.example">', '<base href=https://evil.example/>',
  '<form action=https://evil.example><button>x', '<object data=https://evil.example/x>', '<embed src=https://evil.example/x>', '<img src=https://evil.example/x.png>', '<template><script>alert(1)</script></template>',
  '<hx-partial hx-target="body"><script>alert(1)</script></hx-partial>', '<b hx-get=/logout hx-trigger=load>x</b>', '<b hx-on:click="alert(1)">x</b>', '<div hx-vals="js:{x:alert(1)}" hx-get="/" hx-trigger="load">',
  'javascript:alert(1)', 'https://x.example/"onmouseover="alert(1)', "https://x.example/'><script>alert(1)</script>", 'https://x.example/<script>alert(1)</script>', 'data:text/html,<script>alert(1)</script>',
  '<%= process.env.HOME %>', '<% throw new Error(1) %>', '${alert(1)}', "{{constructor.constructor('alert(1)')()}}", '{{text}}{{name}}{{phone}}', '$t(rail.alerts)', '__proto__', '\u202egnp.exe', '\u2066\u2067abc\u2069', 'a\u0000b',
  '&lt;script&gt;alert(1)&lt;/script&gt;', '&#60;script&#62;alert(1)&#60;/script&#62;', '%3Cscript%3Ealert(1)%3C/script%3E', '\\u003cscript\\u003ealert(1)', '<scr\u0000ipt>alert(1)</scr\u0000ipt>', '＜script＞alert(1)',
  '--><script>alert(1)</script>', ']]><script>alert(1)</script>', '*/alert(1)/*', "';alert(1)//", '";alert(1)//', '`;alert(1)//', '</textarea><script>alert(1)</script>', '</title><script>alert(1)</script>',
];
const around: ((seed: string) => string)[] = [
  (seed) => seed, (seed) => `"${seed}`, (seed) => `'>${seed}`, (seed) => `"><!--${seed}-->`, (seed) => `</span></div>${seed}`, (seed) => seed.toUpperCase(), (seed) => seed.replaceAll(' ', '\t'),
  (seed) => seed.replaceAll('<', '<\n'), (seed) => `${'x'.repeat(300)}${seed}`, (seed) => `" autofocus onfocus="alert(1)" data-x="${seed}`,
];
const payloads = around.flatMap((wrap) => seeds.map(wrap));
const hostile = '"><img src=x onerror=alert(1)><script>alert(1)</script>';

const secret = 'the secret of the simulated phones';
const { url, browser } = await openProduct(t, {}, {
  tenants: [{
    slug: 'acme', name: hostile,
    users: [{ email: 'owner@acme.test', name: hostile, role: 'owner', password: 'a horse on the line' }],
    connections: [{ key: 'sim', plugin: 'simulator', name: hostile, webhookKey: 'known-to-the-test', settings: { secret } }],
    agents: [{ key: 'echo', name: hostile, plugin: 'rules', settings: { rules: [{ when: { words: ['person'] }, handOff: { reason: hostile } }, { when: { any: true }, say: '{{name}} {{text}}', buttons: [{ id: '"><b>', title: '<b>bold</b>' }] }] } }],
    numbers: [{ connection: 'sim', account: 'sim:ana', displayName: hostile, bindings: [{ agent: 'echo' }] }],
  }],
});

/** A signed webhook, as an evil customer could make the provider send it. */
async function arrive(acts: object[]): Promise<number> {
  const body = JSON.stringify({ acts });
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  return (await fetch(`${url}/webhooks/known-to-the-test`, { method: 'POST', body, headers: { 'content-type': 'application/json', 'x-simulator-signature': `sha256=${signature}` } })).status;
}

t.test('500 hostile texts in names, messages, file names and choices are text on every page that shows them', async (t) => {
  t.ok(payloads.length >= 500, `${payloads.length} payloads`);
  const at = Date.now();
  const contents = (text: string, n: number) => [
    { kind: 'text', text }, { kind: 'document', media: { ref: text.slice(0, 200), name: text, mime: text }, caption: text }, { kind: 'location', latitude: 1, longitude: 2, name: text, address: text },
    { kind: 'contacts', contacts: [{ name: text, phones: [text], emails: [text] }] }, { kind: 'choice', id: text, text, of: 'button' }, { kind: 'system', what: text, text }, { kind: 'form', name: text, answers: { [text]: text } },
    { kind: 'order', text, items: [{ product: text, quantity: 1 }] },
  ][n % 8];
  const act = (text: string, n: number, phone: string) => ({ id: `evil-${n}`, account: 'sim:ana', from: [{ kind: 'phone', value: phone }], name: text.slice(0, 200), at: at + n, kind: 'message', content: contents(text, n) });
  // Some write as many different people, so that lists are full of hostile names; the rest into one long thread.
  const acts = payloads.map((text, n) => act(text, n, n < 60 ? `4477009${String(n).padStart(5, '0')}` : '447700900123'));
  for (let n = 0; n < acts.length; n += 20) t.equal(await arrive(acts.slice(n, n + 20)), 200);
  t.equal(await arrive([act('a person, please', 9_999, '447700900124')]), 200);

  const page = await browser.newPage({ baseURL: url });
  let dialogs = 0;
  page.on('dialog', (dialog) => {
    dialogs++;
    void dialog.dismiss();
  });
  await signIn(page, { email: 'owner@acme.test', password: 'a horse on the line' });
  const app = '/app/acme';
  const hrefs = async (part: string) => page.locator(`a[href*="${part}"]`).evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
  await page.goto(`${app}/inbox?search=447700900124`);
  await reloadUntil(page, 'the last of them is there', page.locator(`a[href*="${app}/whatsapp/0"]`));
  await page.goto(`${app}/inbox`);
  const seen = new Set([`${app}/whatsapp`, `${app}/inbox`, `${app}/whatsapp/notifications?show=all`, `${app}/agents`, `${app}/settings/channels`, `${app}/settings/deliveries`, `${app}/settings/members`, `${app}/settings/about`, `${app}/me`, `${app}/whatsapp/connect`]);
  for (const href of (await hrefs(`${app}/whatsapp/0`)).slice(0, 10)) seen.add(href);
  await page.goto(`${app}/inbox?search=447700900123`);
  const long = (await hrefs(`${app}/whatsapp/0`))[0] ?? '';
  seen.add(long).add(`${long}?details=1`).add(`${long}/delete`);
  for (const [list, part] of [['/agents', '/agents/0'], ['/settings/channels', '/settings/channels/0'], ['/settings/deliveries', '/settings/deliveries/0'], ['/whatsapp', '/whatsapp/numbers/0']] as const) {
    await page.goto(app + list);
    for (const href of (await hrefs(app + part)).slice(0, 3)) seen.add(href);
  }
  await page.goto(`${app}/whatsapp`);
  for (const href of (await hrefs('/simulator/')).slice(0, 1)) seen.add(href);
  t.ok(seen.size > 25, `${seen.size} pages`);
  for (const path of seen) {
    const answer = await page.goto(path);
    t.equal(answer?.status(), 200, path);
    t.same(await page.evaluate("[...document.querySelectorAll('script')].filter((one) => !one.src.includes('/assets/')).length"), 0, `${path}: no script but ours`);
    t.same(await page.evaluate("[...document.querySelectorAll('*')].flatMap((one) => one.getAttributeNames()).filter((name) => /^on|^hx-on|srcdoc/.test(name))"), [], `${path}: no handler in an attribute`);
    t.same(await page.evaluate("[...document.querySelectorAll('[href],[src],[action],[formaction]')].map((one) => one.getAttribute('href') ?? one.getAttribute('src') ?? one.getAttribute('action') ?? '').filter((address) => /^\\s*(javascript|data|vbscript):/i.test(address))"), [], `${path}: no address that runs`);
  }
  // The whole long thread, page by page upwards, and one more message while it stands open.
  await page.goto(long);
  await page.locator('#log').evaluate((log) => { log.scrollTop = 0; });
  const items = page.locator('#items > li[data-seq]');
  await until('the whole thread is there', async () => {
    await page.locator('#log').evaluate((log) => { log.scrollTop = 0; });
    return (await items.count()) > 450;
  });
  await arrive([act(hostile, 20_000, '447700900123')]);
  await page.locator('#items').getByText(hostile).last().waitFor();
  await picture(page, 'hostile');
  t.equal(dialogs, 0);
  t.same(takeProblems(page), [], 'no policy was touched and no other host was asked');
});
