/** Names that reach for the prototype of every object. After each the prototype must be as it was. */
import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { loadConfig } from '../../config/index.ts';
import { wireTo } from './process.ts';
import { installation, meta, metaBody, openSite, phone, phoneBody, settled, sign, type Site } from './site.ts';

const members = Object.getOwnPropertyNames(Object.prototype).toSorted();

function clean(): string {
  const bare: Record<string, unknown> = {};
  const list: unknown[] = [];
  const found = ['polluted', 'admin', 'role'].filter((name) => bare[name] !== undefined || Reflect.get(list, name) !== undefined || Reflect.get(clean, name) !== undefined);
  const added = Object.getOwnPropertyNames(Object.prototype).filter((name) => !members.includes(name));
  return [...found, ...added].join(' ');
}

/** As texts: written as objects they would not hold `__proto__` as a member. */
const bodies = [
  '{"__proto__":{"polluted":1}}',
  '{"__proto__":null}',
  '{"constructor":{"prototype":{"polluted":1}}}',
  '{"prototype":{"polluted":1}}',
  '{"text":"x","key":"12345678","__proto__":{"polluted":1}}',
  '{"text":{"__proto__":{"polluted":1}},"key":{"constructor":{"prototype":{"polluted":1}}}}',
  '{"a":[{"__proto__":{"polluted":1}}]}',
  '[{"__proto__":{"polluted":1}}]',
  '{"\\u005f\\u005fproto\\u005f\\u005f":{"polluted":1}}',
  '{"__proto__":{"__proto__":{"polluted":1}}}',
  '{"_name":"x","_version":"1","set.__proto__.polluted":"1","set.constructor.prototype.polluted":"1","__proto__.polluted":"1","constructor.prototype.polluted":"1"}',
  '{"email":"a@b.c","password":"x","__proto__":{"role":"owner","admin":true}}',
  '{"__defineGetter__":"x","__lookupSetter__":"x","hasOwnProperty":"x","toString":"x","valueOf":"x"}',
];
const names = ['__proto__', '__proto__[polluted]', '__proto__.polluted', '__proto__[polluted][]', 'constructor', 'constructor[prototype][polluted]', 'constructor.prototype.polluted', 'prototype[polluted]', 'a[__proto__][polluted]', 'a.__proto__.polluted', 'toString', 'hasOwnProperty', 'set.__proto__', 'set.__proto__.polluted', 'inbound:__proto__'];

async function hold(t: Test, what: string, attack: () => Promise<number[]>, right: (status: number) => boolean = (status) => status < 500): Promise<void> {
  const statuses = await attack();
  t.equal(clean(), '', `${what} leaves every object as it was`);
  t.strictSame(statuses.filter((status) => !right(status)), [], `${statuses.length} answers`);
}

t.test('somebody signed in', async (t) => {
  const site = await openSite(t);
  await site.deliver(meta, metaBody('hello'));
  await settled(site);
  const ana = await site.signedIn();
  const token = createHmac('sha256', ana.cookies.get('switchboard') ?? '').update('switchboard form').digest('base64url');
  const urls = addresses(site);
  t.ok(urls.post.length > 20 && urls.get.length > 15, `${urls.post.length} forms and ${urls.get.length} pages`);

  await t.test('as JSON', (t) => hold(t, 'JSON', async () => {
    const statuses: number[] = [];
    for (const url of urls.post) {
      for (const payload of bodies) statuses.push((await ana.send({ method: 'POST', url, payload, headers: { 'content-type': 'application/json', 'x-csrf-token': token } })).statusCode);
    }
    return statuses;
  }));

  await t.test('as a form', (t) => hold(t, 'a form', async () => {
    const statuses: number[] = [];
    for (const url of urls.post) {
      statuses.push((await ana.post(url, { ...Object.fromEntries(names.filter((name) => name !== '__proto__').map((name) => [name, 'polluted'])), _csrf: token })).statusCode);
      const payload = names.map((name) => `${encodeURIComponent(name)}=polluted`).join('&');
      statuses.push((await ana.send({ method: 'POST', url, payload: `${payload}&_csrf=${token}`, headers: { 'content-type': 'application/x-www-form-urlencoded' } })).statusCode);
    }
    return statuses;
  }));

  await t.test('in the address', (t) => hold(t, 'an address', async () => {
    const statuses: number[] = [];
    for (const url of urls.get) for (const name of names) statuses.push((await ana.get(`${url}?${encodeURIComponent(name)}=polluted`)).statusCode);
    for (const path of ['/app/__proto__', '/app/__proto__/whatsapp', '/app/constructor/inbox', '/app/acme/whatsapp/__proto__', '/app/acme/settings/channels/constructor', '/app/acme/agents/toString', '/app/acme/simulator/__proto__', '/assets/__proto__/constructor', '/assets/constructor/__proto__', '/live/__proto__', '/webhooks/__proto__', '/__proto__', '/constructor']) statuses.push((await ana.get(path)).statusCode);
    return statuses;
  }));

  await t.test('in headers and cookies', (t) => hold(t, 'a header', async () => {
    const statuses: number[] = [];
    for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf']) {
      // Written out: as an object's member the first would be no header.
      const headers = Object.fromEntries([[name, 'polluted'], ['accept-language', name], ['cookie', `${name}=polluted; switchboard-language=${name}; switchboard-theme=${name}`]]);
      for (const url of ['/login', '/app/acme/inbox', '/health/ready', '/metrics', '/nowhere']) statuses.push((await site.app.inject({ url, headers: { host: 'localhost', ...headers } })).statusCode);
    }
    return statuses;
  }));

  await t.test('as a choice out of a list', (t) => hold(t, 'a choice', async () => {
    const statuses: number[] = [];
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      for (const url of urls.post) statuses.push((await ana.post(url, { deed: name, state: name, locale: name, theme: name, ai: name, fault: name, armed: name, active: name, persona: name, way: `plugin:${name}`, choice: name, of: name, plug: name, agent: name, _csrf: token })).statusCode);
      for (const query of [`view=${name}`, `tab=${name}`, `show=${name}`, `state=${name}`, `way=plugin:${name}`, `way=connection:${name}`, `persona=${name}`, `number=${name}`]) for (const url of urls.get) statuses.push((await ana.get(`${url}?${query}`)).statusCode);
    }
    return statuses;
  }));

  await t.test('in the settings of an agent, as YAML and JSON', (t) => hold(t, 'settings', async () => {
    const statuses: number[] = [];
    const { id, version } = site.one<{ id: string; version: number }>('select id, version from agent');
    const yaml = ['__proto__:\n  polluted: 1', '- __proto__: {polluted: 1}\n  when: {any: true}\n  say: x', '- when: {any: true, __proto__: {polluted: 1}}\n  say: x', '- <<: {__proto__: {polluted: 1}}\n  say: x', '- when: {constructor: {prototype: {polluted: 1}}}\n  say: x', '? [__proto__]\n: x', '!!js/function x', '- &a {__proto__: *a}', '- when: {any: true}\n  say: "{{__proto__}} {{constructor.prototype}} {{toString}}"'];
    for (const rules of yaml) statuses.push((await ana.post(`/app/acme/agents/${id}`, { _name: 'Echo', _version: String(version), rules, menu: rules, __proto__: 'x', _csrf: token })).statusCode);
    return statuses;
  }));
});

