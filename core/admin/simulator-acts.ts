/** What a simulated phone does to the product: everything arrives as a signed webhook, now, twice, later or in the wrong order. */
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { AppContext } from '../context.ts';
import type { ConnectionEntry, NumberEntry } from '../directory.ts';
import { uuid } from '../ids.ts';
import { receive } from '../pipeline/receive.ts';
import type { SimulatedAct } from '../plugin/contract/channel.ts';
import type { Content } from '../plugin/contract/content.ts';
import type { Identity } from '../plugin/contract/event.ts';
import type { Json } from '../plugin/contract/plugin.ts';
import type { ConversationDetail } from '../workspace/reads-conversations.ts';
import type { MessageRow } from '../workspace/reads-thread.ts';
import { untilProcessed } from './processed.ts';
import type { Persona } from './simulator-people.ts';

/** What a contact does with a conversation: content, and the message that it is about. */
export interface Deed {
  content: Content;
  replyTo?: string;
}

/** Faults that wait for what they meet; kept in the connection's store, so that a restart forgets none. */
const armable = ['twice', 'late', 'order', 'bounces'] as const;
type Armable = (typeof armable)[number];

/** What the channel is told to do with the next message that is sent; it can be told one thing at a time. */
export const ofNextSend = { fails: { fail: true }, silent: { silent: true }, slow: { retryAfterMs: 10_000 } } as const;

// ── what the contact does ────────────────────────────────────────────────────────────────────────────────────────────

/** A tap on a choice that stands in the conversation; anything else is not something a phone could do. */
export function tapped(row: MessageRow | undefined, choice: string): Deed | undefined {
  const content = row && dataOf(row.content);
  if (!row || !content) return undefined;
  const rows = [content['buttons'], ...[content['sections'] ?? []].flat().map((section) => dataOf(section)?.['rows'])].flatMap((list) => (Array.isArray(list) ? list : [])).map(dataOf);
  const chosen = rows.find((one) => one?.['id'] === choice);
  if (!chosen) return undefined;
  const { title, description } = chosen;
  return {
    content: { kind: 'choice', id: choice, text: typeof title === 'string' ? title : choice, of: row.kind === 'list' ? 'list' : 'button', ...(typeof description === 'string' && { description }) },
    ...(row.providerRef !== undefined && { replyTo: row.providerRef }),
  };
}

const dataOf = (json: Json | undefined): { [key: string]: Json } | undefined => (typeof json === 'object' && json !== null && !Array.isArray(json) ? json : undefined);

export async function actAsCustomer(ctx: AppContext, { number, connection }: Line, { id: who, identity, name }: Persona, { content, replyTo }: Deed): Promise<void> {
  const at = ctx.runtime.clock.now();
  const request = provenOf(connection, { id: uuid(), account: number.account, from: [identity], at, kind: 'message', content, ...(name !== undefined && { name }), ...(replyTo !== undefined && { replyTo }) });
  if (!request) return;
  const armed = await armedFaults(connection);
  if (armed.includes('late')) {
    await disarm(connection, 'late');
    await connection.context.store.set('held', [...(await heldOn(connection)), { id: uuid(), who, at, kind: content.kind, text: 'text' in content ? (content.text ?? '') : '', ...request }]);
    return;
  }
  if (armed.includes('twice')) await disarm(connection, 'twice');
  const [first] = await Promise.all(Array.from({ length: armed.includes('twice') ? 2 : 1 }, () => arrive(ctx, connection, request)));
  if (first !== undefined) await untilProcessed(ctx.runtime, connection.tenantId, first);
  await letGo(ctx, connection);
}

/** Delivered, then read, for everything that stands on the screen; the wrong way round, or not at all, when that is what was asked for. */
export async function reportShown(ctx: AppContext, { number, connection }: Line, conversation: ConversationDetail | undefined): Promise<void> {
  const rows = (conversation?.items ?? []).filter((row) => row.author !== 'contact' && (row.status === 'sent' || row.status === 'delivered') && row.providerRef !== undefined);
  if (rows.length === 0 || !conversation) return;
  const identities = await identitiesOf(ctx, conversation);
  const armed = await armedFaults(connection);
  const statuses = armed.includes('bounces') ? (['failed'] as const) : armed.includes('order') ? (['read', 'delivered', 'sent'] as const) : (['delivered', 'read'] as const);
  if (armed.includes('bounces')) await disarm(connection, 'bounces');
  else if (armed.includes('order')) await disarm(connection, 'order');
  const at = ctx.runtime.clock.now();
  for (const row of rows) {
    for (const status of statuses) {
      const request = provenOf(connection, {
        // The same report as the one before is the same event: two pages that show one phone report once.
        id: `${row.providerRef ?? row.id}:${status}`, account: number.account, from: identities, at, kind: 'status', refs: [row.providerRef ?? row.id], ref: row.id, status,
        ...(status === 'failed' && { error: { code: 'simulated-bounce', said: 'The simulated phone could not be reached.' } }),
      });
      if (request) await arrive(ctx, connection, request);
    }
  }
}

