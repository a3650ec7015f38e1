/** Calls to Qontak's chat API, proven in either of its two ways, and what its answers say. */
import { createHash, createHmac } from 'node:crypto';
import { Silence, jsonIn, object, short, text, type Answer, type Context, type FetchInit, type Json, type Loose } from '#plugin';
import type { Settings } from './settings.ts';

export type QontakContext = Context<Settings>;

interface Call extends Pick<FetchInit, 'method' | 'timeoutMs'> {
  query?: Record<string, string>;
  json?: Json;
  /** A form with a file, as `multipart` makes it. */
  form?: { headers: Record<string, string>; body: NonNullable<FetchInit['body']> };
}

/** The field of the settings without which nothing can be asked; undefined when all is there. */
export function missingCredential({ auth, clientId, clientSecret, accessToken }: Settings): keyof Settings | undefined {
  if (auth === 'bearer') return accessToken === undefined ? 'accessToken' : undefined;
  if (clientId === undefined) return 'clientId';
  return clientSecret === undefined ? 'clientSecret' : undefined;
}

export function call(ctx: QontakContext, path: string, { query, json, form, method = json || form ? 'POST' : 'GET', timeoutMs }: Call = {}): Promise<Answer> {
  const url = new URL(`${ctx.settings.apiBaseUrl.replace(/\/+$/, '')}/${path}`);
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
  const body = json === undefined ? form?.body : JSON.stringify(json);
  const headers = {
    ...(json !== undefined && { 'content-type': 'application/json' }),
    ...form?.headers,
    ...proof(ctx.settings, { method, url, body, now: ctx.now() }),
  };
  return ctx.fetch(url.href, { method, headers, ...(body !== undefined && { body }), ...(timeoutMs !== undefined && { timeoutMs }) });
}

interface Proven {
  method: string;
  url: URL;
  body: FetchInit['body'];
  now: number;
}

/**
 * Bearer token, or Mekari's HMAC over the date and the request line (guide “API Guidelines for Mekari Qontak”, section HMAC). The
 * digest of the body is documented and sent where the body is at hand; a file's would have to be read twice and is left out, as
 * Mekari's own SDK leaves it out everywhere.
 */
export function proof({ auth, accessToken = '', clientId = '', clientSecret = '' }: Settings, { method, url, body, now }: Proven): Record<string, string> {
  if (auth === 'bearer') return { authorization: `Bearer ${accessToken}` };
  const date = new Date(now).toUTCString();
  const signed = `date: ${date}\n${method} ${url.pathname}${url.search} HTTP/1.1`;
  const signature = createHmac('sha256', clientSecret).update(signed).digest('base64');
  return {
    date,
    authorization: `hmac username="${clientId}", algorithm="hmac-sha256", headers="date request-line", signature="${signature}"`,
    ...(typeof body === 'string' && { digest: `SHA-256=${createHash('sha256').update(body).digest('base64')}` }),
  };
}

export interface Failure {
  /** `http-` and the status that Qontak names. */
  code: string;
  said: string;
}

/** Qontak's own refusal, where the answer holds one: `{ status: "error", error: { code, messages } }`, or `{ message }` of its gateway. */
export function failureOf(answer: Answer, settings: Settings): Failure | undefined {
  const body = object(jsonIn(answer.text()));
  const error = object(body?.error);
  const refused = answer.status > 299 || text(body?.status) === 'error' || error !== undefined;
  if (!body || !refused) return undefined;
  const messages = (Array.isArray(error?.messages) ? error.messages : []).flatMap((message) => short(message) ?? []).join(' ');
  const said = short(messages) ?? short(error?.message) ?? short(body.message) ?? short(body.error) ?? 'Qontak gave no words.';
  const told = text(error?.code);
  const code = answer.status > 299 ? String(answer.status) : told !== undefined && /^[45]\d\d$/.test(told) ? told : '422';
  return { code: `http-${code}`, said: withoutSecrets(said, settings) };
}

/** What the provider said goes to pages and logs. */
function withoutSecrets(said: string, { accessToken, clientSecret }: Settings): string {
  return [accessToken, clientSecret].reduce((clean: string, secret) => (secret === undefined ? clean : clean.replaceAll(secret, '…')), said);
}

/** A refusal of a question. */
export class Refused extends Error {
  readonly code: string;
  /** Of the answer, so that the doctor can compare clocks. */
  readonly date: string | undefined;
  constructor({ code, said }: Failure, date?: string) {
    super(said);
    this.code = code;
    this.date = date;
  }
}

/**
 * Asks and gives the answer's object.
 * @throws Refused when Qontak (or whatever stands at the base URL) said no
 */
export async function ask(ctx: QontakContext, path: string, how: Call = {}): Promise<Loose> {
  const answer = await call(ctx, path, how);
  const failure = failureOf(answer, ctx.settings);
  if (failure) throw new Refused(failure, answer.headers.date);
  if (answer.status < 200 || answer.status > 299) throw new Refused({ code: `http-${answer.status}`, said: notQontak(answer.status, ctx.settings) }, answer.headers.date);
  const found = object(answer.json());
  if (!found) throw new Silence('Qontak’s answer is JSON, but not an object.');
  return found;
}

export function notQontak(status: number, settings: Settings): string {
  return `${settings.apiBaseUrl} answered ${status} without words of Qontak’s. Is the API base URL right?`;
}

/** One page of a list, and where the next one is: by cursor where Qontak gives one, else by number of the page. */
export async function askPage(ctx: QontakContext, path: string, query: Record<string, string>, at?: string): Promise<{ items: unknown; next?: string }> {
  const limit = 50;
  const [, how, where = ''] = /^(cursor|page):(.*)$/s.exec(at ?? '') ?? [];
  const page = how === 'page' ? Number(where) : 1;
  const found = await ask(ctx, path, { query: { ...query, limit: String(limit), ...(how === 'cursor' ? { cursor: where, cursor_direction: 'after' } : { offset: String(page) }) } });
  const pagination = object(object(found.meta)?.pagination);
  const cursor = text(object(pagination?.cursor)?.next);
  const count = Array.isArray(found.data) ? found.data.length : 0;
  if (count === 0) return { items: [] };
  if (cursor !== undefined && cursor !== where) return { items: found.data, next: `cursor:${cursor}` };
  // Without a cursor the total says whether there is more; an answer that names neither has all. Qontak may give fewer than were asked for.
  const size = Number(pagination?.limit) || limit;
  const more = how !== 'cursor' && Number(pagination?.total) > page * size && count >= size;
  return more ? { items: found.data, next: `page:${page + 1}` } : { items: found.data };
}
