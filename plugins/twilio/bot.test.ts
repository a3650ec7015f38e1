/** A whole bot with this channel: over real HTTP from the emulated customer to the agent and back, nothing replaced but Twilio. */
import t from 'tap';
import type { Bot } from '#testing';
import type { Emulator } from './emulator.ts';
import { botOf, sender } from './fixtures.ts';

const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const ana = { from: '628120000002', name: 'Ana' };
const outcomes = (bot: Bot) => bot.all<{ status: string; provider_ref: string | null; attempts: number }>("select status, provider_ref, attempts from message where author <> 'contact' order by conversation_id, seq");
const texts = ({ messages }: Emulator) => messages.map(({ text }) => text);

t.test('a customer is answered once, and the answer is followed to its read tick', async (t) => {
  const { bot, emulator, quiet } = await botOf(t);
  t.match(await emulator.customer.write({ ...ana, text: 'Halo' }), { ok: true, attempts: 1, status: 200 });
  await quiet();
  t.match(emulator.messages, [{ to: '628120000002', account: sender, text: 'heard text:Halo', status: 'read' }]);
  t.match(await outcomes(bot), [{ status: 'read', provider_ref: emulator.messages[0]?.id, attempts: 1 }]);
  t.match(await bot.all('select name, phone from contact'), [{ name: 'Ana', phone: '628120000002' }]);
});

t.test('what is not signed as Twilio signs is refused, and nothing of it is stored', async (t) => {
  const { bot, emulator, quiet } = await botOf(t);
  const fields = { MessageSid: `SM${'1'.repeat(32)}`, From: 'whatsapp:+628120000002', To: sender, Body: 'Halo', SmsStatus: 'received' };
  t.match(await emulator.post({ fields, headers: {} }), { ok: false, status: 401 });
  t.match(await emulator.post({ fields, headers: { 'x-twilio-signature': 'A'.repeat(27).concat('=') } }), { ok: false, status: 401 });
  t.match(await emulator.post({ json: '{"hello":"world"}' }), { ok: false, status: 401 });
  await quiet();
  t.match(await bot.all('select count(*) as n from delivery'), [{ n: 0 }]);
  t.match(await emulator.post({ fields }), { ok: true });
  t.match(await emulator.post({ fields: { ...fields, MessageSid: `SM${'2'.repeat(32)}` }, method: 'GET' }), { ok: true }, 'a GET is as good as a form');
  await quiet();
  t.equal(emulator.messages.length, 2);
});

t.test('buttons and lists go out and come back as the choice that was offered', async (t) => {
  const { emulator, quiet, answer } = await botOf(t);
  answer({ kind: 'buttons', text: 'Which?', buttons: [{ id: 'tea', title: 'Tea' }, { id: 'coffee', title: 'Coffee' }] });
  await emulator.customer.write({ ...ana, text: 'Menu' });
  await quiet();
  const offered = emulator.messages[0];
  t.match(offered, { text: 'Which?', type: 'content', status: 'read' });
  await emulator.customer.write({ ...ana, content: { kind: 'choice', of: 'button', id: 'coffee', text: 'Coffee' }, replyTo: offered?.id ?? '' });
  await quiet();
  t.equal(texts(emulator).at(-1), 'heard choice:coffee');
  answer({ kind: 'list', text: 'Which?', button: 'See', sections: [{ rows: Array.from({ length: 10 }, (_, at) => ({ id: `r${at}`, title: `Row ${at}` })) }] });
  await emulator.customer.write({ ...ana, text: 'More' });
  await quiet();
  await emulator.customer.write({ ...ana, content: { kind: 'choice', of: 'list', id: 'r7', text: 'Row 7' } });
  await quiet();
  t.equal(texts(emulator).at(-1), 'heard choice:r7');
});

t.test('what Twilio has no message for is said in text', async (t) => {
  const { emulator, quiet, answer } = await botOf(t);
  answer(
    { kind: 'link', text: 'Track it', title: 'Open', url: 'https://shop.example.test/t/1' },
    { kind: 'contacts', contacts: [{ name: 'Budi', phones: ['+628130000003'], emails: [] }] },
    { kind: 'location-request', text: 'Where are you?' },
    { kind: 'text', text: 'x'.repeat(2000) },
  );
  await emulator.customer.write({ ...ana, text: 'All' });
  await quiet();
  t.same(texts(emulator), ['Track it\n\nOpen: https://shop.example.test/t/1', 'Budi\n+628130000003', 'Where are you?', 'x'.repeat(1600), 'x'.repeat(400)]);
});

