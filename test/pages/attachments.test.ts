/** Files go out of the page of a conversation: brought by script one by one, or by a plain form; refused before anything is sent. */
import { randomBytes } from 'node:crypto';
import t, { type Test } from 'tap';
import { jpeg, png } from '../media/samples.ts';
import { freshDatabase } from '../postgres.ts';
import { openOffice, type Office, type Person } from './office.ts';

const part = { 'hx-request': 'true', 'hx-request-type': 'partial' };
const boundary = '----form-of-a-browser';

type Entry = [name: string, value: string] | [name: string, filename: string, bytes: Buffer];

/** As a browser without script posts it: every field in its order. */
function formOf(csrf: string, entries: readonly Entry[]): { payload: Buffer; headers: Record<string, string> } {
  const parts = ([['_csrf', csrf], ...entries] as Entry[]).map(([name, value, bytes]) => {
    const head = bytes ? `; filename="${value}"\r\nContent-Type: application/octet-stream` : '';
    return Buffer.concat([Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"${head}\r\n\r\n`), bytes ?? Buffer.from(value), Buffer.from('\r\n')]);
  });
  return { payload: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]), headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } };
}

interface Scene extends Office {
  person: Person;
  home: string;
  id: string;
  post(entries: readonly Entry[], csrf?: string): ReturnType<Person['post']>;
  bring(name: string, bytes: Buffer, more?: string): ReturnType<Person['post']>;
  sent(): Promise<{ kind: string; text: string; media?: { name?: string; mime?: string; bytes?: number } }[]>;
}

async function open(t: Test, parts = {}): Promise<Scene> {
  const office = await openOffice(t, parts);
  t.teardown(() => office.ctx.runtime.media.inspector.close());
  await office.customer('hello');
  const person = await office.as('agent');
  const id = await office.conversation();
  const home = `${office.at}/whatsapp/${id}`;
  return {
    ...office, person, home, id,
    post: (entries, csrf = person.csrf) => person.visitor.send({ method: 'POST', url: `${home}/messages`, ...formOf(csrf, entries) }),
    bring: (name, bytes, more = '') => person.visitor.send({ method: 'POST', url: `${home}/files?name=${encodeURIComponent(name)}${more}`, payload: bytes, headers: { ...part, 'content-type': 'application/octet-stream', 'x-csrf-token': person.csrf } }),
    async sent() {
      await office.quiet();
      const { items } = await office.ctx.workspace.conversations.messages(office.ids.tenant, id, { limit: 100 });
      return items.filter(({ author }) => author === 'person').map(({ kind, text, media }) => ({ kind, text, ...(media && { media }) }));
    },
  };
}

const idIn = (html: string): string => /name="file" value="([0-9a-f-]{36})"/.exec(html)?.[1] ?? '';

for (const database of ['SQLite', 'PostgreSQL'] as const) {
  t.test(`files that were brought go out with the words of the first, once, on ${database}`, async (t) => {
    const scene = await open(t, database === 'SQLite' ? {} : { database: await freshDatabase(t) });
    const picture = await scene.bring('menu.jpg', await jpeg(400, 300));
    t.equal(picture.statusCode, 201);
    t.match(picture.body, new RegExp(`<img src="${scene.at}/media/${idIn(picture.body)}\\?thumbnail=1"`));
    const file = await scene.bring('Oferta <7>.pdf', Buffer.from('%PDF-1.4\n%%EOF'));
    t.match(file.body, 'Oferta &lt;7&gt;.pdf');
    const form = new URLSearchParams([['text', 'Our menu'], ['key', 'key-of-files'], ['after', '0'], ['file', idIn(picture.body)], ['file', idIn(file.body)], ['_csrf', scene.person.csrf]]);
    const send = () => scene.person.visitor.send({ method: 'POST', url: `${scene.home}/messages`, payload: form.toString(), headers: { ...part, 'content-type': 'application/x-www-form-urlencoded' } });
    t.match((await send()).body, /data-key="key-of-files"/);
    t.equal((await send()).statusCode, 200);
    t.match(await scene.sent(), [{ kind: 'image', text: 'Our menu', media: { name: 'menu.jpg', mime: 'image/jpeg' } }, { kind: 'document', media: { name: 'Oferta <7>.pdf', mime: 'application/pdf' } }]);
    t.equal((await scene.sent()).length, 2, 'under one key they are sent once');
  });
}

t.test('without script a plain form brings words and files', async (t) => {
  const scene = await open(t);
  t.match((await scene.person.get(scene.home)).body, /enctype="multipart\/form-data"[^]*<noscript><input type="file" name="upload" multiple/);
  const answer = await scene.post([['key', 'key-of-form'], ['text', 'Two files\r\nfor you'], ['upload', 'a.png', await png(20, 20)], ['upload', 'b.pdf', Buffer.from('%PDF-1.4')], ['upload', '', Buffer.alloc(0)]]);
  t.equal(answer.headers.location, scene.home);
  t.match(await scene.sent(), [{ kind: 'image', text: 'Two files\nfor you', media: { name: 'a.png' } }, { kind: 'document', media: { name: 'b.pdf' } }]);
  t.equal((await scene.post([['key', 'key-of-words'], ['text', 'Only words'], ['upload', '', Buffer.alloc(0)]])).statusCode, 303, 'a form without a file is a message');
  t.equal((await scene.post([['key', 'key-of-nothing'], ['text', ' '], ['upload', '', Buffer.alloc(0)]])).statusCode, 422);
});

