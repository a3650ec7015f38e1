import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import i18next, { type ResourceLanguage } from 'i18next';
import type { Locale } from '../plugin/contract/plugin.ts';

export const locales: readonly Locale[] = ['en', 'es', 'id'];
const files = ['admin', 'says', 'access', 'api'];

/** A sentence of the locale files. `count` chooses the plural form; texts write it as `{{n}}`, with separators. */
export type Translate = (key: string, values?: Record<string, unknown>) => string;

export interface Texts {
  of(locale: Locale, count: (n: number) => string): Translate;
  /** The words of a plugin, under its own namespace: `t('rules:field.say')`. */
  add(plugin: string, texts: Record<Locale, Record<string, string>>): void;
  has(locale: Locale, key: string): boolean;
}

/**
 * The sentences of `views/locales`, English where a language lacks one.
 * Outside production a key that nobody wrote throws: a page never shows a key to a person unnoticed.
 */
export function loadTexts(root: string, production: boolean): Texts {
  const instance = i18next.createInstance();
  const read = (locale: Locale, file: string) => JSON.parse(readFileSync(join(root, 'views', 'locales', locale, `${file}.json`), 'utf8')) as ResourceLanguage[string];
  void instance.init({
    resources: Object.fromEntries(locales.map((locale) => [locale, Object.fromEntries(files.map((file) => [file, read(locale, file)]))])),
    ns: files,
    defaultNS: 'admin',
    fallbackLng: 'en',
    supportedLngs: [...locales],
    initAsync: false,
    interpolation: { escapeValue: false }, // the template escapes
    returnEmptyString: false,
    parseMissingKeyHandler: (key: string) => {
      if (production) return key;
      throw new Error(`No text for "${key}" in views/locales`);
    },
  });
  return {
    of(locale, count) {
      const fixed = instance.getFixedT(locale);
      return (key, values) =>
        values === undefined ? fixed(key) : fixed(key, typeof values['count'] === 'number' ? { n: count(values['count']), ...values } : values);
    },
    add(plugin, texts) {
      for (const locale of locales) instance.addResourceBundle(locale, plugin, texts[locale], true, true);
    },
    has: (locale, key) => instance.exists(key, { lng: locale, fallbackLng: [] }),
  };
}
