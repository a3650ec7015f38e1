import t from 'tap';
import { run } from './program.ts';

t.test('whoever asks which emulators there are is told, also after a wrong name', async (t) => {
  t.testdir();
  const all = /coster, meta-cloud, qontak, twilio/;
  for (const args of [[], ['--help']]) t.match(await run(t, 'cli.ts', {}, 'emulate', ...args), { code: 0, said: all });
  for (const name of ['telegram', '../twilio', 'emulator']) t.match(await run(t, 'cli.ts', {}, 'emulate', name), { code: 1, said: all });
});
