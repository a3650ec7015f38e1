/** Who is who: a person stays one contact, whatever ids a provider tells us of and in whatever order. */
import t from 'tap';
import type { Event, Identity } from '#plugin';
import { createBot, type Bot } from '../kit/bot.ts';
import { freshDatabase } from '../postgres.ts';
import { onBoth } from './both.ts';
import { echo, message, posted, wire } from './echo.ts';

const phone = (value: string): Identity => ({ kind: 'phone', value });
const user = (value: string): Identity => ({ kind: 'user', value });
/** A message of somebody known by these. */
const by = (from: Identity[], text: string): Event => ({ ...message('', text), kind: 'message', from, content: { kind: 'text', text } });
let n = 0;
const changed = (was: Identity[], is: Identity[]): Event => ({ kind: 'identity', id: `identity-${++n}`, at: Date.now(), account: '100', was, is });

const contacts = (b: Bot) => b.all<{ id: string; name: string | null; phone: string | null; merged_into: string | null }>('select id, name, phone, merged_into from contact order by id');
const identities = async (b: Bot) => (await b.all<{ kind: string; value: string; contact_id: string }>('select kind, value, contact_id from identity order by kind, value')).map((i) => `${i.kind} ${i.value}`);
const thread = async (b: Bot) => (await b.all<{ text: string }>('select m.text from message m join conversation v on v.id = m.conversation_id order by v.id, m.seq')).map((m) => m.text);

/** A merge waits while somebody works on one of the threads, and is looked at once more afterwards. */
async function merged(b: Bot): Promise<void> {
  for (let n = 0; n < 4; n++) await b.pass(6_000);
}

