/** Agents and the numbers that they are plugged into. */
import type { FieldErrors, Lamp, NumberName } from './every-page.ts';
import type { ConnectForm } from './numbers.ts';
import type { Field } from '../../plugin/fields.ts';

export interface AgentRow {
  id: string;
  name: string;
  plugin: string;
  lamp: Lamp;
  reason?: string;
  published?: number;
  draft?: number;
  numbers: NumberName[];
}

export interface AgentsPage {
  agents: AgentRow[];
}

export interface Binding {
  number: NumberName & { account: string; channel: string; lamp: Lamp; connectionId: string };
  /** Of each version that is plugged in, whether it takes the inbound messages. */
  inbound: { published?: boolean; draft?: boolean };
  /** Another agent takes this number's inbound traffic. */
  takenBy?: { id: string; name: string };
  conversations: number;
}

export interface NewAgentPage {
  kinds: { plugin: string; title: string }[];
  /** The chosen one; absent until chosen. */
  kind?: string;
  fields: Field[];
  errors: FieldErrors;
}

export interface BehaviourPage {
  agent: AgentRow;
  tab: 'behaviour';
  /** The version in the form. */
  of: 'published' | 'draft';
  fields: Field[];
  errors: FieldErrors;
  /** Numbers that are plugged into the draft. */
  inDraft: number;
  version: number;
  /** By the configuration file: shown, not changed here. */
  declared?: boolean;
}

export interface ChannelsPage {
  agent: AgentRow;
  tab: 'channels';
  errors: FieldErrors;
  bindings: Binding[];
  /** Each can be plugged in whole. */
  connections: { id: string; name: string; numbers: number }[];
  /** Connects another number in place; `environment` is the version that it is for. */
  connect?: ConnectForm & { environment: 'published' | 'draft' };
}

export type AgentPage = BehaviourPage | ChannelsPage;
