/** The emulator itself: what tests, demos and plugin authors rely on it for. */
import { setTimeout as later } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { request } from 'undici';
import { validateRequest } from 'twilio/lib/webhooks/webhooks.js';
import { receiver } from '../../test/far-end.ts';
import { main, startEmulator, type EmulatorOptions } from './emulator.ts';
import { settings as evidenceSettings } from './evidence.ts';
import { requestsAt } from './fixtures.ts';
import channel from './index.ts';

const authToken = 'emulated-auth-token';
const hello = { To: 'whatsapp:+628120000002', From: 'whatsapp:+14155550100', Body: 'Halo' };

async function started(t: Test, options: Partial<EmulatorOptions> = {}, answer?: Parameters<typeof receiver>[1]) {
  const hook = await receiver(t, answer);
  const emulator = await startEmulator({ authToken, webhookUrl: hook.url, ...options });
  t.teardown(() => emulator.close());
  const { accountSid } = emulator.settings;
  const call = async (path: string, { method = 'GET', form, json, user = `${accountSid}:${authToken}`, withinMs = 30_000 }: { method?: 'GET' | 'POST' | 'DELETE'; form?: Record<string, string>; json?: unknown; user?: string; withinMs?: number } = {}) => {
    const body = form ? new URLSearchParams(form).toString() : json === undefined ? undefined : JSON.stringify(json);
    const type = form ? 'application/x-www-form-urlencoded' : 'application/json';
    const answer = await request(`${emulator.url}${path}`, { method, headers: { authorization: `Basic ${Buffer.from(user).toString('base64')}`, 'content-type': type }, ...(body !== undefined && { body }), signal: AbortSignal.timeout(withinMs) });
    const said = await answer.body.text();
    return { status: answer.statusCode, headers: answer.headers, said, json: (): unknown => JSON.parse(said) };
  };
  const send = (form: Record<string, string>, withinMs?: number) => call(`/2010-04-01/Accounts/${accountSid}/Messages.json`, { method: 'POST', form, ...(withinMs !== undefined && { withinMs }) });
  /** What the channel reads in everything that arrived, signature checked. */
  const events = () =>
    requestsAt(hook).flatMap((one) => {
      const settings = { ...evidenceSettings, ...emulator.settings };
      if (channel.verify(one, settings) !== true) throw new Error('a webhook is not signed');
      return channel.parse(one, settings);
    });
  return { emulator, hook, call, send, events };
}

t.test('a message is taken, named, remembered, and reported step by step to its own address', async (t) => {
  const { emulator, hook, send, events } = await started(t, { statuses: { sent: 1, delivered: 5, read: 10 } });
  const answer = await send({ ...hello, StatusCallback: `${hook.url}?ref=ref-1#rc=2&rp=all` });
  t.equal(answer.status, 201);
  t.match(answer.json(), { sid: /^SM[0-9a-f]{32}$/, status: 'queued', body: 'Halo', num_media: '0', error_code: null });
  await emulator.idle();
  t.match(emulator.messages, [{ to: '628120000002', ref: 'ref-1', text: 'Halo', type: 'text', account: 'whatsapp:+14155550100', status: 'read' }]);
  t.match(events(), [{ status: 'sent', ref: 'ref-1' }, { status: 'delivered' }, { status: 'read', refs: [emulator.messages[0]?.id] }]);
});

t.test('its webhooks are signed as Twilio’s own library expects them', async (t) => {
  const { emulator, hook } = await started(t);
  await emulator.customer.write({ from: '628120000002', name: 'Ana 🌱', text: 'Halo é & = +' });
  await emulator.post({ fields: { MessageSid: 'SM1' }, method: 'GET', url: `${hook.url}?x=a%20b` });
  for (const { method, url, body, headers } of hook.received) {
    t.equal(validateRequest(authToken, headers['x-twilio-signature']?.[0] ?? '', hook.origin + url, method === 'GET' ? {} : Object.fromEntries(new URLSearchParams(body))), true, method);
  }
  t.equal(hook.received.length, 2);
});

