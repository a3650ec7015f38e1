import { createHmac } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { uuid } from '../../core/ids.ts';
import { openHeaders } from '../../core/pipeline/kept-headers.ts';
import { receive, type Received } from '../../core/pipeline/receive.ts';
import { purge } from '../../core/pipeline/retention.ts';
import { checkSeal } from '../../core/db/seal.ts';
import { createSealer } from '../../core/plugin/secrets.ts';
import { openConnectionSettings, sealConnectionSettings } from '../../core/workspace/settings.ts';
import type { Json } from '../../core/plugin/index.ts';
import meta from '../../plugins/meta-cloud/index.ts';
import { startEmulator } from '../../plugins/meta-cloud/emulator.ts';
import { until } from '../until.ts';
import { caught, onBoth, type Installation } from './installation.ts';
import { pigeonPost } from './pigeon.ts';

const hour = 3_600_000;
const post = pigeonPost();
const more = { plugins: [post.plugin, meta], origins: [] };

async function connection(i: Installation, plugin = 'pigeon'): Promise<string> {
  const data = plugin === 'pigeon' ? { seal: 'a-good-seal' } : { accessToken: 'EAA-a-token', appSecret: 'the-secret-of-the-app' };
  const { workspace, tenantId, by } = i;
  if (plugin === 'pigeon') return (await workspace.connections.create(tenantId, { plugin, name: 'Post', settings: { data } }, by)).id;
  // Meta is not asked here: only what it delivers matters.
  const id = (await workspace.connections.create(tenantId, { plugin: 'simulator', name: 'Meta', settings: { data: {} } }, by)).id;
  const sealed = sealConnectionSettings(i.sealer, meta.settings, id, { ...data, verifyToken: 'the-first-verify-token', apiVersion: 'v23.0', apiBaseUrl: 'https://graph.facebook.com', messagesPerSecond: 80 });
  await i.db.write((sql) => sql.run("update connection set plugin = 'meta-cloud', settings = ? where id = ?", [JSON.stringify(sealed), id]));
  await i.runtime.directory.reload();
  return id;
}

/** What the provider has: an address, and what it proves itself with. */
interface Told {
  url: string;
  hook: string;
  seal: string;
}

async function told(i: Installation, id: string, seal = 'a-good-seal'): Promise<Told> {
  const { webhookUrl, tokens } = await i.workspace.connections.handOff(i.tenantId, id);
  return { url: webhookUrl, hook: tokens[0]?.value ?? '', seal };
}

function deliver({ runtime }: Installation, { url, hook, seal }: Told): Promise<Received> {
  const key = url.split('/').at(-1) ?? '';
  return receive(runtime, key, { method: 'POST', url, headers: { 'x-hook': [`${hook}.${seal}`] }, body: Buffer.from('[]'), receivedAt: runtime.clock.now() });
}

const wordOf = (received: Received) => ('accepted' in received ? 'accepted' : 'refused' in received ? received.refused : 'unknown' in received ? 'unknown' : 'reply');

