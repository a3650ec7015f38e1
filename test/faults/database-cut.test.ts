/** PostgreSQL restarted, or the way to it cut, while messages come in. */
import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { openPostgres } from '../../core/db/open.ts';
import { createRelay } from '../../core/db/relay.ts';
import { uuid } from '../../core/ids.ts';
import { createBot } from '../kit/bot.ts';
import { echo, message, posted, wire } from '../pipeline/echo.ts';
import { connectTo, freshDatabase } from '../postgres.ts';
import { way } from '../way.ts';

void t.test('connections that PostgreSQL ends under load end neither the process nor a message: each that was accepted is answered once', async (t) => {
  const database = await freshDatabase(t);
  const sent = new Map<string, number>();
  const channel = wire((out) => {
    const text = out.content.kind === 'text' ? out.content.text : '';
    sent.set(text, (sent.get(text) ?? 0) + 1);
    return { accepted: { refs: [`p-${out.ref}`] } };
  });
  const b = await createBot({ channel, agent: echo, database });
  t.teardown(() => b.close());
  const admin = await connectTo(t, database);
  const accepted = new Set<string>();
  let loading = true;
  const load = Promise.all(Array.from({ length: 20 }, async (_, sender) => {
    for (let n = 0; loading; n++) {
      const text = `${sender}-${n}`;
      const received = await b.deliver(posted(message(`s${sender}`, text, { id: text }))).catch((error: unknown) => error);
      if (received instanceof Error) t.match(received, { name: 'StorageUnavailable' }, 'what is not kept is told so');
      else accepted.add(text);
    }
  }));
  for (let kills = 0, before = 0; kills < 12; kills++, before = accepted.size) {
    while (accepted.size < before + 40) await new Promise((resolve) => setImmediate(resolve));
    await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
  }
  loading = false;
  await load;
  while (await b.all('select 1').then(() => false, () => true));
  await b.quiet();
  // A send that was marked in a commit whose answer was lost is one of which nobody knows, until the waiting time is over.
  for (let n = 0; n < 4; n++) await b.pass(60_000);
  const answers = [...accepted].map((text) => `echo: ${text}`);
  t.same(answers.filter((text) => sent.get(text) !== 1), [], 'none lost, none twice');
  t.same(await b.all("select reason from delivery where state <> 'processed'"), []);
  t.same(await b.all('select kind, error from job'), []);
});

void t.test('a relay that is cut off tries by one connection at a time, however long it lasts, and then hears again', async (t) => {
  const database = await freshDatabase(t);
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const to = await way(t, database);
  const cutOff = await createRelay(to.url, log, 1);
  t.teardown(() => cutOff.close());
  const other = await createRelay(database, log, 1);
  t.teardown(() => other.close());
  let reloads = 0;
  let heard = () => {};
  cutOff.listen({ notice() {}, wake() {}, reload: () => { reloads++; heard(); } });
  to.cut();
  const began = performance.now();
  for (let n = 0; n < 5; n++) await to.nextTry();
  const seconds = (performance.now() - began) / 1_000;
  t.ok(seconds > 4, `five tries in ${seconds} s`);
  const back = new Promise<void>((resolve) => (heard = resolve));
  to.at.cut = false;
  await back;
  t.equal(to.open.size, 1);
  t.equal(reloads, 1, 'what was missed is read');
  const told = new Promise<void>((resolve) => (heard = resolve));
  other.tellReload();
  await told;
});

void t.test('a machine that is gone without a word keeps nobody waiting: its locks are given up by the server, and its silence by who asked it', async (t) => {
  const database = await freshDatabase(t);
  const to = await way(t, database);
  const answerMs = 3_000;
  const gone = await openPostgres(to.url, { entities: false, answerMs });
  const here = await openPostgres(database, { entities: false });
  t.teardown(() => Promise.all([gone.close(), here.close()]));
  await here.write((sql) => sql.run('create table row (n integer)'));
  await here.write((sql) => sql.run('insert into row values (1)'));
  const locked = Promise.withResolvers<void>();
  const silent = gone.write(async (sql) => {
    await sql.run('update row set n = 2');
    to.swallow();
    locked.resolve();
    await sql.run('update row set n = 3');
  });
  await locked.promise;
  await Promise.all([
    t.rejects(silent, { name: 'StorageUnavailable' }),
    here.write((sql) => sql.run('update row set n = n + 10')),
  ]);
  t.same(await gone.read((sql) => sql.all('select n from row')), [{ n: 11 }], 'a new connection leads there');
});

for (const what of ['only listens', 'speaks all the while']) void t.test(`a relay that ${what} and whose other end is gone without a word finds out, and hears again`, async (t) => {
  const database = await freshDatabase(t);
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const to = await way(t, database);
  const deaf = await createRelay(to.url, log, 1, 2_000);
  t.teardown(() => deaf.close());
  const back = Promise.withResolvers<void>();
  deaf.listen({ notice() {}, wake() {}, reload: () => back.resolve() });
  to.swallow();
  const speaking = what === 'only listens' ? undefined : setInterval(() => deaf.tell({ tenantId: uuid(), conversation: uuid(), seq: 1 }), 10);
  const began = performance.now();
  await back.promise;
  clearInterval(speaking);
  t.ok(performance.now() - began < 30_000, 'what it said in vain was not waited for one by one');
});

void t.test('a commit whose answer is lost did happen: whichever it is, the webhook is accepted, and each message is answered once', async (t) => {
  for (let lost = 0; lost < 8; lost++) {
    const to = await way(t, await freshDatabase(t));
    const sent: string[] = [];
    const channel = wire((out) => {
      sent.push(out.content.kind === 'text' ? out.content.text : '');
      return { accepted: { refs: [`p-${out.ref}`] } };
    });
    const b = await createBot({ channel, agent: echo, database: to.url });
    t.teardown(() => b.close());
    Object.assign(to.at, { losesAnswerTo: 'commit', after: lost });
    for (const text of ['a', 'b']) t.match(await b.deliver(posted(message('1', text))), { accepted: String });
    let passing: Promise<void> | undefined;
    const left = () => b.all("select id from job union all select id from delivery where state = 'received'").catch(() => ['unknown']);
    while ((await left()).length > 0 || to.at.losesAnswerTo !== undefined) {
      // The lease of what nobody knows to hold is over, and so is the time in which a receipt may come.
      if (b.worker.running === 0 && b.runtime.commit.waiting === 0) await b.db.write((sql) => sql.run("update lane set locked_until = 0 where key not like 'connection:%'")).catch(() => {});
      passing ??= b.pass(10_000).catch(() => {}).finally(() => (passing = undefined));
      await pause(20);
    }
    await passing;
    t.same(sent, ['echo: a', 'echo: b'], `the answer to commit ${lost} was lost`);
  }
});
