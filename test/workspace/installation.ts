/** A whole installation for tests: real databases, plugins, guard and worker. Only the provider's end of the wire is ours. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Test } from 'tap';
import type { Database } from '../../core/db/open.ts';
import { Tenant } from '../../core/db/entities/index.ts';
import { uuid } from '../../core/ids.ts';
import { receive } from '../../core/pipeline/receive.ts';
import type { SimulatedAct } from '../../core/plugin/contract/channel.ts';
import type { Content } from '../../core/plugin/contract/content.ts';
import type { AnyPlugin, Json } from '../../core/plugin/contract/plugin.ts';
import type { Sealer } from '../../core/plugin/secrets.ts';
import { defineAgent, defineChannel, Type } from '../../core/plugin/index.ts';
import type { Runtime } from '../../core/runtime.ts';
import type { By } from '../../core/workspace/change.ts';
import type { Workspace } from '../../core/workspace/index.ts';
import { Refused } from '../../core/workspace/refused.ts';
import notifications from '../../plugins/notifications/index.ts';
import rules from '../../plugins/rules/index.ts';
import simulator from '../../plugins/simulator/index.ts';
import { assemble } from '../assembled.ts';
import { listen } from '../far-end.ts';
import { freshDatabase } from '../postgres.ts';

/** A provider with one account: what it accepts and how it answers are set by the test. */
interface Provider {
  origin: string;
  token: string;
  numbers: { account: string; title: string; phone?: string; uncertain?: true }[];
  /** Lines of the doctor beside the token's. */
  broken: { what: string; said: string; field?: string }[];
  asked: number;
  /** It hangs up without a word. */
  away?: boolean;
}

/** A channel as an integrator writes one; its numbers are listed in its settings. */
const courier = defineChannel({
  name: 'courier',
  title: 'Courier',
  contract: 1,
  settings: Type.Object({
    token: Type.String({ writeOnly: true, minLength: 8, title: 'Token' }),
    hook: Type.String({ writeOnly: true, generate: true, title: 'Hook secret' }),
    lines: Type.Optional(Type.Array(Type.String(), { accounts: true, title: 'Lines' })),
    apiBaseUrl: Type.String({ title: 'API base URL' }),
    region: Type.String({ default: 'eu' }),
  }),
  texts: { en: { 'account.problem': 'A line has digits only.' }, es: { 'account.problem': 'Solo cifras.' }, id: { 'account.problem': 'Hanya angka.' } },
  requires: ['publicUrl'],
  origins: ({ apiBaseUrl }) => [new URL(apiBaseUrl).origin],
  can: { webhook: 'secret-url', sends: ['text'], statuses: ['delivered'], maxText: 500 },
  account: { title: 'Line', parse: (typed) => (/^\d{3,20}$/.test(typed.trim()) ? typed.trim() : { problem: 'account.problem' }) },
  verify: ({ headers }, { hook }) => headers['x-hook']?.[0] === hook || { refused: 'wrong-secret' },
  parse: ({ body }) => JSON.parse(body.toString()),
  send: async ({ ref }) => ({ accepted: { refs: [`c-${ref}`] } }),
  async check({ fetch, settings, callbackUrl }) {
    const answer = await fetch(`${settings.apiBaseUrl}/me?hook=${encodeURIComponent(callbackUrl())}`, { headers: { authorization: `Bearer ${settings.token}` } });
    if (answer.status !== 200) return [{ what: 'token', state: 'broken', said: `Courier says: ${answer.text()}`, mend: 'Paste a new token.', field: 'token' }];
    const broken = JSON.parse(answer.text()) as Provider['broken'];
    return [{ what: 'token', state: 'ok', said: 'Courier accepts the token.' }, ...broken.map((line) => ({ ...line, state: 'broken' as const }))];
  },
  async numbers({ fetch, settings }) {
    const answer = await fetch(`${settings.apiBaseUrl}/numbers`, { headers: { authorization: `Bearer ${settings.token}` } });
    if (answer.status !== 200) throw new Error(answer.text());
    return JSON.parse(answer.text()) as Provider['numbers'];
  },
});

/** An agent with a secret of its own, at two depths. */
const oracle = defineAgent({
  name: 'oracle',
  title: 'Oracle',
  contract: 1,
  settings: Type.Object({
    greeting: Type.String({ default: 'hello' }),
    apiKey: Type.Optional(Type.String({ writeOnly: true })),
    model: Type.Optional(Type.Object({ name: Type.String(), key: Type.Optional(Type.String({ writeOnly: true })) })),
  }),
  respond: async (turn, { settings }) => ({ messages: [{ kind: 'text', text: `${settings.greeting}: ${turn.messages.at(-1)?.text ?? ''}` }], why: 'It always answers.' }),
  check: async ({ settings }) => (settings.greeting === 'curse' ? [{ what: 'greeting', state: 'broken', said: 'That is no greeting.', field: 'greeting' }] : []),
});

