/** What a start finds to do about a declared installation: nothing while all is as it was left, and never too little. */
import { dueAtStart, noteApplied } from '../../core/workspace/applied.ts';
import t from 'tap';
import { defineAgent, Type } from '../../core/plugin/index.ts';
import { pluginsOf } from '../../core/plugin/load.ts';
import { onBoth, type Installation } from './installation.ts';
import { declaration } from './shop.ts';

const tenants = [declaration()];

const declaredIn = ({ db, sealer, runtime: { plugins } }: Installation) => ({ db, sealer, plugins, tenants, version: '1' });

async function applied(i: Installation) {
  const declared = declaredIn(i);
  await i.workspace.atStart(tenants);
  await noteApplied(declared);
  return declared;
}

onBoth(t, 'A new declaration, another version of the program or another key is due before the first webhook', async (t, i) => {
  t.equal(await dueAtStart(declaredIn(i)), 'first');
  const declared = await applied(i);
  t.equal(await dueAtStart(declared), 'nothing');
  t.equal(await dueAtStart({ ...declared, version: '2' }), 'first');
  t.equal(await dueAtStart({ ...declared, tenants: [] }), 'first');
  await i.db.write((sql) => sql.run("update installation set value = 'sealed with another key' where key = 'declared'"));
  t.equal(await dueAtStart(declared), 'first');
});

const changes: Record<string, string> = {
  'the tenant has another name': "update tenant set name = 'Other'",
  'a member has another role': "update membership set role = 'agent'",
  'a member is gone': 'delete from membership',
  'a key was revoked': 'update api_key set revoked_at = 1',
  'a connection was stopped': "update connection set state = 'stopped'",
  'a connection failed': "update connection set state = 'error', state_reason = 'token'",
  'a connection was removed': 'update connection set deleted_at = 1, key = null',
  'its settings are others': "update connection set settings = '{}'",
  'its address ends': 'update webhook_key set valid_until = 1',
  'an agent is called otherwise': "update agent set name = 'Other'",
  'an agent says something else': "update agent set published_id = '00000000-0000-4000-8000-000000000001'",
  'a number is off': 'update number set active = (1 = 0)',
  'a number was removed': 'update number set deleted_at = 1',
  'a number has no agent any more': 'delete from binding',
};

for (const [what, sql] of Object.entries(changes)) {
  onBoth(t, `Where ${what}, the declaration is applied again, after the first webhook may come`, async (t, i) => {
    const declared = await applied(i);
    t.equal(await i.db.write((s) => s.run(sql)) > 0, true);
    t.equal(await dueAtStart(declared), 'later');
    await i.workspace.atStart(tenants);
    await noteApplied(declared);
    t.equal(await dueAtStart(declared), 'nothing');
  });
}

onBoth(t, 'What works with rows but is no part of the declaration makes nothing due', async (t, i) => {
  const declared = await applied(i);
  const [connection] = await i.all<{ id: string }>('select id from connection where declared');
  await i.write(connection?.id ?? '', 'sim:shop', 'hola');
  await i.db.write((sql) => sql.run('update connection set last_event_at = 1, templates_at = 1'));
  await i.db.write((sql) => sql.run('update api_key set last_used_at = 1'));
  t.equal(await dueAtStart(declared), 'nothing');
});

onBoth(t, 'A plugin that reads settings in another way, and one that was not there, are due', async (t, i) => {
  const declared = await applied(i);
  const another = defineAgent({ name: 'rules-two', title: 'Two', contract: 1, settings: Type.Object({ more: Type.String({ default: '' }) }), respond: async () => ({ messages: [], why: 'nothing to say' }) });
  t.equal(await dueAtStart({ ...declared, plugins: pluginsOf([...i.runtime.plugins.all, another]) }), 'later');
});

onBoth(t, 'What a process that ended left starting is due, whoever made it', async (t, i) => {
  const declared = await applied(i);
  const { id } = await i.workspace.connections.create(i.tenantId, { plugin: 'courier', name: 'Main', settings: i.good() }, i.by);
  t.equal(await dueAtStart(declared), 'nothing', 'made by people, it is nothing of the declaration');
  await i.db.write((sql) => sql.run("update connection set state = 'starting' where id = ?", [id]));
  t.equal(await dueAtStart(declared), 'later');
});

onBoth(t, 'What failed between being applied and being noted is due, because no declaration asks for that', async (t, i) => {
  const declared = declaredIn(i);
  await i.workspace.atStart(tenants);
  await i.db.write((sql) => sql.run("update connection set state = 'error', state_reason = 'token' where declared"));
  await noteApplied(declared);
  t.equal(await dueAtStart(declared), 'later');
});
