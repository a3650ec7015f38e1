/** The account at the provider: its numbers, where its events go, registering, signing in, and the courtesies. None may do more than it says. */
import type { Static, TSchema } from 'typebox';
import type { Channel, Event, Heard } from '#plugin';
import { attempt, creating, discreet, failures, isRefusal } from './attempt.ts';
import { holds, type Check } from './check.ts';
import { accountIn, requestOf, type ChannelEvidence } from './evidence.ts';
import { filled, secretsIn } from './plugin.ts';
import { checkLine, faultIn, numberOnOffer, subscription } from './shapes.ts';

const pin = '481516';

export function accountChecks<S extends TSchema>(channel: Channel<S>, evidence: ChannelEvidence<Static<S>>): Check[] {
  const { settings } = evidence;
  const account = accountIn(evidence);
  const outcomes = () => failures(secretsIn(channel.settings, settings)[0] ?? '');

  return [
    {
      name: 'its numbers are asked for without changing anything, and no failure looks like an empty list',
      ...(!channel.numbers && { skip: 'it lists no numbers' }),
      async run() {
        for (const { name, says, status } of outcomes()) {
          const made = await attempt(settings, says, async (ctx) => channel.numbers?.(ctx));
          discreet(channel, settings, made, `after ${name}`);
          holds(creating(made.calls) === 0, `after ${name}: asking for numbers changes something`);
          holds(!isRefusal(status) || made.thrown instanceof Error, `after ${name} it lists ${JSON.stringify(made.result)}: a failure is thrown`);
          for (const one of made.result ?? []) {
            const fault = faultIn(numberOnOffer, one);
            holds(fault === undefined, `after ${name}: ${fault}`);
            holds(channel.account.parse(one.account) === one.account, `after ${name}: ${one.account} is not how account.parse writes it`);
          }
        }
      },
    },
    {
      name: 'where events go is read without changing it, and a change that was refused is not passed over',
      ...(!channel.subscribe && { skip: 'where its events go is set at the provider' }),
      async run() {
        const { subscribe } = channel;
        for (const { name, says, status } of outcomes()) {
          const read = await attempt(settings, says, async (ctx) => subscribe?.read(ctx));
          discreet(channel, settings, read, `reading, after ${name}`);
          holds(creating(read.calls) === 0, `after ${name}: reading changes something`);
          holds(!isRefusal(status) || read.thrown instanceof Error, `after ${name} it reads ${JSON.stringify(read.result)}: a failure is thrown`);
          const fault = read.result && faultIn(subscription, read.result);
          holds(fault === undefined, `after ${name}: ${fault}`);
          const set = await attempt(settings, says, async (ctx) => subscribe?.set(ctx));
          discreet(channel, settings, set, `setting, after ${name}`);
          holds(!isRefusal(status) || set.thrown instanceof Error, `after ${name} it is set, as far as anybody can tell: a failure is thrown`);
          discreet(channel, settings, await attempt(settings, says, async (ctx) => subscribe?.clear?.(ctx)), `taking away, after ${name}`);
        }
      },
    },
    {
      name: 'registering is at most one call, says what became of it, and tells the PIN to nobody else',
      ...(!channel.register && { skip: 'its numbers need no registering' }),
      async run() {
        const quoting = { name: 'a refusal that quotes the PIN', says: { status: 400, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ error: { code: 999_999, message: `The PIN ${pin} is wrong` }, message: `The PIN ${pin} is wrong` }) } };
        for (const { name, says } of [...outcomes(), quoting]) {
          const made = await attempt(settings, says, async (ctx) => channel.register?.(account, pin, ctx));
          discreet(channel, settings, made, `after ${name}`);
          holds(made.thrown === undefined && made.result, `after ${name} it throws ${String(made.thrown)}: say it as a line`);
          const fault = faultIn(checkLine, made.result);
          holds(fault === undefined, `after ${name}: ${fault}`);
          for (const words of [made.result.said, ...(made.result.mend === undefined ? [] : [made.result.mend])]) filled(channel, words, made.result.params ?? {}, `after ${name}`);
          holds(creating(made.calls) <= 1, `after ${name} it made ${creating(made.calls)} calls: tries are counted by the provider`);
          holds(!JSON.stringify([made.result, made.logged]).includes(pin), `after ${name} the PIN is told`);
        }
        for (const typed of ['', '12345', '1234567', 'abcdef', '12 456']) {
          const made = await attempt(settings, { status: 200, body: '{"success":true}' }, async (ctx) => channel.register?.(account, typed, ctx));
          holds(made.calls.length === 0 && made.result?.state === 'broken', `${JSON.stringify(typed)} is taken for a PIN`);
        }
      },
    },
    {
      name: 'signing in is not offered without what it needs, shows no secret to the browser, and believes nothing that it brings',
      ...(!channel.signIn && { skip: 'nobody signs in with its provider' }),
      async run() {
        const { signIn } = channel;
        holds(signIn, 'nobody signs in');
        const reason = signIn.missing({});
        holds(typeof reason === 'string' && reason.trim() !== '', 'a server without anything is not told what is missing');
        const server = new Proxy<Record<string, string | undefined>>({}, { get: (_, name) => (/SECRET|TOKEN|KEY/.test(String(name)) ? 'server-secret-of-the-kit' : '100200300400500') });
        holds(signIn.missing(server) === undefined, `a server that has everything lacks ${signIn.missing(server)}`);
        holds(!JSON.stringify(signIn.page(server)).includes('server-secret-of-the-kit'), 'a secret of the server is shown to the browser');
        for (const origin of [...signIn.origins.script, ...signIn.origins.frame]) holds(/^https:\/\/[a-z0-9.-]+(:\d+)?$/.test(origin), `${JSON.stringify(origin)} is not an origin over https`);
        const unable = await attempt(settings, { status: 200, body: '{}' }, async (ctx) => signIn.finish({ code: 'a-code' }, {}, ctx));
        holds(unable.thrown instanceof Error && unable.calls.length === 0, 'a server that lacks something signs in all the same');
        for (const brought of [null, 7, 'x', [], {}, { code: null }, { code: '' }, { code: ['a'] }, { session: '{' }]) {
          const made = await attempt(settings, { status: 200, body: '{}' }, async (ctx) => signIn.finish(brought, server, ctx));
          // What comes of a sign-in are settings: a credential belongs in there.
          discreet(channel, settings, { ...made, result: undefined }, `brought ${JSON.stringify(brought)}`);
          holds(made.thrown instanceof Error && made.calls.length === 0, `${JSON.stringify(brought)} is taken for a sign-in`);
        }
        for (const { name, says } of outcomes()) {
          const made = await attempt(settings, says, async (ctx) => signIn.finish({ code: 'a-code' }, server, ctx));
          discreet(channel, settings, { ...made, result: undefined }, `after ${name}`);
          holds(made.thrown instanceof Error, `after ${name} somebody is signed in`);
          holds(!JSON.stringify([String(made.thrown), made.logged]).includes('server-secret-of-the-kit'), `after ${name} a secret of the server is told`);
        }
      },
    },
    {
      name: 'typing and read marks are at most one call each, whatever the answer',
      ...(!channel.typing && !channel.markRead && { skip: 'it has neither typing nor read marks' }),
      async run() {
        const heard = heardIn(channel, evidence);
        for (const { name, says } of [...outcomes(), { name: 'yes', says: { status: 200, body: '{"success":true}' } }]) {
          for (const courtesy of ['typing', 'markRead'] as const) {
            const made = await attempt(settings, says, async (ctx) => channel[courtesy]?.(heard, ctx));
            discreet(channel, settings, made, `${courtesy}, after ${name}`);
            holds(made.calls.length <= 1, `${courtesy}, after ${name}: it made ${made.calls.length} calls`);
          }
        }
      },
    },
  ];
}

/** A message of the evidence, as the courtesies are told of it. */
function heardIn<S extends TSchema>(channel: Channel<S>, evidence: ChannelEvidence<Static<S>>): Heard {
  const events: Event[] = evidence.evidence.flatMap((piece) => channel.parse(requestOf(evidence, piece, evidence.settings), evidence.settings));
  const message = events.find((one) => one.kind === 'message');
  holds(message?.kind === 'message', 'the evidence has no message');
  return { account: message.account ?? accountIn(evidence), from: message.from, ref: message.id, ...(message.thread !== undefined && { thread: message.thread }) };
}
