/** The contract of any plugin, by its kind: for whoever tests plugins that are loaded, not written here. */
import type { AnyPlugin } from '#plugin';
import { agentContract, type AgentEvidence } from './agent.ts';
import { channelContract } from './channel.ts';
import type { Check } from './check.ts';
import type { ChannelEvidence } from './evidence.ts';
import { notifierContract, type NotifierEvidence } from './notifier.ts';
import { isRecord } from './plugin.ts';

/**
 * The checks of a plugin that was loaded.
 * @param plugin what its file exports as default
 * @param evidence the module beside it, `evidence.ts`
 * @throws Error when the evidence lacks what that kind of plugin needs
 */
export function contractOf(plugin: AnyPlugin, evidence: unknown): Check[] {
  const list = { channel: 'evidence', agent: 'turns', notifier: 'occurrences' }[plugin.kind];
  if (!isRecord(evidence) || !isRecord(evidence['settings']) || !Array.isArray(evidence[list])) {
    throw new Error(`The evidence of the ${plugin.kind} “${plugin.name}” must export settings and the list ${list}.`);
  }
  // What else it exports is checked by the contract itself: its shape is only claimed here.
  switch (plugin.kind) {
    case 'channel':
      return channelContract(plugin, evidence as unknown as ChannelEvidence<unknown>);
    case 'agent':
      return agentContract(plugin, evidence as unknown as AgentEvidence<unknown>);
    case 'notifier':
      return notifierContract(plugin, evidence as unknown as NotifierEvidence<unknown>);
  }
}
