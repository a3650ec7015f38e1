/** Somebody saves an agent: its name, and its settings as what is published from now on or as the draft. */
import { isDeepStrictEqual } from 'node:util';
import { AgentVersion, type Environment } from '../db/entities/index.ts';
import type { CheckLine } from '../plugin/contract/plugin.ts';
import { audit, change, sameVersion, tell, type By } from './change.ts';
import { examine, refuseObstacles } from './checks.ts';
import { changedMembers } from './connections.ts';
import { agentPluginOf, agentRow, nameOf, notDeclared, world, type WorkspaceParts } from './parts.ts';
import { together } from './refused.ts';
import { readChanged, type GivenSettings } from './settings.ts';
import { draftSettings, publishedSettings, writeVersion } from './versions.ts';

export async function saveAgent(
  parts: WorkspaceParts, tenantId: string, id: string, environment: Environment, given: { name?: string; settings: GivenSettings; version: number }, by: By,
): Promise<{ ordinal: number; lines: CheckLine[] }> {
  const runtime = parts.runtime();
  const em = runtime.db.em(tenantId);
  const row = await agentRow(em, id);
  notDeclared(row);
  await sameVersion(em, row, given.version);
  const plugin = agentPluginOf(parts, row.plugin);
  // The first draft begins as what is published.
  const stored = (environment === 'draft' ? await draftSettings(em, parts, row) : undefined) ?? (await publishedSettings(em, parts, row));
  const [name, settings] = together(() => (given.name === undefined ? row.name : nameOf(given.name, 'name')), () => readChanged(plugin, given.settings, stored));
  const lines = await examine(world(parts), plugin, settings, { id, key: '' });
  refuseObstacles(plugin, lines);
  const ordinal = await change(runtime, tenantId, async (em) => {
    const fresh = await agentRow(em, id);
    await sameVersion(em, fresh, given.version);
    fresh.name = name;
    const current = environment === 'draft' ? fresh.draftId : fresh.publishedId;
    const same = current && isDeepStrictEqual(stored, settings);
    const version = same ? (await em.findOneOrFail(AgentVersion, { id: current })).ordinal : await writeVersion(em, parts, fresh, settings, by, environment);
    const said = environment === 'draft' ? { action: 'agent.draft', detail: { version } } : { action: 'agent.save', detail: { name, version, changed: changedMembers(stored ?? {}, settings) } };
    audit(em, runtime, tenantId, by, { ...said, subject: 'agent', subjectId: id });
    return version;
  });
  tell(runtime, { tenantId, numbers: true });
  return { ordinal, lines };
}