onBoth(t, 'New webhook secrets: the old address and the old secret hold for the chosen time, and not a moment longer', async (t, i) => {
  const id = await connection(i);
  const before = await told(i, id);
  const { version } = await i.workspace.connections.get(i.tenantId, id);
  const made = await i.workspace.connections.rotate(i.tenantId, id, { graceHours: 6 }, i.by);
  const after = await told(i, id);
  t.match(made, { webhookUrl: after.url, tokens: [{ field: 'hook', value: after.hook }] });
  t.not(after.url, before.url);
  t.not(after.hook, before.hook);
  for (const [name, of] of Object.entries({ before, after, mixed: { ...before, hook: after.hook }, otherWay: { ...after, hook: before.hook } })) t.equal(wordOf(await deliver(i, of)), 'accepted', name);
  t.equal(wordOf(await deliver(i, { ...after, hook: 'guessed' })), 'wrong-secret');
  const detail = await i.workspace.connections.get(i.tenantId, id);
  t.match(detail.checks.find(({ what }) => what === 'grace'), { state: 'ok', params: { until: String(detail.graceUntil) } });
  t.ok(detail.version > version, 'a form that was open meanwhile does not put the old secret back');
  await i.pass(6 * hour - 1_000);
  t.equal(wordOf(await deliver(i, before)), 'accepted');
  await i.pass(2_000);
  t.equal(wordOf(await deliver(i, before)), 'unknown', 'the address is nobody’s');
  t.equal(wordOf(await deliver(i, { ...after, hook: before.hook })), 'wrong-secret');
  t.equal(wordOf(await deliver(i, after)), 'accepted');
  t.notOk((await i.workspace.connections.get(i.tenantId, id)).graceUntil);
  await purge(i.runtime, 14);
  t.strictSame(await i.all('select id from connection where previous is not null'), [], 'secrets that prove nothing are not kept');
  await i.quiet();
  t.notMatch(JSON.stringify(await i.all('select * from audit')) + JSON.stringify(await i.all('select * from connection_log')), new RegExp(`${before.hook}|${after.hook}|${after.url.split('/').at(-1)}`));
}, more);

onBoth(t, 'Without a grace the old secrets end at once, a grace that still ran too', async (t, i) => {
  const id = await connection(i);
  const first = await told(i, id);
  await i.workspace.connections.rotate(i.tenantId, id, { graceHours: 24 }, i.by);
  const second = await told(i, id);
  await i.workspace.connections.rotate(i.tenantId, id, { graceHours: 0 }, i.by);
  const third = await told(i, id);
  t.strictSame([wordOf(await deliver(i, first)), wordOf(await deliver(i, second)), wordOf(await deliver(i, third))], ['unknown', 'unknown', 'accepted']);
  t.equal(wordOf(await deliver(i, { ...third, hook: second.hook })), 'wrong-secret');
  for (const graceHours of [-1, 25, Number.NaN]) t.match(await caught(i.workspace.connections.rotate(i.tenantId, id, { graceHours }, i.by)), { faults: { graceHours: {} } }, String(graceHours));
  await t.rejects(i.workspace.connections.rotate(i.otherId, id, { graceHours: 1 }, i.by), { code: 'NOT_FOUND' });
}, more);

onBoth(t, 'Made anew twice, each old secret and each old address holds until the end that was promised for it', async (t, i) => {
  const id = await connection(i);
  const original = await told(i, id);
  await i.workspace.connections.rotate(i.tenantId, id, { graceHours: 6 }, i.by);
  const second = await told(i, id);
  const { graceUntil: promised } = await i.workspace.connections.get(i.tenantId, id);
  t.ok(promised);
  await i.pass(hour);
  await i.workspace.connections.rotate(i.tenantId, id, { graceHours: 2 }, i.by);
  const third = await told(i, id);
  const words = async () => [wordOf(await deliver(i, original)), wordOf(await deliver(i, second)), wordOf(await deliver(i, third)), wordOf(await deliver(i, { ...third, hook: second.hook }))];
  t.strictSame(await words(), ['accepted', 'accepted', 'accepted', 'accepted']);
  t.equal((await i.workspace.connections.get(i.tenantId, id)).graceUntil, promised, 'the last of them ends as promised first');
  await i.pass(2 * hour + 1_000);
  t.strictSame(await words(), ['accepted', 'unknown', 'accepted', 'wrong-secret'], 'the shorter promise is over, the longer is not');
  await purge(i.runtime, 14);
  const [row] = await i.all<{ previous: string }>('select previous from connection where id = ?', [id]);
  t.equal(JSON.parse(row?.previous ?? '[]').length, 1, 'a secret whose end has come is not kept for the sake of another');
  await i.runtime.directory.reload();
  t.strictSame(await words(), ['accepted', 'unknown', 'accepted', 'wrong-secret']);
  await i.pass(3 * hour);
  t.strictSame(await words(), ['unknown', 'unknown', 'accepted', 'wrong-secret']);
  t.equal(wordOf(await deliver(i, { ...third, hook: original.hook })), 'wrong-secret');
}, more);

