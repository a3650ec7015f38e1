/** A customer's phone in a real browser: everything it can send, whose it is, and what can be made to go wrong. */
import t from 'tap';
import type { Page } from 'playwright-core';
import { checkAccessibility, seen } from '../browser.ts';
import { jpeg, oggOpus } from '../media/samples.ts';
import { drawn, openProduct, picture, setUp, signIn, slug } from './switchboard.ts';

const { url, browser } = await openProduct(t);
await setUp(await browser.newPage({ baseURL: url }));

const languages = { English: 'en', Español: 'es', 'Bahasa Indonesia': 'id' } as const;

async function openPhone({ language, ...options }: { width?: number; theme?: 'light' | 'dark'; language?: keyof typeof languages } = {}): Promise<Page> {
  const page = await browser.newPage({ baseURL: url, ...options });
  await signIn(page);
  if (language !== undefined) {
    await page.goto(`/app/${slug}/me`);
    await page.getByRole('button', { name: language }).click();
    await page.locator(`html[lang=${languages[language]}]`).waitFor();
    await page.goto(`/app/${slug}/whatsapp`);
  }
  await page.locator('.rack a[href*="/simulator/"], a[href*="/simulator/"]').first().click();
  await page.locator('#phone-form').waitFor();
  return page;
}
const say = async (page: Page, text: string): Promise<void> => {
  await page.locator('#phone-text').fill(text);
  await drawn(page, () => page.getByRole('button', { name: 'Send as the customer' }).click());
  await page.locator('#phone-items').getByText(text, { exact: true }).last().waitFor();
};

t.test('text, emoji, a picture, a voice file, a document, a place and a card go out of the phone and stand in the thread', async (t) => {
  const page = await openPhone();
  const [phone, thread] = [page.locator('#phone-items'), page.locator('#items')];
  await page.locator('#phone-text').fill('Thanks ');
  await page.getByRole('button', { name: 'Emoji' }).click();
  await page.locator('#phone-emoji').getByRole('button', { name: '🎉' }).click();
  t.equal(await page.locator('#phone-text').inputValue(), 'Thanks 🎉');
  t.equal(await page.evaluate('document.activeElement.id'), 'phone-text', 'the cursor is back where one writes');
  await drawn(page, () => page.keyboard.press('Enter'));
  await thread.getByText('Thanks 🎉').waitFor();

  const give = async (name: string, file: { name: string; mimeType: string; buffer: Buffer }) => {
    await page.getByRole('button', { name: 'Send something' }).click();
    await page.getByLabel(name, { exact: true }).setInputFiles(file);
  };
  const send = (name: string, file: Parameters<typeof give>[1]) => drawn(page, () => give(name, file));
  await send('Photo, video or sound', { name: 'beans.jpg', mimeType: 'image/jpeg', buffer: await jpeg(800, 500) });
  await phone.locator('img').waitFor();
  await thread.locator('img').waitFor();
  await page.waitForFunction("document.querySelector('#phone-items img')?.naturalWidth > 0");
  await send('Voice message from a file', { name: 'voice.ogg', mimeType: 'audio/ogg', buffer: await oggOpus(60) });
  await phone.locator('audio').waitFor();
  await thread.locator('audio').waitFor();
  await send('Document', { name: 'order.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n%%EOF') });
  await thread.getByText('order.pdf').waitFor();
  await give('Document', { name: 'empty.txt', mimeType: 'text/plain', buffer: Buffer.alloc(0) });
  await seen(page, 'A file may have 1 byte to 100 MB.').waitFor();

  await page.getByRole('button', { name: 'Send something' }).click();
  await page.locator('#phone-attach summary').filter({ hasText: 'Location' }).click();
  await picture(page, 'phone-attach');
  await drawn(page, () => page.locator('#phone-attach form').filter({ hasText: 'Latitude' }).getByRole('button', { name: 'Send' }).click());
  await thread.getByText('Monas, Jakarta').waitFor();
  await page.getByRole('button', { name: 'Send something' }).click();
  await page.locator('#phone-attach summary').filter({ hasText: 'Contact card' }).click();
  await page.locator('#phone-attach').getByLabel('Name', { exact: true }).fill('Budi Santoso');
  await drawn(page, () => page.locator('#phone-attach form').filter({ hasText: 'Phone number' }).getByRole('button', { name: 'Send' }).click());
  await thread.getByText('Budi Santoso').waitFor();
  t.same(await checkAccessibility(page), []);
  await picture(page, 'phone-sent');
});

