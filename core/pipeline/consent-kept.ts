/** What a contact's attributes keep under `consent`: by category of template, what was said last and when. Pure. */
import type { Json } from '../plugin/contract/plugin.ts';

type Consents = Partial<Record<string, { value: 'stop' | 'resume'; at: number }>>;

export function consentsIn(attributes: Record<string, Json>): Consents {
  const consent = attributes['consent'];
  return typeof consent === 'object' && consent !== null && !Array.isArray(consent) ? (consent as Consents) : {};
}

/** What counts when these are one person: by category what was said last, and in doubt that nothing more is wanted. */
export function joinedConsents(all: readonly Record<string, Json>[]): Record<string, Json> {
  const joined: Consents = {};
  for (const [category, said] of all.flatMap((attributes) => Object.entries(consentsIn(attributes)))) {
    if (!said) continue;
    const known = joined[category];
    if (!known || said.at > known.at || (said.at === known.at && said.value === 'stop')) joined[category] = said;
  }
  return Object.keys(joined).length > 0 ? { consent: joined as Json } : {};
}
