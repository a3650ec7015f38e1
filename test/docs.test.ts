/** What the documents say is so: examples run, links lead somewhere, lists are complete. */
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import t from 'tap';
import { loadConfig } from '../config/index.ts';
import { schema } from '../config/schema.ts';
import { codes } from '../core/errors.ts';
import { guideDocuments } from './guides.ts';

const root = dirname(import.meta.dirname);
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const documents = ['README.md', ...globSync('docs/**/*.md', { cwd: root }), ...globSync('plugins/**/README.md', { cwd: root })];
const readme = read('README.md');

void t.test('the installation in the README is one that starts', async (t) => {
  const [example] = [...readme.matchAll(/```json\n([^]*?)```/g)].map((m) => m[1] ?? '');
  const folder = mkdtempSync(join(tmpdir(), 'readme-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'switchboard.config.json'), example ?? '');
  const env = { OWNER_PASSWORD: 'a password of some length', META_TOKEN: 'token-of-meta', META_SECRET: '0123456789abcdef0123456789abcdef', META_VERIFY: 'verify-token' };
  const config = loadConfig({ env, cwd: folder });
  t.match(config.tenants, [{ slug: 'acme', connections: [{ start: true }], numbers: [{ active: true, bindings: [{ environment: 'published', inbound: true }] }] }]);
});

void t.test('every command that a document names exists', async (t) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const cli = read('core/cli.ts');
  for (const file of documents) {
    const text = read(file);
    for (const [, name] of text.matchAll(/npm run (?:-s )?([a-z]+)/g)) t.ok(scripts[name ?? ''], `${file}: npm run ${name}`);
    for (const [, command] of text.matchAll(/switchboard -- ([a-z]+)/g)) t.match(cli, new RegExp(`^  ${command}\\b`, 'm'), `${file}: switchboard ${command}`);
  }
  t.ok(scripts['start'] && scripts['test']);
});

void t.test('every link to a file leads to one', async (t) => {
  for (const file of documents) {
    for (const [, target = ''] of read(file).matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)) {
      t.ok(existsSync(join(root, dirname(file), target)), `${file} → ${target}`);
    }
  }
});

void t.test('the set-up guides in docs say what the product’s do', async (t) => {
  const documents = await guideDocuments();
  t.equal(documents.size, 4);
  for (const [path, text] of documents) t.equal(existsSync(path) && readFileSync(path, 'utf8'), text, `${path}: node test/guides.ts writes it anew`);
  for (const path of documents.keys()) t.match(readme, `docs/set-up/${basename(path)}`, 'the README leads there');
});

void t.test('docs/errors.md lists every error code, and no other', async (t) => {
  const listed = [...read('docs/errors.md').matchAll(/^\| `([A-Z_]+)` \| (.*) \|$/gm)].map(([, code, meaning]) => [code, meaning]);
  t.same(listed, Object.entries(codes));
});

void t.test('every environment variable that the README names is one that is read', async (t) => {
  const known = new Set(JSON.stringify(schema).match(/"env":"[A-Z_]+"/g)?.map((found) => found.slice(7, -1)));
  const named = [...readme.matchAll(/`([A-Z][A-Z_]{3,})`/g)].map(([, name]) => name ?? '');
  for (const name of named) t.ok(known.has(name) || name === 'SWITCHBOARD_CONFIG', name);
});

void t.test('Docker is given no folder that the image does not copy', async (t) => {
  const copied = [...read('Dockerfile').matchAll(/^COPY (?!--from)(.*)$/gm)].flatMap(([, list]) => (list ?? '').split(/\s+/));
  for (const folder of ['core', 'plugins', 'views', 'config', 'package.json']) t.ok(copied.some((item) => item === folder || item === `${folder}/` || item === `./${folder}`), folder);
});