t.test('a voice message is spoken into the phone, and thrown away with Escape', async (t) => {
  const page = await openPhone();
  // Only the microphone is not real: a tone comes out of it.
  await page.evaluate(`navigator.mediaDevices.getUserMedia = async () => {
    const audio = new AudioContext(), tone = audio.createOscillator(), out = audio.createMediaStreamDestination();
    tone.connect(out); tone.start();
    return out.stream;
  }`);
  const record = page.getByRole('button', { name: 'Record a voice message' });
  const players = page.locator('#phone-items audio');
  const before = await players.count();
  await record.click();
  await seen(page, 'Recording. Press again to send').waitFor();
  t.equal(await record.getAttribute('aria-pressed'), 'true');
  // Somebody speaks for a while.
  await page.waitForTimeout(1_500);
  await picture(page, 'phone-recording');
  await drawn(page, () => record.click());
  await players.nth(before).waitFor();
  t.equal(await players.count(), before + 1);
  const secondsOf = (source: string): Promise<number> => page.evaluate(`new Promise((resolve, reject) => {
    const audio = document.createElement('audio');
    // What a browser records has no length written in it: the end is looked for.
    audio.onloadedmetadata = () => { if (audio.duration === Infinity) { audio.ondurationchange = () => resolve(audio.duration); audio.currentTime = 1e6; } else resolve(audio.duration); };
    audio.onerror = () => reject(new Error('it cannot be played'));
    audio.src = [...document.querySelectorAll('#phone-items audio')].at(-1).querySelector('${source}').src;
  })`);
  for (const source of ['source:first-child', 'source[type="audio/mp4"]']) {
    const seconds = await secondsOf(source);
    t.ok(seconds > 0.3 && seconds < 60, `${source} lasts ${seconds} s`);
  }
  await record.click();
  await seen(page, 'Recording. Press again to send').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('[data-record][aria-pressed=false]').waitFor();
  t.equal(await players.count(), before + 1);
});

t.test('where there is no microphone the phone says so', async (t) => {
  const page = await openPhone();
  await page.evaluate("navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('refused', 'NotAllowedError'); }");
  await page.getByRole('button', { name: 'Record a voice message' }).click();
  await seen(page, 'No microphone can be used here. Send a sound file instead.').waitFor();
  t.pass();
});

t.test('a message of the business is reacted to, the reaction taken back, and the message answered, with the keyboard', async (t) => {
  const page = await openPhone();
  const phone = page.locator('#phone-items');
  const greetings = phone.locator('li.in').filter({ hasText: 'Hello from' });
  const before = await greetings.count();
  await say(page, 'hello');
  const greeting = greetings.nth(before);
  await greeting.waitFor();
  const deeds = greeting.getByRole('button', { name: 'React or answer' });
  await deeds.focus();
  await page.keyboard.press('Enter');
  await picture(page, 'phone-deeds');
  await drawn(page, () => page.locator('#phone-deeds').getByRole('button', { name: '❤️' }).press('Enter'));
  await greeting.getByText('❤️').waitFor();
  await page.locator('#items li').filter({ hasText: 'Hello from' }).getByText('❤️').waitFor();
  await deeds.press('Enter');
  await drawn(page, () => page.getByRole('button', { name: 'Take the reaction back' }).press('Enter'));
  await greeting.getByText('❤️').waitFor({ state: 'detached' });
  await deeds.press('Enter');
  await page.locator('#phone-deeds').getByRole('button', { name: 'Answer' }).press('Enter');
  await page.locator('#phone-about').getByText('Hello from').waitFor();
  await picture(page, 'phone-answering');
  await say(page, 'You, too');
  await page.locator('#items li').filter({ hasText: 'You, too' }).locator('.quote').getByText('Hello from').waitFor();
  t.notOk(await page.locator('#phone-about').isVisible(), 'the next message answers nothing');
});

