/** Sending into rooms and as broadcasts, against the emulator: what goes out, what comes back, and what nobody knows. */
import t, { type Test } from 'tap';
import { NotSent, Silence, type Context, type Json, type Outgoing, type OutContent } from '#plugin';
import { startEmulator, type EmulatorOptions } from './emulator.ts';
import { receiver } from '../../test/far-end.ts';
import { contextFor, outgoing } from './fixtures.ts';
import channel from './index.ts';
import type { Settings } from './settings.ts';

const account = 'b3a2ee0b-0000-4000-8000-000000000001';
const phone = '628120000002';
const picture = { bytes: Buffer.from('not really a picture'), mime: 'image/jpeg', name: 'nota "1".jpg' };

async function started(t: Test, options: Partial<EmulatorOptions> = {}) {
  const emulator = await startEmulator({ accessToken: 'tok_emulated_0001', ...options });
  t.teardown(() => emulator.close());
  const { room } = await emulator.customer.write({ from: phone, text: 'Halo' });
  const ctx = contextFor(t, channel, emulator.settings, { media: { m1: picture } });
  const send = async (content: OutContent, more: Parameters<typeof outgoing>[2] = { thread: room }, prepared?: Json) => channel.send(outgoing(account, content, more), prepared, ctx);
  return { emulator, room, ctx, send };
}

t.test('a text goes into the room that the customer opened', async (t) => {
  const { emulator, room, send } = await started(t);
  const result = await send({ kind: 'text', text: 'Baik, kami proses.' });
  t.match(emulator.messages, [{ to: phone, room, type: 'text', text: 'Baik, kami proses.' }]);
  t.same(result, { accepted: { refs: [emulator.messages[0]?.id], thread: room } });
});

t.test('buttons and lists go out as Qontak’s clients write them', async (t) => {
  const { emulator, room, send } = await started(t);
  await send({ kind: 'buttons', text: 'Lanjut?', header: 'Konfirmasi', footer: 'Toko', buttons: [{ id: 'yes', title: 'Ya' }, { id: 'no', title: 'Tidak' }] });
  await send({ kind: 'list', text: 'Pilih', button: 'Lihat', sections: [{ title: 'Kopi', rows: [{ id: 'r1', title: 'Gayo', description: '250 g' }] }, { rows: [{ id: 'r2', title: 'Teh' }] }] });
  t.same(emulator.messages.map(({ body }) => body), [
    { room_id: room, type: 'button', interactive: { header: { format: 'text', text: 'Konfirmasi' }, body: 'Lanjut?', footer: 'Toko', buttons: [{ id: 'yes', title: 'Ya' }, { id: 'no', title: 'Tidak' }] } },
    { room_id: room, type: 'list', interactive: { body: 'Pilih', lists: { button: 'Lihat', sections: [{ title: 'Kopi', rows: [{ id: 'r1', title: 'Gayo', description: '250 g' }] }, { title: '2', rows: [{ id: 'r2', title: 'Teh' }] }] } } },
  ]);
});

t.test('a file goes out with its bytes, its name and its caption', async (t) => {
  const { emulator, send } = await started(t);
  await send({ kind: 'image', media: 'm1', mime: 'image/jpeg', bytes: picture.bytes.length, caption: 'nota' });
  await send({ kind: 'voice', media: 'm1', mime: 'audio/ogg', bytes: picture.bytes.length });
  t.match(emulator.messages, [{ type: 'image', text: 'nota' }, { type: 'audio' }]);
  const [stored] = [...emulator.account.files.values()];
  t.match(stored, { mime: 'image/jpeg', name: 'nota "1".jpg' });
  t.ok(stored?.bytes.equals(picture.bytes));
  t.match(await send({ kind: 'image', media: 'gone', mime: 'image/jpeg', bytes: 3 }), { rejected: { code: 'media-missing', scope: 'message' } });
});

