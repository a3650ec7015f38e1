/** Attacks S10 and S11 on what strangers send and how it is called, and how media are given to those who may have them. */
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { uuid } from '../../core/ids.ts';
import { safeName } from '../../core/media/disposition.ts';
import { folderStore } from '../../core/media/folder.ts';
import { rangeOf } from '../../core/media/range.ts';
import { nameOf } from '../../core/media/store.ts';
import { plainType, typeByEnding } from '../../core/media/types.ts';
import { openOffice } from '../pages/office.ts';
import { jpeg, oggOpus, png } from './samples.ts';

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function open(t: Test) {
  const { app, ctx, at, ids, as } = await openOffice(t);
  t.teardown(() => ctx.runtime.media.inspector.close());
  const { visitor } = await as('agent');
  const by = { userId: uuid(), address: '203.0.113.7' };
  return {
    app, ctx, ids,
    keep: (bytes: Uint8Array, name?: string) => ctx.workspace.media.upload(ids.tenant, streamOf(bytes), name === undefined ? {} : { name }, by),
    async get(url: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') {
      const { statusCode, headers: given, body } = await visitor.send({ method, url, headers });
      return { status: statusCode, headers: Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)])), body };
    },
    page: (id: string, more = '') => `${at}/media/${id}${more}`,
  };
}

