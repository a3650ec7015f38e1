/** A whole installation in memory with a workspace, people of every role, a simulated phone and an agent: pages are asked as a browser asks. */
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Test } from 'tap';
import { buildApp } from '../../core/app.ts';
import { createViews } from '../../core/admin/view.ts';
import { composeRuntime } from '../../core/compose-runtime.ts';
import type { AppContext, ServerSettings } from '../../core/context.ts';
import { AgentRow, Connection, Membership, Num, User, type Role } from '../../core/db/entities/index.ts';
import { migrate } from '../../core/db/migrate.ts';
import { openPostgres, openSqlite } from '../../core/db/open.ts';
import { uuid } from '../../core/ids.ts';
import { createMetrics } from '../../core/metrics.ts';
import { hashPassword } from '../../core/password.ts';
import { usualOptions } from '../../core/pipeline/options.ts';
import { receive } from '../../core/pipeline/receive.ts';
import type { Content, SimulatedAct } from '../../core/plugin/contract.ts';
import { pluginsOf } from '../../core/plugin/load.ts';
import { folderStore } from '../../core/media/folder.ts';
import { mediaParts } from '../../core/media/stored.ts';
import { createOutbound } from '../../core/plugin/outbound.ts';
import { baseUrl } from '../../core/workspace/address.ts';
import { createSealer } from '../../core/plugin/secrets.ts';
import { directoryParts } from '../../core/workspace/directory-parts.ts';
import { createWorkspace } from '../../core/workspace/workspace.ts';
import metaCloud from '../../plugins/meta-cloud/index.ts';
import notifications from '../../plugins/notifications/index.ts';
import rules from '../../plugins/rules/index.ts';
import simulator from '../../plugins/simulator/index.ts';
import { Visitor, type Answer } from '../access/site.ts';

export const roles = ['owner', 'admin', 'contributor', 'agent'] as const;
const password = 'a horse on the line';

export interface Office {
  app: FastifyInstance;
  ctx: AppContext;
  /** Path of the workspace: `/app/acme`. */
  at: string;
  ids: { tenant: string; connection: string; number: string; agent: string };
  /** Signed in; the same one each time. */
  as(role: Role): Promise<Person>;
  /** Somebody writes to the test phone's number; resolves when everything that follows has happened. */
  customer(content: Content | string, from?: string, name?: string): Promise<void>;
  /** Nothing is due and nothing runs. */
  quiet(): Promise<void>;
  pass(ms: number): Promise<void>;
  /** The newest conversation. */
  conversation(): Promise<string>;
}

export class Person {
  readonly visitor: Visitor;
  readonly csrf: string;
  constructor(visitor: Visitor, csrf: string) {
    this.visitor = visitor;
    this.csrf = csrf;
  }
  get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.visitor.get(url, headers);
  }
  post(url: string, form: Record<string, string> = {}, headers: Record<string, string> = {}): Promise<Answer> {
    return this.visitor.post(url, { ...form, _csrf: this.csrf }, headers);
  }
}

const quietLog = { debug() {}, info() {}, warn() {}, error() {} };

export interface OfficeParts {
  database?: string;
  /** Origins that plugins may call although they are on this machine. */
  allowedOrigins?: string[];
  server?: Partial<ServerSettings>;
}

