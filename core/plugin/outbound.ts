/**
 * The one way out: every address that a plugin calls passes here. It answers the only question that matters after a failure:
 * has the request left this machine? NotSent means no and is safe to repeat; Silence means that nobody can tell.
 *
 * HTTP/1.1 only and one request on a connection at a time: the library repeats pipelined and multiplexed requests by itself
 * when a connection breaks, and a repeated send is a message twice.
 */
import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { createRequire } from 'node:module';
import { isIP, type LookupFunction } from 'node:net';
import type * as Undici from 'undici';
import type { buildConnector, Dispatcher } from 'undici';
import { NotSent } from '../errors.ts';
import { addressProblem, addressSentence, AddressRefused, isPublicAddress, type AddressFault } from './address.ts';
import type { Answer, Download, FetchInit } from './contract/context.ts';
import { Call, isStream, usualDeadlineMs } from './call.ts';
import { download, type DownloadInit, type Hop } from './download.ts';

const require = createRequire(import.meta.url);

export interface OutboundOptions {
  /** Origins that the operator named: they may be private, plain http and on any port. */
  allowedOrigins?: readonly string[];
  /** Connections to one origin; further calls wait for one. */
  connections?: number;
  /** How names become addresses; the system's way unless told. */
  lookup?: (hostname: string, callback: (error: Error | null, addresses: LookupAddress[]) => void) => void;
}

export interface Caller {
  /** Origins that may be given credentials. */
  origins: ReadonlySet<string>;
  /** What must never travel elsewhere, whatever it is called there. */
  secrets: readonly string[];
  signal?: AbortSignal;
}

export interface Outbound {
  /**
   * @throws NotSent nothing left this machine; its cause has the code ADDRESS_REFUSED where the guard refused
   * @throws Silence the request may have arrived, no usable answer came
   */
  call(url: string, init: FetchInit, caller: Caller): Promise<Answer>;
  /**
   * The bytes of a medium, read as they come. Every redirect is judged like a first address, and gets the headers that this
   * origin may have.
   * @throws NotSent, Silence also while the stream is read
   */
  download(url: string, init: DownloadInit, caller: Caller): Promise<Download>;
  /** Ends all connections; calls in flight end as they would at a network failure. */
  close(): Promise<void>;
}

const methods = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
const credentialHeader = /(^|-)(authorization|cookie|auth|token|secret|password|credential|signature|api-?key|access-?key|app-?key)(-|$)/;
/** The address names the host and the connection is ours. */
const ourHeaders = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'upgrade', 'expect', 'keep-alive', 'te', 'trailer']);

export function createOutbound({ allowedOrigins = [], connections = 128, lookup }: OutboundOptions = {}): Outbound {
  const named: ReadonlySet<string> = new Set(allowedOrigins);
  const shared = { connections, pipelining: 1, allowH2: false, headersTimeout: 0, bodyTimeout: 0 };
  let closed = false;
  let agents: { toNamed: Dispatcher; toPublic: Dispatcher } | undefined;
  /** Loaded at the first call: a start does not wait for it. */
  const open = () => {
    const library = require('undici') as typeof Undici;
    const { Agent } = library;
    return {
      toNamed: new Agent({ ...shared, connect: { timeout: usualDeadlineMs, ...(lookup === undefined ? {} : { lookup: asked(lookup, () => true) }) } }),
      toPublic: new Agent({ ...shared, connect: guardedConnector(library, asked(lookup ?? ((host, done) => systemLookup(host, { all: true }, done)), isPublicAddress)) }),
    };
  };

  const dispatcherOf = (origin: string) => {
    if (closed) throw new NotSent('Switchboard is stopping.');
    agents ??= open();
    return named.has(origin) ? agents.toNamed : agents.toPublic;
  };

  const hop = (url: string, headers: Record<string, string>, caller: Caller): Hop => {
    const target = URL.parse(url);
    if (target === null) throw refused('The address is not a URL.');
    const fault = addressProblem(target, named);
    if (fault) throw refusedAddress(fault, target.origin);
    const problem = initProblem({ headers: allowedHeaders(headers, target.origin, caller) }, target.origin, url, caller);
    if (problem !== undefined) throw refused(problem);
    return { target, headers: allowedHeaders(headers, target.origin, caller), dispatcher: dispatcherOf(target.origin) };
  };

  return {
    async download(url, init, caller) {
      return download(url, init, (address, headers) => hop(address, headers, caller), caller.signal);
    },
    call(url, init, caller) {
      const target = URL.parse(url);
      if (target === null) return Promise.reject(refused('The address is not a URL.'));
      const fault = addressProblem(target, named);
      if (fault) return Promise.reject(refusedAddress(fault, target.origin));
      const problem = initProblem(init, target.origin, url, caller);
      if (problem !== undefined) return Promise.reject(refused(problem));
      return new Promise((resolve, reject) => {
        new Call(target.origin, init, caller.signal, resolve, reject).start(dispatcherOf(target.origin), target.pathname + target.search);
      });
    },
    async close() {
      closed = true;
      await Promise.all([agents?.toNamed.destroy(), agents?.toPublic.destroy()]);
    },
  };
}

