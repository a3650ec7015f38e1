/** The ledger of what arrived, and the list of what could not prove itself. */
import t from 'tap';
import { until } from '../until.ts';
import { openOffice } from './office.ts';

const office = await openOffice(t);
const { at, ids, ctx } = office;
const owner = await office.as('owner');
await office.customer('hello');

t.test('the ledger shows what arrived, filters it, and replays it without doubling anything', async (t) => {
  const ledger = (await owner.get(`${at}/settings/deliveries`)).body;
  const delivery = /settings\/deliveries\/([0-9a-f-]{36})"/.exec(ledger)?.[1] ?? '';
  t.ok(delivery);
  const page = await owner.get(`${at}/settings/deliveries/${delivery}`);
  t.match(page.body, /1 message/);
  t.match(page.body, /&quot;acts&quot;/);
  t.notMatch(page.body, office.ctx.runtime.directory.connection(ids.connection)?.context.callbackUrl().split('/').at(-1) ?? '?', 'the key of the address is not shown');
  const count = async () => (await ctx.runtime.db.read((sql) => sql.all<{ n: number }>('select count(*) as n from message')))[0]?.n;
  const before = await count();
  t.equal((await owner.post(`${at}/settings/deliveries/${delivery}/replay`)).statusCode, 303);
  await office.quiet();
  t.equal(await count(), before);
  t.match((await owner.get(`${at}/settings/deliveries?state=failed`)).body, /Nothing matches/);
  t.match((await owner.get(`${at}/settings/deliveries?connection=`)).body, delivery, 'the filter’s form without a choice');
  t.equal((await (await office.as('agent')).post(`${at}/settings/deliveries/${delivery}/replay`)).statusCode, 403);
});

t.test('what could not prove itself is listed with the likely cause', async (t) => {
  const url = new URL(ctx.runtime.directory.connection(ids.connection)?.context.callbackUrl() ?? '');
  t.equal((await office.app.inject({ method: 'POST', url: url.pathname, payload: '{"acts":[]}', headers: { 'content-type': 'application/json', 'x-simulator-signature': `sha256=${'0'.repeat(64)}` } })).statusCode, 401);
  await until('it is listed', async () => (await owner.get(`${at}/settings/channels/${ids.connection}?tab=rejected`)).body.includes('Signed with another secret'));
});
