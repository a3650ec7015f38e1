/** Connections and numbers by program: asked before they are saved, run, changed without a secret ever coming back. */
import type { Test } from 'tap';
import notifications from '../../plugins/notifications/index.ts';
import rules from '../../plugins/rules/index.ts';
import simulator from '../../plugins/simulator/index.ts';
import { textOf } from '../workspace/installation.ts';
import { pigeonPost } from '../workspace/pigeon.ts';
import { onBoth, openOffice } from './office.ts';

const seal = 'seal-of-the-loft-1234';

async function openLoft(t: Test, on: { database?: string }) {
  const post = pigeonPost();
  const office = await openOffice(t, { ...on, plugins: [simulator, post.plugin, rules, notifications] });
  const key = await office.key(['*']);
  const loft = async () => (await key.post('/connections', { plugin: 'pigeon', name: 'Loft', settings: { seal } })).json<{ id: string; version: number }>();
  const agent = async (name: string) => (await office.ctx.workspace.agents.create(office.tenantId, { plugin: 'rules', name, settings: { data: { rules: [] } } }, 'configuration')).id;
  return { post, office, key, loft, agent };
}

onBoth('what the provider refuses is not saved, and its words are told in the caller’s language', async (t, on) => {
  const { post, key } = await openLoft(t, on);
  post.refuses = 'Who are you?';
  const refused = await key.post('/connections', { plugin: 'pigeon', name: 'Loft', settings: { seal } }, { 'accept-language': 'es' });
  t.equal(refused.statusCode, 422);
  t.match(refused.json(), { error: { code: 'SETTINGS_INVALID', fields: { seal: /El palomar north no conoce este sello. “Who are you\?”/ }, checks: [{ id: 'seal', what: 'Sello', state: 'broken', answered: 'Who are you?', mend: 'Pide un sello nuevo.' }] } });
  t.notMatch(refused.body, seal);
  t.same((await key.get('/connections')).json(), { items: [] });
  t.match((await key.post('/checks', { plugin: 'pigeon', settings: { seal } })).json(), { checks: [{ state: 'broken' }] }, 'settings that are not saved can be checked');
  t.match((await key.post('/connections', { plugin: 'pigeon', name: 'Loft', settings: { seal: 'x' } })).json(), { error: { code: 'SETTINGS_INVALID', fields: { seal: 'Use at least 6 characters.' } } });
  t.match((await key.post('/connections', { plugin: 'raven', name: 'Loft', settings: {} })).json(), { error: { message: 'There is no such plugin, or it could not be loaded.' } });
});

onBoth('a secret goes in and never comes out; what was read can be sent back and changes nothing', async (t, on) => {
  const { office, key, loft } = await openLoft(t, on);
  const { id } = await loft();
  const read = (await key.get(`/connections/${id}`)).json<{ settings: object; secrets: object; version: number }>();
  t.match(read, { settings: { loft: 'north' }, secrets: { seal: '1234' } });
  t.notOk('seal' in read.settings || 'hook' in read.settings);
  const stored = () => office.ctx.runtime.directory.connection(id)?.settings;
  const { seal: sealed, hook } = stored() ?? {};
  t.equal((await key.call('PATCH', `/connections/${id}`, { settings: read.settings })).statusCode, 200);
  t.match(stored(), { seal: sealed, hook, loft: 'north' });
  await key.call('PATCH', `/connections/${id}`, { name: 'South', settings: { loft: 'south' } });
  t.match(stored(), { seal: sealed, hook, loft: 'south' });
  await key.call('PATCH', `/connections/${id}`, { settings: { seal: 'another-seal-of-the-loft-9876', loft: null } });
  t.match(stored(), { seal: 'another-seal-of-the-loft-9876', hook, loft: 'north' }, 'null takes a setting back to its default');
  t.match((await key.get(`/connections/${id}`)).json(), { name: 'South', secrets: { seal: '9876' } });
  t.match((await key.call('PATCH', `/connections/${id}`, { settings: { seal: 4 } })).json(), { error: { fields: { seal: /string|text/ } } });
  for (const path of ['/connections', `/connections/${id}`, `/connections/${id}/logs`, `/connections/${id}/checks`, `/connections/${id}/offers`, '/numbers', '/channels']) {
    const answer = await key.get(path);
    t.equal(answer.statusCode, 200, path);
    for (const secret of [seal, 'another-seal-of-the-loft-9876', textOf(hook)]) t.notMatch(answer.body, secret, path);
  }
});

