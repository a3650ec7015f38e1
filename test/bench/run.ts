/**
 * `npm run bench`: the product beside bare Fastify and two published libraries, in the same minutes, with the same load client,
 * the same fake provider and the same cores. `--quick` takes less than a minute, `--full` adds a start on a million messages.
 * docs/performance.md says how to read what it prints.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { installSize } from './install-size.ts';
import { machineFacts } from './machine.ts';
import { drained, loadOn, loopDelayMs, sentMessages, startMs, type Answered, type Loaded, type Tools } from './phases.ts';
import { peakMb, pinned, residentMb, startHelper } from './processes.ts';
import { bestShare, compared, held, leastShare, ownFigures, type Compared, type Own } from './report.ts';
import { seed } from './seed.ts';
import { peer, switchboard, type Installation, type Running, type Subject } from './subjects.ts';
import type { ClientOrder, ProviderOrder } from './wire.ts';

const here = import.meta.dirname;
const { values: wanted } = parseArgs({ options: { quick: { type: 'boolean' }, full: { type: 'boolean' }, json: { type: 'string' } } });
const scale = wanted.quick === true ? { closedMs: 2_500, e2eMs: 1_500, warmMs: 500, openMs: 2_500, slowMs: 2_000, thinksMs: 4_000 } : { closedMs: 8_000, e2eMs: 5_000, warmMs: 1_000, openMs: 10_000, slowMs: 5_000, thinksMs: 10_000 };
const connections = 32;
/** The product gives back what loading left a second after it was started, and a second after it loaded its pages. */
const idleAfterMs = 5_000;

const began = Date.now();
const say = (what: string) => process.stderr.write(`${((Date.now() - began) / 1000).toFixed(0).padStart(4)} s  ${what}\n`);

installPeers();
const tools: Tools = { client: startHelper<ClientOrder>(join(here, 'client.ts')), provider: startHelper<ProviderOrder>(join(here, 'provider.ts')), nextMessage: 0 };
const providerUrl = await tools.provider.ask<string>({ do: 'url' });
const product = switchboard(providerUrl);
const subjects: Subject[] = [
  peer('Fastify + HMAC + JSON.parse', 'bare.ts', providerUrl, false),
  peer('whatsapp-api-js 6.3.0', 'whatsapp-api-js.mjs', providerUrl),
  peer('whatsapp-cloud-api 0.3.1', 'whatsapp-cloud-api.mjs', providerUrl),
  product,
];

try {
  const facts = machineFacts();
  say(`${facts}; ${pinned ? 'servers on core 0, client and provider on core 1' : 'processes are not pinned to cores here'}`);
  const rows = await compare();
  const { own, server } = await alone(rows);
  await server.stop();
  Object.assign(own, await startAgain(product));
  if (wanted.full === true) own.startFullMs = await startOnAMillion();
  product.remove();
  console.log(`${facts}\n\n${compared(rows)}\n\n${ownFigures(own, rows)}`);
  if (wanted.json !== undefined) writeFileSync(wanted.json, JSON.stringify({ facts, rows, own }, undefined, 1));
  process.exitCode = held(own, rows) ? 0 : 1;
} finally {
  tools.client.stop();
  tools.provider.stop();
}
process.exit();

/** Every system goes through each phase right after the other: what the machine does meanwhile, it does to all. */
async function compare(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const subject of subjects) {
    say(`${subject.name} starts`);
    const { server, ms } = await startMs(tools, () => subject.start());
    rows.push({ name: subject.name, replies: subject.replies, server, startMs: ms, idleMb: NaN, e2e: {}, closed: [], bursts: [] });
  }
  await pause(idleAfterMs);
  for (const row of rows) row.idleMb = residentMb(row.server.pid);
  for (const perSecond of [50, 200] as const) {
    for (const row of rows.filter(({ replies }) => replies)) {
      say(`${row.name}: ${perSecond} messages/s, end to end`);
      const load = await loadOn(tools, row.server, { ms: scale.e2eMs, perSecond });
      row.e2e[perSecond] = { load, answered: await drained(tools, [load]) };
    }
  }
  // Bare Fastify once more at the end: the baseline is what it did before and after the others.
  for (const row of [...rows, ...rows.slice(0, 1)]) {
    say(`${row.name}: ${connections} connections, closed loop`);
    const closed = await loadOn(tools, row.server, { ms: scale.closedMs, connections });
    row.closed.push(closed);
    if (row.replies) {
      // The replies that it still owes are part of what it was given.
      const { result, peak } = await peakMb(row.server.pid, drained(tools, [closed]));
      row.bursts.push(result);
      closed.peak = Math.max(closed.peak, peak);
    }
  }
  // A neighbour on the machine can spoil one measurement; three in a row it does not.
  const [bare] = rows;
  const own = rows.find(({ name }) => name === product.name);
  for (let more = 0; bare && own && more < 2 && bestShare(rows) < leastShare; more++) {
    say('below the floor: product and bare Fastify once more');
    for (const row of [own, bare]) row.closed.push(await loadOn(tools, row.server, { ms: scale.closedMs, connections }));
    own.bursts.push(await drained(tools, own.closed.slice(-1)));
  }
  for (const row of rows) if (row.name !== product.name) await row.server.stop();
  return rows;
}

