import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import type { Fault } from '../../plugins/meta-cloud/emulator.ts';
import { until } from '../until.ts';
import { owner, signIn } from './operator.ts';
import { createScene, type Scene } from './scene.ts';

interface Case {
  what: string;
  fault: Fault;
  /** What is written down of the first attempt. */
  outcome: 'retry' | 'unknown' | 'not-sent';
}

const cases: Case[] = [
  { what: '429 with Retry-After', fault: { kind: 'error', status: 429, retryAfter: 2 }, outcome: 'retry' },
  { what: '130429, the rate of the number', fault: { kind: 'error', code: 130429 }, outcome: 'retry' },
  { what: '131056, the rate of the pair', fault: { kind: 'error', code: 131056, retryAfter: 1 }, outcome: 'retry' },
  { what: '500 with Meta’s own error', fault: { kind: 'error', status: 500, code: 131000 }, outcome: 'retry' },
  { what: '502 of a proxy that had not passed it on', fault: { kind: 'html' }, outcome: 'unknown' },
  { what: '502 of a proxy that had', fault: { kind: 'html', acted: true }, outcome: 'unknown' },
  { what: 'a connection cut before Meta acted', fault: { kind: 'drop' }, outcome: 'unknown' },
  { what: 'a connection cut after Meta acted', fault: { kind: 'drop', acted: true }, outcome: 'unknown' },
  { what: 'half a JSON with 200', fault: { kind: 'malformed' }, outcome: 'unknown' },
  { what: '200 with nothing', fault: { kind: 'empty' }, outcome: 'unknown' },
];

const from = (n: number) => `62814${String(n).padStart(7, '0')}`;
const attemptsOf = (scene: Scene, text: string) =>
  scene.ledger.all<{ outcome: string; code: string | null }>(`select a.outcome, a.code from attempt a join message m on m.id = a.message_id where m.text = 'echo: ${text}' order by a.id`);

void t.test('whatever the provider answers, every message reaches it exactly once in the end', async (t) => {
  const scene = await createScene({ limits: { unknownWaitMs: 10_000 } });
  t.teardown(() => scene.end());
  await scene.start();
  for (const [n, { fault }] of cases.entries()) scene.emulator.faults.add({ ...fault, to: from(n) });
  await Promise.all(cases.map(async ({ what }, n) => {
    const text = what.replaceAll('’', '');
    await scene.customers.say([text], from(n));
    await scene.customers.say([`${text}, next`], from(n));
  }));
  const { lost, twice, outOfOrder, unknown } = await scene.settle();
  t.same({ lost, twice, outOfOrder, unknown }, { lost: [], twice: [], outOfOrder: [], unknown: 0 });
  for (const { what, outcome } of cases) t.match(await attemptsOf(scene, what.replaceAll('’', '')), [{ outcome }], `${what}: ${outcome}`);
  const waited = scene.emulator.messages.find(({ text }) => text === `echo: ${cases[0]?.what}`);
  const written = scene.customers.written.get(cases[0]?.what ?? '');
  t.ok((waited?.at ?? 0) - (performance.timeOrigin + (written?.taken ?? 0)) >= 1_900, 'Retry-After was kept');
});

void t.test('what the provider refuses for good is failed and shown with its words', async (t) => {
  const scene = await createScene({ users: [owner] });
  t.teardown(() => scene.end());
  const product = await scene.start();
  scene.emulator.faults.add({ kind: 'error', code: 131047, to: from(1) }, { kind: 'fail-later', code: 131026, to: from(2) });
  await scene.customers.say(['refused'], from(1));
  await scene.customers.say(['fails later'], from(2));
  await scene.settle();
  await until('the failure to be reported', async () => (await scene.ledger.statuses())['failed'] === 2);
  const alerts = await (await signIn(product.url)).get('/app/acme/whatsapp/notifications');
  t.equal(alerts.status, 200);
  t.match(alerts.text, /Re-engagement message/, 'the operator reads what Meta said');
});

