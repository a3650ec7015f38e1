/**
 * Connections, numbers, agents and bindings as one picture in memory: small, read at every step, changed by people. Whoever
 * changes it calls `reload` after the commit; other replicas hear of it.
 */
import type { IAgentVersion, Environment, RunState } from './db/entities/index.ts';
import { AgentRow, AgentVersion, Binding, Connection, Num, Tenant, WebhookKey } from './db/entities/index.ts';
import type { Database } from './db/open.ts';
import type { Agent, Channel, Context, Json, Locale } from './plugin/contract.ts';

export interface TenantEntry {
  id: string;
  slug: string;
  name: string;
  locale: Locale;
  timeZone: string;
}

export interface ConnectionEntry {
  id: string;
  tenantId: string;
  pluginName: string;
  name: string;
  /** Undefined when its plugin is not loaded: nothing is verified, so nothing is accepted. */
  channel: Channel | undefined;
  /** Opened; never logged, never shown. */
  settings: Record<string, Json>;
  state: RunState;
  context: Context<Record<string, Json>>;
}

export interface NumberEntry {
  id: string;
  tenantId: string;
  connectionId: string;
  pluginName: string;
  account: string;
  displayName: string;
  active: boolean;
  /** Who takes its inbound traffic. */
  inbound: { agentId: string; environment: Environment } | undefined;
}

export interface AgentEntry {
  id: string;
  tenantId: string;
  name: string;
  agent: Agent | undefined;
  state: RunState;
  joinMs: number;
  versions: Partial<Record<Environment, { id: string; ordinal: number; settings: Record<string, Json>; context: Context<Record<string, Json>> }>>;
}

export interface Directory {
  tenant(id: string): TenantEntry | undefined;
  tenantBySlug(slug: string): TenantEntry | undefined;
  connection(id: string): ConnectionEntry | undefined;
  connections(): ConnectionEntry[];
  /** By the hash of the key in the URL. */
  connectionByKey(keyHash: string, now: number): ConnectionEntry | undefined;
  number(id: string): NumberEntry | undefined;
  numberByAccount(pluginName: string, account: string): NumberEntry | undefined;
  agent(id: string): AgentEntry | undefined;
  reload(): Promise<void>;
}

/** How rows become entries: opening secrets and making contexts is the composition root's knowledge. */
export interface DirectoryParts {
  channel(plugin: string): Channel | undefined;
  agent(plugin: string): Agent | undefined;
  connectionSettings(row: { id: string; plugin: string; settings: Record<string, Json> }): Record<string, Json>;
  agentSettings(agent: { id: string; plugin: string; secrets: Record<string, Json> }, version: IAgentVersion): Record<string, Json>;
  connectionContext(row: { id: string; plugin: string }, settings: Record<string, Json>, webhookKeySealed: string | undefined): Context<Record<string, Json>>;
  agentContext(row: { id: string; plugin: string }, settings: Record<string, Json>): Context<Record<string, Json>>;
}

interface Picture {
  tenants: Map<string, TenantEntry>;
  slugs: Map<string, TenantEntry>;
  connections: Map<string, ConnectionEntry>;
  keys: Map<string, { connection: ConnectionEntry; validUntil: number | null }>;
  numbers: Map<string, NumberEntry>;
  accounts: Map<string, NumberEntry>;
  agents: Map<string, AgentEntry>;
}

export async function createDirectory(db: Database, parts: DirectoryParts): Promise<Directory> {
  let picture = await draw(db, parts);
  return {
    tenant: (id) => picture.tenants.get(id),
    tenantBySlug: (slug) => picture.slugs.get(slug),
    connection: (id) => picture.connections.get(id),
    connections: () => [...picture.connections.values()],
    connectionByKey: (hash, now) => {
      const key = picture.keys.get(hash);
      return key && (key.validUntil === null || key.validUntil > now) ? key.connection : undefined;
    },
    number: (id) => picture.numbers.get(id),
    numberByAccount: (plugin, account) => picture.accounts.get(`${plugin} ${account}`),
    agent: (id) => picture.agents.get(id),
    async reload() {
      picture = await draw(db, parts);
    },
  };
}

async function draw(db: Database, parts: DirectoryParts): Promise<Picture> {
  const em = db.emOfAll();
  const tenants = await em.find(Tenant, {});
  const connections = await em.find(Connection, { deletedAt: null });
  const keys = await em.find(WebhookKey, {});
  const numbers = await em.find(Num, { deletedAt: null });
  const agents = await em.find(AgentRow, { deletedAt: null });
  const versions = await em.find(AgentVersion, { id: { $in: agents.flatMap((a) => [a.publishedId ?? [], a.draftId ?? []].flat()) } });
  const bindings = await em.find(Binding, { inbound: true });
  const picture: Picture = {
    tenants: new Map(), slugs: new Map(), connections: new Map(), keys: new Map(), numbers: new Map(), accounts: new Map(), agents: new Map(),
  };
  for (const { id, slug, name, locale, timeZone } of tenants) {
    const entry = { id, slug, name, locale, timeZone };
    picture.tenants.set(id, entry);
    picture.slugs.set(slug, entry);
  }
  for (const row of connections) {
    const settings = parts.connectionSettings(row);
    const key = keys.find((k) => k.connectionId === row.id && k.validUntil === null) ?? keys.find((k) => k.connectionId === row.id);
    picture.connections.set(row.id, {
      id: row.id,
      tenantId: row.tenantId,
      pluginName: row.plugin,
      name: row.name,
      channel: parts.channel(row.plugin),
      settings,
      state: row.state,
      context: parts.connectionContext(row, settings, key?.sealed),
    });
  }
  for (const key of keys) {
    const connection = picture.connections.get(key.connectionId);
    if (connection) picture.keys.set(key.hash, { connection, validUntil: key.validUntil ?? null });
  }
  const inbound = new Map(bindings.map((b) => [b.numberId, { agentId: b.agentId, environment: b.environment }]));
  for (const row of numbers) {
    const entry: NumberEntry = {
      id: row.id,
      tenantId: row.tenantId,
      connectionId: row.connectionId,
      pluginName: row.plugin,
      account: row.account,
      displayName: row.displayName,
      active: row.active,
      inbound: inbound.get(row.id),
    };
    picture.numbers.set(row.id, entry);
    picture.accounts.set(`${row.plugin} ${row.account}`, entry);
  }
  for (const row of agents) {
    const entry: AgentEntry = {
      id: row.id, tenantId: row.tenantId, name: row.name, agent: parts.agent(row.plugin), state: row.state, joinMs: row.joinMs, versions: {},
    };
    for (const [environment, id] of [['published', row.publishedId], ['draft', row.draftId]] as const) {
      const version = versions.find((v) => v.id === id);
      if (!version) continue;
      const settings = parts.agentSettings(row, version);
      entry.versions[environment] = { id: version.id, ordinal: version.ordinal, settings, context: parts.agentContext(row, settings) };
    }
    picture.agents.set(row.id, entry);
  }
  return picture;
}
