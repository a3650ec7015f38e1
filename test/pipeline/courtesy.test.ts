/** Typing and read marks: they are shown where a channel knows them, and nothing ever waits for them or fails because of them. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Channel, Heard } from '#plugin';
import { markSeen } from '../../core/pipeline/courtesy.ts';
import { until } from '../until.ts';
import { onBoth } from './both.ts';
import { echo, message, posted } from './echo.ts';

function noticing(more: () => Promise<void> = async () => {}) {
  const noticed: { what: string; heard: Heard }[] = [];
  const note = (what: string) => async (heard: Heard) => {
    noticed.push({ what, heard });
    await more();
  };
  return { noticed, channel: { typing: note('typing'), markRead: note('markRead') } satisfies Partial<Channel> };
}

onBoth('courtesies', async (t, make) => {
  await t.test('what an agent answered is marked as read; an agent that takes its time is seen to type', async (t) => {
    const { noticed, channel } = noticing();
    const { b } = await make({ channel, bot: { agent: { ...echo, respond: async (...given: Parameters<typeof echo.respond>) => {
      if (given[0].messages.some((m) => m.text === 'hard')) await until('it is seen to type', () => noticed.some(({ what }) => what === 'typing'));
      return echo.respond(...given);
    } } } });
    await b.deliver(posted(message('1', 'easy', { id: 'in-easy' })));
    await b.quiet();
    await until('the channel is told', () => noticed.length > 0);
    t.match(noticed, [{ what: 'markRead', heard: { account: '100', ref: 'in-easy', from: [{ kind: 'phone', value: '1' }] } }]);
    t.equal(noticed.length, 1, 'nobody types for a moment');
    await b.deliver(posted(message('1', 'hard', { id: 'in-hard' })));
    await b.quiet();
    await until('both are told', () => noticed.length > 2);
    t.match(noticed.slice(1), [{ what: 'typing', heard: { ref: 'in-hard' } }, { what: 'markRead', heard: { ref: 'in-hard' } }]);
  });

  await t.test('a person who opens a conversation marks it as read', async (t) => {
    const { noticed, channel } = noticing();
    const { b } = await make({ channel });
    await b.db.write((sql) => sql.run('delete from binding'));
    await b.runtime.directory.reload();
    await b.deliver(posted(message('1', 'hi', { id: 'in-hi' })));
    await b.quiet();
    t.same(noticed, []);
    const [conversation] = await b.all<{ id: string }>('select id from conversation');
    markSeen(b.runtime, conversation?.id ?? '');
    await until('the channel is told', () => noticed.length > 0);
    t.match(noticed, [{ what: 'markRead', heard: { ref: 'in-hi' } }]);
    await b.db.write((sql) => sql.run("update connection set state = 'stopped'"));
    await b.runtime.directory.reload();
    markSeen(b.runtime, conversation?.id ?? '');
    await pause(50);
    t.equal(noticed.length, 1, 'nothing is said over a connection that is stopped');
  });

  await t.test('one that fails or never returns holds up nothing', async (t) => {
    for (const more of [() => Promise.reject(new Error('no')), () => new Promise<void>(() => {})]) {
      const { noticed, channel } = noticing(more);
      const { b, sent } = await make({ channel });
      await b.deliver(posted(message('1', 'a')));
      await b.quiet();
      await until('the channel is told', () => noticed.length > 0);
      await b.deliver(posted(message('1', 'b')));
      await b.quiet();
      t.equal(sent.length, 2);
    }
  });
});
