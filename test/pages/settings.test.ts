import t from 'tap';
import { startEmulator } from '../../plugins/meta-cloud/emulator.ts';
import { openOffice } from './office.ts';

const token = 'EAAGoodTokenOfTheEmulator0001';
const secret = 'app-secret-of-the-emulator';
const account = '108100000000001';
const meta = await startEmulator({ accessToken: token, appSecret: secret, phoneNumberIds: [account, '108100000000002'] });
t.teardown(() => meta.close());

const office = await openOffice(t, { allowedOrigins: [new URL(meta.url).origin] });
const { at, ids, ctx } = office;
const owner = await office.as('owner');
const connect = `${at}/whatsapp/connect`;
const numbers = () => ctx.workspace.numbers.list(ids.tenant, 0);
const typed = {
  way: 'plugin:meta-cloud', displayName: 'Sales', account, agent: ids.agent, active: 'on',
  'set.accessToken': token, 'set.appSecret': secret, 'set.apiBaseUrl': meta.url, 'set.apiVersion': 'v23.0', 'set.messagesPerSecond': '80',
  'set.businessAccountId': '102000000000001',
};

/** What a page shows to paste at the provider. */
const shownIn = (page: string) => ({ callback: /aria-label="Callback URL">([^<]+)</.exec(page)?.[1], token: /aria-label="Verify token">([^<]+)</.exec(page)?.[1] });
const keptIn = (page: string) => /name="kept" value="([^"]+)"/.exec(page)?.[1] ?? '';

t.test('connecting begins with the choice of a connection or of a kind of one', async (t) => {
  const page = (await owner.get(connect)).body;
  t.match(page, /way=plugin%3Ameta-cloud/);
  t.match(page, new RegExp(`way=connection%3A${ids.connection}`));
  const form = (await owner.get(`${connect}?way=plugin%3Ameta-cloud`)).body;
  for (const name of ['displayName', 'account', 'set.accessToken', 'set.appSecret', 'set.businessAccountId', 'agent', 'active']) t.match(form, `name="${name}"`, name);
  t.match(form, /Phone number ID/);
  t.notMatch(form, /set\.verifyToken/, 'what is made here is not asked for');
  t.match(shownIn(form).callback, /\/webhooks\/[\w-]{43}$/);
  t.match(shownIn(form).token, /^[\w-]{32}$/);
  t.notMatch((await owner.get(`${connect}?way=plugin%3Asimulator`)).body, /Callback URL/, 'a phone in the browser needs nothing at a provider');
  t.match((await owner.get(`${connect}?way=plugin%3Anothing`)).body, /Choose where the number lives/);
});

t.test('everything that is wrong is told beside its field, and nothing typed is lost', async (t) => {
  const answer = await owner.post(connect, { ...typed, displayName: '', account: '+62 811', agent: '', 'set.accessToken': '   ', 'set.businessAccountId': '12' });
  t.equal(answer.statusCode, 422);
  for (const field of ['displayName', 'account', 'agent']) t.match(answer.body, `id="${field}-error"`, field);
  for (const field of ['set.accessToken', 'set.businessAccountId']) t.match(answer.body, `id="f-${field}-error"`, field);
  t.match(answer.body, /value="\+62 811"/);
  t.match(answer.body, `value="${meta.url}"`);
  t.match(answer.body, /An active number needs an agent/);
  t.equal((await numbers()).length, 1);
});

