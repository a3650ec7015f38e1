import t from 'tap';
import { Refused } from '../../core/workspace/refused.ts';
import { caught, onBoth, withSimulator } from './installation.ts';

const inboundTaken = (name: string) => ({ code: 'INBOUND_TAKEN', message: new RegExp(`${name} already answers this number`) });

onBoth(t, 'Saving publishes a new version; what was published stays as it was', async (t, i) => {
  const { id } = await i.workspace.agents.create(i.tenantId, { plugin: 'oracle', name: 'Oracle', settings: { data: { greeting: 'hi' } } }, i.by);
  const { version } = await i.workspace.agents.get(i.tenantId, id);
  t.match(await i.workspace.agents.save(i.tenantId, id, { name: 'Oracle', settings: { form: { greeting: 'good day' } }, version }, i.by), { ordinal: 2 });
  t.match(await i.workspace.agents.save(i.tenantId, id, { name: 'Pythia', settings: { form: { greeting: 'good day' } }, version: version + 1 }, i.by), { ordinal: 2 }, 'the same settings make none');
  t.match(await i.all('select ordinal, settings, created_by from agent_version order by ordinal'), [{ ordinal: 1, settings: /"hi"/, created_by: String(i.by !== 'configuration' && i.by.userId) }, { ordinal: 2, settings: /good day/ }]);
  t.match(await i.workspace.agents.list(i.tenantId), [{ name: 'Pythia', title: 'Oracle', published: 2, state: 'running', settings: undefined }]);
  await t.rejects(i.workspace.agents.save(i.tenantId, id, { name: 'x', settings: { form: {} }, version }, i.by), { code: 'CONFLICT' });
});

onBoth(t, 'An agent’s secrets stand apart from its versions, sealed, at any depth', async (t, i) => {
  const data = { greeting: 'hi', apiKey: 'the-key-of-the-oracle-1234', model: { name: 'delphi', key: 'the-key-of-the-model' } };
  const { id } = await i.workspace.agents.create(i.tenantId, { plugin: 'oracle', name: 'Oracle', settings: { data } }, i.by);
  const [version] = await i.all<{ settings: string }>('select settings from agent_version');
  t.strictSame(JSON.parse(version?.settings ?? ''), { greeting: 'hi', model: { name: 'delphi' } });
  t.match(JSON.parse((await i.all<{ secrets: string }>('select secrets from agent'))[0]?.secrets ?? ''), { apiKey: /^v1\./, 'model.key': /^v1\./ });
  t.strictSame(i.runtime.directory.agent(id)?.versions.published?.settings, data, 'the agent has them in the open');
  t.match(await i.workspace.agents.get(i.tenantId, id), { settings: { apiKey: '1234', model: { key: '' } } });
  const { version: row } = await i.workspace.agents.get(i.tenantId, id);
  await i.workspace.agents.save(i.tenantId, id, { name: 'Oracle', settings: { form: { greeting: 'hello', apiKey: '', 'apiKey.clear': 'on', 'model.name': 'delphi', 'model.key': '' } }, version: row }, i.by);
  t.strictSame(i.runtime.directory.agent(id)?.versions.published?.settings, { greeting: 'hello', model: { name: 'delphi', key: 'the-key-of-the-model' } }, 'one cleared, the other kept');
});

onBoth(t, 'Settings that the plugin calls broken are not saved, and the field says why', async (t, i) => {
  const create = i.workspace.agents.create(i.tenantId, { plugin: 'rules', name: 'Rules', settings: { data: { rules: [{ when: { any: true }, menu: 'nowhere' }] } } }, i.by);
  const refused = await create.catch((error: unknown) => error);
  t.ok(refused instanceof Refused);
  t.match(refused, { faults: { rules: { code: 'refused', params: { who: 'Rules', said: /“nowhere”, which does not exist/ } } } });
  t.strictSame(await i.workspace.agents.list(i.tenantId), []);
  t.match(await i.workspace.agents.create(i.tenantId, { plugin: 'rules', name: 'Rules', settings: { form: { rules: 'when: {' } } }, i.by).catch((error: unknown) => error), { faults: { rules: { code: 'notYaml', params: { line: 1 } } } });
});

