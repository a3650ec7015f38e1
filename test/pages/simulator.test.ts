import t from 'tap';
import { Connection, Num } from '../../core/db/entities/index.ts';
import { uuid } from '../../core/ids.ts';
import { write } from '../../core/pipeline/write.ts';
import type { OutContent } from '../../core/plugin/contract/content.ts';
import { jpeg, oggOpus } from '../media/samples.ts';
import { openOffice } from './office.ts';

const office = await openOffice(t);
const { at, ids, ctx } = office;
t.teardown(() => ctx.runtime.media.inspector.close());
const agent = await office.as('agent');
const phone = `${at}/simulator/${ids.number}`;
const all = <Row>(sql: string, values: string[] = []) => ctx.runtime.db.read((db) => db.all<Row>(sql, values));
const count = async (table: 'message' | 'delivery') => (await all<{ n: number }>(`select count(*) as n from ${table}`))[0]?.n ?? 0;
const states = async () => (await all<{ status: string }>("select status from message where author = 'agent' order by id")).map((row) => row.status);
const act = async (path: string, form: Record<string, string>) => {
  const answer = await agent.post(`${phone}/${path}`, form);
  await office.quiet();
  return answer;
};
/** A file as the phone's script gives it in. */
const give = async (query: Record<string, string>, bytes: Buffer, headers: Record<string, string> = { 'x-csrf-token': agent.csrf }) => {
  const answer = await agent.visitor.send({ method: 'POST', url: `${phone}/media?${new URLSearchParams(query)}`, payload: bytes, headers: { 'content-type': 'application/octet-stream', ...headers } });
  await office.quiet();
  return answer;
};
const phoneOf = async (persona: string) => (await agent.get(`${phone}?persona=${persona}`)).body.split('id="phone-items"')[1] ?? '';
const newest = async () => (await all<{ id: string; kind: string; content: string; status: string; author: string }>('select id, kind, content, status, author from message order by id desc limit 1'))[0];
/** A person writes in the newest conversation of a contact. */
const operator = async (contents: OutContent[], name: string) => {
  const [row] = await all<{ id: string }>('select v.id from conversation v join contact c on c.id = v.contact_id where c.name = ? order by v.id desc limit 1', [name]);
  await write(ctx.runtime, { tenantId: ids.tenant, conversationId: row?.id ?? '', author: 'person', authorId: uuid(), contents, key: uuid(), purpose: 'conversation' });
  await office.quiet();
};

t.test('what is typed in the phone comes back as the page, with the message on it', async (t) => {
  const answer = await agent.post(`${phone}/messages`, { persona: 'tom', text: 'hello' });
  t.equal(answer.headers.location, `${phone}?persona=tom`);
  t.match((await agent.get(String(answer.headers.location))).body, /<span class="text" dir="auto">hello/);
  await office.quiet();
  const page = (await agent.get(`${phone}?persona=tom`)).body;
  t.match(page.split('id="phone-items"')[1], /Hello from Acme/);
  t.match(page.split('id="phone-items"')[1], /name="choice" value="abilities"/, 'its buttons can be tapped');
  t.equal((await agent.post(`${phone}/messages`, { text: '   ' })).statusCode, 303, 'nothing is written when nothing was typed');
});

t.test('what the phone shows has arrived and is read, by the provider’s own path, once', async (t) => {
  t.same(await states(), ['sent']);
  const before = await count('delivery');
  t.equal((await act('shown', { persona: 'tom' })).statusCode, 204);
  t.same(await states(), ['read']);
  t.equal(await count('delivery'), before + 2, 'delivered, then read');
  await act('shown', { persona: 'tom' });
  t.equal(await count('delivery'), before + 2, 'what was reported is not reported again');
});

t.test('a tapped button is answered; one that nobody offered is not a tap', async (t) => {
  const page = (await agent.get(`${phone}?persona=tom`)).body;
  const of = /name="choice" value="abilities"><input type="hidden" name="of" value="([^"]+)"/.exec(page)?.[1] ?? '';
  t.ok(of);
  const before = await count('message');
  await agent.post(`${phone}/messages`, { choice: 'abilities', of }, { referer: `http://localhost:3000${phone}?persona=tom` });
  await office.quiet();
  t.equal(await count('message'), before + 2);
  t.match((await agent.get(`${phone}?persona=tom`)).body, /I answer keywords/);
  for (const wrong of [{ choice: 'free money', of }, { choice: 'abilities', of: 'x' }, { choice: 'abilities' }] as Record<string, string>[]) {
    await agent.post(`${phone}/messages`, wrong, { referer: `http://localhost:3000${phone}?persona=tom` });
    await office.quiet();
  }
  t.equal(await count('message'), before + 2);
});

