/** One call to the outside, from the moment in which it is handed over until its answer is whole or it is given up. */
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { NotSent, Silence } from '../errors.ts';
import type { Answer, FetchInit } from './contract/context.ts';
import type { Json } from './contract/plugin.ts';
import { reasonOf } from './download.ts';

export const usualDeadlineMs = 15_000;
const usualMaxBytes = 1_000_000;

type StreamBody = Exclude<NonNullable<FetchInit['body']>, string | Uint8Array>;

export function isStream(body: FetchInit['body']): body is StreamBody {
  return typeof body === 'object' && 'stream' in body;
}

export class Call implements Dispatcher.DispatchHandler {
  readonly #origin: string;
  readonly #init: FetchInit;
  readonly #signal: AbortSignal | undefined;
  readonly #resolve: (answer: Answer) => void;
  readonly #reject: (error: NotSent | Silence) => void;
  #timer: NodeJS.Timeout | undefined;
  /** Present from the moment in which the first byte may have been written. */
  #controller: Dispatcher.DispatchController | undefined;
  #over = false;
  #status = 0;
  #headers: Record<string, string> = {};
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(origin: string, init: FetchInit, signal: AbortSignal | undefined, resolve: (answer: Answer) => void, reject: (error: NotSent | Silence) => void) {
    this.#origin = origin;
    this.#init = init;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(dispatcher: Dispatcher, path: string): void {
    const { method = 'GET', headers, body, timeoutMs = usualDeadlineMs } = this.#init;
    if (this.#signal?.aborted === true) {
      this.#fail('the call was cancelled');
      return;
    }
    this.#timer = setTimeout(this.#late, timeoutMs);
    this.#signal?.addEventListener('abort', this.#cancelled);
    const sent = isStream(body)
      ? { headers: { ...headers, 'content-length': String(body.bytes) }, body: Readable.from(body.stream, { objectMode: false }) }
      : { headers: headers ?? null, body: body ?? null };
    try {
      dispatcher.dispatch({ origin: this.#origin, path, method, ...sent, idempotent: false }, this);
    } catch (error) {
      this.#fail('the request could not be made', error);
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Given up while it waited for a connection, or about to be written a second time: it must not leave.
    if (this.#over || this.#controller) throw new Error('given up');
    this.#controller = controller;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Record<string, string | string[] | undefined>): void {
    if (status < 200) return;
    this.#status = status;
    for (const name in headers) {
      const value = headers[name];
      if (value !== undefined) this.#headers[name] = typeof value === 'string' ? value : value.join(', ');
    }
    if (Number(this.#headers['content-length']) > this.#maxBytes) this.#tooMuch(controller);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) this.#tooMuch(controller);
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#over) return;
    this.#end();
    const [only] = this.#chunks;
    this.#resolve(new Received(this.#origin, this.#status, this.#headers, this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks)));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(reasonOf(error), error);
  }

  get #maxBytes(): number {
    return this.#init.maxBytes ?? usualMaxBytes;
  }

  #tooMuch(controller: Dispatcher.DispatchController): void {
    this.#fail(`the answer was larger than ${this.#maxBytes} bytes`);
    controller.abort(new Error('answer too large'));
  }

  readonly #late = (): void => {
    this.#fail(`there was no whole answer within ${this.#init.timeoutMs ?? usualDeadlineMs} ms`);
    this.#controller?.abort(new Error('too late'));
  };

  readonly #cancelled = (): void => {
    this.#fail('the call was cancelled');
    this.#controller?.abort(new Error('cancelled'));
  };

  #fail(reason: string, error?: unknown): void {
    if (this.#over) return;
    this.#end();
    this.#chunks = [];
    if (error instanceof NotSent) this.#reject(error);
    else if (this.#controller) this.#reject(new Silence(`${this.#origin}: ${reason}, after the request had left.`, { cause: error }));
    else this.#reject(new NotSent(`${this.#origin}: ${reason}, before anything was sent.`, { cause: error }));
  }

  #end(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#cancelled);
  }
}

class Received implements Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
  readonly #origin: string;

  constructor(origin: string, status: number, headers: Record<string, string>, body: Buffer) {
    this.#origin = origin;
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  text(): string {
    return this.body.toString('utf8');
  }

  json(): Json {
    try {
      return JSON.parse(this.text());
    } catch {
      // The parser's words quote the body, and a body may hold a credential.
      throw new Silence(`${this.#origin}: the answer ${this.status} was not JSON.`);
    }
  }
}