onBoth(t, 'A stopped agent answers nothing and loses nothing', async (t, i) => {
  const { agentId, connectionId } = await withSimulator(i);
  await i.workspace.agents.stop(i.tenantId, agentId, i.by);
  await i.write(connectionId, 'sim:ana', 'one');
  await i.write(connectionId, 'sim:ana', 'two');
  const [conversation] = (await i.workspace.conversations.list(i.tenantId, {})).rows;
  t.match(await i.workspace.conversations.get(i.tenantId, conversation?.id ?? ''), { why: { said: 'agent-stopped' }, unread: 2 });
  t.match(await i.workspace.agents.get(i.tenantId, agentId), { state: 'stopped', waiting: 2 });
  t.match(await i.workspace.agents.start(i.tenantId, agentId, i.by), { state: 'running' });
  await i.quiet();
  t.match(await i.workspace.conversations.get(i.tenantId, conversation?.id ?? ''), { why: { said: 'It always answers.', agent: 'Oracle', version: 1, joined: 2 }, last: { text: 'hello: two' } });
  t.match(await i.workspace.agents.get(i.tenantId, agentId), { waiting: 0, bindings: [{ number: { name: 'Ana', lamp: 'running' }, inbound: { published: true }, conversations: 1 }] });
});

onBoth(t, 'An agent that can no longer run is in error and says why', async (t, i) => {
  const { id } = await i.workspace.agents.create(i.tenantId, { plugin: 'oracle', name: 'Oracle', settings: { data: {} }, start: false }, i.by);
  t.match(await i.workspace.agents.list(i.tenantId), [{ state: 'stopped' }]);
  await i.db.write((sql) => sql.run(`update agent_version set settings = '{"greeting":"curse"}' where agent_id = ?`, [id]));
  t.match(await i.workspace.agents.restart(i.tenantId, id, i.by), { state: 'error' });
  t.match(await i.workspace.agents.list(i.tenantId), [{ state: 'error', reason: 'That is no greeting.' }]);
});

onBoth(t, 'Only one agent takes a number’s inbound traffic, and the other is named', async (t, i) => {
  const { agentId, numberId, connectionId } = await withSimulator(i);
  const { id: second } = await i.workspace.agents.create(i.tenantId, { plugin: 'oracle', name: 'Second', settings: { data: { greeting: 'second' } } }, i.by);
  await t.rejects(i.workspace.agents.bind(i.tenantId, { numberId, agentId: second, inbound: true }, i.by), inboundTaken('Oracle'));
  const { version } = await i.workspace.agents.get(i.tenantId, agentId);
  await i.workspace.agents.saveDraft(i.tenantId, agentId, { settings: { data: { greeting: 'draft' } }, version }, i.by);
  await t.rejects(i.workspace.agents.bind(i.tenantId, { numberId, agentId, environment: 'draft', inbound: true }, i.by), inboundTaken('Oracle'), 'whatever the environment');
  await i.workspace.agents.bind(i.tenantId, { numberId, agentId: second, inbound: false }, i.by);
  t.match(await i.workspace.agents.get(i.tenantId, second), { numbers: [], bindings: [{ inbound: { published: false }, takenBy: { id: agentId, name: 'Oracle' } }] }, 'outbound only it may have it too');
  await i.workspace.agents.bind(i.tenantId, { numberId, agentId, inbound: false }, i.by);
  await i.workspace.agents.bind(i.tenantId, { numberId, agentId: second, inbound: true }, i.by);
  await i.write(connectionId, 'sim:ana', 'hi');
  t.match(await i.all("select text from message where author = 'agent'"), [{ text: 'second: hi' }]);
  await i.workspace.agents.unbind(i.tenantId, { numberId, agentId: second }, i.by);
  t.strictSame((await i.workspace.agents.get(i.tenantId, second)).bindings[0]?.inbound, {});
  const { id: webOnly } = await i.workspace.agents.create(i.tenantId, { plugin: 'oracle', name: 'Web', channels: ['web'], settings: { data: {} } }, i.by);
  await t.rejects(i.workspace.agents.bind(i.tenantId, { numberId, agentId: webOnly, inbound: true }, i.by), { code: 'INVALID_INPUT', message: /Web is not enabled for WhatsApp/ });
});

