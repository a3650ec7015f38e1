/** Sending: one call that creates, its answer told as it is, silence told as silence, and no credential anywhere else. */
import type { Static, TSchema } from 'typebox';
import { NotSent, Silence, type Channel, type OutContent, type SendResult } from '#plugin';
import { accountIn, sayingOf, type ChannelEvidence } from './evidence.ts';
import { frozen, holds, inTime, matches, type Check } from './check.ts';
import { carriesSecret, told } from './attempt.ts';
import { world, type Saying, type World } from './context.ts';
import { badAnswers, secretsIn } from './plugin.ts';
import { outgoing, sampleOf, stored } from './samples.ts';
import { faultIn, sendResult } from './shapes.ts';

interface Attempt<S> extends Pick<World<S>, 'calls' | 'logged' | 'strayed'> {
  result: SendResult | undefined;
  thrown: unknown;
}

export function sendChecks<S extends TSchema>(channel: Channel<S>, evidence: ChannelEvidence<Static<S>>): Check[] {
  const { settings, answers = [], prepared } = evidence;
  const secrets = secretsIn(channel.settings, settings);
  const yes = answers.find((answer) => typeof answer.expect === 'object' && answer.expect !== null && 'accepted' in answer.expect);

  const send = async (content: OutContent, says: Saying): Promise<Attempt<Static<S>>> => {
    const { ctx, calls, logged, strayed, inside } = world(settings, says, {}, stored);
    const out = outgoing(accountIn(evidence), content);
    try {
      const result = await inTime('send', inside(() => channel.send(frozen(out), prepared, ctx)));
      return { result, thrown: undefined, calls, logged, strayed };
    } catch (thrown) {
      return { result: undefined, thrown, calls, logged, strayed };
    }
  };
  const text: OutContent = { kind: 'text', text: 'Hello' };
  const callsOut = async () => (await send(text, { status: 500 })).calls.length > 0;
  const creating = ({ calls }: Attempt<Static<S>>) => calls.filter(({ init }) => (init.method ?? 'GET') !== 'GET').length;

  return [
    {
      name: 'every kind that it sends is accepted when the provider says yes, with something that settles it later',
      async run() {
        holds(yes || !(await callsOut()), 'the evidence has no answer that is accepted: add one to `answers`');
        for (const kind of channel.can.sends) {
          const attempt = await send(sampleOf(kind), yes ? sayingOf(yes) : new NotSent('nobody is there'));
          holds(attempt.thrown === undefined, `${kind}: ${String(attempt.thrown)}`);
          const fault = faultIn(sendResult, attempt.result);
          holds(fault === undefined, `${kind}: ${fault}`);
          holds(attempt.result && 'accepted' in attempt.result, `${kind} is not accepted: ${JSON.stringify(attempt.result)}`);
          holds(attempt.result.accepted.refs.length > 0, `${kind} is accepted without a ref: no status could ever settle it`);
        }
      },
    },
    {
      name: 'sending is at most one call that creates, whatever the answer',
      async run() {
        const sayings: { name: string; says: Saying }[] = [
          ...answers.map((answer) => ({ name: answer.name, says: sayingOf(answer) })),
          ...badAnswers('x'),
          { name: 'silence', says: new Silence('no answer came') },
          { name: 'nobody there', says: new NotSent('nobody is there') },
        ];
        for (const { name, says } of sayings) {
          const made = creating(await send(text, says));
          holds(made <= 1, `after ${name} it made ${made} calls that create: repeating is core's`);
        }
      },
    },
    {
      name: 'nothing goes out but through ctx.fetch',
      async run() {
        for (const kind of channel.can.sends) {
          const { strayed } = await send(sampleOf(kind), yes ? sayingOf(yes) : { status: 500 });
          holds(strayed.length === 0, `${kind} opened a connection of its own (${strayed.join(', ')})`);
        }
      },
    },
    {
      name: 'each answer of the provider is told as what it is',
      ...(answers.length === 0 && { skip: 'its evidence has no answers of a provider' }),
      async run() {
        for (const answer of answers) {
          const { result, thrown } = await send(text, sayingOf(answer));
          if (answer.expect === 'silence') {
            holds(thrown instanceof Silence, `“${answer.name}” should be a Silence, not ${JSON.stringify(result) ?? String(thrown)}`);
            continue;
          }
          holds(thrown === undefined, `“${answer.name}” throws: ${String(thrown)}`);
          const fault = faultIn(sendResult, result);
          holds(fault === undefined, `“${answer.name}”: ${fault}`);
          matches([result], [answer.expect], `“${answer.name}”`);
        }
      },
    },
    {
      name: 'an answer that says nothing we know is not taken for a yes',
      async run() {
        if (!(await callsOut())) return;
        for (const { name, says } of badAnswers('x')) {
          const { result, thrown } = await send(text, says);
          holds(!result || !('accepted' in result), `${name} is taken for a yes`);
          holds(result || thrown instanceof Silence || thrown instanceof NotSent, `${name} throws ${String(thrown)}: say rejected, retry or Silence`);
          const fault = result && faultIn(sendResult, result);
          holds(fault === undefined, `${name}: ${fault}`);
          // The request arrived and no refusal in the provider's own words came back: it may have acted.
          const mute = says.status < 300 || (says.status >= 500 && !Buffer.from(says.body ?? '').toString().startsWith('{'));
          holds(!mute || thrown instanceof Silence, `${name} is ${JSON.stringify(result) ?? String(thrown)}, but nobody knows whether the provider acted: throw Silence`);
        }
      },
    },
    {
      name: 'NotSent and Silence of the call are passed on',
      async run() {
        if (!(await callsOut())) return;
        for (const error of [new NotSent('nobody is there'), new Silence('no answer came')]) {
          const { result, thrown } = await send(text, error);
          holds(thrown === error, `${error.name} becomes ${JSON.stringify(result) ?? String(thrown)}`);
        }
      },
    },
    {
      name: 'no credential stands in a result, an error or a log line, even when the provider repeats it',
      ...(secrets.length === 0 && { skip: 'its settings hold no secret' }),
      async run() {
        for (const secret of secrets) {
          const sayings: { name: string; says: Saying }[] = [
            ...badAnswers(secret),
            ...answers.map((answer) => ({ name: answer.name, says: sayingOf(answer) })),
            { name: 'silence', says: new Silence('no answer came') },
          ];
          for (const { name, says } of sayings) {
            const { result, thrown, logged } = await send(text, says);
            holds(!told(result).includes(secret), `after ${name} the result contains a credential`);
            holds(!told(thrown).includes(secret), `after ${name} the error contains a credential`);
            holds(!logged.join('\n').includes(secret), `after ${name} a log line contains a credential`);
          }
        }
      },
    },
    {
      name: 'credentials travel only to the origins that it names',
      ...(secrets.length === 0 && { skip: 'its settings hold no secret' }),
      async run() {
        const origins = channel.origins?.(settings) ?? [];
        for (const kind of channel.can.sends) {
          const { calls } = await send(sampleOf(kind), yes ? sayingOf(yes) : { status: 500 });
          for (const { url, init } of calls) {
            const carries = secrets.some((secret) => carriesSecret(url, init, secret));
            holds(!carries || origins.includes(new URL(url).origin), `${kind} gives a credential to ${new URL(url).origin}, which origins() does not name`);
          }
        }
      },
    },
  ];
}
