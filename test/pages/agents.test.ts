/** Agents on their pages: rules, drafts, and the numbers that are plugged into them. */
import t from 'tap';
import { account, keptIn, openMetaOffice } from './meta-office.ts';

const { office, at, ids, ctx, owner, typed, numbers } = await openMetaOffice(t);

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
  t.match(refused.body, /data-refusal/);
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
