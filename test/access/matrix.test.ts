/**
 * Every route × every role × the own and a foreign workspace. The table below lists each route with the permission it must
 * need and a request that must work; a route without a row fails, and so does a row without a route.
 */
import t from 'tap';
import { may, type Permission } from '../../core/admin/permissions.ts';
import { roles, type Role } from '../../core/db/entities/index.ts';
import { routesOf } from '../../core/http/routes.ts';
import { uuid } from '../../core/ids.ts';
import metaCloud from '../../plugins/meta-cloud/index.ts';
import notifications from '../../plugins/notifications/index.ts';
import rules from '../../plugins/rules/index.ts';
import simulator from '../../plugins/simulator/index.ts';
import { failedMessage, loginOf, plant, type Planted } from './planted.ts';
import { openSite, tokenOn, type Answer, type Site, type Visitor } from './site.ts';
import { pigeonPost } from '../workspace/pigeon.ts';
import { speak, statusOf } from './wire.ts';

type Ids = Record<string, string>;
interface Row {
  needs: Permission;
  /** What stands in its address, of this workspace and person. */
  ids?(of: Planted, site: Site, userId: string): Promise<Ids>;
  /** Of its address, the same for everybody. */
  fixed?: Ids;
  query?: string;
  form?: Record<string, string> | ((of: Planted) => Record<string, string>);
  /** Its body is a file, not a form. */
  bytes?: string;
}

const conversation = async (of: Planted): Promise<Ids> => ({ id: await of.fresh.conversation() });
const number = async (of: Planted): Promise<Ids> => ({ id: await of.fresh.number() });
const agent = async (of: Planted): Promise<Ids> => ({ id: await of.fresh.agent() });
/** An agent with a draft. */
const drafted = async (of: Planted): Promise<Ids> => ({ id: await of.fresh.drafted() });
const connection = async (of: Planted): Promise<Ids> => ({ id: await of.fresh.connection() });
const delivery = async (of: Planted): Promise<Ids> => ({ id: await of.fresh.delivery() });
/** A connection of a channel that has all that a provider can have, one of its numbers, one of its templates. */
const post = async (of: Planted): Promise<Ids> => ({ id: await of.fresh.post() });
const ring = async (of: Planted): Promise<Ids> => ({ id: await of.fresh.ring() });
const template = async (of: Planted): Promise<Ids> => of.fresh.template();
const line = async (of: Planted): Promise<Ids> => ({ number: of.number });

