import t from 'tap';
import { syncTemplatesBy } from '../../core/pipeline/templates.ts';
import { defineChannel, Type } from '../../core/plugin/index.ts';
import { uuid } from '../../core/ids.ts';
import { enqueue, laneOf } from '../../core/queue/queue.ts';
import { caught, onBoth, type Installation } from './installation.ts';
import { pigeonPost, templateOf, type PigeonPost } from './pigeon.ts';

const hour = 3_600_000;

/** Each test, on each database, with a provider of its own. */
function withPost(name: string, work: (t: Parameters<Parameters<typeof onBoth>[2]>[0], i: Installation, post: PigeonPost) => Promise<void>): void {
  const post = pigeonPost();
  onBoth(t, name, async (t, i) => {
    Object.assign(post, pigeonPost(), { plugin: post.plugin });
    delete post.refuses;
    delete post.silent;
    delete post.meanwhile;
    await work(t, i, post);
  }, { plugins: [post.plugin], origins: [] });
}

async function connection(i: Installation, start = true): Promise<string> {
  const { id } = await i.workspace.connections.create(i.tenantId, { plugin: 'pigeon', name: 'Post', settings: { data: { seal: 'a-good-seal' } }, start }, i.by);
  await i.quiet();
  return id;
}

const names = async (i: Installation, filter = {}) => (await i.workspace.templates.list(i.tenantId, filter)).rows.map(({ name }) => name);

withPost('The templates of a connection are read when it starts, page by page, and again every few hours', async (t, i, post) => {
  post.templates = ['a', 'b', 'c', 'd', 'e'].map((id) => templateOf(id));
  await connection(i);
  t.strictSame(await names(i), ['name_a', 'name_b', 'name_c', 'name_d', 'name_e']);
  t.equal(post.listed, 1);
  post.templates.push(templateOf('f'));
  await i.pass(5 * hour);
  t.equal(post.listed, 1, 'not before its time');
  await i.pass(2 * hour);
  t.equal(post.listed, 2);
  t.match(await names(i), ['name_a', 'name_b', 'name_c', 'name_d', 'name_e', 'name_f']);
  await i.pass(7 * hour);
  t.equal(post.listed, 3, 'and so on');
  t.strictSame((await i.all<{ n: number }>("select count(*) as n from job where kind = 'templates'"))[0]?.n, 1, 'with one job');
});

withPost('What changed is changed, what is gone is marked, and what comes back is back', async (t, i, post) => {
  post.templates = [templateOf('a'), templateOf('b', { status: 'pending' }), templateOf('c')];
  const id = await connection(i);
  const before = (await i.workspace.templates.list(i.tenantId, {})).rows;
  post.templates = [templateOf('a'), templateOf('b', { status: 'rejected', reason: 'Too loud.', quality: 'RED', category: 'MARKETING' })];
  t.strictSame(await i.workspace.templates.sync(i.tenantId, id, i.by), { seen: 2, gone: 1 });
  t.strictSame(await names(i), ['name_a', 'name_b']);
  const after = (await i.workspace.templates.list(i.tenantId, {})).rows;
  t.match(after[1], { id: before[1]?.id, status: 'rejected', reason: 'Too loud.', quality: 'RED', category: 'MARKETING' }, 'the row is the same');
  t.strictSame(await i.all("select name from template where deleted_at is not null"), [{ name: 'name_c' }]);
  post.templates.push(templateOf('c'));
  t.strictSame(await i.workspace.templates.sync(i.tenantId, id, i.by), { seen: 3, gone: 0 });
  t.equal((await i.workspace.templates.list(i.tenantId, {})).rows[2]?.id, before[2]?.id);
});

withPost('A reading that somebody asked for stands once in the log of the connection, and one of the timer too', async (t, i, post) => {
  post.templates = [templateOf('a')];
  const id = await connection(i);
  const readings = async () => (await i.workspace.connections.log(i.tenantId, id, { text: 'templates were read' })).rows;
  const timed = await readings();
  t.match(timed, [{ level: 'info', detail: { seen: 1, gone: 0 } }]);
  await i.workspace.templates.sync(i.tenantId, id, i.by);
  const all = await readings();
  t.equal(all.length, timed.length + 1);
  t.match(all[0], { event: 'connection.templates', detail: { seen: 1, gone: 0 } });
});

