import t from 'tap';
import { setTimeout as pause } from 'node:timers/promises';
import type { Outgoing } from '#plugin';
import { createBot } from '../kit/bot.ts';
import { freshDatabase } from '../postgres.ts';
import { echo, message, posted, wire } from './echo.ts';

void t.test('two replicas on one PostgreSQL answer everything once and in order', async (t) => {
  const sent: { who: string; n: number }[] = [];
  const busy = new Set<string>();
  const overlaps: string[] = [];
  const channel = wire(async (out: Outgoing) => {
    const who = out.to.identities[0]?.value ?? '';
    if (busy.has(who)) overlaps.push(who);
    busy.add(who);
    await pause(1);
    busy.delete(who);
    if (out.content.kind === 'text') sent.push({ who, n: Number(out.content.text.slice(6)) });
    return { accepted: { refs: [`p-${out.ref}`] } };
  });
  const database = await freshDatabase(t);
  const first = await createBot({ channel, agent: echo, database });
  t.teardown(() => first.close());
  const second = await createBot({ channel, agent: echo, database, joins: first });
  t.teardown(() => second.close());
  const bots = [first, second];
  // Each sender's messages arrive in order but at either replica, a few of them twice.
  for (let n = 0; n < 40; n++) {
    await Promise.all(
      Array.from({ length: 25 }, async (_, sender) => {
        const delivery = posted(message(`s${sender}`, String(n), { id: `m-${sender}-${n}` }));
        await bots[(n + sender) % 2]?.deliver(delivery);
        if (n % 10 === 0) await bots[(n + sender + 1) % 2]?.deliver(delivery);
      }),
    );
    // In the product the relay says so: there may be work for whoever is free.
    for (const { worker } of bots) worker.wake();
  }
  while (sent.length < 1_000) await Promise.all(bots.map((b) => b.quiet()));
  await Promise.all(bots.map((b) => b.quiet()));
  t.equal(sent.length, 1_000, 'none lost, none twice');
  t.same(overlaps, [], 'one at a time for each contact');
  for (let sender = 0; sender < 25; sender++) {
    const numbers = sent.filter((s) => s.who === `s${sender}`).map((s) => s.n);
    t.same(numbers, numbers.toSorted((a, b) => a - b), `in order for s${sender}`);
  }
  t.same(await first.all('select id from job'), []);
});

void t.test('what a replica has no room for is done by the other', async (t) => {
  const sent: string[] = [];
  const channel = (by: string) =>
    wire((out: Outgoing) => {
      sent.push(by);
      return { accepted: { refs: [`p-${out.ref}`] } };
    });
  const database = await freshDatabase(t);
  const full = await createBot({ channel: channel('full'), agent: echo, database, lanes: 0 });
  t.teardown(() => full.close());
  const free = await createBot({ channel: channel('free'), agent: echo, database, joins: full });
  t.teardown(() => free.close());
  for (let n = 0; n < 10; n++) await full.deliver(posted(message(`s${n}`, 'hello')));
  // Nobody tells the other: it looks by itself.
  while (sent.length < 10) await pause(5);
  await free.quiet();
  t.same(sent, Array(10).fill('free'));
  t.same(await full.all('select id from job'), []);
});

void t.test('what a replica held when it fell silent is done by the other after the lease', async (t) => {
  const sent: string[] = [];
  const database = await freshDatabase(t);
  const hung = await createBot({ channel: wire(() => new Promise(() => {})), agent: { ...echo, respond: () => new Promise<never>(() => {}) }, database });
  await hung.deliver(posted(message('1', 'a')));
  while ((await hung.all('select key from lane where locked_until > 0')).length === 0) await pause(5);
  const other = await createBot({ channel: wire((out) => { sent.push(out.ref); return { accepted: { refs: ['x'] } }; }), agent: echo, database, joins: hung });
  t.teardown(() => other.close());
  await pause(50);
  t.equal(sent.length, 0, 'a held lane is left alone');
  await other.runtime.db.write((sql) => sql.run('update lane set locked_until = 0 where locked_until > 0'));
  await other.quiet();
  t.equal(sent.length, 1);
  await hung.worker.stop(0);
  await hung.db.close();
});
