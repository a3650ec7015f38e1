/** The channel in the whole path of a message: a bot in memory, and Meta's end over real HTTP. */
import { createHash } from 'node:crypto';
import t, { type Test } from 'tap';
import { defineAgent, Type, type OutContent, type Turn } from '#plugin';
import { createBot } from '#testing';
import { receiver } from '../../test/far-end.ts';
import { startEmulator, type EmulatorOptions } from './emulator.ts';
import { contextFor } from './fixtures.ts';
import channel from './index.ts';

const picture = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const sha256 = createHash('sha256').update(picture).digest('hex');

/** A bot whose agent answers as `respond` says. What the emulator posts is handed over as it came, signature and all. */
async function started(t: Test, respond: (turn: Turn) => OutContent[], options: Partial<EmulatorOptions> = {}) {
  const hook = await receiver(t);
  const emulator = await startEmulator({ appSecret: 'emulated-app-secret', accessToken: 'EAAemulatedemulatedemulated', webhookUrl: hook.url, statuses: { sent: 1, delivered: 2, read: 3 }, ...options });
  const { fetch, download } = contextFor(emulator.settings);
  const agent = defineAgent({ name: 'mirror', title: 'Mirror', contract: 1, settings: Type.Object({}), respond: (turn) => Promise.resolve({ messages: respond(turn), why: 'It was written to.' }) });
  const bot = await createBot({ channel, channelSettings: emulator.settings, agent, account: '108100000000001', fetch, download });
  t.teardown(async () => {
    await bot.close();
    await emulator.close();
  });
  let handedOver = 0;
  /** Everything that Meta told so far reaches the bot, and the bot comes to rest. */
  const settle = async () => {
    for (;;) {
      await emulator.idle();
      const news = hook.received.slice(handedOver);
      handedOver += news.length;
      for (const { headers, body } of news) t.hasProp(await bot.deliver({ headers: { 'x-hub-signature-256': headers['x-hub-signature-256']?.[0] ?? '' }, body }), 'accepted');
      await bot.quiet();
      if (news.length === 0 && hook.received.length === handedOver) return;
    }
  };
  return { bot, emulator, hook, settle };
}

t.test('a picture comes in and is kept, goes out again as a file of Meta’s, and is read', async (t) => {
  const back: { media?: string } = {};
  const { bot, emulator, settle } = await started(t, () => (back.media === undefined ? [{ kind: 'text', text: 'seen' }] : [{ kind: 'image', media: back.media, mime: 'image/png', bytes: picture.length, caption: 'back' }]));
  const { id, sha256: digest } = emulator.store(picture, 'image/png');
  await emulator.customer.write({ from: '628120000002', name: 'Ana', content: { kind: 'image', media: { ref: id, mime: 'image/png', sha256: digest }, caption: 'nota' } });
  await settle();
  const [kept] = await bot.all<{ id: string; state: string; sha256: string; mime: string }>('select id, state, sha256, mime from media');
  t.match(kept, { state: 'stored', sha256, mime: 'image/png' });
  back.media = kept?.id ?? '';
  await emulator.customer.write({ from: '628120000002', text: 'again' });
  await settle();
  t.match(emulator.messages.map(({ type, text }) => [type, text]), [['text', 'seen'], ['image', 'back']]);
  t.same(emulator.requests.filter(({ path }) => path.endsWith('/media')).length, 1, 'one upload');
  t.match(await bot.all("select status from message where author = 'agent' order by id"), [{ status: 'read' }, { status: 'read' }]);
});

t.test('a person without a phone number is answered by user id, and stays the same person when the number shows', async (t) => {
  const { bot, emulator, settle } = await started(t, ({ messages }) => [{ kind: 'text', text: `heard ${messages[0]?.text ?? ''}` }]);
  await emulator.customer.write({ userId: 'ID.13491208655302741918', username: 'ana', text: 'one' });
  await settle();
  t.match(emulator.messages.at(-1), { to: 'ID.13491208655302741918', body: { recipient: 'ID.13491208655302741918' } });
  await emulator.customer.write({ userId: 'ID.13491208655302741918', from: '628120000002', text: 'two' });
  await settle();
  t.match(emulator.messages.at(-1), { to: '628120000002' });
  t.equal((await bot.all('select id from contact')).length, 1);
});

t.test('an answer that Meta took but never confirmed is settled by its status, and not sent twice', async (t) => {
  const { bot, emulator, settle } = await started(t, () => [{ kind: 'text', text: 'once' }]);
  emulator.faults.add({ kind: 'drop', acted: true });
  await emulator.customer.write({ from: '628120000002', text: 'hi' });
  await settle();
  t.equal(emulator.messages.length, 1);
  t.match(await bot.all("select status from message where author = 'agent'"), [{ status: 'read' }]);
});

t.test('a dead token stops the connection and keeps what waits; other faults do not', async (t) => {
  const { bot, emulator, settle } = await started(t, () => [{ kind: 'text', text: 'answer' }]);
  emulator.faults.add({ kind: 'error', code: 131000 });
  await emulator.customer.write({ from: '628120000002', text: 'one' });
  await settle();
  t.match(await bot.all('select state from connection'), [{ state: 'running' }]);
  await bot.pass(60_000);
  await settle();
  t.equal(emulator.messages.length, 1);
  emulator.issue(emulator.settings.accessToken, { revoked: true });
  await emulator.customer.write({ from: '628130000003', text: 'two' });
  await settle();
  t.match(await bot.all('select state from connection'), [{ state: 'error' }]);
  t.match(await bot.all("select status from message where author = 'agent' order by id"), [{ status: 'read' }, { status: 'queued' }]);
});
