import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { createBot, type Bot } from '#testing';
import { defineChannel, NotSent, Type, type Channel, type Event, type MediaBytes, type MediaRef } from '#plugin';
import { uuid } from '../../core/ids.ts';
import { mediaOf } from '../../core/workspace/media.ts';
import { oggOpus, png } from '../media/samples.ts';
import { freshDatabase } from '../postgres.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function* streamOf(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** A channel that takes events as they are, and whose media are what the test says. */
function channelWith(media: Channel['media'], more: Partial<Channel['can']> = {}): Channel {
  const channel = defineChannel({
    name: 'post', title: 'Post', contract: 1, settings: Type.Object({}),
    can: { webhook: 'secret-url', sends: ['text'], statuses: [], maxText: 4_096, ...more },
    account: { title: 'Account', parse: (typed) => typed },
    verify: () => true,
    parse: ({ body }) => JSON.parse(body.toString()) as Event[],
    send: async (out) => ({ accepted: { refs: [out.ref] } }),
  });
  return media ? { ...channel, media } : channel;
}

const picture = (id: string, ref: MediaRef): Event => ({ id, account: '100', at: Date.now(), kind: 'message', from: [{ kind: 'phone', value: '34600111222' }], content: { kind: 'image', media: ref, caption: 'look' } });
const words = (id: string): Event => ({ id, account: '100', at: Date.now(), kind: 'message', from: [{ kind: 'phone', value: '34600111222' }], content: { kind: 'text', text: id } });

interface Row {
  id: string;
  state: string;
  reason: string | null;
  mime: string | null;
  sha256: string | null;
  bytes: number | null;
  width: number | null;
  thumbnail: number | boolean;
  mp4: number | boolean;
  duration_ms: number | null;
}

type BotWith = (t: Test, media: Channel['media'], more?: Partial<Channel['can']>) => Promise<Bot>;

function onBoth(name: string, work: (t: Test, botWith: BotWith) => Promise<void>): void {
  for (const kind of ['SQLite', 'PostgreSQL'] as const) {
    void t.test(`${name} (${kind})`, (t) =>
      work(t, async (t, media, more = {}) => {
        const bot = await createBot({ channel: channelWith(media, more), ...(kind === 'PostgreSQL' && { database: await freshDatabase(t) }) });
        t.teardown(() => bot.close());
        return bot;
      }));
  }
}

const deliver = (bot: Bot, ...events: Event[]) => bot.deliver({ headers: {}, body: JSON.stringify(events) });
const rows = async (bot: Bot) => (await bot.all<Row>('select id, state, reason, mime, sha256, bytes, width, thumbnail, mp4, duration_ms from media order by id')).map((row) => ({ ...row, thumbnail: Number(row.thumbnail), mp4: Number(row.mp4) }));
const files = (bot: Bot) => (existsSync(bot.folder) ? readdirSync(bot.folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)) : []);

onBoth('A picture is fetched, checked, looked at and kept; the message is there before it', async (t, botWith) => {
  const bytes = await png(600, 300);
  let fetched = 0;
  const bot = await botWith(t, async (ref): Promise<MediaBytes> => {
    fetched++;
    t.equal(ref.ref, 'remote-1');
    return { stream: streamOf(bytes.subarray(0, 50), bytes.subarray(50)), mime: 'image/jpeg' };
  });
  await deliver(bot, picture('m1', { ref: 'remote-1', mime: 'image/jpeg', sha256: createHash('sha256').update(bytes).digest('base64'), name: 'a.jpg' }));
  await bot.quiet();
  t.match(await rows(bot), [{ state: 'stored', reason: null, mime: 'image/png', sha256: sha256(bytes), bytes: bytes.length, width: 600, thumbnail: 1, mp4: 0 }], 'its type is what its bytes say');
  t.equal(fetched, 1);
  const [row] = await rows(bot);
  const medium = await bot.runtime.directory.connection(bot.ids.connection)?.context.media(row?.id ?? '');
  const chunks: Uint8Array[] = [];
  for await (const chunk of medium?.stream() ?? []) chunks.push(chunk);
  t.same(Buffer.concat(chunks), bytes, 'and a plugin can read it');
  t.match(medium, { bytes: bytes.length, mime: 'image/png', name: 'a.jpg' });
  t.equal(files(bot).length, 2, 'the picture and its thumbnail; nothing is left aside');
  t.same(await bot.all('select id from job'), []);
  t.match(await bot.all('select kind, text from message'), [{ kind: 'image', text: 'look' }]);
});

onBoth('The same delivery again brings no second medium', async (t, botWith) => {
  const bytes = await png(10, 10);
  const bot = await botWith(t, async () => ({ stream: streamOf(bytes) }));
  for (let n = 0; n < 3; n++) await deliver(bot, picture('m1', { ref: 'r' }));
  await bot.quiet();
  t.equal((await rows(bot)).length, 1);
});

