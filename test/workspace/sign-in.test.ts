/** Signing in with Meta, from the attempt that a login begins to a connection that runs: the real plugin against the emulated Graph API. */
import t, { type Test } from 'tap';
import { receive } from '../../core/pipeline/receive.ts';
import { defineChannel, Type, type Json } from '../../core/plugin/index.ts';
import { pluginsOf } from '../../core/plugin/load.ts';
import meta from '../../plugins/meta-cloud/index.ts';
import { startEmulator } from '../../plugins/meta-cloud/emulator.ts';
import { sealConnectionSettings } from '../../core/workspace/settings.ts';
import { listen } from '../far-end.ts';
import { caught, onBoth, type Installation } from './installation.ts';

const account = '102000000000001';
const number = '108100000000001';
const emulator = await startEmulator({ appSecret: 'emulated-app-secret', accessToken: 'EAAemulatedemulatedemulated', businessAccountId: account, phoneNumberIds: [number, '108100000000002'] });
t.teardown(() => emulator.close());

/** Its Graph API is the emulator; a person cannot choose that, for the server's app secret goes there. */
const plugin = defineChannel({ ...meta, settings: Type.Object({ ...meta.settings.properties, apiBaseUrl: Type.String({ default: emulator.url }) }) });
const signIn = { META_APP_ID: emulator.settings.appId, META_APP_SECRET: 'emulated-app-secret', META_CONFIG_ID: '880000000000001' };
const more = { plugins: [plugin], origins: [emulator.url], signIn };

const finished = (data: object = { waba_id: account, phone_number_id: number, business_id: '272000000000001' }) => JSON.stringify({ type: 'WA_EMBEDDED_SIGNUP', event: 'FINISH', data });
const brought = (session: string = finished()): Json => ({ code: emulator.signIn({ accounts: [account] }), session });

/** The installation's public address: Meta shakes hands with it. */
async function listening(t: Test, i: Installation): Promise<void> {
  i.server.publicUrl = await listen(t, (request, response) => {
    const url = `${i.server.publicUrl}${request.url}`;
    const key = new URL(url).pathname.split('/').at(-1) ?? '';
    void receive(i.runtime, key, { method: request.method ?? '', url, headers: {}, body: Buffer.alloc(0), receivedAt: Date.now() }).then((received) => {
      if ('reply' in received) response.writeHead(received.reply.status).end(received.reply.body);
      else response.writeHead(404).end();
    });
  });
}

onBoth(t, 'Whoever signs in has a connection that runs, subscribed to this installation, with its number inactive', async (t, i) => {
  await listening(t, i);
  const { nonce, page, origins } = await i.workspace.signIn.begin(i.tenantId, 'meta-cloud', 'login-1');
  t.match(page, { appId: emulator.settings.appId, configId: '880000000000001' });
  t.notMatch(JSON.stringify([page, origins]), 'emulated-app-secret');
  const { id, lines } = await i.workspace.signIn.finish(i.tenantId, 'meta-cloud', { nonce, input: brought() }, 'login-1', i.by);
  t.match(lines.find(({ what }) => what === 'subscription'), { state: 'ok' }, 'Meta shook hands with the new address');
  const { webhookUrl } = await i.workspace.connections.handOff(i.tenantId, id);
  t.match(webhookUrl, i.server.publicUrl);
  t.match(await i.workspace.connections.get(i.tenantId, id), { state: 'running', settings: { appId: emulator.settings.appId, businessAccountId: account, phoneNumberIds: [number] } });
  t.match(await i.workspace.numbers.list(i.tenantId, 0), [{ account: number, active: false, connection: { id } }]);
  t.notMatch(JSON.stringify(await i.all('select * from connection_log')) + JSON.stringify(await i.all('select * from audit')) + JSON.stringify(await i.all('select settings from connection')), /emulated-app-secret|EAA[0-9a-f]{20}/);
  await i.quiet();
  t.match(await i.workspace.connections.check(i.tenantId, { id }), [{ state: 'ok' }, { state: 'ok' }]);
}, more);

