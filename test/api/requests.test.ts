/** What cannot be used is refused whole, with the place and the reason, and breaks nothing. */
import t from 'tap';
import { openOffice } from './office.ts';

void t.test('what is wrong is said by its place, in the caller’s language', async (t) => {
  const key = await (await openOffice(t)).key(['*']);
  const told = async (path: string, body: unknown, language = 'en') => {
    const answer = await key.post(path, body, { 'accept-language': language });
    t.equal(answer.statusCode, 422, answer.body);
    t.match(answer.json(), { error: { code: 'INVALID_INPUT', requestId: /^[0-9a-f-]{36}$/ } });
    return answer.json<{ error: { fields: Record<string, string> } }>().error.fields;
  };
  const to = { number: 'x', to: '15550001111' };
  t.same(await told('/connections', {}), { plugin: 'This must be filled in.' });
  t.same(await told('/connections', { plugin: 'simulator', name: 'x', settings: {}, nmae: 1 }), { nmae: 'nmae is not known here.' });
  t.same(await told('/connections', { plugin: 4, name: 'x', settings: {} }), { plugin: 'This must be of the kind text.' }, 'JSON says of what kind its values are');
  t.same(await told('/connections', { plugin: 4, name: 'x', settings: {} }, 'es'), { plugin: 'Debe ser de tipo texto.' });
  t.same(await told('/connections', { plugin: 'simulator', name: 'x', settings: [] }, 'id'), { settings: 'Jenisnya harus objek.' });
  t.same(await told('/connections', { plugin: 'simulator', name: '', settings: {} }, 'es'), { name: 'Usa al menos 1 carácter.' });
  t.match(await told('/messages', { ...to, content: { kind: 'buttons', text: 'x', buttons: [{ id: '1' }] } }), { 'content.buttons.0.title': 'This must be filled in.' });
  t.match(await told('/messages', { ...to, content: { kind: 'location', latitude: 91, longitude: 0 } }), { 'content.latitude': 'The most is 90.' });
  t.match(await told('/messages', { ...to, content: { kind: 'shout', text: 'x' } }), { 'content.kind': /.+/ });
  t.match(await told('/messages', { ...to, content: { text: 'x' } }), { 'content.kind': /.+/ });
  t.match(await told('/messages', { ...to, content: { kind: 'link', text: 'x', title: 'x', url: 'javascript:alert(1)' } }), { 'content.url': /right form/ });
  t.match(await told('/messages', { content: { kind: 'text', text: 'x' } }), { number: 'Give exactly one of connection, number, conversation.' });
  t.match(await told('/messages', { number: 'x', connection: 'y', to: '15550001111', content: { kind: 'text', text: 'x' } }), { number: /exactly one/ });
  t.match(await told('/messages', { number: 'x', conversation: 'y', content: { kind: 'text', text: 'x' } }, 'id'), { conversation: /Berikan tepat satu/ });
  t.match((await key.get('/connections?limit=0')).json(), { error: { fields: { limit: 'The least is 1.' } } });
  t.match((await key.get('/connections?unknown=1')).json(), { error: { fields: { unknown: /not known/ } } });
});

void t.test('a body that is no JSON, not called JSON or too deep is refused, and so is one that reaches for prototypes', async (t) => {
  const office = await openOffice(t);
  const key = await office.key(['*']);
  const send = (payload: string, type = 'application/json') => office.app.inject({ method: 'POST', url: '/api/v1/connections', payload, headers: { host: 'localhost:3000', authorization: `Bearer ${key.key}`, 'content-type': type } });
  for (const [payload, type, status] of [
    ['{', 'application/json', 400], ['', 'application/json', 422], ['null', 'application/json', 422], ['[]', 'application/json', 422], ['"x"', 'application/json', 422],
    ['plugin=simulator&name=x', 'application/x-www-form-urlencoded', 415], ['{}', 'text/plain', 415], ['{}', 'application/json;charset=\tutf-8;x', 422],
    ['{"plugin":"simulator","name":"x","settings":{"__proto__":{"polluted":1}}}', 'application/json', 400],
    ['{"plugin":"simulator","name":"x","settings":{"constructor":{"prototype":{"polluted":1}}}}', 'application/json', 400],
    [`{"plugin":"simulator","name":"x","settings":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`, 'application/json', 400],
    [`{"plugin":"simulator","name":"${'x'.repeat(300_000)}","settings":{}}`, 'application/json', 413],
  ] as const) {
    const answer = await send(payload, type);
    t.ok([status, 400].includes(answer.statusCode), `${type} ${payload.slice(0, 80)} (${answer.statusCode})`);
    t.match(answer.json(), { error: { code: /^[A-Z_]+$/, message: /./ } });
    t.notMatch(answer.body, /at .*\.ts|node_modules/, 'and nothing of the inside is told');
  }
  t.equal(Reflect.get({}, 'polluted'), undefined);
  t.same((await key.get('/connections')).json(), { items: [] }, 'nothing was made');
});

void t.test('NUL and half characters are kept as a mark, at any depth', async (t) => {
  const key = await (await openOffice(t)).key(['*']);
  const made = await key.post('/connections', { plugin: 'simulator', name: 'a\0b\ud800c', description: 'x\0', settings: {} });
  t.match(made.json(), { name: 'a\uFFFDb\uFFFDc', description: 'x\uFFFD' });
});

void t.test('lists are read page by page, each row once', async (t) => {
  const key = await (await openOffice(t)).key(['*']);
  const ids = [];
  for (let n = 0; n < 5; n++) ids.push((await key.post('/connections', { plugin: 'simulator', name: `line ${9 - n}`, settings: {} })).json<{ id: string }>().id);
  const seen = [];
  let next: string | undefined;
  do {
    const page: { items: { id: string }[]; next?: string } = (await key.get(`/connections?limit=2${next ? `&after=${next}` : ''}`)).json();
    t.ok(page.items.length <= 2);
    seen.push(...page.items.map(({ id }) => id));
    next = page.next;
  } while (next);
  t.same(seen, ids);
});

void t.test('the description is OpenAPI 3.1 that names the scope and the shape of everything', async (t) => {
  const office = await openOffice(t);
  const { openapi, paths, servers } = (await office.app.inject('/api/openapi.json')).json<{ openapi: string; servers: unknown; paths: Record<string, Record<string, { operationId: string; description: string; parameters: { name: string; in: string }[]; responses: Record<string, unknown> }>> }>();
  t.equal(openapi, '3.1.0');
  t.same(servers, [{ url: 'http://localhost:3000' }]);
  const operations = Object.entries(paths).flatMap(([path, methods]) => Object.values(methods).map((operation) => ({ path, ...operation })));
  t.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length, 'each has a name of its own');
  for (const { path, description, parameters, responses } of operations) {
    t.match(description, /^Scope: `[a-z]+:(read|write)`$/);
    t.ok(Object.keys(responses).some((status) => status.startsWith('2')) && responses['default']);
    for (const [, name] of path.matchAll(/\{(\w+)\}/g)) t.ok(parameters.some((parameter) => parameter.in === 'path' && parameter.name === name), `${path} ${name}`);
  }
  t.match(paths['/api/v1/messages']?.['post'], { requestBody: { content: { 'application/json': { schema: { properties: { content: { oneOf: [{ properties: { kind: { const: 'text' } } }] } } } } } }, parameters: [{ name: 'idempotency-key', in: 'header' }] });
});
