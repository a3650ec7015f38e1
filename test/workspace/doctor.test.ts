import t from 'tap';
import { createViews } from '../../core/admin/view.ts';
import { formats } from '../../core/admin/format.ts';
import { sayLine } from '../../core/admin/wording.ts';
import { uuid } from '../../core/ids.ts';
import type { CheckLine, Locale } from '../../core/plugin/contract/plugin.ts';
import { listen } from '../far-end.ts';
import { caught, onBoth, withSimulator, type Installation } from './installation.ts';
import { pigeonPost, templateOf } from './pigeon.ts';

const hour = 3_600_000;
const { texts } = createViews({ root: `${import.meta.dirname}/../..`, production: false });

/** What stands at PUBLIC_URL. */
const front = { status: 200, body: '{"status":"live"}' };
const here = await listen(t, (_, response) => response.writeHead(front.status).end(front.body));

const post = pigeonPost();
const more = { plugins: [post.plugin], origins: [here] };

function fresh(): void {
  Object.assign(post, pigeonPost(), { plugin: post.plugin });
  delete post.refuses;
  delete post.silent;
}

async function connection(i: Installation): Promise<string> {
  fresh();
  const { id } = await i.workspace.connections.create(i.tenantId, { plugin: 'pigeon', name: 'Post', settings: { data: { seal: 'a-good-seal', lines: ['r1'] } } }, i.by);
  await i.quiet();
  return id;
}

const lineOf = (lines: readonly CheckLine[], what: string) => lines.find((line) => line.what === what);

/** As a reader of that language sees it. */
function said(i: Installation, line: CheckLine | undefined, locale: Locale) {
  const fmt = formats(locale, 'UTC', Date.now());
  return line && sayLine(i.runtime.plugins, 'pigeon', line, { t: texts.of(locale, fmt.count), locale, moment: fmt.moment });
}

onBoth(t, 'The doctor says whether the public address leads here', async (t, i) => {
  const { id: courier } = await i.workspace.connections.create(i.tenantId, { plugin: 'courier', name: 'Main', settings: i.good() }, i.by);
  const asked = async () => lineOf(await i.workspace.connections.check(i.tenantId, { id: courier }), 'public-url');
  delete i.server.publicUrl;
  t.match(await asked(), { state: 'broken', said: 'says:doctor.publicUrl.missing' });
  i.server.publicUrl = 'http://10.1.2.3';
  t.match(await asked(), { state: 'doubtful', said: 'says:doctor.publicUrl.private' });
  i.server.publicUrl = 'https://nobody.invalid';
  t.match(await asked(), { state: 'doubtful', said: 'says:doctor.publicUrl.silent', answered: /nobody\.invalid/ });
  i.server.publicUrl = here;
  front.body = '{"status":"live"}';
  t.match(await asked(), { state: 'doubtful', said: 'says:doctor.publicUrl.plain' }, 'there is no https');
  Object.assign(front, { status: 404, body: 'not here' });
  t.match(await asked(), { state: 'broken', said: 'says:doctor.publicUrl.other', params: { status: '404' } });
  Object.assign(front, { status: 200, body: '{"status":"live"}' });
  t.match(await i.workspace.connections.start(i.tenantId, courier, i.by), { state: 'running' }, 'what goes out needs no address of ours');
  delete i.server.publicUrl;
  t.match(await i.workspace.connections.restart(i.tenantId, courier, i.by), { state: 'running' });
}, more);

onBoth(t, 'A save leaves core’s own lines where the doctor said them, asked with what is saved', async (t, i) => {
  const { connections } = i.workspace;
  const { id: courier } = await connections.create(i.tenantId, { plugin: 'courier', name: 'Main', settings: i.good() }, i.by);
  const { version } = await connections.get(i.tenantId, courier);
  i.server.publicUrl = here;
  await connections.save(i.tenantId, courier, { name: 'Main', description: '', settings: i.good({ region: 'us' }), version }, i.by);
  const { checks } = await connections.get(i.tenantId, courier);
  t.match([lineOf(checks, 'token'), lineOf(checks, 'public-url'), lineOf(checks, 'last-event')], [{ state: 'ok' }, { params: { url: here } }, { state: 'not-yet' }]);

  const id = await connection(i);
  post.subscription = { state: 'other', url: 'https://elsewhere.example/hook' };
  const { version: now } = await connections.get(i.tenantId, id);
  const { lines } = await connections.save(i.tenantId, id, { name: 'Post', description: '', settings: { data: { loft: 'south' } }, version: now }, i.by);
  t.match([lineOf(lines, 'subscription'), lineOf((await connections.get(i.tenantId, id)).checks, 'subscription')], Array.from({ length: 2 }, () => ({ state: 'broken', params: { url: 'https://elsewhere.example/hook' } })));
  t.equal(post.loft, 'south');
}, more);

