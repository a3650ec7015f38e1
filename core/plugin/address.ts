/** Which addresses may be called. One decision, asked for a typed URL, for a name's answers and for the socket that came of it. */
import { BlockList, isIP } from 'node:net';
import { SwitchboardError } from '../errors.ts';

/** An origin that the operator named may be private, plain http and on any port. */
export type NamedOrigins = ReadonlySet<string>;

const portsOfOthers = new Set(['', '443', '80', '8443']);

export const addressFaults = ['addressForm', 'addressPlain', 'addressPort', 'addressPrivate'] as const;
export type AddressFault = (typeof addressFaults)[number];

/** Our own refusal, in English; pages word its fault in their reader's language, and nobody takes it for the provider's word. */
export class AddressRefused extends SwitchboardError {
  /** Absent where not the address but what should travel there was refused. */
  readonly fault: AddressFault | undefined;
  constructor(said: string, fault?: AddressFault) {
    super('ADDRESS_REFUSED', said);
    this.fault = fault;
  }
}

/** Why this URL may not be called; undefined when it may. Names are judged again when their addresses are known. */
export function addressProblem(url: URL, named: NamedOrigins): AddressFault | undefined {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'addressForm';
  if (url.username !== '' || url.password !== '') return 'addressForm';
  if (named.has(url.origin)) return undefined;
  if (url.protocol !== 'https:') return 'addressPlain';
  if (!portsOfOthers.has(url.port)) return 'addressPort';
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  return isIP(literal) !== 0 && !isPublicAddress(literal) ? 'addressPrivate' : undefined;
}

/** In English; undefined for what is none of these faults. */
export function addressSentence(fault: string, origin: string | number | undefined): string | undefined {
  switch (fault) {
    case 'addressForm': return 'Only https addresses without a user name or password are called.';
    case 'addressPlain': return `${origin} is not https; only origins that the operator names in ALLOWED_ORIGINS may be plain http.`;
    case 'addressPort': return `${origin} uses an unusual port; only origins that the operator names in ALLOWED_ORIGINS may.`;
    case 'addressPrivate': return `${origin} is not a public address; the operator can name it in ALLOWED_ORIGINS.`;
    default: return undefined;
  }
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