t.test('who has no right, or names nothing that exists, is refused as Twilio does it', async (t) => {
  const { emulator, call, send } = await started(t);
  const account = `/2010-04-01/Accounts/${emulator.settings.accountSid}`;
  t.match((await call(`${account}.json`, { user: 'AC1:wrong' })).json(), { code: 20003, status: 401, more_info: /20003$/ });
  t.match(await call(`${account}/Messages.json`, { method: 'POST', form: hello, user: `${emulator.settings.accountSid}:wrong` }), { status: 401 });
  t.match(await call(`${account}.json`, { user: `${emulator.settings.accountSid}:` }), { status: 401 });
  for (const path of [`${account}/Nothing.json`, '/2010-04-01/Accounts/AC0.json', '/v1/Content/HX0', '/v2/Channels/Senders/XE0', '/v1/Services/MG0', '/v3/x', '/2010-04-01/x']) t.match((await call(path)).json(), { code: 20404 }, path);
  t.match((await call('/v2/Channels/Senders')).json(), { code: 20001 }, 'Channel is required');
  t.equal((await send({ ...hello, From: 'whatsapp:+1999' })).status, 400);
  t.equal(emulator.messages.length, 0);
});

t.test('a form that Twilio would refuse is refused with its code', async (t) => {
  const { emulator, send } = await started(t);
  const { To, From, Body } = hello;
  const wrong: [string, Record<string, string>, number][] = [
    ['no recipient', { From, Body }, 21604],
    ['no sender', { To, Body }, 21602],
    ['an SMS sender', { To, From: '+14155550100', Body }, 21212],
    ['an SMS recipient', { To: '+628120000002', From, Body }, 21612],
    ['a recipient that is none', { To: 'whatsapp:+0', From, Body }, 21211],
    ['a sender that is not ours', { To, From: 'whatsapp:+14155559999', Body }, 63007],
    ['a service that is not ours', { To, From, Body, MessagingServiceSid: 'MG1' }, 20404],
    ['a status address with an underscore', { ...hello, StatusCallback: 'https://my_bot.example.test/x' }, 21609],
    ['nothing to say', { To, From }, 21602],
    ['a text too long', { To, From, Body: 'x'.repeat(1601) }, 21617],
    ['a medium that is no address', { To, From, MediaUrl: 'x' }, 21620],
    ['values without a template', { ...hello, ContentVariables: '{}' }, 21654],
    ['a template that is not there', { To, From, ContentSid: 'HX1' }, 21655],
  ];
  for (const [name, form, code] of wrong) t.match((await send(form)).json(), { code }, name);
  t.equal(emulator.messages.length, 0);
});

t.test('a template takes the values that Twilio takes, and no others', async (t) => {
  const { emulator, call, send } = await started(t);
  const made = await call('/v1/Content', { method: 'POST', json: { friendly_name: 'x', language: 'id', variables: { 1: 'Ana', 2: 'x' }, types: { 'twilio/text': { body: 'Halo {{1}}, {{2}}' } } } });
  t.equal(made.status, 201);
  const { sid } = made.json() as { sid: string };
  const { To, From } = hello;
  for (const ContentVariables of ['x', '[]', '{"1":""}', '{"1":null}', '{"1":"a\\nb"}', '{"1":"a     b"}']) t.match((await send({ To, From, ContentSid: sid, ContentVariables })).json(), { code: 21656 }, ContentVariables);
  t.match((await send({ ...hello, ContentSid: sid })).json(), { code: 21655 }, 'nor with a text beside it');
  t.equal((await send({ To, From, ContentSid: sid, ContentVariables: '{"1":"Budi"}' })).status, 201);
  t.match(emulator.messages, [{ text: 'Halo Budi, x', type: 'content', id: /^MM/ }]);
  for (const types of [{}, { 'twilio/hologram': { body: 'x' } }, { 'twilio/text': { body: 'x', header: 'y' } }, { 'twilio/list-picker': { body: 'x', items: [] } }]) t.equal((await call('/v1/Content', { method: 'POST', json: { language: 'id', types } })).status, 400, JSON.stringify(types));
});