onBoth(t, 'A secret that is replaced holds as long as was said for it, also beside an older one that holds for longer', async (t, i) => {
  const id = await connection(i);
  const before = await told(i, id);
  const { connections } = i.workspace;
  await connections.rotate(i.tenantId, id, { graceHours: 24 }, i.by);
  const { version } = await connections.get(i.tenantId, id);
  await connections.save(i.tenantId, id, { name: 'Post', description: '', settings: { data: { seal: 'a-second-seal' } }, version, graceHours: 1 }, i.by);
  t.equal(wordOf(await deliver(i, before)), 'accepted');
  t.equal(wordOf(await deliver(i, { ...before, seal: 'a-second-seal' })), 'accepted');
  await i.pass(hour + 1_000);
  t.equal(wordOf(await deliver(i, before)), 'wrong-secret');
  t.equal(wordOf(await deliver(i, { ...before, seal: 'a-second-seal' })), 'accepted');
  await connections.rotate(i.tenantId, id, { graceHours: 0 }, i.by);
  t.strictSame(await i.all('select id from connection where previous is not null'), [], 'none is left');
}, more);

onBoth(t, 'Old secrets that an earlier version kept as one record hold on', async (t, i) => {
  const id = await connection(i);
  const before = await told(i, id);
  await i.workspace.connections.rotate(i.tenantId, id, { graceHours: 6 }, i.by);
  const [row] = await i.all<{ previous: string }>('select previous from connection where id = ?', [id]);
  const [{ settings }] = JSON.parse(row?.previous ?? '');
  await i.db.write((sql) => sql.run('update connection set previous = ? where id = ?', [JSON.stringify(settings), id]));
  await i.runtime.directory.reload();
  t.equal(wordOf(await deliver(i, before)), 'accepted');
  await i.workspace.connections.rotate(i.tenantId, id, { graceHours: 1 }, i.by);
  await i.pass(2 * hour);
  t.equal(wordOf(await deliver(i, before)), 'accepted');
}, more);

onBoth(t, 'Under another key the old secrets are sealed anew, too', async (t, i) => {
  const id = await connection(i);
  const [before, after] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const schema = post.plugin.settings;
  const kept = ['a-first-hook', 'a-second-hook'].map((hook) => ({ settings: sealConnectionSettings(createSealer([before]), schema, id, { seal: 'a-good-seal', hook }), until: 1 }));
  await i.db.write((sql) => sql.run('update connection set previous = ? where id = ?', [JSON.stringify(kept), id]));
  await checkSeal(i.db, createSealer([before]), i.runtime.log);
  await checkSeal(i.db, createSealer([after, before]), i.runtime.log);
  const [row] = await i.all<{ previous: string }>('select previous from connection where id = ?', [id]);
  const anew: typeof kept = JSON.parse(row?.previous ?? '[]');
  t.match(anew.map(({ settings }) => openConnectionSettings(createSealer([after]), schema, { id, settings })), [{ seal: 'a-good-seal', hook: 'a-first-hook' }, { seal: 'a-good-seal', hook: 'a-second-hook' }]);
  t.strictSame(anew.map(({ until }) => until), [1, 1]);
}, more);

