/** The emulator itself: what tests and benchmarks rely on it for. */
import { setTimeout as later } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { request } from 'undici';
import { receiver, type Received } from '../../test/far-end.ts';
import { main, startEmulator, type EmulatorOptions } from './emulator.ts';
import { settings as evidenceSettings, sign } from './evidence.ts';
import { webhook } from './fixtures.ts';
import channel from './index.ts';

const credentials = { appSecret: 'emulated-app-secret', accessToken: 'EAAemulatedemulatedemulated', verifyToken: 'emulated-verify-token' };
const text = (to: string, body: string, ref?: string) => ({ messaging_product: 'whatsapp', to, type: 'text', text: { body }, ...(ref !== undefined && { biz_opaque_callback_data: ref }) });

async function started(t: Test, options: Partial<EmulatorOptions> = {}, answer?: Parameters<typeof receiver>[1]) {
  const hook = await receiver(t, answer);
  const emulator = await startEmulator({ ...credentials, webhookUrl: hook.url, retry: { firstMs: 5, maxMs: 20 }, ...options });
  t.teardown(() => emulator.close());
  const call = async (path: string, { method = 'GET', body, token = credentials.accessToken, withinMs = 30_000 }: { method?: 'GET' | 'POST' | 'DELETE'; body?: unknown; token?: string; withinMs?: number } = {}) => {
    const answer = await request(`${emulator.url}${path}`, { method, headers: { authorization: `Bearer ${token}` }, ...(body !== undefined && { body: JSON.stringify(body) }), signal: AbortSignal.timeout(withinMs) });
    const said = await answer.body.text();
    return { status: answer.statusCode, headers: answer.headers, said, json: (): unknown => JSON.parse(said) };
  };
  const post = (body: unknown, number = '108100000000001', withinMs?: number) => call(`/v23.0/${number}/messages`, { method: 'POST', body, ...(withinMs !== undefined && { withinMs }) });
  return { emulator, hook, call, post };
}

/** What the channel reads in everything that arrived, signature checked. */
function eventsIn(received: readonly Received[]) {
  return received.flatMap(({ body, headers }) => {
    const request = webhook(body, headers);
    if (channel.verify(request, { ...evidenceSettings, ...credentials }) !== true) throw new Error('a webhook is not signed');
    return channel.parse({ ...request, receivedAt: Date.now() }, evidenceSettings);
  });
}

t.test('a message is taken, named, remembered, and reported step by step with our own reference', async (t) => {
  const { emulator, hook, post } = await started(t, { statuses: { sent: 1, delivered: 5, read: 10 } });
  const answer = await post(text('+628120000002', 'Halo', 'ref-1'));
  t.equal(answer.status, 200);
  t.match(answer.json(), { messaging_product: 'whatsapp', contacts: [{ input: '+628120000002', wa_id: '628120000002' }], messages: [{ id: /^wamid\./ }] });
  await emulator.idle();
  t.match(emulator.messages, [{ to: '628120000002', ref: 'ref-1', text: 'Halo', type: 'text', account: '108100000000001' }]);
  const id = emulator.messages[0]?.id;
  t.match(eventsIn(hook.received), [
    { kind: 'status', status: 'sent', refs: [id], ref: 'ref-1', account: '108100000000001' },
    { kind: 'status', status: 'delivered', refs: [id], ref: 'ref-1' },
    { kind: 'status', status: 'read', refs: [id], ref: 'ref-1' },
  ]);
});

t.test('who has no right, or names nothing that exists, is refused as Meta does it', async (t) => {
  const { emulator, call, post } = await started(t);
  t.match((await call('/v23.0/108100000000001/messages', { method: 'POST', body: text('628120000002', 'x'), token: 'EAAwrong' })).json(), { error: { code: 190, type: 'OAuthException' } });
  t.match(await call('/v23.0/102000000000001/phone_numbers', { token: 'EAAwrong' }), { status: 401 });
  t.match((await post(text('628120000002', 'x'), '999999999999999')).json(), { error: { code: 100, error_subcode: 33 } });
  t.match((await call('/v23.0/108100000000001/nothing')).json(), { error: { code: 2500 } });
  t.equal(emulator.messages.length, 0);
});

