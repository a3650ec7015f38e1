/**
 * Makes an installation what the configuration declares: by key, at every start. The file has the last word on what it
 * declares; what it no longer declares is stopped and may then be changed by people, but is never deleted.
 */
import { keep } from '../kept-words.ts';
import { isDeepStrictEqual } from 'node:util';
import { UniqueConstraintViolationException } from '@mikro-orm/core';
import { AgentRow, Connection, Conversation, Membership, Num, Tenant, User, ApiKey, WebhookKey, type IAgent, type IConnection, type INumber } from '../db/entities/index.ts';
import type { Em } from '../db/open.ts';
import { SwitchboardError } from '../errors.ts';
import { uuid } from '../ids.ts';
import { hashPassword } from '../password.ts';
import { hashKey } from '../pipeline/receive.ts';
import { newWebhookKey } from './address.ts';
import { writeAgent } from './agents.ts';
import { audit, change, goOn } from './change.ts';
import type { AgentDeclaration, ConnectionDeclaration, NumberDeclaration, TenantDeclaration } from './declaration.ts';
import { declareBindings } from './declared-bindings.ts';
import type { WorkspaceParts } from './parts.ts';
import { placeNumber } from './listed.ts';
import { Refused } from './refused.ts';
import { openConnectionSettings, readGiven, sealConnectionSettings, type Settings } from './settings.ts';
import { publishedSettings, writeVersion } from './versions.ts';

/** @throws SwitchboardError CONFIG_INVALID with the place */
export async function applyInstallation(parts: WorkspaceParts, tenants: readonly TenantDeclaration[]): Promise<void> {
  for (const [n, declared] of tenants.entries()) await withPatience(() => applyTenant(parts, declared, `tenants[${n}]`));
  await stopUndeclaredTenants(parts, tenants.map(({ slug }) => slug));
  await parts.runtime().directory.reload();
}

/** Replicas that start together write the same; whoever comes second finds it written and has nothing left to do. */
async function withPatience(work: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      const met = error instanceof UniqueConstraintViolationException || (error instanceof SwitchboardError && error.code === 'CONFLICT');
      if (!met || tries === 4) throw error;
    }
  }
}

async function applyTenant(parts: WorkspaceParts, declared: TenantDeclaration, at: string): Promise<void> {
  const runtime = parts.runtime();
  // Hashing takes its time and must not happen while a transaction is open.
  const hashes = await hashesOf(parts, declared);
  const tenantId = await tenantRow(parts, declared);
  const started = await change(runtime, tenantId, async (em) => {
    await applyUsers(em, parts, tenantId, declared, hashes);
    await applyApiKeys(em, parts, tenantId, declared);
    const agents = await applyAgents(em, parts, tenantId, declared.agents, at);
    const connections = await applyConnections(em, parts, tenantId, declared.connections, at);
    await em.flush();
    const numbers = await applyNumbers(em, parts, tenantId, declared.numbers, connections, at);
    await em.flush();
    await declareBindings(em, parts, tenantId, declared.numbers, numbers, agents);
    return {
      connection: [...connections.values()].filter(({ state }) => state === 'running').map(({ id }) => id),
      number: [...numbers.values()].filter(({ active }) => active).map(({ id }) => id),
      agent: [...agents.values()].filter(({ state }) => state === 'running').map(({ id }) => id),
    };
  });
  for (const kind of ['connection', 'number', 'agent'] as const) await goOn(runtime, kind, ...started[kind]);
}

async function tenantRow(parts: WorkspaceParts, { slug, name = slug, locale, timeZone }: TenantDeclaration): Promise<string> {
  const { db, clock } = parts.runtime();
  return db.emOfAll().transactional(async (em) => {
    const row = (await em.findOne(Tenant, { slug })) ?? em.create(Tenant, { id: uuid(), slug, name, locale, timeZone, createdAt: clock.now() });
    Object.assign(row, { name, locale, timeZone, declared: true });
    em.persist(row);
    return row.id;
  });
}

// ── people and keys ──────────────────────────────────────────────────────────────────────────────────────────────────

async function hashesOf(parts: WorkspaceParts, { users }: TenantDeclaration): Promise<Map<string, string>> {
  const emails = users.map(({ email }) => email.toLowerCase());
  const known = new Set((await parts.runtime().db.emOfAll().find(User, { email: { $in: emails } })).map(({ email }) => email));
  const hashes = new Map<string, string>();
  for (const { email, password } of users) {
    if (password !== undefined && !known.has(email.toLowerCase())) hashes.set(email.toLowerCase(), await hashPassword(password));
  }
  return hashes;
}