withPost('A provider that fails in the middle of its list changes nothing, and is asked again', async (t, i, post) => {
  post.templates = [templateOf('a'), templateOf('b'), templateOf('c')];
  const id = await connection(i);
  post.templates = [templateOf('a')];
  post.refuses = 'The loft is on fire. The seal a-good-seal is of no use.';
  await i.pass(7 * hour);
  t.strictSame(await names(i), ['name_a', 'name_b', 'name_c']);
  const [job] = await i.all<{ error: string; attempts: number }>("select error, attempts from job where kind = 'templates'");
  t.match(job, { error: 'The loft is on fire. The seal [secret] is of no use.', attempts: 1 });
  t.match((await i.workspace.connections.log(i.tenantId, id)).rows[0], { level: 'warn', message: 'the templates could not be read', detail: { said: /on fire/ } });
  t.match((await i.workspace.connections.get(i.tenantId, id)).checks.find(({ what }) => what === 'templates'), { state: 'doubtful', answered: /on fire/ }, 'the doctor says so');
  delete post.refuses;
  await i.pass(hour);
  t.strictSame(await names(i), ['name_a'], 'within the hour it was asked again');
});

withPost('Asked for in between, as by a webhook, the reading comes at once; asked for while it is under way, once more', async (t, i, post) => {
  post.templates = [templateOf('a')];
  const id = await connection(i);
  const soon = () => i.db.write((sql) => syncTemplatesBy(sql, [{ id, tenantId: i.tenantId }], i.runtime.clock.now(), i.runtime.clock.now()));
  await soon();
  await i.pass(1);
  t.equal(post.listed, 2);
  post.meanwhile = async () => {
    delete post.meanwhile;
    await i.pause(3);
    await soon();
    post.templates = [templateOf('a'), templateOf('late')];
  };
  await soon();
  await i.pass(10);
  await i.pass(10);
  t.ok(post.listed >= 4, `${post.listed} readings`);
  t.strictSame(await names(i), ['name_a', 'name_late']);
});

withPost('Of two timers that two replicas made at once one stays', async (t, i, post) => {
  const id = await connection(i);
  await i.db.write((sql) => enqueue(sql, [{ tenantId: i.tenantId, lane: laneOf.templates(id), kind: 'templates', ref: id, readyAt: i.runtime.clock.now() + 60_000 }], i.runtime.clock.now()));
  await i.pass(7 * hour);
  t.strictSame((await i.all<{ n: number }>("select count(*) as n from job where kind = 'templates'"))[0]?.n, 1);
  t.equal(post.listed, 2);
});

withPost('A stopped connection is left alone until it starts; a removed one for ever', async (t, i, post) => {
  post.templates = [templateOf('a')];
  const id = await connection(i);
  await i.workspace.connections.stop(i.tenantId, id, i.by);
  await i.pass(13 * hour);
  t.equal(post.listed, 1);
  await i.workspace.connections.start(i.tenantId, id, i.by);
  await i.quiet();
  t.equal(post.listed, 2);
  await i.workspace.connections.remove(i.tenantId, id, i.by);
  await i.pass(13 * hour);
  t.equal(post.listed, 2);
  t.strictSame(await i.all("select id from job where kind = 'templates'"), []);
});

withPost('A template is made: told beside the field what the channel would refuse, before anybody is asked; else in the provider’s words', async (t, i, post) => {
  const id = await connection(i);
  const draft = { name: 'parcel_here', language: 'en', category: 'UTILITY', preview: { body: 'Here is {{1}}.' }, examples: { 1: 'Ana' } };
  const { templates } = i.workspace;
  t.match(await caught(templates.create(i.tenantId, id, { ...draft, name: '  ', preview: { body: '' } }, i.by)), { faults: { name: { code: 'required' }, body: { code: 'required' } } });
  t.match(await caught(templates.create(i.tenantId, id, { ...draft, name: 'Not Lower', preview: { body: '' } }, i.by)), { faults: { name: { code: 'plugin' }, body: { code: 'required' } } }, 'what is missing and what the channel says, at once');
  t.match(await caught(templates.create(i.tenantId, id, { ...draft, name: 'Parcel Here' }, i.by)), { faults: { name: { code: 'plugin', params: { plugin: 'pigeon', text: 'name.bad' } } } });
  t.strictSame(post.made, []);
  post.refuses = 'No such words here.';
  t.match(await caught(templates.create(i.tenantId, id, draft, i.by)), { faults: { '': { code: 'refused', params: { who: 'Pigeon Post', said: 'No such words here.' } } } });
  delete post.refuses;
  const made = await templates.create(i.tenantId, id, draft, i.by);
  t.equal(made.status, 'pending');
  t.match(await templates.get(i.tenantId, made.id), { name: 'parcel_here', language: 'en', status: 'pending', connectionId: id });
  await templates.remove(i.tenantId, made.id, i.by);
  t.strictSame(post.deleted, ['t1']);
  t.strictSame(await names(i), []);
  t.match((await i.audited()).slice(-2), ['template.create', 'template.remove']);
});

