/** What programs send, and what becomes of it: by a channel with templates, whose provider says what the test wants. */
import type { Test } from 'tap';
import type { Outgoing, SendResult } from '../../core/plugin/contract/channel.ts';
import type { Event } from '../../core/plugin/contract/event.ts';
import notifications from '../../plugins/notifications/index.ts';
import rules from '../../plugins/rules/index.ts';
import { pigeonPost, templateOf, type PigeonPost } from '../workspace/pigeon.ts';
import { onBoth, openOffice, type Office, type Program } from './office.ts';

const hour = 3_600_000;
const text = (text: string) => ({ kind: 'text', text });
type Row = Record<string, unknown> & { id: string; status: string; seq: number };

interface Loft {
  office: Office;
  post: PigeonPost;
  key: Program;
  connection: string;
  number: string;
  /** What left, oldest first. */
  sent: Outgoing[];
  /** What the provider answers to what is sent from now on. */
  answer?: SendResult;
  /** A customer writes; returns the conversation. */
  hear(from: string, said: string): Promise<string>;
  webhook(event: Event): Promise<void>;
}

async function openLoft(t: Test, on: { database?: string }): Promise<Loft> {
  const post = pigeonPost();
  post.templates = [templateOf('t1', { name: 'parcel' }), templateOf('t2', { name: 'parcel', language: 'es', preview: { body: 'Hola {{1}}' } }), templateOf('t3', { name: 'sale', status: 'rejected' })];
  const sent: Outgoing[] = [];
  const channel = {
    ...post.plugin,
    can: { ...post.plugin.can, sends: ['text', 'template', 'reaction', 'image'] as const, statuses: ['sent', 'delivered', 'read', 'failed'] as const, replyWindowHours: 24 },
    async send(out: Outgoing) {
      sent.push(out);
      return loft.answer ?? { accepted: { refs: [`p-${out.ref}`] } };
    },
    explain: () => ({ sentence: 'seal.bad', whose: 'operator' as const, retried: false, next: 'seal.mend' }),
  };
  const office = await openOffice(t, { ...on, plugins: [channel, rules, notifications] });
  const key = await office.key(['*']);
  const { id: connection } = (await key.post('/connections', { plugin: 'pigeon', name: 'Loft', settings: { seal: 'seal-of-the-loft' } })).json<{ id: string }>();
  const agent = (await office.ctx.workspace.agents.create(office.tenantId, { plugin: 'rules', name: 'Silent', settings: { data: { rules: [] } } }, 'configuration')).id;
  const { id: number } = (await key.post('/numbers', { connection, account: 'ring-1', name: 'Sales', agent })).json<{ id: string }>();
  const { webhookUrl, tokens } = (await key.get(`/connections/${connection}/hand-off`)).json<{ webhookUrl: string; tokens: { value: string }[] }>();
  let n = 0;
  const loft: Loft = {
    office, post, key, connection, number, sent,
    async webhook(event) {
      const answer = await office.app.inject({ method: 'POST', url: new URL(webhookUrl).pathname, payload: JSON.stringify([event]), headers: { host: 'localhost:3000', 'x-hook': `${tokens[0]?.value}.seal-of-the-loft` } });
      t.equal(answer.statusCode, 200);
      await office.quiet();
    },
    async hear(from, said) {
      await loft.webhook({ id: `e${++n}`, account: 'ring-1', at: office.ctx.runtime.clock.now(), kind: 'message', from: [{ kind: 'phone', value: from }], content: { kind: 'text', text: said } });
      const [row] = await office.all<{ conversation_id: string }>('select conversation_id from message order by id desc limit 1');
      return String(row?.conversation_id);
    },
  };
  return loft;
}

const ids = (answer: { json<T>(): T } | undefined) => answer?.json<{ messages: { id: string }[] }>().messages.map(({ id }) => id) ?? [];

