/** Who somebody is in Qontak: the number of the room today, an opaque id where WhatsApp gives no number, the room's name. */
import { object, short, text, type Identity, type Loose } from '#plugin';

/** `account_uniq_id` has been a phone number so far; what is not one is an id of the provider's. */
function identityOf(unique: unknown): Identity[] {
  const value = text(unique)?.trim();
  if (value === undefined || value === '' || value.length > 200) return [];
  const phone = digits(value);
  return [phone === undefined ? { kind: 'user', value } : { kind: 'phone', value: phone }];
}

/** A phone number as digits, or undefined when it is none. */
export function digits(value: string): string | undefined {
  const bare = /^[+0-9 ().-]{5,40}$/.test(value) ? value.replace(/[^0-9]/g, '') : '';
  return bare.length >= 5 && bare.length <= 20 ? bare : undefined;
}

/** The room says whom it is with; what WhatsApp itself said of the person is added, and Qontak's own contact id is the last resort. */
export function customerOf(body: Loose, known: readonly Identity[] = []): Identity[] {
  const all = [...identityOf(object(body.room)?.account_uniq_id), ...known];
  const once = all.filter(({ kind, value }, at) => all.findIndex((one) => one.kind === kind && one.value === value) === at);
  if (once.length > 0 || text(body.participant_type) !== 'customer') return once;
  const id = text(body.sender_id);
  return id === undefined || id.length > 200 ? [] : [{ kind: 'user', value: id }];
}

export function nameOf(body: Loose): string | undefined {
  return short(object(body.sender)?.name, 256) ?? short(object(body.room)?.name, 256);
}
