/** One asking of the agent: the burst joined, the agent asked, the state looked at again, the replies composed. */
import { inEnglish, type Words } from '../kept-words.ts';
import { scrubberOf } from '../plugin/context.ts';
import type { HeldLane } from '../queue/queue.ts';
import type { Turnstile } from '../queue/turnstile.ts';
import type { Runtime } from '../runtime.ts';
import { markAnswered, showTyping } from './courtesy.ts';
import { soundReply } from './reply.ts';
import { begun, type Ask } from './turn-begin.ts';
import { end, type Outcome } from './turn-end.ts';

/** When a turn is looked at again whose agent hangs and has enough that wait already. */
const jamMs = 10_000;

export async function runTurns(runtime: Runtime, lane: HeldLane, agents: Turnstile): Promise<void> {
  const start = await runtime.commit.add(begun, { runtime, lane });
  if (start.kind !== 'ask') return end(runtime, lane, start);
  if (agents.jammed(start.agent.id)) return end(runtime, lane, { kind: 'later', at: runtime.clock.now() + Math.round(jamMs * (0.5 + Math.random() / 2)) });
  runtime.at('agent-begun');
  const typed = showTyping(runtime, start.turn.conversation);
  const outcome = await agents(start.agent.id, () => ask(runtime, start)).finally(typed);
  runtime.at('agent-done');
  await end(runtime, lane, { ...start, ...outcome });
  runtime.at('composed');
  if ('reply' in outcome && outcome.reply.messages.length > 0) markAnswered(runtime, start.turn.conversation);
}

async function ask(runtime: Runtime, { turn, agent, environment }: Ask): Promise<Outcome> {
  const version = agent.versions[environment];
  if (!agent.agent || !version) return { failed: { code: 'agent-version-gone' } };
  const time = new AbortController();
  const words: Words = { code: 'agent-late', params: { seconds: String(runtime.options.turnMs / 1000) } };
  const late = new Error(inEnglish([words]));
  const timer = setTimeout(() => time.abort(late), runtime.options.turnMs);
  // A stop must not wait for an agent that never answers.
  timer.unref();
  try {
    const over = new Promise<never>((_, reject) => time.signal.addEventListener('abort', () => reject(time.signal.reason), { once: true }));
    const reply = await Promise.race([agent.agent.respond(turn, { ...version.context, signal: time.signal }), over]);
    return soundReply(reply);
  } catch (error) {
    const scrub = scrubberOf(agent.agent, version.settings);
    runtime.log.warn({ err: scrub.error(error), agent: agent.id, conversation: turn.conversation }, 'an agent failed');
    if (error === late) return { failed: words };
    return { failed: { said: scrub.text(error instanceof Error ? error.message : String(error)).slice(0, 500) } };
  } finally {
    clearTimeout(timer);
  }
}
