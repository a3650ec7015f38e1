/** The doctor. Coster has no call that tells whether a token is right without sending something, so it says what can be known. */
import { NotSent, Silence, type CheckLine } from '#plugin';
import { type CosterContext, missingFor, sendUrl, tokenHeader } from './send.ts';

const order: Record<CheckLine['state'], number> = { broken: 0, doubtful: 1, 'not-yet': 2, ok: 3 };

export async function check(ctx: CosterContext): Promise<CheckLine[]> {
  const missing = missingFor(ctx.settings);
  if (missing !== undefined) return [{ what: 'account', state: 'broken', said: `doctor.missing.${missing}`, mend: `doctor.missing.${missing}.mend`, field: missing }];
  const lines = [...callback(ctx), ...numbers(ctx), await host(ctx), { what: 'sheet', state: 'not-yet', said: 'doctor.sheet', mend: 'doctor.sheet.mend' } satisfies CheckLine];
  return lines.sort((one, other) => order[one.state] - order[other.state]);
}

function callback({ settings: { callbackProof, signatureKey } }: CosterContext): CheckLine[] {
  if (callbackProof === 'url') return [{ what: 'callback', state: 'doubtful', said: 'doctor.callback.url', mend: 'doctor.callback.url.mend', field: 'callbackProof' }];
  if (callbackProof === 'meta' && signatureKey === undefined) return [{ what: 'callback', state: 'broken', said: 'doctor.callback.unset', mend: 'doctor.callback.unset.mend', field: 'signatureKey' }];
  return [{ what: 'callback', state: 'ok', said: `doctor.callback.${callbackProof}` }];
}

function numbers({ settings: { phoneNumbers = [] } }: CosterContext): CheckLine[] {
  return phoneNumbers.length > 0 ? [] : [{ what: 'numbers', state: 'not-yet', said: 'doctor.numbers', mend: 'doctor.numbers.mend', field: 'phoneNumbers' }];
}

/** A GET sends nothing; that the address wants a POST shows that somebody is there. */
async function host(ctx: CosterContext): Promise<CheckLine> {
  const { settings } = ctx;
  const url = sendUrl(settings);
  const field = settings.face === 'bot' ? 'botUrl' : 'm2mUrl';
  const params = { host: new URL(url).host };
  try {
    const { status } = await ctx.fetch(url, { headers: tokenHeader(settings), timeoutMs: 8000 });
    const answered = `HTTP ${status}`;
    if (status === 401 || status === 403) return { what: 'host', state: 'doubtful', said: 'doctor.host.refused', mend: 'doctor.host.refused.mend', params, answered, field: 'accessToken' };
    // An address for POST alone may say so of every question; a wrong account code looks the same.
    if (status === 404) return { what: 'host', state: 'doubtful', said: 'doctor.host.missing', mend: 'doctor.host.missing.mend', params, answered, field: settings.face === 'bot' ? 'botUrl' : 'accountCode' };
    if (status >= 500) return { what: 'host', state: 'doubtful', said: 'doctor.host.fault', mend: 'doctor.host.fault.mend', params, answered };
    return { what: 'host', state: 'ok', said: 'doctor.host.ok', params, answered };
  } catch (error) {
    if (!(error instanceof NotSent || error instanceof Silence)) throw error;
    return { what: 'host', state: 'doubtful', said: 'doctor.host.silent', mend: 'doctor.host.silent.mend', params, answered: error.message, field };
  }
}
