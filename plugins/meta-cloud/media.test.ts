/** Files, up and down, over real HTTP to the emulator. */
import { createHash, randomBytes } from 'node:crypto';
import t from 'tap';
import { NotSent, Silence, type Json, type OutContent } from '#plugin';
import { receiver } from '../../test/far-end.ts';
import { startEmulator, type Fault } from './emulator.ts';
import { contextFor, outgoing, storedMedia, webhook } from './fixtures.ts';
import channel from './index.ts';

const emulator = await startEmulator({ appSecret: 'emulated-app-secret', accessToken: 'EAAemulatedemulatedemulated' });
t.teardown(() => emulator.close());
const ctx = contextFor(emulator.settings);
const bytes = randomBytes(200_000);
const sha256 = createHash('sha256').update(bytes).digest('hex');
for (const [id, mime] of Object.entries({ png: 'image/png', mp4: 'video/mp4', mp3: 'audio/mpeg', ogg: 'audio/ogg', pdf: 'application/pdf', webp: 'image/webp', gif: 'image/gif' })) ctx.stored.set(id, storedMedia(bytes, mime, `a "name".${id}`));

const file = (kind: 'image' | 'video' | 'audio' | 'voice' | 'document' | 'sticker', media: string, more: { caption?: string; name?: string } = {}): OutContent => ({ kind, media, mime: ctx.stored.get(media)?.mime ?? '', bytes: bytes.length, ...more });

async function sent(content: OutContent, context = ctx) {
  const out = outgoing(content);
  const prepared = (await channel.prepare?.(out, context)) ?? null;
  return { prepared, result: await channel.send(out, prepared, context) };
}

