/** Everything that asks Meta something, while Meta, or the network before it, does what it should not. */
import t from 'tap';
import { NotSent, Silence } from '#plugin';
import { startEmulator, type Fault } from './emulator.ts';
import { contextFor, inWords } from './fixtures.ts';
import { Refused } from './graph.ts';
import channel from './index.ts';

const emulator = await startEmulator({ appSecret: 'emulated-app-secret', accessToken: 'EAAemulatedemulatedemulated' });
t.teardown(() => emulator.close());
const ctx = contextFor(emulator.settings);
const draft = { name: 'order_ready', language: 'id', category: 'UTILITY', preview: { body: 'Halo {{1}} ya.' }, examples: { 1: 'Ana' } };
const heard = { account: '108100000000001', from: [], ref: 'wamid.IN' };
const { id: file } = emulator.store(Buffer.from('bytes'), 'image/png');

const asks: Record<string, () => Promise<unknown> | undefined> = {
  numbers: () => channel.numbers?.(ctx),
  'templates.list': () => channel.templates?.list(ctx),
  'templates.create': () => channel.templates?.create?.(draft, ctx),
  'templates.delete': () => channel.templates?.delete?.('1', ctx),
  'subscribe.read': () => channel.subscribe?.read(ctx),
  'subscribe.set': () => channel.subscribe?.set(ctx),
  media: () => channel.media?.({ ref: file }, ctx),
  typing: () => channel.typing?.(heard, ctx),
  markRead: () => channel.markRead?.(heard, ctx),
};

const faults: Fault[] = [
  { kind: 'error', status: 429, retryAfter: 5 }, { kind: 'error', code: 130429 }, { kind: 'error', code: 131056 }, { kind: 'error', code: 80007 }, { kind: 'error', status: 500 }, { kind: 'error', code: 190 }, { kind: 'error', code: 200 },
  { kind: 'html' }, { kind: 'html', status: 401 }, { kind: 'redirect' }, { kind: 'malformed' }, { kind: 'empty' }, { kind: 'drop' }, { kind: 'hang' }, { kind: 'slow', everyMs: 60 }, { kind: 'huge', bytes: 1e9 },
];

t.test('each question ends in time, with an answer or in an error that says what happened, and tells no secret', async (t) => {
  for (const fault of faults) {
    for (const [name, ask] of Object.entries(asks)) {
      emulator.faults.add({ ...fault, on: 'any', next: 50 });
      ctx.expect(fault);
      const ended = await Promise.resolve(ask()).then(() => undefined, (error: unknown) => error);
      emulator.faults.clear();
      ctx.expect();
      const about = `${name} under ${JSON.stringify(fault)}`;
      t.ok(ended instanceof Refused || ended instanceof Silence || ended instanceof NotSent, `${about}: ${String(ended)}`);
      const told = ended instanceof Error ? `${ended.message} ${JSON.stringify(ended)}` : '';
      for (const secret of [emulator.settings.accessToken, emulator.settings.appSecret]) t.notOk(told.includes(secret), about);
    }
  }
});

t.test('the doctor never fails: under every fault it says what it tried and how to mend it', async (t) => {
  for (const fault of faults) {
    emulator.faults.add({ ...fault, on: 'any', next: 50 });
    ctx.expect(fault);
    const lines = ((await channel.check?.(ctx)) ?? []).map(inWords);
    emulator.faults.clear();
    ctx.expect();
    t.ok(lines.length >= 3 && lines.every(({ state, mend }) => state !== 'ok' && mend !== undefined), `${JSON.stringify(fault)}: ${JSON.stringify(lines)}`);
  }
});

t.test('a number’s state, its quality and what it lacks are told apart', async (t) => {
  const number = '108100000000001';
  const line = async (what: object) => {
    emulator.change(number, { status: 'CONNECTED', quality: 'GREEN', verified: true, limit: 'TIER_1K', ...what });
    return ((await channel.check?.(ctx)) ?? []).map(inWords).find((one) => one.what === `number ${number}`);
  };
  t.match(await line({}), { state: 'ok', said: /GREEN.*1K people/ });
  t.match(await line({ limit: 'TIER_UNLIMITED' }), { state: 'ok', said: /any number of people/ });
  t.match(await line({ status: 'PENDING' }), { state: 'doubtful', said: /not registered/, mend: /PIN/ });
  t.match(await line({ status: 'BANNED' }), { state: 'broken', said: /BANNED/ });
  t.match(await line({ status: 'FLAGGED', quality: 'RED' }), { state: 'doubtful', said: /FLAGGED, quality RED/ });
  t.match(await line({ verified: false }), { state: 'doubtful', said: /not verified/ });
  t.match(await line({ quality: 'YELLOW' }), { state: 'doubtful', said: /YELLOW/ });
});

t.test('the token’s end, its app, its permissions and its accounts are told apart', async (t) => {
  const token = emulator.settings.accessToken;
  const lines = async (what: Parameters<typeof emulator.issue>[1]) => {
    emulator.issue(token, { expiresAt: 0, revoked: false, app: emulator.settings.appId, targets: 'usual', accounts: [emulator.settings.businessAccountId], ...what });
    return Object.fromEntries(((await channel.check?.(ctx)) ?? []).map(inWords).map((one) => [one.what, one]));
  };
  const inDays = (days: number) => Math.floor(ctx.now() / 1000) + days * 86_400;
  t.match(await lines({}), { 'token-life': { state: 'ok', said: /does not end/ }, 'token-scopes': { state: 'ok' }, 'app-secret': { state: 'ok' } });
  t.match((await lines({ expiresAt: inDays(30) }))['token-life'], { state: 'ok', said: /valid until 2026-12-21/ });
  t.match((await lines({ expiresAt: inDays(10) }))['token-life'], { state: 'doubtful', said: /ends on 2026-12-01/, field: 'accessToken' });
  t.match((await lines({ revoked: true }))['token-life'], { state: 'broken', said: /not valid/, answered: /expired/ });
  t.match((await lines({ app: '670000000000009' }))['app-secret'], { state: 'broken', answered: /did not match/ });
  t.match((await lines({ targets: 'renamed' }))['token-scopes'], { state: 'doubtful', said: /whatsapp_business_management is missing/, answered: /manage_events/ });
  const strange = await lines({ accounts: ['102000000000009'] });
  t.match(strange['token-account'], { state: 'doubtful', said: /102000000000009/ });
  t.match(strange['token'], { state: 'broken', said: /refused \(error 200\)/, mend: /permissions/ }, 'the proof is whether the numbers can be asked for');
});
