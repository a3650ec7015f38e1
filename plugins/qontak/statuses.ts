/** What became of a message of ours: told of the message itself, or of the broadcast that carried a template. */
import { object, objects, short, text, type Event, type Loose, type Price, type ProviderError, type ReportedStatus } from '#plugin';
import { customerOf, digits } from './people.ts';
import { leave, secondsOf, stamp, type Told } from './told.ts';

function reportedBy(word: unknown): ReportedStatus | undefined {
  switch (word) {
    case 'sent':
    case 'delivered':
    case 'read':
    case 'failed':
      return word;
    default:
      return undefined;
  }
}

/** Is this a word about what became of a message? `created` is not. */
export function isReported(word: unknown): boolean {
  return reportedBy(word) !== undefined;
}

/** The whole outgoing message again, with another `status`; known to us by Qontak's id and by WhatsApp's. */
export function statusEvent(told: Told): Event {
  const { body, receivedAt } = told;
  const status = reportedBy(body.status);
  if (status === undefined) return leave(told, `Qontak’s status “${short(body.status, 40) ?? ''}” says nothing of what became of it.`);
  const refs = idsOf(body.id, body.external_id);
  if (refs.length === 0) return leave(told, 'It does not say which message it is about.');
  const meta = ofStatus(objects(object(body.raw_message)?.statuses), status);
  const to = customerOf(body);
  return {
    kind: 'status',
    ...stamp(told),
    id: `${refs[0]}:${status}`,
    // The time in the object is that of the message, not of what became of it.
    at: secondsOf(meta?.timestamp, receivedAt) ?? receivedAt,
    refs,
    status,
    ...(to.length > 0 && { to }),
    ...priceOf(meta),
    ...(status === 'failed' && { error: errorOf(meta, body) }),
  };
}

/**
 * A template goes out as a broadcast, whose id is all that the answer to the send named. Its log brings that id together with
 * WhatsApp's own.
 */
export function broadcastEvent(told: Told): Event {
  const { body, receivedAt } = told;
  const status = reportedBy(body.status);
  if (status === undefined) return leave(told, `Qontak’s status “${short(body.status, 40) ?? ''}” says nothing of what became of it.`);
  const refs = idsOf(body.messages_broadcast_id, body.whatsapp_message_id);
  if (refs.length === 0) return leave(told, 'It does not say which broadcast it is about.');
  const meta = ofStatus(objects(object(object(body.messages_response)?.[status])?.statuses), status);
  const phone = digits(text(body.contact_phone_number) ?? '');
  return {
    kind: 'status',
    ...stamp(told),
    // A broadcast may have several people: each has a line of its own in the log.
    id: `broadcast:${text(body.id)?.slice(0, 100) ?? `${refs[0]}:${phone ?? ''}`}:${status}`,
    at: secondsOf(meta?.timestamp, receivedAt) ?? receivedAt,
    refs,
    status,
    ...(phone !== undefined && { to: [{ kind: 'phone' as const, value: phone }] }),
    ...priceOf(meta),
    ...(status === 'failed' && { error: errorOf(meta, body) }),
  };
}

function idsOf(...ids: unknown[]): string[] {
  return [...new Set(ids.flatMap((id) => text(id) ?? []))].filter((id) => id.length <= 300 && id !== 'n/a');
}

function ofStatus(statuses: readonly Loose[], status: ReportedStatus): Loose | undefined {
  return statuses.find((one) => text(one.status) === status);
}

function priceOf(meta: Loose | undefined): { price?: Price } {
  const pricing = object(meta?.pricing);
  const category = short(pricing?.category, 64);
  const model = short(pricing?.pricing_model, 64);
  const billable = pricing?.billable;
  const price: Price = { ...(category !== undefined && { category }), ...(model !== undefined && { model }), ...(typeof billable === 'boolean' && { billable }) };
  return Object.keys(price).length > 0 ? { price } : {};
}

/** WhatsApp's own code where it is passed on; else the words, in which the code may stand. */
function errorOf(meta: Loose | undefined, body: Loose): ProviderError {
  const [error] = objects(meta?.errors);
  const words = short(body.whatsapp_error_message);
  const said = short(object(error?.error_data)?.details) ?? (words === 'n/a' ? undefined : words) ?? short(error?.message) ?? short(error?.title);
  const code = text(error?.code) ?? /\(?#?\b(\d{6})\b\)?/.exec(said ?? '')?.[1];
  return { code: code?.slice(0, 32) ?? 'failed', said: said ?? 'Qontak gave no reason.' };
}
