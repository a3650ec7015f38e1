/** Sending, over real HTTP and core's own guard to the emulator: what goes out, and what each answer is taken for. */
import t from 'tap';
import { NotSent, Silence, type Json, type OutContent, type SendResult } from '#plugin';
import { receiver } from '../../test/far-end.ts';
import { startEmulator, type Fault } from './emulator.ts';
import { contextFor, outboundTo, outgoing } from './fixtures.ts';
import { find } from './find.ts';
import channel from './index.ts';
import { media } from './media.ts';
import { prepare } from './send.ts';

const service = `MG${'5'.repeat(32)}`;
const keyOf = { sid: `SK${'6'.repeat(32)}`, secret: 'emulated-key-secret' };
const hook = await receiver(t);
const emulator = await startEmulator({ reach: { 'https://bot.example.test': hook.origin }, authToken: 'emulated-auth-token', senders: ['whatsapp:+14155550100', 'whatsapp:+14155550101'], messagingServiceSid: service, keys: { [keyOf.sid]: keyOf.secret } });
const outbound = outboundTo(emulator);
t.teardown(async () => {
  await outbound.close();
  await emulator.close();
});
const withoutService = (({ messagingServiceSid: _, ...settings }) => settings)(emulator.settings);
const ctx = contextFor({ ...emulator, settings: withoutService }, outbound);

const hello: OutContent = { kind: 'text', text: 'Hello' };
async function send(content: OutContent, more: Parameters<typeof outgoing>[1] = {}, context = ctx): Promise<SendResult> {
  const out = outgoing(content, more);
  const prepared: Json | undefined = channel.prepares?.(content) === true ? await prepare(out, context) : undefined;
  return await channel.send(out, prepared, context);
}
const lastForm = () => emulator.messages.at(-1)?.body;
const creations = () => emulator.requests.filter(({ method, path, status }) => method === 'POST' && path === '/v1/Content' && status === 201).length;

/** What sending comes to while the fault is on: its result, or the name of what it threw. */
async function under(fault: Fault, content = hello): Promise<SendResult | 'NotSent' | 'Silence' | 'Error'> {
  emulator.faults.add(fault);
  try {
    return await send(content);
  } catch (error) {
    return error instanceof Silence ? 'Silence' : error instanceof NotSent ? 'NotSent' : 'Error';
  } finally {
    emulator.faults.clear();
  }
}

const yes = { accepted: { refs: [/^(SM|MM)[0-9a-f]{32}$/] } };

t.test('every kind that the channel sends is one message, taken by an API that checks it as Twilio does', async (t) => {
  const medium = { media: 'm1', mime: 'image/png', bytes: 3 };
  const contents: Record<string, [OutContent, object]> = {
    text: [hello, { Body: 'Hello' }],
    image: [{ kind: 'image', ...medium, caption: 'a nota' }, { MediaUrl: 'https://bot.example.test/media/m1', Body: 'a nota' }],
    voice: [{ kind: 'voice', ...medium }, { MediaUrl: 'https://bot.example.test/media/m1', Body: undefined }],
    video: [{ kind: 'video', ...medium, caption: '' }, { Body: undefined }],
    document: [{ kind: 'document', ...medium, name: 'x.pdf' }, { MediaUrl: 'https://bot.example.test/media/m1/x.pdf' }],
    location: [{ kind: 'location', latitude: -6.2088, longitude: 106.8456, name: 'Monas', address: 'Jakarta' }, { PersistentAction: 'geo:-6.2088,106.8456|Monas, Jakarta', Body: 'Monas, Jakarta' }],
    'a place without a name': [{ kind: 'location', latitude: 1, longitude: 2 }, { PersistentAction: 'geo:1,2', Body: '1, 2' }],
    buttons: [{ kind: 'buttons', text: 'Go on?', header: 'Order', footer: 'Toko', buttons: [{ id: 'yes', title: 'Yes' }, { id: 'no', title: 'No' }] }, { ContentSid: /^HX/, ContentVariables: '{"1":"Order","2":"Go on?","3":"Toko"}', Body: undefined }],
    list: [{ kind: 'list', text: 'Choose', button: 'See', sections: [{ title: 'Coffee', rows: [{ id: 'r1', title: 'Gayo', description: '250 g' }] }, { rows: [{ id: 'r2', title: 'Toraja' }] }] }, { ContentSid: /^HX/, ContentVariables: '{"1":"Choose"}' }],
  };
  for (const [name, [content, expected]] of Object.entries(contents)) {
    const before = emulator.messages.length;
    t.match(await send(content, { ref: 'ref-of-ours' }), yes, name);
    t.equal(emulator.messages.length, before + 1, `${name} is one message`);
    t.match(lastForm(), { From: 'whatsapp:+14155550100', To: 'whatsapp:+628120000002', StatusCallback: 'https://bot.example.test/webhooks/key?ref=ref-of-ours#rc=5&rp=all', ...expected }, name);
    t.notHas(lastForm(), { MessagingServiceSid: String });
  }
});

