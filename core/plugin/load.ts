/**
 * Finds, imports and checks the listed plugins. A broken one is named with what to change and left out; the others start.
 * Nothing here knows a plugin by name: built-in ones are the folders of `plugins/`.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SwitchboardError, type Code } from '../errors.ts';
import type { Agent } from './contract/agent.ts';
import type { Channel } from './contract/channel.ts';
import type { Log } from './contract/context.ts';
import type { Notifier } from './contract/notifier.ts';
import type { AnyPlugin } from './contract/plugin.ts';
import { isRecord } from './settings.ts';
import { isPlugin, shapeFault, unknownMembers } from './shape.ts';

export interface BrokenPlugin {
  /** As it stands in the configuration. */
  entry: string;
  code: Code;
  /** What is wrong and what to change. */
  sentence: string;
}

export interface Plugins {
  readonly all: readonly AnyPlugin[];
  readonly broken: readonly BrokenPlugin[];
  /** Undefined when no such channel is loaded. */
  channel(name: string): Channel | undefined;
  agent(name: string): Agent | undefined;
  notifiers(): readonly Notifier[];
}

export interface Places {
  /** The program's own folder, which holds `plugins/`. */
  root: string;
  /** The operator's folder of plugins. */
  pluginsDir?: string;
  log: Log;
  /** Longest that importing one plugin may take. */
  importMs?: number;
}

/** Loads what `list` names: built-in names, paths of files or folders, npm packages. Never throws for a plugin's sake. */
export async function loadPlugins(list: readonly string[], { root, pluginsDir, log, importMs = 10_000 }: Places): Promise<Plugins> {
  lendOurModules(root);
  const found: { entry: string; found: Loaded }[] = [];
  process.on('exit', nameWhoEnds);
  try {
    // One after the other: a plugin that ends the process is then known by name.
    for (const entry of list) {
      importing = entry;
      found.push({ entry, found: await load(entry, root, pluginsDir, importMs) });
    }
  } finally {
    importing = undefined;
    process.off('exit', nameWhoEnds);
  }
  const loaded = new Map<string, { entry: string; plugin: AnyPlugin }>();
  const broken: BrokenPlugin[] = [];
  for (const { entry, found: result } of found) {
    if ('code' in result) {
      broken.push({ entry, ...result });
      continue;
    }
    const { plugin } = result;
    const first = loaded.get(plugin.name);
    if (first) {
      broken.push({ entry, code: 'PLUGIN_DUPLICATE', sentence: `The plugin "${entry}" is named "${plugin.name}" like "${first.entry}", which is listed before it; rename it or remove one of them from plugins.` });
      continue;
    }
    loaded.set(plugin.name, { entry, plugin });
    for (const { member, near } of unknownMembers(plugin)) {
      log.warn({ plugin: plugin.name, member }, `The plugin "${plugin.name}" has a member "${member}" that the contract does not know${near ? `; was "${near}" meant?` : '; it has no effect.'}`);
    }
  }
  for (const { entry, code, sentence } of broken) log.error({ plugin: entry, code }, sentence);
  return pluginsOf([...loaded.values()].map(({ plugin }) => plugin), broken);
}

/** Plugins that are values already: for tests and for what `loadPlugins` found. */
export function pluginsOf(all: readonly AnyPlugin[], broken: readonly BrokenPlugin[] = []): Plugins {
  const channels = new Map(all.flatMap((plugin) => (plugin.kind === 'channel' ? [[plugin.name, plugin] as const] : [])));
  const agents = new Map(all.flatMap((plugin) => (plugin.kind === 'agent' ? [[plugin.name, plugin] as const] : [])));
  const notifiers = all.filter((plugin) => plugin.kind === 'notifier');
  return { all, broken, channel: (name) => channels.get(name), agent: (name) => agents.get(name), notifiers: () => notifiers };
}

/** The plugin being imported. */
let importing: string | undefined;

/** A plugin that ends the process would leave nothing to read: no error is thrown, and the log is not written out any more. */
function nameWhoEnds(): void {
  if (importing !== undefined) process.stderr.write(`The process was ended while the plugin "${importing}" was loaded; a plugin must not call process.exit. Correct it or take it out of plugins.\n`);
}

/** Where each loaded plugin lies, for naming whose code an error comes from. */
const homes = new Map<string, string>();

/** The folder, or the file of a plugin of one file, in which the stack of an error nobody caught lies; undefined when it is not a plugin's. */
export function pluginInStack(stack: string): string | undefined {
  for (const line of stack.split('\n')) {
    for (const [home, place] of homes) if (line.includes(home)) return place;
  }
  return undefined;
}

/** An index file stands for its folder. */
function remember(url: string): void {
  const file = fileURLToPath(url);
  const folder = dirname(file);
  if (/^index\.[a-z]+$/.test(basename(file))) {
    homes.set(pathToFileURL(folder + sep).href, folder);
    homes.set(folder + sep, folder);
  } else {
    homes.set(url, file);
    homes.set(file, file);
  }
}

type Loaded = { plugin: AnyPlugin } | Omit<BrokenPlugin, 'entry'>;

