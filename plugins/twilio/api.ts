/** Calls to Twilio's three hosts, and what their answers say. */
import { Silence, jsonIn, object, objects, short, text, type Answer, type Context, type FetchInit, type Json, type Loose } from '#plugin';
import type { Settings } from './settings.ts';

export type TwilioContext = Context<Settings>;

type Host = 'api' | 'content' | 'messaging';
const hosts: readonly Host[] = ['api', 'content', 'messaging'];

/** Where one of Twilio's hosts is: a base URL in the settings stands for all three, as their paths do not clash. */
function originOf(host: Host, { apiBaseUrl }: Pick<Settings, 'apiBaseUrl'>): string {
  return apiBaseUrl === '' ? `https://${host}.twilio.com` : new URL(apiBaseUrl).origin;
}

/** The only origins that are ever given the credentials. */
export function origins(settings: Pick<Settings, 'apiBaseUrl'>): string[] {
  return [...new Set(hosts.map((host) => originOf(host, settings)))];
}

export function isOurs(url: string, settings: Pick<Settings, 'apiBaseUrl'>): boolean {
  const origin = URL.parse(url)?.origin;
  return origin !== undefined && origins(settings).includes(origin);
}

/** The path of the account's own resources. */
export function ofAccount({ accountSid }: Settings, resource: string): string {
  return `/2010-04-01/Accounts/${accountSid}/${resource}`;
}

export function authorization({ accountSid, authToken, keySid, keySecret }: Settings): string {
  const pair = keySid !== undefined && keySecret !== undefined ? `${keySid}:${keySecret}` : `${accountSid}:${authToken}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

interface Call extends Pick<FetchInit, 'method' | 'timeoutMs'> {
  query?: Record<string, string>;
  form?: Record<string, string>;
  json?: Json;
  /** Other credentials than those of the settings: the auth token, to prove it where calls are made with a key. */
  authorization?: string;
}

export function call(ctx: TwilioContext, host: Host, path: string, { query, form, json, authorization: given, ...init }: Call = {}): Promise<Answer> {
  const base = ctx.settings.apiBaseUrl === '' ? originOf(host, ctx.settings) : ctx.settings.apiBaseUrl.replace(/\/+$/, '');
  const asked = query === undefined ? '' : `?${new URLSearchParams(query)}`;
  return callAt(ctx, base + path + asked, { ...init, ...(form && { form }), ...(json !== undefined && { json }), ...(given !== undefined && { authorization: given }) });
}

function callAt(ctx: TwilioContext, url: string, { form, json, authorization: given, ...init }: Omit<Call, 'query'>): Promise<Answer> {
  const headers: Record<string, string> = { authorization: given ?? authorization(ctx.settings), accept: 'application/json' };
  if (form) return ctx.fetch(url, { method: 'POST', ...init, headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams(form).toString() });
  if (json !== undefined) return ctx.fetch(url, { method: 'POST', ...init, headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(json) });
  return ctx.fetch(url, { ...init, headers });
}

export interface TwilioError {
  code: string;
  said: string;
}

/** Twilio's own error, where the answer holds one. */
export function errorIn(answer: Answer, settings: Settings): TwilioError | undefined {
  const body = object(jsonIn(answer.text()));
  const said = short(body?.message ?? body?.detail ?? body?.title);
  const code = text(body?.code);
  if (code === undefined && said === undefined) return undefined;
  return { code: code?.slice(0, 32) ?? `http-${answer.status}`, said: withoutSecrets(said ?? 'Twilio gave no words.', settings) };
}

/** What Twilio quotes goes to pages and logs. */
function withoutSecrets(said: string, { authToken, previousAuthToken, keySecret }: Settings): string {
  let clean = said;
  for (const secret of [authToken, previousAuthToken, keySecret]) if (secret) clean = clean.replaceAll(secret, '…');
  return clean;
}

/** A refusal of a question, as a sentence for whoever asked. */
export class Refused extends Error {
  readonly code: string;
  constructor(code: string, said: string) {
    super(said);
    this.code = code;
  }
}

/**
 * Asks and gives the answer's object; an empty one for an answer without a body.
 * @throws Refused when Twilio (or whatever stands at the base URL) said no
 */
export async function ask(ctx: TwilioContext, host: Host, path: string, how: Call = {}): Promise<Loose> {
  return answered(await call(ctx, host, path, how), ctx);
}

function answered(answer: Answer, { settings }: TwilioContext): Loose {
  if (answer.status < 200 || answer.status > 299) {
    const error = errorIn(answer, settings);
    throw error ? new Refused(error.code, `${error.said} (error ${error.code})`) : new Refused(`http-${answer.status}`, notTwilio(answer.status, settings));
  }
  if (answer.status === 204) return {};
  const found = object(answer.json());
  if (!found) throw new Silence('Twilio’s answer is JSON, but not an object.');
  return found;
}

export function notTwilio(status: number, { apiBaseUrl }: Settings): string {
  return `${apiBaseUrl === '' ? 'Twilio’s address' : apiBaseUrl} answered ${status} without an error of Twilio’s.`;
}

/**
 * One page of a list at an address that an earlier page named.
 * @throws Refused also when that address is not one of Twilio's: it would be given the credentials
 */
export async function askPage(ctx: TwilioContext, url: string): Promise<Loose> {
  if (!isOurs(url, ctx.settings)) throw new Refused('foreign-page', 'The next page of the list is at an address that is not Twilio’s.');
  return answered(await callAt(ctx, url, {}), ctx);
}

/** The address of the page after this one: absolute on two of the hosts, a path on the third. */
export function nextPage(page: Loose, host: Host, settings: Settings): string | undefined {
  const next = text(object(page.meta)?.next_page_url) ?? text(page.next_page_uri);
  return next === undefined ? undefined : (URL.parse(next, originOf(host, settings))?.href ?? undefined);
}

const mostPages = 40;

/** Every element of a paged list, page by page as Twilio names them. */
export async function askAll(ctx: TwilioContext, host: Host, path: string, key: string, query: Record<string, string>): Promise<Loose[]> {
  const found: Loose[] = [];
  let page = await ask(ctx, host, path, { query });
  for (let count = 1; ; count += 1) {
    found.push(...objects(page[key]));
    const next = nextPage(page, host, ctx.settings);
    if (next === undefined || count === mostPages) return found;
    page = await askPage(ctx, next);
  }
}
