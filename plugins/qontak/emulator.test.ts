/** The emulator itself: what tests, demos and its page rely on it for. */
import t, { type Test } from 'tap';
import { request } from 'undici';
import type { Event } from '#plugin';
import { main, startEmulator, type EmulatorOptions } from './emulator.ts';
import { receiver, type Received } from '../../test/far-end.ts';
import channel from './index.ts';

const phone = '628120000002';

async function started(t: Test, options: Partial<EmulatorOptions> = {}) {
  const hook = await receiver(t);
  const emulator = await startEmulator({ accessToken: 'tok_emulated_0001', webhookUrl: hook.url, retry: { firstMs: 5, maxMs: 20 }, ...options });
  t.teardown(() => emulator.close());
  const call = async (method: 'GET' | 'POST' | 'DELETE' | 'PUT', path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const answer = await request(`${emulator.url}${path}`, { method, headers, ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }), signal: AbortSignal.timeout(30_000) });
    const said = await answer.body.text();
    return { status: answer.statusCode, headers: answer.headers, said, json: (): unknown => JSON.parse(said) };
  };
  return { emulator, hook, call };
}

/** What the channel reads in everything that arrived, organization checked. */
function eventsIn(received: readonly Received[], settings: Awaited<ReturnType<typeof startEmulator>>['settings']): Event[] {
  return received.flatMap(({ headers, body }) => {
    const webhook = { method: 'POST', url: 'https://bot.example.test/webhooks/key', headers, body: Buffer.from(body), receivedAt: Date.now() };
    if (channel.verify(webhook, settings) !== true) throw new Error('a webhook is not believed');
    return channel.parse(webhook, settings);
  });
}

t.test('a customer, a person in Qontak and the end of the talk arrive as what they are', async (t) => {
  const { emulator, hook } = await started(t);
  const { room } = await emulator.customer.write({ from: phone, name: 'Ana', text: 'Halo' });
  await emulator.agent(phone, 'Saya bantu');
  await emulator.customer.write({ from: phone, content: { kind: 'choice', of: 'button', id: 'yes', text: 'Ya' } });
  await emulator.room(phone, { status: 'resolved' });
  await emulator.customer.write({ userId: 'ID.1349', name: 'Budi', text: 'tanpa nomor' });
  t.match(eventsIn(hook.received, emulator.settings), [
    { kind: 'message', thread: room, from: [{ kind: 'phone', value: phone }], content: { kind: 'text', text: 'Halo' } },
    { kind: 'holder', thread: room, holder: 'person' },
    { kind: 'echo', by: 'person', content: { kind: 'text', text: 'Saya bantu' } },
    { kind: 'holder', holder: 'person' },
    { kind: 'message', content: { kind: 'choice', of: 'button', id: 'yes', text: 'Ya' } },
    { kind: 'holder', thread: room, holder: 'bot' },
    { kind: 'message', from: [{ kind: 'user', value: 'ID.1349' }] },
  ]);
});

t.test('events go where the organization registered, and nowhere before', async (t) => {
  const hook = await receiver(t);
  const emulator = await startEmulator({ accessToken: 'tok_emulated_0001' });
  t.teardown(() => emulator.close());
  t.match(await emulator.customer.write({ from: phone, text: 'x' }), { ok: false, attempts: 0 });
  const authorization = 'Bearer tok_emulated_0001';
  const put = await request(`${emulator.url}/api/open/v1/message_interactions`, { method: 'PUT', headers: { authorization }, body: JSON.stringify({ receive_message_from_customer: true, url: hook.url }) });
  await put.body.dump();
  t.match(await emulator.customer.write({ from: phone, text: 'x' }), { ok: true });
  t.equal(hook.received.length, 1);
});

t.test('scripts steer it', async (t) => {
  const { emulator, hook, call } = await started(t);
  t.match((await call('POST', '/emulator/customer', { from: phone, text: 'Halo' })).json(), { ok: true, status: 200 });
  t.equal(hook.received.length, 1);
  t.match((await call('POST', '/emulator/agent', { from: 'nobody', text: 'x' })).json(), { error: /no room/ });
  t.match((await call('POST', '/emulator/room', { from: phone, status: 'assigned', session: 'closed' })).json(), { ok: true });
  t.match((await call('GET', '/emulator/state')).json(), { rooms: [{ unique: phone, status: 'assigned', session: 'closed' }] });

  t.match((await call('POST', '/emulator/faults', { kind: 'error', status: 503, on: 'any' })).json(), { faults: [{ kind: 'error' }] });
  t.equal((await call('GET', '/api/open/v1/integrations', undefined, { authorization: 'Bearer tok_emulated_0001' })).status, 503);
  t.match((await call('GET', '/emulator/requests')).json(), { requests: [{ status: 503, path: '/api/open/v1/integrations' }] });
  t.match((await call('GET', '/emulator/deliveries')).json(), { deliveries: [{ attempt: 1, status: 200 }] });
  t.equal(emulator.messages.length, 0);
});

t.test('the command says what a connection needs, and stops when told to', async (t) => {
  const lines: string[] = [];
  const stop = new AbortController();
  const running = main(['--port', '0', '--access-token', 'tok_1', '--fault', '{"kind":"hang"}', '--quiet'], stop.signal, (line) => void lines.push(line));
  while (lines.length < 7) await new Promise((next) => setImmediate(next));
  stop.abort();
  await running;
  t.match(lines.join('\n'), /API base URL +http:\/\/127\.0\.0\.1:\d+\/api\/open\/v1[^]*tok_1[^]*nowhere yet/);
  await t.rejects(main(['--fault', '{"kind":"nonsense"}']), /--fault names one of/);
  await t.rejects(main(['--port', 'x']), /--port is a whole number/);
});
