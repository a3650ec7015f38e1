/**
 * R8 for each provider: it hangs, answers one byte a second, or with a gigabyte. What is under way ends at its deadline, what comes
 * after waits instead of meeting the silence, and goes on when the provider answers again; each message reaches it once.
 */
import { setTimeout as pause } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { Fault } from '../../plugins/meta-cloud/emulator.ts';
import { lineTo, providers } from './lines.ts';
import { until } from '../until.ts';

const silences: Fault[] = [{ kind: 'hang' }, { kind: 'slow', everyMs: 1_000 }, { kind: 'huge', bytes: 1e9 }];
const silent = 'the provider does not answer';
const back = 'the provider answers again';
const megabytes = () => process.memoryUsage().rss / 1e6;

/** Returns how long after the first call it began to hold back, and how long it took until all that was held back was sent after the recovery. */
async function through(t: Test, provider: (typeof providers)[string], fault: Fault): Promise<{ opened: number; recovered: number }> {
  const said: { text: string; at: number }[] = [];
  const note = (_what: object, text: string) => void said.push({ text, at: Date.now() });
  const heard = (start: string) => said.find(({ text }) => text.startsWith(start))?.at;
  const { bot, emulator, quiet } = await lineTo(t, provider, { deadlineMs: 6_000, log: { debug() {}, info: note, warn: note, error: note } });
  let people = 0;
  const write = async (count: number) => {
    await Promise.all(Array.from({ length: count }, () => emulator.customer.write({ from: `62814${String(++people).padStart(7, '0')}`, text: `m${people}` })));
  };
  const statusOf = (status: string) => bot.all<{ text: string }>("select text from message where author = 'agent' and status = ?", [status]);

  emulator.faults.add({ ...fault, rate: 1 });
  await write(30);
  await until(`${fault.kind}: what comes is held back`, async () => {
    await write(1);
    return heard(silent) !== undefined;
  }, 120_000, 250);
  const opened = (heard(silent) ?? Infinity) - (emulator.requests[0]?.at ?? 0);

  await write(20);
  const met = async () => Number((await bot.all<{ n: number }>("select count(*) as n from message where author = 'agent' and status <> 'queued'"))[0]?.n);
  const before = await met();
  const since = performance.now();
  await pause(4_500);
  const asked = (await met()) - before;
  const seconds = (performance.now() - since) / 1_000;
  t.ok(asked <= seconds + 1, `${fault.kind}: ${asked} messages in ${seconds.toFixed(1)} seconds ask whether it answers again`);
  await until(`${fault.kind}: all that came is there`, async () => (await bot.all("select id from message where author = 'agent'")).length === people);
  const waiting = await statusOf('queued');
  t.ok(waiting.length >= 15, `${fault.kind}: ${waiting.length} wait and do not meet the silence`);

  emulator.faults.clear();
  const cleared = Date.now();
  await until(`${fault.kind}: what was held back is sent`, async () => {
    const there = new Set(emulator.messages.map(({ text }) => text));
    return waiting.every(({ text }) => there.has(text));
  }, 120_000, 50);
  const recovered = Date.now() - cleared;
  t.ok(heard(back), 'and the log says that it answers again');

  // Those that met the silence: reports settle what was taken, the rest goes out after the waiting time.
  for (let round = 0; round < 6; round += 1) {
    await quiet();
    await bot.pass(31_000);
  }
  await quiet();
  t.equal((await statusOf('delivered')).length, people, `${fault.kind}: all ${people} are delivered`);
  t.same([...Map.groupBy(emulator.messages, ({ text }) => text).values()].filter((same) => same.length !== 1), [], `${fault.kind}: each once`);
  return { opened, recovered };
}

const chosen = process.env['PROVIDERS']?.split(',');

for (const [name, provider] of Object.entries(providers).filter(([name]) => chosen?.includes(name) ?? true)) {
  void t.test(`R8: ${name} hangs, drips or floods: what comes waits, goes on soon after its recovery, and reaches it once`, async (t) => {
    const memory = megabytes();
    const times = await Promise.all(silences.map((fault) => through(t, provider, fault)));
    t.comment(times.map(({ opened, recovered }, n) => `${silences[n]?.kind}: held back after ${Math.round(opened)} ms, sent ${Math.round(recovered)} ms after the recovery`).join(' · '));
    t.comment(`memory ${Math.round(memory)} → ${Math.round(megabytes())} MB`);
    // Five seconds are what is wanted; a busy machine may take much longer, and calls that nobody holds back would take minutes.
    for (const { opened, recovered } of times) {
      t.ok(opened <= 40_000, `${opened} ms`);
      t.ok(recovered <= 40_000, `${recovered} ms`);
    }
    // The emulator that pours it out stands in this process too; one answer that is kept would be a thousand.
    t.ok(megabytes() - memory < 500, 'answers of a gigabyte are not kept');
  });
}
