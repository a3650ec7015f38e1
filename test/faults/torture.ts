/** `npm run torture -- --rounds 1000`: the kill test at length. Prints what was lost, sent twice or left unknown, every ten rounds and in total. */
import { parseArgs } from 'node:util';
import { chance } from '../kit/chance.ts';
import { killUnderLoad } from './killing.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '1000' }, seed: { type: 'string' }, rate: { type: 'string', default: '500' }, 'think-ms': { type: 'string', default: '1500' }, 'no-receipts': { type: 'boolean', default: false } },
});
const rounds = Number(values.rounds);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
if (!Number.isInteger(rounds) || rounds < 1 || !Number.isInteger(seed)) {
  process.stderr.write('Usage: npm run torture -- --rounds 1000 [--seed n] [--rate 500] [--think-ms 1500] [--no-receipts]\n');
  process.exit(2);
}
const by = chance(seed);
const total = { rounds: 0, written: 0, lost: 0, twice: 0, unknown: 0, interrupted: 0, outOfOrder: 0, damaged: 0 };
const line = (what: string, sum: typeof total) =>
  `${what}: written ${sum.written} · lost ${sum.lost} · twice ${sum.twice} · unknown ${sum.unknown} · interrupted sends ${sum.interrupted} · out of order ${sum.outOfOrder} · damaged databases ${sum.damaged}`;

console.log(`seed ${seed}, ${values.rate} messages a second, an agent that thinks ${values['think-ms']} ms, receipts ${values['no-receipts'] ? 'off' : 'on'}`);
for (let done = 0; done < rounds; ) {
  const now = Math.min(10, rounds - done);
  const since = performance.now();
  const result = await killUnderLoad({ rounds: now, perSecond: Number(values.rate), thinkMs: Number(values['think-ms']), by, receipts: !values['no-receipts'] });
  const sum = {
    rounds: now, written: result.written, lost: result.lost.length, twice: result.twice.length, unknown: result.unknown, interrupted: result.interrupted,
    outOfOrder: result.outOfOrder.length, damaged: result.integrity === 'ok' ? 0 : 1,
  };
  for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += sum[key];
  done += now;
  console.log(`${line(`rounds ${done - now + 1}–${done}`, sum)} · ${((performance.now() - since) / 1000).toFixed(0)} s`);
}
console.log(line(`${total.rounds} kills in total`, total));
process.exit(total.lost === 0 && total.damaged === 0 && total.outOfOrder === 0 && (values['no-receipts'] || total.twice === 0) ? 0 : 1);
