/** Notifiers: what should operators be told? */
import type { Context } from './context.ts';
import type { Plugin } from './plugin.ts';
import type { Static, TSchema } from 'typebox';

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
  /** What was said, or what went wrong in the tenant's language. Kept as it is, a failure is read in each reader's own. */
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
