/** The doctor, the list of channels and “Register endpoint”, against the emulator. */
import t, { type Test } from 'tap';
import type { CheckLine, Json } from '#plugin';
import { startEmulator } from './emulator.ts';
import { contextFor } from './fixtures.ts';
import channel from './index.ts';
import type { Settings } from './settings.ts';
import { texts } from './texts/index.ts';

const ids = Array.from({ length: 60 }, (_, at) => `b3a2ee0b-0000-4000-8000-${String(at).padStart(12, '0')}`);
const [first = ''] = ids;
const ours = 'https://bot.example.test/webhooks/key';

async function started(t: Test) {
  const emulator = await startEmulator({ accessToken: 'tok_emulated_0001', channelIntegrationIds: ids });
  t.teardown(() => emulator.close());
  const settings: Settings = { ...emulator.settings, channelIntegrationIds: [first] };
  return { emulator, settings };
}

async function check(t: Test, settings: Settings, parts: { now?: () => number; store?: Map<string, Json> } = {}): Promise<Record<string, CheckLine>> {
  const lines = (await channel.check?.(contextFor(t, channel, settings, parts))) ?? [];
  const states = lines.map(({ state }) => ['broken', 'doubtful', 'not-yet', 'ok'].indexOf(state));
  t.same(states, states.toSorted((one, other) => one - other), 'what is broken comes first');
  for (const { said, mend } of lines) for (const key of [said, mend ?? said]) t.ok(key in texts.en, `${key} is worded`);
  return Object.fromEntries(lines.map((line) => [line.what, line]));
}

t.test('of a sound connection the doctor says what it saw', async (t) => {
  const { emulator, settings } = await started(t);
  await channel.subscribe?.set(contextFor(t, channel, settings));
  const lines = await check(t, settings);
  t.match(lines, { credentials: { state: 'ok' }, organization: { state: 'ok' }, [`number ${first}`]: { state: 'ok', params: { name: 'Emulated 1, 628110000001' } }, subscription: { state: 'ok' } });
  t.notOk('templates' in lines, 'what core says of templates is not said twice');
  t.equal(lines[`number ${ids[1]}`], undefined, 'only the channels that were named are looked at');
  t.notMatch(emulator.requests.map(({ verdict }) => verdict), ['404']);
});

t.test('wrong credentials are named beside their field, in Qontak’s words', async (t) => {
  const { emulator, settings } = await started(t);
  t.match((await check(t, { ...settings, accessToken: 'tok_wrong' }))['credentials'], { state: 'broken', field: 'accessToken', answered: 'HTTP 401: Unauthorized', said: 'doctor.refused' });
  const { accessToken: _, ...unset } = settings;
  t.match((await check(t, unset))['credentials'], { state: 'broken', field: 'accessToken', said: 'doctor.missing.accessToken' });
  const mekari: Settings = { ...unset, auth: 'hmac', clientId: 'emulated-client', clientSecret: 'wrong', apiBaseUrl: `${emulator.url}/qontak/chat/v1` };
  t.match((await check(t, mekari))['credentials'], { state: 'broken', field: 'clientSecret', said: 'doctor.refused', answered: /does not match/ });
});

t.test('a clock that is wrong is told from a secret that is wrong', async (t) => {
  const { emulator, settings } = await started(t);
  const mekari: Settings = { ...settings, auth: 'hmac', clientId: 'emulated-client', clientSecret: 'emulated-client-secret', apiBaseUrl: `${emulator.url}/qontak/chat/v1` };
  t.match((await check(t, mekari))['credentials'], { state: 'ok' });
  const { credentials } = await check(t, mekari, { now: () => Date.now() - 3_600_000 });
  t.match(credentials, { state: 'broken', said: 'doctor.clock' });
  t.ok(Math.abs(Number(credentials?.params?.['seconds']) - 3600) < 5);
});

t.test('a missing scope, another address and silence are told apart', async (t) => {
  const { emulator, settings } = await started(t);
  emulator.faults.add({ kind: 'error', status: 403, on: 'any', next: 3 });
  const forbidden = await check(t, settings);
  for (const what of ['credentials', 'subscription', 'templates']) t.match(forbidden[what], { state: 'broken', said: 'doctor.forbidden' }, what);
  t.match((await check(t, { ...settings, apiBaseUrl: `${emulator.url}/elsewhere` }))['credentials'], { state: 'broken', said: 'doctor.address', field: 'apiBaseUrl' });
  t.match((await check(t, { ...settings, apiBaseUrl: 'http://127.0.0.1:1' }))['credentials'], { state: 'doubtful', said: 'doctor.silent' });
});

t.test('another organization, and a channel that is gone or switched off', async (t) => {
  const { emulator, settings } = await started(t);
  const id = emulator.account.organization;
  t.match((await check(t, { ...settings, organizationId: '00000000-0000-4000-8000-00000000dead' }))['organization'], { state: 'broken', field: 'organizationId', params: { id } });
  const { organizationId: _, ...unset } = settings;
  t.match((await check(t, unset))['organization'], { state: 'not-yet', params: { id } });
  const gone = '00000000-0000-4000-8000-00000000dead';
  t.match((await check(t, { ...settings, channelIntegrationIds: [gone] }))[`number ${gone}`], { state: 'broken', field: 'channelIntegrationIds' });
  const [one] = emulator.account.integrations;
  if (one) one.active = false;
  t.match((await check(t, settings))[`number ${first}`], { state: 'broken', said: 'doctor.number.inactive' });
  emulator.account.integrations.length = 0;
  t.match((await check(t, settings))['numbers'], { state: 'not-yet' });
});