onBoth(t, 'Two agents that take a number in the same moment end as one', async (t, i) => {
  const { agentId, numberId } = await withSimulator(i);
  await i.workspace.agents.unbind(i.tenantId, { numberId, agentId }, i.by);
  const { id: second } = await i.workspace.agents.create(i.tenantId, { plugin: 'oracle', name: 'Second', settings: { data: {} } }, i.by);
  const results = await Promise.allSettled([agentId, second].map((id) => i.workspace.agents.bind(i.tenantId, { numberId, agentId: id, inbound: true }, i.by)));
  t.strictSame(results.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
  t.match(results.find(({ status }) => status === 'rejected'), { reason: { code: 'INBOUND_TAKEN' } });
});

onBoth(t, 'A whole connection is attached at once; what another agent takes stays outbound and is named', async (t, i) => {
  const { connectionId } = await withSimulator(i);
  await i.workspace.numbers.connect(i.tenantId, { connection: { id: connectionId }, account: 'sim:bo', displayName: 'Bo', active: false }, i.by);
  const { id: second } = await i.workspace.agents.create(i.tenantId, { plugin: 'oracle', name: 'Second', settings: { data: {} } }, i.by);
  t.strictSame(await i.workspace.agents.bindConnection(i.tenantId, { connectionId, agentId: second, inbound: true }, i.by), { taken: [{ number: 'Ana', agent: 'Oracle' }] });
  t.match(await i.workspace.agents.get(i.tenantId, second), { numbers: [{ name: 'Bo' }], bindings: [{ inbound: { published: false } }, { inbound: { published: true } }] });
});

onBoth(t, 'Nobody reaches the agents of another organisation, nor plugs its own into foreign numbers', async (t, i) => {
  const { agentId, numberId, connectionId } = await withSimulator(i);
  const { id: theirs } = await i.workspace.agents.create(i.otherId, { plugin: 'oracle', name: 'Theirs', settings: { data: {} } }, i.by);
  const { agents } = i.workspace;
  for (const reach of [
    () => agents.get(i.otherId, agentId), () => agents.fields(i.otherId, { id: agentId }, 'en'), () => agents.start(i.otherId, agentId, i.by), () => agents.stop(i.otherId, agentId, i.by),
    () => agents.save(i.otherId, agentId, { name: 'x', settings: { data: {} }, version: 1 }, i.by), () => agents.bind(i.otherId, { numberId, agentId: theirs, inbound: true }, i.by),
    () => agents.bind(i.tenantId, { numberId, agentId: theirs, inbound: false }, i.by), () => agents.bindConnection(i.otherId, { connectionId, agentId: theirs, inbound: true }, i.by),
    () => agents.unbind(i.otherId, { numberId, agentId }, i.by),
  ]) await t.rejects(async () => void (await reach()), { code: 'NOT_FOUND' });
});

onBoth(t, 'Everything wrong with an agent is told at once, its name with its settings', async (t, i) => {
  const wrong = { name: ' ', settings: { data: { greeting: 7 } } };
  const faults = { name: { code: 'required' }, greeting: { code: 'wrongType' } };
  t.match(await caught(i.workspace.agents.create(i.tenantId, { plugin: 'oracle', ...wrong }, i.by)), { faults });
  const { id } = await i.workspace.agents.create(i.tenantId, { plugin: 'oracle', name: 'Oracle', settings: { data: {} } }, i.by);
  t.match(await caught(i.workspace.agents.save(i.tenantId, id, { ...wrong, version: (await i.workspace.agents.get(i.tenantId, id)).version }, i.by)), { faults });
});
