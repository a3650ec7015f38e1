/**
 * The browser's part of signing in with Meta, in a real browser under the policy of its page. Meta's script is ours here, with the
 * few things that it promises; against Meta itself this was not run.
 */
import t from 'tap';
import type { Page } from 'playwright-core';
import { defineChannel, Type } from '../../core/plugin/index.ts';
import metaCloud from '../../plugins/meta-cloud/index.ts';
import { startEmulator } from '../../plugins/meta-cloud/emulator.ts';
import notifications from '../../plugins/notifications/index.ts';
import rules from '../../plugins/rules/index.ts';
import simulator from '../../plugins/simulator/index.ts';
import { checkAccessibility, openBrowser, takeProblems } from '../browser.ts';
import { openOffice } from './office.ts';

const account = '102000000000001';
const meta = await startEmulator({ accessToken: 'EAAGoodTokenOfTheEmulator0001', appSecret: 'app-secret-of-the-emulator', phoneNumberIds: ['108100000000001'], businessAccountId: account });
t.teardown(() => meta.close());
const emulated = defineChannel({ ...metaCloud, settings: Type.Object({ ...metaCloud.settings.properties, apiBaseUrl: Type.String({ default: meta.url }) }) });
const signIn = { META_APP_ID: meta.settings.appId, META_APP_SECRET: 'app-secret-of-the-emulator', META_CONFIG_ID: '880000000000001' };
const office = await openOffice(t, { plugins: [simulator, rules, notifications, emulated], allowedOrigins: [meta.url], signIn });
const base = await office.app.listen({ port: 0, host: '127.0.0.1' });
t.teardown(() => office.app.server.closeAllConnections());
const browser = await openBrowser(t);

interface Acts {
  /** What the callback of `FB.login` brings. */
  code?: string;
  /** Messages to the window, before the callback or after it. */
  before?: { origin: string; data: unknown }[];
  after?: { origin: string; data: unknown }[];
}

/** Somebody signs in and asks for Meta's script. */
async function load(page: Page): Promise<void> {
  await page.goto('/login');
  await page.fill('input[name=email]', 'owner@example.test');
  await page.fill('input[name=password]', 'a horse on the line');
  await page.click('button.go');
  await page.waitForURL(/\/app\//);
  await page.goto(`${office.at}/whatsapp/connect/sign-in/meta-cloud`);
  await page.click('[data-load]');
}

/** A page that has loaded the script, which will do this. */
async function loaded(acts: Acts) {
  const page = await browser.newPage({ baseURL: base, allow: [/connect\.facebook\.net/] });
  await page.route('https://connect.facebook.net/**', (route) => route.fulfill({ contentType: 'text/javascript', headers: { 'access-control-allow-origin': '*' }, body: `
    const acts = ${JSON.stringify(acts)};
    const tell = (list = []) => { for (const { origin, data } of list) window.dispatchEvent(new MessageEvent('message', { origin, data })); };
    window.asked = [];
    window.FB = {
      init: (options) => window.asked.push(['init', options]),
      login: (done, options) => { window.asked.push(['login', options]); tell(acts.before); setTimeout(() => { done(acts.code ? { authResponse: { code: acts.code } } : { status: 'unknown', authResponse: null }); tell(acts.after); }, 20); },
    };
    window.fbAsyncInit();` }));
  await load(page);
  await page.waitForSelector('[data-login]:not([hidden])');
  return page;
}

const facebook = 'https://www.facebook.com';
const finish = { type: 'WA_EMBEDDED_SIGNUP', event: 'FINISH', data: { waba_id: account, phone_number_id: '108100000000001' } };
const connections = async () => (await office.ctx.workspace.connections.list(office.ids.tenant)).filter(({ plugin }) => plugin === 'meta-cloud');

t.test('whoever signs in lands on the new connection; the script is told the app and its login configuration, and nothing secret', async (t) => {
  const page = await loaded({ code: meta.signIn({ accounts: [account] }), before: [{ origin: facebook, data: 'not json' }, { origin: 'https://evilfacebook.com', data: JSON.stringify({ ...finish, data: { waba_id: '666' } }) }], after: [{ origin: facebook, data: JSON.stringify(finish) }] });
  t.strictSame(await checkAccessibility(page), []);
  await page.click('[data-login]');
  await page.waitForURL(/settings\/channels\/[0-9a-f-]{36}\?tab=doctor/);
  t.match(await page.textContent('h1'), /Meta Cloud/);
  t.match(await page.textContent('main'), /RUNNING/);
  t.equal((await connections()).length, 1);
  const asked = await loaded({});
  await asked.click('[data-login]');
  await asked.locator('[data-say]', { hasText: 'closed before' }).waitFor();
  const calls: string = await asked.evaluate('JSON.stringify(window.asked)');
  t.match(JSON.parse(calls), [['init', { appId: meta.settings.appId, version: /^v\d+/, xfbml: false }], ['login', { config_id: '880000000000001', response_type: 'code', override_default_response_type: true }]]);
  t.notMatch(await asked.content(), 'app-secret-of-the-emulator');
  t.equal((await connections()).length, 1, 'a window that was closed changes nothing');
});

t.test('without a word of the account the server finds it; what Meta reports is said', async (t) => {
  const page = await loaded({ code: meta.signIn({ accounts: [account] }) });
  await page.click('[data-login]');
  await page.waitForURL(/settings\/channels\/[0-9a-f-]{36}\?tab=doctor/, { timeout: 60_000 });
  const other = await loaded({ before: [{ origin: facebook, data: { type: 'WA_EMBEDDED_SIGNUP', event: 'CANCEL', data: { error_message: 'The number is in use.', session_id: 's-1' } } }] });
  await other.click('[data-login]');
  await other.waitForSelector('[role=alert]');
  t.match(await other.textContent('[role=alert]'), /The number is in use\./);
  t.match(takeProblems(other), [/422/], 'the browser’s own line about the refused form');
});

t.test('a script that is kept away is said, and credentials can be pasted instead', async () => {
  const page = await browser.newPage({ baseURL: base, allow: [/connect\.facebook\.net/, /ERR_FAILED/] });
  await page.route('https://connect.facebook.net/**', (route) => route.abort());
  await load(page);
  await page.locator('[data-say]', { hasText: 'could not be loaded' }).waitFor();
  await page.click('text=Paste credentials instead');
  await page.waitForURL(/connect\?way=plugin/);
});
