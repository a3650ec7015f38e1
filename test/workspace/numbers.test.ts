import t from 'tap';
import { uuid } from '../../core/ids.ts';
import type { Refused } from '../../core/workspace/refused.ts';
import { caught, onBoth, withSimulator, type Installation } from './installation.ts';

const codesOf = ({ faults }: Refused) => Object.fromEntries(Object.entries(faults).map(([field, { code }]) => [field, code]));

async function agent({ workspace, tenantId, by }: Installation, name = 'Oracle', channels?: string[]): Promise<string> {
  return (await workspace.agents.create(tenantId, { plugin: 'oracle', name, settings: { data: {} }, ...(channels && { channels }) }, by)).id;
}

onBoth(t, 'Everything wrong with a new number is told at once, by field, before the provider is asked', async (t, i) => {
  const given = { connection: { plugin: 'courier', settings: { form: { token: '', apiBaseUrl: i.provider.origin } } }, account: '+34 600', displayName: ' ', active: true };
  const refused = await caught(i.workspace.numbers.connect(i.tenantId, given, i.by));
  t.strictSame(codesOf(refused), { displayName: 'required', agentId: 'agentRequired', account: 'plugin', token: 'required' });
  t.strictSame(refused.faults['account']?.params, { plugin: 'courier', text: 'account.problem' });
  t.equal(i.provider.asked, 0);
  const only = (agentId: string) => caught(i.workspace.numbers.connect(i.tenantId, { ...given, account: '111', displayName: 'Sales', connection: { plugin: 'courier', settings: i.good() }, agentId }, i.by));
  t.match(await only(await agent(i, 'Web only', ['web'])), { faults: { agentId: { code: 'agentChannel', params: { name: 'Web only' } } } });
  t.match(await only(uuid()), { faults: { agentId: { code: 'agentUnknown' } } });
  t.match(await only('none'), { faults: { agentId: { code: 'agentUnknown' } } });
});

onBoth(t, 'Credentials that the provider refuses connect nothing; those it accepts make connection, number and binding at once', async (t, i) => {
  const agentId = await agent(i);
  const given = (token: string) => ({ connection: { plugin: 'courier', settings: { form: { token, apiBaseUrl: i.provider.origin } } }, account: ' 111 ', displayName: 'Sales', agentId, active: true });
  t.match(await caught(i.workspace.numbers.connect(i.tenantId, given('an-expired-token'), i.by)), { faults: { token: { code: 'refused', params: { said: 'Courier says: Your pass ran out on Tuesday.' } } }, lines: [{ what: 'token' }] });
  t.strictSame([await i.all('select id from connection'), await i.all('select id from number')], [[], []]);
  const { id, connectionId, lines } = await i.workspace.numbers.connect(i.tenantId, given(i.provider.token), i.by);
  t.match(lines, [{ state: 'ok' }]);
  t.match((await i.workspace.connections.get(i.tenantId, connectionId)).checks, [{ what: 'token' }, { what: 'public-url' }], 'core’s own lines are kept with the channel’s');
  t.match(await i.workspace.numbers.list(i.tenantId, 0), [{
    id, name: 'Sales', account: '111', phone: '+34 600 000 111', active: true, lamp: 'running', channel: 'Courier', agent: { id: agentId }, peopleOnly: false, connection: { id: connectionId, name: 'Sales' },
  }]);
  t.strictSame(i.runtime.directory.connection(connectionId)?.settings['lines'], ['111'], 'its settings list it');
  t.match(i.runtime.directory.numberByAccount('courier', '111'), { id, inbound: { agentId, environment: 'published' } });
  t.strictSame((await i.audited()).slice(-3), ['connection.create', 'binding.set', 'number.connect']);
  t.match(await i.workspace.connections.offers(i.tenantId, { id: connectionId }), [{ account: '111', taken: 'Sales' }, { account: '222', taken: undefined }]);
  t.match(await i.workspace.connections.offers(i.otherId, { plugin: 'courier', settings: i.good() }), [{ account: '111', taken: '' }], 'who has it is told to its own organisation only');
});

