import t from 'tap';
import { Silence, type Content, type OutContent, type Outgoing } from '#plugin';
import { world } from '#testing';
import { settings, sign } from './evidence.ts';
import simulator from './index.ts';

const out: Outgoing = { ref: 'ours-1', account: 'sim:ana', to: { identities: [{ kind: 'phone', value: '34600111222' }] }, content: { kind: 'text', text: 'Hello' } };

t.test('a message is accepted under a ref that names ours', async (t) => {
  t.strictSame(await simulator.send(out, undefined, world(settings).ctx), { accepted: { refs: ['sim-ours-1'] } });
});

t.test('a fault that the phone armed holds for one message', async (t) => {
  const faults = [
    { armed: { fail: true }, becomes: { rejected: { code: 'simulated-failure', said: 'The simulated phone refused the message.', scope: 'message' } } },
    { armed: { fail: 'The battery is empty.' }, becomes: { rejected: { code: 'simulated-failure', said: 'The battery is empty.', scope: 'message' } } },
    { armed: { retryAfterMs: 1500 }, becomes: { retry: { code: 'simulated-wait', said: 'The simulated phone asked to wait.', afterMs: 1500, scope: 'pair' } } },
  ] as const;
  for (const code of ['simulated-failure', 'simulated-bounce', 'simulated-wait', 'timeout']) {
    const sentence = simulator.explain?.({ code, said: '' })?.sentence ?? '';
    for (const texts of Object.values(simulator.texts ?? {})) t.ok(texts[sentence], `${code} is explained in every language`);
  }
  for (const { armed, becomes } of faults) {
    const { ctx } = world(settings, undefined, { nextSend: armed });
    t.strictSame(await simulator.send(out, undefined, ctx), becomes);
    t.strictSame(await simulator.send(out, undefined, ctx), { accepted: { refs: ['sim-ours-1'] } }, 'the next one is accepted');
  }
});

t.test('a phone that falls silent leaves the outcome unknown, once', async (t) => {
  const { ctx } = world(settings, undefined, { nextSend: { silent: true } });
  await t.rejects(simulator.send(out, undefined, ctx), Silence);
  t.strictSame(await simulator.send(out, undefined, ctx), { accepted: { refs: ['sim-ours-1'] } });
});

t.test('an order that is none of the faults is forgotten and the message accepted', async (t) => {
  for (const order of [7, 'fail', [], {}, { silent: 'yes' }]) {
    const { ctx } = world(settings, undefined, { nextSend: order });
    t.strictSame(await simulator.send(out, undefined, ctx), { accepted: { refs: ['sim-ours-1'] } });
    t.equal(await ctx.store.get('nextSend'), null);
  }
});

t.test('a file of the phone comes from the workspace’s own store; one that is not there is gone', async (t) => {
  const { ctx } = world(settings);
  t.equal(await simulator.media?.({ ref: 'nothing' }, ctx), 'gone');
  const bytes = Buffer.from('a picture');
  const own = { ...ctx, media: async (id: string) => (id === 'm1' ? { bytes: bytes.length, mime: 'image/jpeg', name: 'beans.jpg', async *stream() { yield bytes; } } : undefined) };
  const given = await simulator.media?.({ ref: 'm1' }, own);
  t.match(given, { mime: 'image/jpeg', name: 'beans.jpg' });
  const read: Uint8Array[] = [];
  if (typeof given === 'object') for await (const part of given.stream) read.push(part);
  t.same(Buffer.concat(read), bytes);
});

t.test('what a phone does arrives as what it was, whatever it is', async (t) => {
  const base = { account: 'sim:ana', from: [{ kind: 'phone' as const, value: '34600111222' }], at: 1_790_000_000_000 };
  const contents: Content[] = [
    { kind: 'image', media: { ref: 'm1', mime: 'image/jpeg' }, caption: 'look' }, { kind: 'voice', media: { ref: 'm2' } }, { kind: 'document', media: { ref: 'm3', name: 'a.pdf' } }, { kind: 'sticker', media: { ref: 'm4' } },
    { kind: 'location', latitude: -6.2, longitude: 106.8, name: 'Shop' }, { kind: 'contacts', contacts: [{ name: 'Budi', phones: ['62811'], emails: [] }] },
  ];
  for (const [n, content] of contents.entries()) {
    const { headers, body } = simulator.simulate?.({ ...base, id: `a${n}`, kind: 'message', content, replyTo: 'sim-7' }, settings) ?? { headers: {}, body: Buffer.alloc(0) };
    const request = { method: 'POST', url: '', headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])), body, receivedAt: 1 };
    t.equal(simulator.verify(request, settings), true);
    t.strictSame(simulator.parse(request, settings), [{ ...base, id: `a${n}`, kind: 'message', content, replyTo: 'sim-7' }], content.kind);
  }
});

t.test('every kind of message that core can send is accepted', async (t) => {
  const file = { media: 'm1', mime: 'image/jpeg', bytes: 9 };
  const contents: OutContent[] = [
    { kind: 'image', ...file }, { kind: 'video', ...file }, { kind: 'audio', ...file }, { kind: 'voice', ...file }, { kind: 'document', ...file, name: 'a.pdf' }, { kind: 'sticker', ...file },
    { kind: 'reaction', emoji: '👍', to: 'sim-1' }, { kind: 'location', latitude: 1, longitude: 2 }, { kind: 'contacts', contacts: [] }, { kind: 'location-request', text: 'Where?' },
    { kind: 'template', template: 't1', name: 'order', language: 'en', variables: {} },
  ];
  for (const content of contents) {
    t.ok(simulator.can.sends.includes(content.kind), content.kind);
    t.strictSame(await simulator.send({ ...out, content }, undefined, world(settings).ctx), { accepted: { refs: ['sim-ours-1'] } });
  }
});

t.test('a code is written as sim: and lower-case letters, digits or dashes', async (t) => {
  for (const [typed, account] of [['ana', 'sim:ana'], [' SIM:Ana ', 'sim:ana'], ['sim:desk-2', 'sim:desk-2']]) t.equal(simulator.account.parse(typed ?? ''), account);
  for (const typed of ['', 'sim:', 'sim:sim:ana', 'ana maría', '-ana', 'a'.repeat(33), 'sim:ana\nx', 'İ']) t.strictSame(simulator.account.parse(typed), { problem: 'account.problem' }, JSON.stringify(typed));
});

t.test('refusals say whether the proof is missing, wrong or not configured', async (t) => {
  const body = Buffer.from('{"acts":[]}');
  const request = (headers: Record<string, string[]>) => ({ method: 'POST', url: 'https://bot.example.test/webhooks/key', headers, body, receivedAt: 1 });
  const proof = (signature: string) => request({ 'x-simulator-signature': [signature] });
  const right = sign(body, settings)['x-simulator-signature'] ?? '';
  t.equal(simulator.verify(proof(right), settings), true);
  t.strictSame(simulator.verify(request({}), settings), { refused: 'unsigned' });
  t.strictSame(simulator.verify(proof('sha1=00'), settings), { refused: 'unsigned' });
  t.strictSame(simulator.verify(proof(`sha256=${'0'.repeat(64)}`), settings), { refused: 'wrong-secret' });
  t.strictSame(simulator.verify(proof(right), { secret: ' ' }), { refused: 'not-configured' });
});

t.test('a body that is not JSON makes a failed row with a reason', async (t) => {
  t.throws(() => simulator.parse({ method: 'POST', url: '', headers: {}, body: Buffer.from('{"acts":['), receivedAt: 1 }, settings), /JSON/);
});
