import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync } from 'node:zlib';
import t from 'tap';
import { script, spare } from '../../core/admin/assets.ts';
import { icons, sprite } from '../../views/icons.ts';
import { samples } from './samples.ts';
import { htmlOf, root, views } from './rendering.ts';

const small = (text: string | Buffer): number => brotliCompressSync(text).length;
const read = (name: string): string => readFileSync(join(root, 'views', 'assets', name), 'utf8');

t.test('the sprite holds the icons of the list, as Lucide draws them', async (t) => {
  t.equal(read('icons.svg'), sprite(), 'run `npm run icons` after a change');
});

t.test('templates use every icon of the list and no other', async (t) => {
  const used = new Set(samples.flatMap((sample) => [...htmlOf(sample).matchAll(/icons\.svg#([\w-]+)/g)].map(([, name]) => name ?? '')));
  t.same([...used].filter((name) => !(name in icons)), [], 'every icon drawn is in the sprite');
  t.same(Object.keys(icons).filter((name) => !used.has(name)), [], 'every icon in the sprite is drawn somewhere');
});

t.test('a page costs what was set for it', async (t) => {
  const inbox = samples.find(({ page, name }) => page === 'inbox' && name === 'thread');
  if (!inbox) throw new Error('There is no sample of a thread');
  const page = small(htmlOf(inbox));
  const parts = { page, css: small(spare(read('app.css'))), icons: small(read('icons.svg')), script: small(spare(script.map(read).join('\n'))), joined: small(views.assets.get('app.js')?.body ?? '') };
  t.comment(JSON.stringify(parts));
  t.ok(parts.css <= 10_240, `stylesheet ${parts.css} bytes`);
  t.ok(parts.icons <= 3_072, `icons ${parts.icons} bytes`);
  t.ok(parts.script <= 10_240, `own script ${parts.script} bytes`);
  t.ok(page + parts.css + parts.icons + parts.joined <= 40_960, `together ${page + parts.css + parts.icons + parts.joined} bytes`);
});

t.test('an asset is named by the hash of all and comes compressed to the same bytes', async (t) => {
  t.match(views.assets.href('app.css'), /^\/assets\/[\w-]{10}\/app\.css$/);
  t.throws(() => views.assets.href('nothing.css'), /No such asset/);
  t.equal(views.assets.get('../package.json'), undefined);
  const css = views.assets.get('app.css');
  if (!css) throw new Error('There is no stylesheet');
  t.ok(brotliDecompressSync(await css.encoded('br')).equals(css.body));
  t.ok(gunzipSync(await css.encoded('gzip')).equals(css.body));
  t.equal(await css.encoded('br'), await css.encoded('br'), 'compressed once');
});
