/**
 * Is a request Coster's? No signature of its own was ever seen. The secret in the address is the least proof, which core checks; the
 * operator chooses what must come on top: a header with a shared secret, or Meta's signature where Coster passes it on.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Refusal, WebhookReply, WebhookRequest } from '#plugin';
import type { Settings } from './settings.ts';

const signatureHeader = 'x-hub-signature-256';

export function verify(request: WebhookRequest, { callbackProof, webhookSecret, signatureKey, proofHeader }: Settings): true | Refusal {
  if (request.method !== 'POST') return { refused: 'unsigned' };
  if (callbackProof === 'url') return true;
  const secret = callbackProof === 'header' ? webhookSecret : signatureKey;
  if (secret === undefined || secret.trim() === '') return { refused: 'not-configured' };
  return callbackProof === 'header' ? byHeader(request, proofHeader, secret) : bySignature(request, secret);
}

/** The header holds the secret itself; a signature tells nobody anything. */
export function proofHeaders({ callbackProof, proofHeader }: Settings): { name: string; secret?: true }[] {
  if (callbackProof === 'url') return [];
  return callbackProof === 'header' ? [{ name: proofHeader.toLowerCase(), secret: true }] : [{ name: signatureHeader }];
}

function byHeader({ headers }: WebhookRequest, name: string, secret: string): true | Refusal {
  const given = only(headers[name.toLowerCase()]);
  if (given === undefined || given === '') return { refused: 'unsigned' };
  // Both are looked at, so that the time taken does not tell which was meant.
  const bare = same(given, secret);
  const bearer = same(given, `Bearer ${secret}`);
  return bare || bearer || { refused: 'wrong-secret' };
}

/** Meta's rule: HMAC-SHA256 over the raw bytes, in one header, in lower case. */
function bySignature({ headers, body }: WebhookRequest, secret: string): true | Refusal {
  const given = only(headers[signatureHeader]);
  if (given === undefined || !/^sha256=[0-9a-f]{64}$/.test(given)) return { refused: 'unsigned' };
  return timingSafeEqual(Buffer.from(given.slice(7), 'hex'), createHmac('sha256', secret).update(body).digest()) || { refused: 'wrong-secret' };
}

/** A header that comes twice would let a stranger guess two secrets at once. */
function only(values: string[] | undefined): string | undefined {
  return values?.length === 1 ? values[0] : undefined;
}

/** In constant time whatever the lengths, as digests are all of one length. */
function same(one: string, other: string): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(one), digest(other));
}

/** Coster's side asks the address by GET whether somebody is there, and wants a 200; nothing is told and nothing granted by it. */
export function challenge(request: WebhookRequest): WebhookReply | undefined {
  return request.method === 'GET' && request.body.length === 0 && !/\?./.test(request.url) ? { status: 200, body: '' } : undefined;
}
