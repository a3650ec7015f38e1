/**
 * R7 for each provider: whatever it does, or the network before it, every message comes to exactly one end, and none reaches
 * it twice. `SENDS=10000` is the figure that a release needs; `PROVIDERS=twilio,coster` tries some of them.
 */
import t from 'tap';
import type { Fault } from '../../plugins/meta-cloud/emulator.ts';
import { chance } from '../kit/chance.ts';
import { lineTo, providers } from './lines.ts';
import { seed } from './seed.ts';

const sends = Number(process.env['SENDS'] ?? '200');
const chosen = process.env['PROVIDERS']?.split(',');

/** Nobody can tell whether it was taken: it was not, or it was. After three of the first kind people decide, which other tests try. */
const silent: Fault[] = [{ kind: 'html' }, { kind: 'drop' }];
const mostSilent = 2;
const takenInSilence: Fault[] = [{ kind: 'html', acted: true }, { kind: 'drop', acted: true }, { kind: 'malformed' }, { kind: 'empty' }, { kind: 'huge', bytes: 2e6 }];

interface Fate {
  faults: Fault[];
  /** Taken and delivered, refused for good, or taken and then failed. */
  end: 'delivered' | 'refused' | 'failed';
}

for (const [name, provider] of Object.entries(providers).filter(([name]) => chosen?.includes(name) ?? true)) {
  void t.test(`R7: ${sends} messages over ${name}, three of ten calls of which go wrong, come to one end each, and none comes twice`, async (t) => {
    const by = chance(seed(t));
    const fateOf = (): Fate => {
      const faults: Fault[] = [];
      for (let silences = 0; by.below(10) < 3; ) {
        const kind = by.below(10);
        if (kind < 4) faults.push(by.one(provider.again));
        else if (kind < 6 && silences < mostSilent) {
          faults.push(by.one(silent));
          silences += 1;
        } else if (kind < 8) return { faults: [...faults, by.one(takenInSilence)], end: 'delivered' };
        else return kind === 8 ? { faults: [...faults, provider.never], end: 'refused' } : { faults: [...faults, provider.later], end: 'failed' };
      }
      return { faults, end: 'delivered' };
    };
    const { bot, emulator, quiet } = await lineTo(t, provider);
    const fates = Array.from({ length: sends }, fateOf);
    const person = (n: number) => `62814${String(n).padStart(7, '0')}`;
    for (let first = 0; first < sends; first += 100) {
      const batch = fates.slice(first, first + 100).map((fate, k) => ({ fate, n: first + k }));
      for (const { fate, n } of batch) emulator.faults.add(...fate.faults.map((fault) => ({ ...fault, to: person(n) })));
      await Promise.all(batch.map(({ n }) => emulator.customer.write({ from: person(n), text: `m${n}` })));
    }
    // Each wait is a minute at most, and all the calls of a number may have to wait for one of them.
    for (let rounds = 0; rounds < 100 + sends; rounds += 1) {
      await quiet();
      if ((await bot.all('select id from job limit 1')).length === 0) break;
      await bot.pass(61_000);
    }
    const ends = new Map((await bot.all<{ text: string; status: string }>("select text, status from message where author = 'agent'")).map(({ text, status }) => [text, status]));
    const times = Map.groupBy(emulator.messages, ({ text }) => text ?? '');
    const wrong = fates.flatMap(({ faults, end }, n) => {
      const text = `echo: m${n}`;
      const seen = { status: ends.get(text), taken: times.get(text)?.length ?? 0 };
      const meant = { status: end === 'delivered' ? 'delivered' : 'failed', taken: end === 'refused' ? 0 : 1 };
      return seen.status === meant.status && seen.taken === meant.taken ? [] : [{ n, faults, ...seen, meant }];
    });
    const met = fates.filter(({ faults }) => faults.length > 0).length;
    t.comment(`${sends} messages, ${met} met ${fates.flatMap(({ faults }) => faults).length} faults; ${emulator.messages.length} taken, ${[...times.values()].filter((same) => same.length > 1).length} twice, ${wrong.length} at a wrong end`);
    t.same(wrong, []);
    t.equal(ends.size, sends, 'each was answered');
    t.same(await bot.all('select id from job'), [], 'nothing is left to do');
  });
}
