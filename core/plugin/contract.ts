/**
 * The plugin contract, version 1: types only, nothing here runs.
 *
 * A plugin is a value. It answers questions; it never holds a request, a transaction or a retry loop. If you are just
 * starting, read `Channel` or `Agent` and their required members; an optional method *is* the capability.
 */
import type { Static, TSchema } from 'typebox';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Locale = 'en' | 'es' | 'id';

// ── what every plugin has ────────────────────────────────────────────────────────────────────────────────────────────

export interface Plugin<K extends string, S extends TSchema> {
  kind: K;
  /** Unique among loaded plugins, lower-case with dashes; stored with every connection and agent. */
  name: string;
  title: string;
  /** The major version of this contract. A plugin for another one is refused by name. */
  contract: 1;
  /** One TypeBox object schema: it types the code, validates input and draws the form. `writeOnly: true` marks a secret. */
  settings: S;
  /** Words for the form and the messages of the plugin, per language; keys are the plugin's own. */
  texts?: Record<Locale, Record<string, string>>;
  /** What the installation must have before this plugin is of use. */
  requires?: readonly 'publicUrl'[];
  /** Origins (`https://host[:port]`) that may be given credentials. A base URL in the settings belongs in this list. */
  origins?(settings: Static<S>): string[];
  /** The doctor: what was tried, what the provider said, how to mend it. Runs at Start, before settings are saved, and on demand. */
  check?(ctx: Context<Static<S>>): Promise<CheckLine[]>;
}

export interface CheckLine {
  /** Stable name of what was looked at, for example `token`, or `number 42`. Pages head the line with the plugin's text `check.token` or `check.number`, where there is one. */
  what: string;
  state: 'ok' | 'doubtful' | 'broken' | 'not-yet';
  /** What was tried and what became of it: a key of the plugin's texts, or one plain English sentence. */
  said: string;
  /** What to do about it, written like `said`; absent when there is nothing to do. */
  mend?: string;
  /** What stands in the sentences' `{{names}}`. */
  params?: Record<string, string>;
  /** The provider's own words, quoted beside the sentence in whatever language they are. */
  answered?: string;
  /** The settings field that mends it, so that a form can show the line beside it. */
  field?: string;
}

// ── a plugin's whole world ───────────────────────────────────────────────────────────────────────────────────────────

export interface Context<S> {
  settings: S;
  /**
   * One call to the outside through the guard: public addresses only (unless the operator named the origin), no redirects,
   * 15 s in all, 1 MB of answer. Credentials may only travel to the plugin's own `origins`.
   * @throws NotSent nothing left this machine (refused, DNS, TLS, guard): safe to try again
   * @throws Silence the request may have arrived, no usable answer came: the outcome is unknown
   */
  fetch(url: string, init?: FetchInit): Promise<Answer>;
  /**
   * Reads the bytes of a medium through the same guard: as a stream, up to `maxBytes`, following at most three redirects
   * that stay on https. Headers that carry credentials are dropped at an origin that is not the plugin's own.
   * @throws NotSent, Silence also while the stream is read: a medium may always be asked for again
   */
  download(url: string, init?: { headers?: Record<string, string>; maxBytes?: number; timeoutMs?: number }): Promise<Download>;
  /** A stored medium, to be uploaded to the provider. Undefined: there is none of this id, or its bytes are not here. */
  media(id: string): Promise<StoredMedia | undefined>;
  log: Log;
  /** Milliseconds since 1970; the only clock a plugin may read. */
  now(): number;
  /** Aborted at shutdown and when the call's time is over. */
  signal: AbortSignal;
  /** The public URL of this connection's webhook, with optional query parameters. */
  callbackUrl(query?: Record<string, string>): string;
  /** A signed URL of a stored medium that the provider may read for `ttlMs` milliseconds; its path ends in `name`, by which some call the file. */
  mediaUrl(id: string, ttlMs: number, name?: string): string;
  /** A small durable store of the connection's own, for tokens and cursors. Values are sealed at rest. */
  store: { get(key: string): Promise<Json | undefined>; set(key: string, value: Json): Promise<void> };
}

export interface FetchInit {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  headers?: Record<string, string>;
  /** A stream is sent with its length and never repeated; `multipart` makes one of a form with a file. */
  body?: string | Uint8Array | { bytes: number; stream: AsyncIterable<Uint8Array> };
  /** Total deadline in milliseconds; 15,000 unless told. */
  timeoutMs?: number;
  /** Cap on the answer's bytes; 1,000,000 unless told. More is a Silence. */
  maxBytes?: number;
}

