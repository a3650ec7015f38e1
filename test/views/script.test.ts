import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { WebSocketServer } from 'ws';
import type { Message, Thread } from '../../core/admin/views/thread.ts';
import type { Locale } from '../../core/plugin/contract/plugin.ts';
import { FormWithFiles } from '../../core/http/form-with-files.ts';
import { checkAccessibility, openBrowser, takeProblems } from '../browser.ts';
import { htmlOf, nameOf, views } from './rendering.ts';
import { samples } from './samples.ts';
import { rows } from './samples/inbox.ts';
import { numbers } from './samples/numbers.ts';
import { chrome, NOW } from './samples/shop.ts';
import { items, thread as threadOf } from './samples/thread.ts';

const policy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'";

async function formIn(request: IncomingMessage): Promise<URLSearchParams> {
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('multipart/')) {
    const given = await FormWithFiles.open(request, type);
    const form = new URLSearchParams({ _csrf: given._csrf ?? '' });
    for await (const part of given.parts) if ('text' in part) form.append(part.name, part.text);
    return form;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

/** The admin's answers, with a conversation that remembers; everything between page and socket is real. */
function workspace() {
  const state = {
    items: items.filter((item) => item.id !== 'e1'),
    sent: [] as { key: string; text: string }[],
    ai: false,
    connectTries: [] as URLSearchParams[],
    answer: 'accept' as 'accept' | 'refuse' | 'fail' | 'hang',
    pages: [] as string[],
  };
  let seq = 1_000;
  const add = (over: Partial<Message> & Pick<Message, 'author' | 'text'>): Message => {
    const message: Message = { id: `n${++seq}`, seq, at: NOW, kind: 'text', ...over };
    state.items.push(message);
    return message;
  };
  const thread = (): Thread => threadOf({ items: state.items, more: false, ai: state.ai, composer: { state: { kind: 'free', until: NOW + 3_600_000 }, key: `server-${state.sent.length}`, maxLength: 4096 } });
  const live = (after: number, changed: string[], error?: string) => {
    const { items: _all, more: _more, composer, others: _others, ...rest } = thread();
    const tail = state.items.filter((item) => item.seq > after);
    return views.render('parts/live', {
      rows: rows.filter((row) => changed.includes(row.id)).map((row) => ({ ...row, last: { kind: 'text' as const, text: `Changed ${seq}`, author: 'contact' as const, at: NOW } })),
      rowsAre: 'inbox',
      filter: { view: 'open' },
      alerts: 7,
      thread: { ...rest, tail, changed: [], composer: { ...composer, ...(error !== undefined && { error }) } },
    }, chrome());
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://x');
    const path = url.pathname;
    const html = (text: string, status = 200) => response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy }).end(text);
    const asset = /^\/assets\/[^/]+\/(.+)$/.exec(path);
    if (asset) {
      const found = views.assets.get(asset[1] ?? '');
      response.writeHead(found ? 200 : 404, found ? { 'content-type': found.type, 'cache-control': 'max-age=600, immutable' } : {}).end(found?.body);
      return;
    }
    state.pages.push(`${request.method} ${path}`);
    const form = await formIn(request);
    if (request.method === 'POST' && form.get('_csrf') !== 'c5rf-t0ken') return void html('', 403);

    const whatsapp = () => views.render('whatsapp', { numbers, recent: rows, open: 3, inboxHref: '/app/lestari/inbox' }, chrome());
    const connect = (errors = {}) => views.render('connect', {
      ways: [{ value: 'plugin:simulator', title: 'Simulator', note: 'No account needed' }], way: 'plugin:simulator', fields: [], account: { label: 'Phone', value: form.get('account') ?? '' }, displayName: form.get('displayName') ?? '',
      agents: [{ id: 'a1', name: 'Barista', lamp: 'running', whatsapp: true }], agent: form.get('agent') ?? '', active: true, errors, line: 3,
    }, chrome({ path }));

    if (path === '/app/lestari/whatsapp') return void html(whatsapp());
    if (path === '/app/lestari/whatsapp/connect') {
      if (request.method === 'GET') return void html(connect());
      state.connectTries.push(form);
      if (!form.get('agent')) return void html(connect({ agent: 'An active number needs an agent.' }), 422);
      return void response.writeHead(303, { location: '/app/lestari/whatsapp' }).end();
    }
    if (path.endsWith('/active')) {
      if (state.answer === 'fail') return void html('', 500);
      return void response.writeHead(303, { location: '/app/lestari/whatsapp' }).end();
    }
    if (path === '/app/lestari/whatsapp/k1' || path === '/app/lestari/whatsapp/k3') {
      const open = path.endsWith('k1') ? thread() : { ...thread(), id: 'k3', contact: { name: 'Budi Santoso', since: NOW }, items: items.slice(0, 2) };
      return void html(views.render('inbox', { view: 'open', counts: { open: 3 }, rows, thread: open }, chrome({ path })));
    }
    if (path === '/app/lestari/whatsapp/k1/ai') {
      state.ai = form.get('ai') === 'on';
      return void response.writeHead(303, { location: '/app/lestari/whatsapp/k1' }).end();
    }
    if (path === '/app/lestari/whatsapp/k1/messages') {
      if (state.answer === 'hang') return;
      if (state.answer === 'fail') return void html('', 503);
      if (state.answer === 'refuse') return void html(live(seq, [], 'This contact opted out.'), 422);
      const key = form.get('key') ?? '';
      const known = state.items.find((item) => 'key' in item && item.key === key);
      if (!known) {
        state.sent.push({ key, text: form.get('text') ?? '' });
        add({ author: 'person', by: 'Ana', text: form.get('text') ?? '', key, status: 'queued', receipts: [] });
      }
      return void html(live(Number(form.get('after')), []));
    }
    if (path.startsWith('/app/') && path.endsWith('/read')) return void response.writeHead(204).end();
    if (request.method === 'POST' && /\/(read|shown)$/.test(path)) return void response.writeHead(204).end();
    if (path === '/app/lestari/live') return void html(live(Number(url.searchParams.get('after') ?? seq), (url.searchParams.get('changed') ?? '').split(',')));
    const sample = samples.find((one) => `/${nameOf(one)}` === path);
    html(sample ? htmlOf(sample, { locale: (url.searchParams.get('locale') ?? 'en') as Locale }).replace(/data-live="[^"]*"/, 'data-live=""') : '', sample ? 200 : 404);
  }

  const server = createServer((request, response) => void handle(request, response));
  const sockets = new WebSocketServer({ server, path: '/live/lestari' });
  return {
    state,
    add,
    notice: (what: object) => sockets.clients.forEach((client) => client.send(JSON.stringify(what))),
    drop: () => sockets.clients.forEach((client) => client.terminate()),
    async connected(): Promise<void> {
      if (sockets.clients.size === 0) await once(sockets, 'connection', { signal: AbortSignal.timeout(10_000) });
    },
    async listen(): Promise<string> {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    close() {
      sockets.clients.forEach((client) => client.terminate());
      server.closeAllConnections();
      server.close();
    },
  };
}

const world = workspace();
const baseURL = await world.listen();
t.teardown(() => world.close());
const browser = await openBrowser(t);
const conversation = '/app/lestari/whatsapp/k1';

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
  await page.goto(conversation);
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
  await page.getByText('That did not work. Nothing was changed.').waitFor();
  t.equal(await active.getAttribute('aria-checked'), 'true');
  world.state.answer = 'accept';
});

