import t from 'tap';
import { createTurnstile } from './turnstile.ts';

void t.test('so many of a connection are inside at once, in order of arrival; another connection does not wait', async (t) => {
  const enter = createTurnstile(2);
  const inside: string[] = [];
  const leave: (() => void)[] = [];
  const go = (key: string, name: string) => enter(key, async () => {
    inside.push(name);
    await new Promise<void>((resolve) => leave.push(resolve));
  });
  const all = [go('a', 'a1'), go('a', 'a2'), go('a', 'a3'), go('a', 'a4'), go('b', 'b1')];
  await Promise.resolve();
  t.same(inside, ['a1', 'a2', 'b1']);
  leave[0]?.();
  await all[0];
  await new Promise((resolve) => setImmediate(resolve));
  t.same(inside, ['a1', 'a2', 'b1', 'a3']);
  for (let n = 1; n < 5; n++) {
    leave[n]?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(all);
  t.same(inside, ['a1', 'a2', 'b1', 'a3', 'a4']);
});

void t.test('those who wait for a connection that hangs are known as stuck, and it lets nobody more in line than it can serve', async (t) => {
  const enter = createTurnstile(2);
  let end: () => void = () => {};
  const hang = new Promise<void>((resolve) => (end = resolve));
  const all = ['1', '2', '3', '4'].map(() => enter('hangs', () => hang));
  t.equal(enter.stuck(), 0, 'not yet: it may be quick');
  t.notOk(enter.jammed('hangs'));
  const { now } = performance;
  t.teardown(() => (performance.now = now));
  performance.now = () => now.call(performance) + 2_100;
  t.equal(enter.stuck(), 4);
  t.ok(enter.jammed('hangs'));
  t.notOk(enter.jammed('another'));
  end();
  await Promise.all(all);
  t.equal(enter.stuck(), 0);
});
