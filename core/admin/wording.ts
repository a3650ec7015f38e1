/** Codes of the workspace and the pipeline as sentences in the reader's language. */
import type { Plugin } from '../plugin/contract.ts';
import type { Plugins } from '../plugin/load.ts';
import type { FieldFault, Refused } from '../workspace/refused.ts';
import type { Why as WhyRow } from '../workspace/index.ts';
import { whyCodes } from '../workspace/index.ts';
import type { Reading } from './site.ts';
import type { FieldErrors, LineColour, Locale, Why } from './views.ts';

/** A plugin says a sentence by a key of its texts, or in plain English. */
export function pluginSays(plugins: Pick<Plugins, 'all'>, name: string, said: string, locale: Locale): string {
  const texts: Plugin<string, never>['texts'] = plugins.all.find((plugin) => plugin.name === name)?.texts;
  const own = (words: Record<string, string> | undefined) => (words && Object.hasOwn(words, said) ? words[said] : undefined);
  return own(texts?.[locale]) ?? own(texts?.en) ?? said;
}

const ourChecks: ReadonlySet<string> = new Set(['address', 'check', 'reach']);

/** What a line of the doctor is about, `token` or `number 108…`: the plugin's `check.token`, our own word, or as it is written. */
export function checkTitle(plugins: Pick<Plugins, 'all'>, name: string, what: string, { t, locale }: Pick<Reading, 't' | 'locale'>): string {
  const [key = '', subject = ''] = what.split(/ (.*)/s);
  const text = `check.${key}`;
  const said = pluginSays(plugins, name, text, locale);
  if (said !== text) return subject === '' ? said : `${said} ${subject}`;
  return ourChecks.has(what) ? t(`says:check.${what}`) : what;
}

/** `names` gives the form's own name of a field where it differs from the workspace's. */
export function fieldErrors(refused: Refused, { t, locale }: Pick<Reading, 't' | 'locale'>, plugins: Pick<Plugins, 'all'>, names: (field: string) => string = (field) => field): FieldErrors {
  return Object.fromEntries(Object.entries(refused.faults).map(([field, fault]) => [field === '' ? 'form' : names(field), sentenceOf(fault, t, locale, plugins)]));
}

function sentenceOf({ code, params }: FieldFault, t: Reading['t'], locale: Locale, plugins: Pick<Plugins, 'all'>): string {
  const sentence = plainSentence(code, params, t, locale, plugins);
  return params['place'] === undefined ? sentence : t('says:fault.at', { sentence, place: params['place'] });
}

function plainSentence(code: FieldFault['code'], params: FieldFault['params'], t: Reading['t'], locale: Locale, plugins: Pick<Plugins, 'all'>): string {
  switch (code) {
    case 'plugin': return pluginSays(plugins, String(params['plugin']), String(params['text']), locale);
    case 'unknown': return t(params['near'] ? 'says:fault.unknownNear' : 'says:fault.unknown', params);
    case 'numberTaken': return t(params['name'] ? 'says:fault.numberTaken' : 'says:fault.numberTakenElsewhere', params);
    // The provider's own words, and what mends it.
    case 'refused': return !params['said'] && !params['mend'] ? t('says:fault.quoted') : [params['said'], params['mend']].flatMap((part) => (part ? String(part).trim().replace(/([^.!?…])$/, '$1.') : [])).join(' ');
    default: return t(`says:fault.${code}`, params);
  }
}

const silent: ReadonlySet<string> = new Set(whyCodes);

export function whyOf(why: WhyRow, line: LineColour, agent: string | undefined, { t }: Reading): Why {
  const refused = /^refused:(.+)$/.exec(why.said)?.[1];
  const failed = /^failed: ?(.*)$/s.exec(why.said)?.[1];
  const answered = refused === undefined && failed === undefined && !silent.has(why.said);
  const said =
    refused !== undefined ? t('says:why.refused', { why: t(`says:send.${refused}`) })
    : failed !== undefined ? t('says:why.failed', { said: failed })
    : answered ? why.said
    : t(`says:why.${why.said}`);
  return {
    agent: why.agent ?? agent ?? t('says:why.someone'),
    line,
    answered,
    at: why.at,
    steps: [
      ...(why.joined === undefined ? [] : [{ text: t('says:why.joined', { count: why.joined }), done: true }]),
      ...why.steps.map((step) => ({ text: step.said === undefined ? step.name : t('says:why.step', { name: step.name, said: step.said }), done: true, ...(step.ms !== undefined && { ms: step.ms }) })),
      { text: said, done: answered, at: why.at },
    ],
  };
}
