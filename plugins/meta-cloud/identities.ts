/** Who somebody is. From 2026 the phone number may be missing: then only the business-scoped user id names the person. */
import { object, objects, short, text, type Identity, type Loose } from '#plugin';

/** The people whom a change names beside its messages and statuses, by phone and by user id. */
export type People = ReadonlyMap<string, Loose>;

const nobody: People = new Map();

export function peopleIn(contacts: unknown): People {
  const cards = objects(contacts);
  if (cards.length === 0) return nobody;
  const people = new Map<string, Loose>();
  for (const card of cards) {
    for (const key of [digits(card.wa_id), text(card.user_id)]) if (key !== undefined) people.set(key, card);
  }
  return people;
}

interface Named {
  phone: unknown;
  user: unknown;
  parent?: unknown;
}

/** All identities of one person: what stands on the message itself and what the matching contact card adds. */
export function identify(named: Named, people: People): { identities: Identity[]; name?: string } {
  const phone = digits(named.phone);
  const user = text(named.user) ?? scopedId(named.phone);
  const card = (phone !== undefined && people.get(phone)) || (user !== undefined && people.get(user)) || undefined;
  const profile = object(card?.profile);
  const identities = identitiesOf({
    phone: phone ?? card?.wa_id,
    user: user ?? card?.user_id,
    parent: text(named.parent) ?? card?.parent_user_id,
    username: profile?.username ?? card?.username,
  });
  const name = short(profile?.name, 256);
  return name === undefined ? { identities } : { identities, name };
}

export function identitiesOf(given: { phone?: unknown; user?: unknown; parent?: unknown; username?: unknown }): Identity[] {
  const identities: Identity[] = [];
  const phone = digits(given.phone);
  if (phone !== undefined) identities.push({ kind: 'phone', value: phone });
  const user = text(given.user);
  if (user !== undefined && user.length <= 200) identities.push({ kind: 'user', value: user });
  const parent = text(given.parent);
  if (parent !== undefined && parent.length <= 200) identities.push({ kind: 'parent-user', value: parent });
  // Written with and without the @.
  const username = text(given.username)?.replace(/^@/, '');
  if (username !== undefined && username !== '' && username.length <= 200) identities.push({ kind: 'username', value: username });
  return identities;
}

/** A phone number as digits: Meta writes them bare, with a plus, with blanks or with dashes. */
export function digits(value: unknown): string | undefined {
  const written = text(value);
  if (written === undefined || written.length > 64) return undefined;
  const bare = /^[0-9]+$/.test(written) ? written : /^[+0-9 ().\-\u200e]+$/.test(written) ? written.replace(/[^0-9]/g, '') : '';
  return bare.length >= 5 && bare.length <= 20 ? bare : undefined;
}

/** A user id that stands where the phone number used to be: two letters, a dot, then letters and digits. */
function scopedId(value: unknown): string | undefined {
  const written = text(value);
  return written !== undefined && /^[A-Z]{2}\.[A-Za-z0-9.]{1,160}$/.test(written) ? written : undefined;
}
