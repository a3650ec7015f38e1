/**
 * What people, the API and the configuration do to an installation, and what they see of it: the whole surface on one page.
 * Every change is checked, written with its audit row in one transaction, and in force when the promise resolves. Nothing
 * that is returned holds a secret or belongs to another tenant.
 *
 * Whatever names something that is not the tenant's throws SwitchboardError NOT_FOUND, whether it exists elsewhere or not.
 */
import type { ConnectionLog, LogLevel } from '../connection-log.ts';
import type { ServerSettings } from '../context.ts';
import type { Author, ConversationState, DeliveryState, Environment, MessageChanges, Role, RunState } from '../db/entities/index.ts';
import type { Eligibility } from '../pipeline/eligibility.ts';
import type { CheckLine, ErrorMeaning, Json, Locale, MediaKind, NumberOnOffer, OutContent, ProviderError, TemplateDraft, TemplatePreview, TemplateStatus } from '../plugin/contract.ts';
import type { Field, Typed } from '../plugin/fields.ts';
import type { Outbound } from '../plugin/outbound.ts';
import type { Sealer } from '../plugin/secrets.ts';
import type { Runtime } from '../runtime.ts';
import type { Media, MediaRow } from './media.ts';
import type { TenantDeclaration } from './declaration.ts';

export interface WorkspaceParts {
  runtime(): Runtime;
  sealer: Sealer;
  /** Asked whenever an address is made, so that a port chosen by the system is known by then. */
  server(): Pick<ServerSettings, 'publicUrl' | 'host' | 'port'>;
  outbound: Outbound;
  /** What each connection did; absent where nobody reads it. */
  connectionLog?: ConnectionLog;
  /** What the operator gave the server for signing in with a provider, by its name in the environment. */
  signIn?: Readonly<Record<string, string | undefined>>;
}

