import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import t from 'tap';
import { freshDatabase, startPostgres } from './postgres.ts';

async function ask(url: string, question: string): Promise<unknown> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ answer: unknown }>(question);
    return rows[0]?.answer;
  } finally {
    await client.end();
  }
}

t.test('A test gets an empty PostgreSQL 18 database that is gone when it ends', async (t) => {
  let first = '';
  await t.test('first', async (t) => {
    first = await freshDatabase(t);
    t.match(await ask(first, `select current_setting('server_version') as answer`), /^18\./);
    await ask(first, 'create table kept (id int)');
  });
  await t.test('second', async (t) => {
    const second = await freshDatabase(t);
    t.not(second, first);
    t.equal(await ask(second, `select to_regclass('kept') as answer`), null);
  });
  await t.rejects(ask(first, 'select 1 as answer'), { code: '3D000' });
});

t.test('A stopped server leaves neither process nor folder', async (t) => {
  const server = await startPostgres();
  const folder = await ask(server.url, `select current_setting('data_directory') as answer`);
  t.type(folder, 'string');
  t.ok(existsSync(join(String(folder), 'PG_VERSION')) || process.getuid?.() !== 0);
  await server.stop();
  await t.rejects(ask(server.url, 'select 1 as answer'), { code: 'ECONNREFUSED' });
  t.notOk(existsSync(String(folder)));
});

t.test('A server ends when the process that started it is killed', async (t) => {
  const program = `
    import { startPostgres } from ${JSON.stringify(join(import.meta.dirname, 'postgres.ts'))};
    console.log((await startPostgres()).url);
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface(owner.stdout), 'line');
  const url = String(line);
  const folder = String(await ask(url, `select current_setting('data_directory') as answer`));
  owner.kill('SIGKILL');
  const deadline = Date.now() + 30_000;
  while (existsSync(folder) && Date.now() < deadline) await wait(50);
  t.notOk(existsSync(folder));
  await t.rejects(ask(url, 'select 1 as answer'), { code: 'ECONNREFUSED' });
});
