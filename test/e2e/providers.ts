/** Numbers of all four providers, as their emulators have them, and what a person types to connect one. */
import type { Locator, Page } from 'playwright-core';
import { startEmulator as startCoster } from '../../plugins/coster/emulator.ts';
import { startEmulator as startMeta } from '../../plugins/meta-cloud/emulator.ts';
import { startEmulator as startQontak } from '../../plugins/qontak/emulator.ts';
import { startEmulator as startTwilio } from '../../plugins/twilio/emulator.ts';
import { picture, slug } from './switchboard.ts';

interface Test {
  teardown(end: () => Promise<void>): unknown;
}

/** What stands in the form, by the label that people read. */
export type Typed = Readonly<Record<string, string>>;

export const app = `/app/${slug}`;

export const tokens = { meta: 'EAAGoodTokenOfTheEmulator0001', metaOfOthers: 'EAAGoodTokenOfSomebodyElse02', twilio: '0123456789abcdef0123456789abcdef', qontak: 'tok_emulated_0001', coster: 'coster-emulated-token' };
const wabas = { ours: '102000000000001', others: '102000000000002' };
export const ids = {
  meta: '108100000000001', metaSecond: '108100000000002', metaOfOthers: '108100000000009', metaApp: '670000000000001',
  twilio: 'whatsapp:+14155550100', twilioSecond: 'whatsapp:+14155550101',
  qontak: 'b3a2ee0b-0000-4000-8000-000000000001', qontakSecond: 'b3a2ee0b-0000-4000-8000-000000000002', organization: '5c8521e5-0000-4000-8000-000000000006',
  coster: '628110000001',
};
const appSecret = 'app-secret-of-the-emulator';

/** Two numbers at each provider but Coster's, and at Meta another business account with a token of its own. */
export async function startProviders(t: Test) {
  const meta = await startMeta({ accessToken: [tokens.meta, tokens.metaOfOthers], appSecret, appId: ids.metaApp, phoneNumberIds: [ids.meta, ids.metaSecond], businessAccountId: wabas.ours, otherAccounts: { [wabas.others]: [ids.metaOfOthers] }, statuses: true });
  meta.issue(tokens.meta, { accounts: [wabas.ours] });
  meta.issue(tokens.metaOfOthers, { accounts: [wabas.others] });
  const twilio = await startTwilio({ accountSid: 'AC00000000000000000000000000000001', authToken: tokens.twilio, senders: [ids.twilio, ids.twilioSecond], statuses: true });
  const qontak = await startQontak({ accessToken: tokens.qontak, organizationId: ids.organization, channelIntegrationIds: [ids.qontak, ids.qontakSecond], statuses: true });
  const coster = await startCoster({ accessToken: tokens.coster, phone: ids.coster, statuses: true });
  t.teardown(() => Promise.all([meta.close(), twilio.close(), qontak.close(), coster.close()]).then(() => undefined));
  const { accountCode = '', m2mUrl, botUrl, mediaUrl } = coster.settings;
  const right: Record<Channel, Typed> = {
    'Meta Cloud': { 'Phone number ID': ids.meta, 'Access token': tokens.meta, 'App secret': appSecret, 'Business account ID': wabas.ours, 'API base URL': meta.url },
    Twilio: { Sender: ids.twilio, 'Account SID': twilio.settings.accountSid, 'Auth token': tokens.twilio, 'API base URL': twilio.url },
    Qontak: { 'Channel integration ID': ids.qontak, Credentials: 'bearer', 'Access token': tokens.qontak, 'API base URL': qontak.settings.apiBaseUrl, 'Organization ID': ids.organization },
    Coster: { 'Phone identity': ids.coster, 'Access token': tokens.coster, 'Account code': accountCode, 'Address of m2m': m2mUrl, 'Address of bot': botUrl, 'Address of media': mediaUrl },
  };
  const origins = [meta.url, twilio.url, twilio.storageUrl, qontak.url, coster.url].map((one) => new URL(one).origin).join(' ');
  const emulators = { 'Meta Cloud': meta, Twilio: twilio, Qontak: qontak, Coster: coster };
  /** As somebody says it in the provider's console. */
  const sendTo = (channel: Channel, callback: string): void => {
    emulators[channel].webhookUrl = callback;
    if (channel === 'Qontak') for (const event of Object.keys(qontak.account.interactions.on)) qontak.account.interactions.on[event] = true;
  };
  return { meta, twilio, qontak, coster, emulators, origins, right, sendTo };
}

export type Channel = 'Meta Cloud' | 'Twilio' | 'Qontak' | 'Coster';

/** @returns the path of the connection's page */
export async function connect(page: Page, channel: Channel, name: string, typed: Typed): Promise<string> {
  const dialog = await fillConnect(page, channel, name, typed);
  await dialog.getByRole('button', { name: 'Connect Number' }).click();
  await page.waitForURL('**/settings/channels/**');
  return new URL(page.url()).pathname;
}

/** The callback URL, as its page shows it to be told to the provider. */
export async function callbackOf(page: Page, connection: string): Promise<string> {
  await page.goto(`${connection}?tab=hand-off`);
  return (await page.locator('main code', { hasText: '/webhooks/' }).first().innerText()).trim();
}

/** Opens the dialog, chooses the way and fills everything in; the button is not pressed yet. */
export async function fillConnect(page: Page, channel: Channel, name: string, typed: Typed): Promise<Locator> {
  await page.goto(`${app}/whatsapp`);
  await page.getByRole('link', { name: 'Connect New Number' }).click();
  const dialog = page.locator('#dialog');
  await dialog.getByRole('link', { name: new RegExp(`^${channel} ?New connection`) }).click();
  await dialog.getByLabel('Display Name').fill(name);
  await retype(dialog, typed);
  await dialog.getByLabel('Assigned Agent').selectOption({ index: 1 });
  return dialog;
}

/** A field by its label, also where it says beside it that it is optional. */
export function field(form: Locator, label: string): Locator {
  return form.getByLabel(new RegExp(`^${label.replaceAll(/[.*+?()]/g, '\\$&')}( optional)?$`));
}

export async function retype(form: Locator, typed: Typed): Promise<void> {
  const advanced = form.locator('details:not([open]) > summary', { hasText: 'Advanced' });
  if ((await advanced.count()) > 0) await advanced.click();
  for (const [label, value] of Object.entries(typed)) {
    const found = field(form, label);
    // A secret that is kept is replaced, never shown.
    if (!(await found.isVisible())) await found.locator('xpath=ancestor::details[@class="secret"]/summary').click();
    if ((await found.locator('option').count()) > 0) await found.selectOption(value);
    else await found.fill(value);
  }
}

/** Four pictures for eyes when SHOTS names a folder: wide and narrow, light and dark. */
export async function pictures(page: Page, name: string): Promise<void> {
  if (!process.env['SHOTS']) return;
  const { width = 1280, height = 800 } = page.viewportSize() ?? {};
  for (const narrow of [false, true]) {
    await page.setViewportSize(narrow ? { width: 390, height: 844 } : { width: 1280, height: 800 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await picture(page, `${name}-${narrow ? 390 : 1280}-${colorScheme}`);
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width, height });
}
