import t from 'tap';
import type { Test } from 'tap';
import { openSite, password, tokenOn, type Site } from './site.ts';

const better = 'a better horse on the line';

async function signedIn(t: Test): Promise<{ site: Site; me: string; ana: { id: string; email: string }; visitor: ReturnType<Site['visitor']> }> {
  const site = await openSite(t);
  const me = `/app/${site.slug}/me`;
  const ana = await site.person('Ana', 'agent');
  const visitor = site.visitor({ 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' });
  await visitor.signIn(ana.email);
  return { site, me, ana, visitor };
}

t.test('language and looks are the person’s own, in every browser', async (t) => {
  const { site, me, ana, visitor } = await signedIn(t);
  t.match((await visitor.get(me)).body, /lang="en"/);
  t.equal((await visitor.submit(me, `${me}/language`, { locale: 'id' })).headers.location, me);
  t.match((await visitor.get(me)).body, /<html lang="id"/);
  t.equal((await visitor.submit(me, `${me}/theme`, { theme: 'dark' })).headers.location, me);
  t.match((await visitor.get(me)).body, /<html lang="id" data-theme="dark"/);
  const elsewhere = site.visitor({ 'accept-language': 'es' });
  t.match((await elsewhere.get('/login')).body, /<html lang="es"/, 'before sign-in the browser decides');
  await elsewhere.signIn(ana.email);
  t.match((await elsewhere.get(me)).body, /<html lang="id" data-theme="dark"/);
  await visitor.submit(me, `${me}/theme`, { theme: 'auto' });
  t.notMatch((await visitor.get(me)).body, 'data-theme="');

  for (const [path, field, value] of [['language', 'locale', 'xx'], ['language', 'locale', '__proto__'], ['theme', 'theme', 'neon'], ['language', 'other', 'en']] as const) {
    t.equal((await visitor.submit(me, `${me}/${path}`, { [field]: value })).statusCode, 400, `${field} ${value}`);
  }
  t.equal((await visitor.submit(me, `${me}/language`, { locale: 'en', role: 'owner' })).statusCode, 400, 'nothing else can be set');
  t.same(await site.all('select role from membership'), [{ role: 'agent' }]);
});

t.test('before sign-in a language can be chosen and is kept', async (t) => {
  const site = await openSite(t);
  await site.person('Ana', 'owner');
  for (const [wish, locale] of [['es-MX,es;q=0.9,en;q=0.8', 'es'], ['de,id;q=0.5,en;q=0.4', 'id'], ['fr', 'en'], ['', 'en'], ['en;q=0.1, es;q=0.2', 'es'], [`${'x,'.repeat(5_000)}es`, 'en']] as const) {
    t.match((await site.visitor({ 'accept-language': wish }).get('/login')).body, `<html lang="${locale}"`, wish.slice(0, 30));
  }
  const visitor = site.visitor({ 'accept-language': 'en' });
  const answer = await visitor.submit('/login?next=%2Fapp', '/language', { locale: 'es', next: '/login?next=%2Fapp' });
  t.equal(answer.headers.location, '/login?next=%2Fapp');
  t.match((await visitor.get('/login')).body, /<html lang="es"/);
});

t.test('a new password needs the present one, and ends every other login', async (t) => {
  const { site, me, ana, visitor } = await signedIn(t);
  const other = site.visitor();
  await other.signIn(ana.email);
  const change = (current: string, password: string) => visitor.submit(me, `${me}/password`, { current, password });

  const wrong = await change('not my password', better);
  t.equal(wrong.statusCode, 422);
  t.match(wrong.body, /This is not your password/);
  t.notMatch(wrong.body, better, 'a password is never sent back');
  const short = await change(password, 'too short');
  t.equal(short.statusCode, 422);
  t.match(short.body, /at least 12 characters/);
  t.equal((await other.get(me)).statusCode, 200);

  const changed = await change(password, better);
  t.equal(changed.headers.location, me);
  const page = await visitor.get(me);
  t.equal(page.statusCode, 200, 'this browser stays');
  t.match(page.body, /Password changed/);
  t.notMatch((await visitor.get(me)).body, /Password changed/, 'which is said once');
  t.equal((await other.get(me)).statusCode, 303, 'the others are out, at once');
  t.equal((await site.visitor().signIn(ana.email, password)).statusCode, 401);
  t.equal((await site.visitor().signIn(ana.email, better)).statusCode, 303);
  t.match(await site.all('select action from audit order by id'), [{ action: 'signed-in' }, { action: 'signed-in' }, { action: 'password-changed' }, { action: 'signed-in' }]);
  const [row] = await site.all<{ password_hash: string }>('select password_hash from "user"');
  t.match(row?.password_hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
});

t.test('a browser left open does not tell what the password is, however often one tries', async (t) => {
  const { me, visitor } = await signedIn(t);
  for (let n = 0; n < 5; n++) await visitor.submit(me, `${me}/password`, { current: `guess number ${n}`, password: better });
  const sixth = await visitor.submit(me, `${me}/password`, { current: password, password: better });
  t.equal(sixth.statusCode, 429);
  t.match(sixth.body, /Too many tries/);
});

t.test('the browsers that are signed in are listed and can be signed out, one’s own only', async (t) => {
  const { site, me, ana, visitor } = await signedIn(t);
  const phone = site.visitor({ 'user-agent': '<script>alert(1)</script>' });
  phone.remoteAddress = '2001:db8::7';
  await phone.signIn(ana.email);
  const tablet = site.visitor({ 'user-agent': 'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36' });
  await tablet.signIn(ana.email);
  const page = await visitor.get(me);
  t.match(page.body, /Firefox · Linux<\/b> <span class="quiet">this one/);
  t.match(page.body, /Chrome · Android/);
  t.match(page.body, '2001:db8::7');
  t.match(page.body, '&lt;script&gt;alert(1)');
  t.notMatch(page.body, '<script>alert');

  const [login] = await site.all<{ id: string }>("select id from login where address = '2001:db8::7'");
  const ben = await site.person('Ben', 'owner');
  const stranger = site.visitor();
  await stranger.signIn(ben.email);
  t.equal((await stranger.submit(me, `${me}/logins/${login?.id}/end`, {})).statusCode, 404, 'somebody else’s is not there');
  t.equal((await stranger.submit(me, `${me}/logins/${'0'.repeat(100)}/end`, {})).statusCode, 404);
  t.equal((await stranger.submit(me, `${me}/logins/x/end`, {})).statusCode, 404);
  t.equal((await phone.get(me)).statusCode, 200);
  t.equal((await visitor.submit(me, `${me}/logins/${login?.id}/end`, {})).statusCode, 303);
  t.equal((await phone.get(me)).statusCode, 303);
  t.equal((await tablet.get(me)).statusCode, 200);
  t.equal((await visitor.submit(me, `${me}/logins/end`, {})).statusCode, 303);
  t.equal((await tablet.get(me)).statusCode, 303);
  t.equal((await visitor.get(me)).statusCode, 200);
  t.equal((await stranger.get(me)).statusCode, 200);
});

t.test('what a login may do follows its rows within a second, also when another process changed them', async (t) => {
  const { site, me, ana, visitor } = await signedIn(t);
  const slug = me.split('/')[2];
  const settings = async () => (await visitor.get(`/app/${slug}/settings`)).statusCode;
  t.equal(await settings(), 403);
  await site.db.write((sql) => sql.run("update membership set role = 'admin' where user_id = ?", [ana.id]));
  site.pass(1_000);
  t.equal(await settings(), 200);
  await site.db.write((sql) => sql.run('delete from membership where user_id = ?', [ana.id]));
  site.pass(1_000);
  t.equal(await settings(), 404);
  await site.db.write((sql) => sql.run('delete from login'));
  site.pass(1_000);
  t.equal(await settings(), 303);
  t.equal((await visitor.get('/login')).statusCode, 200);
  t.ok(tokenOn(await visitor.get('/login')));
});