t.test('somebody who signs webhooks', async (t) => {
  const site = await openSite(t);
  const hello = metaBody('hello');
  const within = [
    ...bodies,
    ...['"entry":', '"changes":', '"value":', '"metadata":', '"contacts":', '"profile":', '"messages":', '"text":'].map((member) => hello.replace(member, `"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},${member}`)),
    hello.replace('"hello"', '"{{__proto__}} {{constructor}}"'),
    hello.replace('"type":"text"', '"type":"__proto__"'),
    hello.replace('"type":"text"', '"type":"constructor"'),
    hello.replace('"field":"messages"', '"field":"__proto__"'),
    hello.replace('"field":"messages"', '"field":"toString"'),
    hello.replaceAll('628', '__proto__'),
  ];
  const acts = [...bodies, phoneBody('x').replace('"kind":"message"', '"kind":"__proto__"'), phoneBody('x').replace('"content":', '"__proto__":{"polluted":1},"content":'), phoneBody('{{__proto__}} {{constructor.name}}'), phoneBody('x', { name: '__proto__' }), phoneBody('x', { to: '__proto__' })];

  await t.test('is taken at his word and changes nothing else', (t) => hold(t, 'a webhook', async () => {
    const statuses: number[] = [];
    for (const body of within) statuses.push((await site.deliver(meta, body)).statusCode);
    for (const body of acts) statuses.push((await site.deliver(phone, body)).statusCode);
    await settled(site);
    return statuses;
  }, (status) => status === 200));

  // One of these ended in 500 for whoever asked, signed or not.
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'x-hub-signature-256.constructor']) {
    await t.test(`may send a header named ${name}`, async (t) => {
      const body = metaBody(`with ${name}`);
      // By hand: a client's own table of headers would swallow it.
      const post = async (signature: string) => {
        const wire = await wireTo(site.port);
        await wire.write([`POST /webhooks/${meta.webhookKey} HTTP/1.1`, 'Host: localhost', 'Connection: close', `Content-Length: ${Buffer.byteLength(body)}`, `${name}: polluted`, `${meta.header}: ${signature}`, '', body].join('\r\n'));
        await wire.gone;
        return wire.status();
      };
      t.equal(await post(''), 401, 'unsigned');
      t.equal(await post(sign(meta.secret, body)), 200, 'signed');
      t.equal(clean(), '');
    });
  }
});

t.test('a configuration file', async (t) => {
  const folder = t.testdir();
  const load = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    try {
      return loadConfig({ env: { SWITCHBOARD_CONFIG: join(folder, name) }, cwd: folder });
    } catch (error) {
      return error instanceof Error ? error.message : error;
    } finally {
      t.equal(clean(), '', name);
    }
  };
  load('proto.json', '{"__proto__":{"polluted":1},"limits":{"__proto__":{"polluted":1}}}');
  load('constructor.json', '{"constructor":{"prototype":{"polluted":1}}}');
  load('inside.json', JSON.stringify(installation).replace('"settings":{', '"settings":{"__proto__":{"polluted":1},'));
  load('proto.yaml', '__proto__:\n  polluted: 1\nlimits:\n  __proto__:\n    polluted: 1\n');
  load('merge.yaml', 'base: &base\n  __proto__: {polluted: 1}\nlimits:\n  <<: *base\n');
});

function addresses(site: Site): { get: string[]; post: string[] } {
  const id = site.one<{ id: string }>('select id from conversation').id;
  const phoneNumber = site.one<{ id: string }>("select id from number where account = 'sim:phone'").id;
  const of = (method: string) => site.routes
    .filter((route) => [route.method].flat().includes(method) && route.url.startsWith('/app/') && !/logins|delete$/.test(route.url))
    .map(({ url }) => url.replace(':tenant', 'acme').replace(':number', phoneNumber).replace(':message', id).replace(':id', id));
  return { get: [...of('GET'), '/login', '/setup', '/'], post: [...of('POST'), '/login', '/setup', '/language'] };
}
