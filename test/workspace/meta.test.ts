/** The real Meta plugin against the emulated Graph API: what a person does who connects a number. */
import t from 'tap';
import meta from '../../plugins/meta-cloud/index.ts';
import { startEmulator } from '../../plugins/meta-cloud/emulator.ts';
import { onBoth } from './installation.ts';

const account = '108100000000001';
const businessAccountId = '102000000000001';
const emulator = await startEmulator({ appSecret: 'the-secret-of-the-app', accessToken: 'EAA-a-token-that-is-good', phoneNumberIds: [account], businessAccountId });
t.teardown(() => emulator.close());

onBoth(t, 'A Meta number is connected with a token that Meta accepts, and shows Meta’s words for one that it does not', async (t, i) => {
  const { id: agentId } = await i.workspace.agents.create(i.tenantId, { plugin: 'oracle', name: 'Oracle', settings: { data: {} } }, i.by);
  const connect = (accessToken: string, more: Record<string, string> = {}, typed = account) =>
    i.workspace.numbers.connect(i.tenantId, { connection: { plugin: 'meta-cloud', settings: { form: { accessToken, appSecret: 'the-secret-of-the-app', apiBaseUrl: emulator.url, ...more } } }, account: typed, displayName: 'Sales', agentId, active: true }, i.by);
  const refusal = (connecting: Promise<unknown>) => connecting.catch((error: unknown) => error);
  const said = (words: RegExp) => ({ code: 'SETTINGS_INVALID', faults: { account: { code: 'refused', params: { who: 'Meta Cloud', said: words } } } });
  t.match(await refusal(connect('EAA-a-token-that-ended')), { code: 'SETTINGS_INVALID', faults: { accessToken: { code: 'refused', params: { who: 'Meta Cloud', said: /access token/i } } } });
  t.match(await refusal(connect('EAA-a-token-that-is-good', { businessAccountId }, '108100000000999')), said(/no phone number with the ID 108100000000999/));
  t.match(await refusal(connect('EAA-a-token-that-is-good', {}, '108100000000999')), said(/108100000000999/), 'also without the business account');
  t.strictSame(await i.all('select id from connection'), []);
  const { connectionId } = await connect('EAA-a-token-that-is-good', { businessAccountId });
  t.match(await i.workspace.numbers.list(i.tenantId, 0), [{ account, lamp: 'running', channel: 'Meta Cloud', phone: /^\+/ }]);
  const { tokens, webhookUrl } = await i.workspace.connections.handOff(i.tenantId, connectionId);
  t.match(tokens, [{ field: 'verifyToken', value: /^[\w-]{32,}$/ }], 'the verify token was made here and is told');
  t.equal(tokens.length, 1);
  t.match(webhookUrl, /^https:\/\/bot\.example\/webhooks\//);
  t.match(await i.workspace.connections.get(i.tenantId, connectionId), { state: 'running', settings: { phoneNumberIds: [account] } }, 'what is not subscribed yet keeps nothing from running');
  t.match(await i.workspace.connections.start(i.tenantId, connectionId, i.by), { state: 'running' });
}, { plugins: [meta], origins: [emulator.url] });

onBoth(t, 'A start during a passing fault of Meta runs and says so; a token that Meta refuses does not', async (t, i) => {
  const settings = { data: { accessToken: 'EAA-a-token-that-is-good', appSecret: 'the-secret-of-the-app', businessAccountId, apiBaseUrl: emulator.url } };
  const { id } = await i.workspace.connections.create(i.tenantId, { plugin: 'meta-cloud', name: 'Meta', settings }, i.by);
  await i.quiet();
  for (const fault of [{ kind: 'error', status: 500, on: 'any', next: 50 }, { kind: 'html', status: 502, on: 'any', next: 50 }, { kind: 'drop', on: 'any', next: 50 }, { kind: 'malformed', on: 'any', next: 50 }, { kind: 'error', code: 4, on: 'any', next: 50 }, { kind: 'error', code: 2, on: 'any', next: 50 }] as const) {
    emulator.faults.add(fault);
    t.match(await i.workspace.connections.restart(i.tenantId, id, i.by), { state: 'running' }, JSON.stringify(fault));
    t.ok((await i.workspace.connections.get(i.tenantId, id)).checks.some(({ state }) => state === 'doubtful'), 'the doctor is in doubt');
    emulator.faults.clear();
  }
  emulator.faults.add({ kind: 'error', code: 190, on: 'any', next: 50 });
  t.match(await i.workspace.connections.restart(i.tenantId, id, i.by), { state: 'error' });
  emulator.faults.clear();
  t.match(await i.workspace.connections.restart(i.tenantId, id, i.by), { state: 'running' });
}, { plugins: [meta], origins: [emulator.url] });
