/** The door when what is behind it cannot be loaded. */
import t from 'tap';
import { buildDoor } from '../core/door.ts';
import { buildApp } from '../core/app.ts';
import { createViews } from '../core/admin/view.ts';
import { assemble } from './assembled.ts';

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
