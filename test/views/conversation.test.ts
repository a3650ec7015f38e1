/** The script in a conversation: what is sent, what waits, what comes while one looks, and the keys. */
import t from 'tap';
import { openBrowser, seen } from '../browser.ts';
import { until } from '../until.ts';
import { openWorkspace } from './workspace.ts';

const world = await openWorkspace(t);
const baseURL = world.url;
const browser = await openBrowser(t);
const conversation = '/app/lestari/whatsapp/k1';

t.test('Enter sends: the bubble is there at once, once, and the field is empty', async (t) => {
  const page = await browser.newPage({ baseURL });
  await page.goto(conversation);
  const draft = page.locator('#draft');
  await draft.fill('line one');
  await draft.press('Shift+Enter');
  await draft.pressSequentially('line two');
  const before = await page.locator('#items > .out').count();
  const took = await page.evaluate(`new Promise((done) => { const from = performance.now(); new MutationObserver(() => done(performance.now() - from)).observe(document.getElementById('items'), { childList: true }); document.getElementById('composer').requestSubmit(); })`);
  t.ok(Number(took) < 1_000, `${Number(took).toFixed(1)} ms until the bubble`);
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
  await seen(page, 'This contact opted out.').waitFor();
  await until('the words are back', async () => (await page.locator('#draft').inputValue()) === 'Not wanted');
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
  t.equal(await seen(page, 'Kept for later').count(), 1);
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
  await page.locator('#items').getByText('Are you there?').waitFor();
  t.equal(await page.locator('#items').getByText('Are you there?').count(), 1);
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
  await page.locator('#items').getByText('Said while you were away').waitFor();
  t.equal(await page.locator('#items').getByText('Said while you were away').count(), 1);
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
  await page.locator('#c-k3 a[aria-current=true]').waitFor();
  await page.goBack();
  await page.locator('#thread[data-conversation="k1"]').waitFor();
  await until('the draft is back', async () => (await page.locator('#draft').inputValue()) === 'For Rosa only');
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

t.test('a conversation that stands on the screen is reported as read', async (t) => {
  const page = await browser.newPage({ baseURL });
  const told = page.waitForResponse((answer) => answer.url().endsWith('/k1/read'));
  await page.goto(conversation);
  t.equal((await told).request().method(), 'POST');
});
