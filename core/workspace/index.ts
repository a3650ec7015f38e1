/**
 * What people, the API and the configuration do to an installation, and what they see of it. Each part's interface stands
 * beside its code, in the file of its name: `connections.ts`, `numbers.ts`, `agents.ts`, `conversations.ts` and so on; what
 * they show is in `reads-*.ts`.
 *
 * Every change is checked, written with its audit row in one transaction, and in force when the promise resolves. Nothing
 * that is returned holds a secret or belongs to another tenant. Whatever names something that is not the tenant's throws
 * SwitchboardError NOT_FOUND, whether it exists elsewhere or not. What was given and cannot be used throws Refused
 * (`refused.ts`): `faults` by field, each a code with params.
 */
import { AgentRow, Connection } from '../db/entities/index.ts';
import { agentRuns, agentsOf, type Agents } from './agents.ts';
import { alertsOf, type Alerts } from './alerts.ts';
import { connectionRuns, connectionsOf, type Connections } from './connections.ts';
import { conversationsOf, type Conversations } from './conversations.ts';
import type { TenantDeclaration } from './declaration.ts';
import { applyInstallation } from './declared.ts';
import { deliveriesOf, type Deliveries } from './deliveries.ts';
import { createFirstOwner, type FirstOwner } from './first-run.ts';
import { mediaOf, type Media } from './media.ts';
import { membersOf, type Members } from './members.ts';
import { numbersOf, type Numbers } from './numbers.ts';
import type { WorkspaceParts } from './parts.ts';
import { deedsOf } from './running.ts';
import { signInOf, type SignIn } from './sign-in.ts';
import { templatesOf, type Templates } from './templates.ts';

export interface Workspace {
  /**
   * Makes the installation what the configuration declares, and starts again what a process that ended left starting. A
   * start for which `applied.ts` finds nothing to do leaves it out.
   * @throws SwitchboardError CONFIG_INVALID or CONFIG_REFERENCE, with the place and the remedy
   */
  atStart(declared: readonly TenantDeclaration[]): Promise<void>;
  connections: Connections;
  templates: Templates;
  signIn: SignIn;
  numbers: Numbers;
  agents: Agents;
  conversations: Conversations;
  media: Media;
  deliveries: Deliveries;
  alerts: Alerts;
  members: Members;
  /**
   * The first person of an installation, with a workspace that answers at once: simulator, test phone, welcoming agent.
   * @throws InvalidInput what was typed cannot be used · SwitchboardError CONFLICT an owner exists already
   */
  createFirstOwner(owner: FirstOwner): Promise<{ userId: string; tenantId: string; slug: string }>;
}

export function createWorkspace(parts: WorkspaceParts): Workspace {
  return {
    async atStart(declared) {
      await applyInstallation(parts, declared);
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
