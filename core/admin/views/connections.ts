/** Settings → Channels: connections with their doctor, log, hand-off and templates, and signing in with a provider. */
import type { FieldErrors, Lamp, NumberName } from './every-page.ts';
import type { TemplateList } from './templates.ts';
import type { Field } from '../../plugin/fields.ts';

export interface ConnectionRow {
  id: string;
  name: string;
  /** Title of its plugin: heads a group. */
  channel: string;
  lamp: Lamp;
  numbers: NumberName[];
  reason?: string;
  lastEventAt?: number;
}

export type ConnectionTab = 'doctor' | 'logs' | 'templates' | 'settings' | 'hand-off' | 'rejected';

export interface Rejection {
  id: string;
  at: number;
  cause: 'unsigned' | 'wrong-secret' | 'other-url' | 'rewritten-body' | 'not-configured' | 'unknown-key';
  from?: string;
  count: number;
}

export interface ConnectionDetail extends ConnectionRow {
  tab: ConnectionTab;
  waiting: number;
  version: number;
  /** By the configuration file: shown, not changed here. */
  declared?: boolean;
  /** Deeds that make no sense now, with the reason. */
  deeds: Record<'start' | 'stop' | 'restart', { possible: boolean; why?: string }>;
  /** Who refused what, when. */
  failure?: { said: string; at: number; mend?: string; field?: string; /** It is mended there, though nobody says in which field. */ inSettings?: true };
  doctor?: {
    checkedAt?: number;
    /** `id` is stable: `subscription`, `number 108…`. `answered` are the provider's own words. */
    lines: { id: string; what: string; state: 'broken' | 'doubtful' | 'ok' | 'not-yet'; said: string; mend?: string; answered?: string; field?: string }[];
    /** What its button is called; absent where the channel has none. `overwrite`: somebody must say that another address may lose its events. */
    subscribe?: { label: string; clear: boolean; overwrite?: boolean };
    /** Numbers that can be registered with a PIN; `error` stands beside the field. */
    register?: (NumberName & { error?: string })[];
  };
  /** It has templates. */
  hasTemplates?: boolean;
  templates?: TemplateList;
  logs?: LogList;
  fields: Field[];
  errors: FieldErrors;
  handOff: { label: string; value: string }[];
  /** How a webhook proves itself: what the provider's people ask about addresses and certificates. */
  proof?: 'signed' | 'shared-secret' | 'secret-url';
  /** New webhook secrets can be made here; the old ones are accepted until `graceUntil`. */
  rotate?: { graceUntil?: number; error?: string };
  rejected: Rejection[];
  rejectedCount: number;
}

export interface LogList {
  rows: { id: string; at: number; level: 'debug' | 'info' | 'warn' | 'error'; text: string; by?: string; details: { name: string; value: string }[] }[];
  filter: { level?: 'info' | 'warn' | 'error'; text?: string };
  nextHref?: string;
}

/** The only page that loads a provider's own script; `data` is what that script is told, nothing of it is secret. */
export interface SignInPage {
  plugin: string;
  /** Title of the channel. */
  channel: string;
  /** Absent: it is not possible, and `missing` says why. */
  attempt?: { nonce: string; data: Record<string, string> };
  missing?: string;
  error?: string;
}

export interface ChannelsPage {
  connections: ConnectionRow[];
  connection?: ConnectionDetail;
}
