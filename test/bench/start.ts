/**
 * `node test/bench/start.ts`: only how long a start takes, from the start of the process to the first webhook that is accepted,
 * pinned as in the benchmark. `--times 20` starts so often, `--messages 1000000` on a database that holds so many, `--waiting
 * 10000` with so many webhooks that were taken but not answered yet, `--cold` without the compile cache.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { cpuMs, residentMb, startHelper } from './processes.ts';
import { startMs, type Tools } from './phases.ts';
import { seed, seedWaiting } from './seed.ts';
import { switchboard } from './subjects.ts';
import { now, type ClientOrder, type ProviderOrder, type Replies } from './wire.ts';

const { values: wanted } = parseArgs({ options: { times: { type: 'string', default: '10' }, messages: { type: 'string', default: '0' }, waiting: { type: 'string', default: '0' }, cold: { type: 'boolean', default: false } } });
const here = import.meta.dirname;
const tools: Tools = { client: startHelper<ClientOrder>(join(here, 'client.ts')), provider: startHelper<ProviderOrder>(join(here, 'provider.ts')), nextMessage: 0 };
const product = switchboard(await tools.provider.ask<string>({ do: 'url' }));
const file = join(product.dataDir, 'switchboard.db');
const waiting = Number(wanted.waiting);
const took: number[] = [];
const cpu: number[] = [];

/** Starts, and says when the first and the last of what waited was answered. */
async function resume(): Promise<void> {
  const first = tools.nextMessage;
  tools.nextMessage += waiting;
  seedWaiting(file, first, waiting);
  const began = now();
  const { server } = await startMs(tools, () => product.start());
  for (;;) {
    const { at } = await tools.provider.ask<Replies>({ do: 'replies', firstMessage: first, count: waiting });
    const answered = Array.from(at).filter((moment) => moment > 0);
    if (answered.length === waiting) {
      console.log(`${waiting} that waited: the first answered after ${(Math.min(...answered) - began).toFixed(0)} ms, the last after ${(Math.max(...answered) - began).toFixed(0)} ms`);
      return server.stop();
    }
    if (now() - began > 120_000) throw new Error(`only ${answered.length} of ${waiting} were answered within two minutes`);
    await pause(100);
  }
}

async function once(): Promise<number> {
  const cache = wanted.cold ? mkdtempSync(join(tmpdir(), 'switchboard-cold-')) : undefined;
  if (cache !== undefined) process.env['NODE_COMPILE_CACHE'] = cache;
  const { server, ms } = await startMs(tools, () => product.start());
  cpu.push(cpuMs(server.pid));
  const mb = residentMb(server.pid);
  await server.stop();
  if (cache !== undefined) rmSync(cache, { recursive: true });
  process.stdout.write(`${ms.toFixed(0)} ms (${mb.toFixed(0)} MB)  `);
  return ms;
}

try {
  process.stdout.write('new: ');
  await once();
  cpu.length = 0;
  if (Number(wanted.messages) > 0) await seed(file, Number(wanted.messages));
  process.stdout.write('\nagain: ');
  for (let n = 0; n < Number(wanted.times); n++) took.push(await once());
  took.sort((a, b) => a - b);
  cpu.sort((a, b) => a - b);
  console.log(`\nmedian ${took[took.length >> 1]?.toFixed(0)} ms, least ${took[0]?.toFixed(0)}, most ${took.at(-1)?.toFixed(0)}; processor ${cpu[cpu.length >> 1]} ms`);
  if (waiting > 0) await resume();
} finally {
  product.remove();
  tools.client.stop();
  tools.provider.stop();
}
process.exit();