export interface Answer {
  status: number;
  /** Lower-case names. */
  headers: Record<string, string>;
  body: Buffer;
  text(): string;
  /** @throws Silence when the body is not JSON: a provider that says yes in no language we know has not said yes. */
  json(): Json;
}

export interface Download {
  status: number;
  /** Lower-case names. */
  headers: Record<string, string>;
  stream: AsyncIterable<Uint8Array>;
}

export interface StoredMedia {
  bytes: number;
  /** As found in the bytes themselves. */
  mime: string;
  name?: string;
  stream(): AsyncIterable<Uint8Array>;
}

export interface Log {
  debug(what: object, message: string): void;
  info(what: object, message: string): void;
  warn(what: object, message: string): void;
  error(what: object, message: string): void;
}

// ── channels ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Channel<S extends TSchema = TSchema> extends Plugin<'channel', S> {
  can: Capabilities;
  /** A word beside its form where one chooses: the way that most should take, or one that has a successor, such as signing in. */
  mark?: 'recommended' | 'legacy';
  /** What identifies a number of this channel, brought into its canonical form. */
  account: { title: string; parse(typed: string): string | Problem };
  /** The provider's handshake when a webhook URL is saved. Undefined: this request is not a handshake. */
  challenge?(request: WebhookRequest, settings: Static<S>): WebhookReply | undefined;
  /** Is this request the provider's? Pure, asked before anything is stored, over the raw bytes, in constant time. */
  verify(request: WebhookRequest, settings: Static<S>): true | Refusal;
  /** What the request says. Pure, so a delivery can be replayed; throwing makes a failed row in the ledger, never a lost one. */
  parse(request: WebhookRequest, settings: Static<S>): Event[];
  /**
   * Repeatable calls only (upload, token). Its result is stored before `sending`; its failure is a retry, never unknown. Where `send`
   * is then rejected with scope `connection`, the result is dropped and this is asked again.
   */
  prepare?(out: Outgoing, ctx: Context<Static<S>>): Promise<Json>;
  /** What `prepare` is asked for; everything unless told. Where it is not, a message costs one commit less. */
  prepares?(content: OutContent): boolean;
  /** Exactly one call that creates a message at the provider. */
  send(out: Outgoing, prepared: Json | undefined, ctx: Context<Static<S>>): Promise<SendResult>;
  /** Settles an unknown by asking the provider. Undefined: the provider does not know it (yet). */
  find?(out: Outgoing, ctx: Context<Static<S>>): Promise<SendResult | undefined>;
  media?(ref: MediaRef, ctx: Context<Static<S>>): Promise<MediaBytes | 'gone'>;
  /** The Connect dialog's list; works on settings that are not saved yet. */
  numbers?(ctx: Context<Static<S>>): Promise<NumberOnOffer[]>;
  limits?(settings: Static<S>, account: string): { perSecond: number; pair?: { everyMs: number; burst: number } };
  templates?: {
    list(ctx: Context<Static<S>>, cursor?: string): Promise<{ templates: TemplateRecord[]; next?: string }>;
    validate?(draft: TemplateDraft): Problem[];
    create?(draft: TemplateDraft, ctx: Context<Static<S>>): Promise<TemplateRecord>;
    delete?(id: string, ctx: Context<Static<S>>): Promise<void>;
  };
  /** The manual action that makes a number ready to send (Meta: with its six-digit PIN). Says what became of it as a line of the doctor. */
  register?(account: string, pin: string, ctx: Context<Static<S>>): Promise<CheckLine>;
  /** Where the provider sends this account's events; `set` may overwrite another installation, so ask first. */
  subscribe?: {
    read(ctx: Context<Static<S>>): Promise<{ state: 'ours' | 'other' | 'none'; url?: string }>;
    set(ctx: Context<Static<S>>): Promise<void>;
    clear?(ctx: Context<Static<S>>): Promise<void>;
  };
  signIn?: {
    /** Why sign-in cannot be offered on this server; undefined when it can. */
    missing(server: Record<string, string | undefined>): string | undefined;
    origins: { script: string[]; frame: string[] };
    /** What the page that signs in needs to know; nothing of it is secret. */
    page(server: Record<string, string | undefined>): Record<string, string>;
    /** `input` is what the browser brought: a hint, never a proof. @throws Error with a sentence for the operator */
    finish(input: Json, server: Record<string, string | undefined>, ctx: Context<Static<S>>): Promise<{ settings: Static<S>; accounts: string[]; lines?: CheckLine[] }>;
  };
  /** Best effort, 5 s, no retry. */
  typing?(heard: Heard, ctx: Context<Static<S>>): Promise<void>;
  markRead?(heard: Heard, ctx: Context<Static<S>>): Promise<void>;
  /** The error catalogue: what a provider's code means to a person. */
  explain?(error: ProviderError): ErrorMeaning;
  /** A phone in the browser: the requests that would arrive if the contact did this, proven as `verify` wants them. */
  simulate?(act: SimulatedAct, settings: Static<S>): { headers: Record<string, string>; body: Buffer };
}