async function read(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What it throws by name, or what it gives. */
async function outcome<T>(work: Promise<T> | undefined): Promise<T | string | undefined> {
  try {
    return await work;
  } catch (error) {
    return error instanceof Silence ? 'Silence' : error instanceof NotSent ? 'NotSent' : error instanceof Error ? error.message : 'thrown';
  }
}

t.test('a file of each kind is uploaded first, whole and with its name, and the message holds Meta’s id of it', async (t) => {
  const kinds: [OutContent, string, object, string][] = [
    [file('image', 'png', { caption: 'nota' }), 'image', { caption: 'nota' }, 'image/png'],
    [file('video', 'mp4', { caption: 'demo' }), 'video', { caption: 'demo' }, 'video/mp4'],
    [file('audio', 'mp3'), 'audio', {}, 'audio/mpeg'],
    [file('voice', 'ogg'), 'audio', { voice: true }, 'audio/ogg'],
    [file('document', 'pdf', { caption: 'invoice', name: 'inv-7.pdf' }), 'document', { caption: 'invoice', filename: 'inv-7.pdf' }, 'application/pdf'],
    [file('sticker', 'webp'), 'sticker', {}, 'image/webp'],
  ];
  for (const [content, type, expected, mime] of kinds) {
    const { prepared, result } = await sent(content);
    t.match(result, { accepted: { refs: [/^wamid/] } }, content.kind);
    const id = (prepared as { id: string }).id;
    t.match(emulator.messages.at(-1)?.body, { type, [type]: { id, ...expected } }, content.kind);
    const kept = await channel.media?.({ ref: id }, ctx);
    if (kept === undefined || kept === 'gone') throw new Error('it is not there');
    t.equal(kept.mime, mime);
    t.equal(createHash('sha256').update(await read(kept.stream)).digest('hex'), sha256, 'byte for byte');
    t.equal(kept.sha256, sha256);
  }
});

t.test('what was uploaded is not uploaded again', async (t) => {
  const out = outgoing(file('image', 'png'));
  const prepared = await channel.prepare?.(out, ctx);
  const before = ctx.calls.length;
  await channel.send(out, prepared, ctx);
  t.same(ctx.calls.slice(before).map(({ url }) => new URL(url).pathname), ['/v23.0/108100000000001/messages']);
});

t.test('a message without a file is prepared without a call', async (t) => {
  const before = ctx.calls.length;
  t.equal(await channel.prepare?.(outgoing({ kind: 'text', text: 'x' }), ctx), null);
  t.equal(ctx.calls.length, before);
});

t.test('a file that Meta will not take, or that is no longer here, is refused for good, and no message goes out', async (t) => {
  const before = emulator.messages.length;
  t.match((await sent(file('image', 'gif'))).result, { rejected: { code: '100', said: /supported types/, scope: 'message' } });
  t.match((await sent(file('image', 'never-stored'))).result, { rejected: { code: 'file-missing', scope: 'message' } });
  t.equal(emulator.messages.length, before);
});

t.test('where uploading may work later it is tried later; a dead token stops the connection instead', async (t) => {
  const under = async (fault: Fault) => {
    emulator.faults.add({ ...fault, on: 'file' });
    ctx.expect(fault);
    const found = await outcome(channel.prepare?.(outgoing(file('image', 'png')), ctx));
    emulator.faults.clear();
    ctx.expect();
    return found;
  };
  t.equal(await under({ kind: 'error', code: 130429 }), 'NotSent');
  t.equal(await under({ kind: 'error', status: 500 }), 'NotSent');
  for (const kind of ['html', 'malformed', 'empty', 'hang', 'drop'] as const) t.match(await under({ kind }), /^(Silence|NotSent)$/, kind);
  const dead = contextFor({ ...emulator.settings, accessToken: 'EAAdeaddeaddeaddead' });
  dead.stored.set('png', storedMedia(bytes, 'image/png'));
  t.match(await sent(file('image', 'png'), dead), { result: { rejected: { code: '190', scope: 'connection' } } });
});

t.test('a file is never uploaded while its message is sent: without an upload nothing is asked, and it is tried again', async (t) => {
  const before = ctx.calls.length;
  for (const prepared of [null, undefined, {}]) t.equal(await outcome(channel.send(outgoing(file('image', 'png')), prepared, ctx)), 'NotSent');
  const refused = { rejected: { code: '190', said: 'dead', scope: 'connection' } };
  t.match(await channel.send(outgoing(file('image', 'png')), refused, ctx), refused);
  t.equal(ctx.calls.length, before);
});

t.test('what a customer sent is fetched with the token, and a file that is gone is said to be gone', async (t) => {
  const { id } = emulator.store(bytes, 'image/jpeg', 'nota.jpg');
  const before = ctx.calls.length;
  const found = await channel.media?.({ ref: id }, ctx);
  t.equal((await read((found as { stream: AsyncIterable<Uint8Array> }).stream)).equals(bytes), true);
  t.same(ctx.calls.slice(before).map(({ url, authorization }) => [new URL(url).pathname, authorization?.startsWith('Bearer EAA')]), [[`/v23.0/${id}`, true], ['/whatsapp_business/attachments/', true]]);
  t.equal(await channel.media?.({ ref: '999999999' }, ctx), 'gone');
  t.equal(await channel.media?.({ ref: '../me?x=' }, ctx), 'gone', 'a reference is never a path');
});

t.test('the token goes to Meta’s own hosts only, wherever the address leads', async (t) => {
  const thief = await receiver(t, () => ({ status: 200, body: 'bytes' }));
  const graph = await receiver(t, () => ({ status: 200, body: JSON.stringify({ url: thief.url, mime_type: 'image/png' }) }));
  const lured = contextFor({ ...emulator.settings, apiBaseUrl: graph.origin }, { also: [thief.origin] });
  const found = await channel.media?.({ ref: '900001' }, lured);
  if (typeof found === 'object') await read(found.stream);
  t.same(lured.calls.map(({ authorization }) => authorization !== undefined), [true, false]);
  t.same(channel.origins?.({ ...ctx.settings, apiBaseUrl: 'https://graph.facebook.com' }), ['https://graph.facebook.com', 'https://lookaside.fbsbx.com']);
});

t.test('an expired address, a wall, and everything that a network does while a file comes down', async (t) => {
  const { id } = emulator.store(bytes, 'image/jpeg');
  for (const [status, expected] of [[404, 'gone'], [410, 'gone'], [401, 'NotSent'], [500, 'NotSent']] as const) {
    const graph = await receiver(t, ({ url }, nth) => (nth === 1 ? { status: 200, body: JSON.stringify({ url: `${graph.origin}${url}` }) } : { status, body: 'x' }));
    t.match(await outcome(channel.media?.({ ref: id }, contextFor({ ...emulator.settings, apiBaseUrl: graph.origin }))), expected, String(status));
  }
  const during = async (fault: Fault, skip = 1): Promise<unknown> => {
    // The first call asks for the address; the fault is for what comes then.
    if (skip === 0) emulator.faults.add({ ...fault, on: 'any' });
    else emulator.faults.add({ ...fault, on: 'file' });
    ctx.expect(fault);
    const found = await outcome(channel.media?.({ ref: id }, ctx));
    const whole = typeof found === 'object' ? await outcome(read(found.stream)) : found;
    emulator.faults.clear();
    ctx.expect();
    return whole;
  };
  t.equal(await during({ kind: 'hang' }), 'Silence');
  t.equal(await during({ kind: 'drop' }), 'Silence');
  t.equal(await during({ kind: 'slow', everyMs: 300 }), 'Silence', 'a byte at a time is no file');
  t.equal(await during({ kind: 'huge', bytes: 150e6 }), 'Silence', 'and neither is one without end');
  t.equal(await during({ kind: 'malformed' }, 0), 'Silence');
  t.equal(await during({ kind: 'error', code: 190 }, 0), 'NotSent', 'a token that ended is mended by a new one');
  t.equal(await during({ kind: 'error', status: 429 }, 0), 'NotSent');
});

t.test('a webhook’s file is what the emulator’s customer sent', async (t) => {
  const hook = await receiver(t);
  emulator.webhookUrl = hook.url;
  const { id, sha256: digest } = emulator.store(bytes, 'image/jpeg');
  await emulator.customer.write({ from: '628120000002', content: { kind: 'image', media: { ref: id, mime: 'image/jpeg', sha256: digest }, caption: 'nota' } });
  const [event] = channel.parse(webhook(hook.received[0]?.body ?? ''), ctx.settings) as { content: Json }[];
  t.match(event?.content, { kind: 'image', caption: 'nota', media: { ref: id, mime: 'image/jpeg', sha256: digest } });
});
