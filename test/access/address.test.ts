import t from 'tap';
import { addressOf, isLoopback, placeOf } from '../../core/http/address.ts';
import { openSite } from './site.ts';

t.test('an address counts as forwarded only where a configured proxy says so', async (t) => {
  const asked = async (trustedProxies: string[], from: string, headers: Record<string, string>): Promise<string> => {
    const site = await openSite(t, { server: { trustedProxies }, routes: (app) => app.get('/where', { config: { open: 'test' } }, (request) => addressOf(request)) });
    const visitor = site.visitor();
    visitor.remoteAddress = from;
    return (await visitor.get('/where', headers)).body;
  };
  const proxy = ['10.0.0.0/8', '::1'];
  t.equal(await asked([], '10.0.0.1', { 'x-forwarded-for': '203.0.113.9' }), '10.0.0.1', 'none is configured');
  t.equal(await asked(proxy, '10.0.0.1', { 'x-forwarded-for': '203.0.113.9' }), '203.0.113.9');
  t.equal(await asked(proxy, '192.0.2.1', { 'x-forwarded-for': '203.0.113.9' }), '192.0.2.1', 'it did not come through the proxy');
  t.equal(await asked(proxy, '10.0.0.1', { 'x-forwarded-for': '127.0.0.1, 203.0.113.9' }), '203.0.113.9', 'what the sender wrote before the proxy did');
  t.equal(await asked(proxy, '10.0.0.1', { 'x-forwarded-for': '203.0.113.9, 10.0.0.7' }), '203.0.113.9', 'through two of ours');
  t.equal(await asked(proxy, '10.0.0.1', { 'x-forwarded-for': '203.0.113.9:4711' }), '203.0.113.9', 'with a port');
  t.equal(await asked(proxy, '10.0.0.1', { 'x-forwarded-for': '[2001:DB8::9]:4711' }), '2001:db8::9');
  for (const junk of ['unknown', '<script>', 'a'.repeat(5_000), '999.1.1.1', "'; drop table login", '']) t.equal(await asked(proxy, '10.0.0.1', { 'x-forwarded-for': junk }), '10.0.0.1', junk.slice(0, 20));
  t.equal(await asked(proxy, '10.0.0.1', { forwarded: 'for=203.0.113.9', 'x-real-ip': '203.0.113.9', 'cf-connecting-ip': '203.0.113.9' }), '10.0.0.1', 'other headers never count');
  t.equal(await asked([], '::ffff:192.0.2.1', {}), '192.0.2.1', 'one address has one spelling');
});

t.test('what counts as one place for guessing', async (t) => {
  t.equal(placeOf('192.0.2.1'), '192.0.2.1');
  t.equal(placeOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
  t.equal(placeOf('2001:db8::1'), '2001:db8:0:0::/64');
  t.equal(placeOf('::1'), '0:0:0:0::/64');
  t.equal(placeOf('unknown'), 'unknown');
});

t.test('what is this machine', async (t) => {
  for (const address of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1', '0:0:0:0:0:0:0:1']) t.ok(isLoopback(address), address);
  for (const address of ['', '0.0.0.0', '::', '10.0.0.1', '128.0.0.1', '::ffff:10.0.0.1', 'localhost', '127.0.0.1.evil.test']) t.notOk(isLoopback(address), address);
});
