/** Signing in with Meta and registering numbers: our side whole, against the emulator. It was not run against Meta. */
import t from 'tap';
import { type Json } from '#plugin';
import { startEmulator } from './emulator.ts';
import { contextFor, inWords } from './fixtures.ts';
import channel from './index.ts';
import { SignInFailed } from './sign-in.ts';
import { texts } from './texts/index.ts';

const number = '108100000000001';
const account = '102000000000001';
const other = '102000000000002';
const emulator = await startEmulator({ appSecret: 'emulated-app-secret', accessToken: 'EAAemulatedemulatedemulated', otherAccounts: { [other]: ['108200000000001', '108200000000002'], '102000000000003': [] } });
t.teardown(() => emulator.close());

const { signIn, register } = channel;
if (!signIn || !register) throw new Error('The channel has no sign-in.');
const server = { META_APP_ID: emulator.settings.appId, META_APP_SECRET: emulator.settings.appSecret, META_CONFIG_ID: '880000000000001' };
const ctx = contextFor(emulator.settings);

type Granted = Parameters<typeof emulator.signIn>[0];
const session = (event: string, data: object = {}) => JSON.stringify({ type: 'WA_EMBEDDED_SIGNUP', event, data });
const finished = (data: object = { waba_id: account, phone_number_id: number, business_id: '272000000000001' }) => session('FINISH', data);
const finish = (input: Json, env: Record<string, string | undefined> = server, context = ctx) => signIn.finish(input, env, context);
const signedIn = (granted: Granted = { accounts: [account] }, more: Record<string, Json> = { session: finished() }) => finish({ code: emulator.signIn(granted), ...more });

