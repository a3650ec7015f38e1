import t from 'tap';
import { uuid } from '../../core/ids.ts';
import { onBoth, withSimulator } from './installation.ts';

onBoth(t, 'The ledger shows what came, newest first, in pages and by state', async (t, i) => {
  const { connectionId } = await withSimulator(i);
  for (let n = 0; n < 5; n++) await i.write(connectionId, 'sim:ana', `hello ${n}`);
  const first = await i.workspace.deliveries.list(i.tenantId, { limit: 3 });
  t.match(first.rows, [{ state: 'processed', events: 1, connection: { id: connectionId } }, {}, {}]);
  const second = await i.workspace.deliveries.list(i.tenantId, { limit: 3, ...(first.next && { after: first.next }) });
  t.equal(second.next, undefined);
  const ids = [...first.rows, ...second.rows].map(({ id }) => id);
  t.strictSame(ids, [...new Set(ids)].toSorted().toReversed());
  t.equal(ids.length, 5);
  await i.db.write((sql) => sql.run("update delivery set state = 'failed', reason = 'It was torn.' where id = ?", [ids[2] ?? '']));
  t.match(await i.workspace.deliveries.list(i.tenantId, { state: 'failed' }), { rows: [{ id: ids[2], reason: 'It was torn.' }], next: undefined });
  t.strictSame(await i.workspace.deliveries.counts(i.tenantId), { received: 0, failed: 1, processed: 4 });
  t.strictSame((await i.workspace.deliveries.list(i.tenantId, { connectionId: uuid() })).rows, []);
  t.strictSame([await i.workspace.deliveries.list(i.otherId, {}), await i.workspace.deliveries.counts(i.otherId)], [{ rows: [] }, { received: 0, failed: 0, processed: 0 }]);
});

onBoth(t, 'A delivery shows its bytes and what they led to, but never the key in its address', async (t, i) => {
  const { connectionId } = await withSimulator(i);
  await i.write(connectionId, 'sim:ana', 'hello');
  const [row] = (await i.workspace.deliveries.list(i.tenantId, {})).rows;
  const { webhookUrl } = await i.workspace.connections.handOff(i.tenantId, connectionId);
  const delivery = await i.workspace.deliveries.get(i.tenantId, row?.id ?? '');
  t.match(delivery, { method: 'POST', path: '/webhooks/…', cut: false, contents: { message: 1 }, conversations: [{ contact: 'P222' }], headers: [{ name: 'content-type', value: 'application/json' }] });
  t.match(delivery.body, /^\{\n {2}"acts": \[/, 'JSON is indented');
  t.notMatch(JSON.stringify(delivery), webhookUrl.split('/').at(-1));
  await t.rejects(i.workspace.deliveries.get(i.otherId, delivery.id), { code: 'NOT_FOUND' });
});

onBoth(t, 'Replay reads the same bytes again; what is here stays once, what was missed comes in', async (t, i) => {
  const { connectionId, numberId, agentId } = await withSimulator(i);
  await i.write(connectionId, 'sim:ana', 'hello');
  const [row] = (await i.workspace.deliveries.list(i.tenantId, {})).rows;
  await i.workspace.deliveries.replay(i.tenantId, row?.id ?? '', i.by);
  await i.quiet();
  t.equal((await i.all("select id from message where author = 'contact'")).length, 1);
  await i.workspace.numbers.remove(i.tenantId, numberId, i.by);
  await i.write(connectionId, 'sim:ana', 'missed');
  await i.workspace.numbers.connect(i.tenantId, { connection: { id: connectionId }, account: 'sim:ana', displayName: 'Ana', agentId, active: true }, i.by);
  const [missed] = (await i.workspace.deliveries.list(i.tenantId, {})).rows;
  t.match(missed, { reason: /No number here/ });
  await i.workspace.deliveries.replay(i.tenantId, missed?.id ?? '', i.by);
  await i.quiet();
  t.match((await i.workspace.conversations.list(i.tenantId, {})).rows, [{ last: { text: 'hello: missed' } }]);
  t.equal((await i.audited()).filter((action) => action === 'delivery.replay').length, 2);
  await t.rejects(i.workspace.deliveries.replay(i.otherId, row?.id ?? '', i.by), { code: 'NOT_FOUND' });
});

onBoth(t, 'Requests that could not prove themselves are listed by cause, with the connection', async (t, i) => {
  const { connectionId } = await withSimulator(i);
  await i.db.write((sql) => sql.insert('rejection', ['id', 'tenant_id', 'connection_id', 'cause', 'source', 'count', 'first_at', 'last_at'], [[uuid(), i.tenantId, connectionId, 'wrong-secret', '198.51.100.9', 4, 1, 9]]));
  const expected = { cause: 'wrong-secret', source: '198.51.100.9', count: 4, firstAt: 1, lastAt: 9 };
  t.match(await i.workspace.deliveries.rejections(i.tenantId), [{ ...expected, connection: { id: connectionId, name: 'Ana' } }]);
  t.match((await i.workspace.connections.get(i.tenantId, connectionId)).rejections, [expected]);
  t.strictSame(await i.workspace.deliveries.rejections(i.otherId), []);
});

onBoth(t, 'Alerts come in pages, are read one by one or all at once, by their own organisation only', async (t, i) => {
  const { connectionId } = await withSimulator(i);
  const now = i.runtime.clock.now();
  const rows = [1, 2, 3].map((n) => [uuid(), i.tenantId, 'failure', `failure-outside:connection:${connectionId}${n === 1 ? '' : `:${n}`}`, `Alert ${n}`, n, now + n] as const);
  await i.db.write((sql) => sql.insert('alert', ['id', 'tenant_id', 'kind', 'key', 'text', 'count', 'at'], rows));
  const first = await i.workspace.alerts.list(i.tenantId, { limit: 2 });
  t.match(first.rows, [{ text: 'Alert 3', count: 3 }, { text: 'Alert 2' }]);
  t.match(await i.workspace.alerts.list(i.tenantId, { limit: 2, ...(first.next && { after: first.next }) }), { rows: [{ text: 'Alert 1', connectionId }], next: undefined });
  const told: object[] = [];
  i.runtime.live.listen(i.tenantId, (notice) => told.push(notice));
  const [id = ''] = rows.map(([id]) => id);
  await t.rejects(i.workspace.alerts.markRead(i.otherId, id), { code: 'NOT_FOUND' });
  await i.workspace.alerts.markRead(i.tenantId, id);
  await i.workspace.alerts.markRead(i.tenantId, id);
  t.equal(await i.workspace.alerts.unreadCount(i.tenantId), 2);
  t.equal((await i.workspace.alerts.list(i.tenantId, { unreadOnly: true })).rows.length, 2);
  await i.workspace.alerts.markAllRead(i.otherId);
  t.equal(await i.workspace.alerts.unreadCount(i.tenantId), 2);
  await i.workspace.alerts.markAllRead(i.tenantId);
  t.equal(await i.workspace.alerts.unreadCount(i.tenantId), 0);
  t.equal(told.length, 2, 'pages are told of what changed, once each');
});