t.test('a webhook that arrives twice is one message', async (t) => {
  await act('faults', { fault: 'twice', armed: 'on', persona: 'tom' });
  t.match((await agent.get(phone)).body, /aria-pressed="true"[^>]*>[\s\S]{0,200}Arrives twice/);
  const [messages, deliveries] = [await count('message'), await count('delivery')];
  await act('messages', { persona: 'tom', text: 'thanks' });
  const inbound = await all<{ n: number }>("select count(*) as n from message where text = 'thanks'");
  t.equal(inbound[0]?.n, 1);
  t.ok((await count('delivery')) >= deliveries + 2);
  t.ok((await count('message')) > messages);
  t.notMatch((await agent.get(phone)).body, /aria-pressed="true"/, 'an armed fault meets one message');
});

t.test('statuses that come in the wrong order end as read', async (t) => {
  await act('shown', { persona: 'tom' });
  await act('messages', { persona: 'tom', text: 'menu' });
  await act('faults', { fault: 'order', armed: 'on', persona: 'tom' });
  await act('shown', { persona: 'tom' });
  const reported = (await all<{ status: string }>('select status from receipt order by id')).map((row) => row.status).slice(-3);
  t.same(reported, ['read', 'delivered', 'sent']);
  t.same([...new Set(await states())], ['read']);
});

t.test('somebody without a phone number is a person like any other', async (t) => {
  const answer = await act('faults', { fault: 'nameless', armed: 'on', persona: 'tom' });
  t.equal(answer.headers.location, `${phone}?persona=guest`);
  await act('messages', { persona: 'guest', text: 'hello' });
  const page = (await agent.get(`${phone}?persona=guest`)).body;
  t.match(page, /Guest without a number/);
  t.match(page, /Hello from Acme/);
  t.match(page, /guest-7f3a91/);
});

t.test('STOP is written as a customer would write it', async (t) => {
  await act('faults', { fault: 'stop', armed: 'on', persona: 'rosa' });
  t.match((await agent.get(phone)).body.split('id="phone-items"')[1], /STOP/);
});

t.test('a picture, a voice message and a document leave the phone as webhooks and are fetched, looked at and drawn on both sides', async (t) => {
  const deliveries = await count('delivery');
  t.equal((await give({ persona: 'tom', name: 'beans.jpg' }, await jpeg(80, 60))).headers.location, `${phone}?persona=tom`);
  await give({ persona: 'tom', as: 'voice' }, await oggOpus(60));
  await give({ persona: 'tom', as: 'document', name: 'order.pdf' }, Buffer.from('%PDF-1.4\n%%EOF'));
  t.equal(await count('delivery'), deliveries + 3);
  const media = await all<{ id: string; kind: string; mime: string; state: string; connection_id: string }>('select id, kind, mime, state, connection_id from media where message_id is not null order by id');
  t.same(media.map(({ kind, mime, state }) => [kind, mime, state]), [['image', 'image/jpeg', 'stored'], ['voice', 'audio/ogg', 'stored'], ['document', 'application/pdf', 'stored']]);
  t.same([...new Set(media.map((one) => one.connection_id))], [ids.connection], 'they came by the channel');
  const onPhone = await phoneOf('tom');
  for (const { id } of media) t.match(onPhone, `/media/${id}`);
  t.match(onPhone, '<audio');
  t.equal((await agent.get(`${at}/media/${media[0]?.id}`)).statusCode, 200);
});

t.test('a file without a token, an empty one and one for somebody else’s number do not arrive', async (t) => {
  const messages = await count('message');
  t.equal((await give({ persona: 'tom' }, await jpeg(8, 8), {})).statusCode, 403);
  t.equal((await give({ persona: 'tom' }, Buffer.alloc(0))).statusCode, 422);
  t.equal((await give({ persona: 'tom', as: 'film' }, Buffer.from('x'))).statusCode, 400);
  t.equal((await agent.visitor.send({ method: 'POST', url: `${at}/simulator/${uuid()}/media`, payload: Buffer.from('x'), headers: { 'content-type': 'application/octet-stream', 'x-csrf-token': agent.csrf } })).statusCode, 404);
  t.equal(await count('message'), messages);
});

