/** The guide cannot lie: its files are written to a folder outside the project, type-checked, loaded as an operator's, and held to the contract. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { contractOf, runChecks } from '#testing';
import { loadConfig } from '../config/index.ts';
import { loadPlugins } from '../core/plugin/load.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const guide = readFileSync(new URL('README.md', import.meta.url), 'utf8');
const files = new Map([...guide.matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm)].map(([, name = '', text = '']) => [name, text]));
const folder = mkdtempSync(join(tmpdir(), 'switchboard-guide-'));
t.teardown(() => rmSync(folder, { recursive: true }));
for (const [name, text] of files) writeFileSync(join(folder, name), text);
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');

/** Node without the preloads that tap gives to every child: they are not for the programs that are tried here. */
const node = (...args: string[]) => run('env', ['-u', 'NODE_OPTIONS', '-u', 'NODE_TEST_CONTEXT', process.execPath, ...args], { cwd: folder });

const logged: string[] = [];
const log = (_what: object, message: string) => void logged.push(message);
const plugins = await loadPlugins(['./acme.ts', './shout.ts', './loud.ts'], { root, pluginsDir: folder, log: { debug: log, info: log, warn: log, error: log } });

t.test('every block of code on the page is one of the files that are tried', async (t) => {
  t.equal([...guide.matchAll(/^```(\S*)/gm)].filter(([, info]) => info !== '').length, files.size);
  t.strictSame([...files.keys()].sort(), ['acme.evidence.ts', 'acme.test.ts', 'acme.ts', 'loud.evidence.ts', 'loud.ts', 'shout.evidence.ts', 'shout.ts', 'switchboard.config.json']);
});

t.test('all three plugins load from a folder outside the project, and nothing is remarked', async (t) => {
  t.strictSame(plugins.broken, []);
  t.strictSame(plugins.all.map((plugin) => plugin.name), ['acme', 'shout', 'loud']);
  t.strictSame(logged, []);
});

for (const plugin of plugins.all) {
  await t.test(`${plugin.name} keeps the contract`, async (t) => {
    await runChecks(t, contractOf(plugin, await import(pathToFileURL(join(folder, `${plugin.name}.evidence.ts`)).href)));
  });
}

t.test('an agent takes at most 10 lines and a channel at most 25', async (t) => {
  const lines = (name: string) => (files.get(name) ?? '').split('\n').filter((line) => line.trim() !== '').length;
  t.ok(lines('shout.ts') <= 10, `${lines('shout.ts')} lines`);
  t.ok(lines('acme.ts') <= 25, `${lines('acme.ts')} lines`);
});

t.test('the test of the guide runs in Node’s own test runner', async (t) => {
  writeFileSync(join(folder, 'lend.mjs'), `await (await import(${JSON.stringify(new URL('../core/plugin/load.ts', import.meta.url).href)})).loadPlugins([], { root: ${JSON.stringify(root)}, log: {} });\n`);
  const { stdout } = await node(`--import=${pathToFileURL(join(folder, 'lend.mjs')).href}`, '--test', '--test-reporter=tap', '--test-isolation=none', join(folder, 'acme.test.ts'));
  t.match(stdout, /# fail 0/);
  t.ok(Number(/# pass (\d+)/.exec(stdout)?.[1] ?? 0) > 20, stdout.slice(-200));
});

t.test('the code of the guide passes the strict type check', async (t) => {
  const paths = { '#plugin': [join(root, 'core/plugin/index.ts')], '#testing': [join(root, 'test/kit/index.ts')] };
  const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')) as { compilerOptions: object };
  const typeRoots = [join(root, 'node_modules/@types')];
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { ...compilerOptions, paths, typeRoots }, include: ['*.ts'] }));
  const said = await node(join(root, 'node_modules/typescript/bin/tsc'), '-p', folder).then(() => '', (error: { stdout: string; stderr: string }) => error.stdout + error.stderr);
  t.equal(said, '');
});

t.test('the configuration of the guide is valid', async (t) => {
  const config = loadConfig({ env: {}, cwd: folder });
  t.strictSame(config.plugins, ['simulator', 'rules', 'notifications', ...['acme.ts', 'shout.ts', 'loud.ts'].map((name) => join(folder, name))]);
});