const rows: Record<string, Row> = {
  'GET /app/:tenant': { needs: 'conversations.read' },
  'GET /app/:tenant/whatsapp': { needs: 'conversations.read' },
  'GET /app/:tenant/whatsapp/connect': { needs: 'numbers.edit' },
  'POST /app/:tenant/whatsapp/connect': { needs: 'numbers.edit', form: (of) => ({ way: `connection:${of.connection}`, account: `sim:c-${uuid().slice(-12)}`, displayName: 'Another', agent: of.agent }) },
  'GET /app/:tenant/whatsapp/numbers/:id': { needs: 'numbers.edit', ids: number },
  'POST /app/:tenant/whatsapp/numbers/:id': { needs: 'numbers.edit', ids: number, form: { displayName: 'Renamed' } },
  'POST /app/:tenant/whatsapp/numbers/:id/active': { needs: 'numbers.edit', ids: number, form: { active: 'off' } },
  'GET /app/:tenant/whatsapp/numbers/:id/delete': { needs: 'numbers.edit', ids: number },
  'POST /app/:tenant/whatsapp/numbers/:id/delete': { needs: 'numbers.edit', ids: number },

  'GET /app/:tenant/inbox': { needs: 'conversations.read' },
  'GET /app/:tenant/live': { needs: 'conversations.read', query: 'alerts=1&numbers=1' },
  'GET /app/:tenant/whatsapp/:id': { needs: 'conversations.read', ids: conversation },
  'GET /app/:tenant/whatsapp/:id/older': { needs: 'conversations.read', ids: conversation, query: 'before=2' },
  'POST /app/:tenant/whatsapp/:id/messages': { needs: 'conversations.write', ids: conversation, form: { text: 'Hello', key: 'key-of-matrix' } },
  'GET /app/:tenant/whatsapp/:id/files': { needs: 'conversations.write', ids: conversation, query: 'name=a.txt&type=text/plain&bytes=6' },
  'GET /app/:tenant/whatsapp/:id/files/kept': { needs: 'conversations.write', ids: conversation, query: `ids=${uuid()}` },
  'POST /app/:tenant/whatsapp/:id/files': { needs: 'conversations.write', ids: conversation, query: 'name=a.txt', bytes: 'A file' },
  'POST /app/:tenant/whatsapp/:id/ai': { needs: 'conversations.write', ids: conversation, form: { ai: 'off' } },
  'POST /app/:tenant/whatsapp/:id/state': { needs: 'conversations.write', ids: conversation, form: { state: 'closed' } },
  'POST /app/:tenant/whatsapp/:id/read': { needs: 'conversations.read', ids: conversation },
  'POST /app/:tenant/whatsapp/:id/messages/:message/again': {
    needs: 'conversations.write',
    async ids(of, site) {
      const id = await of.fresh.conversation();
      return { id, message: await failedMessage(site, of, id) };
    },
  },
  'POST /app/:tenant/whatsapp/:id/media/:medium/retry': { needs: 'conversations.write', ids: async (of) => ({ id: await of.fresh.conversation(), medium: await of.fresh.missing() }) },
  'GET /app/:tenant/media/:id': { needs: 'conversations.read', ids: async (of) => ({ id: await of.fresh.medium() }) },
  'GET /app/:tenant/whatsapp/:id/template': { needs: 'conversations.write', ids: conversation },
  'GET /app/:tenant/whatsapp/:id/template/:template': { needs: 'conversations.write', ids: async (of) => ({ id: await of.fresh.conversation(), template: await of.fresh.sendable() }) },
  'POST /app/:tenant/whatsapp/:id/template/:template': { needs: 'conversations.write', ids: async (of) => ({ id: await of.fresh.conversation(), template: await of.fresh.sendable() }), form: { key: 'key-of-template', deed: 'send' } },
  'GET /app/:tenant/whatsapp/:id/delete': { needs: 'conversations.delete', ids: conversation },
  'POST /app/:tenant/whatsapp/:id/delete': { needs: 'conversations.delete', ids: conversation, form: { confirm: 'delete' } },

  'GET /app/:tenant/simulator/:number': { needs: 'simulator.use', ids: line },
  'POST /app/:tenant/simulator/:number/messages': { needs: 'simulator.use', ids: line, form: { text: 'Hello' } },
  'POST /app/:tenant/simulator/:number/shown': { needs: 'simulator.use', ids: line },
  'POST /app/:tenant/simulator/:number/media': { needs: 'simulator.use', ids: line, bytes: 'A file' },
  'POST /app/:tenant/simulator/:number/people': { needs: 'simulator.use', ids: line, form: { deed: 'rename', name: 'Renamed' } },
  'POST /app/:tenant/simulator/:number/faults': { needs: 'simulator.use', ids: line, form: { fault: 'twice', armed: 'off' } },

  'GET /app/:tenant/whatsapp/notifications': { needs: 'alerts.read' },
  'POST /app/:tenant/whatsapp/notifications/read': { needs: 'alerts.read' },
  'POST /app/:tenant/whatsapp/notifications/:id/read': { needs: 'alerts.read', ids: async (of) => ({ id: await of.fresh.alert() }) },

  'GET /app/:tenant/agents': { needs: 'agents.read' },
  'GET /app/:tenant/agents/new': { needs: 'agents.edit' },
  'POST /app/:tenant/agents/new': { needs: 'agents.edit', form: { _plugin: 'rules', _name: 'Another', rules: '- when: { any: true }\n  say: Hello' } },
  'GET /app/:tenant/agents/:id': { needs: 'agents.read', ids: agent },
  'POST /app/:tenant/agents/:id': { needs: 'agents.edit', ids: agent, form: { _name: 'Renamed', _version: '1' } },
  'POST /app/:tenant/agents/:id/state': { needs: 'agents.edit', ids: agent, form: { deed: 'stop' } },
  'POST /app/:tenant/agents/:id/draft': { needs: 'agents.edit', ids: drafted, form: { deed: 'drop', version: '2' } },
  'GET /app/:tenant/agents/:id/connect': { needs: 'numbers.edit', ids: agent },
  'POST /app/:tenant/agents/:id/connect': { needs: 'numbers.edit', ids: agent, form: (of) => ({ way: `connection:${of.connection}`, account: `sim:a-${uuid().slice(-12)}`, displayName: 'Another' }) },
  'POST /app/:tenant/agents/:id/bindings': { needs: 'agents.edit', ids: agent, form: (of) => ({ plug: of.number }) },

  'GET /app/:tenant/settings/channels': { needs: 'connections.read' },
  'GET /app/:tenant/settings/channels/:id': { needs: 'connections.read', ids: connection, query: 'tab=hand-off' },
  'GET /app/:tenant/settings/channels/:id/logs.csv': { needs: 'connections.read', ids: connection, query: 'level=info' },
  'GET /app/:tenant/settings/channels/:id/templates.csv': { needs: 'connections.read', ids: post, query: 'status=approved' },
  'POST /app/:tenant/settings/channels/:id': { needs: 'connections.edit', ids: connection, form: { _name: 'Renamed', _version: '1' } },
  'POST /app/:tenant/settings/channels/:id/state': { needs: 'connections.edit', ids: connection, form: { deed: 'stop' } },
  'POST /app/:tenant/settings/channels/:id/check': { needs: 'connections.edit', ids: connection },
  'POST /app/:tenant/settings/channels/:id/subscribe': { needs: 'connections.edit', ids: post, form: { deed: 'subscribe' } },
  'GET /app/:tenant/settings/channels/:id/hand-off': { needs: 'connections.read', ids: post },
  'POST /app/:tenant/settings/channels/:id/hand-off/link': { needs: 'connections.edit', ids: post, form: { days: '7' } },
  'GET /app/:tenant/settings/channels/guides/:plugin': { needs: 'connections.read', fixed: { plugin: 'meta-cloud' } },
  'POST /app/:tenant/settings/channels/:id/rotate': { needs: 'connections.edit', ids: post, form: { graceHours: '1' } },
  'POST /app/:tenant/whatsapp/numbers/:id/register': { needs: 'connections.edit', ids: ring, form: { pin: '482913' } },
  'POST /app/:tenant/settings/channels/:id/templates/sync': { needs: 'templates.edit', ids: post },
  'GET /app/:tenant/settings/channels/:id/templates/new': { needs: 'templates.edit', ids: post },
  'POST /app/:tenant/settings/channels/:id/templates/new': { needs: 'templates.edit', ids: post, form: { name: 'parcel', language: 'en', category: 'UTILITY', body: 'Hello' } },
  'POST /app/:tenant/settings/channels/:id/templates/:template/delete': { needs: 'templates.edit', ids: template },
  'GET /app/:tenant/whatsapp/connect/sign-in/:plugin': { needs: 'connections.edit', fixed: { plugin: 'meta-cloud' } },
  'POST /app/:tenant/whatsapp/connect/sign-in/:plugin': { needs: 'connections.edit', fixed: { plugin: 'meta-cloud' }, form: { nonce: 'of nobody', input: '{}' } },
  'GET /app/:tenant/settings/deliveries': { needs: 'deliveries.read' },
  'GET /app/:tenant/settings/deliveries.csv': { needs: 'deliveries.read', query: 'state=processed' },
  'GET /app/:tenant/settings/deliveries/:id': { needs: 'deliveries.read', ids: delivery },
  'POST /app/:tenant/settings/deliveries/:id/replay': { needs: 'deliveries.replay', ids: delivery },
  'GET /app/:tenant/settings/members': { needs: 'members.read' },
  'GET /app/:tenant/settings/about': { needs: 'connections.read' },

  'GET /app/:tenant/styleguide': { needs: 'profile' },
  'GET /app/:tenant/me': { needs: 'profile' },
  'POST /app/:tenant/me/language': { needs: 'profile', form: { locale: 'en' } },
  'POST /app/:tenant/me/theme': { needs: 'profile', form: { theme: 'auto' } },
  'POST /app/:tenant/me/password': { needs: 'profile', form: { current: 'a horse on the line', password: 'a horse on the line' } },
  'POST /app/:tenant/me/logins/:id/end': { needs: 'profile', ids: async (_of, site, userId) => ({ id: await loginOf(site, userId) }) },
  'POST /app/:tenant/me/logins/end': { needs: 'profile' },
};

