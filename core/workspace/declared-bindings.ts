/** A declared number has the bindings that the file gives it, and no others. */
import { Binding, type IAgent, type INumber } from '../db/entities/index.ts';
import type { Em } from '../db/open.ts';
import { SwitchboardError } from '../errors.ts';
import { audit } from './change.ts';
import type { NumberDeclaration } from './declaration.ts';
import type { WorkspaceParts } from './parts.ts';

export async function declareBindings(
  em: Em, parts: WorkspaceParts, tenantId: string, declared: readonly NumberDeclaration[], numbers: ReadonlyMap<NumberDeclaration, INumber>, agents: ReadonlyMap<string, IAgent>,
): Promise<void> {
  const runtime = parts.runtime();
  const present = await em.find(Binding, { numberId: { $in: [...numbers.values()].map(({ id }) => id) } });
  const wanted = declared.flatMap((declaration) => declaration.bindings.map((binding) => ({ ...binding, numberId: numbers.get(declaration)?.id ?? '', agentId: agentId(agents, binding.agent) })));
  const same = (binding: { numberId: string; agentId: string; environment: string }) => (other: typeof binding) =>
    other.numberId === binding.numberId && other.agentId === binding.agentId && other.environment === binding.environment;
  // Whoever gives up the inbound traffic goes first: it is one agent's only, at every moment.
  for (const binding of present) {
    const keep = wanted.find(same(binding));
    if (!keep) em.remove(binding);
    else if (!keep.inbound) binding.inbound = false;
    if (!keep) audit(em, runtime, tenantId, 'configuration', { action: 'binding.remove', subject: 'binding', subjectId: binding.numberId, detail: { agentId: binding.agentId } });
  }
  await em.flush();
  for (const { numberId, agentId, environment, inbound } of wanted) {
    const binding = present.find(same({ numberId, agentId, environment }));
    if (binding?.inbound === inbound) continue;
    if (binding) binding.inbound = inbound;
    else em.persist(em.create(Binding, { tenantId, numberId, agentId, environment, inbound, createdAt: runtime.clock.now() }));
    audit(em, runtime, tenantId, 'configuration', { action: 'binding.set', subject: 'binding', subjectId: numberId, detail: { agentId, inbound, environment } });
  }
}

function agentId(agents: ReadonlyMap<string, Pick<IAgent, 'id'>>, key: string): string {
  const agent = agents.get(key);
  if (!agent) throw new SwitchboardError('CONFIG_REFERENCE', `A binding names the agent "${key}", which is not declared in this tenant.`);
  return agent.id;
}

