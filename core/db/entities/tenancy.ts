/** Who uses the product: tenants, users, their memberships and logins, API keys, and what they did. */
import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { Locale } from '../../plugin/contract/plugin.ts';
import { id, line, ofTenant, tenantId, time, word } from './columns.ts';

export const roles = ['owner', 'admin', 'contributor', 'agent'] as const;
export type Role = (typeof roles)[number];

export const Tenant = defineEntity({
  name: 'Tenant',
  properties: {
    id: id(),
    slug: word().unique(),
    name: line(),
    locale: p.string().length(8).$type<Locale>(),
    timeZone: word(),
    /** Written by the configuration file: shown read-only. */
    declared: p.boolean().default(false),
    createdAt: time(),
  },
});

export const User = defineEntity({
  name: 'User',
  properties: {
    id: id(),
    email: line().unique(),
    name: line(),
    passwordHash: p.text().nullable(),
    /** null: the browser's language, and the browser's theme. */
    locale: p.string().length(8).$type<Locale>().nullable(),
    theme: word().$type<'light' | 'dark'>().nullable(),
    createdAt: time(),
    disabledAt: time().nullable(),
  },
});

export const Membership = defineEntity({
  name: 'Membership',
  uniques: [{ properties: ['tenantId', 'userId'] }],
  filters: ofTenant,
  properties: { id: id(), tenantId: tenantId(), userId: p.uuid().index(), role: word().$type<Role>(), createdAt: time() },
});

export const Login = defineEntity({
  name: 'Login',
  properties: {
    id: id(),
    userId: p.uuid().index(),
    /** SHA-256 of the cookie's token: a copy of the database signs nobody in. */
    tokenHash: word().unique(),
    createdAt: time(),
    lastSeenAt: time(),
    expiresAt: time(),
    address: word(),
    browser: line(),
  },
});

export const ApiKey = defineEntity({
  name: 'ApiKey',
  filters: ofTenant,
  properties: {
    id: id(),
    tenantId: tenantId(),
    name: line(),
    hash: word().unique(),
    scopes: p.json<string[]>(),
    declared: p.boolean().default(false),
    createdAt: time(),
    lastUsedAt: time().nullable(),
    /** null: until it is revoked. */
    expiresAt: time().nullable(),
    revokedAt: time().nullable(),
  },
});

export const Audit = defineEntity({
  name: 'Audit',
  filters: ofTenant,
  indexes: [{ properties: ['tenantId', 'id'] }],
  properties: {
    id: id(),
    tenantId: tenantId(),
    userId: p.uuid().nullable(),
    action: word(),
    subject: word(),
    subjectId: word().nullable(),
    detail: p.json<Record<string, unknown>>(),
    address: word(),
    at: time(),
  },
});

/** Failed proofs (passwords, set-up links, webhook signatures) by what they were tried on; it outlives a restart. */
export const Throttle = defineEntity({
  name: 'Throttle',
  properties: { key: line().primary(), failures: p.integer(), blockedUntil: time(), updatedAt: time() },
});

/** Facts about the installation: key fingerprint, the process that holds a SQLite file, the one-time set-up link. */
export const Installation = defineEntity({
  name: 'Installation',
  properties: { key: word().primary(), value: p.text(), updatedAt: time() },
});

export type IUser = InferEntity<typeof User>;
