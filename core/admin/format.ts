import type { Locale } from '../plugin/contract.ts';

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

const cache = new Map<string, Intl.DateTimeFormat>();

function dateFormat(locale: Locale, timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${timeZone} ${JSON.stringify(options)}`;
  let format = cache.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(intlLocale[locale], { timeZone, ...options });
    cache.set(key, format);
  }
  return format;
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [['day', 86_400_000], ['hour', 3_600_000], ['minute', 60_000], ['second', 1_000]];

/** `now` decides what is today. A time zone the runtime does not know throws RangeError. */
export function formats(locale: Locale, timeZone: string, now: number): Formats {
  const of = (options: Intl.DateTimeFormatOptions) => dateFormat(locale, timeZone, options);
  const time = of({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const key = of({ year: 'numeric', month: '2-digit', day: '2-digit' });
  const today = key.format(now);
  const numbers = new Intl.NumberFormat(intlLocale[locale]);
  const DAY = 86_400_000;

  const day = (at: number): ReturnType<Formats['day']> => {
    const that = key.format(at);
    const sameYear = of({ year: 'numeric' }).format(at) === of({ year: 'numeric' }).format(now);
    const date = of(sameYear ? { day: 'numeric', month: 'long' } : { day: 'numeric', month: 'long', year: 'numeric' }).format(at);
    if (that === today) return { key: 'today', date };
    if (that === key.format(now - DAY)) return { key: 'yesterday', date };
    if (that === key.format(now + DAY)) return { key: 'tomorrow', date };
    return { key: 'date', date };
  };

  return {
    time: (at) => time.format(at),
    seconds: (at) => of({ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(at),
    day,
    brief(at) {
      if (key.format(at) === today) return time.format(at);
      if (now - at < 6 * DAY && at < now) return of({ weekday: 'short' }).format(at);
      return of({ day: 'numeric', month: 'short' }).format(at);
    },
    moment: (at) => of({ day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(at),
    ago(at) {
      const gone = Math.max(0, now - at);
      const [unit, size] = steps.find(([, ms]) => gone >= ms) ?? ['second', 1_000];
      return new Intl.RelativeTimeFormat(intlLocale[locale], { style: 'short' }).format(-Math.floor(gone / size), unit);
    },
    count: (n) => numbers.format(n),
    short: (n) => (n < 1_000 ? String(n) : new Intl.NumberFormat(intlLocale[locale], { notation: 'compact', maximumFractionDigits: 1 }).format(n)),
    bytes: (n) =>
      n < 1_000 ? `${numbers.format(n)} B` : n < 1_000_000 ? `${numbers.format(Math.round(n / 100) / 10)} kB` : `${numbers.format(Math.round(n / 100_000) / 10)} MB`,
    iso: (at) => new Date(at).toISOString(),
    took: (ms) => (ms < 1_000 ? `${Math.round(ms)} ms` : `${numbers.format(Math.round(ms / 100) / 10)} s`),
  };
}
