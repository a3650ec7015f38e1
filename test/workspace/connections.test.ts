import t from 'tap';
import { uuid } from '../../core/ids.ts';
import { hashKey } from '../../core/pipeline/receive.ts';
import { createOutbound } from '../../core/plugin/outbound.ts';
import { createSealer } from '../../core/plugin/secrets.ts';
import { directoryParts } from '../../core/workspace/directory-parts.ts';
import { createDirectory } from '../../core/directory.ts';
import { caught, onBoth, textOf, withSimulator, type Installation } from './installation.ts';

const create = ({ workspace, tenantId, by }: Installation, settings: { data: Record<string, string | string[]> }, start = true) =>
  workspace.connections.create(tenantId, { plugin: 'courier', name: 'Main', settings, start }, by);

onBoth(t, 'What the provider refuses is not saved, and its words stand beside the field', async (t, i) => {
  const refused = await caught(create(i, i.good({ token: 'an-expired-token' })));
  t.equal(refused.code, 'SETTINGS_INVALID');
  t.strictSame(refused.faults, { token: { code: 'refused', params: { who: 'Courier', said: 'Courier says: Your pass ran out on Tuesday.', mend: 'Paste a new token.', what: 'token' } } });
  t.match(refused.lines, [{ what: 'token', state: 'broken' }]);
  t.strictSame(await i.all('select id from connection'), []);
  t.strictSame(await i.audited(), []);
  const { id } = await create(i, i.good());
  t.match(await i.workspace.connections.get(i.tenantId, id), { state: 'running', checks: [{ what: 'token' }, { what: 'public-url' }] }, 'the same with the right token is saved and runs, and the doctor says all it knows');
});

onBoth(t, 'Settings that do not fit are told by field before the provider is asked', async (t, i) => {
  const refused = await caught(create(i, { data: { token: 'short', apiBaseUrl: i.provider.origin, shape: 'round' } }));
  t.strictSame(Object.fromEntries(Object.entries(refused.faults).map(([field, { code }]) => [field, code])), { token: 'tooShort', '': 'unknown' });
  t.match(await caught(i.workspace.connections.create(i.tenantId, { plugin: 'courier', name: ' ', settings: i.good({ token: 'short' }) }, i.by)), { code: 'SETTINGS_INVALID', faults: { name: { code: 'required' }, token: { code: 'tooShort' } } }, 'the name with the settings');
  t.equal(i.provider.asked, 0);
  t.match(await caught(i.workspace.connections.create(i.tenantId, { plugin: 'pigeon', name: 'x', settings: i.good() }, i.by)), { faults: { '': { code: 'pluginUnknown' } } });
  t.match(await caught(i.workspace.connections.create(i.tenantId, { plugin: 'courier', name: '  ', settings: i.good() }, i.by)), { faults: { name: { code: 'required' } } });
});

onBoth(t, 'A secret is sealed where it is kept, and never comes back whole', async (t, i) => {
  i.provider.token = 'token-that-is-quite-long-1234';
  const { id } = await create(i, i.good());
  const [row] = await i.all<{ settings: string }>('select settings from connection');
  const kept = JSON.parse(row?.settings ?? '{}') as Record<string, string>;
  t.match(kept['token'], /^v1\./);
  t.match(kept['hook'], /^v1\./, 'what core makes is sealed like the rest');
  t.equal(kept['region'], 'eu', 'what is no secret is readable, its default filled in');
  t.notMatch(JSON.stringify(row), i.provider.token);
  const opened = i.runtime.directory.connection(id)?.settings;
  t.equal(opened?.['token'], i.provider.token, 'the path of a message has it in the open');
  const shown = [await i.workspace.connections.get(i.tenantId, id), await i.workspace.connections.list(i.tenantId), await i.workspace.connections.fields(i.tenantId, { id }, 'en')];
  t.notMatch(JSON.stringify(shown), i.provider.token);
  t.notMatch(JSON.stringify(shown), textOf(opened?.['hook']));
  t.match(shown, [{ settings: { token: '1234' } }]);
  t.match(await i.workspace.connections.fields(i.tenantId, { id }, 'en'), [{ name: 'token', input: { kind: 'secret', stored: '1234' } }, { name: 'hook' }]);
  const audit = await i.all<{ detail: string }>('select detail from audit');
  t.notMatch(JSON.stringify(audit), i.provider.token);
});

