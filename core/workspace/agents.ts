/** Agents: made, given new versions, run and stopped. A version is never changed once it is written. */
import { AgentRow as AgentEntity, type IAgent, type Environment, type RunState } from '../db/entities/index.ts';
import type { Em } from '../db/open.ts';
import { uuid } from '../ids.ts';
import type { Locale, CheckLine } from '../plugin/contract/plugin.ts';
import { drawFields, type Typed, type Field } from '../plugin/fields.ts';
import { bind, bindConnection, unbind } from './bindings.ts';
import { audit, change, tell, type By } from './change.ts';
import { examine, refuseObstacles } from './checks.ts';
import { agentPluginOf, agentRow, nameOf, world, type WorkspaceParts } from './parts.ts';
import { agentDetail, agentRows, type AgentDetail, type AgentRow } from './reads-agents.ts';
import { dropDraft, publishDraft } from './drafts.ts';
import { together } from './refused.ts';
import { deedsOf, NotRunnable, type Runs } from './running.ts';
import { saveAgent } from './save-agent.ts';
import { readGiven, type GivenSettings } from './settings.ts';
import { draftSettings, publishedSettings, writeVersion } from './versions.ts';

export interface Agents {
  list(tenantId: string): Promise<AgentRow[]>;
  get(tenantId: string, id: string): Promise<AgentDetail>;
  kinds(): { plugin: string; title: string }[];
  /** Without an environment: of the published version. */
  fields(tenantId: string, of: { id: string; environment?: Environment } | { plugin: string }, locale: Locale, typed?: Typed): Promise<Field[]>;
  /** @throws Refused */
  create(tenantId: string, given: { plugin: string; name: string; channels?: string[]; settings: GivenSettings; start?: boolean }, by: By): Promise<{ id: string }>;
  /**
   * Writes a new version, published from now on; the same settings make none.
   * @throws Refused also for what the plugin's own check calls broken · SwitchboardError CONFLICT
   */
  save(tenantId: string, id: string, given: { name: string; settings: GivenSettings; version: number }, by: By): Promise<{ ordinal: number; lines: CheckLine[] }>;
  /** Writes a version that only numbers bound in draft talk to; the name is the agent's. @throws Refused · SwitchboardError CONFLICT */
  saveDraft(tenantId: string, id: string, given: { name?: string; settings: GivenSettings; version: number }, by: By): Promise<{ ordinal: number; lines: CheckLine[] }>;
  /** The draft becomes what is published, and stays the draft of numbers bound in draft. @throws SwitchboardError NOT_FOUND it has none, CONFLICT */
  publishDraft(tenantId: string, id: string, by: By, version?: number): Promise<{ ordinal: number }>;
  /** The draft is given up, and with it the numbers bound in draft. @throws SwitchboardError NOT_FOUND, CONFLICT */
  dropDraft(tenantId: string, id: string, by: By, version?: number): Promise<void>;
  start(tenantId: string, id: string, by: By): Promise<{ state: RunState; lines: CheckLine[] }>;
  stop(tenantId: string, id: string, by: By): Promise<void>;
  restart(tenantId: string, id: string, by: By): Promise<{ state: RunState; lines: CheckLine[] }>;
  /** Plugs a number in, or changes its Inbound switch. @throws Refused INBOUND_TAKEN with the other agent's name, or `environment` when it has no draft */
  bind(tenantId: string, given: { numberId: string; agentId: string; environment?: Environment; inbound: boolean }, by: By): Promise<void>;
  /** A whole connection at once: all its numbers. Those taken by another agent stay outbound only and are returned. */
  bindConnection(tenantId: string, given: { connectionId: string; agentId: string; environment?: Environment; inbound: boolean }, by: By): Promise<{ taken: { number: string; agent: string }[] }>;
  unbind(tenantId: string, given: { numberId: string; agentId: string; environment?: Environment }, by: By): Promise<void>;
}

