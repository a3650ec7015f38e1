/**
 * “Register endpoint”: where Qontak sends an organization's events. There is one address for all its channels and the last writer
 * wins, so what was there is read first, kept, and put back when this one is taken away.
 */
import { object, objects, text, type Loose } from '#plugin';
import { ask, type QontakContext, Refused } from './api.ts';

const events = ['receive_message_from_customer', 'receive_message_from_agent', 'status_message', 'broadcast_log_status'] as const;

export interface Interactions {
  state: 'ours' | 'other' | 'none';
  url?: string;
  /** Of what we need, the events that do not come here although messages do. */
  missing: string[];
}

type Subscription = Omit<Interactions, 'missing'>;

async function interactions(ctx: QontakContext): Promise<Loose> {
  return object((await ask(ctx, 'message_interactions')).data) ?? {};
}

/** Where this event goes; undefined while it is switched off. */
function addressOf(found: Loose, event: string): string | undefined {
  const interaction = object(found[event]);
  return interaction?.enabled === true ? text(objects(interaction.webhooks)[0]?.url) : undefined;
}

export async function readInteractions(ctx: QontakContext): Promise<Interactions> {
  const found = await interactions(ctx);
  const ours = ctx.callbackUrl();
  const goesHere = (event: string) => object(found[event])?.enabled === true && objects(object(found[event])?.webhooks).some((one) => text(one.url) === ours);
  if (goesHere('receive_message_from_customer')) return { state: 'ours', url: ours, missing: events.filter((event) => !goesHere(event)) };
  const [url] = events.flatMap((event) => addressOf(found, event) ?? []);
  return url === undefined ? { state: 'none', missing: [] } : { state: 'other', url, missing: [] };
}

export async function readSubscription(ctx: QontakContext): Promise<Subscription> {
  const { state, url } = await readInteractions(ctx);
  return url === undefined ? { state } : { state, url };
}

const before = 'webhook-before';
/** The addresses that we registered, newest first: each was ours, though it has another secret in it since. */
const registered = 'webhook-ours';
const mostRemembered = 10;

async function ownAddresses(ctx: QontakContext): Promise<string[]> {
  const kept = await ctx.store.get(registered);
  return [ctx.callbackUrl(), ...(Array.isArray(kept) ? kept.flatMap((url) => text(url) ?? []) : [])];
}

/** Overwrites another address: the caller has asked. Messages of people are wanted too, to know who answers. @throws Refused */
export async function subscribe(ctx: QontakContext): Promise<void> {
  const found = await interactions(ctx);
  const own = await ownAddresses(ctx);
  const url = events.flatMap((event) => addressOf(found, event) ?? []).find((one) => !own.includes(one));
  // Before it is told, so that an answer which is lost cannot make a stranger of it.
  await ctx.store.set(registered, [...new Set(own)].slice(0, mostRemembered));
  if (url !== undefined) await ctx.store.set(before, { url, ...Object.fromEntries(events.map((event) => [event, addressOf(found, event) !== undefined])) });
  await ask(ctx, 'message_interactions', { method: 'PUT', json: { ...Object.fromEntries(events.map((event) => [event, true])), url: ctx.callbackUrl() } });
  await reportRooms(true, ctx.callbackUrl(), ctx);
}

/** Messages come all the same where this is refused; only “the person is done with the room” is not heard. */
async function reportRooms(on: boolean, url: string, ctx: QontakContext): Promise<void> {
  try {
    await ask(ctx, 'room_interactions', { method: 'PUT', json: { room_resolved: on, url } });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    ctx.log.warn({ code: error.code, on }, 'Qontak did not take the setting for resolved rooms.');
  }
}

/** Puts back what was there before; another installation's address is left alone. @throws Refused */
export async function unsubscribe(ctx: QontakContext): Promise<void> {
  const { url: found } = await readInteractions(ctx);
  if (found === undefined || !(await ownAddresses(ctx)).includes(found)) return;
  const kept = object(await ctx.store.get(before));
  const theirs = text(kept?.url);
  const url = theirs ?? ctx.callbackUrl();
  await reportRooms(false, url, ctx);
  await ask(ctx, 'message_interactions', { method: 'PUT', json: { ...Object.fromEntries(events.map((event) => [event, theirs !== undefined && kept?.[event] === true])), url } });
  await ctx.store.set(before, null);
}
