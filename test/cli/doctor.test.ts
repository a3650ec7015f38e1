import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { startEmulator } from '../../plugins/meta-cloud/emulator.ts';
import { freshDatabase } from '../postgres.ts';
import { run, running, type Env } from './program.ts';

const emulator = await startEmulator({ appSecret: 'the-secret-of-the-app', accessToken: 'EAAthisTokenIsGoodForAll', phoneNumberIds: ['108100000000001'], businessAccountId: '102000000000001' });
t.teardown(() => emulator.close());

async function product(t: Test, databaseUrl?: string): Promise<{ env: Env }> {
  const folder = t.testdir();
  const file = join(folder, 'switchboard.config.json');
  const meta = (key: string, accessToken: string) => ({
    key, plugin: 'meta-cloud', name: `Meta ${key}`, settings: { accessToken, appSecret: 'the-secret-of-the-app', verifyToken: 'a-verify-token', businessAccountId: '102000000000001', apiBaseUrl: emulator.url },
  });
  writeFileSync(file, JSON.stringify({ tenants: [
    { slug: 'acme', connections: [meta('good', 'EAAthisTokenIsGoodForAll'), { key: 'phones', plugin: 'simulator', name: 'Phones', settings: {} }] },
    { slug: 'other', connections: [meta('ended', 'EAAthisTokenHasEnded')] },
  ] }));
  const env: Env = { DATA_DIR: folder, SWITCHBOARD_CONFIG: file, SECRET_KEY: 'a key for tests of the doctor and nothing else', ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }) };
  await running(t, env);
  return { env };
}

async function examined(t: Test, databaseUrl?: string): Promise<void> {
  const { env } = await product(t, databaseUrl);
  const doctor = (...args: string[]) => run(t, 'cli.ts', env, 'doctor', ...args);

  const all = await doctor();
  t.equal(all.code, 1, 'something is broken');
  t.match(all.said, /acme · Meta good \(Meta Cloud\) RUNNING/);
  t.match(all.said, /acme · Phones \(Simulator\) RUNNING/);
  t.match(all.said, /other · Meta ended \(Meta Cloud\)/);
  t.match(all.said, /✗ Public address: PUBLIC_URL is not set/);
  t.match(all.said, /✗ Access token: /);
  t.match(all.said, /→ Generate a new token/);
  t.notMatch(all.said, /EAAthisToken|the-secret-of-the-app|a-verify-token|says:|doctor\./, 'no secret, and no key of a text');

  const fine = await doctor('--tenant', 'acme', '--connection', 'phones');
  t.equal(fine.code, 0, fine.said);
  t.notMatch(fine.said, /Meta/);

  const machine = await doctor('--tenant', 'other', '--json');
  t.equal(machine.code, 1);
  const [told] = JSON.parse(machine.said) as { tenant: string; connection: { name: string }; lines: { id: string; state: string; said: string }[] }[];
  t.match(told, { tenant: 'other', connection: { name: 'Meta ended' } });
  t.ok(told?.lines.some(({ id, state }) => id === 'token' && state === 'broken'));

  t.match((await doctor('--connection', 'phones', '--locale', 'es')).said, /✓ Webhooks rechazados: No se rechazó ningún webhook/);
  for (const [words, ...args] of [
    [/No organisation "nowhere" has a connection; those that have one are: acme, other\./, '--tenant', 'nowhere'],
    [/There is no connection "gone"; there are: Meta good, Phones\./, '--tenant', 'acme', '--connection', 'gone'],
    [/--locale is one of en, es, id/, '--locale', 'fr'],
    [/Unknown option '--all'/, '--all'],
  ] as [RegExp, ...string[]][]) {
    const refused = await doctor(...args);
    t.equal(refused.code, 1, refused.said);
    t.match(refused.said, words);
  }
}

t.test('the doctor prints what the pages show, beside the running product, and ends with 1 when something is broken (SQLite)', { timeout: 240_000 }, (t) => examined(t));
t.test('the same on PostgreSQL', { timeout: 240_000 }, async (t) => examined(t, await freshDatabase(t)));