onBoth('null takes a secret away; one that must be there is refused at its field, and one that was made here stays', async (t, on) => {
  const { office, key, loft } = await openLoft(t, on);
  const { id } = await loft();
  const stored = () => office.ctx.runtime.directory.connection(id)?.settings ?? {};
  const patch = (settings: object) => key.call('PATCH', `/connections/${id}`, { settings });
  t.equal((await patch({ spareSeal: 'a-spare-seal', stamp: { ink: 'a-secret-ink', colour: 'red' } })).statusCode, 200);
  t.match(stored(), { spareSeal: 'a-spare-seal', stamp: { ink: 'a-secret-ink', colour: 'red' } });
  t.equal((await patch({ loft: 'south' })).statusCode, 200);
  t.match(stored(), { spareSeal: 'a-spare-seal', stamp: { ink: 'a-secret-ink' } }, 'what is not named stays');
  const taken = await patch({ spareSeal: null, stamp: { ink: null } });
  t.equal(taken.statusCode, 200);
  t.match(taken.json(), { secrets: { spareSeal: undefined } });
  t.notOk('spareSeal' in stored(), 'it is gone');
  t.strictSame(stored()['stamp'], { colour: 'red' }, 'so is one inside');
  const { hook } = stored();
  const refused = await patch({ seal: null, hook: null });
  t.match([refused.statusCode, refused.json()], [422, { error: { code: 'SETTINGS_INVALID', fields: { seal: 'This must be filled in.', hook: 'This must be filled in.' } } }]);
  t.match(stored(), { seal, hook, loft: 'south' });
});

onBoth('of two programs that change a connection, the one that read an older version is told so', async (t, on) => {
  const { key, loft } = await openLoft(t, on);
  const { id, version } = await loft();
  t.equal((await key.call('PATCH', `/connections/${id}`, { name: 'First', version })).statusCode, 200);
  t.match(await key.call('PATCH', `/connections/${id}`, { name: 'Second', version }), { statusCode: 409 });
  t.match((await key.get(`/connections/${id}`)).json(), { name: 'First' });
});

onBoth('a connection is started, stopped and looked into; the log names the key that did it', async (t, on) => {
  const { post, key, loft } = await openLoft(t, on);
  const { id } = await loft();
  t.match((await key.post(`/connections/${id}/stop`)).json(), { state: 'stopped' });
  post.refuses = 'Closed on Mondays.';
  t.match((await key.post(`/connections/${id}/start`)).json(), { state: 'error', checks: [{ id: 'seal', state: 'broken', answered: 'Closed on Mondays.' }] });
  t.match((await key.get(`/connections/${id}`)).json(), { state: 'error', reason: /seal/ });
  delete post.refuses;
  t.match((await key.post(`/connections/${id}/restart`)).json(), { state: 'running' });
  const { items } = (await key.get(`/connections/${id}/logs?limit=200`)).json<{ items: { event?: string; by?: string; level: string }[] }>();
  t.ok(['connection.create', 'connection.stop', 'connection.start', 'connection.restart'].every((event) => items.some((line) => line.event === event && line.by === 'program 1')), 'each deed with who did it');
  t.ok((await key.get(`/connections/${id}/logs?level=error`)).json<{ items: { level: string }[] }>().items.every(({ level }) => level === 'error'));
  const first = (await key.get(`/connections/${id}/logs?limit=1`)).json<{ items: { id: string }[]; next: string }>();
  const second = (await key.get(`/connections/${id}/logs?limit=1&after=${first.next}`)).json<{ items: { id: string }[] }>();
  t.ok((second.items[0]?.id ?? '') < (first.items[0]?.id ?? ''), 'newest first, page by page');
});

onBoth('events that go elsewhere are only taken when that is asked for', async (t, on) => {
  const { post, key, loft } = await openLoft(t, on);
  const { id } = await loft();
  post.subscription = { state: 'other', url: 'https://elsewhere.example' };
  t.match(await key.post(`/connections/${id}/subscribe`), { statusCode: 409 });
  t.match((await key.post(`/connections/${id}/subscribe`, { overwrite: true })).json(), { checks: [{ id: 'subscription', state: 'ok' }] });
  t.match((await key.get(`/connections/${id}/checks`)).json(), { checks: [{ id: 'subscription', state: 'ok' }] }, 'the last check says so');
});

onBoth('new webhook secrets are shown once made, and the old ones hold for the hours given', async (t, on) => {
  const { office, key, loft } = await openLoft(t, on);
  const { id } = await loft();
  const was = (await key.get(`/connections/${id}/hand-off`)).json<{ webhookUrl: string; tokens: { field: string; value: string }[] }>();
  const is = (await key.post(`/connections/${id}/rotate-secret`, { graceHours: 2 })).json<typeof was>();
  t.not(is.webhookUrl, was.webhookUrl);
  t.not(is.tokens[0]?.value, was.tokens[0]?.value);
  const come = async ({ webhookUrl, tokens }: typeof was) =>
    (await office.app.inject({ method: 'POST', url: new URL(webhookUrl).pathname, payload: '[]', headers: { host: 'localhost:3000', 'x-hook': `${tokens[0]?.value}.${seal}` } })).statusCode;
  t.same([await come(was), await come(is)], [200, 200]);
  office.pass(2 * 3_600_000 + 1);
  t.same([await come(was), await come(is)], [404, 200]);
  t.match((await key.post(`/connections/${id}/rotate-secret`, { graceHours: 25 })).json(), { error: { fields: { graceHours: 'The most is 24.' } } });
});

