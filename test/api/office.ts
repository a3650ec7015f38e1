/** An installation whose programs are known by keys, and one of them calling. */
import { createHash } from 'node:crypto';
import { Ajv } from 'ajv';
import type { InjectOptions } from 'fastify';
import t, { type Test } from 'tap';
import { ApiKey } from '../../core/db/entities/index.ts';
import { uuid } from '../../core/ids.ts';
import { openSite, type Answer, type Site, type SiteParts } from '../access/site.ts';
import { freshDatabase } from '../postgres.ts';

export interface Office extends Site {
  /** A key of this workspace, or of another. */
  key(scopes: string[], tenantId?: string): Promise<Program>;
}

export interface Program {
  id: string;
  key: string;
  call(method: Method, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

/** The same test on both databases. */
export function onBoth(what: string, run: (t: Test, on: { database?: string }) => Promise<void>): void {
  void t.test(`${what} (sqlite)`, (t) => run(t, {}));
  void t.test(`${what} (postgres)`, async (t) => run(t, { database: await freshDatabase(t) }));
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export async function openOffice(t: Test, parts: SiteParts = {}): Promise<Office> {
  const site = await openSite(t, { untouched: true, ...parts });
  let n = 0;
  return {
    ...site,
    async key(scopes, tenantId = site.tenantId) {
      const key = `key-${uuid()}`;
      const em = site.db.emOfAll();
      const { id } = em.create(ApiKey, { id: uuid(), tenantId, name: `program ${++n}`, hash: createHash('sha256').update(key).digest('hex'), scopes, declared: false, createdAt: 0 });
      await em.flush();
      // A new key is known within a second.
      site.pass(1_000);
      return program(site, id, key);
    },
  };
}

export function program(site: Pick<Site, 'app'>, id: string, key: string): Program {
  const held = holder(site);
  const call = async (method: Method, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const options: InjectOptions = { method, url: `/api/v1${path}`, remoteAddress: '203.0.113.20', headers: { host: 'localhost:3000', authorization: `Bearer ${key}`, ...headers } };
    const answer = await site.app.inject({ ...options, ...(body !== undefined && { payload: body instanceof Buffer ? body : JSON.stringify(body), headers: { 'content-type': 'application/json', ...options.headers } }) });
    await held(method, path, answer);
    return answer;
  };
  return { id, key, call, get: (path, headers) => call('GET', path, undefined, headers), post: (path, body, headers) => call('POST', path, body, headers) };
}

interface Operation {
  responses: Record<string, { content?: Record<string, { schema: object }> }>;
}
type Check = (method: string, path: string, answer: Answer) => void;
const checks = new WeakMap<object, Promise<Check>>();

/** Holds each answer to what the description says of it. */
function holder({ app }: Pick<Site, 'app'>): (method: string, path: string, answer: Answer) => Promise<void> {
  return async (method, path, answer) => {
    const check = checks.get(app) ?? checkerOf(app);
    checks.set(app, check);
    (await check)(method, path, answer);
  };
}

async function checkerOf(app: Site['app']): Promise<Check> {
  const { paths, components } = (await app.inject('/api/openapi.json')).json<{ paths: Record<string, Record<string, Operation>>; components: { schemas: { Error: object } } }>();
  const ajv = new Ajv({ strict: false });
  const known = Object.entries(paths).map(([path, operations]) => ({ form: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`), operations }));
  return (method, path, answer) => {
    const operation = known.find(({ form }) => form.test(`/api/v1${path.split('?')[0]}`))?.operations[method.toLowerCase()];
    const schema = answer.statusCode < 400 ? operation?.responses[answer.statusCode]?.content?.['application/json']?.schema : components.schemas.Error;
    if (operation && !operation.responses[answer.statusCode] && answer.statusCode < 400 && answer.statusCode !== 206) throw new Error(`${method} ${path} answers ${answer.statusCode}, which is not described`);
    if (schema && !ajv.validate(schema, answer.json())) throw new Error(`${method} ${path} answers what is not described: ${ajv.errorsText()} in ${answer.body}`);
  };
}