const hostile: [what: string, name: string, bytes: Buffer][] = [
  ['SVG with script', 'a.svg', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>')],
  ['SVG with a prologue', 'a.svg', Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')],
  ['HTML', 'a.html', Buffer.from('<!doctype html><script>alert(1)</script>')],
  ['HTML called a picture', 'a.png', Buffer.from('<html><body onload=alert(1)>')],
  ['XML with a stylesheet', 'a.xml', Buffer.from('<?xml version="1.0"?><?xml-stylesheet href="javascript:alert(1)"?><a/>')],
  ['PDF with script', 'a.pdf', Buffer.from('%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n%%EOF')],
  ['script', 'a.js', Buffer.from('alert(1)')],
  ['MHTML', 'a.mht', Buffer.from('MIME-Version: 1.0\nContent-Type: multipart/related; boundary=x\n\n--x\nContent-Type: text/html\n\n<script>alert(1)</script>')],
  ['a page behind a mark of order', 'a.htm', Buffer.from('\ufeff<script>alert(1)</script>')],
  ['a page in UTF-16', 'a.htm', Buffer.from('\ufeff<script>alert(1)</script>', 'utf16le')],
  ['a program', 'invoice.pdf.exe', Buffer.concat([Buffer.from('MZ'), Buffer.alloc(200)])],
  ['nothing that is known', 'x', Buffer.from([1, 2, 3, 0, 5])],
];

t.test('S10: what a browser could run is saved, never shown, whatever it is called', async (t) => {
  const { keep, get, page } = await open(t);
  for (const [what, name, bytes] of hostile) {
    const { id } = await keep(bytes, name);
    for (const more of ['', '?download=1']) {
      const { status, headers } = await get(page(id, more));
      t.equal(status, 200, what);
      t.equal(headers['content-type'], 'application/octet-stream', what);
      t.match(headers['content-disposition'], /^attachment; filename="/, what);
      t.equal(headers['x-content-type-options'], 'nosniff');
      t.equal(headers['content-security-policy'], "sandbox; default-src 'none'");
      t.equal(headers['cross-origin-resource-policy'], 'same-origin');
    }
    for (const part of ['?thumbnail=1', '?mp4=1']) t.equal((await get(page(id, part))).status, 404, `${what} has none`);
  }
});

t.test('S10: a picture that is a script too is only ever a picture', async (t) => {
  const { keep, get, page } = await open(t);
  const gifScript = Buffer.concat([Buffer.from('GIF89a/*'), Buffer.alloc(20), Buffer.from('*/=1;alert(1)')]);
  const jpegPage = Buffer.concat([await jpeg(8, 8), Buffer.from('<html><script>alert(1)</script>')]);
  for (const [name, bytes, mime] of [['a.js', gifScript, 'image/gif'], ['a.html', jpegPage, 'image/jpeg']] as const) {
    const { id } = await keep(bytes, name);
    const { headers } = await get(page(id));
    t.equal(headers['content-type'], mime);
    t.equal(headers['x-content-type-options'], 'nosniff');
    t.equal(headers['content-security-policy'], "sandbox; default-src 'none'; style-src 'unsafe-inline'");
    t.match(headers['content-disposition'], new RegExp(`filename="${name}\\.(gif|jpg)"`), 'its name ends as its bytes are');
  }
});

t.test('Pictures and sound are shown; a thumbnail and an MP4 come beside them', async (t) => {
  const { keep, get, page } = await open(t);
  const picture = await keep(await png(900, 600), 'Café “sol”.png');
  t.match(picture, { kind: 'image', state: 'stored', mime: 'image/png', width: 900, height: 600, thumbnail: true, mp4: false });
  const shown = await get(page(picture.id));
  t.equal(shown.headers['content-type'], 'image/png');
  t.equal(shown.headers['content-disposition'], 'inline; filename="Cafe _sol_.png"; filename*=UTF-8\'\'Caf%C3%A9%20%E2%80%9Csol%E2%80%9D.png');
  t.match((await get(page(picture.id, '?download=1'))).headers['content-disposition'], /^attachment/);
  const small = await get(page(picture.id, '?thumbnail=1'));
  t.equal(small.headers['content-type'], 'image/webp');
  const voice = await keep(await oggOpus(100), 'voice.ogg');
  t.match(voice, { kind: 'audio', mime: 'audio/ogg', mp4: true });
  t.equal((await get(page(voice.id, '?mp4=1'))).headers['content-type'], 'audio/mp4');
});

t.test('Ranges, conditions and HEAD are answered as players and browsers ask', async (t) => {
  const { keep, get, page } = await open(t);
  const bytes = Buffer.from(Array.from({ length: 1_000 }, (_, n) => 48 + (n % 10)));
  const { id } = await keep(bytes, 'digits.txt');
  const whole = await get(page(id));
  t.equal(whole.headers['accept-ranges'], 'bytes');
  t.equal(whole.headers['content-length'], '1000');
  t.equal(whole.body, bytes.toString());
  for (const [range, from, to] of [['bytes=0-9', 0, 9], ['bytes=990-', 990, 999], ['bytes=-5', 995, 999], ['bytes=10-2000', 10, 999], ['bytes=-5000', 0, 999]] as const) {
    const part = await get(page(id), { range });
    t.equal(part.status, 206, range);
    t.equal(part.headers['content-range'], `bytes ${from}-${to}/1000`, range);
    t.equal(part.body, bytes.subarray(from, to + 1).toString(), range);
  }
  for (const range of ['bytes=1000-', 'bytes=5000-6000', 'bytes=-0']) {
    const none = await get(page(id), { range });
    t.equal(none.status, 416, range);
    t.equal(none.headers['content-range'], 'bytes */1000');
    t.equal(none.body, '');
  }
  for (const range of ['bytes=9-1', 'lines=1-2', 'bytes=0-1,3-4', 'bytes=a-b', 'bytes=-', 'x']) t.equal((await get(page(id), { range })).status, 200, range);
  const etag = String(whole.headers['etag']);
  t.equal((await get(page(id), { 'if-none-match': `"other", ${etag}` })).status, 304);
  t.equal((await get(page(id), { range: 'bytes=0-9', 'if-range': etag })).status, 206);
  t.equal((await get(page(id), { range: 'bytes=0-9', 'if-range': '"other"' })).status, 200);
  const head = await get(page(id), {}, 'HEAD');
  t.match(head, { status: 200, body: '' });
  t.equal(head.headers['content-length'], '1000');
});

t.test('A link lets a provider read one medium for a while, and nothing else', async (t) => {
  const { app, ctx, keep } = await open(t);
  const { id } = await keep(await png(10, 10));
  const other = await keep(await png(20, 20));
  const ask = (url: string) => app.inject({ method: 'GET', url, headers: { host: 'localhost:3000' } });
  const link = (ttl: number) => new URL(ctx.runtime.media.links.url(id, ttl));
  const good = link(60_000);
  t.equal((await ask(good.pathname + good.search)).statusCode, 200);
  t.equal((await ask(`${good.pathname}?${good.search.slice(1)}&thumbnail=1`)).statusCode, 200);
  const passed = link(-1);
  const wrong = [
    passed.pathname + passed.search, good.pathname, `${good.pathname}?until=${good.searchParams.get('until')}`, `/media/${other.id}${good.search}`,
    `${good.pathname}?until=99999999999999&proof=${good.searchParams.get('proof')}`, `${good.pathname}?until=${good.searchParams.get('until')}&proof=`, `${good.pathname}?until=${good.searchParams.get('until')}&proof=${'A'.repeat(43)}`,
    `${good.pathname}?until=1e15&proof=${good.searchParams.get('proof')}`, `/media/${uuid()}${good.search}`, `/media/..%2f..%2fetc%2fpasswd${good.search}`,
  ];
  for (const url of wrong) {
    const answer = await ask(url);
    t.equal(answer.statusCode, 404, url);
    t.notMatch(answer.body, /PNG/);
  }
});

t.test('A link calls a document by its type and its name, and has it saved all the same', async (t) => {
  const { app, ctx, keep } = await open(t);
  const ask = (url: URL) => app.inject({ method: 'GET', url: url.pathname + url.search, headers: { host: 'localhost:3000' } });
  const { id } = await keep(Buffer.from('%PDF-1.7\n%%EOF'), 'Faktur é 7.pdf');
  const link = new URL(ctx.runtime.media.links.url(id, 60_000, '../Faktur é 7.pdf'));
  t.equal(link.pathname, `/media/${id}/Faktur-7.pdf`);
  const { statusCode, headers } = await ask(link);
  t.equal(statusCode, 200);
  t.match(headers, { 'content-type': 'application/pdf', 'content-disposition': /^attachment/, 'content-security-policy': /^sandbox/, 'x-content-type-options': 'nosniff' });
  t.equal((await ask(new URL(ctx.runtime.media.links.url(id, 60_000, `${'x'.repeat(500)}.pdf`)))).statusCode, 200);
  t.equal(new URL(ctx.runtime.media.links.url(id, 60_000, '..')).pathname, `/media/${id}`);
  for (const [, name, bytes] of hostile.filter(([what]) => !what.startsWith('PDF'))) {
    const { id: hostileId } = await keep(bytes, name);
    t.equal((await ask(new URL(ctx.runtime.media.links.url(hostileId, 60_000, name)))).headers['content-type'], 'application/octet-stream', name);
  }
});

t.test('Nobody of another workspace, and nobody who is not signed in, gets a byte', async (t) => {
  const { app, ctx, keep, page } = await open(t);
  const { id } = await keep(await png(10, 10));
  const stranger = await app.inject({ method: 'GET', url: page(id), headers: { host: 'localhost:3000', accept: 'text/html' } });
  t.equal(stranger.statusCode, 303);
  t.equal((await app.inject({ method: 'GET', url: `/media/${id}`, headers: { host: 'localhost:3000', accept: 'text/html' } })).statusCode, 404, 'an address without workspace tells a stranger nothing');
  await t.rejects(ctx.workspace.media.get(uuid(), id), { code: 'NOT_FOUND' });
  await t.rejects(ctx.workspace.media.bytes(uuid(), id), { code: 'NOT_FOUND' });
  await t.rejects(ctx.workspace.media.retry(uuid(), id, { userId: uuid(), address: '' }), { code: 'NOT_FOUND' });
});

t.test('The address without a workspace leads a member to the workspace, and knows nothing else', async (t) => {
  const { keep, get, page } = await open(t);
  const { id } = await keep(await png(10, 10));
  t.match(await get(`/media/${id}?download=1`), { status: 303, headers: { location: page(id, '?download=1') } });
  t.equal((await get(`/media/${uuid()}`)).status, 404);
});

t.test('What is not here says whether it may come', async (t) => {
  const { app, ctx, ids: planted, get, page } = await open(t);
  const ids = { missing: uuid(), gone: uuid(), lost: uuid() };
  for (const [state, id] of Object.entries(ids)) {
    await ctx.runtime.db.write((sql) => sql.insert('media', ['id', 'tenant_id', 'kind', 'state', 'created_at'], [[id, planted.tenant, 'image', state === 'lost' ? 'stored' : state, 1]]));
  }
  for (const [state, says, code] of [['missing', 'Not here yet', 'MEDIA_MISSING'], ['gone', 'No longer there', 'MEDIA_GONE'], ['lost', 'Not here yet', 'MEDIA_MISSING']] as const) {
    const seen = await get(page(ids[state]), { accept: 'text/html' });
    t.equal(seen.status, 404, state);
    t.match(seen.body, says);
    const { pathname, search } = new URL(ctx.runtime.media.links.url(ids[state], 1_000));
    const told = await app.inject({ method: 'GET', url: pathname + search, headers: { host: 'localhost:3000' } });
    t.match(told.json(), { error: { code } });
  }
});

// ── S11: names ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** Ways to say "elsewhere", each in front of, behind and between other ways: more than a thousand names. */
function* names(): Generator<string> {
  const climbs = ['../', '..\\', '%2e%2e/', '%2e%2e%2f', '..%2f', '..%5c', '....//', '..;/', '.%00./', '..\0/', '/', '\\', '//', '\\\\host\\share\\', 'C:\\', 'file:///', '~/', './', '.././', '\u2025/', '．．/', '..\u2215', '\ud800../'];
  const ends = ['etc/passwd', 'x', 'switchboard.db', 'secret.key', 'CON', 'nul.txt', 'COM1', 'aux.', 'a\0.png', 'a\r\nset-cookie: x=1', '"; filename="b', 'a\u202egnp.exe', ' ', '.', '..', '...', '.htaccess', 'a:b', 'a|b', 'a<script>.html', 'ñ'.repeat(300), 'x'.repeat(10_000), '%00', '💾.png'];
  for (const climb of climbs) for (const end of ends) for (const depth of [1, 6]) yield climb.repeat(depth) + end;
  for (const end of ends) yield end;
}

t.test('S11: a name is never a path: nothing is read or written outside, in a thousand ways to say so', async (t) => {
  const root = t.testdir({ data: { media: {}, 'secret.key': 'canary' }, outside: {} });
  const store = folderStore(join(root, 'data', 'media'));
  const tree = () => readdirSync(root, { recursive: true }).map(String).sort();
  const before = tree();
  const id = uuid();
  let tried = 0;
  for (const name of names()) {
    tried++;
    const safe = safeName(name, 'document', 'application/pdf');
    if (/[\\/:*?"<>|\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(safe) || safe === '' || /^[.\s]|[.\s]$/.test(safe) || [...safe].length > 170 || /^(con|nul|aux|prn|com\d|lpt\d)(\.|$)/i.test(safe)) t.fail(`${JSON.stringify(name.slice(0, 80))} became ${JSON.stringify(safe)}`);
    for (const place of [{ tenantId: name, id }, { tenantId: id, id: name }]) {
      if (await store.read(place).then(() => true, () => false)) t.fail(`${JSON.stringify(name)} was read`);
      if (await store.size(place).then(() => true, () => false)) t.fail(`${JSON.stringify(name)} was measured`);
      if (await store.remove(place).then(() => true, () => false)) t.fail(`${JSON.stringify(name)} was removed`);
      const path = join(root, 'outside', 'draft');
      writeFileSync(path, 'x');
      if (await store.keep(place, { path, bytes: 1, sha256: '' }).then(() => true, () => false)) t.fail(`${JSON.stringify(name)} was written`);
    }
  }
  t.ok(tried >= 1_000, `${tried} names`);
  t.same(tree(), [...before, 'outside/draft'].sort());
  t.equal(readFileSync(join(root, 'data', 'secret.key'), 'utf8'), 'canary');
});

t.test('S11: the same names over the wire: an upload keeps them in the row only, and no address leads out', async (t) => {
  const { ctx, keep, get, page } = await open(t);
  const { scratch } = ctx.runtime.media.store;
  const folder = dirname(scratch);
  let tried = 0;
  for (const name of names()) {
    if (tried++ % 25 !== 0) continue;
    const { id } = await keep(Buffer.from(`%PDF-1.4 ${tried}`), name);
    const { status, headers } = await get(page(id));
    t.equal(status, 200);
    t.match(headers['content-disposition'], /^attachment; filename="[ !#-[\]-~]*"(; filename\*=UTF-8''[\w.%~!*'()-]+)?$/, JSON.stringify(name.slice(0, 60)));
    t.notOk(headers['set-cookie'], 'and no header was smuggled in');
    const answer = await get(page(encodeURIComponent(name.slice(0, 200).toWellFormed())));
    t.ok([303, 400, 404, 414].includes(answer.status), `${answer.status} for ${JSON.stringify(name.slice(0, 60))}`);
  }
  const kept = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const entry of kept) t.match(entry.name, /^[0-9a-f-]{36}$/, 'every file has a name that was made here');
});

t.test('S11: a link that somebody laid into the folder leads nowhere', async (t) => {
  const root = t.testdir({ media: {}, 'secret.key': 'canary' });
  const store = folderStore(join(root, 'media'));
  const place = { tenantId: uuid(), id: uuid() };
  const path = join(root, 'media', nameOf(place));
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(join(root, 'secret.key'), path);
  t.equal(await store.read(place), undefined);
  t.equal(await store.size(place), undefined);
  mkdirSync(join(root, 'media', nameOf({ ...place, part: 'mp4' })));
  t.equal(await store.read({ ...place, part: 'mp4' }), undefined, 'nor does a folder');
});

t.test('Files are the reader’s own: no other account of the machine may read them', async (t) => {
  const { ctx, keep } = await open(t);
  await keep(Buffer.from('abc'), 'a.txt');
  const folder = dirname(ctx.runtime.media.store.scratch);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const mode = statSync(join(entry.parentPath, entry.name)).mode & 0o077;
    t.equal(mode, 0, `${entry.name} is ${mode.toString(8)}`);
  }
});

t.test('A type that is called like a member of every object is only a strange type', (t) => {
  for (const strange of ['constructor', '__proto__', 'toString', 'valueOf']) {
    t.equal(plainType(strange), strange.toLowerCase());
    t.equal(typeByEnding(strange, 'a.csv'), strange);
  }
  t.end();
});

t.test('A range of the smallest files is read as RFC 9110 says', async (t) => {
  t.same(rangeOf('bytes=0-0', 1), { start: 0, end: 0 });
  t.equal(rangeOf('bytes=0-0', 0), 'outside');
  t.equal(rangeOf('bytes=-1', 0), 'outside');
});