onBoth('A voice message can be played by every browser: the same sound is kept as MP4', async (t, botWith) => {
  const bytes = await oggOpus(100);
  const bot = await botWith(t, async () => ({ stream: streamOf(bytes) }));
  await deliver(bot, { ...picture('m1', { ref: 'r' }), content: { kind: 'voice', media: { ref: 'r', mime: 'audio/ogg; codecs=opus' } } } as Event);
  await bot.quiet();
  t.match(await rows(bot), [{ state: 'stored', mime: 'audio/ogg', mp4: 1, thumbnail: 0 }]);
  const [row] = await rows(bot);
  t.ok(Math.abs((row?.duration_ms ?? 0) - 2_000) < 50, `${row?.duration_ms} ms`);
});

onBoth('A provider that fails is asked again, later and later, until it has it', async (t, botWith) => {
  const bytes = await png(10, 10);
  let asked = 0;
  const bot = await botWith(t, async () => {
    if (++asked < 4) throw new NotSent('nobody is there');
    return { stream: streamOf(bytes) };
  });
  await deliver(bot, picture('m1', { ref: 'r' }));
  await bot.quiet();
  t.match(await rows(bot), [{ state: 'missing', reason: 'nobody is there' }]);
  for (let n = 0; n < 3; n++) await bot.pass(10_000);
  t.match(await rows(bot), [{ state: 'stored', reason: null }]);
  t.equal(asked, 4);
});

onBoth('One that fails holds up no other', async (t, botWith) => {
  const bytes = await png(10, 10);
  const bot = await botWith(t, async ({ ref }) => {
    if (ref.startsWith('bad')) throw new NotSent('nobody is there');
    return { stream: streamOf(bytes) };
  });
  await deliver(bot, ...Array.from({ length: 40 }, (_, n) => picture(`m${n}`, { ref: n % 2 ? `good-${n}` : `bad-${n}` })));
  await bot.quiet();
  const states = (await rows(bot)).map((row) => row.state);
  t.equal(states.filter((state) => state === 'stored').length, 20);
  t.equal(states.filter((state) => state === 'missing').length, 20);
});

onBoth('What the provider no longer has is gone, and is not asked for again', async (t, botWith) => {
  let asked = 0;
  const bot = await botWith(t, async () => {
    asked++;
    return 'gone';
  });
  await deliver(bot, picture('m1', { ref: 'r' }));
  await bot.quiet();
  await bot.pass(3_600_000);
  t.match(await rows(bot), [{ state: 'gone', reason: 'expired' }]);
  t.equal(asked, 1);
});

onBoth('Bytes that are not those the provider promised are not kept', async (t, botWith) => {
  const bot = await botWith(t, async () => ({ stream: streamOf(Buffer.from('other')), sha256: sha256(Buffer.from('promised')) }));
  await deliver(bot, picture('m1', { ref: 'r' }));
  await bot.quiet();
  t.match(await rows(bot), [{ state: 'missing', reason: 'changed' }]);
  t.same(files(bot), []);
});

onBoth('One that is larger than any of the channel’s media is not read to its end, whatever it said of itself', async (t, botWith) => {
  let sent = 0;
  const bot = await botWith(t, async () => ({
    stream: (async function* () {
      for (;;) {
        sent += 1_000_000;
        yield Buffer.alloc(1_000_000);
      }
    })(),
  }), { media: { document: { maxBytes: 20_000_000, mime: ['application/pdf'] } } });
  await deliver(bot, picture('m1', { ref: 'r', bytes: 5 }), picture('m2', { ref: 'r', bytes: 30_000_000 }));
  await bot.quiet();
  t.match(await rows(bot), [{ state: 'missing', reason: 'too-large' }, { state: 'missing', reason: 'too-large' }]);
  t.ok(sent <= 22_000_000, `${sent} bytes were read`);
  t.same(files(bot), []);
  t.same(await bot.all('select id from job'), [], 'a person may ask again; nobody else will');
});

onBoth('A connection in error is not asked; when it is started, its media come', async (t, botWith) => {
  const bytes = await png(10, 10);
  const bot = await botWith(t, async () => ({ stream: streamOf(bytes) }));
  await bot.db.write((sql) => sql.run("update connection set state = 'error'"));
  await bot.runtime.directory.reload();
  await deliver(bot, picture('m1', { ref: 'r' }));
  await bot.quiet();
  t.match(await rows(bot), [{ state: 'missing', reason: 'no-connection' }]);
  await bot.db.write((sql) => sql.run("update connection set state = 'running'"));
  await bot.runtime.directory.reload();
  const { startWhatRuns } = await import('../../core/queue/worker.ts');
  await startWhatRuns(bot.runtime);
  await bot.quiet();
  t.match(await rows(bot), [{ state: 'stored' }]);
});