onBoth(t, 'Where events go is said and changed; what another would lose is asked for first', async (t, i) => {
  const id = await connection(i);
  const { connections } = i.workspace;
  const now = async () => lineOf(await connections.check(i.tenantId, { id }), 'subscription');
  t.match(await now(), { state: 'broken', said: 'says:doctor.subscription.none' });
  t.match(await connections.subscribe(i.tenantId, id, {}, i.by), { state: 'ok' });
  t.match(post.subscription, { state: 'ours', url: (await connections.handOff(i.tenantId, id)).webhookUrl });
  t.match(lineOf((await connections.get(i.tenantId, id)).checks, 'subscription'), { state: 'ok' }, 'the page shows what became of it');
  post.subscription = { state: 'other', url: 'https://elsewhere.example/hook' };
  t.match(await now(), { state: 'broken', params: { url: 'https://elsewhere.example/hook' } });
  await t.rejects(connections.subscribe(i.tenantId, id, {}, i.by), { code: 'CONFLICT', message: /elsewhere\.example/ });
  t.equal(post.subscription.state, 'other');
  t.match(await connections.subscribe(i.tenantId, id, { overwrite: true }, i.by), { state: 'ok' });
  t.match(await connections.unsubscribe(i.tenantId, id, i.by), { said: 'says:doctor.subscription.none' });
  post.refuses = 'The seal a-good-seal may not subscribe.';
  t.match(await connections.subscribe(i.tenantId, id, {}, i.by), { state: 'broken', answered: 'The seal [secret] may not subscribe.' });
  t.match(lineOf((await connections.get(i.tenantId, id)).checks, 'subscription'), { state: 'broken', answered: /\[secret\]/ });
  delete post.refuses;
  t.match(await connections.subscribe(i.tenantId, id, {}, i.by), { state: 'ok' }, 'it can be repeated');
  t.match((await i.audited()).filter((action) => action.includes('subscribe')), ['connection.subscribe', 'connection.subscribe', 'connection.unsubscribe', 'connection.subscribe']);
  await t.rejects(connections.subscribe(i.otherId, id, {}, i.by), { code: 'NOT_FOUND' });
  const { connectionId } = await withSimulator(i);
  await t.rejects(connections.subscribe(i.tenantId, connectionId, {}, i.by), { code: 'NOT_FOUND' }, 'a phone in the browser has nothing to subscribe');
}, more);

onBoth(t, 'A number is registered with its PIN in one try, and what became of it is shown and logged without the PIN', async (t, i) => {
  const id = await connection(i);
  const [number] = await i.workspace.numbers.list(i.tenantId, 0);
  const register = (pin: string) => i.workspace.numbers.register(i.tenantId, number?.id ?? '', { pin }, i.by);
  for (const pin of ['', '12345', '1234567', '12 456', 'abcdef']) t.match(await caught(register(pin)), { faults: { pin: { code: 'wrongForm' } } }, pin);
  t.strictSame(post.registered, []);
  t.match(await register('000000'), { state: 'broken', said: 'That is not the PIN.' });
  t.match(await register(' 482913 '), { state: 'ok', said: 'It may fly.' });
  t.strictSame(post.registered.map(({ pin }) => pin), ['000000', '482913'], 'one call each');
  t.match(lineOf((await i.workspace.connections.get(i.tenantId, id)).checks, 'number r1'), { state: 'ok' });
  post.refuses = 'Too many tries with 482913.';
  t.match(await register('482913'), { state: 'broken', answered: 'Too many tries with ••••••.' });
  const { rows } = await i.workspace.connections.log(i.tenantId, id);
  t.match(rows.map(({ message }) => message).join('\n'), /The number r1 was registered: It may fly\./);
  t.notMatch(JSON.stringify([rows, await i.all('select detail from audit')]), '482913');
  await t.rejects(i.workspace.numbers.register(i.otherId, number?.id ?? '', { pin: '482913' }, i.by), { code: 'NOT_FOUND' });
}, more);

