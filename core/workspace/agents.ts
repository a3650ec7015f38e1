/** Agents: made, given new versions, run and stopped. A version is never changed once it is written. */
import { isDeepStrictEqual } from 'node:util';
import { AgentRow, AgentVersion, type IAgent } from '../db/entities/index.ts';
import type { Em } from '../db/open.ts';
import { uuid } from '../ids.ts';
import type { CheckLine, Locale } from '../plugin/contract.ts';
import { drawFields, type Typed } from '../plugin/fields.ts';
import { bind, bindConnection, unbind } from './bindings.ts';
import { audit, change, goOn, sameVersion, tell } from './change.ts';
import { examine, reasonOf, refuseObstacles } from './checks.ts';
import { changedMembers } from './connections.ts';
import type { Agents, By, GivenSettings, WorkspaceParts } from './index.ts';
import { agentPluginOf, agentRow, nameOf, notDeclared, world } from './parts.ts';
import { agentDetail, agentRows } from './reads-agents.ts';
import { readGiven } from './settings.ts';
import { publishedSettings, writeVersion } from './versions.ts';

export function agentsOf(parts: WorkspaceParts): Agents {
  const start = (deed: 'start' | 'restart') => (tenantId: string, id: string, by: By) => startAgent(parts, tenantId, id, by, deed);
  return {
    list: (tenantId) => agentRows(parts, tenantId),
    get: (tenantId, id) => agentDetail(parts, tenantId, id),
    kinds: () => parts.runtime().plugins.all.flatMap(({ kind, name, title }) => (kind === 'agent' ? [{ plugin: name, title }] : [])),
    fields: (tenantId, of, locale, typed) => fields(parts, tenantId, of, locale, typed),
    create: (tenantId, given, by) => create(parts, tenantId, given, by),
    save: (tenantId, id, given, by) => save(parts, tenantId, id, given, by),
    start: start('start'),
    restart: start('restart'),
    stop: (tenantId, id, by) => stop(parts, tenantId, id, by),
    bind: (tenantId, given, by) => bind(parts, tenantId, given, by),
    bindConnection: (tenantId, given, by) => bindConnection(parts, tenantId, given, by),
    unbind: (tenantId, given, by) => unbind(parts, tenantId, given, by),
  };
}

async function fields(parts: WorkspaceParts, tenantId: string, of: { id: string } | { plugin: string }, locale: Locale, typed?: Typed) {
  const em = parts.runtime().db.em(tenantId);
  const row = 'id' in of ? await agentRow(em, of.id) : undefined;
  const agent = agentPluginOf(parts, row ? row.plugin : 'plugin' in of ? of.plugin : '');
  const settings = row && (await publishedSettings(em, parts, row));
  return drawFields(agent.settings, { locale, ...(agent.texts && { texts: agent.texts }), ...(settings && { settings }), ...(typed && { typed }) });
}

async function create(
  parts: WorkspaceParts, tenantId: string, given: { plugin: string; name: string; channels?: string[]; settings: GivenSettings; start?: boolean }, by: By,
): Promise<{ id: string }> {
  const runtime = parts.runtime();
  const plugin = agentPluginOf(parts, given.plugin);
  const id = uuid();
  const name = nameOf(given.name, 'name');
  const settings = readGiven(plugin.settings, given.settings);
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
  const row = em.create(AgentRow, {
    id, tenantId, key: key ?? null, name, plugin, channels, secrets: {}, state: run ? 'running' : 'stopped', stateReason: null, stateAt: now, publishedId: null, draftId: null,
    declared: key !== undefined, createdAt: now, deletedAt: null,
  });
  em.persist(row);
  return row;
}

