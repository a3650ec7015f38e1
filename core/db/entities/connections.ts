/** Provider accounts, their numbers and templates, and every webhook as it was received. */
import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { Json } from '../../plugin/contract/plugin.ts';
import type { TemplatePreview, TemplateStatus } from '../../plugin/contract/template.ts';
import { id, line, ofTenant, tenantId, time, word } from './columns.ts';

export type RunState = 'stopped' | 'starting' | 'running' | 'error';
export type DeliveryState = 'received' | 'processed' | 'failed';

export const Connection = defineEntity({
  name: 'Connection',
  filters: ofTenant,
  uniques: [{ properties: ['tenantId', 'key'] }],
  properties: {
    id: id(),
    tenantId: tenantId().index(),
    plugin: word(),
    /** The word by which the configuration file names it; null when it was made in the UI. */
    key: word().nullable(),
    name: line(),
    description: p.text().default(''),
    /** As the plugin's schema says; members marked writeOnly are sealed. */
    settings: p.json<Record<string, Json>>(),
    state: word().$type<RunState>().default('stopped'),
    stateReason: p.text().nullable(),
    stateAt: time(),
    checks: p.json<Json>().nullable(),
    checkedAt: time().nullable(),
    /** Settings whose secrets are still accepted from the provider, newest first; `previousUntil` is when the last of them ends. */
    previous: p.json<{ settings: Record<string, Json>; until: number }[] | Record<string, Json>>().nullable(),
    previousUntil: time().nullable(),
    /** When the provider last proved itself, to within some seconds. */
    lastEventAt: time().nullable(),
    templatesAt: time().nullable(),
    declared: p.boolean().default(false),
    createdAt: time(),
    deletedAt: time().nullable(),
    version: p.integer().version(),
  },
});

export const WebhookKey = defineEntity({
  name: 'WebhookKey',
  filters: ofTenant,
  properties: {
    id: id(),
    tenantId: tenantId(),
    connectionId: p.uuid().index(),
    hash: word().unique(),
    sealed: p.text(),
    /** null: for ever, as on every signed channel, where the key only names the connection. */
    validUntil: time().nullable(),
    createdAt: time(),
  },
});

export const Num = defineEntity({
  name: 'Num',
  tableName: 'number',
  filters: ofTenant,
  uniques: [{ name: 'number_account_unique', properties: ['plugin', 'account'], where: 'deleted_at is null' }],
  properties: {
    id: id(),
    tenantId: tenantId().index(),
    connectionId: p.uuid().index(),
    plugin: word(),
    account: line(),
    displayName: line(),
    phone: word().nullable(),
    active: p.boolean(),
    /** 1–6: the colour of its cord. */
    line: p.integer(),
    /** Until when its sends are spoken for: see the pace of sending. */
    pacedUntil: time().default(0),
    declared: p.boolean().default(false),
    createdAt: time(),
    deletedAt: time().nullable(),
    version: p.integer().version(),
  },
});

export const Template = defineEntity({
  name: 'Template',
  filters: ofTenant,
  uniques: [{ properties: ['connectionId', 'providerId'] }],
  indexes: [{ properties: ['tenantId', 'connectionId', 'name', 'language'] }],
  properties: {
    id: id(),
    tenantId: tenantId(),
    connectionId: p.uuid(),
    providerId: line(),
    name: line(),
    language: word(),
    status: word().$type<TemplateStatus>(),
    category: word().nullable(),
    quality: word().nullable(),
    reason: p.text().nullable(),
    components: p.json<Json>(),
    preview: p.json<TemplatePreview>(),
    variables: p.json<{ key: string; example?: string }[]>(),
    updatedAt: time(),
    /** Gone at the provider; kept for the messages that were sent with it. */
    deletedAt: time().nullable(),
  },
});

/** A webhook as received. Append-only but for its state; it is its own process job. */
export const Delivery = defineEntity({
  name: 'Delivery',
  filters: ofTenant,
  indexes: [
    { name: 'delivery_due_index', properties: ['connectionId', 'id'], where: "state = 'received'" },
    { properties: ['tenantId', 'id'] },
    { name: 'delivery_failed_index', properties: ['tenantId', 'id'], where: "state = 'failed'" },
  ],
  properties: {
    id: id(),
    tenantId: tenantId(),
    connectionId: p.uuid(),
    receivedAt: time(),
    method: p.string().length(8),
    url: p.text(),
    headers: p.json<Record<string, string[]>>(),
    body: p.blob(),
    state: word().$type<DeliveryState>(),
    /** Why it failed, or what was odd about it. */
    reason: p.text().nullable(),
    /** How many messages and statuses it held; null until it was processed. */
    events: p.integer().nullable(),
    processedAt: time().nullable(),
  },
});

/** Requests that could not prove themselves: counted by cause and source, never stored. */
export const Rejection = defineEntity({
  name: 'Rejection',
  filters: ofTenant,
  uniques: [{ properties: ['connectionId', 'cause', 'source'] }],
  properties: {
    id: id(),
    tenantId: tenantId(),
    connectionId: p.uuid(),
    cause: word(),
    source: word(),
    count: p.integer(),
    firstAt: time(),
    lastAt: time(),
  },
});

/** What a delivery said beside messages and statuses: account, template, consent and identity events, and what was ignored. */
export const ProviderEvent = defineEntity({
  name: 'ProviderEvent',
  filters: ofTenant,
  uniques: [{ properties: ['connectionId', 'eventId'] }],
  properties: {
    id: id(),
    tenantId: tenantId(),
    connectionId: p.uuid(),
    deliveryId: p.uuid(),
    eventId: p.string().length(512),
    kind: word(),
    account: line().nullable(),
    at: time(),
    payload: p.json<Json>(),
  },
});

/** What a connection did and why it failed, for the people who run it: without secrets, and only the newest. */
export const ConnectionLog = defineEntity({
  name: 'ConnectionLog',
  filters: ofTenant,
  indexes: [{ properties: ['connectionId', 'id'] }],
  properties: {
    id: id(),
    tenantId: tenantId(),
    connectionId: p.uuid(),
    at: time(),
    level: word().$type<'debug' | 'info' | 'warn' | 'error'>(),
    message: p.text(),
    detail: p.json<Json>(),
  },
});

/** A plugin's own durable words about one connection; values are sealed. */
export const PluginStore = defineEntity({
  name: 'PluginStore',
  properties: { connectionId: p.uuid().primary(), key: word().primary(), value: p.text(), updatedAt: time() },
});

export type IConnection = InferEntity<typeof Connection>;
export type INumber = InferEntity<typeof Num>;
