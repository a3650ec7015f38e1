/** Who may import whom, kept by a test: what the architecture page says is what the code does. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import t from 'tap';

const root = dirname(import.meta.dirname);

interface Import {
  file: string;
  /** A path from the root, or the name of a package. */
  from: string;
  typeOnly: boolean;
}

/** Tests, and what only tests of a plugin use. */
const isTest = (file: string) => file.endsWith('.test.ts') || file.endsWith('/fixtures.ts');
const sources = globSync(['core/**/*.ts', 'config/**/*.ts', 'plugins/**/*.ts'], { cwd: root }).filter((file) => !isTest(file)).toSorted();
const text = (file: string) => readFileSync(join(root, file), 'utf8');
const imports = sources.flatMap(importsOf);

function importsOf(file: string): Import[] {
  const found = text(file).matchAll(/^(?:import|export)\s+(type\s)?[^;'"]*?(?:from\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm);
  return [...found].map(([, type, from = '', lazily]) => {
    const name = from || (lazily ?? '');
    return { file, from: name.startsWith('.') ? relative(root, join(root, dirname(file), name)) : name, typeOnly: type !== undefined };
  });
}

function offenders(wrong: (i: Import) => boolean): string[] {
  return imports.filter(wrong).map((i) => `${i.file} imports ${i.from}`);
}

const within = (path: string, folder: string) => path.startsWith(`${folder}/`);

/** Qontak and Coster pass Meta's own object on inside theirs: one reader of it is enough. */
const passesMetaOn = (i: Import) => /^plugins\/(qontak|coster)\//.test(i.file) && i.from === 'plugins/meta-cloud/value.ts';
/** Emulators are tools for development and stand on one base; what a contact does is Meta's words in those that pass Meta's words on. */
const isEmulator = (i: Import) => /^plugins\/[^/]+\/emulator(\/|\.ts$)/.test(i.file);
const standsOnBase = (i: Import) => isEmulator(i) && (within(i.from, 'plugins/emulator') || (/^plugins\/(qontak|coster)\//.test(i.file) && i.from === 'plugins/meta-cloud/emulator/customer.ts'));

t.ok(sources.length > 100 && imports.length > 300, 'the files and their imports are found');

t.same(
  offenders((i) => {
    const own = /^plugins\/[^/]+/.exec(i.file)?.[0];
    if (!own || passesMetaOn(i) || standsOnBase(i)) return false;
    if (i.from === '#testing') return !(i.typeOnly && /\/evidence(\/|\.ts$)/.test(i.file));
    if (i.from.startsWith('#')) return i.from !== '#plugin';
    return i.from.includes('/') && !i.from.startsWith('node:') && !i.from.startsWith('@') && !within(i.from, own) && /^(core|config|plugins|test|views)\//.test(i.from);
  }),
  [],
  'a plugin imports #plugin, Node, packages and its own folder, its evidence the form of evidence; only what Meta said may be read by another, and only emulators stand on a base of their own',
);

t.same(offenders((i) => within(i.file, 'core') && within(i.from, 'plugins')), [], 'core never imports plugins');

t.same(
  offenders((i) => within(i.file, 'core') && within(i.from, 'config') && !['core/main.ts', 'core/cli.ts'].includes(i.file)),
  [],
  'only main.ts and cli.ts import the configuration',
);

t.same(offenders((i) => within(i.file, 'core/pipeline') && (/^(@?fastify)/.test(i.from) || within(i.from, 'core/http') || within(i.from, 'core/admin'))), [], 'the pipeline knows no web server');

t.same(
  offenders((i) => within(i.file, 'core/db') && !i.typeOnly && ['core/pipeline', 'core/queue', 'core/admin', 'core/http', 'core/workspace'].some((folder) => within(i.from, folder))),
  [],
  'the database knows nothing of what is done with it',
);

t.same(offenders((i) => within(i.file, 'core/workspace') && (/^(@?fastify)/.test(i.from) || within(i.from, 'core/http') || within(i.from, 'core/admin'))), [], 'what may be done to an installation does not depend on pages');

t.same(offenders((i) => (i.file === 'core/admin/views.ts' || within(i.file, 'core/admin/views')) && within(i.from, 'core/db')), [], 'views get plain objects, never entities');

t.same(sources.filter((file) => !within(file, 'config') && /process\.env\b/.test(text(file))), [], 'only the configuration reads the environment');

t.same(
  offenders((i) => !i.typeOnly && (i.from === 'undici' || i.from.startsWith('undici/')) && i.file !== 'core/plugin/outbound.ts' && !i.file.includes('/emulator')),
  [],
  'there is one way out',
);
t.same(
  sources.filter((file) => !file.includes('/emulator') && /(?<![.\w']|async )fetch\(/.test(text(file).replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, '')) && !['core/plugin/context.ts', 'core/plugin/contract/context.ts'].includes(file)),
  [],
  'nobody calls the global fetch',
);

t.same(
  sources.filter((file) => /\bclaim\(/.test(text(file))).toSorted(),
  ['core/queue/queue.ts', 'core/queue/worker.ts'],
  'only the worker claims lanes',
);

t.same(
  sources.filter((file) => text(file).split('\n').length > 400),
  [],
  'a file fits a few screens',
);

t.same(
  globSync('{core,config,plugins,test}/**/*.ts', { cwd: root, exclude: (name) => name === 'node_modules' }).filter((file) => /\b(TODO|FIXME|XXX)\b|@ts-(ignore|expect-error|nocheck)/.test(text(file)) && file !== 'test/architecture.test.ts'),
  [],
  'nothing is left for later in a comment',
);
