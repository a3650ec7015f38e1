/**
 * `node test/bench/start.ts`: only how long a start takes, from the start of the process to the first webhook that is accepted,
 * pinned as in the benchmark. `--times 20` starts so often, `--messages 1000000` on a database that holds so many, `--cold`
 * without the compile cache.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cpuMs, residentMb, startHelper } from './processes.ts';
import { startMs, type Tools } from './phases.ts';
import { seed } from './seed.ts';
import { switchboard } from './subjects.ts';
import type { ClientOrder, ProviderOrder } from './wire.ts';

const { values: wanted } = parseArgs({ options: { times: { type: 'string', default: '10' }, messages: { type: 'string', default: '0' }, cold: { type: 'boolean', default: false } } });
const here = import.meta.dirname;
const tools: Tools = { client: startHelper<ClientOrder>(join(here, 'client.ts')), provider: startHelper<ProviderOrder>(join(here, 'provider.ts')), nextMessage: 0 };
const product = switchboard(await tools.provider.ask<string>({ do: 'url' }));
const took: number[] = [];
const cpu: number[] = [];

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
  if (Number(wanted.messages) > 0) await seed(join(product.dataDir, 'switchboard.db'), Number(wanted.messages));
  process.stdout.write('\nagain: ');
  for (let n = 0; n < Number(wanted.times); n++) took.push(await once());
  took.sort((a, b) => a - b);
  cpu.sort((a, b) => a - b);
  console.log(`\nmedian ${took[took.length >> 1]?.toFixed(0)} ms, least ${took[0]?.toFixed(0)}, most ${took.at(-1)?.toFixed(0)}; processor ${cpu[cpu.length >> 1]} ms`);
} finally {
  product.remove();
  tools.client.stop();
  tools.provider.stop();
}
process.exit();
