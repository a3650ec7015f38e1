import t, { type Test } from 'tap';
import { createBot } from '#testing';
import { defineAgent, defineChannel, multipart, Type, type Capabilities, type Event, type MediaKind, type OutContent, type Outgoing } from '#plugin';
import { uuid } from '../../core/ids.ts';
import { write } from '../../core/pipeline/write.ts';
import { fit, mediaProblem } from '../../core/pipeline/fit.ts';
import { mediaOf } from '../../core/workspace/media.ts';
import { png } from '../media/samples.ts';
import { freshDatabase } from '../postgres.ts';

// ── what a channel takes ─────────────────────────────────────────────────────────────────────────────────────────────

const link = (id: string) => `https://bot.test/media/${id}`;
const able = (sends: Capabilities['sends'], media: NonNullable<Capabilities['media']> = {}): Capabilities => ({ webhook: 'signed', sends, statuses: [], maxText: 4_096, media });
type MediaContent = Extract<OutContent, { media: string }>;
const medium = (kind: MediaKind, more: Partial<MediaContent> = {}): MediaContent => ({ media: 'm', mime: 'image/png', bytes: 10, ...more, kind });

t.test('What a channel cannot send goes out as what is nearest, and never silently not at all', async (t) => {
  t.same(fit(medium('image', { caption: 'c' }), able(['text', 'image']), link), [medium('image', { caption: 'c' })], 'what it can is left alone');
  t.match(fit(medium('sticker', { mime: 'image/webp' }), able(['text', 'image']), link), [{ kind: 'image' }]);
  t.match(fit(medium('sticker', { mime: 'image/webp' }), able(['text', 'image', 'document'], { image: { maxBytes: 100, mime: ['image/png'] } }), link), [{ kind: 'document', name: 'sticker.webp' }], 'an image of a type that images may not have is a document');
  t.match(fit(medium('voice', { mime: 'audio/ogg', caption: 'said' }), able(['text', 'audio']), link), [{ kind: 'audio' }, { kind: 'text', text: 'said' }], 'words that no voice carries follow it');
  const long = 'c'.repeat(1_025);
  t.match(fit(medium('image', { caption: long }), able(['text', 'image']), link), [{ kind: 'image', caption: undefined }, { kind: 'text', text: long }], 'so does more than any caption may hold');
  t.match(fit(medium('video', { mime: 'video/mp4', name: 'a.mp4', caption: 'c' }), able(['text', 'document']), link), [{ kind: 'document', name: 'a.mp4', caption: 'c' }]);
  t.same(fit(medium('document', { mime: 'application/pdf', name: 'bill.pdf', caption: 'Your bill' }), able(['text']), link), [{ kind: 'text', text: 'Your bill\nbill.pdf\nhttps://bot.test/media/m' }]);
  t.same(fit(medium('image'), able(['text']), link), [{ kind: 'text', text: 'image.png\nhttps://bot.test/media/m' }]);
});

t.test('Size and type are known to be wrong before anything is sent', async (t) => {
  const can = able(['text', 'image', 'audio', 'document'], { image: { maxBytes: 100, mime: ['image/jpeg', 'image/png'] }, audio: { maxBytes: 50, mime: ['audio/ogg; codecs=opus'] }, document: { maxBytes: 200, mime: ['application/pdf', 'text/*'] } });
  t.equal(mediaProblem(medium('image', { bytes: 100 }), can), undefined, 'as large as may be');
  t.equal(mediaProblem(medium('image', { bytes: 101 }), can)?.why, 'media-too-large');
  t.same(mediaProblem(medium('image', { bytes: 101 }), can), { why: 'media-too-large', kind: 'image', mostBytes: 100 }, 'and how large it might have been');
  t.equal(mediaProblem(medium('image', { mime: 'image/tiff' }), can)?.why, 'media-type');
  t.equal(mediaProblem(medium('audio', { mime: 'audio/ogg' }), can), undefined);
  t.equal(mediaProblem(medium('document', { mime: 'text/csv', bytes: 200 }), can), undefined, 'a star stands for many');
  t.equal(mediaProblem(medium('document', { mime: 'text/csv', bytes: 201 }), can)?.why, 'media-too-large');
  t.equal(mediaProblem(medium('document', { mime: 'application/zip' }), able(['document'], { document: { maxBytes: 1, mime: ['*/*'] } }))?.why, 'media-too-large');
  t.equal(mediaProblem(medium('video', { mime: 'video/mp4' }), able(['text'])), undefined, 'a link has no size');
  t.equal(mediaProblem({ kind: 'template', template: 't', name: 'n', language: 'en', variables: {}, media: { kind: 'image', id: 'm', mime: 'image/png', bytes: 101 } }, can)?.why, 'media-too-large');
  t.equal(mediaProblem({ kind: 'text', text: 'x' }, can), undefined);
});

