/**
 * Numbers that a provider does not let anybody connect: bad credentials and wrong accounts, each typed into the form against the
 * emulator, read, mended in the same form, and connected.
 */
import t from 'tap';
import type { Locator } from 'playwright-core';
import { app, type Channel, field, fillConnect, ids, pictures, retype, startProviders, tokens, type Typed } from './providers.ts';
import { drawn, openProduct, setUp } from './switchboard.ts';

const { origins, right } = await startProviders(t);
const { url, browser } = await openProduct(t, { ALLOWED_ORIGINS: origins });
// A form that is refused answers 422, and the browser writes a line of its own about that.
const page = await browser.newPage({ baseURL: url, allow: [/status of 422/] });
await setUp(page);

interface Wrong {
  /** What is wrong: it ends “… is refused”. */
  what: string;
  typed: Typed;
  /** The banner: the provider's own words, or ours where it was not the provider who found it. */
  banner: string;
  /** The label of the field that is marked, and what stands under it. */
  marked: string;
  mend: string;
  /** Another that may be the wrong one as well. */
  also?: { marked: string; mend: string };
}

const notMeta = (id: string) => `Unsupported request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation.`;
const copySid = 'Twilio does not accept the credentials. Copy SID and token again, both of the same account and region.';
/** Twilio refuses a wrong SID and a wrong token in the same words. */
const eitherSid = { marked: 'Account SID', mend: 'The Account SID or the auth token is wrong; Twilio does not say which. Compare the Account SID with the start page of the console.' };

const wrongs: Record<Channel, Wrong[]> = {
  'Meta Cloud': [
    {
      what: 'an access token of nobody', typed: { 'Access token': 'EAAWrongTokenOfSomebody' },
      banner: '(#190) Error validating access token: the session has expired',
      marked: 'Access token', mend: 'Meta does not accept the access token (error 190). Generate a new token for the system user and paste it here.',
    },
    {
      what: 'the token of another business account', typed: { 'Access token': tokens.metaOfOthers },
      banner: '(#200) You do not have the necessary permissions to send messages on behalf of this WhatsApp Business Account',
      marked: 'Access token', mend: 'Asked for the phone numbers of the business account, Meta refused (error 200). Give the system user both whatsapp_business permissions and access to this account.',
    },
    {
      what: 'a business account that the token does not see', typed: { 'Business account ID': '102000000000077' },
      banner: notMeta('102000000000077'),
      marked: 'Business account ID', mend: 'Asked for the phone numbers of the business account, Meta refused (error 100). Compare the ID with WhatsApp › API Setup, and give the system user access to it.',
    },
    {
      what: 'the number of another business account', typed: { 'Phone number ID': ids.metaOfOthers },
      banner: `The business account has no phone number with the ID ${ids.metaOfOthers}.`,
      marked: 'Phone number ID', mend: `It has ${ids.meta} (+62 811-0000001), ${ids.metaSecond} (+62 811-0000002). The ID stands under WhatsApp › API Setup and is not the phone number itself.`,
    },
    {
      what: 'without a business account, a number that the token does not see', typed: { 'Phone number ID': ids.metaOfOthers, 'Business account ID': '' },
      banner: notMeta(ids.metaOfOthers),
      marked: 'Phone number ID', mend: `Asked for the phone number ${ids.metaOfOthers}, Meta refused (error 100). Compare the ID with WhatsApp › API Setup, and give the system user access to it.`,
    },
    {
      what: 'the secret of another app', typed: { 'App ID': ids.metaApp, 'App secret': 'the-secret-of-another-app' },
      banner: 'You must provide an app access token.',
      marked: 'App secret', mend: 'Asked in the app’s name what the token may do, Meta refused (error 100). Compare App ID and app secret with App settings › Basic. The token must be of the same app.',
    },
  ],
  Twilio: [
    { what: 'a wrong auth token', typed: { 'Auth token': 'ffffffffffffffffffffffffffffffff' }, banner: 'Authenticate (error 20003)', marked: 'Auth token', mend: copySid, also: eitherSid },
    { what: 'the SID of another account', typed: { 'Account SID': 'AC00000000000000000000000000000009' }, banner: 'Authenticate (error 20003)', marked: 'Auth token', mend: copySid, also: eitherSid },
    {
      what: 'an API key of nobody', typed: { 'API key SID': 'SK00000000000000000000000000000001', 'API key secret': 'nobodys-secret' },
      banner: 'Authenticate (error 20003)',
      marked: 'API key secret', mend: 'Twilio does not accept the credentials. Copy the SID and the secret of the key again, both of the same account and region.',
    },
    {
      what: 'a Messaging Service of another account', typed: { 'Messaging Service SID': 'MG00000000000000000000000000000001' },
      banner: 'The requested resource was not found (error 20404)',
      marked: 'Messaging Service SID', mend: 'The senders of the Messaging Service could not be read. Compare the Messaging Service SID with Messaging › Services.',
    },
    {
      what: 'the sender of another account', typed: { Sender: 'whatsapp:+14155550199' },
      banner: 'The account has no WhatsApp sender +14155550199.',
      marked: 'Sender', mend: 'It has +14155550100, +14155550101. Another sender belongs to another account: see Messaging › Senders › WhatsApp senders.',
    },
  ],
  Qontak: [
    {
      what: 'a token of nobody', typed: { 'Access token': 'tok_of_nobody' },
      banner: 'HTTP 401: Unauthorized',
      marked: 'Access token', mend: 'Qontak does not accept the credentials. Copy the token again; a token of the older API ends after about a year.',
    },
    {
      what: 'a client secret that does not fit', typed: { Credentials: 'hmac', 'Client ID': 'emulated-client', 'Client secret': 'not-the-secret' },
      banner: 'HTTP 401: HMAC signature does not match',
      marked: 'Client secret', mend: 'Qontak does not accept the credentials. Compare client ID and client secret with developers.mekari.com, and the base URL with the kind of application (sandbox or live).',
    },
    {
      what: 'another organization than the token’s', typed: { 'Organization ID': '5c8521e5-0000-4000-8000-000000000009' },
      banner: `The credentials belong to organization ${ids.organization}, not to the one entered here. All its webhooks would be refused.`,
      marked: 'Organization ID', mend: 'Correct the organization ID, or use the credentials of that organization.',
    },
    {
      what: 'a channel of another organization', typed: { 'Channel integration ID': 'b3a2ee0b-0000-4000-8000-000000000009' },
      banner: 'The organization has no WhatsApp channel with the ID b3a2ee0b-0000-4000-8000-000000000009.',
      marked: 'Channel integration ID', mend: `It has ${ids.qontak} (Emulated 1, 628110000001); ${ids.qontakSecond} (Emulated 2, 628110000002). Copy the ID of the channel from here.`,
    },
  ],
  // Coster has no call that tests credentials: what else is wrong with them shows with the first message (revoked.test.ts).
  Coster: [
    {
      what: 'no account code', typed: { 'Account code': '' },
      banner: 'There is no account code, and the address of m2m needs it.',
      marked: 'Account code', mend: 'Copy it from your integration sheet, or choose bot.',
    },
  ],
};

