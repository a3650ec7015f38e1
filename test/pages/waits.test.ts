/** A message that cannot go says in the thread what keeps it, to those who may mend it where, and no longer than it does. */
import t from 'tap';
import { openOffice } from './office.ts';

const part = { 'hx-request': 'true', 'hx-request-type': 'partial' };

t.test('a message that waits says what for, with the way there for those who may go it, and an open page is told when it changes', async (t) => {
  const office = await openOffice(t);
  const { runtime, workspace } = office.ctx;
  const { tenant, connection, number } = office.ids;
  const [owner, agent] = [await office.as('owner'), await office.as('agent')];
  await office.customer('hello');
  const id = await office.conversation();
  const home = `${office.at}/whatsapp/${id}`;
  await runtime.db.write((sql) => sql.run("update connection set state = 'error', state_reason = 'The token ended.' where id = ?", [connection]));
  await runtime.directory.reload();

  t.equal((await owner.post(`${home}/messages`, { text: 'Two bags are ready.', key: 'key-of-waiting' })).statusCode, 303);
  await office.quiet();
  const page = (await owner.get(home)).body;
  t.match(page, 'Waits: the connection is in error.');
  t.match(page, new RegExp(`<a class="link" href="${office.at}/settings/channels/${connection}">Open the connection`));
  const read = (await agent.get(home)).body;
  t.match(read, 'Waits: the connection is in error.');
  t.notMatch(read, 'Open the connection', 'whoever may not see connections is shown no way there');
  t.equal(page.match(/Waits:/g)?.length, 1, 'what was sent before does not wait');

  const { last, lastSeq } = await workspace.conversations.row(tenant, id);
  t.match(last, { status: 'queued' });
  // Later than what an answer about one conversation looks back to.
  await office.pass(600_000);
  const live = async () => (await owner.get(`${office.at}/live?open=${id}&changed=${id}&lines=1&after=${lastSeq}`, part)).body;
  t.match(await live(), 'Waits: the connection is in error.');
  await workspace.connections.stop(tenant, connection, 'configuration');
  t.match(await live(), 'Waits: the connection is stopped.');
  await workspace.connections.start(tenant, connection, 'configuration');
  await office.quiet();
  t.notMatch(await live(), /Waits:/);
  t.match((await workspace.conversations.row(tenant, id)).last, { status: 'sent' });

  await runtime.db.write((sql) => sql.run("update connection set state = 'error' where id = ?", [connection]));
  await runtime.directory.reload();
  await owner.post(`${home}/messages`, { text: 'One more.', key: 'key-of-one-more' });
  await workspace.connections.start(tenant, connection, 'configuration');
  await office.quiet();
  await workspace.numbers.setActive(tenant, number, false, 'configuration');
  await runtime.db.write((sql) => sql.run("update message set status = 'queued' where text = 'One more.'", []));
  const stopped = (await owner.get(home)).body;
  t.match(stopped, 'Waits: the number is switched off.');
  t.match(stopped, new RegExp(`href="${office.at}/whatsapp/numbers/${number}">Open the number`));
});

t.test('when the provider refuses the connection, open pages are told after it is so', async (t) => {
  const office = await openOffice(t);
  const { runtime } = office.ctx;
  const { tenant, connection } = office.ids;
  await office.customer('hello');
  const states: unknown[] = [];
  runtime.live.listen(tenant, ({ numbers }) => numbers && states.push(runtime.directory.connection(connection)?.state));
  const channel = runtime.directory.connection(connection)?.channel;
  if (!channel) throw new Error('there is no simulator');
  const { send } = channel;
  t.teardown(() => (channel.send = send));
  channel.send = async () => ({ rejected: { code: '190', said: 'The token ended.', scope: 'connection' } });
  const owner = await office.as('owner');
  await owner.post(`${office.at}/whatsapp/${await office.conversation()}/messages`, { text: 'Are you there?', key: 'key-of-refused' });
  await office.quiet();
  t.strictSame(states, ['error']);
  t.match((await owner.get(`${office.at}/whatsapp/${await office.conversation()}`)).body, 'Waits: the connection is in error.');
});
