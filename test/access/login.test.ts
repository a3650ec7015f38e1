import t from 'tap';
import { openSite, password, tokenOn } from './site.ts';

const minute = 60_000;
const hour = 60 * minute;
const named = (text: string): string => JSON.stringify(text.slice(0, 60));

t.test('signing in', async (t) => {
  const site = await openSite(t);
  const { slug } = site;
  const ana = await site.person('Ana', 'owner');

  t.test('leads to the workspace and is remembered by a cookie that scripts cannot read', async (t) => {
    const visitor = site.visitor();
    const answer = await visitor.signIn(ana.email);
    t.equal(answer.statusCode, 303);
    t.equal(answer.headers.location, `/app/${slug}/whatsapp`);
    const cookie = answer.cookies.find(({ name }) => name === 'switchboard');
    t.match(cookie, { httpOnly: true, sameSite: 'Lax', path: '/' });
    t.ok(Buffer.from(cookie?.value ?? '', 'base64url').length >= 32, '256 bits');
    t.match((await visitor.get(`/app/${slug}/read`)).json(), { user: 'Ana', tenant: slug });
  });

  t.test('takes the address in any case and with blanks around it', async (t) => {
    t.equal((await site.visitor().signIn(` ${ana.email.toUpperCase()} `)).statusCode, 303);
  });

  t.test('gives a new token each time, whatever the browser brought', async (t) => {
    const visitor = site.visitor();
    visitor.cookies.set('switchboard', 'A'.repeat(43));
    await visitor.signIn(ana.email);
    const first = visitor.cookies.get('switchboard');
    t.not(first, 'A'.repeat(43));
    const csrf = tokenOn(await visitor.get(`/app/${slug}/me`));
    await visitor.post('/login', { email: ana.email, password, _csrf: csrf });
    const second = visitor.cookies.get('switchboard');
    t.not(second, first);
    const old = site.visitor();
    old.cookies.set('switchboard', first ?? '');
    t.equal((await old.get(`/app/${slug}/read`)).statusCode, 303, 'the token before it is worth nothing');
  });

  t.test('keeps only the hash of the token', async (t) => {
    const visitor = site.visitor();
    await visitor.signIn(ana.email);
    const rows = JSON.stringify(await site.all('select * from login'));
    t.notMatch(rows, visitor.cookies.get('switchboard') ?? 'no cookie');
  });

  t.test('says one and the same for an address nobody has and for a wrong password', async (t) => {
    const page = async (email: string) => {
      const answer = await site.visitor().signIn(email, 'not the password');
      t.equal(answer.statusCode, 401);
      return answer.body.replaceAll(email, 'ADDRESS').replaceAll(/[\w-]{43}/g, 'TOKEN');
    };
    const [unknown, wrong] = [await page('nobody@example.test'), await page(ana.email)];
    t.equal(unknown, wrong);
    t.match(wrong, /This address and password do not match/);
    site.pass(hour);
  });

  t.test('refuses a person who was disabled, and their open logins', async (t) => {
    const ben = await site.person('Ben', 'agent');
    const visitor = site.visitor();
    await visitor.signIn(ben.email);
    await site.db.write((sql) => sql.run('update "user" set disabled_at = ? where id = ?', [1, ben.id]));
    site.pass(1_000);
    t.equal((await visitor.get(`/app/${slug}/read`)).statusCode, 303, 'within a second');
    const again = await site.visitor().signIn(ben.email);
    t.equal(again.statusCode, 401);
    t.match(again.body, /do not match/);
  });

  t.test('ends after half a day without a request, and after a week with them', async (t) => {
    const visitor = site.visitor();
    await visitor.signIn(ana.email);
    site.pass(12 * hour - minute);
    t.equal((await visitor.get(`/app/${slug}/read`)).statusCode, 200);
    site.pass(12 * hour);
    t.equal((await visitor.get(`/app/${slug}/read`)).statusCode, 303);

    const busy = site.visitor();
    await busy.signIn(ana.email);
    for (let passed = 0; passed < 7 * 24 - 10; passed += 10) {
      site.pass(10 * hour);
      t.equal((await busy.get(`/app/${slug}/read`)).statusCode, 200, `after ${passed + 10} hours`);
    }
    site.pass(10 * hour);
    t.equal((await busy.get(`/app/${slug}/read`)).statusCode, 303, 'after a week');
  });

  t.test('is written down as seen once a minute, not at every request', async (t) => {
    const visitor = site.visitor();
    await visitor.signIn(ana.email);
    const seen = async () => (await site.all<{ last_seen_at: number }>('select last_seen_at from login order by created_at desc limit 1'))[0]?.last_seen_at;
    const first = await seen();
    site.pass(30_000);
    await visitor.get(`/app/${slug}/read`);
    t.equal(await seen(), first);
    site.pass(30_000);
    await visitor.get(`/app/${slug}/read`);
    t.ok(Number(await seen()) > Number(first));
  });

  t.test('signing out ends it for the server too', async (t) => {
    const visitor = site.visitor();
    await visitor.signIn(ana.email);
    const token = visitor.cookies.get('switchboard') ?? '';
    const answer = await visitor.submit(`/app/${slug}/me`, '/logout', {});
    t.equal(answer.headers.location, '/login?closed=1');
    t.notOk(visitor.cookies.has('switchboard'));
    visitor.cookies.set('switchboard', token);
    t.equal((await visitor.get(`/app/${slug}/read`)).statusCode, 303);
    t.match((await visitor.get('/login?closed=1')).body, /You were signed out/);
  });

  t.test('over https the cookie is bound to the host and never sent in plain text', async (t) => {
    const secure = await openSite(t, { server: { publicUrl: 'https://chat.example.test' } });
    const dina = await secure.person('Dina', 'owner');
    const answer = await secure.visitor({ host: 'chat.example.test' }).signIn(dina.email);
    t.match(answer.cookies.find(({ name }) => name === '__Host-switchboard'), { secure: true, httpOnly: true, path: '/', domain: undefined });
  });
});

