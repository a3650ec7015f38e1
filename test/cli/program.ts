/** The product and its commands as people run them, until they end or until they run. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Test } from 'tap';

const core = join(import.meta.dirname, '..', '..', 'core');

export interface Ended {
  code: number | null;
  /** Both streams. */
  said: string;
}

export type Env = Record<string, string>;

/** Runs `core/{file}` to its end. */
export async function run(t: Test, file: 'main.ts' | 'cli.ts', env: Env, ...args: string[]): Promise<Ended> {
  const { child, said } = begin(t, file, env, args);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said: said() };
}

/** Resolves with the address in its log once the product listens. */
export async function running(t: Test, env: Env): Promise<{ url: string; said(): string; pid: number }> {
  const { child, said } = begin(t, 'main.ts', { PORT: '0', ...env }, []);
  const url = await new Promise<string>((resolve, reject) => {
    if (child.stdout) createInterface(child.stdout).on('line', (line) => {
      const found = /"url":"([^"]+)"/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('close', (code) => reject(new Error(`ended with ${code}: ${said()}`)));
  });
  return { url, said, pid: child.pid ?? 0 };
}

function begin(t: Test, file: string, env: Env, args: string[]): { child: ChildProcess; said(): string } {
  const child = spawn(process.execPath, [join(core, file), ...args], { cwd: t.testdirName, env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (said += text));
  t.teardown(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'close');
  });
  return { child, said: () => said };
}
