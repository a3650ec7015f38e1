/** The doctor: each line says what was tried, what Meta answered and how to mend it; what is broken comes first. */
import { NotSent, Silence, type CheckLine } from '#plugin';
import { ask, type MetaContext, Refused } from './graph.ts';
import { type Loose, number, object, text } from './json.ts';
import { phoneNumbers, readSubscription } from './numbers.ts';

const order: Record<CheckLine['state'], number> = { broken: 0, doubtful: 1, 'not-yet': 2, ok: 3 };

export async function check(ctx: MetaContext): Promise<CheckLine[]> {
  const parts = await Promise.all([secrets(ctx), tokenAndNumbers(ctx), subscription(ctx)]);
  return parts.flat().sort((one, other) => order[one.state] - order[other.state]);
}

/** With the app's id Meta itself says whether the secret is the app's and what the token may do; else a webhook will prove it. */
async function secrets(ctx: MetaContext): Promise<CheckLine[]> {
  const { appId, appSecret, accessToken } = ctx.settings;
  if (appSecret.trim() === '') {
    return [{ what: 'app-secret', state: 'broken', said: 'The app secret is empty, so every webhook is refused.', mend: 'Copy it from App settings › Basic › Show.', field: 'appSecret' }];
  }
  if (appId === undefined) {
    return [{ what: 'app-secret', state: 'not-yet', said: 'An app secret is set. The first signed webhook will prove it.', mend: 'Enter the App ID to have Meta prove it now.', field: 'appId' }];
  }
  try {
    const answer = await ask(ctx, 'debug_token', { query: { input_token: accessToken }, token: `${appId}|${appSecret}` });
    const secret: CheckLine = { what: 'app-secret', state: 'ok', said: 'Meta accepts the app secret.' };
    return [secret, ...tokenLines(object(answer.data) ?? {}, ctx)];
  } catch (error) {
    return [failed('app-secret', 'Asking Meta about the token in the app’s name', error, { mend: 'Compare App ID and app secret with App settings › Basic.', field: 'appSecret' })];
  }
}

const twoWeeks = 14 * 24 * 60 * 60_000;

function tokenLines(token: Loose, ctx: MetaContext): CheckLine[] {
  const paste = { mend: 'Generate a new token for the system user and paste it here.', field: 'accessToken' };
  if (token.is_valid !== true) {
    const said = text(object(token.error)?.message) ?? 'it is not valid';
    return [{ what: 'token-life', state: 'broken', said: `Meta says of the access token: ${said}.`, ...paste }];
  }
  if (text(token.app_id) !== ctx.settings.appId) {
    return [{ what: 'token-app', state: 'broken', said: `The token belongs to app ${text(token.app_id) ?? 'unknown'}; webhooks signed with this app secret never come from there.`, ...paste }];
  }
  const lines: CheckLine[] = [];
  const until = (number(token.expires_at) ?? 0) * 1000;
  if (until > 0 && until < ctx.now() + twoWeeks) {
    lines.push({ what: 'token-life', state: 'doubtful', said: `The access token ends on ${new Date(until).toISOString().slice(0, 10)}.`, ...paste });
  }
  // A scope's name is a hint only: Meta has renamed them in tokens that worked.
  const scopes = Array.isArray(token.scopes) ? token.scopes.flatMap((scope) => text(scope) ?? []) : [];
  const missing = ['whatsapp_business_messaging', 'whatsapp_business_management'].filter((scope) => !scopes.includes(scope));
  if (missing.length > 0) {
    lines.push({ what: 'token-scopes', state: 'doubtful', said: `Meta lists ${scopes.join(', ') || 'no permission'} for the token; ${missing.join(' and ')} is missing.`, ...paste });
  } else {
    lines.push({ what: 'token-scopes', state: 'ok', said: 'The token may send messages and manage the account.' });
  }
  return lines;
}

/** Asking for the numbers is the real proof of access; without a number or an account the token can only be asked who it is. */
async function tokenAndNumbers(ctx: MetaContext): Promise<CheckLine[]> {
  const { businessAccountId, phoneNumberIds = [] } = ctx.settings;
  const wanted = new Set(phoneNumberIds);
  try {
    if (businessAccountId === undefined && wanted.size === 0) {
      const me = await ask(ctx, 'me');
      return [{ what: 'token', state: 'ok', said: `Meta accepts the access token of ${text(me.name) ?? text(me.id) ?? 'an unnamed user'}.` }];
    }
    const found = await phoneNumbers(ctx);
    const lines: CheckLine[] = [{ what: 'token', state: 'ok', said: 'Meta accepts the access token.' }];
    if (found.length === 0) {
      lines.push({ what: 'numbers', state: 'not-yet', said: 'The business account has no phone number yet.', mend: 'Add one in WhatsApp Manager › Phone numbers.', field: 'businessAccountId' });
    }
    const known = new Set(found.flatMap(({ id }) => text(id) ?? []));
    for (const id of [...wanted].filter((one) => !known.has(one))) {
      lines.push({ what: `number ${id}`, state: 'broken', said: `The business account has no phone number with the ID ${id}.`, mend: 'Compare it with WhatsApp › API Setup. It is not the phone number itself.', field: 'phoneNumberIds' });
    }
    return [...lines, ...found.filter(({ id }) => wanted.size === 0 || wanted.has(text(id) ?? '')).map(numberLine)];
  } catch (error) {
    return [failed('token', businessAccountId === undefined ? 'Asking for the phone number' : 'Asking for the phone numbers of the business account', error, mendFor(error, businessAccountId))];
  }
}

