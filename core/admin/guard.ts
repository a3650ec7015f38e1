/** Stands before every route that is not open: who asks, in which tenant, and may they. And before every form: is it ours. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AppContext } from '../context.ts';
import type { IUser, Role } from '../db/entities/index.ts';
import type { TenantEntry } from '../directory.ts';
import { SwitchboardError } from '../errors.ts';
import { answerProblem, wantsPage } from '../http/errors.ts';
import { originOf, sameOrigin } from '../http/origin.ts';
import { problemOf } from '../http/problem.ts';
import { isRecord } from '../plugin/settings.ts';
import { ownPath } from './next.ts';
import { outside } from './paths.ts';
import { may } from './permissions.ts';
import { formToken, formTokenFits, tokenOf, type Sessions } from './session.ts';

export interface Operator {
  user: Pick<IUser, 'id' | 'name' | 'email' | 'locale' | 'theme'>;
  tenant: TenantEntry;
  role: Role;
  /** For the forms of a page. */
  csrf: string;
  loginId: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every route that names a permission; null elsewhere. */
    operator: Operator | null;
    /** Still signed in, and still allowed what this route asks for? For sockets, which outlive their request. */
    stillAdmitted(): Promise<boolean>;
    /** Signed in, and a member of this tenant? For addresses that name no tenant. */
    isMemberOf(slug: string): Promise<boolean>;
  }
}

/** @throws Error on a route that names no permission */
export function operatorOf(request: FastifyRequest): Operator {
  if (!request.operator) throw new Error(`${request.routeOptions.url} asks for an operator but names no permission`);
  return request.operator;
}

const changing = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
/** Their senders prove themselves by signature or key; no cookie means anything there. */
const byMachines = /^\/(webhooks|api)\//;

export function registerGuard(app: FastifyInstance, ctx: AppContext, sessions: Sessions): void {
  const { server, runtime } = ctx;

  async function whoIs(request: FastifyRequest, reply: FastifyReply | undefined, slug: string | undefined): Promise<Operator | 'nobody' | 'stranger'> {
    const token = tokenOf(request, server);
    const signedIn = token === undefined ? undefined : await sessions.find(token);
    if (!signedIn) return 'nobody';
    // Where the address names no tenant, it is the person's first.
    const [first] = signedIn.memberships;
    const tenant: TenantEntry | undefined = slug !== undefined ? runtime.directory.tenantBySlug(slug) : first && runtime.directory.tenant(first.tenantId);
    const membership = signedIn.memberships.find(({ tenantId }) => tenantId === tenant?.id);
    if (!tenant || !membership) return 'stranger';
    return { user: signedIn.user, loginId: signedIn.loginId, tenant, role: membership.role, csrf: reply ? formToken(request, reply, server) : '' };
  }

  const admit = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const who = await whoIs(request, reply, slugOf(request));
    if (who === 'nobody') return askToSignIn(request, reply);
    if (who === 'stranger') throw new SwitchboardError('NOT_FOUND');
    request.operator = who;
    if (!mayUse(request, who)) throw new SwitchboardError('NOT_PERMITTED');
    return undefined;
  };

  const refuseForeignForms = async (request: FastifyRequest): Promise<void> => {
    if (originOf(request, server) === 'foreign') throw new SwitchboardError('FOREIGN_FORM');
  };
  const refuseForeignSockets = async (request: FastifyRequest): Promise<void> => {
    if (!sameOrigin(request, server)) throw new SwitchboardError('FOREIGN_FORM');
  };
  /** Takes the token out of the form, so that no route has to know of it. */
  const checkFormToken = async (request: FastifyRequest): Promise<void> => {
    const { body, headers } = request;
    // A page swapped in by script keeps the header of the page before; its forms carry their own.
    const given = [headers['x-csrf-token'], isRecord(body) ? body['_csrf'] : undefined];
    if (!given.some((token) => formTokenFits(token, request, server))) throw new SwitchboardError('FOREIGN_FORM');
    if (isRecord(body)) delete body['_csrf'];
  };

  app.decorateRequest('operator', null);
  app.decorateRequest('stillAdmitted', async function (this: FastifyRequest) {
    const who = await whoIs(this, undefined, slugOf(this));
    return typeof who === 'object' && mayUse(this, who);
  });
  app.decorateRequest('isMemberOf', async function (this: FastifyRequest, slug: string) {
    return typeof (await whoIs(this, undefined, slug)) === 'object';
  });
  app.addHook('onRoute', (route) => {
    const changes = [route.method].flat().some((method) => changing.has(method)) && !byMachines.test(route.url);
    const first = [...(changes ? [refuseForeignForms] : []), ...(route.websocket ? [refuseForeignSockets] : []), ...(route.config?.permission ? [admit] : [])];
    if (first.length > 0) route.onRequest = [...first, ...[route.onRequest ?? []].flat()];
    if (changes) route.preValidation = [checkFormToken, ...[route.preValidation ?? []].flat()];
  });
  app.setNotFoundHandler(async (request, reply) => {
    // Inside one's own workspace a wrong address keeps the way back to the others.
    const who = await whoIs(request, reply, /^\/app\/([^/?]+)/.exec(request.url)?.[1] ?? '');
    if (typeof who === 'object') request.operator = who;
    return answerProblem(ctx, request, reply, problemOf(new SwitchboardError('NOT_FOUND')));
  });
}

function mayUse(request: FastifyRequest, { role }: Operator): boolean {
  const { permission } = request.routeOptions.config;
  return permission !== undefined && may(role, permission);
}

function slugOf({ params }: FastifyRequest): string | undefined {
  return isRecord(params) && typeof params['tenant'] === 'string' ? params['tenant'] : undefined;
}

function askToSignIn(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const next = request.method === 'GET' && request.headers['hx-request-type'] !== 'partial' ? ownPath(request.url) : undefined;
  const login = next ? `${outside.login}?next=${encodeURIComponent(next)}` : outside.login;
  // Script that would put the sign-in page into a corner of the page is told to leave the page.
  if (request.headers['hx-request'] === 'true') return reply.code(401).header('hx-redirect', login).send();
  if (!wantsPage(request) || request.headers.upgrade) throw new SwitchboardError('NOT_SIGNED_IN');
  return reply.redirect(login, 303);
}
