import t from 'tap';
import { hashKey } from '../../core/pipeline/receive.ts';
import { passwordFits } from '../../core/password.ts';
import { until } from '../until.ts';
import { declaration, type Changes } from './shop.ts';
import { onBoth, type Installation } from './installation.ts';

const apply = (i: Installation, changes: Changes = {}) => i.workspace.atStart([declaration(changes)]);

async function shop(i: Installation) {
  const tenant = i.runtime.directory.tenantBySlug('shop');
  const id = tenant?.id ?? '';
  const [connections, numbers, agents] = [await i.workspace.connections.list(id), await i.workspace.numbers.list(id, 0), await i.workspace.agents.list(id)];
  return { id, tenant, connections, numbers, agents, connection: connections[0]?.id ?? '', number: numbers[0]?.id ?? '', agent: agents[0]?.id ?? '' };
}

onBoth(t, 'What is declared is there, and answers', async (t, i) => {
  await apply(i);
  const { id, tenant, connections, numbers, agents, connection } = await shop(i);
  t.match(tenant, { name: 'Shop', locale: 'es', timeZone: 'Europe/Madrid' });
  t.match(connections, [{ name: 'Phones', state: 'running', declared: true }]);
  t.match(agents, [{ name: 'Echo', state: 'running', published: 1, declared: true, numbers: [{ name: 'Sales' }] }]);
  t.match(numbers, [{ name: 'Sales', account: 'sim:shop', active: true, lamp: 'running', declared: true, agent: { name: 'Echo' } }]);
  t.equal(i.runtime.directory.connectionByKey(hashKey('hook-of-main'), Date.now())?.id, connection);
  t.match(await i.all('select name, hash, revoked_at from api_key'), [{ name: 'script', hash: hashKey('key-of-the-script'), revoked_at: null }]);
  t.notMatch(JSON.stringify(await i.all('select settings from connection')), 'a-declared-secret-1');
  const [user] = await i.all<{ email: string; password_hash: string }>('select email, password_hash from "user"');
  t.equal(user?.email, 'owner@shop.test');
  t.ok(await passwordFits(user?.password_hash ?? null, 'a sentence works well'));
  await i.write(connection, 'sim:shop', 'hola');
  t.match(await i.workspace.conversations.list(id, {}), { rows: [{ last: { text: 'echo: hola', status: 'sent' } }] });
});

onBoth(t, 'The same declaration again changes nothing', async (t, i) => {
  await apply(i);
  const picture = async () => ({
    audit: await i.audited(), versions: await i.all('select id, ordinal from agent_version'), connections: await i.all('select id, settings, version from connection'),
    numbers: await i.all('select id, version from number'), keys: await i.all('select id, hash, valid_until from webhook_key'), bindings: await i.all('select id from binding'), users: await i.all('select id, password_hash from "user"'),
  });
  const before = await picture();
  await apply(i);
  await apply(i, { users: [{ email: 'owner@shop.test', name: 'Ana', role: 'owner', password: 'another password entirely' }] });
  t.strictSame(await picture(), before, 'not even the password, which is set at creation only');
});

onBoth(t, 'Replicas that start together agree', async (t, i) => {
  await Promise.all([apply(i), apply(i), apply(i)]);
  const { connections, numbers, agents } = await shop(i);
  t.strictSame([connections.length, numbers.length, agents.length, (await i.all('select id from "user"')).length], [1, 1, 1, 1]);
  t.match(agents, [{ published: 1 }]);
});

onBoth(t, 'Replicas that start together agree on what has changed, and on whose tenant is no longer declared', async (t, i) => {
  await apply(i);
  const released = () => i.all<{ n: number }>("select count(*) as n from audit where action like '%.release'");
  for (let round = 1; round <= 5; round++) {
    const agents = [{ key: 'echo', name: `Echo ${round}`, plugin: 'rules', channels: ['whatsapp'], start: true, settings: { rules: [{ when: { any: true }, say: `${round}: {{text}}` }] } }];
    await Promise.all(Array.from({ length: 4 }, () => apply(i, { name: `Shop ${round}`, agents, users: [{ email: 'owner@shop.test', name: 'Ana', role: round % 2 === 0 ? 'owner' : 'admin' }] })));
    const { tenant, agents: rows } = await shop(i);
    t.match([tenant, rows], [{ name: `Shop ${round}` }, [{ name: `Echo ${round}`, state: 'running', published: round + 1 }]]);
    await Promise.all(Array.from({ length: 4 }, () => i.workspace.atStart([])));
    t.match(await shop(i), { connections: [{ state: 'stopped', declared: false }], numbers: [{ active: false, declared: false }], agents: [{ state: 'stopped', declared: false }] });
    t.match(await released(), [{ n: round * 3 }], 'written once');
  }
});

