/** What became of a message of ours. */
import { object, present, short, text, type Event, type Loose, type Price, type ReportedStatus } from '#plugin';
import { type Change, leave, stamp } from './change.ts';
import { errorsOf } from './errors.ts';
import { identify } from './identities.ts';

function reported(status: string | undefined): ReportedStatus | undefined {
  switch (status) {
    case 'sent':
    case 'delivered':
    case 'read':
    case 'failed':
      return status;
    // A voice note was listened to: at least read.
    case 'played':
      return 'read';
    default:
      return undefined;
  }
}

export function statusEvent(given: Loose, change: Change): Event {
  const word = text(given.status);
  const status = reported(word);
  const message = text(given.id);
  if (status === undefined) return leave(change, given, `Meta’s status “${short(word, 40) ?? ''}” is not known here.`, given.timestamp);
  if (message === undefined) return leave(change, given, 'It does not say which message it is about.', given.timestamp);

  const participant = text(given.recipient_participant_id);
  const recipient = participant ?? text(given.recipient_id) ?? text(given.recipient_user_id) ?? '';
  const { identities: to } = identify(
    {
      phone: participant ?? given.recipient_id,
      user: given.recipient_user_id,
      // Both names are documented, on different pages.
      parent: given.recipient_parent_user_id ?? given.parent_recipient_user_id,
    },
    change.people,
  );
  const event: Event = { kind: 'status', ...stamp(`${message}:${word}:${recipient}`, change, given.timestamp), refs: [message], status };
  const ref = text(given.biz_opaque_callback_data);
  if (ref !== undefined) event.ref = ref;
  if (to.length > 0) event.to = to;
  const price = priceOf(object(given.pricing));
  if (price) event.price = price;
  if (status === 'failed') event.error = errorsOf(given.errors)[0] ?? { code: 'unknown', said: 'Meta gave no reason.' };
  return event;
}

function priceOf(pricing: Loose | undefined): Price | undefined {
  if (!pricing) return undefined;
  const billable = typeof pricing.billable === 'boolean' ? pricing.billable : undefined;
  const price = present({ category: short(pricing.category, 64), model: short(pricing.pricing_model, 64), billable });
  return Object.keys(price).length > 0 ? price : undefined;
}