t.test('the phone draws whatever the business sends', async (t) => {
  const picture = await jpeg(50, 40);
  const ours = await ctx.workspace.media.upload(ids.tenant, (async function* () { yield picture; })(), { name: 'menu.jpg' }, 'configuration');
  await operator([{ kind: 'image', media: ours.id, mime: '', bytes: 0, caption: 'Our menu' }, { kind: 'location', latitude: -6.2, longitude: 106.8, name: 'Shop' }, { kind: 'link', text: 'See', title: 'Shop', url: 'https://shop.example' }], 'Tom Okafor');
  const onPhone = await phoneOf('tom');
  t.match(onPhone, `${at}/media/${ours.id}?thumbnail=1`);
  t.match(onPhone, 'Our menu');
  t.match(onPhone, 'mlat=-6.2');
  t.match(onPhone, 'href="https://shop.example"');
});

t.test('a place and a contact card are sent; half a place is nothing', async (t) => {
  await act('messages', { persona: 'tom', latitude: '-6.1754', longitude: '106.8272', place: 'Monas' });
  await act('messages', { persona: 'tom', contact: 'Budi', phone: '+62 811 0000 001' });
  const rows = await all<{ kind: string; content: string }>("select kind, content from message where kind in ('location', 'contacts') and author = 'contact' order by id");
  t.match(rows[0]?.content, /"latitude":-6.1754/);
  t.match(rows[1]?.content, /Budi/);
  const before = await count('message');
  for (const wrong of [{ latitude: '91', longitude: '0' }, { latitude: '', longitude: '' }, { latitude: 'north', longitude: '1' }, { contact: ' ' }] as Record<string, string>[]) await act('messages', { persona: 'tom', ...wrong });
  t.equal(await count('message'), before);
});

t.test('a reaction stands on our message and can be taken back; an answer says what it answers', async (t) => {
  const [ours] = await all<{ id: string }>("select id from message where author = 'person' and kind = 'link'");
  const id = ours?.id ?? '';
  const before = await count('message');
  const marked = async () => new RegExp(`id="p-${id}-bd"[^]*?🙏[^]*?id="p-${id}-st"`).test(await phoneOf('tom'));
  await act('messages', { persona: 'tom', of: id, reaction: '🙏' });
  t.ok(await marked());
  await office.pass(1_000);
  await act('messages', { persona: 'tom', of: id, reaction: '' });
  t.notOk(await marked());
  t.equal(await count('message'), before, 'a reaction is no message');
  await act('messages', { persona: 'tom', of: uuid(), reaction: '🙏' });
  t.equal(await count('message'), before, 'nor is one to nothing');
  await act('messages', { persona: 'tom', text: 'About this', about: id });
  t.match(await phoneOf('tom'), new RegExp(`href="#p-${id}"`));
});

t.test('ticks on the customer’s own messages turn when the business has read them', async (t) => {
  const [conversation] = await all<{ id: string }>('select v.id from conversation v join contact c on c.id = v.contact_id where c.name = ?', ['Rosa Delgado']);
  await agent.post(`${at}/whatsapp/${conversation?.id}/ai`, { ai: 'off' });
  await act('messages', { persona: 'rosa', text: 'Anybody there?' });
  const last = async () => /id="p-([^"]+)-st"[^]*?data-st="(\w+)"/.exec((await phoneOf('rosa')).split('Anybody there?')[1] ?? '')?.[2];
  t.equal(await last(), 'delivered');
  await agent.post(`${at}/whatsapp/${conversation?.id}/read`);
  t.equal(await last(), 'read');
});

