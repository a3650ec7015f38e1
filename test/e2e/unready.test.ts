/** Numbers that cannot send yet, and templates that may not be sent: what people read, and how they go on. */
import t from 'tap';
import type { Fault } from '../../plugins/meta-cloud/emulator.ts';
import { app, type Channel, connect, fillConnect, callbackOf, ids, pictures, retype, startProviders } from './providers.ts';
import { openProduct, reloadUntil, setUp } from './switchboard.ts';

const { meta, twilio, qontak, coster, emulators, origins, right, sendTo } = await startProviders(t);
const { url, browser } = await openProduct(t, { ALLOWED_ORIGINS: origins, LOG_LEVEL: 'silent' });
const page = await browser.newPage({ baseURL: url, allow: [/status of 422/] });
await setUp(page);

/** The page of each connection, once it is made. */
const pages = new Map<Channel, string>();

t.test('Meta: a number that is not registered says so where it fails and where it is mended; its PIN makes it send', async (t) => {
  meta.change(ids.meta, { status: 'PENDING', pin: '482913' });
  const connection = await connect(page, 'Meta Cloud', 'Meta Cloud line', right['Meta Cloud']);
  pages.set('Meta Cloud', connection);
  sendTo('Meta Cloud', await callbackOf(page, connection));
  await meta.customer.write({ from: '6281299900011', name: 'Customer of Meta Cloud', text: 'hello' });
  await page.goto(`${app}/inbox`);
  await page.locator('#rows').getByRole('link', { name: 'Customer of Meta Cloud' }).click();
  const answer = page.locator('#items li.out').first();
  await answer.getByText('The number is not registered for the Cloud API. Register it with its PIN on the connection’s page, under Doctor.').waitFor();
  t.equal(await answer.locator('.after q').innerText(), '(#133010) Phone number not registered');
  await pictures(page, 'unregistered-thread');
  const conversation = page.url();

  await page.goto(connection);
  const line = page.locator('ul.lines li', { hasText: `Number ${ids.meta}` });
  await line.getByText('+62 811-0000001 is not registered with the Cloud API (status PENDING), so it cannot send.').waitFor();
  t.equal(await line.getAttribute('data-state'), 'doubtful', 'the connection runs, for it may have other numbers');
  await pictures(page, 'unregistered-doctor');
  const pin = page.getByLabel('Meta Cloud line');
  const register = async (typed: string) => {
    await pin.fill(typed);
    await page.getByRole('button', { name: 'Register', exact: true }).click();
  };
  await register('12');
  await page.locator('main .error').getByText('This does not have the right form: 000000 – 999999.').waitFor();
  t.equal(await pin.getAttribute('aria-invalid'), 'true');
  t.notOk(meta.requests.some(({ path }) => path.endsWith('/register')), 'Meta allows few tries, and was not asked');
  await register('000000');
  await line.getByText('Meta did not accept the PIN: the number has another.').waitFor();
  await line.getByText('(#133005) Two step verification PIN mismatch').waitFor();
  await pictures(page, 'unregistered-wrong-pin');
  await register('482913');
  await line.getByText('Meta registered the number. Keep the PIN: registering again asks for it.').waitFor();
  t.equal(await line.getAttribute('data-state'), 'ok');
  await page.goto(conversation);
  await answer.getByRole('button', { name: 'Send again' }).click();
  await answer.locator('[data-word=read]').first().waitFor();
});

for (const { channel, off, on, banner, marked, mend } of [
  {
    channel: 'Twilio' as const, marked: 'Sender', banner: 'The sender was disconnected.',
    mend: '+14155550100 cannot send: its status is OFFLINE. Open the sender in the console; it says what is missing.',
    off: () => twilio.change(ids.twilio, { status: 'OFFLINE' }), on: () => twilio.change(ids.twilio, { status: 'ONLINE' }),
  },
  {
    channel: 'Qontak' as const, marked: 'Channel integration ID', banner: 'Emulated 1, 628110000001 is switched off in Qontak.',
    mend: 'Switch the channel on in the Qontak settings.',
    off: () => qontak.account.integrations.forEach((one) => Object.assign(one, { active: false })), on: () => qontak.account.integrations.forEach((one) => Object.assign(one, { active: true })),
  },
]) {
  t.test(`${channel}: a number that is switched off there is not connected, until it is on again`, async (t) => {
    off();
    const dialog = await fillConnect(page, channel, `${channel} line`, right[channel]);
    await dialog.getByRole('button', { name: 'Connect Number' }).click();
    await dialog.locator('[data-refusal]').getByText(banner, { exact: true }).waitFor();
    await dialog.locator('.error').getByText(mend, { exact: true }).waitFor();
    t.equal(await dialog.getByLabel(marked).getAttribute('aria-invalid'), 'true');
    await pictures(page, `switched-off-${channel}`);
    on();
    await dialog.getByRole('button', { name: 'Connect Number' }).click();
    await page.waitForURL('**/settings/channels/**');
    pages.set(channel, new URL(page.url()).pathname);
    await page.locator('main').getByText('RUNNING').first().waitFor();
  });
}

interface Templates {
  customer: string;
  write(from: string, name: string): Promise<{ ok: boolean }>;
  /** What the provider decides; undefined where it never says so. */
  decide?(status: 'rejected' | 'approved'): Promise<void>;
  /** Its webhook tells; else people read the list anew. */
  tells?: true;
  /** As it stands on the page; undefined where the provider gives none. */
  reason?: string;
  /** How it refuses a template that is approved here and no longer there, what is said of that, and in which words of its own. */
  refuse: Fault;
  said: string;
  words: string;
}

