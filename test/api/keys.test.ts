import t from 'tap';
import { openOffice, program } from './office.ts';

const from = (remoteAddress: string) => ({ host: 'localhost:3000', remoteAddress });

void t.test('only a key that is known and not revoked opens the API', async (t) => {
  const office = await openOffice(t);
  const key = await office.key(['connections:*']);
  t.match(await key.get('/connections'), { statusCode: 200 });
  for (const authorization of ['', 'Bearer', 'Bearer ', `Basic ${key.key}`, `Bearer ${key.key}x`, `Bearer ${key.key.slice(1)}`, key.key, `Bearer ${key.key} ${key.key}`]) {
    const answer = await office.app.inject({ url: '/api/v1/connections', headers: { host: 'localhost:3000', authorization } });
    t.match(answer, { statusCode: 401, headers: { 'www-authenticate': 'Bearer' } }, JSON.stringify(authorization));
    t.match(answer.json(), { error: { code: 'KEY_REFUSED', message: /Bearer/ } });
  }
  await office.db.write((sql) => sql.run('update api_key set revoked_at = 1 where id = ?', [key.id]));
  office.pass(5_000);
  t.match(await key.get('/connections'), { statusCode: 401 }, 'a revoked key is refused, also when another process revoked it');
});

void t.test('a key is kept as its hash alone, and says when it was last used', async (t) => {
  const office = await openOffice(t);
  const key = await office.key(['*']);
  await key.get('/connections');
  await office.quiet();
  const read = async () => (await office.all<{ last_used_at: number }>('select last_used_at from api_key where id = ?', [key.id]))[0]?.last_used_at ?? 0;
  const first = await read();
  t.ok(first > 0);
  t.notMatch(JSON.stringify(await office.all('select * from api_key')), key.key);
  await key.get('/connections');
  t.equal(await read(), first, 'not written at every call');
  office.pass(61_000);
  await key.get('/connections');
  await office.quiet();
  t.ok((await read()) > first);
});

void t.test('a key works until the moment it expires, then it is refused in words, for the metrics too', async (t) => {
  const office = await openOffice(t);
  const now = () => office.ctx.runtime.clock.now();
  const tenant = { slug: 'acme', locale: 'en' as const, timeZone: 'UTC', users: [], connections: [], agents: [], numbers: [] };
  const declare = (expires?: string) => office.ctx.workspace.atStart([{ ...tenant, apiKeys: [{ name: 'guest', key: 'key-of-a-guest', scopes: ['agents:read', 'metrics'], ...(expires !== undefined && { expires }) }] }]);
  await declare(new Date(now() + 60_000).toISOString());
  office.pass(5_000);
  const guest = program(office, '', 'key-of-a-guest');
  const metrics = () => office.app.inject({ url: '/metrics', remoteAddress: '203.0.113.20', headers: { host: 'elsewhere.example', authorization: 'Bearer key-of-a-guest' } });
  t.equal((await guest.get('/agents')).statusCode, 200);
  t.equal((await metrics()).statusCode, 200);
  office.pass(60_000);
  const refused = await guest.get('/agents', { 'accept-language': 'es' });
  t.match(refused, { statusCode: 401, headers: { 'www-authenticate': 'Bearer' } });
  t.match(refused.json(), { error: { code: 'KEY_EXPIRED', message: /caducado/ } });
  t.equal((await metrics()).statusCode, 401);
  await declare(new Date(now() + 60_000).toISOString());
  office.pass(5_000);
  t.equal((await guest.get('/agents')).statusCode, 200, 'a later moment in the file gives it back');
  await declare();
  office.pass(10 * 365 * 86_400_000);
  t.equal((await guest.get('/agents')).statusCode, 200, 'without one it does not expire');
});

void t.test('a scope is one right in one area; a star is all of them; write does not read', async (t) => {
  const office = await openOffice(t);
  for (const [scopes, status] of [[['connections:read'], 200], [['connections:*'], 200], [['*'], 200], [['connections:write'], 403], [['numbers:*'], 403], [['connection:read'], 403], [['metrics'], 403], [['CONNECTIONS:READ'], 403], [['connections'], 403]] as const) {
    const answer = await (await office.key([...scopes])).get('/connections');
    t.equal(answer.statusCode, status, scopes.join());
    if (status === 403) t.match(answer.json(), { error: { code: 'SCOPE_MISSING' } });
  }
});