async function applyUsers(em: Em, parts: WorkspaceParts, tenantId: string, { users }: TenantDeclaration, hashes: ReadonlyMap<string, string>): Promise<void> {
  const runtime = parts.runtime();
  const now = runtime.clock.now();
  for (const declared of users) {
    const email = declared.email.toLowerCase();
    let user = await em.findOne(User, { email });
    if (!user) {
      user = em.create(User, { id: uuid(), email, name: declared.name, passwordHash: hashes.get(email) ?? null, locale: declared.locale ?? null, theme: null, createdAt: now, disabledAt: null });
      em.persist(user);
      audit(em, runtime, tenantId, 'configuration', { action: 'user.create', subject: 'user', subjectId: user.id, detail: { role: declared.role } });
    }
    const membership = await em.findOne(Membership, { userId: user.id });
    if (membership?.role === declared.role) continue;
    if (membership) membership.role = declared.role;
    else em.persist(em.create(Membership, { tenantId, userId: user.id, role: declared.role, createdAt: now }));
    audit(em, runtime, tenantId, 'configuration', { action: 'member.role', subject: 'user', subjectId: user.id, detail: { role: declared.role } });
  }
}

async function applyApiKeys(em: Em, parts: WorkspaceParts, tenantId: string, { apiKeys }: TenantDeclaration): Promise<void> {
  const runtime = parts.runtime();
  const now = runtime.clock.now();
  const rows = await em.find(ApiKey, { declared: true });
  for (const { name, key, scopes, expires } of apiKeys) {
    const hash = hashKey(key);
    const expiresAt = expires === undefined ? null : Date.parse(expires);
    const row = rows.find((one) => one.name === name);
    if (row && row.hash === hash && row.revokedAt === null && row.expiresAt === expiresAt && isDeepStrictEqual(row.scopes, [...scopes])) continue;
    const set = row ?? em.create(ApiKey, { id: uuid(), tenantId, name, hash, scopes: [], declared: true, createdAt: now, lastUsedAt: null, expiresAt, revokedAt: null });
    Object.assign(set, { hash, scopes: [...scopes], expiresAt, revokedAt: null });
    em.persist(set);
    audit(em, runtime, tenantId, 'configuration', { action: 'api-key.set', subject: 'api-key', subjectId: set.id, detail: { name, scopes: [...scopes], ...(expires !== undefined && { expires }) } });
  }
  for (const row of rows) {
    if (row.revokedAt !== null || apiKeys.some(({ name }) => name === row.name)) continue;
    row.revokedAt = now;
    audit(em, runtime, tenantId, 'configuration', { action: 'api-key.revoke', subject: 'api-key', subjectId: row.id, detail: { name: row.name } });
  }
}

// ── agents ───────────────────────────────────────────────────────────────────────────────────────────────────────────

async function applyAgents(em: Em, parts: WorkspaceParts, tenantId: string, declared: readonly AgentDeclaration[], at: string): Promise<Map<string, IAgent>> {
  const runtime = parts.runtime();
  const now = runtime.clock.now();
  const rows = await em.find(AgentRow, { key: { $ne: null }, deletedAt: null });
  const agents = new Map<string, IAgent>();
  for (const [n, { key, name = key, plugin, channels, start, settings: given }] of declared.entries()) {
    const here = `${at}.agents[${n}]`;
    const found = rows.find((row) => row.key === key);
    if (found && found.plugin !== plugin) throw otherPlugin(here, key, found.plugin);
    const row = found ?? writeAgent(em, parts, { id: uuid(), tenantId, plugin, name, channels: [...channels], run: start, key });
    agents.set(key, row);
    const state = runState(start, runtime.plugins.agent(plugin), plugin);
    if (row.state !== state.state || row.stateReason !== state.stateReason) Object.assign(row, { ...state, stateAt: now });
    Object.assign(row, { name, channels: [...channels], declared: true });
    const agent = runtime.plugins.agent(plugin);
    if (!agent) continue;
    const stored = found && (await publishedSettings(em, parts, found));
    const settings = checked(() => readGiven(agent.settings, { data: given }, stored), `${here}.settings`);
    if (stored && isDeepStrictEqual(stored, settings)) continue;
    const version = await writeVersion(em, parts, row, settings, 'configuration');
    audit(em, runtime, tenantId, 'configuration', { action: 'agent.save', subject: 'agent', subjectId: row.id, detail: { name, version } });
  }
  for (const row of rows) if (row.declared && !agents.has(row.key ?? '')) release(em, parts, row, 'agent');
  return agents;
}