void t.test('a token that the provider no longer takes stops the connection, loses nothing, and Start or a new token goes on', async (t) => {
  const scene = await createScene({ users: [owner] });
  t.teardown(() => scene.end());
  const product = await scene.start();
  scene.emulator.faults.add({ kind: 'error', code: 190, on: 'any', rate: 1 });
  await scene.customers.say(['one', 'two', 'three']);
  const state = async () => (await scene.ledger.all<{ id: string; state: string; state_reason: string | null }>("select id, state, state_reason from connection where plugin = 'meta-cloud'"))[0];
  await until('the connection to be in error', async () => (await state())?.state === 'error');
  t.match((await state())?.state_reason, /access token/, 'with the reason');
  await scene.customers.say(['four'], from(1));
  await pause(500);
  t.equal(scene.emulator.messages.length, 0);
  const operator = await signIn(product.url);
  const page = `/app/acme/settings/channels/${(await state())?.id}`;
  t.match((await operator.get(page)).text, /access token/, 'its page says it');
  t.equal(await operator.submit(page, `${page}/state`, { deed: 'start' }), 303);
  t.equal((await state())?.state, 'error', 'Start asks the provider first: the token is still refused');
  scene.emulator.faults.clear();
  await operator.submit(page, `${page}/state`, { deed: 'start' });
  t.equal((await state())?.state, 'running');
  const { lost, twice } = await scene.settle();
  t.same({ lost, twice }, { lost: [], twice: [] });

  // Once more; now the file names a new token.
  scene.emulator.faults.add({ kind: 'error', code: 190, on: 'any', rate: 1 });
  await scene.customers.say(['five'], from(2));
  await until('the connection to be in error again', async () => (await state())?.state === 'error');
  t.same(await product.stop(), { code: 0, signal: null });
  scene.emulator.faults.clear();
  scene.reinstall({ accessToken: 'EAAfaults0000000002' });
  await scene.start();
  t.equal((await state())?.state, 'running');
  t.same((await scene.settle()).lost, []);
  t.equal(scene.emulator.requests.at(-1)?.status, 200);
});

void t.test('a provider that hangs, drips or floods on one connection does not hold up another', async (t) => {
  const other = '108100000000009';
  const scene = await createScene({ limits: { unknownWaitMs: 60_000, sendConcurrency: 16, turnConcurrency: 64 }, emulator: { phoneNumberIds: ['108100000000001'] }, otherAccount: other });
  t.teardown(() => scene.end());
  const product = await scene.start();
  const memory = await residentMegabytes(product.pid);
  // The first connection's customers are many and nobody answers them; each of these took the message.
  const kinds: Fault[] = [{ kind: 'hang', acted: true }, { kind: 'slow', everyMs: 1_000 }, { kind: 'huge' }];
  for (let n = 0; n < 300; n++) scene.emulator.faults.add({ ...kinds[n % kinds.length], kind: kinds[n % kinds.length]?.kind ?? 'hang', to: from(n) });
  await Promise.all(Array.from({ length: 300 }, (_, n) => scene.customers.say([`stuck ${n}`], from(n))));
  const others = scene.others();
  const took: number[] = [];
  for (let n = 0; n < 30; n++) {
    const since = performance.now();
    await others.say([`free ${n}`], `62815${String(n).padStart(7, '0')}`);
    await until(`free ${n} to be answered`, () => scene.emulator.messages.some(({ text }) => text === `echo: free ${n}`), 120_000, 5);
    took.push(performance.now() - since);
  }
  took.sort((a, b) => a - b);
  t.comment(`other connection answered in ${took[15]?.toFixed(0)} ms (median), ${took.at(-1)?.toFixed(0)} ms at most; memory ${memory} → ${await residentMegabytes(product.pid)} MB`);
  t.ok((took.at(-1) ?? Infinity) < 20_000, 'it is answered as ever: a call that hangs is given up after that');
  t.ok((await residentMegabytes(product.pid)) < memory + 200, 'answers of a gigabyte are not kept');
  scene.emulator.faults.clear();
  await until('receipts to settle what was taken in silence', async () => (await scene.ledger.statuses())['unknown'] === undefined && (await scene.ledger.statuses())['sending'] === undefined, 300_000, 250);
  const { lost, twice } = await scene.settle();
  t.same({ lost, twice }, { lost: [], twice: [] });
});

async function residentMegabytes(pid: number): Promise<number> {
  const { readFile } = await import('node:fs/promises');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);
}
