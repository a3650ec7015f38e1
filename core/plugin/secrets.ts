/**
 * Secrets at rest: AES-256-GCM under a key that is not in the database. A sealed value names the key it needs, and is bound to
 * its place, so that a value copied into another row or field does not open.
 */
import { createCipheriv, createDecipheriv, createHash, createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { TSchema } from 'typebox';
import { SwitchboardError } from '../errors.ts';
import type { Log } from './contract/context.ts';
import { isRecord, wordsOf } from './settings.ts';

export interface Sealer {
  /** @param place where it will stand, for example `connection/{id}/settings.accessToken`; opening needs the same. */
  seal(text: string, place: string): string;
  /** @throws SwitchboardError UNSEALING_FAILED */
  open(sealed: string, place: string): string;
  /** Sealed under the newest key; undefined when it already is, so that a rotation writes only what changes. */
  reseal(sealed: string, place: string): string | undefined;
  /** Names the newest key without telling it; stored beside the data so that a wrong key is noticed before any write. */
  fingerprint(): string;
  /** The fingerprints of all keys that can open, newest first. */
  fingerprints(): string[];
  /** Keys for another purpose, of 32 bytes, one of each of ours, newest first: they tell nothing of ours or of one another. */
  derive(purpose: string): Buffer[];
}

export const version = 'v1';
const ivBytes = 12;
const tagBytes = 16;

/** @param keys 32 bytes each, the newest first: it seals, all of them open. */
export function createSealer(keys: readonly Buffer[]): Sealer {
  const ring = new Map<string, KeyObject>();
  for (const key of keys) {
    if (key.length !== 32) throw new RangeError('A sealing key has 32 bytes.');
    ring.set(fingerprintOf(key), createSecretKey(key));
  }
  const [newest] = ring;
  if (!newest) throw new RangeError('There is no sealing key.');
  const [newestId, newestKey] = newest;

  const seal: Sealer['seal'] = (text, place) => {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv('aes-256-gcm', newestKey, iv, { authTagLength: tagBytes }).setAAD(Buffer.from(`${version}.${newestId}.${place}`));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return [version, newestId, iv.toString('base64url'), cipher.getAuthTag().toString('base64url'), sealed.toString('base64url')].join('.');
  };

  const open: Sealer['open'] = (sealed, place) => {
    const [found, id = '', iv = '', tag = '', text, ...more] = sealed.split('.');
    const key = ring.get(id);
    if (found !== version || text === undefined || more.length > 0) throw unsealing('A stored secret is damaged; type it again.');
    if (!key) throw unsealing(`A stored secret was sealed under the key ${id}, which is not among the present ones; add that key to SECRET_KEY.`);
    const [ivGiven, tagGiven] = [Buffer.from(iv, 'base64url'), Buffer.from(tag, 'base64url')];
    if (ivGiven.length !== ivBytes || tagGiven.length !== tagBytes) throw unsealing('A stored secret is damaged; type it again.');
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, ivGiven, { authTagLength: tagBytes }).setAAD(Buffer.from(`${version}.${id}.${place}`)).setAuthTag(tagGiven);
      return Buffer.concat([decipher.update(Buffer.from(text, 'base64url')), decipher.final()]).toString('utf8');
    } catch {
      throw unsealing('A stored secret is damaged or stands in a place that is not its own; type it again.');
    }
  };

  return {
    seal,
    open,
    reseal: (sealed, place) => (sealed.startsWith(`${version}.${newestId}.`) ? undefined : seal(open(sealed, place), place)),
    fingerprint: () => newestId,
    fingerprints: () => [...ring.keys()],
    derive: (purpose) => [...ring.values()].map((key) => Buffer.from(hkdfSync('sha256', key, 'switchboard', purpose, 32))),
  };
}

/** Which key a sealed value needs; undefined when it is not a sealed value. */
export function keyOf(sealed: string): string | undefined {
  const [found, id] = sealed.split('.');
  return found === version ? id : undefined;
}

function fingerprintOf(key: Buffer): string {
  return createHash('sha256').update('switchboard key fingerprint\n').update(key).digest('base64url').slice(0, 12);
}

function unsealing(sentence: string): SwitchboardError {
  return new SwitchboardError('UNSEALING_FAILED', sentence);
}

// ── settings: only the secret members are sealed ─────────────────────────────────────────────────────────────────────

/** The settings as they are stored: members marked `writeOnly` sealed, at any depth of objects. */
export function sealSettings(sealer: Sealer, schema: TSchema, settings: unknown, place: string): unknown {
  return mapSecrets(schema, settings, place, (text, here) => sealer.seal(text, here));
}

