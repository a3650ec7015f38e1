/** Media in a thread: drawn by what they are, asked for again where they are missing, and gone with their conversation. */
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import t, { type Test } from 'tap';
import type { MediaKind } from '../../core/plugin/contract/content.ts';
import { uuid } from '../../core/ids.ts';
import { write } from '../../core/pipeline/write.ts';
import { purge } from '../../core/pipeline/retention.ts';
import { removeUnused } from '../../core/pipeline/unused-media.ts';
import { setAside, takeIn } from '../../core/media/take.ts';
import { jpeg, oggOpus, png } from '../media/samples.ts';
import { openOffice, type Office } from './office.ts';

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function open(t: Test): Promise<Office & { drop(kind: MediaKind, bytes: Uint8Array | undefined, more?: { name?: string; caption?: string; state?: string; reason?: string }): Promise<string> }> {
  const office = await openOffice(t);
  const { runtime } = office.ctx;
  t.teardown(() => runtime.media.inspector.close());
  return {
    ...office,
    /** A medium arrives from Rosa, with its bytes or without them. */
    async drop(kind, bytes, { name, caption, state, reason } = {}) {
      await office.customer({ kind, media: { ref: 'there', ...(name !== undefined && { name }), mime: 'application/x-said-so' }, ...(caption !== undefined && { caption }) });
      const [row] = await runtime.db.read((sql) => sql.all<{ id: string }>('select id from media order by id desc limit 1'));
      const id = row?.id ?? '';
      if (bytes) {
        const taken = await takeIn(runtime.media, { tenantId: office.ids.tenant, id }, await setAside(runtime.media.store.scratch, streamOf(bytes), 1e9), name);
        await runtime.db.write((sql) => sql.update('media', ['id'], ['state', 'reason', 'mime', 'bytes', 'sha256', 'width', 'height', 'duration_ms', 'thumbnail', 'mp4'], [[id, 'stored', null, taken.mime, taken.bytes, taken.sha256, taken.width, taken.height, taken.durationMs, taken.thumbnail, taken.mp4]]));
      } else if (state) await runtime.db.write((sql) => sql.run('update media set state = ?, reason = ? where id = ?', [state, reason ?? null, id]));
      return id;
    },
  };
}

