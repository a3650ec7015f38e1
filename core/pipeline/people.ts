/** Who is this? A contact is known by any of its identities; what arrives together belongs together. */
import { List, type Sql } from '../db/sql.ts';
import { uuid } from '../ids.ts';
import type { Identity } from '../plugin/contract.ts';

export interface Person {
  identities: readonly Identity[];
  name?: string | undefined;
}

/** A phone is a phone everywhere; any other id means something to its provider only. */
const scopeOf = (identity: Identity, pluginName: string) => (identity.kind === 'phone' ? '' : pluginName);
const keyOf = (scope: string, kind: string, value: string) => `${scope} ${kind} ${value}`;

/** Returns the contact of each person, made where there was none. */
export async function contactsOf(sql: Sql, tenantId: string, pluginName: string, people: readonly Person[], now: number): Promise<string[]> {
  const known = await knownContacts(sql, tenantId, pluginName, people.flatMap((p) => p.identities));
  const contacts: { id: string; person: Person }[] = [];
  const identities: { contactId: string; scope: string; identity: Identity }[] = [];
  const chosen = people.map((person) => {
    const keys = person.identities.map((i) => keyOf(scopeOf(i, pluginName), i.kind, i.value));
    let id = keys.map((key) => known.get(key)).find((found) => found !== undefined);
    if (!id) contacts.push({ id: (id = uuid()), person });
    for (const [n, identity] of person.identities.entries()) {
      const key = keys[n] ?? '';
      if (known.has(key)) continue;
      known.set(key, id);
      identities.push({ contactId: id, scope: scopeOf(identity, pluginName), identity });
    }
    return id;
  });
  if (identities.length === 0) return chosen;
  await sql.insert(
    'contact',
    ['id', 'tenant_id', 'name', 'phone', 'attributes', 'created_at'],
    contacts.map(({ id, person }) => [id, tenantId, person.name?.slice(0, 255) ?? null, person.identities.find((i) => i.kind === 'phone')?.value ?? null, '{}', now]),
  );
  const written = await sql.insert<{ scope: string; kind: string; value: string }>(
    'identity',
    ['id', 'tenant_id', 'contact_id', 'scope', 'kind', 'value'],
    identities.map(({ contactId, scope, identity }) => [uuid(), tenantId, contactId, scope, identity.kind, identity.value]),
    { conflict: 'on conflict (tenant_id, scope, kind, value) do nothing', returning: 'scope, kind, value' },
  );
  if (written.length === identities.length) return chosen;
  return withdraw(sql, tenantId, pluginName, people, contacts.map((c) => c.id));
}

async function knownContacts(sql: Sql, tenantId: string, pluginName: string, identities: readonly Identity[]): Promise<Map<string, string>> {
  const groups = new Map<string, { scope: string; kind: string; values: Set<string> }>();
  for (const identity of identities) {
    const scope = scopeOf(identity, pluginName);
    const group = groups.get(`${scope} ${identity.kind}`) ?? { scope, kind: identity.kind, values: new Set() };
    groups.set(`${scope} ${identity.kind}`, group);
    group.values.add(identity.value);
  }
  const known = new Map<string, string>();
  for (const { scope, kind, values } of groups.values()) {
    const rows = await sql.all<{ value: string; contact_id: string }>(
      `select value, contact_id from identity where tenant_id = ? and scope = ? and kind = ? and ${sql.in('value', 'text')}`,
      [tenantId, scope, kind, new List([...values])],
    );
    for (const row of rows) known.set(keyOf(scope, kind, row.value), row.contact_id);
  }
  return known;
}

/** Another replica met the same person in the same moment: theirs stays, ours goes before anybody saw it. */
async function withdraw(sql: Sql, tenantId: string, pluginName: string, people: readonly Person[], ours: string[]): Promise<string[]> {
  const known = await knownContacts(sql, tenantId, pluginName, people.flatMap((p) => p.identities));
  const chosen = people.map((person) => {
    const ids = person.identities.map((i) => known.get(keyOf(scopeOf(i, pluginName), i.kind, i.value))).filter((id) => id !== undefined);
    return ids.find((id) => !ours.includes(id)) ?? ids[0] ?? '';
  });
  const unused = ours.filter((id) => !chosen.includes(id));
  if (unused.length > 0) {
    await sql.run(`delete from identity where ${sql.in('contact_id')}`, [new List(unused)]);
    await sql.run(`delete from contact where ${sql.in('id')}`, [new List(unused)]);
  }
  return chosen;
}