export function agentsOf(parts: WorkspaceParts): Agents {
  return {
    list: (tenantId) => agentRows(parts, tenantId),
    get: (tenantId, id) => agentDetail(parts, tenantId, id),
    kinds: () => parts.runtime().plugins.all.flatMap(({ kind, name, title }) => (kind === 'agent' ? [{ plugin: name, title }] : [])),
    fields: (tenantId, of, locale, typed) => fields(parts, tenantId, of, locale, typed),
    create: (tenantId, given, by) => create(parts, tenantId, given, by),
    save: (tenantId, id, given, by) => saveAgent(parts, tenantId, id, 'published', given, by),
    saveDraft: (tenantId, id, given, by) => saveAgent(parts, tenantId, id, 'draft', given, by),
    publishDraft: (tenantId, id, by, version) => publishDraft(parts, tenantId, id, by, version),
    dropDraft: (tenantId, id, by, version) => dropDraft(parts, tenantId, id, by, version),
    ...deedsOf(parts, agentRuns),
    bind: (tenantId, given, by) => bind(parts, tenantId, given, by),
    bindConnection: (tenantId, given, by) => bindConnection(parts, tenantId, given, by),
    unbind: (tenantId, given, by) => unbind(parts, tenantId, given, by),
  };
}

async function fields(parts: WorkspaceParts, tenantId: string, of: { id: string; environment?: Environment } | { plugin: string }, locale: Locale, typed?: Typed) {
  const em = parts.runtime().db.em(tenantId);
  const row = 'id' in of ? await agentRow(em, of.id) : undefined;
  const agent = agentPluginOf(parts, row ? row.plugin : 'plugin' in of ? of.plugin : '');
  const settings = row && (await ('environment' in of && of.environment === 'draft' ? draftSettings : publishedSettings)(em, parts, row));
  return drawFields(agent.settings, { locale, ...(agent.texts && { texts: agent.texts }), ...(settings && { settings }), ...(typed && { typed }) });
}

async function create(
  parts: WorkspaceParts, tenantId: string, given: { plugin: string; name: string; channels?: string[]; settings: GivenSettings; start?: boolean }, by: By,
): Promise<{ id: string }> {
  const runtime = parts.runtime();
  const plugin = agentPluginOf(parts, given.plugin);
  const id = uuid();
  const [name, settings] = together(() => nameOf(given.name, 'name'), () => readGiven(plugin.settings, given.settings));
  refuseObstacles(plugin, await examine(world(parts), plugin, settings, { id, key: '' }));
  await change(runtime, tenantId, async (em) => {
    const row = writeAgent(em, parts, { id, tenantId, plugin: given.plugin, name, channels: given.channels ?? ['whatsapp'], run: given.start ?? true });
    await writeVersion(em, parts, row, settings, by);
    audit(em, runtime, tenantId, by, { action: 'agent.create', subject: 'agent', subjectId: id, detail: { plugin: given.plugin, name } });
  });
  tell(runtime, { tenantId, numbers: true });
  return { id };
}

export interface AgentToWrite {
  id: string;
  tenantId: string;
  plugin: string;
  name: string;
  channels: string[];
  run: boolean;
  /** Of the configuration. */
  key?: string;
}

/** Has no version yet: `writeVersion` follows. */
export function writeAgent(em: Em, parts: WorkspaceParts, { id, tenantId, plugin, name, channels, run, key }: AgentToWrite): IAgent {
  const now = parts.runtime().clock.now();
  const row = em.create(AgentEntity, {
    id, tenantId, key: key ?? null, name, plugin, channels, secrets: {}, state: run ? 'running' : 'stopped', stateReason: null, stateAt: now, publishedId: null, draftId: null,
    declared: key !== undefined, createdAt: now, deletedAt: null,
  });
  em.persist(row);
  return row;
}

// ── running and stopped ──────────────────────────────────────────────────────────────────────────────────────────────

export const agentRuns: Runs<IAgent> = {
  subject: 'agent',
  row: agentRow,
  plugin: (parts, row) => parts.runtime().plugins.agent(row.plugin),
  async examine(parts, em, row) {
    const plugin = parts.runtime().plugins.agent(row.plugin);
    if (!plugin) throw new NotRunnable({ code: 'plugin-missing', params: { plugin: row.plugin } });
    const stored = await publishedSettings(em, parts, row);
    if (!stored) throw new NotRunnable({ code: 'agent-no-version' });
    return examine(world(parts), plugin, readGiven(plugin.settings, { data: stored }), { id: row.id, key: '' });
  },
};
