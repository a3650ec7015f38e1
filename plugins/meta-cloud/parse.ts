/**
 * What a webhook says: every entry, change, message and status of it, in order. Whatever Meta may have changed meanwhile is kept
 * as `unsupported` or `ignored`, never thrown: one odd element must not cost the others of its batch.
 */
import { createHash } from 'node:crypto';
import type { Event, WebhookRequest } from '#plugin';
import { type Loose, object, objects, short, text } from './json.ts';
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

function ignored(request: WebhookRequest, body: Loose, why: string): Event {
  const digest = createHash('sha256').update(request.body.length > 0 ? request.body : JSON.stringify(body)).digest('base64url');
  return { kind: 'ignored', id: `body:${digest}`, at: request.receivedAt, why };
}
