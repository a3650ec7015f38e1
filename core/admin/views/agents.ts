/** Agents and the numbers that they are plugged into. */
import type { FieldErrors, Lamp, NumberName } from './every-page.ts';
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
  number: NumberName & { account: string; channel: string; lamp: Lamp };
  /** Absent: not plugged in. */
  inbound?: boolean;
  /** It talks to the draft version. */
  draft?: boolean;
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

export interface AgentPage {
  agent: AgentRow;
  tab: 'behaviour' | 'channels';
  fields: Field[];
  errors: FieldErrors;
  bindings: Binding[];
  /** Each can be plugged in whole. */
  connections: { id: string; name: string; numbers: number }[];
  version: number;
  /** By the configuration file: shown, not changed here. */
  declared?: boolean;
}