/** @throws SwitchboardError UNSEALING_FAILED */
export function openSettings(sealer: Sealer, schema: TSchema, stored: unknown, place: string): unknown {
  return mapSecrets(schema, stored, place, (sealed, here) => sealer.open(sealed, here));
}

/** Sealed under the newest key; undefined when nothing changed. */
export function resealSettings(sealer: Sealer, schema: TSchema, stored: unknown, place: string): unknown {
  let changed = false;
  const resealed = mapSecrets(schema, stored, place, (sealed, here) => {
    const next = sealer.reseal(sealed, here);
    if (next === undefined) return sealed;
    changed = true;
    return next;
  });
  return changed ? resealed : undefined;
}

/** The secrets that stand in these settings, in the open. */
export function secretsIn(schema: TSchema, settings: unknown): string[] {
  const found: string[] = [];
  mapSecrets(schema, settings, '', (text) => {
    found.push(text);
    return text;
  });
  return found;
}

function mapSecrets(schema: TSchema, value: unknown, place: string, change: (text: string, place: string) => string): unknown {
  const words = wordsOf(schema);
  if (words.writeOnly === true) return typeof value === 'string' && value !== '' ? change(value, place) : value;
  if (!isRecord(value) || !words.properties) return value;
  const copy: Record<string, unknown> = { ...value };
  for (const [name, member] of Object.entries(words.properties)) {
    if (Object.hasOwn(copy, name)) copy[name] = mapSecrets(member, copy[name], `${place}.${name}`, change);
  }
  return copy;
}

// ── where the keys come from ─────────────────────────────────────────────────────────────────────────────────────────

export interface KeySource {
  /** `SECRET_KEY`: one key, or "new,old". */
  secretKey?: string;
  /** Holds `secret.key` where there is no `SECRET_KEY`. */
  dataDir: string;
  databaseUrl?: string;
  log: Log;
}

const leastCharacters = 32;
const keyFile = 'secret.key';

/**
 * The keys, newest first: of SECRET_KEY, else of the key file, which is made on the first start.
 * With SECRET_KEY the file's key still opens what was sealed under it, so that one can move from the file to the variable.
 * @throws SwitchboardError SECRET_KEY_MISSING, CONFIG_INVALID
 */
export function readKeys({ secretKey, dataDir, databaseUrl, log }: KeySource): Buffer[] {
  const file = join(dataDir, keyFile);
  if (secretKey !== undefined && secretKey.trim() !== '') {
    const named = secretKey.split(',').map((part) => keyFrom(part.trim()));
    const kept = statSync(file, { throwIfNoEntry: false }) ? [readKeyFile(file, log)] : [];
    return [...named, ...kept];
  }
  if (databaseUrl !== undefined) {
    throw new SwitchboardError('SECRET_KEY_MISSING', `DATABASE_URL is set and SECRET_KEY is not: every process on that database must share one key. Set SECRET_KEY to at least ${leastCharacters} random characters, for example the output of: openssl rand -base64 32`);
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  if (!statSync(file, { throwIfNoEntry: false })) makeKeyFile(file);
  return [readKeyFile(file, log)];
}

/** Any long text becomes a key. It is not stretched: what is asked for is random, not a pass phrase. */
function keyFrom(text: string): Buffer {
  if (text.length < leastCharacters) {
    throw new SwitchboardError('CONFIG_INVALID', `SECRET_KEY must be at least ${leastCharacters} random characters (two of them, "new,old", while it is rotated); make one with: openssl rand -base64 32`);
  }
  return Buffer.from(hkdfSync('sha256', text, 'switchboard', 'sealing key 1', 32));
}

/** Written whole or not at all: a second process that starts at the same moment takes the first one's key. */
function makeKeyFile(file: string): void {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  const handle = openSync(draft, 'wx', 0o600);
  try {
    writeSync(handle, `${randomBytes(32).toString('base64url')}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  try {
    linkSync(draft, file);
  } catch (error) {
    const code = isRecord(error) ? error['code'] : undefined;
    // A file system without hard links: there a rename is the nearest thing to whole-or-not.
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS') renameSync(draft, file);
    else if (code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function readKeyFile(file: string, log: Log): Buffer {
  const { mode } = statSync(file);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    log.warn({ file }, 'The key file could be read by others on this machine; its permissions were tightened to 0600.');
    chmodSync(file, 0o600);
  }
  const text = readFileSync(file, 'utf8').trim();
  if (text.length < leastCharacters) throw new SwitchboardError('CONFIG_INVALID', `The key file ${file} is damaged; restore it from a backup, or set SECRET_KEY.`);
  return keyFrom(text);
}
