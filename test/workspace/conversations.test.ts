import t from 'tap';
import { User } from '../../core/db/entities/index.ts';
import { uuid } from '../../core/ids.ts';
import { write } from '../../core/pipeline/write.ts';
import { onBoth, withSimulator, type Installation } from './installation.ts';

type Desk = Installation & Awaited<ReturnType<typeof withSimulator>> & { id: string; userId: string };

/** One conversation in which the agent has answered, and a person who may write in it. */
async function withConversation(i: Installation): Promise<Desk> {
  const ids = await withSimulator(i);
  await i.write(ids.connectionId, 'sim:ana', 'hi');
  const [row] = (await i.workspace.conversations.list(i.tenantId, {})).rows;
  const userId = i.by === 'configuration' ? '' : i.by.userId;
  const em = i.db.emOfAll();
  em.persist(em.create(User, { id: userId, email: 'dimas@acme.test', name: 'Dimas', passwordHash: null, locale: null, theme: null, createdAt: 1, disabledAt: null }));
  await em.flush();
  return { ...i, ...ids, id: row?.id ?? '', userId };
}

async function say(i: Desk, text: string, key: string = uuid()) {
  await write(i.runtime, { tenantId: i.tenantId, conversationId: i.id, author: 'person', authorId: i.userId, contents: [{ kind: 'text', text }], key, purpose: 'conversation' });
  await i.quiet();
}

const simulatorDoes = (i: Desk, fault: object) => i.runtime.directory.connection(i.connectionId)?.context.store.set('nextSend', JSON.parse(JSON.stringify(fault)));

onBoth(t, 'The list comes in pages, newest first, none twice and none left out', async (t, i) => {
  const { connectionId } = await withSimulator(i);
  for (let n = 0; n < 7; n++) await i.write(connectionId, 'sim:ana', `hello ${n}`, `3460011100${n}`);
  await i.db.write((sql) => sql.run('update conversation set last_message_at = 1000'));
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page: { rows: { id: string }[]; next?: string } = await i.workspace.conversations.list(i.tenantId, { limit: 3, ...(after && { after }) });
    seen.push(...page.rows.map(({ id }) => id));
    after = page.next;
  } while (after);
  t.equal(seen.length, 7);
  t.equal(new Set(seen).size, 7, 'though all were last touched in the same millisecond');
  t.equal((await i.workspace.conversations.list(i.tenantId, { limit: 3, after: 'nonsense' })).rows.length, 3);
  t.strictSame(await i.workspace.conversations.list(i.otherId, {}), { rows: [] });
});

onBoth(t, 'A row says who, where, what was last, who has it and whether one may write', async (t, i) => {
  const desk = await withConversation(i);
  const row = await i.workspace.conversations.row(i.tenantId, desk.id);
  t.match(row, {
    contact: { name: 'P222', nameless: false }, number: { name: 'Ana', line: 1, account: 'sim:ana', active: true, deleted: false }, state: 'open', ai: true,
    last: { kind: 'text', text: 'hello: hi', author: 'agent', status: 'sent' }, lastSeq: 2, unread: 1, agent: { name: 'Oracle' }, eligibility: { allowed: true },
  });
  t.type(row.eligibility.allowed && row.eligibility.until, 'number');
  await i.pass(25 * 3_600_000);
  t.match(await i.workspace.conversations.row(i.tenantId, desk.id), { eligibility: { allowed: false, why: 'window-closed' } });
  t.strictSame((await i.workspace.conversations.rows(i.tenantId, [desk.id, uuid(), 'x'])).map(({ id }) => id), [desk.id]);
  t.strictSame(await i.workspace.conversations.rows(i.otherId, [desk.id]), []);
});

