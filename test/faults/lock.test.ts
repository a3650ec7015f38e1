import BetterSqlite from 'better-sqlite3';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
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
    // How long anything at all waits for the process.
    let longestPause = 0;
    let asking = true;
    const watch = (async () => {
      while (asking) {
        const since = performance.now();
        await fetch(`${product.url}/health/live`).then((answer) => answer.text());
        longestPause = Math.max(longestPause, performance.now() - since);
        await pause(20);
      }
    })();
    const before = { ...scene.customers.counts };
    const foreign = new BetterSqlite(join(scene.dataDir, 'switchboard.db'), { timeout: 5_000 });
    foreign.exec('begin immediate');
    await pause(1_000);
    const health = await fetch(`${product.url}/health/ready`);
    t.equal(health.status, 503);
    t.match(await health.json(), { storage: 'locked' }, 'health says why');
    await pause(seconds * 1_000 - 1_000);
    foreign.exec('rollback');
    foreign.close();
    const refused = scene.customers.counts.unavailable - before.unavailable;
    asking = false;
    await watch;
    t.comment(`refused ${refused} · longest 503 ${few.slowest(503).toFixed(0)} ms (figure 500) · longest pause ${longestPause.toFixed(0)} ms (figure 300)`);
    t.ok(refused > 0, 'the provider is told 503 meanwhile');
    t.ok(few.slowest(503) <= 2_500, 'soon');
    t.ok(longestPause <= 1_500, 'and the process stays responsive');
    t.ok(product.running());
    await pause(500);
    load.stop();
    fewWrite.stop();
    const { lost, twice, outOfOrder, unknown } = await scene.settle();
    t.same({ lost, twice, outOfOrder, unknown }, { lost: [], twice: [], outOfOrder: [], unknown: 0 });
    t.equal(scene.customers.counts.other + few.counts.other, 0, 'nothing but 200 and 503 was said');
  });
}
