/** Versions of an agent: immutable rows, the secrets apart from them. */
import { AgentVersion, type Environment, type IAgent } from '../db/entities/index.ts';
import type { Em } from '../db/open.ts';
import { uuid } from '../ids.ts';
import type { By } from './change.ts';
import { agentPluginOf, type WorkspaceParts } from './parts.ts';
import { openAgentSettings, sealAgentSettings, type Settings } from './settings.ts';

/** In the open; undefined before the first version. */
export function publishedSettings(em: Em, parts: WorkspaceParts, row: IAgent): Promise<Settings | undefined> {
  return settingsOfVersion(em, parts, row, row.publishedId);
}

/** Undefined while there is no draft. */
export function draftSettings(em: Em, parts: WorkspaceParts, row: IAgent): Promise<Settings | undefined> {
  return settingsOfVersion(em, parts, row, row.draftId);
}

async function settingsOfVersion(em: Em, parts: WorkspaceParts, row: IAgent, id: string | null | undefined): Promise<Settings | undefined> {
  const plugin = parts.runtime().plugins.agent(row.plugin);
  const version = id ? await em.findOne(AgentVersion, { id }) : null;
  return version && plugin ? openAgentSettings(parts.sealer, plugin.settings, row, version) : undefined;
}

/** The next version, published from now on or the draft. Secrets stay with the agent: going back to it later brings none back. */
export async function writeVersion(em: Em, parts: WorkspaceParts, row: IAgent, settings: Settings, by: By, environment: Environment = 'published'): Promise<number> {
  const plugin = agentPluginOf(parts, row.plugin);
  const [latest] = await em.find(AgentVersion, { agentId: row.id }, { orderBy: { ordinal: 'desc' }, limit: 1 });
  const sealed = sealAgentSettings(parts.sealer, plugin.settings, row.id, settings);
  const ordinal = (latest?.ordinal ?? 0) + 1;
  const version = em.create(AgentVersion, {
    id: uuid(), tenantId: row.tenantId, agentId: row.id, ordinal, settings: sealed.settings, createdAt: parts.runtime().clock.now(), createdBy: by === 'configuration' ? null : by.userId,
  });
  em.persist(version);
  row.secrets = sealed.secrets;
  if (environment === 'published') row.publishedId = version.id;
  else row.draftId = version.id;
  return ordinal;
}
