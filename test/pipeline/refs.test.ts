/** A provider may know one message by several ids: any of them settles it, whenever it becomes known. */
import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { createBot } from '../kit/bot.ts';
import { connectTo, freshDatabase } from '../postgres.ts';
import { onBoth } from './both.ts';
import { echo, message, posted, status, wire } from './echo.ts';

onBoth('ids of a message', async (t, make) => {
  const statusOf = async (b: Awaited<ReturnType<typeof make>>['b']) => (await b.all<{ status: string }>("select status from message where author = 'agent'"))[0]?.status;

  await t.test('an id that comes with a status settles the message from then on', async (t) => {
    const { b } = await make({ answer: () => ({ accepted: { refs: ['broadcast-1'] } }) });
    await b.deliver(posted(message('1', 'a')));
    await b.quiet();
    await b.deliver(posted(status(['broadcast-1', 'wamid-1'], 'delivered')));
    await b.quiet();
    t.equal(await statusOf(b), 'delivered');
    await b.deliver(posted(status(['wamid-1'], 'read')));
    await b.quiet();
    t.equal(await statusOf(b), 'read');
    t.match(await b.all('select count(*) as n from receipt where message_id is not null'), [{ n: 2 }]);
  });

  await t.test('statuses by an id that is learned only later were waiting for it, in one delivery or in many', async (t) => {
    for (const together of [false, true]) {
      const { b } = await make({ answer: () => ({ accepted: { refs: ['broadcast-1'] } }) });
      await b.deliver(posted(message('1', 'a')));
      await b.quiet();
      const events = [status(['wamid-1'], 'read'), status(['broadcast-1', 'wamid-1'], 'sent')];
      if (together) await b.deliver(posted(...events));
      else for (const event of events) await b.deliver(posted(event));
      await b.quiet();
      t.equal(await statusOf(b), 'read');
      t.same(await b.all('select id from receipt where message_id is null'), []);
    }
  });

  await t.test('a status with several ids that comes before the answer to the send waits under each of them, and counts once', async (t) => {
    for (const refs of [['broadcast-1', 'wamid-1'], ['wamid-1', 'broadcast-1']]) {
      let late: () => void = () => {};
      const { b } = await make({ answer: async () => {
        await new Promise<void>((resolve) => (late = resolve));
        return { accepted: { refs: ['broadcast-1'] } };
      } });
      await b.deliver(posted(message('1', 'a')));
      while ((await statusOf(b)) !== 'sending') await new Promise((resolve) => setImmediate(resolve));
      await b.deliver(posted(status(refs, 'delivered')));
      while ((await b.all('select id from receipt')).length === 0) await new Promise((resolve) => setImmediate(resolve));
      late();
      await b.quiet();
      t.equal(await statusOf(b), 'delivered', refs.join(', '));
      t.match(await b.all('select message_id from receipt'), [{ message_id: String }]);
      await b.deliver(posted(status(['wamid-1'], 'read')));
      await b.quiet();
      t.equal(await statusOf(b), 'read', 'the other id is known, too');
    }
  });
});

void t.test('on PostgreSQL a status that is read in the same moment in which its id becomes known does not wait for ever', async (t) => {
  const database = await freshDatabase(t);
  const other = await connectTo(t, database);
  const some = async (text: string) => ((await other.query(text)).rowCount ?? 0) > 0;
  const until = async (text: string) => {
    while (!(await some(text))) await pause(5);
  };
  const b = await createBot({
    agent: echo,
    database,
    channel: wire(async () => {
      // The report is looked up and found to be nobody's; writing that down is held back.
      await other.query('begin; lock table receipt in share row exclusive mode');
      await b.deliver(posted(status(['early'], 'read')));
      await until("select 1 from pg_locks where relation = 'receipt'::regclass and not granted");
      return { accepted: { refs: ['early'] } };
    }),
  });
  t.teardown(() => b.close());
  await b.deliver(posted(message('1', 'a')));
  // Either the send waits for the report to be written, or it is over already and never saw it.
  await until("select 1 from pg_locks where locktype = 'advisory' and not granted union all select 1 from message where status = 'sent'");
  await other.query('commit');
  await b.quiet();
  t.match(await b.all("select status from message where author = 'agent'"), [{ status: 'read' }]);
  t.match(await b.all('select message_id from receipt'), [{ message_id: String }]);
});