export interface Workspace {
  /**
   * Once, before anything is served: makes the installation what the configuration declares, and starts again what a
   * process that ended left starting.
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

/** Who does it, for the audit log: a person, or an API key in a person's place. */
export type By = { userId: string; address: string } | 'configuration';

// ── what is typed, and what is wrong with it ─────────────────────────────────────────────────────────────────────────

/** A submitted form (names as `fields` gave them; an empty secret keeps the stored one), or settings as data (a secret left out is kept). */
export type GivenSettings = { form: Typed; pasted?: Pasted } | { data: Record<string, Json> };

/** Secrets of an earlier try with something new, by the names of the form, and the origins that they were pasted for. */
export interface Pasted {
  secrets: Record<string, string>;
  origins: string[];
}

/** Settings without their secrets: each is its last four characters, or '' when it is too short to show any. */
export type MaskedSettings = Record<string, Json>;

// `Refused` (refused.ts) is the InvalidInput that all of this throws: `faults` by field, each a code with params.

// ── connections ──────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Connections {
  list(tenantId: string): Promise<ConnectionRow[]>;
  get(tenantId: string, id: string): Promise<ConnectionDetail>;
  /** The channel plugins a connection could be made from. */
  kinds(): ConnectionKind[];
  /** The form of a saved connection, or of a new one; `typed` is what was refused and is shown again, but for secrets. */
  fields(tenantId: string, of: { id: string } | { plugin: string }, locale: Locale, typed?: Typed): Promise<Field[]>;
  /**
   * Asks the provider first and saves nothing that it refuses. `start` is true unless told.
   * @throws Refused
   */
  create(tenantId: string, given: NewConnection, by: By): Promise<{ id: string; lines: CheckLine[] }>;
  /**
   * Asks the provider first. Numbers that the settings list and that are not there yet are made, inactive; those no longer listed are made inactive.
   * A running connection works with the new settings at once; one in error stays so until it is started. What proved a webhook
   * before still does for `graceHours` more, none unless told.
   * @throws Refused · SwitchboardError CONFLICT `version` is not the present one
   */
  save(tenantId: string, id: string, given: { name: string; description: string; settings: GivenSettings; version: number; graceHours?: number }, by: By): Promise<{ lines: CheckLine[] }>;
  /**
   * The doctor: of a saved connection (the channel's lines, then core's own; they are kept and shown), or of settings that are
   * not saved. Never throws for what the provider says.
   */
  check(tenantId: string, of: { id: string } | { plugin: string; settings: GivenSettings }): Promise<CheckLine[]>;
  /** The numbers that the provider offers, with who has each already. Works on unsaved settings. */
  offers(tenantId: string, of: { id: string } | { plugin: string; settings: GivenSettings }): Promise<OfferedNumber[]>;
  /** Checks, then runs or is in error with the provider's words. What waited goes on. */
  start(tenantId: string, id: string, by: By): Promise<{ state: RunState; lines: CheckLine[] }>;
  /** What comes in is still stored and shown; nothing is answered or sent. */
  stop(tenantId: string, id: string, by: By): Promise<void>;
  restart(tenantId: string, id: string, by: By): Promise<{ state: RunState; lines: CheckLine[] }>;
  /** Its numbers go with it; conversations stay as history. */
  remove(tenantId: string, id: string, by: By): Promise<void>;
  /** What it did and why it failed, newest first. */
  log(tenantId: string, id: string, filter?: LogFilter): Promise<{ rows: LogRow[]; next?: string }>;
  /**
   * Has the provider send its events here; the doctor's line for it says what became of that. Where they go elsewhere now,
   * `overwrite` must say so, for that other place then receives nothing.
   * @throws SwitchboardError CONFLICT they go elsewhere, and `overwrite` is not true · NOT_FOUND the channel has no such thing
   */
  subscribe(tenantId: string, id: string, given: { overwrite?: boolean }, by: By): Promise<CheckLine>;
  /** Ends it, where the channel can. @throws SwitchboardError NOT_FOUND */
  unsubscribe(tenantId: string, id: string, by: By): Promise<CheckLine>;
  /**
   * New webhook secrets: those that were made here, and the address where the address is the secret. The old ones hold for
   * `graceHours` more, 0 to 24; a grace that still ran ends.
   * @throws Refused `graceHours`, or `''` when the configuration declares it or nothing of it was made here
   */
  rotate(tenantId: string, id: string, given: { graceHours: number }, by: By): Promise<HandOff>;
  /** What the provider's console must be told. */
  handOff(tenantId: string, id: string): Promise<HandOff>;
  /** What is made here for a connection that is not saved yet, so that the provider's console can be told beforehand; `made` is what an earlier draft made. */
  draft(plugin: string, made?: Made): { made: Made; handOff: Pick<HandOff, 'webhookUrl' | 'tokens'> };
}

/** Secret until the connection is saved: whoever gives it back decides what the connection will be called by. */
export interface Made {
  webhookKey: string;
  /** Settings that core makes, by field. */
  settings: Record<string, string>;
}

export interface NewConnection {
  plugin: string;
  name: string;
  description?: string;
  settings: GivenSettings;
  start?: boolean;
}

export interface ConnectionKind {
  plugin: string;
  title: string;
  /** Title of a number's identity there, in the plugin's words: a key of its texts or plain English. */
  accountTitle: string;
  mark?: 'recommended' | 'legacy';
  /** Must be reached by the provider, and this installation has no public address. */
  needsPublicUrl: boolean;
  simulator: boolean;
  /** Numbers can be listed live. */
  offers: boolean;
  /** One can sign in with the provider instead of pasting; `missing` says why not on this server. */
  signIn?: { missing?: string };
}

export interface ConnectionRow {
  id: string;
  plugin: string;
  /** Title of its plugin; the plugin's name when that is not loaded. */
  channel: string;
  loaded: boolean;
  name: string;
  description: string;
  state: RunState;
  /** Why it is in error, in the provider's words. */
  reason?: string;
  /** The doctor's line that is the reason, for pages that say it in the reader's language. */
  reasonLine?: CheckLine;
  stateAt: number;
  declared: boolean;
  numbers: NumberName[];
  lastEventAt?: number;
  version: number;
}

