/** The pace that a channel declares is kept by delaying: nothing fails for it, nothing is counted as a try, nobody is told. */
import t, { type Test } from 'tap';
import { NotSent, type Channel, type Outgoing, type SendResult } from '#plugin';
import { createBot } from '../kit/bot.ts';
import notifications from '../../plugins/notifications/index.ts';
import { freshDatabase } from '../postgres.ts';
import { anotherNumber } from './both.ts';
import { echo, message, posted, wire } from './echo.ts';

type Limits = ReturnType<NonNullable<Channel['limits']>>;

/** A provider that notes what it was asked to send, and when. */
function paced(limits: Limits | undefined, answer: (out: Outgoing, n: number) => SendResult = (out) => ({ accepted: { refs: [`p-${out.ref}`] } })) {
  const sent: { who: string; account: string; text: string; at: number }[] = [];
  const channel = wire((out) => {
    sent.push({ who: out.to.identities[0]?.value ?? '', account: out.account, text: out.content.kind === 'text' ? out.content.text : '', at: Date.now() });
    return answer(out, sent.length);
  });
  return { sent, channel: limits ? { ...channel, limits: () => limits } : channel };
}

for (const kind of ['sqlite', 'postgres'] as const) {
  void t.test(`the pace of sending on ${kind}`, async (t) => {
    async function bot(t: Test, channel: Channel, more: Partial<Parameters<typeof createBot>[0]> = {}) {
      const made = await createBot({ channel, agent: echo, notifiers: [notifications], ...(kind === 'postgres' && { database: await freshDatabase(t) }), ...more });
      t.teardown(() => made.close());
      return made;
    }

    await t.test('what comes too soon for one person waits for its time, in order, while others are answered', async (t) => {
      const { sent, channel } = paced({ perSecond: 1_000, pair: { everyMs: 6_000, burst: 2 } });
      const b = await bot(t, channel);
      for (const text of ['a', 'b', 'c', 'd']) {
        await b.deliver(posted(message('1', text)));
        await b.quiet();
      }
      await b.deliver(posted(message('2', 'other')));
      await b.quiet();
      t.same(sent.map((s) => s.text), ['echo: a', 'echo: b', 'echo: other']);
      t.match(await b.all("select status from message where author = 'agent' and text = 'echo: c'"), [{ status: 'queued' }]);
      await b.pass(3_000);
      t.equal(sent.length, 3);
      await b.pass(3_100);
      t.same(sent.at(-1)?.text, 'echo: c');
      await b.pass(6_000);
      t.same([sent.length, sent.at(-1)?.text], [5, 'echo: d']);
      t.same(await b.all('select id from attempt'), []);
      t.same(await b.all("select id from alert where kind = 'failure'"), []);
    });

    await t.test('a number sends at its pace and no quicker, each of those that wait at its own place', async (t) => {
      const { sent, channel } = paced({ perSecond: 2 });
      const b = await bot(t, channel);
      await Promise.all(Array.from({ length: 8 }, (_, n) => b.deliver(posted(message(`w${n}`, 'x')))));
      await b.quiet();
      t.equal(sent.length, 1, 'the others wait');
      const jobs = await b.all<{ ready_at: number }>('select ready_at from job order by ready_at');
      const gaps = jobs.slice(1).map((job, n) => job.ready_at - (jobs[n]?.ready_at ?? 0));
      t.ok(gaps.every((gap) => gap >= 499 && gap <= 501), `half a second apart: ${gaps.join(', ')}`);
      for (let n = 0; n < 8; n++) await b.pass(500);
      t.equal(sent.length, 8);
      t.match(await b.all("select distinct status from message where author = 'agent'"), [{ status: 'sent' }]);
    });

    await t.test('more than fits into half a minute is sent at the same pace, none forgotten', async (t) => {
      const { sent, channel } = paced({ perSecond: 2 });
      const b = await bot(t, channel);
      await Promise.all(Array.from({ length: 120 }, (_, n) => b.deliver(posted(message(`w${n}`, 'x')))));
      await b.quiet();
      let most = 0;
      let seconds = 0;
      for (; sent.length < 120 && seconds < 200; seconds++) {
        const before = sent.length;
        await b.pass(1_000);
        most = Math.max(most, sent.length - before);
      }
      t.ok(most <= 3, `${most} in one second at most`);
      t.ok(seconds <= 90, `done after ${seconds} s`);
    });

    await t.test('after a stop nothing leaves in one burst that had its place meanwhile', async (t) => {
      const { sent, channel } = paced({ perSecond: 2 });
      const b = await bot(t, channel);
      await Promise.all(Array.from({ length: 10 }, (_, n) => b.deliver(posted(message(`w${n}`, 'x')))));
      await b.quiet();
      await b.pass(60_000);
      t.ok(sent.length <= 3, `${sent.length} at once after a minute in which nobody looked`);
      for (let n = 0; n < 12; n++) await b.pass(500);
      t.equal(sent.length, 10);
    });

    await t.test('a provider that finds a number too quick is left alone by that number, and by no other', async (t) => {
      const { sent, channel } = paced(undefined, (out, n) => (n === 1 ? { retry: { code: '130429', said: 'too much', afterMs: 5_000, scope: 'number' } } : { accepted: { refs: [`p-${out.ref}`] } }));
      const b = await bot(t, channel);
      await anotherNumber(b, '200');
      await b.deliver(posted(message('1', 'a')));
      await b.quiet();
      await b.deliver(posted(message('2', 'b'), message('3', 'c', { account: '200' })));
      await b.quiet();
      t.same(sent.map((s) => s.text), ['echo: a', 'echo: c']);
      await b.pass(3_000);
      t.equal(sent.length, 2);
      await b.pass(2_200);
      t.same(sent.slice(2).map((s) => s.text).toSorted(), ['echo: a', 'echo: b']);
    });

    await t.test('one that finds a connection too quick is left alone by all its numbers; one that speaks of a pair only by that pair', async (t) => {
      const scopes = ['connection', 'pair'] as const;
      for (const scope of scopes) {
        const { sent, channel } = paced({ perSecond: 1_000 }, (out, n) => (n === 1 ? { retry: { code: '4', said: 'too much', afterMs: 5_000, scope } } : { accepted: { refs: [`p-${out.ref}`] } }));
        const b = await bot(t, channel);
        await anotherNumber(b, '200');
        await b.deliver(posted(message('1', 'a')));
        await b.quiet();
        await b.deliver(posted(message('2', 'b', { account: '200' })));
        await b.quiet();
        t.equal(sent.length, scope === 'connection' ? 1 : 2, scope);
        await b.pass(5_200);
        t.equal(sent.length, 3);
      }
    });

    await t.test('an account that is counted with all its numbers is sent from at one pace, whichever of them speaks', async (t) => {
      for (const per of ['connection', undefined] as const) {
        const { sent, channel } = paced({ perSecond: 2, ...(per && { per }) });
        const b = await bot(t, channel);
        await anotherNumber(b, '200');
        await Promise.all(Array.from({ length: 8 }, (_, n) => b.deliver(posted(message(`w${n}`, 'x', { account: n % 2 === 0 ? '100' : '200' })))));
        await b.quiet();
        t.equal(sent.length, per ? 1 : 2, per ? 'one in all' : 'one of each number');
        for (let n = 0; n < 3; n++) await b.pass(500);
        t.equal(sent.length, per ? 4 : 8);
        for (let n = 0; n < 5; n++) await b.pass(500);
        t.same([sent.length, new Set(sent.map((s) => s.account)).size], [8, 2], 'none is forgotten');
      }
    });

    await t.test('where an account is counted with all its numbers, one that is too quick gives all of them a pause', async (t) => {
      const { sent, channel } = paced({ perSecond: 1_000, per: 'connection' }, (out, n) => (n === 1 ? { retry: { code: '429', said: 'too much', afterMs: 5_000, scope: 'number' } } : { accepted: { refs: [`p-${out.ref}`] } }));
      const b = await bot(t, channel);
      await anotherNumber(b, '200');
      await b.deliver(posted(message('1', 'a', { account: '200' })));
      await b.quiet();
      await b.deliver(posted(message('2', 'b')));
      await b.quiet();
      t.equal(sent.length, 1);
      await b.pass(5_200);
      t.equal(sent.length, 3);
    });

    await t.test('a message that cannot be prepared holds up nobody else on its number', async (t) => {
      const { sent, channel } = paced({ perSecond: 1_000 });
      const b = await bot(t, { ...channel, prepare: async (out) => {
        if (out.content.kind === 'text' && out.content.text === 'echo: a') throw new NotSent('no such file');
        return null;
      } });
      await b.deliver(posted(message('1', 'a'), message('2', 'b')));
      await b.quiet();
      t.same(sent.map((s) => s.text), ['echo: b']);
    });
  });
}