onBoth(t, 'A save keeps the secrets that are not typed again, and needs the version that was read', async (t, i) => {
  const { id } = await create(i, i.good());
  const { version } = await i.workspace.connections.get(i.tenantId, id);
  const form = { token: '', hook: '', apiBaseUrl: i.provider.origin, region: 'us' };
  const before = i.runtime.directory.connection(id)?.settings;
  await i.workspace.connections.save(i.tenantId, id, { name: 'Renamed', description: ' Sales ', settings: { form }, version }, i.by);
  t.match(i.runtime.directory.connection(id), { name: 'Renamed', settings: { token: i.provider.token, hook: textOf(before?.['hook']), region: 'us' } }, 'in force at once');
  await t.rejects(i.workspace.connections.save(i.tenantId, id, { name: 'Late', description: '', settings: { form }, version }, i.by), { code: 'CONFLICT' });
  const [audit] = await i.all<{ detail: string }>("select detail from audit where action = 'connection.save'");
  t.strictSame(JSON.parse(audit?.detail ?? ''), { name: 'Renamed', changed: ['region'] });
  t.match(await i.workspace.connections.get(i.tenantId, id), { name: 'Renamed', description: 'Sales', version: version + 1 });
  t.match(await caught(i.workspace.connections.save(i.tenantId, id, { name: 'x', description: '', settings: { form: { ...form, token: 'another-token' } }, version: version + 1 }, i.by)), { faults: { token: { code: 'refused' } } });
  t.equal(i.runtime.directory.connection(id)?.settings['token'], i.provider.token);
  await t.rejects(i.workspace.connections.save(i.otherId, id, { name: 'x', description: '', settings: { form }, version: version + 1 }, i.by), { code: 'NOT_FOUND' });
});

onBoth(t, 'A connection whose token ended goes into error with the reason; with a new one what waited goes out', async (t, i) => {
  const { connectionId, numberId } = await withSimulator(i);
  await i.workspace.connections.stop(i.tenantId, connectionId, i.by);
  await i.write(connectionId, 'sim:ana', 'hi');
  const [before] = await i.all<{ n: number }>("select count(*) as n from message where author = 'contact'");
  t.equal(before?.n, 1, 'what comes in while it is stopped is kept');
  t.match(await i.workspace.numbers.list(i.tenantId, 0), [{ id: numberId, lamp: 'stopped', waiting: 1 }]);
  t.match(await i.workspace.connections.get(i.tenantId, connectionId), { state: 'stopped', waiting: 1 });
  t.match(await i.workspace.connections.start(i.tenantId, connectionId, i.by), { state: 'running' });
  await i.quiet();
  t.match(await i.all("select text, status from message where author = 'agent'"), [{ text: 'hello: hi', status: 'sent' }]);
  t.match(await i.workspace.numbers.list(i.tenantId, 0), [{ lamp: 'running', waiting: 0, today: { in: 1, out: 1 }, openConversations: 1 }]);

  const { id } = await create(i, i.good());
  i.provider.token = 'a-token-that-is-new';
  t.match(await i.workspace.connections.restart(i.tenantId, id, i.by), { state: 'error', lines: [{ what: 'token', state: 'broken' }] });
  const { version, ...failed } = await i.workspace.connections.get(i.tenantId, id);
  t.match(failed, { state: 'error', reason: 'Courier says: Your pass ran out on Tuesday.', checks: [{ what: 'token' }] });
  t.match((await i.workspace.connections.log(i.tenantId, id)).rows, [{ event: 'connection.error', message: /ran out/ }, { event: 'connection.restart' }]);
  await i.workspace.connections.save(i.tenantId, id, { name: 'Main', description: '', settings: { form: { token: i.provider.token, apiBaseUrl: i.provider.origin } }, version }, i.by);
  t.equal((await i.workspace.connections.get(i.tenantId, id)).state, 'error', 'it stays so until it is started');
  t.match(await i.workspace.connections.start(i.tenantId, id, i.by), { state: 'running' });
  t.notOk((await i.workspace.connections.get(i.tenantId, id)).reason);
});

onBoth(t, 'Events that go elsewhere, or one number that is broken, do not keep a connection from running', async (t, i) => {
  i.provider.broken = [{ what: 'subscription', said: 'The events go to another address.', field: 'apiBaseUrl' }, { what: 'number 333', said: 'It was disabled.' }];
  const { id } = await create(i, i.good());
  t.match(await i.workspace.connections.get(i.tenantId, id), { state: 'running', checks: [{ state: 'ok' }, { what: 'subscription', state: 'broken' }, { what: 'number 333' }] });
  t.match(await i.workspace.connections.start(i.tenantId, id, i.by), { state: 'running' });
});

