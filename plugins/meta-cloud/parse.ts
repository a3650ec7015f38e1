/**
 * What a webhook says: every entry, change, message and status of it, in order. Whatever Meta may have changed meanwhile is kept
 * as `unsupported` or `ignored`, never thrown: one odd element must not cost the others of its batch.
 */
import { createHash } from 'node:crypto';
import type { Event, WebhookRequest } from '#plugin';
import { accountEvents, accountFields, errorEvents, templateEvent, templateFields } from './account.ts';
import { type Change, leave } from './change.ts';
import { peopleIn } from './identities.ts';
import { type Loose, object, objects, short, text } from './json.ts';
import { echoEvents, messageEvent } from './messages.ts';
import { consentEvents, userIdEvents } from './people.ts';
import { statusEvent } from './statuses.ts';

/** @throws Error when the body is not a JSON object; the ledger shows the sentence. */
export function parse(request: WebhookRequest): Event[] {
  const body = readBody(request.body);
  if (body.object !== 'whatsapp_business_account') {
    return [ignored(request, body, `This is about ${short(body.object, 60) ?? 'something unnamed'}, not about a WhatsApp business account.`)];
  }
  const events: Event[] = [];
  for (const entry of objects(body.entry)) {
    for (const change of objects(entry.changes)) {
      const value = object(change.value) ?? {};
      const account = text(object(value.metadata)?.phone_number_id)?.slice(0, 64);
      for (const event of eventsOf({
        field: text(change.field)?.slice(0, 64) ?? 'unnamed',
        value,
        waba: text(entry.id),
        time: entry.time,
        account,
        people: peopleIn(value.contacts),
        receivedAt: request.receivedAt,
      })) {
        events.push(event);
      }
    }
  }
  return events.length > 0 ? events : [ignored(request, body, 'There is nothing in it.')];
}

function readBody(raw: Buffer): Loose {
  const written = raw.toString('utf8');
  let body: unknown;
  try {
    body = /[\s:,[]\d{16}/.test(written) ? exactly(written) : JSON.parse(written);
  } catch (error) {
    throw new Error('The body is not JSON that can be read.', { cause: error });
  }
  const found = object(body);
  if (!found) throw new Error('The body is JSON, but not an object.');
  return found;
}

/** Template ids come as numbers beyond 2^53, which lose digits as a number; here they become the text that was sent. */
function exactly(written: string): unknown {
  // The third argument is JavaScript's of 2026; TypeScript's library does not name it yet.
  return JSON.parse(written, (_key, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^\d+$/.test(context?.source ?? '') ? context?.source : value,
  );
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
  if (field === 'user_id_update') return orElse(userIdEvents(change), change, 'It does not say whose id changed.');
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

function ignored(request: WebhookRequest, body: Loose, why: string): Event {
  const digest = createHash('sha256').update(request.body.length > 0 ? request.body : JSON.stringify(body)).digest('base64url');
  return { kind: 'ignored', id: `body:${digest}`, at: request.receivedAt, why };
}
