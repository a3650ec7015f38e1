/** Answers that are none: what a fault does to a response. */
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as later } from 'node:timers/promises';
import type { Fault } from './faults.ts';

/** Everything but a proper answer. `meant` is what a proper one would have been. */
export function disturb(fault: Fault, response: ServerResponse, meant: { status: number; body: Buffer | string }, stopping: AbortSignal): void {
  const json = { 'content-type': 'application/json' };
  switch (fault.kind) {
    case 'html':
      response.writeHead(fault.status ?? 502, { 'content-type': 'text/html', ...(fault.retryAfter !== undefined && { 'retry-after': String(fault.retryAfter) }) });
      response.end('<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>');
      return;
    case 'malformed':
      response.writeHead(fault.status ?? meant.status, json).end(meant.body.slice(0, Math.max(1, meant.body.length - 12)));
      return;
    case 'empty':
      response.writeHead(fault.status ?? meant.status, { ...json, 'content-length': 0 }).end();
      return;
    case 'redirect':
      response.writeHead(fault.status ?? 302, { location: 'https://login.example.test/' }).end();
      return;
    case 'hang':
      return;
    case 'drop':
      response.socket?.destroy();
      return;
    case 'slow':
      void drip(response.writeHead(meant.status, json), meant.body.toString(), fault.everyMs ?? 1000, stopping);
      return;
    case 'huge':
      void flood(response.writeHead(meant.status, json), fault.bytes ?? 1e9);
      return;
    case 'error':
    case 'fail-later':
      return;
    default:
      return fault.kind satisfies never;
  }
}

async function drip(response: ServerResponse, body: string, everyMs: number, stopping: AbortSignal): Promise<void> {
  for (const character of body) {
    if (response.destroyed || stopping.aborted) return;
    response.write(character);
    await later(everyMs, undefined, { signal: stopping }).catch(() => undefined);
  }
  response.end();
}

/** Blanks without end, as fast as the other side takes them. */
async function flood(response: ServerResponse, bytes: number): Promise<void> {
  const chunk = Buffer.alloc(64 * 1024, ' ');
  const blanks = function* () {
    for (let sent = 0; sent < bytes; sent += chunk.length) yield chunk;
  };
  // Whoever hangs up meanwhile has done the right thing.
  await pipeline(Readable.from(blanks()), response).catch(() => undefined);
}
