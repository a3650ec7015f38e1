/** Puts the parts of the workspace together. */
import { Connection, AgentRow } from '../db/entities/index.ts';
import { agentRuns, agentsOf } from './agents.ts';
import { alertsOf } from './alerts.ts';
import { connectionRuns, connectionsOf } from './connections.ts';
import { conversationsOf } from './conversations.ts';
import { applyInstallation } from './declared.ts';
import { deliveriesOf } from './deliveries.ts';
import { createFirstOwner } from './first-run.ts';
import { keepTemplateTimers } from '../pipeline/templates.ts';
import type { Workspace, WorkspaceParts } from './index.ts';
import { mediaOf } from './media.ts';
import { membersOf } from './members.ts';
import { numbersOf } from './numbers.ts';
import { deedsOf } from './running.ts';
import { signInOf } from './sign-in.ts';
import { templatesOf } from './templates.ts';

export function createWorkspace(parts: WorkspaceParts): Workspace {
  return {
    async atStart(declared) {
      await applyInstallation(parts, declared);
      await keepTemplateTimers(parts.runtime());
      void finishStarts(parts).catch((error: unknown) => parts.runtime().log.error({ err: error }, 'what was left starting could not be started'));
    },
    connections: connectionsOf(parts),
    templates: templatesOf(parts),
    signIn: signInOf(parts),
    numbers: numbersOf(parts),
    agents: agentsOf(parts),
    conversations: conversationsOf(parts),
    media: mediaOf(parts),
    deliveries: deliveriesOf(parts),
    alerts: alertsOf(parts),
    members: membersOf(parts),
    createFirstOwner: (owner) => createFirstOwner(parts, owner),
  };
}

/** A process that ended while it asked a provider left its connection starting. Nobody waits for this: the provider is asked again. */
async function finishStarts(parts: WorkspaceParts): Promise<void> {
  const em = parts.runtime().db.emOfAll();
  const starting = { state: 'starting', deletedAt: null } as const;
  for (const { tenantId, id } of await em.find(Connection, starting)) await deedsOf(parts, connectionRuns).restart(tenantId, id, 'configuration');
  for (const { tenantId, id } of await em.find(AgentRow, starting)) await deedsOf(parts, agentRuns).restart(tenantId, id, 'configuration');
}
