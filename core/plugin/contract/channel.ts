/** Channels: a provider's webhooks in, its API out. */
import type { Content, MediaBytes, MediaKind, MediaRef, OutContent } from './content.ts';
import type { Context } from './context.ts';
import type { Event, Identity, ProviderError, ReportedStatus } from './event.ts';
import type { CheckLine, Json, Locale, Plugin, Problem } from './plugin.ts';
import type { Guide } from './guide.ts';
import type { TemplateDraft, TemplateRecord } from './template.ts';
import type { Static, TSchema } from 'typebox';

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
  /**
   * The headers that `verify` reads, in lower case. With a delivery these are kept, its type and its sender's name, and no others; `secret`
   * is one whose value is itself the secret, which is kept sealed and never shown. None unless told.
   */
  proofHeaders?(settings: Static<S>): { name: string; secret?: true }[];
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
  /** How quickly it may be sent: `perSecond` from this number, or from all numbers of the connection together where it is `per` connection; and to one person. */
  limits?(settings: Static<S>, account: string): { perSecond: number; per?: 'connection'; pair?: { everyMs: number; burst: number } };
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
  /** How to set it up at the provider, asked for when somebody opens it. */
  guide?(locale: Locale): Promise<Guide>;
  /**
   * Settings, by field, that whoever sets up the provider's side is told. Of the secrets only one that is made here (`generate`)
   * is ever told; absent, each of those.
   */
  tells?(settings: Static<S>): string[];
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
  /** Its lists know no sections: what one is called comes before the description of its rows. */
  flatLists?: true;
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
