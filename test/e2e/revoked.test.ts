/** F16: a token that ends while its connection runs. What is written meanwhile waits, and goes out once a new token stands there. */
import t from 'tap';
import { seen } from '../browser.ts';
import { app, type Channel, connect, field, callbackOf, pictures, retype, startProviders } from './providers.ts';
import { openProduct, setUp } from './switchboard.ts';

const { meta, twilio, qontak, coster, origins, right, sendTo } = await startProviders(t);
const { url, browser } = await openProduct(t, { ALLOWED_ORIGINS: origins, LOG_LEVEL: 'silent' });
const page = await browser.newPage({ baseURL: url, allow: [/status of 422/] });
await setUp(page);

interface Side {
  customer: string;
  write(from: string, text: string): Promise<{ ok: boolean }>;
  /** Ends the token, and makes another. */
  renew(): void;
  /** The label of the token that is pasted anew. */
  secret: string;
  next: string;
  /** Ours, then the provider's own words, then what to do: on the connection's page. */
  reason: string;
  mend: string;
  /** What is said of another wrong token when it is to be saved; Coster can only be asked by sending. */
  refusal?: string;
  sent(): readonly { text?: string }[];
}

const sides: Record<Channel, Side> = {
  'Meta Cloud': {
    customer: '6281299900011', write: (from, text) => meta.customer.write({ from, name: `Customer ${from}`, text }), sent: () => meta.messages,
    renew() {
      meta.issue(right['Meta Cloud']['Access token'] ?? '', { revoked: true });
      meta.issue('EAANewTokenOfTheEmulator00002');
    },
    secret: 'Access token', next: 'EAANewTokenOfTheEmulator00002',
    reason: 'Meta no longer accepts the access token. “(#190) Error validating access token: the session has expired”', mend: 'Paste a new token into the connection and start it again.',
    refusal: 'Meta does not accept the access token (error 190). “(#190) Error validating access token: the session has expired”. Generate a new token for the system user and paste it here.',
  },
  Twilio: {
    customer: '6281299900022', write: (from, text) => twilio.customer.write({ from, name: `Customer ${from}`, text }), sent: () => twilio.messages,
    renew: () => twilio.promote('fedcba9876543210fedcba9876543210'),
    secret: 'Auth token', next: 'fedcba9876543210fedcba9876543210',
    reason: 'Twilio does not accept the credentials. “Authenticate”', mend: 'Copy account SID and token again into the connection and start it again.',
    refusal: 'Twilio does not accept the credentials. “Authenticate (error 20003)”. Copy SID and token again, both of the same account and region.',
  },
  Qontak: {
    customer: '6281299900033', write: (from, text) => qontak.customer.write({ from, name: `Customer ${from}`, text }), sent: () => qontak.messages,
    renew: () => qontak.renew('tok_emulated_0002'),
    secret: 'Access token', next: 'tok_emulated_0002',
    reason: 'Qontak no longer accepts the credentials. “Unauthorized”', mend: 'Enter new ones in the connection and start it again. With client ID and secret, check the clock of the server too.',
    refusal: 'Qontak does not accept the credentials. “HTTP 401: Unauthorized”. Copy the token again; a token of the older API ends after about a year.',
  },
  Coster: {
    customer: '6281299900044', write: (from, text) => coster.customer.write({ from, name: `Customer ${from}`, text }), sent: () => coster.messages,
    renew: () => coster.renew('coster-emulated-token-2'),
    secret: 'Access token', next: 'coster-emulated-token-2',
    reason: 'Coster does not accept the access token. “Access denied: Invalid credentials”', mend: 'Enter a new token in the connection and start it again.',
  },
};

const question = 'Are you still there?';

