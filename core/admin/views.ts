/**
 * What every page of the admin is given: plain, serialisable objects, never an entity. Routes fill these, templates in
 * `views/` read them, `view.ts` renders them. Times are UTC milliseconds; templates put them into the tenant's time zone.
 * Sentences that come from a provider or a plugin are passed as they are; all other text comes from the locale files.
 */
import type { Locale } from '../plugin/contract.ts';
import type { Field } from '../plugin/fields.ts';

export type { Field, Locale };
export type Theme = 'auto' | 'light' | 'dark';
export type Role = 'owner' | 'admin' | 'contributor' | 'agent';
/** State of a connection, a number or an agent. */
export type Lamp = 'stopped' | 'starting' | 'running' | 'error';
/** One of six cord colours. With more numbers than six the colours repeat. */
export type LineColour = 1 | 2 | 3 | 4 | 5 | 6;

// ── what every page has ──────────────────────────────────────────────────────────────────────────────────────────────

export interface Chrome {
  /** Goes into every form as `_csrf` and into every htmx request as `x-csrf-token`. */
  csrf: string;
  locale: Locale;
  /** IANA name; the tenant's, or the browser's best guess before sign-in. */
  timeZone: string;
  theme: Theme;
  /** Path and query of this page, so that changing language or theme returns here. */
  path: string;
  now: number;
  /** Absent before sign-in. */
  tenant?: { slug: string; name: string };
  person?: Person;
  /** Unread alerts, for the badge. */
  alerts?: number;
  may?: Permissions;
  /** One sentence about what just happened, shown once as a toast. `undo` posts to `href`. */
  notice?: { text: string; tone?: 'ok' | 'danger'; undo?: string };
}

export interface Person {
  name: string;
  email: string;
  role: Role;
}

/** What this person may do here; pages hide what is not allowed, routes refuse it. */
export interface Permissions {
  /** Numbers, connections, agents, settings. */
  configure: boolean;
  /** Conversations may be deleted. */
  deleteConversations: boolean;
  /** Settings → Members. */
  members: boolean;
}

/** A number as it is named beside something else. */
export interface NumberName {
  id: string;
  name: string;
  line: LineColour;
}

/** Empty string: nothing to say about that field. Keys are field names, values are whole sentences. */
export type FieldErrors = Record<string, string>;

// ── sign-in and first run ────────────────────────────────────────────────────────────────────────────────────────────

export interface SetupPage {
  /** The form's address; carries the one-time link's token when there is one. */
  action: string;
  values: { workspace: string; name: string; email: string; locale: Locale; timeZone: string };
  timeZones: string[];
  errors: FieldErrors;
}

export interface LoginPage {
  next?: string;
  email: string;
  /** `wrong` also for an address nobody has; `closed` after a sign-out or an ended session. */
  state: 'fresh' | 'wrong' | 'paused' | 'closed';
  /** Tries left before the pause, announced from two on. */
  triesLeft?: number;
  /** When the pause ends. */
  pausedUntil?: number;
}

/** Not found, not permitted, failed, or the set-up link is missing. */
export interface ProblemPage {
  kind: 'not-found' | 'no-permission' | 'refused' | 'failed' | 'busy' | 'setup-closed' | 'media-missing' | 'media-gone';
  requestId: string;
  /** For `no-permission`: who may, by name. */
  who?: string[];
  /** The page's own name, when it is one we know. */
  page?: string;
}

// ── WhatsApp: the rack of numbers ────────────────────────────────────────────────────────────────────────────────────

export interface NumberCard extends NumberName {
  /** As a person writes it: `+62 811 5550 221`, `sim:ana`. */
  account: string;
  /** Title of its channel plugin: Meta, Simulator. */
  channel: string;
  simulator: boolean;
  active: boolean;
  lamp: Lamp;
  /** Who answers; absent: nobody. `people` when an agent is not plugged in but people may write. */
  agent?: { id: string; name: string; draft?: boolean };
  peopleOnly?: boolean;
  /** Messages in and out today. */
  today: { in: number; out: number };
  /** Messages that wait because it is stopped or in error. */
  waiting: number;
  /** Why it is in ERROR, or what STARTING is doing; the provider's or plugin's words. */
  reason?: string;
  /** Why the switch was put back; shown beneath it. */
  refused?: string;
}

