import { connect } from 'node:net';
import t from 'tap';
import { openSite } from './site.ts';

/** Milliseconds until the server ends a connection on which one byte a second is sent. */
function heldFor(port: number, start: string, dribble: string): Promise<number> {
  return new Promise((resolve) => {
    const began = performance.now();
    const socket = connect(port, '127.0.0.1', () => socket.write(start));
    let n = 0;
    const timer = setInterval(() => dribble && socket.writable && socket.write(dribble[n++ % dribble.length] ?? ''), 1_000);
    socket.on('error', () => {});
    socket.resume();
    socket.on('close', () => {
      clearInterval(timer);
      resolve(performance.now() - began);
    });
  });
}

// This one waits for real: what is tested is how long a connection may be kept waiting.
t.test('a connection that says nothing, or one byte a second, is ended within half a minute', { timeout: 240_000 }, async (t) => {
  const site = await openSite(t);
  const { port } = new URL(await site.app.listen({ port: 0, host: '127.0.0.1' }));
  const kinds: Record<string, [string, string]> = {
    'silent from the start': ['', ''],
    'headers that never end': ['GET / HTTP/1.1\r\nhost: localhost\r\nx-slow: ', 'a'],
    'a body that never ends': ['POST /login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n', 'a'],
    'chunks that never end': ['POST /login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n', '1\r\na\r\n'],
  };
  const all = Object.entries(kinds).flatMap(([name, [start, dribble]]) => Array.from({ length: 25 }, async () => ({ name, ms: await heldFor(Number(port), start, dribble) })));
  const began = performance.now();
  t.equal((await fetch(`http://127.0.0.1:${port}/login`, { redirect: 'manual' })).status, 303, 'others are answered meanwhile');
  t.ok(performance.now() - began < 10_000, 'without waiting for the slow');
  const held = await Promise.all(all);
  for (const name of Object.keys(kinds)) {
    const longest = Math.max(...held.filter((one) => one.name === name).map(({ ms }) => ms));
    // Half of it again for a machine that has much to do beside.
    t.ok(longest < 45_000, `${name}: ${(longest / 1_000).toFixed(1)} s`);
  }
});
