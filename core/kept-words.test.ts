import t from 'tap';
import en from '../views/locales/en/says.json' with { type: 'json' };
import es from '../views/locales/es/says.json' with { type: 'json' };
import id from '../views/locales/id/says.json' with { type: 'json' };
import { codesOf, inEnglish, keep, kept, keptIn, plainCodes, reasonIn, sayWords, type Words } from './kept-words.ts';
import type { Locale } from './plugin/contract/plugin.ts';

const locales: readonly Locale[] = ['en', 'es', 'id'];
const withValues: readonly Words[] = [
  { code: 'plugin-missing', params: { plugin: 'pigeon' } }, { code: 'number-unknown', params: { account: '62811' } }, { code: 'other-connection', params: { account: '62811' } }, { code: 'agent-late', params: { seconds: '30' } },
];

void t.test('each code has its own sentence in each language, with its values in it, and no sentence is nobody’s', async (t) => {
  const all: readonly Words[] = [...plainCodes.map((code) => ({ code })), ...withValues];
  t.same(codesOf(all).toSorted(), Object.keys(en.reason).toSorted());
  for (const words of all) {
    const said = locales.map((locale) => sayWords([words], locale, []));
    t.equal(new Set(said).size, locales.length, said.join(' | '));
    for (const sentence of said) {
      t.match(sentence, /^\p{Lu}.*\.$/u);
      t.notMatch(sentence, /\{\{/);
      for (const value of Object.values('params' in words ? words.params ?? {} : {})) t.ok(sentence.includes(value), `${value} in ${sentence}`);
    }
  }
  t.same(Object.keys(es.reason).toSorted(), Object.keys(en.reason).toSorted());
  t.same(Object.keys(id.reason).toSorted(), Object.keys(en.reason).toSorted());
});

void t.test('what was kept is the same afterwards, said once and in order, and never more than twenty', async (t) => {
  const [first, second] = [{ code: 'nobody' }, { said: 'A line {of} "text"' }] as const;
  t.same(kept(keep(first, second, first)), [first, second]);
  t.equal(kept(keep(...Array.from({ length: 40 }, (_, n): Words => ({ said: String(n) })))).length, 20);
  t.same([keptIn(null), keptIn('')], [[], []]);
  t.same(reasonIn(null), {});
});

void t.test('a row from before there were codes is shown as it stands, whatever it looks like', async (t) => {
  for (const text of ['It was torn.', '[', '[{"', '[{"code":"no-such-code"}]', '[{"x":1}]', '{"code":"nobody"}', '[{"code":5}]']) {
    for (const locale of locales) t.equal(sayWords(kept(text), locale, []), text);
  }
});

void t.test('a plugin’s sentence is said in the reader’s language, with what was answered beside it, and in English where the plugin is gone', async (t) => {
  const plugin = { name: 'pigeon', texts: { en: { lost: 'It lost {{what}}.' }, es: { lost: 'Perdió {{what}}.' }, id: { lost: 'Ia kehilangan {{what}}.' } } };
  const words: Words = { said: 'It lost the letter. “Coo”', plugin: 'pigeon', key: 'lost', params: { what: 'the letter' }, answered: 'Coo' };
  t.equal(sayWords([words], 'es', [plugin]), 'Perdió the letter. “Coo”');
  t.equal(sayWords([words], 'id', [plugin]), 'Ia kehilangan the letter. “Coo”');
  t.equal(sayWords([words], 'es', []), 'It lost the letter. “Coo”');
  t.equal(inEnglish([words, { code: 'unreadable', answered: 'not JSON' }]), 'It lost the letter. “Coo” The plugin could not read it. “not JSON”');
});

void t.test('an address that may not be called is said in the reader’s language', async (t) => {
  const words: Words = { said: 'http://x.test is not https.', key: 'says:fault.addressPlain', params: { origin: 'http://x.test' } };
  t.match(sayWords([words], 'es', []), /^http:\/\/x\.test no /);
});
