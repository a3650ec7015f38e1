import t from 'tap';
import { User } from '../../core/db/entities/index.ts';
import { uuid } from '../../core/ids.ts';
import { onBoth, type Installation } from './installation.ts';

const create = ({ workspace, tenantId, by, good }: Installation, name = 'Main') => workspace.connections.create(tenantId, { plugin: 'courier', name, settings: good() }, by);
const read = async ({ workspace, tenantId }: Installation, id: string, filter = {}) => (await workspace.connections.log(tenantId, id, filter)).rows;

onBoth(t, 'What people did to a connection and what became of it stands in its log, newest first, with who did it', async (t, i) => {
  const { id } = await create(i);
  const { connections } = i.workspace;
  await connections.stop(i.tenantId, id, i.by);
  await connections.start(i.tenantId, id, i.by);
  i.provider.token = 'a-token-that-is-new';
  await connections.restart(i.tenantId, id, i.by);
  t.match(await read(i, id), [
    { level: 'error', event: 'connection.error', message: /^It went into error: Courier says: Your pass ran out on Tuesday\./ },
    { level: 'info', event: 'connection.restart', message: 'It was restarted.' },
    { event: 'connection.running' }, { event: 'connection.start' }, { event: 'connection.stop' }, { event: 'connection.create' },
  ]);
  const em = i.db.emOfAll();
  const userId = i.by === 'configuration' ? '' : i.by.userId;
  em.persist(em.create(User, { id: userId, email: 'ana@acme.test', name: 'Ana', passwordHash: null, locale: null, theme: null, createdAt: 1, disabledAt: null }));
  await em.flush();
  t.strictSame((await read(i, id)).map(({ by }) => by), ['Ana', 'Ana', undefined, 'Ana', 'Ana', 'Ana'], 'that it ran is nobody’s deed');
});

onBoth(t, 'What a plugin and the program say of a connection is kept, without secrets, stacks or what people wrote', async (t, i) => {
  const { id } = await create(i);
  const entry = i.runtime.directory.connection(id);
  entry?.context.log.warn({ err: new Error(`no pass for ${i.provider.token}`), text: 'Dear Ana', apiKey: 'k-123456', url: 'https://x.example/hook?token=abcdef123' }, `refused ${i.provider.token}`);
  i.runtime.log.error({ connection: id, outcome: 'retry' }, 'a message was not taken\nby the provider');
  i.runtime.log.debug({ connection: id }, 'too small to keep');
  i.runtime.log.info({ connection: 'not an id' }, 'of nobody');
  i.runtime.log.info({ connection: uuid() }, 'of nobody known');
  const rows = await read(i, id);
  t.match(rows, [{ level: 'error', message: 'a message was not taken\\u000aby the provider', detail: { outcome: 'retry' } }, { level: 'warn', message: 'refused [secret]', detail: { error: { message: 'no pass for [secret]' } } }, { event: 'connection.create' }]);
  t.equal(rows.length, 3);
  t.notMatch(JSON.stringify(await i.all('select * from connection_log')), new RegExp(`${i.provider.token}|Dear Ana|k-123456|abcdef123|at .*\\.ts`));
});

onBoth(t, 'The log is read by level, by words and in pages; nobody reads another organisation’s', async (t, i) => {
  const { id } = await create(i);
  const { log } = i.runtime.directory.connection(id)?.context ?? { log: i.runtime.log };
  for (let n = 0; n < 5; n++) log.info({ n }, `round ${n}`);
  log.warn({ code: 'X_100%' }, 'odd');
  log.error({}, 'bad');
  t.strictSame((await read(i, id, { level: 'warn' })).map(({ message }) => message), ['bad', 'odd']);
  t.strictSame((await read(i, id, { level: 'error' })).map(({ message }) => message), ['bad']);
  t.strictSame((await read(i, id, { text: 'ROUND 3' })).map(({ message }) => message), ['round 3']);
  t.strictSame((await read(i, id, { text: 'x_100%' })).map(({ message }) => message), ['odd'], 'also in what stands beside it');
  t.strictSame(await read(i, id, { text: 'x%0' }), []);
  const { connections } = i.workspace;
  const first = await connections.log(i.tenantId, id, { limit: 3 });
  const second = await connections.log(i.tenantId, id, { limit: 3, before: first.next ?? '' });
  t.strictSame([...first.rows, ...second.rows].map(({ message }) => message), ['bad', 'odd', 'round 4', 'round 3', 'round 2', 'round 1']);
  t.strictSame((await connections.log(i.tenantId, id, { before: 'nonsense', limit: 1 })).rows.length, 1);
  await t.rejects(connections.log(i.otherId, id), { code: 'NOT_FOUND' });
});

onBoth(t, 'Of each connection only the newest thousand lines stay', async (t, i) => {
  const { id } = await create(i);
  const { id: quiet } = await create(i, 'Quiet');
  const { log } = i.runtime.directory.connection(id)?.context ?? { log: i.runtime.log };
  for (let n = 0; n < 2_450; n++) {
    log.info({}, `line ${n}`);
    if (n % 400 === 0) await read(i, id, { limit: 1 });
  }
  const [newest] = await read(i, id);
  t.equal(newest?.message, 'line 2449');
  const [count] = await i.all<{ n: number }>('select count(*) as n from connection_log where connection_id = ?', [id]);
  t.ok(count && count.n >= 1_000 && count.n < 1_100, `${count?.n} lines`);
  t.equal((await read(i, quiet)).length, 1, 'one that talks takes no room from another');
});

onBoth(t, 'A plugin that says more than can be kept loses lines, never work', async (t, i) => {
  const { id } = await create(i);
  const { log } = i.runtime.directory.connection(id)?.context ?? { log: i.runtime.log };
  for (let n = 0; n < 6_000; n++) log.info({ big: 'x'.repeat(30_000) }, `line ${n}`);
  t.equal((await read(i, id, { limit: 1 })).length, 1);
  const [longest] = await i.all<{ n: number }>('select max(length(cast(detail as text))) as n from connection_log');
  t.ok(longest && longest.n < 25_000, `${longest?.n} characters`);
  const { version } = await i.workspace.connections.get(i.tenantId, id);
  await i.workspace.connections.save(i.tenantId, id, { name: 'Still here', description: '', settings: i.good(), version }, i.by);
});
