/** What must be at the provider before a message: when it is got ready, and what becomes of it. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Json, Outgoing, SendResult } from '#plugin';
import { startWhatRuns } from '../../core/queue/worker.ts';
import { onBoth } from './both.ts';
import { message, posted } from './echo.ts';

onBoth('what was prepared on a connection that the provider refuses is prepared anew when it is mended', async (t, make) => {
  let dead = true;
  let prepared = 0;
  const given: (Json | undefined)[] = [];
  const { b } = await make({ channel: {
    prepare: async () => (prepared++, dead ? { rejected: 'token' } : { file: 'uploaded' }),
    async send(_out, file): Promise<SendResult> {
      given.push(file);
      return dead ? { rejected: { code: '190', said: 'The token ended.', scope: 'connection' } } : { accepted: { refs: ['p-1'] } };
    },
  } });
  await b.deliver(posted(message('1', 'a')));
  await b.quiet();
  t.match(await b.all("select status, prepared from message where author = 'agent'"), [{ status: 'queued', prepared: null }]);
  t.match(await b.all('select state from connection'), [{ state: 'error' }]);
  dead = false;
  await b.db.write((sql) => sql.run("update connection set state = 'running'"));
  await b.runtime.directory.reload();
  await startWhatRuns(b.runtime);
  await b.quiet();
  t.match(await b.all("select status from message where author = 'agent'"), [{ status: 'sent' }]);
  t.strictSame(given, [{ rejected: 'token' }, { file: 'uploaded' }]);
  t.equal(prepared, 2);
});

onBoth('files that are slow to go up hold up no text on their connection, and go up a few at a time', async (t, make) => {
  let inside = 0;
  let most = 0;
  let open = () => {};
  const slow = new Promise<void>((resolve) => (open = resolve));
  const isSlow = ({ content }: Outgoing) => content.kind === 'text' && content.text !== 'echo: text';
  const { b, sent } = await make({ bot: { options: { sendsAtOnce: 4 } }, channel: {
    prepares: (content) => content.kind === 'text' && content.text !== 'echo: text',
    async prepare(out) {
      if (!isSlow(out)) return null;
      most = Math.max(most, ++inside);
      await slow;
      inside--;
      return 'uploaded';
    },
  } });
  await b.deliver(posted(...Array.from({ length: 8 }, (_, n) => message(`slow-${n}`, 'file'))));
  while (inside < 4) await pause(1);
  await b.deliver(posted(message('quick', 'text')));
  while (sent.length === 0) await pause(1);
  t.match(sent, [{ content: { text: 'echo: text' } }], 'it went at once');
  t.equal(inside, 4, 'while they still go up');
  open();
  await b.quiet();
  t.equal(most, 4);
  t.equal(sent.length, 9, 'and all arrive');
  t.match(await b.all("select distinct status from message where author = 'agent'"), [{ status: 'sent' }]);
});

onBoth('where files go up for long and as many wait, a further one is put off with nothing lost', async (t, make) => {
  let inside = 0;
  let open = () => {};
  const slow = new Promise<void>((resolve) => (open = resolve));
  const { b, sent } = await make({ channel: {
    async prepare() {
      inside++;
      await slow;
      return 'uploaded';
    },
  } });
  await b.deliver(posted(...Array.from({ length: 8 }, (_, n) => message(`slow-${n}`, 'file'))));
  const written = () => b.all("select id from message where author = 'agent'");
  while (inside < 4 || b.worker.running !== 8 || (await written()).length < 8) await pause(1);
  await b.runtime.commit.idle();
  // What was committed goes on to its place.
  await pause(10);
  const { now } = performance;
  t.teardown(() => (performance.now = now));
  performance.now = () => now.call(performance) + 2_100;
  await b.deliver(posted(message('ninth', 'file')));
  const putOff = () => b.all(`select key from lane where key like 'conversation:%' and locked_until = 0 and ready_at > ${b.runtime.clock.now() + 1_000}`);
  while ((await putOff()).length === 0) await pause(1);
  t.equal(inside, 4);
  open();
  await b.quiet();
  t.equal(sent.length, 8);
  await b.pass(10_000);
  t.equal(sent.length, 9, 'it came to its turn later');
});
