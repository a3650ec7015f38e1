/** Answers as Twilio words them. */

import type { Fault } from '../../emulator/faults.ts';
import type { Reply } from '../../emulator/stand.ts';

export function yes(body: object, status = 200): Reply {
  return { status, body, verdict: 'ok' };
}

export const nothing: Reply = { status: 204, body: '', verdict: 'ok' };

/** HTTP status and wording per code, as far as Twilio documents them. */
const errors: Record<number, { status: number; message: string }> = {
  20003: { status: 401, message: 'Authenticate' },
  20008: { status: 403, message: 'Resource not accessible with Test Account Credentials' },
  20404: { status: 404, message: 'The requested resource was not found' },
  20429: { status: 429, message: 'Too Many Requests' },
  20500: { status: 500, message: 'Internal Server Error' },
  20503: { status: 503, message: 'Service Unavailable' },
  21211: { status: 400, message: 'Invalid To Phone Number' },
  21212: { status: 400, message: 'Invalid From Number' },
  21408: { status: 400, message: 'Permission to send to this region has not been enabled' },
  21602: { status: 400, message: 'Message body is required' },
  21604: { status: 400, message: 'A To phone number is required' },
  21609: { status: 400, message: 'The StatusCallback URL is not a valid URL' },
  21610: { status: 400, message: 'Attempt to send to unsubscribed recipient' },
  21611: { status: 400, message: 'This From number has exceeded the maximum number of queued messages' },
  21612: { status: 400, message: 'The To phone number is not currently reachable using the From phone number' },
  21617: { status: 400, message: 'The concatenated message body exceeds the 1600 character limit' },
  21620: { status: 400, message: 'Invalid media URL' },
  21654: { status: 400, message: 'ContentSid is required when ContentVariables is given' },
  21655: { status: 400, message: 'The ContentSid is invalid' },
  21656: { status: 400, message: 'The ContentVariables parameter is invalid' },
  63007: { status: 400, message: 'Twilio could not find a Channel with the specified From address' },
  63016: { status: 400, message: 'Failed to send freeform message because you are outside the allowed window' },
  63018: { status: 429, message: 'Rate limit exceeded for Channel' },
  63019: { status: 400, message: 'Media failed to download' },
  63024: { status: 400, message: 'Invalid message recipient' },
};

export function no(code: number, details?: string, status?: number): Reply {
  const known = errors[code] ?? { status: 400, message: 'Bad Request' };
  const http = status ?? known.status;
  return {
    status: http,
    verdict: `error ${code}`,
    body: { code, message: details === undefined ? known.message : `${known.message}: ${details}`, more_info: `https://www.twilio.com/docs/errors/${code}`, status: http },
  };
}

export function wordsOf(code: number): string {
  return errors[code]?.message ?? 'Unknown error';
}

const codeOfStatus: Record<number, number> = { 401: 20003, 403: 20008, 404: 20404, 429: 20429, 500: 20500, 503: 20503 };

/** The answer of an `error` fault: by code, or by HTTP status with the code that goes with it. */
export function faultyAnswer({ code, status }: Fault): Reply {
  return no(code ?? codeOfStatus[status ?? 500] ?? 20500, undefined, status);
}

/** One page of a list, as Twilio's newer hosts give it. */
export function page(items: readonly object[], key: string, query: URLSearchParams, address: string): object {
  const size = Math.max(1, Math.min(1000, Number(query.get('PageSize') ?? 50) || 50));
  const at = Math.max(0, Number(query.get('Page') ?? 0) || 0);
  const url = (number: number) => {
    const asked = new URLSearchParams(query);
    asked.set('PageSize', String(size));
    asked.set('Page', String(number));
    return `${address}?${asked}`;
  };
  const more = (at + 1) * size < items.length;
  return {
    [key]: items.slice(at * size, (at + 1) * size),
    meta: { page: at, page_size: size, first_page_url: url(0), previous_page_url: at > 0 ? url(at - 1) : null, url: url(at), next_page_url: more ? url(at + 1) : null, key },
  };
}
