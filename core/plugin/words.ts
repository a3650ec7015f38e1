/** What a plugin says, in words: a key of its texts, or a sentence as it stands. */
import { addressSentence } from './address.ts';
import type { Channel, ErrorMeaning } from './contract/channel.ts';
import type { ProviderError } from './contract/event.ts';
import type { Log } from './contract/context.ts';
import type { AnyPlugin, CheckLine, Locale } from './contract/plugin.ts';

/** Puts values where a sentence says `{{name}}`; a name that nobody gave stays as it is written. */
export function fill(sentence: string, params: Readonly<Record<string, string>> = {}): string {
  return sentence.replace(/\{\{(\w+)\}\}/g, (written, name: string) => (Object.hasOwn(params, name) ? (params[name] ?? '') : written));
}

/** In the language, else in English, else as it is written. */
export function pluginSentence(plugin: Pick<AnyPlugin, 'texts'> | undefined, said: string, locale: Locale, params?: Readonly<Record<string, string>>): string {
  const own = (words: Record<string, string> | undefined) => (words && Object.hasOwn(words, said) ? words[said] : undefined);
  return fill(own(plugin?.texts?.[locale]) ?? own(plugin?.texts?.en) ?? said, params);
}

/** One sentence of what a line says and what was answered, in English: for logs, reasons that are kept, and refusals. */
export function englishLine(plugin: Pick<AnyPlugin, 'texts'> | undefined, { said, params, answered }: Pick<CheckLine, 'said' | 'params' | 'answered'>): string {
  const sentence = addressSentence(said.replace(/^says:fault\./, ''), params?.['origin']) ?? pluginSentence(plugin, said, 'en', params);
  return answered === undefined || answered === '' ? sentence : `${sentence} “${answered}”`;
}

/** What a provider's error means, by the channel's catalogue; undefined where it has none or fails over it. */
export function meaningOf(channel: Pick<Channel, 'name' | 'explain'> | undefined, error: ProviderError, log: Log): ErrorMeaning | undefined {
  try {
    return channel?.explain?.(error);
  } catch (reason) {
    log.warn({ err: reason, plugin: channel?.name }, 'a plugin failed while it explained an error');
    return undefined;
  }
}
