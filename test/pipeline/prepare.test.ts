/** What must be at the provider before a message: when it is got ready, and what becomes of it. */
import type { Json, SendResult } from '#plugin';
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
