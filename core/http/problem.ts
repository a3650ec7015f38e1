/** What went wrong with a request, as a status, a code and a sentence that is meant for the asker; never a stack. */
import type { ProblemPage } from '../admin/views/login.ts';
import { storageError } from '../db/open.ts';
import { codes, InvalidInput, SwitchboardError, type Code } from '../errors.ts';

const statuses: Partial<Record<Code, number>> = {
  BAD_REQUEST: 400,
  NOT_SIGNED_IN: 401,
  KEY_REFUSED: 401,
  KEY_EXPIRED: 401,
  NOT_PERMITTED: 403,
  SCOPE_MISSING: 403,
  FOREIGN_FORM: 403,
  NOT_FOUND: 404,
  MEDIA_MISSING: 404,
  MEDIA_GONE: 404,
  MEDIA_STORE: 503,
  CONFLICT: 409,
  IDEMPOTENCY_KEY_REUSED: 409,
  NUMBER_TAKEN: 409,
  INBOUND_TAKEN: 409,
  INVALID_INPUT: 422,
  SETTINGS_INVALID: 422,
  NOT_ELIGIBLE: 422,
  ADDRESS_REFUSED: 422,
  RATE_LIMITED: 429,
  STORAGE_BUSY: 503,
  STORAGE_FULL: 503,
  OVERLOADED: 503,
};

const pages: Partial<Record<Code, ProblemPage['kind']>> = { MEDIA_MISSING: 'media-missing', MEDIA_GONE: 'media-gone' };

function statusOf(code: Code): number {
  return statuses[code] ?? 500;
}

export interface ProblemJson {
  error: { code: Code; message: string; requestId: string; fields?: Record<string, string> };
}

export function problemJson(code: Code, requestId: string, message: string = codes[code], fields?: Record<string, string>): ProblemJson {
  return { error: { code, message, requestId, ...(fields && { fields }) } };
}

export interface Problem {
  status: number;
  code: Code;
  message: string;
  fields?: Record<string, string>;
  /** When a page of its own says it better. */
  page?: ProblemPage['kind'];
}

export function problemOf(error: unknown): Problem {
  const known = error instanceof SwitchboardError ? error : storageError(error);
  if (known) {
    const status = statusOf(known.code);
    // The words of an error that nobody meant for the asker stay in the log.
    if (status === 500) return { status, code: 'INTERNAL', message: codes.INTERNAL };
    const page = pages[known.code];
    return { status, code: known.code, message: known.message, ...(known instanceof InvalidInput && { fields: known.fields }), ...(page && { page }) };
  }
  const status = readNumber(error, 'statusCode');
  if (status === undefined || status < 400 || status > 499) return { status: 500, code: 'INTERNAL', message: codes.INTERNAL };
  return status === 404 ? { status, code: 'NOT_FOUND', message: codes.NOT_FOUND } : { status, code: 'BAD_REQUEST', message: messageOf(error) };
}

/** A schema's complaint names the place and is ours; other words of the framework may quote what was sent. */
function messageOf(error: unknown): string {
  return error instanceof Error && 'validation' in error ? error.message : codes.BAD_REQUEST;
}

function readNumber(value: unknown, name: string): number | undefined {
  const member: unknown = typeof value === 'object' && value !== null && name in value ? Reflect.get(value, name) : undefined;
  return typeof member === 'number' ? member : undefined;
}
