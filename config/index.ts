/**
 * The configuration: defaults, then a file, then the environment. This is the only reader of the environment.
 * It stops at the first thing that is not right, with the place and the remedy, and never prints a value that may be secret.
 */
import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import type { TSchema } from 'typebox';
import { checkSettings, isRecord, placeOf, wordsOf, type Fault } from '../core/plugin/settings.ts';
import { findFile, readFile, type Environment } from './file.ts';
import { checkReferences } from './references.ts';
import { schema, type Settings } from './schema.ts';
import { inFile, refusal, sentence } from './sentences.ts';

export type { Environment } from './file.ts';
export type * from './schema.ts';

export interface Config extends Omit<Settings, 'pluginsDir'> {
  /** The file that was read; absent when there was none. */
  file?: string;
  /** Folder of the operator's own plugins. */
  pluginsDir: string;
}

export interface ConfigLine {
  name: string;
  /** Secrets are masked. */
  value: string;
  origin: 'default' | `file ${string}` | `environment ${string}`;
}

const origins = new WeakMap<Config, Map<string, ConfigLine['origin']>>();

/**
 * Reads the configuration once. Relative paths of the file count from its folder, those of the environment from `cwd`.
 * @throws SwitchboardError CONFIG_INVALID, CONFIG_VARIABLE_MISSING or CONFIG_REFERENCE
 */
export function loadConfig({ env = process.env, cwd = process.cwd() }: { env?: Environment; cwd?: string } = {}): Config {
  const file = findFile(env, cwd);
  const written = file === undefined ? {} : readFile(file, env);
  const given = new Map<string, ConfigLine['origin']>();
  for (const { path } of settingsOf(schema)) if (file !== undefined && valueAt(written, path) !== undefined) given.set(placeOf(path), `file ${file}`);

  for (const { path, words, variable } of settingsOf(schema)) {
    const typed = variable === undefined ? undefined : env[variable]?.trim();
    if (variable === undefined || !typed) continue;
    put(written, path, fromText(typed, words.type ?? 'string', variable));
    given.set(placeOf(path), `environment ${variable}`);
  }

  const checked = checkSettings(schema, written);
  if ('errors' in checked) {
    const [first] = checked.errors;
    throw refusal('CONFIG_INVALID', sentence(placeOfFault(first, given, file), first));
  }
  const { settings } = checked;
  const base = (setting: string) => (given.get(setting)?.startsWith('file ') && file !== undefined ? dirname(file) : cwd);
  const where = (setting: string) => givenAt(setting, given, file);
  checkReferences(settings, (code, place, rest) => refusal(code, `${inFile(place, file)} ${rest}`));

  const dataDir = resolve(base('dataDir'), settings.dataDir);
  const { folder: mediaFolder, ...media } = settings.media;
  const config: Config = {
    ...settings,
    dataDir,
    media: { ...media, ...(mediaFolder !== undefined && { folder: resolve(base('media.folder'), mediaFolder) }) },
    pluginsDir: settings.pluginsDir === undefined ? join(dataDir, 'plugins') : resolve(base('pluginsDir'), settings.pluginsDir),
    plugins: settings.plugins.map((entry) => fromFolder(entry, base('plugins'))),
    trustedProxies: settings.trustedProxies.map((range) => checkRange(range, where('trustedProxies'))),
    allowedOrigins: [...new Set([...settings.allowedOrigins.map((origin) => checkOrigin(origin, where('allowedOrigins'))), ...declaredOrigins(settings)])],
  };
  if (settings.publicUrl !== undefined) config.publicUrl = checkPublicUrl(settings.publicUrl, where('publicUrl'));
  if (file !== undefined) config.file = file;
  freeze(config);
  origins.set(config, given);
  return config;
}

/** What holds and where it comes from, for `switchboard config`. */
export function describeConfig(config: Config): ConfigLine[] {
  const given = origins.get(config);
  return settingsOf(schema).map(({ path, words }) => {
    const name = placeOf(path);
    const value = valueAt(config, path);
    return { name, value: shown(name, value, words.writeOnly === true), origin: given?.get(name) ?? 'default' };
  });
}

// ── the settings of the schema, flat ─────────────────────────────────────────────────────────────────────────────────

interface Setting {
  path: string[];
  words: ReturnType<typeof wordsOf>;
  variable?: string;
}

