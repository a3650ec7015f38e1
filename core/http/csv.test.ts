import fc from 'fast-check';
import t from 'tap';
import { cellOf } from './csv.ts';

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
    const since = performance.now();
    cellOf(piece.repeat(32_000));
    t.ok(performance.now() - since < 250, JSON.stringify(piece));
  }
});