onBoth('a reply is kept, goes out, and is followed to the contact', async (t, on) => {
  const { office, key, hear, webhook, sent, number, connection } = await openLoft(t, on);
  const conversation = await hear('15550001111', 'Where is my parcel?');
  const answer = await key.post('/messages', { conversation, content: text('On its way.') });
  t.equal(answer.statusCode, 202);
  t.match(answer.json(), { messages: [{ seq: 2 }], conversation, number });
  const [id = ''] = ids(answer);
  await office.quiet();
  t.match(sent, [{ account: 'ring-1', content: { kind: 'text', text: 'On its way.' }, to: { identities: [{ kind: 'phone', value: '15550001111' }] } }]);
  await webhook({ id: 's1', account: 'ring-1', at: office.ctx.runtime.clock.now(), kind: 'status', refs: [`p-${sent[0]?.ref}`], status: 'delivered' });
  t.match((await key.get(`/messages/${id}`)).json(), { id, conversation, connection, number, author: 'api', by: 'program 1', kind: 'text', text: 'On its way.', status: 'delivered', receipts: [{ status: 'delivered' }] });
  const page = (await key.get(`/messages?conversation=${conversation}&limit=1`)).json<{ items: Row[]; next: string }>();
  t.match(page, { items: [{ author: 'contact', text: 'Where is my parcel?', status: 'received' }], next: '1' });
  t.match((await key.get(`/messages?conversation=${conversation}&after=${page.next}`)).json(), { items: [{ id }] });
});

onBoth('a program answers one message, reacts to it and takes the reaction back', async (t, on) => {
  const { office, key, hear, sent } = await openLoft(t, on);
  const conversation = await hear('15550001111', 'Is it red?');
  const [heard] = (await key.get(`/messages?conversation=${conversation}`)).json<{ items: Row[] }>().items;
  await key.post('/messages', { conversation, content: text('It is.'), replyTo: heard?.id });
  t.equal((await key.post(`/messages/${heard?.id}/reactions`, { emoji: '👍' })).statusCode, 202);
  await office.quiet();
  t.match(sent, [{ replyTo: heard?.['providerRef'] }, { content: { kind: 'reaction', emoji: '👍', to: heard?.['providerRef'] } }]);
  t.match((await key.get(`/messages/${heard?.id}`)).json(), { changes: { reactions: { us: { emoji: '👍' } } } });
  await key.post(`/messages/${heard?.id}/reactions`, { emoji: '' });
  t.notMatch((await key.get(`/messages/${heard?.id}`)).json(), { changes: { reactions: { us: {} } } });
  const other = await hear('15550002222', 'And mine?');
  t.match((await key.post('/messages', { conversation: other, content: text('x'), replyTo: heard?.id })).json(), { error: { fields: { replyTo: 'This message is of another conversation.' } } });
  t.equal((await key.post(`/conversations/${conversation}/read`)).statusCode, 204);
  t.same(await office.all('select unread from conversation where id = ?', [conversation]), [{ unread: 0 }]);
});

onBoth('a template reaches somebody who never wrote, by its name and language or its id, from a number, called by its account too, or a connection', async (t, on) => {
  const { office, key, connection, number, sent } = await openLoft(t, on);
  t.match((await key.post(`/connections/${connection}/templates/sync`)).json(), { seen: 3, gone: 0 });
  const { items } = (await key.get('/templates?name=parcel&language=en')).json<{ items: Row[] }>();
  t.match(items, [{ connection, providerId: 't1', variables: [{ key: '1' }] }]);
  const first = await key.post('/messages', { number: 'ring-1', to: '+1 (555) 000-1111', content: { kind: 'template', name: 'parcel', language: 'es', variables: { 1: 'Ana' } } });
  t.equal(first.statusCode, 202, first.body);
  const again = await key.post('/messages', { connection, to: { phone: '15550001111', name: 'Ana' }, content: { kind: 'template', id: items[0]?.id, variables: { 1: 'Ana' } } });
  t.equal(again.json<Row>()['conversation'], first.json<Row>()['conversation'], 'into the same conversation; a notification waits for no reply');
  await office.quiet();
  t.match(sent.map(({ content }) => content), [{ template: 't2', text: 'Hola Ana' }, { template: 't1', text: 'Hello Ana, your parcel is here.' }]);
  const byUser = await key.post('/messages', { number, to: { identities: [{ kind: 'user', value: 'US.13491208655302741918' }] }, content: { kind: 'template', name: 'parcel', language: 'en', variables: { 1: 'Bo' } } });
  t.equal(byUser.statusCode, 202, 'also who has no phone number');
  const contact = (await key.get(`/messages/${ids(byUser)[0]}`)).json<Row>()['contact'];
  t.equal((await key.post('/messages', { number, to: { contact }, content: { kind: 'template', name: 'parcel', language: 'en', variables: { 1: 'Bo' } } })).json<Row>()['conversation'], byUser.json<Row>()['conversation']);
});

