/** What every emulator has, whatever provider it plays: the control routes, the page, faults, and webhooks that are disturbed. */
import t, { type Test } from 'tap';
import { request } from 'undici';
import { startEmulator as coster } from '../coster/emulator.ts';
import { startEmulator as metaCloud } from '../meta-cloud/emulator.ts';
import { startEmulator as qontak } from '../qontak/emulator.ts';
import { receiver } from '../../test/far-end.ts';
import { startEmulator as twilio } from '../twilio/emulator.ts';
import type { StandOptions } from './stand.ts';

/** Of each, a call that sends nothing. */
const emulators = {
  'meta-cloud': { start: (options: StandOptions) => metaCloud({ ...options, appSecret: 'emulated-app-secret', accessToken: 'EAAemulated' }), path: '/v23.0/me', headers: { authorization: 'Bearer EAAemulated' } },
  twilio: { start: (options: StandOptions) => twilio({ ...options, accountSid: 'AC1', authToken: 'emulated-auth-token' }), path: '/v1/Content/HX1', headers: { authorization: `Basic ${Buffer.from('AC1:emulated-auth-token').toString('base64')}` } },
  qontak: { start: (options: StandOptions) => qontak({ ...options, accessToken: 'tok_emulated_0001' }), path: '/api/open/v1/integrations', headers: { authorization: 'Bearer tok_emulated_0001' } },
  coster: { start: (options: StandOptions) => coster({ ...options, accessToken: 'coster-emulated-token' }), path: '/bot/webhook', headers: { 'x-access-token': 'coster-emulated-token' } },
};

for (const [name, { start, path, headers }] of Object.entries(emulators)) {
  const started = async (t: Test) => {
    const hook = await receiver(t);
    const emulator = await start({ webhookUrl: hook.url });
    t.teardown(() => emulator.close());
    const call = async (where: string, { method = 'GET', body, headers: more = {} }: { method?: 'GET' | 'POST' | 'DELETE'; body?: unknown; headers?: Record<string, string> } = {}) => {
      const answer = await request(emulator.url + where, { method, headers: { ...headers, ...more }, ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }), signal: AbortSignal.timeout(30_000) });
      const said = await answer.body.text();
      return { status: answer.statusCode, headers: answer.headers, said };
    };
    const told = async (where: string, body: unknown): Promise<unknown> => JSON.parse((await call(where, { method: 'POST', body })).said);
    return { hook, emulator, call, told };
  };

  t.test(`${name}: no page of another site steers it, and what it cannot do is said`, async (t) => {
    const { call } = await started(t);
    t.equal((await call('/emulator', { headers: { host: 'evil.example.test' } })).status, 403);
    t.equal((await call('/emulator/customer', { method: 'POST', body: { from: '1' }, headers: { origin: 'https://evil.example.test' } })).status, 403);
    t.equal((await call('/emulator/faults', { method: 'POST', body: 'not json' })).status, 400);
    t.equal((await call('/emulator/faults', { method: 'POST', body: { faults: [{ kind: 'hang' }, { kind: 'earthquake' }] } })).status, 400);
    t.match((await call('/emulator', {})).said, /"faults":\[\]/, 'of a list with a wrong one none is on');
    t.equal((await call('/emulator/customer', { method: 'POST', body: { text: 'x' } })).status, 400);
    for (const route of ['/emulator/nothing', '/emulator/constructor']) t.equal((await call(route)).status, 404, route);
    t.match(await call('/emulator/template', { method: 'POST', body: { id: '1' } }), { status: 404, said: /error/ });
  });

  t.test(`${name}: its page loads nothing from elsewhere and runs nothing that stands in it`, async (t) => {
    const { call } = await started(t);
    const page = await call('/');
    t.match(page.headers, { 'content-type': /^text\/html/, 'content-security-policy': /default-src 'none'; script-src 'self'/ });
    t.notMatch(page.said, /<script(?![^>]*src=)|<style>|\son\w+=|style=|https?:/);
    const script = await call('/index.js');
    t.match(script.headers, { 'content-type': /javascript/ });
    t.notMatch(script.said, /innerHTML|insertAdjacent|eval\(/);
    t.match((await call('/style.css')).headers, { 'content-type': /css/ });
  });

  t.test(`${name}: webhooks are repeated and turned around, until all is cleared`, async (t) => {
    const { hook, told, call } = await started(t);
    t.match(await told('/emulator/faults', { webhooks: { duplicate: 2, reorder: true, holdMs: 20 }, latencyMs: 1 }), { webhooks: { duplicate: 2, reorder: true }, latencyMs: 1 });
    const outcomes = await Promise.all(['pertama', 'kedua', 'ketiga'].map((text) => told('/emulator/customer', { from: '628120000002', text })));
    t.match(outcomes, [{ ok: true, attempts: 1 }, { ok: true }, { ok: true }]);
    const order = hook.received.map(({ body }) => /pertama|kedua|ketiga/.exec(body)?.[0]);
    t.same(order, ['ketiga', 'ketiga', 'ketiga', 'kedua', 'kedua', 'kedua', 'pertama', 'pertama', 'pertama']);
    t.equal((await call('/emulator/faults', { method: 'DELETE' })).status, 200);
    t.match(JSON.parse((await call('/emulator')).said), { webhooks: { duplicate: 0, batch: 1, reorder: false, holdMs: 50 }, latencyMs: 0 });
    t.match(JSON.parse((await call('/emulator/deliveries')).said), { deliveries: Array.from({ length: 9 }, () => ({ attempt: 1, items: 1, status: 200 })) });
  });

  t.test(`${name}: a fault that fails a message later leaves a call that sends none alone, where it once hung`, async (t) => {
    const { emulator, call } = await started(t);
    const { status } = await call(path);
    emulator.faults.add({ kind: 'fail-later', on: 'any' });
    t.equal((await call(path)).status, status);
    emulator.faults.add({ kind: 'error', status: 503, on: 'any', retryAfter: 7 });
    t.match(await call(path), { status: 503, headers: { 'retry-after': '7' } });
    t.match(emulator.requests.map(({ verdict }) => verdict).at(-1), /^fault /);
  });
}

t.test('of two messages under way at once, the one that was meant fails later', async (t) => {
  const hook = await receiver(t);
  const emulator = await qontak({ accessToken: 'tok_emulated_0001', webhookUrl: hook.url, statuses: { sent: 1 } });
  t.teardown(() => emulator.close());
  const rooms = await Promise.all(['628120000002', '628120000003'].map(async (from) => (await emulator.customer.write({ from, text: 'x' })).room));
  hook.received.length = 0;
  emulator.faults.add({ kind: 'fail-later', to: '628120000002' });
  await Promise.all(rooms.map(async (room_id, nth) => {
    const answer = await request(`${emulator.url}/api/open/v1/messages/whatsapp`, { method: 'POST', headers: { authorization: 'Bearer tok_emulated_0001', 'content-type': 'application/json' }, body: JSON.stringify({ room_id, type: 'text', text: `n ${nth}` }) });
    await answer.body.dump();
  }));
  await emulator.idle();
  const told = hook.received.map(({ body }) => [/"text":"(n \d)"/.exec(body)?.[1], /"status":"(sent|failed)"/.exec(body)?.[1]].join(' '));
  t.same(told.toSorted((one, other) => (one < other ? -1 : 1)), ['n 0 failed', 'n 1 sent']);
});