// ── connections ──────────────────────────────────────────────────────────────────────────────────────────────────────

async function applyConnections(em: Em, parts: WorkspaceParts, tenantId: string, declared: readonly ConnectionDeclaration[], at: string): Promise<Map<string, IConnection>> {
  const runtime = parts.runtime();
  const now = runtime.clock.now();
  const rows = await em.find(Connection, { key: { $ne: null }, deletedAt: null });
  const connections = new Map<string, IConnection>();
  for (const [n, { key, name = key, plugin, description = '', start, settings: given, webhookKey }] of declared.entries()) {
    const here = `${at}.connections[${n}]`;
    const found = rows.find((row) => row.key === key);
    if (found && found.plugin !== plugin) throw otherPlugin(here, key, found.plugin);
    const channel = runtime.plugins.channel(plugin);
    const state = runState(start, channel, plugin);
    const row = found ?? em.create(Connection, { id: uuid(), tenantId, plugin, key, name, description, settings: {}, ...state, stateAt: now, checks: null, checkedAt: null, createdAt: now, deletedAt: null });
    em.persist(row);
    connections.set(key, row);
    if (row.state !== state.state || row.stateReason !== state.stateReason) Object.assign(row, { ...state, stateAt: now });
    Object.assign(row, { name, description, declared: true });
    if (channel) {
      const stored = found && Object.keys(found.settings).length > 0 ? openConnectionSettings(parts.sealer, channel.settings, found) : undefined;
      const settings = checked(() => readGiven(channel.settings, { data: given }, stored), `${here}.settings`);
      if (!stored || !isDeepStrictEqual(stored, settings)) {
        row.settings = sealConnectionSettings(parts.sealer, channel.settings, row.id, settings);
        audit(em, runtime, tenantId, 'configuration', { action: found ? 'connection.save' : 'connection.create', subject: 'connection', subjectId: row.id, detail: { name, plugin } });
      }
    }
    await declareWebhookKey(em, parts, row, webhookKey, `${here}.webhookKey`);
  }
  for (const row of rows) if (row.declared && !connections.has(row.key ?? '')) release(em, parts, row, 'connection');
  return connections;
}

/** How long the address before this one is still answered, so that nothing is lost while the provider is told. */
const graceMs = 24 * 3_600_000;

async function declareWebhookKey(em: Em, parts: WorkspaceParts, row: IConnection, given: string | undefined, place: string): Promise<void> {
  const { clock } = parts.runtime();
  const keys = await em.find(WebhookKey, { connectionId: row.id });
  if (given === undefined) {
    if (!keys.some(({ validUntil }) => validUntil === null)) em.persist(em.create(WebhookKey, newWebhookKey(parts.sealer, row.tenantId, row.id, clock.now())));
    return;
  }
  const hash = hashKey(given);
  for (const key of keys) if (key.hash !== hash && key.validUntil === null) key.validUntil = clock.now() + graceMs;
  const own = keys.find((key) => key.hash === hash);
  if (own) {
    own.validUntil = null;
    return;
  }
  const held = await em.findOne(WebhookKey, { hash }, { filters: false });
  if (held) {
    const holder = await em.findOne(Connection, { id: held.connectionId }, { filters: false });
    if (holder && holder.deletedAt === null && holder.state !== 'stopped') throw new SwitchboardError('CONFIG_INVALID', `${place} is in use by the connection "${holder.name}"; choose another key.`);
    await em.nativeDelete(WebhookKey, { id: held.id }, { filters: false });
  }
  em.persist(em.create(WebhookKey, newWebhookKey(parts.sealer, row.tenantId, row.id, clock.now(), given)));
}

// ── numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────────

