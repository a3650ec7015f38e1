/** A channel's error catalogue: what each code of the provider means, whose it is, and what sending does about it. One table serves both. */
import type { ErrorMeaning, SendResult } from './contract/channel.ts';

type RejectedScope = Extract<SendResult, { rejected: unknown }>['rejected']['scope'];
type RetryScope = Extract<SendResult, { retry: unknown }>['retry']['scope'];

/** What one code means. `say` names the sentence `error.{say}` of the texts; `error.{say}.next` is what to do about it. */
export interface ErrorRule {
  say: string;
  whose: ErrorMeaning['whose'];
  outcome: { never: RejectedScope } | { again: RetryScope; afterMs: number };
}

export interface ErrorCatalogue {
  /** It will never be taken, for all that the scope covers. */
  never(say: string, whose: ErrorMeaning['whose'], scope: RejectedScope): ErrorRule;
  /** It may be taken later; all that the scope covers waits. */
  again(say: string, scope: RetryScope, afterMs: number): ErrorRule;
  /** Adds a rule for these codes. */
  meaning(codes: readonly (number | string)[], rule: ErrorRule): void;
  /** By code. */
  rules: ReadonlyMap<string, ErrorRule>;
  /** For a code without a rule: said as it is, and refused for this one message. */
  unknown: ErrorRule;
}

export function errorCatalogue(): ErrorCatalogue {
  const rules = new Map<string, ErrorRule>();
  const never: ErrorCatalogue['never'] = (say, whose, scope) => ({ say, whose, outcome: { never: scope } });
  return {
    never,
    again: (say, scope, afterMs) => ({ say, whose: 'provider', outcome: { again: scope, afterMs } }),
    meaning(codes, rule) {
      for (const code of codes) rules.set(String(code), rule);
    },
    rules,
    unknown: never('unknown', 'provider', 'message'),
  };
}

/** What `explain` of a channel says of a code with this rule. */
export function meaningOf({ say, whose, outcome }: ErrorRule): ErrorMeaning {
  return { sentence: `error.${say}`, whose, retried: 'again' in outcome, next: `error.${say}.next` };
}