function mendFor(error: unknown, businessAccountId: string | undefined): Pick<CheckLine, 'mend' | 'field'> {
  const code = error instanceof Refused ? error.code : '';
  if (/^http-(3\d\d|404|405)$/.test(code)) return { mend: 'Set the API base URL back to https://graph.facebook.com.', field: 'apiBaseUrl' };
  if (code === '0' || code === '190' || code === 'http-401') return { mend: 'Generate a new token for the system user and paste it here.', field: 'accessToken' };
  if (code === '100' || code === '33') {
    return { mend: 'Compare the ID with WhatsApp › API Setup, and give the system user access to it.', field: businessAccountId === undefined ? 'phoneNumberIds' : 'businessAccountId' };
  }
  if (code !== '') return { mend: 'Give the system user both whatsapp_business permissions and access to this account.', field: 'accessToken' };
  return { mend: 'Try again in a moment; look at the network of this server if it stays so.' };
}

function numberLine(found: Loose): CheckLine {
  const id = text(found.id) ?? '';
  const name = text(found.display_phone_number) ?? id;
  const what = `number ${id}`;
  const status = text(found.status);
  const quality = text(found.quality_rating);
  if (status !== undefined && status !== 'CONNECTED') {
    return { what, state: status === 'PENDING' ? 'not-yet' : 'broken', said: `Meta says of ${name}: status ${status}.`, mend: 'Register the number, or see WhatsApp Manager › Phone numbers for what is missing.', field: 'phoneNumberIds' };
  }
  if (text(found.code_verification_status) === 'NOT_VERIFIED') {
    return { what, state: 'doubtful', said: `${name} is not verified.`, mend: 'Verify it in WhatsApp Manager › Phone numbers.', field: 'phoneNumberIds' };
  }
  if (quality === 'RED' || quality === 'YELLOW') {
    return { what, state: 'doubtful', said: `The quality of ${name} is ${quality}; Meta may lower its limit.`, mend: 'Write only to people who expect it, and answer complaints.' };
  }
  return { what, state: 'ok', said: `${name} is connected${quality === 'GREEN' ? ', quality green' : ''}.` };
}

async function subscription(ctx: MetaContext): Promise<CheckLine[]> {
  if (ctx.settings.businessAccountId === undefined) {
    return [{ what: 'subscription', state: 'not-yet', said: 'Without the Business account ID it cannot be seen whether webhooks are subscribed.', mend: 'Enter the Business account ID.', field: 'businessAccountId' }];
  }
  try {
    const { state, url } = await readSubscription(ctx);
    if (state === 'ours') return [{ what: 'subscription', state: 'ok', said: 'The account’s events come to this installation.' }];
    if (state === 'none') {
      return [{ what: 'subscription', state: 'broken', said: 'The app is not subscribed to the account, so no message comes in.', mend: 'Subscribe here, or in WhatsApp › Configuration.', field: 'businessAccountId' }];
    }
    if (url === undefined) {
      return [{ what: 'subscription', state: 'doubtful', said: 'The app is subscribed; Meta does not show where its events go.', mend: 'Compare the callback URL under WhatsApp › Configuration, or enter the App ID.', field: 'appId' }];
    }
    return [{ what: 'subscription', state: 'broken', said: `The account’s events go to ${url}.`, mend: 'Subscribe here if they should come to this installation; the other then receives nothing.', field: 'businessAccountId' }];
  } catch (error) {
    return [failed('subscription', 'Reading where the account’s events go', error, mendFor(error, ctx.settings.businessAccountId))];
  }
}

/** What Meta refused is broken; where no answer came nobody knows. What is neither is a fault of ours and goes on up. */
function failed(what: string, tried: string, error: unknown, mend: Pick<CheckLine, 'mend' | 'field'>): CheckLine {
  if (error instanceof Refused) return { what, state: 'broken', said: `${tried}: ${error.message}`, ...mend };
  if (error instanceof NotSent || error instanceof Silence) return { what, state: 'doubtful', said: `${tried}: ${error.message}`, mend: mendFor(undefined, undefined).mend ?? '' };
  throw error;
}