function settingsOf(object: TSchema, above: string[] = []): Setting[] {
  return Object.entries(wordsOf(object).properties ?? {}).flatMap(([name, member]) => {
    const words = wordsOf(member);
    const path = [...above, name];
    if (words.type === 'object') return settingsOf(member, path);
    const variable = 'env' in member && typeof member.env === 'string' ? { variable: member.env } : {};
    return [{ path, words, ...variable }];
  });
}

function valueAt(value: unknown, path: string[]): unknown {
  return path.reduce<unknown>((at, step) => (isRecord(at) && Object.hasOwn(at, step) ? at[step] : undefined), value);
}

function put(target: Record<string, unknown>, path: string[], value: unknown): void {
  const [step, ...rest] = path;
  if (step === undefined) return;
  if (rest.length === 0) target[step] = value;
  else {
    const within = target[step];
    const next = isRecord(within) ? within : {};
    target[step] = next;
    put(next, rest, value);
  }
}

// ── single values ────────────────────────────────────────────────────────────────────────────────────────────────────

const yes = new Set(['true', 'yes', 'on', '1']);
const no = new Set(['false', 'no', 'off', '0']);

function fromText(typed: string, type: string, variable: string): unknown {
  if (type === 'integer') {
    if (/^-?\d{1,15}$/.test(typed)) return Number(typed);
    throw refusal('CONFIG_INVALID', `The environment variable ${variable} must be a whole number; set it to one or unset it.`);
  }
  if (type === 'boolean') {
    if (yes.has(typed.toLowerCase())) return true;
    if (no.has(typed.toLowerCase())) return false;
    throw refusal('CONFIG_INVALID', `The environment variable ${variable} must be true or false; set it to one of them or unset it.`);
  }
  if (type === 'array') return typed.split(/[\s,]+/).filter((item) => item !== '');
  return typed;
}

function checkPublicUrl(typed: string, place: string): string {
  const url = URL.parse(typed);
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw refusal('CONFIG_INVALID', `${place} must be an address such as https://bots.example.com, without user, query or fragment.`);
  }
  return url.origin + url.pathname.replace(/\/+$/, '');
}

function checkOrigin(typed: string, place: string): string {
  const url = URL.parse(typed);
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    throw refusal('CONFIG_INVALID', `${place} must list origins such as http://10.0.0.5:8080, without a path.`);
  }
  return url.origin;
}

function checkRange(range: string, place: string): string {
  const [address = '', bits, ...more] = range.split('/');
  const widest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  const named = ['loopback', 'linklocal', 'uniquelocal'].includes(range);
  const right = named || (more.length === 0 && widest > 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= widest)));
  if (!right) throw refusal('CONFIG_INVALID', `${place} must list addresses or CIDR ranges such as 10.0.0.0/8; one of them is neither.`);
  return range;
}

/** An address written in the file is named by the operator, so it may be private or http. */
function declaredOrigins(settings: Settings): string[] {
  return settings.tenants
    .flatMap((tenant) => [...tenant.connections, ...tenant.agents])
    .flatMap((declared) => Object.entries(declared.settings))
    .flatMap(([name, value]) => {
      const url = /url$/i.test(name) && typeof value === 'string' ? URL.parse(value) : null;
      return url && ['http:', 'https:'].includes(url.protocol) ? [url.origin] : [];
    });
}

/** A plugin's relative path counts from the file that names it, when it is there; else the loader looks in its folders. */
function fromFolder(entry: string, base: string): string {
  const near = resolve(base, entry);
  return /^\.\.?[\\/]/.test(entry) && existsSync(near) ? near : entry;
}

// ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────────

function givenAt(setting: string, given: Map<string, string>, file: string | undefined): string {
  const origin = given.get(setting) ?? '';
  if (origin.startsWith('environment ')) return `The environment variable ${origin.slice('environment '.length)}`;
  return inFile(setting, file);
}

function placeOfFault(fault: Fault | undefined, given: Map<string, string>, file: string | undefined): string {
  const whole = placeOf(fault?.path ?? []);
  const setting = [...given.keys()].find((name) => whole === name || whole.startsWith(`${name}[`)) ?? whole;
  return given.get(setting)?.startsWith('environment ') ? givenAt(setting, given, file) : inFile(whole, file);
}

function shown(name: string, value: unknown, secret: boolean): string {
  if (value === undefined) return '';
  if (secret) return '••••••••';
  if (name === 'tenants' && Array.isArray(value)) return value.map((tenant: unknown) => (isRecord(tenant) ? String(tenant['slug']) : '')).join(', ');
  return Array.isArray(value) ? value.join(', ') : typeof value === 'string' ? value : JSON.stringify(value);
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  Object.values(value).forEach(freeze);
}
