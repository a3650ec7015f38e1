/** Which addresses may be called. One decision, asked for a typed URL, for a name's answers and for the socket that came of it. */
import { BlockList, isIP } from 'node:net';

/** An origin that the operator named may be private, plain http and on any port. */
export type NamedOrigins = ReadonlySet<string>;

const portsOfOthers = new Set(['', '443', '80', '8443']);

/** Why this URL may not be called; undefined when it may. Names are judged again when their addresses are known. */
export function addressProblem(url: URL, named: NamedOrigins): string | undefined {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'Only https addresses are called.';
  if (url.username !== '' || url.password !== '') return 'An address may not carry a user name or password.';
  if (named.has(url.origin)) return undefined;
  if (url.protocol !== 'https:') return `${url.origin} is not https; only origins that the operator names in ALLOWED_ORIGINS may be plain http.`;
  if (!portsOfOthers.has(url.port)) return `${url.origin} uses an unusual port; only origins that the operator names in ALLOWED_ORIGINS may.`;
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0 && !isPublicAddress(literal)) return `${url.origin} is not a public address; the operator can name it in ALLOWED_ORIGINS.`;
  return undefined;
}

/** Reachable from anywhere and nobody's inside: everything else is refused, also what wraps an IPv4 address in an IPv6 one. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !closed4.check(address, 'ipv4');
  return family === 6 && global6.check(address, 'ipv6') && !closed6.check(address, 'ipv6');
}

// IANA's special-purpose registries, and Azure's metadata server, which has a public number.
const closed4 = listOf('ipv4', [
  ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['168.63.129.16', 32], ['169.254.0.0', 16], ['172.16.0.0', 12],
  ['192.0.0.0', 24], ['192.0.2.0', 24], ['192.31.196.0', 24], ['192.52.193.0', 24], ['192.88.99.0', 24], ['192.168.0.0', 16], ['192.175.48.0', 24],
  ['198.18.0.0', 15], ['198.51.100.0', 24], ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4],
]);
// Only global unicast; mapped (::ffff:0:0/96), NAT64 (64:ff9b::/96), loopback, private and link-local addresses are outside of it.
const global6 = listOf('ipv6', [['2000::', 3]]);
const closed6 = listOf('ipv6', [['2001::', 23], ['2001:db8::', 32], ['2002::', 16], ['2620:4f:8000::', 48], ['3fff::', 20]]);

function listOf(family: 'ipv4' | 'ipv6', subnets: [string, number][]): BlockList {
  const list = new BlockList();
  for (const [net, bits] of subnets) list.addSubnet(net, bits, family);
  return list;
}
