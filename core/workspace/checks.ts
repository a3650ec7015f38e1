/** Asking the provider whether settings are right, and what of its answer stands in the way. */
import type { TSchema } from 'typebox';
import { NotSent, Silence } from '../errors.ts';
import { wordsOf, type Words } from '../kept-words.ts';
import { addressFaults, AddressRefused } from '../plugin/address.ts';
import { scrubberOf } from '../plugin/context.ts';
import type { Channel, NumberOnOffer } from '../plugin/contract/channel.ts';
import type { Context } from '../plugin/contract/context.ts';
import type { AnyPlugin, CheckLine } from '../plugin/contract/plugin.ts';
import { fieldShapes } from '../plugin/fields.ts';
import { englishLine, pluginSentence } from '../plugin/words.ts';
import { passingContext, type World } from './contexts.ts';
import { Refused, type FieldFault } from './refused.ts';
import { accountsMember, type Settings } from './settings.ts';

/** Longest that a check, or the listing of numbers, may take in all. */
const checkMs = 20_000;

/** Whose settings these are, or would be. */
export interface Subject {
  id: string;
  /** Of its webhook, so that a check can compare where events go. */
  key: string;
}

/** The doctor's lines; a plugin that has no check has none. Never throws for what the plugin or the provider does. */
export async function examine(parts: World, plugin: AnyPlugin, settings: Settings, subject: Subject): Promise<CheckLine[]> {
  const { check } = plugin;
  if (!check) return [];
  const scrub = scrubberOf(plugin, settings);
  const calls: Calls = { answered: 0, failures: [] };
  const ours = (answered: string) => calls.failures.some(({ error }) => error.cause instanceof AddressRefused && answered.includes(error.message));
  const clean = ({ answered, ...line }: CheckLine): CheckLine => ({
    ...line,
    said: scrub.text(line.said).slice(0, 1_000),
    ...(line.mend !== undefined && { mend: line.mend.slice(0, 500) }),
    // Our own refusal is nobody's answer.
    ...(answered !== undefined && !ours(answered) && { answered: scrub.text(answered).slice(0, 1_000) }),
    ...(line.params && { params: Object.fromEntries(Object.entries(line.params).map(([name, value]) => [name, scrub.text(value).slice(0, 500)])) }),
  });
  try {
    const lines = await within(parts, plugin, settings, subject, (ctx) => check.call(plugin, watched(ctx, calls)));
    return [...wayLines(calls, settings), ...lines].map(clean);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    if (error instanceof NotSent || error instanceof Silence || error instanceof Late) {
      const way = wayLines(calls, settings);
      return (way.length > 0 ? way : [{ what: 'check', state: 'doubtful' as const, said }]).map(clean);
    }
    parts.log.warn({ err: scrub.error(error), plugin: plugin.name }, 'a plugin failed while it checked settings');
    return [clean({ what: 'check', state: 'broken', said: `The plugin failed while it checked: ${said}` })];
  }
}

/** What became of the calls of one check. */
interface Calls {
  answered: number;
  failures: { url: string; error: NotSent | Silence }[];
}

function watched(ctx: Context<Settings>, calls: Calls): Context<Settings> {
  return {
    ...ctx,
    async fetch(url, init) {
      try {
        const answer = await ctx.fetch(url, init);
        // A provider that is out of order has answered nothing either.
        if (answer.status < 500) calls.answered++;
        else calls.failures.push({ url, error: new Silence(`${URL.parse(url)?.origin ?? url} answered with status ${answer.status}.`) });
        return answer;
      } catch (error) {
        if (error instanceof NotSent || error instanceof Silence) calls.failures.push({ url, error });
        throw error;
      }
    },
  };
}

/** An address that may not be called will never do; a provider that answered nothing at all has tested nothing. */
function wayLines({ answered, failures }: Calls, settings: Settings): CheckLine[] {
  const forbidden = failures.find(({ error }) => error.cause instanceof AddressRefused);
  const [failure] = failures;
  if (forbidden) return [{ what: 'address', state: 'broken', ...addressWords(forbidden), ...fieldOfUrl(settings, forbidden.url) }];
  if (answered === 0 && failure) return [{ what: 'reach', state: 'doubtful', said: `Nothing could be tested, for no answer came: ${failure.error.message}`, ...fieldOfUrl(settings, failure.url) }];
  return [];
}