withPost('Templates are found by status, language, words and connection, and listed in pages', async (t, i, post) => {
  post.templates = [...Array.from({ length: 7 }, (_, n) => templateOf(`n${n}`)), templateOf('es', { language: 'es', name: 'name_n1', status: 'pending', preview: { body: 'Hola 100% {{1}}' } })];
  const id = await connection(i);
  const { templates } = i.workspace;
  const first = await templates.list(i.tenantId, { limit: 3 });
  t.strictSame(first.rows.map(({ name, language }) => `${name} ${language}`), ['name_n0 en', 'name_n1 en', 'name_n1 es']);
  const second = await templates.list(i.tenantId, { limit: 3, after: first.next ?? '' });
  t.strictSame(second.rows.map(({ name }) => name), ['name_n2', 'name_n3', 'name_n4']);
  t.notOk((await templates.list(i.tenantId, { limit: 3, after: second.next ?? '' })).next);
  t.strictSame(await names(i, { status: 'pending' }), ['name_n1']);
  t.strictSame(await names(i, { language: 'es', connectionId: id }), ['name_n1']);
  t.strictSame(await names(i, { search: '100%' }), ['name_n1']);
  t.strictSame(await names(i, { search: 'N_N4' }), ['name_n4'].slice(0, 0), 'an underscore is no wildcard');
  t.strictSame(await names(i, { search: 'e_N4' }), ['name_n4']);
  t.strictSame((await templates.list(i.tenantId, { after: 'nonsense' })).rows.length, 8);
  t.strictSame(await templates.list(i.otherId, {}), { rows: [] });
  await t.rejects(templates.sync(i.otherId, id, i.by), { code: 'NOT_FOUND' });
  await t.rejects(templates.get(i.otherId, first.rows[0]?.id ?? ''), { code: 'NOT_FOUND' });
  await t.rejects(templates.remove(i.otherId, first.rows[0]?.id ?? '', i.by), { code: 'NOT_FOUND' });
  await t.rejects(templates.create(i.otherId, id, { name: 'x', language: 'en', category: '', preview: { body: 'x' }, examples: {} }, i.by), { code: 'NOT_FOUND' });
});