onBoth('people', async (t, make) => {
  await t.test('a phone and a user id that arrive together are one person afterwards, whichever of them comes alone', async (t) => {
    const { b, sent } = await make();
    await b.deliver(posted(by([phone('1')], 'a')));
    await b.deliver(posted(by([phone('1'), user('U1')], 'b')));
    await b.deliver(posted(by([user('U1')], 'c')));
    await b.quiet();
    t.equal((await contacts(b)).length, 1);
    t.same(sent.at(-1)?.to.identities, [phone('1'), user('U1')]);
  });

  await t.test('a new number, or a wish, of somebody who has only a username is kept with the reason', async (t) => {
    const { b } = await make();
    const ana = [{ kind: 'username' as const, value: 'ana' }];
    await b.deliver(posted(changed(ana, [phone('2')])));
    await b.deliver(posted({ kind: 'consent', id: 'stop', at: Date.now(), account: '100', who: ana, category: 'marketing', value: 'stop' }));
    await b.quiet();
    t.match(await b.all('select reason from delivery'), Array.from({ length: 2 }, () => ({ reason: /"nobody"/ })));
    t.match(await b.all('select kind from provider_event'), [{ kind: 'ignored' }, { kind: 'ignored' }]);
    t.same(await contacts(b), []);
  });

  await t.test('somebody who came without a phone and a name gets both when they become known, and keeps what people know', async (t) => {
    const { b } = await make();
    await b.deliver(posted({ ...by([user('U1')], 'a'), name: undefined } as never));
    await b.quiet();
    t.match(await contacts(b), [{ phone: null }]);
    await b.deliver(posted({ ...by([phone('1'), user('U1')], 'b'), name: 'Ana' } as never));
    await b.quiet();
    t.match(await contacts(b), [{ phone: '1', name: 'Ana' }]);
    await b.deliver(posted({ ...by([phone('1')], 'c'), name: 'Somebody else' } as never));
    await b.quiet();
    t.match(await contacts(b), [{ phone: '1', name: 'Ana' }]);
  });

  await t.test('two contacts that turn out to be one become one: one thread, in order, every message answered once', async (t) => {
    const { b, sent } = await make();
    await b.deliver(posted(by([phone('1')], 'by phone')));
    await b.quiet();
    await b.deliver(posted(by([user('U1')], 'by id')));
    await b.quiet();
    t.equal((await contacts(b)).length, 2);
    await b.deliver(posted(by([phone('1'), user('U1')], 'by both')));
    await merged(b);
    const [winner, loser] = await contacts(b);
    t.same(loser?.merged_into, winner?.id);
    t.same(await b.all('select distinct contact_id from identity'), [{ contact_id: winner?.id }]);
    t.match(await b.all('select contact_id, state, unread from conversation'), [{ contact_id: winner?.id, state: 'open', unread: 3 }]);
    t.same((await b.all<{ contact_id: string }>('select distinct contact_id from message')).map((m) => m.contact_id), [winner?.id]);
    t.same((await thread(b)).filter((text) => !text.startsWith('echo')), ['by phone', 'by id', 'by both']);
    t.same(sent.map((out) => (out.content.kind === 'text' ? out.content.text : '')).toSorted(), ['echo: by both', 'echo: by id', 'echo: by phone']);
    t.same(await b.all('select id from job'), [], 'the merge is over');
    await b.deliver(posted(by([user('U1')], 'afterwards')));
    await b.quiet();
    t.same([(await b.all('select id from conversation')).length, sent.length], [1, 4]);
    t.match(await b.all("select action, subject_id from audit where action = 'contact.merge'"), [{ subject_id: winner?.id }]);
  });

  await t.test('who told us to stop as one of two contacts has told us as both: by category what was said last counts, in doubt the stop', async (t) => {
    const { b } = await make();
    const at = Date.now() - 60_000;
    const said = (who: Identity, category: string, value: 'stop' | 'resume', after = 0): Event => ({ kind: 'consent', id: `consent-${++n}`, at: at + after, who: [who], category, value });
    await b.deliver(posted(
      said(phone('1'), 'marketing', 'resume'), said(user('U1'), 'marketing', 'stop', 1), // the younger contact said stop later
      said(phone('1'), 'news', 'stop'), said(user('U1'), 'news', 'resume', 1),
      said(phone('1'), 'offers', 'stop', 1), said(user('U1'), 'offers', 'resume'),
      said(phone('1'), 'polls', 'resume'), said(user('U1'), 'polls', 'stop'),
      said(phone('1'), 'surveys', 'stop'), said(user('U1'), 'surveys', 'resume'),
      said(user('U1'), 'utility', 'stop'),
    ));
    await b.quiet();
    await b.deliver(posted(by([phone('1'), user('U1')], 'both')));
    await merged(b);
    const [row] = await b.all<{ attributes: string }>('select attributes from contact where merged_into is null');
    const { consent } = JSON.parse(row?.attributes ?? '{}') as { consent: Record<string, { value: string }> };
    t.same(Object.entries(consent).map(([category, { value }]) => [category, value]).toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)), [
      ['marketing', 'stop'], ['news', 'resume'], ['offers', 'stop'], ['polls', 'stop'], ['surveys', 'stop'], ['utility', 'stop'],
    ]);
  });

  await t.test('the pace of one person is kept when two threads become one, whichever of them was further', async (t) => {
    for (const further of ['1', 'U1']) {
      const { b } = await make();
      await b.deliver(posted(by([phone('1')], 'a')));
      await b.deliver(posted(by([user('U1')], 'b')));
      await b.quiet();
      const until = b.began + 3_600_000;
      await b.db.write((sql) => sql.run('update conversation set paced_until = ? where contact_id in (select contact_id from identity where value = ?)', [until, further]));
      await b.deliver(posted(by([phone('1'), user('U1')], 'c')));
      await merged(b);
      t.same((await b.all<{ paced_until: number }>('select paced_until from conversation')).map((row) => row.paced_until), [until]);
    }
  });

  await t.test('nothing is merged under an agent that thinks or a message on its way; what waits goes on afterwards', async (t) => {
    let answer: () => void = () => {};
    const { b, sent } = await make({ bot: { agent: { ...echo, respond: async (...given: Parameters<typeof echo.respond>) => {
      if (given[0].messages.some((m) => m.text === 'slow')) await new Promise<void>((resolve) => (answer = resolve));
      return echo.respond(...given);
    } } } });
    await b.deliver(posted(by([user('U1')], 'first')));
    await b.quiet();
    await b.deliver(posted(by([phone('1')], 'slow')));
    while ((await b.all("select key from lane where key like 'turn:%' and locked_until > 0")).length === 0) await new Promise((resolve) => setImmediate(resolve));
    await b.deliver(posted(by([phone('1'), user('U1')], 'both')));
    while ((await b.all("select id from job where kind = 'merge' and ready_at > created_at")).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    t.equal((await b.all('select id from conversation')).length, 2, 'the two threads are left alone');
    answer();
    await merged(b);
    t.equal((await b.all('select id from conversation')).length, 1);
    t.equal(sent.length, 3);
    t.same(await b.all('select id from job'), []);
  });

  await t.test('what stood in line for somebody who was merged is sent to the one who stays', async (t) => {
    const { b, sent } = await make();
    const set = async (active: boolean) => {
      await b.db.write((sql) => sql.run('update number set active = ? where id = ?', [active, b.ids.number]));
      await b.runtime.directory.reload();
    };
    await b.deliver(posted(by([phone('1')], 'a'), by([user('U1')], 'b')));
    await b.quiet();
    await set(false);
    await b.deliver(posted(by([user('U1')], 'c')));
    await b.quiet();
    await b.deliver(posted(by([phone('1'), user('U1')], 'd')));
    await merged(b);
    t.equal((await b.all('select id from conversation')).length, 1);
    t.equal(sent.length, 2);
    await set(true);
    const { startWhatRuns } = await import('../../core/queue/worker.ts');
    await startWhatRuns(b.runtime);
    await b.quiet();
    t.same(sent.slice(2).map((out) => (out.content.kind === 'text' ? out.content.text : '')), ['echo: c', 'echo: d']);
  });

  await t.test('threads on different numbers and closed ones come along', async (t) => {
    const { b } = await make();
    await b.deliver(posted(by([phone('1')], 'a')));
    await b.quiet();
    await b.deliver(posted(by([user('U1')], 'b')));
    await b.quiet();
    const [, loser] = await contacts(b);
    await b.db.write((sql) => sql.run("update conversation set state = 'closed' where contact_id = ?", [loser?.id ?? '']));
    await b.deliver(posted(by([phone('1'), user('U1')], 'c')));
    await merged(b);
    const [winner] = await contacts(b);
    t.match(await b.all('select contact_id, state from conversation order by state'), [{ state: 'closed', contact_id: winner?.id }, { state: 'open', contact_id: winner?.id }]);
  });

  await t.test('somebody who changed the number keeps the history; who gets the old number later is somebody else', async (t) => {
    const { b, sent } = await make();
    await b.deliver(posted(by([phone('1')], 'old')));
    await b.deliver(posted(changed([phone('1')], [phone('2')])));
    await b.deliver(posted(by([phone('2')], 'new')));
    await merged(b);
    t.match((await contacts(b)).filter((contact) => contact.merged_into === null), [{ phone: '2' }]);
    t.same(await identities(b), ['phone 2']);
    t.same(sent.at(-1)?.to.identities, [phone('2')]);
    t.equal((await b.all('select id from conversation')).length, 1);
    await b.deliver(posted(by([phone('1')], 'a stranger')));
    await b.quiet();
    t.equal((await contacts(b)).filter((contact) => contact.merged_into === null).length, 2);
  });

  await t.test('a change that is told after the new number wrote makes the two one', async (t) => {
    const { b } = await make();
    await b.deliver(posted(by([phone('1')], 'old')));
    await b.quiet();
    await b.deliver(posted(by([phone('2')], 'new')));
    await b.quiet();
    await b.deliver(posted(changed([phone('1')], [phone('2')])));
    await merged(b);
    t.same((await contacts(b)).map((c) => c.merged_into === null), [true, false]);
    t.match((await contacts(b))[0], { phone: '2' });
    t.equal((await b.all('select id from conversation')).length, 1);
  });

  await t.test('a new user id beside a phone that stays takes the place of the old one; replayed, it changes nothing', async (t) => {
    const { b } = await make();
    await b.deliver(posted(by([phone('1'), user('U1')], 'a')));
    const rotated = posted(changed([phone('1'), user('U1')], [user('U2')]));
    await b.deliver(rotated);
    await b.quiet();
    t.same(await identities(b), ['phone 1', 'user U2']);
    await b.deliver(posted(changed([user('U2')], [user('U3')])));
    await b.deliver(rotated);
    await b.quiet();
    t.same(await identities(b), ['phone 1', 'user U3']);
  });

  await t.test('what the provider tells with its yes is learned: another id, a thread', async (t) => {
    const { b, sent } = await make({ answer: (out) => ({ accepted: { refs: [`p-${out.ref}`], thread: 'room-7', learned: [phone('1'), user('U1')] } }) });
    await b.deliver(posted(by([phone('1')], 'a')));
    await b.quiet();
    t.same(await identities(b), ['phone 1', 'user U1']);
    await b.deliver(posted(by([user('U1')], 'b')));
    await b.quiet();
    t.same(sent.at(-1)?.to, { identities: [phone('1'), user('U1')], thread: 'room-7' });
  });
});

