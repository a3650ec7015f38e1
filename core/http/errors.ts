/** How a request that fails is answered: a page for people, JSON for machines; a code and a number for the log, never a stack. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { problemChrome } from '../admin/chrome.ts';
import { permissions } from '../admin/permissions.ts';
import type { ProblemPage } from '../admin/views.ts';
import type { AppContext } from '../context.ts';
import { storageError } from '../db/open.ts';
import { codes, InvalidInput, SwitchboardError, type Code } from '../errors.ts';

const statuses: Partial<Record<Code, number>> = {
  BAD_REQUEST: 400,
  NOT_SIGNED_IN: 401,
  NOT_PERMITTED: 403,
  FOREIGN_FORM: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  NUMBER_TAKEN: 409,
  INBOUND_TAKEN: 409,
  INVALID_INPUT: 422,
  SETTINGS_INVALID: 422,
  NOT_ELIGIBLE: 422,
  ADDRESS_REFUSED: 422,
  STORAGE_BUSY: 503,
  STORAGE_FULL: 503,
  OVERLOADED: 503,
};

function statusOf(code: Code): number {
  return statuses[code] ?? 500;
}

export interface ProblemJson {
  error: { code: Code; message: string; requestId: string; fields?: Record<string, string> };
}

export function problemJson(code: Code, requestId: string, message: string = codes[code], fields?: Record<string, string>): ProblemJson {
  return { error: { code, message, requestId, ...(fields && { fields }) } };
}

export function registerErrors(app: FastifyInstance, ctx: AppContext): void {
  app.setErrorHandler(async (error: unknown, request, reply) => {
    const problem = problemOf(error);
    // 4xx are the sender's; what we broke ourselves must be found again.
    if (problem.status >= 500) ctx.runtime.log.error({ err: error, req: request }, 'request failed');
    return answerProblem(ctx, request, reply, problem);
  });
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
    return { status, code: known.code, message: known.message, ...(known instanceof InvalidInput && { fields: known.fields }) };
  }
  const status = readNumber(error, 'statusCode');
  if (status === undefined || status < 400 || status > 499) return { status: 500, code: 'INTERNAL', message: codes.INTERNAL };
  return status === 404 ? { status, code: 'NOT_FOUND', message: codes.NOT_FOUND } : { status, code: 'BAD_REQUEST', message: messageOf(error) };
}

/** A schema's complaint names the place and is ours; other words of the framework may quote what was sent. */
function messageOf(error: unknown): string {
  return error instanceof Error && 'validation' in error ? error.message : codes.BAD_REQUEST;
}

export async function answerProblem(ctx: AppContext, request: FastifyRequest, reply: FastifyReply, problem: Problem): Promise<FastifyReply> {
  reply.code(problem.status);
  if (problem.status === 503) reply.header('retry-after', '1');
  if (!wantsPage(request)) {
    return reply.type('application/json; charset=utf-8').send(problemJson(problem.code, request.id, problem.message, problem.fields));
  }
  const who = problem.code === 'NOT_PERMITTED' ? await whoMay(ctx, request) : [];
  const data: ProblemPage = { kind: problem.page ?? (problem.code === 'NOT_PERMITTED' ? 'no-permission' : kindOf(problem.status)), requestId: request.id, ...(who.length > 0 && { who }) };
  return reply.type('text/html; charset=utf-8').send(ctx.views.render('problem', data, problemChrome(ctx, request)));
}

function kindOf(status: number): ProblemPage['kind'] {
  switch (status) {
    case 404: return 'not-found';
    case 503: return 'busy';
    default: return status < 500 ? 'refused' : 'failed';
  }
}

/** Machines have addresses of their own; elsewhere a script says that it wants JSON. */
export function wantsPage({ url, headers }: FastifyRequest): boolean {
  if (/^\/(api|webhooks|media|health|metrics|live)([/?]|$)/.test(url)) return false;
  const accept = headers.accept ?? '*/*';
  return accept.includes('text/html') || accept.includes('*/*');
}

/** Names of those who can help somebody whose role does not allow it. */
async function whoMay(ctx: AppContext, request: FastifyRequest): Promise<string[]> {
  const { permission } = request.routeOptions.config;
  if (!request.operator || !permission) return [];
  const members = await ctx.workspace.members.list(request.operator.tenant.id).catch(() => []);
  return members.filter((member) => permissions[permission].includes(member.role)).slice(0, 3).map((member) => member.name);
}

function readNumber(value: unknown, name: string): number | undefined {
  const member: unknown = typeof value === 'object' && value !== null && name in value ? Reflect.get(value, name) : undefined;
  return typeof member === 'number' ? member : undefined;
}
