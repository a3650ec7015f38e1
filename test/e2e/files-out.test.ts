/** Files go out of a real browser through Meta's (emulated) Graph API: attached, looked at, refused with words, sent with a template. */
import { createHash } from 'node:crypto';
import sharp from 'sharp';
import t, { type Test } from 'tap';
import type { Page } from 'playwright-core';
import { checkAccessibility, seen, type PageOptions } from '../browser.ts';
import { until } from '../until.ts';
import { openRosa } from './rosa.ts';
import { picture } from './switchboard.ts';

async function open(t: Test) {
  const { emulator, token, write, readThread } = await openRosa(t);
  await write({ kind: 'text', text: 'Do you have a menu?' });
  /** The agent's answer is out and read: what the provider takes from here on is what the page sends. */
  const enter = async (options?: PageOptions): Promise<Page> => {
    const page = await readThread(options);
    await page.locator('#items li', { hasText: 'Thank you.' }).locator('[data-st=read]').first().waitFor();
    return page;
  };
  /** What the provider holds under an id. */
  const held = async (id: string): Promise<Buffer> => {
    const headers = { authorization: `Bearer ${token}` };
    const { url } = (await (await fetch(`${emulator.url}/v23.0/${id}`, { headers })).json()) as { url: string };
    return Buffer.from(await (await fetch(url, { headers })).arrayBuffer());
  };
  const taken = async (many: number) => {
    await until(`the provider has taken ${many} messages`, () => emulator.messages.length >= many);
    return emulator.messages.slice(0, many).map(({ type, body }) => ({ type, body }));
  };
  return { emulator, token, write, enter, held, taken };
}

const photo = () => sharp({ create: { width: 900, height: 600, channels: 3, background: { r: 150, g: 90, b: 50 } } }).jpeg().toBuffer();
const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const pdf = Buffer.from('%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF');
/** A drop, as the browser makes one of files that come from outside. */
const drop = (page: Page, name: string, type: string, text: string) =>
  page.evaluate(`(() => {
    const data = new DataTransfer();
    data.items.add(new File([${JSON.stringify(text)}], ${JSON.stringify(name)}, { type: ${JSON.stringify(type)} }));
    for (const kind of ['dragover', 'drop']) document.querySelector('#log').dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: data }));
  })()`);

t.test('an image and a document with words are attached, seen, and reach the provider byte for byte', async (t) => {
  const { enter, held, taken, emulator } = await open(t);
  const page = await enter();
  const before = emulator.messages.length;
  const [image, chips] = [await photo(), page.locator('#files > li')];
  await page.locator('#composer [data-attach]').setInputFiles([{ name: 'menu.jpg', mimeType: 'image/jpeg', buffer: image }, { name: 'Oferta Nº 7.pdf', mimeType: 'application/pdf', buffer: pdf }]);
  await page.locator('#files > li[data-state=here]').nth(1).waitFor();
  await page.waitForFunction("document.querySelector('#files img')?.naturalWidth > 0");
  t.match(await chips.allTextContents(), [/menu\.jpg/, /Oferta Nº 7\.pdf/]);
  await page.locator('#draft').fill('Our menu and the offer');
  t.same(await checkAccessibility(page), []);
  await picture(page, 'files-1280-light');
  await page.locator('#draft').press('Enter');
  await page.locator('#items img').waitFor();
  await page.locator('#items').getByText('Oferta Nº 7.pdf').waitFor();
  await until('the tray is empty again', async () => (await chips.count()) === 0);
  t.equal(await page.locator('#draft').inputValue(), '');
  const sent = (await taken(before + 2)).slice(before);
  t.match(sent, [{ type: 'image', body: { image: { caption: 'Our menu and the offer' } } }, { type: 'document', body: { document: { filename: 'Oferta Nº 7.pdf' } } }]);
  const idOf = (n: number, kind: string): string => (sent[n]?.body[kind] as { id: string } | undefined)?.id ?? '';
  t.equal(digest(await held(idOf(0, 'image'))), digest(image));
  t.equal(digest(await held(idOf(1, 'document'))), digest(pdf));
  await page.locator('#items li', { hasText: 'Oferta Nº 7.pdf' }).locator('[data-st=read]').first().waitFor();
  await until('nothing is on its way any more', async () => (await page.locator('#items .waiting').count()) === 0);
  await picture(page, 'files-sent-1280-light');
});

