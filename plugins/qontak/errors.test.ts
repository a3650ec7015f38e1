/** The error catalogue: every code that it names, and any other, has a sentence and a next step in each language. */
import t from 'tap';
import { explain, knownCodes, outcomeOf } from './errors.ts';
import { texts } from './texts/index.ts';

t.test('every code is worded in three languages, with what to do', async (t) => {
  for (const code of [...knownCodes, '', '999999', '__proto__', 'constructor']) {
    const { sentence, next = '' } = explain({ code, said: '' });
    for (const [locale, words] of Object.entries(texts)) for (const key of [sentence, next]) t.ok(Object.hasOwn(words, key), `${code}: ${key} in ${locale}`);
  }
});

t.test('what is said of trying again is what sending does', async (t) => {
  for (const code of [...knownCodes, '999999']) t.equal(explain({ code, said: '' }).retried, 'again' in outcomeOf(code), code);
});

t.test('no sentence of the catalogue is there for nothing', async (t) => {
  const used = new Set([...knownCodes, 'nobody knows'].map((code) => explain({ code, said: '' }).sentence));
  const worded = Object.keys(texts.en).filter((key) => /^error\.[^.]+$/.test(key));
  t.same(worded.filter((key) => !used.has(key)), []);
});