for (const channel of ['Meta Cloud', 'Twilio', 'Qontak', 'Coster'] as const) {
  t.test(`${channel}: what is wrong is said beside its field, in the provider’s words, until the number can be connected`, async (t) => {
    const name = `${channel} line`;
    const dialog = await fillConnect(page, channel, name, right[channel]);
    for (const { what, typed, banner, marked, mend, also } of wrongs[channel]) {
      await retype(dialog, typed);
      // The banner of the one before may say the same.
      await drawn(page, () => connect(dialog));
      await dialog.locator('[data-refusal]').getByText(banner, { exact: true }).waitFor();
      t.equal(await faultOf(dialog, marked), mend, `${what} is refused`);
      if (also) t.equal(await faultOf(dialog, also.marked), also.mend);
      t.equal(await dialog.locator('[aria-invalid=true]').count(), also ? 2 : 1, 'and nothing else is marked');
      t.equal(await dialog.getByLabel('Display Name').inputValue(), name);
      t.match(await dialog.getByLabel('Assigned Agent').locator('option:checked').textContent(), /Welcome/);
      for (const [label, value] of Object.entries({ ...right[channel], ...typed })) {
        if (!/token|secret/i.test(label)) t.equal(await field(dialog, label).inputValue(), value, `${label} stands there as it was typed`);
      }
      await pictures(page, `refused-${what.replaceAll(/\W+/g, '-')}`);
      // Only what was wrong is typed again.
      await retype(dialog, Object.fromEntries(Object.keys(typed).map((label) => [label, Object.entries(right[channel]).find(([one]) => one === label)?.[1] ?? ''])));
    }
    await connect(dialog);
    await page.waitForURL('**/settings/channels/**');
    await page.locator('main').getByText('RUNNING').first().waitFor();
    await page.goto(`${app}/settings/channels`);
    t.equal(await page.locator('li.connection', { hasText: name }).count(), 1, 'and nothing was left behind by what was refused');
  });
}

async function connect(dialog: Locator): Promise<void> {
  await dialog.getByRole('button', { name: 'Connect Number' }).click();
}

async function faultOf(dialog: Locator, label: string): Promise<string> {
  const marked = field(dialog, label);
  if ((await marked.getAttribute('aria-invalid')) !== 'true') return `${label} is not marked`;
  return (await dialog.locator(`[id="${(await marked.getAttribute('id')) ?? ''}-error"]`).innerText()).trim();
}
