import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadTexts, locales } from '../../core/admin/texts.ts';
import { root } from './rendering.ts';

type Tree = { [key: string]: string | Tree };
const flat = (tree: Tree, path = ''): [string, string][] => Object.entries(tree).flatMap(([key, value]) => (typeof value === 'string' ? [[path + key, value] as [string, string]] : flat(value, `${path}${key}.`)));
/** Keys as code writes them: those of `admin.json` plain, others with the name of their file. */
const read = (locale: string): [string, string][] =>
  readdirSync(join(root, 'views', 'locales', locale)).flatMap((file) => {
    const tree = JSON.parse(readFileSync(join(root, 'views', 'locales', locale, file), 'utf8')) as Tree;
    return flat(tree, file === 'admin.json' ? '' : `${file.replace('.json', '')}:`);
  });
const texts = new Map(locales.map((locale) => [locale, new Map(read(locale))]));
const of = (locale: (typeof locales)[number]) => texts.get(locale) ?? new Map<string, string>();
const plural = /_(zero|one|two|few|many|other)$/;
const stem = (key: string): string => key.replace(plural, '');
const stems = new Set([...of('en').keys()].map(stem));

const templates = readdirSync(join(root, 'views'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.eta'))
  .map((file) => ({ file, source: readFileSync(join(root, 'views', file), 'utf8') }));

/** JSON.parse keeps the last of two members with one name and says nothing. */
function writtenTwice(json: string): string[] {
  const twice: string[] = [];
  const open: { names: Set<string>; key: string }[] = [];
  // Strings, with the colon that makes one a name; and what opens and closes. A list has no names.
  for (const [token, text, colon] of json.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/g)) {
    if (token === '{' || token === '[') open.push({ names: new Set(), key: '' });
    else if (token === '}' || token === ']') open.pop();
    const inside = open.at(-1);
    if (text === undefined || colon === undefined || !inside) continue;
    inside.key = JSON.parse(text) as string;
    if (inside.names.has(inside.key)) twice.push(open.map(({ key }) => key).join('.'));
    inside.names.add(inside.key);
  }
  return twice;
}

t.test('no section or text is written twice in one file, where the second would silently replace the first', async (t) => {
  const sample = String.raw`{ "a": { "b": "1", "c\": \"b\": {": "{", "b": "2" }, "b": { "b": "1" }, "d": ["a", { "a": "1" }, { "a": "2" }], "\u0061": {} }`;
  t.same(writtenTwice(sample), ['a.b', 'a'], 'what is written twice is found');
  t.same(Object.keys(JSON.parse(sample) as Tree), ['a', 'b', 'd'], 'and would have been lost');
  for (const locale of locales) {
    for (const file of readdirSync(join(root, 'views', 'locales', locale))) {
      t.same(writtenTwice(readFileSync(join(root, 'views', 'locales', locale, file), 'utf8')), [], `${locale}/${file}`);
    }
  }
});

t.test('the three languages have the same texts', async (t) => {
  for (const locale of locales) t.same([...new Set([...of(locale).keys()].map(stem))].sort(), [...stems].sort(), `${locale} has all of them`);
});

t.test('a counted text has every plural form of its language', async (t) => {
  const counted = new Set([...of('en').keys()].filter((key) => plural.test(key)).map(stem));
  t.ok(counted.size > 10);
  for (const locale of locales) {
    const forms = new Intl.PluralRules(locale).resolvedOptions().pluralCategories;
    for (const key of counted) {
      const written = [...of(locale).keys()].filter((one) => stem(one) === key).map((one) => one.slice(key.length + 1));
      t.same(written.sort(), [...forms].sort(), `${key} in ${locale}`);
    }
  }
});

t.test('a Spanish word after a number agrees with it, so its text has plural forms', async (t) => {
  // Places that hold a number which may be one; `most` of files is always more.
  const wrong = (key: string, text: string) => !plural.test(key) && /\{\{(n|count|min|max|in|out|seen|gone|approved|days|hours)\}\} \p{Ll}{3}/u.test(text);
  t.ok(wrong('number.today', '{{in}} recibidos, {{out}} enviados hoy'), 'one that does not is found');
  for (const [key, text] of of('es')) t.notOk(wrong(key, text), `${key}: ${text}`);
});

t.test('a translation speaks of the same values', async (t) => {
  const values = (text: string): string[] => [...new Set(text.match(/\{\{\w+\}\}/g) ?? [])].sort();
  for (const locale of locales.filter((one) => one !== 'en')) {
    for (const [key, text] of of(locale)) {
      const english = of('en').get(key) ?? of('en').get(`${stem(key)}_other`) ?? '';
      t.same(values(text), values(english), `${key} in ${locale}`);
    }
  }
});

t.test('every text that a template asks for is written', async (t) => {
  for (const { file, source } of templates) {
    for (const [, key] of source.matchAll(/\bt\(\s*'([\w.:-]+)'\s*[,)]/g)) t.ok(stems.has(key ?? ''), `${file}: ${key}`);
    for (const [, yes, no] of source.matchAll(/\bt\([^'()]*\?\s*'([\w.-]+)'\s*:\s*'([\w.-]+)'/g)) for (const key of [yes, no]) t.ok(stems.has(key ?? ''), `${file}: ${key}`);
    for (const [, prefix] of source.matchAll(/\bt\(\s*'([\w.-]+[.])'\s*\+/g)) t.ok([...stems].some((key) => key.startsWith(prefix ?? '?')), `${file}: ${prefix}…`);
  }
});

t.test('no text is written that nothing uses', async (t) => {
  const all = templates.map(({ source }) => source).join('\n');
  const named = new Set([...all.matchAll(/'([\w-]+(?:\.[\w-]+)+)'/g)].map(([, key]) => key));
  const prefixes = [...all.matchAll(/'([\w-]+(?:\.[\w-]+)*\.)'\s*\+/g)].map(([, prefix]) => prefix ?? '?');
  // Made from a kind in the template; what routes and the workspace say is theirs to use up.
  const made = ['problem.', 'says:', 'access:', 'api:'];
  for (const key of stems) t.ok(named.has(key) || [...prefixes, ...made].some((prefix) => key.startsWith(prefix)), key);
});

t.test('templates hold no words of their own', async (t) => {
  // Names that are the same in every language.
  const names = /^(Switchboard|Node|Enter)$/;
  for (const { file, source } of templates) {
    const html = source.replace(/<%[\s\S]*?%>/g, '\u0000');
    for (const [, value] of html.matchAll(/\b(?:aria-label|placeholder|title|alt)="([^"]*)"/g)) t.notMatch(value, /\p{L}{2}/u, `${file}: ${value}`);
    const shown = html.replace(/<!doctype[^>]*>/i, '').replace(/<(?:[^>"']|"[^"]*"|'[^']*')*>/g, '\u0000');
    for (const word of shown.match(/\p{L}{2,}/gu) ?? []) t.match(word, names, `${file}: "${word}"`);
  }
});

t.test('a language falls back to English, and outside production a text that nobody wrote throws', async (t) => {
  const strict = loadTexts(root, false).of('es', String);
  const loose = loadTexts(root, true).of('es', String);
  t.throws(() => strict('nothing.here'), /No text for "nothing.here"/);
  t.equal(loose('nothing.here'), 'nothing.here');
  t.equal(strict('live.fresh', { count: 1 }), '1 nuevo');
  t.equal(strict('live.fresh', { count: 2 }), '2 nuevos');
});

t.test('what a person is called is never read as a text of ours', async (t) => {
  const say = loadTexts(root, false).of('en', String);
  t.equal(say('composer.writeTo', { name: '$t(rail.alerts) {{n}} {{name}}' }), 'Write to $t(rail.alerts) {{n}} {{name}}');
});
