/** Kill -9 at a random moment under load, start again, and again; then compare what was taken with what was sent. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Chance } from '../kit/chance.ts';
import type { Reckoning } from './customers.ts';
import { createScene } from './scene.ts';

export interface Killing {
  rounds: number;
  perSecond: number;
  thinkMs: number;
  by: Chance;
  /** Without the provider's receipts nobody can know what became of a send in flight. */
  receipts?: boolean;
}

export interface Killed extends Reckoning {
  /** Sends that nobody knows the fate of, at the end. */
  unknown: number;
  /** Sends whose fate was unknown after a kill, whatever became of them. */
  interrupted: number;
  integrity: string;
}

export async function killUnderLoad({ rounds, perSecond, thinkMs, by, receipts = true }: Killing): Promise<Killed> {
  const scene = await createScene({ thinks: { ms: thinkMs }, emulator: { latencyMs: 3, ...(receipts ? {} : { statuses: false }) } });
  try {
    const load = scene.customers.write(perSecond);
    for (let round = 0; round < rounds; round++) {
      const product = await scene.start();
      await pause(300 + by.below(3_000));
      product.kill('SIGKILL');
      await product.ended;
    }
    const last = await scene.start();
    await pause(500);
    load.stop();
    const reckoning = await scene.settle();
    const [attempts] = await scene.ledger.all<{ n: number }>("select count(*) as n from attempt where outcome = 'unknown'");
    const { code } = await last.stop();
    if (code !== 0) throw new Error(`the product did not end well after all that: ${code}`);
    return { ...reckoning, interrupted: attempts?.n ?? 0, integrity: await scene.ledger.integrity() };
  } finally {
    await scene.end();
  }
}