/** The template's id, as the emulator tells it. */
async function idAt(emulator: string): Promise<string> {
  const state = await (await fetch(`${emulator}/emulator/state`)).text();
  return /"(?:id|sid)":"(\w+)"[^{}]*"name":"parcel_here"/.exec(state)?.[1] ?? '';
}

const templates: Record<Channel, Templates> = {
  'Meta Cloud': {
    customer: '6281299900011', write: (from, name) => meta.customer.write({ from, name, text: 'hello' }),
    decide: async (status) => void (await meta.decide(await idAt(meta.url), status.toUpperCase(), status === 'rejected' ? 'INVALID_FORMAT' : 'NONE')), tells: true,
    reason: 'Its form is wrong: look at the variables, special characters and links.',
    refuse: { kind: 'error', code: 132001 }, said: 'There is no approved template of this name in this language. Refresh the list of templates and choose one that is approved.', words: '(#132001) Template name does not exist in the translation',
  },
  Twilio: {
    customer: '6281299900022', write: (from, name) => twilio.customer.write({ from, name, text: 'hello' }),
    decide: async (status) => twilio.decide(await idAt(twilio.url), status, status === 'rejected' ? 'The text advertises.' : ''),
    reason: 'The text advertises.',
    refuse: { kind: 'error', code: 63040 }, said: 'WhatsApp has not approved this template in this language. Refresh the list of templates and choose one that is approved.', words: 'Bad Request',
  },
  Qontak: {
    customer: '6281299900033', write: (from, name) => qontak.customer.write({ from, name, text: 'hello' }),
    async decide(status) {
      for (const [id, one] of qontak.account.templates) if (one.name === 'parcel_here') qontak.account.templates.set(id, { ...one, status: status.toUpperCase() });
    },
    refuse: { kind: 'error', status: 422 }, said: 'Qontak did not accept the message: a value does not fit, the number is not valid, or the room is closed. Read Qontak’s words.', words: 'Refused by the emulator',
  },
  Coster: {
    customer: '6281299900044', write: (from, name) => coster.customer.write({ from, name, text: 'hello' }),
    refuse: { kind: 'error', code: 2001 }, said: 'The template does not fit: it is missing, paused or disabled, or its values do not match. Compare name, language and values with what was approved.', words: 'Refused by the emulator',
  },
};

for (const channel of ['Meta Cloud', 'Twilio', 'Qontak', 'Coster'] as const) {
  const side = templates[channel];
  t.test(`${channel}: ${side.decide ? 'a template that is rejected says so with its reason and cannot be chosen; ' : ''}one that the provider no longer takes says so on the message`, async (t) => {
    const connection = pages.get(channel) ?? (await connect(page, channel, `${channel} line`, right[channel]));
    sendTo(channel, await callbackOf(page, connection));
    t.ok((await side.write(side.customer, `Customer of ${channel}`)).ok);
    await page.goto(`${connection}/templates/new`);
    const form = page.locator('main form.form');
    await retype(form, { Name: 'parcel_here', Language: 'en', Category: 'UTILITY', Text: 'Your parcel {{1}} is here.', Examples: '1 = JX-7' });
    await form.locator('button.go').click();
    await page.waitForURL('**tab=templates');
    const row = page.locator('tr', { hasText: 'parcel_here' });
    const conversation = await conversationOf(`Customer of ${channel}`);
    const choice = page.locator('.cards a', { hasText: 'parcel_here' });
    for (const status of side.decide ? (['rejected', 'approved'] as const) : []) {
      await page.goto(`${connection}?tab=templates`);
      if (status === 'rejected') await row.getByText('Pending', { exact: true }).waitFor();
      await side.decide?.(status);
      const decided = row.getByText(status === 'rejected' ? 'Rejected' : 'Approved', { exact: true });
      if (side.tells) await reloadUntil(page, `the template is ${status}`, decided);
      else await page.getByRole('button', { name: 'Read now' }).click();
      await decided.waitFor();
      if (side.reason !== undefined) t.equal(await row.getByText(side.reason, { exact: true }).count(), status === 'rejected' ? 1 : 0, `the reason of what is ${status}`);
      await pictures(page, `template-${status}-${channel}`);
      await page.goto(`${conversation}/template`);
      await page.locator('#dialog-title').waitFor();
      t.equal(await choice.count(), status === 'approved' ? 1 : 0, `what is ${status} can be chosen or not`);
    }
    await page.goto(`${conversation}/template`);
    await choice.click();
    await page.getByLabel('1', { exact: true }).fill('JX-77');
    emulators[channel].faults.add({ ...side.refuse, on: 'send' });
    await page.getByRole('button', { name: 'Send template' }).click();
    const sent = page.locator('#items li', { hasText: 'Your parcel JX-77 is here.' });
    await sent.getByText(side.said).waitFor();
    t.equal(await sent.locator('.after q').innerText(), side.words);
    await pictures(page, `template-refused-${channel}`);
    await sent.getByRole('button', { name: 'Send again' }).click();
    await sent.locator('[data-word=read]').first().waitFor();
    t.equal(await sent.getByText(side.said).count(), 0);
  });
}

/** The greeting is out and read: the next that is sent is the template, and what is to go wrong meets it. */
async function conversationOf(name: string): Promise<string> {
  await page.goto(`${app}/inbox`);
  await page.locator('#rows').getByRole('link', { name }).click();
  await page.locator('#items > li.out:last-child [data-word=read]').first().waitFor({ state: 'attached' });
  return new URL(page.url()).pathname;
}
