/** The contract itself is tested: sound plugins keep it, and each broken one is caught by the check that is there for it. */
import { mock } from 'node:test';
import t from 'tap';
import { agentContract } from './agent.ts';
import { brokenAgents } from './broken/agents.ts';
import { brokenChannels } from './broken/channels.ts';
import { brokenNotifiers } from './broken/notifiers.ts';
import { brokenAtProvider } from './broken/provider.ts';
import { agentEvidence, channelEvidence, notifierEvidence, soundAgent, soundChannel, soundNotifier } from './broken/sound.ts';
import { channelContract } from './channel.ts';
import { chance, mutate } from './chance.ts';
import { contractOf } from './contract.ts';
import { inTime, resultsOf, runChecks, type Check } from './check.ts';
import { notifierContract } from './notifier.ts';

const contracts = [
  { of: 'channel', checks: channelContract(soundChannel, channelEvidence), broken: [...brokenChannels, ...brokenAtProvider] },
  { of: 'agent', checks: agentContract(soundAgent, agentEvidence), broken: brokenAgents },
  { of: 'notifier', checks: notifierContract(soundNotifier, notifierEvidence), broken: brokenNotifiers },
];

for (const { of, checks, broken } of contracts) {
  await t.test(`a sound ${of} keeps the whole contract`, async (t) => {
    for (const { name, error, skip } of await resultsOf(checks)) {
      t.equal(error?.message, undefined, name);
      t.equal(skip, undefined, `${name}: is not skipped`);
    }
    t.equal(new Set(checks.map((check) => check.name)).size, checks.length, 'no two checks have the same name');
  });

  await t.test(`each broken ${of} is caught, in words that name the fault`, async (t) => {
    for (const { flaw, check: name, says, checks: its } of broken) {
      const [result] = await resultsOf(its.filter((check) => check.name === name));
      t.ok(result, `${flaw}: there is a check “${name}”`);
      t.match(result?.error?.message ?? '(not caught)', says, flaw);
    }
  });

  await t.test(`each check of a ${of} catches something`, async (t) => {
    const shared = new Set(brokenChannels.map((one) => one.check));
    const caught = new Set(broken.map((one) => one.check));
    for (const { name } of checks) t.ok(caught.has(name) || shared.has(name) || name.startsWith('its kind is'), name);
  });
}

t.test('a check that is skipped says why and is not run', async (t) => {
  const { texts: _, ...wordless } = soundChannel;
  const skipped = (await resultsOf(channelContract(wordless, channelEvidence))).filter((result) => result.skip !== undefined);
  t.strictSame(skipped.map((result) => result.skip), ['it has no texts; what it says is plain English']);
});

t.test('the contract of a loaded plugin is that of its kind, and evidence that lacks something is named', async (t) => {
  const names = (checks: readonly Check[]) => checks.map((check) => check.name);
  t.strictSame(names(contractOf(soundChannel, channelEvidence)), names(channelContract(soundChannel, channelEvidence)));
  t.strictSame(names(contractOf(soundAgent, agentEvidence)), names(agentContract(soundAgent, agentEvidence)));
  t.strictSame(names(contractOf(soundNotifier, notifierEvidence)), names(notifierContract(soundNotifier, notifierEvidence)));
  t.throws(() => contractOf(soundAgent, { settings: {} }), /evidence of the agent “sound-agent” must export settings and the list turns/);
  t.throws(() => contractOf(soundChannel, undefined), /must export settings/);
});

t.test('a contract runs in any runner that has named tests', async (t) => {
  const ran: string[] = [];
  const runner = {
    async test(name: string, { skip }: { skip?: string }, run: (one: { pass(message: string): void }) => Promise<void>) {
      if (skip === undefined) await run({ pass: (message) => ran.push(message) });
      else ran.push(`${name}: ${skip}`);
    },
  };
  const checks: Check[] = [{ name: 'one', run() {} }, { name: 'two', skip: 'not here', run() { throw new Error('was run'); } }];
  await runChecks(runner, checks);
  t.strictSame(ran, ['one', 'two: not here']);
  await t.rejects(runChecks(runner, [{ name: 'three', run() { throw new Error('broken'); } }]), /broken/);
});

t.test('what never ends is named after five seconds', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const hung = inTime('send', new Promise(() => undefined));
  mock.timers.tick(5000);
  await t.rejects(hung, /send did not end within 5 s/);
});

t.test('the same seed makes the same mutations, and each of them is still JSON or a form', async (t) => {
  const made = (seed: number) => {
    const by = chance(seed);
    return Array.from({ length: 300 }, () => mutate('{"a":[{"b":1},{"c":["d"]}],"e":"f"}', by));
  };
  t.strictSame(made(1), made(1));
  t.ok(new Set(made(1)).size > 200, `${new Set(made(1)).size} of 300 differ`);
  t.ok(made(1).every((body) => typeof JSON.parse(body) === 'object'));
  t.ok(made(1).some((body) => body.includes('"__proto__"')), 'some try to reach a prototype');
  const by = chance(2);
  for (let count = 0; count < 100; count++) t.ok(mutate('From=whatsapp%3A%2B1&Body=Hi', by).split('&').every((pair) => pair === '' || pair.includes('=')));
});
