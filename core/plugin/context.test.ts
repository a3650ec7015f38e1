import { Readable } from 'node:stream';
import t from 'tap';
import { Type } from 'typebox';
import type { Answer, Download, FetchInit } from './contract/context.ts';
import type { Json } from './contract/plugin.ts';
import { createContext, scrubText } from './context.ts';
import type { Caller } from './outbound.ts';

const settingsSchema = Type.Object({ accessToken: Type.String({ writeOnly: true }), pin: Type.String({ writeOnly: true }), apiBaseUrl: Type.String(), smtp: Type.Object({ password: Type.String({ writeOnly: true }) }) });
const settings = { accessToken: 'canary-token', pin: '12', apiBaseUrl: 'https://api.test:8443/v1', smtp: { password: 'canary-password' } };

const stored = { bytes: 3, mime: 'text/plain', stream: () => Readable.from([Buffer.from('abc')]) };

function contextOf(t: { teardown(fn: () => void): void }, given = settings) {
  const calls: { url: string; init: FetchInit; caller: Caller }[] = [];
  const lines: { level: string; what: object; message: string }[] = [];
  const kept = new Map<string, Json>();
  const write = (level: string) => (what: object, message: string) => void lines.push({ level, what, message });
  const answer: Answer = { status: 200, headers: {}, body: Buffer.from(''), text: () => '', json: () => null };
  const download: Download = { status: 200, headers: {}, stream: Readable.from([Buffer.from('bytes')]) };
  const stop = new AbortController();
  t.teardown(() => stop.abort());
  let asked = 0;
  const ctx = createContext({
    plugin: {
      name: 'acme',
      settings: settingsSchema,
      origins: ({ apiBaseUrl }) => {
        asked++;
        return [apiBaseUrl, 'not an address'];
      },
    },
    settings: given,
    connectionId: 'connection-1',
    webhookUrl: 'https://bots.test/webhooks/abc',
    outbound: {
      call: (url, init, caller) => Promise.resolve(answer).finally(() => calls.push({ url, init, caller })),
      download: (url, init, caller) => Promise.resolve(download).finally(() => calls.push({ url, init, caller })),
      close: () => Promise.resolve(),
    },
    log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    clock: { now: () => 1_700_000_000_000 },
    store: { get: (key) => Promise.resolve(kept.get(key)), set: (key, value) => Promise.resolve(void kept.set(key, value)) },
    media: (id) => Promise.resolve(id === 'm1' ? stored : undefined),
    mediaUrl: (id, ttlMs) => `https://bots.test/media/${id}?ttl=${ttlMs}`,
    signal: stop.signal,
  });
  return { ctx, calls, lines, stop, asked: () => asked };
}

t.test('a plugin’s fetch carries its own origins, its secrets and the signal to the guard', async (t) => {
  const { ctx, calls, stop } = contextOf(t);
  t.equal((await ctx.fetch('https://api.test:8443/v1/send', { method: 'POST', body: 'x' })).status, 200);
  await ctx.fetch('https://other.test/');
  t.match(calls, [{ url: 'https://api.test:8443/v1/send', init: { method: 'POST', body: 'x' } }, { init: {} }]);
  t.strictSame([...(calls[0]?.caller.origins ?? [])], ['https://api.test:8443'], 'the address’s origin, without its path');
  t.strictSame(calls[0]?.caller.secrets, ['canary-token', 'canary-password'], 'but for those too short to be told from other text');
  t.equal(calls[0]?.caller.signal, stop.signal);
});

t.test('a medium is read through the same guard, and a stored one comes by its id', async (t) => {
  const { ctx, calls, stop } = contextOf(t);
  t.equal((await ctx.download('https://api.test:8443/v1/media/1', { maxBytes: 5 })).status, 200);
  t.match(calls, [{ url: 'https://api.test:8443/v1/media/1', init: { maxBytes: 5 } }]);
  t.strictSame([...(calls[0]?.caller.origins ?? [])], ['https://api.test:8443']);
  t.equal(calls[0]?.caller.signal, stop.signal);
  t.equal(await ctx.media('m1'), stored);
  t.equal(await ctx.media('other'), undefined);
});

t.test('a context for every message asks a plugin’s origins once', async (t) => {
  const same = structuredClone(settings);
  const first = contextOf(t, same);
  const second = contextOf(t, same);
  await second.ctx.fetch('https://api.test:8443/');
  t.equal(first.asked() + second.asked(), 1);
});

t.test('what a plugin logs says whose it is and holds none of its secrets', async (t) => {
  const { ctx, lines } = contextOf(t);
  ctx.log.info({ url: 'https://api.test/?t=canary-token', deep: [{ password: 'canary-password' }], bytes: Buffer.from('x') }, 'sent with canary-token');
  ctx.log.error(new Error('refused canary-token'), 'failed');
  ctx.log.warn({ err: new Error('refused canary-token', { cause: 'x' }) }, 'failed');
  ctx.log.debug({ plugin: 'somebody-else', connection: 'other' }, 'pretends');
  for (const { what, message } of lines) {
    t.notMatch(message, /canary/);
    t.notMatch(JSON.stringify(what), /canary/);
    t.match(what, { plugin: 'acme', connection: 'connection-1' });
  }
  const errors = lines.flatMap(({ what }) => ('err' in what && what.err instanceof Error ? [what.err] : []));
  t.equal(errors.length, 2);
  for (const error of errors) t.notMatch(`${error.message} ${error.stack}`, /canary/);
  t.strictSame(lines.map(({ level }) => level), ['info', 'error', 'warn', 'debug']);
  t.equal(scrubText('a canary-token b', ['canary-token']), 'a [secret] b');
});

t.test('the clock, the addresses and the store are the installation’s', async (t) => {
  const { ctx, stop } = contextOf(t);
  t.equal(ctx.now(), 1_700_000_000_000);
  t.equal(ctx.callbackUrl(), 'https://bots.test/webhooks/abc');
  t.equal(ctx.callbackUrl({ ref: 'a b&c' }), 'https://bots.test/webhooks/abc?ref=a+b%26c');
  t.equal(ctx.mediaUrl('m1', 60_000), 'https://bots.test/media/m1?ttl=60000');
  await ctx.store.set('token', { value: 1 });
  t.strictSame(await ctx.store.get('token'), { value: 1 });
  t.equal(await ctx.store.get('nothing'), undefined);
  t.equal(ctx.signal.aborted, false);
  stop.abort();
  t.equal(ctx.signal.aborted, true);
});