export interface WhatsappPage {
  numbers: NumberCard[];
  recent: Row[];
  /** Open conversations in all. */
  open: number;
  /** The first conversation of the inbox, or none. */
  inboxHref: string;
  /** The test phone stands beside the rack until a real number is connected. */
  phone?: Phone;
  /** Left to do after the first start; hidden when all done or dismissed. */
  checklist?: { key: 'talk' | 'connect' | 'agent' | 'invite' | 'url' | 'backup'; done: boolean; href?: string }[];
}

/** Plug a number in: connection → name → number → agent. */
export interface ConnectPage {
  /** Existing connections and the plugins a new one could be made from. */
  ways: {
    /** `connection:{id}` or `plugin:{name}`. */
    value: string;
    title: string;
    note: string;
    mark?: 'recommended' | 'legacy';
    /** Why it cannot be chosen. */
    disabled?: string;
  }[];
  /** The chosen way's value; absent until chosen. */
  way?: string;
  /** One can sign in with the provider instead; `missing` says why not on this server. */
  signIn?: { plugin: string; channel: string; missing?: string };
  /** What the chosen way asks for: a number list, or the fields of its schema. */
  fields: Field[];
  /** What the channel calls a number's identity, e.g. "Phone Number ID". */
  account?: { label: string; value: string; hint?: string; offers?: { value: string; name: string; taken?: string }[] };
  displayName: string;
  agents: { id: string; name: string; lamp: Lamp; whatsapp: boolean }[];
  agent: string;
  active: boolean;
  /** To paste at the provider; shown with Copy. */
  handOff?: { callbackUrl: string; verifyToken?: string };
  errors: FieldErrors;
  /** The provider's own words, when it refused the credentials. */
  /** `said` are the provider's words, `ours` a sentence of the doctor. */
  refusal?: { who: string } & ({ said: string } | { ours: string });
  /** After an error: secrets are never sent back to the page. `kept` on the server, or to be `pasted` again. */
  secrets?: 'kept' | 'pasted';
  /** What was pasted, sealed, for the next try; goes back with the form. */
  kept?: string;
  /** Colour that the number will have. */
  line: LineColour;
}

export interface EditNumberPage {
  number: NumberCard;
  displayName: string;
  agents: ConnectPage['agents'];
  agent: string;
  active: boolean;
  errors: FieldErrors;
  /** Of the row that the form was drawn from: a form older than the row overwrites nothing. */
  version: number;
}

export interface DeleteNumberPage {
  number: NumberCard;
  /** Conversations that stay as history. */
  conversations: number;
  /** Why it cannot be deleted here. */
  error?: string;
}

// ── conversations ────────────────────────────────────────────────────────────────────────────────────────────────────

export type MessageStatus = 'queued' | 'sending' | 'unknown' | 'sent' | 'failed' | 'delivered' | 'read' | 'cancelled';
export type Author = 'contact' | 'agent' | 'person' | 'api' | 'phone';

/** The 24-hour window. `open` with no `until`: the channel has none. */
export interface ReplyWindow {
  state: 'open' | 'closed' | 'waiting';
  until?: number;
}

/** Who has the conversation. */
export type Holder = { kind: 'agent' | 'person'; name: string; you?: boolean } | { kind: 'nobody' } | { kind: 'escalated'; reason?: string };

export interface ContactName {
  /** Name, else the phone, else the user id: never empty. */
  name: string;
  /** Known by a user id only: an icon stands in for initials. */
  nameless?: boolean;
}

/** One conversation in a list. */
export interface Row {
  id: string;
  contact: ContactName;
  number: NumberName;
  /** `text` is empty for kinds without words; the kind is then named. */
  last?: { kind: Kind; text: string; author: Author; status?: MessageStatus; at: number };
  unread: number;
  holder: Holder;
  window: ReplyWindow;
  state: 'open' | 'closed' | 'archived';
  sentiment?: 'pleased' | 'neutral' | 'upset';
}

/** Content kinds of the plugin contract, in and out, as the thread draws them. */
export type Kind =
  | 'text' | 'choice' | 'buttons' | 'list' | 'link' | 'image' | 'video' | 'audio' | 'voice' | 'document' | 'sticker'
  | 'location' | 'location-request' | 'contacts' | 'order' | 'form' | 'reaction' | 'template' | 'system' | 'unsupported';