t.test('a Content resource is made once for the same choices, whatever the text says', async (t) => {
  const choices = (text: string, ...ids: string[]): OutContent => ({ kind: 'buttons', text, buttons: ids.map((id) => ({ id, title: id })) });
  const before = creations();
  await send(choices('Hello Ana', 'a', 'b'));
  const sid = lastForm()?.ContentSid;
  await send(choices('Hello Budi', 'a', 'b'));
  t.equal(lastForm()?.ContentSid, sid);
  t.equal(creations(), before + 1);
  await send(choices('Hello Budi', 'a', 'c'));
  t.not(lastForm()?.ContentSid, sid);
  t.equal(creations(), before + 2);
});

t.test('what Twilio refuses in a variable never gets into one', async (t) => {
  await send({ kind: 'buttons', text: 'One\n\nTwo\tand      far\r\n{{3}}', buttons: [{ id: 'a', title: '{{1}} A' }] });
  t.match(emulator.messages.at(-1), { text: 'One\n\nTwo and    far\n{{3}}', body: { ContentVariables: '{"1":"One","2":"Two and    far","3":"{{3}}"}' } });
  const long = Array.from({ length: 120 }, (_, at) => `${at}`).join('\n');
  t.match(await send({ kind: 'buttons', text: long, buttons: [{ id: 'a', title: 'A' }] }), yes, 'nor are there more lines than variables');
  t.equal(emulator.messages.at(-1)?.text, long);
});

t.test('a Content resource that somebody deleted is made anew, and the message waits for it', async (t) => {
  const content: OutContent = { kind: 'buttons', text: 'Still?', buttons: [{ id: 'x', title: 'X' }] };
  const out = outgoing(content);
  const prepared = await prepare(out, ctx);
  emulator.faults.add({ kind: 'error', code: 21655 });
  t.match(await channel.send(out, prepared, ctx), { retry: { code: '21655', scope: 'pair' } });
  const before = creations();
  t.match(await channel.send(out, prepared, ctx), yes, 'with what was prepared before');
  t.equal(creations(), before + 1);
  t.match(await send(content), yes);
  t.equal(creations(), before + 1);
});

t.test('a resource that cannot be made is no message sent: it is tried again', async (t) => {
  const out = outgoing({ kind: 'buttons', text: 'New', buttons: [{ id: 'never', title: 'Never' }] });
  emulator.faults.add({ kind: 'drop', on: 'any', next: 2 });
  await t.rejects(prepare(out, ctx));
  const prepared = { content: `HX${'0'.repeat(32)}`, key: 'content:lost' };
  await ctx.store.set('content:lost', null);
  await t.rejects(channel.send(out, prepared, ctx), NotSent, 'also when it is found out late');
  emulator.faults.clear();
});

t.test('a template goes by its SID, with its values checked before Twilio sees them', async (t) => {
  const made = await channel.templates?.create?.({ name: 'order_ready', language: 'id', category: 'UTILITY', preview: { body: 'Halo {{1}}, pesanan {{2}} siap.' }, examples: { 1: 'Ana', 2: 'INV-7' } }, ctx);
  const template = (variables: Record<string, string>): OutContent => ({ kind: 'template', template: made?.id ?? '', name: 'order_ready', language: 'id', variables });
  t.match(await send(template({ 1: 'Ana', 2: 'INV-7' })), yes);
  t.match(emulator.messages.at(-1), { text: 'Halo Ana, pesanan INV-7 siap.', body: { ContentSid: made?.id, ContentVariables: '{"1":"Ana","2":"INV-7"}' } });
  t.match(await send(template({})), yes, 'without values Twilio takes its defaults');
  t.notHas(lastForm(), { ContentVariables: String });
  const before = emulator.requests.length;
  for (const value of ['', ' ', 'a\nb', 'a\tb', 'a     b']) t.match(await send(template({ 1: value })), { rejected: { code: '21656', scope: 'template' } }, JSON.stringify(value));
  t.equal(emulator.requests.length, before, 'no call was made');
});

