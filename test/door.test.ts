/** The door when what is behind it cannot be loaded, and when it is closed. */
import { connect } from 'node:net';
import t from 'tap';
import { buildDoor } from '../core/door.ts';
import { buildApp } from '../core/app.ts';
import { createViews } from '../core/admin/view.ts';
import { assemble } from './assembled.ts';
import { until } from './until.ts';

t.test('pages that cannot be loaded are tried again by whoever asks next, and webhooks are taken meanwhile', async (t) => {
  const { runtime, server, sealer, workspace } = await assemble(t);
  let tries = 0;
  const door = await buildDoor({ runtime, server }, async (door) => {
    if (++tries === 1) throw new Error('a file is missing');
    return buildApp({ runtime, server, sealer, workspace, views: createViews({ root: `${import.meta.dirname}/..`, production: true }) }, door);
  });
  t.teardown(() => door.close());
  const url = `http://127.0.0.1:${await door.open({ port: 0, host: '127.0.0.1' })}`;

  const failed = await fetch(`${url}/login`);
  t.equal(failed.status, 500);
  t.match(await failed.json(), { error: { code: 'INTERNAL' } });
  t.equal(failed.headers.get('x-content-type-options'), 'nosniff', 'with the headers that every answer has');
  t.equal((await fetch(`${url}/webhooks/unknown`, { method: 'POST', body: '{}' })).status, 404);
  t.equal((await fetch(`${url}/health/ready`)).status, 200);

  const pages = await Promise.all(['/login', '/setup'].map(async (path) => (await fetch(url + path, { redirect: 'manual' })).status));
  t.same(pages, [303, 200], 'nobody is there yet');
  t.equal(tries, 2, 'loaded once for both');
  const unknown = await fetch(`${url}/health/nothing`);
  t.equal(unknown.status, 404);
  t.match(await unknown.json(), { error: { code: 'NOT_FOUND' } });
});

t.test('a stop ends connections that nobody waits on at once, the others with their answer, and then waits for nothing', async (t) => {
  const { runtime, server, sealer, workspace } = await assemble(t);
  const door = await buildDoor({ runtime, server }, (door) => buildApp({ runtime, server, sealer, workspace, views: createViews({ root: `${import.meta.dirname}/..`, production: true }) }, door));
  t.teardown(() => door.cut());
  const port = await door.open({ port: 0, host: '127.0.0.1' });
  await door.loadApp();
  const speak = (bytes: string) => {
    const spoken = { heard: '', closed: false, say: (more: string) => socket.write(more) };
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (data) => (spoken.heard += data.toString('latin1'))).on('error', () => {}).on('close', () => (spoken.closed = true));
    t.teardown(() => socket.destroy());
    return spoken;
  };
  const silent = speak('');
  const idle = speak('GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n');
  const webhook = speak('POST /webhooks/unknown HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n');
  const page = speak('POST /login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 7\r\nexpect: 100-continue\r\n\r\n');
  await until('one was answered, and two are in hand', () => idle.heard.includes('200 OK') && [webhook, page].every(({ heard }) => heard.includes('100 Continue')));
  t.same([silent.closed, idle.closed], [false, false]);

  let over = false;
  const closing = door.close().then(() => (over = true));
  await until('nobody waits on these', () => silent.closed && idle.closed);
  t.same([webhook.closed, page.closed, over], [false, false, false], 'what is in hand is waited for');
  webhook.say('{}');
  page.say('email=a');
  await until('both are answered and the door is closed', () => webhook.closed && page.closed && over, 20_000);
  await closing;
  for (const { heard } of [webhook, page]) t.match(heard, /HTTP\/1\.1 4\d\d [^]*\r\nconnection: close\r\n/i);
});