/** A message that came in, as the provider knows it. */
export interface Heard {
  account: string;
  from: Identity[];
  thread?: string;
  /** The provider's id of the message. */
  ref: string;
}

/** What somebody does on a simulated phone. `id` makes a repeated act the same event. */
export type SimulatedAct = { id: string; account: string; from: Identity[]; name?: string; at: number } & (
  | { kind: 'message'; content: Content; replyTo?: string }
  | { kind: 'status'; refs: string[]; ref?: string; status: ReportedStatus; error?: ProviderError }
);

export interface Capabilities {
  /** How a webhook proves itself: a signature over the body, a secret header, or an unguessable URL. */
  webhook: 'signed' | 'shared-secret' | 'secret-url';
  /** Content kinds this channel sends itself; what is missing is degraded to text by core. */
  sends: readonly OutContent['kind'][];
  statuses: readonly ReportedStatus[];
  /** Hours after the contact's last message in which free-form messages are allowed; absent: always. */
  replyWindowHours?: number;
  /** Characters in one text message; longer ones are split by core. */
  maxText: number;
  buttons?: { max: number; title: number; id: number; text: number };
  list?: { max: number; title: number; description: number; id: number; text: number; button: number };
  /** Largest size in bytes and accepted MIME types, by media kind; a caption that the kind cannot carry goes as a text of its own. */
  media?: Partial<Record<MediaKind, { maxBytes: number; mime: readonly string[]; caption?: false }>>;
}

/** A webhook as received. `url` is PUBLIC_URL + path + query: a forwarding header never changes it. */
export interface WebhookRequest {
  method: string;
  url: string;
  /** Lower-case names; a header sent twice has two values. */
  headers: Record<string, string[]>;
  body: Buffer;
  receivedAt: number;
}

export interface WebhookReply {
  status: number;
  body: string;
  type?: string;
}

export interface Refusal {
  refused: 'unsigned' | 'wrong-secret' | 'other-url' | 'rewritten-body' | 'not-configured';
}

/** Something wrong with what a person typed: shown beside the field. `text` is a key of the plugin's texts or plain English. */
export interface Problem {
  problem: string;
  field?: string;
}

export type IdentityKind = 'phone' | 'user' | 'parent-user' | 'username';

/** One way by which a provider knows a person. Phones are digits with country code and no plus. */
export interface Identity {
  kind: IdentityKind;
  value: string;
}

export interface ProviderError {
  /** The provider's own code, or `http-500`, `malformed`, `timeout` where it gave none. */
  code: string;
  /** The provider's own words, at most a few hundred characters, never a credential. */
  said: string;
}

export interface Price {
  category?: string;
  model?: string;
  billable?: boolean;
}

export interface Referral {
  source: string;
  url?: string;
  headline?: string;
  text?: string;
  clickId?: string;
}

export type ReportedStatus = 'sent' | 'delivered' | 'read' | 'failed';

/** What a delivery says. `id` is the same for the same event however often it is delivered; it is unique within a connection. */
export type Event = { id: string; account?: string; at: number } & (
  | { kind: 'message'; from: Identity[]; name?: string; thread?: string; content: Content; replyTo?: string; forwarded?: boolean; referral?: Referral; errors?: ProviderError[] }
  /** Sent from elsewhere in the business's name: never a turn; `phone` and `person` count as a person's reply. */
  | { kind: 'echo'; to: Identity[]; by: 'phone' | 'person' | 'bot'; thread?: string; content: Content }
  | { kind: 'change'; from: Identity[]; of: string; change: 'edit' | 'revoke' | 'reaction'; content?: Content; emoji?: string }
  /** `refs` are the provider's ids of the message, `ref` is ours where the provider gives it back. */
  | { kind: 'status'; refs: string[]; ref?: string; status: ReportedStatus; error?: ProviderError; price?: Price; to?: Identity[] }
  | { kind: 'identity'; was: Identity[]; is: Identity[] }
  | { kind: 'consent'; who: Identity[]; category: string; value: 'stop' | 'resume' }
  | { kind: 'holder'; thread: string; holder: 'person' | 'bot' }
  /** `template` is its id at the provider. A status or quality word that is not known here stays the provider's. */
  | { kind: 'template'; template: string; name?: string; language?: string; status?: TemplateStatus; quality?: string; category?: string; reason?: string }
  | { kind: 'account'; what: string; severity: 'info' | 'warning' | 'stop'; said: string }
  | { kind: 'ignored'; why: string }
);

