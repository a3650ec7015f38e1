/**
 * The error catalogue. Coster publishes none; the codes seen are those of WhatsApp's on-premise API (1005, 1006, …) and of Meta's
 * Cloud API (131xxx). One table serves sending and the sentences that people read.
 */
import { errorCatalogue, meaningOf, type ErrorMeaning, type ErrorRule, type ProviderError } from '#plugin';

const second = 1000;
const minute = 60 * second;
const { never, again, meaning, rules, unknown } = errorCatalogue();

meaning([1005, 190, 401, 'http-401'], never('token', 'operator', 'connection'));
meaning([3, 10, 131005, 403, 'http-403'], never('permission', 'operator', 'connection'));
meaning([402, 1003, 1031, 131031, 131042, 131045, 368], never('account', 'operator', 'number'));

meaning([1014, 1000, 131000], again('temporary', 'pair', 10 * second));
meaning([1011, 1016, 131016], again('temporary', 'number', 10 * second));
meaning([1015, 429, 471, 130429, 'http-429'], again('throughput', 'number', minute));
meaning([131056], again('throughput', 'pair', 10 * second));
meaning([131048], again('throughput', 'number', 15 * minute));

meaning([1001, 1002, 1013, 131026, 131021], never('undeliverable', 'customer', 'contact'));
meaning([1006], never('notFound', 'operator', 'contact'));
meaning([1008, 1009, 1010, 1021, 100, 131008, 131009, 'http-400', 'http-422'], never('parameter', 'us', 'message'));
meaning([470, 131047], never('window', 'operator', 'message'));
meaning([480, 137000], never('identity', 'customer', 'contact'));
meaning([131049, 130472], never('ecosystem', 'provider', 'contact'));
meaning([131050], never('optedOut', 'customer', 'contact'));
meaning([1012, 131051, 131052, 131053], never('media', 'operator', 'message'));
meaning([2000, 2001, 2002, 2003, 2004, 2005, 132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132018], never('template', 'operator', 'template'));

// Ours, for what is known before or beside Coster's words.
meaning(['base-url'], never('baseUrl', 'operator', 'connection'));
meaning(['incomplete'], never('incomplete', 'operator', 'connection'));
meaning(['no-phone'], never('noPhone', 'operator', 'contact'));
meaning(['not-sendable'], never('notSendable', 'us', 'message'));
meaning(['malformed', 'timeout', 'silence'], never('silence', 'provider', 'message'));

/** Every code that the catalogue names, for the tests and the documentation. */
export const knownCodes: readonly string[] = [...rules.keys()];

export function isKnown(code: string): boolean {
  return rules.has(code);
}

export function outcomeOf(code: string): ErrorRule['outcome'] {
  return (rules.get(code) ?? unknown).outcome;
}

export function explain({ code }: ProviderError): ErrorMeaning {
  return meaningOf(rules.get(code) ?? unknown);
}
