/**
 * Every route of the API × scopes × the own and a foreign workspace. The table below lists each route with the scope it must
 * need and a request that must work; a route without a row fails, and so does a row without a route. What is answered is held
 * to the description that programs are given, here and wherever a test of the API calls.
 */
import t from 'tap';
import { scopeNames, type Scope } from '../../core/http/api/scopes.ts';
import { routesOf } from '../../core/http/routes.ts';
import { uuid } from '../../core/ids.ts';
import notifications from '../../plugins/notifications/index.ts';
import rules from '../../plugins/rules/index.ts';
import simulator from '../../plugins/simulator/index.ts';
import { failedMessage, plant, type Planted } from '../access/planted.ts';
import { pigeonPost } from '../workspace/pigeon.ts';
import { openOffice, type Office, type Program } from './office.ts';

type Ids = Record<string, string>;
interface Row {
  needs: Scope;
  answers?: number;
  /** Of this workspace: what stands in the address, the query and the body. */
  ids?(of: Post): Promise<Ids>;
  query?(ids: Ids): string;
  body?(ids: Ids): unknown;
  /** A foreign id that is refused as something typed wrongly, and tells no more than that. */
  foreign?: Record<string, number>;
}

/** A workspace with one of everything, also with a channel that has templates, a subscription and a registration. */
interface Post extends Planted {
  office: Office;
  pigeon(): Promise<string>;
  pigeonNumber(): Promise<string>;
  template(): Promise<string>;
  message(status: 'failed' | 'queued'): Promise<Ids>;
  heard(): Promise<Ids>;
}

const secret = 'seal-of-the-canary';
const text = { kind: 'text', text: 'Your parcel is here.' };
const nothing = () => ({});
const connection = async (of: Post): Promise<Ids> => ({ id: await of.fresh.connection() });
const pigeon = async (of: Post): Promise<Ids> => ({ id: await of.pigeon() });
const number = async (of: Post): Promise<Ids> => ({ id: await of.fresh.number() });
const medium = async (of: Post): Promise<Ids> => ({ id: await of.fresh.medium() });
const conversation = async (of: Post): Promise<Ids> => ({ id: await of.fresh.conversation() });
const plug = async (of: Post): Promise<Ids> => ({ id: await of.fresh.number(), agent: await of.fresh.agent() });