t.test('Pictures, sound, films and documents are drawn as what their bytes are', async (t) => {
  const office = await open(t);
  const picture = await office.drop('image', await jpeg(800, 400), { caption: 'Is it "this"?' });
  const sticker = await office.drop('sticker', await png(512, 512));
  const voice = await office.drop('voice', await oggOpus(60));
  const file = await office.drop('document', Buffer.from('%PDF-1.4'), { name: 'offer <b>.pdf' });
  const trick = await office.drop('image', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'), { name: 'a.svg' });
  const person = await office.as('agent');
  const { body } = await person.get(`${office.at}/whatsapp/${await office.conversation()}`);
  const at = (id: string, more = '') => `${office.at}/media/${id}${more}`;
  t.match(body, `<a class="medium picture" href="${at(picture)}"`);
  t.match(body, `<img src="${at(picture, '?thumbnail=1')}" width="320" height="160" loading="lazy" decoding="async" alt="Image: Is it &quot;this&quot;?">`);
  t.match(body, `<img src="${at(sticker, '?thumbnail=1')}" width="160" height="160"`);
  t.match(body, `<source src="${at(voice)}" type="audio/ogg"><source src="${at(voice, '?mp4=1')}" type="audio/mp4">`);
  t.match(body, `href="${at(file, '?download=1')}"`);
  t.match(body, 'offer &lt;b&gt;.pdf');
  t.match(body, `href="${at(trick, '?download=1')}"`, 'what only says that it is a picture is a file');
  t.notMatch(body, `src="${at(trick)}`);
  for (const url of [at(picture), at(picture, '?thumbnail=1'), at(voice), at(voice, '?mp4=1'), at(file, '?download=1')]) t.equal((await person.get(url)).statusCode, 200, url);
});

t.test('What is missing says why, and is fetched again when somebody asks; what is gone says so', async (t) => {
  const office = await open(t);
  const missing = await office.drop('image', undefined, { state: 'missing', reason: 'The provider answered 500.' });
  await office.drop('image', undefined, { state: 'missing', reason: 'too-large' });
  await office.drop('document', undefined, { name: 'old.pdf', state: 'gone', reason: 'expired' });
  const conversation = await office.conversation();
  const person = await office.as('agent');
  const page = async () => (await person.get(`${office.at}/whatsapp/${conversation}`)).body;
  const before = await page();
  t.match(before, /data-state="missing"><span>Not here yet[^]*The provider answered 500\./);
  t.match(before, 'Not fetched <bdi class="quiet">image</bdi><small>It is larger than 104.9 MB, the most that is taken here.');
  t.equal(before.match(/Fetch again/g)?.length, 1, 'what can never come is not offered');
  t.match(before, /data-state="gone"><span>No longer to be had <bdi class="quiet">old\.pdf/);
  const retry = `${office.at}/whatsapp/${conversation}/media/${missing}/retry`;
  t.match(before, `action="${retry}"`);
  t.equal((await person.post(retry)).statusCode, 303);
  await office.quiet();
  t.match(await page(), /data-state="gone"[^]*data-state="missing"[^]*data-state="gone"/, 'the simulator was asked, and has none');
  t.equal((await person.post(`${office.at}/whatsapp/${conversation}/media/${uuid()}/retry`)).statusCode, 404);
});

t.test('A page that is open gets the picture when it comes', async (t) => {
  const office = await open(t);
  const id = await office.drop('image', undefined, { state: 'missing' });
  const conversation = await office.conversation();
  const person = await office.as('agent');
  t.match((await person.get(`${office.at}/whatsapp/${conversation}`)).body, 'Being fetched from the provider');
  await office.ctx.runtime.db.write((sql) => sql.run("update media set state = 'gone', reason = 'expired' where id = ?", [id]));
  const [row] = await office.ctx.runtime.db.read((sql) => sql.all<{ last_seq: number; message: string }>('select v.last_seq, m.message_id as message from conversation v, media m where v.id = ? and m.id = ?', [conversation, id]));
  const { body } = await person.get(`${office.at}/live?open=${conversation}&after=${row?.last_seq}&changed=${conversation}`, { 'hx-request': 'true', 'hx-request-type': 'partial' });
  t.match(body, `hx-target="#m-${row?.message}-bd"`);
  t.match(body, 'No longer to be had');
});

t.test('What we send is drawn too, and stays when the conversation goes; what the contact sent does not', async (t) => {
  const office = await open(t);
  const { runtime, workspace } = office.ctx;
  const theirs = await office.drop('image', await png(40, 30));
  const conversation = await office.conversation();
  const ours = await workspace.media.upload(office.ids.tenant, streamOf(await png(50, 60)), { name: 'menu.png' }, 'configuration');
  await write(runtime, { tenantId: office.ids.tenant, conversationId: conversation, author: 'person', authorId: uuid(), contents: [{ kind: 'image', media: ours.id, mime: '', bytes: 0, caption: 'Menu' }], key: 'key-of-this', purpose: 'conversation' });
  await office.quiet();
  const person = await office.as('owner');
  const { body } = await person.get(`${office.at}/whatsapp/${conversation}`);
  if ((await runtime.db.read((sql) => sql.all("select 1 from message where kind = 'image' and author = 'person'"))).length > 0) t.match(body, `${office.at}/media/${ours.id}`);
  else t.match(body, `/media/${ours.id}?until=`, 'or a link, where the channel sends no pictures');
  const folder = dirname(runtime.media.store.scratch);
  const kept = () => readdirSync(folder, { recursive: true }).map(String).filter((name) => /[0-9a-f-]{36}$/.test(name) && name.split('/').length === 3);
  t.equal(kept().length, 2);
  await workspace.conversations.remove(office.ids.tenant, conversation, 'configuration');
  await t.rejects(workspace.media.bytes(office.ids.tenant, theirs));
  await removeUnused(runtime);
  t.same(kept().map((name) => name.slice(-36)), [ours.id]);
  t.match(await workspace.media.get(office.ids.tenant, ours.id), { state: 'stored' });
});

t.test('An old upload that is sent while unused files are being removed keeps its bytes', async (t) => {
  const office = await open(t);
  const { runtime, workspace } = office.ctx;
  const upload = async () => (await workspace.media.upload(office.ids.tenant, streamOf(Buffer.from('x')), {}, 'configuration')).id;
  await office.drop('image', await png(40, 30));
  const [message] = await runtime.db.read((sql) => sql.all<{ id: string }>('select id from message limit 1'));
  const uploads = [await upload(), await upload()];
  await office.pass(31 * 86_400_000);
  const removed: string[] = [];
  const store = {
    ...runtime.media.store,
    // Somebody tries to send the other one when the first of them is on its way out.
    async remove(at: { tenantId: string; id: string }) {
      removed.push(at.id);
      for (const id of uploads) await runtime.db.write((sql) => sql.run("update media set message_id = ? where id = ? and state = 'stored' and message_id is null", [message?.id ?? '', id]));
      await runtime.media.store.remove(at);
    },
  };
  await runtime.db.write((sql) => sql.run('update media set message_id = ? where id = ?', [message?.id ?? '', uploads[0] ?? '']));
  await removeUnused({ ...runtime, media: { ...runtime.media, store } });
  t.strictSame(removed, [uploads[1]], 'what a message has is not touched');
  t.match(await workspace.media.get(office.ids.tenant, uploads[0] ?? ''), { state: 'stored' });
  await t.rejects(workspace.media.get(office.ids.tenant, uploads[1] ?? ''), { code: 'NOT_FOUND' }, 'and nobody can send what is being removed');
});

t.test('A bucket that is down does not keep old deliveries and receipts', async (t) => {
  const office = await open(t);
  const { runtime, workspace } = office.ctx;
  await office.drop('image', await png(40, 30));
  const { id } = await workspace.media.upload(office.ids.tenant, streamOf(Buffer.from('x')), {}, 'configuration');
  await office.pass(40 * 86_400_000);
  await runtime.db.write((sql) => sql.run("update delivery set id = '00000000-0000-7000-8000-000000000001'", []));
  const store = { ...runtime.media.store, remove: () => Promise.reject(new Error('the bucket is down')) };
  await t.rejects(purge({ ...runtime, media: { ...runtime.media, store } }, 14), { message: 'the bucket is down' });
  t.strictSame(await runtime.db.read((sql) => sql.all('select id from delivery')), []);
  await purge(runtime, 14);
  await t.rejects(workspace.media.get(office.ids.tenant, id), { code: 'NOT_FOUND' }, 'it goes once the bucket is there again');
});

t.test('An upload that nobody sends is removed after 30 days', async (t) => {
  const office = await open(t);
  const { runtime, workspace } = office.ctx;
  const { id } = await workspace.media.upload(office.ids.tenant, streamOf(Buffer.from('x')), {}, 'configuration');
  await office.pass(29 * 86_400_000);
  await removeUnused(runtime);
  t.match(await workspace.media.get(office.ids.tenant, id), { state: 'stored' });
  await office.pass(2 * 86_400_000);
  await removeUnused(runtime);
  await t.rejects(workspace.media.get(office.ids.tenant, id), { code: 'NOT_FOUND' });
});
