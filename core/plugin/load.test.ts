import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Log } from './contract/context.ts';
import { loadPlugins } from './load.ts';

const root = join(import.meta.dirname, '..', '..');
const brokenDir = join(root, 'test', 'broken-plugins');

function listeningLog() {
  const lines: { level: string; what: object; message: string }[] = [];
  const write = (level: string) => (what: object, message: string) => void lines.push({ level, what, message });
  const log: Log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  return { lines, log };
}

/** What must be said about each file: what is wrong, and what to change. */
const refusals: Record<string, { code: string; says: RegExp }> = {
  'no-default.ts': { code: 'PLUGIN_BROKEN', says: /no default export; end its file with export default defineChannel/ },
  'number.ts': { code: 'PLUGIN_BROKEN', says: /not a plugin; export default what defineChannel/ },
  'other-thing.ts': { code: 'PLUGIN_BROKEN', says: /not a plugin; export default what defineChannel/ },
  'no-contract.ts': { code: 'PLUGIN_CONTRACT', says: /add contract: 1\.$/ },
  'next-contract.ts': { code: 'PLUGIN_CONTRACT', says: /written for contract 2 and this Switchboard has contract 1; install/ },
  'strange-kind.ts': { code: 'PLUGIN_BROKEN', says: /kind "robot"; it must be one of channel, agent, notifier/ },
  'shouting-name.ts': { code: 'PLUGIN_BROKEN', says: /name "My Channel"; a name is lower-case/ },
  'no-title.ts': { code: 'PLUGIN_BROKEN', says: /no title; add title/ },
  'no-settings.ts': { code: 'PLUGIN_BROKEN', says: /no settings, which every channel must have; add it/ },
  'text-settings.ts': { code: 'PLUGIN_BROKEN', says: /not an object schema; write settings: Type\.Object/ },
  'open-secret.ts': { code: 'PLUGIN_BROKEN', says: /settings\.accessToken, which sounds like a secret.*add writeOnly: true/ },
  'open-nested-secret.ts': { code: 'PLUGIN_BROKEN', says: /settings\.smtp\.password, which sounds like a secret/ },
  'open-listed-secret.ts': { code: 'PLUGIN_BROKEN', says: /settings\.accounts\.apiKey, which sounds like a secret/ },
  'default-secret.ts': { code: 'PLUGIN_BROKEN', says: /settings\.appSecret with a default; no secret has a default, remove it/ },
  'number-secret.ts': { code: 'PLUGIN_BROKEN', says: /settings\.pin, which is not text; a secret must be Type\.String/ },
  'no-verify.ts': { code: 'PLUGIN_BROKEN', says: /no verify\(\), which every channel must have; add it/ },
  'send-is-text.ts': { code: 'PLUGIN_BROKEN', says: /member send that is not a function/ },
  'no-proof.ts': { code: 'PLUGIN_BROKEN', says: /can\.webhook: "trust-me"; it must be one of signed, shared-secret, secret-url/ },
  'strange-content.ts': { code: 'PLUGIN_BROKEN', says: /lists "hologram" in can\.sends; known are text,/ },
  'no-limits.ts': { code: 'PLUGIN_BROKEN', says: /sends buttons but does not say how many; add can\.buttons/ },
  'endless-text.ts': { code: 'PLUGIN_BROKEN', says: /can\.maxText that is no number of characters/ },
  'no-account-parse.ts': { code: 'PLUGIN_BROKEN', says: /account without title and parse\(\)/ },
  'half-templates.ts': { code: 'PLUGIN_BROKEN', says: /templates without list\(\); add it/ },
  'silent-agent.ts': { code: 'PLUGIN_BROKEN', says: /no respond\(\), which every agent must have; add it/ },
  'idle-notifier.ts': { code: 'PLUGIN_BROKEN', says: /neither alerts\(\) nor notify\(\)/ },
  'one-language.ts': { code: 'PLUGIN_BROKEN', says: /texts without a complete es/ },
  'strange-need.ts': { code: 'PLUGIN_BROKEN', says: /requires may only list 'publicUrl'/ },
  'throws.ts': { code: 'PLUGIN_BROKEN', says: /threw while it was loaded \(no licence file\)/ },
  'hangs.ts': { code: 'PLUGIN_BROKEN', says: /did not finish loading within 0\.3 s/ },
  'same-name.ts': { code: 'PLUGIN_DUPLICATE', says: /is named "sound" like .*sound\.ts", which is listed before it; rename it/ },
};

t.test('every broken plugin is named with what to change, and the sound ones start', async (t) => {
  const list = ['sound.ts', ...Object.keys(refusals)].map((file) => join(brokenDir, file));
  const { lines, log } = listeningLog();
  const plugins = await loadPlugins(list, { root, log, importMs: 300 });

  t.strictSame(plugins.all.map((plugin) => plugin.name), ['sound']);
  for (const [file, { code, says }] of Object.entries(refusals)) {
    const told = plugins.broken.find(({ entry }) => entry.endsWith(`/${file}`));
    t.equal(told?.code, code, file);
    t.match(told?.sentence, says, file);
    t.match(told?.sentence, /^The plugin "[^"]+" [^\n]+\.$/, `${file} is one sentence`);
  }
  t.equal(lines.filter(({ level }) => level === 'error').length, Object.keys(refusals).length, 'each stands in the log');
  t.equal(plugins.channel('sound')?.title, 'Sound');
  t.equal(plugins.channel('nobody'), undefined);
  t.equal(plugins.agent('sound'), undefined, 'a channel is not an agent');
});

t.test('files that cannot be read as a module are named with the reason', async (t) => {
  const dir = t.testdir({
    'enum.ts': 'enum Size { Small }\nexport default Size;',
    'open.js': 'export default (((',
    'lonely.js': 'import "a-package-that-is-not-there";\nexport default 1;',
    'stranger.ts': 'import { defineRobot } from "#plugin";\nexport default defineRobot;',
    node_modules: { 'typed-plugin': { 'package.json': '{"name":"typed-plugin","type":"module","exports":"./index.ts"}', 'index.ts': 'export default 1 as number;' } },
  });
  const { log } = listeningLog();
  const { broken } = await loadPlugins(['./enum.ts', './open.js', './lonely.js', './stranger.ts', './nowhere.ts', 'typed-plugin', 'no-such-plugin', 'https://plugins.test/x', '../../etc passwd'], { root, pluginsDir: dir, log });
  const says = Object.fromEntries(broken.map(({ entry, code, sentence }) => [entry, `${code}: ${sentence}`]));
  t.match(says['./enum.ts'], /PLUGIN_BROKEN: .*without enum, namespace/);
  t.match(says['./open.js'], /PLUGIN_BROKEN: .*does not parse/);
  t.match(says['./lonely.js'], /PLUGIN_BROKEN: .*imports something that is not there.*a-package-that-is-not-there/);
  t.match(says['./stranger.ts'], /PLUGIN_BROKEN: .*imports a name that does not exist.*defineRobot/);
  t.match(says['./nowhere.ts'], /PLUGIN_NOT_FOUND: .*nowhere\.ts.*correct the path/);
  t.match(says['typed-plugin'], /PLUGIN_BROKEN: .*must ship JavaScript/);
  t.match(says['no-such-plugin'], /PLUGIN_NOT_FOUND: .*not built in \(those are .*\), not in the plugins folder/);
  t.match(says['https://plugins.test/x'], /PLUGIN_NOT_FOUND: .*neither a name, a path nor an npm package/);
  t.match(says['../../etc passwd'], /PLUGIN_NOT_FOUND/);
});

t.test('a plugin may be a file, a folder, a name in the plugins folder or an npm package, and imports #plugin from anywhere', async (t) => {
  const source = (name: string) => `import { defineAgent, NotSent, Type } from '#plugin';
export default defineAgent({ name: '${name}', title: new NotSent('x').code, contract: 1, settings: Type.Object({}), respond: async () => ({ messages: [], why: '' }) });`;
  const dir = t.testdir({
    'one-file.ts': source('one-file'),
    'by-name.ts': source('by-name'),
    folder: { 'index.js': source('folder') },
    node_modules: {
      'packaged-plugin': { 'package.json': '{"name":"packaged-plugin","type":"module","exports":{"import":"./main.js"}}', 'main.js': source('packaged') },
      '@acme': { plugin: { 'package.json': '{"name":"@acme/plugin","type":"module","exports":"./main.js"}', 'main.js': source('scoped') } },
    },
  });
  const { log } = listeningLog();
  const plugins = await loadPlugins(['./one-file.ts', 'by-name', './folder', 'packaged-plugin', '@acme/plugin'], { root, pluginsDir: dir, log });
  t.strictSame(plugins.broken, []);
  t.strictSame(plugins.all.map((plugin) => plugin.name), ['one-file', 'by-name', 'folder', 'packaged', 'scoped'], 'in the order of the list');
  t.equal(plugins.agent('packaged')?.title, 'NOT_SENT', 'it is our #plugin');
});

t.test('a member that the contract does not know is mentioned, with the one that was probably meant', async (t) => {
  const { lines, log } = listeningLog();
  const plugins = await loadPlugins([join(brokenDir, 'misspelt.ts')], { root, log });
  t.equal(plugins.all.length, 1);
  t.match(lines, [{ level: 'warn', message: /"markread".*was "markRead" meant\?/ }]);
});

t.test('every plugin of the plugins folder loads by the name of its folder', async (t) => {
  const names = readdirSync(join(root, 'plugins')).filter((name) => existsSync(join(root, 'plugins', name, 'index.ts')));
  const { log } = listeningLog();
  const plugins = await loadPlugins(names, { root, log });
  t.strictSame(plugins.broken, []);
  t.strictSame(plugins.all.map((plugin) => plugin.name), names);
});

t.test('a folder beside the plugins that is none is not named as one that is built in', async (t) => {
  const { lines, log } = listeningLog();
  const plugins = await loadPlugins(['emulator'], { root, log }).catch((error: unknown) => error);
  const said = JSON.stringify([lines, plugins, plugins instanceof Error ? plugins.message : '']);
  t.match(said, /is not built in \(those are coster, meta-cloud, notifications, qontak, rules, simulator, twilio\)/);
});