t.test('after signing in one is led to a path of ours or home, never elsewhere', async (t) => {
  const site = await openSite(t);
  const { slug } = site;
  const ana = await site.person('Ana', 'owner');
  const home = `/app/${slug}/whatsapp`;

  const asked = await site.visitor().get(`/app/${slug}/read?a=1&b=%2Fx`);
  t.equal(asked.headers.location, `/login?next=${encodeURIComponent(`/app/${slug}/read?a=1&b=%2Fx`)}`);
  t.equal((await site.visitor().signIn(ana.email, password, `/app/${slug}/read?a=1&b=%2Fx`)).headers.location, `/app/${slug}/read?a=1&b=%2Fx`);

  const evil = [
    '//evil.test', '///evil.test', '/\\evil.test', '\\\\evil.test', '/\t/evil.test', '\t//evil.test', '/\n/evil.test', ' //evil.test', 'https:evil.test', 'https://evil.test', 'HTTPS://evil.test',
    'javascript:alert(1)', '/\u0000/evil.test', '/./\\evil.test', '/..//evil.test', '/.//evil.test', '/a/..//evil.test', '@evil.test', 'evil.test', '', '/logout', '/login?next=//evil.test', '/setup',
    'data:text/html,x', '//evil.test@localhost', '/\r\nlocation: https://evil.test', `/${'a'.repeat(2_500)}`, '/%5cevil.test\\', '/%2e%2e//evil.test',
  ];
  for (const next of evil) {
    const answer = await site.visitor().signIn(ana.email, password, next);
    t.equal(answer.statusCode, 303);
    t.equal(answer.headers.location, home, named(next));
  }
  const kept = site.visitor();
  await kept.signIn(ana.email);
  for (const next of evil) t.equal((await kept.get(`/login?${new URLSearchParams({ next })}`)).headers.location, home, `already signed in: ${named(next)}`);
  for (const next of evil) {
    const answer = await site.visitor().submit('/login', '/language', { locale: 'es', next });
    t.match(answer.headers.location, /^\/(?![/\\])/, `changing the language: ${named(next)}`);
  }
});

t.test('a script that is not signed in is told to leave the page, or told so in its own format', async (t) => {
  const site = await openSite(t);
  const { slug } = site;
  const url = `/app/${slug}/read`;
  const partial = await site.visitor().get(url, { 'hx-request': 'true', 'hx-request-type': 'partial', 'hx-current-url': 'https://evil.test/' });
  t.match(partial, { statusCode: 401, headers: { 'hx-redirect': '/login' } });
  const json = await site.visitor({ accept: 'application/json' }).get(url);
  t.match({ status: json.statusCode, body: json.json() }, { status: 401, body: { error: { code: 'NOT_SIGNED_IN' } } });
});

