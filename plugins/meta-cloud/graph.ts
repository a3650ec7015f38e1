/** Calls to the Graph API, and what its answers say. */
import { Silence, type Answer, type Context, type FetchInit, type Json } from '#plugin';
import { errorOf } from './errors.ts';
import { type Loose, object, objects, text } from './json.ts';
import type { Settings } from './settings.ts';

export type MetaContext = Context<Settings>;

function graphUrl(settings: Settings, path: string, query: Record<string, string> = {}): string {
  const parameters = new URLSearchParams(query).toString();
  return `${settings.apiBaseUrl.replace(/\/+$/, '')}/${settings.apiVersion}/${path}${parameters && `?${parameters}`}`;
}

interface Call extends Pick<FetchInit, 'method' | 'timeoutMs'> {
  query?: Record<string, string>;
  body?: Json;
  /** Another bearer than the access token: the app's own, for what only the app may ask. */
  token?: string;
}

export function call(ctx: MetaContext, path: string, { query, body, token, ...init }: Call = {}): Promise<Answer> {
  const headers: Record<string, string> = { authorization: `Bearer ${token ?? ctx.settings.accessToken}` };
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
  let error: Loose | undefined;
  try {
    error = object(object(answer.json())?.error);
  } catch {
    return undefined;
  }
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
  constructor(code: string, said: string) {
    super(said);
    this.code = code;
  }
}

/**
 * Asks and gives the answer's object.
 * @throws Refused when Meta (or whatever stands at the base URL) said no
 */
export async function ask(ctx: MetaContext, path: string, how: Call = {}): Promise<Loose> {
  const answer = await call(ctx, path, how);
  const error = graphError(answer, ctx.settings);
  if (error) throw new Refused(error.code, `Meta refused (${error.code}): ${error.said}`);
  if (answer.status < 200 || answer.status > 299) throw new Refused(`http-${answer.status}`, notGraph(answer.status, ctx.settings));
  const found = object(answer.json());
  if (!found) throw new Silence('Meta’s answer is JSON, but not an object.');
  return found;
}

export function notGraph(status: number, settings: Settings): string {
  return `${settings.apiBaseUrl} answered ${status} without an error of Meta’s. Is the API base URL right?`;
}

/** Every element of a paged list. `paging.next` holds the token and may name another host, so only its cursor is used. */
export async function askAll(ctx: MetaContext, path: string, query: Record<string, string>): Promise<Loose[]> {
  const found: Loose[] = [];
  let after: string | undefined;
  for (let page = 0; page < 50; page += 1) {
    const answer = await ask(ctx, path, { query: { limit: '100', ...query, ...(after !== undefined && { after }) } });
    found.push(...objects(answer.data));
    const paging = object(answer.paging);
    const next = paging?.next === undefined ? undefined : text(object(paging.cursors)?.after);
    if (next === undefined || next === after) break;
    after = next;
  }
  return found;
}
