import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import BetterSqlite from 'better-sqlite3';
import t from 'tap';
import { crashPoints } from '../../core/runtime.ts';
import { chance } from '../kit/chance.ts';
import { launch } from './product.ts';
import { createScene } from './scene.ts';
import { seed } from './seed.ts';

const crashing = join(import.meta.dirname, 'crashing.ts');
const cli = join(import.meta.dirname, '..', '..', 'core', 'cli.ts');

void t.test('a process that ends at any named point of the path loses nothing and sends nothing twice', async (t) => {
  const by = chance(seed(t));
  const scene = await createScene({ thinks: { ms: 50 }, emulator: { latencyMs: 3 } });
  t.teardown(() => scene.end());
  const load = scene.customers.write(60);
  // Each start recovers from the end before it, under load, and ends at the next point.
  for (const point of crashPoints) {
    const nth = 1 + by.below(20);
    const before = scene.customers.written.size;
    const { signal } = await (await scene.start({ entry: crashing, args: [point, String(nth)] })).ended;
    t.equal(signal, 'SIGKILL', `it ended at ${point}, pass ${nth}, with ${scene.customers.written.size - before} more messages written`);
  }
  await scene.start();
  await pause(300);
  load.stop();
  const { lost, twice, outOfOrder, strange, unknown, written } = await scene.settle();
  t.comment(`written ${written} · lost ${lost.length} · twice ${twice.length} · unknown ${unknown}`);
  t.same({ lost, twice, outOfOrder, strange, unknown }, { lost: [], twice: [], outOfOrder: [], strange: [], unknown: 0 });
});

void t.test('without receipts only the send that was under way at the end may be made twice', async (t) => {
  const scene = await createScene({ limits: { unknownWaitMs: 1_000 }, emulator: { statuses: false } });
  t.teardown(() => scene.end());
  const ended = (await scene.start({ entry: crashing, args: ['after-send', '3'] })).ended;
  const said = scene.customers.say(['one', 'two', 'three'], '628120000002').then(() => scene.customers.say(['four'], '628120000003'));
  const more = scene.customers.say(['five'], '628120000004');
  await Promise.race([ended, pause(20_000).then(() => Promise.reject(new Error('it did not end')))]);
  await scene.start();
  await Promise.all([said, more]);
  const { lost, twice, unknown } = await scene.settle();
  t.same(lost, []);
  t.same(unknown, 0);
  t.ok(twice.length <= 3, `at most what was in flight: ${twice.join(', ')}`);
  t.match(await scene.ledger.all("select outcome, said from attempt where outcome = 'unknown'"), [{ said: /stopped while this message was being sent/ }], 'and it is said of which nobody knew');
});

void t.test('a first start that is killed while it makes the database is completed by the next', async (t) => {
  const by = chance(seed(t));
  const scene = await createScene();
  t.teardown(() => scene.end());
  for (let round = 0; round < 6; round++) {
    const product = launch(scene.config);
    await pause(150 + by.below(1_200));
    product.kill('SIGKILL');
    await product.ended;
  }
  const product = await scene.start();
  await scene.customers.say(['hello']);
  t.same((await scene.settle()).lost, []);
  await product.stop();
  t.equal(await scene.ledger.integrity(), 'ok');
  t.same(await scene.ledger.all('select count(*) as n from tenant'), [{ n: 1 }], 'the installation stands there once');
});

void t.test('a backup that is killed leaves nothing that looks like one, and the next is whole', async (t) => {
  const by = chance(seed(t));
  const scene = await createScene();
  t.teardown(() => scene.end());
  await scene.start();
  const load = scene.customers.write(200);
  const env = { PATH: process.env['PATH'], SWITCHBOARD_CONFIG: scene.config };
  await pause(1_000);
  for (let round = 0; round < 5; round++) {
    const backup = execFile(process.execPath, [cli, 'backup'], { env }, () => {});
    const gone = new Promise((resolve) => backup.once('exit', resolve));
    await pause(200 + by.below(500));
    backup.kill('SIGKILL');
    await gone;
  }
  const said = await new Promise<string>((resolve, reject) => execFile(process.execPath, [cli, 'backup'], { env }, (error, stdout) => (error ? reject(error) : resolve(stdout.trim()))));
  load.stop();
  const folder = join(scene.dataDir, 'backups');
  t.comment(`cut off while it copied: ${readdirSync(folder).filter((name) => name.endsWith('.part')).length}`);
  const copies = readdirSync(folder).filter((name) => name.endsWith('.db'));
  t.ok(copies.some((name) => said.endsWith(name)), said);
  for (const name of copies) {
    const copy = new BetterSqlite(join(folder, name), { readonly: true });
    t.same(copy.pragma('integrity_check'), [{ integrity_check: 'ok' }], name);
    t.match(copy.prepare('select count(*) as n from tenant').get(), { n: 1 }, `${name} holds the installation`);
    copy.close();
  }
  t.same((await scene.settle()).lost, []);
});