t.test('guessing', async (t) => {
  const site = await openSite(t);
  const ana = await site.person('Ana', 'owner');

  t.test('five tries are free, the pause is announced before it comes and grows', async (t) => {
    const visitor = site.visitor();
    const guess = () => visitor.signIn(ana.email, 'a wrong one, truly');
    t.notMatch((await guess()).body, /then a pause/);
    t.notMatch((await guess()).body, /then a pause/);
    t.match((await guess()).body, /2 more tries, then a pause/);
    t.match((await guess()).body, /1 more try, then a pause/);
    const fifth = await guess();
    t.match(fifth.body, /Too many tries\. You can try again at \d\d:\d\d:\d\d/);
    t.equal(fifth.headers['retry-after'], '30');

    const right = await visitor.signIn(ana.email);
    t.equal(right.statusCode, 429, 'while it lasts, not even the right password is looked at');
    site.pass(30_000);
    t.equal((await guess()).headers['retry-after'], '60');
    site.pass(60_000);
    t.equal((await guess()).headers['retry-after'], '120');
    site.pass(120_000);
    t.equal((await visitor.signIn(ana.email)).statusCode, 303);
    await visitor.submit(`/app/${site.slug}/me`, '/logout', {});
    t.notMatch((await guess()).body, /pause/, 'after a success all tries are free again');
  });

  t.test('counts no try for what was left empty, and says so beside the field', async (t) => {
    const visitor = site.visitor();
    for (let press = 0; press < 10; press++) {
      const answer = await visitor.signIn(ana.email, '');
      t.equal(answer.statusCode, 422);
      t.match(answer.body, /id="password-error"[^]*This must be filled in\./);
      t.match(answer.body, `value="${ana.email}"`);
      t.notMatch(answer.body, /pause/);
    }
    t.equal((await visitor.signIn(ana.email)).statusCode, 303);
  });

  t.test('from one address never locks the owner out at another', async (t) => {
    const guesser = site.visitor();
    guesser.remoteAddress = '192.0.2.66';
    for (let n = 0; n < 8; n++) await guesser.signIn(ana.email, 'a wrong one, truly');
    t.equal((await guesser.signIn(ana.email)).statusCode, 429);
    const owner = site.visitor();
    owner.remoteAddress = '192.0.2.67';
    t.equal((await owner.signIn(ana.email)).statusCode, 303);
  });

  t.test('is counted over restarts', async (t) => {
    const again = await openSite(t, {});
    const rows = await site.all<{ key: string; failures: number; blocked_until: number; updated_at: number }>('select * from throttle');
    for (const row of rows) await again.db.write((sql) => sql.insert('throttle', Object.keys(row), [Object.values(row)]));
    await again.person('Ana', 'owner');
    const guesser = again.visitor();
    guesser.remoteAddress = '192.0.2.66';
    again.pass(site.ctx.runtime.clock.now() - again.ctx.runtime.clock.now());
    t.equal((await guesser.signIn(ana.email)).statusCode, 429);
  });

  t.test('many accounts from one address is slowed too', async (t) => {
    const sprayer = site.visitor();
    sprayer.remoteAddress = '198.51.100.9';
    let paused = 0;
    for (let n = 0; n < 34; n++) if ((await sprayer.signIn(`person${n}@example.test`, 'the same password')).statusCode === 429) paused++;
    t.ok(paused >= 3, `${paused} of the last were refused`);
  });

  t.test('a thousand at once are not a thousand free tries', async (t) => {
    const visitor = site.visitor();
    visitor.remoteAddress = '203.0.113.5';
    const csrf = tokenOn(await visitor.get('/login'));
    const answers = await Promise.all(Array.from({ length: 100 }, () => visitor.post('/login', { email: ana.email, password: 'the same wrong one', _csrf: csrf })));
    t.equal(answers.filter(({ statusCode }) => statusCode === 401).length, 5);
    t.equal(answers.filter(({ statusCode }) => statusCode === 429).length, 95);
  });

  t.test('a customer with a whole IPv6 network is one place', async (t) => {
    const visitor = site.visitor();
    for (let n = 0; n < 6; n++) {
      visitor.remoteAddress = `2001:db8:1:2::${n + 1}`;
      await visitor.signIn(ana.email, 'a wrong one, truly');
    }
    visitor.remoteAddress = '2001:db8:1:2:ffff::1';
    t.equal((await visitor.signIn(ana.email)).statusCode, 429);
    visitor.remoteAddress = '2001:db8:1:3::1';
    t.equal((await visitor.signIn(ana.email)).statusCode, 303);
  });

  t.test('forwarding headers that no configured proxy wrote change nothing', async (t) => {
    const visitor = site.visitor();
    visitor.remoteAddress = '203.0.113.77';
    for (let n = 0; n < 6; n++) await visitor.post('/login', { email: ana.email, password: 'a wrong one', _csrf: tokenOn(await visitor.get('/login')) }, { 'x-forwarded-for': `10.0.0.${n}`, forwarded: `for=10.0.0.${n}` });
    t.equal((await visitor.signIn(ana.email)).statusCode, 429);
  });
});

t.test('how long a refusal takes does not tell whether there is such a person', async (t) => {
  const site = await openSite(t);
  const ana = await site.person('Ana', 'owner');
  const times: { known: number[]; unknown: number[] } = { known: [], unknown: [] };
  const visitor = site.visitor();
  for (let n = 0; n < 24; n++) {
    for (const kind of n % 2 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const)) {
      visitor.remoteAddress = `10.${n}.${kind === 'known' ? 1 : 2}.1`;
      const csrf = tokenOn(await visitor.get('/login'));
      const began = performance.now();
      await visitor.post('/login', { email: kind === 'known' ? ana.email : `nobody${n}@example.test`, password: 'a wrong one, truly', _csrf: csrf });
      times[kind].push(performance.now() - began);
    }
  }
  const median = (list: number[]) => list.sort((a, b) => a - b)[list.length / 2] ?? 0;
  const [known, unknown] = [median(times.known), median(times.unknown)];
  // Without the stand-in hash an unknown person is answered more than ten times quicker.
  t.ok(unknown > known * 0.3 && unknown < known * 3, `known ${known.toFixed(1)} ms, unknown ${unknown.toFixed(1)} ms`);
});