export interface Message {
  id: string;
  /** Position in its conversation; grows. */
  seq: number;
  /** The key under which a person sent it: lets the page match the bubble it drew at once. */
  key?: string;
  at: number;
  author: Author;
  /** The agent's or person's name; shown once a group. */
  by?: string;
  kind: Kind;
  /** Text, caption, or the title that was tapped; may be empty. */
  text: string;
  header?: string;
  footer?: string;
  /** Buttons or list rows offered. `description` for list rows. */
  choices?: { id: string; title: string; description?: string }[];
  /** The list's button. */
  button?: string;
  /** What the provider called a kind we do not know, a file's name, a place's name: one short line. */
  note?: string;
  media?: Medium;
  /** A place on a map. */
  place?: { latitude: number; longitude: number };
  /** What happened to it afterwards. */
  marks?: { reactions: string[]; edited?: { at: number; was: string }; revokedAt?: number };
  quote?: { id?: string; by: string; text: string };
  /** Outbound only. */
  status?: MessageStatus;
  receipts?: { status: MessageStatus; at: number; note?: string }[];
  /** The provider's id. */
  ref?: string;
  /** Failed or unknown: the catalogue's sentence and what may be done. */
  problem?: { sentence: string; whose?: 'customer' | 'operator' | 'provider' | 'us'; code?: string; deeds: 'again'[] };
}

/** What came with a message, or goes with it. */
export interface Medium {
  id: string;
  /** How it is shown: `file` is only saved. */
  as: 'picture' | 'film' | 'sound' | 'file';
  state: 'missing' | 'stored' | 'gone';
  /** Why it is not here, in the reader's language or the provider's words; absent while it is being fetched. */
  why?: string;
  name: string;
  mime: string;
  bytes?: number;
  /** Of the picture as it is shown. */
  width?: number;
  height?: number;
  durationMs?: number;
  mp4: boolean;
  /** It could come if somebody asks. */
  retry: boolean;
}

/** Something that happened in the thread that is not a message. */
export interface ThreadEvent {
  id: string;
  seq: number;
  at: number;
  what: 'hand-off' | 'taken' | 'ai-on' | 'ai-off' | 'closed' | 'archived' | 'reopened' | 'window-closed' | 'opted-out' | 'opted-in' | 'fault';
  who?: string;
  /** Reason of a hand-off, name of an armed fault. */
  text?: string;
}

export type ThreadItem = Message | ThreadEvent;

/** The one eligibility decision, as the composer shows it. */
export type ComposerState =
  | { kind: 'free'; until?: number }
  | { kind: 'closed' | 'waiting' | 'opted-out' | 'rate-capped' | 'number-stopped' | 'number-deleted' | 'conversation-closed' | 'conversation-archived' };

export interface Composer {
  state: ComposerState;
  /** Made with the page; a second submit under the same key returns the first message. */
  key: string;
  /** Text to put back: after a refusal without script. */
  text?: string;
  /** Why the last submit was refused. */
  error?: string;
  maxLength: number;
}

export interface Thread {
  id: string;
  contact: ContactName & { phone?: string; userId?: string; language?: string; localTime?: string; consent?: { value: 'in' | 'out'; at: number; source: string }; since: number };
  number: NumberName & { account: string; channel: string; simulator: boolean };
  state: 'open' | 'closed' | 'archived';
  ai: boolean;
  holder: Holder;
  window: ReplyWindow;
  /** Oldest first. */
  items: ThreadItem[];
  /** There are older ones before `items[0]`. */
  more: boolean;
  /** First unread item: a line "new" stands before it. */
  newFrom?: string;
  /** How many are new. */
  newCount?: number;
  /** Not yet seen by anybody: the page says so once it stands on a screen. */
  unread: number;
  composer: Composer;
  why?: Why;
  others: { id: string; number: NumberName; text: string; at: number; state: Row['state'] }[];
}

/** Why the agent answered, or why it is silent: a cord of jacks, oldest first. */
export interface Why {
  agent: string;
  line: LineColour;
  answered: boolean;
  at: number;
  steps: {
    /** A whole short sentence; from the pipeline or the agent. */
    text: string;
    done: boolean;
    ms?: number;
    at?: number;
  }[];
}

export type InboxView = 'open' | 'unread' | 'escalated' | 'closed';

export interface InboxPage {
  view: InboxView;
  counts: Partial<Record<InboxView, number>>;
  /** One number's conversations only. */
  number?: NumberName;
  search?: string;
  rows: Row[];
  /** Address of the next rows. */
  nextHref?: string;
  /** The open conversation. */
  thread?: Thread;
  /** At 390 the details are a page of their own: `?details=1`. */
  details?: boolean;
}