t.test('a template goes to the number, with its variables where Qontak wants them', async (t) => {
  const { emulator, send } = await started(t);
  const result = await send({ kind: 'template', template: 'cf7a16bd-0000-4000-8000-000000000002', name: 'order_ready', language: 'id', variables: { 2: 'INV-7', 1: 'Ana', 'button.0': 'INV-7' }, text: 'Halo Ana, pesanan INV-7 siap.' }, {});
  t.match(emulator.messages, [{ to: phone, broadcast: true, text: 'Halo Ana, pesanan INV-7 siap.' }]);
  t.same(result, { accepted: { refs: [emulator.messages[0]?.id] } }, 'the id of the broadcast; WhatsApp’s comes with the log');
  t.same(emulator.messages[0]?.body, {
    to_number: phone,
    to_name: phone,
    message_template_id: 'cf7a16bd-0000-4000-8000-000000000002',
    channel_integration_id: account,
    language: { code: 'id' },
    parameters: { body: [{ key: '1', value: 'variable_1', value_text: 'Ana' }, { key: '2', value: 'variable_2', value_text: 'INV-7' }], buttons: [{ index: '0', type: 'url', value: 'INV-7' }] },
  });
});

t.test('a one-time code is asked for once and stands in text and button', async (t) => {
  const { emulator, ctx } = await started(t);
  emulator.account.templates.set('otp', { id: 'otp', name: 'otp', language: 'id', body: '{{1}} adalah kode Anda.', buttons: [{ type: 'OTP', text: 'Salin' }], status: 'APPROVED' });
  await channel.send(outgoing(account, { kind: 'template', template: 'otp', name: 'otp', language: 'id', variables: { code: '123456' } }), undefined, ctx);
  t.match(emulator.messages[0]?.body, { parameters: { body: [{ key: '1', value_text: '123456' }], buttons: [{ index: '0', type: 'url', value: '123456' }] } });
});

t.test('the file of a template’s header is uploaded before', async (t) => {
  const { emulator, ctx } = await started(t);
  const content: OutContent = { kind: 'template', template: 'cf7a16bd-0000-4000-8000-000000000003', name: 'paid_off', language: 'id', variables: {}, media: { kind: 'image', id: 'm1', mime: 'image/jpeg', bytes: 20, name: 'a.jpg' } };
  const out = outgoing(account, content);
  const prepared = await channel.prepare?.(out, ctx);
  t.match(prepared, { url: `${emulator.url}/files/${[...emulator.account.files.keys()][0]}`, name: 'a.jpg' });
  t.match(await channel.send(out, prepared, ctx), { accepted: {} });
  t.match(emulator.messages[0]?.body, { parameters: { header: { format: 'IMAGE', params: [{ key: 'url', value: Object(prepared).url }, { key: 'filename', value: 'a.jpg' }] } } });
  const plain: OutContent[] = [{ kind: 'template', template: 'x', name: 'x', language: 'id', variables: {} }, { kind: 'text', text: 'x' }, { kind: 'image', media: 'm1', mime: 'image/jpeg', bytes: 20 }];
  t.same([content, ...plain].map((one) => channel.prepares?.(one)), [true, false, false, false], 'nothing else needs it');
  t.match(await channel.send(out, null, ctx), { rejected: { code: 'media-missing' } });
});

t.test('a file has as long to go up as its size asks for, beside a template and as a message', async (t) => {
  const { emulator, room } = await started(t);
  const bytes = 3_000_000;
  const times: (number | undefined)[] = [];
  const ctx = contextFor(t, channel, emulator.settings, { media: { m1: { bytes: Buffer.alloc(bytes), mime: 'image/jpeg' } } });
  const timed = { ...ctx, fetch: (...[url, init]: Parameters<typeof ctx.fetch>) => {
    times.push(init?.timeoutMs);
    return ctx.fetch(url, init);
  } };
  await channel.prepare?.(outgoing(account, { kind: 'template', template: 'x', name: 'x', language: 'id', variables: {}, media: { kind: 'image', id: 'm1', mime: 'image/jpeg', bytes } }), timed);
  t.match(await channel.send(outgoing(account, { kind: 'image', media: 'm1', mime: 'image/jpeg', bytes }, { thread: room }), undefined, timed), { accepted: {} });
  t.strictSame(times, [45_000, 45_000]);
});