export type MediaKind = 'image' | 'video' | 'audio' | 'voice' | 'document' | 'sticker';

export interface MediaRef {
  /** The provider's id or URL of the bytes. */
  ref: string;
  mime?: string;
  name?: string;
  sha256?: string;
  bytes?: number;
}

export interface MediaBytes {
  stream: AsyncIterable<Uint8Array>;
  mime?: string;
  name?: string;
  sha256?: string;
}

/** What a contact sent. */
export type Content =
  | { kind: 'text'; text: string }
  /** A tap on a choice that we offered: `id` is ours. */
  | { kind: 'choice'; id: string; text: string; description?: string; of: 'button' | 'list' | 'template' }
  | { kind: MediaKind; media: MediaRef; caption?: string }
  | { kind: 'location'; latitude: number; longitude: number; name?: string; address?: string; url?: string }
  | { kind: 'contacts'; contacts: { name: string; phones: string[]; emails: string[] }[] }
  | { kind: 'order'; catalog?: string; text?: string; items: { product: string; quantity: number; price?: number; currency?: string }[] }
  | { kind: 'form'; name?: string; answers: Json; text?: string }
  | { kind: 'reaction'; emoji?: string }
  | { kind: 'system'; what: string; text?: string }
  /** Known to exist, not understood: kept with what the provider called it, replayable after an update. */
  | { kind: 'unsupported'; what: string; errors?: ProviderError[] };

export interface Choice {
  id: string;
  title: string;
  description?: string;
}

/** What we send. */
export type OutContent =
  | { kind: 'text'; text: string }
  | { kind: 'buttons'; text: string; header?: string; footer?: string; buttons: Choice[] }
  | { kind: 'list'; text: string; header?: string; footer?: string; button: string; sections: { title?: string; rows: Choice[] }[] }
  | { kind: 'link'; text: string; title: string; url: string }
  | { kind: 'location-request'; text: string }
  | { kind: MediaKind; media: string; caption?: string; name?: string; mime: string; bytes: number }
  | { kind: 'location'; latitude: number; longitude: number; name?: string; address?: string }
  | { kind: 'contacts'; contacts: { name: string; phones: string[]; emails: string[] }[] }
  | { kind: 'reaction'; emoji: string; to: string }
  /**
   * `template`, `name` and `language` are those of the template's record, `variables` go by the keys it lists. `text` is what the
   * contact will read. `media` is the stored medium of a media header.
   */
  | { kind: 'template'; template: string; name: string; language: string; variables: Record<string, string>; text?: string; media?: { kind: MediaKind; id: string; mime: string; bytes: number; name?: string } };

export interface Outgoing {
  /** Ours, unique, at most 64 characters: give it to the provider wherever it gives something back. */
  ref: string;
  account: string;
  to: { identities: Identity[]; thread?: string };
  content: OutContent;
  /** The provider's id of the message this one answers. */
  replyTo?: string;
}

/**
 * What the provider said. Throwing NotSent is a retry, throwing Silence makes the message *unknown*, throwing anything else
 * before the call left is a bug that is retried and then buried.
 */
export type SendResult =
  /** Any of `refs` settles the message later. */
  | { accepted: { refs: string[]; thread?: string; learned?: Identity[] } }
  /** It will never work like this. Scope `connection` puts the connection into ERROR and keeps the message queued. */
  | { rejected: ProviderError & { scope: 'message' | 'contact' | 'template' | 'number' | 'connection' } }
  | { retry: ProviderError & { afterMs?: number; scope: 'pair' | 'number' | 'connection' } };

export interface ErrorMeaning {
  /** Key of a sentence in the plugin's texts, or a plain English sentence. */
  sentence: string;
  whose: 'customer' | 'operator' | 'provider' | 'us';
  retried: boolean;
  next?: string;
}

