/** What a token is, by Meta's own word: `GET /debug_token`, asked in the app's name (Graph API reference, "Debug token"). */
import { number, object, objects, short, text, type CheckLine } from '#plugin';
import { ask, type MetaContext } from './graph.ts';

export interface Token {
  valid: boolean;
  /** Why it is not, in Meta's words. */
  fault: string | undefined;
  app: string | undefined;
  /** Milliseconds; undefined: it does not end. */
  until: number | undefined;
  scopes: string[];
  /** The WhatsApp business accounts that its permissions are narrowed to, the most recently shared first; none: to no single ones. */
  accounts: string[];
}

/**
 * An invalid token is an answer like any other.
 * @throws Refused when Meta will not say: most often the secret is not this app's, or the token is of another app
 */
export async function inspect(token: string, { appId, appSecret }: { appId: string; appSecret: string }, ctx: MetaContext): Promise<Token> {
  const answer = await ask(ctx, 'debug_token', { query: { input_token: token }, token: `${appId}|${appSecret}` });
  const data = object(answer.data) ?? {};
  const until = (number(data.expires_at) ?? 0) * 1000;
  return {
    valid: data.is_valid === true,
    fault: short(object(data.error)?.message),
    app: text(data.app_id),
    until: until > 0 ? until : undefined,
    scopes: textsIn(data.scopes),
    // The names of these scopes were changed once without notice (June 2026): any of WhatsApp's counts.
    accounts: [...new Set(objects(data.granular_scopes).filter(({ scope }) => text(scope)?.startsWith('whatsapp_business_') === true).flatMap(({ target_ids: ids }) => textsIn(ids)))],
  };
}

const textsIn = (list: unknown): string[] => (Array.isArray(list) ? list.flatMap((one) => text(one) ?? []) : []);

const twoWeeks = 14 * 24 * 60 * 60_000;
const wanted = ['whatsapp_business_messaging', 'whatsapp_business_management'];

export function tokenLines(token: Token, { appId, businessAccountId, now }: { appId: string; businessAccountId?: string | undefined; now: number }): CheckLine[] {
  const paste = { mend: 'doctor.mend.token', field: 'accessToken' };
  if (!token.valid) return [{ what: 'token-life', state: 'broken', said: 'doctor.token.invalid', ...(token.fault !== undefined && { answered: token.fault }), ...paste }];
  if (token.app !== appId) return [{ what: 'token-app', state: 'broken', said: 'doctor.token.otherApp', params: { app: token.app ?? '?' }, ...paste }];
  const lines: CheckLine[] = [];
  const params = { date: token.until === undefined ? '' : new Date(token.until).toISOString().slice(0, 10) };
  if (token.until === undefined) lines.push({ what: 'token-life', state: 'ok', said: 'doctor.token.endless' });
  else if (token.until < now + twoWeeks) lines.push({ what: 'token-life', state: 'doubtful', said: 'doctor.token.ending', params, ...paste });
  else lines.push({ what: 'token-life', state: 'ok', said: 'doctor.token.until', params });
  // A scope's name is a hint only: asking for the numbers is the proof.
  const missing = wanted.filter((scope) => !token.scopes.includes(scope));
  if (missing.length === 0) lines.push({ what: 'token-scopes', state: 'ok', said: 'doctor.token.scopes' });
  else lines.push({ what: 'token-scopes', state: 'doubtful', said: 'doctor.token.lacks', params: { missing: missing.join(', ') }, answered: token.scopes.join(', ') || '–', mend: 'doctor.mend.permission', field: 'accessToken' });
  if (businessAccountId !== undefined && token.accounts.length > 0 && !token.accounts.includes(businessAccountId)) {
    lines.push({ what: 'token-account', state: 'doubtful', said: 'doctor.token.otherAccount', params: { accounts: token.accounts.slice(0, 5).join(', ') }, mend: 'doctor.mend.permission', field: 'businessAccountId' });
  }
  return lines;
}
