/** The calls that a send makes: what is got ready, the one that creates the message, and asking what became of it. */
import { NotSent, Silence } from '../errors.ts';
import { scrubberOf } from '../plugin/context.ts';
import type { Outgoing, SendResult } from '../plugin/contract/channel.ts';
import type { Json } from '../plugin/contract/plugin.ts';
import type { Runtime } from '../runtime.ts';
import { inTime } from './in-time.ts';
import type { Sending } from './sending.ts';
import type { Outcome } from './settle.ts';

/** Longest that a plugin may take over one send; the guard's own deadline is shorter. */
const sendMs = 20_000;

/** Where a file may go along, whether while it is got ready or with the message itself: 100 KB a second are slow, and no fault. */
const withFileMs = ({ content }: Outgoing) => sendMs + Math.ceil(('bytes' in content ? content.bytes : content.kind === 'template' ? (content.media?.bytes ?? 0) : 0) / 100);

export async function prepare(runtime: Runtime, { connection, out }: Sending): Promise<{ done: Json } | (Outcome & { retry: unknown })> {
  const { channel, settings, context } = connection;
  if (!channel) return { done: null };
  try {
    return { done: (await inTime(withFileMs(out), context, (ctx) => channel.prepare?.(out, ctx))) ?? null };
  } catch (error) {
    const scrub = scrubberOf(channel, settings);
    runtime.log.warn({ err: scrub.error(error), connection: connection.id }, 'preparing a message failed');
    return { retry: { code: 'not-prepared', said: scrub.text(messageOf(error)), scope: 'pair' } };
  }
}

/** Settles an unknown message by asking. What fails here is no answer; the waiting time is over either way. */
export async function find(runtime: Runtime, { connection, out }: Sending): Promise<SendResult | undefined> {
  const { channel, settings, context } = connection;
  if (!channel) return undefined;
  try {
    return await inTime(sendMs, context, (ctx) => channel.find?.(out, ctx));
  } catch (error) {
    runtime.log.warn({ err: scrubberOf(channel, settings).error(error), connection: connection.id }, 'asking for an unknown message failed');
    return undefined;
  }
}

export async function callProvider({ connection, out, prepared }: Sending): Promise<Outcome> {
  const { channel } = connection;
  if (!channel) return { notSent: 'The plugin is not loaded.' };
  const scrub = scrubberOf(channel, connection.settings);
  // A plugin's own mistake before the first call is harmless; after it, nobody knows what arrived.
  const trace = { left: false };
  try {
    const result = await inTime(prepared === undefined ? withFileMs(out) : sendMs, connection.context, (ctx) => channel.send(out, prepared, ctx), trace);
    if (result === undefined) return { silence: 'The plugin returned no result.' };
    if ('accepted' in result) return result;
    // A provider may quote the request that it refuses.
    if ('rejected' in result) return { rejected: { ...result.rejected, said: scrub.text(result.rejected.said) } };
    if ('retry' in result) return { retry: { ...result.retry, said: scrub.text(result.retry.said) } };
    return { silence: 'The plugin returned no result.' };
  } catch (error) {
    const said = scrub.text(messageOf(error));
    if (error instanceof NotSent) return { notSent: said };
    if (error instanceof Silence) return { silence: said };
    return trace.left ? { silence: said } : { broken: said };
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error)).slice(0, 500);