// ── the whole way ────────────────────────────────────────────────────────────────────────────────────────────────────

type Kind = 'SQLite' | 'PostgreSQL';

function onBoth(name: string, work: (t: Test, kind: Kind) => Promise<void>): void {
  for (const kind of ['SQLite', 'PostgreSQL'] as const) void t.test(`${name} (${kind})`, (t) => work(t, kind));
}

async function bot(t: Test, kind: Kind, media: NonNullable<Capabilities['media']> = { image: { maxBytes: 10_000, mime: ['image/png'] } }) {
  const sent: Outgoing[] = [];
  const uploads: Buffer[] = [];
  let reply: OutContent[] = [];
  const channel = defineChannel({
    name: 'post', title: 'Post', contract: 1, settings: Type.Object({}),
    can: { webhook: 'secret-url', sends: ['text', 'image'], statuses: [], maxText: 4_096, media },
    account: { title: 'Account', parse: (typed) => typed },
    verify: () => true,
    parse: ({ body }) => JSON.parse(body.toString()) as Event[],
    async prepare({ content }, ctx) {
      if (content.kind !== 'image') return null;
      const stored = await ctx.media(content.media);
      if (!stored) throw new Error('the medium is not there');
      await ctx.fetch('https://post.test/media', { method: 'POST', ...multipart({ of: 'image' }, { field: 'file', name: content.name ?? 'x', mime: stored.mime, media: stored }) });
      return 'uploaded';
    },
    async send(out) {
      sent.push(out);
      return { accepted: { refs: [out.ref] } };
    },
  });
  const agent = defineAgent({ name: 'says', title: 'Says', contract: 1, settings: Type.Object({}), respond: async () => ({ messages: reply, why: 'it was told to' }) });
  const bot = await createBot({
    channel, agent, ...(kind === 'PostgreSQL' && { database: await freshDatabase(t) }),
    async fetch(_url, init) {
      const chunks: Uint8Array[] = [];
      if (typeof init?.body === 'object' && 'stream' in init.body) {
        for await (const chunk of init.body.stream) chunks.push(chunk);
        t.equal(Buffer.concat(chunks).length, init.body.bytes, 'the body is as long as it says');
      }
      uploads.push(Buffer.concat(chunks));
      return { status: 200, headers: {}, body: Buffer.from('{}'), text: () => '{}', json: () => ({}) };
    },
  });
  t.teardown(() => bot.close());
  const desk = mediaOf({ runtime: () => bot.runtime });
  const keep = async (bytes: Uint8Array, name?: string) => desk.upload(bot.ids.tenant, (async function* () { yield bytes; })(), name === undefined ? {} : { name }, 'configuration');
  const hear = async () => {
    const event: Event = { id: uuid(), account: '100', at: Date.now(), kind: 'message', from: [{ kind: 'phone', value: '34600111222' }], content: { kind: 'text', text: 'hello' } };
    await bot.deliver({ headers: {}, body: JSON.stringify([event]) });
    await bot.quiet();
    const [conversation] = await bot.all<{ id: string }>('select id from conversation');
    return conversation?.id ?? '';
  };
  return { bot, sent, uploads, keep, hear, says: (messages: OutContent[]) => (reply = messages) };
}

