import t from 'tap';
import { operatorOf } from '../../core/admin/guard.ts';
import { may, permissionNames, permissions } from '../../core/admin/permissions.ts';
import { roles } from '../../core/db/entities/index.ts';
import { openSite } from './site.ts';

t.test('the table of permissions', async (t) => {
  t.same(Object.keys(permissions).sort(), [...permissionNames].sort(), 'lists each once');
  for (const permission of permissionNames) t.ok(may('owner', permission) && may('admin', permission), `owners and admins: ${permission}`);
  t.same(permissionNames.filter((permission) => !may('contributor', permission)), ['conversations.delete', 'members.edit'], 'what contributors may not');
  t.same(permissionNames.filter((permission) => may('agent', permission)), ['conversations.read', 'conversations.write', 'numbers.read', 'alerts.read', 'simulator.use', 'profile'], 'what agents may');
});

t.test('every role meets its own rights, and nothing of another workspace is there', async (t) => {
  const site = await openSite(t);
  const { slug } = site;
  const foreign = await site.tenant('foreign');
  await site.person('Stranger', 'owner', foreign);
  for (const role of roles) {
    const { email } = await site.person(role, role);
    const visitor = site.visitor();
    await visitor.signIn(email);
    for (const [path, permission] of [['read', 'conversations.read'], ['settings', 'connections.read'], ['delete', 'conversations.delete']] as const) {
      const own = await visitor.get(`/app/${slug}/${path}`);
      t.equal(own.statusCode, may(role, permission) ? 200 : 403, `${role} ${path}`);
      if (own.statusCode === 403) {
        t.match(own.body, /Not open to your role/);
        t.match(own.body, /href="\/app\/[^"]+\/whatsapp"/, 'with the way back');
        t.match(own.body, /Ask .*owner/, 'and who may');
      }
      t.equal((await visitor.get(`/app/foreign/${path}`)).statusCode, 404, `${role} foreign ${path}`);
      t.equal((await visitor.get(`/app/no-such/${path}`)).statusCode, 404, `${role} no such ${path}`);
    }
    t.same((await visitor.get('/app/foreign/read')).body.replaceAll(/[\w-]{36}|foreign/g, ''), (await visitor.get('/app/no-such/read')).body.replaceAll(/[\w-]{36}|no-such/g, ''), 'a workspace of others and none look the same');
    t.match((await visitor.get(`/app/${slug}/nothing/here`)).body, /class="rail"/, 'a wrong address inside one’s own keeps the way back');
    t.notMatch((await visitor.get('/app/foreign/nothing')).body, /class="rail"/);
  }
});

t.test('a person of two workspaces has in each the role of each', async (t) => {
  const site = await openSite(t);
  const { slug } = site;
  const second = await site.tenant('second');
  const ana = await site.person('Ana', 'agent');
  await site.db.write((sql) => sql.insert('membership', ['id', 'tenant_id', 'user_id', 'role', 'created_at'], [['01900000-0000-7000-8000-000000000001', second, ana.id, 'owner', Date.now() + 1]]));
  const visitor = site.visitor();
  await visitor.signIn(ana.email);
  t.equal((await visitor.get(`/app/${slug}/settings`)).statusCode, 403);
  t.match((await visitor.get('/app/second/settings')).json(), { tenant: 'second' });
});

t.test('a socket can ask whether its person is still admitted', async (t) => {
  let still = async (): Promise<boolean> => false;
  const site = await openSite(t, {
    routes: (app) => app.get('/app/:tenant/watch', { config: { permission: 'connections.read' } }, (request) => {
      still = () => request.stillAdmitted();
      return operatorOf(request).role;
    }),
  });
  const { slug } = site;
  const ana = await site.person('Ana', 'admin');
  const visitor = site.visitor();
  await visitor.signIn(ana.email);
  await visitor.get(`/app/${slug}/watch`);
  t.equal(await still(), true);
  await site.db.write((sql) => sql.run("update membership set role = 'agent'"));
  site.pass(1_000);
  t.equal(await still(), false, 'not with a role that may no longer');
  await site.db.write((sql) => sql.run("update membership set role = 'owner'"));
  site.pass(1_000);
  t.equal(await still(), true);
  await visitor.submit(`/app/${slug}/me`, '/logout', {});
  t.equal(await still(), false, 'nor after signing out');
});
