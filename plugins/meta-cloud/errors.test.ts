import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { testCatalogue } from '../../test/error-catalogue.ts';
import { explain, knownCodes, ruleFor } from './errors.ts';
import { texts } from './texts/index.ts';

/** Section "Error codes" of Meta's Cloud API reference, as far as sending, registering and templates go. */
const documented = [
  0, 1, 2, 3, 4, 10, 33, 100, 190, 200, 250, 299, 368, 80007, 130429, 130472, 130497, 131000, 131005, 131008, 131009, 131016, 131021, 131026, 131030, 131031, 131037, 131042,
  131044, 131045, 131047, 131048, 131049, 131050, 131051, 131052, 131053, 131056, 131057, 131060, 131062, 131063, 131064, 132000, 132001, 132005, 132007, 132008, 132012, 132015,
  132016, 132068, 132069, 133004, 133005, 133006, 133008, 133009, 133010, 133015, 133016, 134011, 135000, 137000, 2388019, 2388040, 2388047, 2388072, 2388073, 2388293, 2388299,
];

testCatalogue(t, { explain, outcomeOf: (code) => ruleFor(code).outcome, codes: [...knownCodes, ...documented.map(String)], texts });

t.test('every documented code has a meaning of its own', async (t) => {
  for (const code of documented) t.not(explain({ code: String(code), said: '' }).sentence, 'error.unknown', String(code));
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

t.test('every sentence that the code names is worded, and every sentence is named somewhere', async (t) => {
  const sources = globSync('*.ts', { cwd: import.meta.dirname }).filter((file) => !file.endsWith('.test.ts') && file !== 'fixtures.ts').map((file) => readFileSync(join(import.meta.dirname, file), 'utf8')).join('\n');
  const worded = new Set(Object.keys(texts.en).filter((key) => /^(doctor|register|signIn|draft)\./.test(key)));
  const named = new Set([...sources.matchAll(/'((?:doctor|register|signIn|draft)\.[A-Za-z.]+)'/g)].flatMap(([, key = '']) => (key.startsWith('register.') ? [key, `${key}.mend`] : [key])));
  t.same([...named].filter((key) => !worded.has(key) && key !== 'register.ok.mend' && !key.endsWith('.mend.mend')), []);
  // `signIn.missing` is what pages say where the server lacks the three values.
  const composed = /^doctor\.(app|number|numbers|subscription)\.(refused|silent)$/;
  t.same([...worded].filter((key) => !named.has(key) && !composed.test(key) && key !== 'signIn.missing'), []);
});
