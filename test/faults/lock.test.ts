import BetterSqlite from 'better-sqlite3';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { until } from '../until.ts';
import { createScene } from './scene.ts';

// The longer ones wait for a minute and more: FAULTS=full runs them too.
for (const seconds of process.env['FAULTS'] === 'full' ? [3, 8, 60] : [3]) {
  void t.test(`another program that holds the write lock for ${seconds} s costs no message and no life`, async (t) => {
    const scene = await createScene({ againMs: 1_000 });
    t.teardown(() => scene.end());
    const product = await scene.start();
    const load = scene.customers.write(100);
    // The many wait for each other at their own end; how long an answer takes is measured where nobody does.
    const few = scene.few();
    const fewWrite = few.write(5);
    await pause(1_000);
    // How often the process says that it lives, and how long that takes.
    let asked = 0;
    let longestPause = 0;
    let asking = true;
    const watch = (async () => {
      while (asking) {
        const since = performance.now();
        await fetch(`${product.url}/health/live`).then((answer) => answer.text());
        asked++;
        longestPause = Math.max(longestPause, performance.now() - since);
        await pause(20);
      }
    })();
    const before = { ...scene.customers.counts };
    const fewBefore = { ...few.counts };
    const foreign = new BetterSqlite(join(scene.dataDir, 'switchboard.db'), { timeout: 5_000 });
    foreign.exec('begin immediate');
    await until('health to say why', async () => {
      const health = await fetch(`${product.url}/health/ready`);
      return health.status === 503 && JSON.stringify(await health.json()).includes('"storage":"locked"');
    });
    const askedBefore = asked;
    await pause(seconds * 1_000);
    // However slow the machine is: nobody waits for the lock.
    await until('the provider to be told 503 meanwhile', () => few.counts.unavailable > fewBefore.unavailable + 2);
    await until('the process to say meanwhile that it lives', () => asked > askedBefore + 2);
    foreign.exec('rollback');
    foreign.close();
    const refused = scene.customers.counts.unavailable - before.unavailable;
    asking = false;
    await watch;
    t.comment(`refused ${refused} · longest 503 ${few.slowest(503).toFixed(0)} ms (figure 500) · longest pause ${longestPause.toFixed(0)} ms (figure 300)`);
    t.ok(few.slowest(503) <= 5_000, 'soon');
    t.ok(longestPause <= 5_000, 'and the process stays responsive');
    t.ok(product.running());
    await pause(500);
    load.stop();
    fewWrite.stop();
    const { lost, twice, outOfOrder, unknown } = await scene.settle();
    t.same({ lost, twice, outOfOrder, unknown }, { lost: [], twice: [], outOfOrder: [], unknown: 0 });
    t.equal(scene.customers.counts.other + few.counts.other, 0, 'nothing but 200 and 503 was said');
  });
}
