import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import type { Test } from 'tap';

interface Way {
  cut: boolean;
  tries: number;
  deaf: Set<Socket>;
  /** The statement whose answer is lost, once, with its connection; so many of them get theirs before. */
  losesAnswerTo: string | undefined;
  after: number;
}

/** A way to PostgreSQL that can be cut. */
export async function way(t: Test, database: string) {
  const url = new URL(database);
  const target = { host: url.hostname, port: Number(url.port) };
  const open = new Set<Socket>();
  const at: Way = { cut: false, tries: 0, deaf: new Set(), losesAnswerTo: undefined, after: 0 };
  const tried = new EventTarget();
  const ends: (() => void)[] = [];
  const server = createServer((near) => {
    at.tries++;
    tried.dispatchEvent(new Event('try'));
    near.on('error', () => {});
    if (at.cut) return void near.destroy();
    const far = connect(target);
    far.on('error', () => near.destroy());
    let lost = false;
    near.on('data', (data: Buffer) => {
      if (at.deaf.has(near)) return;
      if (at.losesAnswerTo !== undefined && data.includes(at.losesAnswerTo) && --at.after < 0) {
        lost = true;
        at.losesAnswerTo = undefined;
      }
      far.write(data);
    });
    far.on('data', (data) => {
      if (lost) near.destroy();
      else if (!at.deaf.has(near)) near.write(data);
    });
    near.on('close', () => at.deaf.has(near) || far.destroy());
    far.on('close', () => at.deaf.has(near) || near.destroy());
    ends.push(() => far.destroy());
    open.add(near);
    near.on('close', () => open.delete(near));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const near of open) near.destroy();
    for (const end of ends) end();
    server.close();
  });
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    open,
    at,
    nextTry: () => once(tried, 'try'),
    /** What goes over the connections that there are arrives no more, and nobody is told; new ones are none the worse. */
    swallow() {
      for (const near of open) at.deaf.add(near);
    },
    cut() {
      at.cut = true;
      for (const near of open) near.destroy();
    },
  };
}
