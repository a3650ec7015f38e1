/**
 * Is a request Twilio's? X-Twilio-Signature is an HMAC-SHA1, in base64, under the auth token, over the public URL and the sorted
 * parameters (Twilio › Webhooks security, and `webhooks.js` of its own library for Node).
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { parse as parseQuery, stringify as stringifyQuery } from 'node:querystring';
import type { Refusal, WebhookRequest } from '#plugin';
import { carriedBy, type Parameters, queryOf } from './form.ts';
import type { Settings } from './settings.ts';

const signatureHeader = 'x-twilio-signature';

export const proofHeaders = () => [{ name: signatureHeader }];

export function verify(request: WebhookRequest, settings: Settings): true | Refusal {
  const { authToken, previousAuthToken, connectionOverrides } = settings;
  if (!isSet(authToken)) return { refused: 'not-configured' };
  const given = request.headers[signatureHeader];
  const signature = given?.length === 1 ? given[0] : undefined;
  // Compared as the text it is: its last letter has two bits that decoding would drop.
  if (signature === undefined || !/^[A-Za-z0-9+/]{27}=$/.test(signature)) return { refused: 'unsigned' };

  const carried = carriedBy(request);
  const digest = digestIn(request.url);
  // Nothing but its digest in the signed query says what a body that is no form holds.
  if (carried.by === 'body' && request.body.length > 0 && digest === undefined) return { refused: 'unsigned' };

  const covered = carried.by === 'form' && digest === undefined ? inOrder(carried.parameters) : '';
  const tokens = [authToken, previousAuthToken].filter(isSet);
  const expected = Buffer.from(signature);
  const signs = (urls: readonly string[]) => tokens.some((token) => urls.some((url) => isSigned(token, url + covered, expected)));
  if (!signs(spellings(request.url, connectionOverrides))) {
    return { refused: signs(spellings(underOtherScheme(request.url), connectionOverrides)) ? 'other-url' : 'wrong-secret' };
  }
  if (digest === undefined || carried.by === 'query') return true;
  return sameText(digest, createHash('sha256').update(request.body).digest('hex')) || { refused: 'rewritten-body' };
}

/** White space is not a secret. */
function isSet(secret: string | undefined): secret is string {
  return typeof secret === 'string' && secret.trim() !== '';
}

function isSigned(token: string, text: string, expected: Buffer): boolean {
  return timingSafeEqual(Buffer.from(createHmac('sha1', token).update(text, 'utf8').digest('base64')), expected);
}

/** Sorted by name in the order of code units; a name that stands there several times with its distinct values, sorted. */
function inOrder(parameters: Parameters): string {
  const byName = Map.groupBy(parameters, ([name]) => name);
  // oxlint-disable-next-line require-array-sort-compare -- code units are what Twilio sorts by
  return [...byName.keys()].sort().map((name) => [...new Set(byName.get(name)?.map(([, value]) => value))].sort().map((value) => name + value).join('')).join('');
}

/**
 * The URL in the forms in which Twilio is known to sign it: with and without the standard port, as it came, normalised, and with its
 * query written the old way; each also with the connection overrides, of which nobody says whether they are signed.
 */
function spellings(url: string, overrides: string): string[] {
  const normal = URL.parse(url)?.href ?? url;
  const forms = [url, normal, withOldQuery(normal)].flatMap((form) => [withoutPort(form), withPort(form)]);
  return [...new Set([...forms, ...(overrides === '' ? [] : forms.map((form) => `${form}#${overrides}`))])];
}

const parts = /^([a-z][a-z0-9+.-]*:\/\/)((?:[^/?#@]*@)?(?:\[[^\]]*\]|[^/?#:]*))(:[0-9]*)?([^]*)$/i;

function withoutPort(url: string): string {
  return url.replace(parts, '$1$2$4');
}

function withPort(url: string): string {
  const [, scheme = '', host = '', port, rest = ''] = parts.exec(url) ?? [];
  return scheme === '' || port !== undefined ? url : `${scheme}${host}:${scheme.toLowerCase() === 'https://' ? 443 : 80}${rest}`;
}

function withOldQuery(url: string): string {
  const start = url.indexOf('?');
  return start < 0 || start === url.length - 1 ? url : `${url.slice(0, start)}?${stringifyQuery(parseQuery(url.slice(start + 1)))}`;
}

/** A public URL that says http where Twilio was told https is the commonest mistake behind a proxy: it is named, not believed. */
function underOtherScheme(url: string): string {
  return url.startsWith('https:') ? url.replace('https:', 'http:') : url.replace(/^http:/, 'https:');
}

function digestIn(url: string): string | undefined {
  return new URLSearchParams(queryOf(url)).get('bodySHA256') ?? undefined;
}

/** In constant time whatever the lengths, as digests are all of one length. */
function sameText(one: string, other: string): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(one), digest(other));
}
