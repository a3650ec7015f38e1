/** What every channel promises: authentic, pure, complete, and honest about what it does not know. */
import type { Static, TSchema } from 'typebox';
import type { Channel, ProviderError } from '#plugin';
import { accountChecks } from './account.ts';
import { chance } from './chance.ts';
import { holds, pure, type Check } from './check.ts';
import { accountIn, requestOf, type ChannelEvidence, type ProviderAnswer } from './evidence.ts';
import { guideChecks } from './guide.ts';
import { mediaChecks } from './media.ts';
import { parseChecks } from './parse.ts';
import { pluginChecks, secretsIn, worded } from './plugin.ts';
import { sendChecks } from './send.ts';
import { faultIn, meaning } from './shapes.ts';
import { simulateChecks } from './simulate.ts';
import { templateChecks } from './templates.ts';
import { verifyChecks } from './verify.ts';

/**
 * The contract of a channel as a list of checks, for any test runner.
 * @param channel the plugin as its file exports it
 * @param evidence the exports of its `evidence.ts`
 */
export function channelContract<S extends TSchema>(channel: Channel<S>, evidence: ChannelEvidence<Static<S>>): Check[] {
  return [
    ...pluginChecks(channel, 'channel', evidence.settings),
    ...shapeChecks(channel, evidence),
    ...verifyChecks(channel, evidence),
    ...parseChecks(channel, evidence),
    ...sendChecks(channel, evidence),
    ...mediaChecks(channel, evidence),
    ...templateChecks(channel, evidence),
    ...accountChecks(channel, evidence),
    ...simulateChecks(channel, evidence),
    ...guideChecks(channel, evidence),
  ];
}

/** Handshakes of the common forms, none with a token that could be right. */
const handshakes = ['', '?', ...['', 'wrong', '%00', '__proto__', 'x'.repeat(5000)].flatMap((token) => [
  `?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${token}`,
  `?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${token}&hub.verify_token=${token}`,
  `?challenge=1158201444&token=${token}`,
]), '?hub.mode=subscribe&hub.challenge=1158201444'];

