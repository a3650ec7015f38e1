/**
 * What one `value` object of Meta's says: messages, statuses, contacts, errors, or the news of another field. Providers that pass
 * Meta's object on inside a body of their own read it with this; any member may be null or absent.
 */
import { object, objects, text, type Event } from '#plugin';
import { accountEvents, accountFields, errorEvents, templateEvent, templateFields } from './account.ts';
import { type Change, leave } from './change.ts';
import { peopleIn } from './identities.ts';
import { echoEvents, messageEvent } from './messages.ts';
import { consentEvents, userIdEvents } from './people.ts';
import { statusEvent } from './statuses.ts';

export interface About {
  /** Milliseconds; the time of what says none of its own. */
  receivedAt: number;
  /** Which of Meta's fields it is; `messages` unless told. */
  field?: string;
  /** The number it concerns, where the caller knows better than `metadata.phone_number_id`. */
  account?: string;
  /** The WhatsApp business account, and when Meta put it together: both keep equal news of different accounts and days apart. */
  waba?: string | undefined;
  time?: unknown;
}

/**
 * Every event in one `value`, in order; at least one, for what is empty or unknown is an `ignored` that says why. Pure.
 * An event's `id` is Meta's id of the message, `id:status:recipient` of a status, else a digest of what it says.
 */
export function eventsOfValue(given: unknown, { receivedAt, field = 'messages', account, waba, time }: About): Event[] {
  const value = object(given) ?? {};
  return eventsOf({
    field,
    value,
    waba,
    time,
    account: account ?? text(object(value.metadata)?.phone_number_id)?.slice(0, 64),
    people: peopleIn(value.contacts),
    receivedAt,
  });
}

/** Fields that exist and are none of a chatbot's business yet. */
const leftOut: Record<string, string> = {
  history: 'Older messages of a linked phone are not imported.',
  smb_app_state_sync: 'Contacts of a linked phone are not imported.',
  calls: 'Calls are not handled.',
  standby: 'Another app holds this conversation; what is said there is only announced.',
  flows: 'News about forms is not handled.',
};

function eventsOf(change: Change): Event[] {
  const { field, value } = change;
  if (field === 'messages') return messageChange(change);
  if (field === 'smb_message_echoes') return orElse(echoEvents(change), change, 'There is no message in it.');
  if (field === 'user_preferences') return orElse(consentEvents(change), change, 'There is no preference in it.');
  if (field === 'user_id_update') return userIdEvents(change);
  if (templateFields.has(field)) return [templateEvent(change)];
  if (accountFields.has(field)) return accountEvents(change);
  return [leave(change, value, Object.hasOwn(leftOut, field) ? (leftOut[field] ?? '') : `Meta’s field “${field}” is not known here.`)];
}

function messageChange(change: Change): Event[] {
  const { value } = change;
  const events: Event[] = [];
  for (const message of objects(value.messages)) events.push(messageEvent(message, change));
  for (const status of objects(value.statuses)) events.push(statusEvent(status, change));
  events.push(...errorEvents(change));
  return orElse(events, change, 'There is neither a message nor a status in it.');
}

function orElse(events: Event[], change: Change, why: string): Event[] {
  return events.length > 0 ? events : [leave(change, change.value, why)];
}