export interface ConnectionDetail extends ConnectionRow {
  settings: MaskedSettings;
  checks: CheckLine[];
  checkedAt?: number;
  /** Secrets from before are accepted until then. */
  graceUntil?: number;
  /** What its channel has. */
  can: { subscribe: boolean; unsubscribe: boolean; register: boolean; rotate: boolean; templates: TemplateMeans };
  /** Messages and turns that wait for it. */
  waiting: number;
  rejections: RejectionRow[];
  createdAt: number;
}

export interface RejectionRow {
  id: string;
  cause: string;
  source: string;
  count: number;
  firstAt: number;
  lastAt: number;
}

export interface LogFilter {
  /** This one and what is worse. */
  level?: LogLevel;
  /** Part of a message, or of what stands beside it. */
  text?: string;
  /** As `next` gave it. */
  before?: string;
  limit?: number;
}

export interface LogRow {
  id: string;
  at: number;
  level: LogLevel;
  /** Of plugins and the pipeline as they wrote it; of a deed its English sentence. */
  message: string;
  /** The deed, as the audit log names it; pages have a sentence for it in each language. */
  event?: string;
  /** Who did it. */
  by?: string;
  detail: Record<string, Json>;
}

export interface OfferedNumber extends NumberOnOffer {
  /** The name under which it is connected here; '' when it is connected in another organisation. */
  taken?: string;
}

export interface HandOff {
  webhookUrl: string;
  /** False while the installation has no public address that a provider could reach. */
  reachable: boolean;
  /** Secrets made here that the provider must be told, by settings field. */
  tokens: { field: string; label: string; value: string }[];
  accounts: string[];
}

// ── templates ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** How templates come about on a channel: read from the provider, typed in here, or not at all. */
export type TemplateMeans = { list: boolean; create: boolean; delete: boolean; byHand: boolean } | false;

export interface Templates {
  /** By name and language. What vanished at the provider is left out. */
  list(tenantId: string, filter: TemplateFilter): Promise<{ rows: TemplateRow[]; next?: string }>;
  get(tenantId: string, id: string): Promise<TemplateRow>;
  /** Reads them from the provider now. @throws Refused '' in the provider's words · SwitchboardError NOT_FOUND the channel has no list */
  sync(tenantId: string, connectionId: string, by: By): Promise<{ seen: number; gone: number }>;
  /**
   * Submits it for approval; on a channel that has no templates of its own to list, what a person types is kept as approved.
   * Checked before anybody outside is asked.
   * @throws Refused by field of the draft: `name`, `language`, `category`, `header`, `body`, `footer`, `buttons`, `examples.{key}`, and '' for the provider's words
   */
  create(tenantId: string, connectionId: string, draft: TemplateDraft, by: By): Promise<{ id: string; status: TemplateStatus }>;
  /** At the provider too, where the channel can. Messages that were sent with it stay. @throws Refused '' in the provider's words */
  remove(tenantId: string, id: string, by: By): Promise<void>;
  /**
   * What is sent: the text as the contact will read it, and all that the channel needs.
   * @throws Refused `template` it is not approved · `variables.{key}` nothing stands there · `media` the header wants one of its kind
   */
  content(tenantId: string, id: string, given: { variables: Record<string, string>; mediaId?: string }): Promise<Extract<OutContent, { kind: 'template' }>>;
}

export interface TemplateFilter {
  connectionId?: string;
  status?: TemplateStatus;
  language?: string;
  name?: string;
  /** Part of a name or of the text. */
  search?: string;
  /** As `next` gave it. */
  after?: string;
  limit?: number;
}

export interface TemplateRow {
  id: string;
  connectionId: string;
  /** The provider's id of it. */
  providerId: string;
  name: string;
  language: string;
  status: TemplateStatus;
  category?: string;
  quality?: string;
  /** Why it was rejected or paused, in the provider's words. */
  reason?: string;
  preview: TemplatePreview;
  variables: { key: string; example?: string }[];
  /** The medium that its header wants. */
  media?: MediaKind;
  updatedAt: number;
}

