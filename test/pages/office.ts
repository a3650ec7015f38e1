/** A whole installation in memory with a workspace, people of every role, a simulated phone and an agent: pages are asked as a browser asks. */
import type { FastifyInstance } from 'fastify';
import type { Test } from 'tap';
import type { AppContext } from '../../core/context.ts';
import { AgentRow, Connection, Membership, Num, User, type Role } from '../../core/db/entities/index.ts';
import { uuid } from '../../core/ids.ts';
import { hashPassword } from '../../core/password.ts';
import { receive } from '../../core/pipeline/receive.ts';
import type { SimulatedAct } from '../../core/plugin/contract/channel.ts';
import type { Content } from '../../core/plugin/contract/content.ts';
import { Visitor, type Answer } from '../access/site.ts';
import { assemble, type Parts, serve } from '../assembled.ts';

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

export async function openOffice(t: Test, parts: Parts = {}): Promise<Office> {
  const product = await assemble(t, parts);
  const { db, runtime, workspace, now, quiet } = product;
  const { tenantId, slug } = await workspace.createFirstOwner({ workspaceName: 'Acme', name: 'Olga Owner', email: 'owner@example.test', password, locale: 'en', timeZone: 'UTC' });
  const { app, ctx } = await serve(t, product);

  const em = db.em(tenantId);
  const [connection, number, agent] = [await em.findOneOrFail(Connection, {}), await em.findOneOrFail(Num, {}), await em.findOneOrFail(AgentRow, {})];
  const ids = { tenant: tenantId, connection: connection.id, number: number.id, agent: agent.id };

  const people = new Map<Role, Promise<Person>>();
  const enter = async (role: Role): Promise<Person> => {
    if (role !== 'owner') {
      const all = db.emOfAll();
      const user = all.create(User, { id: uuid(), email: `${role}@example.test`, name: `Rita ${role}`, passwordHash: await hashPassword(password), createdAt: now() });
      all.create(Membership, { tenantId, userId: user.id, role, createdAt: now() });
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
        id: uuid(), account: number.account, from: [{ kind: 'phone', value: from }], name, at: now(), kind: 'message',
        content: typeof content === 'string' ? { kind: 'text', text: content } : content,
      };
      const proven = entry?.channel?.simulate?.(act, entry.settings);
      if (!entry || !proven) throw new Error('there is no simulator');
      const url = entry.context.callbackUrl();
      const headers = Object.fromEntries(Object.entries(proven.headers).map(([name, value]) => [name.toLowerCase(), [value]]));
      const received = await receive(runtime, new URL(url).pathname.split('/').at(-1) ?? '', { method: 'POST', url, headers, body: proven.body, receivedAt: now() });
      if (!('accepted' in received)) throw new Error(`not accepted: ${JSON.stringify(received)}`);
      await quiet();
    },
    async pass(ms) {
      product.pass(ms);
      await quiet();
    },
    async conversation() {
      const { rows } = await workspace.conversations.list(tenantId, {});
      return rows[0]?.id ?? '';
    },
  };
}