t.test('the file of a template goes where its variable is', async (t) => {
  const made = await channel.templates?.create?.({ name: 'with_image', language: 'id', category: 'MARKETING', preview: { header: { kind: 'image' }, body: 'Halo {{1}}!' }, examples: { 1: 'Ana', header: 'https://shop.example.test/a.jpg' } }, ctx);
  const content: OutContent = { kind: 'template', template: made?.id ?? '', name: 'with_image', language: 'id', variables: { 1: 'Ana' }, media: { kind: 'image', id: 'm7', mime: 'image/png', bytes: 3 } };
  t.match(await send(content), yes);
  t.same(JSON.parse(lastForm()?.ContentVariables ?? ''), { 1: 'Ana', 2: 'https://bot.example.test/media/m7' });
  const plain = await channel.templates?.create?.({ name: 'without', language: 'id', category: 'MARKETING', preview: { body: 'Halo semua' }, examples: {} }, ctx);
  t.match(await send({ ...content, template: plain?.id ?? '' }), { rejected: { code: '21656', scope: 'template' } }, 'and where it has none it is refused');
});

t.test('a phone number wins over a user id, and a user id alone is enough', async (t) => {
  const user = { kind: 'user' as const, value: 'ID.4500000000000001' };
  await send(hello, { to: [user, { kind: 'phone', value: '628130000003' }] });
  t.match(lastForm(), { To: 'whatsapp:+628130000003' });
  t.match(await send(hello, { to: [{ kind: 'username', value: 'ana' }, user] }), yes);
  t.match(lastForm(), { To: 'whatsapp:ID.4500000000000001' });
  t.match(await send(hello, { to: [{ kind: 'username', value: 'ana' }] }), { rejected: { code: 'no-recipient', scope: 'contact' } });
});

t.test('each sender sends under its own address, in its Messaging Service where there is one', async (t) => {
  await send(hello, { account: 'whatsapp:+14155550101' });
  t.match(lastForm(), { From: 'whatsapp:+14155550101' });
  await send(hello, {}, contextFor(emulator, outbound));
  t.match(lastForm(), { From: 'whatsapp:+14155550100', MessagingServiceSid: service });
  t.match(await send(hello, { account: 'whatsapp:+14155550999' }), { rejected: { code: '63007', scope: 'number' } });
});

t.test('an API key opens the door in place of the auth token, and a wrong one does not', async (t) => {
  const key = { keySid: keyOf.sid, keySecret: keyOf.secret, authToken: 'never-used-in-a-call' };
  t.match(await send(hello, {}, contextFor(emulator, outbound, key)), yes);
  t.match(await send(hello, {}, contextFor(emulator, outbound, { ...key, keySecret: 'wrong-secret' })), { rejected: { code: '20003', scope: 'connection' } });
  t.match(await send(hello, {}, contextFor(emulator, outbound, { authToken: 'wrong-token' })), { rejected: { code: '20003', scope: 'connection' } });
});

t.test('what the channel does not send is refused before a call', async (t) => {
  const before = emulator.requests.length;
  for (const content of [{ kind: 'reaction', emoji: '👍', to: 'SM1' }, { kind: 'link', text: 'a', title: 'b', url: 'https://x.test' }, { kind: 'location-request', text: 'a' }, { kind: 'contacts', contacts: [] }] as const) {
    t.match(await send(content as OutContent), { rejected: { code: 'not-sendable', scope: 'message' } }, content.kind);
    t.notOk(channel.can.sends.includes(content.kind));
  }
  t.equal(emulator.requests.length, before);
});

