import t from 'tap';
import { offerSetupLink } from '../../core/admin/setup-link.ts';
import { freshDatabase } from '../postgres.ts';
import { openSite, password, tokenOn } from './site.ts';

t.test('the same on PostgreSQL, with two replicas', async (t) => {
  const database = await freshDatabase(t);
  const one = await openSite(t, { database });
  await one.db.write((sql) => sql.run('delete from tenant'));
  const path = `/setup?token=${new URL((await offerSetupLink(one.ctx)) ?? '').searchParams.get('token')}`;
  const owner = one.visitor({ 'x-forwarded-for': '203.0.113.4' });
  const created = await owner.submit(path, path, { workspace: 'Lestari', name: 'Ana', email: 'ana@example.test', password, locale: 'en', timeZone: 'UTC' });
  t.equal(created.headers.location, '/app/lestari/whatsapp', created.body.slice(0, 300));
  t.equal(await offerSetupLink(one.ctx), undefined);

  const two = await openSite(t, { database });
  const elsewhere = two.visitor();
  for (const [name, value] of owner.cookies) elsewhere.cookies.set(name, value);
  t.equal((await elsewhere.get('/app/lestari/me')).statusCode, 200, 'a login holds on every replica');

  await owner.submit('/app/lestari/me', '/logout', {});
  two.pass(1_000);
  t.equal((await elsewhere.get('/app/lestari/me')).statusCode, 303, 'and ends on every one within a second');

  const guessers = [one, two].map((site) => site.visitor());
  const tokens = await Promise.all(guessers.map(async (visitor) => tokenOn(await visitor.get('/login'))));
  const answers = await Promise.all(Array.from({ length: 40 }, async (_, n) => guessers[n % 2]?.post('/login', { email: 'ana@example.test', password: 'a wrong one, truly', _csrf: tokens[n % 2] ?? '' })));
  t.equal(answers.filter((answer) => answer?.statusCode === 401).length, 5, 'tries at all replicas together are counted as one row of tries');
  t.equal((await one.visitor().signIn('ana@example.test')).statusCode, 429);
  one.pass(60_000);
  two.pass(60_000);
  const again = two.visitor();
  t.equal((await again.signIn('ana@example.test')).statusCode, 303);
  const changed = await again.submit('/app/lestari/me', '/app/lestari/me/password', { current: password, password: 'quite another horse' });
  t.equal(changed.statusCode, 303);
  t.equal((await one.visitor().signIn('ana@example.test', 'quite another horse')).statusCode, 303);
  t.equal((await one.visitor().signIn('a\0b@example.test')).statusCode, 401, 'NUL, which PostgreSQL cannot keep, is a wrong address like any other');
});
