/** Who does not want to be written to: by contact and category of template, with the time, kept in the contact's attributes under `consent`. */
import { List, type Sql } from '../db/sql.ts';
import type { ConnectionEntry } from '../directory.ts';
import type { Event } from '../plugin/contract/event.ts';
import type { Json } from '../plugin/contract/plugin.ts';
import { consentsIn } from './consent-kept.ts';
import { contactsOf, identifying } from './people.ts';
import { fromJson } from './rows.ts';

/** `MARKETING`, `marketing` and `marketing_messages` are one category. */
const categoryOf = (said: string) => said.toLowerCase().replace(/_messages?$/, '').slice(0, 64);

export async function noteConsents(sql: Sql, connection: ConnectionEntry, events: readonly (Event & { kind: 'consent' })[], now: number): Promise<void> {
  const from = events.map((event) => ({ event, identities: identifying(event.who) })).filter(({ identities }) => identities.length > 0);
  if (from.length === 0) return;
  const contacts = await contactsOf(sql, connection.tenantId, connection.pluginName, from, now);
  const rows = await sql.all<{ id: string; attributes: string }>(`select id, attributes from contact where ${sql.in('id')} order by id${sql.forUpdate}`, [new List([...new Set(contacts)])]);
  const attributes = new Map(rows.map((row) => [row.id, fromJson<Record<string, Json>>(row.attributes)]));
  from.forEach(({ event }, n) => {
    const known = attributes.get(contacts[n] ?? '');
    if (!known) return;
    const consent = consentsIn(known);
    const category = categoryOf(event.category);
    if ((consent[category]?.at ?? 0) <= event.at) known['consent'] = { ...consent, [category]: { value: event.value, at: event.at } } as Json;
  });
  await sql.update('contact', ['id'], ['attributes'], [...attributes].map(([id, known]) => [id, JSON.stringify(known)]));
}

export interface Addressed {
  contactId: string;
  connectionId: string;
  /** The template's id at the provider. */
  template: string;
}

export const addressKey = ({ contactId, connectionId, template }: Addressed) => `${contactId} ${connectionId} ${template}`;

/** Which of these templates their contacts do not want, as keys. Asks nothing where no template is sent. */
export async function optedOut(sql: Sql, addressed: readonly Addressed[]): Promise<Set<string>> {
  if (addressed.length === 0) return new Set();
  const unique = (values: string[]) => new List([...new Set(values)]);
  const templates = await sql.all<{ connection_id: string; provider_id: string; category: string | null }>(
    `select connection_id, provider_id, category from template where ${sql.in('connection_id')} and ${sql.in('provider_id', 'text')}`,
    [unique(addressed.map((a) => a.connectionId)), unique(addressed.map((a) => a.template))],
  );
  const contacts = await sql.all<{ id: string; attributes: string }>(`select id, attributes from contact where ${sql.in('id')}`, [unique(addressed.map((a) => a.contactId))]);
  const category = new Map(templates.map((row) => [`${row.connection_id} ${row.provider_id}`, categoryOf(row.category ?? '')]));
  const consents = new Map(contacts.map((row) => [row.id, consentsIn(fromJson<Record<string, Json>>(row.attributes))]));
  return new Set(
    addressed.filter(({ contactId, connectionId, template }) => {
      const consent = consents.get(contactId) ?? {};
      return [category.get(`${connectionId} ${template}`) ?? '', 'all'].some((of) => consent[of]?.value === 'stop');
    }).map(addressKey),
  );
}
