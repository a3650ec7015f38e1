/**
 * What a webhook says: every entry, change, message and status of it, in order. Whatever Meta may have changed meanwhile is kept
 * as `unsupported` or `ignored`, never thrown: one odd element must not cost the others of its batch.
 */
import { createHash } from 'node:crypto';
import { jsonOf, object, objects, short, text, type Event, type Loose, type WebhookRequest } from '#plugin';
import { eventsOfValue } from './value.ts';

/** @throws Error when the body is not a JSON object; the ledger shows the sentence. */
export function parse(request: WebhookRequest): Event[] {
  const body = readBody(request.body);
  if (body.object !== 'whatsapp_business_account') {
    return [ignored(request, body, `This is about ${short(body.object, 60) ?? 'something unnamed'}, not about a WhatsApp business account.`)];
  }
  const events: Event[] = [];
  for (const entry of objects(body.entry)) {
    for (const change of objects(entry.changes)) {
      const about = { field: text(change.field)?.slice(0, 64) ?? 'unnamed', waba: text(entry.id), time: entry.time, receivedAt: request.receivedAt };
      for (const event of eventsOfValue(change.value, about)) events.push(event);
    }
  }
  return events.length > 0 ? events : [ignored(request, body, 'There is nothing in it.')];
}

function readBody(raw: Buffer): Loose {
  const found = object(jsonOf(raw));
  if (!found) throw new Error('The body is JSON, but not an object.');
  return found;
}

function ignored(request: WebhookRequest, body: Loose, why: string): Event {
  const digest = createHash('sha256').update(request.body.length > 0 ? request.body : JSON.stringify(body)).digest('base64url');
  return { kind: 'ignored', id: `body:${digest}`, at: request.receivedAt, why };
}
