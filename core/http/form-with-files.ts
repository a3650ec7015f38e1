/** A form with files (RFC 7578) as a browser posts it, read part by part: nothing of a file is ever held, and nobody waits for its end to look at its beginning. */
import { SwitchboardError } from '../errors.ts';

export interface Part {
  name: string;
  /** Absent on a plain field; '' where no file was chosen. */
  filename?: string;
  bytes: AsyncIterable<Uint8Array>;
}

/** What a body of such a form is to its route. The token stands first in every form of ours, so that it is judged before anything is taken. */
export class FormWithFiles {
  _csrf?: string;
  readonly parts: AsyncGenerator<Part, void>;

  private constructor(parts: AsyncGenerator<Part, void>) {
    this.parts = parts;
  }

  static async open(body: AsyncIterable<Uint8Array>, contentType: string): Promise<FormWithFiles> {
    const parts = partsOf(body, contentType);
    const first = await parts.next();
    if (first.done) return new FormWithFiles(parts);
    const form = new FormWithFiles(first.value.name === '_csrf' ? parts : after(first.value, parts));
    if (first.value.name === '_csrf') form._csrf = await textOf(first.value, 200);
    return form;
  }
}

async function* after(first: Part, rest: AsyncGenerator<Part, void>): AsyncGenerator<Part, void> {
  yield first;
  yield* rest;
}

/** @throws SwitchboardError BAD_REQUEST it has more bytes than that, or is no text */
export async function textOf({ bytes }: Part, mostBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    length += chunk.length;
    if (length > mostBytes) throw unreadable();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8').replaceAll('\0', '\uFFFD');
}

const unreadable = () => new SwitchboardError('BAD_REQUEST');
const mostParts = 100;
const mostOfHead = 8_192;
/** Ten files of what a channel takes as one, and more than any form holds. */
const mostOfBody = 1_010_000_000;
const endOfHead = Buffer.from('\r\n\r\n');

/** Each part is to be read before the next one is asked for; what is left of one is passed over. */
async function* partsOf(body: AsyncIterable<Uint8Array>, contentType: string): AsyncGenerator<Part, void> {
  const boundary = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType);
  const [, quoted, plain] = boundary ?? [];
  if (!boundary) throw unreadable();
  const reader = new Reader(body, Buffer.from(`\r\n--${quoted ?? plain ?? ''}`));
  // Some write words before the first part; nobody reads them.
  await reader.skip();
  for (let n = 0; !(await reader.isLast()); n++) {
    if (n === mostParts) throw unreadable();
    yield { ...named(await reader.head()), bytes: reader.untilBoundary() };
    await reader.skip();
  }
}

class Reader {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #boundary: Buffer;
  /** The first boundary stands at the start of a line, too, though no line ends before it. */
  #held: Buffer = Buffer.from('\r\n');
  #inPart = true;
  #bytes = 0;

  constructor(source: AsyncIterable<Uint8Array>, boundary: Buffer) {
    this.#source = source[Symbol.asyncIterator]();
    this.#boundary = boundary;
  }

  async #more(): Promise<void> {
    const { done, value } = await this.#source.next();
    if (done === true) throw unreadable();
    this.#bytes += value.length;
    if (this.#bytes > mostOfBody) throw unreadable();
    this.#held = this.#held.length === 0 ? Buffer.from(value.buffer, value.byteOffset, value.length) : Buffer.concat([this.#held, value]);
  }

  /** Ends behind the boundary. */
  async *untilBoundary(): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      const at = this.#held.indexOf(this.#boundary);
      // What may be the beginning of the boundary waits for what follows.
      const sure = at === -1 ? Math.max(0, this.#held.length - this.#boundary.length + 1) : at;
      const chunk = this.#held.subarray(0, sure);
      this.#held = this.#held.subarray(at === -1 ? sure : at + this.#boundary.length);
      if (at !== -1) this.#inPart = false;
      if (chunk.length > 0) yield chunk;
      if (at !== -1) return;
      await this.#more();
    }
  }

  /** What its reader left of the part, also when he gave up in the middle. */
  async skip(): Promise<void> {
    if (!this.#inPart) return;
    for await (const chunk of this.untilBoundary()) if (chunk.length === 0) return;
  }

  async isLast(): Promise<boolean> {
    while (this.#held.length < 2) await this.#more();
    return this.#held[0] === 0x2d && this.#held[1] === 0x2d;
  }

  async head(): Promise<string> {
    for (;;) {
      const at = this.#held.indexOf(endOfHead);
      if (at > mostOfHead || (at === -1 && this.#held.length > mostOfHead)) throw unreadable();
      if (at !== -1) {
        const head = this.#held.subarray(0, at).toString('utf8');
        this.#held = this.#held.subarray(at + endOfHead.length);
        this.#inPart = true;
        return head;
      }
      await this.#more();
    }
  }
}

function named(head: string): Pick<Part, 'name' | 'filename'> {
  const line = /^content-disposition:\s*form-data\s*(;.*)$/im.exec(head)?.[1] ?? '';
  const name = valueOf(line, 'name');
  if (name === undefined) throw unreadable();
  const filename = valueOf(line, 'filename');
  return { name, ...(filename !== undefined && { filename }) };
}

/** Browsers write what would end the quoted name as a percent escape, and older ones as it is behind a backslash. */
function valueOf(line: string, key: string): string | undefined {
  const written = new RegExp(`;\\s*${key}="((?:[^"\\\\]|\\\\.)*)"`, 'i').exec(line)?.[1];
  return written?.replaceAll('\\"', '"').replaceAll(/%0D|%0A/gi, ' ').replaceAll('%22', '"').replaceAll('\0', '');
}