async function save(parts: WorkspaceParts, tenantId: string, id: string, given: { name: string; settings: GivenSettings; version: number }, by: By) {
  const runtime = parts.runtime();
  const em = runtime.db.em(tenantId);
  const row = await agentRow(em, id);
  notDeclared(row);
  await sameVersion(em, row, given.version);
  const plugin = agentPluginOf(parts, row.plugin);
  const name = nameOf(given.name, 'name');
  const stored = await publishedSettings(em, parts, row);
  const settings = readGiven(plugin.settings, given.settings, stored);
  const lines = await examine(world(parts), plugin, settings, { id, key: '' });
  refuseObstacles(plugin, lines);
  const ordinal = await change(runtime, tenantId, async (em) => {
    const fresh = await agentRow(em, id);
    await sameVersion(em, fresh, given.version);
    fresh.name = name;
    const same = stored !== undefined && isDeepStrictEqual(stored, settings);
    const ordinal = same ? await ordinalOf(em, fresh) : await writeVersion(em, parts, fresh, settings, by);
    audit(em, runtime, tenantId, by, { action: 'agent.save', subject: 'agent', subjectId: id, detail: { name, version: ordinal, changed: changedMembers(stored ?? {}, settings) } });
    return ordinal;
  });
  tell(runtime, { tenantId, numbers: true });
  return { ordinal, lines };
}

async function ordinalOf(em: Em, row: IAgent): Promise<number> {
  const version = await em.findOneOrFail(AgentVersion, { id: row.publishedId ?? '' });
  return version.ordinal;
}

// ── running and stopped ──────────────────────────────────────────────────────────────────────────────────────────────

export async function startAgent(parts: WorkspaceParts, tenantId: string, id: string, by: By, deed: 'start' | 'restart') {
  const runtime = parts.runtime();
  const began = runtime.clock.now();
  await change(runtime, tenantId, async (em) => {
    const row = await agentRow(em, id);
    Object.assign(row, { state: 'starting', stateReason: null, stateAt: began });
    audit(em, runtime, tenantId, by, { action: `agent.${deed}`, subject: 'agent', subjectId: id });
  });
  const { lines, reason } = await ask(parts, tenantId, id);
  const state = await change(runtime, tenantId, async (em) => {
    const row = await agentRow(em, id);
    if (row.state !== 'starting' || row.stateAt !== began) return row.state;
    Object.assign(row, { state: reason === null ? 'running' : 'error', stateReason: reason, stateAt: runtime.clock.now() });
    if (reason !== null) audit(em, runtime, tenantId, by, { action: 'agent.error', subject: 'agent', subjectId: id, detail: { said: reason } });
    return row.state;
  });
  if (state === 'running') await goOn(runtime, 'agent', id);
  tell(runtime, { tenantId, numbers: true });
  return { state, lines };
}

async function ask(parts: WorkspaceParts, tenantId: string, id: string): Promise<{ lines: CheckLine[]; reason: string | null }> {
  const em = parts.runtime().db.em(tenantId);
  const row = await agentRow(em, id);
  const plugin = parts.runtime().plugins.agent(row.plugin);
  if (!plugin) return { lines: [], reason: `The plugin ${row.plugin} is not loaded.` };
  try {
    const stored = await publishedSettings(em, parts, row);
    if (!stored) return { lines: [], reason: 'It has no version yet.' };
    const lines = await examine(world(parts), plugin, readGiven(plugin.settings, { data: stored }), { id, key: '' });
    return { lines, reason: reasonOf(lines) };
  } catch (error) {
    return { lines: [], reason: error instanceof Error ? error.message : String(error) };
  }
}

async function stop(parts: WorkspaceParts, tenantId: string, id: string, by: By): Promise<void> {
  const runtime = parts.runtime();
  await change(runtime, tenantId, async (em) => {
    const row = await agentRow(em, id);
    if (row.state === 'stopped') return;
    Object.assign(row, { state: 'stopped', stateReason: null, stateAt: runtime.clock.now() });
    audit(em, runtime, tenantId, by, { action: 'agent.stop', subject: 'agent', subjectId: id });
  });
  tell(runtime, { tenantId, numbers: true });
}
