import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t from 'tap';
import { request } from 'undici';

const root = join(import.meta.dirname, '..', '..');

t.test('an installation that others can reach prints the owner’s link on the console, and its log does not hold it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-'));
  const product = spawn(process.execPath, [join(root, 'core', 'main.ts')], { cwd: folder, env: { PATH: process.env['PATH'], HOST: '0.0.0.0', PORT: '0', DATA_DIR: folder }, stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(async () => {
    if (product.exitCode === null) {
      product.kill('SIGTERM');
      await once(product, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  });
  const lines: string[] = [];
  const link = await new Promise<URL>((resolve, reject) => {
    createInterface(product.stdout).on('line', (line) => {
      lines.push(line);
      const url = /^\s*(http:\S+\/setup\?token=\S+)$/.exec(line)?.[1];
      if (url) resolve(new URL(url));
    });
    product.once('exit', (code) => reject(new Error(`ended with ${code}`)));
  });
  const status = async (path: string): Promise<number> => {
    const { statusCode, body } = await request(`http://127.0.0.1:${link.port}${path}`, { headers: { host: link.host } });
    await body.dump();
    return statusCode;
  };
  t.equal(await status('/setup'), 403, 'without it nobody gets in, not even from this machine');
  t.equal(await status(link.pathname + link.search), 200);
  t.equal(await status('/setup?token=wrong'), 403);
  product.kill('SIGTERM');
  await once(product, 'exit');
  const token = link.searchParams.get('token') ?? '';
  const log = lines.filter((line) => line.startsWith('{'));
  t.ok(log.length > 0);
  t.notMatch(log.join('\n'), token);
});