onBoth(t, 'What came last, what was refused, what waits and who answers are said as they are now', async (t, i) => {
  const id = await connection(i);
  const { connections, agents, numbers } = i.workspace;
  const lines = async () => (await connections.get(i.tenantId, id)).checks;
  t.match(lineOf(await lines(), 'last-event'), { state: 'not-yet' });
  t.match(lineOf(await lines(), 'rejected'), { state: 'ok' });
  t.match(lineOf(await lines(), 'waiting'), { state: 'ok', said: 'says:doctor.waiting.none' });
  t.match(lineOf(await lines(), 'line r1'), { state: 'not-yet', said: 'says:doctor.number.inactive' });
  const [number] = await numbers.list(i.tenantId, 0);
  const { id: agentId } = await agents.create(i.tenantId, { plugin: 'oracle', name: 'Oracle', settings: { data: {} } }, i.by);
  await numbers.edit(i.tenantId, number?.id ?? '', { displayName: 'Ring one', agentId, active: true }, i.by);
  t.match(lineOf(await lines(), 'line Ring one'), { state: 'ok', said: 'says:doctor.number.answers', params: { agent: 'Oracle' } });
  await agents.stop(i.tenantId, agentId, i.by);
  t.match(lineOf(await lines(), 'line Ring one'), { state: 'doubtful', said: 'says:doctor.number.agentStopped' });
  const now = i.runtime.clock.now();
  await i.db.write(async (sql) => {
    await sql.insert('rejection', ['id', 'tenant_id', 'connection_id', 'cause', 'source', 'count', 'first_at', 'last_at'], [
      [uuid(), i.tenantId, id, 'wrong-secret', '192.0.2.1', 3, now - 5, now - 5], [uuid(), i.tenantId, id, 'wrong-secret', '192.0.2.2', 1, now, now], [uuid(), i.tenantId, id, 'unsigned', '192.0.2.2', 9, 1, now - 25 * hour],
    ]);
    await sql.insert('delivery', ['id', 'tenant_id', 'connection_id', 'received_at', 'method', 'url', 'headers', 'body', 'state'], [[uuid(), i.tenantId, id, now, 'POST', '', '{}', Buffer.from('[]'), 'processed']]);
  });
  t.match(lineOf(await lines(), 'last-event'), { state: 'ok', params: { at: String(now) } });
  const refused = (await lines()).filter(({ what }) => what === 'rejected');
  t.match(refused, [{ state: 'doubtful', mend: 'admin:rejected.wrong-secret.likely', params: { count: '4' } }]);
  t.equal(refused.length, 1, 'what is older than a day is left out');
  t.match(said(i, refused[0], 'en'), { what: 'Refused webhooks', said: /^4 webhooks could not prove themselves, the last on .*192\.0\.2\.2\.$/, mend: /secret/ });
  t.match(said(i, refused[0], 'es')?.said, /^4 webhooks no pudieron/);
}, more);

onBoth(t, 'Templates that are in sync, or were not read for long, are said with their count', async (t, i) => {
  const id = await connection(i);
  post.templates = [templateOf('a'), templateOf('b', { status: 'rejected' })];
  await i.workspace.templates.sync(i.tenantId, id, i.by);
  const line = async () => lineOf((await i.workspace.connections.get(i.tenantId, id)).checks, 'templates');
  t.match(await line(), { state: 'ok', params: { count: '2', approved: '1' } });
  t.match(said(i, await line(), 'en')?.said, /^2 templates, 1 approved, read on \d/);
  await i.db.write((sql) => sql.run('update connection set templates_at = templates_at - ?', [13 * hour]));
  t.match(await line(), { state: 'doubtful', said: 'says:doctor.templates.old' });
}, more);

onBoth(t, 'A channel’s line is said in each language with the provider’s own words beside it; the reason of an error too', async (t, i) => {
  const id = await connection(i);
  const { connections } = i.workspace;
  post.refuses = 'seal a-good-seal revoked on Tuesday';
  t.match(await connections.restart(i.tenantId, id, i.by), { state: 'error' });
  const [row] = await connections.list(i.tenantId);
  t.equal(row?.reason, 'The loft north does not know this seal. “seal [secret] revoked on Tuesday”');
  t.match(said(i, row?.reasonLine, 'es'), { what: 'Sello', state: 'broken', said: 'El palomar north no conoce este sello.', mend: 'Pide un sello nuevo.', answered: 'seal [secret] revoked on Tuesday', field: 'seal' });
  t.match(said(i, row?.reasonLine, 'id')?.said, 'Kandang north tidak mengenal segel ini.');
  const refused = await caught(connections.create(i.tenantId, { plugin: 'pigeon', name: 'Second', settings: { data: { seal: 'another-seal' } } }, i.by));
  t.match(refused.fields, { seal: /^The loft north does not know this seal\. .*Ask for a new seal\.$/ }, 'an API hears English');
  t.match((await connections.log(i.tenantId, id, { level: 'error' })).rows, [{ message: /^It went into error: The loft north/, event: 'connection.error' }]);
}, more);

onBoth(t, 'A provider that refuses stops the connection with the reason; one that is silent, or has a passing fault, does not', async (t, i) => {
  const id = await connection(i);
  const { connections } = i.workspace;
  post.silent = true;
  t.match(await connections.restart(i.tenantId, id, i.by), { state: 'running' });
  t.match((await connections.get(i.tenantId, id)).checks.filter(({ state }) => state === 'doubtful').map(({ what }) => what), ['check', 'subscription', 'templates'].slice(0, 2));
  delete post.silent;
  post.refuses = 'This seal is broken.';
  t.match(await connections.restart(i.tenantId, id, i.by), { state: 'error' });
  delete post.refuses;
  t.match(await connections.restart(i.tenantId, id, i.by), { state: 'running' });
  t.notOk((await connections.list(i.tenantId))[0]?.reason);
}, more);