onBoth(t, 'An attempt belongs to the login, the organisation and the channel that began it, is used once and grows old (S19)', async (t, i) => {
  const attempt = async () => (await i.workspace.signIn.begin(i.tenantId, 'meta-cloud', 'login-1')).nonce;
  const finish = (nonce: string, { tenantId = i.tenantId, login = 'login-1' } = {}) => i.workspace.signIn.finish(tenantId, 'meta-cloud', { nonce, input: brought() }, login, i.by);
  const foreign = { code: 'FOREIGN_FORM' };
  await t.rejects(finish('made-up'), foreign);
  const first = await attempt();
  await t.rejects(finish(first, { login: 'login-2' }), foreign, 'not by another login');
  await t.rejects(finish(first), foreign, 'nor afterwards: whoever tried it used it up');
  await t.rejects(finish(await attempt(), { tenantId: i.otherId }), foreign);
  const old = await attempt();
  await i.pass(16 * 60_000);
  await t.rejects(finish(old), foreign);
  const good = await attempt();
  const both = await Promise.allSettled([finish(good), finish(good)]);
  t.strictSame(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'], 'of two at once one is taken');
  await attempt();
  t.equal((await i.all<{ n: number }>("select count(*) as n from installation where key like 'sign-in:%'"))[0]?.n, 1, 'old attempts are swept away');
  t.notMatch(JSON.stringify(await i.all("select * from installation where key like 'sign-in:%'")), good, 'a copy of the database finishes nothing');
}, more);

onBoth(t, 'What Meta does not confirm is refused in words, and nothing is saved', async (t, i) => {
  const finish = async (input: Json) => {
    const { nonce } = await i.workspace.signIn.begin(i.tenantId, 'meta-cloud', 'login-1');
    return caught(i.workspace.signIn.finish(i.tenantId, 'meta-cloud', { nonce, input }, 'login-1', i.by));
  };
  t.match(await finish({ code: 'AQ-made-up', session: finished() }), { faults: { '': { code: 'plugin', params: { text: 'signIn.codeUsed' } } } });
  t.match(await finish(brought(finished({ waba_id: '102000000000009' }))), { faults: { '': { params: { text: 'signIn.otherAccount' } } } }, 'what the browser says is a hint');
  t.match(await finish({ session: JSON.stringify({ type: 'WA_EMBEDDED_SIGNUP', event: 'CANCEL', data: { current_step: 'PHONE_NUMBER_SETUP' } }) }), { faults: { '': { params: { text: 'signIn.cancelled', step: 'PHONE_NUMBER_SETUP' } } } });
  t.match(await finish('nonsense'), { faults: { '': { params: { text: 'signIn.cancelled' } } } });
  t.match(await finish(null), { code: 'INVALID_INPUT' });
  t.strictSame(await i.all('select id from connection'), []);
}, more);

onBoth(t, 'Signing in again, because a token ended, renews the connection and keeps its address, its verify token and its numbers', async (t, i) => {
  await listening(t, i);
  const signIn = async (input: Json) => {
    const { nonce } = await i.workspace.signIn.begin(i.tenantId, 'meta-cloud', 'login-1');
    return i.workspace.signIn.finish(i.tenantId, 'meta-cloud', { nonce, input }, 'login-1', i.by);
  };
  const { id } = await signIn(brought());
  const before = await i.workspace.connections.handOff(i.tenantId, id);
  const token = i.runtime.directory.connection(id)?.settings['accessToken'];
  const { version } = await i.workspace.connections.get(i.tenantId, id);
  const settings = { ...i.runtime.directory.connection(id)?.settings, messagesPerSecond: 20, phoneNumberIds: [number, '108100000000002'] };
  await i.workspace.connections.save(i.tenantId, id, { name: 'Shop', description: '', settings: { data: settings }, version }, i.by);
  await i.db.write((sql) => sql.run("update connection set state = 'error', state_reason = 'The token ended.' where id = ?", [id]));
  await i.runtime.directory.reload();
  t.equal((await signIn(brought())).id, id);
  t.match(await i.workspace.connections.handOff(i.tenantId, id), { webhookUrl: before.webhookUrl, tokens: before.tokens, accounts: [number, '108100000000002'] });
  t.match(await i.workspace.connections.get(i.tenantId, id), { name: 'Shop', state: 'running', settings: { messagesPerSecond: 20, phoneNumberIds: [number, '108100000000002'] } });
  t.not(i.runtime.directory.connection(id)?.settings['accessToken'], token);
  t.equal((await i.workspace.connections.list(i.tenantId)).length, 1);
}, more);

onBoth(t, 'Signing in again sends the new token to no address that somebody typed in before', async (t, i) => {
  await listening(t, i);
  const signIn = async () => {
    const { nonce } = await i.workspace.signIn.begin(i.tenantId, 'meta-cloud', 'login-1');
    return i.workspace.signIn.finish(i.tenantId, 'meta-cloud', { nonce, input: brought() }, 'login-1', i.by);
  };
  const { id } = await signIn();
  const { id: known, settings } = i.runtime.directory.connection(id) ?? { id: '', settings: {} };
  const typed = { ...settings, apiBaseUrl: 'https://graph.attacker.example', messagesPerSecond: 20, appSecret: 'of-the-attacker' };
  await i.db.write((sql) => sql.run('update connection set settings = ? where id = ?', [JSON.stringify(sealConnectionSettings(i.sealer, plugin.settings, known, typed)), known]));
  await i.runtime.directory.reload();
  const { lines } = await signIn();
  const { context } = i.runtime.directory.connection(id) ?? {};
  t.match(context?.settings, { apiBaseUrl: emulator.url, messagesPerSecond: 20, appSecret: 'emulated-app-secret' }, 'what people chose stays, but for the address');
  const of = (some: readonly { what: string }[], what: string) => some.find((line) => line.what === what);
  const { checks } = await i.workspace.connections.get(i.tenantId, id);
  t.match(of(checks, 'address'), { state: 'doubtful', params: { was: 'https://graph.attacker.example', is: emulator.url } });
  t.match([of(checks, 'public-url'), of(lines, 'public-url')], [{ what: 'public-url' }, { what: 'public-url' }], 'and the whole of what the doctor knows stands there');
}, more);

onBoth(t, 'Where the server has no app, signing in is not offered, and the reason is said', async (t, i) => {
  t.match(i.workspace.connections.kinds().find((kind) => kind.plugin === 'meta-cloud')?.signIn, { missing: /META_APP_ID/ });
  t.match(await caught(i.workspace.signIn.begin(i.tenantId, 'meta-cloud', 'login-1')), { faults: { '': { code: 'signInMissing', params: { plugin: 'meta-cloud' } } } });
  await t.rejects(i.workspace.signIn.begin(i.tenantId, 'courier', 'login-1'), { code: 'NOT_FOUND' });
  t.equal(meta.texts?.en['signIn.missing'], 'Meta App ID and App Secret are not configured on the server');
}, { plugins: [plugin], origins: [emulator.url] });

t.test('With them it is', async (t) => {
  t.equal(pluginsOf([plugin]).channel('meta-cloud')?.signIn?.missing(signIn), undefined);
});
