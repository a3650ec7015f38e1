import t from 'tap';
import { caught, onBoth, withSimulator, type Installation } from './installation.ts';

/** What was answered last in the only conversation of a number. */
async function said({ all }: Installation, account: string): Promise<string | undefined> {
  const rows = await all<{ text: string }>("select m.text from message m join number n on n.id = m.number_id where n.account = ? and m.author = 'agent' order by m.id", [account]);
  return rows.at(-1)?.text;
}

/** A second number of the same connection, bound in draft. */
async function withTestNumber(i: Installation) {
  const { agentId, numberId, connectionId } = await withSimulator(i);
  const { agents, numbers } = i.workspace;
  const { id: testId } = await numbers.connect(i.tenantId, { connection: { id: connectionId }, account: 'sim:test', displayName: 'Test', active: false }, i.by);
  return { agentId, numberId, connectionId, testId, agents, numbers };
}

onBoth(t, 'A number bound in draft talks to the draft and to nothing else; the others go on with what is published', async (t, i) => {
  const { agentId, connectionId, testId, agents, numbers } = await withTestNumber(i);
  t.match(await caught(agents.bind(i.tenantId, { numberId: testId, agentId, environment: 'draft', inbound: true }, i.by)), { faults: { environment: { code: 'noDraft', params: { name: 'Oracle' } } } }, 'offered only when there is a draft');
  const { version } = await agents.get(i.tenantId, agentId);
  t.match(await agents.saveDraft(i.tenantId, agentId, { settings: { data: { greeting: 'draft' } }, version }, i.by), { ordinal: 2 });
  await t.rejects(agents.saveDraft(i.tenantId, agentId, { settings: { data: { greeting: 'stale' } }, version }, i.by), { code: 'CONFLICT' });
  t.match(await agents.get(i.tenantId, agentId), { published: 1, draft: 2, settings: { greeting: 'hello' } });
  await agents.bind(i.tenantId, { numberId: testId, agentId, environment: 'draft', inbound: true }, i.by);
  await numbers.setActive(i.tenantId, testId, true, i.by);
  await i.write(connectionId, 'sim:test', 'who?');
  await i.write(connectionId, 'sim:ana', 'who?', '34600111333');
  t.equal(await said(i, 'sim:test'), 'draft: who?');
  t.equal(await said(i, 'sim:ana'), 'hello: who?');
  const { version: later } = await agents.get(i.tenantId, agentId);
  await agents.saveDraft(i.tenantId, agentId, { settings: { data: { greeting: 'second draft' } }, version: later }, i.by);
  await i.write(connectionId, 'sim:test', 'and now?');
  t.equal(await said(i, 'sim:test'), 'second draft: and now?');
});

onBoth(t, 'A draft is published, and the numbers bound in draft say the same from then on', async (t, i) => {
  const { agentId, connectionId, testId, agents, numbers } = await withTestNumber(i);
  await t.rejects(agents.publishDraft(i.tenantId, agentId, i.by), { code: 'NOT_FOUND' });
  const { version } = await agents.get(i.tenantId, agentId);
  await agents.saveDraft(i.tenantId, agentId, { settings: { data: { greeting: 'draft' } }, version }, i.by);
  await agents.bind(i.tenantId, { numberId: testId, agentId, environment: 'draft', inbound: true }, i.by);
  await numbers.setActive(i.tenantId, testId, true, i.by);
  t.match(await agents.publishDraft(i.tenantId, agentId, i.by), { ordinal: 2 });
  await i.write(connectionId, 'sim:test', 'who?');
  await i.write(connectionId, 'sim:ana', 'who?', '34600111333');
  t.equal(await said(i, 'sim:test'), 'draft: who?');
  t.equal(await said(i, 'sim:ana'), 'draft: who?');
  await t.rejects(agents.publishDraft(i.otherId, agentId, i.by), { code: 'NOT_FOUND' }, 'not by another organisation');
});

onBoth(t, 'A draft that no number is bound to is gone once it is published; one that changed since it was looked at is neither published nor dropped', async (t, i) => {
  const { agentId, connectionId, agents } = await withTestNumber(i);
  const { version } = await agents.get(i.tenantId, agentId);
  await agents.saveDraft(i.tenantId, agentId, { name: 'Seer', settings: { data: { greeting: 'draft' } }, version }, i.by);
  await t.rejects(agents.publishDraft(i.tenantId, agentId, i.by, version), { code: 'CONFLICT' });
  await t.rejects(agents.dropDraft(i.tenantId, agentId, i.by, version), { code: 'CONFLICT' });
  const { version: now, name } = await agents.get(i.tenantId, agentId);
  t.equal(name, 'Seer', 'the name is the agent’s, and not lost');
  await agents.publishDraft(i.tenantId, agentId, i.by, now);
  t.match(await agents.get(i.tenantId, agentId), { published: 2, draft: undefined, settings: { greeting: 'draft' } });
  await i.write(connectionId, 'sim:ana', 'who?', '34600111333');
  t.equal(await said(i, 'sim:ana'), 'draft: who?');
});

