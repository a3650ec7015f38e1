/** How a request that fails is answered: a page for people, JSON for machines; a code and a number for the log, never a stack. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { problemChrome } from '../admin/chrome.ts';
import { permissions } from '../admin/permissions.ts';
import type { ProblemPage } from '../admin/views/login.ts';
import type { AppContext } from '../context.ts';
import { problemJson, problemOf, type Problem } from './problem.ts';

export function registerErrors(app: FastifyInstance, ctx: AppContext): void {
  app.setErrorHandler(async (error: unknown, request, reply) => {
    const problem = problemOf(error);
    // 4xx are the sender's; what we broke ourselves must be found again.
    if (problem.status >= 500) ctx.runtime.log.error({ err: error, req: request }, 'request failed');
    return answerProblem(ctx, request, reply, problem);
  });
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