onBoth(t, 'Under another key what proved a delivery is sealed anew, however many there are, and never shown', async (t, i) => {
  const id = await connection(i);
  const [before, after] = [createSealer([Buffer.alloc(32, 1)]), createSealer([Buffer.alloc(32, 2), Buffer.alloc(32, 1)])];
  const deliveries = Array.from({ length: 501 }, () => uuid());
  const columns = ['id', 'tenant_id', 'connection_id', 'received_at', 'method', 'url', 'headers', 'body', 'state'];
  await i.db.write((sql) => sql.insert('delivery', columns, deliveries.map((delivery) => [
    delivery, i.tenantId, id, 1, 'POST', 'https://bot.test/webhooks/-', JSON.stringify({ 'content-type': ['a/b'], 'x-proof-of-the-post': before.seal('["the-proof"]', `delivery:${delivery}.x-proof-of-the-post`) }), Buffer.from('[]'), 'processed',
  ])));
  await checkSeal(i.db, before, i.runtime.log);
  await checkSeal(i.db, after, i.runtime.log);
  const rows = await i.all<{ id: string; headers: string }>('select id, headers from delivery');
  t.equal(rows.length, 501);
  t.ok(rows.every((row) => JSON.stringify(openHeaders(createSealer([Buffer.alloc(32, 2)]), row.id, JSON.parse(row.headers))) === '{"content-type":["a/b"],"x-proof-of-the-post":["the-proof"]}'), 'and the new key alone opens them');
  const { headers } = await i.workspace.deliveries.get(i.tenantId, deliveries[0] ?? '');
  t.strictSame(headers, [{ name: 'content-type', value: 'a/b' }, { name: 'x-proof-of-the-post', value: '…' }], 'a page names it and tells nothing of it');
  const [first, second] = rows;
  t.strictSame(openHeaders(createSealer([Buffer.alloc(32, 2)]), first?.id ?? '', JSON.parse(second?.headers ?? '{}')), { 'content-type': ['a/b'] }, 'nor does it open in another place');
}, more);

onBoth(t, 'A secret of the provider’s that is replaced may hold for a while, and only when somebody says so', async (t, i) => {
  const id = await connection(i);
  const { connections } = i.workspace;
  const before = await told(i, id);
  const save = async (seal: string, graceHours?: number) => {
    const { version } = await connections.get(i.tenantId, id);
    await connections.save(i.tenantId, id, { name: 'Post', description: '', settings: { data: { seal } }, version, ...(graceHours !== undefined && { graceHours }) }, i.by);
  };
  await save('a-second-seal', 2);
  t.equal(wordOf(await deliver(i, before)), 'accepted');
  t.equal(wordOf(await deliver(i, { ...before, seal: 'a-second-seal' })), 'accepted');
  await save('a-third-seal');
  t.equal(wordOf(await deliver(i, { ...before, seal: 'a-second-seal' })), 'wrong-secret', 'replaced without a grace');
  t.equal(wordOf(await deliver(i, before)), 'wrong-secret');
  await connections.rotate(i.tenantId, id, { graceHours: 2 }, i.by);
  const after = await told(i, id, 'a-third-seal');
  await save('a-fourth-seal');
  t.equal(wordOf(await deliver(i, { ...before, seal: 'a-third-seal' })), 'wrong-secret', 'what leaked does not live on in the grace of something else');
  t.equal(wordOf(await deliver(i, { ...before, seal: 'a-fourth-seal' })), 'accepted', 'which goes on');
  t.equal(wordOf(await deliver(i, { ...after, seal: 'a-fourth-seal' })), 'accepted');
}, more);

onBoth(t, 'Secrets are made anew while webhooks pour in: none is refused (R19)', async (t, i) => {
  const id = await connection(i);
  let provider = await told(i, id);
  const words: Record<string, number> = {};
  let over = false;
  const senders = Array.from({ length: 16 }, async () => {
    while (!over) {
      const word = wordOf(await deliver(i, provider));
      words[word] = (words[word] ?? 0) + 1;
      await pause(1);
    }
  });
  const accepted = () => words['accepted'] ?? 0;
  const more = async () => {
    const so = accepted();
    await until('more to pour in', () => accepted() > so + 10, 120_000, 1);
  };
  for (let n = 0; n < 10; n++) {
    await i.workspace.connections.rotate(i.tenantId, id, { graceHours: 1 }, i.by);
    // Somebody pastes it at the provider a little later.
    await more();
    provider = await told(i, id);
    await more();
  }
  over = true;
  await Promise.all(senders);
  t.ok(accepted() > 200, JSON.stringify(words));
  t.strictSame(Object.keys(words), ['accepted']);
  const [stored] = await i.all<{ n: number }>('select count(*) as n from delivery');
  t.equal(stored?.n, words['accepted'], 'and each is kept');
}, more);

