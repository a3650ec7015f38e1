/** Who is this? A contact is known by any of its identities; what arrives together belongs together. */
import { List, type Sql } from '../db/sql.ts';
import { uuid } from '../ids.ts';
import type { ConnectionEntry } from '../directory.ts';
import type { Event, Identity } from '../plugin/contract/event.ts';
import { askToMerge, type Met } from './merge.ts';

export interface Person {
  identities: readonly Identity[];
  name?: string | undefined;
}

/** A phone is a phone everywhere; any other id means something to its provider only. */
const scopeOf = (identity: Identity, pluginName: string) => (identity.kind === 'phone' ? '' : pluginName);
const keyOf = (scope: string, kind: string, value: string) => `${scope} ${kind} ${value}`;

interface Known {
  id: string;
  name: string | null;
  phone: string | null;
}

/**
 * Returns the contact of each person, made where there was none. Where identities of two contacts arrive together, the two are
 * one person: they are merged soon after, by a job.
 */
export async function contactsOf(sql: Sql, tenantId: string, pluginName: string, people: readonly Person[], now: number): Promise<string[]> {
  const known = await knownContacts(sql, tenantId, pluginName, people.flatMap((p) => p.identities));
  const contacts: { id: string; person: Person }[] = [];
  const identities: { contactId: string; scope: string; identity: Identity }[] = [];
  const learned = new Map<string, Known>();
  const met: Met[] = [];
  const chosen = people.map((person) => {
    const keys = person.identities.map((i) => keyOf(scopeOf(i, pluginName), i.kind, i.value));
    const found = keys.map((key) => known.get(key)).filter((contact) => contact !== undefined);
    const contact = found[0] ?? { id: uuid(), name: person.name ?? null, phone: phoneOf(person) };
    if (found.length === 0) contacts.push({ id: contact.id, person });
    else learn(contact, person, learned);
    for (const id of new Set(found.map((other) => other.id))) if (id !== contact.id) met.push({ contacts: [contact.id, id] });
    for (const [n, identity] of person.identities.entries()) {
      const key = keys[n] ?? '';
      if (known.has(key)) continue;
      known.set(key, contact);
      identities.push({ contactId: contact.id, scope: scopeOf(identity, pluginName), identity });
    }
    return contact.id;
  });
  await sql.update('contact', ['id'], ['name', 'phone'], [...learned.values()].sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ id, name, phone }) => [id, name, phone]));
  await askToMerge(sql, tenantId, met, now);
  if (identities.length === 0) return chosen;
  await sql.insert(
    'contact',
    ['id', 'tenant_id', 'name', 'phone', 'attributes', 'created_at'],
    contacts.map(({ id, person }) => [id, tenantId, person.name?.slice(0, 255) ?? null, phoneOf(person), '{}', now]),
  );
  const written = await sql.insert<{ scope: string; kind: string; value: string }>(
    'identity',
    ['id', 'tenant_id', 'contact_id', 'scope', 'kind', 'value'],
    // In one order: another replica may meet the same people in this moment.
    identities
      .sort((a, b) => (keyOf(a.scope, a.identity.kind, a.identity.value) < keyOf(b.scope, b.identity.kind, b.identity.value) ? -1 : 1))
      .map(({ contactId, scope, identity }) => [uuid(), tenantId, contactId, scope, identity.kind, identity.value]),
    { conflict: 'on conflict (tenant_id, scope, kind, value) do nothing', returning: 'scope, kind, value' },
  );
  if (written.length === identities.length) return chosen;
  return withdraw(sql, tenantId, pluginName, people, contacts.map((c) => c.id));
}

const phoneOf = ({ identities }: Person): string | null => identities.find((i) => i.kind === 'phone')?.value ?? null;

/** What nobody knew of a contact yet; what is known stays, for people may have written it. */
function learn(contact: Known, person: Person, learned: Map<string, Known>): void {
  const name = contact.name ?? person.name?.slice(0, 255) ?? null;
  const phone = contact.phone ?? phoneOf(person);
  if (name === contact.name && phone === contact.phone) return;
  Object.assign(contact, { name, phone });
  learned.set(contact.id, contact);
}

