// The test command. `npm test` runs every step; `npm test -- test/ids.test.ts` runs those files only.
// Its last line is `N passed, N failed`.
import { spawn } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { delimiter, dirname, relative } from 'node:path';
import { startPostgres } from './postgres.ts';
import { tapReport } from './tap-report.ts';

const root = dirname(import.meta.dirname);
process.chdir(root);

const asked = process.argv.slice(2);
const everything = asked.length === 0;
const files = everything ? globSync(['test/**/*.test.ts', 'plugins/**/*.test.ts', 'core/**/*.test.ts', 'config/**/*.test.ts']).toSorted() : asked.map((file) => relative(root, file));
// Faults wait for real time and browsers take a whole core: beside others both would measure the crowd.
const alone = files.filter((file) => /^test\/(faults|e2e)\//.test(file) || /from '[^']*\/browser\.ts'/.test(readFileSync(file, 'utf8')));
const together = files.filter((file) => !alone.includes(file));

const children = new Set<ReturnType<typeof spawn>>();
let passed = 0;
let failed = 0;
let interrupted = false;

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interrupted = true;
    failed += 1;
    for (const child of children) child.kill(signal);
  });
}

if (everything) {
  await check('types', 'node_modules/typescript/bin/tsc');
  await check('lint', 'node_modules/oxlint/bin/oxlint', '--type-aware');
}
const postgres = await step('postgres', startPostgres).catch((error: unknown) => {
  failed += 1;
  console.log('not ok  postgres:', error);
});
if (postgres) process.env['SWITCHBOARD_TEST_POSTGRES'] = postgres.url;
try {
  await tests('tests', together, { jobs: 2, timeout: 1_200 });
  await tests('faults and browser, one at a time', alone, { jobs: 1, timeout: 1_800 });
} finally {
  await postgres?.stop();
}

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

async function check(name: string, program: string, ...args: string[]): Promise<void> {
  const ok = await step(name, async () => (await run(program, args)) === 0);
  if (ok) passed += 1;
  else {
    failed += 1;
    console.log(`not ok  ${name}`);
  }
}

async function tests(name: string, paths: string[], { jobs, timeout }: { jobs: number; timeout: number }): Promise<void> {
  if (paths.length === 0 || interrupted) return;
  const report = tapReport(paths, (line) => console.log(line));
  const outcome = await step(name, async () => {
    const args = ['--reporter=tap', `--jobs=${jobs}`, `--timeout=${timeout}`, ...paths];
    return report.end(await run('node_modules/tap/dist/esm/run.mjs', args, (text) => report.write(text)));
  });
  passed += outcome.passed;
  failed += outcome.failed;
}

async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  console.log(`\n== ${name}`);
  const since = performance.now();
  const result = await work();
  console.log(`== ${name}: ${((performance.now() - since) / 1000).toFixed(1)} s`);
  return result;
}

/** Runs a JavaScript program with this very Node, which it also finds first in its PATH, and returns its exit code. */
function run(program: string, args: string[], output?: (text: string) => void): Promise<number> {
  const env = { ...process.env, PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) };
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', output ? 'pipe' : 'inherit', 'inherit'] });
  children.add(child);
  if (output) child.stdout?.setEncoding('utf8').on('data', output);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      children.delete(child);
      resolve(code ?? 1);
    });
  });
}
