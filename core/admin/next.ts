/** Where to after signing in: a path of ours that was asked for before, or home. */
import type { FastifyReply, FastifyRequest } from 'fastify';

const longest = 2_000;
const nobodyStaysThere = /^\/(login|logout|setup|language)([/?]|$)/;

export function ownPath(given: unknown): string | undefined {
  // Browsers read a backslash as a slash and drop tabs and line breaks: none of them has a place in a path that we made.
  // oxlint-disable-next-line no-control-regex -- control characters are what must not stand there
  if (typeof given !== 'string' || given.length > longest || !/^\/(?!\/)[^\\\u0000-\u0020\u007f]*$/.test(given)) return undefined;
  const base = 'http://own.invalid';
  if (!URL.canParse(given, base)) return undefined;
  const { origin, pathname, search } = new URL(given, base);
  return origin === base && !pathname.startsWith('//') && !nobodyStaysThere.test(pathname) ? pathname + search : undefined;
}

/** Another page from its first line on: what script would keep of this one (its token) is over. */
export function enter(request: FastifyRequest, reply: FastifyReply, path: string): FastifyReply {
  return request.headers['hx-request'] === 'true' ? reply.header('hx-redirect', path).send() : reply.redirect(path, 303);
}
