/**
 * The configuration: defaults, then a file, then the environment. This is the only reader of the environment.
 * It stops at the first thing that is not right, with the place and the remedy, and never prints a value that may be secret.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join, resolve } from 'node:path';
import { isIP } from 'node:net';
import type { TSchema } from 'typebox';
import { parseDocument } from 'yaml';
import { SwitchboardError, type Code } from '../core/errors.ts';
import { asData, checkSettings, isRecord, placeOf, wordsOf, type Fault } from '../core/plugin/settings.ts';
import { checkReferences } from './references.ts';
import { schema, type Settings } from './schema.ts';

export type * from './schema.ts';

export interface Config extends Omit<Settings, 'pluginsDir'> {
  /** The file that was read; absent when there was none. */
  file?: string;
  /** Folder of the operator's own plugins. */
  pluginsDir: string;
}

/** `process.env` or a stand-in for it. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigLine {
  name: string;
  /** Secrets are masked. */
  value: string;
  origin: 'default' | `file ${string}` | `environment ${string}`;
}

const origins = new WeakMap<Config, Map<string, ConfigLine['origin']>>();
const candidates = ['switchboard.config.ts', 'switchboard.config.json', 'switchboard.config.yaml'];

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
    throw refusal('CONFIG_INVALID', sentence(first, given, file));
  }
  const { settings } = checked;
  const base = (setting: string) => (given.get(setting)?.startsWith('file ') && file !== undefined ? dirname(file) : cwd);
  const where = (setting: string) => givenAt(setting, given, file);
  checkReferences(settings, (code, place, rest) => refusal(code, `${place}${file === undefined ? '' : ` in ${file}`} ${rest}`));

  const dataDir = resolve(base('dataDir'), settings.dataDir);
  const config: Config = {
    ...settings,
    dataDir,
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

// ── the file ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function findFile(env: Environment, cwd: string): string | undefined {
  const named = env['SWITCHBOARD_CONFIG']?.trim();
  if (named) {
    const file = resolve(cwd, named);
    if (!existsSync(file)) throw refusal('CONFIG_INVALID', `SWITCHBOARD_CONFIG names ${file}, which does not exist; correct the path or unset it.`);
    return file;
  }
  const found = candidates.map((name) => join(cwd, name)).filter((file) => existsSync(file));
  if (found.length > 1) throw refusal('CONFIG_INVALID', `There is more than one configuration file (${found.join(', ')}); keep one, or name it in SWITCHBOARD_CONFIG.`);
  return found[0];
}

function readFile(file: string, env: Environment): Record<string, unknown> {
  const plain = asData(parseFile(file));
  if ('errors' in plain) throw refusal('CONFIG_INVALID', sentence(plain.errors[0], new Map(), file));
  if (!isRecord(plain.data)) throw refusal('CONFIG_INVALID', `${file} holds no settings; it must be an object such as { "port": 3000 }.`);
  const written = withVariables(plain.data, [], env, file);
  return isRecord(written) ? withoutBlanks(written) : {};
}

function parseFile(file: string): unknown {
  const kind = extname(file);
  try {
    if (kind === '.json') return parseJson(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
    if (kind === '.yaml' || kind === '.yml') {
      const document = parseDocument(readFileSync(file, 'utf8'));
      const [error] = document.errors;
      if (error) throw error;
      return document.toJS({ maxAliasCount: 100 });
    }
    if (['.ts', '.js', '.mjs', '.mts'].includes(kind)) {
      const loaded: unknown = createRequire(file)(file);
      return isRecord(loaded) && 'default' in loaded ? loaded['default'] : loaded;
    }
  } catch (error) {
    throw refusal('CONFIG_INVALID', `${file} cannot be read: ${firstLine(error)}; correct it there.`);
  }
  throw refusal('CONFIG_INVALID', `${file} is of no kind that can be read; name a .ts, .json or .yaml file.`);
}

/** JSON.parse quotes the text around a mistake, which may be a secret: only the place is told. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const told = /line \d+ column \d+/.exec(error instanceof Error ? error.message : '')?.[0];
    const [found] = parseDocument(text).errors[0]?.linePos ?? [];
    const place = told ?? (found ? `line ${found.line} column ${found.col}` : undefined);
    throw new Error(place === undefined ? 'it is not JSON (a comma too many, or a comment)' : `it is not JSON at ${place}`, { cause: error });
  }
}

/** Puts the variable's value where the file says `env:NAME`. */
function withVariables(value: unknown, path: string[], env: Environment, file: string): unknown {
  if (Array.isArray(value)) return value.map((item, index) => withVariables(item, [...path, String(index)], env, file));
  if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withVariables(member, [...path, key], env, file)]));
  if (typeof value !== 'string' || !value.startsWith('env:')) return value;
  const variable = value.slice('env:'.length);
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)) {
    throw refusal('CONFIG_INVALID', `${placeOf(path)} in ${file} begins with env: but names no variable; write env:NAME with letters, digits and underscores.`);
  }
  const found = env[variable];
  if (found === undefined || found.trim() === '') {
    throw refusal('CONFIG_VARIABLE_MISSING', `${placeOf(path)} in ${file} needs the environment variable ${variable}, which is not set; set ${variable} or write the value in its place.`);
  }
  return found;
}

