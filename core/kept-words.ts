/**
 * Words that the database keeps for people: what core says as a code with its values, so that each reader gets it in their own
 * language; what a plugin or a provider said as it was said, with the key of the plugin's text where it has one.
 */
import en from '../views/locales/en/says.json' with { type: 'json' };
import es from '../views/locales/es/says.json' with { type: 'json' };
import id from '../views/locales/id/says.json' with { type: 'json' };
import type { Refused } from './pipeline/eligibility.ts';
import { addressFaults } from './plugin/address.ts';
import type { AnyPlugin, CheckLine, Locale } from './plugin/contract/plugin.ts';
import { englishLine, fill, pluginSentence } from './plugin/words.ts';

/** What stands in the sentences of codes that have values. */
interface Values {
  'plugin-missing': { plugin: string };
  'number-unknown': { account: string };
  'other-connection': { account: string };
  'agent-late': { seconds: string };
}

export const plainCodes = [
  // Of a delivery.
  'no-account', 'nobody', 'unreadable', 'not-stored', 'erased', 'connection-removed',
  // Of a message.
  'silence', 'not-sent', 'not-prepared', 'plugin', 'not-delivered', 'unconfirmed',
  // Of an agent.
  'agent-no-version', 'agent-version-gone', 'agent-not-data', 'agent-reply-unknown',
] as const;
type PlainCode = (typeof plainCodes)[number];

export type ReasonCode = keyof Values | PlainCode;

/** A code that lacks its sentence in one of the languages does not compile. */
const sentences: Record<Locale, Record<ReasonCode | Refused, string>> = { en: { ...en.send, ...en.reason }, es: { ...es.send, ...es.reason }, id: { ...id.send, ...id.reason } };

/** A line of the doctor about an address has its sentence beside the faults of forms. */
const addressSentences: Record<Locale, Record<(typeof addressFaults)[number], string>> = { en: en.fault, es: es.fault, id: id.fault };

type Own = { code: PlainCode | Refused } | { [C in keyof Values]: { code: C; params: Values[C] } }[keyof Values];
interface Said {
  /** In English, as it is shown where nobody knows better. */
  said: string;
  /** Whose text `key` is. */
  plugin?: string;
  key?: string;
  params?: Record<string, string>;
}
/** `answered`: what somebody outside said, quoted beside it. */
export type Words = (Own | Said) & { answered?: string };

const mostWords = 20;

/** For a column of text. */
export function keep(...words: readonly Words[]): string {
  const once = new Map(words.map((one) => [JSON.stringify(one), one]));
  return `[${[...once.keys()].slice(0, mostWords).join(',')}]`;
}

/** A row that was written before there were codes is its own words. */
export function kept(text: string): Words[] {
  const found = text.startsWith('[{"') ? parsed(text) : undefined;
  return Array.isArray(found) && found.every(areWords) ? found : [{ said: text }];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function areWords(value: unknown): value is Words {
  if (typeof value !== 'object' || value === null) return false;
  if ('code' in value) return typeof value.code === 'string' && Object.hasOwn(sentences.en, value.code);
  return 'said' in value && typeof value.said === 'string';
}

/** Of a column that may be empty. */
export const keptIn = (text: string | null): Words[] => (text === null || text === '' ? [] : kept(text));

/** Of the state of what runs: in English, and as words for pages. */
export function reasonIn(text: string | null): { reason?: string; reasonWords?: Words[] } {
  const reasonWords = keptIn(text);
  return reasonWords.length > 0 ? { reason: inEnglish(reasonWords), reasonWords } : {};
}

/** What programs go by. */
export const codesOf = (words: readonly Words[]): string[] => words.flatMap((one) => ('code' in one ? [one.code] : []));

/** In the reader's language. */
export function sayWords(words: readonly Words[], locale: Locale, plugins: readonly Pick<AnyPlugin, 'name' | 'texts'>[]): string {
  return words.map((one) => sentenceOf(one, locale, plugins)).join(' ');
}

/** For programs, logs and whoever needs no language of their own. */
export const inEnglish = (words: readonly Words[]): string => sayWords(words, 'en', []);

function sentenceOf(words: Words, locale: Locale, plugins: readonly Pick<AnyPlugin, 'name' | 'texts'>[]): string {
  if ('code' in words) return quoting(fill(sentences[locale][words.code], 'params' in words ? { ...words.params } : {}), words.answered);
  const { said, plugin, key, params, answered } = words;
  const fault = addressFaults.find((one) => key === `says:fault.${one}`);
  if (fault) return quoting(fill(addressSentences[locale][fault], params), answered);
  const own = key === undefined ? undefined : plugins.find(({ name }) => name === plugin);
  const sentence = key === undefined || !own ? undefined : pluginSentence(own, key, locale, params);
  return sentence === undefined || sentence === key ? said : quoting(sentence, answered);
}

const quoting = (sentence: string, answered: string | undefined) => (answered === undefined || answered === '' ? sentence : `${sentence} “${answered}”`);

/** What a line of the doctor says. */
export function wordsOf(plugin: Pick<AnyPlugin, 'name' | 'texts'> | undefined, { said, params, answered }: Pick<CheckLine, 'said' | 'params' | 'answered'>): Words {
  return { said: englishLine(plugin, { said, ...(params && { params }), ...(answered !== undefined && { answered }) }), key: said, ...(plugin && { plugin: plugin.name }), ...(params && { params }), ...(answered !== undefined && { answered }) };
}
