/** Whose phones there are on a connection that is simulated: three to begin with, and whoever was added. */
import { randomInt } from 'node:crypto';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { ConnectionEntry } from '../directory.ts';
import type { Identity } from '../plugin/contract/event.ts';

export interface Persona {
  id: string;
  /** Undefined: WhatsApp tells a user id and nothing else. */
  name?: string;
  identity: Identity;
}

/** Phone numbers that no real person has: they are set aside for films and examples. */
export const first: Persona = { id: 'rosa', name: 'Rosa Delgado', identity: { kind: 'phone', value: '12025550147' } };
const beginWith: readonly Persona[] = [
  first,
  { id: 'tom', name: 'Tom Okafor', identity: { kind: 'phone', value: '447700900123' } },
  { id: 'guest', identity: { kind: 'user', value: 'guest-7f3a91' } },
];

/** More than a menu shows at once would be no help. */
const mostPeople = 24;
export const mostOfName = 80;

const kept = Type.Array(
  Type.Object({
    id: Type.String({ minLength: 1, maxLength: 40 }),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: mostOfName })),
    identity: Type.Object({ kind: Type.Enum(['phone', 'user']), value: Type.String({ minLength: 1, maxLength: 40 }) }),
  }),
  { minItems: 1 },
);

/** In the order in which they came. */
export async function peopleOf({ context }: ConnectionEntry): Promise<readonly Persona[]> {
  const people = await context.store.get('people');
  return Value.Check(kept, people) ? people : beginWith;
}

export const oneOf = (people: readonly Persona[], id: string | undefined): Persona => people.find((one) => one.id === id) ?? people[0] ?? first;

/** Undefined: there are as many as there may be. Without `phone`, somebody of whom only a user id is told. */
export async function addPerson(connection: ConnectionEntry, name: string, phone: boolean): Promise<Persona | undefined> {
  const people = await peopleOf(connection);
  const identity = freeIdentity(people, phone);
  if (people.length >= mostPeople || !identity) return undefined;
  const added: Persona = { id: identity.value, ...named(name), identity };
  await keep(connection, [...people, added]);
  return added;
}

/** What they are called from their next message on. Without a name, only their number or user id is told. */
export async function renamePerson(connection: ConnectionEntry, id: string, name: string): Promise<void> {
  await keep(connection, (await peopleOf(connection)).map((one) => (one.id === id ? { id, ...named(name), identity: one.identity } : one)));
}

const keep = (connection: ConnectionEntry, people: readonly Persona[]): Promise<void> =>
  connection.context.store.set('people', people.map(({ id, name, identity: { kind, value } }) => ({ id, ...(name !== undefined && { name }), identity: { kind, value } })));

const named = (name: string): { name?: string } => {
  const words = name.trim().slice(0, mostOfName);
  return words === '' ? {} : { name: words };
};

function freeIdentity(people: readonly Persona[], phone: boolean): Identity | undefined {
  if (!phone) return { kind: 'user', value: `guest-${randomInt(0x1000000).toString(16).padStart(6, '0')}` };
  const taken = new Set(people.map(({ identity }) => identity.value));
  const value = Array.from({ length: 100 }, (_, n) => `120255501${String(n).padStart(2, '0')}`).find((number) => !taken.has(number));
  return value === undefined ? undefined : { kind: 'phone', value };
}
