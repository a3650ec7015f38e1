/** Simulating: what a simulated phone does arrives as if the provider had sent it. */
import assert from 'node:assert/strict';
import type { Static, TSchema } from 'typebox';
import type { Channel, Event, SimulatedAct } from '#plugin';
import { accountIn, type ChannelEvidence } from './evidence.ts';
import { holds, matches, pure, type Check } from './check.ts';

export function simulateChecks<S extends TSchema>(channel: Channel<S>, evidence: ChannelEvidence<Static<S>>): Check[] {
  const { settings } = evidence;
  const arrive = (act: SimulatedAct): Event[] => {
    const made = pure(() => channel.simulate?.(act, settings));
    holds(made, 'simulate made nothing');
    const headers = Object.fromEntries(Object.entries(made.headers).map(([name, value]) => [name.toLowerCase(), [value]]));
    const request = { method: 'POST', url: 'https://bot.example.test/webhooks/key', headers, body: made.body, receivedAt: act.at };
    const verdict = channel.verify(request, settings);
    holds(verdict === true, `what was simulated is refused: ${JSON.stringify(verdict)}`);
    return channel.parse(request, settings);
  };

  return [
    {
      name: 'what a simulated phone does is believed and says what was done, the same event when it arrives again',
      ...(!channel.simulate && { skip: 'it has no simulated phone' }),
      run() {
        const from = [{ kind: 'phone' as const, value: '34600111222' }];
        const base = { account: accountIn(evidence), from, name: 'Ana', at: 1_790_000_000_000 };
        const acts: SimulatedAct[] = [
          { ...base, id: 'act-1', kind: 'message', content: { kind: 'text', text: 'hi “there” 👋' } },
          { ...base, id: 'act-2', kind: 'message', content: { kind: 'choice', id: 'hours', text: 'Hours', of: 'button' } },
          { ...base, id: 'act-3', kind: 'message', content: { kind: 'text', text: 'no phone' }, from: [{ kind: 'user', value: 'US.1349' }] },
          { ...base, id: 'act-6', kind: 'message', content: { kind: 'image', media: { ref: 'm1', mime: 'image/jpeg', bytes: 12 }, caption: 'look' } },
          { ...base, id: 'act-7', kind: 'message', content: { kind: 'voice', media: { ref: 'm2' } }, replyTo: 'ref-1' },
          { ...base, id: 'act-8', kind: 'message', content: { kind: 'location', latitude: -6.2, longitude: 106.8, name: 'Shop' } },
          { ...base, id: 'act-9', kind: 'message', content: { kind: 'contacts', contacts: [{ name: 'Budi', phones: ['628110000001'], emails: [] }] } },
          { ...base, id: 'act-10', kind: 'message', content: { kind: 'reaction', emoji: '👍' }, replyTo: 'ref-1' },
          { ...base, id: 'act-11', kind: 'message', content: { kind: 'reaction' }, replyTo: 'ref-1' },
          { ...base, id: 'act-4', kind: 'status', refs: ['ref-1'], ref: 'ours-1', status: 'delivered' },
          { ...base, id: 'act-5', kind: 'status', refs: ['ref-1'], status: 'failed', error: { code: '131026', said: 'refused' } },
        ];
        const ids = acts.map((act) => {
          const events = arrive(act);
          const { account: of, from: who, at } = act;
          matches(events, [expected(act, { account: of, from: who, at }, events[0])], `the act ${act.id}`);
          assert.deepEqual(arrive(act), events, 'the same act arrives as another event');
          return events[0]?.id;
        });
        assert.equal(new Set(ids).size, acts.length, 'two acts are one event');
      },
    },
  ];
}

/** A reaction changes the message that it is about. What a channel does not know beside texts and taps must be called by its name, not be lost. */
function expected(act: SimulatedAct, who: Pick<SimulatedAct, 'account' | 'from' | 'at'>, said: Event | undefined): object {
  if (act.kind === 'status') return { kind: 'status', refs: act.refs, status: act.status };
  const { content, replyTo } = act;
  const basic = content.kind === 'text' || content.kind === 'choice';
  if (!basic && said?.kind === 'message' && said.content.kind === 'unsupported') return { ...who, kind: 'message', content: { kind: 'unsupported', what: content.kind } };
  if (content.kind === 'reaction') return { ...who, kind: 'change', change: 'reaction', of: replyTo, ...(content.emoji !== undefined && { emoji: content.emoji }) };
  return { ...who, kind: 'message', content, ...(replyTo !== undefined && { replyTo }) };
}