onBoth('A plugin that makes the same mistake each time is given up, and its reason is kept', async (t, botWith) => {
  let asked = 0;
  const bot = await botWith(t, async () => {
    asked++;
    throw new TypeError('x is not a function');
  });
  await deliver(bot, picture('m1', { ref: 'r' }));
  await bot.quiet();
  for (let n = 0; n < 8; n++) await bot.pass(700_000);
  t.equal(asked, 5);
  t.match(await rows(bot), [{ state: 'missing', reason: 'x is not a function' }]);
  t.same(await bot.all('select id from job'), []);
});

onBoth('A place for media that fails is tried until it takes them, however often', async (t, botWith) => {
  const bytes = await png(10, 10);
  const bot = await botWith(t, async () => ({ stream: streamOf(bytes) }));
  const { store } = bot.runtime.media;
  const keep = store.keep.bind(store);
  let failures = 9;
  store.keep = (place, file) => (failures-- > 0 ? Promise.reject(new Error('the disk is away')) : keep(place, file));
  await deliver(bot, picture('m1', { ref: 'r' }));
  await bot.quiet();
  t.match(await rows(bot), [{ state: 'missing', reason: 'The place where media lie did not take it; it may do so later.' }]);
  for (let n = 0; n < 10; n++) await bot.pass(700_000);
  t.match(await rows(bot), [{ state: 'stored' }]);
});

onBoth('A disk that is full is said to be, and media come when there is room', async (t, botWith) => {
  const bytes = await png(10, 10);
  const bot = await botWith(t, async () => ({ stream: streamOf(bytes) }));
  const { store } = bot.runtime.media;
  const keep = store.keep.bind(store);
  store.keep = () => Promise.reject(Object.assign(new Error('write'), { code: 'ENOSPC' }));
  await deliver(bot, picture('m1', { ref: 'r' }));
  await bot.quiet();
  t.match(await rows(bot), [{ state: 'missing', reason: 'storage-full' }]);
  store.keep = keep;
  await bot.pass(10_000);
  t.match(await rows(bot), [{ state: 'stored' }]);
  t.equal(files(bot).length, 2, 'and nothing of the tries is left');
});

onBoth('A provider that stops in the middle brings nothing, and is asked again', async (t, botWith) => {
  const bytes = await png(300, 300);
  let asked = 0;
  const bot = await botWith(t, async () => ({
    stream: (async function* () {
      yield bytes.subarray(0, 100);
      if (++asked === 1) throw new NotSent('the connection was lost');
      yield bytes.subarray(100);
    })(),
  }));
  await deliver(bot, picture('m1', { ref: 'r' }));
  await bot.quiet();
  t.match(await rows(bot), [{ state: 'missing', reason: 'the connection was lost' }]);
  t.same(files(bot), []);
  await bot.pass(10_000);
  t.match(await rows(bot), [{ state: 'stored', sha256: sha256(bytes) }]);
});

onBoth('A person who asks for a missing medium does not wait for the next try', async (t, botWith) => {
  const bytes = await png(10, 10);
  let there = false;
  const bot = await botWith(t, async () => {
    if (!there) throw new NotSent('nobody is there');
    return { stream: streamOf(bytes) };
  });
  const desk = mediaOf({ runtime: () => bot.runtime });
  const by = { userId: uuid(), address: '' };
  await deliver(bot, picture('m1', { ref: 'r' }), picture('m2', { ref: 'r' }));
  await bot.quiet();
  const [one] = await rows(bot);
  there = true;
  await desk.retry(bot.ids.tenant, one?.id ?? '', by);
  await bot.quiet();
  t.match(await rows(bot), [{ state: 'stored' }, { state: 'missing' }]);
  t.equal((await bot.all("select id from job where kind = 'media'")).length, 1, 'the other one waits as before');
  await t.rejects(desk.retry(bot.ids.tenant, one?.id ?? '', by), { code: 'CONFLICT' }, 'what is here need not be asked for');
  await t.rejects(desk.retry(uuid(), one?.id ?? '', by), { code: 'NOT_FOUND' });
});

onBoth('A fetch that hangs keeps nobody: text is answered, and a stop does not wait for it', async (t, botWith) => {
  const bot = await botWith(t, () => new Promise(() => undefined));
  await deliver(bot, ...Array.from({ length: 30 }, (_, n) => picture(`m${n}`, { ref: `r${n}` })));
  await deliver(bot, words('hello'));
  const began = performance.now();
  while ((await bot.all("select id from message where kind = 'text'")).length === 0 && performance.now() - began < 5_000) await new Promise((resolve) => setImmediate(resolve));
  t.equal((await bot.all("select id from message where kind = 'text'")).length, 1);
  const stopped = performance.now();
  await bot.worker.stop(5_000);
  t.ok(performance.now() - stopped < 2_000, `the stop took ${Math.round(performance.now() - stopped)} ms`);
  t.equal((await bot.all('select id from job where kind = \'media\'')).length, 30, 'they are fetched after the start');
  t.same(await bot.all("select key from lane where locked_until > 0 and key like 'media:%'"), [], 'and their lanes are free');
});
