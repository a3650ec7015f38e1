import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import type { Test } from 'tap';

/** A way to PostgreSQL that can be cut. */
export async function way(t: Test, database: string) {
  const url = new URL(database);
  const target = { host: url.hostname, port: Number(url.port) };
  const open = new Set<Socket>();
  const at = { cut: false, tries: 0 };
  const tried = new EventTarget();
  const server = createServer((near) => {
    at.tries++;
    tried.dispatchEvent(new Event('try'));
    near.on('error', () => {});
    if (at.cut) return void near.destroy();
    const far = connect(target);
    far.on('error', () => near.destroy());
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    open.add(near);
    near.on('close', () => open.delete(near));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const near of open) near.destroy();
    server.close();
  });
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    open,
    at,
    nextTry: () => once(tried, 'try'),
    cut() {
      at.cut = true;
      for (const near of open) near.destroy();
    },
  };
}