t.test('a picture is fetched and kept, and goes out again under a link that Twilio may read', async (t) => {
  const { bot, emulator, quiet, answer } = await botOf(t);
  const sid = emulator.store(png, 'image/png', 'nota.png');
  await emulator.customer.write({ ...ana, content: { kind: 'image', media: { ref: sid }, caption: 'nota' } });
  await quiet();
  const [medium] = await bot.all<{ id: string; state: string; mime: string; bytes: number }>('select id, state, mime, bytes from media');
  t.match(medium, { state: 'stored', mime: 'image/png', bytes: png.length });
  t.notOk(emulator.requests.some(({ verdict }) => verdict.includes('carried')), 'the storage saw no credentials');
  answer({ kind: 'image', media: medium?.id ?? '', mime: 'image/png', bytes: png.length, caption: 'your nota' });
  await emulator.customer.write({ ...ana, text: 'again' });
  await quiet();
  t.match(emulator.messages.at(-1), { type: 'media', text: 'your nota', status: 'read', medium: { status: 200, mime: 'image/png', bytes: png.length } });
});

t.test('a message whose answer is lost is settled by its status, and goes out once', async (t) => {
  const { bot, emulator, quiet } = await botOf(t);
  emulator.faults.add({ kind: 'drop', acted: true });
  await emulator.customer.write({ ...ana, text: 'Halo' });
  await quiet();
  t.equal(emulator.messages.length, 1);
  t.match(await outcomes(bot), [{ status: 'read', provider_ref: emulator.messages[0]?.id, attempts: 1 }]);
});

t.test('without a status it is looked for in Twilio’s list, and goes out once', async (t) => {
  const { bot, emulator, quiet } = await botOf(t, { statuses: false });
  emulator.faults.add({ kind: 'drop', acted: true });
  await emulator.customer.write({ ...ana, text: 'Halo' });
  await quiet();
  t.match(await outcomes(bot), [{ status: 'unknown' }]);
  await bot.pass(2500);
  t.equal(emulator.messages.length, 1);
  t.match(await outcomes(bot), [{ status: 'sent', provider_ref: emulator.messages[0]?.id, attempts: 1 }]);
});

t.test('what never reached Twilio is not found there, and goes out again', async (t) => {
  const { bot, emulator, quiet } = await botOf(t, { statuses: false });
  emulator.faults.add({ kind: 'drop' });
  await emulator.customer.write({ ...ana, text: 'Halo' });
  await quiet();
  t.equal(emulator.messages.length, 0);
  await bot.pass(2500);
  await quiet();
  t.equal(emulator.messages.length, 1);
  t.match(await outcomes(bot), [{ status: 'sent', attempts: 2 }]);
});

t.test('a message that fails later says why', async (t) => {
  const { bot, emulator, quiet } = await botOf(t);
  emulator.faults.add({ kind: 'fail-later', code: 63016 });
  await emulator.customer.write({ ...ana, text: 'Halo' });
  await quiet();
  t.match(await bot.all("select status, error from message where author = 'agent'"), [{ status: 'failed', error: /63016/ }]);
});

t.test('who has no phone number is answered by user id, and is the same person once the number shows', async (t) => {
  const { bot, emulator, quiet } = await botOf(t);
  await emulator.customer.write({ userId: 'ID.4500000000000001', username: 'ana.toko', text: 'Halo' });
  await quiet();
  t.match(emulator.messages, [{ to: 'ID.4500000000000001', text: 'heard text:Halo', status: 'read' }]);
  await emulator.customer.write({ ...ana, userId: 'ID.4500000000000001', text: 'lagi' });
  await quiet();
  t.match(await bot.all('select count(*) as n from contact'), [{ n: 1 }]);
  t.equal(emulator.messages.at(-1)?.to, '628120000002');
});

t.test('repeated and reordered webhooks change nothing, wrong ones least of all', async (t) => {
  const { bot, emulator, quiet } = await botOf(t, { webhooks: { duplicate: 3, reorder: true, holdMs: 20 } });
  await emulator.customer.write({ ...ana, text: 'Halo' });
  await quiet();
  t.equal(emulator.messages.length, 1);
  t.match(await outcomes(bot), [{ status: 'read' }]);
});

t.test('a connection that was refused stops with the reason, and its messages wait', async (t) => {
  const { bot, emulator, quiet } = await botOf(t);
  emulator.faults.add({ kind: 'error', code: 20003, next: 100 });
  await emulator.customer.write({ ...ana, text: 'Halo' });
  await quiet();
  t.match(await bot.all('select state, state_reason from connection'), [{ state: 'error', state_reason: /Authenticate/ }]);
  t.match(await outcomes(bot), [{ status: 'queued' }]);
});
