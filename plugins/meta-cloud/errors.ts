/** The error catalogue: what each of Meta's codes means, whose it is, and what sending does about it. One table serves both. */
import { errorCatalogue, meaningOf, object, objects, short, text, type ErrorMeaning, type ErrorRule, type Loose, type ProviderError } from '#plugin';

const second = 1000;
const minute = 60 * second;
const { never, again, meaning, rules, unknown } = errorCatalogue();
/** A passing fault: another try in a moment. Seen for single messages too, so only this conversation waits. */
const passing = again('temporary', 'pair', 5 * second);
const permission = never('permission', 'operator', 'connection');
const wrongNumber = never('wrongNumber', 'operator', 'number');

meaning([0, 190, 'http-401'], never('token', 'operator', 'connection'));
meaning([3, 10, 131005, 'http-403'], permission);

meaning([1, 131000, 135000], passing);
meaning([2, 131016, 133004], again('temporary', 'number', 10 * second));
meaning([4, 80007], again('appRate', 'connection', 5 * minute));
meaning([130429, 'http-429'], again('throughput', 'number', 2 * second));
// One message in six seconds to the same person; the queue's own backoff grows from here.
meaning([131056], again('pair', 'pair', 6 * second));
meaning([131048], again('spam', 'number', 15 * minute));
meaning([131057], again('maintenance', 'number', minute));
meaning([131064, 133016], again('attempts', 'number', 60 * minute));
meaning([132069], again('flowThrottled', 'number', minute));

meaning([33], wrongNumber);
meaning([100, 131008, 131009], never('parameter', 'us', 'message'));
meaning([131021], never('self', 'operator', 'contact'));
meaning([131026], never('undeliverable', 'customer', 'contact'));
meaning([131030], never('notOnTestList', 'operator', 'contact'));
meaning([131031, 368], never('locked', 'operator', 'connection'));
meaning([130497], never('country', 'operator', 'contact'));
meaning([131037], never('displayName', 'operator', 'number'));
meaning([131042, 131044], never('payment', 'operator', 'message'));
meaning([131045], never('certificate', 'operator', 'number'));
meaning([131047], never('window', 'operator', 'message'));
meaning([131049], never('ecosystem', 'provider', 'contact'));
meaning([131050], never('optedOut', 'customer', 'contact'));
meaning([130472], never('experiment', 'provider', 'contact'));
meaning([131051, 131060], never('notPassedOn', 'provider', 'message'));
meaning([131052], never('mediaIn', 'provider', 'message'));
meaning([131053], never('mediaOut', 'operator', 'message'));
meaning([131062], never('needsPhone', 'operator', 'message'));
meaning([131063], never('marketingOff', 'operator', 'template'));

meaning([132000, 132008, 132012, 132018], never('templateValues', 'operator', 'template'));
meaning([132001], never('templateMissing', 'operator', 'template'));
meaning([132005], never('templateLong', 'operator', 'template'));
meaning([132007], never('templatePolicy', 'operator', 'template'));
meaning([132015], never('templatePaused', 'operator', 'template'));
meaning([132016], never('templateDisabled', 'operator', 'template'));
meaning([132068], never('flowBlocked', 'operator', 'template'));
meaning([2388019, 2388040, 2388047, 2388072, 2388073, 2388293, 2388299], never('templateDraft', 'operator', 'template'));

meaning([133005, 133006, 133008, 133009, 133015], never('registration', 'operator', 'number'));
meaning([133010], never('notRegistered', 'operator', 'number'));
meaning([134011], never('paymentsTerms', 'operator', 'number'));
meaning([137000], never('identityKey', 'customer', 'contact'));

// Ours, for answers in which Meta gave no code.
meaning(['base-url'], never('baseUrl', 'operator', 'connection'));
meaning(['no-recipient'], never('noRecipient', 'operator', 'contact'));
meaning(['file-missing'], never('fileMissing', 'operator', 'message'));
meaning(['malformed', 'timeout', 'silence'], never('silence', 'provider', 'message'));

/** Every code that the catalogue names, for the tests and the documentation. */
export const knownCodes: readonly string[] = [...rules.keys()];

export function ruleFor(code: string): ErrorRule {
  const known = rules.get(code);
  if (known) return known;
  const number = Number(code);
  if (number >= 200 && number <= 299) return permission;
  return /^http-5\d\d$/.test(code) ? passing : unknown;
}

/** What sending does about an answer: Meta's code decides, then its word that the fault will pass, then the HTTP status. */
export function outcomeOf(error: { code: string; subcode?: string | undefined; transient?: boolean }, status: number): ErrorRule['outcome'] {
  // 100 with subcode 33: the thing in the path does not exist for this token.
  const rule = error.code === '100' && error.subcode === '33' ? wrongNumber : ruleFor(error.code);
  if (rule !== unknown) return rule.outcome;
  if (status === 429) return ruleFor('http-429').outcome;
  return error.transient === true || status >= 500 ? passing.outcome : unknown.outcome;
}

export function explain({ code }: ProviderError): ErrorMeaning {
  return meaningOf(ruleFor(code));
}

/** One error as Meta words it in a webhook or in an answer; `details` says most, the titles are being removed. */
export function errorOf(error: Loose): ProviderError {
  const said = short(object(error.error_data)?.details) ?? short(error.message) ?? short(error.title) ?? short(error.error_user_msg) ?? 'Meta gave no words.';
  return { code: text(error.code)?.slice(0, 32) ?? 'unknown', said };
}

export function errorsOf(list: unknown): ProviderError[] {
  return objects(list).map(errorOf);
}
