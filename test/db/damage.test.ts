/** The look for damage, wherever the program stands. */
import Database from 'better-sqlite3';
import { closeSync, cpSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import type * as Damage from '../../core/db/damage.ts';

const root = join(import.meta.dirname, '..', '..');

void t.test('damage is found also where the folder of the program has an apostrophe and a space in its name', async (t) => {
  const folder = join(t.testdir({ "Rosa's bot": { 'package.json': '{"type":"module"}' } }), "Rosa's bot");
  for (const part of ['core/db/damage.ts', 'core/errors.ts', ...['package.json', 'lib', 'prebuilds'].map((name) => `node_modules/better-sqlite3/${name}`)]) {
    cpSync(join(root, part), join(folder, part), { recursive: true, dereference: true });
  }
  const file = join(folder, 'data.db');
  const db = new Database(file);
  db.exec('create table kept (text text)');
  const insert = db.prepare('insert into kept (text) values (?)');
  for (let n = 0; n < 1_000; n++) insert.run('x'.repeat(500));
  db.close();
  const { findDamage } = (await import(pathToFileURL(join(folder, 'core/db/damage.ts')).href)) as typeof Damage;
  // Nobody has to wait for the look, and so it keeps no process going.
  const awake = setInterval(() => {}, 1_000);
  t.teardown(() => clearInterval(awake));
  const never = new AbortController().signal;
  t.equal(await findDamage(file, never), undefined);
  const opened = openSync(file, 'r+');
  writeSync(opened, Buffer.alloc(64, 0xff), 0, 64, 4_096 * 20);
  closeSync(opened);
  t.match(await findDamage(file, never), /\S/);
});
