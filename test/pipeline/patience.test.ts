/** How long others are waited for, and who hears of it when they do not come. */
import { keep } from '../../core/kept-words.ts';
import { mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import t, { type Test } from 'tap';
import { defineChannel, NotSent, Silence, Type, type Channel, type Outgoing, type SendResult } from '#plugin';
import { createBot, type Bot, type BotParts } from '../kit/bot.ts';
import notifications from '../../plugins/notifications/index.ts';
import { echo, message, posted, wire } from './echo.ts';

async function bot(t: Test, parts: Partial<BotParts> & Pick<BotParts, 'channel'>): Promise<Bot> {
  const made = await createBot({ agent: echo, notifiers: [notifications], ...parts });
  t.teardown(() => made.close());
  return made;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await turn();
}

/** Timers of the product stand still until they are told to go on. */
function holdTimers(t: Test): void {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
}

void t.test('a provider that cannot be reached is tried on, and people hear of it once, at the fifth try', async (t) => {
  const warned: string[] = [];
  const log = { debug() {}, info() {}, warn: (_: object | string, said?: string) => void warned.push(said ?? ''), error() {} };
  let away = true;
  const tried: string[] = [];
  const send = (out: Outgoing): SendResult => {
    tried.push(out.ref);
    if (away) throw new NotSent('connect ECONNREFUSED');
    return { accepted: { refs: [`p-${out.ref}`] } };
  };
  const b = await bot(t, { channel: wire(send), log });
  await b.deliver(posted(message('1', 'a')));
  await b.quiet();
  const alerts = () => b.all<{ kind: string; count: number; text: string }>('select kind, count, text from alert');
  while (tried.length < 4) await b.pass(600_000);
  t.strictSame(await alerts(), [], 'what may be over in a moment is worth nobody’s time');
  await b.pass(600_000);
  t.strictSame(await alerts(), [{ kind: 'failure', count: 1, text: keep({ code: 'not-sent', answered: 'connect ECONNREFUSED' }) }]);
  for (let n = 0; n < 20; n++) await b.pass(600_000);
  t.equal(tried.length, 25);
  t.match(await alerts(), [{ count: 1 }], 'not again at every try');
  t.equal(warned.filter((said) => said === 'a message was not taken by the provider').length, 1, 'in the log, too, it stands once');
  t.match(await b.all("select status, error from message where author = 'agent'"), [{ status: 'queued', error: /ECONNREFUSED/ }], 'its sender sees what it waits for');
  away = false;
  await b.pass(600_000);
  t.match(await b.all("select status, error from message where author = 'agent'"), [{ status: 'sent', error: null }]);
  t.equal(new Set(tried).size, 1, 'always with the same ref');
});

void t.test('after a day of trying a message is failed, and people hear of that', async (t) => {
  const channel = wire(() => { throw new NotSent('connect ECONNREFUSED'); });
  // Else the window for replies closes first.
  const { replyWindowHours: _, ...can } = channel.can;
  const b = await bot(t, { channel: { ...channel, can } });
  await b.deliver(posted(message('1', 'a')));
  await b.quiet();
  for (let n = 0; n < 6; n++) await b.pass(600_000);
  await b.db.write((sql) => sql.run('update alert set read_at = at'));
  await b.pass(86_400_000);
  t.match(await b.all("select status from message where author = 'agent'"), [{ status: 'failed' }]);
  t.match(await b.all('select text from alert where read_at is null'), [{ text: keep({ code: 'not-sent', answered: 'connect ECONNREFUSED' }) }]);
  t.strictSame(await b.all('select id from job'), []);
});

void t.test('a channel that never ends preparing a message gives up its place after 20 s, and is asked again', async (t) => {
  const prepared: unknown[] = [];
  let asked = 0;
  const channel = {
    ...wire(() => ({ accepted: { refs: ['p-1'] } })),
    prepare: () => (++asked === 1 ? new Promise<never>(() => {}) : Promise.resolve('uploaded')),
    send: async (_: Outgoing, given: unknown): Promise<SendResult> => {
      prepared.push(given);
      return { accepted: { refs: ['p-1'] } };
    },
  };
  const b = await bot(t, { channel });
  const attempts = () => b.all<{ outcome: string; code: string; said: string }>('select outcome, code, said from attempt');
  holdTimers(t);
  await b.deliver(posted(message('1', 'a')));
  await until(() => asked === 1);
  mock.timers.tick(19_999);
  await turn();
  t.equal(b.worker.running, 1, 'it still waits');
  mock.timers.tick(1);
  mock.timers.reset();
  await b.quiet();
  t.match(await attempts(), [{ outcome: 'retry', code: 'not-prepared', said: /did not come back within 20 s/ }]);
  t.match(await b.all("select status from message where author = 'agent'"), [{ status: 'queued' }], 'nothing left this machine');
  await b.deliver(posted(message('2', 'b')));
  await b.quiet();
  t.equal(prepared.length, 1, 'others are not held up');
  await b.pass(2_000);
  t.strictSame(prepared, ['uploaded', 'uploaded']);
});

void t.test('a send that is given up sends nothing afterwards: what is sent in its stead is the only one', async (t) => {
  const calls: string[] = [];
  const refused: unknown[] = [];
  let wakes = () => {};
  let aborted = false;
  const channel: Channel = {
    ...wire(() => ({ accepted: { refs: ['p-1'] } })),
    send: async (out, _prepared, ctx): Promise<SendResult> => {
      if (refused.length === 0 && calls.length === 0) {
        ctx.signal.addEventListener('abort', () => (aborted = true));
        await new Promise<void>((resolve) => (wakes = resolve));
        await ctx.download('https://wire.test/late').catch((error: unknown) => refused.push(error));
        await ctx.fetch('https://wire.test/late').catch((error: unknown) => refused.push(error));
        return { accepted: { refs: ['late'] } };
      }
      await ctx.fetch(`https://wire.test/${out.ref}`);
      return { accepted: { refs: ['p-1'] } };
    },
  };
  const fetch = async (url: string) => {
    calls.push(url);
    return { status: 200, headers: {}, body: Buffer.from('{}'), text: () => '{}', json: () => ({}) };
  };
  const b = await bot(t, { channel, fetch });
  let waits = false;
  const { send } = channel;
  channel.send = (...given) => {
    waits = true;
    return send(...given);
  };
  holdTimers(t);
  await b.deliver(posted(message('1', 'a')));
  await until(() => waits);
  mock.timers.tick(20_000);
  mock.timers.reset();
  await b.quiet();
  t.ok(aborted, 'it is told');
  t.match(await b.all('select outcome, said from attempt'), [{ outcome: 'not-sent', said: /did not come back within 20 s/ }], 'nobody has to wonder: no call of it had left');
  wakes();
  await until(() => refused.length === 2);
  t.ok(refused.every((error) => error instanceof NotSent));
  t.strictSame(calls, []);
  await b.pass(600_000);
  t.equal(calls.length, 1);
  t.match(await b.all("select status from message where author = 'agent'"), [{ status: 'sent' }]);
});

void t.test('a send that is late after its call has left is unknown, and its next call does not leave', async (t) => {
  const calls: string[] = [];
  let late: unknown;
  let wakes = () => {};
  const channel: Channel = {
    ...wire(() => ({ accepted: { refs: ['p-1'] } })),
    send: async (_out, _prepared, ctx): Promise<SendResult> => {
      await ctx.fetch('https://wire.test/first');
      await new Promise<void>((resolve) => (wakes = resolve));
      await ctx.fetch('https://wire.test/second').catch((error: unknown) => (late = error));
      throw new NotSent('too late');
    },
  };
  const fetch = async (url: string) => {
    calls.push(url);
    return { status: 200, headers: {}, body: Buffer.from('{}'), text: () => '{}', json: () => ({}) };
  };
  const b = await bot(t, { channel, fetch });
  holdTimers(t);
  await b.deliver(posted(message('1', 'a')));
  await until(() => calls.length === 1);
  await turn();
  mock.timers.tick(20_000);
  mock.timers.reset();
  await b.quiet();
  t.match(await b.all("select status from message where author = 'agent'"), [{ status: 'unknown' }]);
  wakes();
  await until(() => late !== undefined);
  t.ok(late instanceof NotSent);
  t.strictSame(calls, ['https://wire.test/first']);
});

void t.test('an agent that does not answer in its time is told so by its signal, and asked again', async (t) => {
  const told: string[] = [];
  const late = {
    ...echo,
    respond: async (...[given, ctx]: Parameters<typeof echo.respond>) => {
      if (told.length > 0) return echo.respond(given, ctx);
      return new Promise<never>(() => ctx.signal.addEventListener('abort', () => told.push(String(ctx.signal.reason))));
    },
  };
  const b = await bot(t, { channel: wire((out) => ({ accepted: { refs: [`p-${out.ref}`] } })), agent: late, options: { turnMs: 30_000 } });
  holdTimers(t);
  await b.deliver(posted(message('1', 'a')));
  await until(() => b.worker.running === 1 && b.runtime.commit.waiting === 0);
  await until(async () => {
    await turn();
    mock.timers.tick(30_000);
    return told.length > 0;
  });
  mock.timers.reset();
  await b.quiet();
  t.match(told, [/did not answer within 30 s/]);
  await b.pass(2_000);
  t.match(await b.all("select status, text from message where author = 'agent'"), [{ status: 'sent', text: 'echo: a' }]);
});

void t.test('what a channel throws when it is asked for an unknown message is logged without its secrets', async (t) => {
  const logged: unknown[] = [];
  const log = { debug() {}, info() {}, warn: (what: object | string) => void logged.push(what), error() {} };
  const { name, title, contract, can, account, verify, parse } = wire(() => ({ accepted: { refs: [] } }));
  const channel = defineChannel({
    name, title, contract, can, account,
    verify: (request) => verify(request, {}),
    parse: (request) => parse(request, {}),
    settings: Type.Object({ token: Type.String({ title: 'Token', writeOnly: true }) }),
    send: async () => { throw new Silence('half a JSON'); },
    find: async (_out, ctx) => { throw new Error(`401 for Bearer ${ctx.settings.token}`); },
  });
  const b = await bot(t, { channel, channelSettings: { token: 'a-secret-token' }, log });
  await b.deliver(posted(message('1', 'a')));
  await b.quiet();
  await b.pass(b.runtime.options.unknownWaitMs + 1_000);
  const said = inspect(logged, { depth: 9 });
  t.match(said, /401 for Bearer \[secret\]/);
  t.notMatch(said, 'a-secret-token');
});
