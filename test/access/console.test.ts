import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t, { type Test } from 'tap';
import { request } from 'undici';

const root = join(import.meta.dirname, '..', '..');

/** The real process on a fresh folder; what its console says until the link stands there, and after. */
async function startOn(t: Test, host: string): Promise<{ lines: string[]; link: URL; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-'));
  const product = spawn(process.execPath, [join(root, 'core', 'main.ts')], { cwd: folder, env: { PATH: process.env['PATH'], HOST: host, PORT: '0', DATA_DIR: folder }, stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = async () => {
    if (product.exitCode !== null) return;
    product.kill('SIGTERM');
    await once(product, 'exit');
  };
  t.teardown(async () => {
    await stop();
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
  return { lines, link, stop };
}

async function statusOf(url: string | URL): Promise<number> {
  const { statusCode, body } = await request(url);
  await body.dump();
  return statusCode;
}

t.test('an installation that others can reach prints the owner’s link on the console, and its log does not hold it', async (t) => {
  const { lines, link, stop } = await startOn(t, '0.0.0.0');
  t.equal(await statusOf(`${link.origin}/setup`), 403, 'without it nobody gets in, not even from this machine');
  t.equal(await statusOf(link), 200);
  t.equal(await statusOf(`${link.origin}/setup?token=wrong`), 403);
  await stop();
  const token = link.searchParams.get('token') ?? '';
  const log = lines.filter((line) => line.startsWith('{'));
  t.ok(log.length > 0);
  t.notMatch(log.join('\n'), token);
});

t.test('the link leads where it listens', async (t) => {
  const hosts = [['127.0.0.1', 'localhost'], ['127.0.0.2', '127.0.0.2'], ['::1', '[::1]'], ['0:0:0:0:0:0:0:0', 'localhost']] as const;
  for (const [host, named] of hosts) {
    await t.test(host, { skip: (await canListen(host)) ? false : 'this machine has no such address' }, async (t) => {
      const { link } = await startOn(t, host);
      t.equal(link.hostname, named);
      t.equal(await statusOf(link), 200);
    });
  }
});

function canListen(host: string): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(0, host, () => server.close(() => resolve(true)));
  });
}
