/** A message to somebody who may never have written: the contact, the number and the conversation are found, or made. */
import type { Sql } from '../db/sql.ts';
import type { NumberEntry } from '../directory.ts';
import { uuid } from '../ids.ts';
import type { Identity } from '../plugin/contract/event.ts';
import type { Runtime } from '../runtime.ts';
import { storableText } from './characters.ts';
import { refusalOf, type Composed } from './compose.ts';
import { lineKey, openConversations } from './conversations.ts';
import { contactsOf, identifying, knownContact } from './people.ts';
import { conversationColumns, type ConversationRow } from './rows.ts';
import { nothing, writeInto, writer, writtenBefore, type Outcome, type Writing } from './write.ts';

export interface Addressing extends Omit<Writing, 'conversationId'> {
  /** A number, or a connection: then the contact's own number on it is taken, else the next in turn. */
  from: { numberId: string } | { connectionId: string };
  to: { identities: readonly Identity[]; name?: string } | { contactId: string };
}

/**
 * With `refused` nothing was made; the conversation is then one that is open already, where there is one. `missing` says what
 * is not there.
 */
export type WrittenTo = (Composed & { conversationId?: string; numberId: string }) | { missing: 'number' | 'contact' };

/**
 * The API and people write first. A template to somebody who owes an answer to another one of this day leads to the conversation
 * that is open, unless it is a notification.
 *
 * @throws StorageUnavailable nothing was written
 */
export async function writeTo(runtime: Runtime, given: Addressing): Promise<WrittenTo> {
  const addressing = { ...given, contents: storableText(given.contents), to: storableText(given.to) };
  // Another replica wrote under the same key in this moment: that one is found now.
  return writing(runtime, addressing).catch((error: unknown) => (isTwice(error) ? writing(runtime, addressing) : Promise.reject(error)));
}

const isTwice = (error: unknown) => typeof error === 'object' && error !== null && 'code' in error && (error.code === '23505' || error.code === 'SQLITE_CONSTRAINT_UNIQUE');

const writing = writer('written-to', writeOne);

async function writeOne(sql: Sql, runtime: Runtime, addressing: Addressing): Promise<Outcome<WrittenTo>> {
  const before = await earlier(sql, addressing);
  if (before) return nothing(before);
  const numbers = numbersFrom(runtime, addressing);
  const [any] = numbers;
  if (!any) return nothing({ missing: 'number' });
  const identities = 'identities' in addressing.to ? identifying(addressing.to.identities) : [];
  const known = 'identities' in addressing.to ? await knownContact(sql, any.tenantId, any.pluginName, identities) : await contactOf(sql, addressing.tenantId, addressing.to.contactId);
  if (known === undefined && identities.length === 0) return nothing({ missing: 'contact' });
  const number = await senderFor(sql, known, numbers);
  const latest = known === undefined ? undefined : await latestConversation(sql, number.id, known);
  const addressee = { tenant_id: number.tenantId, connection_id: number.connectionId, number_id: number.id, contact_id: known ?? uuid(), last_inbound_at: latest?.last_inbound_at ?? null, template_at: latest?.template_at ?? null };
  const refused = await refusalOf(sql, runtime, { ...addressing, conversation: addressee });
  if (refused || addressing.dryRun) {
    // What refuses may be the very message that another replica wrote under the same key since.
    const written = refused && (await earlier(sql, addressing));
    return nothing(written ?? { messages: [], numberId: number.id, ...(refused && { refused }), ...(latest?.state === 'open' && { conversationId: latest.id }) });
  }

  const now = runtime.clock.now();
  const person = { identities, name: 'name' in addressing.to ? addressing.to.name : undefined };
  const contactId = known ?? (await contactsOf(sql, number.tenantId, number.pluginName, [person], now))[0] ?? '';
  const conversation = (await openConversations(sql, [{ number, contactId }], now, runtime.options.reopenMs)).get(lineKey(number.id, contactId));
  if (!conversation) throw new Error('a conversation that was just opened is not there');
  // The lock may have waited for another replica that was given the same key.
  const meanwhile = await earlier(sql, addressing);
  if (meanwhile) return nothing(meanwhile);
  if (latest?.state !== 'open') moveTurn(number.connectionId);
  const { result, enqueued, notices } = await writeInto(sql, runtime, conversation, addressing);
  return { result: { ...result, conversationId: conversation.id, numberId: number.id }, enqueued, notices };
}

async function earlier(sql: Sql, addressing: Addressing): Promise<WrittenTo | undefined> {
  const before = await writtenBefore(sql, addressing);
  return before && { messages: [{ id: before.id, seq: before.seq }], conversationId: before.conversation_id, numberId: before.number_id };
}

function numbersFrom({ directory }: Runtime, { tenantId, from }: Addressing): NumberEntry[] {
  const number = 'numberId' in from ? directory.number(from.numberId) : undefined;
  const numbers = 'numberId' in from ? (number ? [number] : []) : directory.numbersOf(from.connectionId);
  return numbers.filter((one) => one.tenantId === tenantId);
}

/** Also of one that was merged into another since. */
async function contactOf(sql: Sql, tenantId: string, contactId: string): Promise<string | undefined> {
  const [row] = await sql.all<{ id: string; merged_into: string | null }>('select id, merged_into from contact where id = ? and tenant_id = ?', [contactId, tenantId]);
  return row?.merged_into ?? row?.id;
}

/** Somebody who was written to keeps the sender; whoever was not gets the next in turn. One that is switched off sends nothing. */
async function senderFor(sql: Sql, contactId: string | undefined, numbers: readonly NumberEntry[]): Promise<NumberEntry> {
  const used = contactId === undefined ? [] : await sql.all<{ number_id: string }>('select number_id from conversation where contact_id = ? order by last_message_at desc', [contactId]);
  const own = used.flatMap(({ number_id }) => numbers.filter((number) => number.id === number_id));
  const active = numbers.filter((number) => number.active);
  const [first] = numbers;
  const chosen = own.find((number) => number.active) ?? active[turnOf(first?.connectionId ?? '') % Math.max(active.length, 1)] ?? own[0] ?? first;
  if (!chosen) throw new Error('there is no number to send from');
  return chosen;
}

/** Whose turn it is, by connection. Where it begins after a restart does not matter: it goes round. */
const turns = new Map<string, number>();
const turnOf = (connectionId: string) => turns.get(connectionId) ?? 0;
const moveTurn = (connectionId: string) => void turns.set(connectionId, turnOf(connectionId) + 1);

/** The open one, else the last. */
async function latestConversation(sql: Sql, numberId: string, contactId: string): Promise<ConversationRow | undefined> {
  const [row] = await sql.all<ConversationRow>(
    `select ${conversationColumns} from conversation where contact_id = ? and number_id = ? order by case when state = 'open' then 0 else 1 end, last_message_at desc limit 1`,
    [contactId, numberId],
  );
  return row;
}