/** Sockets: the same check, before the upgrade. */
const sockets: Record<string, Permission> = { 'GET /live': 'conversations.read', 'GET /live/:tenant': 'conversations.read' };

/** Nobody needs to be signed in; why, says the route. */
const open = [
  'GET /', 'GET /login', 'POST /login', 'POST /logout', 'POST /language', 'GET /setup', 'POST /setup', 'GET /assets/:hash/:name', 'GET /media/:id', 'GET /media/:id/:name', 'GET /media/:id/:name', 'GET /favicon.ico', 'GET /hand-off', 'GET /webhooks/:key', 'POST /webhooks/:key',
  'GET /health/live', 'GET /health/ready', 'GET /metrics', 'GET /api/openapi.json',
];

const canary = 'Zanzibar';
const nameOf = (route: { method: string; url: string }): string => `${route.method === 'HEAD' ? 'GET' : route.method} ${route.url}`;

t.test('every route stands in the table with its permission, and the table holds nothing else', async (t) => {
  const site = await openSite(t, { untouched: true });
  // Those of programs have a table of their own: test/api/matrix.test.ts.
  const routes = routesOf(site.app).filter(({ scope }) => scope === undefined);
  t.ok(routes.length > 60, `${routes.length} routes`);
  for (const route of routes) {
    const name = nameOf(route);
    const needs = rows[name]?.needs ?? sockets[name];
    if (needs) t.equal(route.permission, needs, name);
    else t.ok(open.includes(name) && route.open, `${name} has a row`);
  }
  const names = new Set(routes.map(nameOf));
  for (const name of [...Object.keys(rows), ...Object.keys(sockets), ...open]) t.ok(names.has(name), `${name} is a route`);
});