onBoth('of templates of one name the approved one is sent, and of several approved ones none is guessed', async (t, on) => {
  const { office, key, number, connection, sent } = await openLoft(t, on);
  await key.post(`/connections/${connection}/templates/sync`);
  const [parcel] = await office.all<{ id: string; tenant_id: string }>("select id, tenant_id from template where provider_id = 't1'");
  const again = async (providerId: string, status: string, id: string) =>
    office.ctx.runtime.db.write((sql) =>
      sql.run(
        'insert into template (id, tenant_id, connection_id, provider_id, name, language, status, components, preview, variables, updated_at) select ?, tenant_id, connection_id, ?, name, language, ?, components, preview, variables, updated_at from template where id = ?',
        [id, providerId, status, parcel?.id ?? ''],
      ),
    );
  // Its id comes first in the order of the list.
  await again('t1-rejected', 'rejected', '00000000-0000-7000-8000-000000000001');
  const content = { kind: 'template', name: 'parcel', language: 'en', variables: { 1: 'Ana' } };
  t.equal((await key.post('/messages', { number, to: '15550001111', content })).statusCode, 202);
  await office.quiet();
  t.match(sent, [{ content: { template: 't1' } }]);
  await again('t1-other', 'approved', '00000000-0000-7000-8000-000000000002');
  const answer = await key.post('/messages', { number, to: '15550001111', content });
  t.equal(answer.statusCode, 422);
  t.match(answer.json(), { error: { fields: { 'content.name': /several approved.*say the id/ } } });
  t.equal((await key.post('/messages', { number, to: '15550001111', content: { kind: 'template', id: parcel?.id, variables: { 1: 'Ana' } } })).statusCode, 202);
});

onBoth('what may not be sent is refused with the reason, and nothing is made', async (t, on) => {
  const { office, key, connection, number, hear, sent } = await openLoft(t, on);
  await key.post(`/connections/${connection}/templates/sync`);
  const to = '15550003333';
  const refused = async (body: object, language = 'en') => {
    const answer = await key.post('/messages', body, { 'accept-language': language });
    t.equal(answer.statusCode, 422, answer.body);
    return answer.json<{ error: Record<string, unknown> }>().error;
  };
  t.match(await refused({ number, to, content: text('Hello?') }), { code: 'NOT_ELIGIBLE', reason: 'window-closed', message: /24 hours/ });
  t.match(await refused({ number, to, content: text('Hello?') }, 'es'), { message: /24 horas/ });
  t.match(await refused({ number, to, content: { kind: 'template', name: 'parcel', language: 'fr' } }), { fields: { 'content.name': /no template/ } });
  t.match(await refused({ number, to, content: { kind: 'template', name: 'parcel', language: 'en' } }), { fields: { 'content.variables.1': 'This must be filled in.' } });
  t.match(await refused({ number, to, content: { kind: 'template', name: 'sale', language: 'en' } }), { fields: { 'content.template': /not approved/ } });
  t.match(await refused({ number, to: '12', content: text('x') }), { fields: { to: /country code/ } });
  t.match(await refused({ number, to: {}, content: text('x') }), { fields: { to: /exactly one/ } });
  t.match(await refused({ number, to, content: { kind: 'image', media: '00000000-0000-7000-8000-000000000000' } }), { reason: 'media-missing' });
  const conversation = await hear('15550001111', 'Hello');
  await key.call('PATCH', `/numbers/${number}`, { active: false });
  t.match(await refused({ conversation, content: text('x') }), { reason: 'number-stopped' });
  const { id: empty } = (await key.post('/connections', { plugin: 'pigeon', name: 'Empty', settings: { seal: 'seal-of-the-empty' } })).json<{ id: string }>();
  t.match(await refused({ connection: empty, to, content: text('x') }), { reason: 'number-gone' });
  await office.quiet();
  t.same(sent, []);
  t.same(await office.all("select count(*) as n from message where author <> 'contact'"), [{ n: 0 }]);
  t.same(await office.all('select count(*) as n from conversation'), [{ n: 1 }]);
});