t.test('bodies are checked as Meta checks them', async (t) => {
  const { emulator, post } = await started(t);
  const button = (id: string, title: string) => ({ type: 'reply', reply: { id, title } });
  const rows = (count: number) => Array.from({ length: count }, (_, at) => ({ id: `r${at}`, title: `Row ${at}` }));
  const interactive = (part: object) => ({ messaging_product: 'whatsapp', to: '628120000002', type: 'interactive', interactive: { body: { text: 'x' }, ...part } });
  const wrong: [string, unknown, number][] = [
    ['no product', { to: '628120000002', type: 'text', text: { body: 'x' } }, 100],
    ['nobody to send to', { messaging_product: 'whatsapp', type: 'text', text: { body: 'x' } }, 100],
    ['a phone that is none', text('Ana', 'x'), 131009],
    ['oneself', text('628110000001', 'x'), 131021],
    ['no text', { messaging_product: 'whatsapp', to: '628120000002', type: 'text' }, 131008],
    ['an empty text', text('628120000002', ''), 131008],
    ['a text too long', text('628120000002', 'x'.repeat(4097)), 131009],
    ['a kind that does not exist', { messaging_product: 'whatsapp', to: '628120000002', type: 'hologram', hologram: {} }, 100],
    ['a reference too long', text('628120000002', 'x', 'é'.repeat(300)), 131009],
    ['four buttons', interactive({ type: 'button', action: { buttons: ['a', 'b', 'c', 'd'].map((id) => button(id, id)) } }), 131009],
    ['two buttons of one title', interactive({ type: 'button', action: { buttons: [button('a', 'Same'), button('b', 'Same')] } }), 131009],
    ['a title too long', interactive({ type: 'button', action: { buttons: [button('a', 'x'.repeat(21))] } }), 131009],
    ['a body too long', interactive({ type: 'button', body: { text: 'x'.repeat(1025) }, action: { buttons: [button('a', 'a')] } }), 131009],
    ['eleven rows', interactive({ type: 'list', action: { button: 'See', sections: [{ rows: rows(11) }] } }), 131009],
    ['two sections without titles', interactive({ type: 'list', action: { button: 'See', sections: [{ rows: rows(1) }, { rows: [{ id: 'x', title: 'x' }] }] } }), 131008],
    ['a link that is none', interactive({ type: 'cta_url', action: { parameters: { display_text: 'Open', url: 'nowhere' } } }), 131009],
    ['an image from nowhere', { messaging_product: 'whatsapp', to: '628120000002', type: 'image', image: { caption: 'x' } }, 131008],
    ['a contact without a second part of the name', { messaging_product: 'whatsapp', to: '628120000002', type: 'contacts', contacts: [{ name: { formatted_name: 'Budi' } }] }, 131008],
    ['a value with a line break', { messaging_product: 'whatsapp', to: '628120000002', type: 'template', template: { name: 'x', language: { code: 'id' }, components: [{ type: 'body', parameters: [{ type: 'text', text: 'a\nb' }] }] } }, 131009],
    ['no JSON', undefined, 100],
  ];
  for (const [name, body, code] of wrong) {
    const answer = await post(body);
    t.match(answer.json(), { error: { code } }, name);
    t.ok(answer.status >= 400, name);
  }
  t.equal(emulator.messages.length, 0, 'none of them was taken');
  t.match((await post({ messaging_product: 'whatsapp', status: 'read', message_id: 'wamid.X', typing_indicator: { type: 'text' } })).json(), { success: true });
});