t.test('several customers, each somebody of their own, can be added and renamed', async (t) => {
  const contacts = async () => (await all<{ n: number }>('select count(*) as n from contact'))[0]?.n ?? 0;
  const before = await contacts();
  const added = await act('people', { deed: 'add', name: 'Sri Wahyuni' });
  const sri = new URL(String(added.headers.location), 'http://x').searchParams.get('persona') ?? '';
  t.match(sri, /^120255501\d\d$/, 'a number that nobody has');
  const second = new URL(String((await act('people', { deed: 'add', name: 'No number', nameless: 'on' })).headers.location), 'http://x').searchParams.get('persona') ?? '';
  t.match(second, /^guest-[0-9a-f]{6}$/);
  await act('messages', { persona: sri, text: 'I am Sri' });
  await act('messages', { persona: second, text: 'I am nobody' });
  t.equal(await contacts(), before + 2);
  t.match(await all('select kind, value from identity where value in (?, ?) order by kind', [sri, second]), [{ kind: 'phone', value: sri }, { kind: 'user', value: second }]);
  t.notMatch(await phoneOf(sri), 'I am nobody');
  await act('people', { deed: 'rename', persona: sri, name: 'Sri W.' });
  t.match((await agent.get(`${phone}?persona=${sri}`)).body, /aria-current="true"[^]*?Sri W\./);
  for (let n = 0; n < 40; n++) await agent.post(`${phone}/people`, { deed: 'add', name: `Number ${n}` });
  t.equal((await agent.get(phone)).body.match(/persona=[^"]+"/g)?.length, 24, 'there is an end to it');
});

t.test('what is late is on the phone but not with the business, and arrives after the next message', async (t) => {
  await act('faults', { fault: 'late', armed: 'on', persona: 'tom' });
  await act('messages', { persona: 'tom', text: 'sent first' });
  t.match(await phoneOf('tom'), /sent first[^]*data-st="queued"/);
  t.equal((await all<{ n: number }>("select count(*) as n from message where text = 'sent first'"))[0]?.n, 0);
  t.match((await agent.get(`${phone}?persona=tom`)).body, /aria-pressed="true"[^>]*>[^]{0,200}Arrives late/);
  await act('messages', { persona: 'tom', text: 'sent second' });
  t.same((await all<{ text: string }>("select text from message where text like 'sent %' order by seq")).map((row) => row.text), ['sent second', 'sent first']);
  await act('faults', { fault: 'late', armed: 'on', persona: 'tom' });
  await act('messages', { persona: 'tom', text: 'held back' });
  await act('faults', { fault: 'late', armed: 'off', persona: 'tom' });
  t.equal((await all<{ n: number }>("select count(*) as n from message where text = 'held back'"))[0]?.n, 1, 'or when it is switched off');
  t.notMatch((await agent.get(`${phone}?persona=tom`)).body, /aria-pressed="true"/);
});

t.test('a provider that refuses, fails later, is slow or falls silent is met by the next message sent', async (t) => {
  const say = (text: string) => operator([{ kind: 'text', text }], 'Tom Okafor');
  await act('faults', { fault: 'fails', armed: 'on', persona: 'tom' });
  await say('refused');
  t.match(await newest(), { status: 'failed' });
  await act('faults', { fault: 'bounces', armed: 'on', persona: 'tom' });
  await say('bounced');
  t.match(await newest(), { status: 'sent' });
  await act('shown', { persona: 'tom' });
  t.match(await newest(), { status: 'failed' });
  await act('faults', { fault: 'slow', armed: 'on', persona: 'tom' });
  await say('slow');
  t.match(await newest(), { status: 'queued' });
  await office.pass(11_000);
  t.match(await newest(), { status: 'sent' });
  await act('faults', { fault: 'silent', armed: 'on', persona: 'tom' });
  await say('silent');
  t.match(await newest(), { status: 'unknown' });
});

t.test('a day that passes closes the window, and opens it again', async (t) => {
  const closed = async () => /Window closed|only templates|24 hours/i.test((await agent.get(`${phone}?persona=rosa`)).body.split('id="thread"')[1]?.split('id="phone"')[0] ?? '');
  t.notOk(await closed());
  await act('faults', { fault: 'window', armed: 'on', persona: 'rosa' });
  t.ok(await closed());
  t.match((await agent.get(`${phone}?persona=rosa`)).body, /aria-pressed="true"[^>]*>[^]{0,200}24 hours pass/);
  await act('faults', { fault: 'window', armed: 'off', persona: 'rosa' });
  t.notOk(await closed());
});

t.test('only the phone’s own page may listen to the microphone', async (t) => {
  t.match((await agent.get(phone)).headers['permissions-policy'], /microphone=\(self\)/);
  t.match((await agent.get(`${at}/whatsapp`)).headers['permissions-policy'], /microphone=\(\)/);
});

t.test('a number that real people write to has no phone here', async (t) => {
  const { runtime } = ctx;
  const em = runtime.db.em(ids.tenant);
  const now = runtime.clock.now();
  const meta = em.create(Connection, { id: uuid(), tenantId: ids.tenant, plugin: 'meta-cloud', name: 'Meta', settings: {}, state: 'stopped', stateAt: now, createdAt: now });
  const number = em.create(Num, { id: uuid(), tenantId: ids.tenant, connectionId: meta.id, plugin: 'meta-cloud', account: '108100000000009', displayName: 'Sales', active: false, line: 2, createdAt: now });
  await em.flush();
  await runtime.directory.reload();
  t.equal((await agent.get(`${at}/simulator/${number.id}`)).statusCode, 404);
  t.equal((await agent.post(`${at}/simulator/${number.id}/messages`, { text: 'hello' })).statusCode, 404);
  t.notMatch((await agent.get(`${at}/whatsapp`)).body, `/simulator/${number.id}`);
});
