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
  /** Its channel has a set-up guide. */
  guide?: string;
  handOff: { label: string; value: string }[];
  /** What is handed over is an address that nobody outside can call. */
  unreachable?: true;
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

/** How a channel is set up at its provider. Texts are the plugin's; web addresses in them become links. */
export interface GuidePage {
  plugin: string;
  channel: string;
  before: string[];
  steps: { title: string; does: string[]; fields: { label: string; where: string; required: boolean }[] }[];
  handOff: string[];
  /** Guides of other channels. */
  others: { plugin: string; channel: string }[];
}

/** What whoever sets up the provider's side is told, to print or to send. Never a credential of the provider's. */
export interface HandOffPage {
  /** Absent for a guest with a link. */
  id?: string;
  name: string;
  channel: string;
  workspace: string;
  /** When it was made. */
  at: number;
  webhookUrl: string;
  values: { label: string; value: string; secret: boolean }[];
  /** What is secret of ours, and whether it stands among the values. */
  secrets: { shown: boolean; names: string[] };
  /** What they do, in order; empty where the channel has no guide. */
  steps: string[];
  proof: 'signed' | 'shared-secret' | 'secret-url';
  /** The provider can reach it: public, and https. */
  reachable: boolean;
  host: string;
  /** Hosts that this installation calls. */
  calls: string[];
  /** Of one webhook. */
  mostBytes: number;
  /** How long a link may last, and the one that was just made. */
  link?: { days: readonly number[]; made?: { url: string; until: number } };
  /** Somebody who holds a link: when it ends, and the link for reading it in another language. */
  guest?: { until: number; of: string };
}

export interface ChannelsPage {
  connections: ConnectionRow[];
  connection?: ConnectionDetail;
}
