import t, { type Test } from 'tap';
import type { Outgoing, SendResult } from '#plugin';
import { NotSent, Silence } from '#plugin';
import { createBot, type Bot } from '../kit/bot.ts';
import { uuid } from '../../core/ids.ts';
import { write, type Writing } from '../../core/pipeline/write.ts';
import { startWhatRuns } from '../../core/queue/worker.ts';
import notifications from '../../plugins/notifications/index.ts';
import { freshDatabase } from '../postgres.ts';
import { echo, message, posted, status, wire } from './echo.ts';

interface Sent extends Outgoing {
  text: string;
}

for (const kind of ['sqlite', 'postgres'] as const) {
  void t.test(`the path of a message on ${kind}`, async (t) => {
    async function bot(t: Test, answer: (out: Outgoing, n: number) => Promise<SendResult> | SendResult = (out) => ({ accepted: { refs: [`p-${out.ref}`] } }), options = {}) {
      const sent: Sent[] = [];
      const channel = wire((out) => {
        if (out.content.kind === 'text') sent.push({ ...out, text: out.content.text });
        return answer(out, sent.length);
      });
      const made = await createBot({ channel, agent: echo, ...(kind === 'postgres' && { database: await freshDatabase(t) }), ...options });
      t.teardown(() => made.close());
      return { bot: made, sent };
    }
    const statuses = async (b: Bot) => (await b.all<{ status: string }>("select status from message where author <> 'contact' order by conversation_id, seq")).map((r) => r.status);

    await t.test('a message is answered once, in its conversation, and marked sent', async (t) => {
      const { bot: b, sent } = await bot(t);
      t.match(await b.deliver(posted(message('628111', 'halo'))), { accepted: String });
      await b.quiet();
      t.match(sent, [{ text: 'echo: halo', account: '100', to: { identities: [{ kind: 'phone', value: '628111' }] } }]);
      t.same(await statuses(b), ['sent']);
      const [conversation] = await b.all<Record<string, unknown>>('select * from conversation');
      t.match(conversation, { last_seq: 2, turn_seq: 1, unread: 1, last_text: 'echo: halo', last_status: 'sent', state: 'open' });
      t.same(await b.all('select id from job'), [], 'nothing is left to do');
      t.match(await b.all('select state, events from delivery'), [{ state: 'processed', events: 1 }]);
    });

    await t.test('the same event delivered five times, alone and in parallel, is answered once', async (t) => {
      const { bot: b, sent } = await bot(t);
      const twice = posted(message('628111', 'halo', { id: 'same' }));
      await b.deliver(twice);
      await b.quiet();
      await Promise.all(Array.from({ length: 50 }, () => b.deliver(twice)));
      await b.quiet();
      t.equal(sent.length, 1);
      t.match(await b.all('select count(*) as n from delivery'), [{ n: 51 }]);
    });

    await t.test('a wrong secret is refused and nothing of it is stored', async (t) => {
      const { bot: b } = await bot(t);
      t.match(await b.deliver({ headers: { 'x-secret': 'no' }, body: '[]' }), { refused: 'wrong-secret' });
      t.match(await b.all('select count(*) as n from delivery'), [{ n: 0 }]);
    });

    await t.test('a delivery that cannot be parsed is a failed row that others do not notice', async (t) => {
      const { bot: b, sent } = await bot(t);
      await Promise.all([b.deliver({ headers: posted().headers, body: '{nonsense' }), b.deliver(posted(message('1', 'a'))), b.deliver(posted(message('2', 'b')))]);
      await b.quiet();
      t.equal(sent.length, 2);
      t.match(await b.all("select reason from delivery where state = 'failed'"), [{ reason: /JSON/ }]);
    });

    await t.test('two hundred messages of fifty senders are answered in each sender’s order', async (t) => {
      const { bot: b, sent } = await bot(t);
      for (let n = 0; n < 200; n += 10) await Promise.all(Array.from({ length: 10 }, (_, k) => b.deliver(posted(message(`s${(n + k) % 50}`, String(n + k))))));
      await b.quiet();
      t.equal(sent.length, 200);
      const of = new Map<string, number[]>();
      for (const out of sent) {
        const who = out.to.identities[0]?.value ?? '';
        of.set(who, [...(of.get(who) ?? []), Number(out.text.slice(6))]);
      }
      for (const [who, numbers] of of) t.same(numbers, numbers.toSorted((a, b) => a - b), who);
    });

    await t.test('what a contact writes while the agent thinks is joined into the next turn', async (t) => {
      const turns: string[][] = [];
      let think: () => void = () => {};
      const slow = { ...echo, respond: async (turn: Parameters<typeof echo.respond>[0]) => {
        turns.push(turn.messages.map((m) => m.text));
        if (turns.length === 1) await new Promise<void>((resolve) => (think = resolve));
        return { messages: [{ kind: 'text' as const, text: turn.messages.map((m) => m.text).join('+') }], why: '' };
      } };
      const { bot: b, sent } = await bot(t, undefined, { agent: slow });
      await b.deliver(posted(message('1', 'a')));
      while (turns.length === 0) await new Promise((resolve) => setImmediate(resolve));
      await b.deliver(posted(message('1', 'b')));
      await b.deliver(posted(message('1', 'c')));
      while (b.runtime.commit.waiting > 0 || (await b.all('select id from message')).length < 3) await new Promise((resolve) => setImmediate(resolve));
      think();
      await b.quiet();
      t.same(turns, [['a'], ['b', 'c']]);
      t.same(sent.map((s) => s.text), ['a', 'b+c']);
    });

    await t.test('a message that was not sent is tried again until it is', async (t) => {
      const { bot: b, sent } = await bot(t, (_, n) => {
        if (n === 1) throw new NotSent('refused');
        if (n === 2) return { retry: { code: '429', said: 'slow down', afterMs: 5_000, scope: 'number' } };
        return { accepted: { refs: ['x'] } };
      });
      await b.deliver(posted(message('1', 'a')));
      await b.quiet();
      t.same(await statuses(b), ['queued']);
      await b.pass(1_100);
      t.equal(sent.length, 2);
      await b.pass(4_000);
      t.equal(sent.length, 2, 'the provider’s waiting time is kept');
      await b.pass(1_100);
      t.same([sent.length, await statuses(b)], [3, ['sent']]);
      t.match(await b.all('select outcome from attempt order by id'), [{ outcome: 'not-sent' }, { outcome: 'retry' }]);
    });

    await t.test('silence makes a message unknown; what is behind it waits; a receipt settles it', async (t) => {
      const { bot: b, sent } = await bot(t, (out, n) => {
        if (n === 1) throw new Silence('no answer');
        return { accepted: { refs: [`p-${out.ref}`] } };
      });
      await b.deliver(posted(message('1', 'a')));
      await b.quiet();
      t.same(await statuses(b), ['unknown']);
      await b.deliver(posted(message('1', 'b')));
      await b.quiet();
      t.equal(sent.length, 1, 'order is kept');
      await b.deliver(posted(status(['wamid.1'], 'delivered', { ref: sent[0]?.ref ?? '' })));
      await b.quiet();
      t.same(await statuses(b), ['delivered', 'sent']);
      t.same(sent.map((s) => s.text), ['echo: a', 'echo: b'], 'nothing was sent twice');
    });

    await t.test('an unknown reply of an agent that no receipt settles is sent again after the waiting time', async (t) => {
      const { bot: b, sent } = await bot(t, (_, n) => {
        if (n === 1) throw new Silence('no answer');
        return { accepted: { refs: ['x'] } };
      });
      await b.deliver(posted(message('1', 'a')));
      await b.quiet();
      await b.pass(29_000);
      t.equal(sent.length, 1);
      await b.pass(2_000);
      t.same([sent.length, await statuses(b)], [2, ['sent']]);
    });

    await t.test('a channel that can ask the provider settles an unknown message by asking', async (t) => {
      const asked: string[] = [];
      let sends = 0;
      const channel = {
        ...wire(() => {
          sends++;
          throw new Silence('no answer');
        }),
        find: async (out: Outgoing): Promise<SendResult | undefined> => {
          asked.push(out.ref);
          return { accepted: { refs: ['found'] } };
        },
      };
      const b = await createBot({ channel, agent: echo, ...(kind === 'postgres' && { database: await freshDatabase(t) }) });
      t.teardown(() => b.close());
      await b.deliver(posted(message('1', 'a')));
      await b.quiet();
      t.same([asked.length, await statuses(b)], [0, ['unknown']], 'not before the waiting time is over');
      await b.pass(31_000);
      t.same([sends, asked.length, await statuses(b)], [1, 1, ['sent']]);
    });

    await t.test('a person’s message that nobody confirmed is never sent again by itself; operators are told', async (t) => {
      const { bot: b, sent } = await bot(t, (_, n) => {
        if (n === 2) throw new Silence('no answer');
        return { accepted: { refs: [`x${n}`] } };
      }, { notifiers: [notifications] });
      await b.deliver(posted(message('1', 'a')));
      await b.quiet();
      const [conversation] = await b.all<{ id: string }>('select id from conversation');
      const writing: Writing = { tenantId: b.ids.tenant, conversationId: conversation?.id ?? '', author: 'person', authorId: uuid(), contents: [{ kind: 'text', text: 'hello' }], key: 'k1', purpose: 'conversation' };
      const first = await write(b.runtime, writing);
      await b.quiet();
      t.same(await write(b.runtime, writing), first, 'the same key is the same message');
      for (let n = 0; n < 3; n++) await b.pass(40_000);
      t.same([sent.length, await statuses(b)], [2, ['sent', 'unknown']]);
      t.match(await b.all('select kind, conversation_id from alert'), [{ kind: 'failure', conversation_id: conversation?.id ?? '' }]);
      await b.deliver(posted(message('1', 'b')));
      await b.quiet();
      t.equal(sent.length, 2, 'the agent is silent after a person’s reply');
    });

    await t.test('what an agent answered before a stop goes out at the start', async (t) => {
      let stop: () => Promise<unknown> = async () => {};
      const { bot: b, sent } = await bot(t, undefined, { agent: { ...echo, respond: async (...given: Parameters<typeof echo.respond>) => { await stop(); return echo.respond(...given); } } });
      const set = async (active: boolean) => {
        await b.db.write((sql) => sql.run('update number set active = ? where id = ?', [active, b.ids.number]));
        await b.runtime.directory.reload();
      };
      stop = () => set(false);
      await b.deliver(posted(message('1', 'a')));
      await b.quiet();
      t.same([sent.length, await statuses(b)], [0, ['queued']]);
      await set(true);
      await startWhatRuns(b.runtime);
      await b.quiet();
      t.same([sent.length, await statuses(b)], [1, ['sent']]);
    });

    await t.test('a provider that swallows an agent’s reply three times gets no fourth; operators are told', async (t) => {
      const { bot: b, sent } = await bot(t, () => {
        throw new Silence('no answer');
      }, { notifiers: [notifications] });
      await b.deliver(posted(message('1', 'a')));
      await b.quiet();
      for (let n = 0; n < 8; n++) await b.pass(31_000);
      t.same([sent.length, await statuses(b)], [3, ['unknown']]);
      t.match(await b.all('select kind from alert'), [{ kind: 'failure' }]);
      t.same(await b.all('select id from job'), []);
    });

    await t.test('receipts that come early, late, twice and in reverse order end in the best status', async (t) => {
      const { bot: b } = await bot(t, async (out) => {
        await b.deliver(posted(status(['early'], 'read')));
        await new Promise((resolve) => setTimeout(resolve, 30));
        return { accepted: { refs: [out.content.kind === 'text' && out.content.text === 'echo: a' ? 'early' : 'late'] } };
      });
      await b.deliver(posted(message('1', 'a')));
      await b.quiet();
      t.same(await statuses(b), ['read'], 'a receipt before the provider’s own answer is not lost');
      await b.deliver(posted(message('1', 'b')));
      await b.quiet();
      await b.deliver(posted(status(['late'], 'read'), status(['late'], 'delivered'), status(['late'], 'sent')));
      await b.deliver(posted(status(['late'], 'read')));
      await b.quiet();
      t.same(await statuses(b), ['read', 'read']);
      t.match(await b.all("select count(*) as n from receipt where ref = 'late'"), [{ n: 3 }]);
    });

    await t.test('a provider that refuses the connection stops it, and the message waits for Start', async (t) => {
      const { bot: b, sent } = await bot(t, (_, n) => (n === 1 ? { rejected: { code: '190', said: 'token expired', scope: 'connection' } } : { accepted: { refs: ['x'] } }));
      await b.deliver(posted(message('1', 'a')));
      await b.quiet();
      t.match(await b.all('select state, state_reason from connection'), [{ state: 'error', state_reason: 'token expired' }]);
      t.same(await statuses(b), ['queued']);
      await b.deliver(posted(message('1', 'b')));
      await b.pass(60_000);
      t.equal(sent.length, 1, 'nothing is sent over it meanwhile');
    });

    await t.test('an agent that throws is asked five times, then buried and shown; others go on', async (t) => {
      let asked = 0;
      const poison = { ...echo, respond: async (turn: Parameters<typeof echo.respond>[0], ctx: Parameters<typeof echo.respond>[1]) => {
        if (turn.messages.some((m) => m.text === 'poison')) {
          asked++;
          throw new Error('it hurts');
        }
        return echo.respond(turn, ctx);
      } };
      const { bot: b, sent } = await bot(t, undefined, { agent: poison });
      await b.deliver(posted(message('1', 'poison'), message('2', 'fine')));
      await b.quiet();
      for (let n = 0; n < 6; n++) await b.pass(20_000);
      t.equal(asked, 5);
      t.match(await b.all('select error, attempts from job where buried_at is not null'), [{ error: 'it hurts', attempts: 5 }]);
      await b.deliver(posted(message('1', 'again')));
      await b.quiet();
      t.same(sent.map((s) => s.text).toSorted(), ['echo: again', 'echo: fine']);
    });

    await t.test('a reply that is no reply costs a try like any failure: five, then it is buried and people are told', async (t) => {
      for (const odd of [{ messages: [{ kind: 'nope' }], why: 7 }, { messages: [], why: '', state: { n: 10n } }, { messages: 'hi', why: '' }, undefined, { messages: [{ kind: 'text' }], why: '' }]) {
        let asked = 0;
        const broken = { ...echo, respond: async (turn: Parameters<typeof echo.respond>[0], ctx: Parameters<typeof echo.respond>[1]) => {
          if (turn.messages[0]?.text !== 'odd') return echo.respond(turn, ctx);
          asked++;
          // A plugin in JavaScript may return anything.
          return odd as unknown as ReturnType<typeof echo.respond>;
        } };
        const { bot: b, sent } = await bot(t, undefined, { agent: broken, notifiers: [notifications] });
        await b.deliver(posted(message('1', 'odd'), message('1', 'fine')));
        await b.quiet();
        for (let n = 0; n < 6; n++) await b.pass(20_000);
        t.equal(asked, 5, String(odd?.why));
        t.match(await b.all('select count(*) as n from job where buried_at is not null'), [{ n: 1 }]);
        t.match(await b.all('select kind from alert'), [{ kind: 'failure' }]);
        t.same(sent.map((s) => s.text), ['echo: fine'], 'its neighbour is answered');
      }
    });

    await t.test('what an agent says in any characters is sent in those that can be kept', async (t) => {
      const nul = { ...echo, respond: async () => ({ messages: [{ kind: 'text' as const, text: 'a\u0000b\ud800' }], why: 'nul\u0000' }) };
      const { bot: b, sent } = await bot(t, undefined, { agent: nul });
      await b.deliver(posted(message('1', 'x')));
      await b.quiet();
      t.same(sent.map((s) => s.text), ['a\uFFFDb\uFFFD']);
    });

    await t.test('an agent that never returns is given up after its time', async (t) => {
      const never = { ...echo, respond: () => new Promise<never>(() => {}) };
      const { bot: b } = await bot(t, undefined, { agent: never, options: { turnMs: 50 } });
      await b.deliver(posted(message('1', 'a')));
      await b.quiet();
      t.match(await b.all('select attempts, error from job'), [{ attempts: 1, error: /did not answer/ }]);
    });

    await t.test('a text of any characters is kept and answered', async (t) => {
      const { bot: b, sent } = await bot(t);
      await b.deliver(posted(message('1', 'a\u0000b\ud800c "quoted" \\ {x,NULL} é')));
      await b.quiet();
      t.same(sent.map((s) => s.text), ['echo: a\uFFFDb\uFFFDc "quoted" \\ {x,NULL} é']);
    });
  });
}