onBoth(t, 'Changed settings make one new version, and a new secret is in force', async (t, i) => {
  await apply(i);
  const agents = [{ key: 'echo', name: 'Echo', plugin: 'rules', channels: ['whatsapp'], start: true, settings: { rules: [{ when: { any: true }, say: 'eco: {{text}}' }] } }];
  const connections = [{ key: 'main', plugin: 'simulator', start: true, webhookKey: 'hook-of-main', settings: { secret: 'a-declared-secret-2' } }];
  await apply(i, { agents, connections });
  await apply(i, { agents, connections });
  const { agents: rows, connections: [row], connection, id } = await shop(i);
  t.match(rows, [{ published: 2 }]);
  t.equal(row?.name, 'main', 'without a name the key is the name');
  t.equal(i.runtime.directory.connection(connection)?.settings['secret'], 'a-declared-secret-2');
  await i.write(connection, 'sim:shop', 'hola');
  t.match(await i.workspace.conversations.list(id, {}), { rows: [{ last: { text: 'eco: hola' } }] });
});

onBoth(t, 'What is no longer declared is stopped and becomes people’s, but is not deleted', async (t, i) => {
  await apply(i);
  await apply(i, { connections: [], agents: [], numbers: [], apiKeys: [] });
  const { id, connections, numbers, agents, connection, number } = await shop(i);
  t.match([connections, numbers, agents], [[{ state: 'stopped', declared: false }], [{ active: false, declared: false }], [{ state: 'stopped', declared: false }]]);
  t.notSame((await i.all<{ revoked_at: number | null }>('select revoked_at from api_key'))[0]?.revoked_at, null);
  await i.workspace.numbers.edit(id, number, { displayName: 'Mine', active: false }, i.by);
  await apply(i);
  const again = await shop(i);
  t.match([again.connections, again.numbers, again.agents], [[{ id: connection, state: 'running', declared: true }], [{ id: number, name: 'Sales', active: true }], [{ state: 'running', published: 1 }]], 'declared again, the same rows go on');
  await i.workspace.atStart([]);
  t.match(await i.workspace.connections.list(id), [{ state: 'stopped', declared: false }], 'also when its whole organisation is gone from the file');
});

onBoth(t, 'What the file declares is changed in the file only, but may be stopped by hand', async (t, i) => {
  await apply(i);
  const { id, connection, number, agent } = await shop(i);
  const { version } = await i.workspace.connections.get(id, connection);
  const declared = { message: 'It is declared in the configuration file; change it there.' };
  await t.rejects(i.workspace.connections.save(id, connection, { name: 'x', description: '', settings: { data: {} }, version }, i.by), declared);
  await t.rejects(i.workspace.connections.remove(id, connection, i.by), declared);
  await t.rejects(i.workspace.numbers.edit(id, number, { displayName: 'x', active: true }, i.by), declared);
  await t.rejects(i.workspace.numbers.remove(id, number, i.by), declared);
  await t.rejects(i.workspace.agents.save(id, agent, { name: 'x', settings: { data: {} }, version: 1 }, i.by), declared);
  await i.workspace.connections.stop(id, connection, i.by);
  t.match(await i.workspace.connections.list(id), [{ state: 'stopped' }]);
  await apply(i);
  t.match(await i.workspace.connections.list(id), [{ state: 'running' }], 'the next start follows the file');
});

onBoth(t, 'A changed webhook key answers at once, and the one before it for a day', async (t, i) => {
  await apply(i);
  await apply(i, { connections: [{ key: 'main', plugin: 'simulator', start: true, webhookKey: 'hook-that-is-new', settings: { secret: 'a-declared-secret-1' } }] });
  const { id, connection } = await shop(i);
  const at = (key: string, ms: number) => i.runtime.directory.connectionByKey(hashKey(key), Date.now() + ms)?.id;
  t.strictSame([at('hook-that-is-new', 0), at('hook-of-main', 0), at('hook-that-is-new', 86_500_000), at('hook-of-main', 86_500_000)], [connection, connection, connection, undefined]);
  t.match(await i.workspace.connections.handOff(id, connection), { webhookUrl: 'https://bot.example/webhooks/hook-that-is-new' });
});

