import t from 'tap';
import { Pool } from 'undici';
import { evidence } from '../../plugins/meta-cloud/evidence.ts';
import { chance, mutate } from '../kit/chance.ts';
import { signature } from './customers.ts';
import { until } from '../until.ts';
import { createScene } from './scene.ts';
import { seed } from './seed.ts';

const account = '108100000000001';
const metadata = { display_phone_number: '628110000001', phone_number_id: account };
const entry = (...changes: object[]) => ({ id: '102000000000001', changes });
const envelope = (...entries: object[]) => ({ object: 'whatsapp_business_account', entry: entries });
const change = (value: object, field = 'messages') => ({ field, value: { messaging_product: 'whatsapp', metadata, ...value } });
const contact = (from: string) => ({ profile: { name: 'Ana' }, wa_id: from });
const now = () => String(Math.floor(Date.now() / 1000));
const text = (from: string, body: string) => ({ from, id: `wamid.${body}`, timestamp: now(), type: 'text', text: { body } });
const person = (n: number) => `62816${String(n).padStart(7, '0')}`;

void t.test('every shape that a provider may send is taken, and all in it that can be answered is answered', async (t) => {
  const scene = await createScene({ emulator: { statuses: false } });
  t.teardown(() => scene.end());
  const product = await scene.start();
  const post = async (body: object | string): Promise<number> => {
    const written = typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await fetch(scene.webhook, { method: 'POST', headers: { 'content-type': 'application/json', 'x-hub-signature-256': signature(scene.emulator.settings.appSecret, written) }, body: written });
    await answer.arrayBuffer();
    return answer.status;
  };
  const answered = () => scene.emulator.messages.map((sent) => String(sent.text?.replace('echo: ', ''))).toSorted((a, b) => (a < b ? -1 : 1));
  const reset = async () => {
    await scene.ledger.drained();
    return answered().slice();
  };

  await t.test('three entries of three changes of three messages are twenty-seven messages', async (t) => {
    const names: string[] = [];
    const three = <T>(make: (n: number) => T) => [0, 1, 2].map(make);
    const body = envelope(...three((e) => entry(...three((c) => {
      const messages = three((m) => text(person(e * 9 + c * 3 + m), `27-${e}-${c}-${m}`));
      names.push(...messages.map((m) => m.text.body));
      return change({ contacts: messages.map((m) => contact(m.from)), messages });
    }))));
    t.equal(await post(body), 200);
    t.same((await reset()).filter((one) => one.startsWith('27-')), names.toSorted((a, b) => (a < b ? -1 : 1)));
  });

  await t.test('a batch of a thousand is a thousand messages', async (t) => {
    const messages = Array.from({ length: 1_000 }, (_, n) => text(person(100 + n), `1000-${String(n).padStart(4, '0')}`));
    t.equal(await post(envelope(entry(change({ contacts: messages.map((m) => contact(m.from)), messages })))), 200);
    t.equal((await reset()).filter((one) => one.startsWith('1000-')).length, 1_000);
  });

  await t.test('a message without contacts, of an unknown type or in a reversed batch is kept and answered where it can be', async (t) => {
    t.equal(await post(envelope(entry(change({ messages: [text(person(1), 'no contacts')] })))), 200);
    t.equal(await post(envelope(entry(change({ contacts: [contact(person(2))], messages: [{ from: person(2), id: 'wamid.unknown', timestamp: now(), type: 'hologram', hologram: { id: 1 } }] })))), 200);
    t.equal(await post(envelope(entry(change({ messages: [{ ...text(person(3), 'later'), timestamp: String(Number(now()) + 5) }, text(person(3), 'earlier')] })))), 200);
    const told = await reset();
    for (const one of ['no contacts', 'later', 'earlier']) t.ok(told.includes(one), one);
    t.match(await scene.ledger.all("select kind from message where event_id like '%wamid.unknown%'"), [{ kind: 'unsupported' }]);
  });

  await t.test('what says nothing to a chatbot is taken and kept', async (t) => {
    const before = (await reset()).length;
    const shapes: [string, object][] = [
      ['no messages', envelope(entry(change({ messages: [] })))],
      ['messages that are no list', envelope(entry(change({ messages: {} })))],
      ['statuses only', envelope(entry(change({ statuses: [{ id: 'wamid.of-nobody', status: 'delivered', timestamp: now(), recipient_id: person(4) }] })))],
      ['errors only', envelope(entry(change({ errors: [{ code: 130429, title: 'Rate limit hit' }] })))],
      ['account_update', envelope(entry({ field: 'account_update', value: { event: 'VERIFIED_ACCOUNT', phone_number: '628110000001' } }))],
      ['an unknown field', envelope(entry({ field: 'holograms', value: { anything: [1, 2, 3] } }))],
      ['no value', envelope(entry({ field: 'messages' }))],
      ['no changes', envelope({ id: '102000000000001' })],
      ['no entry', { object: 'whatsapp_business_account' }],
      ['another object', { object: 'page', entry: [] }],
      ['an empty object', {}],
    ];
    for (const [what, body] of shapes) t.equal(await post(body), 200, what);
    t.equal((await reset()).length, before, 'and nothing is answered');
    t.match(await scene.ledger.all("select count(*) as n from delivery where state = 'received'"), [{ n: 0 }]);
  });

  await t.test('what is signed but no JSON is a failed row', async (t) => {
    for (const body of ['', '{', 'null', '[]', '"x"', '1e999', `${'['.repeat(20_000)}${']'.repeat(20_000)}`, '\u0000']) t.equal(await post(body), 200, JSON.stringify(body.slice(0, 10)));
    await reset();
    t.match(await scene.ledger.all("select count(*) as n from delivery where state = 'failed' and reason <> ''"), [{ n: 8 }]);
  });

  await t.test('a status that comes before the answer to its own send is not lost', async (t) => {
    scene.emulator.latencyMs = 5_000;
    const before = scene.emulator.messages.length;
    t.equal(await post(envelope(entry(change({ contacts: [contact(person(5))], messages: [text(person(5), 'status first')] })))), 200);
    const ref = async () => (await scene.ledger.all<{ id: string }>("select id from message where text = 'echo: status first' and status = 'sending'"))[0]?.id;
    await until('it to be under way', async () => (await ref()) !== undefined, 120_000, 10);
    t.equal(scene.emulator.messages.length, before, 'the provider has not answered');
    t.equal(await post(envelope(entry(change({ statuses: [{ id: 'wamid.early', status: 'read', timestamp: now(), recipient_id: person(5), biz_opaque_callback_data: await ref() }] })))), 200);
    await reset();
    t.match(await scene.ledger.all("select status from message where text = 'echo: status first'"), [{ status: 'read' }]);
    scene.emulator.latencyMs = 0;
  });
  t.ok(product.running());
});