export interface Installation {
  db: Database;
  runtime: Runtime;
  workspace: Workspace;
  sealer: Sealer;
  provider: Provider;
  tenantId: string;
  /** Another organisation, which must not notice anything. */
  otherId: string;
  by: By;
  server: { publicUrl?: string; host: string; port: number };
  /** Settings that the provider accepts. */
  good(more?: Record<string, string | string[]>): { data: Record<string, string | string[]> };
  all<Row>(sql: string, values?: (string | number)[]): Promise<Row[]>;
  audited(): Promise<string[]>;
  /** Somebody writes from a simulated phone. */
  write(connectionId: string, account: string, text: string | Content, phone?: string): Promise<void>;
  act(connectionId: string, act: SimulatedAct): Promise<void>;
  pass(ms: number): Promise<void>;
  quiet(): Promise<void>;
  /** Real time, in which a clock moves on. */
  pause(ms: number): Promise<void>;
}

const databases = ['SQLite', 'PostgreSQL'] as const;

/** Plugins beside the usual ones, and what the operator lets them call. */
interface More {
  plugins: readonly AnyPlugin[];
  origins: readonly string[];
  signIn?: Record<string, string>;
}

/** Runs a test on each database, each with an installation of its own. */
export function onBoth(t: Test, name: string, work: (t: Test, installation: Installation) => Promise<void>, more: More = { plugins: [], origins: [] }): void {
  for (const database of databases) {
    t.test(`${name} (${database})`, async (t) => work(t, await createInstallation(t, database === 'SQLite' ? undefined : await freshDatabase(t), more)));
  }
}

async function createInstallation(t: Test, database: string | undefined, more: More): Promise<Installation> {
  const provider = await startProvider(t);
  const product = await assemble(t, {
    ...(database !== undefined && { database }),
    plugins: [simulator, rules, notifications, courier, oracle, ...more.plugins],
    allowedOrigins: [provider.origin, ...more.origins],
    server: { publicUrl: 'https://bot.example' },
    ...(more.signIn && { signIn: more.signIn }),
  });
  const { db, runtime, workspace, sealer, server, now, quiet, all } = product;
  const [tenantId, otherId] = [uuid(), uuid()];
  const em = db.emOfAll();
  for (const [id, slug] of [[tenantId, 'acme'], [otherId, 'rival']] as const) em.persist(em.create(Tenant, { id, slug, name: slug, locale: 'en', timeZone: 'UTC', createdAt: now() }));
  await em.flush();
  await runtime.directory.reload();
  const installation: Installation = {
    db, runtime, workspace, sealer, provider, tenantId, otherId, server, all, quiet,
    by: { userId: uuid(), address: '203.0.113.7' },
    good: (more = {}) => ({ data: { token: provider.token, apiBaseUrl: provider.origin, ...more } }),
    async audited() {
      return (await all<{ action: string }>('select action from audit order by id')).map(({ action }) => action);
    },
    write: (connectionId, account, said, phone = '34600111222') =>
      installation.act(connectionId, {
        id: uuid(), account, from: [{ kind: 'phone', value: phone }], name: `P${phone.slice(-3)}`, at: now(), kind: 'message', content: typeof said === 'string' ? { kind: 'text', text: said } : said,
      }),
    async act(connectionId, act) {
      const url = (await workspace.connections.handOff(runtime.directory.connection(connectionId)?.tenantId ?? '', connectionId)).webhookUrl;
      const { headers, body } = simulator.simulate?.(act, settingsOf(runtime, connectionId)) ?? { headers: {}, body: Buffer.alloc(0) };
      const request = { method: 'POST', url, headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])), body, receivedAt: now() };
      const received = await receive(runtime, url.split('/').at(-1) ?? '', request);
      if (!('accepted' in received)) throw new Error(`not accepted: ${JSON.stringify(Object.keys(received))}`);
      await quiet();
    },
    async pass(ms) {
      product.pass(ms);
      await quiet();
    },
    pause: (ms) => pause(ms),
  };
  return installation;
}

function settingsOf(runtime: Runtime, connectionId: string): { secret: string } {
  return { secret: textOf(runtime.directory.connection(connectionId)?.settings['secret']) };
}

/** A setting that must be text; a test that finds none fails here. */
export function textOf(setting: Json | undefined): string {
  if (typeof setting !== 'string' || setting === '') throw new Error('this setting is no text');
  return setting;
}

async function startProvider(t: Test): Promise<Provider> {
  const origin = await listen(t, (request, response) => {
    provider.asked++;
    if (provider.away) {
      request.socket.destroy();
      return;
    }
    if (request.headers.authorization !== `Bearer ${provider.token}`) {
      response.writeHead(401).end('Your pass ran out on Tuesday.');
      return;
    }
    response.end(JSON.stringify(request.url?.startsWith('/numbers') ? provider.numbers : provider.broken));
  });
  const provider: Provider = {
    origin, token: 'token-of-courier-1', broken: [], asked: 0,
    numbers: [{ account: '111', title: 'Sales', phone: '+34 600 000 111' }, { account: '222', title: 'Service' }],
  };
  return provider;
}

/** A simulator connection with a number that an oracle answers. */
export async function withSimulator({ workspace, tenantId, by }: Installation, account = 'sim:ana') {
  const { id: agentId } = await workspace.agents.create(tenantId, { plugin: 'oracle', name: 'Oracle', settings: { data: {} } }, by);
  const { id: numberId, connectionId } = await workspace.numbers.connect(
    tenantId, { connection: { plugin: 'simulator', settings: { data: {} } }, account, displayName: 'Ana', agentId, active: true }, by,
  );
  return { agentId, numberId, connectionId };
}

/** What was refused, with its faults; anything else that goes wrong fails the test. */
export async function caught(promise: Promise<unknown>): Promise<Refused> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Refused) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
