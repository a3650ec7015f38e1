/**
 * What a webhook says. Qontak posts one flat object each time; which of its events it is stands in `data_event`, and in payloads of
 * 2021 follows from who wrote. Whatever is not known is kept as `ignored` or `unsupported`, never thrown.
 */
import { object, objectsOf, text, type Event, type Loose, type WebhookRequest } from '#plugin';
import { contentOf, metaEventOf } from './content.ts';
import { customerOf, nameOf } from './people.ts';
import { assignedEvent, roomEvent } from './rooms.ts';
import type { Settings } from './settings.ts';
import { broadcastEvent, isReported, statusEvent } from './statuses.ts';
import { digestOf, leave, roomId, stamp, type Told } from './told.ts';

/** @throws Error when the body is not JSON that can be read; the ledger shows the sentence. */
export function parse({ body: raw, receivedAt }: WebhookRequest, settings: Settings): Event[] {
  const events = objectsOf(raw).flatMap((body, place) => eventsOf({ body, settings, receivedAt, digest: digestOf(raw, place) }));
  const seen = new Set<string>();
  return events.filter(({ id }) => !seen.has(id) && seen.add(id));
}

function eventsOf(told: Told): Event[] {
  const { body } = told;
  const event = text(body.data_event);
  switch (event) {
    case 'receive_message_from_customer':
      return isOfBusiness(body) ? [leave(told, 'It is told as a customer’s message, and a bot or an agent wrote it.')] : received(told);
    case 'receive_message_from_agent':
      return isOfCustomer(body) ? received(told) : sent(told);
    case 'status_message':
      return [isOfCustomer(body) ? leave(told, 'It is the status of a customer’s own message.') : statusEvent(told)];
    case 'broadcast_log_status':
      return [broadcastEvent(told)];
    case undefined:
      return undeclared(told);
    default:
      return [roomEvent(told) ?? leave(told, `Qontak’s event “${event.slice(0, 60)}” is not known here.`)];
  }
}

/** Payloads of 2021 do not say which event they are. */
function undeclared(told: Told): Event[] {
  const { body } = told;
  if (text(body.messages_broadcast_id) !== undefined) return [broadcastEvent(told)];
  if (isOfCustomer(body)) return isReported(body.status) ? [leave(told, 'It is the status of a customer’s own message.')] : received(told);
  if (isOfBusiness(body)) return sent(told);
  return [roomEvent(told) ?? leave(told, 'It does not say what it is about.')];
}

/** `participant_type` says it; `sender_type` where that is missing. */
function isOfCustomer(body: Loose): boolean {
  const participant = text(body.participant_type);
  return participant === undefined ? text(body.sender_type) === 'Models::Contact' : participant === 'customer';
}

function isOfBusiness(body: Loose): boolean {
  const participant = text(body.participant_type);
  if (participant !== undefined) return participant === 'agent' || participant === 'bot';
  return text(body.sender_type) === 'Models::User' || text(body.sender_type) === 'Models::SystemAccount';
}

/** A customer wrote; and a person who is assigned to the room keeps our agent out of it. */
function received(told: Told): Event[] {
  const { body } = told;
  const meta = metaEventOf(body, told.receivedAt);
  const from = customerOf(body, meta && 'from' in meta ? meta.from : []);
  if (from.length === 0) return [leave(told, 'It does not say who wrote.')];
  const holder = assignedEvent(told);
  if (meta?.kind === 'change') {
    const { of, change, content, emoji } = meta;
    return [...holder, { kind: 'change', ...stamp(told), from, of, change, ...(content && { content }), ...(emoji !== undefined && { emoji }) }];
  }
  if (meta?.kind === 'identity') return [...holder, { kind: 'identity', ...stamp(told), was: meta.was, is: meta.is }];
  const said = meta?.kind === 'message' ? meta : undefined;
  const event: Event = { kind: 'message', ...stamp(told), from, content: contentOf(body, said) };
  const name = nameOf(body) ?? said?.name;
  if (name !== undefined) event.name = name;
  const thread = roomId(body);
  if (thread !== undefined) event.thread = thread;
  const replyTo = text(object(body.reply)?.id) ?? said?.replyTo;
  if (replyTo !== undefined) event.replyTo = replyTo;
  if (said?.forwarded === true) event.forwarded = true;
  if (said?.referral) event.referral = said.referral;
  if (said?.errors) event.errors = said.errors;
  return [...holder, event];
}

/** Somebody wrote in the business's name: a person in Qontak, our own bot, or another one. */
function sent(told: Told): Event[] {
  const { body, settings } = told;
  if (isReported(body.status)) return [statusEvent(told)];
  if (text(body.participant_type) === 'bot' || text(body.sender_type) === 'Models::SystemAccount') return [leave(told, 'A bot wrote it: this one, or another of the organization.')];
  if (settings.sendAs === 'user') {
    if (settings.ownSenderId === undefined) return [leave(told, 'While messages are sent as a user, those of people cannot be told from ours without the own sender ID.')];
    if (text(body.sender_id)?.toLowerCase() === settings.ownSenderId.toLowerCase()) return [leave(told, 'It is a message of ours.')];
  }
  const to = customerOf(body);
  if (to.length === 0) return [leave(told, 'It does not say to whom it went.')];
  const thread = roomId(body);
  return [...assignedEvent(told), { kind: 'echo', ...stamp(told), to, by: 'person', ...(thread !== undefined && { thread }), content: contentOf(body, undefined) }];
}