void t.test('a key that asks too often is told when to ask again, and others are not held up', async (t) => {
  const office = await openOffice(t);
  const [busy, other] = [await office.key(['*']), await office.key(['*'])];
  const answers = await Promise.all(Array.from({ length: 260 }, () => busy.get('/agents')));
  const refused = answers.filter(({ statusCode }) => statusCode === 429);
  t.ok(refused.length > 0 && refused.length < 61, `${refused.length} of 260 refused`);
  t.match(refused[0]?.json(), { error: { code: 'RATE_LIMITED', retryAfter: 1 } });
  t.equal(refused[0]?.headers['retry-after'], '1');
  t.equal((await other.get('/agents')).statusCode, 200);
  office.pass(1_000);
  t.equal((await busy.get('/agents')).statusCode, 200);
});

void t.test('who guesses keys is braked where he is, and is not told that a guess was right; who calls from there already is let through', async (t) => {
  const office = await openOffice(t);
  const [working, idle] = [await office.key(['*']), await office.key(['*'])];
  t.equal((await working.get('/agents')).statusCode, 200);
  const guess = (n: number) => program(office, '', `guess-number-${n}`).get('/agents');
  const statuses = [];
  for (let n = 0; n < 40; n++) statuses.push((await guess(n)).statusCode);
  t.ok(statuses.slice(0, 30).every((status) => status === 401));
  t.equal(statuses.at(-1), 429);
  t.equal((await idle.get('/agents')).statusCode, 429, 'a right guess looks like a wrong one');
  t.equal((await working.get('/agents')).statusCode, 200);
  const elsewhere = await office.app.inject({ url: '/api/v1/agents', ...from('198.51.100.7'), headers: { host: 'localhost:3000', authorization: `Bearer ${idle.key}` } });
  t.equal(elsewhere.statusCode, 200, 'elsewhere the key works');
  office.pass(60_000);
  t.equal((await idle.get('/agents')).statusCode, 200);
});

void t.test('cookies mean nothing to the API, and nothing of it is for a page of another site', async (t) => {
  const office = await openOffice(t);
  const visitor = office.visitor();
  await visitor.signIn((await office.person('Ana', 'owner')).email);
  t.equal((await visitor.get('/api/v1/connections')).statusCode, 401);
  t.equal((await visitor.post('/api/v1/connections', { name: 'x' })).statusCode, 401);
  const asked = await office.app.inject({ method: 'OPTIONS', url: '/api/v1/connections', headers: { host: 'localhost:3000', origin: 'https://elsewhere.example', 'access-control-request-method': 'POST' } });
  t.equal(asked.statusCode, 404);
  t.notOk(asked.headers['access-control-allow-origin']);
});

void t.test('keys of the configuration work as declared, and no longer when they are left out', async (t) => {
  const office = await openOffice(t);
  const { workspace } = office.ctx;
  const tenant = { slug: 'declared', locale: 'es' as const, timeZone: 'Europe/Madrid', users: [], connections: [], agents: [], numbers: [] };
  await workspace.atStart([{ ...tenant, apiKeys: [{ name: 'script', key: 'key-of-the-script', scopes: ['agents:read'] }] }]);
  const script = program(office, '', 'key-of-the-script');
  t.equal((await script.get('/agents')).statusCode, 200);
  t.match((await script.get('/connections')).json(), { error: { code: 'SCOPE_MISSING', message: 'Esta clave de API no puede hacer eso.' } }, 'in the language of its tenant');
  t.match((await script.get('/connections', { 'accept-language': 'id,en;q=0.5' })).json(), { error: { message: 'Kunci API ini tidak boleh melakukan itu.' } }, 'or in the one that was asked for');
  await workspace.atStart([{ ...tenant, apiKeys: [] }]);
  office.pass(5_000);
  t.equal((await script.get('/agents')).statusCode, 401);
});