t.test('without a room a free message is refused clearly, and without a phone number a template', async (t) => {
  const { emulator, send } = await started(t);
  t.match(await send({ kind: 'text', text: 'x' }, {}), { rejected: { code: 'no-room', scope: 'contact' } });
  t.match(await send({ kind: 'template', template: 'x', name: 'x', language: 'id', variables: {} }, { to: [{ kind: 'user', value: 'ID.1349' }] }), { rejected: { code: 'no-phone', scope: 'contact' } });
  t.match(await send({ kind: 'template', template: 'x', name: 'x', language: 'id', variables: { 'header.1': 'Ana' } }), { rejected: { code: 'header-text', scope: 'template' } });
  t.equal(emulator.requests.length, 0, 'and nobody is asked');
});

t.test('a closed room is told from other refusals by asking the room', async (t) => {
  const { emulator, send } = await started(t);
  await emulator.room(phone, { session: 'closed' });
  t.match(await send({ kind: 'text', text: 'x' }), { rejected: { code: 'room-closed', said: 'Room session is closed', scope: 'message' } });
  await emulator.room(phone, { session: 'open' });
  t.match(await send({ kind: 'buttons', text: 'x', buttons: [{ id: 'a', title: 'x'.repeat(21) }] }), { rejected: { code: 'http-422', said: 'A choice is invalid', scope: 'message' } });
  t.match(await send({ kind: 'text', text: 'x' }, { thread: 'no-such-room' }), { rejected: { code: 'http-404', scope: 'message' } });
});

t.test('incomplete credentials stop the connection before anything leaves', async (t) => {
  const { emulator } = await started(t);
  const { accessToken: _, ...without } = emulator.settings;
  const settings: Settings[] = [without, { ...without, auth: 'hmac' }, { ...without, auth: 'hmac', clientId: 'x' }];
  for (const given of settings) t.match(await channel.send(outgoing(account, { kind: 'text', text: 'x' }, { thread: 'r' }), undefined, contextFor(t, channel, given)), { rejected: { code: 'no-credentials', scope: 'connection' } });
});

t.test('too fast waits as long as Qontak says, in either of its ways', async (t) => {
  const { emulator, send } = await started(t);
  emulator.faults.add({ kind: 'error', status: 429, retryAfter: 17 });
  t.match(await send({ kind: 'text', text: 'x' }), { retry: { code: 'http-429', scope: 'connection', afterMs: 17_000 } });
  emulator.faults.add({ kind: 'error', status: 429 });
  t.match(await send({ kind: 'text', text: 'x' }), { retry: { afterMs: 60_000 } });
  t.equal(emulator.messages.length, 0);
});

t.test('no answer, half an answer and a fault of the server leave open what happened', async (t) => {
  const { emulator, send } = await started(t);
  for (const kind of ['drop', 'malformed', 'empty', 'html'] as const) {
    emulator.faults.add({ kind });
    await t.rejects(send({ kind: 'text', text: kind }), Silence, kind);
  }
  emulator.faults.add({ kind: 'error', status: 500 });
  await t.rejects(send({ kind: 'text', text: 'x' }), Silence);
  const nobody = contextFor(t, channel, { ...emulator.settings, apiBaseUrl: 'http://127.0.0.1:1/api/open/v1' });
  await t.rejects(async () => channel.send(outgoing(account, { kind: 'text', text: 'x' }, { thread: 'r' }), undefined, nobody), NotSent);
});

t.test('an address where something else answers stops the connection', async (t) => {
  const { emulator, send } = await started(t);
  emulator.faults.add({ kind: 'redirect' });
  t.match(await send({ kind: 'text', text: 'x' }), { rejected: { code: 'base-url', scope: 'connection' } });
});

