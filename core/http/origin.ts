/** Which page sent a request: one of ours, or somebody else's in the same browser. */
import type { FastifyRequest } from 'fastify';
import type { ServerSettings } from '../context.ts';

type Server = Pick<ServerSettings, 'publicUrl'>;

/**
 * `own`: the browser says so. `foreign`: another site, another subdomain, a sandboxed frame. `unsaid`: no browser of this
 * decade; a script that has to bring the form's token like everybody else.
 */
export function originOf(request: FastifyRequest, server: Server): 'own' | 'foreign' | 'unsaid' {
  const site = request.headers['sec-fetch-site'];
  // Written by the browser, never by a page; right behind any proxy.
  if (site !== undefined) return site === 'same-origin' || site === 'none' ? 'own' : 'foreign';
  const { origin } = request.headers;
  if (origin === undefined) return 'unsaid';
  return isOurs(origin, request, server) ? 'own' : 'foreign';
}

/** For WebSockets, which carry cookies across sites: only what a browser says is ours. */
export function sameOrigin(request: FastifyRequest, server: Server): boolean {
  return originOf(request, server) === 'own';
}

function isOurs(origin: string, request: FastifyRequest, { publicUrl }: Server): boolean {
  if (!URL.canParse(origin)) return false;
  const { host: page } = new URL(origin);
  // The plain-text twin of an https address is somebody else: anybody on the way may write it.
  if (publicUrl !== undefined && new URL(publicUrl).host === page) return new URL(publicUrl).origin === origin;
  // A page cannot choose the Host its browser sends, so a request to the host of its own page is its own. Forwarded hosts do not count.
  const { host } = request.headers;
  return host?.toLowerCase() === page;
}
