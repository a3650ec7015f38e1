/** Agents, their immutable versions, and which number each answers. */
import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { Json } from '../../plugin/contract/plugin.ts';
import type { RunState } from './connections.ts';
import { id, line, ofTenant, tenantId, time, word } from './columns.ts';

export type Environment = 'published' | 'draft';

export const AgentRow = defineEntity({
  name: 'AgentRow',
  tableName: 'agent',
  filters: ofTenant,
  uniques: [{ properties: ['tenantId', 'key'] }],
  properties: {
    id: id(),
    tenantId: tenantId().index(),
    key: word().nullable(),
    name: line(),
    plugin: word(),
    /** For example `whatsapp`: an agent may only be given numbers of a channel it is enabled for. */
    channels: p.json<string[]>(),
    /** The writeOnly settings, sealed, outside the versions: a rollback never revives a revoked key. */
    secrets: p.json<Record<string, Json>>(),
    state: word().$type<RunState>().default('stopped'),
    stateReason: p.text().nullable(),
    stateAt: time(),
    publishedId: p.uuid().nullable(),
    draftId: p.uuid().nullable(),
    /** Milliseconds to wait for more of a burst before a turn. */
    joinMs: p.integer().default(0),
    declared: p.boolean().default(false),
    createdAt: time(),
    deletedAt: time().nullable(),
    version: p.integer().version(),
  },
});

/** Never changed once written; an agent points at its published and its draft version. */
export const AgentVersion = defineEntity({
  name: 'AgentVersion',
  filters: ofTenant,
  uniques: [{ properties: ['agentId', 'ordinal'] }],
  properties: {
    id: id(),
    tenantId: tenantId(),
    agentId: p.uuid(),
    ordinal: p.integer(),
    settings: p.json<Record<string, Json>>(),
    createdAt: time(),
    createdBy: p.uuid().nullable(),
  },
});

export const Binding = defineEntity({
  name: 'Binding',
  filters: ofTenant,
  uniques: [
    { properties: ['numberId', 'agentId', 'environment'] },
    { name: 'binding_inbound_unique', properties: ['numberId'], where: 'inbound' },
  ],
  properties: {
    id: id(),
    tenantId: tenantId(),
    numberId: p.uuid(),
    agentId: p.uuid().index(),
    environment: word().$type<Environment>(),
    inbound: p.boolean(),
    createdAt: time(),
  },
});

export type IAgent = InferEntity<typeof AgentRow>;
export type IAgentVersion = InferEntity<typeof AgentVersion>;
