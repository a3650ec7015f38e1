/** Who holds a lane, for how long, and what becomes of work whose turn was missed. */
import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { uuid } from '../../core/ids.ts';
import { leaseMs } from '../../core/queue/queue.ts';
import { startWhatRuns } from '../../core/queue/worker.ts';
import { createBot } from '../kit/bot.ts';
import { connectTo, freshDatabase } from '../postgres.ts';
import { onBoth } from './both.ts';
import { echo, message, posted, wire } from './echo.ts';

onBoth('a lane', async (t, make) => {
  for (const [what, hours] of [['ahead', 1], ['behind', -1]] as const) {
    await t.test(`is held for the lease by the database's clock, also by a process whose own is an hour ${what}`, async (t) => {
      const answer = Promise.withResolvers<void>();
      const { b } = await make({ bot: { agent: { ...echo, respond: async (...given: Parameters<typeof echo.respond>) => { await answer.promise; return echo.respond(...given); } } } });
      await b.pass(hours * 3_600_000);
      await b.deliver(posted(message('1', 'a')));
      const held = () => b.db.read((sql) => sql.all<{ left: number }>(`select locked_until - ${sql.now} as left from lane where key like 'turn:%' and fence is not null`));
      while ((await held()).length === 0) await pause(2);
      const [{ left } = { left: 0 }] = await held();
      t.ok(left > 0 && left <= leaseMs, `${left} ms`);
      answer.resolve();
      await b.quiet();
    });
  }

  await t.test('whose holder stood still between marking a message and sending it does not send it on top of who has the lane by now', async (t) => {
    let still = true;
    const wired = await make({ bot: { at(point) {
      if (point === 'before-send' && still) void wired.b.pass(2 * leaseMs);
    } } });
    const { b, sent } = wired;
    await b.deliver(posted(message('1', 'a')));
    while ((await b.all('select id from attempt')).length === 0) await pause(2);
    t.match(await b.all('select outcome, said from attempt'), [{ outcome: 'not-sent', said: /stood still/ }]);
    t.equal(sent.length, 0);
    still = false;
    await b.pass(10_000);
    t.equal(sent.length, 1, 'it goes once its lane is at work again');
  });

  await t.test('that another one holds by now keeps its message as sending, whatever an earlier holder is told late', async (t) => {
    const { b, sent } = await make({ answer: async () => {
      await b.db.write((sql) => sql.run(`update lane set fence = 'of another', locked_until = ${sql.now} + 600000 where key like 'conversation:%'`));
      return { retry: { code: '500', said: 'ours', scope: 'number' } };
    } });
    await b.deliver(posted(message('1', 'a')));
    while ((await b.all('select id from attempt')).length === 0) await pause(2);
    t.same(await b.all("select status from message where author = 'agent'"), [{ status: 'sending' }]);
    t.equal(sent.length, 1);
  });

  await t.test('whose turn waits for an agent that was unplugged in this moment goes on with the one that answers now', async (t) => {
    const { b, sent } = await make();
    await b.db.write((sql) => sql.run("update agent set state = 'stopped'"));
    await b.runtime.directory.reload();
    await b.deliver(posted(message('1', 'a')));
    await b.quiet();
    await startWhatRuns(b.runtime);
    await b.quiet();
    t.match(await b.all('select waiting_for from job'), [{ waiting_for: `agent:${b.ids.agent}` }]);
    const other = uuid();
    await b.db.write(async (sql) => {
      await sql.run("insert into agent (id, tenant_id, name, plugin, channels, secrets, state, state_at, join_ms, published_id, declared, created_at, version) select ?, tenant_id, 'Other', plugin, channels, secrets, 'running', state_at, join_ms, published_id, declared, created_at, version from agent", [other]);
      await sql.run('update binding set agent_id = ?', [other]);
    });
    await b.runtime.directory.reload();
    await startWhatRuns(b.runtime);
    await b.quiet();
    t.equal(sent.length, 1);
    t.same(await b.all('select id from job'), []);
  });

  await t.test('whose message waits for a number that was removed in this moment shows it as failed', async (t) => {
    const { b, sent } = await make();
    const set = async (change: string) => {
      await b.db.write((sql) => sql.run(`update number set ${change}`));
      await b.runtime.directory.reload();
    };
    await b.deliver(posted(message('1', 'a')));
    await b.quiet();
    await set('active = false');
    await b.db.write((sql) => sql.run("update message set status = 'queued' where author = 'agent'"));
    const [answer] = await b.all<{ id: string; conversation_id: string }>("select id, conversation_id from message where author = 'agent'");
    await b.db.write((sql) => sql.insert('job', ['id', 'tenant_id', 'lane', 'kind', 'ref', 'payload', 'ready_at', 'attempts', 'waiting_for', 'created_at'], [
      [uuid(), b.ids.tenant, `conversation:${answer?.conversation_id}`, 'send', answer?.id ?? '', JSON.stringify({ connection: b.ids.connection }), 0, 0, `number:${b.ids.number}`, 0],
    ]));
    await set('deleted_at = 1');
    await startWhatRuns(b.runtime);
    await b.quiet();
    t.match(await b.all("select status, error from message where author = 'agent'"), [{ status: 'failed', error: /number-gone/ }]);
    t.same(await b.all('select id from job'), []);
    t.equal(sent.length, 1);
  });
});

void t.test('a webhook is accepted while earlier ones of its connection are read, and who lost the lane meanwhile has written nothing', async (t) => {
  const database = await freshDatabase(t);
  const sent: string[] = [];
  const channel = wire((out) => {
    sent.push(out.content.kind === 'text' ? out.content.text : '');
    return { accepted: { refs: [`p-${out.ref}`] } };
  });
  const b = await createBot({ channel, agent: echo, database });
  t.teardown(() => b.close());
  const admin = await connectTo(t, database);
  await admin.query('begin');
  await admin.query('lock table message in access exclusive mode');
  await b.deliver(posted(message('1', 'a')));
  while ((await admin.query("select 1 from pg_locks where not granted and relation = 'message'::regclass")).rows.length === 0);
  t.match(await b.deliver(posted(message('1', 'b'))), { accepted: String });
  await b.db.write((sql) => sql.run(`update lane set fence = 'of another', locked_until = ${sql.now} + 600000 where key like 'connection:%'`));
  await admin.query('commit');
  while (b.worker.running > 0) await pause(2);
  t.same([await b.all('select id from message'), await b.all('select state from delivery')], [[], [{ state: 'received' }, { state: 'received' }]]);
  await b.db.write((sql) => sql.run("update lane set locked_until = 0 where fence = 'of another'"));
  await b.quiet();
  t.same(sent, ['echo: a', 'echo: b']);
});
