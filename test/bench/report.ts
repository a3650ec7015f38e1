/** Two tables and a verdict: the systems side by side, and the product beside its floors and aims. */
import type { InstallSize } from './install-size.ts';
import type { Answered, Loaded } from './phases.ts';

export interface Compared {
  name: string;
  replies: boolean;
  startMs: number;
  idleMb: number;
  e2e: { 50?: EndToEnd; 200?: EndToEnd };
  /** One for each time that it ran. */
  closed: Loaded[];
  bursts: Answered[];
}

interface EndToEnd {
  load: Loaded;
  answered: Answered;
}

export interface Own {
  startMs: number;
  restartMs?: number;
  restartMb?: number;
  pagesMb?: number;
  startFullMs?: number;
  idleMb: number;
  thousand: Loaded;
  thousandAnswered: Answered;
  top: Loaded;
  topAnswered: Answered;
  loopP99: number;
  /** The 200 at the same 200 messages a second with a quick agent and provider. */
  quietP99?: number;
  hung: Loaded;
  hungAnswered: Answered;
  slow: Loaded;
  slowAnswered: Answered;
  slowMb: number;
  install: InstallSize;
}

const rate = ({ accepted, seconds }: Loaded) => accepted / seconds;

export const leastShare = 0.12;

/** The floor of P9. Unlike a time, what a process holds is its own doing. */
const mostMb = { idle: 150, underP1: 400 };
/** After the first start, which applies a declaration, and after another, which need not. */
const idle = ({ idleMb, restartMb = NaN }: Own) => [idleMb, restartMb];
const underP1 = ({ thousand, top }: Own) => Math.max(thousand.peak, top.peak);

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Bare Fastify's 200s a second: the mean of before and after the others. */
const baseline = (rows: readonly Compared[]) => mean((rows[0]?.closed ?? []).map(rate));

/** The product's best share of it. */
export const bestShare = (rows: readonly Compared[]) => Math.max(...(rows.at(-1)?.closed ?? []).map(rate)) / baseline(rows);

export function compared(rows: readonly Compared[]): string {
  const bare = baseline(rows);
  const head = ['', '200s/s', 'of bare', 'p50 / p99 ms', 'replies/s until empty', 'CPU ms/1,000', 'e2e ms at 50/s', 'at 200/s', 'MB idle → peak', 'start ms', 'lost', 'twice'];
  return table([
    head,
    ...rows.map((row, n) => {
      const [closed] = row.closed;
      const perSecond = n === 0 ? bare : median(row.closed.map(rate));
      return [
        row.name, whole(perSecond), percent(perSecond / bare), closed ? pair(closed.p50, closed.p99) : '–',
        row.replies ? whole(repliesOf(row)) : '–', closed ? whole(closed.cpuPerThousand) : '–', e2e(row.e2e[50]), e2e(row.e2e[200]),
        `${whole(row.idleMb)} → ${whole(Math.max(...row.closed.map(({ peak }) => peak)))}`, whole(row.startMs), row.replies ? whole(lostOf(row)) : '–', row.replies ? whole(twiceOf(row)) : '–',
      ];
    }),
  ]);
}

const repliesOf = ({ bursts }: Compared) => median(bursts.map(({ perSecond }) => perSecond));
const parts = ({ e2e, bursts }: Compared) => [e2e[50]?.answered, e2e[200]?.answered, ...bursts].filter((part) => part !== undefined);
const lostOf = (row: Compared) => parts(row).reduce((sum, { lost }) => sum + lost, 0);
const twiceOf = (row: Compared) => parts(row).reduce((sum, { twice }) => sum + twice, 0);