t.test('routes × roles × own and foreign workspace', { timeout: 240_000 }, async (t) => {
  const site = await openSite(t, { untouched: true, plugins: [simulator, metaCloud, rules, notifications, pigeonPost().plugin] });
  const own = await plant(site, 'own', 'Lestari');
  const foreign = await plant(site, 'foreign', canary);
  const stranger = await site.person(canary, 'owner', foreign.tenantId);
  // One of each kind of the foreign workspace, so that nothing new appears there while it is watched.
  const foreignIds = new Map<string, Ids>();
  for (const [name, row] of Object.entries(rows)) if (row.ids) foreignIds.set(name, await row.ids(foreign, site, stranger.id));
  const before = await everythingOf(site, foreign.tenantId);

  const call = async (visitor: Visitor, name: string, of: Planted, ids: Ids, csrf: string): Promise<Answer> => {
    const [method = '', path = ''] = name.split(' ');
    const row = rows[name];
    const url = Object.entries({ tenant: of.slug, ...row?.fixed, ...ids }).reduce((url, [param, value]) => url.replace(`:${param}`, value), path);
    if (method === 'GET') return visitor.get(`${url}${row?.query ? `?${row.query}` : ''}`);
    if (row?.bytes !== undefined) return visitor.send({ method: 'POST', url: `${url}${row.query ? `?${row.query}` : ''}`, payload: row.bytes, headers: { 'content-type': 'application/octet-stream', 'x-csrf-token': csrf } });
    return visitor.post(url, { ...(typeof row?.form === 'function' ? row.form(of) : row?.form), _csrf: csrf });
  };

  for (const role of roles) {
    t.test(`as ${role}`, async (t) => {
      const person = await site.person(role, role, own.tenantId);
      const visitor = site.visitor();
      await visitor.signIn(person.email);
      const csrf = tokenOn(await visitor.get('/app/own/me'));
      for (const [name, row] of Object.entries(rows)) {
        const allowed = may(role, row.needs);
        const mine = await call(visitor, name, own, (await row.ids?.(own, site, person.id)) ?? {}, csrf);
        if (allowed) t.ok(mine.statusCode < 400, `own: ${name} works (${mine.statusCode})`);
        else t.equal(mine.statusCode, 403, `own: ${name} is not for this role`);
        t.notMatch(mine.body + JSON.stringify(mine.headers), canary, `own: ${name} shows nothing foreign`);

        const theirs = foreignIds.get(name) ?? {};
        t.equal((await call(visitor, name, foreign, theirs, csrf)).statusCode, 404, `foreign workspace: ${name}`);
        if (!row.ids) continue;
        for (const [what, ids] of [['foreign', theirs], ['unknown', Object.fromEntries(Object.keys(theirs).map((param) => [param, uuid()]))], ['odd', Object.fromEntries(Object.keys(theirs).map((param) => [param, "x'%20or%201=1"]))]] as const) {
          t.equal((await call(visitor, name, own, ids, csrf)).statusCode, allowed ? 404 : 403, `own workspace, ${what} id: ${name}`);
        }
      }
    });
  }

  t.test('as nobody', async (t) => {
    const visitor = site.visitor();
    const csrf = tokenOn(await visitor.get('/login'));
    for (const name of Object.keys(rows)) {
      const answer = await call(visitor, name, foreign, foreignIds.get(name) ?? {}, csrf);
      t.equal(answer.statusCode, 303, name);
      t.match(answer.headers.location, /^\/login(\?next=|$)/, name);
    }
  });

  t.test('a foreign id in a query or a form reaches nothing either', async (t) => {
    const { email } = await site.person('Chief', 'owner', own.tenantId);
    const visitor = site.visitor();
    await visitor.signIn(email);
    const csrf = tokenOn(await visitor.get('/app/own/me'));
    const theirs = { conversation: foreignIds.get('GET /app/:tenant/whatsapp/:id')?.['id'] ?? '', alert: foreignIds.get('POST /app/:tenant/whatsapp/notifications/:id/read')?.['id'] ?? '', message: foreignIds.get('POST /app/:tenant/whatsapp/:id/messages/:message/again')?.['message'] ?? '' };
    const ours = { conversation: await own.fresh.conversation(), agent: await own.fresh.agent(), number: await own.fresh.number() };
    for (const path of [
      `live?open=${theirs.conversation}`, `live?rows=inbox&changed=${theirs.conversation}`, `live?rows=recent&changed=${theirs.conversation},${ours.conversation}`, `live?phone=${foreign.number}`, `live?rows=inbox&changed=${ours.conversation}&number=${foreign.number}`,
      `inbox?number=${foreign.number}`, `inbox?search=${canary}`, `whatsapp/${ours.conversation}?number=${foreign.number}`, `settings/deliveries?connection=${foreign.connection}`, `whatsapp/connect?way=connection:${foreign.connection}`, `simulator/${own.number}?number=${foreign.number}`,
      `agents/${ours.agent}/connect?way=connection:${foreign.connection}`,
    ]) {
      const answer = await visitor.get(`/app/own/${path}`);
      t.ok([200, 400, 404].includes(answer.statusCode), `${path} (${answer.statusCode})`);
      t.notMatch(answer.body.replace(/<input[^>]*name="search"[^>]*>|search=Zanzibar/g, ''), new RegExp(`${canary} `), path);
    }
    for (const [path, form] of [
      ['whatsapp/connect', { way: `connection:${foreign.connection}`, account: 'sim:stolen', displayName: 'Stolen' }],
      ['whatsapp/connect', { way: `connection:${own.connection}`, account: 'sim:foreign', displayName: 'Stolen', agent: own.agent, active: 'on' }],
      ['whatsapp/connect', { way: `connection:${own.connection}`, account: 'sim:mine', displayName: 'Mine', agent: foreign.agent, active: 'on' }],
      [`whatsapp/numbers/${ours.number}`, { displayName: 'Mine', agent: foreign.agent, active: 'on' }],
      [`agents/${ours.agent}/bindings`, { plug: foreign.number }],
      [`agents/${ours.agent}/bindings`, { unplug: foreign.number }],
      [`agents/${foreign.agent}/bindings`, { plug: own.number }],
      [`agents/${ours.agent}/connect`, { way: `connection:${foreign.connection}`, account: 'sim:stolen-2', displayName: 'Stolen' }],
      [`agents/${foreign.agent}/connect`, { way: `connection:${own.connection}`, account: 'sim:mine-2', displayName: 'Mine' }],
      [`agents/${foreign.agent}/draft`, { deed: 'publish', version: '2' }],
      [`whatsapp/${ours.conversation}/messages/${theirs.message}/again`, {}],
      [`simulator/${own.number}/messages`, { choice: '0', of: theirs.message }],
    ] as const) {
      const answer = await visitor.post(`/app/own/${path}`, { ...form, _csrf: csrf });
      t.ok([200, 303, 400, 404, 409, 422].includes(answer.statusCode), `${path} ${JSON.stringify(form)} (${answer.statusCode})`);
      t.notMatch(answer.body, new RegExp(`${canary} `), path);
    }
  });

  await site.quiet();
  t.same(await everythingOf(site, foreign.tenantId), before, 'after all that, the foreign workspace is as it was');
});