t.test('an unknown message is found in the history of its room', async (t) => {
  const { emulator, room, ctx, send } = await started(t);
  const unknown = async (content: OutContent, acted: boolean): Promise<Outgoing> => {
    const out = outgoing(account, content, { thread: room });
    emulator.faults.add({ kind: 'drop', acted });
    await t.rejects(async () => channel.send(out, undefined, ctx), Silence);
    return out;
  };
  const find = async (out: Outgoing, context: Context<Settings> = ctx) => channel.find?.(out, context);

  const arrived = await unknown({ kind: 'text', text: 'Sudah siap.' }, true);
  t.same(await find(arrived), { accepted: { refs: [emulator.messages[0]?.id, emulator.messages[0]?.wamid], thread: room } });
  t.equal(await find(await unknown({ kind: 'text', text: 'Tidak sampai.' }, false)), undefined, 'what is not there is not invented');

  await emulator.customer.write({ from: phone, text: 'Oke.' });
  t.equal(await find(await unknown({ kind: 'text', text: 'Oke.' }, false)), undefined, 'a customer’s own words are not ours');

  const template: OutContent = { kind: 'template', template: 'cf7a16bd-0000-4000-8000-000000000002', name: 'order_ready', language: 'id', variables: { 1: 'Ana', 2: 'INV-7' }, text: 'Halo Ana, pesanan INV-7 siap.' };
  t.match(await find(await unknown(template, true)), { accepted: { refs: [emulator.messages.at(-1)?.id, emulator.messages.at(-1)?.wamid] } });

  await send({ kind: 'text', text: 'Dua kali.' });
  t.equal(await find(await unknown({ kind: 'text', text: 'Dua kali.' }, true)), undefined, 'two that fit settle nothing');
  t.equal(await find(outgoing(account, { kind: 'text', text: 'x' })), undefined, 'without a room there is nothing to ask');

  const again = (bornAt: number) => outgoing(account, { kind: 'text', text: 'Sudah siap.' }, { thread: room, ref: refOf(bornAt) });
  t.equal(await find(again(Date.now() + 10_000)), undefined, 'what is older than the message was not it');
  const behind = contextFor(t, channel, emulator.settings, { now: () => Date.now() - 600_000 });
  t.equal(await find(again(behind.now() + 10_000), behind), undefined, 'also by a clock that is ten minutes slow');
});

/** A version 7 UUID of that millisecond. */
function refOf(ms: number): string {
  const time = ms.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000001`;
}

t.test('what the emulator tells of messages settles them: rooms by Qontak’s id, templates by the broadcast’s', async (t) => {
  const hook = await receiver(t);
  const { emulator, send } = await started(t, { webhookUrl: hook.url, statuses: true });
  const inRoom = await send({ kind: 'text', text: 'Baik' });
  const template = await send({ kind: 'template', template: 'cf7a16bd-0000-4000-8000-000000000002', name: 'order_ready', language: 'id', variables: { 1: 'Ana', 2: 'INV-7' } });
  emulator.faults.add({ kind: 'fail-later', code: 131047 });
  await send({ kind: 'text', text: 'terlambat' });
  await emulator.idle();
  const events = hook.received.flatMap(({ body, headers }) => channel.parse({ method: 'POST', url: '', headers, body: Buffer.from(body), receivedAt: Date.now() }, emulator.settings));
  const statuses = events.flatMap((event) => (event.kind === 'status' ? [event] : []));
  const of = (result: typeof inRoom) => statuses.filter(({ refs }) => 'accepted' in result && refs.includes(result.accepted.refs[0] ?? '')).map(({ status }) => status);
  t.same(of(inRoom).toSorted(), ['delivered', 'read', 'sent']);
  t.same(of(template).toSorted(), ['delivered', 'read', 'sent']);
  t.match(statuses.filter(({ status }) => status === 'failed'), [{ error: { code: 'failed' } }]);
});

t.test('what a customer sent is fetched without a credential; what is gone says so', async (t) => {
  const { emulator, ctx } = await started(t);
  const ref = emulator.file(picture.bytes, 'image/jpeg', 'nota.jpg');
  const found = await channel.media?.({ ref, name: 'nota.jpg' }, ctx);
  t.match(found, { mime: 'image/jpeg', name: 'nota.jpg' });
  const chunks: Uint8Array[] = [];
  if (found !== undefined && found !== 'gone') for await (const chunk of found.stream) chunks.push(chunk);
  t.ok(Buffer.concat(chunks).equals(picture.bytes));
  t.equal(await channel.media?.({ ref: `${emulator.url}/files/none` }, ctx), 'gone');
  t.equal(await channel.media?.({ ref: '900001' }, ctx), 'gone', 'Meta’s id is of no use without a token of Meta’s');
  emulator.faults.add({ kind: 'error', status: 500, on: 'any' });
  await t.rejects(async () => channel.media?.({ ref }, ctx), Silence);
});
