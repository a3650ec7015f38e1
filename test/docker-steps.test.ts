// There is no Docker where tests run. These are the Dockerfile's own lines, read from it and done by hand.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, chown, copyFile, cp, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, matchesGlob, relative } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import t from 'tap';
import { parse } from 'yaml';
import { freshDatabase } from './postgres.ts';

const root = join(import.meta.dirname, '..');
const stages = stagesOf(readFileSync(join(root, 'Dockerfile'), 'utf8'));
const [packages, image] = stages;
if (!packages || !image) throw new Error('the Dockerfile has two stages');
const ignored = ignoredBy(readFileSync(join(root, '.dockerignore'), 'utf8'));

const asRoot = process.getuid?.() === 0;
const place = await mkdtemp(join(tmpdir(), 'switchboard-image-'));
await chmod(place, 0o755);
const build = join(place, 'build');
const app = join(place, 'app');
const data = join(place, 'data');
const node = join(place, 'node');
await mkdir(app);
t.teardown(async () => {
  await writable(app, true);
  await rm(place, { recursive: true, force: true });
});

t.test('The image is built from the copied files alone', async (t) => {
  await copied(packages, build);
  for (const [, command] of packages.filter(([word]) => word === 'RUN')) {
    await promisify(execFile)('sh', ['-c', command], { cwd: build, env: plainEnvironment() });
  }
  await copied(image, app);
  // The image's Node is its own, readable by its user; a developer's may lie in a private folder.
  await copyFile(process.execPath, node);

  const files = await filesIn(app);
  const developers = /^node_modules\/(@typescript|typescript|tap|knip|oxlint|playwright-core|lucide-static|node-[^/]+-x64)\//;
  t.same(files.filter((file) => developers.test(file)), [], 'no package for developers');
  const own = files.filter((file) => !file.startsWith('node_modules/'));
  t.ok(own.length > 20);
  t.same(own.filter((file) => !/^(package\.json$|tsconfig\.json$|config\/|core\/|plugins\/|views\/)/.test(file) || file.endsWith('.test.ts')), [], 'no test, secret or data');
});

t.test('It stays under 130 MB of files and 150 packages', async (t) => {
  const files = await filesIn(app);
  const sizes = await Promise.all(files.map(async (file) => (await lstat(join(app, file))).size));
  const megabytes = sizes.reduce((sum, size) => sum + size, 0) / 1e6;
  const count = files.filter((file) => /(^|\/)node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(file)).length;
  t.comment(`${megabytes.toFixed(0)} MB, ${count} packages`);
  t.ok(megabytes < 130, `${megabytes.toFixed(0)} MB`);
  t.ok(count < 150, `${count} packages`);
});

t.test('It starts as an ordinary user over a read-only folder, stops on SIGTERM and starts again on the same data', async (t) => {
  const user = Number(only(image, 'USER').split(':')[0]);
  t.ok(user > 0, 'the user is not root');
  t.equal(only(image, 'VOLUME'), '/data');
  await mkdir(data);
  if (asRoot) await chown(data, user, user);
  await writable(app, false);
  const before = await filesIn(app);
  const env = { PATH: place, ...imageEnvironment(image), DATA_DIR: data, NODE_COMPILE_CACHE: join(data, 'cache'), PORT: String(await freePort()) };
  const as = { cwd: app, env, ...(asRoot ? { uid: user, gid: user } : {}) };

  let kept: number | undefined;
  for (const time of ['first', 'second']) {
    const server = spawn(node, command(only(image, 'CMD')), { ...as, stdio: ['ignore', 'pipe', 'pipe'] });
    t.teardown(() => server.kill('SIGKILL'));
    const log = logOf(server);
    await ready(server, `http://127.0.0.1:${env.PORT}/health/ready`, log);

    const check = only(image, 'HEALTHCHECK').replace(/^.*?CMD /, '');
    await t.resolves(promisify(execFile)(node, command(check), as), `${time} start: the health check passes`);
    const database = (await readdir(data)).find((file) => /\.(db|sqlite3?)$/.test(file));
    t.ok(database, `${time} start: the data folder holds the database`);
    const { ino } = await stat(join(data, database ?? ''));
    t.equal(kept ?? ino, ino, `${time} start: the database is the same file`);
    kept = ino;

    server.kill('SIGTERM');
    const [code, signal] = await once(server, 'exit');
    t.same({ code, signal }, { code: 0, signal: null }, `${time} start: SIGTERM ends it cleanly`);
    await t.rejects(promisify(execFile)(node, command(check), as), `${time} start: the health check fails once it has stopped`);
  }
  t.same(await filesIn(app), before, 'nothing was written beside the program');
  t.ok((await filesIn(join(data, 'cache'))).length > 500, 'and what was compiled is kept in the volume');
});

t.test('It starts with what npm start gives to Node', async (t) => {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  t.same(JSON.parse(only(image, 'CMD')), scripts.start.replace(' --import ./core/ends-with-npm.mjs', '').split(' '), 'but that no npm stands between it and who stops it');
});