t.test('each fault does what its name says, as often as it was told', async (t) => {
  const { emulator, hook, send, events } = await started(t, { statuses: { sent: 1 } });
  emulator.faults.add({ kind: 'error', code: 63018, retryAfter: 9, next: 2 });
  for (let time = 0; time < 2; time += 1) {
    const answer = await send(hello);
    t.match([answer.status, answer.headers['retry-after'], answer.json()], [429, '9', { code: 63018 }]);
  }
  t.equal((await send(hello)).status, 201, 'and then it is over');
  t.equal(emulator.messages.length, 1);

  emulator.faults.add({ kind: 'html' });
  t.match(await send(hello), { status: 502, said: /<html>/ });
  emulator.faults.add({ kind: 'redirect' });
  t.match(await send(hello), { status: 302, headers: { location: /^https/ } });
  emulator.faults.add({ kind: 'hang' });
  await t.rejects(send(hello, 1_000));
  emulator.faults.add({ kind: 'drop' });
  await t.rejects(send(hello));
  t.equal(emulator.messages.length, 1, 'none of these was taken');

  emulator.faults.add({ kind: 'malformed' });
  const malformed = await send(hello);
  t.equal(malformed.status, 201);
  t.throws(() => malformed.json());
  emulator.faults.add({ kind: 'empty' });
  t.match(await send(hello), { status: 201, said: '' });
  emulator.faults.add({ kind: 'drop', acted: true });
  await t.rejects(send({ ...hello, StatusCallback: `${hook.url}?ref=ref-lost` }));
  t.equal(emulator.messages.length, 4, 'these were taken, though nobody was told');
  await emulator.idle();
  t.match(events().at(-1), { status: 'sent', ref: 'ref-lost' }, 'but their statuses tell');

  emulator.faults.add({ kind: 'fail-later', code: 63024 });
  t.equal((await send({ ...hello, StatusCallback: hook.url })).status, 201);
  await emulator.idle();
  t.match(events().at(-1), { status: 'failed', error: { code: '63024' } });

  emulator.faults.add({ kind: 'slow', everyMs: 1 });
  const before = Date.now();
  t.match((await send(hello)).json(), { sid: /^SM/ });
  t.ok(Date.now() - before > 200, 'it came a byte at a time');
  emulator.faults.add({ kind: 'huge', bytes: 3e6 });
  t.ok((await send(hello)).said.length >= 3e6);

  emulator.faults.add({ kind: 'error', code: 21610, to: '628130000003', next: 5 });
  t.equal((await send(hello)).status, 201, 'a fault for one person leaves the others alone');
  t.equal((await send({ ...hello, To: 'whatsapp:+628130000003' })).status, 400);
});

t.test('a delivery that fails is tried again as often as its address says, and then dropped', async (t) => {
  const { emulator, hook, events } = await started(t, {}, (_received, nth) => (nth < 3 ? 503 : 200));
  emulator.webhookUrl = `${hook.url}#rc=5&rp=all`;
  t.match(await emulator.customer.write({ from: '628120000002', text: 'x' }), { ok: true, attempts: 3 });
  t.equal(new Set(events().map(({ id }) => id)).size, 1);
  const { emulator: plain } = await started(t, {}, () => 503);
  t.match(await plain.customer.write({ from: '628120000002', text: 'x' }), { ok: false, attempts: 1, status: 503 }, 'without overrides an answer is an answer');
  const { emulator: unheard } = await started(t, { webhookUrl: 'http://127.0.0.1:9/' });
  t.match(await unheard.customer.write({ from: '628120000002', text: 'x' }), { ok: false, attempts: 2 }, 'and only a connection that failed is tried once more');
  unheard.webhookUrl = 'http://127.0.0.1:9/#rc=3&rp=5xx';
  t.match(await unheard.customer.write({ from: '628120000002', text: 'x' }), { ok: false, attempts: 1 });
});

t.test('deliveries can be repeated and turned around', async (t) => {
  const { emulator, hook, events } = await started(t);
  emulator.webhooks.duplicate = 4;
  await emulator.customer.write({ from: '628120000002', text: 'five times' });
  t.equal(hook.received.length, 5);
  t.equal(new Set(events().map(({ id }) => id)).size, 1);
  hook.received.length = 0;
  Object.assign(emulator.webhooks, { duplicate: 0, reorder: true });
  await Promise.all(['a', 'b', 'c'].map((text) => emulator.customer.write({ from: '628120000002', text })));
  t.same(events().map((event) => (event.kind === 'message' && event.content.kind === 'text' ? event.content.text : '')), ['c', 'b', 'a']);
});

t.test('a public address is signed and a local one is called', async (t) => {
  const { emulator, hook } = await started(t);
  const other = await startEmulator({ authToken, webhookUrl: 'https://bot.example.test/webhooks/key?a=1', reach: { 'https://bot.example.test': hook.origin } });
  t.teardown(() => other.close());
  t.match(await other.customer.write({ from: '628120000002', text: 'x' }), { ok: true });
  const [one] = requestsAt(hook);
  t.equal(one?.url, `${hook.origin}/webhooks/key?a=1`);
  t.equal(one && channel.verify({ ...one, url: 'https://bot.example.test/webhooks/key?a=1' }, { ...evidenceSettings, ...emulator.settings }), true);
});

