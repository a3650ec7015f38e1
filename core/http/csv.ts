/**
 * CSV as RFC 4180 has it, in UTF-8 with a byte order mark, for people with a spreadsheet and for programs.
 *
 * What a spreadsheet would take for a formula gets a `'` before it: strangers wrote some of these texts. It stands at the beginning
 * of a cell, and behind `;`, tab and line ends within one, where a spreadsheet that separates by those sees another cell begin. Texts
 * of digits that a spreadsheet would round or shorten, as phones and ids are, are kept whole in the same way; true numbers
 * stay numbers. Where a `'` stands already there is one more, so that a program has the text when it takes one away.
 */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

export type Cell = string | number | undefined;
export type Columns<Row> = Record<string, (row: Row) => Cell>;

/** Some spreadsheets skip blanks, what is not seen, and quotes before they look; and the signs have forms as wide as a Chinese letter. */
const begins = String.raw`(?:(?![\t\r\n])[\s"\p{Cc}\p{Cf}])*[=+\-@\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20\u2212]`;
const places = new RegExp(String.raw`^(?='*(?:[\t\r\n]|${begins}|(?:\d{12,}|0\d+)$))|(?<=[;\t\r\n])(?='*${begins})`, 'gu');
/** A spreadsheet puts what is longer into the cells beside it. */
const mostCharacters = 32_000;

export function cellOf(value: Cell): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  const short = value.length > mostCharacters ? `${value.slice(0, mostCharacters)}…` : value;
  const harmless = short.toWellFormed().replaceAll(places, "'");
  return /[",\r\n;\t]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

const lineOf = (cells: readonly Cell[]) => `${cells.map(cellOf).join(',')}\r\n`;

/** Sends pages as they are read, as fast as the reader takes them. What fails half-way cuts the connection, so that half a file never looks whole. */
export async function giveCsv<Row>(reply: FastifyReply, name: string, columns: Columns<Row>, pages: AsyncGenerator<readonly Row[], void>): Promise<FastifyReply> {
  // What is not there, or cannot be read, is answered as such: nothing is sent before the first page is here.
  const first = await pages.next();
  async function* text() {
    try {
      yield `\ufeff${lineOf(Object.keys(columns))}`;
      for (let page = first; !page.done; page = await pages.next()) yield page.value.map((row) => lineOf(Object.values(columns).map((column) => column(row)))).join('');
    } finally {
      await pages.return();
    }
  }
  return reply
    .type('text/csv; charset=utf-8; header=present')
    .headers({ 'content-disposition': `attachment; filename="${name}.csv"`, 'cache-control': 'private, no-store' })
    .send(Readable.from(text(), { objectMode: false }));
}
