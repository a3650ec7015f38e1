/** What somebody hears who cannot see the page: each message once, what went wrong, and nothing else. */
import t from 'tap';
import { openRosa } from './rosa.ts';

const { emulator, write, readThread } = await openRosa(t);
await write({ kind: 'text', text: 'Good morning' });
// Where the form is refused for the test, the browser writes a line of its own about that.
const page = await readThread({ allow: [/status of (409|422|503)/] });
const items = page.locator('#items');
await page.locator('body > .aloud', { hasText: 'Conversation with Rosa Delgado' }).waitFor();
// Kept here for as long as the test runs: on the page it goes after a while.
await page.evaluate(`window.heard = []; new MutationObserver((changes) => {
  for (const { addedNodes } of changes) for (const node of addedNodes) if (node.nodeName === '#text' && node.data) window.heard.push(node.data);
}).observe(document.querySelector('body > .aloud'), { childList: true, subtree: true })`);
const heard = () => page.evaluate<string[]>('window.heard');
const hears = (text: string) => page.waitForFunction((wanted) => JSON.stringify(Reflect.get(globalThis, 'heard')).includes(wanted), text);

t.test('a message is read once, with who wrote it; its ticks, one’s own words and older pages are not', async (t) => {
  await write({ kind: 'text', text: 'Do you grind for a moka pot?' });
  await hears('Rosa Delgado: Do you grind for a moka pot?');
  await hears('Thank you.');
  await items.locator('li', { hasText: 'Thank you.' }).nth(1).locator('button [data-st=read]').waitFor();
  await page.locator('#draft').fill('Yes, we do.');
  await page.keyboard.press('Enter');
  await items.locator('li', { hasText: 'Yes, we do.' }).locator('button [data-st=read]').waitFor();
  await write({ kind: 'text', text: 'Then two bags, please' });
  await hears('Then two bags, please');
  t.same((await heard()).filter((line) => !line.includes('Thank you.')), ['Rosa Delgado: Do you grind for a moka pot?', 'Rosa Delgado: Then two bags, please']);
});

t.test('what could not be sent is read with its reason', async () => {
  emulator.faults.add({ kind: 'drop', on: 'send', next: 1 });
  await page.locator('#draft').fill('The invoice is attached.');
  await page.keyboard.press('Enter');
  await hears('Not confirmed: the provider did not answer.');
});

t.test('that nothing can be written any more is read, too', async () => {
  await page.locator('#log').focus();
  await page.keyboard.press('e');
  await hears('This conversation is closed.');
});

t.test('what an open dialog has to say is said inside it: all around it is silent', async (t) => {
  await page.goto('/app/lestari/whatsapp');
  await page.getByRole('link', { name: 'Edit Sales' }).click();
  await page.locator('#dialog').getByLabel('Display Name').waitFor();
  await page.locator('#dialog').getByLabel('Display Name').fill('Shop');
  await page.locator('#dialog').getByRole('button', { name: 'Save' }).click();
  await page.locator('#dialog > .aloud').getByText('configuration file').waitFor();
  await page.route('**/numbers/*', (route) => route.fulfill({ status: 503, body: '' }));
  await page.locator('#dialog').getByRole('button', { name: 'Save' }).click();
  await page.locator('#dialog > .aloud').getByText('That did not work. Nothing was changed.').waitFor();
  t.equal(await page.locator('#toast').isVisible(), true, 'and is seen above it');
});
