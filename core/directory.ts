/**
 * Connections, numbers, agents and bindings as one picture in memory: small, read at every step, changed by people. Whoever
 * changes it calls `reload` after the commit; other replicas hear of it.
 */
import type { Environment, IAgentVersion, IConnection, RunState } from './db/entities/index.ts';
import type { Database } from './db/open.ts';
import { StorageUnavailable } from './errors.ts';
import type { Agent } from './plugin/contract/agent.ts';
import type { Channel } from './plugin/contract/channel.ts';
import type { Context } from './plugin/contract/context.ts';
import type { Json, Locale } from './plugin/contract/plugin.ts';

export interface TenantEntry {
  id: string;
  slug: string;
  name: string;
  locale: Locale;
  timeZone: string;
}

export interface Previous {
  settings: Record<string, Json>;
  until: number;
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
  /** Settings whose secrets still prove a webhook, each until its own end. Nothing is sent with them. */
  previous: Previous[];
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
  /** In the order in which they were made. */
  numbersOf(connectionId: string): NumberEntry[];
  agent(id: string): AgentEntry | undefined;
  /** Resolves when what was committed before the call is in the picture. A database that is away for now is asked again by itself. */
  reload(): Promise<void>;
}

/** How rows become entries: opening secrets and making contexts is the composition root's knowledge. */
export interface DirectoryParts {
  channel(plugin: string): Channel | undefined;
  agent(plugin: string): Agent | undefined;
  connectionSettings(row: { id: string; plugin: string; settings: Record<string, Json> }): Record<string, Json>;
  agentSettings(agent: { id: string; plugin: string; secrets: Record<string, Json> }, version: Pick<IAgentVersion, 'settings'>): Record<string, Json>;
  connectionContext(row: { id: string; tenantId: string; plugin: string }, settings: Record<string, Json>, webhookKeySealed: string | undefined): Context<Record<string, Json>>;
  agentContext(row: { id: string; tenantId: string; plugin: string }, settings: Record<string, Json>): Context<Record<string, Json>>;
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

const askAgainMs = 1_000;

export async function createDirectory(db: Database, parts: DirectoryParts): Promise<Directory> {
  let picture = await draw(db, parts);
  let drawing: Promise<unknown> = Promise.resolve();
  let next: Promise<void> | undefined;
  let again: NodeJS.Timeout | undefined;

  /** One at a time, or one that was begun earlier would replace a newer one. Whoever asks while one is drawn shares the next with all who do. */
  function reload(): Promise<void> {
    next ??= drawNext();
    return next;
  }

  function askAgain(): void {
    again = undefined;
    void reload().catch(() => {});
  }

  async function drawNext(): Promise<void> {
    await drawing;
    next = undefined;
    const drawn = draw(db, parts);
    drawing = drawn.catch(() => {});
    try {
      picture = await drawn;
    } catch (error) {
      // Nobody may tell of this change again: what was stopped would go on here.
      if (error instanceof StorageUnavailable) again ??= setTimeout(askAgain, askAgainMs).unref();
      throw error;
    }
  }

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
    numbersOf: (connectionId) => [...picture.numbers.values()].filter((number) => number.connectionId === connectionId).sort((a, b) => (a.id < b.id ? -1 : 1)),
    agent: (id) => picture.agents.get(id),
    reload,
  };
}

/** Rows as the database gives them: JSON is text, and booleans are numbers on SQLite. */
interface Rows {
  connections: { id: string; tenant_id: string; plugin: string; name: string; settings: string; previous: string | null; previous_until: number | null; state: RunState }[];
  keys: { connection_id: string; hash: string; sealed: string; valid_until: number | null }[];
  numbers: { id: string; tenant_id: string; connection_id: string; plugin: string; account: string; display_name: string; active: boolean | number }[];
  agents: { id: string; tenant_id: string; name: string; plugin: string; secrets: string; state: RunState; join_ms: number; published_id: string | null; draft_id: string | null }[];
  versions: { id: string; ordinal: number; settings: string }[];
  bindings: { number_id: string; agent_id: string; environment: Environment }[];
}