const rows: Record<string, Row> = {
  'GET /api/v1/channels': { needs: 'connections:read' },
  'GET /api/v1/connections': { needs: 'connections:read' },
  'POST /api/v1/connections': { needs: 'connections:write', answers: 201, body: () => ({ plugin: 'pigeon', name: 'Loft', settings: { seal: secret } }) },
  'GET /api/v1/connections/:id': { needs: 'connections:read', ids: pigeon },
  'PATCH /api/v1/connections/:id': { needs: 'connections:write', ids: pigeon, body: () => ({ name: 'Renamed', settings: { loft: 'south' } }) },
  'DELETE /api/v1/connections/:id': { needs: 'connections:write', answers: 204, ids: connection },
  'POST /api/v1/connections/:id/start': { needs: 'connections:write', ids: pigeon, body: nothing },
  'POST /api/v1/connections/:id/stop': { needs: 'connections:write', ids: connection, body: nothing },
  'POST /api/v1/connections/:id/restart': { needs: 'connections:write', ids: connection },
  'GET /api/v1/connections/:id/logs': { needs: 'connections:read', ids: connection, query: () => 'level=info&limit=5' },
  'GET /api/v1/connections/:id/logs.csv': { needs: 'connections:read', ids: connection, query: () => 'level=info' },
  'GET /api/v1/connections/:id/offers': { needs: 'connections:read', ids: connection },
  'POST /api/v1/connections/:id/subscribe': { needs: 'connections:write', ids: pigeon, body: () => ({ overwrite: true }) },
  'POST /api/v1/connections/:id/unsubscribe': { needs: 'connections:write', ids: pigeon, body: nothing },
  'POST /api/v1/connections/:id/rotate-secret': { needs: 'connections:write', ids: pigeon, body: () => ({ graceHours: 1 }) },
  'GET /api/v1/connections/:id/hand-off': { needs: 'connections:write', ids: pigeon },
  'POST /api/v1/connections/:id/templates/sync': { needs: 'templates:write', ids: pigeon, body: nothing },
  'PUT /api/v1/connections/:id/bindings': { needs: 'numbers:write', ids: async (of) => ({ id: await of.fresh.connection(), agent: await of.fresh.agent() }), body: ({ agent }) => ({ agent, inbound: false }) },

  'GET /api/v1/deliveries': { needs: 'connections:read', ids: async (of) => ({ connection: of.connection }), query: ({ connection }) => `connection=${connection}`, foreign: { connection: 200 } },
  'GET /api/v1/deliveries.csv': { needs: 'connections:read', ids: async (of) => ({ connection: of.connection }), query: ({ connection }) => `connection=${connection}&state=processed`, foreign: { connection: 200 } },

  'GET /api/v1/connections/:id/checks': { needs: 'checks:read', ids: pigeon },
  'POST /api/v1/connections/:id/checks': { needs: 'checks:write', ids: pigeon, body: nothing },
  'POST /api/v1/checks': { needs: 'checks:write', body: () => ({ plugin: 'pigeon', settings: { seal: secret } }) },

  'GET /api/v1/numbers': { needs: 'numbers:read' },
  'POST /api/v1/numbers': { needs: 'numbers:write', answers: 201, ids: async (of) => ({ connection: of.connection, agent: of.agent }), body: (ids) => ({ ...ids, account: `sim:${uuid().slice(-12)}`, name: 'Another' }), foreign: { agent: 422 } },
  'GET /api/v1/numbers/:id': { needs: 'numbers:read', ids: number },
  'PATCH /api/v1/numbers/:id': { needs: 'numbers:write', ids: plug, body: ({ agent }) => ({ name: 'Renamed', agent, active: true }), foreign: { agent: 422 } },
  'DELETE /api/v1/numbers/:id': { needs: 'numbers:write', answers: 204, ids: number },
  'POST /api/v1/numbers/:id/register': { needs: 'numbers:write', ids: async (of) => ({ id: await of.pigeonNumber() }), body: () => ({ pin: '482913' }) },
  'GET /api/v1/numbers/:id/history': { needs: 'messages:read', ids: number, query: () => 'status=sent&recipient=%2B1' },
  'GET /api/v1/numbers/:id/history.csv': { needs: 'messages:read', ids: number },
  'GET /api/v1/numbers/:id/bindings': { needs: 'numbers:read', ids: async (of) => ({ id: of.number }) },
  'PUT /api/v1/numbers/:id/bindings': { needs: 'numbers:write', ids: plug, body: ({ agent }) => ({ agent }) },
  'DELETE /api/v1/numbers/:id/bindings': { needs: 'numbers:write', answers: 204, ids: plug, query: ({ agent }) => `agent=${agent}`, foreign: { agent: 204 } },

  'GET /api/v1/agents': { needs: 'agents:read' },

  'GET /api/v1/templates': { needs: 'templates:read', ids: async (of) => ({ connection: await of.pigeon() }), query: ({ connection }) => `connection=${connection}`, foreign: { connection: 200 } },
  'GET /api/v1/templates.csv': { needs: 'templates:read', ids: async (of) => ({ connection: await of.pigeon() }), query: ({ connection }) => `connection=${connection}`, foreign: { connection: 200 } },
  'POST /api/v1/templates': { needs: 'templates:write', answers: 201, ids: async (of) => ({ connection: await of.pigeon() }), body: (ids) => ({ ...ids, name: `parcel_${uuid().slice(0, 4).replaceAll(/\d/g, 'x')}`, language: 'en', body: 'Hello {{1}}', examples: { 1: 'Ana' } }) },
  'GET /api/v1/templates/:id': { needs: 'templates:read', ids: async (of) => ({ id: await of.template() }) },
  'DELETE /api/v1/templates/:id': { needs: 'templates:write', answers: 204, ids: async (of) => ({ id: await of.template() }) },

  'POST /api/v1/media': { needs: 'media:write', answers: 201, query: () => 'name=note.txt', body: () => Buffer.from('hello') },
  'GET /api/v1/media/:id': { needs: 'media:read', ids: medium },
  'GET /api/v1/media/:id/content': { needs: 'media:read', ids: medium },
  'POST /api/v1/media/:id/retry': { needs: 'media:write', answers: 202, ids: async (of) => ({ id: await of.fresh.missing() }), body: nothing },

  'POST /api/v1/messages': { needs: 'messages:write', answers: 202, ids: async (of) => ({ conversation: await of.fresh.conversation() }), body: (ids) => ({ ...ids, content: text }) },
  'GET /api/v1/messages': { needs: 'messages:read', ids: async (of) => ({ conversation: await of.fresh.conversation() }), query: ({ conversation }) => `conversation=${conversation}&limit=1` },
  'GET /api/v1/messages/:id': { needs: 'messages:read', ids: (of) => of.message('failed'), query: () => 'locale=es' },
  'POST /api/v1/messages/:id/cancel': { needs: 'messages:write', ids: (of) => of.message('queued'), body: nothing },
  'POST /api/v1/messages/:id/send-again': { needs: 'messages:write', answers: 202, ids: (of) => of.message('failed') },
  'POST /api/v1/messages/:id/reactions': { needs: 'messages:write', answers: 202, ids: (of) => of.heard(), body: () => ({ emoji: '👍' }) },
  'POST /api/v1/conversations/:id/read': { needs: 'messages:write', answers: 204, ids: conversation },
  'POST /api/v1/conversations/:id/typing': { needs: 'messages:write', answers: 204, ids: conversation },
};

