/** Whoever may change where a connection calls must not learn what it says there. */
import t from 'tap';
import { defineAgent, Type } from '../../core/plugin/index.ts';
import { listen } from '../far-end.ts';
import { caught, onBoth } from './installation.ts';

/** An address that somebody else reads: it says yes to everything and keeps what it was told. */
const told: string[] = [];
const elsewhere = await listen(t, (request, response) => {
  told.push(`${request.url} ${request.headers.authorization}`);
  response.end('[]');
});

/** An agent that calls its model at an address of its settings. */
const medium = defineAgent({
  name: 'medium',
  title: 'Medium',
  contract: 1,
  settings: Type.Object({ apiKey: Type.String({ writeOnly: true }), apiBaseUrl: Type.String() }),
  origins: ({ apiBaseUrl }) => [new URL(apiBaseUrl).origin],
  respond: async () => ({ messages: [], why: 'It is quiet.' }),
  async check({ fetch, settings }) {
    await fetch(settings.apiBaseUrl, { headers: { authorization: `Bearer ${settings.apiKey}` } });
    return [];
  },
});
const more = { plugins: [medium], origins: [elsewhere] };

onBoth(t, 'A changed address gets none of the stored secrets, however it is changed', async (t, i) => {
  told.length = 0;
  const { connections } = i.workspace;
  const { id } = await connections.create(i.tenantId, { plugin: 'courier', name: 'Main', settings: i.good() }, i.by);
  const hook = i.runtime.directory.connection(id)?.settings['hook'];
  const { version } = await connections.get(i.tenantId, id);
  const save = (settings: Parameters<typeof connections.save>[2]['settings']) => connections.save(i.tenantId, id, { name: 'Main', description: '', settings, version }, i.by);
  const asked = i.provider.asked;
  for (const settings of [{ form: { token: '', apiBaseUrl: elsewhere } }, { form: { apiBaseUrl: `${elsewhere}/v2` } }, { data: { apiBaseUrl: elsewhere } }, { data: { apiBaseUrl: elsewhere, token: undefined as never } }]) {
    const refused = await caught(save(settings));
    t.strictSame([refused.code, refused.faults], ['SETTINGS_INVALID', { token: { code: 'secretAgain', params: {} } }], JSON.stringify(settings));
  }
  t.strictSame([told, i.provider.asked], [[], asked], 'nobody outside was asked');
  t.match(i.runtime.directory.connection(id)?.settings, { apiBaseUrl: i.provider.origin, token: i.provider.token });
  await save({ form: { token: 'given-for-the-new-place', apiBaseUrl: elsewhere } });
  t.ok(told.length > 0 && told.every((line) => line.endsWith('Bearer given-for-the-new-place')), 'what is given again goes there');
  t.equal(i.runtime.directory.connection(id)?.settings['hook'], hook, 'what was made here, and is shown in the hand-off, stays');
}, more);

onBoth(t, 'Another path at the same origin keeps the stored secrets', async (t, i) => {
  const { connections } = i.workspace;
  const { id } = await connections.create(i.tenantId, { plugin: 'courier', name: 'Main', settings: i.good() }, i.by);
  const { version } = await connections.get(i.tenantId, id);
  await connections.save(i.tenantId, id, { name: 'Main', description: '', settings: { form: { apiBaseUrl: `${i.provider.origin}/v2` } }, version }, i.by);
  t.match(i.runtime.directory.connection(id)?.settings, { apiBaseUrl: `${i.provider.origin}/v2`, token: i.provider.token });
}, more);

onBoth(t, 'What was pasted in an earlier try of connecting is not sent to the address of a later one', async (t, i) => {
  told.length = 0;
  const pasted = { secrets: { token: i.provider.token }, origins: [i.provider.origin] };
  const connect = (form: Record<string, string>) =>
    i.workspace.numbers.connect(i.tenantId, { connection: { plugin: 'courier', settings: { form, pasted } }, account: '111', displayName: 'Sales', active: false }, i.by);
  t.strictSame((await caught(connect({ apiBaseUrl: elsewhere }))).faults, { token: { code: 'secretAgain', params: {} } });
  t.strictSame(told, []);
  t.ok(await connect({ apiBaseUrl: i.provider.origin }), 'at the same address it need not be pasted again');
}, more);

onBoth(t, 'An agent’s stored key does not follow its address either', async (t, i) => {
  told.length = 0;
  const { agents } = i.workspace;
  const { id } = await agents.create(i.tenantId, { plugin: 'medium', name: 'Seer', settings: { data: { apiKey: 'key-of-the-seer', apiBaseUrl: i.provider.origin } } }, i.by);
  const { version } = await agents.get(i.tenantId, id);
  const settings = { form: { apiKey: '', apiBaseUrl: elsewhere } };
  t.match((await caught(agents.save(i.tenantId, id, { name: 'Seer', settings, version }, i.by))).faults, { apiKey: { code: 'secretAgain' } });
  t.match((await caught(agents.saveDraft(i.tenantId, id, { settings, version }, i.by))).faults, { apiKey: { code: 'secretAgain' } });
  t.strictSame(told, []);
}, more);
