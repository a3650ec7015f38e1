import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { createScene } from './scene.ts';

void t.test('told to stop under load it takes nothing more at once, ends well in time, and loses and repeats nothing', async (t) => {
  const scene = await createScene({ thinks: { ms: 300 } });
  t.teardown(() => scene.end());
  const load = scene.customers.write(200);
  for (let round = 1; round <= 3; round++) {
    const product = await scene.start();
    await pause(1_500);
    const port = Number(new URL(product.url).port);
    const since = performance.now();
    product.kill('SIGTERM');
    let closed: number | undefined;
    const watching = (async () => {
      while (closed === undefined && product.running()) {
        if (!(await accepts(port))) closed = performance.now() - since;
        else await pause(5);
      }
    })();
    const ended = await product.ended;
    const took = performance.now() - since;
    await watching;
    t.comment(`round ${round}: no new connection after ${(closed ?? took).toFixed(0)} ms (figure 100), ended after ${took.toFixed(0)} ms (figure 10,000)`);
    t.same(ended, { code: 0, signal: null }, 'it ends with 0');
    t.ok((closed ?? took) < 10_000, 'it stops listening at once');
    t.ok(took < 20_000, 'and ends in time');
  }
  await scene.start();
  await pause(500);
  load.stop();
  const { lost, twice, outOfOrder, unknown, written } = await scene.settle();
  t.comment(`written ${written} · lost ${lost.length} · twice ${twice.length}`);
  t.same({ lost, twice, outOfOrder, unknown }, { lost: [], twice: [], outOfOrder: [], unknown: 0 });
  t.same(await scene.ledger.all("select said, count(*) as n from attempt where outcome = 'unknown' and said like 'The process stopped%' group by said"), [], 'no send was cut off in the middle');
});

void t.test('senders that never finish their request do not hold up the stop', async (t) => {
  const scene = await createScene();
  t.teardown(() => scene.end());
  const product = await scene.start();
  const sockets = await Promise.all(Array.from({ length: 20 }, async (_, n) => {
    const socket = connect(Number(new URL(product.url).port), '127.0.0.1');
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write(`POST ${new URL(scene.webhook).pathname} HTTP/1.1\r\nhost: localhost\r\n${n % 2 ? 'content-length: 1000\r\n\r\n{' : ''}`);
    return socket;
  }));
  await pause(200);
  const since = performance.now();
  t.same(await product.stop(), { code: 0, signal: null });
  const took = performance.now() - since;
  t.comment(`ended after ${took.toFixed(0)} ms (figure 10,000)`);
  t.ok(took < 20_000);
  for (const socket of sockets) socket.destroy();
});

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
