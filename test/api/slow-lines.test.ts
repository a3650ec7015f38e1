/** Files on slow lines: these wait for real, as what is tested is how long the server waits. */
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { openOffice } from './office.ts';

/** A file that is written to the server as the sender says; resolves with what came back, and how long it took. */
function sent(port: number, key: string, bytes: number, send: (write: (chunk: Buffer) => boolean) => Promise<unknown>): Promise<{ answer: string; seconds: number }> {
  return new Promise((resolve) => {
    const began = performance.now();
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`POST /api/v1/media?name=note.txt HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer ${key}\r\ncontent-length: ${bytes}\r\n\r\n`);
      void send((chunk) => {
        if (socket.writable) socket.write(chunk);
        return socket.writable;
      });
    });
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
    socket.on('error', () => {});
    socket.on('close', () => resolve({ answer, seconds: (performance.now() - began) / 1_000 }));
  });
}

t.test('a file may come slowly for longer than a request may, and is cut only when it does not come on', { timeout: 240_000 }, async (t) => {
  const office = await openOffice(t);
  const { key } = await office.key(['media:write']);
  const port = Number(new URL(await office.app.listen({ port: 0, host: '127.0.0.1' })).port);
  const line = Buffer.alloc(8_000, 'a line of text ');
  const steadily = sent(port, key, 26 * line.length, async (write) => {
    for (let n = 0; n < 26; n++) {
      write(line);
      await pause(1_000);
    }
  });
  const dripping = sent(port, key, 1_000_000, async (write) => {
    while (write(Buffer.from('x'))) await pause(1_000);
  });
  const stopping = sent(port, key, 1_000_000, async (write) => write(Buffer.alloc(100_000, 'x')));
  const stranger = sent(port, 'nobody-knows-this-key', 1_000_000, async (write) => write(line));
  const [slow, drip, stopped, refused] = await Promise.all([steadily, dripping, stopping, stranger]);
  t.match(slow.answer, /^HTTP\/1\.1 201 [^]*"bytes":208000/);
  t.ok(slow.seconds > 25, `${slow.seconds} s`);
  t.match(drip.answer, /^HTTP\/1\.1 408 /);
  t.ok(drip.seconds > 15 && drip.seconds < 30, `a byte a second: ${drip.seconds} s`);
  t.match(stopped.answer, /^HTTP\/1\.1 408 /);
  t.ok(stopped.seconds < 45, `one that began well and stopped: ${stopped.seconds} s`);
  t.match(refused.answer, /^HTTP\/1\.1 401 /);
  t.ok(refused.seconds < 10, `somebody whom nobody knows waits for nothing: ${refused.seconds} s`);
  t.equal((await office.all('select id from media')).length, 1, 'of what was cut nothing is kept');
});