onBoth('a dry run says what would be, and makes nothing', async (t, on) => {
  const { office, key, number, hear } = await openLoft(t, on);
  t.match((await key.post('/messages', { number, to: '15550003333', content: text('x'), dryRun: true })).json(), { error: { reason: 'window-closed' } });
  const conversation = await hear('15550001111', 'Hello');
  const dry = await key.post('/messages', { conversation, content: text('x'), dryRun: true }, { 'idempotency-key': 'order-1' });
  t.equal(dry.statusCode, 200);
  t.same(dry.json(), { messages: [], conversation, number, dryRun: true });
  t.match((await key.post('/messages', { number, to: '15550001111', content: text('x'), dryRun: true })).json(), { messages: [], conversation, dryRun: true });
  t.same(await office.all("select count(*) as n from message where author = 'api'"), [{ n: 0 }]);
  t.equal(ids(await key.post('/messages', { conversation, content: text('y') }, { 'idempotency-key': 'order-1' })).length, 1, 'and its key is still free');
});

onBoth('under one Idempotency-Key there is one message, however often and at once it is sent', async (t, on) => {
  const { office, key, connection, number, hear, sent } = await openLoft(t, on);
  await key.post(`/connections/${connection}/templates/sync`);
  const conversation = await hear('15550001111', 'Hello');
  const reply = { conversation, content: text('Once.') };
  const first = await Promise.all(Array.from({ length: 12 }, () => key.post('/messages', reply, { 'idempotency-key': 'reply-1' })));
  t.equal(new Set(first.flatMap(ids)).size, 1);
  const fresh = { number, to: '15550009999', content: { kind: 'template', name: 'parcel', language: 'en', variables: { 1: 'Bo' } } };
  const second = await Promise.all(Array.from({ length: 12 }, () => key.post('/messages', fresh, { 'idempotency-key': 'fresh-1' })));
  t.equal(new Set(second.flatMap(ids)).size, 1);
  t.equal(new Set(second.map((answer) => answer.json<Row>()['conversation'])).size, 1);
  const [reacted = ''] = (await key.get(`/messages?conversation=${conversation}`)).json<{ items: Row[] }>().items.map(({ id }) => id);
  for (let n = 0; n < 3; n++) await key.post(`/messages/${reacted}/reactions`, { emoji: '👍' }, { 'idempotency-key': 'reaction-1' });
  await office.quiet();
  t.same(sent.map(({ content }) => content.kind).sort(), ['reaction', 'template', 'text']);
  t.match((await key.get(`/messages/${ids(second[0])[0]}`)).json(), { idempotencyKey: 'fresh-1' });

  t.match((await key.post('/messages', { ...reply, content: text('Twice.') }, { 'idempotency-key': 'reply-1' })).json(), { error: { code: 'IDEMPOTENCY_KEY_REUSED' } }, 'another message under the same key is a mistake');
  const other = await office.key(['*']);
  t.not(ids(await other.post('/messages', reply, { 'idempotency-key': 'reply-1' }))[0], ids(first[0])[0], 'another program has keys of its own');
  t.equal(ids(await key.post('/messages', reply)).length, 1, 'without one, each call is a message');
  for (const wrong of ['', 'two words', 'x'.repeat(151)]) t.match((await key.post('/messages', reply, { 'idempotency-key': wrong })).json(), { error: { fields: { 'idempotency-key': /150/ } } });
});