// ── signing in with a provider ───────────────────────────────────────────────────────────────────────────────────────

export interface SignIn {
  /**
   * Begins an attempt of this login, good for a quarter of an hour and one `finish`.
   * @throws SwitchboardError NOT_FOUND the channel has no sign-in · Refused '' it is not configured, with the channel's words
   */
  begin(tenantId: string, plugin: string, loginId: string): Promise<{ nonce: string; page: Record<string, string>; origins: { script: string[]; frame: string[] } }>;
  /**
   * `input` is what the browser brought. Makes a connection, running, with the accounts as inactive numbers.
   * @throws SwitchboardError FOREIGN_FORM the attempt is not this login's, was used or is too old · Refused '' in the provider's words
   */
  finish(tenantId: string, plugin: string, given: { nonce: string; input: Json }, loginId: string, by: By): Promise<{ id: string; lines: CheckLine[] }>;
}

// ── numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Numbers {
  /** For the rack. `since` is the start of today in the tenant's zone. */
  list(tenantId: string, since: number): Promise<NumberRow[]>;
  get(tenantId: string, id: string, since: number): Promise<NumberRow>;
  /**
   * Field names in a refusal: `displayName`, `account`, `agentId`, those of the settings, and '' for the whole.
   * @throws Refused NUMBER_TAKEN, INBOUND_TAKEN or INVALID_INPUT
   */
  connect(tenantId: string, given: NewNumber, by: By): Promise<{ id: string; connectionId: string; lines: CheckLine[] }>;
  /** @throws Refused · SwitchboardError CONFLICT */
  edit(tenantId: string, id: string, given: { displayName: string; agentId?: string; active: boolean; version?: number }, by: By): Promise<void>;
  /** @throws Refused `agentId` is missing: an active number needs an agent */
  setActive(tenantId: string, id: string, active: boolean, by: By): Promise<void>;
  /** A mark: conversations stay as history, and connecting it again in the same tenant brings it back. */
  remove(tenantId: string, id: string, by: By): Promise<void>;
  /**
   * Makes it ready to send at the provider, with its six-digit PIN. Never tried again by itself: providers count the tries.
   * @throws Refused `pin` · SwitchboardError NOT_FOUND the channel has no such thing
   */
  register(tenantId: string, id: string, given: { pin: string }, by: By): Promise<CheckLine>;
  conversationsOf(tenantId: string, id: string): Promise<number>;
  /** The agents that are plugged into it, in the order in which that was done. */
  bindings(tenantId: string, id: string): Promise<{ agentId: string; name: string; environment: Environment; inbound: boolean }[]>;
}

export interface NewNumber {
  /** `webhookKey` is of a draft; where it is used already, or absent, another is made. */
  connection: { id: string } | { plugin: string; settings: GivenSettings; name?: string; description?: string; webhookKey?: string };
  account: string;
  displayName: string;
  /** Who answers; required when active. */
  agentId?: string;
  active: boolean;
}

/** A number as it is named beside something else. */
export interface NumberName {
  id: string;
  name: string;
  /** 1–6: the colour of its cord. */
  line: number;
  account: string;
  active: boolean;
}

export interface NumberRow extends NumberName {
  connection: { id: string; name: string; state: RunState; reason?: string };
  plugin: string;
  channel: string;
  simulator: boolean;
  phone?: string;
  /** The state of its connection; stopped while it is not active. */
  lamp: RunState;
  reason?: string;
  /** Who takes its inbound traffic. */
  agent?: { id: string; name: string; environment: Environment; state: RunState };
  /** Active, and nobody is plugged in: people answer. */
  peopleOnly: boolean;
  today: { in: number; out: number };
  /** Messages and turns that wait because it, its connection or its agent is stopped or in error. */
  waiting: number;
  openConversations: number;
  declared: boolean;
  version: number;
}