function shapeChecks<S extends TSchema>(channel: Channel<S>, evidence: ChannelEvidence<Static<S>>): Check[] {
  const { settings, accounts = [], answers = [] } = evidence;
  const { can } = channel;
  return [
    {
      name: 'what it can do agrees with itself',
      run() {
        holds(['signed', 'shared-secret', 'secret-url'].includes(can.webhook), `it does not say how a webhook proves itself: ${JSON.stringify(can.webhook)}`);
        holds(Number.isInteger(can.maxText) && can.maxText >= 1, 'maxText is not a number of characters');
        holds(new Set(can.sends).size === can.sends.length, 'a kind stands twice in sends');
        holds(can.sends.includes('text'), 'it cannot send text, so nothing can be degraded to it');
        for (const kind of ['buttons', 'list'] as const) {
          holds(can.sends.includes(kind) === (can[kind] !== undefined), `sends and the limits of ${kind} contradict each other`);
          for (const [limit, value] of Object.entries(can[kind] ?? {})) holds(Number.isInteger(value) && value >= 1, `${kind}.${limit} is not a whole number from 1 up`);
        }
        for (const kind of ['image', 'video', 'audio', 'voice', 'document', 'sticker'] as const) {
          holds(!can.sends.includes(kind) || can.media?.[kind], `it sends ${kind} and does not say which sizes and types`);
        }
        holds(can.replyWindowHours === undefined || can.replyWindowHours > 0, 'replyWindowHours is not a time');
      },
    },
    {
      name: 'an account in canonical form stays as it is, and nothing typed makes it throw',
      run() {
        const by = chance(7);
        const typed = ['', ' ', 'x', '+62 811-0000-001', 'whatsapp:+14155550100', '108100000000001', '__proto__', '<b>', 'ÄÖ', '\u0000', 'a'.repeat(5000), ...accounts.map((one) => one.typed)];
        for (let made = 0; made < 500; made++) {
          const letters = [...by.one(typed)];
          letters.splice(by.below(letters.length + 1), by.below(2), by.one([...'aZ9 +-:_./İß٣']));
          typed.push(letters.join(''));
        }
        for (const one of typed) {
          const parsed = channel.account.parse(one);
          if (typeof parsed !== 'string') {
            holds(typeof parsed.problem === 'string' && parsed.problem !== '', `${JSON.stringify(one)} is refused without a problem`);
            worded(channel, parsed.problem, 'the problem of an account');
            continue;
          }
          holds(parsed !== '' && parsed === parsed.trim(), `${JSON.stringify(one)} becomes ${JSON.stringify(parsed)}`);
          holds(channel.account.parse(parsed) === parsed, `${JSON.stringify(parsed)} is not its own canonical form`);
        }
        for (const blank of ['', '   ']) holds(typeof channel.account.parse(blank) !== 'string', 'nothing typed is taken for an account');
        for (const { typed: written, account } of accounts) {
          const parsed = channel.account.parse(written);
          holds((typeof parsed === 'string' ? parsed : 'refused') === account, `${JSON.stringify(written)} becomes ${JSON.stringify(parsed)}, not ${account}`);
        }
      },
    },
    {
      name: 'every error has a meaning in words, also one that nobody has seen',
      ...(!channel.explain && { skip: 'it has no error catalogue' }),
      run() {
        for (const error of errorsToExplain(answers)) {
          const explained = channel.explain?.(error);
          const about = `the meaning of ${JSON.stringify(error.code)}`;
          const fault = faultIn(meaning, explained ?? null);
          holds(fault === undefined && explained, `${about}: ${fault}`);
          worded(channel, explained.sentence, about);
          if (explained.next !== undefined) worded(channel, explained.next, about);
        }
      },
    },
    {
      name: 'every code of its evidence has a meaning of its own',
      ...(!channel.explain && { skip: 'it has no error catalogue' }),
      run() {
        const { unexplained = [] } = evidence;
        const unknown = channel.explain?.({ code: 'nobody-has-seen-this', said: '' }).sentence;
        const isUnknown = (code: string) => channel.explain?.({ code, said: '' }).sentence === unknown;
        const codes = [...new Set([...codesIn(answers.map(({ expect }) => expect)), ...codesIn(evidence.evidence.map(({ expect }) => expect))])];
        for (const code of codes) holds(!isUnknown(code) || unexplained.includes(code), `${code} means no more than a code that nobody has seen: explain it, or name it in the evidence’s list \`unexplained\``);
        for (const code of unexplained) holds(codes.includes(code) && isUnknown(code), `${code} is listed as unexplained, and ${codes.includes(code) ? 'is explained' : 'no evidence speaks of it'}`);
      },
    },
    {
      name: 'a webhook is not taken for a handshake, and a handshake without the right token is not granted',
      ...(!channel.challenge && { skip: 'its provider shakes no hands' }),
      run() {
        for (const piece of evidence.evidence) holds(channel.challenge?.(requestOf(evidence, piece, settings), settings) === undefined, `“${piece.name}” is taken for a handshake`);
        for (const query of handshakes) {
          const url = `https://bot.example.test/webhooks/key${query}`;
          const reply = channel.challenge?.({ method: 'GET', url, headers: {}, body: Buffer.alloc(0), receivedAt: 1_800_000_000_000 }, settings);
          if (!reply) continue;
          // “Is somebody there?” may be answered; it asks for nothing and is given nothing.
          const asksNothing = query.length <= 1 && reply.body === '';
          holds(reply.status >= 400 || asksNothing, `${query} is answered ${reply.status}`);
          holds(!secretsIn(channel.settings, settings).some((secret) => reply.body.includes(secret)), `${query} is answered with a secret`);
        }
      },
    },
    {
      name: 'its limits are numbers that leave room to send',
      ...(!channel.limits && { skip: 'it names no limits' }),
      run() {
        for (const account of ['x', accountIn(evidence)]) {
          const limits = pure(() => channel.limits?.(settings, account));
          holds(limits && Number.isFinite(limits.perSecond) && limits.perSecond > 0, 'perSecond is not above 0');
          holds(!limits.pair || (limits.pair.everyMs >= 0 && limits.pair.burst >= 1), 'the limit of a pair lets nothing through');
        }
      },
    },
  ];
}

function errorsToExplain(answers: readonly ProviderAnswer[]): ProviderError[] {
  const codes = ['', 'timeout', 'malformed', 'http-400', 'http-500', '0', '-1', '131026', '__proto__', 'constructor', 'toString', 'x'.repeat(500), ...Array.from({ length: 40 }, (_, at) => String(at * 3391))];
  codes.push(...codesIn(answers.map(({ expect }) => expect)));
  return codes.flatMap((code) => [{ code, said: '' }, { code, said: 'Something the provider said.' }]);
}

function codesIn(expected: readonly unknown[]): string[] {
  return [...JSON.stringify(expected).matchAll(/"code":"([^"]+)"/g)].map(([, code = '']) => code);
}
