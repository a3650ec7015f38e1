/** What comes for nobody here, from somebody without a phone number, and with a file that is too large: kept, said in words, gone on with. */
import t from 'tap';
import type { Content } from '../../core/plugin/contract/content.ts';
import { seen } from '../browser.ts';
import { app, type Channel, connect, callbackOf, ids, pictures, startProviders } from './providers.ts';
import { drawn, openProduct, reloadUntil, setUp } from './switchboard.ts';

const { meta, twilio, qontak, coster, origins, right, sendTo } = await startProviders(t);
const { url, browser } = await openProduct(t, { ALLOWED_ORIGINS: origins, LOG_LEVEL: 'silent' });
const page = await browser.newPage({ baseURL: url });
await setUp(page);

interface Written {
  from?: string;
  userId?: string;
  name: string;
  /** The number it is written to; the first one unless told. */
  to?: string;
  text?: string;
  content?: Content;
}

interface Side {
  customer: string;
  write(written: Written): Promise<{ ok: boolean }>;
  /** What the number is called in the form, the one that is connected at first, and the one that nobody has connected yet. */
  account: string;
  first?: string;
  stranger: string;
  /** Why somebody without a phone number cannot be answered; undefined: they read the answer. */
  phoneless?: string;
  /** One byte more than is taken, kept at the provider as a customer's file. */
  tooLarge(): Content;
  most: string;
}

const nothing = (bytes: number) => Buffer.alloc(bytes);
const documentOf = (ref: string): Content => ({ kind: 'document', media: { ref, mime: 'application/pdf', name: 'catalogue.pdf' } });

const sides: Record<Channel, Side> = {
  'Meta Cloud': {
    customer: '6281299900011', write: (written) => meta.customer.write(written), account: 'Phone number ID', stranger: ids.metaSecond,
    tooLarge: () => documentOf(meta.store(nothing(104_857_601), 'application/pdf').id), most: '104.9 MB',
  },
  Twilio: {
    customer: '6281299900022', write: (written) => twilio.customer.write(written), account: 'Sender', stranger: ids.twilioSecond,
    tooLarge: () => documentOf(twilio.store(nothing(16_000_001), 'application/pdf')), most: '16 MB',
  },
  Qontak: {
    customer: '6281299900033', write: (written) => qontak.customer.write({ ...written }), account: 'Channel integration ID', stranger: ids.qontakSecond,
    tooLarge: () => documentOf(qontak.file(nothing(104_857_601), 'application/pdf', 'catalogue.pdf')), most: '104.9 MB',
  },
  Coster: {
    customer: '6281299900044', write: (written) => coster.customer.write({ ...written }), account: 'Phone identity', first: '628110000009', stranger: ids.coster,
    phoneless: 'Coster sends to phone numbers, and the contact has none. Add a phone number to the contact.',
    tooLarge: () => documentOf(coster.file(nothing(100_000_001), 'application/pdf')), most: '100 MB',
  },
};

for (const channel of ['Meta Cloud', 'Twilio', 'Qontak', 'Coster'] as const) {
  const side = sides[channel];
  const name = `Customer of ${channel}`;

  t.test(`${channel}: what comes for a number that is nobody’s here stands in the ledger with its reason, and is answered once the number is connected`, async (t) => {
    const connection = await connect(page, channel, `${channel} line`, { ...right[channel], ...(side.first !== undefined && { [side.account]: side.first }) });
    sendTo(channel, await callbackOf(page, connection));
    t.ok((await side.write({ from: side.customer, name, to: side.stranger, text: 'hello' })).ok, 'the provider is told yes: it is kept');
    const reason = `No number here has the account ${side.stranger}. Connect it, then replay this.`;
    await page.goto(`${app}/settings/deliveries`);
    const row = page.locator('tbody tr', { hasText: reason }).first();
    await reloadUntil(page, 'the ledger says why', row);
    await pictures(page, `stranger-ledger-${channel}`);
    await row.getByRole('link').first().click();
    await page.getByRole('heading', { name: /Delivery of/ }).waitFor();
    const delivery = page.url();
    await page.locator('main .banner').getByText(reason).waitFor();
    await pictures(page, `stranger-delivery-${channel}`);

    await page.goto(`${app}/whatsapp`);
    await page.getByRole('link', { name: 'Connect New Number' }).click();
    const dialog = page.locator('#dialog');
    await dialog.getByRole('link', { name: new RegExp(`^${channel} line`) }).click();
    await dialog.getByLabel('Display Name').fill(`${channel} second`);
    if (channel === 'Coster') await dialog.getByLabel(side.account).fill(side.stranger);
    else await dialog.locator('.picker label', { hasText: side.stranger }).click();
    await dialog.getByLabel('Assigned Agent').selectOption({ index: 1 });
    await dialog.getByRole('button', { name: 'Connect Number' }).click();
    await page.waitForURL('**/whatsapp');
    await page.goto(delivery);
    await drawn(page, () => page.getByRole('button', { name: 'Replay' }).click());
    const answered = page.locator('dl.facts').getByRole('link', { name });
    await reloadUntil(page, 'the replay is processed', answered);
    await answered.click();
    await page.locator('#items').getByText('Hello from Lestari Coffee').waitFor();
    await page.locator('#items li.out [data-word=read]').first().waitFor();
    t.equal(await page.locator('#items li.in').count(), 1);
  });

  t.test(`${channel}: somebody without a phone number is a contact like any other`, async (t) => {
    const written = { userId: 'ID.13491208655302741918', name: `Nameless of ${channel}`, text: 'hello' };
    t.ok((await side.write(written)).ok);
    await page.goto(`${app}/inbox`);
    await page.locator('#rows').getByRole('link', { name: written.name }).click();
    const answer = page.locator('#items li.out').first();
    if (side.phoneless === undefined) await answer.locator('[data-word=read]').first().waitFor();
    else await answer.getByText(side.phoneless).waitFor();
    await seen(page, 'ID.13491208655302741918').first().waitFor();
    await seen(page, 'Not known').first().waitFor();
    await pictures(page, `phoneless-${channel}`);
  });

  t.test(`${channel}: a file that is too large says so and how much is taken, and the conversation goes on`, async (t) => {
    t.ok((await side.write({ from: side.customer, name, to: side.stranger, content: side.tooLarge() })).ok);
    await page.goto(`${app}/inbox`);
    await page.locator('#rows').getByRole('link', { name }).click();
    const bubble = page.locator('#items li.in').nth(1);
    await bubble.getByText(`It is larger than ${side.most}, the most that is taken here.`).waitFor();
    t.equal(await bubble.getByRole('button', { name: 'Fetch again' }).count(), 0, 'what can never come is not asked for again');
    await pictures(page, `too-large-${channel}`);
    t.ok((await side.write({ from: side.customer, name, to: side.stranger, text: 'menu' })).ok);
    await page.locator('#items li.in', { hasText: 'menu' }).waitFor();
  });
}
