import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { owner, signIn } from './operator.ts';
import { until } from '../until.ts';
import { createScene } from './scene.ts';

void t.test('an agent that throws, never returns or fails on its own holds up nobody else; what it cannot answer is put aside and shown', async (t) => {
  const scene = await createScene({ thinks: { ms: 20 }, limits: { agentCallMs: 2_000 }, users: [owner] });
  t.teardown(() => scene.end());
  const product = await scene.start();
  const since = performance.now();
  await scene.customers.say(['throw this'], '628170000001');
  await scene.customers.say(['never mind'], '628170000002');
  await scene.customers.say(['stray one'], '628170000003');
  const load = scene.customers.write(100);
  await pause(3_000);
  load.stop();
  const answered = (text: string) => scene.emulator.messages.some((sent) => sent.text === `echo: ${text}`);
  const fine = [...scene.customers.written.keys()].filter((text) => !/^(throw|never)/.test(text));
  await until('the others to be answered', () => fine.every(answered));
  t.ok(product.running(), 'a promise that fails with nobody waiting does not end the process');
  t.ok(product.lines.some(({ level, msg }) => level === 'error' && /nobody waiting/.test(msg)), 'but is logged');

  // Five tries, with 1, 2, 4 and 8 seconds between them, each at most.
  const buried = () => scene.ledger.all<{ error: string; attempts: number }>('select error, attempts from job where buried_at is not null order by error');
  await until('both to be put aside', async () => (await buried()).length === 2, 300_000, 100);
  t.comment(`put aside after ${((performance.now() - since) / 1000).toFixed(1)} s`);
  t.match(await buried(), [{ error: /did not answer within/, attempts: 5 }, { error: 'it hurts', attempts: 5 }]);
  const operator = await signIn(product.url);
  const alerts = await operator.get('/app/acme/whatsapp/notifications');
  t.match(alerts.text, /it hurts/, 'people are told what the agent said');
  t.match(alerts.text, /did not answer within/);

  await scene.customers.say(['and now?'], '628170000001');
  await until('the next message of that person to be answered', () => answered('and now?'));
  t.notOk(scene.emulator.messages.some((sent) => /throw|never/.test(sent.text ?? '')), 'without the one that nobody could answer');
});

void t.test('an agent that hangs in hundreds of conversations holds up no other agent', async (t) => {
  const scene = await createScene({ thinks: { ms: 0 }, limits: { turnConcurrency: 64, sendConcurrency: 16 }, otherAccount: '108100000000009' });
  t.teardown(() => scene.end());
  const product = await scene.start();
  await scene.customers.say(Array.from({ length: 300 }, (_, n) => `never ${n}`));
  await pause(500);
  const hanging = async () => Number((await scene.ledger.all<{ n: number }>("select count(*) as n from job where kind = 'turn' and attempts = 0"))[0]?.n);
  const others = scene.others();
  const took: number[] = [];
  for (let n = 0; n < 20; n++) {
    const since = performance.now();
    await others.say([`free ${n}`], `62815${String(n).padStart(7, '0')}`);
    await until(`free ${n} to be answered`, () => scene.emulator.messages.some((sent) => sent.text === `echo: free ${n}`), 120_000, 5);
    took.push(performance.now() - since);
  }
  took.sort((a, b) => a - b);
  t.comment(`the other agent's replies took ${took[10]?.toFixed(0)} ms (median), ${took.at(-1)?.toFixed(0)} ms at most`);
  t.equal(await hanging(), 300, 'it answers as ever, while not one of them has been given up');
  t.ok(product.running());
});