function addressWords({ url, error }: Calls['failures'][number]): Pick<CheckLine, 'said' | 'params'> {
  const fault = faultOf(error);
  return fault ? { said: `says:fault.${fault}`, params: { origin: URL.parse(url)?.origin ?? url } } : { said: error.message };
}

const faultOf = ({ cause }: Error) => (cause instanceof AddressRefused ? cause.fault : undefined);

function fieldOfUrl(settings: Settings, url: string): { field?: string } {
  const origin = URL.parse(url)?.origin;
  const field = Object.entries(settings).find(([, value]) => typeof value === 'string' && origin !== undefined && URL.parse(value)?.origin === origin)?.[0];
  return field === undefined ? {} : { field };
}

/** What the provider offers; undefined when the channel cannot list numbers or the provider did not answer: `examine` says why. */
export async function offered(parts: World, channel: Channel, settings: Settings, subject: Subject): Promise<NumberOnOffer[] | undefined> {
  const { numbers } = channel;
  if (!numbers) return undefined;
  try {
    return await within(parts, channel, settings, subject, (ctx) => numbers.call(channel, ctx));
  } catch (error) {
    parts.log.info({ err: scrubberOf(channel, settings).error(error), plugin: channel.name }, 'the numbers could not be listed');
    return undefined;
  }
}

class Late extends Error {
  constructor() {
    super(`The check did not end within ${checkMs / 1_000} s.`);
  }
}

async function within<T>(parts: World, plugin: AnyPlugin, settings: Settings, { id, key }: Subject, work: (ctx: Context<Settings>) => Promise<T>): Promise<T> {
  const time = new AbortController();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const reason = new Late();
    time.abort(reason);
    late.reject(reason);
  }, checkMs);
  try {
    return await Promise.race([work(passingContext(parts, plugin, settings, { id, key, signal: time.signal })), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Lines that forbid running with these settings. Where the provider sends its events can only be set once the connection and
 * its address exist; what is wrong with one number must not silence the others; and what goes out needs no address of ours.
 */
function obstacles(lines: readonly CheckLine[]): CheckLine[] {
  return lines.filter((line) => line.state === 'broken' && line.what !== 'subscription' && line.what !== 'public-url' && !line.what.startsWith('number '));
}

/**
 * What is new must have been tested; what is there already is saved also while its provider is out of reach.
 * @throws Refused with the provider's words beside the field that mends it, when a line stands in the way
 */
export function refuseObstacles(plugin: AnyPlugin, lines: readonly CheckLine[], { account, fresh = false }: { account?: string; fresh?: boolean } = {}): void {
  const more = (line: CheckLine) => (account !== undefined && line.state === 'broken' && line.what === `number ${account}`) || (fresh && line.what === 'reach');
  const broken = [...obstacles(lines), ...lines.filter(more)];
  if (broken.length === 0) return;
  const faults: Record<string, FieldFault> = {};
  for (const line of broken) faults[fieldOf(plugin.settings, line, account)] ??= addressFault(line) ?? { code: 'refused', params: refusalOf(plugin, line) };
  throw new Refused(faults, { code: 'SETTINGS_INVALID', lines });
}

function addressFault({ what, said, params }: CheckLine): FieldFault | undefined {
  const code = what === 'address' ? addressFaults.find((fault) => said === `says:fault.${fault}`) : undefined;
  return code && { code, params: { ...params } };
}

function fieldOf(schema: TSchema, { field, what }: CheckLine, account: string | undefined): string {
  if (account !== undefined && (what === `number ${account}` || (field !== undefined && field === accountsMember(schema)))) return 'account';
  return field !== undefined && fieldShapes(schema).some(({ name }) => name === field) ? field : '';
}

/** In English; `what` finds the line again for whoever words it in another language. */
function refusalOf(plugin: AnyPlugin, line: CheckLine): FieldFault['params'] {
  return { who: plugin.title, said: englishLine(plugin, line), mend: line.mend === undefined ? '' : pluginSentence(plugin, line.mend, 'en', line.params), what: line.what };
}

/** Of the line that keeps these settings from running. */
export function reasonOf(plugin: AnyPlugin | undefined, lines: readonly CheckLine[]): Words | undefined {
  const [first] = obstacles(lines);
  return first && wordsOf(plugin, first);
}