// ── agents ───────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Agents {
  list(tenantId: string): Promise<AgentRow[]>;
  get(tenantId: string, id: string): Promise<AgentDetail>;
  kinds(): { plugin: string; title: string }[];
  fields(tenantId: string, of: { id: string } | { plugin: string }, locale: Locale, typed?: Typed): Promise<Field[]>;
  /** @throws Refused */
  create(tenantId: string, given: { plugin: string; name: string; channels?: string[]; settings: GivenSettings; start?: boolean }, by: By): Promise<{ id: string }>;
  /**
   * Writes a new version, published from now on; the same settings make none.
   * @throws Refused also for what the plugin's own check calls broken · SwitchboardError CONFLICT
   */
  save(tenantId: string, id: string, given: { name: string; settings: GivenSettings; version: number }, by: By): Promise<{ ordinal: number; lines: CheckLine[] }>;
  /** Writes a version that only numbers bound in draft talk to. @throws Refused · SwitchboardError CONFLICT */
  saveDraft(tenantId: string, id: string, given: { settings: GivenSettings; version: number }, by: By): Promise<{ ordinal: number; lines: CheckLine[] }>;
  /** The draft becomes what is published; numbers bound in draft go on with the published version of the same words. @throws SwitchboardError NOT_FOUND it has none */
  publishDraft(tenantId: string, id: string, by: By): Promise<{ ordinal: number }>;
  /** The draft is given up, and with it the numbers bound in draft. @throws SwitchboardError NOT_FOUND */
  dropDraft(tenantId: string, id: string, by: By): Promise<void>;
  start(tenantId: string, id: string, by: By): Promise<{ state: RunState; lines: CheckLine[] }>;
  stop(tenantId: string, id: string, by: By): Promise<void>;
  restart(tenantId: string, id: string, by: By): Promise<{ state: RunState; lines: CheckLine[] }>;
  /** Plugs a number in, or changes its Inbound switch. @throws Refused INBOUND_TAKEN with the other agent's name, or `environment` when it has no draft */
  bind(tenantId: string, given: { numberId: string; agentId: string; environment?: Environment; inbound: boolean }, by: By): Promise<void>;
  /** A whole connection at once: all its numbers. Those taken by another agent stay outbound only and are returned. */
  bindConnection(tenantId: string, given: { connectionId: string; agentId: string; environment?: Environment; inbound: boolean }, by: By): Promise<{ taken: { number: string; agent: string }[] }>;
  unbind(tenantId: string, given: { numberId: string; agentId: string; environment?: Environment }, by: By): Promise<void>;
}

export interface AgentRow {
  id: string;
  name: string;
  plugin: string;
  /** Title of its plugin. */
  title: string;
  loaded: boolean;
  channels: string[];
  state: RunState;
  reason?: string;
  stateAt: number;
  /** Ordinals of its versions. */
  published?: number;
  draft?: number;
  /** It takes the inbound traffic of these. */
  numbers: NumberName[];
  declared: boolean;
  version: number;
}

export interface AgentDetail extends AgentRow {
  settings: MaskedSettings;
  /** Every number of the tenant. */
  bindings: {
    number: NumberName & { channel: string; lamp: RunState };
    /** Undefined: not plugged in. */
    inbound?: boolean;
    environment?: Environment;
    takenBy?: { id: string; name: string };
    conversations: number;
  }[];
  waiting: number;
}