export async function openOffice(t: Test, { database, allowedOrigins = [], server: given = {} }: OfficeParts = {}): Promise<Office> {
  const db = database === undefined ? await openSqlite(':memory:') : await openPostgres(database);
  await migrate(db, { log: quietLog });
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
  const plugins = pluginsOf([simulator, metaCloud, rules, notifications]);
  const server: ServerSettings = { port: 3000, host: '127.0.0.1', trustedProxies: [], production: false, version: '0', limits: { webhookMaxBytes: 3_145_728 }, ...given };
  const sealer = createSealer([Buffer.alloc(32, 7)]);
  const outbound = createOutbound({ allowedOrigins });
  const media = mediaParts(folderStore(t.testdir()), sealer, () => baseUrl(server), clock, quietLog);
  const shared = { sealer, outbound, media, server: () => server };
  const { runtime, worker } = await composeRuntime({ db, plugins, clock, media, log: quietLog, lanes: 64, options: usualOptions, directory: directoryParts({ ...shared, db, plugins, log: quietLog, clock }) });
  const workspace = createWorkspace({ ...shared, runtime: () => runtime });
  const { tenantId, slug } = await workspace.createFirstOwner({ workspaceName: 'Acme', name: 'Olga Owner', email: 'owner@example.test', password, locale: 'en', timeZone: 'UTC' });
  const ctx: AppContext = { runtime, server, sealer, workspace, views: createViews({ root: `${import.meta.dirname}/../..`, production: false }) };
  const app = await buildApp(ctx, createMetrics(db, () => 0));
  await app.ready();
  worker.start();

  const em = db.em(tenantId);
  const [connection, number, agent] = [await em.findOneOrFail(Connection, {}), await em.findOneOrFail(Num, {}), await em.findOneOrFail(AgentRow, {})];
  const ids = { tenant: tenantId, connection: connection.id, number: number.id, agent: agent.id };

  const quiet = async () => {
    for (;;) {
      await runtime.commit.idle();
      const [due] = await db.read((sql) => sql.all<{ n: number }>('select count(*) as n from lane where ready_at <= ?', [clock.now()]));
      if (worker.running === 0 && Number(due?.n) === 0 && runtime.commit.waiting === 0) return;
      worker.wake();
      await pause(2);
    }
  };
  t.teardown(async () => {
    await app.close();
    await worker.stop(2_000);
    await runtime.commit.idle();
    await outbound.close();
    await db.close();
  });

  const people = new Map<Role, Promise<Person>>();
  const enter = async (role: Role): Promise<Person> => {
    if (role !== 'owner') {
      const all = db.emOfAll();
      const user = all.create(User, { id: uuid(), email: `${role}@example.test`, name: `Rita ${role}`, passwordHash: await hashPassword(password), createdAt: clock.now() });
      all.create(Membership, { tenantId, userId: user.id, role, createdAt: clock.now() });
      await all.flush();
    }
    const visitor = new Visitor(app);
    await visitor.signIn(`${role}@example.test`, password);
    const page = await visitor.get(`/app/${slug}/whatsapp`);
    const csrf = /x-csrf-token&quot;:&quot;([^&]+)&quot;/.exec(page.body)?.[1];
    if (!csrf) throw new Error(`${role} could not sign in: ${page.statusCode}`);
    return new Person(visitor, csrf);
  };

  return {
    app, ctx, at: `/app/${slug}`, ids, quiet,
    as(role) {
      const person = people.get(role) ?? enter(role);
      people.set(role, person);
      return person;
    },
    async customer(content, from = '12025550147', name = 'Rosa Delgado') {
      const entry = runtime.directory.connection(ids.connection);
      const act: SimulatedAct = {
        id: uuid(), account: number.account, from: [{ kind: 'phone', value: from }], name, at: clock.now(), kind: 'message',
        content: typeof content === 'string' ? { kind: 'text', text: content } : content,
      };
      const proven = entry?.channel?.simulate?.(act, entry.settings);
      if (!entry || !proven) throw new Error('there is no simulator');
      const url = entry.context.callbackUrl();
      const headers = Object.fromEntries(Object.entries(proven.headers).map(([name, value]) => [name.toLowerCase(), [value]]));
      const received = await receive(runtime, new URL(url).pathname.split('/').at(-1) ?? '', { method: 'POST', url, headers, body: proven.body, receivedAt: clock.now() });
      if (!('accepted' in received)) throw new Error(`not accepted: ${JSON.stringify(received)}`);
      await quiet();
    },
    async pass(ms) {
      clock.ahead += ms;
      worker.wake();
      await quiet();
    },
    async conversation() {
      const { rows } = await workspace.conversations.list(tenantId, {});
      return rows[0]?.id ?? '';
    },
  };
}