t.test('what is too large or of a strange type is refused with words, and all the rest stays; dropped, pasted, taken away and found again', async (t) => {
  const { enter, taken, emulator } = await open(t);
  const page = await enter({ width: 390, height: 844, theme: 'dark', allow: [/status of 422/] });
  const before = emulator.messages.length;
  const chips = page.locator('#files > li');
  await page.locator('#draft').fill('Here they are');
  await page.locator('#composer [data-attach]').setInputFiles([{ name: 'huge.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(6_000_000) }, { name: 'tool.exe', mimeType: 'application/x-msdownload', buffer: Buffer.from('MZ\0\0 not a program') }]);
  await seen(page, 'It has 6 MB; the channel takes at most 5.2 MB for this kind of file.').waitFor();
  await seen(page, 'The channel does not take files of this type').waitFor();
  await drop(page, 'list.txt', 'text/plain', 'one\ntwo');
  await page.locator('#files > li[data-state=here]').filter({ hasText: 'list.txt' }).waitFor();
  t.equal(Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth')), 0);
  t.same(await checkAccessibility(page), []);
  await picture(page, 'files-refused-390-dark');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await seen(page, 'Remove the file that cannot be sent, or try it again.').waitFor();
  t.equal(await page.locator('#draft').inputValue(), 'Here they are');
  t.match(await page.evaluate("document.activeElement.getAttribute('aria-label')"), 'Remove huge.jpg', 'and the first one is at hand');
  await page.keyboard.press('Enter');
  t.match(await page.evaluate("document.activeElement.getAttribute('aria-label')"), 'Remove tool.exe', 'the next one follows');
  await page.keyboard.press('Enter');
  t.same(await chips.count(), 1);

  await page.evaluate(`(() => {
    const data = new DataTransfer();
    data.items.add(new File(['pasted'], 'note.txt', { type: 'text/plain' }));
    document.querySelector('#draft').dispatchEvent(new ClipboardEvent('paste', { bubbles: true, cancelable: true, clipboardData: data }));
  })()`);
  await page.locator('#files > li[data-state=here]').filter({ hasText: 'note.txt' }).waitFor();
  await page.reload();
  await page.locator('#files > li[data-state=here]').nth(1).waitFor();
  t.match(await chips.allTextContents(), [/list\.txt/, /note\.txt/], 'left and come back to, they are there');
  t.equal(await page.locator('#draft').inputValue(), 'Here they are');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.locator('#items').getByText('note.txt').waitFor();
  t.match((await taken(before + 2)).slice(before), [{ type: 'document', body: { document: { filename: 'list.txt', caption: 'Here they are' } } }, { type: 'document', body: { document: { filename: 'note.txt' } } }]);
});

t.test('a file on a line that breaks says so and is brought again; nothing is sent meanwhile', async (t) => {
  const { enter } = await open(t);
  const page = await enter({ allow: [/Failed to load resource/] });
  await page.route('**/files?name=**', (route) => (route.request().method() === 'POST' ? route.abort() : route.continue()));
  await page.locator('#composer [data-attach]').setInputFiles({ name: 'offer.pdf', mimeType: 'application/pdf', buffer: pdf });
  await seen(page, 'It did not arrive.').waitFor();
  await page.locator('#draft').fill('The offer');
  await page.locator('#draft').press('Enter');
  await seen(page, 'Remove the file that cannot be sent, or try it again.').waitFor();
  t.equal(await page.locator('#items .waiting').count(), 0);
  await page.unroute('**/files?name=**');
  await page.locator('#files').getByRole('button', { name: 'Try again' }).click();
  await page.locator('#files > li[data-state=here]').waitFor();
  await page.locator('#draft').press('Enter');
  await page.locator('#items').getByText('offer.pdf').waitFor();
});

t.test('a template with an image in its header is filled in, looked at and sent', async (t) => {
  const { token, write, enter, held, taken, emulator } = await open(t);
  const make = async (name: string, components: object[]) => {
    const answer = await fetch(`${emulator.url}/v23.0/102000000000001/message_templates`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify({ name, language: 'en', category: 'UTILITY', components }) });
    const { id } = (await answer.json()) as { id: string };
    await emulator.decide(id, 'APPROVED');
  };
  await make('new_menu', [
    { type: 'HEADER', format: 'IMAGE', example: { header_handle: ['4::aW'] } },
    { type: 'BODY', text: 'Hello {{1}}, this is our new menu.', example: { body_text: [['Ana']] } },
    { type: 'BUTTONS', buttons: [{ type: 'URL', text: 'Order', url: 'https://lestari.example/order/{{1}}', example: ['https://lestari.example/order/7'] }] },
  ]);
  await make('order_of', [
    { type: 'HEADER', format: 'TEXT', text: 'Order {{1}}', example: { header_text: ['7'] } },
    { type: 'BODY', text: 'Your order {{1}} comes on {{2}} at noon.', example: { body_text: [['7', 'Friday']] } },
  ]);
  const page = await enter({ allow: [/status of 422/] });
  const before = emulator.messages.length;
  const home = new URL(page.url()).pathname;
  await page.goto('/app/lestari/settings/channels');
  await page.locator('a[href*="/settings/channels/0"]').first().click();
  await page.goto(`${new URL(page.url()).pathname}?tab=templates`);
  await page.getByRole('button', { name: /Read|Sync|Refresh/ }).click();
  await seen(page, 'new_menu').first().waitFor();
  await page.goto(`${home}/template`);
  await seen(page, 'Needs a file in its header: Image').waitFor();
  await picture(page, 'template-list-1280-light');
  await page.getByRole('link', { name: /new_menu/ }).click();
  await page.getByRole('button', { name: 'Send template' }).waitFor();
  await page.getByLabel('1', { exact: true }).fill('Rosa');
  await page.getByLabel('Button “Order”').fill('7');
  await page.getByRole('button', { name: 'Preview' }).click();
  await seen(page, 'Choose the file for the header.').waitFor();
  t.equal(await page.getByLabel('1', { exact: true }).inputValue(), 'Rosa', 'what was typed stays');
  const image = await photo();
  await page.locator('[data-attach]').last().setInputFiles({ name: 'doc.pdf', mimeType: 'application/pdf', buffer: pdf });
  await seen(page, 'The channel does not take files of this type (application/pdf).').waitFor();
  await page.locator('[data-attach]').last().setInputFiles({ name: 'menu.jpg', mimeType: 'image/jpeg', buffer: image });
  await page.locator('#header-files > li[data-state=here]').waitFor();
  t.equal(await page.locator('#header-files > li').count(), 1, 'a header has one file');
  await page.getByRole('button', { name: 'Preview' }).click();
  await seen(page, 'Hello Rosa, this is our new menu.').waitFor();
  await page.locator('.bubble img').waitFor();
  t.same(await checkAccessibility(page), []);
  await picture(page, 'template-image-1280-light');
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  t.equal(Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth')), 0);
  await picture(page, 'template-image-390-dark');
  await page.getByRole('button', { name: 'Send template' }).click();
  await page.locator('#items').getByText('Hello Rosa, this is our new menu.').waitFor();
  await page.locator('#items img').waitFor();
  const [sent] = (await taken(before + 1)).slice(before);
  const { components = [] } = (sent?.body['template'] ?? {}) as { components?: { type: string; parameters: { image?: { id: string } }[] }[] };
  t.match(components, [{ type: 'header' }, { type: 'body', parameters: [{ text: 'Rosa' }] }, { type: 'button', parameters: [{ text: '7' }] }]);
  t.equal(digest(await held(components[0]?.parameters[0]?.image?.id ?? '')), digest(image));

  // Without an answer a second one waits; Rosa writes, and the next may go.
  await write({ kind: 'text', text: 'Good' });
  await page.locator('#items').getByText('Good', { exact: true }).waitFor();
  await page.goto(`${home}/template`);
  await page.getByRole('link', { name: /order_of/ }).click();
  await page.getByLabel('In the header: 1').fill('48');
  await page.getByLabel('1', { exact: true }).fill('49');
  await page.getByLabel('2', { exact: true }).fill('Friday');
  await page.getByRole('button', { name: 'Send template' }).click();
  await page.locator('#items').getByText('Your order 49 comes on Friday at noon.').waitFor();
  t.match((await taken(before + 2)).at(-1)?.body['template'], { components: [{ type: 'header', parameters: [{ text: '48' }] }, { type: 'body', parameters: [{ text: '49' }, { text: 'Friday' }] }] });
});
