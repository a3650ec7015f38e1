/** The emulator itself: both APIs refuse what was seen refused, and webhooks come in each wrapping. */
import t from 'tap';
import { request } from 'undici';
import { receiver } from '../../test/far-end.ts';
import { webhook } from '../qontak/fixtures.ts';
import { main, startEmulator } from './emulator.ts';
import channel from './index.ts';

const phone = '628120000002';

for (const wrapping of ['envelope', 'entry', 'value'] as const) {
  t.test(`what a customer writes arrives wrapped as ${wrapping}`, async (t) => {
    const hook = await receiver(t);
    const emulator = await startEmulator({ accessToken: 'coster-emulated-token', webhookUrl: hook.url, wrapping, retry: { firstMs: 5 } });
    t.teardown(() => emulator.close());
    const { id, ok } = await emulator.customer.write({ from: phone, name: 'Ana', content: { kind: 'image', media: { ref: '900001', mime: 'image/jpeg' }, caption: 'nota' } });
    t.ok(ok);
    t.match(hook.received.flatMap(({ body }) => channel.parse(webhook(body, {}, { receivedAt: Date.now() }), emulator.settings)), [
      { kind: 'message', id, account: '628110000001', name: 'Ana', content: { kind: 'image', caption: 'nota', media: { ref: '900001' } } },
    ]);
  });
}

t.test('both APIs ask for their own token and refuse what they were seen to refuse', async (t) => {
  const emulator = await startEmulator({ accessToken: 'coster-emulated-token' });
  t.teardown(() => emulator.close());
  const post = async (path: string, body: object, headers: Record<string, string>) => {
    const answer = await request(`${emulator.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body), signal: AbortSignal.timeout(30_000) });
    return { status: answer.statusCode, body: await answer.body.text() };
  };
  const m2m = `/v1/${emulator.settings.accountCode ?? ''}/messages`;
  const bearer = { authorization: 'Bearer coster-emulated-token' };
  const token = { 'x-access-token': 'coster-emulated-token' };
  const text = { xid: '1', to: phone, type: 'text', text: { body: 'x' } };
  t.match(await post(m2m, text, token), { status: 401, body: /1005/ });
  t.match(await post(m2m, text, bearer), { status: 200, body: /"xid":"1"/ });
  t.match(await post(m2m, { ...text, to: 'Ana' }, bearer), { status: 500, body: /1009.*Unknown contact/ });
  t.match(await post(m2m, { ...text, xid: undefined }, bearer), { status: 500, body: /1008/ });
  t.match(await post(m2m, { ...text, type: 'image', image: {} }, bearer), { status: 500, body: /1009/ });
  const wrapped = { xid: '1', channel_id: 'whatsapp-cloud', account_id: 'acct-0001', message_type: 'outbound', data: { messaging_product: 'whatsapp', to: phone, type: 'text', text: { body: 'x' } } };
  t.match(await post('/bot/webhook', wrapped, bearer), { status: 401 });
  t.match(await post('/bot/webhook', wrapped, token), { status: 200, body: /"code":200/ });
  t.match(await post('/bot/webhook', { ...wrapped, account_id: 'x' }, token), { status: 400 });
  t.match(await post('/nothing', {}, token), { status: 404 });
  t.equal(emulator.messages.length, 2);
});

t.test('the command says what a connection needs, and stops when told to', async (t) => {
  const lines: string[] = [];
  const stop = new AbortController();
  const running = main(['--port', '0', '--access-token', 'tok_1', '--face', 'bot', '--quiet'], stop.signal, (line) => void lines.push(line));
  while (lines.length < 7) await new Promise((next) => setImmediate(next));
  stop.abort();
  await running;
  t.match(lines.join('\n'), /\/bot\/webhook[^]*tok_1[^]*628110000001[^]*nowhere yet/);
  await t.rejects(main(['--face', 'x']), /--face is one of m2m, bot/);
});