t.test('sending as a user without its id is doubtful', async (t) => {
  const { settings } = await started(t);
  t.match((await check(t, { ...settings, sendAs: 'user' }))['sender'], { state: 'doubtful', field: 'ownSenderId' });
});

t.test('the list has every WhatsApp channel with its number, over all pages, and no other', async (t) => {
  const { settings } = await started(t);
  const offered = (await channel.numbers?.(contextFor(t, channel, settings))) ?? [];
  t.equal(offered.length, 60);
  t.match(offered[0], { account: first, title: 'Emulated 1', phone: '628110000001' });
  t.match(JSON.stringify(offered), /^(?!.*(authorization|opaque))/, 'nothing of a channel’s settings but name and number');
});

t.test('registering the endpoint reads first, keeps what was there, and puts it back', async (t) => {
  const { emulator, settings } = await started(t);
  const ctx = contextFor(t, channel, settings, { store: new Map() });
  const { subscribe } = channel;
  t.same(await subscribe?.read(ctx), { state: 'none' });
  t.match((await check(t, settings))['subscription'], { state: 'broken', said: 'doctor.subscription.none' });

  const theirs = 'https://other.example.test/hooks/its-only-secret';
  Object.assign(emulator.account.interactions, { url: theirs, on: { receive_message_from_customer: true, status_message: true } });
  t.same(await subscribe?.read(ctx), { state: 'other', url: theirs });
  const { subscription } = await check(t, settings);
  t.match(subscription, { state: 'broken', said: 'doctor.subscription.other', params: { url: 'https://other.example.test' } });

  await subscribe?.set(ctx);
  t.same(await subscribe?.read(ctx), { state: 'ours', url: ours });
  t.same(emulator.account.interactions.on, { receive_message_from_customer: true, receive_message_from_agent: true, status_message: true, broadcast_log_status: true, room_resolved: true });
  await subscribe?.set(ctx);

  await subscribe?.clear?.(ctx);
  t.same(await subscribe?.read(ctx), { state: 'other', url: theirs }, 'also after it was registered twice');
  t.match(emulator.account.interactions.on, { receive_message_from_customer: true, receive_message_from_agent: false, status_message: true, broadcast_log_status: false, room_resolved: false });
  await subscribe?.clear?.(ctx);
  t.same(await subscribe?.read(ctx), { state: 'other', url: theirs }, 'what is not ours is left alone');
});

t.test('an address of ours from before its secret was made anew is not what stood there before, and is taken away too', async (t) => {
  const { emulator, settings } = await started(t);
  const theirs = 'https://other.example.test/hooks/its-only-secret';
  const store = new Map();
  const under = (url: string) => ({ ...contextFor(t, channel, settings, { store }), callbackUrl: () => url });
  const newer = 'https://bot.example.test/webhooks/a-second-secret';
  Object.assign(emulator.account.interactions, { url: theirs, on: { receive_message_from_customer: true } });
  await channel.subscribe?.set(under(ours));
  await channel.subscribe?.set(under(newer));
  t.same(emulator.account.interactions.url, newer);
  await channel.subscribe?.clear?.(under('https://bot.example.test/webhooks/a-third-secret'));
  t.same(emulator.account.interactions.url, theirs, 'what really stood there, though the secret was made anew once more');
  t.match(emulator.account.interactions.on, { receive_message_from_customer: true, status_message: false });
});

t.test('an endpoint that hears only part of it is doubtful', async (t) => {
  const { emulator, settings } = await started(t);
  Object.assign(emulator.account.interactions, { url: ours, on: { receive_message_from_customer: true, status_message: true } });
  t.match((await check(t, settings))['subscription'], { state: 'doubtful', params: { events: 'receive_message_from_agent, broadcast_log_status' } });
});

t.test('with nothing there before, taking it away switches it off', async (t) => {
  const { emulator, settings } = await started(t);
  const ctx = contextFor(t, channel, settings);
  await channel.subscribe?.set(ctx);
  await channel.subscribe?.clear?.(ctx);
  t.same(await channel.subscribe?.read(ctx), { state: 'none' });
  t.match(emulator.account.interactions.on, { receive_message_from_customer: false });
});

t.test('where resolved rooms cannot be reported, messages are registered all the same', async (t) => {
  const { emulator, settings } = await started(t);
  const ctx = contextFor(t, channel, settings);
  const fetch: typeof ctx.fetch = async (url, init) => {
    if (url.endsWith('/room_interactions')) emulator.faults.add({ kind: 'error', status: 404, on: 'any' });
    return await ctx.fetch(url, init);
  };
  await channel.subscribe?.set({ ...ctx, fetch });
  t.same(await channel.subscribe?.read(ctx), { state: 'ours', url: ours });
});