async function identitiesOf({ runtime }: AppContext, { contact }: ConversationDetail): Promise<Identity[]> {
  return runtime.db.read((sql) => sql.all<Identity>('select kind, value from identity where contact_id = ? order by id', [contact.id]));
}

// ── the way in ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** A number and the connection it speaks over. */
export interface Line {
  number: NumberEntry;
  connection: ConnectionEntry;
}

interface Proven {
  headers: Record<string, string>;
  body: string;
}

function provenOf({ channel, settings }: ConnectionEntry, act: SimulatedAct): Proven | undefined {
  const proven = channel?.simulate?.(act, settings);
  return proven && { headers: proven.headers, body: proven.body.toString('utf8') };
}

/** Over the same path as a provider's request: signed, verified, written down. Returns the delivery's id. */
async function arrive({ runtime }: AppContext, { context }: ConnectionEntry, { headers, body }: Proven): Promise<string | undefined> {
  const url = context.callbackUrl();
  const received = await receive(runtime, new URL(url).pathname.split('/').at(-1) ?? '', {
    method: 'POST', url, headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value]])), body: Buffer.from(body), receivedAt: runtime.clock.now(),
  });
  return 'accepted' in received ? received.accepted : undefined;
}

// ── faults ───────────────────────────────────────────────────────────────────────────────────────────────────────────

export async function armedFaults({ context }: ConnectionEntry): Promise<string[]> {
  const armed = await context.store.get('armed');
  return Array.isArray(armed) ? armed.filter((one) => typeof one === 'string') : [];
}

export async function arm(ctx: AppContext, connection: ConnectionEntry, fault: Armable, on: boolean): Promise<void> {
  const rest = (await armedFaults(connection)).filter((one) => one !== fault);
  await connection.context.store.set('armed', on ? [...rest, fault] : rest);
  if (fault === 'late' && !on) await letGo(ctx, connection);
}

const disarm = async (connection: ConnectionEntry, fault: Armable): Promise<void> =>
  connection.context.store.set('armed', (await armedFaults(connection)).filter((one) => one !== fault));

const held = Type.Array(
  Type.Object({ id: Type.String(), who: Type.String(), at: Type.Number(), kind: Type.String(), text: Type.String(), headers: Type.Record(Type.String(), Type.String()), body: Type.String() }),
);

/** Webhooks on their way that have not arrived yet: the bytes and the proof of when they were sent. */
export async function heldOn({ context }: ConnectionEntry): Promise<Static<typeof held>> {
  const waiting = await context.store.get('held');
  return Value.Check(held, waiting) ? waiting : [];
}

/** What was on its way arrives at last, after what was sent later. */
async function letGo(ctx: AppContext, connection: ConnectionEntry): Promise<void> {
  const waiting = await heldOn(connection);
  if (waiting.length === 0) return;
  await connection.context.store.set('held', []);
  let last: string | undefined;
  for (const request of waiting) last = (await arrive(ctx, connection, request)) ?? last;
  if (last !== undefined) await untilProcessed(ctx.runtime, connection.tenantId, last);
}

/** Which of the channel's own faults meets the next message that is sent. */
export async function nextSendOf({ context }: ConnectionEntry): Promise<keyof typeof ofNextSend | undefined> {
  const order = dataOf(await context.store.get('nextSend'));
  if (!order) return undefined;
  return 'silent' in order ? 'silent' : 'retryAfterMs' in order ? 'slow' : 'fails';
}

/** A day passes in this conversation, or did not after all. */
export async function moveWindow({ runtime }: AppContext, conversation: ConversationDetail | undefined, passed: boolean): Promise<void> {
  if (!conversation) return;
  const last = conversation.items.findLast((row) => row.author === 'contact')?.at ?? 0;
  const [row] = await runtime.db.write((sql) => sql.all<{ tenant_id: string }>(
    'update conversation set last_inbound_at = ? where id = ? returning tenant_id', [passed ? Math.min(last, runtime.clock.now() - 86_400_000) : last, conversation.id],
  ));
  if (row) runtime.live.tell({ tenantId: row.tenant_id, conversation: conversation.id, seq: conversation.lastSeq });
}