t.test('the provider’s numbers are listed for credentials that are only typed: nothing is saved, nothing typed is lost', async (t) => {
  const form = (await owner.get(`${connect}?way=plugin%3Ameta-cloud`)).body;
  t.match(form, /name="deed" value="list"/);
  t.ok(form.indexOf('<button hidden>Connect Number') < form.indexOf('name="deed"'), 'the Enter key connects, and does not ask for the list');
  const before = (await ctx.workspace.connections.list(ids.tenant)).length;
  const listed = await owner.post(connect, { ...typed, account: '', displayName: 'Sales desk', deed: 'list', kept: keptIn(form) });
  t.equal(listed.statusCode, 200);
  for (const one of [account, '108100000000002']) t.match(listed.body, new RegExp(`type="radio" name="account" value="${one}"`));
  t.match(listed.body, /value="Sales desk"/);
  t.match(listed.body, `value="${ids.agent}" selected`);
  t.strictSame(shownIn(listed.body), shownIn(form));
  for (const hidden of [token, secret]) t.notMatch(listed.body, hidden);
  t.notMatch(listed.body, /-error"/, 'nothing is wrong yet');
  const byHand = await owner.post(connect, { ...typed, account: '', displayName: 'Sales desk', 'set.accessToken': '', 'set.appSecret': '', deed: 'type', kept: keptIn(listed.body) });
  t.match(byHand.body, /<input class="input mono" id="account"/, 'it can be typed after all');
  t.match(byHand.body, /value="Sales desk"/);
  const refused = await owner.post(connect, { ...typed, account: '', deed: 'list', 'set.accessToken': 'EAAWrongTokenOfSomebody' });
  t.equal(refused.statusCode, 422);
  t.match(refused.body, /Meta Cloud refused this/);
  t.match(refused.body, /id="f-set.accessToken-error"/);
  const moved = await owner.post(connect, { ...typed, account: '', deed: 'list', 'set.accessToken': '', 'set.appSecret': '', 'set.apiBaseUrl': 'https://198.51.100.7', kept: keptIn(listed.body) });
  t.match(moved.body, /id="f-set.accessToken-error"[^\n]*Paste it again for the new address/, 'what was kept for one address is not sent to another');
  t.equal((await ctx.workspace.connections.list(ids.tenant)).length, before);
  t.equal((await numbers()).length, 1);
});

t.test('a token that Meta refuses is refused in Meta’s words; what was pasted is kept sealed and need not be pasted again', async (t) => {
  const form = (await owner.get(`${connect}?way=plugin%3Ameta-cloud`)).body;
  const answer = await owner.post(connect, { ...typed, 'set.accessToken': 'EAAWrongTokenOfSomebody', kept: keptIn(form) });
  t.equal(answer.statusCode, 422);
  t.match(answer.body, /Meta Cloud refused this/);
  t.match(answer.body, /access token/i);
  const quoted = /<q><bdi>([^<]+)</.exec(answer.body)?.[1] ?? '?';
  t.equal(answer.body.split(quoted).length, 2, 'Meta’s words stand there once');
  t.match(answer.body, /id="f-set.accessToken-error".*Generate a new token/);
  t.strictSame(shownIn(answer.body), shownIn(form), 'what may be in Meta’s console by now stays');
  t.notMatch(answer.body, /EAAWrongTokenOfSomebody/);
  t.notMatch(answer.body, secret);
  t.equal((await numbers()).length, 1);

  const kept = keptIn(answer.body);
  const other = await (await office.as('admin')).post(connect, { ...typed, 'set.accessToken': token, 'set.appSecret': '', kept });
  t.equal(other.statusCode, 422, 'another login cannot use what was kept');
  const second = await owner.post(connect, { ...typed, 'set.accessToken': token, 'set.appSecret': '', kept });
  t.equal(second.statusCode, 303);
  t.match(second.headers.location, /settings\/channels\/[0-9a-f-]+\?tab=hand-off/);
  const page = (await owner.get(String(second.headers.location))).body;
  t.match(page, /Callback URL/);
  t.match(page, /\/webhooks\/[\w-]+/);
  t.match(page, /Verify token/);
  t.strictSame(shownIn(page), shownIn(form), 'as the dialog showed them before anything was saved');
  t.notMatch(page, token);
  t.notMatch(page, secret);
});

t.test('what was kept for one address is not kept for another, whatever else is wrong with the form', async (t) => {
  const given = { ...typed, account: '108100000000002' };
  const first = await owner.post(connect, { ...given, 'set.accessToken': 'EAAWrongTokenOfSomebody', kept: '' });
  const empty = { 'set.accessToken': '', 'set.appSecret': '', 'set.apiBaseUrl': 'https://198.51.100.7' };
  const moved = await owner.post(connect, { ...given, ...empty, kept: keptIn(first.body) });
  t.equal(moved.statusCode, 422);
  for (const field of ['accessToken', 'appSecret']) t.match(moved.body, new RegExp(`id="f-set.${field}-error"[^\\n]*Paste it again for the new address`), field);
  const masked = await owner.post(connect, { ...given, ...empty, 'set.businessAccountId': '12', kept: keptIn(first.body) });
  for (const { body } of [moved, masked]) {
    const then = await owner.post(connect, { ...given, ...empty, kept: keptIn(body) });
    t.match(then.body, /id="f-set.appSecret-error"[^\n]*must be filled in/, 'it is gone');
    t.notMatch(then.body, /refused this/);
  }
});

t.test('an address that this installation does not call is our refusal, beside its field, and nobody else’s words', async (t) => {
  for (const [apiBaseUrl, says] of [['http://graph.example', /http:\/\/graph\.example is not https\. Only addresses/], ['https://10.1.2.3', /https:\/\/10\.1\.2\.3 is not a public address/]] as const) {
    const { body, statusCode } = await owner.post(connect, { ...typed, account: '108100000000002', 'set.apiBaseUrl': apiBaseUrl });
    t.equal(statusCode, 422);
    t.match(body, new RegExp(`id="f-set.apiBaseUrl-error"[^\\n]*${says.source}`));
    t.equal(body.split('ALLOWED_ORIGINS').length, 2, 'said once');
    t.notMatch(body, /refused this/);
    const lines = await ctx.workspace.connections.check(ids.tenant, { plugin: 'meta-cloud', settings: { data: { accessToken: token, appSecret: secret, apiBaseUrl } } });
    t.ok(lines.length > 1, 'the channel says something of its own');
    t.notMatch(lines.map(({ answered }) => answered ?? '').join(' '), /ALLOWED_ORIGINS|public address/);
  }
});

t.test('a number is connected once, and the page says as what', async (t) => {
  const answer = await owner.post(connect, typed);
  t.equal(answer.statusCode, 422);
  t.match(answer.body, /connected already, as Sales/);
});

t.test('the same form sent again for another number gets an address of its own', async (t) => {
  const form = keptIn((await owner.get(`${connect}?way=plugin%3Asimulator`)).body);
  for (const code of ['sim:first', 'sim:second']) t.equal((await owner.post(connect, { way: 'plugin:simulator', displayName: code, account: code, kept: form })).statusCode, 303, code);
  const made = (await numbers()).filter(({ account }) => ['sim:first', 'sim:second'].includes(account));
  const addresses = await Promise.all(made.map(async ({ connection }) => (await ctx.workspace.connections.handOff(ids.tenant, connection.id)).webhookUrl));
  t.equal(new Set(addresses).size, 2);
  for (const { id } of made) await ctx.workspace.numbers.remove(ids.tenant, id, 'configuration');
});

t.test('of a saved connection the provider’s numbers are offered, with who has each', async (t) => {
  const sales = (await numbers()).find((row) => row.name === 'Sales');
  const form = (await owner.get(`${connect}?way=connection%3A${sales?.connection.id}`)).body;
  t.match(form, /108100000000002/);
  t.match(form, /Connected as Sales/);
  t.match((await owner.get(`${connect}?way=connection%3A${sales?.connection.id}&typed=1`)).body, /<input class="input mono" id="account"/, 'it can be typed instead');
  const second = await owner.post(connect, { way: `connection:${sales?.connection.id}`, displayName: 'Support', account: '108100000000002' });
  t.equal(second.headers.location, `${at}/whatsapp`);
  t.match((await owner.get(`${at}/whatsapp`)).body, /Support/);
});

t.test('a number is renamed, switched and deleted; a stale form overwrites nothing', async (t) => {
  const support = (await numbers()).find((row) => row.name === 'Support');
  const number = `${at}/whatsapp/numbers/${support?.id}`;
  const version = /name="version" value="(\d+)"/.exec((await owner.get(number)).body)?.[1] ?? '';
  t.match((await owner.post(number, { displayName: '', agent: ids.agent, active: 'on', version })).body, /id="displayName-error"/);
  const wrong = await owner.post(number, { displayName: 'Desk', agent: '', active: 'on', version });
  t.equal(wrong.statusCode, 422);
  t.match(wrong.body, /id="agent-error"/);
  t.match(wrong.body, /value="Desk"/);
  t.equal((await owner.post(number, { displayName: 'Help desk', agent: ids.agent, version })).headers.location, `${at}/whatsapp`);
  const stale = await owner.post(number, { displayName: 'Other name', agent: ids.agent, version });
  t.equal(stale.statusCode, 409);
  t.match(stale.body, /Nothing was overwritten/);
  t.match(stale.body, /Stored now: Help desk/);
  t.match(stale.body, /value="Other name"/);
  t.equal((await owner.post(`${number}/active`, { active: 'on' })).statusCode, 303);
  t.match((await owner.get(`${number}/delete`)).body, /stops receiving and sending here/);
  t.equal((await owner.post(`${number}/delete`)).headers.location, `${at}/whatsapp`);
  t.equal((await owner.get(number)).statusCode, 404);
});

t.test('the doctor’s lines are headed in the reader’s words', async (t) => {
  const sales = (await numbers()).find((row) => row.name === 'Sales');
  const page = (await owner.get(`${at}/settings/channels/${sales?.connection.id}`)).body;
  for (const title of ['Access token', 'App secret', 'Webhook subscription', `Number ${account}`]) t.match(page, `<b>${title}</b>`, title);
  t.notMatch(page, /<b>(token|app-secret|subscription|number \d+)<\/b>/);
});

t.test('a connection is checked, stopped, started and saved; a stale form is compared', async (t) => {
  const sales = (await numbers()).find((row) => row.name === 'Sales');
  const channel = `${at}/settings/channels/${sales?.connection.id}`;
  t.equal((await owner.post(`${channel}/check`)).statusCode, 303);
  t.match((await owner.get(channel)).body, /Checked/);
  await owner.post(`${channel}/state`, { deed: 'stop' });
  t.match((await owner.get(channel)).body, /STOPPED/);
  await owner.post(`${channel}/state`, { deed: 'start' });
  t.match((await owner.get(channel)).body, /RUNNING/);
  const form = (await owner.get(`${channel}?tab=settings`)).body;
  t.notMatch(form, token);
  t.notMatch(form, secret);
  const version = /name="_version" value="(\d+)"/.exec(form)?.[1] ?? '';
  const settings = { _description: 'Of the shop', apiBaseUrl: meta.url, apiVersion: 'v23.0', messagesPerSecond: '80', accessToken: '', appSecret: '', phoneNumberIds: account, businessAccountId: '102000000000001' };
  const refused = await owner.post(channel, { ...settings, _name: 'Meta', _version: version, accessToken: 'EAAWrongTokenOfSomebody' });
  t.equal(refused.statusCode, 422);
  t.match(refused.body, /value="Meta"/);
  t.match((await owner.post(channel, { ...settings, _name: '', _version: version })).body, /id="f-_name-error"/);
  const bad = await owner.post(channel, { ...settings, _name: 'Meta', _version: version, messagesPerSecond: 'many' });
  t.equal(bad.statusCode, 422);
  t.match(bad.body, /id="f-messagesPerSecond-error"/);
  const saved = await owner.post(channel, { ...settings, _name: 'Meta of the shop', _version: version });
  t.equal(saved.statusCode, 303, saved.body.slice(0, 200));
  const after = (await owner.get(`${channel}?tab=settings`)).body;
  t.match(after, /Meta of the shop/);
  t.match(after, /<span>Saved\.<\/span>/);
  t.notMatch((await owner.get(`${channel}?tab=settings`)).body, /<span>Saved\.<\/span>/, 'once shown, it is over');
  const stale = await owner.post(channel, { ...settings, _name: 'Another name', _version: version });
  t.equal(stale.statusCode, 409);
  t.match(stale.body, /Stored now: Meta of the shop/);
});

t.test('a connection whose token Meta no longer takes is in error with the reason, and comes back with a new one', async (t) => {
  const sales = (await numbers()).find((row) => row.name === 'Sales');
  const channel = `${at}/settings/channels/${sales?.connection.id}`;
  meta.faults.add({ kind: 'error', code: 190, on: 'any', next: 50 });
  await owner.post(`${channel}/state`, { deed: 'restart' });
  const page = (await owner.get(channel)).body;
  t.match(page, /ERROR/);
  t.match(page, /role="alert"/);
  t.match((await owner.get(`${at}/whatsapp`)).body, /data-lamp="error"/);
  meta.faults.clear();
  await owner.post(`${channel}/state`, { deed: 'start' });
  t.match((await owner.get(channel)).body, /RUNNING/);
});

t.test('an agent’s rules are edited as YAML; what is wrong is told with its line, and what was typed stays', async (t) => {
  const agent = `${at}/agents/${ids.agent}`;
  const page = (await owner.get(agent)).body;
  const version = /name="_version" value="(\d+)"/.exec(page)?.[1] ?? '';
  const bad = await owner.post(agent, { _name: 'Welcome', _version: version, rules: '- when: [\n  say: {' });
  t.equal(bad.statusCode, 422);
  t.match(bad.body, /This is not YAML\. Line \d/);
  t.match(bad.body, /- when: \[/);
  const wrong = await owner.post(agent, { _name: 'Welcome', _version: version, rules: '- when: { any: true }\n  shout: hello' });
  t.equal(wrong.statusCode, 422);
  t.match(wrong.body, /- when: \{ any: true \}/);
  const good = await owner.post(agent, { _name: 'Echo', _version: version, menus: '', fallback: '', handOffWords: '', handOffSay: '', rules: '- when: { any: true }\n  say: "echo: {{text}}"' });
  t.equal(good.statusCode, 303, good.body.slice(0, 300));
  t.match((await owner.get(agent)).body, /published v2/);
  const stale = await owner.post(agent, { _name: 'Echo', _version: version, rules: '- when: { any: true }\n  say: late' });
  t.equal(stale.statusCode, 409);
  await office.customer('one two');
  t.match((await owner.get(`${at}/whatsapp/${await office.conversation()}`)).body, /echo: one two/);
});

t.test('an agent is stopped and started, and what waited is answered', async (t) => {
  const agent = `${at}/agents/${ids.agent}`;
  await owner.post(`${agent}/state`, { deed: 'stop' });
  t.match((await owner.get(agent)).body, /STOPPED/);
  await office.customer('while stopped', '447700900123', 'Tom Okafor');
  const conversation = `${at}/whatsapp/${await office.conversation()}`;
  t.notMatch((await owner.get(conversation)).body, /echo: while stopped/);
  t.match((await owner.get(conversation)).body, /The agent is stopped\. The answer follows after Start\./);
  await owner.post(`${agent}/state`, { deed: 'start' });
  await office.quiet();
  t.match((await owner.get(conversation)).body, /echo: while stopped/);
});

t.test('numbers are plugged in and out of an agent; one that another agent answers says so', async (t) => {
  const second = (await ctx.workspace.agents.create(ids.tenant, { plugin: 'rules', name: 'Second', settings: { data: { rules: [{ when: { any: true }, say: 'second' }] } }, start: true }, 'configuration')).id;
  const bay = `${at}/agents/${second}/bindings`;
  await owner.post(bay, { plug: ids.number });
  const page = (await owner.get(`${at}/agents/${second}?tab=channels`)).body;
  t.match(page, /Taken:/);
  const taken = await owner.post(bay, { [`inbound:${ids.number}`]: 'on' });
  t.equal(taken.statusCode, 422);
  t.match(taken.body, /Echo already answers this number\. Turn its Inbound off first, or use another number\./);
  t.equal((await owner.post(`${at}/agents/${ids.agent}/bindings`, { [`inbound:${ids.number}`]: 'off' })).statusCode, 303);
  t.equal((await owner.post(bay, { [`inbound:${ids.number}`]: 'on' })).statusCode, 303);
  await office.customer('who is there', '447700900124', 'Wen Li');
  t.match((await owner.get(`${at}/whatsapp/${await office.conversation()}`)).body, /second/);
  t.equal((await owner.post(bay, { unplug: ids.number })).statusCode, 303);
});

t.test('an agent is made on its page, and can be chosen for a number at once; what is wrong is told beside its field', async (t) => {
  const page = (await owner.get(`${at}/agents/new`)).body;
  t.match(page, /name="_name"/, 'with one kind there is nothing to choose');
  const wrong = await owner.post(`${at}/agents/new`, { _plugin: 'rules', _name: '', rules: '- when: { any: true }\n  sey: "x"' });
  t.equal(wrong.statusCode, 422);
  for (const field of ['_name', 'rules']) t.match(wrong.body, `id="f-${field}-error"`);
  t.match(wrong.body, /sey:/, 'nothing typed is lost');
  const made = await owner.post(`${at}/agents/new`, { _plugin: 'rules', _name: 'Night shift', rules: '- when: { any: true }\n  say: "night: {{text}}"' });
  const agent = /agents\/([0-9a-f-]{36})\?tab=channels$/.exec(String(made.headers.location))?.[1] ?? '';
  t.ok(agent);
  await ctx.workspace.numbers.connect(ids.tenant, { connection: { plugin: 'simulator', settings: { data: {} } }, account: 'sim:night', displayName: 'Night line', agentId: agent, active: true }, 'configuration');
  t.match((await owner.get(`${at}/agents/${agent}?tab=channels`)).body, /Night line[^]*RUNNING/);
  t.equal((await (await office.as('agent')).get(`${at}/agents/new`)).statusCode, 403);
});

t.test('a whole connection is plugged in at once; what another agent answers stays with it and is named', async (t) => {
  const { agents } = ctx.workspace;
  const [night] = (await agents.list(ids.tenant)).filter(({ name }) => name === 'Night shift');
  const [line] = (await numbers()).filter(({ account }) => account === 'sim:night');
  const { id: day } = await agents.create(ids.tenant, { plugin: 'rules', name: 'Day shift', settings: { data: { rules: [{ when: { any: true }, say: 'day' }] } } }, 'configuration');
  await ctx.workspace.numbers.connect(ids.tenant, { connection: { id: line?.connection.id ?? '' }, account: 'sim:night-2', displayName: 'Second night line', active: false }, 'configuration');
  t.match((await owner.get(`${at}/agents/${day}?tab=channels`)).body, `<option value="${line?.connection.id}">`);
  t.equal((await owner.post(`${at}/agents/${day}/bindings`, { attach: line?.connection.id ?? '' })).statusCode, 303);
  const { bindings } = await agents.get(ids.tenant, day);
  t.same(bindings.filter(({ number }) => number.account?.startsWith('sim:night')).map(({ number, inbound, takenBy }) => [number.name, inbound.published, takenBy?.name]), [['Night line', false, night?.name], ['Second night line', true, undefined]]);
});

t.test('on an agent’s Channels tab a provider’s form stands in place, and one Apply makes connection, number and binding', async (t) => {
  const agent = (await ctx.workspace.agents.create(ids.tenant, { plugin: 'rules', name: 'Concierge', settings: { data: { rules: [{ when: { any: true }, say: 'welcome' }] } } }, 'configuration')).id;
  const tab = `${at}/agents/${agent}?tab=channels`;
  const inPlace = `${at}/agents/${agent}/connect`;
  const offered = (await owner.get(tab)).body;
  t.match(offered, `${inPlace}?way=plugin%3Ameta-cloud#connect`);
  t.notMatch(offered, /name="displayName"/, 'nothing is asked before a provider is chosen');
  const form = (await owner.get(`${inPlace}?way=plugin%3Ameta-cloud`)).body;
  t.notMatch(form, /data-dialog-box|name="agent"/, 'it is no dialog, and the agent is the one whose tab it is');
  for (const name of ['displayName', 'account', 'set.accessToken', 'set.appSecret']) t.match(form, `name="${name}"`, name);
  t.notMatch(form, /for="environment"/, 'without a draft there is no version to choose');
  const { agent: _, active: _always, ...inline } = { ...typed, account: '108100000000009', displayName: 'Concierge line' };
  const connections = async () => (await ctx.workspace.connections.list(ids.tenant)).length;
  const before = [await connections(), (await numbers()).length];

  const wrong = await owner.post(inPlace, { ...inline, displayName: '', account: '+62 811', 'set.accessToken': 'EAATokenOfNobodyAtAll0001', kept: keptIn(form) });
  t.equal(wrong.statusCode, 422);
  for (const field of ['displayName', 'account']) t.match(wrong.body, `id="${field}-error"`, field);
  t.match(wrong.body, /value="\+62 811"/);
  t.notMatch(wrong.body, /EAATokenOfNobodyAtAll0001/);
  const refused = await owner.post(inPlace, { ...inline, account, 'set.accessToken': 'EAATokenOfNobodyAtAll0001', kept: keptIn(wrong.body) });
  t.equal(refused.statusCode, 422);
  t.match(refused.body, /aria-current="page">Channels/, 'still the tab');
  t.match(refused.body, /data-refusal|is connected already/);
  t.same([await connections(), (await numbers()).length], before, 'nothing is saved that is refused');

  const simulated = await owner.post(inPlace, { way: 'plugin:simulator', account: 'sim:concierge', displayName: 'Concierge phone' });
  t.equal(simulated.headers.location, tab);
  t.same([await connections(), (await numbers()).length], before.map((count) => count + 1));
  t.match((await owner.get(tab)).body, /Concierge phone[^]*RUNNING[^]*aria-checked="true"/, 'the row has its lamp, and takes what comes in');
  const [line] = (await numbers()).filter((one) => one.account === 'sim:concierge');
  t.match(line, { active: true, agent: { id: agent } });
  const again = await owner.post(inPlace, { way: `connection:${line?.connection.id}`, account: 'sim:concierge', displayName: 'Twice' });
  t.equal(again.statusCode, 422);
  t.match(again.body, /id="account-error"[^]*Concierge phone/);
});

t.test('an agent’s settings are saved as a draft, published and dropped on its page', async (t) => {
  const { agents } = ctx.workspace;
  const agent = (await agents.create(ids.tenant, { plugin: 'rules', name: 'Porter', settings: { data: { rules: [{ when: { any: true }, say: 'published' }] } } }, 'configuration')).id;
  const page = `${at}/agents/${agent}`;
  const draft = `${page}?tab=behaviour&of=draft`;
  const version = (body: string) => /name="_version" value="(\d+)"/.exec(body)?.[1] ?? '';
  const rules = (say: string) => `- when: { any: true }\n  say: "${say}"`;
  const first = (await owner.get(page)).body;
  t.match(first, /name="_to" value="draft">Save as draft/);
  t.notMatch(first, /Drop draft/);
  const wrong = await owner.post(page, { _name: 'Porter', _version: version(first), _of: 'published', _to: 'draft', rules: 'sey: typed' });
  t.equal(wrong.statusCode, 422);
  t.match(wrong.body, /id="f-rules-error"/);
  t.match(wrong.body, /sey: typed/, 'nothing typed is lost');
  const saved = await owner.post(page, { _name: 'Night porter', _version: version(first), _of: 'published', _to: 'draft', rules: rules('drafted') });
  t.equal(saved.headers.location, draft);
  t.match(await agents.get(ids.tenant, agent), { name: 'Night porter', published: 1, draft: 2 });
  const drafted = (await owner.get(draft)).body;
  t.match(drafted, /drafted/);
  t.match((await owner.get(page)).body, /say: published/, 'what is published stands beside it as it was');
  const stale = await owner.post(page, { _name: 'Porter', _version: version(first), _of: 'draft', _to: 'draft', rules: rules('stale') });
  t.equal(stale.statusCode, 409);
  t.match(stale.body, /stale/);
  const overtaken = await owner.post(`${page}/draft`, { deed: 'publish', version: version(first) });
  t.equal(overtaken.statusCode, 409);
  t.match(overtaken.body, /Nothing was published or dropped/);
  t.equal((await owner.post(`${page}/draft`, { deed: 'publish', version: version(drafted) })).statusCode, 303);
  const published = (await owner.get(page)).body;
  t.match(published, /drafted/);
  t.match(await agents.get(ids.tenant, agent), { published: 2, draft: undefined });
  await owner.post(page, { _name: 'Night porter', _version: version(published), _of: 'published', _to: 'draft', rules: rules('never') });
  t.equal((await owner.post(`${page}/draft`, { deed: 'drop', version: version((await owner.get(draft)).body) })).statusCode, 303);
  t.match(await agents.get(ids.tenant, agent), { published: 2, draft: undefined });
  t.match((await owner.get(draft)).body, /name="_of" value="published"/, 'an old address of the draft shows what there is');
});

t.test('Published and Draft are plugged in apart from each other, and Draft is there only while the agent has one', async (t) => {
  const { agents } = ctx.workspace;
  const [agent] = (await agents.list(ids.tenant)).filter(({ name }) => name === 'Day shift');
  const bay = `${at}/agents/${agent?.id}`;
  const tab = async () => (await owner.get(`${bay}?tab=channels`)).body;
  t.notMatch(await tab(), /Plug in to the draft|value="draft"/);
  await agents.saveDraft(ids.tenant, agent?.id ?? '', { version: agent?.version ?? 0, settings: { data: { rules: [{ when: { any: true }, say: 'draft' }] } } }, 'configuration');
  const number = (await numbers()).find(({ account }) => account === 'sim:night-2')?.id ?? '';
  const plugged = async () => (await agents.get(ids.tenant, agent?.id ?? '')).bindings.find((one) => one.number.id === number)?.inbound;
  t.match(await tab(), /Plug in to the draft/);
  t.same(await plugged(), { published: true });
  await owner.post(`${bay}/bindings`, { plug: number, environment: 'draft' });
  t.same(await plugged(), { published: true, draft: false }, 'the published version answers it, so the draft has what goes out');
  t.match(await tab(), /The published version answers it/);
  t.equal((await owner.post(`${bay}/bindings`, { [`inbound:${number}`]: 'on', environment: 'draft' })).statusCode, 422);
  await owner.post(`${bay}/bindings`, { [`inbound:${number}`]: 'off', environment: 'published' });
  await owner.post(`${bay}/bindings`, { [`inbound:${number}`]: 'on', environment: 'draft' });
  t.same(await plugged(), { published: false, draft: true });
  await owner.post(`${bay}/bindings`, { unplug: number, environment: 'draft' });
  t.same(await plugged(), { published: false }, 'the published side stays as it was');
  const connected = await owner.post(`${bay}/connect`, { way: `connection:${ids.connection}`, account: 'sim:try-out', displayName: 'Try-out', environment: 'draft' });
  t.equal(connected.statusCode, 303);
  t.same((await agents.get(ids.tenant, agent?.id ?? '')).bindings.find((one) => one.number.account === 'sim:try-out')?.inbound, { draft: true });
});

t.test('the ledger shows what arrived, filters it, and replays it without doubling anything', async (t) => {
  const ledger = (await owner.get(`${at}/settings/deliveries`)).body;
  const delivery = /settings\/deliveries\/([0-9a-f-]{36})"/.exec(ledger)?.[1] ?? '';
  t.ok(delivery);
  const page = await owner.get(`${at}/settings/deliveries/${delivery}`);
  t.match(page.body, /1 message/);
  t.match(page.body, /&quot;acts&quot;/);
  t.notMatch(page.body, office.ctx.runtime.directory.connection(ids.connection)?.context.callbackUrl().split('/').at(-1) ?? '?', 'the key of the address is not shown');
  const count = async () => (await ctx.runtime.db.read((sql) => sql.all<{ n: number }>('select count(*) as n from message')))[0]?.n;
  const before = await count();
  t.equal((await owner.post(`${at}/settings/deliveries/${delivery}/replay`)).statusCode, 303);
  await office.quiet();
  t.equal(await count(), before);
  t.match((await owner.get(`${at}/settings/deliveries?state=failed`)).body, /Nothing matches/);
  t.match((await owner.get(`${at}/settings/deliveries?connection=`)).body, delivery, 'the filter’s form without a choice');
  t.equal((await (await office.as('agent')).post(`${at}/settings/deliveries/${delivery}/replay`)).statusCode, 403);
});

t.test('what could not prove itself is listed with the likely cause', async (t) => {
  const url = new URL(ctx.runtime.directory.connection(ids.connection)?.context.callbackUrl() ?? '');
  t.equal((await office.app.inject({ method: 'POST', url: url.pathname, payload: '{"acts":[]}', headers: { 'content-type': 'application/json', 'x-simulator-signature': `sha256=${'0'.repeat(64)}` } })).statusCode, 401);
  for (let tries = 0; tries < 40 && !/Signed with another secret/.test((await owner.get(`${at}/settings/channels/${ids.connection}?tab=rejected`)).body); tries++) await new Promise((later) => setTimeout(later, 100));
  t.match((await owner.get(`${at}/settings/channels/${ids.connection}?tab=rejected`)).body, /Signed with another secret/);
});

t.test('alerts say what happened in the reader’s language and are read one by one or all at once', async (t) => {
  await office.customer('is anybody there?', '447700900125', 'Nia');
  const page = (await owner.get(`${at}/whatsapp/notifications`)).body;
  t.match(page, /Nia wrote: is anybody there\?/);
  const alert = /notifications\/([0-9a-f-]{36})\/read/.exec(page)?.[1];
  t.equal((await owner.post(`${at}/whatsapp/notifications/${alert}/read`)).statusCode, 303);
  t.notMatch((await owner.get(`${at}/whatsapp/notifications`)).body, `a-${alert}`);
  t.match((await owner.get(`${at}/whatsapp/notifications?show=all`)).body, `a-${alert}`);
  await office.customer('hello again', '447700900126', 'Ivo');
  await owner.post(`${at}/me/language`, { locale: 'es' });
  t.match((await owner.get(`${at}/whatsapp/notifications`)).body, /Ivo escribió: hello again/);
  await owner.post(`${at}/whatsapp/notifications/read`);
  t.match((await owner.get(`${at}/whatsapp/notifications`)).body, /id="alerts-badge" hidden/);
  await owner.post(`${at}/me/language`, { locale: 'en' });
});
