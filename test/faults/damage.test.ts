import { closeSync, openSync, readFileSync, readSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { chance } from '../kit/chance.ts';
import { launch } from './product.ts';
import { createScene } from './scene.ts';
import { seed } from './seed.ts';

const pageSize = 4_096;

/** Flips every bit of a page's header: of the first page's own name, or of some pages inside. */
function flip(file: string, pages: readonly number[]): void {
  const descriptor = openSync(file, 'r+');
  for (const page of pages) {
    const bytes = Buffer.alloc(16);
    readSync(descriptor, bytes, 0, bytes.length, page * pageSize);
    writeSync(descriptor, bytes.map((byte) => byte ^ 0xff), 0, bytes.length, page * pageSize);
  }
  closeSync(descriptor);
}

for (const where of ['the first page', 'pages inside'] as const) {
  void t.test(`a database with damage in ${where} is refused in words that name the backups, and never begun anew`, async (t) => {
    const by = chance(seed(t));
    const scene = await createScene();
    t.teardown(() => scene.end());
    const sound = await scene.start();
    await scene.customers.say(Array.from({ length: 300 }, (_, n) => `before ${n}`));
    await scene.settle();
    t.same(await sound.stop(), { code: 0, signal: null });
    const file = join(scene.dataDir, 'switchboard.db');
    const count = statSync(file).size / pageSize;
    t.ok(count > 40, `${count} pages`);
    flip(file, where === 'the first page' ? [0] : Array.from({ length: 12 }, () => 1 + by.below(count - 1)));
    const size = statSync(file).size;

    const product = launch(scene.config);
    const ended = await product.ended;
    t.same(ended, { code: 1, signal: null }, 'it ends by itself, with 1');
    const said = product.lines.find(({ level }) => level === 'fatal');
    t.match(said, { code: 'DATABASE_CORRUPT', msg: /is damaged/ });
    t.match(said?.msg, join(scene.dataDir, 'backups'), 'the words say where the backups are');
    t.notOk(product.raw.some((line) => /\s+at /.test(line)), 'and show no stack');
    t.equal(statSync(file).size, size, 'what is left of the file is left alone');
    t.ok(readFileSync(file).length === size, 'it is not empty');
  });
}