onBoth('of a message that failed the error says what it means, in the language asked for, and it can go out again', async (t, on) => {
  const loft = await openLoft(t, on);
  const { office, key, hear, sent } = loft;
  const conversation = await hear('15550001111', 'Hello');
  loft.answer = { rejected: { code: '131026', said: 'Message undeliverable', scope: 'message' } };
  const [id = ''] = ids(await key.post('/messages', { conversation, content: text('x') }));
  await office.quiet();
  t.match((await key.get(`/messages/${id}`)).json(), { status: 'failed', error: { code: '131026', said: 'Message undeliverable', sentence: /does not know this seal/, whose: 'operator', retried: false, next: 'Ask for a new seal.' } });
  t.match((await key.get(`/messages/${id}?locale=es`)).json(), { error: { next: 'Pide un sello nuevo.' } });
  t.match((await key.get(`/messages/${id}`, { 'accept-language': 'id' })).json(), { error: { next: 'Minta segel baru.' } });
  t.match((await key.post(`/messages/${id}/cancel`)).json(), { error: { code: 'CONFLICT' } });
  delete loft.answer;
  t.match(await key.post(`/messages/${id}/send-again`), { statusCode: 202 });
  await office.quiet();
  t.equal(sent.length, 2);
  t.match((await key.get(`/messages/${id}`)).json(), { status: 'sent' });
  t.match((await key.post(`/messages/${id}/send-again`)).json(), { error: { code: 'CONFLICT' } });
});

onBoth('a file is sent as what its bytes are, and read again in ranges', async (t, on) => {
  const { office, key, hear, sent } = await openLoft(t, on);
  const conversation = await hear('15550001111', 'Hello');
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
  const medium = (await key.call('POST', '/media?name=dot.txt', png, { 'content-type': 'text/plain' })).json<{ id: string; url: string }>();
  t.match(medium, { kind: 'image', mime: 'image/png', name: 'dot.txt', bytes: png.length, state: 'stored', url: `/api/v1/media/${medium.id}/content` });
  const [id = ''] = ids(await key.post('/messages', { conversation, content: { kind: 'image', media: medium.id, caption: 'A dot' } }));
  await office.quiet();
  t.match(sent.at(-1)?.content, { kind: 'image', media: medium.id, mime: 'image/png', bytes: png.length, caption: 'A dot' });
  t.match((await key.get(`/messages/${id}`)).json(), { media: { id: medium.id, url: medium.url } });
  const whole = await key.get(`/media/${medium.id}/content`);
  t.ok(whole.rawPayload.equals(png));
  t.match(whole.headers, { 'content-type': 'image/png', 'content-security-policy': /sandbox/, 'x-content-type-options': 'nosniff' });
  const part = await key.get(`/media/${medium.id}/content`, { range: 'bytes=1-3' });
  t.match(part, { statusCode: 206, headers: { 'content-range': `bytes 1-3/${png.length}` } });
  t.equal(part.body, 'PNG');
  t.match((await key.post(`/media/${medium.id}/retry`)).json(), { error: { code: 'CONFLICT' } });
  t.match((await key.call('POST', '/media', Buffer.alloc(0), { 'content-type': 'image/png' })).json(), { error: { fields: { file: 'The file is empty.' } } });
});

onBoth('a medium that came in is called by our id, and the provider’s address of it is not given away', async (t, on) => {
  const { office, key, webhook } = await openLoft(t, on);
  await webhook({ id: 'm1', account: 'ring-1', at: office.ctx.runtime.clock.now(), kind: 'message', from: [{ kind: 'phone', value: '15550001111' }], content: { kind: 'image', media: { ref: 'https://loft.example/x?token=canary', mime: 'image/png' }, caption: 'Look' } });
  const [row] = await office.all<{ conversation_id: string }>("select conversation_id from message where kind = 'image'");
  const page = await key.get(`/messages?conversation=${row?.conversation_id}`);
  t.notMatch(page.body, 'canary');
  const [message] = page.json<{ items: { content: { media: string }; media: { id: string; state: string } }[] }>().items;
  t.match(message, { content: { kind: 'image', caption: 'Look', media: message?.media.id } });
});

onBoth('a window that closed opens again when the contact writes', async (t, on) => {
  const { office, key, hear } = await openLoft(t, on);
  const conversation = await hear('15550001111', 'Hello');
  office.pass(25 * hour);
  t.match((await key.post('/messages', { conversation, content: text('Still there?') })).json(), { error: { reason: 'window-closed' } });
  await hear('15550001111', 'Hello again');
  t.equal((await key.post('/messages', { conversation, content: text('Yes?') })).statusCode, 202);
});