void t.test('what was spoken for before a restart is still spoken for after it', async (t) => {
  const database = `${t.testdir()}/bot.db`;
  const { sent, channel } = paced({ perSecond: 1_000, pair: { everyMs: 6_000, burst: 1 } });
  const before = await createBot({ channel, agent: echo, database });
  await before.deliver(posted(message('1', 'a')));
  await before.quiet();
  await before.close();
  const after = await createBot({ channel, agent: echo, database, joins: before });
  t.teardown(() => after.close());
  await after.deliver(posted(message('1', 'b')));
  await after.quiet();
  t.equal(sent.length, 1);
  await after.pass(6_100);
  t.equal(sent.length, 2);
});

void t.test('two replicas keep the pace of one number together', async (t) => {
  const { sent, channel } = paced({ perSecond: 40 });
  const database = await freshDatabase(t);
  const first = await createBot({ channel, agent: echo, database });
  t.teardown(() => first.close());
  const second = await createBot({ channel, agent: echo, database, joins: first });
  t.teardown(() => second.close());
  const bots = [first, second];
  await Promise.all(Array.from({ length: 60 }, (_, n) => (n % 2 === 0 ? first : second).deliver(posted(message(`w${n}`, 'x')))));
  let took = 0;
  for (; sent.length < 60 && took < 10_000; took += 25) await Promise.all(bots.map((b) => b.pass(25)));
  // Sixty at 25 ms, of which a handful may leave at the first moment.
  t.ok(took >= 55 * 25 && took < 10_000, `${took} ms`);
});
