/** Answers as the Graph API words them. */

import type { Fault } from '../../emulator/faults.ts';
import type { Reply } from '../../emulator/stand.ts';

export function yes(body: object): Reply {
  return { status: 200, body, verdict: 'ok' };
}

/** HTTP status and wording per code, as far as Meta documents them; the status is not to be relied on, so some are odd. */
const errors: Record<number, { status: number; message: string; type?: string; subcode?: number; transient?: boolean }> = {
  0: { status: 401, message: 'The app user could not be authenticated', type: 'AuthException' },
  1: { status: 400, message: 'An unknown error occurred', transient: true },
  2: { status: 503, message: 'Service temporarily unavailable', transient: true },
  3: { status: 500, message: 'Application does not have the capability to make this API call' },
  4: { status: 400, message: 'Application request limit reached', transient: true },
  10: { status: 403, message: 'Application does not have permission for this action' },
  33: { status: 400, message: 'Parameter value is not valid' },
  100: { status: 400, message: 'Invalid parameter' },
  101: { status: 400, message: 'Error validating application' },
  190: { status: 401, message: 'Error validating access token: the session has expired', subcode: 463 },
  200: { status: 403, message: 'You do not have the necessary permissions to send messages on behalf of this WhatsApp Business Account' },
  368: { status: 403, message: 'Temporarily blocked for policies violations' },
  2200: { status: 400, message: 'Callback verification failed' },
  2500: { status: 400, message: 'Unknown path components' },
  80007: { status: 400, message: 'Rate limit issues', transient: true },
  130429: { status: 400, message: 'Rate limit hit' },
  130472: { status: 400, message: 'User’s number is part of an experiment' },
  130497: { status: 403, message: 'Business account is restricted from messaging users in this country' },
  131000: { status: 500, message: 'Something went wrong' },
  131005: { status: 403, message: 'Access denied' },
  131008: { status: 400, message: 'Required parameter is missing' },
  131009: { status: 400, message: 'Parameter value is not valid' },
  131016: { status: 500, message: 'Service unavailable' },
  131021: { status: 400, message: 'Recipient cannot be sender' },
  131026: { status: 400, message: 'Message undeliverable' },
  131030: { status: 400, message: 'Recipient phone number not in allowed list' },
  131031: { status: 403, message: 'Account has been locked' },
  131047: { status: 400, message: 'Re-engagement message' },
  131048: { status: 400, message: 'Spam rate limit hit' },
  131049: { status: 400, message: 'This message was not delivered to maintain healthy ecosystem engagement' },
  131050: { status: 400, message: 'User has stopped marketing messages from this business' },
  131053: { status: 400, message: 'Media upload error' },
  131056: { status: 400, message: '(Business Account, Consumer Account) pair rate limit hit' },
  131057: { status: 500, message: 'Account in maintenance mode' },
  132000: { status: 400, message: 'Number of parameters does not match the expected number of params' },
  131052: { status: 400, message: 'Media download error' },
  132001: { status: 404, message: 'Template name does not exist in the translation' },
  132012: { status: 400, message: 'Template parameter format mismatch' },
  132015: { status: 400, message: 'Template is paused' },
  132016: { status: 400, message: 'Template is disabled' },
  133004: { status: 503, message: 'Server temporarily unavailable' },
  133005: { status: 400, message: 'Two step verification PIN mismatch' },
  133006: { status: 400, message: 'Phone number re-verification needed' },
  133008: { status: 400, message: 'Too many two step PIN guesses' },
  133009: { status: 400, message: 'Two step PIN guessed too fast' },
  133010: { status: 400, message: 'Phone number not registered' },
  133015: { status: 400, message: 'Please wait a few minutes before attempting to register this phone number' },
  133016: { status: 400, message: 'Account register rate limit hit' },
  135000: { status: 400, message: 'Generic user error' },
  2388040: { status: 400, message: 'Character limit exceeded' },
  2388047: { status: 400, message: 'Message header format is incorrect' },
  2388073: { status: 400, message: 'Message footer format is incorrect' },
  2388299: { status: 400, message: 'Template has leading or trailing parameters' },
};

/** Meta's error body. Without a code that is known here the HTTP status says what kind it is. */
export function no(code: number, details?: string, status?: number): Reply {
  const known = errors[code] ?? { status: 400, message: 'Generic error' };
  return {
    status: status ?? known.status,
    verdict: `error ${code}`,
    body: {
      error: {
        message: `(#${code}) ${known.message}`,
        type: known.type ?? 'OAuthException',
        code,
        ...(known.subcode !== undefined && { error_subcode: known.subcode }),
        ...(details !== undefined && { error_data: { messaging_product: 'whatsapp', details } }),
        ...(known.transient === true && { is_transient: true }),
        fbtrace_id: 'AEmulatedTrace',
      },
    },
  };
}

/** What a path names that this token cannot see. */
export function missing(id: string): Reply {
  const body = {
    error: {
      message: `Unsupported request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation.`,
      type: 'GraphMethodException',
      code: 100,
      error_subcode: 33,
      fbtrace_id: 'AEmulatedTrace',
    },
  };
  return { status: 400, body, verdict: 'error 100/33' };
}

const codeOfStatus: Record<number, number> = { 401: 190, 403: 10, 404: 2500, 429: 130429, 500: 131000, 503: 2 };

/** The answer of an `error` fault: by code, or by HTTP status with the code that goes with it. */
export function faultyAnswer({ code, status }: Fault): Reply {
  return no(code ?? codeOfStatus[status ?? 500] ?? 100, undefined, status);
}

/** The entry of `errors[]` in a status webhook. */
export function webhookError(code: number): object {
  const title = errors[code]?.message ?? 'Generic error';
  return { code, title, message: title, error_data: { details: title }, href: 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/' };
}