t.test('a customer is added, spoken as, and renamed; another one without a number', async (t) => {
  const page = await openPhone();
  const people = page.getByRole('button', { name: /^Whose phone/ });
  const add = async (name: string, nameless: boolean) => {
    await people.click();
    await page.locator('#personas summary').filter({ hasText: 'Add a customer' }).click();
    const form = page.locator('#personas form').filter({ hasText: 'No phone number' });
    await form.getByLabel('Name', { exact: true }).fill(name);
    if (nameless) await form.getByLabel('No phone number, a user id only').check();
    await picture(page, 'phone-people');
    await drawn(page, () => form.getByRole('button', { name: 'Add' }).click());
    await page.getByRole('button', { name: `Whose phone: ${name}` }).waitFor();
  };
  await add('Sri Wahyuni', false);
  await say(page, 'I am Sri');
  await page.locator('#rows').getByText('Sri Wahyuni').waitFor();
  await add('Somebody', true);
  await say(page, 'I have no number');
  await page.locator('#rows').getByText('Somebody').waitFor();
  t.equal(await page.locator('#phone-items').getByText('I am Sri').count(), 0, 'a phone of their own');
  await people.click();
  await page.locator('#personas summary').filter({ hasText: 'Rename' }).click();
  await page.locator('#personas form').filter({ hasText: 'Known by' }).getByLabel('Name').fill('Dewi');
  await drawn(page, () => page.locator('#personas form').filter({ hasText: 'Known by' }).getByRole('button', { name: 'Rename' }).click());
  await page.getByRole('button', { name: 'Whose phone: Dewi' }).waitFor();
});

t.test('what goes wrong is armed, met and over', async (t) => {
  const page = await openPhone();
  const press = (fault: string) => drawn(page, () => page.locator('#faults').getByRole('button', { name: fault, exact: true }).click());
  await say(page, 'hello again');
  await press('Arrives late');
  await page.locator('#faults [aria-pressed=true]').waitFor();
  await say(page, 'this one is late');
  t.equal(await page.locator('#items').getByText('this one is late').count(), 0);
  await picture(page, 'phone-late');
  await press('Arrives late');
  await page.locator('#items').getByText('this one is late').waitFor();
  await press('Delivery fails');
  await page.locator('#faults [aria-pressed=true]').filter({ hasText: 'Delivery fails' }).waitFor();
  await say(page, 'menu');
  await page.locator('#items').getByText('The simulated phone refused this message.').waitFor();
  await page.locator('#faults [aria-pressed=false]').filter({ hasText: 'Delivery fails' }).waitFor();
  await press('24 hours pass');
  await page.locator('#faults [aria-pressed=true]').filter({ hasText: '24 hours pass' }).waitFor();
  await picture(page, 'phone-day-passed');
  await press('24 hours pass');
  await page.locator('#faults [aria-pressed=true]').waitFor({ state: 'detached' });
});

t.test('the phone fits a small screen in each language, light and dark', async (t) => {
  for (const [language, theme] of [['Español', 'dark'], ['Bahasa Indonesia', 'light'], ['English', 'light']] as const) {
    const page = await openPhone({ width: 390, theme, language });
    const locale = languages[language];
    t.equal(Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth')), 0);
    await page.locator('[popovertarget=phone-attach]').click();
    await page.locator('#phone-attach summary').first().click();
    const box = await page.locator('#phone-attach').boundingBox();
    t.ok(box && box.x >= 0 && box.x + box.width <= 390 && box.y >= 0, `${locale}: the menu is on the screen`);
    await picture(page, `phone-390-${locale}-${theme}`);
    await page.keyboard.press('Escape');
    t.same(await checkAccessibility(page), [], `${locale} ${theme}`);
    await page.locator('[popovertarget=personas]').click();
    await picture(page, `phone-390-people-${locale}-${theme}`);
  }
});