t.test('what Twilio says is told as what it is; what it does not say is never guessed', async (t) => {
  t.match(await under({ kind: 'error', code: 21610 }), { rejected: { code: '21610', scope: 'contact' } });
  t.match(await under({ kind: 'error', code: 20429, retryAfter: 9 }), { retry: { code: '20429', scope: 'connection', afterMs: 9000 } });
  t.match(await under({ kind: 'error', code: 20429, retryAfter: new Date(Date.now() + 60_000).toUTCString() }), { retry: { code: '20429', afterMs: Number } });
  t.match(await under({ kind: 'error', code: 21611 }), { retry: { code: '21611', scope: 'number' } });
  t.match(await under({ kind: 'redirect' }), { rejected: { code: 'base-url', scope: 'connection' } });
  for (const fault of [{ kind: 'error', status: 500 }, { kind: 'error', status: 503 }, { kind: 'html' }, { kind: 'malformed' }, { kind: 'empty' }, { kind: 'drop' }, { kind: 'drop', acted: true }, { kind: 'huge', bytes: 3e6 }] as const) t.equal(await under(fault), 'Silence', JSON.stringify(fault));
  t.match(await under({ kind: 'fail-later', code: 63024 }), yes, 'what fails later is told by a status');
});

t.test('a server that nobody runs is NotSent', async (t) => {
  const nowhere = contextFor(emulator, outbound, { apiBaseUrl: 'http://127.0.0.1:9' });
  await t.rejects(send(hello, {}, nowhere), NotSent);
});

// ── what became of a message of which no answer came ──

/** A reference of core's: a uuid of version 7 that begins with this time. */
const refAt = (ms: number) => `${ms.toString(16).padStart(12, '0').replace(/(.{8})(.{4})/, '$1-$2')}-7000-8000-000000000001`;

t.test('a message whose answer was lost is found by its words', async (t) => {
  const before = Date.now();
  const lonely: OutContent = { kind: 'text', text: 'Is anybody there?' };
  t.equal(await under({ kind: 'drop', acted: true }, lonely), 'Silence');
  const lost = emulator.messages.at(-1);
  t.match(await find(outgoing(lonely, { ref: refAt(before) }), ctx), { accepted: { refs: [lost?.id] } });
  t.equal(await find(outgoing({ kind: 'text', text: 'Never sent' }, { ref: refAt(before) }), ctx), undefined);
  t.equal(await find(outgoing(lonely, { ref: refAt(before + 60_000) }), ctx), undefined, 'but not one that is older');
  t.equal(await find(outgoing(lonely, { ref: refAt(before), to: [{ kind: 'phone', value: '628199999999' }] }), ctx), undefined, 'nor one to somebody else');
  t.equal(await find(outgoing(lonely, { ref: refAt(before), account: 'whatsapp:+14155550101' }), ctx), undefined, 'nor one from another sender');
});

t.test('buttons are found by the words that the contact reads, a picture without words not at all', async (t) => {
  const before = Date.now();
  const content: OutContent = { kind: 'buttons', text: 'Find\nme', header: 'Here', buttons: [{ id: 'f', title: 'F' }] };
  await send(content);
  t.match(await find(outgoing(content, { ref: refAt(before) }), ctx), { accepted: { refs: [emulator.messages.at(-1)?.id] } });
  const picture: OutContent = { kind: 'image', media: 'm1', mime: 'image/png', bytes: 3 };
  await send(picture);
  t.equal(await find(outgoing(picture, { ref: refAt(before) }), ctx), undefined);
  t.match(await find(outgoing({ ...picture, caption: 'Find\nme', kind: 'image' }, { ref: refAt(before), to: [{ kind: 'phone', value: '62815' }] }), ctx), undefined);
});

t.test('one that was found and had failed is told as failed', async (t) => {
  const before = Date.now();
  await send({ kind: 'text', text: 'Will fail' });
  const message = emulator.messages.at(-1);
  if (message) Object.assign(message, { status: 'undelivered', errorCode: 63024 });
  t.match(await find(outgoing({ kind: 'text', text: 'Will fail' }, { ref: refAt(before) }), ctx), { rejected: { code: '63024', scope: 'contact' } });
});