type Row = Compared & { server: Running };

/** What only the product is asked. */
async function alone(rows: readonly Row[]): Promise<{ own: Own; server: Running }> {
  const row = rows.find(({ name }) => name === product.name);
  if (!row) throw new Error('the product did not run');
  const { server } = row;
  const sent = await sentMessages(tools);
  await pause(1_000);
  say('1,000 messages/s, open loop');
  const thousand = await loadOn(tools, server, { ms: scale.openMs, perSecond: 1_000 });
  const thousandAnswered = await drained(tools, [thousand]);
  await pause(1_000);
  await loopDelayMs(server);
  // The path of a status is new to the process: a moment at a sixth of the rate comes before, and counts for what is lost only.
  const warm = await loadOn(tools, server, { ms: scale.warmMs, perSecond: 550, statusesPerMessage: 10, sent: sent.slice(0, 500) });
  say('3,300 webhooks/s, open loop: 3,000 statuses and 300 messages');
  const top = await loadOn(tools, server, { ms: scale.openMs, perSecond: 3_300, statusesPerMessage: 10, sent: sent.slice(500) });
  const loopP99 = await loopDelayMs(server);
  const topAnswered = await drained(tools, [warm, top]);
  const quiet = row.e2e[200]?.load;
  say('a provider that hangs, 200 messages/s');
  await tools.provider.ask({ do: 'hang' });
  const hung = await loadOn(tools, server, { ms: scale.slowMs, perSecond: 200 });
  await tools.provider.ask({ do: 'answer' });
  // Lanes that stood before a connection that hangs are looked at again within ten seconds.
  const hungAnswered = await drained(tools, [hung], 15_000);
  const slow = await thinking();
  const own: Own = {
    startMs: row.startMs, idleMb: row.idleMb,
    thousand, thousandAnswered, top, topAnswered, loopP99, hung, hungAnswered, ...slow,
    ...(quiet && { quietP99: quiet.p99 }), install: installSize(),
  };
  return { own, server };
}

/** An agent that takes its time, asked by a thousand people at once. */
async function thinking(): Promise<{ slow: Loaded; slowAnswered: Answered; slowMb: number }> {
  say(`an agent that takes ${scale.thinksMs / 1000} s, 1,000 conversations at once`);
  const installation = switchboard(providerUrl, scale.thinksMs);
  const { server } = await startMs(tools, () => installation.start());
  const crowd = await loadOn(tools, server, { ms: 1_000, perSecond: 1_000 });
  const slow = await loadOn(tools, server, { ms: scale.slowMs, perSecond: 200 });
  const slowMb = Math.max(crowd.peak, slow.peak, residentMb(server.pid));
  const slowAnswered = await drained(tools, [crowd, slow], 15_000);
  await server.stop();
  installation.remove();
  return { slow, slowAnswered, slowMb };
}

/** On what it has; then a person opens a page. */
async function startAgain(installation: Installation): Promise<Pick<Own, 'restartMs' | 'restartMb' | 'pagesMb'>> {
  say('the product starts again on what it has');
  const { server, ms } = await startMs(tools, () => installation.start());
  await pause(idleAfterMs);
  const restartMb = residentMb(server.pid);
  const page = await fetch(`${server.url}/login`);
  if (!page.ok) throw new Error(`the first page was answered with ${page.status}`);
  await pause(idleAfterMs);
  const pagesMb = residentMb(server.pid);
  await server.stop();
  return { restartMs: ms, restartMb, pagesMb };
}

async function startOnAMillion(): Promise<number> {
  say('a million messages are written');
  const installation = switchboard(providerUrl);
  const { server } = await startMs(tools, () => installation.start());
  await server.stop();
  await seed(join(installation.dataDir, 'switchboard.db'), 1_000_000);
  const { server: again, ms } = await startMs(tools, () => installation.start());
  await again.stop();
  installation.remove();
  return ms;
}

/** The libraries that it compares with are its own and nobody else's. */
function installPeers(): void {
  if (existsSync(join(here, 'node_modules', 'whatsapp-api-js')) && existsSync(join(here, 'node_modules', 'whatsapp-cloud-api'))) return;
  say('the libraries are installed');
  const { status } = spawnSync('npm', ['ci', '--prefix', here], { cwd: here, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error('npm ci in test/bench failed: the libraries that are compared could not be installed');
}
