/** A form with files as a browser posts it, read part by part: of a file only what is just being read is ever held. */
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import { SwitchboardError } from '../errors.ts';

export interface Field {
  name: string;
  text: string;
}

export interface FileInForm {
  name: string;
  /** '' where no file was chosen. */
  filename: string;
  bytes: AsyncIterable<Uint8Array>;
}

const limits = { parts: 100, headerSize: 8_192, fieldSize: 300_000 };
/** Ten files of what a channel takes as one, and more than any form holds. */
const mostOfBody = 1_010_000_000;

/** What a body of such a form is to its route. The token stands first in every form of ours, so that it is judged before a file is taken. */
export class FormWithFiles {
  _csrf?: string;
  /** Each file is to be read before the next part is asked for; what is left of one is passed over. */
  readonly parts: AsyncGenerator<Field | FileInForm, void>;

  private constructor(parts: AsyncGenerator<Field | FileInForm, void>) {
    this.parts = parts;
  }

  /** @throws SwitchboardError BAD_REQUEST it is no such form, or one with too much in it; so do its parts, and its files where it breaks off */
  static async open(body: AsyncIterable<Uint8Array>, contentType: string): Promise<FormWithFiles> {
    const parts = partsOf(body, contentType);
    const first = await parts.next();
    if (first.done) return new FormWithFiles(parts);
    const isToken = first.value.name === '_csrf' && 'text' in first.value;
    const form = new FormWithFiles(isToken ? parts : after(first.value, parts));
    if (isToken && 'text' in first.value) form._csrf = first.value.text;
    return form;
  }
}

async function* after<T>(first: T, rest: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  yield first;
  yield* rest;
}

const unreadable = () => new SwitchboardError('BAD_REQUEST');

async function* partsOf(body: AsyncIterable<Uint8Array>, contentType: string): AsyncGenerator<Field | FileInForm, void> {
  const form = formOf(contentType);
  const found: { part: Field | FileInForm; passOver?(): void }[] = [];
  let wake = () => {};
  let latest: BusboyFileStream | undefined;
  const reading = { on: true, failed: false };
  const end = (failed: boolean) => {
    if (reading.on) reading.failed = failed;
    reading.on = false;
    // Whoever reads it would wait for the rest for ever.
    if (failed) latest?.destroy(unreadable());
    wake();
  };
  const add = (part: Field | FileInForm, passOver = () => {}) => {
    found.push({ part, passOver });
    // Without a name it is none, whatever its type says.
    if (!part.name) end(true);
    wake();
  };
  form.on('field', (name, text, _nameCut, textCut) => (textCut ? end(true) : add({ name, text: text.replaceAll('\0', '\uFFFD') })));
  form.on('file', (name, file, filename) => {
    latest = file;
    // It breaks off with the form; nobody may be reading it by then.
    file.on('error', () => end(true));
    add({ name, filename: filename.replaceAll('%22', '"').replaceAll('\0', ''), bytes: bytesOf(file) }, () => file.resume());
  });
  form.on('partsLimit', () => end(true));
  form.on('error', () => end(true));
  form.on('finish', () => end(false));
  feed(form, body, () => reading.on).catch(() => end(true));
  try {
    for (;;) {
      const next = found.shift();
      if (reading.failed) throw unreadable();
      if (next) {
        yield next.part;
        next.passOver?.();
      } else if (reading.on) await new Promise<void>((go) => (wake = go));
      else return;
    }
  } finally {
    reading.on = false;
  }
}

function formOf(contentType: string): BusboyInstance {
  try {
    return new Busboy({ headers: { 'content-type': contentType }, limits });
  } catch {
    throw unreadable();
  }
}

/** Left unread, a file would keep the form where it is; destroyed, for ever. So whoever stops reading it only stops. */
async function* bytesOf(file: BusboyFileStream): AsyncGenerator<Uint8Array, void> {
  try {
    yield* file.iterator({ destroyOnReturn: false });
  } catch {
    throw unreadable();
  }
}

/** The body itself is never destroyed: its sender is still to read the answer. */
async function feed(form: BusboyInstance, body: AsyncIterable<Uint8Array>, goOn: () => boolean): Promise<void> {
  const source = body[Symbol.asyncIterator]();
  for (let bytes = 0; goOn(); ) {
    const next = await source.next();
    if (next.done) {
      form.end();
      return;
    }
    bytes += next.value.length;
    if (bytes > mostOfBody) throw unreadable();
    await new Promise((taken) => form.write(next.value, taken));
  }
}
