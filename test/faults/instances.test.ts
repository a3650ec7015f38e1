import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import BetterSqlite from 'better-sqlite3';
import t from 'tap';
import { freshDatabase } from '../postgres.ts';
import { freePort, launch } from './product.ts';
import { createScene } from './scene.ts';

const cli = join(import.meta.dirname, '..', '..', 'core', 'cli.ts');

void t.test('a second process on the same SQLite data refuses in words; a backup beside the first works', async (t) => {
  const scene = await createScene();
  t.teardown(() => scene.end());
  const first = await scene.start();
  const load = scene.customers.write(100);
  const second = launch(scene.config, { env: { PORT: String(await freePort()) } });
  t.same(await second.ended, { code: 1, signal: null });
  const said = second.lines.find(({ level }) => level === 'fatal');
  t.match(said, { code: 'DATABASE_IN_USE', msg: /Another Switchboard is running on .*DATA_DIR.*PostgreSQL/ });
  t.same(second.raw, [], 'without a stack');
  const copy = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, [cli, 'backup'], { env: { PATH: process.env['PATH'], SWITCHBOARD_CONFIG: scene.config } }, (error, stdout) => (error ? reject(error) : resolve(stdout.trim())));
  });
  const opened = new BetterSqlite(copy, { readonly: true });
  t.same(opened.pragma('integrity_check'), [{ integrity_check: 'ok' }]);
  t.match(opened.prepare('select count(*) as n from number').get(), { n: 1 });
  opened.close();
  load.stop();
  t.ok(first.running());
  const { lost, twice } = await scene.settle();
  t.same({ lost, twice }, { lost: [], twice: [] }, 'and the first never noticed');
});

void t.test('two processes on one PostgreSQL share the load; one is killed and the other goes on: none lost, none twice, in order', async (t) => {
  const scene = await createScene({ databaseUrl: await freshDatabase(t), thinks: { ms: 1_500 } });
  t.teardown(() => scene.end());
  const port = await freePort();
  const [first, second] = await Promise.all([scene.start(), scene.start({ env: { PORT: String(port) } })]);
  t.not(first.url, second.url);
  scene.customers.setUrls(first.webhook, second.webhook);
  const load = scene.customers.write(500);
  await pause(6_000);
  t.comment('both have the load; now one is killed');
  second.kill('SIGKILL');
  await second.ended;
  scene.customers.setUrls(first.webhook);
  await pause(2_000);
  load.stop();
  const { lost, twice, outOfOrder, strange, unknown, written } = await scene.settle();
  t.comment(`written ${written} · lost ${lost.length} · twice ${twice.length} · unknown ${unknown} · out of order ${outOfOrder.length}`);
  t.ok(written > 500, 'there was a load');
  t.same({ lost, twice, outOfOrder, strange, unknown }, { lost: [], twice: [], outOfOrder: [], strange: [], unknown: 0 });
  t.ok(first.running());
  t.same(first.lines.filter(({ level }) => level === 'fatal'), []);
});