onBoth('a number is plugged in, given to an agent, changed and taken away', async (t, on) => {
  const { post, key, loft, agent } = await openLoft(t, on);
  const { id: connection } = await loft();
  const [ana, bo] = [await agent('Ana'), await agent('Bo')];
  t.match((await key.get('/agents')).json(), { items: [{ id: ana, name: 'Ana' }, { id: bo, name: 'Bo' }] });
  t.match((await key.post('/numbers', { connection, account: 'ring-1', name: 'Sales', active: true })).json(), { error: { fields: { agent: 'An active number needs an agent.' } } });
  const made = await key.post('/numbers', { connection, account: ' ring-1 ', name: 'Sales', agent: ana });
  t.equal(made.statusCode, 201);
  t.match(made.json(), { account: 'ring-1', name: 'Sales', active: true, agent: ana, connection, state: 'running' });
  const { id } = made.json<{ id: string }>();
  t.equal(made.headers.location, `/api/v1/numbers/${id}`);
  t.match(await key.post('/numbers', { connection, account: 'ring-1', name: 'Again', agent: ana }), { statusCode: 409, body: /NUMBER_TAKEN/ });
  t.match((await key.call('PATCH', `/numbers/${id}`, { name: 'Support' })).json(), { name: 'Support', agent: ana, active: true }, 'what is not given stays');
  t.match((await key.call('PUT', `/numbers/${id}/bindings`, { agent: bo })).json(), { error: { code: 'INBOUND_TAKEN', fields: { inbound: /Ana already answers/ } } });
  t.match((await key.call('PUT', `/numbers/${id}/bindings`, { agent: bo, inbound: false })).json(), { items: [{ agent: ana, inbound: true }, { agent: bo, inbound: false, environment: 'published' }] });
  t.equal((await key.call('DELETE', `/numbers/${id}/bindings?agent=${bo}`)).statusCode, 204);
  t.match((await key.call('PATCH', `/numbers/${id}`, { agent: bo })).json(), { agent: bo });
  t.match((await key.call('PATCH', `/numbers/${id}`, { active: false })).json(), { active: false, agent: bo, state: 'stopped' });
  t.match((await key.call('PUT', `/connections/${connection}/bindings`, { agent: ana })).json(), { taken: [{ number: 'Support', agent: 'Bo' }] });
  t.match((await key.post(`/numbers/${id}/register`, { pin: '48' })).json(), { error: { fields: { pin: /000000/ } } });
  t.match((await key.post(`/numbers/${id}/register`, { pin: '482913' })).json(), { checks: [{ state: 'ok', said: 'It may fly.' }] });
  t.same(post.registered, [{ account: 'ring-1', pin: '482913' }]);
  t.equal((await key.call('DELETE', `/numbers/${id}`)).statusCode, 204);
  t.equal((await key.get(`/numbers/${id}`)).statusCode, 404);
  const withConnection = (await key.post('/numbers', { connection: { plugin: 'pigeon', settings: { seal }, name: 'Second loft' }, account: 'ring-2', name: 'Two' })).json<{ connection: string }>();
  t.match((await key.get(`/connections/${withConnection.connection}`)).json(), { name: 'Second loft', numbers: [{ name: 'Two' }] });
});

onBoth('a template is submitted, checked before anybody is asked, and taken away at the provider too', async (t, on) => {
  const { post, key, loft } = await openLoft(t, on);
  const { id: connection } = await loft();
  const draft = { connection, name: 'parcel', language: 'en', category: 'UTILITY', header: { kind: 'text', text: 'Parcel' }, body: 'Hello {{1}}', examples: { 1: 'Ana' } };
  t.match((await key.post('/templates', { ...draft, name: 'Parcel!' }, { 'accept-language': 'es' })).json(), { error: { fields: { name: 'En minúsculas.' } } });
  t.same(post.made, []);
  const made = await key.post('/templates', draft);
  t.match(made.json(), { connection, name: 'parcel', status: 'pending', preview: { header: { text: 'Parcel' }, body: 'Hello {{1}}' } });
  post.refuses = 'Not while it rains.';
  const { id } = made.json<{ id: string }>();
  t.match((await key.call('DELETE', `/templates/${id}`)).json(), { error: { message: /Not while it rains/ } });
  delete post.refuses;
  t.equal((await key.call('DELETE', `/templates/${id}`)).statusCode, 204);
  t.same(post.deleted, ['t1']);
  t.equal((await key.get(`/templates/${id}`)).statusCode, 404);
});