t.test('each fault does what its name says, as often as it was told', async (t) => {
  const { emulator, hook, post } = await started(t, { statuses: { sent: 1 } });
  const hello = text('628120000002', 'Halo');
  emulator.faults.add({ kind: 'error', code: 130429, retryAfter: 9, next: 2 });
  for (let time = 0; time < 2; time += 1) {
    const answer = await post(hello);
    t.match([answer.status, answer.headers['retry-after'], answer.json()], [400, '9', { error: { code: 130429 } }]);
  }
  t.equal((await post(hello)).status, 200, 'and then it is over');
  t.equal(emulator.messages.length, 1);

  emulator.faults.add({ kind: 'html' });
  t.match(await post(hello), { status: 502, said: /<html>/ });
  emulator.faults.add({ kind: 'redirect' });
  t.match(await post(hello), { status: 302, headers: { location: /^https/ } });
  emulator.faults.add({ kind: 'hang' });
  await t.rejects(post(hello, undefined, 1_000));
  emulator.faults.add({ kind: 'drop' });
  await t.rejects(post(hello));
  t.equal(emulator.messages.length, 1, 'none of these was taken');

  emulator.faults.add({ kind: 'malformed' });
  const malformed = await post(hello);
  t.equal(malformed.status, 200);
  t.throws(() => malformed.json());
  emulator.faults.add({ kind: 'empty' });
  t.match(await post(hello), { status: 200, said: '' });
  emulator.faults.add({ kind: 'drop', acted: true });
  await t.rejects(post(text('628120000002', 'Halo', 'ref-lost')));
  t.equal(emulator.messages.length, 4, 'these were taken, though nobody was told');
  await emulator.idle();
  t.match(eventsIn(hook.received).at(-1), { status: 'sent', ref: 'ref-lost' }, 'but their statuses tell');

  emulator.faults.add({ kind: 'fail-later', code: 131026 });
  t.equal((await post(hello)).status, 200);
  await emulator.idle();
  t.match(eventsIn(hook.received).at(-1), { status: 'failed', error: { code: '131026' } });

  emulator.faults.add({ kind: 'slow', everyMs: 5 });
  const before = Date.now();
  t.match((await post(hello)).json(), { messages: [{ id: /^wamid/ }] });
  t.ok(Date.now() - before > 200, 'it came a byte at a time');
  emulator.faults.add({ kind: 'huge', bytes: 3e6 });
  t.ok((await post(hello)).said.length >= 3e6);

  emulator.faults.add({ kind: 'error', code: 190, to: '628130000003', next: 5 });
  t.equal((await post(hello)).status, 200, 'a fault for one person leaves the others alone');
  t.equal((await post(text('628130000003', 'x'))).status, 401);
  emulator.faults.clear();
  emulator.faults.add({ kind: 'error', status: 500, rate: 0.5 });
  const statuses = await Promise.all(Array.from({ length: 200 }, async () => (await post(hello)).status));
  const failed = statuses.filter((status) => status === 500).length;
  t.ok(failed > 50 && failed < 150, `${failed} of 200 failed at a rate of a half`);
  emulator.faults.clear();
  emulator.faults.add({ kind: 'error', status: 503, forMs: 1_000 });
  t.equal((await post(hello)).status, 503);
  while (emulator.requests.at(-1)?.status === 503) await post(hello);
  t.equal((await post(hello)).status, 200, 'a fault for a time passes');
});

t.test('a customer writes, in any kind, with or without a phone number', async (t) => {
  const { emulator, hook } = await started(t);
  const outcome = await emulator.customer.write({ from: '628120000002', name: 'Ana 🌱', text: 'Halo', replyTo: 'wamid.X' });
  t.match(outcome, { ok: true, attempts: 1, status: 200, id: /^wamid/ });
  await emulator.customer.write({ userId: 'ID.1', username: 'ana', content: { kind: 'choice', of: 'list', id: 'r1', text: 'Row' } });
  await emulator.customer.write({ from: '628120000002', content: { kind: 'voice', media: { ref: '900' } } });
  await emulator.customer.write({ from: '628120000002', content: { kind: 'reaction', emoji: '👍' }, replyTo: 'wamid.X' });
  await emulator.customer.write({ from: '628120000002', message: { type: 'hologram' } });
  t.match(eventsIn(hook.received), [
    { kind: 'message', id: outcome.id, name: 'Ana 🌱', from: [{ kind: 'phone', value: '628120000002' }], content: { kind: 'text', text: 'Halo' }, replyTo: 'wamid.X' },
    { from: [{ kind: 'user', value: 'ID.1' }, { kind: 'username', value: 'ana' }], content: { kind: 'choice', of: 'list', id: 'r1' } },
    { content: { kind: 'voice', media: { ref: '900' } } },
    { kind: 'change', change: 'reaction', of: 'wamid.X', emoji: '👍' },
    { content: { kind: 'unsupported', what: 'hologram' } },
  ]);
  t.notMatch(hook.received[0]?.body, /[\u0080-\uffff]/, 'what is not ASCII goes out escaped, as Meta does it');
});

