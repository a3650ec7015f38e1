/** Codes of the workspace and the pipeline as sentences in the reader's language. */
import { kept, sayWords } from '../kept-words.ts';
import type { CheckLine, Locale } from '../plugin/contract/plugin.ts';
import type { Plugins } from '../plugin/load.ts';
import { pluginSentence } from '../plugin/words.ts';
import type { FieldFault, Refused } from '../workspace/refused.ts';
import { whyCodes, type Why as WhyRow } from '../workspace/reads-conversations.ts';
import type { Reading } from './site.ts';
import type { FieldErrors, LineColour } from './views/every-page.ts';
import type { Why } from './views/thread.ts';

/** A plugin says a sentence by a key of its texts, or in plain English. */
export function pluginSays(plugins: Pick<Plugins, 'all'>, name: string, said: string, locale: Locale, params?: Readonly<Record<string, string>>): string {
  return pluginSentence(plugins.all.find((plugin) => plugin.name === name), said, locale, params);
}

const ourChecks: ReadonlySet<string> = new Set(['address', 'check', 'reach', 'public-url', 'subscription', 'last-event', 'rejected', 'numbers-here', 'line', 'templates', 'waiting', 'grace', 'refused']);

/** What a line of the doctor is about, `token` or `number 108…`: the plugin's `check.token`, our own word, or as it is written. */
function checkTitle(plugins: Pick<Plugins, 'all'>, name: string, what: string, { t, locale }: Pick<Reading, 't' | 'locale'>): string {
  const [key = '', subject = ''] = what.split(/ (.*)/s);
  const text = `check.${key}`;
  const said = pluginSays(plugins, name, text, locale);
  if (said !== text) return subject === '' ? said : `${said} ${subject}`;
  if (!ourChecks.has(key)) return what;
  return subject === '' ? t(`says:check.${key}`) : `${t(`says:check.${key}`)} ${subject}`;
}

/** Who reads, and how times are written there. */
export type Ear = Pick<Reading, 't' | 'locale'> & { moment(at: number): string };

/** A line of the doctor in the reader's language: for pages, the API and the command line. */
export function sayLine(plugins: Pick<Plugins, 'all'>, plugin: string, line: CheckLine, ear: Ear): SaidLine {
  const say = (said: string) => (/^(says|admin):/.test(said) ? ear.t(said, valuesOf(line.params ?? {}, ear)) : pluginSays(plugins, plugin, said, ear.locale, line.params));
  return {
    id: line.what,
    what: checkTitle(plugins, plugin, line.what, ear),
    state: line.state,
    said: say(line.said),
    ...(line.mend !== undefined && line.mend !== '' && { mend: say(line.mend) }),
    ...(line.answered !== undefined && line.answered !== '' && { answered: line.answered }),
    ...(line.field !== undefined && { field: line.field }),
  };
}

export interface SaidLine extends Pick<CheckLine, 'state' | 'said' | 'mend' | 'answered' | 'field'> {
  /** `what` as the line has it. */
  id: string;
  what: string;
}

/** Core's own sentences count and tell the time. */
function valuesOf(params: Readonly<Record<string, string>>, { moment }: Ear): Record<string, string | number> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, name === 'count' ? Number(value) : name === 'at' || name === 'until' ? moment(Number(value)) : value]));
}

/** `names` gives the form's own name of a field where it differs from the workspace's. */
export function fieldErrors(refused: Refused, { t, locale }: Pick<Reading, 't' | 'locale'>, plugins: Pick<Plugins, 'all'>, names: (field: string) => string = (field) => field): FieldErrors {
  return Object.fromEntries(Object.entries(refused.faults).map(([field, fault]) => [field === '' ? 'form' : names(field), sentenceOf(worded(fault, refused, plugins, locale), t, locale, plugins)]));
}

/** A refusal that is a line of the doctor is said in the reader's language, the provider's own words beside it. */
function worded({ code, params }: FieldFault, { lines }: Refused, plugins: Pick<Plugins, 'all'>, locale: Locale): FieldFault {
  const line = code === 'refused' ? lines.find(({ what, state }) => what === params['what'] && state !== 'ok') : undefined;
  const plugin = line && plugins.all.find(({ title }) => title === params['who']);
  if (!line || !plugin) return { code, params };
  const say = (said: string) => pluginSentence(plugin, said, locale, line.params);
  return { code, params: { ...params, said: `${say(line.said)}${line.answered ? ` “${line.answered}”` : ''}`, mend: line.mend === undefined ? '' : say(line.mend) } };
}

function sentenceOf({ code, params }: FieldFault, t: Reading['t'], locale: Locale, plugins: Pick<Plugins, 'all'>): string {
  const sentence = plainSentence(code, params, t, locale, plugins);
  return params['place'] === undefined ? sentence : t('says:fault.at', { sentence, place: params['place'] });
}

function plainSentence(code: FieldFault['code'], params: FieldFault['params'], t: Reading['t'], locale: Locale, plugins: Pick<Plugins, 'all'>): string {
  switch (code) {
    case 'plugin':
    case 'signInMissing': return pluginSays(plugins, String(params['plugin']), String(params['text']), locale, textsOf(params));
    case 'wrongType': return t('says:fault.wrongType', { expected: kindsOf(String(params['expected']).split(' or '), { t, locale }) });
    case 'unknown': return t(params['near'] ? 'says:fault.unknownNear' : 'says:fault.unknown', params);
    case 'numberTaken': return t(params['name'] ? 'says:fault.numberTaken' : 'says:fault.numberTakenElsewhere', params);
    // The provider's own words, and what mends it.
    case 'refused': return !params['said'] && !params['mend'] ? t('says:fault.quoted') : [params['said'], params['mend']].flatMap((part) => (part ? String(part).trim().replace(/([^.!?…])$/, '$1.') : [])).join(' ');
    case 'tooShort':
    case 'tooFew': return t(`says:fault.${code}`, { count: Number(params['min']) });
    case 'tooLong':
    case 'tooMany': return t(`says:fault.${code}`, { count: Number(params['max']) });
    default: return t(`says:fault.${code}`, params);
  }
}

const jsonKinds: ReadonlySet<string> = new Set(['array', 'object', 'string', 'number', 'integer', 'boolean', 'null']);

/** What JSON calls its kinds of values, in the reader's language. */
export function kindsOf(kinds: readonly string[], { t, locale }: Pick<Reading, 't' | 'locale'>): string {
  return new Intl.ListFormat(locale, { type: 'disjunction' }).format(kinds.map((kind) => (jsonKinds.has(kind) ? t(`says:kind.${kind}`) : kind)));
}

const textsOf = (params: FieldFault['params']) => Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]));

const silent: ReadonlySet<string> = new Set(whyCodes);

export function whyOf(why: WhyRow, line: LineColour, agent: string | undefined, { t, locale }: Reading): Why {
  const refused = /^refused:(.+)$/.exec(why.said)?.[1];
  const failed = /^failed: ?(.*)$/s.exec(why.said)?.[1];
  const answered = refused === undefined && failed === undefined && !silent.has(why.said);
  const said =
    refused !== undefined ? t('says:why.refused', { why: t(`says:send.${refused}`) })
    : failed !== undefined ? t('says:why.failed', { said: sayWords(kept(failed), locale, []) })
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
