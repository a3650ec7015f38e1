/** Who asks: a bearer token, or Mekari's HMAC over date and request line. */
import t from 'tap';
import { ask, proof } from './api.ts';
import { startEmulator } from './emulator.ts';
import { settings as evidenceSettings } from './evidence.ts';
import { contextFor } from './fixtures.ts';
import channel from './index.ts';
import type { Settings } from './settings.ts';

const hmac: Settings = { ...evidenceSettings, auth: 'hmac', clientId: 'docs-client', clientSecret: 'docs-client-secret', apiBaseUrl: 'https://api.mekari.com/qontak/chat/v1' };

t.test('the signature of a request is the one that was computed by hand', async (t) => {
  const url = new URL('https://api.mekari.com/qontak/chat/v1/broadcasts/whatsapp/direct');
  const headers = proof(hmac, { method: 'POST', url, body: '{"a":1}', now: Date.UTC(2026, 10, 20, 10) });
  t.same(headers, {
    date: 'Fri, 20 Nov 2026 10:00:00 GMT',
    authorization: 'hmac username="docs-client", algorithm="hmac-sha256", headers="date request-line", signature="piCyEaXXluJYVMs4bFaS+7JjcvHg5RlpXdDOH8Vqd2Y="',
    digest: 'SHA-256=AVq9f1zFei3ZS3WQ8ErYCEJzkF7jPsXOvq5iJ2qX+GI=',
  });
});

t.test('a token alone is the proof of the older API', async (t) => {
  t.same(proof(evidenceSettings, { method: 'GET', url: new URL('https://x.example.test/'), body: undefined, now: 0 }), { authorization: `Bearer ${evidenceSettings.accessToken}` });
});

t.test('a provider of both generations believes either proof, and no other', async (t) => {
  const emulator = await startEmulator({ accessToken: 'tok_emulated_0001', clientId: 'docs-client', clientSecret: 'docs-client-secret' });
  t.teardown(() => emulator.close());
  const asks = (settings: Settings, now?: () => number) => ask(contextFor(t, channel, settings, now ? { now } : {}), 'integrations', { query: { limit: '1', 'statuses[]': 'a b' } });
  const mekari = { ...hmac, apiBaseUrl: `${emulator.url}/qontak/chat/v1` };

  t.match(await asks(emulator.settings), { status: 'success' });
  t.match(await asks(mekari), { status: 'success' }, 'the query is signed as it is sent');
  await t.rejects(asks({ ...emulator.settings, accessToken: 'tok_wrong' }), { code: 'http-401' });
  await t.rejects(asks({ ...mekari, clientSecret: 'another-secret' }), { code: 'http-401' });
  await t.rejects(asks({ ...mekari, clientId: 'somebody-else' }), { code: 'http-401' });
  await t.rejects(asks(mekari, () => Date.now() - 301_000), { code: 'http-401' }, 'a date of more than five minutes ago');
  t.match(await asks(mekari, () => Date.now() - 200_000), { status: 'success' });
});

t.test('a refusal is told in Qontak’s words without any credential', async (t) => {
  const emulator = await startEmulator({ accessToken: 'tok_emulated_0001' });
  t.teardown(() => emulator.close());
  const ctx = contextFor(t, channel, emulator.settings);
  await t.rejects(ask(ctx, 'rooms/unknown'), { code: 'http-404', message: 'Not found' });
  const wrong = contextFor(t, channel, { ...emulator.settings, apiBaseUrl: emulator.url });
  emulator.faults.add({ kind: 'html', on: 'any', status: 200 });
  await t.rejects(ask(wrong, 'integrations'), { name: 'Silence' });
  emulator.faults.add({ kind: 'redirect', on: 'any' });
  await t.rejects(ask(wrong, 'integrations'), { code: 'http-302', message: /Is the API base URL right/ });
});
