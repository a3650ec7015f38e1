/** What every plugin has, whatever its kind. */
import type { Agent } from './agent.ts';
import type { Channel } from './channel.ts';
import type { Context } from './context.ts';
import type { Notifier } from './notifier.ts';
import type { Static, TSchema } from 'typebox';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Locale = 'en' | 'es' | 'id';

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

/** Something wrong with what a person typed: shown beside the field. `text` is a key of the plugin's texts or plain English. */
export interface Problem {
  problem: string;
  field?: string;
}

export type AnyPlugin = Channel | Agent | Notifier;
