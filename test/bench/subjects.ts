/** What is compared: each a server in a process of its own that takes signed webhooks at an address. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer, type Server } from './processes.ts';
import { accessToken, account, appSecret } from './wire.ts';

export interface Subject {
  name: string;
  /** Bare Fastify answers nobody. */
  replies: boolean;
  start(): Promise<Running>;
}

export interface Running extends Server {
  webhookUrl: string;
  url: string;
}

const here = import.meta.dirname;
const root = join(here, '..', '..');

export function peer(name: string, file: string, providerUrl: string, replies = true): Subject {
  return {
    name,
    replies,
    async start() {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      const env = { PORT: String(port), PROVIDER_URL: providerUrl, APP_SECRET: appSecret, ACCESS_TOKEN: accessToken, ACCOUNT: account };
      return { ...startServer(join(here, 'peers', file), env), url, webhookUrl: `${url}/webhook` };
    },
  };
}

export interface Installation extends Subject {
  dataDir: string;
  remove(): void;
}

/** The product as an operator starts it: an installation as code, SQLite in a folder of its own, nothing switched off. */
export function switchboard(providerUrl: string, thinksMs?: number): Installation {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-bench-'));
  const dataDir = join(folder, 'data');
  const file = join(folder, 'switchboard.config.json');
  writeFileSync(file, JSON.stringify(installation(providerUrl, thinksMs)));
  return {
    name: 'Switchboard',
    replies: true,
    dataDir,
    async start() {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      const env = { PORT: String(port), HOST: '127.0.0.1', DATA_DIR: dataDir, SWITCHBOARD_CONFIG: file, LOG_LEVEL: 'warn', NODE_ENV: 'production' };
      return { ...startServer(join(root, 'core', 'main.ts'), env, [...startOptions, ...nodeOptions()]), url, webhookUrl: `${url}/webhooks/${webhookKey}` };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What `npm start` gives to Node: all that stands between `node` and the program. */
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { start: string } };
const startOptions = scripts.start.split(' ').slice(1, -1).map((option) => (option.startsWith('./') ? join(root, option) : option));

/** Options for Node, such as `--cpu-prof --cpu-prof-dir=folder`, for the product alone. */
function nodeOptions(): string[] {
  return (process.env['SERVER_NODE_OPTIONS'] ?? '').split(' ').filter((option) => option !== '');
}

const webhookKey = 'bench-webhook-key-0123456789abcdef';

function installation(providerUrl: string, thinksMs: number | undefined): object {
  const rules = { plugin: 'rules', settings: { rules: [{ when: { any: true }, say: 'echo: {{text}}' }] } };
  const slow = { plugin: 'slow', settings: { thinksMs } };
  return {
    plugins: ['meta-cloud', 'simulator', 'rules', 'notifications', ...(thinksMs !== undefined ? [join(here, 'slow-agent.ts')] : [])],
    tenants: [{
      slug: 'bench', name: 'Bench',
      connections: [{
        key: 'main', plugin: 'meta-cloud', name: 'Meta', webhookKey, start: true,
        settings: { accessToken, appSecret, verifyToken: 'bench-verify-token-0123', businessAccountId: '102000000000001', apiBaseUrl: providerUrl, messagesPerSecond: 100_000 },
      }],
      agents: [{ key: 'echo', name: 'Echo', channels: ['whatsapp'], start: true, ...(thinksMs !== undefined ? slow : rules) }],
      numbers: [{ connection: 'main', account, displayName: 'Sales', active: true, bindings: [{ agent: 'echo', environment: 'published', inbound: true }] }],
    }],
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
