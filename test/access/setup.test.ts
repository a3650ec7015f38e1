import t from 'tap';
import type { Test } from 'tap';
import { offerSetupLink } from '../../core/admin/setup-link.ts';
import { openSite, tokenOn, type Site, type SiteParts } from './site.ts';

const owner = { workspace: 'Lestari Coffee', name: 'Ana Wijaya', email: 'Ana@Lestari.example', password: 'a horse on the line', locale: 'en', timeZone: 'Asia/Jakarta' };
const tokenIn = (link: string | undefined): string => new URL(link ?? '').searchParams.get('token') ?? '';

/** An installation with nobody in it. */
async function freshSite(t: Test, parts: SiteParts = {}): Promise<Site> {
  const site = await openSite(t, parts);
  await site.db.write((sql) => sql.run('delete from tenant'));
  return site;
}

t.test('at this machine the first page asks for the owner, and leads into the workspace', async (t) => {
  const site = await freshSite(t);
  const visitor = site.visitor();
  t.equal((await visitor.get('/')).headers.location, '/setup');
  t.equal((await visitor.get('/login')).headers.location, '/setup');
  const page = await visitor.get('/setup');
  t.equal(page.statusCode, 200);
  t.match(page.body, /Set up your switchboard/);
  const answer = await visitor.post('/setup', { ...owner, _csrf: tokenOn(page) });
  t.equal(answer.statusCode, 303, answer.body.slice(0, 500));
  t.match(answer.headers.location, /^\/app\/[\w-]+\/whatsapp$/);
  const slug = String(answer.headers.location).split('/')[2] ?? '';
  t.match((await visitor.get(`/app/${slug}/read`)).json(), { user: 'Ana Wijaya' }, 'one is signed in');
  t.equal((await visitor.get('/')).headers.location, `/app/${slug}/whatsapp`);
  t.equal((await site.visitor().signIn('ana@lestari.example', owner.password)).statusCode, 303, 'and can sign in elsewhere');

  t.equal((await site.visitor().get('/setup')).headers.location, '/login', 'afterwards there is nothing to set up');
  t.equal((await site.visitor().get('/')).headers.location, '/login');
  const late = site.visitor();
  const csrf = tokenOn(await late.get('/login'));
  t.equal((await late.post('/setup', { ...owner, email: 'eve@example.test', _csrf: csrf })).headers.location, '/login');
  t.equal((await site.all('select * from "user"')).length, 1);
});

t.test('what was typed stays, but the password, and each field says what is wrong with it', async (t) => {
  const site = await freshSite(t);
  const visitor = site.visitor();
  const submit = (over: Partial<typeof owner>) => visitor.submit('/setup', '/setup', { ...owner, ...over });
  const short = await submit({ password: 'short', email: 'not an address', workspace: ' ', timeZone: 'Mars/Olympus' });
  t.equal(short.statusCode, 422);
  for (const field of ['password', 'email', 'workspace', 'timeZone']) t.match(short.body, `id="${field}-error"`, field);
  t.match(short.body, 'value="Ana Wijaya"');
  t.notMatch(short.body, 'value="short"');
  t.match(short.body, /Use at least 12 characters/);
  t.match((await submit({ password: 'é'.repeat(501) })).body, 'id="password-error"', 'more than 1,000 bytes');
  t.match((await submit({ password: '🐎'.repeat(11) })).body, 'id="password-error"', 'characters are counted, not code units');
  const spanish = await visitor.submit('/setup', '/setup', { ...owner, password: 'corta', locale: 'es' });
  t.match(spanish.body, /lang="en"/, 'in the language of the page');
  t.equal((await site.all('select * from "user"')).length, 0);
  t.equal((await submit({ password: 'ñ 🐎 any ch\u0000racters "will\' do' })).statusCode, 303);
});

t.test('two who press the button together are not both the owner', async (t) => {
  const site = await freshSite(t);
  const visitors = Array.from({ length: 5 }, () => site.visitor());
  const tokens = await Promise.all(visitors.map(async (visitor) => tokenOn(await visitor.get('/setup'))));
  const answers = await Promise.all(visitors.map((visitor, n) => visitor.post('/setup', { ...owner, email: `owner${n}@example.test`, _csrf: tokens[n] ?? '' })));
  const led = answers.map(({ headers }) => headers.location);
  t.equal(led.filter((location) => location === '/login').length, 4);
  t.equal(led.filter((location) => String(location).startsWith('/app/')).length, 1);
  t.equal((await site.all('select * from "user"')).length, 1);
});

