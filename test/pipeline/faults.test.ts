/** Whatever a provider does, each message comes to exactly one end, and none reaches it twice that anybody could have known of. */
import t from 'tap';
import { NotSent, Silence, type Outgoing, type SendResult } from '#plugin';
import { createOutbound } from '../../core/plugin/outbound.ts';
import notifications from '../../plugins/notifications/index.ts';
import { createBot } from '../kit/bot.ts';
import { chance } from '../kit/chance.ts';
import { onBoth } from './both.ts';
import { echo, message, posted, status, wire } from './echo.ts';

const sends = Number(process.env['SENDS'] ?? '2000');

void t.test(`${sends} sends, a third of which meet a fault: all arrive once or are failed and shown`, async (t) => {
  const by = chance(20_261_121);
  const taken = new Map<string, number>();
  const refusedForGood = new Set<string>();
  const receipts: string[] = [];
  const silences = new Map<string, number>();
  const take = (out: Outgoing): SendResult => {
    taken.set(out.ref, (taken.get(out.ref) ?? 0) + 1);
    return { accepted: { refs: [`p-${out.ref}`] } };
  };
  const faults: ((out: Outgoing) => SendResult)[] = [
    () => ({ retry: { code: '429', said: 'slow down', afterMs: 2_000, scope: 'number' } }),
    () => ({ retry: { code: '131056', said: 'pair', afterMs: 6_000, scope: 'pair' } }),
    () => ({ retry: { code: '500', said: 'ours', scope: 'pair' } }),
    () => { throw new NotSent('getaddrinfo ENOTFOUND provider.test'); },
    () => { throw new Error('a slip of the plugin before its call'); },
    (out) => {
      silences.set(out.ref, (silences.get(out.ref) ?? 0) + 1);
      // A third time nobody would send it again: people decide then, which path.test.ts tries.
      if ((silences.get(out.ref) ?? 0) > 2) return take(out);
      throw new Silence('half a JSON');
    },
    (out) => { take(out); receipts.push(out.ref); throw new Silence('reset after it acted'); },
    (out) => { refusedForGood.add(out.ref); return { rejected: { code: '131026', said: 'undeliverable', scope: 'message' } }; },
  ];
  const channel = { ...wire((out) => (by.below(10) < 3 ? by.one(faults)(out) : take(out))), limits: () => ({ perSecond: 500, pair: { everyMs: 1_000, burst: 20 } }) };
  const b = await createBot({ channel, agent: echo, notifiers: [notifications] });
  t.teardown(() => b.close());
  for (let n = 0; n < sends; n += 100) await b.deliver(posted(...Array.from({ length: 100 }, (_, k) => message(`w${(n + k) % (sends / 5)}`, String(n + k)))));
  for (let round = 0; round < 200 + sends / 10; round++) {
    await b.pass(2_000);
    // Receipts come a moment after the silence, well within the waiting time.
    for (const ref of receipts.splice(0)) await b.deliver(posted(status([`p-${ref}`], 'delivered', { ref })));
    await b.quiet();
    if ((await b.all('select id from job where buried_at is null limit 1')).length === 0) break;
  }
  const counts = Object.fromEntries((await b.all<{ status: string; n: number }>("select status, count(*) as n from message where author = 'agent' group by status")).map((row) => [row.status, row.n]));
  t.same(await b.all('select id from job where buried_at is null'), [], 'nothing is left to do');
  const buried = await b.all('select id from job');
  t.same(Object.keys(counts).filter((word) => !['sent', 'delivered', 'failed'].includes(word)), [], 'every one has come to an end');
  t.equal(counts['failed'], refusedForGood.size + buried.length, 'failed are those that were refused, and those that a plugin failed at again and again');
  const ends = await b.all<{ id: string; status: string }>("select id, status from message where author = 'agent'");
  t.same(ends.filter(({ id, status }) => (taken.get(id) ?? 0) !== (status === 'failed' ? 0 : 1)), [], 'taken once where it says so, never where it says failed');
  t.match(await b.all("select kind from alert where kind = 'failure' limit 1"), [{ kind: 'failure' }]);
  const order = await b.all<{ conversation_id: string; text: string }>("select conversation_id, text from message where author = 'agent' order by conversation_id, seq");
  t.equal(order.length, (await b.all("select id from message where author = 'contact'")).length, 'each was answered');
});

onBoth('a provider out of reach', async (t, make) => {
  await t.test('a name that cannot be resolved has sent nothing: it is tried until the name is there again', async (t) => {
    let resolves = false;
    const outbound = createOutbound({ lookup: (_host, done) => done(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }), []) });
    t.teardown(() => outbound.close());
    const { b, sent } = await make({ answer: async (out) => {
      if (!resolves) await outbound.call('https://api.provider.test/messages', { method: 'POST', body: '{}' }, { origins: new Set(), secrets: [] });
      return { accepted: { refs: [`p-${out.ref}`] } };
    } });
    await b.deliver(posted(message('1', 'a')));
    await b.quiet();
    for (let n = 0; n < 3; n++) await b.pass(5_000);
    t.match(await b.all("select status from message where author = 'agent'"), [{ status: 'queued' }]);
    t.match(await b.all('select distinct outcome from attempt'), [{ outcome: 'not-sent' }]);
    resolves = true;
    await b.pass(60_000);
    t.match(await b.all("select status from message where author = 'agent'"), [{ status: 'sent' }]);
    t.ok(sent.length >= 3);
  });

  await t.test('what could not be sent for a day is given up, and people are told', async (t) => {
    const noWindow = { can: { webhook: 'shared-secret', sends: ['text'], statuses: ['sent'], maxText: 4096 } } as const;
    const { b } = await make({ channel: noWindow, answer: () => ({ retry: { code: '500', said: 'ours', scope: 'number' } }) });
    await b.deliver(posted(message('1', 'a')));
    await b.quiet();
    for (let hour = 0; hour < 23; hour++) await b.pass(3_600_000);
    t.match(await b.all("select status from message where author = 'agent'"), [{ status: 'queued' }]);
    for (let n = 0; n < 3; n++) await b.pass(3_600_000);
    t.match(await b.all("select status from message where author = 'agent'"), [{ status: 'failed' }]);
    t.match(await b.all("select text from alert where kind = 'failure'"), [{ text: 'ours' }]);
    t.same(await b.all('select id from job'), []);
  });
});