async function load(entry: string, root: string, pluginsDir: string | undefined, importMs: number): Promise<Loaded> {
  try {
    const url = locate(entry, root, pluginsDir);
    remember(url);
    const module: unknown = await within(importMs, import(url));
    const value = isRecord(module) ? module['default'] : undefined;
    if (isPlugin(value)) return { plugin: value };
    const fault = shapeFault(value);
    return { code: fault?.code ?? 'PLUGIN_BROKEN', sentence: `The plugin "${entry}" ${fault?.says ?? 'is not a plugin.'}` };
  } catch (error) {
    if (error instanceof SwitchboardError) return { code: error.code, sentence: error.message };
    return { code: 'PLUGIN_BROKEN', sentence: `The plugin "${entry}" ${importFault(error)}` };
  }
}

async function within<T>(ms: number, importing: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Slow(ms)), ms);
  try {
    return await Promise.race([importing, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

class Slow extends Error {
  constructor(ms: number) {
    super(`did not finish loading within ${ms / 1000} s; it awaits something at its top level, move that into a function.`);
  }
}

function importFault(error: unknown): string {
  if (error instanceof Slow) return error.message;
  const code = isRecord(error) ? error['code'] : undefined;
  const said = (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 300).replace(/[.\s]+$/, '') ?? '';
  switch (code) {
    case 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING': return 'is an npm package of TypeScript files, which Node does not run; it must ship JavaScript, or be copied into the plugins folder.';
    case 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX': return `uses TypeScript that cannot simply be stripped (${said}); write it without enum, namespace, parameter properties and decorators.`;
    case 'ERR_INVALID_TYPESCRIPT_SYNTAX': return `is not valid TypeScript (${said}); correct it.`;
    case 'ERR_MODULE_NOT_FOUND': return `imports something that is not there (${said}); install it beside the plugin or correct the import.`;
    default: return error instanceof SyntaxError ? `does not parse or imports a name that does not exist (${said}); correct it.` : `threw while it was loaded (${said}); move what can fail into its functions, or correct it.`;
  }
}

// ── where a plugin is ────────────────────────────────────────────────────────────────────────────────────────────────

const indexes = ['index.ts', 'index.js', 'index.mjs'];
const packageName = /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;

function locate(entry: string, root: string, pluginsDir: string | undefined): string {
  const folders = pluginsDir === undefined ? [root] : [pluginsDir, root];
  if (isAbsolute(entry) || /^\.\.?[\\/]/.test(entry) || /\.(ts|mts|js|mjs)$/.test(entry)) {
    const looked = isAbsolute(entry) ? [entry] : folders.map((folder) => resolve(folder, entry));
    return firstFile(looked) ?? notFound(`The plugin "${entry}" is not there (looked for ${looked.join(' and ')}); correct the path in plugins.`);
  }
  if (!packageName.test(entry)) notFound(`The plugin "${entry}" is neither a name, a path nor an npm package; correct it in plugins.`);
  const named = firstFile([join(root, 'plugins', entry), ...(pluginsDir === undefined ? [] : [join(pluginsDir, entry), join(pluginsDir, `${entry}.ts`), join(pluginsDir, `${entry}.js`)])]);
  if (named !== undefined) return named;
  const installed = folders.map((folder) => packageIn(folder, entry)).find((url) => url !== undefined);
  if (installed !== undefined) return installed;
  // A folder without an index is no plugin: what several of them share lies beside them.
  const builtIn = existsSync(join(root, 'plugins')) ? readdirSync(join(root, 'plugins')).filter((name) => firstFile([join(root, 'plugins', name, 'index.ts')]) !== undefined) : [];
  return notFound(`The plugin "${entry}" is not built in (those are ${builtIn.join(', ') || 'none'}), not in the plugins folder and not an installed npm package; install it or correct the name in plugins.`);
}

/** The package as a file in this folder would import it; undefined when it is not installed there. */
function packageIn(folder: string, name: string): string | undefined {
  try {
    return import.meta.resolve(`${packageScheme}${encodeURIComponent(pathToFileURL(join(folder, 'plugins.js')).href)}/${name}`);
  } catch {
    return undefined;
  }
}

function firstFile(paths: string[]): string | undefined {
  for (const path of paths) {
    const kind = statSync(path, { throwIfNoEntry: false });
    const file = kind?.isDirectory() ? indexes.map((index) => join(path, index)).find((index) => existsSync(index)) : kind?.isFile() ? path : undefined;
    if (file !== undefined) return pathToFileURL(file).href;
  }
  return undefined;
}

function notFound(sentence: string): never {
  throw new SwitchboardError('PLUGIN_NOT_FOUND', sentence);
}

// ── what a plugin outside our folder may import ──────────────────────────────────────────────────────────────────────

/** Ours alone: `{scheme}{address of a file}/{package}` is the package as that file would import it. */
const packageScheme = 'switchboard-package:';
let lent = false;

/** A file outside the root has no `#plugin` of its own: it gets ours, the same module that everybody else has. */
function lendOurModules(root: string): void {
  if (lent) return;
  lent = true;
  const ours: Record<string, string> = {
    '#plugin': new URL('./index.ts', import.meta.url).href,
    '#testing': pathToFileURL(join(root, 'test', 'kit', 'index.ts')).href,
  };
  registerHooks({
    resolve(specifier, context, next) {
      const url = ours[specifier];
      if (url !== undefined) return { url, shortCircuit: true };
      if (!specifier.startsWith(packageScheme)) return next(specifier, context);
      const [parent = '', ...name] = specifier.slice(packageScheme.length).split('/');
      return next(name.join('/'), { ...context, parentURL: decodeURIComponent(parent) });
    },
  });
}
