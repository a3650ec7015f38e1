/** The whole way over bot: a customer writes, the agent answers, and reports settle the answer by our own reference. */
import t from 'tap';
import { defineAgent, Type } from '#plugin';
import { openLine } from '../../test/line.ts';
import { startEmulator } from './emulator.ts';
import channel from './index.ts';

const agent = defineAgent({
  name: 'echo', title: 'Echo', contract: 1, settings: Type.Object({}),
  async respond({ messages }) {
    return { messages: [{ kind: 'buttons', text: `Anda menulis: ${messages.map(({ text }) => text).join(' ')}`, buttons: [{ id: 'yes', title: 'Ya' }, { id: 'no', title: 'Tidak' }] }], why: 'It repeats.' };
  },
});

t.test('an answer with buttons becomes numbered text, and is settled by the reference that went along', async (t) => {
  const start = async (door: string) => ({ emulator: await startEmulator({ accessToken: 'coster-emulated-token', face: 'bot', webhookUrl: door, webhookSecret: 'coster-shared-secret', statuses: true, retry: { firstMs: 5 } }) });
  const { bot, emulator } = await openLine(t, start, { channel, agent, account: '628110000001' });

  t.ok((await emulator.customer.write({ from: '628120000002', name: 'Ana', text: 'Halo' })).ok);
  for (let round = 0; round < 3; round += 1) {
    await bot.pass(2_000);
    await emulator.idle();
  }
  t.match(emulator.messages, [{ to: '628120000002', type: 'text', text: /^Anda menulis: Halo[^]*1[^]*Ya[^]*2[^]*Tidak/ }]);
  t.match(await bot.all('select author, status from message order by seq'), [{ author: 'contact', status: 'received' }, { author: 'agent', status: 'read' }]);
});
