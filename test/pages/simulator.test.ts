import t from 'tap';
import { Connection, Num } from '../../core/db/entities/index.ts';
import { uuid } from '../../core/ids.ts';
import { openOffice } from './office.ts';

const office = await openOffice(t);
const { at, ids, ctx } = office;
const agent = await office.as('agent');
const phone = `${at}/simulator/${ids.number}`;
const all = <Row>(sql: string, values: string[] = []) => ctx.runtime.db.read((db) => db.all<Row>(sql, values));
const count = async (table: 'message' | 'delivery') => (await all<{ n: number }>(`select count(*) as n from ${table}`))[0]?.n ?? 0;
const states = async () => (await all<{ status: string }>("select status from message where author = 'agent' order by id")).map((row) => row.status);
const act = async (path: string, form: Record<string, string>) => {
  const answer = await agent.post(`${phone}/${path}`, form);
  await office.quiet();
  return answer;
};

t.test('what is typed in the phone comes back as the page, with the message on it', async (t) => {
  const answer = await agent.post(`${phone}/messages`, { persona: 'tom', text: 'hello' });
  t.equal(answer.headers.location, `${phone}?persona=tom`);
  t.match((await agent.get(String(answer.headers.location))).body, /<span class="text" dir="auto">hello/);
  await office.quiet();
  const page = (await agent.get(`${phone}?persona=tom`)).body;
  t.match(page.split('id="phone-items"')[1], /Hello from Acme/);
  t.match(page.split('id="phone-items"')[1], /name="choice" value="abilities"/, 'its buttons can be tapped');
  t.equal((await agent.post(`${phone}/messages`, { text: '   ' })).statusCode, 303, 'nothing is written when nothing was typed');
});

t.test('what the phone shows has arrived and is read, by the provider’s own path, once', async (t) => {
  t.same(await states(), ['sent']);
  const before = await count('delivery');
  t.equal((await act('shown', { persona: 'tom' })).statusCode, 204);
  t.same(await states(), ['read']);
  t.equal(await count('delivery'), before + 2, 'delivered, then read');
  await act('shown', { persona: 'tom' });
  t.equal(await count('delivery'), before + 2, 'what was reported is not reported again');
});

t.test('a tapped button is answered; one that nobody offered is not a tap', async (t) => {
  const page = (await agent.get(`${phone}?persona=tom`)).body;
  const of = /name="choice" value="abilities"><input type="hidden" name="of" value="([^"]+)"/.exec(page)?.[1] ?? '';
  t.ok(of);
  const before = await count('message');
  await agent.post(`${phone}/messages`, { choice: 'abilities', of }, { referer: `http://localhost:3000${phone}?persona=tom` });
  await office.quiet();
  t.equal(await count('message'), before + 2);
  t.match((await agent.get(`${phone}?persona=tom`)).body, /I answer keywords/);
  for (const wrong of [{ choice: 'free money', of }, { choice: 'abilities', of: 'x' }, { choice: 'abilities' }] as Record<string, string>[]) {
    await agent.post(`${phone}/messages`, wrong, { referer: `http://localhost:3000${phone}?persona=tom` });
    await office.quiet();
  }
  t.equal(await count('message'), before + 2);
});

t.test('a webhook that arrives twice is one message', async (t) => {
  await act('faults', { fault: 'twice', armed: 'on', persona: 'tom' });
  t.match((await agent.get(phone)).body, /aria-pressed="true"[^>]*>[\s\S]{0,200}Arrives twice/);
  const [messages, deliveries] = [await count('message'), await count('delivery')];
  await act('messages', { persona: 'tom', text: 'thanks' });
  const inbound = await all<{ n: number }>("select count(*) as n from message where text = 'thanks'");
  t.equal(inbound[0]?.n, 1);
  t.ok((await count('delivery')) >= deliveries + 2);
  t.ok((await count('message')) > messages);
  t.notMatch((await agent.get(phone)).body, /aria-pressed="true"/, 'an armed fault meets one message');
});

t.test('statuses that come in the wrong order end as read', async (t) => {
  await act('shown', { persona: 'tom' });
  await act('messages', { persona: 'tom', text: 'menu' });
  await act('faults', { fault: 'order', armed: 'on', persona: 'tom' });
  await act('shown', { persona: 'tom' });
  const reported = (await all<{ status: string }>('select status from receipt order by id')).map((row) => row.status).slice(-3);
  t.same(reported, ['read', 'delivered', 'sent']);
  t.same([...new Set(await states())], ['read']);
});

t.test('somebody without a phone number is a person like any other', async (t) => {
  const answer = await act('faults', { fault: 'nameless', armed: 'on', persona: 'tom' });
  t.equal(answer.headers.location, `${phone}?persona=guest`);
  await act('messages', { persona: 'guest', text: 'hello' });
  const page = (await agent.get(`${phone}?persona=guest`)).body;
  t.match(page, /Guest without a number/);
  t.match(page, /Hello from Acme/);
  t.match(page, /guest-7f3a91/);
});

t.test('STOP is written as a customer would write it', async (t) => {
  await act('faults', { fault: 'stop', armed: 'on', persona: 'rosa' });
  t.match((await agent.get(phone)).body.split('id="phone-items"')[1], /STOP/);
});

t.test('a number that real people write to has no phone here', async (t) => {
  const { runtime } = ctx;
  const em = runtime.db.em(ids.tenant);
  const now = runtime.clock.now();
  const meta = em.create(Connection, { id: uuid(), tenantId: ids.tenant, plugin: 'meta-cloud', name: 'Meta', settings: {}, state: 'stopped', stateAt: now, createdAt: now });
  const number = em.create(Num, { id: uuid(), tenantId: ids.tenant, connectionId: meta.id, plugin: 'meta-cloud', account: '108100000000009', displayName: 'Sales', active: false, line: 2, createdAt: now });
  await em.flush();
  await runtime.directory.reload();
  t.equal((await agent.get(`${at}/simulator/${number.id}`)).statusCode, 404);
  t.equal((await agent.post(`${at}/simulator/${number.id}/messages`, { text: 'hello' })).statusCode, 404);
  t.notMatch((await agent.get(`${at}/whatsapp`)).body, `/simulator/${number.id}`);
});
