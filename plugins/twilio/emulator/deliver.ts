/** Webhooks as Twilio posts them: a signed form, tried again as often as the fragment of the address says, then dropped. */
import { createHmac, randomUUID } from 'node:crypto';
import type { Post } from '../../emulator/courier.ts';

export interface Told {
  url: string;
  /** A form, or a body of another kind as it is. */
  fields?: Record<string, string>;
  json?: string;
  method?: 'GET' | 'POST';
  /** Instead of Twilio's signature. */
  headers?: Record<string, string>;
}

/** @param authToken asked for at every attempt: another may have been promoted */
export function posted({ url, fields, json, method = 'POST', headers }: Told, authToken: () => string): Post {
  const [called = '', fragment] = url.split('#');
  const body = json ?? new URLSearchParams(fields).toString();
  const type = json === undefined ? 'application/x-www-form-urlencoded; charset=UTF-8' : 'application/json';
  const asked = method === 'GET' ? `${called}${called.includes('?') ? '&' : '?'}${body}` : called;
  return {
    url: asked,
    method,
    ...(method === 'POST' && { body }),
    goesOn: goesOnBy(fragment),
    headers: () => ({
      'user-agent': 'TwilioProxy/1.1',
      'i-twilio-idempotency-token': randomUUID(),
      ...(method === 'POST' && { 'content-type': type }),
      ...(headers ?? { 'x-twilio-signature': signature(authToken(), asked, method === 'GET' ? {} : (fields ?? {})) }),
    }),
  };
}

/** `#rc=2&rp=all`: two more tries, after any failure. Without it there is one more, and only where no connection was made. */
function goesOnBy(fragment = ''): NonNullable<Post['goesOn']> {
  const overrides = new URLSearchParams(fragment);
  const tries = 1 + Math.min(5, Number(overrides.get('rc') ?? 1) || 0);
  const policy = (overrides.get('rp') ?? 'ct').split(',');
  return (attempt, status) => attempt < tries && (policy.includes('all') || policy.includes(status === undefined ? 'ct' : `${Math.floor(status / 100)}xx`));
}

/** The URL as it was configured, then every parameter, sorted by name. */
function signature(authToken: string, url: string, fields: Record<string, string>): string {
  const covered = Object.keys(fields).sort((one, other) => (one < other ? -1 : 1)).map((name) => name + (fields[name] ?? '')).join('');
  return createHmac('sha1', authToken).update(url + covered, 'utf8').digest('base64');
}
