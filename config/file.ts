/** The configuration file: found, parsed, and its `env:NAME` replaced. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join, resolve } from 'node:path';
import { asData, isRecord, placeOf } from '../core/plugin/settings.ts';
import { yaml } from '../core/yaml.ts';
import { faultOfFile, refusal } from './sentences.ts';

/** `process.env` or a stand-in for it. */
export type Environment = Readonly<Record<string, string | undefined>>;

const candidates = ['switchboard.config.ts', 'switchboard.config.json', 'switchboard.config.yaml'];

/** The file that SWITCHBOARD_CONFIG names, else the one that lies here. */
export function findFile(env: Environment, cwd: string): string | undefined {
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

/** What the file says, with its variables in place; a blank setting is an unset one. */
export function readFile(file: string, env: Environment): Record<string, unknown> {
  const plain = asData(parseFile(file));
  if ('errors' in plain) throw faultOfFile(plain.errors[0], file);
  if (!isRecord(plain.data)) throw refusal('CONFIG_INVALID', `${file} holds no settings; it must be an object such as { "port": 3000 }.`);
  const written = withVariables(plain.data, [], env, file);
  return isRecord(written) ? withoutBlanks(written) : {};
}

function parseFile(file: string): unknown {
  const kind = extname(file);
  try {
    if (kind === '.json') return parseJson(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
    if (kind === '.yaml' || kind === '.yml') {
      const document = yaml().parseDocument(readFileSync(file, 'utf8'));
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
    const [found] = yaml().parseDocument(text).errors[0]?.linePos ?? [];
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

/** The YAML parser adds a picture of the place after the first line; that picture may hold a secret. */
function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (message.split('\n')[0] ?? '').replace(/[.:;\s]+$/, '');
}
