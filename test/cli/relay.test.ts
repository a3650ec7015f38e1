import t from 'tap';
import { createRelay } from '../../core/db/relay.ts';
import { freshDatabase } from '../postgres.ts';

t.test('a replica that says much at once says it one after the other, and all of it is heard', async (t) => {
  const url = await freshDatabase(t);
  const warnings: Error[] = [];
  const warned = (warning: Error) => void warnings.push(warning);
  process.on('warning', warned);
  t.teardown(() => process.off('warning', warned));
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const [one, other] = await Promise.all([createRelay(url, log, 1), createRelay(url, log, 1)]);
  let heard = 0;
  const all = Promise.withResolvers<void>();
  other.listen({ notice() {}, wake() {}, reload: () => void (++heard === 20 && all.resolve()) });
  for (let n = 0; n < 20; n++) one.tellReload();
  await all.promise;
  await Promise.all([one.close(), other.close()]);
  t.strictSame(warnings.map(({ message }) => message), []);
});