onBoth(t, 'a search found accented letters only in the case in which a database without them had kept the name', async (t, i) => {
  const { id } = await withConversation(i);
  await i.db.write((sql) => sql.run('update contact set name = ? where tenant_id = ?', ['Ñandú ÉCLAIR', i.tenantId]));
  for (const search of ['ñandú', 'ÑANDÚ', 'éclair']) t.match((await i.workspace.conversations.list(i.tenantId, { search })).rows, [{ id }], search);
});

onBoth(t, 'Views, counts and search find what they name', async (t, i) => {
  const { connectionId, numberId } = await withSimulator(i);
  await i.write(connectionId, 'sim:ana', 'one', '34600111001');
  await i.write(connectionId, 'sim:ana', 'two', '34600111002');
  await i.act(connectionId, { id: uuid(), account: 'sim:ana', from: [{ kind: 'user', value: 'ID.Ghost_1' }], at: i.runtime.clock.now(), kind: 'message', content: { kind: 'text', text: 'boo' } });
  const { conversations } = i.workspace;
  const names = async (filter: Parameters<typeof conversations.list>[1]) => (await conversations.list(i.tenantId, filter)).rows.map(({ contact }) => contact.name).toSorted();
  const one = (await conversations.list(i.tenantId, { search: 'P001' })).rows[0]?.id ?? '';
  t.strictSame(await names({}), ['ID.Ghost_1', 'P001', 'P002']);
  t.match((await conversations.list(i.tenantId, { search: 'ghost_1' })).rows, [{ contact: { nameless: true } }], 'somebody without phone and name is found by what is known');
  t.strictSame(await names({ search: '+34 600 111 002' }), ['P002']);
  t.strictSame(await names({ search: '%' }), [], 'a sign of the query language is just a sign');
  await conversations.markRead(i.tenantId, one);
  t.strictSame(await names({ view: 'unread' }), ['ID.Ghost_1', 'P002']);
  await i.db.write((sql) => sql.run('update conversation set escalated_at = 5 where id = ?', [one]));
  t.strictSame(await names({ view: 'escalated' }), ['P001']);
  t.strictSame(await conversations.counts(i.tenantId, { numberId }), { open: 3, unread: 2, escalated: 1 });
  for (const search of ['P001', '+34 600 111', 'nobody']) {
    for (const number of [undefined, numberId, uuid()]) {
      const filter = { search, ...(number !== undefined && { numberId: number }) };
      const [open, unread, escalated] = [await names({ view: 'open', ...filter }), await names({ view: 'unread', ...filter }), await names({ view: 'escalated', ...filter })];
      t.strictSame(await conversations.counts(i.tenantId, filter), { open: open.length, unread: unread.length, escalated: escalated.length }, `the counts are of what the views show of ${JSON.stringify(filter)}`);
    }
  }
  const all = (await conversations.list(i.tenantId, {})).rows;
  const ids = all.map(({ id }) => id);
  t.strictSame(await conversations.listed(i.tenantId, { view: 'unread' }, ids), new Map(all.filter(({ unread }) => unread > 0).map(({ id, lastMessageAt }) => [id, lastMessageAt])), 'what changed belongs where the view shows it');
  t.strictSame([...(await conversations.listed(i.tenantId, { view: 'open', search: 'P002' }, ids)).keys()], all.filter(({ contact }) => contact.name === 'P002').map(({ id }) => id));
  t.equal((await conversations.listed(i.tenantId, { numberId: uuid() }, ids)).size, 0);
  t.equal((await conversations.listed(i.otherId, {}, ids)).size, 0);
  await conversations.archive(i.tenantId, one, i.by);
  t.strictSame([await names({}), await names({ view: 'open' }), await names({ view: 'closed' })], [['ID.Ghost_1', 'P002'], ['ID.Ghost_1', 'P002'], ['P001']]);
  t.strictSame(await conversations.counts(i.tenantId, {}), { open: 2, unread: 2, escalated: 0 });
  t.strictSame(await conversations.counts(i.otherId, {}), { open: 0, unread: 0, escalated: 0 });
  t.strictSame(await names({ numberId: uuid() }), []);
});

