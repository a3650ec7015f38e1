/** Starts the processes of the benchmark, each on its core, and looks at what they use. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Servers run on core 0, the load client and the fake provider on core 1. */
export const pinned = process.platform === 'linux' && availableParallelism() > 1 && spawnSync('taskset', ['-c', '1', 'true']).status === 0;

function command(core: number, args: readonly string[]): [string, string[]] {
  return pinned ? ['taskset', ['-c', String(core), process.execPath, ...args]] : [process.execPath, [...args]];
}

const started = new Set<ChildProcess>();

/** Whatever happens to the benchmark, nothing of it stays behind. */
process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL');
});

export interface Server {
  pid: number;
  /** Ends it as an operator would. */
  stop(): Promise<void>;
  /** Resolves when it ended by itself. */
  ended: Promise<void>;
}

export function startServer(file: string, env: Record<string, string>, nodeOptions: readonly string[] = []): Server {
  const [name, args] = command(0, [...nodeOptions, file]);
  const child = spawn(name, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'] });
  started.add(child);
  const ended = once(child, 'exit').then(() => void started.delete(child));
  return {
    pid: child.pid ?? 0,
    ended,
    async stop() {
      child.kill('SIGTERM');
      const kill = setTimeout(() => child.kill('SIGKILL'), 15_000);
      await ended;
      clearTimeout(kill);
    },
  };
}

export interface Helper<Order> {
  ask<Answer>(order: Order): Promise<Answer>;
  stop(): void;
}

/** The load client and the provider take orders over the process's own channel. */
export function startHelper<Order>(file: string): Helper<Order> {
  const [name, args] = command(1, [file]);
  const child = spawn(name, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], serialization: 'advanced' });
  started.add(child);
  const waiting = new Map<number, (answer: unknown) => void>();
  child.on('message', ({ id, answer }: { id: number; answer: unknown }) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  });
  let ids = 0;
  return {
    ask: <Answer>(order: Order) =>
      new Promise<Answer>((resolve, reject) => {
        const id = ++ids;
        // The helper answers each kind of order with the type that its caller names.
        waiting.set(id, resolve as (answer: unknown) => void);
        child.send({ id, order }, (error) => error && reject(error));
      }),
    stop: () => child.disconnect(),
  };
}

/** Resident memory in MB; NaN where the system does not tell. */
export function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? NaN) / 1024;
}

/** Processor time that a process used so far, in milliseconds; NaN where the system does not tell. */
export function cpuMs(pid: number): number {
  const fields = read(`/proc/${pid}/stat`).replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Samples a server's memory while work is under way and returns the most it held. */
export async function peakMb<T>(pid: number, work: Promise<T>): Promise<{ result: T; peak: number }> {
  let peak = residentMb(pid);
  const timer = setInterval(() => (peak = Math.max(peak, residentMb(pid))), 50);
  try {
    const result = await work;
    return { result, peak: Math.max(peak, residentMb(pid)) };
  } finally {
    clearInterval(timer);
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
