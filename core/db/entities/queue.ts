/** Work that is due. Lanes, timers, retries and leases are rows, so a restart forgets nothing. */
import { defineEntity, p } from '@mikro-orm/core';
import type { Json } from '../../plugin/contract/plugin.ts';
import { id, line, ofTenant, tenantId, time, word } from './columns.ts';

export type JobKind = 'turn' | 'send' | 'media' | 'templates' | 'merge';

export const Job = defineEntity({
  name: 'Job',
  filters: ofTenant,
  indexes: [
    { name: 'job_due_index', properties: ['lane', 'id'], where: 'buried_at is null' },
    { name: 'job_waiting_index', properties: ['waitingFor'], where: 'waiting_for is not null' },
    { name: 'job_buried_index', properties: ['tenantId', 'id'], where: 'buried_at is not null' },
    { properties: ['ref'] },
  ],
  properties: {
    id: id(),
    tenantId: tenantId(),
    lane: word(),
    kind: word().$type<JobKind>(),
    /** The conversation of a turn, the message of a send, the medium to fetch, the connection whose templates are read, the contact to merge. */
    ref: p.uuid(),
    payload: p.json<Json>().nullable(),
    readyAt: time(),
    attempts: p.integer(),
    /** `connection:{id}`, `number:{id}` or `agent:{id}` that must be started first. */
    waitingFor: word().nullable(),
    error: p.text().nullable(),
    buriedAt: time().nullable(),
    createdAt: time(),
  },
});

/** Jobs of a lane run one at a time, in order. Workers claim lanes; a write under an old fence is refused. */
export const Lane = defineEntity({
  name: 'Lane',
  indexes: [{ name: 'lane_ready_index', properties: ['readyAt'], where: 'ready_at is not null' }],
  properties: {
    key: word().primary(),
    /** null: nothing to do. */
    readyAt: time().nullable(),
    lockedUntil: time(),
    fence: line().nullable(),
  },
});