async function knownContacts(sql: Sql, tenantId: string, pluginName: string, identities: readonly Identity[]): Promise<Map<string, Known>> {
  const groups = new Map<string, { scope: string; kind: string; values: Set<string> }>();
  for (const identity of identities) {
    const scope = scopeOf(identity, pluginName);
    const group = groups.get(`${scope} ${identity.kind}`) ?? { scope, kind: identity.kind, values: new Set() };
    groups.set(`${scope} ${identity.kind}`, group);
    group.values.add(identity.value);
  }
  const known = new Map<string, Known>();
  const contacts = new Map<string, Known>();
  for (const { scope, kind, values } of groups.values()) {
    const rows = await sql.all<{ value: string } & Known>(
      `select i.value, c.id, c.name, c.phone from identity i join contact c on c.id = i.contact_id where i.tenant_id = ? and i.scope = ? and i.kind = ? and ${sql.in('i.value', 'text')}`,
      [tenantId, scope, kind, new List([...values])],
    );
    for (const { value, ...contact } of rows) {
      const one = contacts.get(contact.id) ?? contact;
      contacts.set(contact.id, one);
      known.set(keyOf(scope, kind, value), one);
    }
  }
  return known;
}

/** Who is known by one of these; undefined when nobody is. */
export async function knownContact(sql: Sql, tenantId: string, pluginName: string, identities: readonly Identity[]): Promise<string | undefined> {
  const known = await knownContacts(sql, tenantId, pluginName, identities);
  return identities.map((i) => known.get(keyOf(scopeOf(i, pluginName), i.kind, i.value))?.id).find((id) => id !== undefined);
}

/** Another replica met the same person in the same moment: theirs stays, ours goes before anybody saw it. */
async function withdraw(sql: Sql, tenantId: string, pluginName: string, people: readonly Person[], ours: string[]): Promise<string[]> {
  const known = await knownContacts(sql, tenantId, pluginName, people.flatMap((p) => p.identities));
  const chosen = people.map((person) => {
    const ids = person.identities.map((i) => known.get(keyOf(scopeOf(i, pluginName), i.kind, i.value))?.id).filter((id) => id !== undefined);
    return ids.find((id) => !ours.includes(id)) ?? ids[0] ?? '';
  });
  const unused = ours.filter((id) => !chosen.includes(id));
  if (unused.length > 0) {
    await sql.run(`delete from identity where ${sql.in('contact_id')}`, [new List(unused)]);
    await sql.run(`delete from contact where ${sql.in('id')}`, [new List(unused)]);
  }
  return chosen;
}

/** A username may be given up and taken by somebody else: it describes a person, it does not identify one. */
export function identifying(identities: readonly Identity[]): Identity[] {
  return identities.filter((i) => i.value !== '' && i.value.length <= 255 && i.kind !== 'username');
}

/** A provider says that somebody has another number or id now: the contact keeps its history, and what it was known by is free for others. */
export async function changeIdentities(sql: Sql, connection: ConnectionEntry, events: readonly (Event & { kind: 'identity' })[], now: number): Promise<void> {
  const { tenantId, pluginName } = connection;
  for (const event of events) {
    const was = identifying(event.was);
    const is = identifying(event.is);
    const known = await knownContacts(sql, tenantId, pluginName, [...was, ...is]);
    const contactOf = (identity: Identity) => known.get(keyOf(scopeOf(identity, pluginName), identity.kind, identity.value));
    const contact = was.map(contactOf).find((found) => found !== undefined);
    if (!contact) continue;
    for (const old of was) {
      const replaced = is.some((i) => i.kind === old.kind) && !is.some((i) => i.kind === old.kind && i.value === old.value);
      if (replaced && contactOf(old)?.id === contact.id) {
        await sql.run('delete from identity where tenant_id = ? and scope = ? and kind = ? and value = ?', [tenantId, scopeOf(old, pluginName), old.kind, old.value]);
      }
    }
    await sql.insert(
      'identity',
      ['id', 'tenant_id', 'contact_id', 'scope', 'kind', 'value'],
      is.filter((identity) => !contactOf(identity)).map((identity) => [uuid(), tenantId, contact.id, scopeOf(identity, pluginName), identity.kind, identity.value]),
      { conflict: 'on conflict (tenant_id, scope, kind, value) do nothing' },
    );
    const phone = phoneOf({ identities: is });
    if (phone !== null) await sql.run('update contact set phone = ? where id = ? and tenant_id = ?', [phone, contact.id, tenantId]);
    const others = new Set(is.flatMap((identity) => contactOf(identity)?.id ?? []));
    others.delete(contact.id);
    await askToMerge(sql, tenantId, [...others].map((id): Met => ({ contacts: [contact.id, id] })), now);
  }
}
