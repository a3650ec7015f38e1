/** The picture of connections, numbers and agents, where it is read while somebody changes them. */
import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { createDirectory, type DirectoryParts } from '../../core/directory.ts';
import { uuid } from '../../core/ids.ts';
import { createBot } from '../kit/bot.ts';
import { connectTo, freshDatabase } from '../postgres.ts';
import { way } from '../way.ts';
import { echo, wire } from './echo.ts';

const channel = wire((out) => ({ accepted: { refs: [`p-${out.ref}`] } }));

void t.test('a picture that was begun earlier and took longer does not replace a newer one: a number that was switched off stays so', async (t) => {
  const b = await createBot({ channel, agent: echo });
  t.teardown(() => b.close());
  const parts: DirectoryParts = { channel: () => channel, agent: () => echo, connectionSettings: () => ({}), agentSettings: () => ({}), connectionContext: () => Object.create(null), agentContext: () => Object.create(null) };
  const answers: PromiseWithResolvers<void>[] = [];
  let slow = false;
  const directory = await createDirectory({ ...b.db, snapshot: async (work) => {
    const rows = await b.db.snapshot(work);
    if (slow) {
      const answer = Promise.withResolvers<void>();
      answers.push(answer);
      await answer.promise;
    }
    return rows;
  } }, parts);
  slow = true;
  const earlier = directory.reload();
  while (answers.length === 0) await pause(1);
  await b.db.write((sql) => sql.run('update number set active = ?', [false]));
  const later = directory.reload();
  const sharing = directory.reload();
  slow = false;
  await pause(5);
  for (const { resolve } of answers.toReversed()) {
    resolve();
    await pause(5);
  }
  await Promise.all([earlier, later, sharing]);
  t.equal(directory.number(b.ids.number)?.active, false);
  t.equal(answers.length, 1);
});

void t.test('an agent whose new version is published while the picture is drawn has one version or the other, not none', async (t) => {
  const database = await freshDatabase(t);
  const b = await createBot({ channel, agent: echo, database });
  t.teardown(() => b.close());
  const admin = await connectTo(t, database);
  await admin.query('begin');
  await admin.query('lock table agent_version in access exclusive mode');
  const reloaded = b.runtime.directory.reload();
  for (;;) {
    const { rows } = await admin.query("select 1 from pg_locks where not granted and relation = 'agent_version'::regclass");
    if (rows.length > 0) break;
  }
  const version = uuid();
  await admin.query('insert into agent_version (id, tenant_id, agent_id, ordinal, settings, created_at) select $1, tenant_id, id, 2, $2, 0 from agent', [version, '{}']);
  await admin.query('update agent set published_id = $1', [version]);
  await admin.query('commit');
  await reloaded;
  t.equal(b.runtime.directory.agent(b.ids.agent)?.versions.published?.ordinal, 1);
  await b.runtime.directory.reload();
  t.equal(b.runtime.directory.agent(b.ids.agent)?.versions.published?.ordinal, 2);
});

void t.test('a picture that could not be drawn while the database was away is drawn when it is back, though nobody asks again', async (t) => {
  const database = await freshDatabase(t);
  const to = await way(t, database);
  const b = await createBot({ channel, agent: echo, database: to.url });
  t.teardown(() => b.close());
  const admin = await connectTo(t, database);
  await admin.query('update number set active = false');
  to.cut();
  await t.rejects(b.runtime.directory.reload(), { code: 'STORAGE_BUSY' });
  t.equal(b.runtime.directory.number(b.ids.number)?.active, true);
  to.at.cut = false;
  while (b.runtime.directory.number(b.ids.number)?.active) await pause(20);
});