async function failure(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'nothing';
  } catch (error) {
    if (!(error instanceof SignInFailed)) throw error;
    for (const words of Object.values(texts)) if (!Object.hasOwn(words, error.problem)) throw new Error(`${error.problem} is not worded`, { cause: error });
    if (/\{\{/.test(error.message)) throw new Error('a place is left open', { cause: error });
    return error.problem;
  }
}

t.test('it is offered only where the server has all three values, and the page learns nothing secret', async (t) => {
  t.equal(signIn.missing(server), undefined);
  t.match(signIn.missing({}), /META_APP_ID, META_APP_SECRET, META_CONFIG_ID/);
  t.match(signIn.missing({ ...server, META_CONFIG_ID: ' ' }), /META_CONFIG_ID/);
  t.notMatch(JSON.stringify(signIn.page(server)), /emulated-app-secret/);
  t.match(signIn.page(server), { appId: emulator.settings.appId, configId: '880000000000001', version: /^v\d+\.\d+$/ });
  t.same(signIn.origins.script, ['https://connect.facebook.net']);
});

t.test('a code becomes the settings of a connection, with everything looked up at Meta', async (t) => {
  const { settings, accounts, lines } = await signedIn();
  t.same(accounts, [number]);
  t.match(settings, { accessToken: /^EAA[0-9a-f]{48}$/, appSecret: 'emulated-app-secret', appId: emulator.settings.appId, businessAccountId: account, phoneNumberIds: [number], verifyToken: /^.{8,}$/, messagesPerSecond: 80 });
  t.match(lines?.map(inWords), [{ what: 'token-life', state: 'ok' }, { what: 'token-scopes', state: 'ok' }, { what: `number ${number}`, state: 'ok' }]);
  const check = await channel.check?.(contextFor(settings));
  t.ok(check?.every(({ state }) => state !== 'broken'), 'and the doctor is content with them');
  t.ok(ctx.calls.some(({ url }) => url.includes('/oauth/access_token?')));
  t.equal(ctx.calls.find(({ url }) => url.includes('/oauth/access_token?'))?.authorization, undefined, 'the exchange goes without a token');
});

t.test('without ids from the browser, or with the event as an object, they are found all the same', async (t) => {
  t.match(await signedIn({ accounts: [account] }, {}), { accounts: [number] });
  t.match(await signedIn({ accounts: [account] }, { session: { type: 'WA_EMBEDDED_SIGNUP', event: 'FINISH', data: { waba_id: account } } }), { accounts: [number] });
  t.match(await signedIn({ accounts: [account] }, { session: 'not json' }), { accounts: [number] });
  t.match(await signedIn({ accounts: [account] }, { session: session('FINISH_IN_ANOTHER_WAY', { waba_id: account }) }), { accounts: [number] }, 'an event of the future is no obstacle');
  t.match(await signedIn({ accounts: [account], targets: 'none' }), { accounts: [number] }, 'a token that is not narrowed to accounts is looked at with the hint');
  t.match(await signedIn({ accounts: [account], targets: 'renamed' }, {}), { accounts: [number] }, 'a scope of another name is no gate');
  t.match(await signedIn({ accounts: [account], targets: 'numbers' }, {}), { accounts: [number] }, 'ids may be numbers');
  t.equal(await failure(signedIn({ accounts: [account], targets: 'none' }, {})), 'signIn.noAccount');
});

t.test('a token with an end is warned of', async (t) => {
  const { lines } = await signedIn({ accounts: [account], expiresAt: Math.floor(Date.now() / 1000) + 3600 });
  t.match(lines?.find(({ what }) => what === 'token-life'), { state: 'doubtful', said: 'doctor.token.ending' });
});

t.test('what the browser says is believed only where Meta’s token says it too', async (t) => {
  t.equal(await failure(signedIn({ accounts: [account] }, { session: finished({ waba_id: other, phone_number_id: '108200000000001' }) })), 'signIn.otherAccount');
  t.equal(await failure(signedIn({ accounts: [account] }, { session: finished({ waba_id: '../me' }) })), 'signIn.otherAccount');
  t.equal(await failure(signedIn({ accounts: [account] }, { session: finished({ waba_id: account, phone_number_id: '108200000000001' }) })), 'signIn.otherNumber');
  t.equal(await failure(signedIn({ accounts: [account], targets: 'none' }, { session: finished({ waba_id: other }) })), 'signIn.noAccess');
});

t.test('of several accounts the first is taken and the others are named; of several numbers none', async (t) => {
  const { settings, accounts, lines } = await signedIn({ accounts: [other, account] }, {});
  t.same([settings, accounts].map((one) => (Array.isArray(one) ? one : (one as { businessAccountId: string }).businessAccountId)), [other, []]);
  const said = lines?.map(inWords).map((line) => `${line.state} ${line.said}`).join('\n');
  t.match(said, /doubtful Connected to business account 102000000000002\. The sign-in also shared 102000000000001\./);
  t.match(said, /not-yet The business account has 2 numbers/);
  t.match((await signedIn({ accounts: ['102000000000003'] }, {})).lines, [{}, {}, { what: 'numbers', state: 'not-yet' }]);
});

t.test('a number that is not registered is registered with the PIN that was given, never with another', async (t) => {
  const fresh = '108200000000001';
  emulator.change(fresh, { status: 'PENDING' });
  const chosen = { session: finished({ waba_id: other, phone_number_id: fresh }) };
  t.match((await signedIn({ accounts: [other] }, chosen)).lines?.at(-1), { what: `number ${fresh}`, state: 'doubtful', said: 'doctor.number.unregistered' });
  t.match((await signedIn({ accounts: [other] }, { ...chosen, pin: '123456' })).lines?.at(-1), { state: 'ok', said: 'register.ok' });
  emulator.change(fresh, { status: 'PENDING' });
  const wrong = await signedIn({ accounts: [other] }, { ...chosen, pin: '654321' });
  t.match(wrong.lines?.map(inWords).at(-1), { state: 'broken', said: /has another/, mend: /Two-step verification/ });
  t.same(wrong.accounts, [fresh], 'the sign-in itself succeeded');
});

t.test('a number that stays in the phone’s app is not registered, and sends more slowly', async (t) => {
  emulator.change('108200000000002', { onPhone: true });
  const before = ctx.calls.length;
  const { settings, accounts } = await signedIn({ accounts: [other] }, { session: session('FINISH_WHATSAPP_BUSINESS_APP_ONBOARDING', { waba_id: other, phone_number_id: '108200000000002' }), pin: '123456' });
  t.match([settings, accounts], [{ messagesPerSecond: 20 }, ['108200000000002']]);
  t.notOk(ctx.calls.slice(before).some(({ url }) => url.includes('/register')));
});

t.test('whatever ends it early is told in words', async (t) => {
  t.equal(await failure(finish({ session: session('CANCEL', { current_step: 'PHONE_NUMBER_SETUP' }) })), 'signIn.cancelled');
  t.equal(await failure(finish(null)), 'signIn.cancelled');
  for (const event of ['CANCEL', 'ERROR']) {
    await t.rejects(finish({ code: emulator.signIn(), session: session(event, { error_message: 'Number is in use', session_id: 'f34b' }) }), { problem: 'signIn.reported', message: /Number is in use.*f34b/ });
  }
  t.equal(await failure(finish({ code: emulator.signIn(), session: session('FINISH_OBO_MIGRATION') })), 'signIn.notSupported');
  t.equal(await failure(finish({ code: 'x' }, {})), 'signIn.notConfigured');
});

t.test('a code is good once, for thirty seconds, for this app and this address', async (t) => {
  const code = emulator.signIn({ accounts: [account] });
  await finish({ code, session: finished() });
  t.equal(await failure(finish({ code, session: finished() })), 'signIn.codeUsed');
  t.equal(await failure(signedIn({ accounts: [account], at: Date.now() - 31_000 })), 'signIn.codeUsed');
  t.equal(await failure(finish({ code: 'made-up' })), 'signIn.codeUsed');
  t.equal(await failure(finish({ code: 'x'.repeat(5000) })), 'signIn.codeUsed');
  const redirectUri = 'https://bot.example.test/sign-in/meta-cloud';
  t.equal(await failure(signedIn({ accounts: [account], redirectUri })), 'signIn.codeUsed', 'the address must be repeated');
  t.match(await signedIn({ accounts: [account], redirectUri }, { redirectUri, session: finished() }), { accounts: [number] });
  t.equal(await failure(finish({ code: emulator.signIn() }, { ...server, META_APP_SECRET: 'not-the-secret' })), 'signIn.secret');
  t.equal(await failure(signedIn({ accounts: [account], revoked: true })), 'signIn.token');
  t.equal(await failure(signedIn({ accounts: [account], app: '670000000000009' })), 'signIn.inspect');
});

t.test('the app is subscribed to the account, or the sign-in fails', async (t) => {
  const call = (method: 'GET' | 'DELETE') => ctx.fetch(`${emulator.url}/v23.0/${account}/subscribed_apps`, { method, headers: { authorization: `Bearer ${emulator.settings.accessToken}` } });
  await call('DELETE');
  await signedIn();
  t.match((await call('GET')).json(), { data: [{ whatsapp_business_api_data: { id: emulator.settings.appId } }] });
  const own = contextFor(emulator.settings);
  const { fetch } = own;
  own.fetch = async (url, init) => (url.includes('/subscribed_apps') ? await fetch(url.replace('/subscribed_apps', '/nothing'), init) : await fetch(url, init));
  t.equal(await failure(finish({ code: emulator.signIn({ accounts: [account] }), session: finished() }, server, own)), 'signIn.subscribe');
});

t.test('neither the code nor the secret nor the token stands in what is thrown or logged', async (t) => {
  const logged: string[] = [];
  const own = contextFor(emulator.settings);
  const log = (what: object, message: string) => logged.push(`${message} ${JSON.stringify(what)}`);
  own.log = { debug: log, info: log, warn: log, error: log };
  for (const granted of [{ accounts: [account], at: 0 }, { accounts: [account], revoked: true }, { accounts: ['102000000000009'] }, { accounts: [account], app: '1' }] as Granted[]) {
    const code = emulator.signIn(granted);
    const said = await finish({ code, session: finished() }, server, own).then(() => '', (error: unknown) => (error instanceof Error ? `${error.message} ${error.stack} ${JSON.stringify(error)}` : ''));
    t.not(said, '');
    for (const secret of [code, 'emulated-app-secret', 'EAA']) t.notOk(`${said} ${logged.join(' ')}`.includes(secret), secret);
  }
});

t.test('registering says what became of it, and is one call that is never repeated', async (t) => {
  const fresh = '108200000000001';
  const own = contextFor(emulator.settings);
  const line = async (pin: string) => inWords(await register(fresh, pin, own));
  emulator.change(fresh, { status: 'PENDING', tries: [], pin: '111111' });
  const before = own.calls.length;
  for (const typed of ['', '12345', '1234567', 'abcdef', '12345６']) t.match(await line(typed), { state: 'broken', said: /six digits/ });
  t.equal(own.calls.length, before, 'what is no PIN is not asked about');
  t.match(await line('222222'), { what: `number ${fresh}`, state: 'broken', said: /has another/, answered: /PIN mismatch/ });
  t.match(await line('111111'), { state: 'ok' });
  emulator.change(fresh, { verified: false });
  t.match(await line('111111'), { state: 'broken', said: /must be verified/ });
  emulator.change(fresh, { tries: Array.from({ length: 10 }, () => Date.now()) });
  t.match(await line('111111'), { state: 'broken', said: /ten times in 72 hours/ });
  emulator.faults.add({ kind: 'hang', on: 'any' });
  own.expect({ kind: 'hang' });
  const calls = own.calls.length;
  t.match(await line('111111'), { state: 'doubtful', said: /nobody knows/ });
  own.expect();
  t.equal(own.calls.length, calls + 1);
  for (const [code, said] of [[133008, /too often/], [133009, /too quickly/], [133015, /deleted/], [999, /error 999/]] as const) {
    emulator.faults.add({ kind: 'error', code, on: 'any' });
    t.match(await line('111111'), { state: 'broken', said });
  }
});
