/** Named for what went wrong: behind one proxy, true webhooks were refused with the forged ones; NUL in a form was a 500 on PostgreSQL. */
import t from 'tap';
import { meta, metaBody, openSite, sign } from './site.ts';

t.test('through an address from which forged webhooks pour, true ones still pass', async (t) => {
  const site = await openSite(t);
  const post = (body: string, signature: string) =>
    site.app.inject({ method: 'POST', url: `/webhooks/${meta.webhookKey}`, remoteAddress: '203.0.113.9', headers: { host: 'localhost', 'content-type': 'application/json', 'x-hub-signature-256': signature }, payload: body });
  const forged = new Set<number>();
  for (let n = 0; n < 500; n++) forged.add((await post(metaBody('a lie'), `sha256=${n.toString(16).padStart(64, '0')}`)).statusCode);
  t.same([...forged], [401, 429], 'the forger is slowed');
  for (let n = 0; n < 50; n++) {
    const body = metaBody(`true ${n}`, { from: `62811${n}` });
    t.equal((await post(body, sign(meta.secret, body))).statusCode, 200);
  }
  const large = 'x'.repeat(100_000);
  const told = new Set(await Promise.all(Array.from({ length: 250 }, async () => (await post(large, 'sha256=')).statusCode)));
  t.ok(told.has(429) && !told.has(200), 'of what is large, most is not even read');
});

t.test('NUL in a form, a query or an address is a bad request', async (t) => {
  const site = await openSite(t);
  const tries = [
    { method: 'POST' as const, url: '/login', headers: { host: 'localhost', 'content-type': 'application/x-www-form-urlencoded' }, payload: 'email=a%00b&password=x' },
    { method: 'GET' as const, url: '/login?next=%00', headers: { host: 'localhost' } },
  ];
  for (const one of tries) {
    const { statusCode } = await site.app.inject(one);
    t.ok(statusCode >= 400 && statusCode < 500, `${one.method} ${one.url}: ${statusCode}`);
  }
});
