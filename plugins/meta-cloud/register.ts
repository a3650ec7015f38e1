/** Makes a number ready to send through the Cloud API, with its PIN (Embedded Signup › Onboarding, "Register the number"). */
import { NotSent, Silence, type CheckLine } from '#plugin';
import { ask, type MetaContext, Refused } from './graph.ts';

/** What each of Meta's refusals means for whoever typed the PIN. */
const refusals: Readonly<Record<string, string>> = {
  133005: 'register.wrongPin',
  133006: 'register.unverified',
  133008: 'register.tooManyPins',
  133009: 'register.tooFast',
  133015: 'register.justDeleted',
  133016: 'register.tooOften',
  131045: 'register.certificate',
};

/**
 * A number that has two-step verification wants the PIN it has; of another this one becomes the PIN. Meta allows ten tries in 72 hours, so
 * this is one call, never repeated.
 */
export async function register(account: string, pin: string, ctx: MetaContext): Promise<CheckLine> {
  const what = `number ${account}`;
  if (!/^\d{6}$/.test(pin)) return { what, state: 'broken', said: 'register.digits', mend: 'register.digits.mend' };
  try {
    await ask(ctx, `${encodeURIComponent(account)}/register`, { body: { messaging_product: 'whatsapp', pin } });
    return { what, state: 'ok', said: 'register.ok' };
  } catch (error) {
    if (error instanceof NotSent || error instanceof Silence) return { what, state: 'doubtful', said: 'register.silent', mend: 'register.silent.mend', answered: error.message };
    if (!(error instanceof Refused)) throw error;
    const said = refusals[error.code] ?? 'register.refused';
    // Meta may quote what it was sent.
    return { what, state: 'broken', said, mend: `${said}.mend`, params: { code: error.code }, answered: error.answered.replaceAll(pin, '……') };
  }
}
