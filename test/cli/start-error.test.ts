import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openPostgres } from '../../core/db/open.ts';
import { startSentence } from '../../core/start-error.ts';
import { freshDatabase } from '../postgres.ts';
import { run, running, type Ended } from './program.ts';

const password = 'canary-of-the-database';
const secretKey = 'a key for tests of the start and nothing else';

/** One sentence that a person can act on. */
function saysWhy(t: Test, { code, said }: Ended, sentence: RegExp): void {
  t.equal(code, 1, said);
  t.match(said, sentence);
  t.notMatch(said, /\n\s+at |"stack"|node:internal/, 'no stack');
  t.notMatch(said, password, 'no secret');
}

t.test('a configuration that is not usable is told in words', async (t) => {
  t.testdir();
  saysWhy(t, await run(t, 'main.ts', { PORT: 'many' }), /PORT must be a whole number/);
});

t.test('a port that is taken is named with the remedy', async (t) => {
  const dataDir = t.testdir();
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.teardown(() => other.close());
  const address = other.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  saysWhy(t, await run(t, 'main.ts', { DATA_DIR: dataDir, PORT: String(port) }), new RegExp(`Port ${port} on 127\\.0\\.0\\.1 is taken.*set PORT`));
});

t.test('a file in the place of the data folder, or above it, is named', async (t) => {
  const folder = t.testdir({ data: 'a file' });
  for (const dataDir of [join(folder, 'data'), join(folder, 'data', 'below')]) {
    saysWhy(t, await run(t, 'main.ts', { DATA_DIR: dataDir, PORT: '0' }), /is not a folder: .*set DATA_DIR/);
  }
});

t.test('a PostgreSQL that is not there, or does not let us in, is told without its password', async (t) => {
  t.testdir();
  const real = new URL(await freshDatabase(t));
  const start = (url: URL) => run(t, 'main.ts', { DATA_DIR: t.testdirName, PORT: '0', SECRET_KEY: secretKey, DATABASE_URL: url.href });
  const nobody = new URL(real);
  nobody.password = password;
  nobody.port = '1';
  saysWhy(t, await start(nobody), /cannot be reached\. Start it/);
  const nowhere = new URL(real);
  nowhere.pathname = '/no_such_database';
  saysWhy(t, await start(nowhere), /has no such database\. Create it/);
  const stranger = new URL(real);
  stranger.password = password;
  saysWhy(t, await start(stranger), /refused the user or the password/);
});

t.test('what this machine cannot be made to say is told too', (t) => {
  const place = { host: '127.0.0.1', port: 80, dataDir: '/data' };
  const sentence = (code: string, syscall: string, more = {}) => startSentence(Object.assign(new Error('x'), { code, syscall }), { ...place, ...more }).sentence;
  t.match(sentence('EACCES', 'listen'), /may not listen on port 80/);
  t.match(sentence('EACCES', 'mkdir'), /may not write in the data folder \/data/);
  t.match(sentence('EROFS', 'open'), /read-only disk/);
  t.match(sentence('ENOSPC', 'write'), /no room left/);
  t.match(sentence('SQLITE_FULL', ''), /no room left/);
  const missing = Object.assign(new Error("Cannot find package 'fastify' imported from /app/core/app.ts"), { code: 'ERR_MODULE_NOT_FOUND' });
  t.equal(startSentence(missing, place).sentence, 'The package fastify is not installed. Run npm ci, then start again.');
  const databaseUrl = `postgres://ana:${password}@db/x`;
  t.notMatch(startSentence(new Error(`strange: ${databaseUrl} and ${password}`), { ...place, databaseUrl }).sentence, password);
  t.end();
});

t.test('why a PostgreSQL would not be connected to is said in its own words where it has no code', async (t) => {
  const databaseUrl = `${await freshDatabase(t)}?sslmode=require`;
  const db = await openPostgres(databaseUrl, { entities: false });
  t.teardown(() => db.close());
  const error = await db.read((sql) => sql.all('select 1')).catch((thrown: unknown) => thrown);
  t.match(startSentence(error, { host: '127.0.0.1', port: 80, dataDir: '/data', databaseUrl }).sentence, /does not support SSL/);
});

t.test('a plugin that ends the process while it is imported is named', async (t) => {
  const dir = t.testdir({ data: {}, 'quits.js': 'await null; process.exit(0);' });
  const { said } = await run(t, 'main.ts', { DATA_DIR: join(dir, 'data'), PORT: '0', PLUGINS_DIR: dir, SWITCHBOARD_CONFIG: config(dir, ['rules', './quits.js']) });
  t.match(said, /ended while the plugin "[^"]*quits\.js" was loaded/);
});

t.test('an error that a plugin throws outside any promise names the folder of the plugin', async (t) => {
  const source = `import { defineAgent, Type } from '#plugin';
setTimeout(() => { throw new Error('a bug'); }, 1500);
export default defineAgent({ name: 'late', title: 'Late', contract: 1, settings: Type.Object({}), respond: async () => ({ messages: [], why: '' }) });`;
  const dir = t.testdir({ data: {}, late: { 'index.js': source } });
  const { code, said } = await run(t, 'main.ts', { DATA_DIR: join(dir, 'data'), PORT: '0', SWITCHBOARD_CONFIG: config(dir, ['./late']) });
  t.equal(code, 1);
  t.match(said, `thrown by the plugin in ${join(dir, 'late')};`);
});

t.test('an IPv6 address stands in brackets in the address that is logged', { skip: !existsSync('/proc/net/if_inet6') && 'this machine has no IPv6' }, async (t) => {
  const dataDir = t.testdir();
  const { url } = await running(t, { DATA_DIR: dataDir, HOST: '::1' });
  t.match(url, /^http:\/\/\[::1\]:\d+$/);
});

function config(dir: string, plugins: string[]): string {
  const file = join(dir, 'switchboard.config.json');
  writeFileSync(file, JSON.stringify({ plugins }));
  return file;
}
