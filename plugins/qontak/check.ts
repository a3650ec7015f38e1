/** The doctor: each line says what was tried, what Qontak answered and how to mend it; what is broken comes first. */
import { NotSent, Silence, type CheckLine } from '#plugin';
import { ask, missingCredential, type QontakContext, Refused } from './api.ts';
import { type Integration, integrations } from './numbers.ts';
import { readInteractions } from './webhook.ts';

const order: Record<CheckLine['state'], number> = { broken: 0, doubtful: 1, 'not-yet': 2, ok: 3 };

export async function check(ctx: QontakContext): Promise<CheckLine[]> {
  const missing = missingCredential(ctx.settings);
  if (missing !== undefined) return [{ what: 'credentials', state: 'broken', said: `doctor.missing.${missing}`, mend: `doctor.missing.${missing}.mend`, field: missing }];
  const parts = await Promise.all([access(ctx), subscription(ctx), templates(ctx)]);
  return parts.flat().sort((one, other) => order[one.state] - order[other.state]);
}

/** Listing the channels proves the credentials, and names the organization and its numbers. */
async function access(ctx: QontakContext): Promise<CheckLine[]> {
  let found: Integration[];
  try {
    found = await integrations(ctx);
  } catch (error) {
    return [failed('credentials', error, ctx)];
  }
  const lines: CheckLine[] = [{ what: 'credentials', state: 'ok', said: 'doctor.accepted' }, ...sender(ctx)];
  if (found.length === 0) {
    lines.push({ what: 'numbers', state: 'not-yet', said: 'doctor.noNumbers', mend: 'doctor.noNumbers.mend' });
    return lines;
  }
  return [...lines, ...organization(found, ctx), ...numbers(found, ctx)];
}

function sender({ settings: { sendAs, ownSenderId } }: QontakContext): CheckLine[] {
  if (sendAs !== 'user' || ownSenderId !== undefined) return [];
  return [{ what: 'sender', state: 'doubtful', said: 'doctor.sender', mend: 'doctor.sender.mend', field: 'ownSenderId' }];
}

function organization(found: readonly Integration[], { settings: { organizationId } }: QontakContext): CheckLine[] {
  const ids = [...new Set(found.flatMap(({ organization: id }) => id ?? []))];
  const params = { id: ids.join(', ') };
  if (ids.length === 0) return [];
  if (organizationId === undefined) return [{ what: 'organization', state: 'not-yet', said: 'doctor.organization.unset', mend: 'doctor.organization.unset.mend', params, field: 'organizationId' }];
  if (ids.some((id) => id.toLowerCase() === organizationId.toLowerCase())) return [{ what: 'organization', state: 'ok', said: 'doctor.organization.ok', params }];
  return [{ what: 'organization', state: 'broken', said: 'doctor.organization.other', mend: 'doctor.organization.other.mend', params, field: 'organizationId' }];
}

function numbers(found: readonly Integration[], { settings: { channelIntegrationIds = [] } }: QontakContext): CheckLine[] {
  const wanted = channelIntegrationIds.map((id) => id.toLowerCase());
  const field = 'channelIntegrationIds';
  const lost = wanted.filter((id) => !found.some((one) => one.id === id));
  // Qontak shows these ids nowhere: the first few stand here to be copied.
  const offered = [...found.slice(0, 5).map(({ id, name, phone }) => `${id} (${[name, phone].filter(Boolean).join(', ') || '?'})`), ...(found.length > 5 ? ['…'] : [])].join('; ');
  const known = found.filter(({ id }) => wanted.length === 0 || wanted.includes(id));
  return [
    ...lost.map((id): CheckLine => ({ what: `number ${id}`, state: 'broken', said: 'doctor.number.lost', mend: 'doctor.number.lost.mend', params: { id, known: offered }, field })),
    ...known.map(({ id, name, phone, active }): CheckLine => {
      const params = { name: [name, phone].filter(Boolean).join(', ') || id };
      if (!active) return { what: `number ${id}`, state: 'broken', said: 'doctor.number.inactive', mend: 'doctor.number.inactive.mend', params, field };
      return { what: `number ${id}`, state: 'ok', said: 'doctor.number.ok', params };
    }),
  ];
}

async function subscription(ctx: QontakContext): Promise<CheckLine[]> {
  try {
    const { state, url = '', missing } = await readInteractions(ctx);
    const what = 'subscription';
    if (state === 'none') return [{ what, state: 'broken', said: 'doctor.subscription.none', mend: 'doctor.subscription.none.mend' }];
    if (state === 'other') return [{ what, state: 'broken', said: 'doctor.subscription.other', mend: 'doctor.subscription.other.mend', params: { url: withoutKey(url) } }];
    if (missing.length > 0) return [{ what, state: 'doubtful', said: 'doctor.subscription.partly', mend: 'doctor.subscription.partly.mend', params: { events: missing.join(', ') } }];
    return [{ what, state: 'ok', said: 'doctor.subscription.ours' }];
  } catch (error) {
    return [failed('subscription', error, ctx)];
  }
}

/** Another installation's address may well be its only secret. */
function withoutKey(url: string): string {
  return URL.parse(url)?.origin ?? '…';
}

/** How many there are is core's to say. */
async function templates(ctx: QontakContext): Promise<CheckLine[]> {
  try {
    await ask(ctx, 'templates/whatsapp', { query: { limit: '1' } });
    return [];
  } catch (error) {
    return [failed('templates', error, ctx)];
  }
}

const clockMs = 300_000;

/** What Qontak refused is broken; where no answer came nobody knows. What is neither is a fault of ours and goes on up. */
function failed(what: string, error: unknown, ctx: QontakContext): CheckLine {
  if (error instanceof Refused) return { what, state: 'broken', answered: `${error.code.replace('http-', 'HTTP ')}: ${error.message}`, ...refusal(error, ctx) };
  if (error instanceof NotSent || error instanceof Silence) return { what, state: 'doubtful', said: 'doctor.silent', mend: 'doctor.silent.mend', answered: error.message };
  throw error;
}

function refusal({ code, date }: Refused, { settings, now }: QontakContext): Pick<CheckLine, 'said' | 'mend' | 'params' | 'field'> {
  const seconds = Math.round(Math.abs(Date.parse(date ?? '') - now()) / 1000);
  switch (code) {
    case 'http-401':
      // Mekari refuses a signature whose date is more than five minutes off, in the same words as a wrong one.
      if (settings.auth === 'hmac' && seconds * 1000 > clockMs) return { said: 'doctor.clock', mend: 'doctor.clock.mend', params: { seconds: String(seconds) } };
      return { said: 'doctor.refused', mend: `doctor.refused.${settings.auth}`, field: settings.auth === 'hmac' ? 'clientSecret' : 'accessToken' };
    case 'http-403':
      return { said: 'doctor.forbidden', mend: 'doctor.forbidden.mend', field: settings.auth === 'hmac' ? 'clientId' : 'accessToken' };
    default:
      return /^http-(2|3|404|405)/.test(code) ? { said: 'doctor.address', mend: 'doctor.address.mend', field: 'apiBaseUrl' } : { said: 'doctor.failed', mend: 'doctor.failed.mend' };
  }
}
