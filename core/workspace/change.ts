/** How an installation is changed: one transaction with its audit row, then the directory, then whoever looks at it. */
import { LockMode, OptimisticLockError, UniqueConstraintViolationException } from '@mikro-orm/core';
import { Audit } from '../db/entities/index.ts';
import type { Em } from '../db/open.ts';
import type { Sql } from '../db/sql.ts';
import { SwitchboardError } from '../errors.ts';
import { uuid } from '../ids.ts';
import type { Notice } from '../live.ts';
import { startWaiting } from '../queue/queue.ts';
import type { Runtime } from '../runtime.ts';
import { lineOf, writeLine, writeLineSql } from './connection-log.ts';

/** Who does it, for the audit log: a person, or an API key in a person's place. */
export type By = { userId: string; address: string } | 'configuration';

/** One transaction over the tenant's rows. Never await anything but the database in it: on SQLite everybody waits. */
export async function change<T>(runtime: Runtime, tenantId: string, work: (em: Em) => Promise<T>): Promise<T> {
  try {
    const result = await runtime.db.em(tenantId).transactional(work);
    await runtime.directory.reload();
    return result;
  } catch (error) {
    if (error instanceof OptimisticLockError) throw new SwitchboardError('CONFLICT', undefined, { cause: error });
    throw error;
  }
}

/** @throws SwitchboardError CONFLICT somebody changed it since `version` was read */
export async function sameVersion(em: Em, row: object, version: number | undefined): Promise<void> {
  if (version === undefined) return;
  try {
    await em.lock(row, LockMode.OPTIMISTIC, version);
  } catch (error) {
    throw error instanceof OptimisticLockError ? new SwitchboardError('CONFLICT', undefined, { cause: error }) : error;
  }
}

/** The name of the unique index that refused, in lower case; '' when it was something else. */
export function takenIndex(error: unknown): string {
  return error instanceof UniqueConstraintViolationException ? error.message.toLowerCase() : '';
}

export interface Deed {
  action: string;
  subject: 'connection' | 'number' | 'agent' | 'binding' | 'conversation' | 'message' | 'delivery' | 'tenant' | 'user' | 'api-key' | 'template' | 'media';
  subjectId: string;
  /** Never a secret, never what people wrote. */
  detail?: Record<string, unknown>;
}

export function audit(em: Em, runtime: Runtime, tenantId: string, by: By, { action, subject, subjectId, detail = {} }: Deed): void {
  const person = by === 'configuration' ? { userId: null, address: 'configuration' } : { userId: by.userId, address: by.address.slice(0, 64) };
  const at = runtime.clock.now();
  em.persist(em.create(Audit, { tenantId, ...person, action, subject, subjectId, detail, at }));
  if (subject === 'connection') writeLine(em, { tenantId, connectionId: subjectId, at }, lineOf(action, detail, person.userId));
}

/** The same in plain SQL, for changes of conversations. */
export async function auditSql(sql: Sql, runtime: Runtime, tenantId: string, by: By, { action, subject, subjectId, detail = {} }: Deed): Promise<void> {
  const [userId, address] = by === 'configuration' ? [null, 'configuration'] : [by.userId, by.address.slice(0, 64)];
  const at = runtime.clock.now();
  await sql.insert('audit', ['id', 'tenant_id', 'user_id', 'action', 'subject', 'subject_id', 'detail', 'address', 'at'], [
    [uuid(), tenantId, userId, action, subject, subjectId, JSON.stringify(detail), address, at],
  ]);
  if (subject === 'connection') await writeLineSql(sql, { tenantId, connectionId: subjectId, at }, lineOf(action, detail, userId));
}

export function tell(runtime: Runtime, notice: Notice): void {
  runtime.live.tell(notice);
}

/** What waited for this connection, number or agent goes on: it is answered and sent, or refused and shown. */
export async function goOn(runtime: Runtime, kind: 'connection' | 'number' | 'agent', ...ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await runtime.db.write(async (sql) => {
    for (const id of ids) await startWaiting(sql, `${kind}:${id}`, runtime.clock.now());
  });
  runtime.wake();
}