onBoth(t, 'The thread is read by place, backwards and forwards, with who wrote and what became of it', async (t, i) => {
  const desk = await withConversation(i);
  await say(desk, 'I am here', 'key-1');
  const { items, more } = await i.workspace.conversations.messages(i.tenantId, desk.id, {});
  t.equal(more, false);
  t.match(items, [{ seq: 1, author: 'contact', status: 'received', text: 'hi' }, { seq: 2, author: 'agent', by: 'Oracle', status: 'sent' }, { seq: 3, author: 'person', by: 'Dimas', text: 'I am here', key: 'key-1', status: 'sent', content: { kind: 'text' } }]);
  t.match(await i.workspace.conversations.messages(i.tenantId, desk.id, { before: 3, limit: 1 }), { items: [{ seq: 2 }], more: true });
  t.match(await i.workspace.conversations.messages(i.tenantId, desk.id, { after: 1, limit: 1 }), { items: [{ seq: 2 }], more: true });
  t.match(await i.workspace.conversations.messages(i.tenantId, desk.id, { after: 2 }), { items: [{ seq: 3 }], more: false });
  const ref = items[2]?.providerRef ?? '';
  const since = i.runtime.clock.now() + 1_000;
  await i.pass(2_000);
  await i.act(desk.connectionId, { id: uuid(), account: 'sim:ana', from: [{ kind: 'phone', value: '34600111222' }], at: i.runtime.clock.now(), kind: 'status', refs: [ref], status: 'delivered' });
  await i.act(desk.connectionId, { id: uuid(), account: 'sim:ana', from: [{ kind: 'phone', value: '34600111222' }], at: i.runtime.clock.now(), kind: 'message', content: { kind: 'text', text: 'thanks' }, replyTo: ref });
  t.match(await i.workspace.conversations.changed(i.tenantId, desk.id, { from: 1, to: 3, since }), [{ seq: 3, status: 'delivered', receipts: [{ status: 'delivered' }] }]);
  t.equal((await i.workspace.conversations.changed(i.tenantId, desk.id, { from: 1, to: 3, since })).length, 1);
  t.match((await i.workspace.conversations.messages(i.tenantId, desk.id, { after: 3 })).items, [{ text: 'thanks', quote: { id: items[2]?.id, author: 'person', text: 'I am here' } }]);
  t.match(await i.workspace.conversations.get(i.tenantId, desk.id), { contact: { phone: '34600111222', blocked: false }, number: { channel: 'Simulator', simulator: true }, maxText: 4096, why: { said: 'It always answers.' }, others: [], more: false });
});

onBoth(t, 'Close, archive and reopen stand in the thread and end the agent’s session', async (t, i) => {
  const desk = await withConversation(i);
  const { conversations } = i.workspace;
  const told: object[] = [];
  i.runtime.live.listen(i.tenantId, (notice) => told.push(notice));
  await conversations.close(i.tenantId, desk.id, i.by);
  await conversations.close(i.tenantId, desk.id, i.by);
  t.strictSame(told, [{ tenantId: i.tenantId, conversation: desk.id, seq: 3 }], 'closing what is closed is nothing');
  t.match(await i.all('select outcome from session'), [{ outcome: 'closed' }]);
  await conversations.archive(i.tenantId, desk.id, i.by);
  t.strictSame(await conversations.reopen(i.tenantId, desk.id, i.by), { id: desk.id });
  t.match(await conversations.get(i.tenantId, desk.id), {
    state: 'open', last: { text: 'hello: hi' },
    items: [{}, {}, { kind: 'event', content: { what: 'closed' }, by: 'Dimas' }, { content: { what: 'archived' } }, { content: { what: 'reopened' } }],
  });
  t.strictSame((await i.audited()).slice(-3), ['conversation.closed', 'conversation.archived', 'conversation.reopened']);
  await i.write(desk.connectionId, 'sim:ana', 'again');
  t.match(await conversations.row(i.tenantId, desk.id), { last: { text: 'hello: again' } }, 'the agent answers again');
});

