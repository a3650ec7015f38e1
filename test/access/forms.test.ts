import t from 'tap';
import { WebSocket } from 'undici';
import { openSite, tokenOn } from './site.ts';
import { speak, statusOf } from './wire.ts';

t.test('a form is taken only from a page of ours', async (t) => {
  const site = await openSite(t);
  const { slug } = site;
  const ana = await site.person('Ana', 'owner');
  const visitor = site.visitor();
  await visitor.signIn(ana.email);
  const csrf = tokenOn(await visitor.get(`/app/${slug}/me`));
  const url = `/app/${slug}/read`;
  const form = (headers: Record<string, string>, fields: Record<string, string> = { _csrf: csrf, text: 'hi' }) => visitor.post(url, fields, headers);

  t.test('with its token, in the form or in the header, which no route sees', async (t) => {
    const inForm = await form({ origin: 'http://localhost:3000', 'sec-fetch-site': 'same-origin' });
    t.same({ status: inForm.statusCode, body: inForm.json() }, { status: 200, body: { body: { text: 'hi' } } });
    t.equal((await form({ 'x-csrf-token': csrf }, { text: 'hi' })).statusCode, 200);
    const json = await visitor.send({ method: 'POST', url, payload: { text: 'hi' }, headers: { 'x-csrf-token': csrf } });
    t.equal(json.statusCode, 200);
  });

  t.test('not without it, not with another login’s, not with half of it', async (t) => {
    const other = site.visitor();
    await other.signIn(ana.email);
    const foreign = tokenOn(await other.get(`/app/${slug}/me`));
    const anonymous = tokenOn(await site.visitor().get('/login'));
    for (const token of ['', 'x', foreign, anonymous, csrf.slice(0, -1), `${csrf} `, csrf.toUpperCase(), '__proto__']) {
      const answer = await form({}, { _csrf: token });
      t.equal(answer.statusCode, 403);
      t.match(answer.body, /Not accepted/);
    }
    t.equal((await form({}, {})).statusCode, 403);
    t.equal((await visitor.post(url, { text: 'hi' }, { 'x-csrf-token': foreign })).statusCode, 403);
    const twice = await visitor.send({ method: 'POST', url, payload: `_csrf=${csrf}&_csrf=${csrf}`, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    t.equal(twice.statusCode, 403);
  });

  t.test('not from another site, although the token be right', async (t) => {
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { 'sec-fetch-site': 'same-origin, cross-site' }, { 'sec-fetch-site': '' },
      { origin: 'https://evil.test' }, { origin: 'null' }, { origin: '' }, { origin: 'http://localhost:3001' }, { origin: 'http://localhost.evil.test:3000' }, { origin: 'http://evil.test/localhost:3000' }, { origin: 'file://' },
      { origin: 'https://evil.test', 'x-forwarded-host': 'evil.test' },
    ]) t.equal((await form(headers)).statusCode, 403, JSON.stringify(headers));
  });

  t.test('not as a kind of body that another site may send without being asked', async (t) => {
    for (const type of ['text/plain', 'text/plain;charset=utf-8', 'multipart/form-data; boundary=x', 'application/octet-stream', 'text/html']) {
      const answer = await visitor.send({ method: 'POST', url, payload: `{"_csrf":"${csrf}","text":"hi"}`, headers: { 'content-type': type } });
      t.equal(answer.statusCode, 415, type);
    }
  });

  t.test('nor as the first sign-in of a browser, which another site could then watch', async (t) => {
    const victim = site.visitor();
    const attacker = site.visitor();
    const attackers = tokenOn(await attacker.get('/login'));
    t.equal((await victim.post('/login', { email: ana.email, password: 'whatever it is', _csrf: attackers })).statusCode, 403, 'the token of another browser');
    t.equal((await victim.post('/login', { email: ana.email, password: 'whatever it is' })).statusCode, 403);
    const own = tokenOn(await victim.get('/login'));
    t.equal((await victim.post('/login', { email: ana.email, password: 'whatever it is', _csrf: own }, { 'sec-fetch-site': 'cross-site' })).statusCode, 403);
    t.equal((await victim.post('/logout', {})).statusCode, 403);
    t.equal((await victim.post('/language', { locale: 'es' })).statusCode, 403);
  });

  t.test('with PUBLIC_URL, its origin is ours whatever host a proxy passes on, and its plain-text twin is not', async (t) => {
    const behind = await openSite(t, { server: { publicUrl: 'https://chat.example.test' } });
    const dina = await behind.person('Dina', 'owner');
    const outside = behind.visitor({ host: 'backend:3000' });
    const csrf = tokenOn(await outside.get('/login'));
    const login = (origin: string, host = 'backend:3000') => outside.post('/login', { email: dina.email, password: 'not this one either', _csrf: csrf }, { origin, host });
    t.equal((await login('https://chat.example.test')).statusCode, 401);
    t.equal((await login('http://chat.example.test')).statusCode, 403);
    t.equal((await login('http://chat.example.test', 'chat.example.test')).statusCode, 403);
    t.equal((await login('https://evil.test')).statusCode, 403);
  });

  t.test('a route of providers asks for no token: they prove themselves', async (t) => {
    const answer = await site.visitor().send({ method: 'POST', url: '/webhooks/nobody', payload: {}, headers: { 'sec-fetch-site': 'cross-site' } });
    t.same({ status: answer.statusCode, body: answer.body }, { status: 404, body: '' }, 'looked at by its own route, which knows no such key');
  });
});