t.test('without the link nobody sets up what others can reach', async (t) => {
  const refused = async (site: Site, headers: Record<string, string>, remoteAddress = '127.0.0.1') => {
    const visitor = site.visitor(headers);
    visitor.remoteAddress = remoteAddress;
    const page = await visitor.get('/setup');
    t.equal(page.statusCode, 403, JSON.stringify(headers));
    t.match(page.body, /Open the one-time link/);
    t.notMatch(page.body, /name="password"/);
    const post = await visitor.post('/setup', { ...owner, _csrf: visitor.carryForm() });
    t.equal(post.statusCode, 403);
    t.match(post.body, /Open the one-time link/, 'nor by posting');
  };

  t.test('under another name, or on another port', async (t) => {
    const site = await freshSite(t);
    for (const host of ['evil.test', 'evil.test:3000', 'localhost.evil.test:3000', 'localhost:3001', 'localhost', '127.0.0.1.evil.test:3000', '192.168.1.5:3000', '0.0.0.0:3000', 'localhost.:3000']) await refused(site, { host });
    for (const host of ['localhost:3000', '127.0.0.1:3000', '[::1]:3000']) t.equal((await site.visitor({ host }).get('/setup')).statusCode, 200, host);
    t.equal((await site.all('select * from "user"')).length, 0);
  });

  t.test('through any proxy', async (t) => {
    const site = await freshSite(t);
    for (const header of ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port', 'x-forwarded-prefix', 'forwarded', 'via', 'x-real-ip', 'cf-connecting-ip', 'true-client-ip', 'x-client-ip', 'x-original-url']) await refused(site, { [header]: '127.0.0.1' });
  });

  t.test('from another machine, or where HOST or PUBLIC_URL says that others come', async (t) => {
    await refused(await freshSite(t), {}, '192.168.1.7');
    await refused(await freshSite(t, { server: { host: '0.0.0.0' } }), {});
    await refused(await freshSite(t, { server: { host: '::' } }), {});
    await refused(await freshSite(t, { server: { publicUrl: 'http://localhost:3000' } }), {});
    await refused(await freshSite(t, { server: { trustedProxies: ['127.0.0.0/8'] } }), { 'x-forwarded-for': '127.0.0.1' });
  });
  t.end();
});

t.test('the one-time link', async (t) => {
  const outside = { server: { host: '0.0.0.0', publicUrl: 'https://chat.example.test' } };
  const host = { host: 'chat.example.test', 'x-forwarded-for': '203.0.113.4' };

  t.test('opens the set-up from anywhere, once', async (t) => {
    const site = await freshSite(t, outside);
    const link = await offerSetupLink(site.ctx);
    t.match(link, /^https:\/\/chat\.example\.test\/setup\?token=[\w-]{43}$/);
    t.notMatch(JSON.stringify(await site.all('select * from installation')), tokenIn(link), 'only its hash is kept');
    const visitor = site.visitor(host);
    const path = `/setup?token=${tokenIn(link)}`;
    const answer = await visitor.submit(path, path, owner);
    t.equal(answer.statusCode, 303, answer.body.slice(0, 300));
    t.equal((await site.visitor(host).get(path)).headers.location, '/login');
    t.same(await site.all("select * from installation where key = 'setup-link'"), []);
    t.equal(await offerSetupLink(site.ctx), undefined, 'and none is offered again');
  });

  t.test('is kept in the form, also after a mistake, and stays good for the next try', async (t) => {
    const site = await freshSite(t, outside);
    const path = `/setup?token=${tokenIn(await offerSetupLink(site.ctx))}`;
    const visitor = site.visitor(host);
    const wrong = await visitor.submit(path, path, { ...owner, password: 'short' });
    t.equal(wrong.statusCode, 422);
    t.match(wrong.body, `action="${path}"`);
    t.equal((await visitor.post(path, { ...owner, _csrf: tokenOn(wrong) })).statusCode, 303);
  });

  t.test('ends after a day, and with the next start', async (t) => {
    const site = await freshSite(t, outside);
    const first = tokenIn(await offerSetupLink(site.ctx));
    const second = tokenIn(await offerSetupLink(site.ctx));
    const status = async (token: string) => (await site.visitor(host).get(`/setup?token=${token}`)).statusCode;
    t.equal(await status(first), 403);
    t.equal(await status(second), 200);
    for (const other of ['', 'x', second.slice(1), `${second}x`, second.toUpperCase()]) t.equal(await status(other), 403, `not ${other.length} other characters`);
    t.equal((await site.visitor(host).get(`/setup?token=${second}&token=${second}`)).statusCode, 400);
    site.pass(24 * 3_600_000 - 60_000);
    t.equal(await status(second), 200);
    site.pass(60_000);
    t.equal(await status(second), 403);
  });
  t.end();
});