// ── conversations ────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Conversations {
  list(tenantId: string, filter: ConversationFilter): Promise<{ rows: ConversationRow[]; next?: string }>;
  /** One row, as `list` gives it: for a live update. */
  row(tenantId: string, id: string): Promise<ConversationRow>;
  /** The rows of these, in one query, at most 50: for a live update of many. Ids that are not the tenant's are left out. */
  rows(tenantId: string, ids: readonly string[]): Promise<ConversationRow[]>;
  counts(tenantId: string, numberId?: string): Promise<Record<'open' | 'unread' | 'escalated', number>>;
  /** The conversation with its latest messages. */
  get(tenantId: string, id: string): Promise<ConversationDetail>;
  /** Oldest first. `before` and `after` are seqs; `after` comes without a gap, at most 200 at once. */
  messages(tenantId: string, id: string, page: { before?: number; after?: number; limit?: number }): Promise<{ items: MessageRow[]; more: boolean }>;
  /** What changed of messages that a page shows already: of those with a seq in the range whose state moved at or after `since`. */
  changed(tenantId: string, id: string, range: { from: number; to: number; since: number }): Promise<MessageRow[]>;
  /** One message, as a page of its conversation gives it, with where it belongs. An event of a conversation is none. */
  message(tenantId: string, id: string): Promise<MessageRow & { conversationId: string; connectionId: string; numberId: string; contactId: string }>;
  close(tenantId: string, id: string, by: By): Promise<void>;
  archive(tenantId: string, id: string, by: By): Promise<void>;
  /** Returns the open conversation of this contact and number: another one may be open already, then it is that one's id. */
  reopen(tenantId: string, id: string, by: By): Promise<{ id: string }>;
  /** AI Active or AI Disabled. Switched on, the agent takes over from the next message; what people left unanswered is not answered. */
  setAi(tenantId: string, id: string, on: boolean, by: By): Promise<void>;
  /** Its messages, receipts and waiting work go; nothing brings them back. */
  remove(tenantId: string, id: string, by: By): Promise<void>;
  markRead(tenantId: string, id: string): Promise<void>;
  /** A failed or unconfirmed message goes out again; an unconfirmed one may then arrive twice. @throws SwitchboardError CONFLICT it is neither */
  sendAgain(tenantId: string, messageId: string, by: By): Promise<{ conversationId: string }>;
  /** Takes a message back that has not begun to be sent. @throws SwitchboardError CONFLICT */
  cancel(tenantId: string, messageId: string, by: By): Promise<{ conversationId: string }>;
}

type ConversationView = 'open' | 'unread' | 'escalated' | 'closed';

export interface ConversationFilter {
  /** All but archived unless told; `closed` holds the archived ones too. */
  view?: ConversationView;
  numberId?: string;
  /** Part of a contact's name, phone or user id. */
  search?: string;
  /** As `next` gave it. */
  after?: string;
  limit?: number;
}

interface ContactName {
  id: string;
  /** Name, else phone, else user id, else ''. */
  name: string;
  /** Known by a user id only. */
  nameless: boolean;
}

export interface ConversationRow {
  id: string;
  contact: ContactName;
  number: NumberName & { deleted: boolean };
  state: ConversationState;
  ai: boolean;
  /** Absent: nothing was said yet. */
  last?: { kind: string; text: string; author: Author; status: string; at: number };
  lastSeq: number;
  lastMessageAt: number;
  unread: number;
  /** The person who has it. */
  assignee?: { id: string; name: string };
  escalated?: { at: number; reason: string };
  /** The agent that answers this number. */
  agent?: { id: string; name: string };
  /** May a text be sent now? The one decision. */
  eligibility: Eligibility;
  sentiment?: string;
}

export interface ConversationDetail extends ConversationRow {
  contact: ContactName & { phone?: string; userId?: string; locale?: string; blocked: boolean; since: number };
  number: NumberName & { deleted: boolean; channel: string; plugin: string; simulator: boolean };
  connectionId: string;
  why?: Why;
  summary?: string;
  /** Longest text of one message on this channel. */
  maxText: number;
  /** Other conversations of the contact, newest first, at most 10. */
  others: { id: string; number: NumberName; text: string; kind: string; at: number; state: ConversationState }[];
  items: MessageRow[];
  /** There are older ones. */
  more: boolean;
}

/** Why the agent answered or is silent. `said` is the agent's sentence or one of the pipeline's codes (see `whyCodes`). */
export interface Why {
  at: number;
  said: string;
  agent?: string;
  version?: number;
  joined?: number;
  steps: { name: string; said?: string; ms?: number }[];
}

