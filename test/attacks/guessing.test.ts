/** Whoever guesses secrets is slowed down where he sits, and nobody else. */
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import t from 'tap';
import { tokenOn } from '../access/site.ts';
import { startProcess } from './process.ts';
import { installation, meta, metaBody, openSite, owner, password, sign, verifyToken } from './site.ts';

t.test('1,000 wrong signatures a second from one address', async (t) => {
  const product = await startProcess(t, { config: { ...installation, trustedProxies: ['loopback'] } });
  const pools = { true: new Pool(product.url, { connections: 8 }), wrong: new Pool(product.url, { connections: 32 }) };
  t.teardown(() => Promise.all([pools.true.destroy(), pools.wrong.destroy()]));
  const post = async (pool: Pool, from: string, body: string, signature: string): Promise<number> => {
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': from, [meta.header]: signature };
    const { statusCode, body: said } = await pool.request({ method: 'POST', path: `/webhooks/${meta.webhookKey}`, headers, body });
    await said.dump();
    return statusCode;
  };
  /** So many a second, without waiting for answers. */
  const flow = async (perSecond: number, ms: number, one: () => Promise<number>): Promise<{ statuses: Record<number, number>; p99: number }> => {
    const statuses: Record<number, number> = {};
    const times: number[] = [];
    const under: Promise<void>[] = [];
    const begun = performance.now();
    for (let n = 0; performance.now() - begun < ms; ) {
      for (const due = ((performance.now() - begun) / 1_000) * perSecond; n < due; n++) {
        const at = performance.now();
        under.push(one().then((status) => {
          statuses[status] = (statuses[status] ?? 0) + 1;
          times.push(performance.now() - at);
        }));
      }
      await pause(5);
    }
    await Promise.all(under);
    times.sort((a, b) => a - b);
    return { statuses, p99: times[Math.floor(times.length * 0.99)] ?? 0 };
  };
  let n = 0;
  const trueOne = () => {
    const body = metaBody(`hello ${++n}`, { from: `62811${n % 50}` });
    return post(pools.true, '198.51.100.7', body, sign(meta.secret, body));
  };
  const lie = metaBody('a lie');
  const wrongOne = () => post(pools.wrong, '203.0.113.9', lie, `sha256=${(++n).toString(16).padStart(64, '0')}`);

  const quiet = await flow(100, 1_500, trueOne);
  t.ok(quiet.statuses[200]);
  const begun = performance.now();
  const [attacked, attack] = await Promise.all([flow(100, 4_000, trueOne), flow(1_000, 4_000, wrongOne)]);
  t.comment(`p99 of true webhooks: ${quiet.p99.toFixed(1)} ms in quiet, ${attacked.p99.toFixed(1)} ms under attack; the attack was told ${JSON.stringify(attack.statuses)}`);
  // A machine that is slow may say 503 now and then, and the provider comes again.
  const { 200: taken = 0, 503: _later, ...refused } = attacked.statuses;
  t.ok(taken > 0, 'true traffic from elsewhere goes on');
  t.strictSame(refused, {}, 'and is neither doubted nor braked');
  t.strictSame(Object.keys(attack.statuses).toSorted(), ['401', '429']);
  const { 401: compared = 0, 429: braked = 0 } = attack.statuses;
  // In ten seconds 200 before the brake, then at most 100 in each that it touches.
  const seconds = (performance.now() - begun) / 1_000;
  t.ok(compared <= 200 * Math.ceil(seconds / 10) + 100 * (Math.ceil(seconds) + 1), `${compared} were compared, ${braked} were not even read`);
  t.ok(attacked.p99 < Math.max(10_000, 10 * quiet.p99), 'and hardly waits');
});

