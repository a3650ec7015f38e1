/** Texts, objects and names that want to become part of a query. */
import { createHash, createHmac } from 'node:crypto';
import t from 'tap';
import { chance } from '../kit/chance.ts';
import type { Visitor } from '../access/site.ts';
import { everyStatement, hostile, objects, strangers } from './hostile.ts';
import { until } from '../until.ts';
import { foreign, foreignAccount, meta, metaBody, openSite, phone, phoneBody, settled, type Site } from './site.ts';

/** What an answer must never show: another tenant, or the words of a database. */
const betrays = /Otherland|other-canary|SQLITE_(?!MASTER)|syntax error|near "|unrecognized token|no such (table|column)|MikroORM|kysely|better-sqlite3|\.ts:\d+:\d+/;

async function seeded(site: Site): Promise<void> {
  const people = ['100% Rina', 'under_score', "O'Brien", 'back\\slash', 'Plain Jane', '"quoted"'];
  for (const [n, name] of people.entries()) await site.deliver(meta, metaBody(`hello from ${n}`, { from: `62811555010${n}`, name }));
  await site.deliver(phone, phoneBody('menu'));
  await site.deliver(foreign, metaBody('other-canary', { from: '6281155509999', to: foreignAccount, name: 'Otherland' }));
  await settled(site);
  await until('the messages were to be there', () => site.one<{ n: number }>('select count(*) as n from conversation').n === people.length + 2);
}

