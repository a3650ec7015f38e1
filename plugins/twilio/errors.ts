/** The error catalogue: what each of Twilio's codes means, whose it is, and what sending does about it. One table serves both. */
import { errorCatalogue, meaningOf, type ErrorMeaning, type ErrorRule, type ProviderError } from '#plugin';

const second = 1000;
const minute = 60 * second;
const { never, again, meaning, rules, unknown } = errorCatalogue();
const passing = again('temporary', 'pair', 10 * second);

// ── the account and its calls ──
meaning([20003, 'http-401'], never('token', 'operator', 'connection'));
meaning([20008], never('testCredentials', 'operator', 'connection'));
meaning([20005, 20006, 'http-403'], never('permission', 'operator', 'connection'));
meaning([20404], never('notFound', 'operator', 'message'));
meaning([20429, 'http-429'], again('tooManyCalls', 'connection', 2 * second));
meaning([20500, 20503], again('temporary', 'connection', 10 * second));

// ── the request ──
meaning([21211], never('recipient', 'operator', 'contact'));
meaning([21212, 21606], never('sender', 'operator', 'number'));
meaning([21408], never('region', 'operator', 'contact'));
meaning([21602, 21619], never('empty', 'us', 'message'));
meaning([21608], never('trial', 'operator', 'contact'));
meaning([21610], never('optedOut', 'customer', 'contact'));
meaning([21611], again('queueFull', 'number', minute));
meaning([21612], never('route', 'operator', 'number'));
meaning([21614], never('recipient', 'operator', 'contact'));
meaning([21617], never('tooLong', 'us', 'message'));
meaning([21620], never('mediaAddress', 'operator', 'message'));
meaning([21609, 21623], never('callbackAddress', 'operator', 'connection'));
meaning([21654, 92005], never('variablesAlone', 'us', 'message'));
meaning([21655], never('templateMissing', 'operator', 'template'));
meaning([21656], never('variables', 'operator', 'template'));
meaning([11200], never('ourWebhook', 'us', 'message'));
meaning([11751, 12300], never('media', 'operator', 'message'));
meaning([30008], again('unknownOnce', 'pair', minute));

// ── the channel: WhatsApp behind Twilio ──
meaning([63001], never('channelSignIn', 'operator', 'number'));
meaning([63002, 63007], never('notWhatsApp', 'operator', 'number'));
meaning([63003, 63024], never('undeliverable', 'customer', 'contact'));
meaning([63005, 63021], never('content', 'operator', 'message'));
meaning([63008, 63020], never('channelSetup', 'operator', 'number'));
meaning([63009, 63010], again('temporary', 'number', 10 * second));
meaning([63012], again('temporary', 'number', 30 * second));
meaning([63013], never('policy', 'operator', 'message'));
meaning([63014], never('blocked', 'customer', 'contact'));
meaning([63015], never('sandbox', 'operator', 'contact'));
meaning([63016], never('window', 'operator', 'message'));
meaning([63018], again('rate', 'number', 30 * second));
meaning([63019], again('mediaFetch', 'pair', minute));
meaning([63026], never('spam', 'operator', 'message'));
meaning([63027, 63040], never('templateRefused', 'operator', 'template'));
meaning([63028, 63029, 63030], never('variables', 'operator', 'template'));
meaning([63031], never('self', 'operator', 'contact'));
meaning([63032], never('experiment', 'provider', 'contact'));
meaning([63033], never('marketingStopped', 'customer', 'contact'));
meaning([63036], never('unreachable', 'customer', 'contact'));
meaning([63038], again('dailyLimit', 'connection', 60 * minute));
meaning([63041], never('templatePaused', 'operator', 'template'));
meaning([63042], never('templateDisabled', 'operator', 'template'));
meaning([63049], never('ecosystem', 'provider', 'contact'));
meaning([63051], never('locked', 'operator', 'connection'));

// ── ours, for answers in which Twilio gave no code ──
meaning(['base-url'], never('baseUrl', 'operator', 'connection'));
meaning(['no-recipient'], never('noRecipient', 'operator', 'contact'));
meaning(['not-sendable'], never('notSendable', 'us', 'message'));
meaning(['silence', 'timeout', 'malformed'], never('silence', 'provider', 'message'));

/** Every code that the catalogue names, for the tests and the documentation. */
export const knownCodes: readonly string[] = [...rules.keys()];

/** Twilio splits its codes into finer ones as time goes by, so a code that is not known is read by its family. */
const families: readonly [from: number, to: number, rule: ErrorRule][] = [
  [20000, 20999, never('call', 'operator', 'message')],
  [21200, 21299, never('recipient', 'operator', 'contact')],
  [21000, 21999, never('request', 'operator', 'message')],
  [30000, 39999, never('carrier', 'provider', 'message')],
  [63000, 63999, never('channel', 'provider', 'message')],
];

export function ruleFor(code: string): ErrorRule {
  const known = rules.get(code);
  if (known) return known;
  if (/^http-5\d\d$/.test(code)) return passing;
  const number = /^\d{5}$/.test(code) ? Number(code) : 0;
  return families.find(([from, to]) => number >= from && number <= to)?.[2] ?? unknown;
}

export function explain({ code }: ProviderError): ErrorMeaning {
  return meaningOf(ruleFor(code));
}