function refused(sentence: string, fault?: AddressFault): NotSent {
  return new NotSent(sentence, { cause: new AddressRefused(sentence, fault) });
}

function refusedAddress(fault: AddressFault, origin: string): NotSent {
  return refused(addressSentence(fault, origin) ?? fault, fault);
}

function initProblem({ method = 'GET', headers = {}, body }: FetchInit, origin: string, url: string, { origins, secrets }: Caller): string | undefined {
  if (!methods.has(method)) return 'The method is not one that plugins use.';
  const trusted = origins.has(origin);
  for (const name in headers) {
    const lower = name.toLowerCase();
    if (ourHeaders.has(lower)) return `The header ${lower} is not a plugin's to set.`;
    if (!trusted && credentialHeader.test(lower)) return `${origin} is not among the plugin's origins, so the header ${lower} may not go there.`;
  }
  if (trusted) return undefined;
  // What is in a stream cannot be looked at before it has left.
  if (isStream(body)) return `${origin} is not among the plugin's origins, so no file may be sent there.`;
  const texts = [url, safeDecode(url), ...Object.values(headers), body === undefined ? '' : typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')];
  return secrets.some((secret) => texts.some((text) => text.includes(secret))) ? `${origin} is not among the plugin's origins, so a secret of the settings may not go there.` : undefined;
}

/** Without what carries credentials, where they may not go: a redirect leads to a store of files as often as home. */
function allowedHeaders(headers: Record<string, string>, origin: string, { origins, secrets }: Caller): Record<string, string> {
  if (origins.has(origin)) return headers;
  return Object.fromEntries(Object.entries(headers).filter(([name, value]) => !credentialHeader.test(name.toLowerCase()) && !secrets.some((secret) => value.includes(secret))));
}

function safeDecode(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}

// ── connections: the address that is really connected to is the one that is judged ───────────────────────────────────

/** A name's addresses, those that pass; an answer given later, or to another asker, is judged again. */
function asked(lookup: NonNullable<OutboundOptions['lookup']>, passes: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, (error, addresses) => {
      const open = error ? [] : addresses.filter(({ address, family }) => passes(address) && (options.family === 4 || options.family === 6 ? family === options.family : true));
      const [first] = open;
      if (error || !first) callback(error ?? refused(`${hostname} leads to no public address; the operator can name its origin in ALLOWED_ORIGINS.`, 'addressPrivate'), '', 4);
      else if (options.all === true) callback(null, open);
      else callback(null, first.address, first.family);
    });
  };
}

function guardedConnector(library: typeof Undici, lookup: LookupFunction): buildConnector.connector {
  const connect = library.buildConnector({ timeout: usualDeadlineMs, allowH2: false, lookup });
  return (options, callback) => {
    const literal = options.hostname.replace(/^\[|\]$/g, '');
    if (isIP(literal) !== 0 && !isPublicAddress(literal)) {
      callback(refused(`${options.hostname} is not a public address.`, 'addressPrivate'), null);
      return;
    }
    connect(options, (...result) => {
      const [error, socket] = result;
      if (error === null && socket.remoteAddress !== undefined && !isPublicAddress(socket.remoteAddress)) {
        socket.destroy();
        callback(refused(`${options.hostname} leads to an address that is not public.`, 'addressPrivate'), null);
      } else callback(...result);
    });
  };
}
