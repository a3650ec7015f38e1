/** A plugin's whole world, made for one call. This is the only place that makes a `fetch`. */
import type { Static, TSchema } from 'typebox';
import type { Context, Log, StoredMedia } from './contract/context.ts';
import type { Json, Plugin } from './contract/plugin.ts';
import type { Caller, Outbound } from './outbound.ts';
import { secretsIn } from './secrets.ts';
import { isRecord } from './settings.ts';

/** The connection's small durable store; whoever implements it seals the values. */
export interface Store {
  get(key: string): Promise<Json | undefined>;
  set(key: string, value: Json): Promise<void>;
}

export interface ContextParts<S extends TSchema> {
  plugin: Pick<Plugin<string, S>, 'name' | 'settings' | 'origins'>;
  /** Checked, with secrets in the open. */
  settings: Static<S>;
  /** Whose log lines these are. */
  connectionId: string;
  /** The public address of the connection's webhook. */
  webhookUrl: string;
  outbound: Outbound;
  log: Log;
  clock: { now(): number };
  store: Store;
  media(id: string): Promise<StoredMedia | undefined>;
  mediaUrl(id: string, ttlMs: number, name?: string): string;
  signal: AbortSignal;
}

export function createContext<S extends TSchema>({ plugin, settings, connectionId, webhookUrl, outbound, log, clock, store, media, mediaUrl, signal }: ContextParts<S>): Context<Static<S>> {
  const known = knownOf(plugin, settings);
  const caller: Caller = { ...known, signal };
  return {
    settings,
    fetch: (url, init = {}) => outbound.call(url, init, caller),
    download: (url, init = {}) => outbound.download(url, init, caller),
    media,
    log: logOf(log, plugin.name, connectionId, known.secrets),
    now: () => clock.now(),
    signal,
    callbackUrl(query) {
      const url = new URL(webhookUrl);
      for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
      return url.href;
    },
    mediaUrl,
    store: { get: (key) => store.get(key), set: (key, value) => store.set(key, value) },
  };
}

type Known = Pick<Caller, 'origins' | 'secrets'>;

/** The same settings object is read once: a context is made for every message. */
const knownBySettings = new WeakMap<object, Known>();

/** Where a plugin may call, and what must go nowhere else. */
export function knownOf<S extends TSchema>(plugin: ContextParts<S>['plugin'], settings: Static<S>): Known {
  const found = isRecord(settings) ? knownBySettings.get(settings) : undefined;
  if (found) return found;
  const origins = (plugin.origins?.(settings) ?? []).flatMap((typed) => URL.parse(typed)?.origin ?? []);
  const known: Known = { origins: new Set(origins), secrets: secretsOf(plugin, settings) };
  if (isRecord(settings)) knownBySettings.set(settings, known);
  return known;
}

/** Says who speaks, and takes the connection's own secrets out of what a plugin writes. */
function logOf(log: Log, plugin: string, connection: string, secrets: readonly string[]): Log {
  const write = (level: keyof Log) => (what: object, message: string) => {
    log[level]({ ...scrubbed(what, secrets, 0), plugin, connection }, scrubText(message, secrets));
  };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

/** Takes the secrets of a plugin's settings out of what it throws and answers: before that is logged, kept or shown. */
export interface Scrubber {
  text(text: string): string;
  error(error: unknown): unknown;
}

export function scrubberOf<S extends TSchema>(plugin: { settings: S }, settings: Static<S>): Scrubber {
  return { text: (text) => scrubText(text, secretsOf(plugin, settings)), error: (error) => scrubValue(error, secretsOf(plugin, settings), 0) };
}

/** A secret of a few characters would be found everywhere. */
const secretsOf = (plugin: { settings: TSchema }, settings: unknown): string[] => secretsIn(plugin.settings, settings).filter((secret) => secret.length >= 6);

/** Replaces every occurrence of a secret. */
export function scrubText(text: string, secrets: readonly string[]): string {
  return secrets.reduce((clean, secret) => clean.replaceAll(secret, '[secret]'), text);
}

function scrubbed(what: object, secrets: readonly string[], depth: number): object {
  if (what instanceof Error) {
    const clean = new Error(scrubText(what.message, secrets));
    clean.name = what.name;
    clean.stack = scrubText(what.stack ?? '', secrets);
    if (what.cause !== undefined) clean.cause = scrubValue(what.cause, secrets, depth + 1);
    return { err: clean };
  }
  return Object.fromEntries(Object.entries(what).map(([key, value]) => [key, scrubValue(value, secrets, depth)]));
}

function scrubValue(value: unknown, secrets: readonly string[], depth: number): unknown {
  if (typeof value === 'string') return scrubText(value, secrets);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (depth > 6) return '…';
  if (Array.isArray(value)) return value.map((item) => scrubValue(item, secrets, depth + 1));
  return value instanceof Error ? (Object.values(scrubbed(value, secrets, depth + 1))[0] ?? null) : scrubbed(value, secrets, depth + 1);
}