t.test('a delivery that is not answered 200 comes again until it is, or until it is given up', async (t) => {
  const { emulator, hook } = await started(t, {}, (_received, nth) => (nth < 4 ? (nth === 2 ? 204 : 503) : 200));
  t.match(await emulator.customer.write({ from: '628120000002', text: 'x' }), { ok: true, attempts: 4 });
  t.equal(new Set(hook.received.map(({ body }) => body)).size, 1, 'the same bytes each time');
  t.same(emulator.deliveries.map(({ status, attempt }) => [status, attempt]), [[503, 1], [204, 2], [503, 3], [200, 4]]);
  const { emulator: unheard } = await started(t, { webhookUrl: 'http://127.0.0.1:9/', retry: { firstMs: 1, tries: 3 } });
  t.match(await unheard.customer.write({ from: '628120000002', text: 'x' }), { ok: false, attempts: 3 });
});

t.test('deliveries can be repeated, batched and turned around', async (t) => {
  const { emulator, hook } = await started(t);
  emulator.webhooks.duplicate = 4;
  await emulator.customer.write({ from: '628120000002', text: 'five times' });
  t.equal(hook.received.length, 5);
  t.equal(new Set(eventsIn(hook.received).map(({ id }) => id)).size, 1);
  emulator.webhooks.duplicate = 0;

  hook.received.length = 0;
  emulator.webhooks.batch = 27;
  await Promise.all(Array.from({ length: 27 }, (_, at) => emulator.customer.write({ from: '628120000002', text: `n ${at}` })));
  t.equal(hook.received.length, 1);
  const body = JSON.parse(hook.received[0]?.body ?? '{}') as { entry: { changes: { value: { messages: object[] } }[] }[] };
  t.same(body.entry.map(({ changes }) => changes.map(({ value }) => value.messages.length)), [[3, 3, 3], [3, 3, 3], [3, 3, 3]]);
  t.same(eventsIn(hook.received).map((event) => (event.kind === 'message' && event.content.kind === 'text' ? event.content.text : '')), Array.from({ length: 27 }, (_, at) => `n ${at}`));

  hook.received.length = 0;
  await emulator.customer.write({ from: '628120000002', text: 'alone' });
  t.equal(hook.received.length, 1, 'a batch that does not fill goes out all the same');

  hook.received.length = 0;
  Object.assign(emulator.webhooks, { batch: 10, reorder: true });
  await Promise.all(['a', 'b', 'c'].map((body) => emulator.customer.write({ from: '628120000002', text: body })));
  t.same(eventsIn(hook.received).map((event) => (event.kind === 'message' && event.content.kind === 'text' ? event.content.text : '')), ['c', 'b', 'a']);
});

t.test('anything can be told: other fields, and bodies signed or not', async (t) => {
  const { emulator, hook } = await started(t);
  await emulator.tell('account_update', { event: 'PARTNER_REMOVED' });
  t.match(eventsIn(hook.received), [{ kind: 'account', severity: 'stop' }]);
  await emulator.post('not json');
  t.match(hook.received[1], { body: 'not json', headers: { 'x-hub-signature-256': [sign(Buffer.from('not json'), credentials)['x-hub-signature-256']] } });
  await emulator.post('{}', {});
  t.notOk('x-hub-signature-256' in (hook.received[2]?.headers ?? {}));
});

t.test('the handshake asks as Meta does', async (t) => {
  const { emulator } = await started(t, {}, ({ method, url }) => {
    const reply = channel.challenge?.({ ...webhook(''), method, url: `http://localhost${url}` }, { ...evidenceSettings, ...credentials });
    return reply ?? 404;
  });
  t.match(await emulator.handshake(), { ok: true, status: 200 });
  const { emulator: stranger } = await started(t, { verifyToken: 'not-the-verify-token' }, ({ method, url }) => {
    const reply = channel.challenge?.({ ...webhook(''), method, url: `http://localhost${url}` }, { ...evidenceSettings, ...credentials });
    return reply ?? 404;
  });
  t.match(await stranger.handshake(), { ok: false, status: 403 });
});

