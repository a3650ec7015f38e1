/**
 * The doctor: each line says what was tried, what Meta answered and how to mend it; what is broken comes first. Sentences are keys of
 * the texts, `doctor.…`; Meta's own words go along unchanged.
 */
import { NotSent, Silence, text, type CheckLine, type Loose } from '#plugin';
import { ruleFor } from './errors.ts';
import { ask, type MetaContext, Refused } from './graph.ts';
import { numberLine, phoneNumbers, readSubscription } from './numbers.ts';
import { inspect, tokenLines } from './token.ts';

const order: Record<CheckLine['state'], number> = { broken: 0, doubtful: 1, 'not-yet': 2, ok: 3 };

export async function check(ctx: MetaContext): Promise<CheckLine[]> {
  const parts = await Promise.all([secrets(ctx), tokenAndNumbers(ctx), subscription(ctx)]);
  return parts.flat().sort((one, other) => order[one.state] - order[other.state]);
}

/** With the app's id Meta itself says whether the secret is the app's and what the token may do; else a webhook will prove it. */
async function secrets(ctx: MetaContext): Promise<CheckLine[]> {
  const { appId, appSecret, accessToken, businessAccountId } = ctx.settings;
  if (appSecret.trim() === '') return [{ what: 'app-secret', state: 'broken', said: 'doctor.secret.empty', mend: 'doctor.secret.copy', field: 'appSecret' }];
  if (appId === undefined) return [{ what: 'app-secret', state: 'not-yet', said: 'doctor.secret.unproven', mend: 'doctor.secret.prove', field: 'appId' }];
  try {
    const token = await inspect(accessToken, { appId, appSecret }, ctx);
    return [{ what: 'app-secret', state: 'ok', said: 'doctor.secret.ok' }, ...tokenLines(token, { appId, businessAccountId, now: ctx.now() })];
  } catch (error) {
    return [failed('app-secret', 'app', error, { mend: 'doctor.secret.compare', field: 'appSecret' }, ctx)];
  }
}

/** Asking for the numbers is the real proof of access; without a number or an account the token can only be asked who it is. */
async function tokenAndNumbers(ctx: MetaContext): Promise<CheckLine[]> {
  const { businessAccountId, phoneNumberIds = [] } = ctx.settings;
  const wanted = new Set(phoneNumberIds);
  try {
    if (businessAccountId === undefined && wanted.size === 0) {
      const me = await ask(ctx, 'me');
      return [{ what: 'token', state: 'ok', said: 'doctor.token.me', params: { name: text(me.name) ?? text(me.id) ?? '?' } }];
    }
    const found = await phoneNumbers(ctx);
    const lines: CheckLine[] = [{ what: 'token', state: 'ok', said: 'doctor.token.ok' }];
    if (found.length === 0) lines.push({ what: 'numbers', state: 'not-yet', said: 'doctor.numbers.none', mend: 'doctor.numbers.add', field: 'businessAccountId' });
    const known = new Set(found.flatMap(({ id }) => text(id) ?? []));
    for (const id of [...wanted].filter((one) => !known.has(one))) {
      const mend = known.size > 0 ? 'doctor.number.choose' : 'doctor.number.compare';
      lines.push({ what: `number ${id}`, state: 'broken', said: 'doctor.number.missing', mend, params: { id, known: namesOf(found) }, field: 'phoneNumberIds' });
    }
    return [...lines, ...found.filter(({ id }) => wanted.size === 0 || wanted.has(text(id) ?? '')).map(numberLine)];
  } catch (error) {
    return [failed('token', businessAccountId === undefined ? 'number' : 'numbers', error, mendFor(error, businessAccountId), ctx)];
  }
}

/** The first few, as somebody can copy one. */
function namesOf(found: readonly Loose[]): string {
  const names = found.slice(0, 5).map((one) => `${text(one.id) ?? '?'} (${text(one.display_phone_number) ?? '?'})`);
  return [...names, ...(found.length > names.length ? ['…'] : [])].join(', ');
}

/** What Meta answers to a token that it does not take (any more). */
const deadToken = new Set(['0', '190', 'http-401']);

type Mend = Pick<CheckLine, 'mend' | 'field'>;

function mendFor(error: unknown, businessAccountId: string | undefined): Mend {
  const code = error instanceof Refused ? error.code : '';
  if (/^http-(3\d\d|404|405)$/.test(code)) return { mend: 'doctor.mend.baseUrl', field: 'apiBaseUrl' };
  if (deadToken.has(code)) return { mend: 'doctor.mend.token', field: 'accessToken' };
  if (code === '100' || code === '33') return { mend: 'doctor.mend.id', field: businessAccountId === undefined ? 'phoneNumberIds' : 'businessAccountId' };
  return code === '' ? { mend: 'doctor.mend.wait' } : { mend: 'doctor.mend.permission', field: 'accessToken' };
}

async function subscription(ctx: MetaContext): Promise<CheckLine[]> {
  const what = 'subscription';
  const field = 'businessAccountId';
  if (ctx.settings.businessAccountId === undefined) return [{ what, state: 'not-yet', said: 'doctor.subscription.unseen', mend: 'doctor.subscription.enter', field }];
  try {
    const { state, url } = await readSubscription(ctx);
    if (state === 'ours') return [{ what, state: 'ok', said: 'doctor.subscription.ok' }];
    if (state === 'none') return [{ what, state: 'broken', said: 'doctor.subscription.none', mend: 'doctor.subscription.subscribe', field }];
    if (url === undefined) return [{ what, state: 'doubtful', said: 'doctor.subscription.hidden', mend: 'doctor.subscription.compare', field: 'appId' }];
    return [{ what, state: 'broken', said: 'doctor.subscription.other', mend: 'doctor.subscription.take', params: { url }, field }];
  } catch (error) {
    return [failed(what, 'subscription', error, mendFor(error, ctx.settings.businessAccountId), ctx)];
  }
}

/** What Meta refused is broken; a passing fault, or no answer, says nothing of what was asked. What is neither is a fault of ours and goes on up. */
function failed(what: string, tried: 'app' | 'number' | 'numbers' | 'subscription', error: unknown, mend: Mend, { settings }: MetaContext): CheckLine {
  if (error instanceof Refused && 'again' in ruleFor(error.code).outcome) return { what, state: 'doubtful', said: `doctor.${tried}.silent`, mend: 'doctor.mend.wait', answered: error.answered };
  if (error instanceof Refused) {
    const params = { code: error.code.replace('http-', ''), url: settings.apiBaseUrl, ids: settings.phoneNumberIds?.join(', ') ?? '' };
    const refused = deadToken.has(error.code) && tried !== 'app' ? 'doctor.token.refused' : `doctor.${tried}.refused`;
    return { what, state: 'broken', said: error.code.startsWith('http-') && error.code !== 'http-401' ? 'doctor.notMeta' : refused, params, answered: error.answered, ...mend };
  }
  if (error instanceof NotSent || error instanceof Silence) return { what, state: 'doubtful', said: `doctor.${tried}.silent`, mend: 'doctor.mend.wait', answered: error.message };
  throw error;
}