t.test('With DATABASE_URL it starts on PostgreSQL, and is refused without SECRET_KEY', async (t) => {
  const url = await freshDatabase(t);
  const env = { PATH: place, ...imageEnvironment(image), DATA_DIR: join(place, 'none'), NODE_COMPILE_CACHE: join(place, 'none', 'cache'), PORT: String(await freePort()), DATABASE_URL: url };
  const start = (more: Record<string, string>) => {
    const server = spawn(node, command(only(image, 'CMD')), { cwd: app, env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] });
    t.teardown(() => server.kill('SIGKILL'));
    return { server, log: logOf(server) };
  };

  const refused = start({});
  const [refusal] = await once(refused.server, 'close');
  t.not(refusal, 0);
  t.match(refused.log(), 'SECRET_KEY');

  const started = start({ SECRET_KEY: 'k'.repeat(48) });
  await ready(started.server, `http://127.0.0.1:${env.PORT}/health/ready`, started.log);
  started.server.kill('SIGTERM');
  const [code] = await once(started.server, 'exit');
  t.equal(code, 0);
  t.notMatch(started.log(), new URL(url).password, 'the log does not hold the password');
});

t.test('Compose keeps the data in volumes and sets no secret', async (t) => {
  const { services, volumes } = parse(await readFile(join(root, 'compose.yaml'), 'utf8'));
  t.match(services.switchboard, { build: '.', read_only: true, volumes: ['data:/data'] });
  t.same(Object.keys(volumes), ['data', 'postgres']);
  t.same(services.postgres.profiles, ['postgres']);
  t.match(services.postgres.image, /^postgres:18/);
  const secrets = [services.switchboard.environment.SECRET_KEY, services.switchboard.environment.DATABASE_URL, services.postgres.environment.POSTGRES_PASSWORD];
  t.same(secrets, [null, null, null]);
});

type Line = [word: string, rest: string];

function stagesOf(dockerfile: string): Line[][] {
  const found: Line[][] = [];
  for (const line of dockerfile.replaceAll(/\\\n\s*/g, ' ').split('\n')) {
    const [, word, rest] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
    if (word === undefined || rest === undefined) continue;
    if (word === 'FROM') found.push([]);
    else found.at(-1)?.push([word, rest.trim()]);
  }
  return found;
}

function only(stage: Line[], wanted: string): string {
  const found = stage.filter(([word]) => word === wanted);
  if (found.length !== 1) throw new Error(`the image has ${found.length} lines ${wanted}`);
  return found[0]?.[1] ?? '';
}

/** The arguments of a command in JSON form, without the program, which must be `node`. */
function command(json: string): string[] {
  const [program, ...rest]: string[] = JSON.parse(json);
  if (program !== 'node') throw new Error(`the image runs ${program}`);
  return rest;
}

function imageEnvironment(stage: Line[]): Record<string, string> {
  return Object.fromEntries(only(stage, 'ENV').split(' ').map((pair) => pair.split('=', 2)));
}

/** Does a stage's COPY lines: out of the project as .dockerignore leaves it, or out of the first stage. */
async function copied(stage: Line[], to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const [word, rest] of stage) {
    if (word !== 'COPY') continue;
    const words = rest.split(' ');
    const fromStage = words[0]?.startsWith('--from=') ?? false;
    const target = words.at(-1) ?? '.';
    for (const source of words.slice(fromStage ? 1 : 0, -1)) {
      const from = fromStage ? join(build, source.replace(/^\/app\//, '')) : join(root, source);
      const into = target.endsWith('/') ? join(to, target, source) : join(to, target);
      await cp(from, into, { recursive: true, filter: (path) => fromStage || !ignored(relative(root, path)) });
    }
  }
}

/** The rules of .dockerignore, of which the last that matches a path or a folder above it decides. */
function ignoredBy(rules: string): (path: string) => boolean {
  const lines = rules.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return (path) => {
    const parts = path.split('/');
    const paths = parts.map((_, at) => parts.slice(0, at + 1).join('/'));
    const last = lines.findLast((rule) => paths.some((each) => matchesGlob(each, rule.replace(/^!/, ''))));
    return last !== undefined && !last.startsWith('!');
  };
}

/** npm's settings of the run around this test, such as its project folder, must not reach the npm inside. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|TAP)/i.test(name));
  return { ...Object.fromEntries(own), PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter), npm_config_prefer_offline: 'true' };
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => relative(folder, join(entry.parentPath, entry.name))).toSorted();
}

async function writable(folder: string, may: boolean): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) await chmod(join(entry.parentPath, entry.name), may ? 0o755 : 0o555);
  }
  await chmod(folder, may ? 0o755 : 0o555);
}

function logOf(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return () => text;
}

async function ready(server: ChildProcess, url: string, log: () => string): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await wait(100)) {
    if (server.exitCode !== null) throw new Error(`it ended with ${server.exitCode}:\n${log()}`);
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
  }
  throw new Error(`it was not ready within a minute:\n${log()}`);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