onBoth(t, 'Reopen leads to the conversation that is open meanwhile', async (t, i) => {
  const desk = await withConversation(i);
  await i.workspace.conversations.close(i.tenantId, desk.id, i.by);
  await i.pass(48 * 3_600_000);
  await i.write(desk.connectionId, 'sim:ana', 'days later');
  const open = (await i.workspace.conversations.list(i.tenantId, { view: 'open' })).rows[0]?.id;
  t.not(open, desk.id);
  t.strictSame(await i.workspace.conversations.reopen(i.tenantId, desk.id, i.by), { id: open });
  t.match(await i.workspace.conversations.get(i.tenantId, open ?? ''), { others: [{ id: desk.id, state: 'closed', text: 'hello: hi' }] });
});

onBoth(t, 'With AI disabled people answer; switched on, the agent goes on from the next message', async (t, i) => {
  const desk = await withConversation(i);
  await i.workspace.conversations.setAi(i.tenantId, desk.id, false, i.by);
  await i.write(desk.connectionId, 'sim:ana', 'anybody?');
  t.match(await i.workspace.conversations.get(i.tenantId, desk.id), { ai: false, last: { text: 'anybody?' } });
  t.match(await i.all('select outcome from session'), [{ outcome: 'people' }]);
  await say(desk, 'I am');
  t.match(await i.workspace.conversations.row(i.tenantId, desk.id), { assignee: { name: 'Dimas' } });
  await i.workspace.conversations.setAi(i.tenantId, desk.id, true, i.by);
  const row = await i.workspace.conversations.row(i.tenantId, desk.id);
  t.match(row, { ai: true, last: { text: 'I am' } }, 'what people saw to is not answered again');
  t.notOk(row.assignee);
  await i.write(desk.connectionId, 'sim:ana', 'thanks');
  t.match(await i.workspace.conversations.get(i.tenantId, desk.id), { last: { text: 'hello: thanks' }, why: { joined: 1 } }, 'nor joined to what is asked next');
});

onBoth(t, 'Reading a conversation takes its new-message alerts along, and tells nobody twice', async (t, i) => {
  const desk = await withConversation(i);
  await i.workspace.conversations.setAi(i.tenantId, desk.id, false, i.by);
  await i.write(desk.connectionId, 'sim:ana', 'anybody?');
  t.equal(await i.workspace.alerts.unreadCount(i.tenantId), 1);
  const told: object[] = [];
  i.runtime.live.listen(i.tenantId, (notice) => told.push(notice));
  await i.workspace.conversations.markRead(i.tenantId, desk.id);
  await i.workspace.conversations.markRead(i.tenantId, desk.id);
  t.strictSame(told, [{ tenantId: i.tenantId, conversation: desk.id }, { tenantId: i.tenantId, alerts: true }]);
  t.equal(await i.workspace.alerts.unreadCount(i.tenantId), 0);
});