/** The simulator: the inbox with a phone at its side. */
export interface SimulatorPage extends InboxPage {
  phone: Phone;
}

export interface Phone {
  number: NumberName;
  /** Name of the business, as the customer sees it. */
  business: string;
  /** Whose phone it is. */
  persona: {
    id: string;
    name: string;
    /** As it was typed; '' where only a number or user id is told. */
    given: string;
    /** The number or user id by which they are known. */
    known: string;
  };
  personas: { id: string; name: string; href: string }[];
  /** From the customer's side, oldest first: `author: 'contact'` is the person holding the phone. */
  messages: Message[];
  typing: boolean;
  /** The thread of this phone, where there is one. */
  conversation?: string;
  faults: Fault[];
}

export interface Fault {
  key: 'window' | 'fails' | 'bounces' | 'slow' | 'silent' | 'twice' | 'late' | 'order' | 'stop' | 'nameless';
  armed: boolean;
  available: boolean;
}

// ── fragments of the conversation pages ──────────────────────────────────────────────────────────────────────────────

/**
 * Answer to `GET …/live`: only what is asked for and still there. Rendered as `hx-partial`s. The page asks with
 * `changed` (ids of conversations, with commas, at most 50), `rows` (`inbox` or `recent`: the list it shows), `open` and
 * `after` (its open conversation and the last `seq` it has), `numbers=1`, `alerts=1`, `phone` (the number of the simulator
 * it shows), and the list's own `view`, `number`, `search`, `persona`. Also the answer to a message that was sent: then the
 * thread's `tail` begins with the new message, whose `key` takes the place of the bubble that the page drew at once.
 */
export interface LiveBundle {
  /** Rows to update in place; a row that is not on the page is announced by the pill instead. */
  rows?: Row[];
  /** `inbox` rows and `recent` rows look different. */
  rowsAre?: 'inbox' | 'recent';
  counts?: InboxPage['counts'];
  /** The list's filter, as the request carried it: row links keep it. */
  filter?: { view?: InboxView; number?: string; search?: string };
  thread?: Pick<Thread, 'id' | 'number' | 'contact' | 'state' | 'ai' | 'holder' | 'window'> & {
    /** Items after the `after` that was asked for. */
    tail: ThreadItem[];
    /** The item before the tail, so that grouping and day lines are right. */
    before?: ThreadItem;
    /** Messages on the page whose status or problem changed. */
    changed: Message[];
    composer?: Composer;
    why?: Why;
  };
  numbers?: NumberCard[];
  alerts?: number;
  phone?: Phone;
}

/** Answer to `GET …/older?before={seq}`: goes before the first item. */
export interface OlderBundle {
  id: string;
  items: ThreadItem[];
  more: boolean;
  /** The contact's name, for screen readers. */
  name: string;
}

// ── alerts ───────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Alert {
  id: string;
  kind: 'hand-off' | 'new-message' | 'failure';
  text: string;
  /** Alerts of the same key that were joined into this one. */
  count: number;
  at: number;
  read: boolean;
  /** Conversation or connection it is about. */
  href?: string;
  contact?: string;
  number?: NumberName;
}

export interface AlertsPage {
  show: 'unread' | 'all';
  alerts: Alert[];
  unread: number;
  nextHref?: string;
}

// ── agents ───────────────────────────────────────────────────────────────────────────────────────────────────────────

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
  /** Another agent takes this number's inbound traffic. */
  takenBy?: { id: string; name: string };
  conversations: number;
}

export interface AgentPage {
  agent: AgentRow;
  tab: 'behaviour' | 'channels';
  fields: Field[];
  errors: FieldErrors;
  bindings: Binding[];
  version: number;
  /** By the configuration file: shown, not changed here. */
  declared?: boolean;
}

// ── settings ─────────────────────────────────────────────────────────────────────────────────────────────────────────

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
  failure?: { said: string; at: number; mend?: string; field?: string };
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

export interface TemplateRow {
  id: string;
  name: string;
  language: string;
  status: 'draft' | 'pending' | 'approved' | 'rejected' | 'paused' | 'disabled';
  category?: string;
  quality?: string;
  /** In the provider's words. */
  reason?: string;
  text: string;
  updatedAt: number;
}

