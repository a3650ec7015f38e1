/** What happens to a message afterwards is seen on the message, once, and never by those who answer instead. */
import type { Event } from '#plugin';
import { replay } from '../../core/pipeline/process.ts';
import type { Bot } from '../kit/bot.ts';
import { onBoth } from './both.ts';
import { echo, message, posted } from './echo.ts';

const from = [{ kind: 'phone' as const, value: '1' }];
let n = 0;
function change(of: string, what: 'edit' | 'revoke' | 'reaction', more: { text?: string; emoji?: string; at?: number; id?: string } = {}): Event {
  const { text, emoji, at = Date.now(), id = `change-${++n}` } = more;
  return { kind: 'change', id, account: '100', at, from, of, change: what, ...(text !== undefined && { content: { kind: 'text', text } }), ...(emoji !== undefined && { emoji }) };
}
const messages = async (b: Bot) =>
  (await b.all<{ kind: string; author: string; text: string; content: string; changes: string | null }>('select kind, author, text, content, changes from message order by conversation_id, seq'))
    .map((m) => ({ ...m, content: JSON.parse(m.content), changes: m.changes === null ? null : JSON.parse(m.changes) }));

onBoth('changes', async (t, make) => {
  await t.test('a reaction stands on the message that it is about, ours or theirs, and goes when it is taken away', async (t) => {
    const { b, sent } = await make();
    await b.deliver(posted(message('1', 'hi', { id: 'in-hi' })));
    await b.quiet();
    await b.deliver(posted(change('in-hi', 'reaction', { emoji: '👍', at: 1_000_000 }), change(`p-${sent[0]?.ref}`, 'reaction', { emoji: '🙏', at: 1_000_000 })));
    await b.quiet();
    t.match(await messages(b), [{ author: 'contact', changes: { reactions: { contact: { emoji: '👍', at: 1_000_000 } } } }, { author: 'agent', changes: { reactions: { contact: { emoji: '🙏' } } } }]);
    t.match(await b.all('select unread, last_text from conversation'), [{ unread: 1, last_text: 'echo: hi' }]);
    await b.deliver(posted(change('in-hi', 'reaction', { at: 2_000_000 })));
    await b.deliver(posted(change('in-hi', 'reaction', { emoji: '👎', at: 1_500_000 })));
    await b.quiet();
    t.same((await messages(b)).length, 2, 'no row of its own');
    t.equal(sent.length, 1, 'nobody answers a reaction');
  });

  await t.test('a reaction that was taken away does not come back by a replay', async (t) => {
    const { b } = await make();
    await b.deliver(posted(message('1', 'hi', { id: 'in-hi' })));
    const reaction = posted(change('in-hi', 'reaction', { emoji: '👍' }));
    await b.deliver(reaction);
    await b.deliver(posted(change('in-hi', 'reaction')));
    await b.deliver(reaction);
    await b.quiet();
    t.same((await messages(b))[0]?.changes, { reactions: {} });
  });

  await t.test('an edit changes the text and keeps what it was first; an older edit changes nothing', async (t) => {
    const { b } = await make();
    await b.deliver(posted(message('1', 'one', { id: 'in-1' })));
    await b.quiet();
    await b.deliver(posted(change('in-1', 'edit', { text: 'two', at: 2_000 })));
    await b.deliver(posted(change('in-1', 'edit', { text: 'three', at: 3_000 }), change('in-1', 'edit', { text: 'late', at: 2_500 })));
    await b.quiet();
    t.match((await messages(b))[0], { text: 'three', content: { kind: 'text', text: 'three' }, changes: { edited: { at: 3_000, was: 'one' } } });
  });

  await t.test('what was taken back before anybody answered is not answered, and an edit in time is what is answered', async (t) => {
    const asked: string[][] = [];
    const { b, sent } = await make({ bot: { agent: { ...echo, respond: async (...given: Parameters<typeof echo.respond>) => {
      asked.push(given[0].messages.map((m) => m.text));
      return echo.respond(...given);
    } } } });
    await b.db.write((sql) => sql.run('update agent set join_ms = 3000'));
    await b.runtime.directory.reload();
    await b.deliver(posted(message('1', 'never mind', { id: 'in-1' }), message('1', 'hte', { id: 'in-2' })));
    await b.deliver(posted(change('in-1', 'revoke'), change('in-2', 'edit', { text: 'the' })));
    await b.quiet();
    await b.pass(4_000);
    t.same(asked, [['the']]);
    t.same(sent.length, 1);
    await b.deliver(posted(message('1', 'oops', { id: 'in-3' })));
    await b.deliver(posted(change('in-3', 'revoke', { at: 5 })));
    await b.quiet();
    await b.pass(4_000);
    t.equal(asked.length, 1);
    t.match((await messages(b)).find((m) => m.text === 'oops'), { changes: { revoked: { at: 5 } } });
    t.same(await b.all('select id from job'), []);
  });

  await t.test('a change of something that is not here, or that is ours, is shown as what it is', async (t) => {
    const { b, sent } = await make();
    await b.deliver(posted(message('1', 'hi')));
    await b.quiet();
    const strange = posted(change('unheard-of', 'reaction', { emoji: '👍' }), change(`p-${sent[0]?.ref}`, 'edit', { text: 'I never said that' }));
    await b.deliver(strange);
    await b.deliver(strange);
    await b.quiet();
    t.match(await messages(b), [{ text: 'hi' }, { text: 'echo: hi', changes: null }, { kind: 'reaction', content: { of: 'unheard-of' } }, { kind: 'edit' }]);
    t.equal(sent.length, 1);
  });

  await t.test('a change of something that is not here, by somebody with only a username, is kept with the reason, and counts once the message is here', async (t) => {
    const { b } = await make();
    const nameless = (id: string, of: string): Event => ({ ...change(of, 'reaction', { emoji: '👍', id }), from: [{ kind: 'username', value: 'ana' }] } as Event);
    await b.deliver(posted(nameless('early', 'in-late'), message('1', 'hi', { id: 'in-hi' })));
    await b.quiet();
    const kept = () => b.all<{ state: string; reason: string | null }>('select state, reason from delivery order by id limit 1');
    t.match(await kept(), [{ state: 'processed', reason: /"nobody"/ }]);
    t.match(await b.all("select kind, payload from provider_event where kind = 'ignored'"), [{ payload: /"nobody"/ }]);
    t.same((await messages(b)).map((m) => m.text), ['hi', 'echo: hi'], 'the rest of the delivery is taken');
    await b.deliver(posted(message('1', 'late', { id: 'in-late' })));
    await b.quiet();
    const [delivery] = await b.all<{ id: string }>('select id from delivery order by id limit 1');
    await b.db.write((sql) => replay(sql, b.ids.tenant, delivery?.id ?? ''));
    b.worker.wake();
    await b.quiet();
    t.match(await kept(), [{ state: 'processed', reason: null }]);
    t.match((await messages(b)).find((m) => m.text === 'late'), { changes: { reactions: { contact: { emoji: '👍' } } } });
  });
});