void t.test('two replicas make one of two contacts, however their deliveries fall', async (t) => {
  const database = await freshDatabase(t);
  const sent: string[] = [];
  const channel = wire((out) => (sent.push(out.content.kind === 'text' ? out.content.text : ''), { accepted: { refs: [`p-${out.ref}`] } }));
  const first = await createBot({ channel, agent: echo, database });
  t.teardown(() => first.close());
  const second = await createBot({ channel, agent: echo, database, joins: first });
  t.teardown(() => second.close());
  const bots = [first, second];
  for (let round = 0; round < 4; round++) {
    await Promise.all(Array.from({ length: 20 }, async (_, n) => {
      const known = [[phone(`p${n}`)], [user(`U${n}`)], [phone(`p${n}`), user(`U${n}`)], [user(`U${n}`)]][round] ?? [];
      await bots[(n + round) % 2]?.deliver(posted(by(known, `${n}-${round}`)));
    }));
    await Promise.all(bots.map((b) => b.quiet()));
  }
  for (let n = 0; n < 4; n++) for (const b of bots) await b.pass(6_000);
  t.match(await first.all('select count(*) as n from contact where merged_into is null'), [{ n: 20 }]);
  t.match(await first.all('select count(*) as n, count(distinct contact_id) as people from conversation'), [{ n: 20, people: 20 }]);
  t.same(sent.toSorted(), Array.from({ length: 80 }, (_, n) => `echo: ${Math.floor(n / 4)}-${n % 4}`).toSorted(), 'each message was answered once');
  t.same(await first.all('select conversation_id from message group by conversation_id having count(*) <> max(seq)'), [], 'no thread has a hole');
});
