/** Whether a request was made on this machine, by somebody who sits at it: never by a proxy for somebody else, nor by a page elsewhere. */
import type { FastifyRequest } from 'fastify';
import type { ServerSettings } from '../context.ts';
import { isLoopback } from './address.ts';

const forwarding = /^(x-forwarded-.*|forwarded|via|x-real-ip|x-client-ip|x-cluster-client-ip|true-client-ip|cf-connecting-ip|cf-ray|fly-client-ip|x-original-.*)$/;
const localHost = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::(\d+))?$/;

/** Whoever asks sits at this machine, and no other machine could have asked. */
export function isFromHere(request: FastifyRequest, server: Pick<ServerSettings, 'host' | 'port' | 'publicUrl'>): boolean {
  if (server.publicUrl !== undefined || !(server.host === 'localhost' || isLoopback(server.host))) return false;
  if (!isLoopback(request.socket.remoteAddress ?? '') || Object.keys(request.headers).some((name) => forwarding.test(name))) return false;
  // A page elsewhere whose name was made to lead here says its own name.
  const named = localHost.exec(request.headers.host ?? '');
  return named !== null && Number(named[1] ?? '80') === portOf(request, server.port);
}

function portOf(request: FastifyRequest, configured: number): number {
  const address = request.server.server.address();
  return typeof address === 'object' && address ? address.port : configured;
}