onBoth(t, 'A number is connected for the draft in one step, and only where there is one', async (t, i) => {
  const { agentId, connectionId, agents, numbers } = await withTestNumber(i);
  const given = { connection: { id: connectionId }, account: 'sim:draft', displayName: 'Draft', active: true, agentId, environment: 'draft' as const };
  t.match(await caught(numbers.connect(i.tenantId, given, i.by)), { faults: { environment: { code: 'noDraft', params: { name: 'Oracle' } } } });
  t.notOk((await numbers.list(i.tenantId, 0)).some(({ account }) => account === 'sim:draft'), 'nothing is left of what was refused');
  const { version } = await agents.get(i.tenantId, agentId);
  await agents.saveDraft(i.tenantId, agentId, { settings: { data: { greeting: 'draft' } }, version }, i.by);
  const { id } = await numbers.connect(i.tenantId, given, i.by);
  await i.write(connectionId, 'sim:draft', 'who?');
  t.equal(await said(i, 'sim:draft'), 'draft: who?');
  t.match((await agents.get(i.tenantId, agentId)).bindings.find(({ number }) => number.id === id)?.inbound, { draft: true, published: undefined });
});

onBoth(t, 'One number is plugged into the published version and the draft apart from each other, and one of them takes what comes in', async (t, i) => {
  const { agentId, connectionId, testId, agents, numbers } = await withTestNumber(i);
  const { version } = await agents.get(i.tenantId, agentId);
  await agents.saveDraft(i.tenantId, agentId, { settings: { data: { greeting: 'draft' } }, version }, i.by);
  await agents.bind(i.tenantId, { numberId: testId, agentId, environment: 'published', inbound: false }, i.by);
  await agents.bind(i.tenantId, { numberId: testId, agentId, environment: 'draft', inbound: true }, i.by);
  await numbers.setActive(i.tenantId, testId, true, i.by);
  const plugged = async () => (await agents.get(i.tenantId, agentId)).bindings.find(({ number }) => number.id === testId);
  t.strictSame((await plugged())?.inbound, { published: false, draft: true });
  t.equal((await plugged())?.takenBy, undefined, 'itself is not another agent');
  t.match(await caught(agents.bind(i.tenantId, { numberId: testId, agentId, environment: 'published', inbound: true }, i.by)), { code: 'INBOUND_TAKEN' });
  await i.write(connectionId, 'sim:test', 'who?');
  t.equal(await said(i, 'sim:test'), 'draft: who?');
  await agents.unbind(i.tenantId, { numberId: testId, agentId, environment: 'draft' }, i.by);
  t.strictSame((await plugged())?.inbound, { published: false });
});

onBoth(t, 'A draft that is given up takes its bindings along, and people answer those numbers', async (t, i) => {
  const { agentId, connectionId, testId, agents, numbers } = await withTestNumber(i);
  const { version } = await agents.get(i.tenantId, agentId);
  await agents.saveDraft(i.tenantId, agentId, { settings: { data: { greeting: 'draft' } }, version }, i.by);
  await agents.bind(i.tenantId, { numberId: testId, agentId, environment: 'draft', inbound: true }, i.by);
  await numbers.setActive(i.tenantId, testId, true, i.by);
  await agents.stop(i.tenantId, agentId, i.by);
  await i.write(connectionId, 'sim:test', 'is anybody there?');
  await agents.dropDraft(i.tenantId, agentId, i.by);
  await i.quiet();
  t.match((await numbers.list(i.tenantId, 0)).find(({ account }) => account === 'sim:test'), { peopleOnly: true, waiting: 0 });
  t.equal(await said(i, 'sim:test'), undefined);
  t.notOk((await agents.get(i.tenantId, agentId)).draft);
});

onBoth(t, 'A whole connection is plugged in at once; what another agent answers stays outbound only and is named', async (t, i) => {
  const { agentId, connectionId, testId, agents, numbers } = await withTestNumber(i);
  const { id: second } = await agents.create(i.tenantId, { plugin: 'oracle', name: 'Second', settings: { data: { greeting: 'second' } } }, i.by);
  t.strictSame(await agents.bindConnection(i.tenantId, { connectionId, agentId: second, inbound: true }, i.by), { taken: [{ number: 'Ana', agent: 'Oracle' }] });
  await numbers.setActive(i.tenantId, testId, true, i.by);
  await i.write(connectionId, 'sim:test', 'who?');
  await i.write(connectionId, 'sim:ana', 'who?', '34600111333');
  t.equal(await said(i, 'sim:test'), 'second: who?');
  t.equal(await said(i, 'sim:ana'), 'hello: who?', 'whoever had it keeps it');
  t.match((await agents.get(i.tenantId, second)).bindings.map(({ number, inbound }) => [number.account, inbound.published] as const).sort(([a], [b]) => (a < b ? -1 : 1)), [['sim:ana', false], ['sim:test', true]]);
  t.match((await agents.get(i.tenantId, agentId)).bindings.filter(({ inbound }) => inbound.published).map(({ number }) => number.account), ['sim:ana']);
});
