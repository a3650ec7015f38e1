import t from 'tap';
import { createBreaker } from './breaker.ts';

function made() {
  const clock = { now: 1_000_000 };
  const said: string[] = [];
  const breaker = createBreaker((key, open) => said.push(`${key} ${open ? 'opened' : 'closed'}`), () => clock.now);
  return { clock, said, breaker };
}

t.test('calls that hang open it after three seconds, and the first answer closes it', async (t) => {
  const { clock, said, breaker } = made();
  const calls = Array.from({ length: 6 }, () => breaker.called('a'));
  clock.now += 2_900;
  t.equal(breaker.waitMs('a'), undefined, 'not yet: it may be slow');
  clock.now += 200;
  t.ok(breaker.isOpen('a'));
  t.ok((breaker.waitMs('a') ?? 0) >= 1_000, 'what comes now waits');
  t.equal(breaker.waitMs('b'), undefined, 'another connection does not');
  clock.now += 1_500;
  t.equal(breaker.waitMs('a'), undefined, 'after a moment one may ask whether it answers again');
  t.ok(breaker.waitMs('a'), 'and one only');
  breaker.called('a')(true);
  t.equal(breaker.waitMs('a'), undefined);
  t.same(said, ['a opened', 'a closed']);
  clock.now += 3_100;
  t.ok(breaker.isOpen('a'), 'those that still hang, and nothing was heard since: it is silent again');
  for (const ended of calls) ended(false);
});

t.test('ten calls in a row that end without an answer open it; one answer among them does not let it come to that', async (t) => {
  const { said, breaker } = made();
  const call = (answered: boolean) => breaker.called('a')(answered);
  for (let n = 0; n < 9; n++) call(false);
  call(true);
  for (let n = 0; n < 9; n++) call(false);
  t.equal(breaker.waitMs('a'), undefined);
  call(false);
  t.ok(breaker.waitMs('a'));
  t.same(said, ['a opened']);
});

t.test('a call that never left says nothing: what cannot be reached is tried by each message for itself', async (t) => {
  const { said, breaker } = made();
  for (let n = 0; n < 50; n++) breaker.called('a')(undefined);
  t.equal(breaker.waitMs('a'), undefined);
  t.same(said, []);
});

t.test('a provider that is slow but answers is not held back, nor is a line that only carries a large file', async (t) => {
  const { clock, said, breaker } = made();
  const file = breaker.called('file');
  for (let n = 0; n < 20; n++) {
    const calls = Array.from({ length: 10 }, () => breaker.called('slow'));
    clock.now += 2_500;
    for (const ended of calls) ended(true);
    t.equal(breaker.waitMs('slow'), undefined);
    t.equal(breaker.waitMs('file'), undefined);
  }
  file(true);
  t.same(said, []);
});

t.test('the more wait, the more seldom each is looked at', async (t) => {
  const { breaker } = made();
  for (let n = 0; n < 10; n++) breaker.called('a')(false);
  const waits = Array.from({ length: 5_000 }, () => breaker.waitMs('a') ?? 0);
  t.ok((waits[0] ?? 0) < 1_100);
  t.ok((waits[500] ?? 0) < 3_100, 'of five hundred all within about three seconds');
  t.ok((waits.at(-1) ?? 0) > 20_000);
  t.ok(Math.max(...Array.from({ length: 50_000 }, () => breaker.waitMs('a') ?? 0)) <= 60_000);
});
