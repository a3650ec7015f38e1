/** What supervises `npm start` knows npm's process only. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import t from 'tap';
import { until } from '../until.ts';

void t.test('npm start that is told to stop takes the product with it, so that the next start finds the port and the database free', async (t) => {
  const npm = spawn('npm', ['start'], {
    cwd: dirname(dirname(import.meta.dirname)),
    env: { ...process.env, PORT: '0', DATA_DIR: t.testdir(), SWITCHBOARD_CONFIG: '', DATABASE_URL: '', LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => npm.kill('SIGKILL'));
  let url = '';
  for await (const line of createInterface({ input: npm.stdout })) {
    url = /"url":"(http[^"]+)"/.exec(line)?.[1] ?? '';
    if (url !== '') break;
  }
  t.equal((await fetch(`${url}/health/live`)).status, 200);
  npm.kill('SIGTERM');
  await once(npm, 'exit');
  const gone = () => fetch(`${url}/health/live`).then(() => false, () => true);
  let free = false;
  await until('the port to be free', async () => (free = await gone()));
  t.ok(free);
});