async function applyNumbers(
  em: Em, parts: WorkspaceParts, tenantId: string, declared: readonly NumberDeclaration[], connections: ReadonlyMap<string, IConnection>, at: string,
): Promise<Map<NumberDeclaration, INumber>> {
  const runtime = parts.runtime();
  const rows = await em.find(Num, { deletedAt: null });
  const numbers = new Map<NumberDeclaration, INumber>();
  for (const [n, number] of declared.entries()) {
    const here = `${at}.numbers[${n}]`;
    const connection = connections.get(number.connection);
    if (!connection) throw new SwitchboardError('CONFIG_REFERENCE', `${here}.connection names "${number.connection}", which is no connection of this tenant.`);
    const account = accountOf(parts, connection.plugin, number.account, `${here}.account`);
    const displayName = number.displayName ?? account;
    const found = rows.find((row) => row.plugin === connection.plugin && row.account === account);
    const row = found ?? (await checkedLater(() => placeNumber(em, parts, { connection, account, displayName, phone: undefined, active: number.active }), `${here}.account`));
    if (!found) audit(em, runtime, tenantId, 'configuration', { action: 'number.connect', subject: 'number', subjectId: row.id, detail: { account } });
    if (found && found.connectionId !== connection.id) await em.nativeUpdate(Conversation, { numberId: row.id }, { connectionId: connection.id });
    Object.assign(row, { displayName, active: number.active, connectionId: connection.id, declared: true });
    numbers.set(number, row);
  }
  const kept = new Set([...numbers.values()].map(({ id }) => id));
  for (const row of rows) if (row.declared && !kept.has(row.id)) release(em, parts, row, 'number');
  return numbers;
}

function accountOf(parts: WorkspaceParts, plugin: string, typed: string, place: string): string {
  const channel = parts.runtime().plugins.channel(plugin);
  const account = channel ? channel.account.parse(typed) : typed.trim();
  if (typeof account === 'string') return account;
  throw new SwitchboardError('CONFIG_INVALID', `${place}: ${channel?.texts?.en[account.problem] ?? account.problem}`);
}

// ── what all of them share ───────────────────────────────────────────────────────────────────────────────────────────

/** Declared and wanted means running, without asking anybody outside: a start must not wait for a provider, who will say so at the first call. */
function runState(start: boolean, loaded: unknown, plugin: string): Pick<IConnection, 'state'> & { stateReason: string | null } {
  if (!start) return { state: 'stopped', stateReason: null };
  return loaded ? { state: 'running', stateReason: null } : { state: 'error', stateReason: keep({ code: 'plugin-missing', params: { plugin } }) };
}

/** No longer in the file: stopped, and from now on people's to change. */
function release(em: Em, parts: WorkspaceParts, row: IConnection | IAgent | INumber, subject: 'connection' | 'agent' | 'number'): void {
  const runtime = parts.runtime();
  row.declared = false;
  if ('active' in row) row.active = false;
  else Object.assign(row, { state: 'stopped', stateReason: null, stateAt: runtime.clock.now() });
  audit(em, runtime, row.tenantId, 'configuration', { action: `${subject}.release`, subject, subjectId: row.id });
}

async function stopUndeclaredTenants(parts: WorkspaceParts, slugs: readonly string[]): Promise<void> {
  const gone = (await parts.runtime().db.emOfAll().find(Tenant, { declared: true })).filter(({ slug }) => !slugs.includes(slug));
  for (const { id } of gone) await withPatience(() => stopTenant(parts, id));
}

function stopTenant(parts: WorkspaceParts, id: string): Promise<void> {
  const runtime = parts.runtime();
  return change(runtime, id, async (em) => {
    for (const row of await em.find(Connection, { declared: true, deletedAt: null })) release(em, parts, row, 'connection');
    for (const row of await em.find(AgentRow, { declared: true, deletedAt: null })) release(em, parts, row, 'agent');
    for (const row of await em.find(Num, { declared: true, deletedAt: null })) release(em, parts, row, 'number');
    for (const row of await em.find(ApiKey, { declared: true, revokedAt: null })) row.revokedAt = runtime.clock.now();
    const tenant = await em.findOneOrFail(Tenant, { id });
    tenant.declared = false;
  });
}

function otherPlugin(place: string, key: string, plugin: string): SwitchboardError {
  return new SwitchboardError('CONFIG_INVALID', `${place}.plugin: "${key}" was made with the plugin ${plugin}; give the new one a key of its own.`);
}

function checked(read: () => Settings, place: string): Settings {
  try {
    return read();
  } catch (error) {
    throw atPlace(error, place);
  }
}

async function checkedLater<T>(read: () => Promise<T>, place: string): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw atPlace(error, place);
  }
}

function atPlace(error: unknown, place: string): unknown {
  if (!(error instanceof Refused)) return error;
  const said = Object.entries(error.fields).map(([field, sentence]) => `${place}${field === '' || field === 'account' ? '' : `.${field}`}: ${sentence}`).join(' ');
  return new SwitchboardError('CONFIG_INVALID', said, { cause: error });
}