onBoth(t, 'A number is connected once in the whole installation', async (t, i) => {
  const { connectionId } = await i.workspace.numbers.connect(i.tenantId, { connection: { plugin: 'courier', settings: i.good() }, account: '111', displayName: 'Sales', active: false }, i.by);
  const again = { connection: { id: connectionId }, account: '111', displayName: 'Twice', active: false };
  t.match(await caught(i.workspace.numbers.connect(i.tenantId, again, i.by)), { code: 'NUMBER_TAKEN', faults: { account: { code: 'numberTaken', params: { name: 'Sales' } } } });
  const theirs = { ...again, connection: { plugin: 'courier', settings: i.good() } };
  t.match(await caught(i.workspace.numbers.connect(i.otherId, theirs, i.by)), { code: 'NUMBER_TAKEN', faults: { account: { params: { name: '' } } } });
  t.strictSame(await i.workspace.connections.list(i.otherId), []);
  const race = ['a', 'b'].map((displayName) => i.workspace.numbers.connect(i.tenantId, { connection: { plugin: 'courier', settings: i.good() }, account: '222', displayName, active: false }, i.by));
  t.strictSame((await Promise.allSettled(race)).map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'], 'also when two connect it in the same moment');
  t.equal((await i.workspace.connections.list(i.tenantId)).length, 2, 'and no connection is left of the one who came second');
});

onBoth(t, 'A number that the provider does not list, or calls broken, is not connected', async (t, i) => {
  const given = { connection: { plugin: 'courier', settings: i.good() }, displayName: 'Sales', active: false };
  t.match(await caught(i.workspace.numbers.connect(i.tenantId, { ...given, account: '999' }, i.by)), { faults: { account: { code: 'numberUnknown', params: { account: '999' } } } });
  i.provider.broken = [{ what: 'number 222', said: 'Line 222 was disabled.' }];
  t.match(await caught(i.workspace.numbers.connect(i.tenantId, { ...given, account: '222' }, i.by)), { faults: { account: { code: 'refused', params: { said: 'Line 222 was disabled.' } } } });
  t.ok(await i.workspace.numbers.connect(i.tenantId, { ...given, account: '111' }, i.by), 'another number of the account is');
  i.provider.numbers.push({ account: '333', title: 'Perhaps', uncertain: true });
  t.ok(await i.workspace.numbers.connect(i.tenantId, { ...given, account: '999' }, i.by), 'and any other where the list is not the whole of it');
});

onBoth(t, 'A second number on a connection is listed in its settings, and colours follow in turn', async (t, i) => {
  const { connectionId } = await i.workspace.numbers.connect(i.tenantId, { connection: { plugin: 'courier', settings: i.good() }, account: '111', displayName: 'Sales', active: false }, i.by);
  await i.workspace.numbers.connect(i.tenantId, { connection: { id: connectionId }, account: '222', displayName: 'Service', active: false }, i.by);
  t.match(await i.workspace.numbers.list(i.tenantId, 0), [{ line: 1 }, { line: 2 }]);
  t.match(i.runtime.directory.connection(connectionId)?.settings, { token: i.provider.token, lines: ['111', '222'] });
});

onBoth(t, 'A deleted number leaves its conversations, and comes back with them, also on another connection', async (t, i) => {
  const { agentId, connectionId, numberId } = await withSimulator(i);
  await i.write(connectionId, 'sim:ana', 'hi');
  t.equal(await i.workspace.numbers.conversationsOf(i.tenantId, numberId), 1);
  await i.workspace.numbers.remove(i.tenantId, numberId, i.by);
  t.strictSame(await i.workspace.numbers.list(i.tenantId, 0), []);
  t.match((await i.workspace.conversations.list(i.tenantId, {})).rows, [{ number: { name: 'Ana', deleted: true }, eligibility: { why: 'number-gone' } }]);
  await i.write(connectionId, 'sim:ana', 'still there?');
  t.match((await i.workspace.deliveries.list(i.tenantId, {})).rows, [{ state: 'processed', reason: 'No number here has the account sim:ana. Connect it, then replay this.' }, {}], 'what still comes for it is kept in the ledger');
  const back = await i.workspace.numbers.connect(i.tenantId, { connection: { plugin: 'simulator', settings: { data: {} } }, account: 'sim:ana', displayName: 'Ana again', agentId, active: true }, i.by);
  t.equal(back.id, numberId);
  t.match((await i.workspace.conversations.list(i.tenantId, {})).rows, [{ number: { name: 'Ana again', deleted: false }, eligibility: { allowed: true } }]);
  await i.write(back.connectionId, 'sim:ana', 'now?');
  const { rows } = await i.workspace.conversations.list(i.tenantId, {});
  t.match(rows, [{ last: { text: 'hello: now?', status: 'sent' } }]);
  t.equal(rows.length, 1, 'in the same conversation');
  const theirs = await i.workspace.numbers.connect(i.tenantId, { connection: { id: connectionId }, account: 'sim:bo', displayName: 'Bo', active: false }, i.by);
  await i.workspace.numbers.remove(i.tenantId, theirs.id, i.by);
  const other = await i.workspace.numbers.connect(i.otherId, { connection: { plugin: 'simulator', settings: { data: {} } }, account: 'sim:bo', displayName: 'Bo', active: false }, i.by);
  t.not(other.id, theirs.id, 'another organisation gets a number of its own');
});

onBoth(t, 'A deleted number is no longer listed, or the next save would bring it back', async (t, i) => {
  const { id, connectionId } = await i.workspace.numbers.connect(i.tenantId, { connection: { plugin: 'courier', settings: i.good() }, account: '111', displayName: 'Sales', active: false }, i.by);
  await i.workspace.numbers.remove(i.tenantId, id, i.by);
  const { version } = await i.workspace.connections.get(i.tenantId, connectionId);
  await i.workspace.connections.save(i.tenantId, connectionId, { name: 'Main', description: '', settings: { form: { token: '' } }, version }, i.by);
  t.strictSame(await i.workspace.numbers.list(i.tenantId, 0), []);
});

onBoth(t, 'A number that is switched off is silent, and answers what waited when it is switched on', async (t, i) => {
  const { connectionId, numberId } = await withSimulator(i);
  await i.workspace.numbers.setActive(i.tenantId, numberId, false, i.by);
  await i.write(connectionId, 'sim:ana', 'one');
  await i.write(connectionId, 'sim:ana', 'two', '34600111333');
  t.match(await i.workspace.numbers.list(i.tenantId, 0), [{ active: false, lamp: 'stopped', waiting: 2 }]);
  t.match(await i.all("select author from message where author <> 'contact'"), []);
  await i.workspace.numbers.setActive(i.tenantId, numberId, true, i.by);
  await i.quiet();
  t.strictSame((await i.all<{ text: string }>("select text from message where author = 'agent' order by text")).map(({ text }) => text), ['hello: one', 'hello: two']);
  t.match(await i.workspace.numbers.list(i.tenantId, 0), [{ active: true, lamp: 'running', waiting: 0, today: { in: 2, out: 2 } }]);
});

onBoth(t, 'Edit changes name, agent and switch; an active number needs an agent', async (t, i) => {
  const { numberId, connectionId } = await withSimulator(i);
  const second = await agent(i, 'Second');
  t.strictSame(codesOf(await caught(i.workspace.numbers.edit(i.tenantId, numberId, { displayName: 'Ana', active: true }, i.by))), { agentId: 'agentRequired' });
  const { version } = await i.workspace.numbers.get(i.tenantId, numberId, 0);
  await i.workspace.numbers.edit(i.tenantId, numberId, { displayName: 'Ana B.', agentId: second, active: true, version }, i.by);
  t.match(await i.workspace.numbers.get(i.tenantId, numberId, 0), { name: 'Ana B.', agent: { name: 'Second' } });
  await t.rejects(i.workspace.numbers.edit(i.tenantId, numberId, { displayName: 'Late', agentId: second, active: true, version }, i.by), { code: 'CONFLICT' });
  await i.workspace.numbers.edit(i.tenantId, numberId, { displayName: 'Ana B.', active: false }, i.by);
  t.notOk((await i.workspace.numbers.get(i.tenantId, numberId, 0)).agent);
  t.strictSame(codesOf(await caught(i.workspace.numbers.setActive(i.tenantId, numberId, true, i.by))), { agentId: 'agentRequired' });
  await i.workspace.numbers.edit(i.tenantId, numberId, { displayName: 'Ana B.', agentId: second, active: true }, i.by);
  await i.write(connectionId, 'sim:ana', 'hi');
  t.match(await i.all("select text from message where author = 'agent'"), [{ text: 'hello: hi' }]);
});

onBoth(t, 'A turn that waits for a stopped agent goes to the agent that the number is given to', async (t, i) => {
  const { agentId, numberId, connectionId } = await withSimulator(i);
  await i.workspace.agents.stop(i.tenantId, agentId, i.by);
  await i.write(connectionId, 'sim:ana', 'hi');
  t.match(await i.workspace.numbers.list(i.tenantId, 0), [{ waiting: 1 }]);
  await i.workspace.numbers.edit(i.tenantId, numberId, { displayName: 'Ana', agentId: await agent(i, 'Second'), active: true }, i.by);
  await i.quiet();
  t.match(await i.all("select text from message where author = 'agent'"), [{ text: 'hello: hi' }]);
});

onBoth(t, 'What is counted today is counted once, since midnight only', async (t, i) => {
  const { connectionId } = await withSimulator(i);
  await i.write(connectionId, 'sim:ana', 'one');
  const midnight = Date.now() - 60_000;
  const today = async (since: number) => (await i.workspace.numbers.list(i.tenantId, since))[0]?.today;
  t.strictSame([await today(midnight), await today(midnight)], [{ in: 1, out: 1 }, { in: 1, out: 1 }]);
  await i.write(connectionId, 'sim:ana', 'two');
  t.strictSame(await today(midnight), { in: 2, out: 2 });
  t.strictSame(await today(Date.now() + 60_000), { in: 0, out: 0 }, 'a new day begins with nothing');
});

onBoth(t, 'Nobody reaches the numbers of another organisation', async (t, i) => {
  const { numberId } = await withSimulator(i);
  const { numbers } = i.workspace;
  for (const reach of [
    () => numbers.get(i.otherId, numberId, 0), () => numbers.edit(i.otherId, numberId, { displayName: 'x', active: false }, i.by), () => numbers.setActive(i.otherId, numberId, false, i.by),
    () => numbers.remove(i.otherId, numberId, i.by), () => numbers.connect(i.otherId, { connection: { id: i.runtime.directory.number(numberId)?.connectionId ?? '' }, account: 'sim:x', displayName: 'x', active: false }, i.by),
    () => numbers.setActive(i.tenantId, 'not-an-id', false, i.by),
  ]) await t.rejects(async () => void (await reach()), { code: 'NOT_FOUND' });
  t.equal(await numbers.conversationsOf(i.otherId, numberId), 0);
  t.match(await numbers.list(i.tenantId, 0), [{ active: true, name: 'Ana' }]);
});