t.test('it is looked for page after page, and no further than its own time', async (t) => {
  const before = Date.now();
  await send({ kind: 'text', text: 'The first of many' });
  const wanted = emulator.messages.at(-1)?.id;
  for (let nth = 0; nth < 70; nth += 1) await send({ kind: 'text', text: `more ${nth}` });
  const calls = () => emulator.requests.filter(({ method, path }) => method === 'GET' && path.endsWith('/Messages.json')).length;
  const asked = calls();
  t.match(await find(outgoing({ kind: 'text', text: 'The first of many' }, { ref: refAt(before) }), ctx), { accepted: { refs: [wanted] } });
  t.equal(calls(), asked + 2);
});

t.test('typing and the read mark are one call about one message, and nothing for what is no message', async (t) => {
  const heard = { account: 'whatsapp:+14155550100', from: [], ref: `MM${'3'.repeat(32)}:1` };
  const before = emulator.requests.length;
  await channel.typing?.(heard, ctx);
  await channel.markRead?.(heard, ctx);
  await channel.typing?.({ ...heard, ref: 'sim-1' }, ctx);
  t.match(emulator.requests.slice(before), [{ path: '/v2/Indicators/Typing.json', status: 200 }, { path: '/v2/Indicators/Typing.json', status: 200 }]);
  t.equal(emulator.requests.length, before + 2);
});

t.test('the pace is the setting’s, and the sandbox’s own', async (t) => {
  t.match(channel.limits?.(ctx.settings, 'whatsapp:+14155550100'), { perSecond: 80, pair: { everyMs: 6000, burst: 45 } });
  t.ok((channel.limits?.(ctx.settings, 'whatsapp:+14155238886').perSecond ?? 1) < 0.34);
});

// ── files that contacts sent ──

async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const addressOf = (sid: string) => `${emulator.url}/2010-04-01/Accounts/${emulator.settings.accountSid}/Messages/MM1/Media/${sid}`;

t.test('S14: a file is fetched with the credentials, and its storage without them', async (t) => {
  const sid = emulator.store(Buffer.from('%PDF-1.7'), 'application/pdf', 'faktur 7.pdf');
  const found = await media({ ref: addressOf(sid) }, ctx);
  if (found === 'gone') throw new Error('it is gone');
  t.match(found, { mime: 'application/pdf', name: 'faktur 7.pdf' });
  t.equal(await bytesOf(found.stream), '%PDF-1.7');
  t.match(emulator.requests.slice(-2), [{ status: 307 }, { path: '(storage)', status: 200, verdict: 'ok' }]);
});

t.test('S14: an address that is not Twilio’s is not even asked', async (t) => {
  const before = emulator.requests.length;
  for (const ref of ['https://evil.example.test/2010-04-01/x', 'https://api.twilio.com.evil.test/x', 'https://eviltwilio.com/x', 'http://api.twilio.com/x', 'https://api.twilio.com@evil.test/x', 'file:///etc/passwd', '', emulator.url.replace('127.0.0.1', 'localhost')]) await t.rejects(media({ ref }, ctx), NotSent, ref);
  t.equal(emulator.requests.length, before);
});

t.test('a file that is missing is waited for, and given up after ten minutes', async (t) => {
  let now = Date.now();
  const patient = contextFor(emulator, outbound, {}, () => now);
  const ref = addressOf(`ME${'4'.repeat(32)}`);
  await t.rejects(media({ ref }, patient), /not have the file yet/);
  now += 9 * 60_000;
  await t.rejects(media({ ref }, patient), NotSent);
  now += 60_000;
  t.equal(await media({ ref }, patient), 'gone');
});

t.test('a file that Twilio will not give is asked for again', async (t) => {
  const sid = emulator.store(Buffer.from('x'), 'image/png');
  await t.rejects(media({ ref: addressOf(sid) }, contextFor(emulator, outbound, { authToken: 'wrong-token' })), /answered 401/);
  emulator.faults.add({ kind: 'error', code: 20503, on: 'file' });
  await t.rejects(media({ ref: addressOf(sid) }, ctx), /answered 503/);
  const found = await media({ ref: addressOf(sid) }, ctx);
  if (found === 'gone') throw new Error('it is gone');
  t.equal(await bytesOf(found.stream), 'x');
});