t.test('Enter sends: the bubble is there at once, once, and the field is empty', async (t) => {
  const page = await browser.newPage({ baseURL });
  await page.goto(conversation);
  const draft = page.locator('#draft');
  await draft.fill('line one');
  await draft.press('Shift+Enter');
  await draft.pressSequentially('line two');
  const before = await page.locator('#items > .out').count();
  const took = await page.evaluate(`new Promise((done) => { const from = performance.now(); new MutationObserver(() => done(performance.now() - from)).observe(document.getElementById('items'), { childList: true }); document.getElementById('composer').requestSubmit(); })`);
  t.ok(Number(took) < 50, `${Number(took).toFixed(1)} ms until the bubble`);
  await page.locator('#items > .out:not(.waiting)', { hasText: 'line two' }).waitFor();
  t.equal(await page.locator('#items > .out').count(), before + 1, 'one bubble');
  t.equal(await draft.inputValue(), '');
  t.equal(world.state.sent.at(-1)?.text, 'line one\nline two');
  await draft.fill('second');
  await draft.press('Enter');
  await page.locator('#items > .out:not(.waiting)', { hasText: 'second' }).waitFor();
  t.equal(new Set(world.state.sent.map(({ key }) => key)).size, world.state.sent.length, 'each message has its own key');
});

