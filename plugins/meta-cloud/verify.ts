/** Is a request Meta's? Its signature is an HMAC-SHA256 over the raw bytes under the app secret (Webhooks › Validating payloads). */
import { createHash, createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { Refusal, WebhookReply, WebhookRequest } from '#plugin';
import type { Settings } from './settings.ts';

const signatureHeader = 'x-hub-signature-256';

export const proofHeaders = () => [{ name: signatureHeader }];

export function verify(request: WebhookRequest, settings: Settings): true | Refusal {
  if (!isSet(settings.appSecret)) return { refused: 'not-configured' };
  const given = request.headers[signatureHeader];
  const signature = given?.length === 1 ? given[0] : undefined;
  // A list of signatures would let a stranger guess several at once; Meta sends one, in lower case.
  if (signature === undefined || !/^sha256=[0-9a-f]{64}$/.test(signature)) return { refused: 'unsigned' };
  const expected = Buffer.from(signature.slice(7));
  if (signs(settings.appSecret, request.body, expected)) return true;
  const previous = settings.previousAppSecret;
  if (isSet(previous) && signs(previous, request.body, expected)) return true;
  return { refused: isRewritten(request.body, settings.appSecret, expected) ? 'rewritten-body' : 'wrong-secret' };
}

/** White space is not a secret. */
function isSet(secret: string | undefined): secret is string {
  return typeof secret === 'string' && secret.trim() !== '';
}

function signs(secret: string, body: Buffer | string, expected: Buffer): boolean {
  return timingSafeEqual(Buffer.from(createHmac('sha256', keyOf(secret)).update(body).digest('hex')), expected);
}

/** Making a key of a secret costs as much as signing a small body, so the few secrets in use keep theirs. */
const keys = new Map<string, KeyObject>();

function keyOf(secret: string): KeyObject {
  const known = keys.get(secret);
  if (known) return known;
  if (keys.size >= 1000) keys.clear();
  const key = createSecretKey(Buffer.from(secret, 'utf8'));
  keys.set(secret, key);
  return key;
}

/** Bodies above this are not examined: a refused request must stay cheap, and the cause is a courtesy. */
const examined = 64 * 1024;

/**
 * Did a proxy read the JSON and write it anew? Then one of the usual other spellings carries the signature. This only names
 * the cause for the operator: a rewritten body is refused like any other.
 */
function isRewritten(body: Buffer, secret: string, expected: Buffer): boolean {
  if (body.length === 0 || body.length > examined) return false;
  const received = body.toString('utf8');
  const spellings = new Set([received.trim(), `${received.trim()}\n`]);
  try {
    const compact = JSON.stringify(JSON.parse(received));
    // Meta writes non-ASCII as \uXXXX in lower case and slashes as \/.
    for (const spelling of [compact, unicodeEscaped(compact)]) spellings.add(spelling).add(spelling.replaceAll('/', '\\/'));
  } catch {
    // Not JSON (or nested beyond reason): only the white space around it can have changed.
  }
  spellings.add(unicodeEscaped(received)).add(received.replaceAll('\\/', '/')).delete(received);
  return [...spellings].some((spelling) => signs(secret, spelling, expected));
}

function unicodeEscaped(json: string): string {
  return json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Meta's handshake when the callback URL is saved: the challenge comes back bare, or 403. */
export function challenge(request: WebhookRequest, settings: Settings): WebhookReply | undefined {
  if (request.method !== 'GET') return undefined;
  // The keys hold dots; only the raw query has them as they are.
  const query = URL.parse(request.url, 'http://localhost')?.searchParams;
  const mode = query?.get('hub.mode');
  if (!query || typeof mode !== 'string') return undefined;
  const answer = query.get('hub.challenge');
  const known = isSet(settings.verifyToken) && sameText(query.get('hub.verify_token') ?? '', settings.verifyToken);
  if (!known || mode !== 'subscribe' || answer === null || answer === '' || answer.length > 512) return { status: 403, body: '' };
  return { status: 200, body: answer, type: 'text/plain' };
}

/** In constant time whatever the lengths, as digests are all of one length. */
function sameText(one: string, other: string): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(one), digest(other));
}