t.test('guessing from one place', async (t) => {
  const site = await openSite(t);
  const handshake = (token: string, remoteAddress: string) =>
    site.app.inject({ url: `/webhooks/${meta.webhookKey}?${new URLSearchParams({ 'hub.mode': 'subscribe', 'hub.verify_token': token, 'hub.challenge': '1158201444' })}`, remoteAddress, headers: { host: 'localhost' } });

  await t.test('a verify token is refused without the challenge, and then not even compared', async (t) => {
    const guesses = ['', ' ', verifyToken.slice(0, -1), `${verifyToken}x`, verifyToken.toUpperCase(), 'undefined', 'null', '%00', ...Array.from({ length: 800 }, (_, n) => `guess-${n}`)];
    const answers = new Set<string>();
    for (const guess of guesses) {
      const { statusCode, body } = await handshake(guess, '203.0.113.9');
      answers.add(`${statusCode} ${body}`);
    }
    t.strictSame([...answers], ['403 ', '429 '], 'guesses of a verify token were not counted once');
    const elsewhere = await handshake(verifyToken, '198.51.100.7');
    t.match(elsewhere, { statusCode: 200, body: '1158201444' });
    t.match(elsewhere.headers['content-type'], /^text\/plain/);
  });

  await t.test('a signature from ever new addresses of one IPv6 network counts as one place', async (t) => {
    const body = metaBody('a lie');
    const statuses: number[] = [];
    for (let n = 0; n < 800; n++) {
      const { statusCode } = await site.post(meta, body, { [meta.header]: sign('guess', body) }, { remoteAddress: `2001:db8:1:2:${n.toString(16)}::${n.toString(16)}` });
      statuses.push(statusCode);
    }
    t.ok(statuses.includes(429), 'each address of a /64 was counted for itself once');
    const { statusCode } = await site.post(meta, body, { [meta.header]: sign(meta.secret, body) }, { remoteAddress: '2001:db8:1:3::1' });
    t.equal(statusCode, 200, 'the network beside it is another place');
  });

  await t.test('webhook addresses are found no faster', async (t) => {
    const statuses = new Set<number>();
    for (let n = 0; n < 800; n++) statuses.add((await site.app.inject({ method: 'POST', url: `/webhooks/key-${n}`, payload: '{}', remoteAddress: '203.0.113.77', headers: { host: 'localhost' } })).statusCode);
    t.strictSame([...statuses], [404, 429]);
  });
});

t.test('guessing a password', async (t) => {
  const site = await openSite(t);
  const from = (remoteAddress: string) => Object.assign(site.visitor(), { remoteAddress });

  await t.test('gets five tries however many are made at once, then has to wait', async (t) => {
    const burglar = from('203.0.113.9');
    const _csrf = tokenOn(await burglar.get('/login'));
    const tries = await Promise.all(Array.from({ length: 60 }, (_, n) => burglar.post('/login', { email: owner, password: `guess number ${n}`, _csrf })));
    const told = (status: number) => tries.filter(({ statusCode }) => statusCode === status);
    t.equal(told(401).length, 5);
    t.equal(told(429).length, 55);
    t.ok(told(429).every(({ headers }) => Number(headers['retry-after']) > 0), 'each is told how long');
    t.equal((await burglar.post('/login', { email: owner, password, _csrf })).statusCode, 429, 'also with the right password now');
  });

  await t.test('locks nobody out who comes from elsewhere', async (t) => {
    t.equal((await from('198.51.100.7').signIn(owner, password)).statusCode, 303);
  });

  await t.test('is not forgotten by a restart', async (t) => {
    await site.again();
    t.equal((await from('203.0.113.9').signIn(owner, password)).statusCode, 429);
  });

  await t.test('of many people is slowed by the address', async (t) => {
    const sprayer = from('203.0.113.50');
    const _csrf = tokenOn(await sprayer.get('/login'));
    const tries = await Promise.all(Array.from({ length: 45 }, (_, n) => sprayer.post('/login', { email: `person${n}@example.test`, password: 'summer 2026!', _csrf })));
    t.ok(tries.filter(({ statusCode }) => statusCode === 429).length >= 14, 'one password for many addresses');
  });
});