export interface TemplateList {
  rows: TemplateRow[];
  filter: { status?: TemplateRow['status']; search?: string };
  /** They are read from the provider, and can be read now. */
  sync: boolean;
  create: boolean;
  delete: boolean;
  nextHref?: string;
  /** Why the last deed was refused, in the provider's words. */
  error?: string;
}

export interface LogList {
  rows: { id: string; at: number; level: 'debug' | 'info' | 'warn' | 'error'; text: string; by?: string; details: { name: string; value: string }[] }[];
  filter: { level?: 'info' | 'warn' | 'error'; text?: string };
  nextHref?: string;
}

/** A template that somebody wants to have approved. */
export interface TemplatePage {
  connection: { id: string; name: string };
  fields: Field[];
  errors: FieldErrors;
  /** It is typed in as it was approved elsewhere, not submitted. */
  byHand: boolean;
}

/** A template for one conversation: chosen from `rows`, then filled in. */
export interface SendTemplatePage {
  conversation: string;
  /** Of the contact. */
  name: string;
  /** Made with the page; a second submit under the same key returns the first message. */
  key: string;
  /** Approved ones; empty when one is chosen. One that needs a file cannot be chosen. */
  rows: { id: string; name: string; language: string; text: string; needsFile: boolean }[];
  nextHref?: string;
  /** `text` is as the contact will read it when `filled`, else with its variables open. */
  chosen?: { id: string; name: string; language: string; text: string; filled: boolean };
  fields: Field[];
  errors: FieldErrors;
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

export interface DeliveryRow {
  id: string;
  at: number;
  connection: { id: string; name: string };
  state: 'received' | 'processed' | 'failed';
  /** Why it failed. */
  reason?: string;
  /** What was in it, counted by event kind. */
  contents: Partial<Record<'event' | 'message' | 'status' | 'echo' | 'change' | 'other' | 'ignored', number>>;
  bytes: number;
}

export interface DeliveriesPage {
  deliveries: DeliveryRow[];
  counts: Record<DeliveryRow['state'], number>;
  filter: { state?: DeliveryRow['state']; connection?: string };
  connections: { id: string; name: string }[];
  nextHref?: string;
}

export interface DeliveryPage {
  delivery: DeliveryRow;
  method: string;
  headers: { name: string; value: string }[];
  /** Raw body as text; JSON is indented by the route. */
  body: string;
  /** True when `body` was cut. */
  cut?: boolean;
  conversations: { id: string; contact: string }[];
  processedAt?: number;
}

export interface MembersPage {
  members: { id: string; name: string; email: string; role: Role; lastSeenAt?: number; you?: boolean }[];
}

export interface AboutPage {
  version: string;
  node: string;
  database: string;
  /** Absent on PostgreSQL. */
  dataFolder?: string;
  publicUrl?: string;
  startedAt: number;
  plugins: { name: string; title: string; kind?: 'channel' | 'agent' | 'notifier'; state: 'loaded' | 'broken'; problem?: string }[];
}

export interface ProfilePage {
  person: Person;
  locales: Locale[];
  /** Browsers that are signed in, the latest seen first. `browser` is '' when it did not say what it is. */
  logins: { id: string; browser: string; address: string; createdAt: number; lastSeenAt: number; current: boolean }[];
  /** Of the password form: `current`, `password`. */
  errors: FieldErrors;
}

// ── the list ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Template name → its data. */
export interface Views {
  setup: SetupPage;
  login: LoginPage;
  problem: ProblemPage;
  whatsapp: WhatsappPage;
  connect: ConnectPage;
  'edit-number': EditNumberPage;
  'delete-number': DeleteNumberPage;
  inbox: InboxPage;
  'delete-conversation': { thread: Pick<Thread, 'id' | 'contact' | 'number'>; messages: number; error?: string };
  simulator: SimulatorPage;
  alerts: AlertsPage;
  agents: AgentsPage;
  agent: AgentPage;
  channels: ChannelsPage;
  template: TemplatePage;
  'send-template': SendTemplatePage;
  'sign-in': SignInPage;
  deliveries: DeliveriesPage;
  delivery: DeliveryPage;
  members: MembersPage;
  about: AboutPage;
  profile: ProfilePage;
  styleguide: Record<never, never>;
  /** Fragments, without the shell. */
  'parts/live': LiveBundle;
  'parts/older': OlderBundle;
}

export type PageName = keyof Views;
