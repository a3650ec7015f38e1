/** Agents: what do we reply? */
import type { Capabilities } from './channel.ts';
import type { Content, OutContent } from './content.ts';
import type { Context } from './context.ts';
import type { Json, Locale, Plugin } from './plugin.ts';
import type { Static, TSchema } from 'typebox';

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
  /**
   * Give the conversation to people, with the reason they will read: a sentence as it stands. `key` names the text of the plugin
   * that says the same in each language, with `params` in its `{{names}}`; then `reason` is English, for where nobody knows better.
   */
  handOff?: { reason: string; key?: string; params?: Record<string, string> };
  /** One plain sentence for "why it answered". */
  why: string;
  steps?: { name: string; said?: string; ms?: number }[];
}