withPost('What is sent is the text as it will be read; a missing variable, medium or approval is told beside its place', async (t, i, post) => {
  post.templates = [
    templateOf('plain', { preview: { header: { kind: 'text', text: 'Parcel {{header.1}}' }, body: 'Hello {{1}} {{name}}, {{unknown}}', footer: 'Bye' }, variables: [{ key: 'header.1' }, { key: '1' }, { key: 'name' }] }),
    templateOf('pic', { preview: { header: { kind: 'image' }, body: 'Look.' }, variables: [] }),
    templateOf('soon', { status: 'pending' }),
  ];
  await connection(i);
  const { templates } = i.workspace;
  const of = new Map((await templates.list(i.tenantId, {})).rows.map((row) => [row.providerId, row.id]));
  t.match(await caught(templates.content(i.tenantId, of.get('plain') ?? '', { variables: { 1: 'Ana', name: ' ' } })), { faults: { 'variables.header.1': { code: 'required' }, 'variables.name': { code: 'required' } } });
  t.strictSame(await templates.content(i.tenantId, of.get('plain') ?? '', { variables: { 'header.1': '7', 1: 'Ana {{name}}', name: 'Li', more: 'x' } }), {
    kind: 'template', template: 'plain', name: 'name_plain', language: 'en', variables: { 'header.1': '7', 1: 'Ana {{name}}', name: 'Li' },
    text: 'Parcel 7\n\nHello Ana {{name}} Li, {{unknown}}\n\nBye',
  }, 'what somebody types is never a variable itself');
  t.match(await caught(templates.content(i.tenantId, of.get('soon') ?? '', { variables: { 1: 'Ana' } })), { faults: { template: { code: 'templateNotApproved' } } });
  t.match(await caught(templates.content(i.tenantId, of.get('pic') ?? '', { variables: {} })), { faults: { media: { code: 'templateMedia', params: { kind: 'image' } } } });
  const medium = async (kind: string, state: string, tenantId = i.tenantId) => {
    const id = uuid();
    await i.db.write((sql) => sql.insert('media', ['id', 'tenant_id', 'kind', 'mime', 'name', 'bytes', 'state', 'created_at'], [[id, tenantId, kind, 'image/png', 'cat.png', 12, state, 1]]));
    return id;
  };
  for (const mediaId of [await medium('video', 'stored'), await medium('image', 'missing'), await medium('image', 'stored', i.otherId)]) {
    t.match(await caught(templates.content(i.tenantId, of.get('pic') ?? '', { variables: {}, mediaId })), { faults: { media: { code: 'templateMedia' } } });
  }
  const mediaId = await medium('image', 'stored');
  t.match(await templates.content(i.tenantId, of.get('pic') ?? '', { variables: {}, mediaId }), { text: 'Look.', media: { kind: 'image', id: mediaId, mime: 'image/png', bytes: 12, name: 'cat.png' } });
  await i.db.write((sql) => sql.run("update template set deleted_at = 5 where provider_id = 'plain'"));
  t.match(await caught(templates.content(i.tenantId, of.get('plain') ?? '', { variables: { 'header.1': '7', 1: 'Ana', name: 'Li' } })), { faults: { template: { code: 'templateNotApproved' } } }, 'gone at the provider');
});

/** Its provider cannot be asked for templates. */
const scroll = defineChannel({
  name: 'scroll',
  title: 'Scroll',
  contract: 1,
  settings: Type.Object({}),
  can: { webhook: 'secret-url', sends: ['text', 'template'], statuses: [], maxText: 500 },
  account: { title: 'Line', parse: (typed) => typed },
  verify: () => true,
  parse: () => [],
  send: async ({ ref }) => ({ accepted: { refs: [ref] } }),
});

onBoth(t, 'On a channel that lists none, what a person types in is kept as approved', async (t, i) => {
  const { id } = await i.workspace.connections.create(i.tenantId, { plugin: 'scroll', name: 'Scroll', settings: { data: {} } }, i.by);
  const { templates, connections } = i.workspace;
  t.strictSame((await connections.get(i.tenantId, id)).can.templates, { list: false, create: true, delete: true, byHand: true });
  await t.rejects(templates.sync(i.tenantId, id, i.by), { code: 'NOT_FOUND' });
  const draft = { name: 'parcel', language: 'id', category: '', preview: { header: { kind: 'text' as const, text: 'No. {{1}}' }, body: 'Halo {{1}}, {{2}}', buttons: [{ kind: 'url' as const, title: 'Track', target: 'https://example.com/{{1}}' }] }, examples: { 1: 'Ana', 2: 'siap' } };
  const { id: templateId, status } = await templates.create(i.tenantId, id, draft, i.by);
  t.equal(status, 'approved');
  t.match(await templates.get(i.tenantId, templateId), { variables: [{ key: 'header.1', example: 'Ana' }, { key: '1', example: 'Ana' }, { key: '2', example: 'siap' }, { key: 'button.0' }] });
  t.match(await templates.content(i.tenantId, templateId, { variables: { 'header.1': '9', 1: 'Li', 2: 'siap', 'button.0': 'x9' } }), { name: 'parcel', language: 'id', text: 'No. 9\n\nHalo Li, siap' });
  t.equal((await templates.create(i.tenantId, id, { ...draft, preview: { body: 'Changed' } }, i.by)).id, templateId, 'typed in again it is changed');
  await templates.remove(i.tenantId, templateId, i.by);
  t.strictSame(await names(i), []);
}, { plugins: [scroll], origins: [] });
