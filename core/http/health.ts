/** `/health/live`: the process answers. `/health/ready`: it can keep what it is given. `/metrics`: for Prometheus. */
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ServerSettings } from '../context.ts';
import { ApiKey } from '../db/entities/index.ts';
import { StorageUnavailable, type Code } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import type { Runtime } from '../runtime.ts';
import { isFromHere } from './here.ts';

export async function registerHealth(app: FastifyInstance, { runtime, metrics, server }: { runtime: Runtime; metrics: Metrics; server: ServerSettings }): Promise<void> {
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
    return reply.type(metrics.contentType).send(await metrics.text());
  });

  async function mayRead(request: FastifyRequest): Promise<boolean> {
    const key = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (key) {
      const row = await runtime.db.emOfAll().findOne(ApiKey, { hash: createHash('sha256').update(key).digest('hex'), revokedAt: null });
      return row !== null && (row.expiresAt ?? Infinity) > runtime.clock.now() && row.scopes.some((scope) => scope === '*' || scope === 'metrics');
    }
    return isFromHere(request, server);
  }
}

/** How long an answer of `/health/ready` holds. */
const believedMs = 1_000;
/** How long after a refusal the database counts as not ready. */
const recentMs = 1_500;

const words: Partial<Record<Code, string>> = { STORAGE_BUSY: 'locked', STORAGE_FULL: 'full', OVERLOADED: 'overloaded' };
const wordOf = (code: Code) => words[code] ?? 'error';
