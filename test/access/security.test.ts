import { brotliCompressSync, gzipSync } from 'node:zlib';
import Fastify from 'fastify';
import t from 'tap';
import { registerSecurity } from '../../core/http/security.ts';
import { SwitchboardError, InvalidInput, StorageUnavailable } from '../../core/errors.ts';
import { openSite } from './site.ts';
import { answersIn, speak, statusOf } from './wire.ts';

const headers = {
  'content-security-policy': "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'same-origin',
  'permissions-policy': /camera=\(\)/,
};

t.test('every answer carries the one policy', async (t) => {
  const site = await openSite(t, {
    routes(app) {
      app.get('/broken', { config: { open: 'test' } }, () => { throw new Error('a secret of the inside'); });
      app.get('/api/v1/broken', { config: { open: 'test' } }, () => { throw new Error('a secret of the inside'); });
      app.post('/api/v1/things', { config: { open: 'test' } }, () => 'made');
    },
  });
  const address = await site.app.listen({ port: 0, host: '127.0.0.1' });
  const port = Number(new URL(address).port);
  const visitor = site.visitor();
  const { slug } = site;

  for (const path of ['/', '/login', '/setup', '/nothing', `/app/${slug}/read`, '/app/unknown/read', '/broken', '/api/v1/broken', '/api/v1/nothing', '/webhooks/nothing', '/%zz', `/login?next=${'a'.repeat(5_000)}`]) {
    t.match((await visitor.get(path)).headers, headers, path.slice(0, 40));
  }
  t.match((await visitor.post('/login', {})).headers, headers, 'a refused form');
  t.match((await visitor.send({ method: 'TRACE', url: '/' })).headers, headers, 'a refused method');
  t.match((await visitor.send({ method: 'POST', url: '/api/v1/things', payload: '{', headers: { 'content-type': 'application/json' } })).headers, headers, 'a broken body');
  for (const [name, bytes] of Object.entries({
    'no request at all': 'hello\r\n\r\n',
    'too many headers': `GET / HTTP/1.1\r\nhost: x\r\n${'a: b\r\n'.repeat(10_000)}\r\n`,
    'no host': 'GET / HTTP/1.1\r\n\r\n',
  })) {
    const { answer } = await speak(port, bytes);
    for (const [header, value] of Object.entries(headers)) t.match(answer, typeof value === 'string' ? `${header}: ${value}` : header, `${name}: ${header}`);
  }
  t.notOk((await visitor.get('/login')).headers['strict-transport-security'], 'over http nothing is promised about https');
});