t.test('a number has a PIN once it is registered', async (t) => {
  const { call } = await started(t);
  const register = (pin: string) => call('/v23.0/108100000000001/register', { method: 'POST', body: { messaging_product: 'whatsapp', pin } });
  t.equal((await register('12')).status, 400);
  t.match((await register('123456')).json(), { success: true });
  t.match((await register('654321')).json(), { error: { code: 133005 } });
});

t.test('a number may have an address of its own, which goes before the account’s', async (t) => {
  const answering = ({ url, method }: { url: string; method: string }) => (method === 'GET' ? { status: 200, body: new URL(url, 'http://localhost').searchParams.get('hub.challenge') ?? '' } : 200);
  const own = await receiver(t, answering);
  const { emulator, hook, call } = await started(t, { phoneNumberIds: ['108100000000001', '108100000000002'] }, answering);
  const configured = await call('/v23.0/108100000000002', { method: 'POST', body: { webhook_configuration: { override_callback_uri: own.url, verify_token: 'x' } } });
  t.match(configured.json(), { success: true });
  await emulator.customer.write({ from: '628120000002', to: '108100000000002', text: 'x' });
  await emulator.customer.write({ from: '628120000002', to: '108100000000001', text: 'x' });
  t.equal(own.received.filter(({ method }) => method === 'POST').length, 1);
  t.equal(hook.received.filter(({ method }) => method === 'POST').length, 1);
  await call('/v23.0/102000000000001/subscribed_apps', { method: 'DELETE' });
  t.match(await emulator.customer.write({ from: '628120000002', text: 'x' }), { ok: false, attempts: 0 }, 'who is not subscribed hears nothing');
});

t.test('scripts in any language steer it over HTTP', async (t) => {
  const { emulator, hook, call, post } = await started(t);
  t.match((await call('/emulator/faults', { method: 'POST', body: { faults: [{ kind: 'error', code: 131056 }], webhooks: { duplicate: 1 }, latencyMs: 1 } })).json(), { faults: [{ code: 131056 }], webhooks: { duplicate: 1 }, latencyMs: 1 });
  t.match((await post(text('628120000002', 'x'))).json(), { error: { code: 131056 } });
  t.match((await call('/emulator/customer', { method: 'POST', body: { from: '628120000002', text: 'Halo' } })).json(), { ok: true });
  t.equal(hook.received.length, 2);
  t.match((await call('/emulator/faults', { method: 'DELETE' })).json(), { faults: [] });
  t.equal(emulator.webhooks.duplicate, 0);
  await post(text('628120000002', 'y', 'ref-9'));
  t.match((await call('/emulator/messages')).json(), { total: 1, messages: [{ ref: 'ref-9', to: '628120000002' }] });
  t.match((await call('/emulator/requests')).json(), { requests: [{ verdict: 'fault error 131056', status: 400 }, { verdict: 'ok', status: 200 }] });
});

t.test('scripts change numbers, tokens, templates and files', async (t) => {
  const { hook, call, post } = await started(t, { otherAccounts: { '102000000000002': ['108200000000001'] } });
  const tell = async (path: string, body: object) => (await call(`/emulator${path}`, { method: 'POST', body })).json();
  await tell('/number', { id: '108100000000001', status: 'PENDING' });
  t.match((await post(text('628120000002', 'x'))).json(), { error: { code: 133010 } });
  await tell('/number', { id: '108100000000001', status: 'CONNECTED' });
  t.match(await tell('/number', { id: '1' }), { error: /no number 1/ });
  await tell('/token', { token: 'EAAnarrow', accounts: ['102000000000002'] });
  t.match((await call('/v23.0/102000000000001/phone_numbers', { token: 'EAAnarrow' })).json(), { error: { code: 200 } });
  t.match((await call('/v23.0/102000000000002/phone_numbers', { token: 'EAAnarrow' })).json(), { data: [{ id: '108200000000001' }] });
  await tell('/token', { token: 'EAAnarrow', revoked: true });
  t.match((await call('/v23.0/me', { token: 'EAAnarrow' })).status, 401);
  const made = (await call('/v23.0/102000000000001/message_templates', { method: 'POST', body: { name: 'hello', language: 'id', category: 'UTILITY', components: [{ type: 'BODY', text: 'Halo ya.' }] } })).json() as { id: string };
  t.match(await tell('/template', { id: made.id, status: 'REJECTED', reason: 'SCAM' }), { ok: true });
  t.match(eventsIn(hook.received).at(-1), { kind: 'template', template: made.id, status: 'rejected', reason: 'SCAM' });
  t.match(await tell('/template', { id: '1' }), { error: /no template 1/ });
  t.match(await tell('/file', { mime: 'image/png', base64: 'AAAA', name: 'a.png' }), { id: /^\d+$/, sha256: /=$/ });
  t.match(await tell('/sign-in', {}), { code: /^AQ/ });
  t.match((await call('/emulator/state')).json(), { numbers: [{ id: '108100000000001' }, { id: '108200000000001', waba: '102000000000002' }], templates: [{ id: made.id }] });
});