for (const channel of ['Meta Cloud', 'Twilio', 'Qontak', 'Coster'] as const) {
  t.test(`${channel}: a revoked token stops the connection in words, and a new one sends what waited, once`, async (t) => {
    const side = sides[channel];
    const connection = await connect(page, channel, `${channel} line`, right[channel]);
    sendTo(channel, await callbackOf(page, connection));
    t.ok((await side.write(side.customer, 'hello')).ok);
    await page.goto(`${app}/inbox`);
    await page.locator('#rows').getByRole('link', { name: `Customer ${side.customer}` }).click();
    await page.locator('#items').getByText('Hello from Lestari Coffee').waitFor();
    const conversation = page.url();

    side.renew();
    await page.locator('#draft').fill(question);
    await page.keyboard.press('Enter');
    // On the page that is open, without a reload: why it waits, and what mends it.
    const waiting = page.locator('#items li', { hasText: question });
    await waiting.locator('[data-word=queued]').first().waitFor();
    await waiting.getByText(side.mend).waitFor();
    t.equal(await waiting.locator('.after q').innerText(), /“(.*)”/.exec(side.reason)?.[1]);
    await waiting.getByText('Waits: the connection is in error. Open the connection').waitFor();
    await page.locator('#alerts-badge:not([hidden])').waitFor();
    await pictures(page, `revoked-thread-${channel}`);

    await page.goto(`${app}/whatsapp`);
    await page.locator('article.number', { hasText: `${channel} line` }).getByText(side.reason.split(' “')[0] ?? '').waitFor();
    await page.goto(`${app}/whatsapp/notifications`);
    const alert = page.locator('#alerts li', { hasText: `Failure · ${channel} line` });
    await pictures(page, `revoked-alert-${channel}`);
    await alert.getByRole('link', { name: `Something failed: ${side.reason}` }).click();
    t.equal(new URL(page.url()).pathname, connection, 'the alert leads to the connection');
    const banner = page.locator('main [role=alert]');
    t.match(await banner.innerText(), side.reason);
    t.match(await banner.innerText(), `${side.mend} 1 message waits and goes out after the restart.`);
    await seen(page, 'ERROR', { exact: true }).first().waitFor();
    await pictures(page, `revoked-connection-${channel}`);

    await banner.getByRole('link', { name: 'Mend' }).click();
    const form = page.locator('main form.form');
    await retype(form, { Name: `${channel} line 2`, [side.secret]: 'another-wrong-token' });
    if (side.refusal !== undefined) {
      await form.getByRole('button', { name: 'Save' }).click();
      await form.getByText(side.refusal, { exact: true }).waitFor();
      t.equal(await field(form, side.secret).getAttribute('aria-invalid'), 'true');
      t.equal(await field(form, 'Name').inputValue(), `${channel} line 2`, 'nothing typed is lost');
      await pictures(page, `revoked-again-${channel}`);
    }
    await retype(form, { [side.secret]: side.next });
    await form.getByRole('button', { name: 'Save' }).click();
    await seen(page, 'Saved. Start the connection again: what waits then goes out.').waitFor();
    t.match(await banner.innerText(), side.reason, 'until then the reason stands');
    await pictures(page, `revoked-saved-${channel}`);
    await page.getByRole('button', { name: 'Restart' }).click();
    await page.locator('main').getByText('RUNNING').first().waitFor();
    await banner.waitFor({ state: 'detached' });

    await page.goto(conversation);
    await waiting.locator('[data-word=read]').first().waitFor();
    t.equal(await waiting.getByText(side.mend).count(), 0);
    t.equal(side.sent().filter(({ text }) => text === question).length, 1);
  });
}

t.test('Coster: an account code of nobody shows with the first message, and the right one sends it', async (t) => {
  await page.goto(`${app}/settings/channels`);
  await page.getByRole('link', { name: 'Coster line 2' }).click();
  const connection = new URL(page.url()).pathname;
  const save = async (code: string | undefined, notice: RegExp) => {
    await page.goto(`${connection}?tab=settings`);
    const form = page.locator('main form.form');
    await retype(form, { 'Account code': code ?? '' });
    await form.getByRole('button', { name: 'Save' }).click();
    await seen(page, notice).waitFor();
  };
  await save('ffffffffffffffffffffffffffffffff', /^Saved\.$/);
  await page.goto(connection);
  await page.locator('ul.lines').getByText('answers, but knows nothing at this address, at least for a question.').waitFor();
  await page.goto(`${app}/inbox`);
  await page.locator('#rows').getByRole('link', { name: `Customer ${sides.Coster.customer}` }).click();
  await page.locator('#draft').fill('Your parcel is here.');
  await page.keyboard.press('Enter');
  const written = page.locator('#items li', { hasText: 'Your parcel is here.' });
  const conversation = page.url();
  await written.getByText('Something that is not Coster answers at the address for messages. Compare the address and the account code').waitFor();
  await page.goto(connection);
  await pictures(page, 'coster-account-code');
  t.match(await page.locator('main [role=alert]').innerText(), `Something that is not Coster answers at the address for messages. “${new URL(coster.url).origin} answered 404 without words of Coster’s.”`);
  await save(right.Coster['Account code'], /^Saved\. Start/);
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.goto(conversation);
  await written.locator('[data-word=read]').first().waitFor();
});