onBoth(t, 'On a signed channel the verify token is made anew and the address stays; both tokens shake hands during the grace', async (t, i) => {
  const id = await connection(i, 'meta-cloud');
  const { webhookUrl: url } = await i.workspace.connections.handOff(i.tenantId, id);
  const key = url.split('/').at(-1) ?? '';
  const shake = async (token: string) => {
    const received = await receive(i.runtime, key, { method: 'GET', url: `${url}?hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=42`, headers: {}, body: Buffer.alloc(0), receivedAt: i.runtime.clock.now() });
    return 'reply' in received ? `${received.reply.status} ${received.reply.body}`.trim() : wordOf(received);
  };
  const { webhookUrl, tokens } = await i.workspace.connections.rotate(i.tenantId, id, { graceHours: 1 }, i.by);
  t.equal(webhookUrl, url);
  const token = tokens[0]?.value ?? '';
  t.not(token, 'the-first-verify-token');
  t.strictSame([await shake('the-first-verify-token'), await shake(token), await shake('guessed')], ['200 42', '200 42', '403']);
  await i.pass(hour + 1_000);
  t.strictSame([await shake('the-first-verify-token'), await shake(token)], ['403', '200 42']);
  const body = Buffer.from('{"object":"whatsapp_business_account","entry":[]}');
  const signature = `sha256=${createHmac('sha256', 'the-secret-of-the-app').update(body).digest('hex')}`;
  t.equal(wordOf(await receive(i.runtime, key, { method: 'POST', url, headers: { 'x-hub-signature-256': [signature] }, body, receivedAt: i.runtime.clock.now() })), 'accepted', 'what Meta signs is as it was');
}, more);

// ── F16 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

const account = '108100000000001';
const emulator = await startEmulator({ appSecret: 'the-secret-of-the-app', accessToken: 'EAAtheSecondTokenThatIsGood', phoneNumberIds: [account], businessAccountId: '102000000000001' });
t.teardown(() => emulator.close());

