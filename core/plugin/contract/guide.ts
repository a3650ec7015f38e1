/** Guides: how a channel is set up at its provider. */

/** Written for somebody who sees the provider's console for the first time. Sentences; web addresses in them become links. */
export interface Guide {
  /** What one needs before one begins. */
  before: string[];
  /** What to do in the provider's console, in order. */
  steps: GuideStep[];
  /** What whoever runs the provider's side does with what is handed over, in order. */
  handOff: string[];
}

export interface GuideStep {
  title: string;
  /** One thing to do each. */
  does: string[];
  /** The settings whose values are found here, by field, each with where. All settings stand in one step or another. */
  fields?: Record<string, string>;
}