/** A blank setting is an unset one; inside the installation a blank stays, because there it may be meant. */
function withoutBlanks(written: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(written).filter(([, value]) => !(typeof value === 'string' && value.trim() === '')));
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

function refusal(code: Code, message: string, cause?: unknown): SwitchboardError {
  return new SwitchboardError(code, message, cause === undefined ? undefined : { cause });
}

function givenAt(setting: string, given: Map<string, string>, file: string | undefined): string {
  const origin = given.get(setting) ?? '';
  if (origin.startsWith('environment ')) return `The environment variable ${origin.slice('environment '.length)}`;
  return file === undefined ? setting : `${setting} in ${file}`;
}

function sentence(fault: Fault | undefined, given: Map<string, string>, file: string | undefined): string {
  if (!fault) return 'The configuration is not usable.';
  const { path, code, params } = fault;
  const whole = placeOf(path);
  const setting = [...given.keys()].find((name) => whole === name || whole.startsWith(`${name}[`)) ?? whole;
  const place = given.get(setting)?.startsWith('environment ') ? givenAt(setting, given, file) : `${whole || 'The configuration'}${file === undefined ? '' : ` in ${file}`}`;
  switch (code) {
    case 'required': return `${place} is missing; add it.`;
    case 'blank': return `${place} is empty; give it a value.`;
    case 'unknown': return `${place} is not known here; ${params['near'] ? `write "${params['near']}" or ` : ''}remove it.`;
    case 'forbidden': return `${place} is a name that may not be used; remove it.`;
    case 'wrongType': return `${place} must be ${article(String(params['expected']))}; correct it.`;
    case 'tooShort': return `${place} is too short; give it at least ${params['min']} characters.`;
    case 'tooLong': return `${place} is too long; at most ${params['max']} characters are allowed.`;
    case 'tooSmall': return `${place} is too small; the least is ${params['min']}.`;
    case 'tooBig': return `${place} is too large; the most is ${params['max']}.`;
    case 'tooFew': return `${place} has too few entries; at least ${params['min']} must be there.`;
    case 'tooMany': return `${place} has too many entries; at most ${params['max']} are allowed.`;
    case 'notOffered': return `${place} must be one of ${params['offered']}; choose one of them.`;
    case 'wrongForm': return `${place} does not have the right form; it must match ${params['form']}.`;
    case 'notData': return `${place} is not plain data; only text, numbers, true, false, null, lists and objects can stand there.`;
    default: return `${place} cannot be used; correct it${params['said'] === undefined ? '' : ` (${params['said']})`}.`;
  }
}

function article(expected: string): string {
  const words: Record<string, string> = { object: 'an object', array: 'a list', string: 'text', integer: 'a whole number', number: 'a number', boolean: 'true or false' };
  return words[expected] ?? expected;
}

function shown(name: string, value: unknown, secret: boolean): string {
  if (value === undefined) return '';
  if (secret) return '••••••••';
  if (name === 'tenants' && Array.isArray(value)) return value.map((tenant: unknown) => (isRecord(tenant) ? String(tenant['slug']) : '')).join(', ');
  return Array.isArray(value) ? value.join(', ') : typeof value === 'string' ? value : JSON.stringify(value);
}

/** The YAML parser adds a picture of the place after the first line; that picture may hold a secret. */
function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (message.split('\n')[0] ?? '').replace(/[.:;\s]+$/, '');
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  Object.values(value).forEach(freeze);
}
