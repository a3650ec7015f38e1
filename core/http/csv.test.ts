import fc from 'fast-check';
import Fastify from 'fastify';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { cellOf, giveCsv } from './csv.ts';

/** As RFC 4180 reads one cell. */
const read = (cell: string) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);

t.test('what a spreadsheet would take for a formula begins with an apostrophe', async (t) => {
  const hostile = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', ' =1', '\u00a0=1', '\u200b=1', '\ufeff=1', '\u0000=1', '"=1', '＝1', '＋1', '－1', '＠x', '﹢1', '−1', '\tplain', '=HYPERLINK("http://evil.example","x")', "=cmd|' /C calc'!A0"];
  for (const text of hostile) t.match(read(cellOf(text)), /^'/, JSON.stringify(text));
  t.equal(read(cellOf("'=1")), "''=1", 'also where an apostrophe stands already');
});

t.test('a spreadsheet that separates by semicolons, tabs or line ends finds no formula within a cell either', async (t) => {
  for (const separator of [';', '\t', '\n', '\r\n']) t.equal(read(cellOf(`Hello${separator} =1${separator}@x`)), `Hello${separator}' =1${separator}'@x`);
  t.equal(read(cellOf('a;"=1')), "a;'\"=1");
});

t.test('texts of digits stay as they are read, numbers stay numbers', async (t) => {
  t.equal(cellOf('+15551234567'), "'+15551234567", 'a phone keeps its plus');
  t.equal(cellOf('108100000000001'), "'108100000000001", 'an id keeps all its digits');
  t.equal(cellOf('0081'), "'0081", 'and the noughts in front');
  t.equal(cellOf('42'), '42');
  t.equal(cellOf(-5), '-5');
  t.equal(cellOf(1.5), '1.5');
  t.equal(cellOf(Number.NaN), '');
  t.equal(cellOf(undefined), '');
});

t.test('quotes, commas and line ends are quoted, and half a character is a mark', async (t) => {
  t.equal(cellOf('a, b'), '"a, b"');
  t.equal(cellOf('say "hi"'), '"say ""hi"""');
  t.equal(cellOf('one\r\ntwo'), '"one\r\ntwo"');
  t.equal(cellOf('\ud800x'), '\ufffdx');
  t.equal(cellOf('plain é 👍🏽'), 'plain é 👍🏽');
});

t.test('a text that is too long for a cell is cut, so that its rest is no cell of its own', async (t) => {
  t.equal(cellOf(`${'x'.repeat(32_000)}=1`), `${'x'.repeat(32_000)}…`);
});

t.test('whatever is written, taking one apostrophe away where one may have been added gives it back', async () => {
  const sign = fc.constantFrom('=', '+', '-', '@', '＝', '－', "'", '"', ';', ',', '\t', '\r', '\n', ' ', '\u00a0', '\u200b', '0', '7', '123456789012', 'a', 'é', '👍');
  fc.assert(fc.property(fc.array(sign, { maxLength: 30 }).map((signs) => signs.join('')), (text) => {
    const written = read(cellOf(text));
    // The same places, each now with its own apostrophe before them.
    const blank = String.raw`(?:(?![\t\r\n])[\s"\p{Cc}\p{Cf}])*[=+\-@＝－]`;
    const back = written.replaceAll(new RegExp(String.raw`^'(?='*(?:[\t\r\n]|${blank}|(?:\d{12,}|0\d+)$))|(?<=[;\t\r\n])'(?='*${blank})`, 'gu'), '');
    return back === text && !/^[=+\-@＝－\t\r\n]|[;\t\r\n][=+\-@＝－]/u.test(written);
  }), { numRuns: 20_000, seed: 20_261_121 });
});

t.test('a text of 32,000 characters is looked at in no time', async (t) => {
  for (const piece of ['\t', ' ', ';', "'", '"', '; ', "\n'", '0']) {
    // The best of several: what the machine does beside this is not the text's doing.
    const took = Math.min(...Array.from({ length: 5 }, () => {
      const since = performance.now();
      cellOf(piece.repeat(32_000));
      return performance.now() - since;
    }));
    t.ok(took < 250, JSON.stringify(piece));
  }
});

async function asked(t: Test, pages: () => AsyncGenerator<readonly number[], void>): Promise<IncomingMessage> {
  const app = Fastify();
  t.teardown(() => app.close());
  app.get('/rows.csv', (_request, reply) => giveCsv(reply, 'rows', { row: (row) => row, text: () => 'x'.repeat(1_000) }, pages()));
  const request = get(`${await app.listen({ port: 0, host: '127.0.0.1' })}/rows.csv`);
  const [answer]: IncomingMessage[] = await once(request, 'response');
  if (!answer) throw new Error('no answer');
  return answer;
}

t.test('a list without end is read no faster than it is taken, and no further when the reader goes', async (t) => {
  let read = 0;
  const ended = Promise.withResolvers<void>();
  const answer = await asked(t, async function* () {
    try {
      for (;;) {
        yield Array.from({ length: 200 }, () => read++);
        await pause(1);
      }
    } finally {
      ended.resolve();
    }
  });
  t.match(answer.headers, { 'content-type': 'text/csv; charset=utf-8; header=present', 'content-disposition': 'attachment; filename="rows.csv"' });
  await once(answer, 'readable');
  // What sockets and streams hold is a few MB; what fits there stops the reading.
  for (let before = -1; before !== read; await pause(100)) before = read;
  t.ok(read < 100_000, `${read} rows of a kilobyte were read for a reader who takes none`);
  answer.destroy();
  await ended.promise;
});

t.test('a list that fails half-way is cut off and never looks whole', async (t) => {
  const answer = await asked(t, async function* () {
    yield [1, 2];
    await pause(1);
    throw new Error('the database went away');
  });
  const failed = Promise.withResolvers<unknown>();
  answer.on('error', failed.resolve).on('end', () => failed.resolve(undefined)).resume();
  t.match(await failed.promise, { code: 'ECONNRESET' });
});

t.test('a list that cannot be read at all is an error, not a file', async (t) => {
  const answer = await asked(t, async function* () {
    yield await Promise.reject(new Error('the database is away'));
  });
  t.equal(answer.statusCode, 500);
  t.notMatch(answer.headers, { 'content-disposition': /./ });
  answer.resume();
});
