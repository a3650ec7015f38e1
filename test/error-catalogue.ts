/** What holds of every channel's error catalogue. */
import type { Test } from 'tap';
import type { Channel, ErrorRule } from '#plugin';

interface Catalogue {
  explain: NonNullable<Channel['explain']>;
  /** What sending does about a refusal with this code. */
  outcomeOf(code: string): ErrorRule['outcome'];
  /** Every code that it names, and others of each family that it reads as one. */
  codes: readonly string[];
  texts: NonNullable<Channel['texts']>;
}

export function testCatalogue(t: Test, { explain, outcomeOf, codes, texts }: Catalogue): void {
  const meaningOf = (code: string) => {
    const { sentence, next = '' } = explain({ code, said: '' });
    return [sentence, next];
  };
  void t.test('every code is worded in three languages, with what to do', async (t) => {
    for (const code of [...codes, '', '999999', '__proto__', 'constructor']) {
      for (const [locale, words] of Object.entries(texts)) for (const key of meaningOf(code)) t.ok(Object.hasOwn(words, key), `${code}: ${key} in ${locale}`);
    }
  });
  void t.test('what is said of trying again is what sending does', async (t) => {
    for (const code of [...codes, '999999']) t.equal(explain({ code, said: '' }).retried, 'again' in outcomeOf(code), code);
  });
  void t.test('no sentence of the catalogue is there for nothing', async (t) => {
    const used = new Set([...codes, 'nobody knows'].flatMap(meaningOf));
    t.same(Object.keys(texts.en).filter((key) => key.startsWith('error.') && !used.has(key)), []);
  });
}