t.test('sockets × roles × own and foreign workspace', async (t) => {
  const site = await openSite(t, { untouched: true });
  await site.tenant('foreign');
  const port = Number(new URL(await site.app.listen({ port: 0, host: '127.0.0.1' })).port);
  const upgrade = async (path: string, cookie: string): Promise<number> => {
    const lines = { host: `127.0.0.1:${port}`, origin: `http://127.0.0.1:${port}`, connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', cookie };
    return statusOf(await speak(port, `GET ${path} HTTP/1.1\r\n${Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`));
  };
  for (const role of roles satisfies readonly Role[]) {
    const visitor = site.visitor();
    await visitor.signIn((await site.person(role, role)).email);
    const cookie = `switchboard=${visitor.cookies.get('switchboard')}`;
    for (const [name, permission] of Object.entries(sockets)) {
      const path = name.split(' ')[1] ?? '';
      t.equal(await upgrade(path.replace(':tenant', site.slug), cookie), may(role, permission) ? 101 : 403, `${role} ${name}`);
      if (path.includes(':tenant')) t.equal(await upgrade(path.replace(':tenant', 'foreign'), cookie), 404, `${role} foreign ${name}`);
      t.equal(await upgrade(path.replace(':tenant', site.slug), ''), 401, `nobody ${name}`);
    }
  }
});

/** Every row of the workspace, in every table that has one. */
async function everythingOf(site: Site, tenantId: string): Promise<Record<string, unknown[]>> {
  const tables = [...site.db.orm.getMetadata().getAll().values()].filter((meta) => 'tenantId' in meta.properties).map((meta) => meta.tableName);
  const all: Record<string, unknown[]> = {};
  for (const table of new Set(tables)) all[table] = (await site.all<object>(`select * from ${table} where tenant_id = ?`, [tenantId])).map((row) => JSON.stringify(row)).sort();
  return all;
}
