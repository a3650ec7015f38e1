/** Which agent answers which number: at most one takes a number's inbound traffic, whatever its environment. */
import { AgentRow, Binding, Num, type Environment, type INumber } from '../db/entities/index.ts';
import type { Em } from '../db/open.ts';
import { audit, change, goOn, takenIndex, tell, type By } from './change.ts';
import { agentRow, connectionRow, idOf, numberRow, type WorkspaceParts } from './parts.ts';
import { Refused } from './refused.ts';

interface Plug {
  numberId: string;
  agentId: string;
  environment?: Environment;
  inbound: boolean;
}

/**
 * Whoever answered the number before is unplugged for this agent; without an environment, an agent that answers it already goes on as it does.
 * Flushes, for the old must go before the new.
 * Returns the agent that is unplugged: what waits for it in this number's conversations must be asked again.
 */
export async function answerBy(em: Em, parts: WorkspaceParts, number: INumber, agentId: string, by: By, asked?: Environment): Promise<string | undefined> {
  const environment = asked ?? 'published';
  const bindings = await em.find(Binding, { numberId: number.id });
  const present = bindings.find((binding) => binding.inbound);
  if (present?.agentId === agentId && (asked === undefined || present.environment === asked)) return undefined;
  if (present) em.remove(present);
  await em.flush();
  const own = bindings.find((binding) => binding.agentId === agentId && binding.environment === environment);
  if (own) own.inbound = true;
  else em.persist(em.create(Binding, { tenantId: number.tenantId, numberId: number.id, agentId, environment, inbound: true, createdAt: parts.runtime().clock.now() }));
  audit(em, parts.runtime(), number.tenantId, by, { action: 'binding.set', subject: 'binding', subjectId: number.id, detail: { agentId, inbound: true, environment } });
  await em.flush();
  return present?.agentId;
}

/** Nobody takes its inbound traffic any more. Returns the agent that did. */
export async function plugOut(em: Em, parts: WorkspaceParts, number: INumber, by: By): Promise<string | undefined> {
  const present = await em.findOne(Binding, { numberId: number.id, inbound: true });
  if (!present) return undefined;
  em.remove(present);
  audit(em, parts.runtime(), number.tenantId, by, { action: 'binding.remove', subject: 'binding', subjectId: number.id, detail: { agentId: present.agentId } });
  return present.agentId;
}

export async function bind(parts: WorkspaceParts, tenantId: string, plug: Plug, by: By): Promise<void> {
  const runtime = parts.runtime();
  try {
    await change(runtime, tenantId, async (em) => {
      await plugIn(em, parts, await numberRow(em, plug.numberId), plug, by);
    });
  } catch (error) {
    if (takenIndex(error).includes('inbound')) throw await inboundTaken(runtime.db.em(tenantId), plug.numberId);
    throw error;
  }
  if (!plug.inbound) await goOn(runtime, 'agent', plug.agentId);
  tell(runtime, { tenantId, numbers: true });
}

async function plugIn(em: Em, parts: WorkspaceParts, number: INumber, { agentId, environment = 'published', inbound }: Plug, by: By): Promise<void> {
  const agent = await agentRow(em, agentId);
  if (!agent.channels.includes('whatsapp')) throw new Refused({ agentId: { code: 'agentChannel', params: { name: agent.name } } });
  if (environment === 'draft' && !agent.draftId) throw new Refused({ environment: { code: 'noDraft', params: { name: agent.name } } });
  const bindings = await em.find(Binding, { numberId: number.id });
  const other = bindings.find((binding) => binding.inbound && (binding.agentId !== agentId || binding.environment !== environment));
  if (inbound && other) throw await inboundTaken(em, number.id);
  const own = bindings.find((binding) => binding.agentId === agentId && binding.environment === environment);
  if (own) own.inbound = inbound;
  else em.persist(em.create(Binding, { tenantId: number.tenantId, numberId: number.id, agentId, environment, inbound, createdAt: parts.runtime().clock.now() }));
  audit(em, parts.runtime(), number.tenantId, by, { action: 'binding.set', subject: 'binding', subjectId: number.id, detail: { agentId, inbound, environment } });
}

async function inboundTaken(em: Em, numberId: string): Promise<Refused> {
  const holder = await em.findOne(Binding, { numberId, inbound: true });
  const agent = holder && (await em.findOne(AgentRow, { id: holder.agentId }));
  return new Refused({ inbound: { code: 'inboundTaken', params: { name: agent?.name ?? '', agentId: agent?.id ?? '' } } }, { code: 'INBOUND_TAKEN' });
}

export async function bindConnection(
  parts: WorkspaceParts, tenantId: string, { connectionId, agentId, environment = 'published', inbound }: { connectionId: string; agentId: string; environment?: Environment; inbound: boolean }, by: By,
): Promise<{ taken: { number: string; agent: string }[] }> {
  const em = parts.runtime().db.em(tenantId);
  const connection = await connectionRow(em, connectionId);
  const numbers = await em.find(Num, { connectionId: connection.id, deletedAt: null }, { orderBy: { id: 'asc' } });
  const taken: { number: string; agent: string }[] = [];
  for (const number of numbers) {
    const plug = { numberId: number.id, agentId, environment };
    try {
      await bind(parts, tenantId, { ...plug, inbound }, by);
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'INBOUND_TAKEN') throw error;
      taken.push({ number: number.displayName, agent: String(error.faults['inbound']?.params['name'] ?? '') });
      await bind(parts, tenantId, { ...plug, inbound: false }, by);
    }
  }
  return { taken };
}

export async function unbind(parts: WorkspaceParts, tenantId: string, { numberId, agentId, environment = 'published' }: Omit<Plug, 'inbound'>, by: By): Promise<void> {
  const runtime = parts.runtime();
  await change(runtime, tenantId, async (em) => {
    const number = await numberRow(em, numberId);
    const binding = await em.findOne(Binding, { numberId: number.id, agentId: idOf(agentId), environment });
    if (!binding) return;
    em.remove(binding);
    audit(em, runtime, tenantId, by, { action: 'binding.remove', subject: 'binding', subjectId: number.id, detail: { agentId, environment } });
  });
  // Turns that wait for it in conversations of this number are asked again, and find that nobody answers.
  await goOn(runtime, 'agent', agentId);
  tell(runtime, { tenantId, numbers: true });
}
