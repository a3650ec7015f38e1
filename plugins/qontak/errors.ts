/** The error catalogue: what a code means, whose it is, and what sending does about it. One table serves both. */
import { errorCatalogue, meaningOf, type ErrorMeaning, type ErrorRule, type ProviderError } from '#plugin';

const minute = 60_000;
const { never, meaning, rules, unknown } = errorCatalogue();

// Qontak's own answers are HTTP statuses with words.
meaning(['http-401'], never('credentials', 'operator', 'connection'));
meaning(['http-403'], never('permission', 'operator', 'connection'));
meaning(['http-404'], never('notFound', 'operator', 'message'));
meaning(['http-422', 'http-400'], never('validation', 'operator', 'message'));
meaning(['http-429'], { say: 'tooFast', whose: 'provider', outcome: { again: 'connection', afterMs: minute } });

// Ours, for what is known before or beside Qontak's words.
meaning(['no-credentials'], never('noCredentials', 'operator', 'connection'));
meaning(['base-url'], never('baseUrl', 'operator', 'connection'));
meaning(['no-room'], never('noRoom', 'operator', 'contact'));
meaning(['room-closed'], never('roomClosed', 'operator', 'message'));
meaning(['no-phone'], never('noPhone', 'operator', 'contact'));
meaning(['media-missing'], never('mediaMissing', 'us', 'message'));
meaning(['header-text'], never('headerText', 'operator', 'template'));
meaning(['not-sendable'], never('notSendable', 'us', 'message'));
meaning(['malformed', 'timeout', 'silence'], never('silence', 'provider', 'message'));
meaning(['not-prepared'], { say: 'notPrepared', whose: 'provider', outcome: { again: 'number', afterMs: minute } });
meaning(['failed'], never('failed', 'provider', 'message'));

// WhatsApp's own codes, which Qontak passes on in the log of a broadcast.
meaning([131026, 131021], never('undeliverable', 'customer', 'contact'));
meaning([131047], never('roomClosed', 'operator', 'message'));
meaning([131049, 130472], never('ecosystem', 'provider', 'contact'));
meaning([131050], never('optedOut', 'customer', 'contact'));
meaning([131042, 131044, 131045, 131031, 368], never('account', 'operator', 'number'));
meaning([131048, 131056, 130429, 80007], never('limit', 'provider', 'contact'));
meaning([131052, 131053], never('media', 'operator', 'message'));
meaning([132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132018, 132068, 132069], never('template', 'operator', 'template'));
meaning([131000, 131008, 131009, 131016, 131051], never('whatsapp', 'provider', 'message'));

/** Every code that the catalogue names, for the tests and the documentation. */
export const knownCodes: readonly string[] = [...rules.keys()];

/** What sending does about a refusal. */
export function outcomeOf(code: string): ErrorRule['outcome'] {
  return (rules.get(code) ?? unknown).outcome;
}

export function explain({ code }: ProviderError): ErrorMeaning {
  return meaningOf(rules.get(code) ?? unknown);
}