onBoth(t, 'Settings are checked before they exist, and a saved connection whenever it is asked', async (t, i) => {
  t.match(await i.workspace.connections.check(i.tenantId, { plugin: 'courier', settings: i.good({ token: 'an-expired-token' }) }), [{ what: 'token', state: 'broken' }]);
  t.match(await i.workspace.connections.offers(i.tenantId, { plugin: 'courier', settings: i.good() }), [{ account: '111', title: 'Sales' }, { account: '222' }]);
  await t.rejects(i.workspace.connections.offers(i.tenantId, { plugin: 'courier', settings: i.good({ token: 'an-expired-token' }) }), { message: /token: .*ran out on Tuesday/ }, 'no list is no answer: what keeps it from coming is said');
  const { id } = await create(i, i.good(), false);
  const { version, state } = await i.workspace.connections.get(i.tenantId, id);
  t.equal(state, 'stopped');
  i.provider.token = 'a-token-that-is-new';
  t.match(await i.workspace.connections.check(i.tenantId, { id }), [{ what: 'token', state: 'broken' }]);
  t.match(await i.workspace.connections.get(i.tenantId, id), { version, state: 'stopped', checks: [{ state: 'broken' }] }, 'a check changes nothing but its lines');
});

onBoth(t, 'An address that may not be called is refused beside its field, without the secret that would have gone there', async (t, i) => {
  const settings = { data: { token: 'secret-token-of-ours', apiBaseUrl: 'https://169.254.169.254' } };
  const lines = await i.workspace.connections.check(i.tenantId, { plugin: 'courier', settings });
  t.match(lines, [{ what: 'address', state: 'broken', said: 'says:fault.addressPrivate', params: { origin: 'https://169.254.169.254' }, field: 'apiBaseUrl' }]);
  t.notMatch(JSON.stringify(lines), 'secret-token-of-ours');
  t.match(await caught(create(i, settings)), { faults: { apiBaseUrl: { code: 'addressPrivate' } }, fields: { apiBaseUrl: /^https:\/\/169\.254\.169\.254 is not a public address/ } });
  t.match(await caught(create(i, i.good({ apiBaseUrl: 'http://graph.example' }))), { faults: { apiBaseUrl: { code: 'addressPlain', params: { origin: 'http://graph.example' } } } });
});

onBoth(t, 'What could not be tested is not connected, but a saved connection is saved and started while its provider is away', async (t, i) => {
  const { id } = await create(i, i.good());
  i.provider.away = true;
  const refused = await caught(create(i, i.good()));
  t.match(refused, { faults: { apiBaseUrl: { code: 'refused', params: { said: /^Nothing could be tested, for no answer came/ } } } });
  t.notMatch(JSON.stringify([refused.faults, refused.lines]), i.provider.token);
  await t.rejects(i.workspace.numbers.connect(i.tenantId, { connection: { plugin: 'courier', settings: i.good() }, account: '111', displayName: 'Sales', active: false }, i.by), { code: 'SETTINGS_INVALID' });
  const { version } = await i.workspace.connections.get(i.tenantId, id);
  t.match(await i.workspace.connections.save(i.tenantId, id, { name: 'Renamed', description: '', settings: i.good(), version }, i.by), { lines: [{ what: 'reach', state: 'doubtful' }] });
  t.match(await i.workspace.connections.restart(i.tenantId, id, i.by), { state: 'running' });
  i.provider.away = false;
  t.match(await i.workspace.connections.check(i.tenantId, { id }), [{ what: 'token', state: 'ok' }]);
});

onBoth(t, 'Lines listed in the settings become numbers, inactive; those no longer listed fall silent', async (t, i) => {
  const { id } = await create(i, i.good({ lines: ['111', '999'] }));
  t.match(await i.workspace.numbers.list(i.tenantId, 0), [{ name: 'Sales', account: '111', active: false, phone: '+34 600 000 111', line: 1 }, { name: '999', account: '999', active: false, line: 2 }]);
  const { id: agentId } = await i.workspace.agents.create(i.tenantId, { plugin: 'oracle', name: 'Oracle', settings: { data: {} } }, i.by);
  const [sales] = await i.workspace.numbers.list(i.tenantId, 0);
  await i.workspace.numbers.edit(i.tenantId, sales?.id ?? '', { displayName: 'Sales', agentId, active: true }, i.by);
  const { version } = await i.workspace.connections.get(i.tenantId, id);
  await i.workspace.connections.save(i.tenantId, id, { name: 'Main', description: '', settings: i.good({ lines: ['999'] }), version }, i.by);
  t.match(await i.workspace.numbers.list(i.tenantId, 0), [{ account: '111', active: false }, { account: '999', active: false }]);
  const taken = await caught(i.workspace.connections.create(i.otherId, { plugin: 'courier', name: 'Theirs', settings: i.good({ lines: ['999'] }) }, i.by));
  t.match(taken, { code: 'NUMBER_TAKEN', faults: { lines: { code: 'numberTaken', params: { name: '' } } } }, 'whose it is is not told to others');
  t.strictSame(await i.workspace.connections.list(i.otherId), [], 'and nothing of theirs was written');
});