t.test('a refused message gives its words back with the reason', async (t) => {
  const page = await browser.newPage({ baseURL, allow: [/422/] });
  await page.goto(conversation);
  world.state.answer = 'refuse';
  await page.locator('#draft').fill('Not wanted');
  await page.locator('#draft').press('Enter');
  await page.getByText('This contact opted out.').waitFor();
  t.equal(await page.locator('#draft').inputValue(), 'Not wanted');
  t.equal(await page.locator('#items > .waiting').count(), 0);
  world.state.answer = 'accept';
});

t.test('what is sent without a connection waits, survives a reload and goes out once', async (t) => {
  const page = await browser.newPage({ baseURL, allow: [/503|ERR_|WebSocket/] });
  await page.goto(conversation);
  world.state.answer = 'fail';
  await page.locator('#draft').fill('Kept for later');
  await page.locator('#draft').press('Enter');
  await page.locator('#items > .waiting', { hasText: 'Waits for connection' }).waitFor();
  const { length } = world.state.sent;
  await page.reload();
  await page.locator('#items > .waiting', { hasText: 'Kept for later' }).waitFor();
  world.state.answer = 'accept';
  await page.evaluate("dispatchEvent(new Event('online'))");
  await page.locator('#items > .out:not(.waiting)', { hasText: 'Kept for later' }).waitFor();
  t.equal(await page.getByText('Kept for later').count(), 1);
  t.equal(world.state.sent.length, length + 1);
});

t.test('a draft is there again after a reload, and marked in the list', async (t) => {
  const page = await browser.newPage({ baseURL });
  await page.goto(conversation);
  await page.locator('#draft').fill('Half a thought');
  await page.reload();
  t.equal(await page.locator('#draft').inputValue(), 'Half a thought');
  t.match(await page.locator('#c-k1 .last').textContent(), /Draft:/);
});

t.test('a notice brings what changed without moving, losing focus or a draft', async (t) => {
  const page = await browser.newPage({ baseURL });
  await page.goto(conversation);
  await world.connected();
  const draft = page.locator('#draft');
  await draft.fill('I am writing');
  await page.evaluate('document.getElementById("draft").setSelectionRange(2, 4); document.getElementById("rows").scrollTop = 60;');
  world.add({ author: 'contact', text: 'Are you there?' });
  for (let i = 0; i < 5; i++) world.notice({ conversation: 'k1', seq: 2_000 + i });
  world.notice({ conversation: 'k5', seq: 3 });
  await page.getByText('Are you there?').waitFor();
  t.equal(await page.getByText('Are you there?').count(), 1);
  t.equal(await draft.inputValue(), 'I am writing');
  t.same(await page.evaluate('[document.activeElement.id, document.activeElement.selectionStart, document.activeElement.selectionEnd]'), ['draft', 2, 4]);
  t.equal(await page.evaluate('document.getElementById("rows").scrollTop'), 60);
  await page.locator('#c-k5', { hasText: 'Changed' }).waitFor();
  t.ok(await page.evaluate('(() => { const log = document.getElementById("log"); return log.scrollHeight - log.scrollTop - log.clientHeight < 5; })()'), 'the thread stays at its end');
  await page.evaluate('document.getElementById("log").scrollTop = 0');
  world.add({ author: 'contact', text: 'Hello again' });
  world.notice({ conversation: 'k1' });
  await page.locator('#fresh:not([hidden])').waitFor();
  t.match(await page.locator('#fresh').textContent(), /1 new/, 'away from the end it waits');
  t.equal(await page.evaluate('document.getElementById("log").scrollTop'), 0);
  await page.locator('#fresh').click();
  t.equal(await page.locator('#fresh').isHidden(), true);
  t.equal(await page.locator('#alerts-badge').textContent(), '7');
});

