import t from 'tap';
import { openSite } from '../access/site.ts';

t.test('metrics are open to this machine alone, and not to what a proxy on it passes on', async (t) => {
  const status = async (site: Awaited<ReturnType<typeof openSite>>, headers: Record<string, string>, remoteAddress = '127.0.0.1') => (await site.app.inject({ url: '/metrics', headers, remoteAddress })).statusCode;
  const site = await openSite(t, { untouched: true });
  const host = 'localhost:3000';
  t.equal(await status(site, { host }), 200);
  t.equal(await status(site, { host }, '203.0.113.9'), 401, 'from elsewhere');
  t.equal(await status(site, { host: 'chat.example.com' }), 401, 'under another name');
  for (const name of ['x-forwarded-for', 'x-forwarded-proto', 'x-real-ip', 'forwarded', 'via', 'cf-connecting-ip', 'true-client-ip']) t.equal(await status(site, { host, [name]: '127.0.0.1' }), 401, name);
  t.equal(await status(await openSite(t, { untouched: true, server: { publicUrl: 'https://chat.example.com' } }), { host }), 401, 'with a public address there is a proxy');
});

t.test('however often it is asked, readiness is written once a second', async (t) => {
  const site = await openSite(t, { untouched: true });
  const { db } = site;
  const write = db.write.bind(db);
  let writes = 0;
  db.write = (work) => {
    writes++;
    return write(work);
  };
  const answers = await Promise.all(Array.from({ length: 30 }, () => site.app.inject('/health/ready')));
  t.ok(answers.every(({ statusCode, body }) => statusCode === 200 && body === '{"status":"ready"}'));
  t.equal(writes, 1);
});
