/** Who goes first where several wait for the next commit. */
import t from 'tap';
import { createCommit, type Step } from '../../core/db/commit.ts';
import { openSqlite } from '../../core/db/open.ts';

async function committer(t: { teardown(end: () => Promise<void>): void }) {
  const db = await openSqlite(':memory:', { entities: false });
  t.teardown(() => db.close());
  await db.write((sql) => sql.run('create table written (n integer)'));
  const writes: string[] = [];
  const step = (name: string, urgent?: true): Step<number, number> => ({
    name,
    patienceMs: Infinity,
    ...(urgent && { urgent }),
    async write(sql, items) {
      writes.push(name);
      await sql.insert('written', ['n'], items.map((n) => [n]));
      return items;
    },
  });
  return { commit: createCommit(db), webhooks: step('webhooks', true), replies: step('replies'), writes };
}

void t.test('a crowd of webhooks is answered several times for each slice of what may wait, which goes on all the same, in its order', async (t) => {
  const { commit, webhooks, replies, writes } = await committer(t);
  let crowded = true;
  // Each comes again as soon as it was answered, as from so many connections.
  const crowd = Promise.all(Array.from({ length: 8 }, async (_, n) => {
    for (; crowded; n++) await commit.add(webhooks, n);
  }));
  const written: number[] = [];
  const rest = Array.from({ length: 4_000 }, async (_, n) => written.push(await commit.add(replies, n)));
  await Promise.all(rest.slice(0, 300));
  const turns = { webhooks: writes.filter((name) => name === 'webhooks').length, replies: writes.filter((name) => name === 'replies').length };
  t.ok(turns.replies > 1 && turns.webhooks > turns.replies * 2, JSON.stringify(turns));
  crowded = false;
  await Promise.all([crowd, ...rest]);
  t.same(written, written.toSorted((a, b) => a - b), 'none was passed by another');
  t.equal(written.length, 4_000);
});

void t.test('one who writes now and then waits for one slice at most, and the rest for one of them', async (t) => {
  const { commit, webhooks, replies, writes } = await committer(t);
  const rest = Array.from({ length: 4_000 }, (_, n) => commit.add(replies, n));
  for (let n = 0; n < 5; n++) await commit.add(webhooks, n);
  t.notMatch(writes.join(), /webhooks,webhooks/, 'a single one is no crowd');
  t.equal(writes.filter((name) => name === 'webhooks').length, 5);
  t.notMatch(writes.join(), /replies,replies,replies/, 'and is not kept waiting');
  await Promise.all(rest);
});