onBoth(t, 'A message that failed goes out again, and both of the provider’s ids settle it', async (t, i) => {
  const desk = await withConversation(i);
  await simulatorDoes(desk, { fail: 'Not on WhatsApp.' });
  await say(desk, 'hello?');
  const last = async () => (await i.workspace.conversations.get(i.tenantId, desk.id)).items.at(-1);
  const failed = await last();
  t.match(failed, { status: 'failed', error: { code: 'simulated-failure', said: 'Not on WhatsApp.', plugin: 'simulator', whose: 'operator', sentence: 'error.failure' } });
  await i.workspace.conversations.sendAgain(i.tenantId, failed?.id ?? '', i.by);
  await i.quiet();
  const sent = await last();
  t.match(sent, { id: failed?.id, status: 'sent', providerRef: `sim-${failed?.id}`, error: undefined });
  await t.rejects(i.workspace.conversations.sendAgain(i.tenantId, failed?.id ?? '', i.by), { code: 'CONFLICT' });
  const status = (ref: string, state: 'failed' | 'delivered') =>
    i.act(desk.connectionId, { id: uuid(), account: 'sim:ana', from: [{ kind: 'phone', value: '34600111222' }], at: i.runtime.clock.now(), kind: 'status', refs: [ref], status: state });
  await status(`sim-${failed?.id}`, 'failed');
  await i.workspace.conversations.sendAgain(i.tenantId, failed?.id ?? '', i.by);
  await i.quiet();
  await i.db.write((sql) => sql.run("update message set provider_ref = 'sim-second' where id = ?", [failed?.id ?? '']));
  await status(`sim-${failed?.id}`, 'delivered');
  t.match(await last(), { status: 'delivered' }, 'a late receipt for the first try is not lost');
});

onBoth(t, 'An unconfirmed message waits for a person, who may send it again', async (t, i) => {
  const desk = await withConversation(i);
  await simulatorDoes(desk, { silent: true });
  await say(desk, 'did you get this?');
  const last = async () => (await i.workspace.conversations.get(i.tenantId, desk.id)).items.at(-1);
  t.match(await last(), { status: 'unknown', error: { code: 'silence' } });
  await i.workspace.conversations.sendAgain(i.tenantId, (await last())?.id ?? '', i.by);
  await i.quiet();
  t.match(await last(), { status: 'sent' });
  t.strictSame(await i.all('select id from job'), []);
  await simulatorDoes(desk, { silent: true });
  await say(desk, 'and that?');
  await simulatorDoes(desk, { silent: true });
  await i.workspace.conversations.sendAgain(i.tenantId, (await last())?.id ?? '', i.by);
  await i.quiet();
  await i.pass(300_000);
  t.match(await last(), { status: 'unknown' }, 'silence again is asked again: one decision sends once');
  await simulatorDoes(desk, { silent: true });
  await say(desk, 'and this?');
  await i.pass(60_000);
  t.match(await last(), { status: 'unknown' }, 'also after the time of waiting');
  await i.workspace.conversations.sendAgain(i.tenantId, (await last())?.id ?? '', i.by);
  await i.quiet();
  t.match(await last(), { status: 'sent' });
  t.match((await i.all<{ outcome: string }>('select outcome from attempt')).map(({ outcome }) => outcome), ['unknown', 'unknown', 'unknown', 'unknown']);
});

onBoth(t, 'A message that waits is taken back, and what is behind it goes', async (t, i) => {
  const desk = await withConversation(i);
  await i.db.write((sql) => sql.run("update connection set state = 'error' where id = ?", [desk.connectionId]));
  await i.runtime.directory.reload();
  await say(desk, 'wrong');
  await say(desk, 'right');
  t.match(await i.workspace.numbers.list(i.tenantId, 0), [{ lamp: 'error', waiting: 2 }]);
  const { items } = await i.workspace.conversations.get(i.tenantId, desk.id);
  await i.workspace.conversations.cancel(i.tenantId, items.find(({ text }) => text === 'wrong')?.id ?? '', i.by);
  await i.quiet();
  t.match(await i.workspace.numbers.list(i.tenantId, 0), [{ waiting: 1 }]);
  await i.workspace.connections.start(i.tenantId, desk.connectionId, i.by);
  await i.quiet();
  const after = await i.workspace.conversations.get(i.tenantId, desk.id);
  t.match(after.items.slice(-2), [{ text: 'wrong', status: 'cancelled' }, { text: 'right', status: 'sent' }]);
  await t.rejects(i.workspace.conversations.cancel(i.tenantId, after.items.at(-1)?.id ?? '', i.by), { code: 'CONFLICT' });
  await t.rejects(i.workspace.conversations.cancel(i.tenantId, after.items[0]?.id ?? '', i.by), { code: 'NOT_FOUND' }, 'nobody takes back what a contact wrote');
});

