import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { until } from '../until.ts';
import { createScene } from './scene.ts';

/** A small file system of its own, where this machine lets us make one. */
function smallDisk(megabytes: number): { folder: string; remove(): void } | { refused: string } {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-small-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'pipe' });
  } catch (error) {
    rmdirSync(folder);
    return { refused: `no small file system can be mounted here (needs root): ${error instanceof Error ? error.message.split('\n')[0] : ''}` };
  }
  return {
    folder,
    remove() {
      execFileSync('umount', ['-l', folder]);
      rmdirSync(folder);
    },
  };
}

function fill(file: string): void {
  const descriptor = openSync(file, 'w');
  for (const size of [1_048_576, 65_536, 4_096]) {
    try {
      for (;;) if (writeSync(descriptor, Buffer.alloc(size)) < size) break;
    } catch {
      // Full for pieces of this size.
    }
  }
  closeSync(descriptor);
}

const disk = smallDisk(32);
const skip = 'refused' in disk && disk.refused;

void t.test('a full disk is told to the provider and to health; once there is room all goes on by itself', { skip }, async (t) => {
  if ('refused' in disk) return;
  const scene = await createScene({ dataDir: join(disk.folder, 'data') });
  t.teardown(async () => {
    await scene.end();
    disk.remove();
  });
  const product = await scene.start();
  const ready = async () => {
    const answer = await fetch(`${product.url}/health/ready`);
    return { status: answer.status, said: await answer.json() };
  };
  t.match(await ready(), { status: 200 });
  const load = scene.customers.write(100);
  await pause(1_000);
  const filler = join(disk.folder, 'filler');
  fill(filler);
  await until('the disk to be full', () => scene.customers.counts.unavailable > 50);
  t.match(await ready(), { status: 503, said: { storage: 'full' } }, 'health says why');
  t.equal((await fetch(`${product.url}/health/live`)).status, 200, 'the process lives');
  const taken = scene.customers.counts.ok;
  await pause(2_000);
  t.ok(product.running(), 'and goes on living');
  t.comment(`503: ${scene.customers.counts.unavailable}, 200 while full: ${scene.customers.counts.ok - taken}, longest 503: ${scene.customers.slowest(503).toFixed(0)} ms`);
  rmSync(filler);
  const freed = performance.now();
  await until('to be ready again', async () => (await ready()).status === 200);
  t.comment(`ready ${(performance.now() - freed).toFixed(0)} ms after there was room`);
  await pause(500);
  load.stop();
  const { lost, twice, outOfOrder, unknown } = await scene.settle();
  t.same({ lost, twice, outOfOrder, unknown }, { lost: [], twice: [], outOfOrder: [], unknown: 0 }, 'every 200 was kept and answered');
  t.equal(scene.customers.counts.other, 0, 'nothing but 200 and 503 was said');
  t.same(await product.stop(), { code: 0, signal: null });
  t.equal(await scene.ledger.integrity(), 'ok');
});