const shownIn = (body: string): string[] => [...new Set([...body.matchAll(/data-conversation="([^"]+)"|\/whatsapp\/([0-9a-f-]{36})/g)].map(([, a, b]) => a ?? b ?? ''))].toSorted();

t.test('a search', async (t) => {
  const site = await openSite(t);
  await seeded(site);
  const ana = await site.signedIn();
  const search = async (text: string) => ana.get(`/app/acme/inbox?${new URLSearchParams({ search: text })}`);
  const rows = site.all<{ id: string; name: string | null; phone: string | null }>("select v.id, c.name, c.phone from conversation v join contact c on c.id = v.contact_id join tenant t on t.id = v.tenant_id where t.slug = 'acme'");

  await t.test('finds what was typed and takes no character of it for a sign', async (t) => {
    for (const [typed, found] of [['%', ['100% Rina']], ['_', ['under_score']], ['\\', ['back\\slash']], ["'", ["O'Brien"]], ['"', ['"quoted"']], ["o'b", ["O'Brien"]], ['%a%', []], ['______', []], ['100%', ['100% Rina']], ['plain', ['Plain Jane']]] as const) {
      const answer = await search(typed);
      t.equal(answer.statusCode, 200);
      const expected = rows.filter(({ name }) => found.some((one) => one === name)).map(({ id }) => id).toSorted();
      t.strictSame(shownIn(answer.body), expected, typed);
    }
  });

  await t.test('is the same for what is always true and what is never', async (t) => {
    for (const [yes, no] of [["' or '1'='1", "' or '1'='2"], ["x' or 1=1--", "x' or 1=2--"], ["%' or '1'='1", "%' or '1'='2"], ["') or 1=1--", "') or 1=2--"], ["' union select 1--", "' union select 1 where 1=2--"], ['\\\' or 1=1--', '\\\' or 1=2--']] as const) {
      const [one, other] = [await search(yes), await search(no)];
      t.equal(one.statusCode, 200);
      t.strictSame(shownIn(one.body), [], yes);
      t.strictSame(shownIn(other.body), [], no);
    }
  });

  await t.test('of everything in the corpus finds nobody who is not named so', async (t) => {
    const wrong: string[] = [];
    for (const text of everyStatement) {
      const answer = await search(text.slice(0, 100));
      const words = text.trim().toLowerCase();
      const expected = rows.filter(({ name, phone }) => words === '' || name?.toLowerCase().includes(words) || phone?.includes(words) || (/^\d+$/.test(words) && phone?.includes(words))).map(({ id }) => id).toSorted();
      // A NUL ends no text and is no letter: whatever it finds, it is nobody of another tenant.
      if (answer.statusCode !== 200 || betrays.test(answer.body) || (!text.includes('\0') && JSON.stringify(shownIn(answer.body)) !== JSON.stringify(expected))) wrong.push(`${text}: ${answer.statusCode}`);
    }
    t.strictSame(wrong, []);
  });
});

t.test('a text', async (t) => {
  const site = await openSite(t);
  for (const [n, text] of everyStatement.entries()) await site.deliver(meta, metaBody(text, { from: `6281177${String(n).padStart(5, '0')}`, name: text }));
  await settled(site);
  const stored = site.all<{ text: string; name: string | null }>("select m.text, c.name from message m join conversation v on v.id = m.conversation_id join contact c on c.id = v.contact_id where m.author = 'contact' order by m.id");
  t.strictSame(stored.map(({ text }) => text).toSorted(), everyStatement.map((text) => text.replaceAll('\0', '\ufffd')).toSorted(), 'is stored as it was written, whatever it says');
  t.equal(site.one<{ n: number }>('select count(*) as n from contact').n, everyStatement.length);
});

t.test('5,000 hostile requests against every route of the admin', async (t) => {
  const site = await openSite(t);
  await seeded(site);
  const ana = await site.signedIn();
  const by = chance(5_000);
  const attacks = points(site);
  t.ok(attacks.length > 100, `${attacks.length} places to put something`);
  const tables = tablesOf(site);
  const others = digestOf(site, tables);
  const counted = countsOf(site, tables);

  const wrong: string[] = [];
  const statuses: Record<number, number> = {};
  const covered = new Set<Point>();
  for (let n = 0; n < 5_000; n++) {
    // Each place once, then by chance.
    const point = attacks[n] ?? by.one(attacks);
    covered.add(point);
    const { statusCode, body, headers } = await strike(ana, point, by);
    if (String(headers.location).startsWith('/login')) throw new Error(`${point.method} ${point.url} signed her out`);
    statuses[statusCode] = (statuses[statusCode] ?? 0) + 1;
    if (statusCode >= 500 || betrays.test(body)) wrong.push(`${point.method} ${point.url} ${point.in} ${point.name}: ${statusCode} ${betrays.exec(body)?.[0] ?? ''}`);
  }
  t.comment(`answered: ${JSON.stringify(statuses)}`);
  t.strictSame([...new Set(wrong)], [], 'none breaks anything or shows what is not theirs');
  t.equal(covered.size, attacks.length, 'every place was tried');
  t.strictSame(tablesOf(site), tables, 'every table is still there');
  t.equal(digestOf(site, tables), others, 'of the other tenant not a letter changed');
  const after = countsOf(site, tables);
  // What people do with their forms adds rows, and a pause that is over is forgotten; nothing else goes.
  const lost = tables.filter((table) => !['lane', 'job', 'login', 'throttle', 'sqlite_sequence'].includes(table) && (after[table] ?? 0) < (counted[table] ?? 0));
  t.strictSame(lost, [], 'and nothing was deleted');
  t.strictSame(site.all('select role from membership order by role'), [{ role: 'agent' }, { role: 'owner' }, { role: 'owner' }]);
  t.equal(site.lines.filter((line) => line.includes('request failed')).length, 0);
});

interface Point {
  method: 'GET' | 'POST';
  url: string;
  in: 'path' | 'query' | 'body';
  name: string;
  /** Right values for everything else. */
  path: Record<string, string>;
  query: Record<string, string>;
  body: Record<string, string>;
}

/** Every parameter, query and field of every route that needs somebody signed in; and those that it has not. */
function points(site: Site): Point[] {
  const id = (text: string) => site.one<{ id: string }>(`${text} limit 1`).id;
  const conversation = id("select v.id from conversation v join tenant t on t.id = v.tenant_id where t.slug = 'acme'");
  const ids: [RegExp, string][] = [
    [/\/numbers\//, id("select id from number where display_name = 'Acme line'")],
    [/\/notifications\//, conversation],
    [/\/channels\//, id("select id from connection where name = 'Acme on Meta'")],
    [/\/deliveries\//, id("select d.id from delivery d join tenant t on t.id = d.tenant_id where t.slug = 'acme'")],
    [/\/agents\//, id('select id from agent')],
    // Not her own: she would be signed out.
    [/\/logins\//, conversation],
    [/\/simulator\//, id("select id from number where account = 'sim:phone'")],
    [/./, conversation],
  ];
  const found: Point[] = [];
  for (const route of site.routes) {
    for (const method of [route.method].flat()) {
      if (!isOurs(method) || !route.url.startsWith('/app/')) continue;
      const { querystring, body } = schemasOf(route.schema);
      const one = ids.find(([where]) => where.test(route.url))?.[1] ?? '';
      const names = [...route.url.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
      const path = Object.fromEntries(names.map((name) => [name, name === 'tenant' ? 'acme' : one]));
      const right = { path, query: rightValues(querystring, false), body: rightValues(body, true) };
      const open = /channels\/:id$|agents\/:id$|connect$|bindings$/.test(route.url) ? ['_name', '_description', '_version', 'way', 'account', 'displayName', 'agent', 'active', 'kept', 'set.accessToken', 'set.apiBaseUrl', 'accessToken', 'phoneNumberIds', 'rules', 'plug', 'unplug', 'inbound:x'] : [];
      for (const name of names) found.push({ method, url: route.url, in: 'path', name, ...right });
      for (const name of [...Object.keys(querystring), 'stranger']) found.push({ method, url: route.url, in: 'query', name, ...right });
      if (method === 'POST') for (const name of [...Object.keys(body), ...open, 'stranger', 'all']) found.push({ method, url: route.url, in: 'body', name, ...right });
    }
  }
  return found;
}

const isOurs = (method: string): method is Point['method'] => method === 'GET' || method === 'POST';

function schemasOf(schema: unknown): { querystring: Record<string, unknown>; body: Record<string, unknown> } {
  const properties = (name: string): Record<string, unknown> => record(record(record(schema)[name])['properties']);
  return { querystring: properties('querystring'), body: properties('body') };
}

const record = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {});

function rightValues(properties: Record<string, unknown>, all: boolean): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, schema] of Object.entries(properties)) {
    const { enum: choices, const: only, type } = record(schema);
    if (name === '_csrf') continue;
    if (!all && name !== 'before') continue;
    if (Array.isArray(choices)) values[name] = String(choices[0]);
    else if (typeof only === 'string') values[name] = only;
    else values[name] = type === 'integer' || type === 'number' ? '1' : 'right value';
  }
  return values;
}

async function strike(visitor: Visitor, point: Point, by: ReturnType<typeof chance>) {
  const text = hostile(by);
  const path = { ...point.path, ...(point.in === 'path' && { [point.name]: text }) };
  const address = point.url.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(path[name] ?? '').slice(0, 240) || '%20');
  const query = new URLSearchParams(point.query);
  if (point.in === 'query') {
    const name = point.name === 'stranger' ? by.one(strangers) : point.name;
    const way = by.below(5);
    if (way === 0) for (const one of [text, hostile(by)]) query.append(name, one);
    else query.set(way === 1 ? `${name}[$ne]` : way === 2 ? `${name}[]` : name, text);
  }
  const url = query.size > 0 ? `${address}?${query}` : address;
  if (point.method === 'GET') return visitor.get(url);
  const csrf = createHmac('sha256', visitor.cookies.get('switchboard') ?? '').update('switchboard form').digest('base64url');
  const asJson = by.below(2) === 0;
  const value: unknown = asJson && by.below(2) === 0 ? by.one(objects) : text;
  let body: unknown = { ...point.body };
  if (point.in === 'body') {
    if (point.name === 'all') body = by.one(objects);
    else body = { ...point.body, [point.name === 'stranger' ? by.one(strangers) : point.name]: value };
  }
  if (asJson) return visitor.send({ method: 'POST', url, payload: JSON.stringify(body), headers: { 'content-type': 'application/json', 'x-csrf-token': csrf } });
  const form = Object.fromEntries(Object.entries(record(body)).map(([name, one]) => [name, typeof one === 'string' ? one : JSON.stringify(one)]));
  return visitor.post(url, { ...form, _csrf: csrf });
}

const tablesOf = (site: Site): string[] => site.all<{ name: string }>("select name from sqlite_master where type = 'table' order by name").map(({ name }) => name);
const countsOf = (site: Site, tables: readonly string[]): Record<string, number> => Object.fromEntries(tables.map((table) => [table, site.one<{ n: number }>(`select count(*) as n from "${table}"`).n]));

/** The timer that reads a connection's templates runs by itself; there is nobody here to answer it. */
function ofTimer(row: object): boolean {
  return ('kind' in row && row.kind === 'templates') || ('message' in row && row.message === 'the templates could not be read');
}

/** Of everything that belongs to the other tenant. */
function digestOf(site: Site, tables: readonly string[]): string {
  const { id } = site.one<{ id: string }>("select id from tenant where slug = 'other'");
  const hash = createHash('sha256');
  for (const table of tables) {
    const columns = site.all<{ name: string }>(`pragma table_info("${table}")`).map(({ name }) => name);
    if (columns.includes('tenant_id')) hash.update(JSON.stringify(site.all<object>(`select * from "${table}" where tenant_id = ? order by 1, 2`, id).filter((row) => !ofTimer(row))));
  }
  hash.update(JSON.stringify(site.all("select * from \"user\" order by id").filter((row) => JSON.stringify(row).includes('otto@'))));
  return hash.digest('hex');
}