onBoth(t, 'What the provider must be told is shown: the address, and what we made ourselves', async (t, i) => {
  const { id } = await create(i, i.good({ lines: ['111'] }));
  const handOff = await i.workspace.connections.handOff(i.tenantId, id);
  t.match(handOff, { reachable: true, accounts: ['111'], tokens: [{ field: 'hook', label: 'Hook secret' }], webhookUrl: /^https:\/\/bot\.example\/webhooks\/[\w-]{43}$/ });
  t.equal(handOff.tokens.length, 1, 'what came from the provider is not shown');
  t.equal(i.runtime.directory.connectionByKey(hashKey(handOff.webhookUrl.split('/').at(-1) ?? ''), Date.now())?.id, id);
  delete i.server.publicUrl;
  t.match(await i.workspace.connections.handOff(i.tenantId, id), { reachable: false, webhookUrl: /^http:\/\/localhost:3000\/webhooks\// });
  t.match(i.workspace.connections.kinds(), [{ plugin: 'simulator', simulator: true, needsPublicUrl: false }, { plugin: 'courier', needsPublicUrl: true, offers: true }]);
});

onBoth(t, 'A removed connection takes its numbers and its address along, and leaves the conversations', async (t, i) => {
  const { connectionId, numberId } = await withSimulator(i);
  await i.write(connectionId, 'sim:ana', 'hi');
  await i.workspace.connections.stop(i.tenantId, connectionId, i.by);
  await i.write(connectionId, 'sim:ana', 'are you there?');
  const key = (await i.workspace.connections.handOff(i.tenantId, connectionId)).webhookUrl.split('/').at(-1) ?? '';
  await i.workspace.connections.remove(i.tenantId, connectionId, i.by);
  await i.quiet();
  t.notOk(i.runtime.directory.connectionByKey(hashKey(key), Date.now()));
  t.strictSame(await i.workspace.numbers.list(i.tenantId, 0), []);
  const { rows } = await i.workspace.conversations.list(i.tenantId, {});
  t.match(rows, [{ number: { id: numberId, deleted: true }, eligibility: { allowed: false, why: 'number-gone' }, last: { text: 'are you there?' } }]);
  t.strictSame(await i.all('select id from job'), [], 'nothing waits for it any more');
  await t.rejects(i.workspace.connections.get(i.tenantId, connectionId), { code: 'NOT_FOUND' });
});

onBoth(t, 'Nobody reaches the connections of another organisation, nor what is no id', async (t, i) => {
  const { id } = await create(i, i.good());
  const { connections } = i.workspace;
  for (const wrong of [id, uuid(), 'main', "' or 1=1 --"]) {
    const tenant = i.otherId;
    for (const reach of [
      () => connections.get(tenant, wrong), () => connections.fields(tenant, { id: wrong }, 'en'), () => connections.check(tenant, { id: wrong }), () => connections.offers(tenant, { id: wrong }),
      () => connections.start(tenant, wrong, i.by), () => connections.stop(tenant, wrong, i.by), () => connections.restart(tenant, wrong, i.by), () => connections.remove(tenant, wrong, i.by),
      () => connections.handOff(tenant, wrong), () => connections.save(tenant, wrong, { name: 'x', description: '', settings: i.good(), version: 1 }, i.by),
    ]) await t.rejects(async () => void (await reach()), { code: 'NOT_FOUND' });
  }
  t.strictSame(await connections.list(i.otherId), []);
});

onBoth(t, 'Under another key the installation starts, and the connection proves and sends nothing', async (t, i) => {
  const { id } = await create(i, i.good());
  const parts = { db: i.db, plugins: i.runtime.plugins, log: i.runtime.log, sealer: createSealer([Buffer.alloc(32, 7)]), server: () => i.server, outbound: createOutbound(), media: i.runtime.media };
  const directory = await createDirectory(i.db, directoryParts(parts));
  const connection = directory.connection(id);
  t.strictSame(connection?.settings, { apiBaseUrl: i.provider.origin, region: 'eu' });
  t.equal(connection?.context.callbackUrl(), 'https://bot.example/webhooks/');
  const request = { method: 'POST', url: '', headers: { 'x-hook': ['undefined'] }, body: Buffer.from('[]'), receivedAt: 1 };
  t.strictSame(connection?.channel?.verify(request, connection.settings), { refused: 'wrong-secret' });
});

onBoth(t, 'A plugin keeps words of its own, sealed, from one call to the next', async (t, i) => {
  const { id } = await create(i, i.good());
  const store = i.runtime.directory.connection(id)?.context.store;
  t.equal(await store?.get('cursor'), undefined);
  await store?.set('cursor', { page: 'words-of-the-plugin' });
  await store?.set('cursor', { page: 'words-of-the-plugin', n: 2 });
  await i.runtime.directory.reload();
  t.strictSame(await i.runtime.directory.connection(id)?.context.store.get('cursor'), { page: 'words-of-the-plugin', n: 2 });
  t.notMatch(JSON.stringify(await i.all('select value from plugin_store')), 'words-of-the-plugin');
});