export const whyCodes = [
  'nothing-new', 'taken-back', 'conversation-closed', 'people-have-it', 'number-gone', 'no-agent', 'number-stopped', 'connection-stopped', 'agent-not-loaded', 'agent-stopped',
  'agent-has-no-version', 'people-took-over',
] as const;

/** A message; or, with `kind` `event`, something that was done to the conversation at that place of it. */
export interface MessageRow {
  id: string;
  seq: number;
  at: number;
  author: Author;
  authorId?: string;
  /** The person's or the agent's name. */
  by?: string;
  kind: string;
  /** As the plugin contract says: Content of what came in, OutContent of what goes out; `{ kind: 'event', what }` of an event. */
  content: Json;
  text: string;
  /** What came with it, or goes with it. */
  media?: MediaRow;
  /** What happened to it afterwards. */
  changes?: MessageChanges;
  /** `received` for what came in. */
  status: string;
  /** When it took its present state. */
  statusAt: number;
  providerRef?: string;
  /** The message this one answers. */
  quote?: { id?: string; author?: Author; text: string };
  /** The key under which a person or the API sent it. */
  key?: string;
  receipts: { status: string; at: number; note?: string }[];
  /** Failed or unconfirmed: what was said and what it means. */
  error?: ProviderError & Partial<ErrorMeaning> & { plugin: string };
}

export type ConversationEvent = 'closed' | 'archived' | 'reopened' | 'ai-on' | 'ai-off';

// ── deliveries and alerts ────────────────────────────────────────────────────────────────────────────────────────────

export interface Deliveries {
  /** Newest first. */
  list(tenantId: string, filter: { state?: DeliveryState; connectionId?: string; after?: string; limit?: number }): Promise<{ rows: DeliveryRow[]; next?: string }>;
  /** Of each state at most 10,000 are counted: then there are that many or more. */
  counts(tenantId: string): Promise<Record<DeliveryState, number>>;
  get(tenantId: string, id: string): Promise<DeliveryDetail>;
  /** Reads the same bytes again; what is here already stays once. @throws SwitchboardError CONFLICT it waits to be processed anyway */
  replay(tenantId: string, id: string, by: By): Promise<void>;
  /** Requests that could not prove themselves, all connections, latest first. */
  rejections(tenantId: string): Promise<(RejectionRow & { connection: { id: string; name: string } })[]>;
}

export interface DeliveryRow {
  id: string;
  at: number;
  connection: { id: string; name: string };
  state: DeliveryState;
  reason?: string;
  /** How many events it held; undefined until it was processed. */
  events?: number;
  bytes: number;
  processedAt?: number;
}

export interface DeliveryDetail extends DeliveryRow {
  method: string;
  /** Without the webhook key. */
  path: string;
  headers: { name: string; value: string }[];
  /** As text; JSON indented. Cut after 200,000 characters. */
  body: string;
  cut: boolean;
  conversations: { id: string; contact: string }[];
  /** What it led to, counted: messages, statuses, and other events by kind. */
  contents: Record<string, number>;
}

export interface Alerts {
  /** Newest first. */
  list(tenantId: string, filter: { unreadOnly?: boolean; after?: string; limit?: number }): Promise<{ rows: AlertRow[]; next?: string }>;
  unreadCount(tenantId: string): Promise<number>;
  markRead(tenantId: string, id: string): Promise<void>;
  markAllRead(tenantId: string): Promise<void>;
}

export interface AlertRow {
  id: string;
  kind: string;
  /** What stands before its first colon names the notifier's sentence; see the notifications plugin. */
  key: string;
  text: string;
  count: number;
  at: number;
  readAt?: number;
  conversationId?: string;
  connectionId?: string;
  contact?: string;
  number?: NumberName;
}

export interface Members {
  list(tenantId: string): Promise<{ id: string; name: string; email: string; role: Role; lastSeenAt?: number }[]>;
}

export interface FirstOwner {
  workspaceName: string;
  name: string;
  email: string;
  /** Its length and its form are the access rules' business; it is hashed here. */
  password: string;
  locale: Locale;
  /** IANA name. */
  timeZone: string;
}