t.test('scripts in any language steer it over HTTP', async (t) => {
  const { hook, call, send } = await started(t);
  const control = (path: string, json?: unknown) => call(`/emulator${path}`, { ...(json !== undefined && { method: 'POST', json }) });
  t.match((await control('/faults', { faults: [{ kind: 'error', code: 21611 }], webhooks: { duplicate: 1 }, latencyMs: 1 })).json(), { faults: [{ code: 21611 }], webhooks: { duplicate: 1 }, latencyMs: 1 });
  t.match((await send(hello)).json(), { code: 21611 });
  t.match((await control('/customer', { from: '628120000002', text: 'Halo' })).json(), { ok: true, id: /^SM/ });
  t.equal(hook.received.length, 2);
  t.match((await call('/emulator/faults', { method: 'DELETE' })).json(), { faults: [] });
  await send({ ...hello, StatusCallback: `${hook.url}?ref=ref-9` });
  const { messages: [message] } = (await control('/messages')).json() as { messages: { id: string; ref: string }[] };
  t.match(message, { ref: 'ref-9', to: '628120000002', choices: [] });
  t.match((await control('/status', { id: message?.id, status: 'failed', code: 63024 })).json(), { ok: true });
  t.match((await control('/status', { id: 'SM1' })).status, 404);
  t.match((await control('/requests')).json(), { requests: [{ verdict: 'fault error 21611', status: 400 }, { verdict: 'ok', status: 201 }] });
  t.match((await control('/number', { address: 'whatsapp:+14155550100', status: 'OFFLINE' })).json(), { done: true });
  t.equal((await control('/number', { address: 'x' })).status, 404);
  t.equal((await control('/template', { id: 'HX1' })).status, 404);
  t.match((await control('/file', { base64: 'eA==', mime: 'image/png' })).json(), { id: /^ME/ });
  t.match((await control('/state')).json(), { senders: [{ status: 'OFFLINE' }] });
});

t.test('it ends at once, whatever is under way', async (t) => {
  const hook = await receiver(t);
  const emulator = await startEmulator({ authToken, webhookUrl: hook.url, statuses: { sent: 60_000 } });
  const user = `Basic ${Buffer.from(`${emulator.settings.accountSid}:${authToken}`).toString('base64')}`;
  const send = () => request(`${emulator.url}/2010-04-01/Accounts/${emulator.settings.accountSid}/Messages.json`, { method: 'POST', headers: { authorization: user, 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams(hello).toString() });
  await (await send()).body.dump();
  emulator.faults.add({ kind: 'hang' });
  const hanging = send();
  while (emulator.requests.length < 2) await later(5);
  const before = Date.now();
  await Promise.all([emulator.close(), t.rejects(hanging)]);
  t.ok(Date.now() - before < 20_000);
});

t.test('as a command it prints what a connection needs, and stops when told', async (t) => {
  const hook = await receiver(t);
  const lines: string[] = [];
  const stop = new AbortController();
  const running = main(['--port', '0', '--webhook', 'https://bot.example.test/webhooks/key', '--reach', `https://bot.example.test=${hook.origin}`, '--auth-token', authToken, '--sender', 'whatsapp:+14155550107', '--write', 'Halo', '--fault', '{"kind":"hang"}'], stop.signal, (line) => lines.push(line));
  while (hook.received.length < 1) await later(5);
  stop.abort();
  await running;
  const printed = lines.join('\n');
  t.match(printed, /emulated, at http:\/\/127\.0\.0\.1:\d+/);
  t.match(printed, /account SID +AC[0-9a-f]{32}/, 'what was not given is made up');
  t.match(printed, /auth token +emulated-auth-token/);
  t.match(printed, /senders +whatsapp:\+14155550107/);
  t.match(hook.received[0]?.body, /Body=Halo/);

  const said: string[] = [];
  await main(['--help'], undefined, (line) => said.push(line));
  t.match(said.join(), /--auth-token/);
  await t.rejects(main(['--port', 'x']), /--port is a whole number/);
  await t.rejects(main(['--reach', 'x']), /two parts/);
  await t.rejects(main(['--reach', 'x=y']), /names addresses/);
  await t.rejects(main(['--fault', '{"kind":"earthquake"}']), /names one of these kinds/);
  await t.rejects(main(['--nonsense']), /nonsense/);
});
