/** What goes wrong at Twilio or on the way there, under load: every message ends in one state, and reaches its customer once. */
import t from 'tap';
import type { Bot } from '#testing';
import type { Emulator, Fault } from './emulator.ts';
import { botOf, sender } from './fixtures.ts';

const person = (n: number) => `62814${String(n).padStart(7, '0')}`;
const outcomes = (bot: Bot) => bot.all<{ status: string; n: number }>("select status, count(*) as n from message where author = 'agent' group by status order by status");
const timesEach = ({ messages }: Emulator) => [...Map.groupBy(messages, ({ text }) => text).values()].map((same) => same.length);

/** Moves the clock until no answer waits any more; what Twilio never confirmed in three tries is left to people. */
async function settled({ bot, quiet }: { bot: Bot; quiet(): Promise<void> }): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) {
    await quiet();
    const open = await bot.all("select 1 from message where author = 'agent' and (status in ('queued', 'sending') or status = 'unknown' and attempts < 3) limit 1");
    // The last one may have gone out while that was asked: its statuses are still to come.
    if (open.length === 0) return quiet();
    // The longest that Twilio asks to wait is a minute.
    await bot.pass(61_000);
  }
}

const faults: Fault[] = [
  { kind: 'error', code: 20429, retryAfter: 2 }, { kind: 'error', code: 63018 }, { kind: 'error', code: 21611 }, { kind: 'error', status: 500 }, { kind: 'error', status: 503 }, { kind: 'html' }, { kind: 'html', acted: true },
  { kind: 'drop' }, { kind: 'drop', acted: true }, { kind: 'malformed' }, { kind: 'empty' }, { kind: 'hang' }, { kind: 'slow', everyMs: 50 }, { kind: 'huge', bytes: 2e6 },
];

t.test('R7, R8: whatever Twilio answers, a message reaches it exactly once in the end', async (t) => {
  const made = await botOf(t, {}, { deadlineMs: 1_000 });
  for (const [n, fault] of faults.entries()) made.emulator.faults.add({ ...fault, to: person(n) });
  await Promise.all(faults.map((fault, n) => made.emulator.customer.write({ from: person(n), text: `${n} ${fault.kind}` })));
  await settled(made);
  t.same(timesEach(made.emulator), faults.map(() => 1));
  t.match(await outcomes(made.bot), [{ status: 'read', n: faults.length }]);
});

t.test('R7: with three of ten calls going wrong, of 200 messages none is lost and none comes twice', async (t) => {
  const made = await botOf(t);
  for (const fault of faults.filter(({ kind }) => kind !== 'hang' && kind !== 'slow')) made.emulator.faults.add({ ...fault, rate: 0.03 });
  for (let batch = 0; batch < 4; batch += 1) await Promise.all(Array.from({ length: 50 }, (_, at) => made.emulator.customer.write({ from: person(batch * 50 + at), text: `m${batch}-${at}` })));
  await settled(made);
  const left = new Map((await outcomes(made.bot)).map(({ status, n }) => [status, n]));
  const given = left.get('unknown') ?? 0;
  t.same([...left.keys()].filter((status) => status !== 'unknown'), ['read']);
  t.ok(given <= 5, `${given} are left to people`);
  t.equal(left.get('read'), 200 - given);
  t.equal(made.emulator.messages.length, 200 - given, 'and those never reached Twilio');
  t.equal(Math.max(...timesEach(made.emulator)), 1);
});

t.test('R19: an auth token that is promoted under load is accepted with the one before it, and no message is refused', async (t) => {
  const before = await botOf(t);
  const written: Promise<{ ok: boolean }>[] = [];
  for (let n = 0; n < 60; n += 1) {
    // The new token is made at Twilio, saved here with the one before it beside it, and then promoted.
    if (n === 10) before.emulator.addToken('promoted-auth-token');
    if (n === 20) await before.resettle({ authToken: 'promoted-auth-token', previousAuthToken: before.emulator.settings.authToken });
    if (n === 40) before.emulator.promote('promoted-auth-token');
    written.push(before.emulator.customer.write({ from: person(n), text: `t${n}` }));
    if (n % 10 === 9) await Promise.all(written);
  }
  t.same((await Promise.all(written)).filter(({ ok }) => !ok), []);
  await settled(before);
  t.equal(before.emulator.messages.length, 60);
  t.match(await outcomes(before.bot), [{ status: 'read', n: 60 }]);
});

t.test('R12: every shape that a webhook may have is taken, and what can be answered is answered', async (t) => {
  const { bot, emulator, quiet } = await botOf(t, { statuses: false });
  const base = { SmsStatus: 'received', From: 'whatsapp:+628120000002', To: sender, WaId: '628120000002', NumMedia: '0' };
  let count = 0;
  const post = async (fields: Record<string, string>) => (await emulator.post({ fields: { ...base, MessageSid: `SM${String((count += 1)).padStart(32, '0')}`, ...fields } })).status;
  const shapes: [string, Record<string, string>][] = [
    ['a text', { Body: 'Halo' }],
    ['no name', { Body: 'Halo', ProfileName: '' }],
    ['an unknown kind', { MessageType: 'hologram' }],
    ['nothing in it', {}],
    ['a parameter of the future', { Body: 'Halo', Hologram: '1' }],
    ['a medium that is not there', { NumMedia: '1', MediaUrl0: `${emulator.url}/nowhere`, MediaContentType0: 'image/png' }],
    ['a medium at a stranger’s', { NumMedia: '1', MediaUrl0: 'https://evil.example.test/x', MediaContentType0: 'image/png' }],
    ['a number of media that is none', { NumMedia: 'NaN', Body: 'Halo' }],
    ['a status of nobody', { MessageStatus: 'delivered' }],
    ['a status of the future', { MessageStatus: 'framed' }],
    ['another channel', { From: 'messenger:1', To: 'messenger:2', Body: 'Halo' }],
    ['another sender', { To: 'whatsapp:+14155559999', Body: 'Halo' }],
    ['text of every plane', { Body: 'é 👍🏽 \u202e \u0000 \ud800 </script>' }],
    ['a long text', { Body: 'x'.repeat(100_000) }],
    ['no SID', { MessageSid: '' }],
  ];
  for (const [name, fields] of shapes) t.equal(await post(fields), 200, name);
  t.equal((await emulator.post({ json: '{"a":1}' })).status, 401, 'a JSON without a digest is not');
  await quiet();
  t.match(await bot.all("select count(*) as n from delivery where state = 'processed'"), [{ n: shapes.length }]);
  t.same(await bot.all("select id from delivery where state = 'failed'"), []);
  t.ok(emulator.messages.length >= 1);
});

t.test('a status that comes before the answer to the call is not lost', async (t) => {
  const made = await botOf(t, { statuses: { sent: 0, delivered: 0, read: 0 }, latencyMs: 50 });
  await made.emulator.customer.write({ from: person(1), text: 'Halo' });
  await settled(made);
  t.match(await outcomes(made.bot), [{ status: 'read', n: 1 }]);
});
