import t from 'tap';
import { chance } from '../kit/chance.ts';
import { killUnderLoad } from './killing.ts';
import { seed } from './seed.ts';

void t.test('whatever got a 200 is answered once and in order, though the process is killed three times under 500 a second', async (t) => {
  const result = await killUnderLoad({ rounds: 3, perSecond: 500, thinkMs: 1_500, by: chance(seed(t)) });
  t.comment(`written ${result.written} · lost ${result.lost.length} · twice ${result.twice.length} · unknown ${result.unknown} · interrupted sends ${result.interrupted}`);
  t.ok(result.written > 500, 'there was a load');
  t.same(result.lost, [], 'none lost');
  t.same(result.twice, [], 'none twice: receipts settled what was being sent');
  t.same(result.strange, [], 'nothing was sent that nobody asked for');
  t.same(result.outOfOrder, [], 'each person was answered in order');
  t.equal(result.unknown, 0, 'nothing is left unknown');
  t.equal(result.integrity, 'ok');
});
