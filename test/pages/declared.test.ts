import t from 'tap';
import { openOffice } from './office.ts';

const office = await openOffice(t);
const { ctx, at } = office;
// What stands in the configuration file is shown and not changed here: a page says so instead of undoing it at the next start.
await ctx.workspace.atStart([{
  slug: 'acme', name: 'Acme', locale: 'en', timeZone: 'UTC', users: [], apiKeys: [],
  connections: [{ key: 'sim', plugin: 'simulator', name: 'From the file', start: true, settings: {} }],
  agents: [{ key: 'echo', name: 'Echo', plugin: 'rules', channels: ['whatsapp'], start: true, settings: { rules: [{ when: { any: true }, say: 'echo' }] } }],
  numbers: [{ connection: 'sim', account: 'sim:file', displayName: 'From the file', active: true, bindings: [{ agent: 'echo', environment: 'published', inbound: true }] }],
}]);
await ctx.runtime.directory.reload();
const owner = await office.as('owner');
const told = /The configuration file declares this\. Change it there\./;

t.test('a declared number is not renamed or deleted here', async (t) => {
  const number = (await ctx.workspace.numbers.list(office.ids.tenant, 0)).find((row) => row.declared);
  const home = `${at}/whatsapp/numbers/${number?.id}`;
  const version = /name="version" value="(\d+)"/.exec((await owner.get(home)).body)?.[1] ?? '';
  const edited = await owner.post(home, { displayName: 'Other', agent: number?.agent?.id ?? '', active: 'on', version });
  t.equal(edited.statusCode, 422);
  t.match(edited.body, told);
  const deleted = await owner.post(`${home}/delete`);
  t.equal(deleted.statusCode, 422);
  t.match(deleted.body, told);
});

t.test('a declared connection and a declared agent show their settings and say where they are changed', async (t) => {
  const connection = (await ctx.workspace.connections.list(office.ids.tenant)).find((row) => row.declared);
  const agent = (await ctx.workspace.agents.list(office.ids.tenant)).find((row) => row.declared);
  for (const [home, form] of [[`${at}/settings/channels/${connection?.id}`, '?tab=settings'], [`${at}/agents/${agent?.id}`, '']] as const) {
    const page = (await owner.get(home + form)).body;
    t.match(page, told, home);
    t.match(page, /<fieldset class="form" disabled>/, 'nothing can be typed that would not be saved');
    t.notMatch(page, />Save</, home);
    const version = /name="_version" value="(\d+)"/.exec(page)?.[1] ?? '';
    const saved = await owner.post(home, { _name: 'Other', _description: '', _version: version, rules: '[]' });
    t.equal(saved.statusCode, 422, home);
    t.match(saved.body, told, home);
  }
});
