/** The whole way: a customer writes in Qontak, the agent answers in the room, people step in and out, and everything settles. */
import t, { type Test } from 'tap';
import { defineAgent, Type } from '#plugin';
import { openLine } from '../../test/line.ts';
import { startEmulator } from './emulator.ts';
import channel from './index.ts';

const account = 'b3a2ee0b-0000-4000-8000-000000000001';
const phone = '628120000002';

const agent = defineAgent({
  name: 'echo', title: 'Echo', contract: 1, settings: Type.Object({}),
  async respond({ messages }) {
    return { messages: [{ kind: 'text', text: `Anda menulis: ${messages.map(({ text }) => text).join(' ')}` }], why: 'It repeats.' };
  },
});

async function started(t: Test) {
  const start = async (door: string) => ({ emulator: await startEmulator({ accessToken: 'tok_emulated_0001', webhookUrl: door, statuses: true, retry: { firstMs: 5 } }) });
  const { bot, emulator } = await openLine(t, start, { channel, agent, account });
  const settled = async () => {
    for (let round = 0; round < 3; round += 1) {
      await bot.pass(2_000);
      await emulator.idle();
    }
  };
  const messages = () => bot.all<{ author: string; kind: string; text: string; status: string }>('select author, kind, text, status from message order by created_at, seq');
  const conversation = async () => (await bot.all<{ ai: number; thread: string }>('select ai, thread from conversation'))[0];
  return { emulator, bot, settled, messages, conversation };
}

t.test('an answer goes into the customer’s room and is reported up to read', async (t) => {
  const { emulator, settled, messages, conversation } = await started(t);
  const { room, ok } = await emulator.customer.write({ from: phone, name: 'Ana', text: 'Halo' });
  t.ok(ok);
  await settled();
  t.match(emulator.messages, [{ to: phone, room, text: 'Anda menulis: Halo' }]);
  t.match(await messages(), [{ author: 'contact', text: 'Halo', status: 'received' }, { author: 'agent', text: 'Anda menulis: Halo', status: 'read' }]);
  t.match(await conversation(), { thread: room });
});

t.test('a person in Qontak silences the agent until the room is resolved', async (t) => {
  const { emulator, settled, messages, conversation } = await started(t);
  await emulator.customer.write({ from: phone, text: 'satu' });
  await settled();
  await emulator.agent(phone, 'Saya bantu ya');
  await emulator.customer.write({ from: phone, text: 'dua' });
  await settled();
  t.equal(emulator.messages.length, 1, 'only the first was answered');
  t.notOk((await conversation())?.ai);
  t.match((await messages()).map(({ author, text }) => `${author}: ${text}`), ['contact: satu', 'agent: Anda menulis: satu', 'person: Saya bantu ya', 'contact: dua']);
  await emulator.room(phone, { status: 'resolved' });
  await emulator.customer.write({ from: phone, text: 'tiga' });
  await settled();
  t.match(emulator.messages.map(({ text }) => text), ['Anda menulis: satu', 'Anda menulis: tiga'], 'what people had is not answered afterwards');
});

t.test('a picture is fetched from where Qontak keeps it, and one that is gone says so', async (t) => {
  const { emulator, bot, settled } = await started(t);
  const bytes = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=', 'base64');
  await emulator.customer.write({ from: phone, content: { kind: 'image', caption: 'nota', media: { ref: emulator.file(bytes, 'image/png', 'nota.png'), mime: 'image/png' } } });
  await emulator.customer.write({ from: phone, content: { kind: 'document', media: { ref: `${emulator.url}/files/none`, name: 'x.pdf', mime: 'application/pdf' } } });
  await settled();
  t.match(await bot.all('select state, mime, bytes from media order by created_at, id'), [{ state: 'stored', mime: 'image/png', bytes: bytes.length }, { state: 'gone' }]);
  t.match(emulator.messages.map(({ text }) => text).join(), /nota/);
});

t.test('an answer of which no word came back is found in the room, and is not sent twice', async (t) => {
  const { emulator, bot, settled, messages } = await started(t);
  emulator.faults.add({ kind: 'drop', acted: true });
  await emulator.customer.write({ from: phone, text: 'Halo' });
  await bot.pass(2_000);
  t.match((await messages()).map(({ status }) => status), ['received', 'unknown']);
  await emulator.idle();
  for (let minutes = 0; minutes < 20; minutes += 1) await bot.pass(60_000);
  await settled();
  t.equal(emulator.messages.length, 1);
  t.match((await messages()).map(({ status }) => status), ['received', /sent|delivered|read/]);
});

t.test('a token that is refused stops the connection and keeps the answer', async (t) => {
  const { emulator, bot, settled, messages } = await started(t);
  emulator.faults.add({ kind: 'error', status: 401 });
  await emulator.customer.write({ from: phone, text: 'Halo' });
  await settled();
  t.match((await messages()).map(({ status }) => status), ['received', 'queued']);
  t.match(await bot.all('select state, state_reason from connection'), [{ state: 'error', state_reason: 'Qontak no longer accepts the credentials. “Refused by the emulator”' }]);
});

t.test('under faults of every kind nobody gets an answer twice, and what is not known to have arrived did not', async (t) => {
  const { emulator, bot } = await started(t);
  emulator.faults.add(
    { kind: 'drop', acted: true, rate: 0.15 },
    { kind: 'drop', rate: 0.08 },
    { kind: 'malformed', rate: 0.1 },
    { kind: 'html', rate: 0.08 },
    { kind: 'error', status: 429, retryAfter: 1, rate: 0.1 },
    { kind: 'error', status: 500, rate: 0.08 },
  );
  const customers = Array.from({ length: 40 }, (_, at) => `6281200${String(at).padStart(5, '0')}`);
  await Promise.all(customers.map((from) => emulator.customer.write({ from, text: `Halo dari ${from}` })));
  for (let minutes = 0; minutes < 90; minutes += 1) await bot.pass(60_000);
  await emulator.idle();
  await bot.pass(1_000);
  const answers = await bot.all<{ phone: string; status: string; attempts: number }>("select c.phone, m.status, m.attempts from message m join contact c on c.id = m.contact_id where m.author = 'agent' order by c.phone");
  t.same(answers.map(({ phone: to }) => to), customers);
  const arrived = emulator.messages.map(({ to }) => to).toSorted();
  t.equal(new Set(arrived).size, arrived.length, 'nobody got it twice');
  const known = answers.filter(({ status }) => ['sent', 'delivered', 'read'].includes(status));
  t.same(known.map(({ phone: to }) => to), arrived, 'what is told as sent arrived, and nothing else did');
  const others = answers.filter((answer) => !known.includes(answer));
  t.same(others.filter(({ status, attempts }) => status !== 'unknown' || attempts < 3), [], 'the rest was tried three times, and is now for a person to decide');
});
