import t from 'tap';
import { FormWithFiles, type FileInForm } from './form-with-files.ts';

const boundary = '----WebKitFormBoundary7MA4YWxkTrZu0gW';
const type = `multipart/form-data; boundary=${boundary}`;
const field = (name: string, value: string) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const file = (name: string, filename: string, body: string) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${filename}"\r\nContent-Type: text/plain\r\n\r\n${body}\r\n`;
const end = `--${boundary}--\r\n`;

/** As a network gives it: in pieces that end anywhere. */
async function* inPieces(text: string | Buffer, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function textOf({ bytes }: FileInForm): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

async function read(text: string | Buffer, { size = 7, contentType = type } = {}) {
  const form = await FormWithFiles.open(inPieces(text, size), contentType);
  const parts: [name: string, filename: string | undefined, text: string][] = [];
  for await (const part of form.parts) parts.push('text' in part ? [part.name, undefined, part.text] : [part.name, part.filename, await textOf(part)]);
  return { csrf: form._csrf, parts };
}

t.test('fields and files come out as they went in, however the bytes are cut', async (t) => {
  const almost = `a\r\n--${boundary.slice(0, -1)}\r\n-\r\n--\r\n`;
  const text = `${field('_csrf', 'proof')}${field('text', 'Halo\r\nkak')}${file('upload', 'Oferta Nº 7 %22B%22.pdf', almost)}${file('upload', '', '')}${file('upload', 'b.txt', 'x'.repeat(5_000))}${end}`;
  for (const size of [1, 2, 3, 17, 64, 1_000, 100_000]) {
    t.same(await read(text, { size }), {
      csrf: 'proof',
      parts: [['text', undefined, 'Halo\r\nkak'], ['upload', 'Oferta Nº 7 "B".pdf', almost], ['upload', '', ''], ['upload', 'b.txt', 'x'.repeat(5_000)]],
    }, `${size} bytes at once`);
  }
  t.same(await read(`Words before\r\n${field('text', 'x')}${end}Words after`), { csrf: undefined, parts: [['text', undefined, 'x']] });
  t.same((await read(end)).parts, []);
  t.same((await read(`--${boundary}\r\nContent-Type: text/plain\r\n\r\nof no field\r\n${field('text', 'x')}${end}`)).parts, [['text', undefined, 'x']]);
  t.same((await read(`${field('text', 'x')}${end}`, { contentType: `multipart/form-data; charset=utf-8; boundary="${boundary}"` })).parts, [['text', undefined, 'x']]);
});

t.test('the token is known before anything else was read', async (t) => {
  let given = 0;
  async function* slowly(): AsyncGenerator<Buffer> {
    for await (const piece of inPieces(`${field('_csrf', 'proof')}${file('upload', 'a', 'x'.repeat(1_000_000))}${end}`, 100)) {
      given += piece.length;
      yield piece;
    }
  }
  const form = await FormWithFiles.open(slowly(), type);
  t.equal(form._csrf, 'proof');
  t.ok(given < 1_000, `${given} bytes`);
  const rest: Buffer[] = [];
  for await (const part of form.parts) if ('bytes' in part) for await (const chunk of part.bytes) rest.push(Buffer.from(chunk));
  t.equal(Buffer.concat(rest).length, 1_000_000);
});

t.test('whoever read a file whose sender went away waited for ever, and kept what had come of it', { timeout: 60_000 }, async (t) => {
  async function* breaksOff(): AsyncGenerator<Buffer> {
    yield Buffer.from(`${field('_csrf', 'proof')}${file('upload', 'a.txt', 'x'.repeat(100_000))}`.slice(0, -2));
    throw new Error('aborted');
  }
  const form = await FormWithFiles.open(breaksOff(), type);
  let come = 0;
  await t.rejects(async () => {
    for await (const part of form.parts) if ('bytes' in part) for await (const chunk of part.bytes) come += chunk.length;
  }, { code: 'BAD_REQUEST' });
  t.ok(come > 0, `${come} bytes were read before`);
});

t.test('a part that its reader leaves, or gives up in the middle, does not spoil the next one', async (t) => {
  const form = await FormWithFiles.open(inPieces(`${field('_csrf', 'p')}${file('upload', 'unread', 'y'.repeat(300))}${file('upload', 'half', 'z'.repeat(300))}${field('text', 'after')}${end}`, 50), type);
  const seen: string[] = [];
  for await (const part of form.parts) {
    if ('text' in part) seen.push(part.text);
    else seen.push(part.filename);
    if ('bytes' in part && part.filename === 'half') for await (const chunk of part.bytes) if (chunk.length > 0) break;
  }
  t.same(seen, ['unread', 'half', 'after']);
});

t.test('what is no such form, or never ends, is refused', async (t) => {
  const bad: Record<string, [string, string?]> = {
    'no boundary': [field('text', 'x') + end, 'multipart/form-data'],
    'another boundary': [field('text', 'x') + end, 'multipart/form-data; boundary=other'],
    'cut in a part': [field('text', 'x')],
    'cut in a head': [`--${boundary}\r\nContent-Dispo`],
    'a field without a name': [`--${boundary}\r\nContent-Disposition: form-data\r\n\r\nx\r\n${end}`],
    'a head without an end': [`--${boundary}\r\nContent-Disposition: form-data; name="a"; ${'x'.repeat(20_000)}`],
    'too many parts': [field('text', 'x').repeat(101) + end],
    'cut in a file': [file('upload', 'a.txt', 'x'.repeat(5_000)).slice(0, 2_000)],
    'a field that is too long': [field('text', 'x'.repeat(300_001)) + end],
    nothing: [''],
  };
  for (const [name, [text, contentType]] of Object.entries(bad)) await t.rejects(read(text, { size: 1_000, ...(contentType !== undefined && { contentType }) }), { code: 'BAD_REQUEST' }, name);
});

t.test('wherever a form breaks off, its reader is told, and nothing waits for ever', async (t) => {
  const whole = `${field('_csrf', 'proof')}${file('upload', 'a.txt', 'first')}${file('upload', 'b.txt', 'second')}${field('text', 'x')}${end}`;
  for (let length = 0; length < whole.length - 2; length += 1) await t.rejects(read(whole.slice(0, length), { size: 50 }), { code: 'BAD_REQUEST' }, `${length}`);
  t.equal((await read(whole, { size: 50 })).parts.length, 3);
});
