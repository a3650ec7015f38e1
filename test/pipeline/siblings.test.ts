/** One provider may deliver for several connections to one URL: what is about another one's number goes there, if it can prove itself there, too. */
import { createHmac } from 'node:crypto';
import type { Test } from 'tap';
import type { Event, WebhookRequest } from '#plugin';
import { Connection, Num } from '../../core/db/entities/index.ts';
import { uuid } from '../../core/ids.ts';
import { writeTo } from '../../core/pipeline/write-to.ts';
import type { Bot } from '../kit/bot.ts';
import { onBoth } from './both.ts';
import { message, status } from './echo.ts';

const signature = (secret: unknown, body: Buffer | string) => createHmac('sha256', String(secret)).update(body).digest('hex');
const channel = {
  can: { webhook: 'signed', sends: ['text', 'template'], statuses: ['sent', 'delivered', 'read', 'failed'], maxText: 4096 } as const,
  verify: (request: WebhookRequest, settings: object) =>
    request.headers['x-hub-signature-256']?.[0] === signature('secret' in settings && settings.secret, request.body) ? (true as const) : { refused: 'wrong-secret' as const },
};
const signed = (...events: Event[]) => {
  const body = JSON.stringify(events);
  return { headers: { 'x-hub-signature-256': signature('app', body) }, body };
};

/** A second connection with the number 200; its secret decides whether what arrives at the first one may be about it. */
async function addSibling(b: Bot, secret: string): Promise<string> {
  const em = b.db.emOfAll();
  const id = uuid();
  const now = Date.now();
  em.create(Connection, { id, tenantId: b.ids.tenant, plugin: 'wire', name: 'Sibling', settings: { secret }, state: 'running', stateAt: now, createdAt: now });
  em.create(Num, { id: uuid(), tenantId: b.ids.tenant, connectionId: id, plugin: 'wire', account: '200', displayName: 'Sibling', active: true, line: 1, createdAt: now });
  await em.flush();
  await b.runtime.directory.reload();
  return id;
}

const statuses = async (b: Bot) => (await b.all<{ status: string }>("select status from message where author = 'api'")).map((row) => row.status);
const about = (account: string, event: Event): Event => ({ ...event, account });

onBoth('siblings', async (t: Test, make) => {
  const withSibling = async (secret: string) => {
    const { b } = await make({ channel, bot: { channelSettings: { secret: 'app' } }, answer: () => ({ accepted: { refs: ['p-1'] } }) });
    const sibling = await addSibling(b, secret);
    const written = await writeTo(b.runtime, {
      tenantId: b.ids.tenant, from: { connectionId: sibling }, to: { identities: [{ kind: 'phone', value: '1' }] }, author: 'api', authorId: uuid(), contents: [{ kind: 'text', text: 'Hello' }], key: 'a', purpose: 'notification',
    });
    return { b, sibling, written };
  };
  const withSent = async (t: Test, secret: string) => {
    const made = await withSibling(secret);
    if (!('messages' in made.written)) throw new Error(`it was not written: ${JSON.stringify(made.written)}`);
    await made.b.quiet();
    t.same(await statuses(made.b), ['sent']);
    return made;
  };

  await t.test('a status that comes over the URL of another connection reaches its message', async (t) => {
    const { b, sibling } = await withSent(t, 'app');
    const delivered = signed(about('200', status(['p-1'], 'delivered')), about('100', status(['of-the-first'], 'delivered')));
    await b.deliver(delivered);
    await b.deliver(delivered);
    await b.quiet();
    t.same(await statuses(b), ['delivered']);
    t.same(
      (await b.all<{ connection_id: string; ref: string }>('select connection_id, ref from receipt order by ref')).map((row) => [row.connection_id, row.ref]),
      [[b.ids.connection, 'of-the-first'], [sibling, 'p-1']],
      'each once, with the connection that it is about',
    );
  });

  await t.test('a status about a connection whose secret did not sign it moves nothing there', async (t) => {
    const { b } = await withSent(t, 'another');
    await b.deliver(signed(about('200', status(['p-1'], 'delivered'))));
    await b.quiet();
    t.same(await statuses(b), ['sent']);
  });

  await t.test('an account that is closed stops the connection of its number, not the one that was told', async (t) => {
    const { b, sibling } = await withSent(t, 'app');
    await b.deliver(signed({ kind: 'account', id: 'ban', account: '200', at: Date.now(), what: 'ban', severity: 'stop', said: 'Closed.' }));
    await b.quiet();
    t.same([b.runtime.directory.connection(sibling)?.state, b.runtime.directory.connection(b.ids.connection)?.state], ['error', 'running']);
  });

  await t.test('what is said of a template with a number of another connection holds there', async (t) => {
    const { b, sibling } = await withSent(t, 'app');
    const columns = ['id', 'tenant_id', 'connection_id', 'provider_id', 'name', 'language', 'status', 'components', 'preview', 'variables', 'updated_at'];
    for (const connection of [b.ids.connection, sibling]) {
      await b.db.write((sql) => sql.insert('template', columns, [[uuid(), b.ids.tenant, connection, 't-1', 'hello', 'en', 'pending', '[]', '{"body":"Hello"}', '[]', 0]]));
    }
    await b.deliver(signed({ kind: 'template', id: 'approved', account: '200', at: Date.now(), template: 't-1', status: 'approved' }));
    await b.quiet();
    t.match(await b.all("select connection_id from template where status = 'approved'"), [{ connection_id: sibling }]);
    t.match(await b.all("select count(*) as n from template where status = 'pending'"), [{ n: 1 }]);
  });

  await t.test('a message that names nobody, or no number, is kept as ignored with the reason', async (t) => {
    const { b } = await make({ channel, bot: { channelSettings: { secret: 'app' } } });
    const from = (id: string, identity: { kind: 'username' | 'user'; value: string }): Event => ({ ...message('1', 'hi'), id, from: [identity] } as Event);
    const { account: _, ...nowhere } = message('1', 'hi');
    const odd = [from('by-name', { kind: 'username', value: 'ana' }), from('too-long', { kind: 'user', value: 'x'.repeat(256) }), nowhere as Event];
    for (const event of odd) await b.deliver(signed(event));
    await b.quiet();
    const reasons = (await b.all<{ state: string; reason: string | null }>('select state, reason from delivery order by id')).map((row) => row.reason ?? '');
    t.match(reasons, [/recognised/, /recognised/, /which number/]);
    t.same(await b.all('select id from message'), []);
  });
});
