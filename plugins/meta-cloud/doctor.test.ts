/** The doctor, the list of numbers and the subscription, against the emulator. */
import t from 'tap';
import type { CheckLine } from '#plugin';
import { receiver } from '../../test/far-end.ts';
import { startEmulator } from './emulator.ts';
import { contextFor, inWords, type TestContext } from './fixtures.ts';
import channel from './index.ts';
import type { Settings } from './settings.ts';

const ids = Array.from({ length: 130 }, (_, at) => String(108_100_000_000_001 + at));
const emulator = await startEmulator({ appSecret: 'emulated-app-secret', accessToken: 'EAAemulatedemulatedemulated', verifyToken: 'emulated-verify-token', phoneNumberIds: ids });
t.teardown(() => emulator.close());
const settings = { ...emulator.settings, phoneNumberIds: ids.slice(0, 1) };

const check = async (ctx: TestContext): Promise<CheckLine[]> => ((await channel.check?.(ctx)) ?? []).map(inWords);
/** The settings without some of them, as a form leaves them. */
function without(...names: (keyof Settings)[]): TestContext {
  const ctx = contextFor(settings);
  for (const name of names) delete ctx.settings[name];
  return ctx;
}
/** The lines by what they are about. */
const byWhat = (lines: CheckLine[]) => Object.fromEntries(lines.map((line) => [line.what, line]));

t.test('of a sound connection the doctor says what it saw', async (t) => {
  const lines = byWhat(await check(contextFor(settings)));
  t.match(lines['token'], { state: 'ok' });
  t.match(lines['app-secret'], { state: 'ok' });
  t.match(lines['token-scopes'], { state: 'ok' });
  t.match(lines[`number ${ids[0]}`], { state: 'ok', said: /connected, quality GREEN; it may begin conversations with 1K people/ });
  t.match(lines['subscription'], { state: 'doubtful', said: /does not show where/ });
  t.equal(lines[`number ${ids[1]}`], undefined, 'only the numbers that were named are looked at');
});

t.test('a dead token is named beside its field, in Meta’s words, and comes first', async (t) => {
  const lines = await check(contextFor({ ...settings, accessToken: 'EAAdeaddeaddeaddeaddead' }));
  t.match(lines[0], { state: 'broken' });
  t.match(byWhat(lines)['token'], { state: 'broken', said: /does not accept the access token \(error 190\)/, answered: /session has expired/, mend: /new token/, field: 'accessToken' });
  t.match(byWhat(lines)['token-life'], { state: 'broken', field: 'accessToken' });
  const states = lines.map(({ state }) => state);
  t.same(states, [...states].sort((one, other) => ['broken', 'doubtful', 'not-yet', 'ok'].indexOf(one) - ['broken', 'doubtful', 'not-yet', 'ok'].indexOf(other)));
});

t.test('a wrong app secret shows at once where the app is known, else with the first webhook', async (t) => {
  t.match(byWhat(await check(contextFor({ ...settings, appSecret: 'not-the-app-secret' })))['app-secret'], { state: 'broken', field: 'appSecret' });
  t.match(byWhat(await check(without('appId')))['app-secret'], { state: 'not-yet', field: 'appId' });
});

t.test('a number that does not exist, or is not this account’s, is named', async (t) => {
  const wrong = contextFor({ ...settings, phoneNumberIds: ['999999999999999'] });
  t.match(byWhat(await check(wrong))['number 999999999999999'], { state: 'broken', field: 'phoneNumberIds' });
  delete wrong.settings.businessAccountId;
  t.match(byWhat(await check(wrong))['token'], { state: 'broken', said: /100/, field: 'phoneNumberIds' });
  t.match(byWhat(await check(contextFor({ ...settings, businessAccountId: '999999999999999' })))['token'], { state: 'broken', field: 'businessAccountId' });
});

t.test('with neither account nor number the token is asked who it is', async (t) => {
  const ctx = without('businessAccountId', 'phoneNumberIds');
  const lines = byWhat(await check(ctx));
  t.match(lines['token'], { state: 'ok', said: /Emulated system user/ });
  t.match(lines['subscription'], { state: 'not-yet', field: 'businessAccountId' });
  t.ok(ctx.calls.some(({ url }) => url.endsWith('/v23.0/me')));
});

