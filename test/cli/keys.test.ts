import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { run, running, type Env } from './program.ts';

t.test('keys lists each API key with what it may do, until when and when it was used, and no key', async (t) => {
  const folder = t.testdir();
  const file = join(folder, 'switchboard.config.json');
  const apiKeys = [
    { name: 'shop', key: 'the-key-of-the-shop', scopes: ['messages:*', 'numbers:read'] },
    { name: 'past', key: 'the-key-of-the-past', scopes: ['*'], expires: '2020-03-31T18:00+07:00' },
    { name: 'guest', key: 'the-key-of-a-guest', scopes: ['agents:read'], expires: '2999-01-01' },
  ];
  writeFileSync(file, JSON.stringify({ tenants: [{ slug: 'acme', name: 'Acme', apiKeys }] }));
  const env: Env = { DATA_DIR: folder, SWITCHBOARD_CONFIG: file };
  await running(t, env);
  const { code, said } = await run(t, 'cli.ts', env, 'keys');
  t.equal(code, 0, said);
  t.match(said, /^acme {2}guest {2}agents:read\n {2}expires 2999-01-01 00:00 UTC, last used never\nacme {2}past {2}\*\n {2}expired 2020-03-31 11:00 UTC, last used never\nacme {2}shop {2}messages:\* numbers:read\n {2}does not expire, last used never\n$/);
  t.notMatch(said, /the-key-of/);
});
