/** Named for what went wrong: behind one proxy, true webhooks were refused with the forged ones. */
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