t.test('no GET of access changes anything', async (t) => {
  const site = await openSite(t);
  const { slug } = site;
  const ana = await site.person('Ana', 'owner');
  const visitor = site.visitor();
  await visitor.signIn(ana.email);
  const all = async () => JSON.stringify([await site.all('select id, user_id, token_hash from login order by id'), await site.all('select * from "user"'), await site.all('select * from throttle'), await site.all('select * from audit')]);
  const before = await all();
  for (const path of ['/', '/login', '/logout', '/setup', '/language', `/app/${slug}/me`, `/app/${slug}/me/language`, `/app/${slug}/me/theme`, `/app/${slug}/me/password`, `/app/${slug}/me/logins/end`]) {
    for (const query of ['', '?locale=es&theme=dark&password=another+password&_method=POST']) await visitor.get(path + query);
  }
  t.equal(await all(), before);
});

t.test('a socket is opened only by a page of ours, for who is signed in', async (t) => {
  const site = await openSite(t);
  const ana = await site.person('Ana', 'agent');
  const visitor = site.visitor();
  await visitor.signIn(ana.email);
  const cookie = `switchboard=${visitor.cookies.get('switchboard')}`;
  const address = await site.app.listen({ port: 0 });
  const { host, origin } = new URL(address);
  const open = (headers: Record<string, string>): Promise<string> => new Promise((resolve) => {
    const socket = new WebSocket(`ws://${host}/live`, { headers });
    socket.addEventListener('open', () => {
      resolve('open');
      socket.close();
    });
    socket.addEventListener('error', () => resolve('refused'));
  });
  // What the handshake answers, without a WebSocket client that hides it.
  const refusal = async (headers: Record<string, string>): Promise<number> => {
    const all = { host, connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', ...headers };
    return statusOf(await speak(Number(new URL(address).port), `GET /live HTTP/1.1\r\n${Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`));
  };
  t.equal(await open({ cookie, origin }), 'open');
  t.equal(await open({ cookie, origin: 'https://evil.test' }), 'refused');
  t.equal(await refusal({ cookie, origin: 'https://evil.test' }), 403);
  t.equal(await refusal({ cookie, origin, 'sec-fetch-site': 'cross-site' }), 403);
  t.equal(await refusal({ cookie }), 403, 'a browser always says where it comes from');
  t.equal(await refusal({ origin }), 401);
});