t.test('a base URL that is not Meta’s is said to be the fault', async (t) => {
  const shop = await receiver(t, () => ({ status: 404, body: '<html>not here</html>' }));
  const lines = byWhat(await check(contextFor({ ...settings, apiBaseUrl: new URL(shop.url).origin })));
  t.match(lines['token'], { state: 'broken', said: /404/, field: 'apiBaseUrl' });
});

t.test('where nobody answers the doctor doubts and does not fail', async (t) => {
  const lines = await check(contextFor({ ...settings, apiBaseUrl: 'http://127.0.0.1:9' }));
  t.ok(lines.length >= 3);
  t.ok(lines.every(({ state }) => state === 'doubtful'));
});

t.test('the token travels as a bearer, and in an address only where it is what is asked about', async (t) => {
  const ctx = contextFor(settings);
  await check(ctx);
  t.ok(ctx.calls.every(({ authorization }) => authorization?.startsWith('Bearer ')));
  const named = ctx.calls.filter(({ url }) => url.includes(settings.accessToken));
  t.same(named.map(({ url }) => new URL(url).pathname), ['/v23.0/debug_token']);
  t.ok(ctx.calls.every(({ url }) => !url.includes(settings.appSecret)));
});

t.test('all numbers of the account are offered, page by page', async (t) => {
  const ctx = contextFor(settings);
  const offered = (await channel.numbers?.(ctx)) ?? [];
  t.same(offered.map(({ account }) => account), ids);
  t.match(offered[0], { title: 'Emulated 1', phone: /^\+62/ });
  t.equal(ctx.calls.length, 2);
  t.ok(ctx.calls.every(({ url }) => url.startsWith(emulator.url)), 'the address of the next page is not Meta’s to choose');
});

t.test('without an account the numbers that were typed are looked up, and without both none are offered', async (t) => {
  const typed = without('businessAccountId');
  t.same((await channel.numbers?.(typed))?.map(({ account }) => account), ids.slice(0, 1));
  t.same(await channel.numbers?.(without('businessAccountId', 'phoneNumberIds')), []);
  await t.rejects(Promise.resolve(channel.numbers?.(contextFor({ ...settings, accessToken: 'EAAdeaddeaddeaddeaddead' }))), /Meta refused \(190\)/);
});

t.test('subscribing sends this account’s events here, after a handshake; unsubscribing takes only that away', async (t) => {
  const own = await receiver(t, ({ url, method }) => {
    const asked = new URL(url, 'http://localhost').searchParams;
    const known = method === 'GET' && asked.get('hub.verify_token') === 'emulated-verify-token';
    return method === 'POST' ? 200 : known ? { status: 200, body: asked.get('hub.challenge') ?? '' } : 403;
  });
  const ctx = contextFor(settings);
  ctx.callbackUrl = () => own.url;
  t.equal((await channel.subscribe?.read(ctx))?.state, 'other', 'nobody knows yet where they go');
  await channel.subscribe?.set(ctx);
  t.same(await channel.subscribe?.read(ctx), { state: 'ours', url: own.url });
  t.match(byWhat(await check(ctx))['subscription'], { state: 'ok' });
  await emulator.customer.write({ from: '628120000002', text: 'Halo' });
  t.equal(own.received.filter(({ method }) => method === 'POST').length, 1);

  const elsewhere = contextFor(settings);
  t.same(await channel.subscribe?.read(elsewhere), { state: 'other', url: own.url });
  t.match(byWhat(await check(elsewhere))['subscription'], { state: 'broken', said: new RegExp(own.url) });
  await channel.subscribe?.clear?.(elsewhere);
  t.equal((await channel.subscribe?.read(ctx))?.state, 'ours', 'another installation’s subscription stays');
  await channel.subscribe?.clear?.(ctx);
  t.not((await channel.subscribe?.read(ctx))?.state, 'ours');
});

t.test('a callback that does not answer the handshake is told in Meta’s words', async (t) => {
  const deaf = await receiver(t, () => 403);
  const ctx = contextFor(settings);
  ctx.callbackUrl = () => deaf.url;
  await t.rejects(Promise.resolve(channel.subscribe?.set(ctx)), /Meta refused \(2200\)/);
  await t.rejects(Promise.resolve(channel.subscribe?.set(without('businessAccountId'))), /needs the Business account ID/);
});