onBoth(t, 'An expired token puts the connection into error; a new one is pasted, saved and started, and what waited goes out', async (t, i) => {
  const { connections, numbers, agents, conversations } = i.workspace;
  const { id: agentId } = await agents.create(i.tenantId, { plugin: 'oracle', name: 'Oracle', settings: { data: {} } }, i.by);
  const { connectionId } = await numbers.connect(i.tenantId, {
    connection: { plugin: 'meta-cloud', settings: { data: { accessToken: 'EAAtheSecondTokenThatIsGood', appSecret: 'the-secret-of-the-app', businessAccountId: '102000000000001', apiBaseUrl: emulator.url } } },
    account, displayName: 'Sales', agentId, active: true,
  }, i.by);
  // The token ends, as Meta would have it.
  const settings = { ...i.runtime.directory.connection(connectionId)?.settings, accessToken: 'EAAtheFirstTokenThatEnded' };
  await i.db.write((sql) => sql.run('update connection set settings = ? where id = ?', [JSON.stringify(sealConnectionSettings(i.sealer, meta.settings, connectionId, settings)), connectionId]));
  await i.runtime.directory.reload();
  const said = (text: string) => fromCustomer(i, connectionId, text);
  t.equal(wordOf(await said('hello')), 'accepted');
  await i.quiet();
  const [row] = await connections.list(i.tenantId);
  t.match(row, { state: 'error', reason: /token/i });
  const refusal = { what: 'refused', state: 'broken', said: 'error.token', mend: 'error.token.next', answered: /session has expired/ };
  const { checks, reasonLine } = await connections.get(i.tenantId, connectionId);
  t.match(checks[0], refusal, 'the doctor has the answer first, in words of the catalogue');
  t.match(reasonLine, refusal, 'and so has whoever asks for the reason, in their own language');
  await connections.check(i.tenantId, { id: connectionId });
  t.match((await connections.get(i.tenantId, connectionId)).reasonLine, refusal, 'a check does not take the reason away');
  t.notMatch((await connections.get(i.tenantId, connectionId)).checks, [{ what: 'refused' }], 'though the doctor then says what is so now');
  t.strictSame(checks.filter(({ what, state }) => what === 'token' && state === 'ok'), [], 'and does not go on saying that the token is fine');
  const log = (await connections.log(i.tenantId, connectionId, { level: 'error' })).rows;
  t.match(log.find(({ message }) => message?.startsWith('the provider refused')), { detail: { code: '190' } }, 'the log has its code');
  t.notMatch(JSON.stringify(log), /EAAtheFirstTokenThatEnded/);
  await said('still there?');
  await i.quiet();
  t.ok((await connections.get(i.tenantId, connectionId)).waiting > 0);
  const [conversation] = (await conversations.list(i.tenantId, {})).rows;
  const outgoing = async () => (await conversations.messages(i.tenantId, conversation?.id ?? '', {})).items.filter(({ author }) => author === 'agent').map(({ status }) => status);
  t.notOk((await outgoing()).includes('sent'));
  t.match(await connections.restart(i.tenantId, connectionId, i.by), { state: 'error' }, 'a start with the old one says the same');
  const { version } = await connections.get(i.tenantId, connectionId);
  await connections.save(i.tenantId, connectionId, { name: 'Meta', description: '', settings: { data: { ...dataOf(i, connectionId), accessToken: 'EAAtheSecondTokenThatIsGood' } }, version }, i.by);
  t.match((await connections.list(i.tenantId))[0], { state: 'error' }, 'it waits for somebody to start it');
  t.match(await connections.restart(i.tenantId, connectionId, i.by), { state: 'running' });
  t.notMatch((await connections.get(i.tenantId, connectionId)).checks, [{ what: 'refused' }]);
  await i.quiet();
  t.strictSame((await outgoing()).every((status) => status === 'sent'), true, 'what waited went out');
  t.equal((await outgoing()).length, 2);
  t.equal((await connections.get(i.tenantId, connectionId)).waiting, 0);
}, { plugins: [meta], origins: [emulator.url] });

/** As a script would send them: a secret that is left out is kept. */
function dataOf(i: Installation, id: string): Record<string, Json> {
  const { appSecret: _, verifyToken: __, ...settings } = i.runtime.directory.connection(id)?.settings ?? {};
  return settings;
}

let messages = 0;

async function fromCustomer(i: Installation, connectionId: string, text: string): Promise<Received> {
  const { webhookUrl } = await i.workspace.connections.handOff(i.tenantId, connectionId);
  const at = String(Math.floor(i.runtime.clock.now() / 1_000));
  const value = {
    messaging_product: 'whatsapp', metadata: { phone_number_id: account, display_phone_number: '15550001111' }, contacts: [{ wa_id: '34600111222', profile: { name: 'Rosa' } }],
    messages: [{ id: `wamid.${++messages}.${connectionId}`, from: '34600111222', timestamp: at, type: 'text', text: { body: text } }],
  };
  const body = Buffer.from(JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: '102000000000001', changes: [{ field: 'messages', value }] }] }));
  const signature = `sha256=${createHmac('sha256', 'the-secret-of-the-app').update(body).digest('hex')}`;
  return receive(i.runtime, webhookUrl.split('/').at(-1) ?? '', { method: 'POST', url: webhookUrl, headers: { 'x-hub-signature-256': [signature] }, body, receivedAt: i.runtime.clock.now() });
}
