/** `/health/live`: the process answers. `/health/ready`: it can keep what it is given. `/metrics`: for Prometheus. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ServerSettings } from '../context.ts';
import { StorageUnavailable, SwitchboardError, type Code } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import { createApiKeys } from './api/keys.ts';
import { isFromHere } from './here.ts';

export async function registerHealth(app: FastifyInstance, { runtime, server }: { runtime: Runtime; server: ServerSettings }): Promise<void> {
  const open = 'tells whether the process works, and nothing else';

  app.get('/health/live', { config: { open } }, () => ({ status: 'live' }));

  app.get('/health/ready', { config: { open } }, async (_request, reply) => {
    const storage = await storageNow();
    return storage === undefined ? { status: 'ready' } : reply.code(503).send({ status: 'not ready', storage });
  });

  let asked: { at: number; storage: Promise<string | undefined> } | undefined;

  /** What is wrong, or undefined. However many ask, it is written at most once a second. */
  function storageNow(): Promise<string | undefined> {
    const now = performance.now();
    if (!asked || now - asked.at >= believedMs) asked = { at: now, storage: tryStorage() };
    return asked.storage;
  }

  async function tryStorage(): Promise<string | undefined> {
    try {
      await runtime.db.write((sql) => sql.run("insert into installation (key, value, updated_at) values ('ready', '', ?) on conflict (key) do update set updated_at = excluded.updated_at", [runtime.clock.now()]));
      // A small write may still find room where a webhook no longer does.
      const { refused } = runtime.db;
      return refused && performance.now() - refused.at < recentMs ? wordOf(refused.code) : undefined;
    } catch (error) {
      return error instanceof StorageUnavailable ? wordOf(error.code) : 'error';
    }
  }

  app.get('/metrics', { config: { open: 'for callers on this machine, else by an API key with the scope metrics' } }, async (request, reply) => {
    if (!(await mayRead(request))) return reply.code(401).header('www-authenticate', 'Bearer').send();
    return reply.type(runtime.metrics.contentType).send(await runtime.metrics.text());
  });

  const keys = createApiKeys(runtime);

  async function mayRead(request: FastifyRequest): Promise<boolean> {
    if (request.headers.authorization === undefined) return isFromHere(request, server);
    try {
      const { scopes } = await keys.callerOf(request);
      return scopes.includes('*') || scopes.includes('metrics');
    } catch (error) {
      // No such key, one that has ended, or too many tries: nothing is said of which.
      if (error instanceof SwitchboardError && !(error instanceof StorageUnavailable)) return false;
      throw error;
    }
  }
}

/** How long an answer of `/health/ready` holds. */
const believedMs = 1_000;
/** How long after a refusal the database counts as not ready. */
const recentMs = 1_500;

const words: Partial<Record<Code, string>> = { STORAGE_BUSY: 'locked', STORAGE_FULL: 'full', OVERLOADED: 'overloaded' };
const wordOf = (code: Code) => words[code] ?? 'error';
