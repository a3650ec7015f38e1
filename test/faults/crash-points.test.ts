import { execFile } from 'node:child_process';
import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, readdirSync, readSync } from 'node:fs';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import BetterSqlite from 'better-sqlite3';
import t from 'tap';
import { migrate } from '../../core/db/migrate.ts';
import { openSqlite } from '../../core/db/open.ts';
import { crashPoints } from '../../core/runtime.ts';
import { uuid } from '../../core/ids.ts';
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
    // Work is resumed before the pages are there, so the end may come before it says that it runs.
    const { signal } = await launch(scene.config, { entry: crashing, args: [point, String(nth)] }).ended;
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
  await ended;
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

const firstMigration = 'Migration20261121053927_foundation';

/** A database as the first version left it, with something in it: `before`, and more than is copied in one go. */
async function writtenByTheFirstVersion(file: string): Promise<void> {
  const db = await openSqlite(file);
  await db.orm.migrator.up({ to: firstMigration });
  await db.write(async (sql) => {
    await sql.insert('tenant', ['id', 'slug', 'name', 'locale', 'time_zone', 'created_at'], [[uuid(), 'before', 'Before', 'en', 'UTC', 1]]);
    await sql.insert('installation', ['key', 'value', 'updated_at'], [['bulk', 'x'.repeat(2_000_000), 1]]);
  });
  await db.close();
}

/** What a database file holds, as somebody finds it who opens it. */
function lookInto(file: string) {
  const db = new BetterSqlite(file);
  try {
    const column = (text: string) => db.prepare<[], string>(text).pluck().all();
    return { integrity: column('pragma integrity_check'), migrations: column('select name from mikro_orm_migrations order by name'), tenants: column("select slug from tenant where slug = 'before'") };
  } finally {
    db.close();
  }
}

const untouched = { integrity: ['ok'], migrations: [firstMigration], tenants: ['before'] };

void t.test('an upgrade that is cut off while it copies the database, or while it changes it, has changed nothing; the next start completes it', async (t) => {
  const scene = await createScene();
  t.teardown(() => scene.end());
  const file = join(scene.dataDir, 'switchboard.db');
  const folder = join(scene.dataDir, 'backups');
  const backups = () => (existsSync(folder) ? readdirSync(folder) : []).filter((name) => name.endsWith('.db'));
  mkdirSync(scene.dataDir, { recursive: true, mode: 0o700 });
  await writtenByTheFirstVersion(file);
  for (const [point, nth] of [['in-backup', 2], ['in-backup', 4], ['in-migration', 1]] as const) {
    const product = launch(scene.config, { entry: crashing, args: [point, String(nth)] });
    t.equal((await product.ended).signal, 'SIGKILL', `it ended ${point}`);
    t.equal(backups().length, point === 'in-backup' ? 0 : 1, 'only a whole copy has the name of a backup');
    t.strictSame(lookInto(file), untouched);
  }
  await scene.start();
  await scene.customers.say(['hello']);
  t.same((await scene.settle()).lost, []);
  const upgraded = lookInto(file);
  t.ok(upgraded.migrations.length > 1);
  t.strictSame({ ...upgraded, migrations: [] }, { ...untouched, migrations: [] }, 'what was there is there');
  for (const name of backups()) {
    const restored = join(scene.dataDir, `restored-${name}`);
    copyFileSync(join(folder, name), restored);
    t.strictSame(lookInto(restored), untouched, 'each backup is the database before the upgrade');
    const db = await openSqlite(restored);
    await migrate(db, { log: { debug() {}, info() {}, warn() {}, error() {} } });
    await db.close();
    t.strictSame(lookInto(restored), upgraded, 'and can be upgraded in its place');
  }
});

/**
 * Is a checkpoint moving pages into the database file at this moment? So says the index of the write-ahead log: frames that
 * may have been moved, and frames of which it is certain (https://www.sqlite.org/walformat.html, "The WAL-Index").
 */
function checkpointIn(file: string): boolean {
  const index = Buffer.alloc(136);
  const handle = openSync(`${file}-shm`, 'r');
  try {
    if (readSync(handle, index, 0, index.length, 0) < index.length) return false;
  } finally {
    closeSync(handle);
  }
  const [moved, attempted] = endianness() === 'LE' ? [index.readUInt32LE(96), index.readUInt32LE(128)] : [index.readUInt32BE(96), index.readUInt32BE(128)];
  return attempted > moved;
}

void t.test('a process that ends in the midst of a checkpoint loses nothing and damages nothing', async (t) => {
  const scene = await createScene();
  t.teardown(() => scene.end());
  const file = join(scene.dataDir, 'switchboard.db');
  const load = scene.customers.write(300);
  let cut = 0;
  let rounds = 0;
  // Where little runs at the same time a checkpoint may be over before the end comes: it is tried again.
  for (; rounds < 3 || (cut === 0 && rounds < 15); rounds++) {
    const product = await scene.start();
    const until = performance.now() + 60_000;
    while (!checkpointIn(file) && performance.now() < until) await turn();
    product.kill('SIGKILL');
    await product.ended;
    if (checkpointIn(file)) cut++;
  }
  t.ok(cut > 0, `${cut} of ${rounds} ends were in the midst of one`);
  await scene.start();
  load.stop();
  const { lost, twice, outOfOrder, strange, unknown, written } = await scene.settle();
  t.comment(`written ${written} · lost ${lost.length} · twice ${twice.length} · unknown ${unknown} · cut off ${cut} of ${rounds}`);
  t.same({ lost, twice, outOfOrder, strange, unknown }, { lost: [], twice: [], outOfOrder: [], strange: [], unknown: 0 });
  t.equal(await scene.ledger.integrity(), 'ok');
});

void t.test('a backup that is killed leaves nothing that looks like one, and the next is whole', async (t) => {
  const scene = await createScene();
  t.teardown(() => scene.end());
  await scene.start();
  const load = scene.customers.write(200);
  const env = { PATH: process.env['PATH'], SWITCHBOARD_CONFIG: scene.config };
  const folder = join(scene.dataDir, 'backups');
  const parts = () => (existsSync(folder) ? readdirSync(folder) : []).filter((name) => name.endsWith('.part'));
  await pause(1_000);
  let rounds = 0;
  for (; rounds < 5 || (parts().length === 0 && rounds < 20); rounds++) {
    const before = new Set(parts());
    const backup = execFile(process.execPath, [cli, 'backup'], { env }, () => {});
    const gone = new Promise((resolve) => backup.once('exit', resolve));
    const begun = () => parts().some((name) => !before.has(name));
    while (!begun() && backup.exitCode === null) await turn();
    backup.kill('SIGKILL');
    await gone;
  }
  const cut = parts().length;
  t.ok(cut > 0, `${cut} of ${rounds} were cut off while they copied`);
  const said = await new Promise<string>((resolve, reject) => execFile(process.execPath, [cli, 'backup'], { env }, (error, stdout) => (error ? reject(error) : resolve(stdout.trim()))));
  load.stop();
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
