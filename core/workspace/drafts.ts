/** The draft of an agent, a version that only numbers bound in draft talk to, is published or given up. */
import { AgentVersion, Binding, type IAgent } from '../db/entities/index.ts';
import type { Em } from '../db/open.ts';
import { SwitchboardError } from '../errors.ts';
import { audit, change, goOn, sameVersion, tell, type By } from './change.ts';
import { agentRow, notDeclared, type WorkspaceParts } from './parts.ts';

/** Only numbers that are bound in draft keep it: they go on with the same words. */
export async function publishDraft(parts: WorkspaceParts, tenantId: string, id: string, by: By, version?: number): Promise<{ ordinal: number }> {
  const runtime = parts.runtime();
  const ordinal = await change(runtime, tenantId, async (em) => {
    const row = await withDraft(em, id);
    await sameVersion(em, row, version);
    const ordinal = await ordinalOf(em, row);
    row.publishedId = row.draftId;
    if ((await em.count(Binding, { agentId: row.id, environment: 'draft' })) === 0) row.draftId = null;
    audit(em, runtime, tenantId, by, { action: 'agent.publish', subject: 'agent', subjectId: id, detail: { version: ordinal } });
    return ordinal;
  });
  tell(runtime, { tenantId, numbers: true });
  return { ordinal };
}

/** Its bindings go with it: a number must not wait for a version that will never come. */
export async function dropDraft(parts: WorkspaceParts, tenantId: string, id: string, by: By, version?: number): Promise<void> {
  const runtime = parts.runtime();
  await change(runtime, tenantId, async (em) => {
    const row = await withDraft(em, id);
    await sameVersion(em, row, version);
    row.draftId = null;
    for (const binding of await em.find(Binding, { agentId: row.id, environment: 'draft' })) {
      em.remove(binding);
      audit(em, runtime, tenantId, by, { action: 'binding.remove', subject: 'binding', subjectId: binding.numberId, detail: { agentId: row.id, environment: 'draft' } });
    }
    audit(em, runtime, tenantId, by, { action: 'agent.draft-drop', subject: 'agent', subjectId: id });
  });
  // Turns that wait for the agent in conversations of those numbers are asked again, and find that nobody answers.
  await goOn(runtime, 'agent', id);
  tell(runtime, { tenantId, numbers: true });
}

async function withDraft(em: Em, id: string): Promise<IAgent> {
  const row = await agentRow(em, id);
  notDeclared(row);
  if (!row.draftId) throw new SwitchboardError('NOT_FOUND', `${row.name} has no draft.`);
  return row;
}

async function ordinalOf(em: Em, row: IAgent): Promise<number> {
  return (await em.findOneOrFail(AgentVersion, { id: row.draftId ?? '' })).ordinal;
}