t.test('what the channel does not take is refused beside its file, and words and other files stay', async (t) => {
  const scene = await open(t);
  const large = Buffer.concat([await jpeg(40, 30), randomBytes(5_300_000)]);
  const answer = await scene.post([['key', 'key-of-refused'], ['text', 'Look <at> this'], ['upload', 'ok.png', await png(20, 20)], ['upload', 'large.jpg', large], ['upload', 'odd.xyz', randomBytes(40)], ['upload', 'empty.txt', Buffer.alloc(0)]]);
  t.equal(answer.statusCode, 422);
  t.match(answer.body, /large\.jpg[^]*It has 5\.3 MB; the channel takes at most 5\.2 MB for this kind of file\./);
  t.match(answer.body, /odd\.xyz[^]*The channel does not take files of this type \(application\/octet-stream\)\./);
  t.match(answer.body, /empty\.txt[^]*The file is empty\./);
  t.match(answer.body, /Nothing was sent: a file cannot go like this\./);
  t.match(answer.body, /Look &lt;at&gt; this<\/textarea>/);
  t.same(await scene.sent(), [], 'nothing was sent');
  const kept = idIn(answer.body);
  t.equal(answer.body.match(/name="file"/g)?.length, 1, 'the good one is kept, the others are not');
  t.equal((await scene.post([['key', 'key-of-refused'], ['text', 'Look <at> this'], ['file', kept], ['upload', '', Buffer.alloc(0)]])).statusCode, 303);
  t.match(await scene.sent(), [{ kind: 'image', text: 'Look <at> this', media: { name: 'ok.png' } }]);
});

t.test('files past the tenth were left out without a word, and the message went without them', async (t) => {
  const scene = await open(t);
  const picture = await png(20, 20);
  const answer = await scene.post([['key', 'key-of-many'], ['text', 'All of these'], ...Array.from({ length: 12 }, (_, n): Entry => ['upload', `number-${n}.png`, picture])]);
  t.equal(answer.statusCode, 422);
  t.equal(answer.body.match(/name="file"/g)?.length, 10);
  for (const name of ['number-10.png', 'number-11.png']) t.match(answer.body, new RegExp(`${name}[^]*?role="alert">At most 10 files at once\\.`));
  t.same(await scene.sent(), []);
  const kept = [...answer.body.matchAll(/name="file" value="([^"]+)"/g)].map(([, id = '']): Entry => ['file', id]);
  const more = await scene.post([['key', 'key-of-many'], ['text', 'All of these'], ...kept, ['upload', 'one-more.png', picture]]);
  t.match(more.body, /one-more\.png[^]*?role="alert">At most 10 files at once\./);
  t.equal((await scene.post([['key', 'key-of-many'], ['text', 'All of these'], ...kept])).statusCode, 303);
  t.equal((await scene.sent()).length, 10);
});

t.test('a file that is too large is refused before it comes, and once more when it is there', async (t) => {
  const scene = await open(t);
  const ask = (query: string) => scene.person.get(`${scene.home}/files?${query}`, part);
  t.equal((await ask('name=a.jpg&type=image/jpeg&bytes=1000')).statusCode, 200);
  const large = await ask('name=a.jpg&type=image/jpeg&bytes=6000000');
  t.equal(large.statusCode, 422);
  t.match(large.body, 'It has 6 MB; the channel takes at most 5.2 MB for this kind of file.');
  t.match((await ask('name=a.bin&type=&bytes=999999999')).body, 'It has 1,000 MB; the channel takes at most 100 MB');
  t.equal((await ask('name=a.bin&type=&bytes=1000')).statusCode, 200, 'of which type it is its bytes will say');
  const bytes = Buffer.concat([await jpeg(40, 30), randomBytes(5_300_000)]);
  t.equal((await scene.bring('large.jpg', bytes)).statusCode, 422);
});

t.test('a form from elsewhere brings nothing, and the file of another workspace is nobody’s', async (t) => {
  const scene = await open(t);
  const before = await scene.ctx.runtime.db.read((sql) => sql.all('select id from media'));
  t.equal((await scene.post([['key', 'key-of-foreign'], ['text', 'x'], ['upload', 'a.png', await png(20, 20)]], 'not-the-token')).statusCode, 403);
  t.same(await scene.ctx.runtime.db.read((sql) => sql.all('select id from media')), before, 'not even kept');
  const answer = await scene.post([['key', 'key-of-unknown'], ['text', 'x'], ['file', '01890000-0000-7000-8000-000000000001']]);
  t.equal(answer.statusCode, 422);
  t.match(answer.body, /This file is not here\. Upload it again\./);
  for (const entries of [[['key', 'short'], ['text', 'x']], [['key', 'key-of-extra'], ['text', 'x'], ['more', 'y']], [['key', 'key-of-no-text']]] as Entry[][]) t.equal((await scene.post(entries)).statusCode, 400);
  t.same(await scene.sent(), []);
});

t.test('what was attached and not sent can be asked for again', async (t) => {
  const scene = await open(t);
  const id = idIn((await scene.bring('menu.png', await png(20, 20))).body);
  const kept = await scene.person.get(`${scene.home}/files/kept?ids=${id},01890000-0000-7000-8000-000000000001`, part);
  t.equal(kept.statusCode, 200);
  t.equal(kept.body.match(/<li/g)?.length, 1);
  t.match(kept.body, 'menu.png');
});
