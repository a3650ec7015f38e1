/** The product as people run it: its own process, an installation as code, a port of its own; started, killed and started again. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Emulator } from '../../plugins/meta-cloud/emulator.ts';

const root = join(import.meta.dirname, '..', '..');
const thinker = join(import.meta.dirname, 'agents', 'thinker.ts');
export const webhookKey = 'faults-webhook-key';

export interface Installation {
  /** Holds the configuration and, unless `dataDir` is told, the data. */
  folder: string;
  port: number;
  emulator: Pick<Emulator, 'settings'>;
  /** What the agent does with a message; see agents/thinker.ts. Without it the rules agent echoes. */
  thinks?: { ms: number };
  databaseUrl?: string;
  dataDir?: string;
  limits?: Record<string, number>;
  /** More connections to the same provider, by webhook key; their numbers are answered by an agent of their own. */
  more?: { webhookKey: string; settings: object; account: string }[];
  /** Beside the built-in ones. */
  users?: object[];
}

/** Writes the configuration that the product starts with. */
export function install({ folder, port, emulator, thinks, databaseUrl, dataDir, limits, more = [], users = [] }: Installation): string {
  const echo = { key: 'echo', plugin: 'rules', settings: { rules: [{ when: { any: true }, say: 'echo: {{text}}' }] } };
  const agent = thinks ? { key: 'agent', plugin: 'thinker', settings: { thinkMs: thinks.ms } } : { ...echo, key: 'agent' };
  const bindings = [{ agent: 'agent' }];
  const { phoneNumberIds, ...settings } = emulator.settings;
  const connections = [{ key: 'main', plugin: 'meta-cloud', webhookKey, settings: { ...settings, phoneNumberIds } }];
  const numbers = phoneNumberIds.map((account) => ({ connection: 'main', account, bindings }));
  for (const [n, another] of more.entries()) {
    connections.push({ key: `more-${n}`, plugin: 'meta-cloud', webhookKey: another.webhookKey, settings: { ...settings, phoneNumberIds: [another.account], ...another.settings } });
    numbers.push({ connection: `more-${n}`, account: another.account, bindings: [{ agent: 'echo' }] });
  }
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'switchboard.config.json');
  writeFileSync(
    file,
    JSON.stringify({
      port,
      dataDir: dataDir ?? join(folder, 'data'),
      // Two processes on one database must unseal each other's secrets.
      secretKey: 'a key for tests of faults and for nothing else',
      ...(databaseUrl !== undefined && { databaseUrl }),
      // Receipts of a whole backlog come sooner than that, also where it is slow; then nothing is sent twice.
      limits: { unknownWaitMs: 45_000, ...limits },
      plugins: ['meta-cloud', 'simulator', 'rules', 'notifications', thinker],
      tenants: [{ slug: 'acme', users, connections, numbers, agents: [agent, echo] }],
    }),
  );
  return file;
}

interface Line {
  level: string;
  msg: string;
  [more: string]: unknown;
}

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Product {
  url: string;
  webhook: string;
  pid: number;
  /** What it logged. */
  lines: readonly Line[];
  /** What it wrote that is no log line. */
  raw: readonly string[];
  /** Resolves when the process is gone. */
  ended: Promise<Ended>;
  running(): boolean;
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, and what became of it. */
  stop(): Promise<Ended>;
}

export interface StartOptions {
  /** In place of the product's own entry. */
  entry?: string;
  args?: readonly string[];
  env?: Record<string, string>;
}

/** Starts a process and returns without waiting until it listens. */
export function launch(config: string, { entry = join(root, 'core', 'main.ts'), args = [], env = {} }: StartOptions = {}): Omit<Product, 'url' | 'webhook'> & { listening: Promise<string> } {
  const child = spawn(process.execPath, ['--import', pathToFileURL(join(root, 'core', 'needs-node-24.mjs')).href, entry, ...args], {
    cwd: dirname(config),
    env: { PATH: process.env['PATH'], SWITCHBOARD_CONFIG: config, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  const lines: Line[] = [];
  const raw: string[] = [];
  let listens: (url: string) => void = () => {};
  const listening = new Promise<string>((resolve) => (listens = resolve));
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (text) => {
      const line = parsed(text);
      if (!line) raw.push(text);
      else if (lines.push(line) > 20_000) lines.splice(0, 10_000);
      if (line?.msg === 'Switchboard is running') listens(String(line['url']));
    });
  }
  // 'close' and not 'exit': what it said last must have been read.
  const ended = once(child, 'close').then(([code, signal]: (number | NodeJS.Signals | null)[]): Ended => {
    children.delete(child);
    return { code: typeof code === 'number' ? code : null, signal: typeof signal === 'string' ? signal : null };
  });
  const product = {
    pid: child.pid ?? 0,
    lines,
    raw,
    ended,
    listening,
    running: () => child.exitCode === null && child.signalCode === null,
    kill: (signal: NodeJS.Signals) => void child.kill(signal),
    async stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
  return product;
}

/** @throws Error with what it said when the process ends before it listens */
export async function startProduct(config: string, options: StartOptions = {}): Promise<Product> {
  const product = launch(config, options);
  const said = () => [...product.lines.slice(-5).map((line) => JSON.stringify(line)), ...product.raw.slice(-20)].join('\n');
  const url = await Promise.race([
    product.listening,
    product.ended.then(({ code, signal }) => Promise.reject(new Error(`the product ended with ${code ?? signal} before it listened:\n${said()}`))),
    pause(180_000, undefined, { ref: false }).then(() => Promise.reject(new Error(`the product did not listen within 180 s:\n${said()}`))),
  ]);
  return { ...product, url, webhook: `${url}/webhooks/${webhookKey}` };
}

/** A test that fails half-way must leave no process behind. */
const children = new Set<ReturnType<typeof spawn>>();
const killAll = () => {
  for (const child of children) child.kill('SIGKILL');
};
process.on('exit', killAll);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    killAll();
    process.exit(1);
  });
}

function parsed(text: string): Line | undefined {
  try {
    const line: unknown = JSON.parse(text);
    return isLine(line) ? line : undefined;
  } catch {
    return undefined;
  }
}

function isLine(value: unknown): value is Line {
  return typeof value === 'object' && value !== null && 'level' in value && 'msg' in value && typeof value.msg === 'string' && typeof value.level === 'string';
}

/**
 * A port that stays free while the product is down: below the range of which the system gives out ports to callers, because a
 * caller that is given the very port it calls is connected to itself.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    await new Promise((done) => server.close(done));
    if (free) return port;
  }
}
