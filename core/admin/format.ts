import type { Locale } from '../plugin/contract/plugin.ts';

const intlLocale: Record<Locale, string> = { en: 'en-GB', es: 'es', id: 'id' };

/** Dates and numbers as one language and time zone write them. */
export interface Formats {
  /** 14:06 */
  time(at: number): string;
  /** 14:06:12 */
  seconds(at: number): string;
  /** Today, yesterday, or `12 March`; with the year when it is another one. `relative` is the caller's word for the first two. */
  day(at: number): { key: 'today' | 'yesterday' | 'tomorrow' | 'date'; date: string };
  /** For lists: time today, short weekday within six days, else `12 Mar`. */
  brief(at: number): string;
  /** 12 Mar 2026, 14:06:12 */
  moment(at: number): string;
  /** `4 min ago` */
  ago(at: number): string;
  count(n: number): string;
  /** `1.3K`, where room is short. */
  short(n: number): string;
  bytes(n: number): string;
  /** For `<time datetime>`. */
  iso(at: number): string;
  /** `1.4 s`, `320 ms` */
  took(ms: number): string;
}

const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
const makers = new Map<string, ReturnType<typeof makersOf>>();

/** Making one takes longer than the page around it. */
function makersOf(locale: Locale, timeZone: string) {
  const language = intlLocale[locale];
  const of = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(language, { timeZone, ...options });
  return {
    time: of(clock),
    seconds: of({ ...clock, second: '2-digit' }),
    key: of({ year: 'numeric', month: '2-digit', day: '2-digit' }),
    year: of({ year: 'numeric' }),
    date: of({ day: 'numeric', month: 'long' }),
    dateOfYear: of({ day: 'numeric', month: 'long', year: 'numeric' }),
    weekday: of({ weekday: 'short' }),
    short: of({ day: 'numeric', month: 'short' }),
    moment: of({ day: 'numeric', month: 'short', year: 'numeric', ...clock, second: '2-digit' }),
    ago: new Intl.RelativeTimeFormat(language, { style: 'short' }),
    numbers: new Intl.NumberFormat(language),
    compact: new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 }),
  };
}

function makersFor(locale: Locale, timeZone: string): ReturnType<typeof makersOf> {
  const name = `${locale} ${timeZone}`;
  let known = makers.get(name);
  if (!known) makers.set(name, (known = makersOf(locale, timeZone)));
  return known;
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [['day', 86_400_000], ['hour', 3_600_000], ['minute', 60_000], ['second', 1_000]];

const amounts: { [L in Locale]?: Intl.NumberFormat } = {};

/** `1.4 MB` */
export function sizeIn(locale: Locale, bytes: number): string {
  const amount = (amounts[locale] ??= new Intl.NumberFormat(intlLocale[locale], { maximumFractionDigits: 1 }));
  return bytes < 1_000 ? `${amount.format(bytes)} B` : bytes < 1_000_000 ? `${amount.format(bytes / 1_000)} kB` : `${amount.format(bytes / 1_000_000)} MB`;
}

/** `now` decides what is today. A time zone the runtime does not know throws RangeError. */
export function formats(locale: Locale, timeZone: string, now: number): Formats {
  const make = makersFor(locale, timeZone);
  const { time, key, numbers } = make;
  const DAY = 86_400_000;
  const [yesterday, today, tomorrow, year] = [key.format(now - DAY), key.format(now), key.format(now + DAY), make.year.format(now)];

  const day = (at: number): ReturnType<Formats['day']> => {
    const that = key.format(at);
    const date = (make.year.format(at) === year ? make.date : make.dateOfYear).format(at);
    return { key: that === today ? 'today' : that === yesterday ? 'yesterday' : that === tomorrow ? 'tomorrow' : 'date', date };
  };

  return {
    time: (at) => time.format(at),
    seconds: (at) => make.seconds.format(at),
    day,
    brief(at) {
      if (key.format(at) === today) return time.format(at);
      if (now - at < 6 * DAY && at < now) return make.weekday.format(at);
      return make.short.format(at);
    },
    moment: (at) => make.moment.format(at),
    ago(at) {
      const gone = Math.max(0, now - at);
      const [unit, size] = steps.find(([, ms]) => gone >= ms) ?? ['second', 1_000];
      return make.ago.format(-Math.floor(gone / size), unit);
    },
    count: (n) => numbers.format(n),
    short: (n) => (n < 1_000 ? String(n) : make.compact.format(n)),
    bytes: (n) => sizeIn(locale, n),
    iso: (at) => new Date(at).toISOString(),
    took: (ms) => (ms < 1_000 ? `${Math.round(ms)} ms` : `${numbers.format(Math.round(ms / 100) / 10)} s`),
  };
}