function readRows(db: Database): Promise<Rows & { tenants: TenantEntry[] }> {
  return db.snapshot(async ({ all }) => ({
    tenants: await all('select id, slug, name, locale, time_zone as "timeZone" from tenant'),
    connections: await all('select id, tenant_id, plugin, name, settings, previous, previous_until, state from connection where deleted_at is null'),
    keys: await all('select connection_id, hash, sealed, valid_until from webhook_key order by id'),
    numbers: await all('select id, tenant_id, connection_id, plugin, account, display_name, active from number where deleted_at is null'),
    agents: await all('select id, tenant_id, name, plugin, secrets, state, join_ms, published_id, draft_id from agent where deleted_at is null'),
    versions: await all('select v.id, v.ordinal, v.settings from agent_version v join agent a on v.id in (a.published_id, a.draft_id) where a.deleted_at is null'),
    bindings: await all('select number_id, agent_id, environment from binding where inbound'),
  }));
}

async function draw(db: Database, parts: DirectoryParts): Promise<Picture> {
  const { tenants, connections, keys, numbers, agents, versions, bindings } = await readRows(db);
  const picture: Picture = {
    tenants: new Map(tenants.map((entry) => [entry.id, entry])), slugs: new Map(tenants.map((entry) => [entry.slug, entry])),
    connections: new Map(), keys: new Map(), numbers: new Map(), accounts: new Map(), agents: new Map(),
  };
  for (const row of connections) {
    const settings = parts.connectionSettings({ id: row.id, plugin: row.plugin, settings: JSON.parse(row.settings) });
    const key = keys.find((k) => k.connection_id === row.id && k.valid_until === null) ?? keys.find((k) => k.connection_id === row.id);
    picture.connections.set(row.id, {
      id: row.id,
      tenantId: row.tenant_id,
      pluginName: row.plugin,
      name: row.name,
      channel: parts.channel(row.plugin),
      settings,
      previous: previousOf(row, parts),
      state: row.state,
      context: parts.connectionContext({ id: row.id, tenantId: row.tenant_id, plugin: row.plugin }, settings, key?.sealed),
    });
  }
  for (const key of keys) {
    const connection = picture.connections.get(key.connection_id);
    if (connection) picture.keys.set(key.hash, { connection, validUntil: key.valid_until });
  }
  const inbound = new Map(bindings.map((b) => [b.number_id, { agentId: b.agent_id, environment: b.environment }]));
  for (const row of numbers) {
    const entry: NumberEntry = {
      id: row.id,
      tenantId: row.tenant_id,
      connectionId: row.connection_id,
      pluginName: row.plugin,
      account: row.account,
      displayName: row.display_name,
      active: Boolean(row.active),
      inbound: inbound.get(row.id),
    };
    picture.numbers.set(row.id, entry);
    picture.accounts.set(`${row.plugin} ${row.account}`, entry);
  }
  for (const row of agents) {
    const entry: AgentEntry = {
      id: row.id, tenantId: row.tenant_id, name: row.name, agent: parts.agent(row.plugin), state: row.state, joinMs: row.join_ms, versions: {},
    };
    for (const [environment, id] of [['published', row.published_id], ['draft', row.draft_id]] as const) {
      const version = versions.find((v) => v.id === id);
      if (!version) continue;
      const settings = parts.agentSettings({ id: row.id, plugin: row.plugin, secrets: JSON.parse(row.secrets) }, { settings: JSON.parse(version.settings) });
      entry.versions[environment] = { id: version.id, ordinal: version.ordinal, settings, context: parts.agentContext({ id: row.id, tenantId: row.tenant_id, plugin: row.plugin }, settings) };
    }
    picture.agents.set(row.id, entry);
  }
  return picture;
}

function previousOf({ id, plugin, previous, previous_until: until }: Rows['connections'][number], parts: DirectoryParts): Previous[] {
  const kept = previousIn(previous === null ? null : JSON.parse(previous), until);
  return kept.map(({ settings, until }) => ({ settings: parts.connectionSettings({ id, plugin, settings }), until }));
}

/** As the column keeps them, sealed. Before there was a list there was one record of settings, which held until `last`. */
export function previousIn(kept: IConnection['previous'], last: number | null | undefined): Previous[] {
  if (!kept) return [];
  return Array.isArray(kept) ? kept : [{ settings: kept, until: last ?? 0 }];
}
