import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { explain, knownCodes } from './errors.ts';
import channel from './index.ts';
import { texts } from './texts/index.ts';

/** Section "Error codes" of Meta's Cloud API reference, as far as sending, registering and templates go. */
const documented = [
  0, 1, 2, 3, 4, 10, 33, 100, 190, 200, 250, 299, 368, 80007, 130429, 130472, 130497, 131000, 131005, 131008, 131009, 131016, 131021, 131026, 131030, 131031, 131037, 131042,
  131044, 131045, 131047, 131048, 131049, 131050, 131051, 131052, 131053, 131056, 131057, 131060, 131062, 131063, 131064, 132000, 132001, 132005, 132007, 132008, 132012, 132015,
  132016, 132068, 132069, 133004, 133005, 133006, 133008, 133009, 133010, 133015, 133016, 134011, 135000, 137000, 2388019, 2388040, 2388047, 2388072, 2388073, 2388293, 2388299,
];

t.test('every documented code has a sentence and a next step of its own in three languages', async (t) => {
  for (const code of documented) {
    const { sentence, next } = explain({ code: String(code), said: '' });
    t.not(sentence, 'error.unknown', String(code));
    for (const words of [texts.en, texts.es, texts.id]) {
      for (const key of [sentence, next ?? '']) t.ok(Object.hasOwn(words, key), `${code}: ${key}`);
    }
  }
});

t.test('codes that nobody has seen are explained too, and nothing makes it fall over', async (t) => {
  for (const code of ['', 'x', '999999', '__proto__', 'constructor', 'http-418', 'NaN', '1e3']) t.equal(explain({ code, said: '' }).sentence, 'error.unknown', code);
  t.match(explain({ code: 'http-503', said: '' }), { sentence: 'error.temporary', retried: true });
  t.match(explain({ code: 'timeout', said: '' }), { sentence: 'error.silence', retried: false });
});

t.test('what is retried is what passes by itself', async (t) => {
  const retried = documented.filter((code) => explain({ code: String(code), said: '' }).retried);
  t.same(retried, [1, 2, 4, 80007, 130429, 131000, 131016, 131048, 131056, 131057, 131064, 132069, 133004, 133016, 135000]);
  for (const code of ['131049', '131050', '131047', '368', '130497', '131031']) t.equal(explain({ code, said: '' }).retried, false, code);
});

t.test('no sentence is there for nothing', async (t) => {
  const used = new Set([...knownCodes, 'never-seen'].flatMap((code) => {
    const { sentence, next } = explain({ code, said: '' });
    return [sentence, next ?? ''];
  }));
  t.same(Object.keys(texts.en).filter((key) => key.startsWith('error.') && !used.has(key)), []);
});

t.test('every setting has its words in three languages, and English is what the schema says', async (t) => {
  const { properties } = channel.settings as unknown as { properties: Record<string, { title: string; description: string }> };
  for (const [name, { title, description }] of Object.entries(properties)) {
    t.equal(Object.entries(texts.en).find(([key]) => key === `${name}.title`)?.[1], title);
    t.equal(Object.entries(texts.en).find(([key]) => key === `${name}.description`)?.[1], description);
  }
});

t.test('every sentence that the code names is worded, and every sentence is named somewhere', async (t) => {
  const sources = globSync('*.ts', { cwd: import.meta.dirname }).filter((file) => !file.endsWith('.test.ts') && file !== 'fixtures.ts').map((file) => readFileSync(join(import.meta.dirname, file), 'utf8')).join('\n');
  const worded = new Set(Object.keys(texts.en).filter((key) => /^(doctor|register|signIn|draft)\./.test(key)));
  const named = new Set([...sources.matchAll(/'((?:doctor|register|signIn|draft)\.[A-Za-z.]+)'/g)].flatMap(([, key = '']) => (key.startsWith('register.') ? [key, `${key}.mend`] : [key])));
  t.same([...named].filter((key) => !worded.has(key) && key !== 'register.ok.mend' && !key.endsWith('.mend.mend')), []);
  // `signIn.missing` is what pages say where the server lacks the three values.
  const composed = /^doctor\.(app|number|numbers|subscription)\.(refused|silent)$/;
  t.same([...worded].filter((key) => !named.has(key) && !composed.test(key) && key !== 'signIn.missing'), []);
});