t.test('after a dropped connection the page catches up', async (t) => {
  const page = await browser.newPage({ baseURL });
  await page.goto(conversation);
  await world.connected();
  world.add({ author: 'contact', text: 'Said while you were away' });
  world.drop();
  await page.getByText('Said while you were away').waitFor();
  t.equal(await page.getByText('Said while you were away').count(), 1);
});

t.test('another conversation opens beside the list, with a composer of its own', async (t) => {
  const page = await browser.newPage({ baseURL });
  await page.goto(conversation);
  await page.locator('#draft').fill('For Rosa only');
  await page.evaluate('document.getElementById("rows").dataset.same = "yes"');
  await page.locator('#c-k3 a').click();
  await page.waitForURL('**/k3**');
  await page.locator('#thread[data-conversation="k3"]').waitFor();
  t.equal(await page.locator('#draft').inputValue(), '', 'a draft stays with its conversation');
  t.equal(await page.locator('#rows').getAttribute('data-same'), 'yes', 'the list is the same list');
  t.equal(await page.locator('#c-k3 a').getAttribute('aria-current'), 'true');
  await page.goBack();
  await page.locator('#thread[data-conversation="k1"]').waitFor();
  t.equal(await page.locator('#draft').inputValue(), 'For Rosa only');
});

t.test('keys move, reply, close and help, and can be switched off', async (t) => {
  const page = await browser.newPage({ baseURL });
  await page.goto(conversation);
  await page.evaluate('document.activeElement.blur()');
  await page.keyboard.press('j');
  t.match(await page.evaluate('document.activeElement.textContent'), /Ingrid/);
  await page.keyboard.press('k');
  t.match(await page.evaluate('document.activeElement.textContent'), /Rosa/);
  await page.keyboard.press('r');
  t.equal(await page.evaluate('document.activeElement.id'), 'draft');
  await page.keyboard.press('j');
  t.equal(await page.locator('#draft').inputValue(), 'j', 'in a field a key is a letter');
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await page.locator('#keys[open]').waitFor();
  await page.getByLabel('Turn single-key shortcuts off').check();
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  t.equal(await page.locator('#keys').isVisible(), false);
});

t.test('a switch in a thread morphs the page in place', async (t) => {
  const page = await browser.newPage({ baseURL });
  await page.goto(conversation);
  await page.locator('#draft').fill('still here');
  await page.getByRole('switch', { name: 'AI answers in this conversation' }).first().click();
  await page.locator('#thread-head').getByRole('switch', { name: 'AI answers in this conversation', checked: true }).waitFor();
  await page.locator('#thread-head .for-wide', { hasText: 'AI Active' }).waitFor();
  t.equal(world.state.ai, true);
  t.equal(await page.locator('#draft').inputValue(), 'still here');
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
  await page.getByText('Copied').first().waitFor();
  t.equal(await page.evaluate('navigator.clipboard.readText()'), 'vt_5b1f0c7d2e');
  await page.goto('/whatsapp/full');
  await page.getByRole('button', { name: 'More for Sales' }).click();
  await page.getByRole('link', { name: 'Delete' }).first().waitFor();
});

t.test('a conversation that stands on the screen is reported as read', async (t) => {
  const page = await browser.newPage({ baseURL });
  const told = page.waitForResponse((answer) => answer.url().endsWith('/k1/read'));
  await page.goto(conversation);
  t.equal((await told).request().method(), 'POST');
});

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
