import t from 'tap';
import { signature, webhookOf } from './customers.ts';
import { createScene, type Scene } from './scene.ts';

const account = '108100000000001';

async function post(scene: Scene, url: string, body: string): Promise<number> {
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', 'x-hub-signature-256': signature(scene.emulator.settings.appSecret, body) }, body });
  await answer.arrayBuffer();
  return answer.status;
}

void t.test('a message that is delivered again and again is answered once, also after a kill, and once on each connection', async (t) => {
  const scene = await createScene({ otherAccount: '108100000000009' });
  t.teardown(() => scene.end());
  const product = await scene.start();
  const message = { text: 'again', from: '628120000001', account, wamid: 'wamid.again' };
  const body = webhookOf(message);
  const answers = () => scene.emulator.messages.filter(({ text }) => text === 'echo: again').map((sent) => sent.account);

  for (let n = 0; n < 5; n++) t.equal(await post(scene, scene.webhook, body), 200, `delivery ${n + 1}`);
  await scene.ledger.drained();
  t.same(answers(), [account], 'five times in a row');

  const all = await Promise.all(Array.from({ length: 50 }, () => post(scene, scene.webhook, body)));
  t.ok(all.every((status) => status === 200));
  await scene.ledger.drained();
  t.same(answers(), [account], 'fifty times at once');

  const fresh = webhookOf({ ...message, text: 'at once', wamid: 'wamid.at-once' });
  await Promise.all(Array.from({ length: 50 }, () => post(scene, scene.webhook, fresh)));
  await scene.ledger.drained();
  t.equal(scene.emulator.messages.filter(({ text }) => text === 'echo: at once').length, 1, 'a new one fifty times at once');

  product.kill('SIGKILL');
  await product.ended;
  await scene.start();
  t.equal(await post(scene, scene.webhook, body), 200);
  await scene.ledger.drained();
  t.same(answers(), [account], 'after a kill');

  const other = webhookOf({ ...message, account: '108100000000009' });
  t.equal(await post(scene, scene.otherWebhook, other), 200);
  t.equal(await post(scene, scene.otherWebhook, other), 200);
  await scene.ledger.drained();
  t.same(answers(), [account, '108100000000009'], 'the same id on another connection is another message');
});
