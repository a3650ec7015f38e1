import t from 'tap';
import { Silence, type Outgoing } from '#plugin';
import { uuid } from '../../core/ids.ts';
import { createBot } from '../kit/bot.ts';
import { echo, message, posted, status, wire } from './echo.ts';

function silentOnce() {
  const sent: Outgoing[] = [];
  const channel = wire((out) => {
    if (sent.push(out) === 1) throw new Silence('no answer');
    return { accepted: { refs: [`p-${out.ref}`] } };
  });
  return { sent, channel };
}

void t.test('the time in which nobody listened is no waiting for a receipt', async (t) => {
  const database = `${t.testdir()}/bot.db`;
  const { sent, channel } = silentOnce();
  const before = await createBot({ channel, agent: echo, database });
  await before.deliver(posted(message('1', 'a')));
  await before.quiet();
  // It was down for an hour.
  await before.db.write((sql) => sql.run('update message set status_at = status_at - 3600000'));
  await before.close();
  const after = await createBot({ channel, agent: echo, database, joins: before });
  t.teardown(() => after.close());
  await after.pass(29_000);
  t.equal(sent.length, 1, 'a provider delivers again what came while it was down: that is waited for');
  await after.pass(2_000);
  t.equal(sent.length, 2, 'then it is sent again');
});

void t.test('a receipt that came in time but is not read yet still keeps a message from being sent twice', async (t) => {
  const { sent, channel } = silentOnce();
  const bot = await createBot({ channel, agent: echo });
  t.teardown(() => bot.close());
  await bot.deliver(posted(message('1', 'a')));
  await bot.quiet();
  // Written down, but whoever should read this connection's deliveries has not come to it.
  const { headers, body } = posted(status(['p-1'], 'sent', { ref: sent[0]?.ref ?? '' }));
  const row = [uuid(), bot.ids.tenant, bot.ids.connection, Date.now(), 'POST', 'https://bot.test/', JSON.stringify(Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]))), Buffer.from(body), 'received'];
  await bot.db.write((sql) => sql.insert('delivery', ['id', 'tenant_id', 'connection_id', 'received_at', 'method', 'url', 'headers', 'body', 'state'], [row]));
  await bot.pass(40_000);
  t.equal(sent.length, 1, 'it waits for what was not read');
  await bot.db.write((sql) => sql.run('update lane set ready_at = ? where key = ?', [Date.now(), `connection:${bot.ids.connection}`]));
  await bot.pass(1_000);
  t.match(await bot.all("select status from message where author = 'agent'"), [{ status: 'sent' }]);
  t.equal(sent.length, 1);
});
