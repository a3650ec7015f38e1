/** The system's clock is set while work waits. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import type { SendResult } from '#plugin';
import { Silence } from '../../core/errors.ts';
import { createBot } from '../kit/bot.ts';
import { freshDatabase } from '../postgres.ts';
import { onBoth } from './both.ts';
import { echo, message, posted, wire } from './echo.ts';

const hour = 3_600_000;
/** So little that a start would not notice: only who was running when it was set can. */
const minutes = 240_000;

onBoth('a clock that is set', async (t, make) => {
  await t.test('back by minutes delays nothing: a send that waits for its next try, and one that waits for certainty, go on when their time is over', async (t) => {
    let n = 0;
    const { b, sent } = await make({ answer: (out) => {
      n++;
      if (n === 1) return { retry: { code: '500', said: 'ours', scope: 'pair', afterMs: 5_000 } };
      if (n === 2) throw new Silence('no answer');
      return { accepted: { refs: [`p-${out.ref}`] } };
    } });
    await b.deliver(posted(message('1', 'tried again')));
    await b.quiet();
    await b.deliver(posted(message('2', 'unknown')));
    await b.quiet();
    t.match(await b.all("select status from message where author = 'agent' order by id"), [{ status: 'queued' }, { status: 'unknown' }]);
    b.setClock(-minutes);
    const late = () => b.db.read((sql) => sql.all('select key from lane where ready_at > ?', [b.runtime.clock.now() + minutes / 2]));
    while ((await late()).length > 0) await pause(20);
    await b.pass(6_000);
    t.equal(sent.length, 3);
    await b.pass(31_000);
    t.match(await b.all("select status from message where author = 'agent' order by id"), [{ status: 'sent' }, { status: 'sent' }]);
    t.same(await b.all('select id from job'), []);
  });

  await t.test('forward by an hour sends nothing again that a receipt may still tell of', async (t) => {
    const { b, sent } = await make({ answer: () => { throw new Silence('no answer'); } });
    await b.deliver(posted(message('1', 'a')));
    await b.quiet();
    b.setClock(hour);
    await b.quiet();
    t.equal(sent.length, 1);
    await b.pass(29_000);
    t.equal(sent.length, 1);
    await b.pass(2_000);
    t.equal(sent.length, 2);
  });
});

for (const kind of ['sqlite', 'postgres'] as const) {
  void t.test(`a clock that was set back while nobody ran delays nothing that was written down before (${kind})`, async (t) => {
    const database = kind === 'postgres' ? await freshDatabase(t) : join(t.testdir(), 'switchboard.db');
    const answers: SendResult[] = [{ retry: { code: '500', said: 'ours', scope: 'pair', afterMs: 5_000 } }, { accepted: { refs: ['p'] } }];
    const channel = wire(() => answers.shift() ?? { accepted: { refs: ['another'] } });
    const before = await createBot({ channel, agent: echo, database });
    await before.deliver(posted(message('1', 'a')));
    await before.quiet();
    await before.worker.stop(5_000);
    await before.db.close();
    const b = await createBot({ channel, agent: echo, database, joins: { ...before, began: before.began - hour } });
    t.teardown(() => b.close());
    while ((await b.all<{ ready_at: number }>('select ready_at from job')).some(({ ready_at }) => ready_at > b.runtime.clock.now() + hour / 2)) await pause(20);
    await b.pass(6_000);
    t.match(await b.all("select status, provider_ref from message where author = 'agent'"), [{ status: 'sent', provider_ref: 'p' }]);
  });
}