/** News of the account may end it, mutated news too: that a connection stops then is tried elsewhere. */
const goesOn = evidence.filter(({ expect }) => !JSON.stringify(expect).includes('"kind":"account"'));

void t.test('twenty thousand mutations of what Meta sends, truly signed, stop nothing and are all worked off', async (t) => {
  const by = chance(seed(t));
  const scene = await createScene({ emulator: { statuses: false } });
  t.teardown(() => scene.end());
  const product = await scene.start();
  const pool = new Pool(new URL(scene.webhook).origin, { connections: 24, pipelining: 1 });
  const statuses: Record<number, number> = {};
  const total = 20_000;
  let done = 0;
  const one = async () => {
    while (done < total) {
      done++;
      const body = mutate(by.one(goesOn).body, by);
      const answer = await pool.request({ method: 'POST', path: new URL(scene.webhook).pathname, headers: { 'content-type': 'application/json', 'x-hub-signature-256': signature(scene.emulator.settings.appSecret, body) }, body });
      await answer.body.dump();
      statuses[answer.statusCode] = (statuses[answer.statusCode] ?? 0) + 1;
      // The provider comes again: there was no room for the moment.
      if (answer.statusCode === 503) done--;
    }
  };
  await Promise.all(Array.from({ length: 24 }, one));
  await pool.close();
  const taken = statuses[200] ?? 0;
  t.comment(`answers ${JSON.stringify(statuses)}`);
  t.equal(taken, total, 'every one is taken');
  t.same(Object.keys(statuses).filter((status) => status !== '200' && status !== '503'), [], 'and nothing else is said');
  t.ok(product.running());
  await until('the backlog to drain', async () => Number((await scene.ledger.all<{ n: number }>("select count(*) as n from delivery where state = 'received'"))[0]?.n) === 0, 900_000, 250);
  const failed = await scene.ledger.all<{ reason: string; n: number }>("select reason, count(*) as n from delivery where state = 'failed' group by reason order by n desc");
  t.comment(`failed rows: ${JSON.stringify(failed.slice(0, 5))}`);
  t.same(failed.filter(({ reason }) => !reason.startsWith('The body is')), [], 'a row fails only for what is no JSON object');
  t.same(product.lines.filter(({ level }) => level === 'error' || level === 'fatal').slice(0, 3), [], 'nothing failed inside');
  await scene.customers.say(['still there?']);
  await until('an answer', () => scene.emulator.messages.some((sent) => sent.text === 'echo: still there?'));
});