export interface NumberOnOffer {
  account: string;
  title: string;
  phone?: string;
  /** What is worth knowing of it: a key of the plugin's texts, or the provider's own word. */
  note?: string;
  /** Nobody says that it can speak here: a list with such a number is not the whole of it, and others may be typed. */
  uncertain?: true;
}

export type TemplateStatus = 'draft' | 'pending' | 'approved' | 'rejected' | 'paused' | 'disabled';

export interface TemplateRecord {
  /** The provider's id of this name in this language. */
  id: string;
  name: string;
  language: string;
  status: TemplateStatus;
  category?: string;
  quality?: string;
  /** Why it was rejected or paused, in the provider's words. Pages say `INVALID_FORMAT` with the plugin's text `template.reason.INVALID_FORMAT`, where there is one. */
  reason?: string;
  /** As the provider gave it. */
  components: Json;
  /** What the contact sees, with `{{key}}` where a variable goes. */
  preview: TemplatePreview;
  /** What must be filled in, in the order in which a person would; keys are the plugin's own. */
  variables: { key: string; example?: string }[];
}

export interface TemplatePreview {
  header?: { kind: 'text'; text: string } | { kind: MediaKind };
  body: string;
  footer?: string;
  buttons?: { kind: 'reply' | 'url' | 'phone' | 'code' | 'other'; title: string; target?: string }[];
}

/** What a person or the API wants to have approved. Variables stand in the texts as `{{1}}` or `{{first_name}}`, with an example each. */
export interface TemplateDraft {
  name: string;
  language: string;
  category: string;
  preview: TemplatePreview;
  examples: Record<string, string>;
}

// ── agents ───────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Agent<S extends TSchema = TSchema> extends Plugin<'agent', S> {
  /** How many older messages a turn brings along, at most 50; none unless told, for they cost a query. */
  history?: number;
  /** One asking. Returns, never sends. All of it is data, so that an agent can run in a worker or on another machine. */
  respond(turn: Turn, ctx: Context<Static<S>>): Promise<Reply>;
  insights?(thread: Turn, ctx: Context<Static<S>>): Promise<{ sentiment: string; summary: string }>;
  transcribe?(audio: Uint8Array, ctx: Context<Static<S>>): Promise<string>;
}

export interface ReceivedMessage {
  id: string;
  /** The provider's id of it. */
  ref: string;
  at: number;
  content: Content;
  /** What a person would read: the text, the caption or the title of the tapped choice; empty where there is none. */
  text: string;
}

export interface Turn {
  conversation: string;
  /** What the contact wrote since the last turn, in order: a burst is one turn. */
  messages: ReceivedMessage[];
  /** Older messages, newest last, as many as the agent's `history` asks for. */
  history: { from: 'contact' | 'agent' | 'person'; text: string; at: number }[];
  contact: { id: string; name?: string; phone?: string; attributes: Record<string, Json> };
  number: { account: string; name: string };
  channel: Capabilities;
  /** What the agent returned as `state` last time in this conversation. */
  state: Json;
  locale: Locale;
  timeZone: string;
}

export interface Reply {
  messages: OutContent[];
  /** Kept with the conversation; undefined keeps what was there. */
  state?: Json;
  /** Give the conversation to people, with the reason they will read. */
  handOff?: { reason: string };
  /** One plain sentence for "why it answered". */
  why: string;
  steps?: { name: string; said?: string; ms?: number }[];
}

// ── notifiers ────────────────────────────────────────────────────────────────────────────────────────────────────────

export type AlertKind = 'hand-off' | 'new-message' | 'failure';

/** Something operators should know. What happened is given; whether and how it is shown is the notifier's. */
export interface Occurrence {
  kind: AlertKind;
  at: number;
  /** The conversation it is about, where there is one. */
  conversation?: string;
  contact?: string;
  number?: string;
  connection?: string;
  /** Who answers in that conversation now. */
  heldBy: 'agent' | 'people';
  text: string;
}

export interface Notifier<S extends TSchema = TSchema> extends Plugin<'notifier', S> {
  /** Alerts to keep for operators, decided without any call to the outside. Pure. */
  alerts?(occurrence: Occurrence, settings: Static<S>): AlertDraft[];
  /** Tell somebody outside (e-mail, webhook). Reserved: no version calls it yet. */
  notify?(occurrence: Occurrence, ctx: Context<Static<S>>): Promise<void>;
}

export interface AlertDraft {
  kind: AlertKind;
  /** Alerts of the same key that are still unread are one alert with a count. */
  key: string;
  text: string;
}

export type AnyPlugin = Channel | Agent | Notifier;
