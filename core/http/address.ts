/**
 * Where a request comes from. Forwarding headers count only when a configured proxy wrote them: Fastify walks them from the
 * socket outwards and stops at the first address that is not one of `trustedProxies`.
 */
import type { FastifyRequest } from 'fastify';
import { isIP } from 'node:net';

/** In canonical form; the socket's own address when a proxy wrote something that is none. */
export function addressOf(request: FastifyRequest): string {
  return canonical(request.ip) ?? canonical(request.socket.remoteAddress ?? '') ?? 'unknown';
}

/**
 * What counts as one place for the throttle: an IPv4 address, or the /64 that a provider gives to one customer, who could
 * otherwise try again from as many IPv6 addresses as he likes.
 */
export function placeOf(address: string): string {
  if (isIP(address) !== 6) return address;
  return `${groupsOf(address).slice(0, 4).join(':')}::/64`;
}

export function isLoopback(address: string): boolean {
  const known = canonical(address);
  return known !== undefined && (known === '::1' || known.startsWith('127.'));
}

function canonical(written: string): string | undefined {
  // Some proxies write the port too.
  const address = written.trim().replace(/^\[(.+)\](:\d+)?$/, '$1').replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1').replace(/%.*$/, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  const family = isIP(mapped);
  if (family === 0) return undefined;
  return family === 4 ? mapped : new URL(`http://[${mapped}]/`).hostname.slice(1, -1);
}

function groupsOf(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const before = head ? head.split(':') : [];
  const after = tail ? tail.split(':') : [];
  return tail === undefined ? before : [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0'), ...after];
}