onBoth(t, 'Bindings are those of the file, moved from agent to agent without a moment of two', async (t, i) => {
  const agents = ['a', 'b'].map((key) => ({ key, plugin: 'oracle', channels: ['whatsapp'], start: true, settings: {} }));
  const numbers = (inbound: string) => ['sim:one', 'sim:two'].map((account) => ({ connection: 'main', account, active: true, bindings: ['a', 'b'].map((agent) => ({ agent, environment: 'published' as const, inbound: agent === inbound })) }));
  await apply(i, { agents, numbers: numbers('a') });
  await apply(i, { agents, numbers: numbers('b') });
  const { id, numbers: rows } = await shop(i);
  t.match(rows, [{ agent: { name: 'b' } }, { agent: { name: 'b' } }]);
  t.equal((await i.all('select id from binding')).length, 4);
  await apply(i, { agents, numbers: numbers('a').map((number) => ({ ...number, bindings: [] })) });
  t.match(await i.workspace.numbers.list(id, 0), [{ peopleOnly: true }, { peopleOnly: true }]);
});

onBoth(t, 'What cannot be is refused with its place and the remedy', async (t, i) => {
  const refusal = (changes: Changes, message: RegExp) => t.rejects(apply(i, changes), { code: 'CONFIG_INVALID', message });
  await refusal({ connections: [{ key: 'main', plugin: 'simulator', start: true, settings: { secret: 'short' } }] }, /^tenants\[0\]\.connections\[0\]\.settings\.secret: At least 16 characters/);
  await refusal({ agents: [{ key: 'echo', plugin: 'rules', channels: ['whatsapp'], start: true, settings: { rule: [] } }] }, /^tenants\[0\]\.agents\[0\]\.settings.*was rules meant/);
  await refusal({ numbers: [{ connection: 'main', account: 'a b', active: true, bindings: [] }] }, /^tenants\[0\]\.numbers\[0\]\.account: Use 1 to 32 letters/);
  const { id } = await i.workspace.connections.create(i.otherId, { plugin: 'simulator', name: 'Theirs', settings: { data: {} } }, i.by);
  await i.workspace.numbers.connect(i.otherId, { connection: { id }, account: 'sim:shop', displayName: 'Theirs', active: false }, i.by);
  await refusal({}, /^tenants\[0\]\.numbers\[0\]\.account: This number is connected already, in another organisation/);
  t.strictSame(await i.all("select id from connection where name = 'Phones'"), [], 'a declaration is taken whole or not at all');
});

onBoth(t, 'A declared connection without its plugin is in error and says so; the others run', async (t, i) => {
  await apply(i, {
    connections: [...declaration().connections, { key: 'gone', plugin: 'pigeon', start: true, settings: { coop: 'north' } }],
    agents: [...declaration().agents, { key: 'lost', plugin: 'sphinx', channels: ['whatsapp'], start: true, settings: {} }],
  });
  const { connections, agents } = await shop(i);
  t.match(connections, [{ name: 'Phones', state: 'running' }, { name: 'gone', state: 'error', loaded: false, reason: /pigeon is not loaded/ }]);
  t.match(agents, [{ state: 'running' }, { state: 'error', loaded: false }]);
});

onBoth(t, 'What a process that ended left starting is started at the next start, which waits for no provider', async (t, i) => {
  const { id } = await i.workspace.connections.create(i.tenantId, { plugin: 'courier', name: 'Main', settings: i.good() }, i.by);
  const { id: agentId } = await i.workspace.agents.create(i.tenantId, { plugin: 'oracle', name: 'Oracle', settings: { data: {} } }, i.by);
  await i.db.write(async (sql) => [await sql.run("update connection set state = 'starting'"), await sql.run("update agent set state = 'starting'")]);
  const asked = i.provider.asked;
  await i.workspace.atStart([]);
  t.equal(i.provider.asked, asked);
  await until('the agent runs', () => i.runtime.directory.agent(agentId)?.state === 'running' && i.runtime.directory.connection(id)?.state === 'running');
  t.strictSame([i.runtime.directory.connection(id)?.state, i.runtime.directory.agent(agentId)?.state], ['running', 'running']);
});
