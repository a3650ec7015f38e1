/** Two replicas that write much at once lock rows in one order. */
import t from 'tap';
import type { Event, Outgoing } from '#plugin';
import { uuid } from '../../core/ids.ts';
import { hashKey, receive } from '../../core/pipeline/receive.ts';
import notifications from '../../plugins/notifications/index.ts';
import { write } from '../../core/pipeline/write.ts';
import { createBot, type Bot } from '../kit/bot.ts';
import { connectTo, freshDatabase } from '../postgres.ts';
import { echo, message, posted, status, wire } from './echo.ts';

/** Another connection with a number and a webhook of its own, answered by the same agent. */
async function anotherConnection(b: Bot, account: string): Promise<string> {
  const [connection, key, number] = [uuid(), uuid(), uuid()];
  await b.db.write(async (sql) => {
    await sql.run('insert into connection (id, tenant_id, plugin, name, description, settings, state, state_at, created_at, version, declared) select ?, tenant_id, plugin, name, description, settings, state, state_at, created_at, version, declared from connection where id = ?', [connection, b.ids.connection]);
    await sql.run('insert into webhook_key (id, tenant_id, connection_id, hash, sealed, created_at) select ?, tenant_id, ?, ?, ?, created_at from webhook_key where connection_id = ?', [uuid(), connection, hashKey(key), key, b.ids.connection]);
    await sql.run('insert into number (id, tenant_id, connection_id, plugin, account, display_name, active, line, declared, created_at, version) select ?, tenant_id, ?, plugin, ?, display_name, active, line, declared, created_at, version from number where id = ?', [number, connection, account, b.ids.number]);
    await sql.run('insert into binding (id, tenant_id, number_id, agent_id, environment, inbound, created_at) select ?, tenant_id, ?, agent_id, environment, inbound, created_at from binding where number_id = ?', [uuid(), number, b.ids.number]);
  });
  return key;
}

void t.test('webhooks, replies and receipts of several connections on two replicas do not wait for one another in a circle: none is refused', async (t) => {
  const database = await freshDatabase(t);
  const receipts = new Map<string, Event[]>();
  const channel = wire((out: Outgoing) => {
    const waiting = receipts.get(out.account) ?? [];
    receipts.set(out.account, [...waiting, ...(['sent', 'delivered', 'read'] as const).map((word) => status([`p-${out.ref}`], word))]);
    return { accepted: { refs: [`p-${out.ref}`] } };
  });
  const parts = { channel, agent: echo, notifiers: [notifications], database };
  const first = await createBot(parts);
  const second = await createBot({ ...parts, joins: first });
  const bots = [first, second];
  const lines = [{ account: '100', key: first.webhookKey }];
  for (const account of ['101', '102', '103', '104']) lines.push({ account, key: await anotherConnection(first, account) });
  for (const b of bots) await b.runtime.directory.reload();
  const refused: unknown[] = [];
  await Promise.all(Array.from({ length: 20 }, async (_, sender) => {
    const line = lines[sender % lines.length];
    for (let n = 0; n < 12 && line; n++) {
      const said = receipts.get(line.account)?.splice(0, 10) ?? [];
      const { headers, body } = posted(message(`s${(sender * 7 + n) % 20}`, `${n}`, { account: line.account }), ...said);
      const [b] = n % 2 === 0 ? [first] : [second];
      const request = { method: 'POST', url: `https://bot.test/webhooks/${line.key}`, headers: { 'x-secret': [headers['x-secret']] }, body: Buffer.from(body), receivedAt: b.began };
      await receive(b.runtime, line.key, request).catch((error: unknown) => refused.push(error));
    }
  }));
  while ((await first.all("select id from job union all select id from delivery where state = 'received'")).length > 0) for (const b of bots) await b.quiet();
  t.same(refused, []);
  t.equal((await first.all("select id from message where author = 'agent'")).length > 0, true);
  // PostgreSQL counts what a connection met when it ends.
  for (const b of bots) await b.close();
  const { rows } = await (await connectTo(t, database)).query('select deadlocks from pg_stat_database where datname = current_database()');
  t.same(rows, [{ deadlocks: '0' }]);
});

void t.test('what people and the API write into the same conversations on two replicas, each in another order, is not refused', async (t) => {
  const database = await freshDatabase(t);
  const parts = { channel: wire((out: Outgoing) => ({ accepted: { refs: [`p-${out.ref}`] } })), agent: echo, database };
  const first = await createBot(parts);
  const second = await createBot({ ...parts, joins: first });
  for (const from of ['1', '2', '3', '4']) await first.deliver(posted(message(from, 'hello')));
  await first.quiet();
  const conversations = (await first.all<{ id: string }>('select id from conversation order by id')).map(({ id }) => id);
  const say = (b: Bot, conversationId: string) =>
    write(b.runtime, { tenantId: b.ids.tenant, conversationId, author: 'api', authorId: b.ids.agent, contents: [{ kind: 'text', text: 'hello' }], key: uuid(), purpose: 'conversation' }).catch((error: unknown) => ({ refused: error }));
  for (let round = 0; round < 12; round++) {
    const written = await Promise.all([...conversations.map((id) => say(first, id)), ...conversations.toReversed().map((id) => say(second, id))]);
    t.same(written.filter((one) => 'refused' in one), []);
  }
  for (const b of [first, second]) await b.quiet();
  t.match(await first.all("select count(*) as n from message where author = 'api'"), [{ n: 96 }]);
  for (const b of [first, second]) await b.close();
});