const canary = 'Zanzibar';

async function postOf(office: Office, slug: string, canary: string): Promise<Post> {
  const planted = await plant(office, slug, canary);
  const { workspace } = office.ctx;
  const by = 'configuration' as const;
  let n = 0;
  const pigeon = async () => (await workspace.connections.create(planted.tenantId, { plugin: 'pigeon', name: `${canary} loft ${++n}`, settings: { data: { seal: secret } } }, by)).id;
  return {
    ...planted,
    office,
    pigeon,
    async pigeonNumber() {
      return (await workspace.numbers.connect(planted.tenantId, { connection: { id: await pigeon() }, account: `${slug}-ring-${++n}`, displayName: `${canary} ring`, active: false }, by)).id;
    },
    async template() {
      const draft = { name: `${slug}_${'x'.repeat(++n)}`, language: 'en', category: '', preview: { body: `${canary} {{1}}` }, examples: { 1: 'Ana' } };
      return (await workspace.templates.create(planted.tenantId, await pigeon(), draft, by)).id;
    },
    async message(status) {
      const id = await failedMessage(office, planted, await planted.fresh.conversation());
      await office.db.write((sql) => sql.run('update message set status = ? where id = ?', [status, id]));
      return { id };
    },
    async heard() {
      const [row] = await office.all<{ id: string }>("select id from message where conversation_id = ? and author = 'contact'", [await planted.fresh.conversation()]);
      return { id: String(row?.id) };
    },
  };
}

async function openWithPigeons(t: Parameters<typeof openOffice>[0]): Promise<Office> {
  return openOffice(t, { plugins: [simulator, rules, notifications, pigeonPost().plugin] });
}

function ask(program: Pick<Program, 'call'>, name: string, ids: Ids) {
  const [method = '', path = ''] = name.split(' ');
  const row = rows[name];
  const address = Object.entries(ids).reduce((url, [param, value]) => url.replace(`:${param}`, encodeURIComponent(value)), path.replace('/api/v1', ''));
  return program.call(method as 'GET', address + (row?.query ? `?${row.query(ids)}` : ''), row?.body?.(ids));
}