onBoth(t, 'A removed conversation is gone for good, also for a replay', async (t, i) => {
  const desk = await withConversation(i);
  await say(desk, 'a secret thing');
  await i.write(desk.connectionId, 'sim:ana', 'bye', '34600111999');
  const deliveries = (await i.workspace.deliveries.list(i.tenantId, {})).rows;
  const [said] = await i.all<{ provider_ref: string }>("select provider_ref from message where text = 'a secret thing'");
  await i.act(desk.connectionId, { id: uuid(), account: 'sim:ana', from: [{ kind: 'phone', value: '34600111222' }], at: Date.now(), kind: 'message', content: { kind: 'reaction', emoji: '👍' }, replyTo: said?.provider_ref ?? '' });
  await i.quiet();
  const [reaction] = (await i.workspace.deliveries.list(i.tenantId, {})).rows;
  await i.workspace.conversations.remove(i.tenantId, desk.id, i.by);
  for (const table of ['message', 'session', 'receipt']) t.strictSame(await i.all(`select id from ${table} where ${table === 'receipt' ? '1 = 1' : `conversation_id = '${desk.id}'`}`), []);
  t.equal((await i.workspace.conversations.list(i.tenantId, {})).rows.length, 1, 'others stay');
  await t.rejects(i.workspace.conversations.get(i.tenantId, desk.id), { code: 'NOT_FOUND' });
  const first = deliveries.at(-1)?.id ?? '';
  t.match(await i.workspace.deliveries.get(i.tenantId, first), { bytes: 0, body: '', headers: [], reason: /was erased/ });
  await t.rejects(i.workspace.deliveries.replay(i.tenantId, first, i.by), { code: 'CONFLICT', message: /erased/ });
  t.match(await i.workspace.deliveries.get(i.tenantId, reaction?.id ?? ''), { bytes: 0, reason: /was erased/ }, 'and what was done to its messages');
  t.strictSame(await i.all("select id from provider_event where kind = 'change'"), []);
  t.ok(((await i.workspace.deliveries.get(i.tenantId, deliveries[0]?.id ?? '')).bytes) > 0);
  t.equal((await i.audited()).at(-1), 'conversation.remove');
});

onBoth(t, 'Nobody reaches the conversations and messages of another organisation', async (t, i) => {
  const desk = await withConversation(i);
  await simulatorDoes(desk, { fail: 'no' });
  await say(desk, 'x');
  const message = (await i.workspace.conversations.get(i.tenantId, desk.id)).items.at(-1)?.id ?? '';
  const { conversations } = i.workspace;
  for (const wrong of [desk.id, uuid(), 'x']) {
    const tenant = wrong === desk.id ? i.otherId : i.tenantId;
    for (const reach of [
      () => conversations.get(tenant, wrong), () => conversations.row(tenant, wrong), () => conversations.messages(tenant, wrong, {}), () => conversations.close(tenant, wrong, i.by), () => conversations.archive(tenant, wrong, i.by),
      () => conversations.reopen(tenant, wrong, i.by), () => conversations.setAi(tenant, wrong, false, i.by), () => conversations.remove(tenant, wrong, i.by),
    ]) await t.rejects(async () => void (await reach()), { code: 'NOT_FOUND' });
  }
  await t.rejects(conversations.sendAgain(i.otherId, message, i.by), { code: 'NOT_FOUND' });
  await t.rejects(conversations.cancel(i.otherId, message, i.by), { code: 'NOT_FOUND' });
  await conversations.markRead(i.otherId, desk.id);
  t.strictSame(await conversations.changed(i.otherId, desk.id, { from: 0, to: 99, since: 0 }), []);
  t.match(await conversations.row(i.tenantId, desk.id), { state: 'open', last: { status: 'failed' } });
});