onBoth('An agent’s picture is uploaded and sent, as what its bytes are', async (t, kind) => {
  const { bot: { all }, sent, uploads, keep, hear, says } = await bot(t, kind);
  const bytes = await png(20, 10);
  const { id } = await keep(bytes, 'menu "1"\r\n.png');
  says([{ kind: 'image', media: id, mime: 'text/html', bytes: 1, caption: 'Our menu' }]);
  await hear();
  t.match(sent, [{ content: { kind: 'image', media: id, mime: 'image/png', bytes: bytes.length, caption: 'Our menu' } }], 'whatever the agent said of it');
  const [upload] = uploads;
  t.ok(upload?.includes(bytes), 'with its bytes');
  t.match(upload?.toString('latin1'), /filename="menu %221%22%0D%0A\.png"\r\nContent-Type: image\/png\r\n\r\n/);
  t.match(await all('select message_id from media'), [{ message_id: /^[0-9a-f-]{36}$/ }], 'and belongs to its message');
});

onBoth('What is too large, of a wrong type, or nobody’s is not sent, nor is anything beside it', async (t, kind) => {
  const { bot: { all, runtime, ids }, sent, keep, hear, says } = await bot(t, kind, { image: { maxBytes: 500, mime: ['image/jpeg'] } });
  const picture = await keep(await png(20, 10));
  const conversation = await hear();
  const ask = (contents: OutContent[], tenantId = ids.tenant) => write(runtime, { tenantId, conversationId: conversation, author: 'api', authorId: uuid(), contents, key: uuid(), purpose: 'conversation' });
  const image = (media: string): OutContent => ({ kind: 'image', media, mime: 'image/jpeg', bytes: 1 });
  t.match(await ask([{ kind: 'text', text: 'first' }, image(picture.id)]), { messages: [], refused: 'media-type' });
  t.match(await ask([image(uuid())]), { messages: [], refused: 'media-missing' });
  t.match(await ask([image("' or 1=1 --")]), { messages: [], refused: 'media-missing' });
  await runtime.db.write((sql) => sql.run("update media set mime = 'image/jpeg', bytes = 501"));
  t.match(await ask([image(picture.id)]), { messages: [], refused: 'media-too-large' });
  await runtime.db.write((sql) => sql.run('update media set bytes = 500, tenant_id = ?', [uuid()]));
  t.match(await ask([image(picture.id)]), { messages: [], refused: 'media-missing' }, 'another tenant’s is nobody’s');
  t.same(sent, []);
  says([image(uuid()), { kind: 'text', text: 'beside it' }]);
  await hear();
  t.same(sent, [], 'an agent is held to the same');
  t.match(await all('select why from conversation'), [{ why: /refused:media-missing/ }]);
});

onBoth('A channel that sends no files gives the contact a link that works for a week', async (t, kind) => {
  const { bot: { runtime, ids }, sent, keep, hear } = await bot(t, kind);
  const conversation = await hear();
  const { id } = await keep(Buffer.from('%PDF-1.4'), 'bill.pdf');
  await write(runtime, { tenantId: ids.tenant, conversationId: conversation, author: 'api', authorId: uuid(), contents: [{ kind: 'document', media: id, mime: '', bytes: 0 }], key: 'k', purpose: 'conversation' });
  while (sent.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const [first] = sent;
  const [name, address] = (first?.content.kind === 'text' ? first.content.text : '').split('\n');
  t.equal(name, 'bill.pdf');
  const { pathname, searchParams } = new URL(address ?? '');
  t.equal(pathname, `/media/${id}`);
  t.ok(runtime.media.links.holds(id, searchParams.get('until') ?? '', searchParams.get('proof') ?? ''));
  t.ok(Number(searchParams.get('until')) > Date.now() + 6 * 86_400_000);
});
