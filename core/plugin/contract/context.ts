/** A plugin's whole world: what it is given when it is asked to do something. */
import type { Json } from './plugin.ts';

export interface Context<S> {
  settings: S;
  /**
   * One call to the outside through the guard: public addresses only (unless the operator named the origin), no redirects,
   * 15 s in all, 1 MB of answer. Credentials may only travel to the plugin's own `origins`.
   * @throws NotSent nothing left this machine (refused, DNS, TLS, guard): safe to try again
   * @throws Silence the request may have arrived, no usable answer came: the outcome is unknown
   */
  fetch(url: string, init?: FetchInit): Promise<Answer>;
  /**
   * Reads the bytes of a medium through the same guard: as a stream, up to `maxBytes`, following at most three redirects
   * that stay on https. Headers that carry credentials are dropped at an origin that is not the plugin's own.
   * @throws NotSent, Silence also while the stream is read: a medium may always be asked for again
   */
  download(url: string, init?: { headers?: Record<string, string>; maxBytes?: number; timeoutMs?: number }): Promise<Download>;
  /** A stored medium, to be uploaded to the provider. Undefined: there is none of this id, or its bytes are not here. */
  media(id: string): Promise<StoredMedia | undefined>;
  log: Log;
  /** Milliseconds since 1970; the only clock a plugin may read. */
  now(): number;
  /** Aborted at shutdown and when the call's time is over. */
  signal: AbortSignal;
  /** The public URL of this connection's webhook, with optional query parameters. */
  callbackUrl(query?: Record<string, string>): string;
  /** A signed URL of a stored medium that the provider may read for `ttlMs` milliseconds; its path ends in `name`, by which some call the file. */
  mediaUrl(id: string, ttlMs: number, name?: string): string;
  /** A small durable store of the connection's own, for tokens and cursors. Values are sealed at rest. */
  store: { get(key: string): Promise<Json | undefined>; set(key: string, value: Json): Promise<void> };
}

export interface FetchInit {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  headers?: Record<string, string>;
  /** A stream is sent with its length and never repeated; `multipart` makes one of a form with a file. */
  body?: string | Uint8Array | { bytes: number; stream: AsyncIterable<Uint8Array> };
  /** Total deadline in milliseconds; 15,000 unless told. */
  timeoutMs?: number;
  /** Cap on the answer's bytes; 1,000,000 unless told. More is a Silence. */
  maxBytes?: number;
}

export interface Answer {
  status: number;
  /** Lower-case names. */
  headers: Record<string, string>;
  body: Buffer;
  text(): string;
  /** @throws Silence when the body is not JSON: a provider that says yes in no language we know has not said yes. */
  json(): Json;
}

export interface Download {
  status: number;
  /** Lower-case names. */
  headers: Record<string, string>;
  stream: AsyncIterable<Uint8Array>;
}

export interface StoredMedia {
  bytes: number;
  /** As found in the bytes themselves. */
  mime: string;
  name?: string;
  stream(): AsyncIterable<Uint8Array>;
}

export interface Log {
  debug(what: object, message: string): void;
  info(what: object, message: string): void;
  warn(what: object, message: string): void;
  error(what: object, message: string): void;
}