t.test('what stands in for signing in loads nothing from elsewhere', async (t) => {
  const { call } = await started(t);
  for (const path of ['/sign-up', '/v25.0/dialog/oauth?client_id=1']) {
    const { status, headers, said } = await call(path);
    t.equal(status, 200);
    t.match(headers['content-security-policy'], /default-src 'none'; script-src 'self'/);
    t.notMatch(said, /https?:\/\//);
  }
  t.match((await call('/en_US/sdk.js')).said, /window\.FB/);
});

t.test('its list of calls is bounded, its list of messages is whole', async (t) => {
  const { emulator, post } = await started(t);
  for (let batch = 0; batch < 25; batch += 1) await Promise.all(Array.from({ length: 100 }, () => post(text('628120000002', 'x'))));
  t.equal(emulator.messages.length, 2500);
  t.ok(emulator.requests.length <= 2000);
  t.equal(new Set(emulator.messages.map(({ id }) => id)).size, 2500, 'and no id stands twice');
});

t.test('it ends at once, whatever is under way', async (t) => {
  const hook = await receiver(t, () => 500);
  const emulator = await startEmulator({ ...credentials, webhookUrl: hook.url, statuses: { sent: 60_000 }, retry: { firstMs: 60_000 } });
  emulator.faults.add({ kind: 'hang' });
  const hanging = request(`${emulator.url}/v23.0/108100000000001/messages`, { method: 'POST', headers: { authorization: `Bearer ${credentials.accessToken}` }, body: JSON.stringify(text('628120000002', 'x')) });
  const written = emulator.customer.write({ from: '628120000002', text: 'x' });
  while (hook.received.length === 0) await later(5);
  const before = Date.now();
  await Promise.all([emulator.close(), t.rejects(hanging)]);
  t.match(await written, { ok: false });
  t.ok(Date.now() - before < 20_000);
});

t.test('as a command it prints what a connection needs, and stops when told', async (t) => {
  const hook = await receiver(t, ({ url, method }) => (method === 'GET' ? { status: 200, body: new URL(url, 'http://localhost').searchParams.get('hub.challenge') ?? '' } : 200));
  const lines: string[] = [];
  const stop = new AbortController();
  const running = main(['--port', '0', '--webhook', hook.url, '--app-secret', credentials.appSecret, '--verify-token', 'v-token-1', '--number', '108100000000007', '--handshake', '--write', 'Halo', '--fault', '{"kind":"hang"}'], stop.signal, (line) => lines.push(line));
  while (hook.received.length < 2) await later(5);
  stop.abort();
  await running;
  const printed = lines.join('\n');
  t.match(printed, /emulated, at http:\/\/127\.0\.0\.1:\d+/);
  t.match(printed, /app secret +emulated-app-secret/);
  t.match(printed, /access token +EAA[0-9a-f]{32}/, 'what was not given is made up');
  t.match(printed, /phone number IDs +108100000000007/);
  t.match(printed, /answered the challenge/);
  t.match(eventsIn(hook.received.filter(({ method }) => method === 'POST')), [{ kind: 'message', account: '108100000000007', content: { text: 'Halo' } }]);

  const said: string[] = [];
  await main(['--help'], undefined, (line) => said.push(line));
  t.match(said.join(), /--app-secret/);
  await t.rejects(main(['--port', 'x']), /--port is a whole number/);
  await t.rejects(main(['--fault', '{"kind":"earthquake"}']), /names one of these kinds/);
  await t.rejects(main(['--other-account', 'x']), /is like 102000000000002=/);
  await t.rejects(main(['--nonsense']), /nonsense/);
});
