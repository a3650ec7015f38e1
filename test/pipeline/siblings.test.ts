/** One provider may deliver for several connections to one URL: what is about another one's number goes there, if it can prove itself there, too. */
import { createHmac } from 'node:crypto';
import type { Test } from 'tap';
import { Type, type Event, type Json, type WebhookRequest } from '#plugin';
import { Connection, Num } from '../../core/db/entities/index.ts';
import { uuid } from '../../core/ids.ts';
import { replay } from '../../core/pipeline/process.ts';
import { writeTo } from '../../core/pipeline/write-to.ts';
import type { Bot } from '../kit/bot.ts';
import { onBoth } from './both.ts';
import { message, status } from './echo.ts';

const signature = (secret: unknown, body: Buffer | string) => createHmac('sha256', String(secret)).update(body).digest('hex');
const channel = {
  can: { webhook: 'signed', sends: ['text', 'template'], statuses: ['sent', 'delivered', 'read', 'failed'], maxText: 4096 } as const,
  verify: (request: WebhookRequest, settings: object) =>
    request.headers['x-hub-signature-256']?.[0] === signature('secret' in settings && settings.secret, request.body) ? (true as const) : { refused: 'wrong-secret' as const },
  proofHeaders: () => [{ name: 'x-hub-signature-256' }],
};
/** Proven by a header that each connection names for itself, and whose value is the secret. */
const byHeader = {
  can: channel.can,
  verify: ({ headers }: WebhookRequest, { header, secret }: Record<string, unknown>) => (headers[String(header)]?.join() === secret ? (true as const) : { refused: 'wrong-secret' as const }),
  proofHeaders: ({ header }: Record<string, unknown>) => [{ name: String(header), secret: true as const }],
};
const signed = (...events: Event[]) => {
  const body = JSON.stringify(events);
  return { headers: { 'x-hub-signature-256': signature('app', body) }, body };
};

/** A second connection with the number 200; its secret decides whether what arrives at the first one may be about it. */
async function addSibling(b: Bot, settings: Record<string, Json>): Promise<string> {
  const em = b.db.emOfAll();
  const id = uuid();
  const now = Date.now();
  em.create(Connection, { id, tenantId: b.ids.tenant, plugin: 'wire', name: 'Sibling', settings, state: 'running', stateAt: now, createdAt: now });
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
    const sibling = await addSibling(b, { secret });
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

  await t.test('what a sibling proves by a header of another name reaches it, and its secret is not kept in the open', async (t) => {
    const { b, sent } = await make({ channel: byHeader, bot: { channelSettings: { header: 'x-first', secret: 'first-secret' } } });
    await addSibling(b, { header: 'x-second', secret: 'second-secret' });
    const about200 = { ...message('1', 'hi'), account: '200' };
    const first = { 'x-first': 'first-secret', authorization: 'Basic bm9ib2R5', cookie: 'a=b' };
    const of = (state: string) => b.all<{ headers: unknown; reason: string | null }>('select headers, reason from delivery where state = ? order by id', [state]);
    await b.deliver({ headers: { ...first, 'x-second': 'guessed-secret' }, body: JSON.stringify([about200]) });
    await b.quiet();
    t.match(await of('processed'), [{ reason: /"other-connection"/ }]);
    t.same(await b.all('select id from message'), []);
    await b.deliver({ headers: { ...first, 'x-second': 'second-secret' }, body: JSON.stringify([about200]) });
    await b.quiet();
    t.match(await b.all('select kind from message'), [{ kind: 'text' }], 'though the address was the first one’s');
    t.same(sent.length, 0, 'nobody answers there');
    const kept = JSON.stringify(await of('processed'));
    for (const secret of ['first-secret', 'second-secret', 'guessed-secret', 'bm9ib2R5', 'a=b']) t.notOk(kept.includes(secret), secret);
  });

  await t.test('whoever had the secret address of one connection could write as the customers of another account', async (t) => {
    const byAddress = { settings: Type.Object({ token: Type.String({ writeOnly: true }) }), can: { ...channel.can, webhook: 'secret-url' } as const, verify: () => true as const, proofHeaders: () => [] };
    for (const [token, kinds] of [['token-of-another-account', []], ['token-of-the-account', ['text']]] as const) {
      const { b } = await make({ channel: byAddress, bot: { channelSettings: { token: 'token-of-the-account' } } });
      await addSibling(b, { token });
      await b.deliver({ headers: {}, body: JSON.stringify([{ ...message('1', 'hi'), account: '200' }]) });
      await b.quiet();
      t.same((await b.all<{ kind: string }>('select kind from message')).map(({ kind }) => kind), kinds, token);
      if (kinds.length === 0) t.match(await b.all('select reason from delivery'), [{ reason: /"other-connection","params":{"account":"200"}/ }]);
    }
  });

  await t.test('what came before its number was connected is proven by its kept header when it is replayed', async (t) => {
    const { b } = await make({ channel: byHeader, bot: { channelSettings: { header: 'x-proof', secret: 'one-secret' } } });
    await b.deliver({ headers: { 'x-proof': 'one-secret' }, body: JSON.stringify([{ ...message('1', 'hi'), account: '200' }]) });
    await b.quiet();
    t.match(await b.all('select reason from delivery'), [{ reason: /"number-unknown"/ }]);
    await addSibling(b, { header: 'x-proof', secret: 'one-secret' });
    const [row] = await b.all<{ id: string }>('select id from delivery');
    t.ok(row && (await b.db.write((sql) => replay(sql, b.ids.tenant, row.id))));
    b.worker.wake();
    await b.quiet();
    t.match(await b.all('select kind from message'), [{ kind: 'text' }]);
  });

  await t.test('a sibling whose secret was made anew believes the old one as long as its own address does', async (t) => {
    const { b } = await make({ channel, bot: { channelSettings: { secret: 'app' } } });
    const sibling = await addSibling(b, { secret: 'new-secret' });
    const until = b.began + 3_600_000;
    await b.db.write((sql) => sql.run('update connection set previous = ?, previous_until = ? where id = ?', [JSON.stringify([{ settings: { secret: 'app' }, until }]), until, sibling]));
    await b.runtime.directory.reload();
    await b.deliver(signed(about('200', message('1', 'within the grace'))));
    await b.quiet();
    t.match(await b.all('select connection_id from message'), [{ connection_id: sibling }]);
    await b.pass(3_600_001);
    await b.deliver(signed(about('200', { ...message('1', 'after it'), at: Date.now() })));
    await b.quiet();
    t.match(await b.all<{ reason: string | null }>('select reason from delivery order by id'), [{ reason: null }, { reason: /"other-connection"/ }]);
    t.equal((await b.all('select id from message')).length, 1);
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
    t.match(reasons, [/"nobody"/, /"nobody"/, /"no-account"/]);
    t.same(await b.all('select id from message'), []);
  });
});