t.test('https is promised only where PUBLIC_URL says so, and forwarding headers do not say so', async (t) => {
  const secure = await openSite(t, { server: { publicUrl: 'https://chat.example.test' } });
  t.equal((await secure.visitor().get('/login')).headers['strict-transport-security'], 'max-age=31536000');
  const plain = await openSite(t, { server: { trustedProxies: ['127.0.0.1'] } });
  const answer = await plain.visitor().get('/login', { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.test' });
  t.notOk(answer.headers['strict-transport-security']);
  t.notMatch(answer.body + JSON.stringify(answer.headers), 'evil.test');
});

t.test('what went wrong is told by a code and a number, never by its inside', async (t) => {
  const errors: Record<string, unknown> = {
    broken: new TypeError('password "hunter2" at /srv/app.ts:12'),
    missing: new SwitchboardError('NOT_FOUND'),
    taken: new SwitchboardError('CONFLICT', 'Ana changed it.'),
    typed: new InvalidInput({ name: 'Too long.' }),
    busy: new StorageUnavailable('STORAGE_BUSY'),
    locked: Object.assign(new Error('insert into "user" values (\'x\') - database is locked'), { code: 'SQLITE_BUSY' }),
    damaged: new SwitchboardError('DATABASE_CORRUPT', 'file /srv/data.db'),
    thrown: 'a string',
    nothing: undefined,
  };
  const site = await openSite(t, { routes: (app) => { for (const prefix of ['', '/api/v1']) app.get(`${prefix}/fail/:how`, { config: { open: 'test' } }, (request) => { throw errors[(request.params as { how: string }).how]; }); } });
  const visitor = site.visitor();
  for (const [how, status] of Object.entries({ broken: 500, missing: 404, taken: 409, typed: 422, busy: 503, locked: 503, damaged: 500, thrown: 500 })) {
    const page = await visitor.get(`/fail/${how}`);
    t.equal(page.statusCode, status, how);
    t.match(page.headers['content-type'], 'text/html', how);
    t.match(page.body, /Request <code>[0-9a-f-]{36}<\/code>/, `${how} has a number`);
    t.notMatch(page.body, /hunter2|\.ts|insert into|data\.db|at Object/, how);
    const json = await visitor.get(`/api/v1/fail/${how}`);
    t.equal(json.statusCode, status, how);
    t.match(json.json(), { error: { code: /^[A-Z_]+$/, message: /\.$/, requestId: /^[0-9a-f-]{36}$/ } }, how);
    t.notMatch(json.body, /hunter2|\.ts|insert into|data\.db|stack/, how);
  }
  t.match((await visitor.get('/api/v1/fail/typed')).json(), { error: { code: 'INVALID_INPUT', fields: { name: 'Too long.' } } });
  t.equal((await visitor.get('/fail/busy')).headers['retry-after'], '1');
  t.match((await visitor.get('/fail/missing', { accept: 'application/json' })).headers['content-type'], 'application/json');
});

t.test('a route that says neither its permission nor why it is open stops the start', async (t) => {
  const site = await openSite(t, {
    routes(app) {
      t.throws(() => app.get('/forgotten', () => ''), /GET \/forgotten must say either its permission, its scope or why it is open/);
      t.throws(() => app.get('/scoped', { config: { scope: 'messages:read' } }, () => ''), /registered where nobody checks it/);
      t.throws(() => app.get('/both', { config: { permission: 'profile', open: 'why' } }, () => ''), /must say either/);
    },
  });
  t.equal((await site.visitor().get('/forgotten')).statusCode, 404);
  const early = Fastify();
  await registerSecurity(early, site.ctx);
  t.throws(() => early.get('/early', { config: { permission: 'profile' } }, () => ''), /before anybody checks it/);
});

t.test('bodies', async (t) => {
  const site = await openSite(t, { routes: (app) => app.post('/api/v1/things', { config: { open: 'test' }, schema: { body: { type: 'object', properties: { id: { type: 'string' } }, additionalProperties: false } } }, (request) => ({ got: request.body })) });
  const address = await site.app.listen({ port: 0, host: '127.0.0.1' });
  const port = Number(new URL(address).port);
  const send = (payload: string | Buffer, type = 'application/json', more: Record<string, string> = {}) => site.visitor().send({ method: 'POST', url: '/api/v1/things', payload, headers: { 'content-type': type, ...more } });

  t.test('of the wrong form are refused, never with a 5xx', async (t) => {
    for (const body of ['{', 'null', '[]', '"x"', '1', '{"id":{"$ne":1}}', '{"id":{"toString":"x"}}', '{"id":["a","b"]}', '{"unknown":1}', '{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}', '[['.repeat(20_000), '{"id":1e999}', '', '\u0000', '\ufeff{"id":"x"}']) {
      const { statusCode } = await send(body);
      t.ok(statusCode === 400 || (body.startsWith('\ufeff') && statusCode === 200) || (body === '{"id":1e999}' && statusCode === 200), `${statusCode} ${body.slice(0, 40)}`);
    }
    t.equal((await send(Buffer.from([0x7b, 0xff, 0xfe, 0x7d]))).statusCode, 400, 'not UTF-8');
    t.notOk('polluted' in {}, 'nothing was polluted');
  });

  t.test('pass the same check under any spelling of their type', async (t) => {
    for (const type of ['Application/JSON', 'application/json\t', ' application/json', 'application/json;', 'application/json; charset=utf-8', 'application/json ;x', 'application/jsonx', 'application/json\u00a0', 'text/json', 'application/xml', '*/*', '/', '']) {
      const answer = await send('{"unknown":1}', type);
      t.ok([400, 415].includes(answer.statusCode), `${JSON.stringify(type)} ${answer.statusCode}`);
    }
    const none = await site.visitor().send({ method: 'POST', url: '/api/v1/things', payload: '{"unknown":1}' });
    t.ok([400, 415].includes(none.statusCode), 'without a type');
  });

  t.test('are refused by their announced size before they are read, and cut off when they said nothing', async (t) => {
    const announced = await speak(port, 'POST /api/v1/things HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 104857600\r\n\r\n{"id":"');
    t.equal(statusOf(announced), 413);
    const chunk = `ffff\r\n${'a'.repeat(0xffff)}\r\n`;
    const endless = await speak(port, `POST /api/v1/things HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${chunk.repeat(20)}`);
    t.equal(statusOf(endless), 413);
    t.equal((await send(JSON.stringify({ id: 'a'.repeat(262_144) }))).statusCode, 413);
    t.equal((await send(JSON.stringify({ id: 'a'.repeat(262_000) }))).statusCode, 200);
  });

  t.test('may not come compressed', async (t) => {
    const bomb = 'a'.repeat(10_000_000);
    t.equal((await send(gzipSync(bomb), 'application/json', { 'content-encoding': 'gzip' })).statusCode, 415);
    t.equal((await send(brotliCompressSync(bomb), 'application/json', { 'content-encoding': 'br' })).statusCode, 415);
    t.equal((await send(gzipSync('{}'), 'application/json', { 'content-encoding': 'GZIP, identity' })).statusCode, 415);
    t.equal((await send('{"id":"x"}', 'application/json', { 'content-encoding': 'identity' })).statusCode, 200);
  });
  t.end();
});

t.test('what is not one clear request is not acted on', async (t) => {
  let acted = 0;
  const site = await openSite(t, {
    routes(app) {
      app.post('/api/v1/act', { config: { open: 'test' } }, () => ({ acted: ++acted }));
      app.get('/api/v1/look', { config: { open: 'test' } }, (request) => ({ ip: request.ip, acted }));
    },
  });
  const address = await site.app.listen({ port: 0, host: '127.0.0.1' });
  const port = Number(new URL(address).port);
  const act = (lines: string, body = '{}') => speak(port, `POST /api/v1/act HTTP/1.1\r\n${lines}\r\n${body}`);
  const usual = 'host: localhost\r\ncontent-type: application/json\r\n';

  t.test('smuggled', async (t) => {
    const second = 'POST /api/v1/act HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}';
    const attempts: Record<string, string> = {
      'two lengths': `POST /api/v1/act HTTP/1.1\r\n${usual}content-length: 2\r\ncontent-length: 0\r\n\r\n{}`,
      'length and chunks': `POST /api/v1/act HTTP/1.1\r\n${usual}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${second}`,
      'chunks twice': `POST /api/v1/act HTTP/1.1\r\n${usual}transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n${second}`,
      'odd encoding': `POST /api/v1/act HTTP/1.1\r\n${usual}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n${second}`,
      'a blank before the colon': `POST /api/v1/act HTTP/1.1\r\n${usual}content-length : 2\r\n\r\n{}`,
      'a negative length': `POST /api/v1/act HTTP/1.1\r\n${usual}content-length: -2\r\n\r\n{}`,
      'a signed length': `POST /api/v1/act HTTP/1.1\r\n${usual}content-length: +2\r\n\r\n{}`,
      'a bare line feed': `POST /api/v1/act HTTP/1.1\nhost: localhost\ncontent-type: application/json\ncontent-length: 2\n\n{}`,
      'a folded header': `POST /api/v1/act HTTP/1.1\r\n${usual}x-folded: a\r\n b\r\ncontent-length: 2\r\n\r\n{}`,
      'a header without a name': `POST /api/v1/act HTTP/1.1\r\n${usual}: x\r\ncontent-length: 2\r\n\r\n{}`,
      'NUL in a header': `POST /api/v1/act HTTP/1.1\r\n${usual}x: a\u0000b\r\ncontent-length: 2\r\n\r\n{}`,
      'a chunk of no size': `POST /api/v1/act HTTP/1.1\r\n${usual}transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
      'another version': `POST /api/v1/act HTTP/3.7\r\n${usual}content-length: 2\r\n\r\n{}`,
    };
    for (const [name, bytes] of Object.entries(attempts)) {
      const before = acted;
      const spoken = await speak(port, bytes);
      t.equal(statusOf(spoken), name === 'odd encoding' ? 415 : 400, `${name}: ${spoken.answer.slice(0, 40)}`);
      t.equal(answersIn(spoken), 1, `${name} has one answer`);
      t.equal(acted, before, `${name} did nothing`);
      t.ok(spoken.closed, `${name} ends the connection`);
    }
  });

  t.test('under two hosts, none, or one that is no host', async (t) => {
    for (const host of ['', 'host: a\r\nhost: b\r\n', 'host: \r\n', 'host: a b\r\n', 'host: a/b\r\n', 'host: a@b\r\n', 'host: a,b\r\n', 'host: <x>\r\n', 'host: a:99999999\r\n']) {
      const before = acted;
      t.equal(statusOf(await act(`${host}content-type: application/json\r\ncontent-length: 2\r\n`)), 400, JSON.stringify(host));
      t.equal(acted, before);
    }
    for (const host of ['localhost', 'localhost:3000', '[::1]:3000', 'chat.example.test', 'xn--bcher-kva.test', 'a_b.test']) t.equal(statusOf(await act(`host: ${host}\r\ncontent-type: application/json\r\ncontent-length: 2\r\n`)), 200, host);
  });

  t.test('by a method that it does not mean', async (t) => {
    const before = acted;
    t.equal(statusOf(await speak(port, 'TRACE /api/v1/look HTTP/1.1\r\nhost: localhost\r\nx-secret: 1\r\n\r\n')), 405);
    for (const header of ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override']) {
      t.equal(statusOf(await speak(port, `GET /api/v1/act HTTP/1.1\r\nhost: localhost\r\n${header}: POST\r\n\r\n`)), 400, header);
    }
    t.equal(statusOf(await speak(port, 'GET /api/v1/act?_method=POST HTTP/1.1\r\nhost: localhost\r\n\r\n')), 404);
    t.equal(statusOf(await speak(port, 'CONNECT evil.test:443 HTTP/1.1\r\nhost: localhost\r\n\r\n')), 0, 'is closed without a word');
    t.equal(acted, before);
  });

  t.test('requests in one packet are answered once each, in order', async (t) => {
    const before = acted;
    const one = `POST /api/v1/act HTTP/1.1\r\n${usual}content-length: 2\r\n\r\n{}`;
    const spoken = await speak(port, one + one + one);
    t.equal(answersIn(spoken), 3);
    t.same(spoken.answer.match(/"acted":(\d+)/g), [1, 2, 3].map((n) => `"acted":${before + n}`));
    t.equal(statusOf(await speak(port, `GET /api/v1/look HTTP/1.0\r\n\r\n`)), 200, 'HTTP/1.0 needs no host');
  });

  t.test('forged forwarding headers leave the address as it is', async (t) => {
    const { answer } = await speak(port, 'GET /api/v1/look HTTP/1.1\r\nhost: localhost\r\nx-forwarded-for: 203.0.113.9\r\nforwarded: for=203.0.113.9\r\nx-real-ip: 203.0.113.9\r\n\r\n');
    t.match(answer, '"ip":"127.0.0.1"');
  });
  t.end();
});