void t.test('every route of the API stands in the table with its scope, and the table holds nothing else', async (t) => {
  const office = await openWithPigeons(t);
  const routes = routesOf(office.app).filter(({ url }) => url.startsWith('/api/') && url !== '/api/openapi.json');
  t.ok(routes.length > 40, `${routes.length} routes`);
  for (const { method, url, scope } of routes) t.equal(scope, rows[`${method === 'HEAD' ? 'GET' : method} ${url}`]?.needs, `${method} ${url}`);
  const names = new Set(routes.map(({ method, url }) => `${method} ${url}`));
  for (const name of Object.keys(rows)) t.ok(names.has(name), `${name} is a route`);
  const { paths } = (await office.app.inject('/api/openapi.json')).json<{ paths: Record<string, object> }>();
  t.equal(Object.values(paths).flatMap((path) => Object.keys(path)).length, Object.keys(rows).length, 'and each is described');
});

void t.test('routes × scopes × own and foreign workspace', { timeout: 240_000 }, async (t) => {
  const office = await openWithPigeons(t);
  const own = await postOf(office, 'own', 'Lestari');
  const foreign = await postOf(office, 'foreign', canary);
  const all = await office.key(['*'], own.tenantId);
  const foreignIds = new Map<string, Ids>();
  for (const [name, row] of Object.entries(rows)) foreignIds.set(name, (await row.ids?.(foreign)) ?? {});
  const settled = async () => {
    await office.quiet();
    // Reading one connection's log writes down what is still to be said of all.
    await office.ctx.workspace.connections.log(foreign.tenantId, foreign.connection);
    return everythingOf(office, foreign.tenantId);
  };
  const before = await settled();

  for (const [name, row] of Object.entries(rows)) {
    const ids = (await row.ids?.(own)) ?? {};
    const others = scopeNames.filter((scope) => scope !== row.needs);
    t.match(await ask(await office.key(others, own.tenantId), name, ids), { statusCode: 403 }, `${name} is not for a key with every other scope`);
    const key = await office.key([row.needs], own.tenantId);
    t.match(await ask({ call: (...given) => office.app.inject({ ...injected(given), headers: { host: 'localhost:3000', cookie: 'switchboard=x', authorization: 'Basic eDp4' } }) }, name, ids), { statusCode: 401, headers: { 'www-authenticate': 'Bearer' } }, `${name} without a key`);

    const mine = await ask(key, name, ids);
    t.equal(mine.statusCode, row.answers ?? 200, `${name} works with ${row.needs} ${mine.statusCode < 400 ? '' : mine.body}`);
    t.notMatch(mine.body + JSON.stringify(mine.headers), canary, `${name} shows nothing foreign`);
    t.notMatch(mine.body, secret, `${name} shows no secret`);
    t.notOk(Object.keys(mine.headers).some((header) => header.startsWith('access-control-') || header === 'set-cookie'), `${name} is for no page elsewhere, and sets no cookie`);

    const theirs = foreignIds.get(name) ?? {};
    for (const param of Object.keys(ids)) {
      const mine = (await row.ids?.(own)) ?? {};
      for (const [what, id] of [['foreign', theirs[param]], ['unknown', uuid()], ['odd', "x' or 1=1"]] as const) {
        const answer = await ask(all, name, { ...mine, [param]: id ?? '' });
        t.ok([404, row.foreign?.[param]].includes(answer.statusCode), `${name} with the ${what} ${param} (${answer.statusCode})`);
        t.notMatch(answer.body, canary);
      }
    }
  }

  t.same(await settled(), before, 'after all that, the foreign workspace is as it was');
});

const injected = ([method, path, body]: Parameters<Program['call']>) => ({ method, url: `/api/v1${path}`, ...(body !== undefined && { payload: body instanceof Buffer ? body : JSON.stringify(body) }) });

/** Every row of the workspace, in every table that has one. */
async function everythingOf(office: Office, tenantId: string): Promise<Record<string, unknown[]>> {
  const tables = [...office.db.orm.getMetadata().getAll().values()].filter((meta) => 'tenantId' in meta.properties).map((meta) => meta.tableName);
  const all: Record<string, unknown[]> = {};
  for (const table of new Set(tables)) all[table] = (await office.all<object>(`select * from ${table} where tenant_id = ?`, [tenantId])).map((row) => JSON.stringify(row)).sort();
  return all;
}
