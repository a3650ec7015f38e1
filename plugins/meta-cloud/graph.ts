/** Calls to the Graph API, and what its answers say. */
import { Silence, jsonIn, object, objects, text, type Answer, type Context, type FetchInit, type Json, type Loose } from '#plugin';
import { errorOf } from './errors.ts';
import type { Settings } from './settings.ts';

export type MetaContext = Context<Settings>;

function graphUrl(settings: Settings, path: string, query: Record<string, string> = {}): string {
  const parameters = new URLSearchParams(query).toString();
  return `${settings.apiBaseUrl.replace(/\/+$/, '')}/${settings.apiVersion}/${path}${parameters && `?${parameters}`}`;
}

interface Call extends Pick<FetchInit, 'method' | 'timeoutMs'> {
  query?: Record<string, string>;
  body?: Json;
  /** In place of a JSON body: a form or bytes, with headers of their own. */
  form?: { headers: Record<string, string>; body: NonNullable<FetchInit['body']> };
  /** Another bearer than the access token: the app's own, for what only the app may ask; null for none. */
  token?: string | null;
}

export function call(ctx: MetaContext, path: string, { query, body, form, token, ...init }: Call = {}): Promise<Answer> {
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token ?? ctx.settings.accessToken}` };
  if (form) return ctx.fetch(graphUrl(ctx.settings, path, query), { method: 'POST', ...init, headers: { ...headers, ...form.headers }, body: form.body });
  if (body === undefined) return ctx.fetch(graphUrl(ctx.settings, path, query), { ...init, headers });
  headers['content-type'] = 'application/json';
  return ctx.fetch(graphUrl(ctx.settings, path, query), { method: 'POST', ...init, headers, body: JSON.stringify(body) });
}

/** Meta's own error, where the answer holds one. */
export interface GraphError {
  code: string;
  subcode: string | undefined;
  said: string;
  transient: boolean;
}

export function graphError(answer: Answer, settings: Settings): GraphError | undefined {
  const error = object(object(jsonIn(answer.text()))?.error);
  if (!error) return undefined;
  const { code, said } = errorOf(error);
  return { code, subcode: text(error.error_subcode), said: withoutSecrets(said, settings), transient: error.is_transient === true };
}

/** Meta quotes what it was sent, the token included; what it said goes to pages and logs. */
function withoutSecrets(said: string, settings: Settings): string {
  let clean = said;
  for (const secret of [settings.accessToken, settings.appSecret, settings.previousAppSecret, settings.verifyToken]) {
    if (secret) clean = clean.replaceAll(secret, '…');
  }
  return clean.replace(/EAA[A-Za-z0-9]{16,}/g, '…').replace(/(access_token|client_secret|input_token)=[^&\s"]+/g, '$1=…');
}

/** A refusal of a question, as a sentence for whoever asked. */
export class Refused extends Error {
  readonly code: string;
  readonly subcode: string | undefined;
  /** Meta's own words. */
  readonly answered: string;
  constructor(code: string, said: string, { subcode, answered = said }: { subcode?: string | undefined; answered?: string } = {}) {
    super(said);
    this.code = code;
    this.subcode = subcode;
    this.answered = answered;
  }
}

/**
 * Asks and gives the answer's object.
 * @throws Refused when Meta (or whatever stands at the base URL) said no
 */
export async function ask(ctx: MetaContext, path: string, how: Call = {}): Promise<Loose> {
  const answer = await call(ctx, path, how);
  const error = graphError(answer, ctx.settings);
  if (error) throw new Refused(error.code, `Meta refused (${error.code}): ${error.said}`, { subcode: error.subcode, answered: error.said });
  if (answer.status < 200 || answer.status > 299) throw new Refused(`http-${answer.status}`, notGraph(answer.status, ctx.settings));
  const found = object(answer.json());
  if (!found) throw new Silence('Meta’s answer is JSON, but not an object.');
  return found;
}

export function notGraph(status: number, settings: Settings): string {
  return `${settings.apiBaseUrl} answered ${status} without an error of Meta’s. Is the API base URL right?`;
}

/** One page of a list, and the cursor of the next. `paging.next` holds the token and may name another host, so only its cursor is used. */
export async function askPage(ctx: MetaContext, path: string, query: Record<string, string>): Promise<{ items: Loose[]; next: string | undefined }> {
  const answer = await ask(ctx, path, { query });
  const paging = object(answer.paging);
  return { items: objects(answer.data), next: paging?.next === undefined ? undefined : text(object(paging.cursors)?.after) };
}

/** Every element of a paged list. */
export async function askAll(ctx: MetaContext, path: string, query: Record<string, string>): Promise<Loose[]> {
  const found: Loose[] = [];
  let after: string | undefined;
  for (let page = 0; page < 50; page += 1) {
    const { items, next } = await askPage(ctx, path, { limit: '100', ...query, ...(after !== undefined && { after }) });
    found.push(...items);
    if (next === undefined || next === after) break;
    after = next;
  }
  return found;
}

/** @throws Refused when the settings name no business account */
export function accountOf(ctx: MetaContext): string {
  const { businessAccountId } = ctx.settings;
  if (businessAccountId === undefined) throw new Refused('no-account', 'This needs the Business account ID.');
  return businessAccountId;
}