export function ownFigures(own: Own, rows: readonly Compared[]): string {
  const row = rows.at(-1);
  const best = Math.max(...rows.slice(1, -1).map(repliesOf));
  const replies = row ? repliesOf(row) : NaN;
  const quick = own.quietP99 ?? NaN;
  return table([
    ['', 'figure', 'this run', 'floor', 'aim'],
    ['P1', '1,000 messages/s: 200 p50 / p99, over 250 ms, refused', open(own.thousand), 'p50 ≤ 15, ≤ 1 % over 250', ''],
    ['P1', '3,000 statuses + 300 messages/s: the same', open(own.top), '', 'p50 ≤ 10, p99 ≤ 100'],
    ['P2', '200s/s of bare Fastify, closed loop (best try)', percent(bestShare(rows)), `≥ ${percent(leastShare)}`, '≥ 35 %'],
    ['P3', 'replies/s until the queue is empty', `${whole(replies)} (best library ${whole(best)})`, '500', '≥ 2,000 and the most'],
    ['P3', 'replies/s at 1,000 messages/s; the last one after', `${whole(own.thousandAnswered.perSecond)}; ${own.thousandAnswered.drainedAfter.toFixed(1)} s`, '', ''],
    ['P4', 'end to end at 200/s, p50 / p99 ms', e2e(row?.e2e[200]), '15 / 150', '5 / 50'],
    ['P5', 'p99 of the 200 at 200/s: quick → provider hangs', `${ms(quick)} → ${ms(own.hung.p99)}`, '× 2', '× 2'],
    ['P5', 'p99 of the 200 at 200/s: quick → slow agent; MB', `${ms(quick)} → ${ms(own.slow.p99)}; ${whole(own.slowMb)}`, '× 2', '× 2; 300'],
    ['P8', 'start to first 200: new, again, a million messages (ms)', [own.startMs, own.restartMs, own.startFullMs].map((value) => whole(value ?? NaN)).join(', '), '1,000', '350'],
    ['P9', 'MB idle: first start, started again (then a page was opened)', `${idle(own).map(whole).join(', ')} (${whole(own.pagesMb ?? NaN)})`, `${mostMb.idle}`, '110'],
    ['P9', 'MB under P1', whole(underP1(own)), `${mostMb.underP1}`, '280'],
    ['P10', 'production install, MB and packages', `${whole(own.install.megabytes)}, ${own.install.packages}`, '130, 150', '100, 140'],
    ['P15', 'event loop delay p99 under P1, ms (10 of them are the sampling)', ms(own.loopP99), '100', '25'],
    ['', 'lost / twice over all of it', `${lostInAll(own, rows)} / ${twiceInAll(own, rows)}`, '0 / 0', '0 / 0'],
  ]);
}

const allOf = (own: Own) => [own.thousandAnswered, own.topAnswered, own.hungAnswered, own.slowAnswered];
const lostInAll = (own: Own, rows: readonly Compared[]) => allOf(own).reduce((sum, { lost }) => sum + lost, rows.slice(-1).reduce((sum, row) => sum + lostOf(row), 0));
const twiceInAll = (own: Own, rows: readonly Compared[]) => allOf(own).reduce((sum, { twice }) => sum + twice, rows.slice(-1).reduce((sum, row) => sum + twiceOf(row), 0));

/** Counts and ratios alone can fail a run: times are the machine's as much as ours. */
export function held(own: Own, rows: readonly Compared[]): boolean {
  // Where the system does not tell what a process holds, that is NaN, and nothing was too much.
  const tooMuch = idle(own).some((mb) => mb > mostMb.idle) || underP1(own) > mostMb.underP1;
  return lostInAll(own, rows) === 0 && twiceInAll(own, rows) === 0 && bestShare(rows) >= leastShare && !tooMuch;
}

const whole = (value: number) => (Number.isFinite(value) ? Math.round(value).toLocaleString('en') : '–');
const ms = (value: number) => (Number.isFinite(value) ? (value < 10 ? value.toFixed(1) : whole(value)) : '–');
const percent = (value: number) => (Number.isFinite(value) ? `${(value * 100).toFixed(0)} %` : '–');
const pair = (p50: number, p99: number) => `${ms(p50)} / ${ms(p99)}`;
const e2e = (phase: EndToEnd | undefined) => (phase ? pair(phase.answered.p50, phase.answered.p99) : '–');

function open(load: Loaded): string {
  const refused = Object.values(load.refused).reduce((sum, n) => sum + n, 0);
  return `${pair(load.p50, load.p99)}, ${((load.over250 / load.webhooks) * 100).toFixed(1)} %, ${whole(refused)}`;
}

function table(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...rest] = rows;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rest.map(line)].join('\n');
}
